"""scripts/make_dots.py: what the dots are like, and that the two files in data/ are what it makes."""

import math
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts" / "make_dots.py"


def make(folder, *options):
    return subprocess.run([sys.executable, SCRIPT, "--out", folder, *map(str, options)],
                          capture_output=True, text=True, cwd=folder, check=False)


def load(path):
    return pickle.loads(path.read_bytes())


def distance(dot):
    (x, y), _ = dot
    return y - (x * math.sin(x) + x)


@pytest.mark.parametrize("name", ["trn_datas.pkl", "tst_datas.pkl"])
def test_the_files_in_data_are_made_by_the_script(tmp_path, name):
    assert make(tmp_path).returncode == 0
    assert (tmp_path / name).read_bytes() == (ROOT / "data" / name).read_bytes()


@pytest.mark.parametrize("name, count, outliers", [("trn", 175, 10), ("tst", 17, 0)])
@pytest.mark.parametrize("seed", [0, 7])
def test_dots_lie_on_their_side_of_the_curve_and_keep_their_distance(tmp_path, seed, name, count, outliers):
    make(tmp_path, "--seed", seed)
    dots = load(tmp_path / f"{name}_datas.pkl")
    assert len(dots) == count
    assert all(-3 < x < 4 for (x, _), _ in dots)
    assert min(abs(distance(dot)) for dot in dots) >= 0.8
    assert sum((distance(dot) > 0) != (dot[1] == 1) for dot in dots) == outliers


def test_the_pickle_has_the_tutorials_shape(tmp_path):
    make(tmp_path)
    dots = load(tmp_path / "trn_datas.pkl")
    assert type(dots) is list
    for dot in dots:
        assert type(dot) is list and type(dot[0]) is tuple
        assert [type(value) for value in (*dot[0], dot[1])] == [float, float, int]
        assert dot[1] in (0, 1)
        assert dot[0] == tuple(round(value, 2) for value in dot[0])


def test_both_classes_are_there_and_the_order_tells_nothing():
    labels = [label for _, label in load(ROOT / "data" / "trn_datas.pkl")]
    for part in (labels[:50], labels[50:100], labels[100:150]):
        assert 10 <= sum(part) <= 40


def test_another_seed_makes_other_dots_and_the_same_seed_the_same(tmp_path):
    contents = []
    for i, seed in enumerate((3, 3, 4)):
        folder = tmp_path / str(i)
        folder.mkdir()
        make(folder, "--seed", seed)
        contents.append((folder / "trn_datas.pkl").read_bytes())
    assert contents[0] == contents[1] != contents[2]


def test_options_decide_the_sizes(tmp_path):
    assert make(tmp_path, "--train", 30, "--test", 5, "--outliers", 3, "--margin", 2).returncode == 0
    dots = load(tmp_path / "trn_datas.pkl")
    assert (len(dots), len(load(tmp_path / "tst_datas.pkl"))) == (30, 5)
    assert min(abs(distance(dot)) for dot in dots) >= 2
    assert sum((distance(dot) > 0) != (dot[1] == 1) for dot in dots) == 3


@pytest.mark.parametrize("options, reason", [
    (["--outliers", "200"], "--outliers 200 is more than --train 175"),
    (["--train", "-1"], "expected 0 or more, got -1"),
    (["--margin", "9"], "--margin must be from 0 to 4.9, got 9.0"),
])
def test_impossible_options_are_refused(tmp_path, options, reason):
    done = make(tmp_path, *options)
    assert done.returncode == 2
    assert reason in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_gets_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    done = make(tmp_path, "--out", tmp_path / "file")
    assert (done.returncode, done.stderr) == (2, f"make_dots.py: error: {tmp_path / 'file'}: File exists\n")


def test_the_scripts_own_random_state_is_the_only_one_used(tmp_path):
    sys.path.insert(0, str(SCRIPT.parent))
    try:
        import make_dots
    finally:
        sys.path.remove(str(SCRIPT.parent))
    random.seed(1)
    before = random.getstate()
    make_dots.main(["--out", str(tmp_path)])
    assert random.getstate() == before
