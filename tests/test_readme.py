"""The README keeps its word: its Python runs, its tour is short, both languages show the same code."""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import mytorch

ROOT = Path(__file__).resolve().parents[1]
ENGLISH, CHINESE = (ROOT / name for name in ("README.md", "README.zh.md"))


def blocks(path, language="python"):
    """The code blocks of a language, without their indentation."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


@pytest.mark.parametrize("place", range(len(blocks(ENGLISH))))
def test_its_python_runs(place, tmp_path):
    script = tmp_path / "block.py"
    script.write_text(f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + blocks(ENGLISH)[place], encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", str(script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_both_languages_show_the_same_code():
    def bare(path):
        return [re.sub(r"\s*#.*", "", code) for code in blocks(path)]
    assert bare(ENGLISH) == bare(CHINESE)
    assert blocks(ENGLISH, "sh") == blocks(CHINESE, "sh")


@pytest.mark.parametrize("path", [ENGLISH, CHINESE])
def test_pictures_files_and_tables_are_there(path):
    text = path.read_text(encoding="utf-8")
    assert "<!--" not in text
    for target in re.findall(r"\]\(([\w./]+)\)", text):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("path, heading", [(ENGLISH, "## What is not here yet"), (CHINESE, "## 还没有的")])
def test_what_is_said_not_to_be_here_is_not(path, heading):
    part = path.read_text(encoding="utf-8").split(heading)[1].split("\n## ")[0]
    names = re.findall(r"`torch\.(\w+)`", part)
    assert len(names) > 15
    for name in names:
        with pytest.raises(NotImplementedError):
            getattr(mytorch, name)()
    assert not (ROOT / "mytorch" / "__main__.py").exists()
    assert mytorch.compile(len) is len


def tour():
    """The files of the tour, in its order."""
    text = ENGLISH.read_text(encoding="utf-8")
    part = text[text.index("## Read it"):text.index("## Add an operation")]
    return re.findall(r"^\d\. `(mytorch/[\w/]+\.py)`", part, re.MULTILINE)


def test_the_tour_is_five_files_and_under_a_thousand_lines():
    files = tour()
    assert len(files) == 5
    assert sum(len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in files) < 1000


def test_the_tour_is_the_way_a_number_takes(tmp_path):
    """Every function that runs between `x + y` and `backward()` lies in a file of the tour, but for the reading of
    arguments, shapes and types, and whether an array may be kept."""
    x = mytorch.tensor([1.0, 2.0], requires_grad=True)
    (x + x).sum().backward()
    seen, g = set(), mytorch.ones(2)

    def watch(frame, event, _):
        if event == "call" and "mytorch" in frame.f_code.co_filename:
            seen.add(Path(frame.f_code.co_filename).relative_to(ROOT).as_posix())
    sys.setprofile(watch)
    y = x + x
    y.backward(g)
    sys.setprofile(None)
    assert seen - set(tour()) <= {"mytorch/_types.py", "mytorch/engine/face.py", "mytorch/engine/keep.py",
                                  "mytorch/engine/versions.py", "mytorch/autograd/backward.py"}
    assert len(seen & set(tour())) >= 4


def test_ci_runs_the_readmes_test_command():
    command = blocks(ENGLISH, "sh")[1]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert '-e ".[test]"' in command and '-e ".[test]"' in script
    assert "python -m pytest" in command and "-m pytest" in script
