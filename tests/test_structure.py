"""The shape of the package: who may import whom, and how long a file may be.

An import counts wherever it stands: one inside a function does not escape.
"""
import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "mytorch"

#: A file imports from its own band or a lower one.  The first part of a module's name decides.
BANDS = {
    1: "_types _signatures _printing _ties _warnings absent_names constants random",
    2: "engine",
    3: "ops return_types linalg special fft settings amp symbolic",
    4: "autograd",
    5: "_registry _where _hand abstract",
    6: "nn",
    7: "optim utils serialization distributed viz func sparse accelerator backends cuda",
    8: " __main__",   # "" is mytorch itself
}
BAND = {name: band for band, names in BANDS.items() for name in names.split(" ")}

#: Inside ops: a group may use those before it, through whatever files; the last four stand side by side.
OPS_ORDER = ["pointwise", "comparison", "shape", "indexing", "reduction", "linalg"]
OPS_LAST = ["activation", "loss", "sampling", "creation"]

LONGEST = 500


def _name(path: Path) -> str:
    return ".".join(part for part in path.relative_to(ROOT).with_suffix("").parts if part != "__init__")


FILES = {_name(path): path for path in sorted(ROOT.rglob("*.py"))}


def imports(source: str, name: str, is_package: bool, known: set[str]) -> list[tuple[int, str]]:
    """(line, module of this package) for every import in the source of the module `name`."""
    package = name.split(".") if is_package else name.split(".")[:-1]
    package = [part for part in package if part]
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name.removeprefix("mytorch").removeprefix(".")) for alias in node.names
                      if alias.name.split(".")[0] == "mytorch"]
        elif isinstance(node, ast.ImportFrom):
            parts = (node.module or "").split(".")
            if node.level:
                base = package[:len(package) - node.level + 1] + [part for part in parts if part]
            elif parts[0] == "mytorch":
                base = parts[1:]
            else:
                continue
            for alias in node.names:
                whole = ".".join([*base, alias.name])
                found.append((node.lineno, whole if whole in known else ".".join(base)))
    return found


IMPORTS = {name: imports(path.read_text(encoding="utf-8"), name, path.name == "__init__.py", set(FILES))
           for name, path in FILES.items()}


def band_of(name: str) -> int:
    first = name.split(".")[0]
    assert first in BAND, f"{first}: say in BANDS where it belongs"
    return BAND[first]


def reached_from(name: str) -> set[str]:
    """What is imported by `name`, or by what it imports, and so on; the package's own page does not count."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        for _, other in IMPORTS.get(todo.pop(), ()):
            if other and other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def test_every_module_has_a_band():
    assert len(FILES) > 40
    assert {name: band_of(name) for name in FILES}.keys() == FILES.keys()


def test_no_import_points_up():
    up = [f"{FILES[name].relative_to(ROOT.parent)}:{line} (band {band_of(name)}) imports {other or 'mytorch'} "
          f"(band {band_of(other)})"
          for name, found in IMPORTS.items() for line, other in found if band_of(other) > band_of(name)]
    assert not up, "\n".join(up)


def test_no_import_goes_in_a_circle():
    assert not [name for name in FILES if name and name in reached_from(name)]


def test_ops_import_in_their_order():
    wrong = [f"ops.{earlier} comes to import ops.{later}" for i, earlier in enumerate(OPS_ORDER)
             for later in (*OPS_ORDER[i + 1:], *OPS_LAST) if f"ops.{later}" in reached_from(f"ops.{earlier}")]
    assert all(f"ops.{name}" in FILES for name in (*OPS_ORDER, *OPS_LAST))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", FILES, ids=lambda name: name or "mytorch")
def test_no_file_is_too_long(name):
    count = len(FILES[name].read_text(encoding="utf-8").splitlines())
    assert count <= LONGEST, f"{FILES[name].relative_to(ROOT.parent)} has {count} lines"


def test_the_tensor_is_read_in_one_sitting():
    assert len(FILES["engine.tensor"].read_text(encoding="utf-8").splitlines()) < 500


@pytest.mark.parametrize("source, expected", [
    ("from .b import c", [(1, "a.b")]),
    ("from . import b", [(1, "a.b")]),
    ("from .. import x", [(1, "x")]),
    ("from ..x import y", [(1, "x")]),
    ("import mytorch.x", [(1, "x")]),
    ("from mytorch.a import b, d", [(1, "a.b"), (1, "a")]),
    ("def f():\n    from ..x import y", [(2, "x")]),
    ("import numpy\nfrom typing import Any", []),
])
def test_imports_are_found(source, expected):
    """The reader of imports itself: without it the tests above could not fail."""
    assert imports(source, "a.m", False, {"a", "a.b", "a.m", "x"}) == expected


@pytest.mark.parametrize("package", ["engine", "ops"])
def test_the_map_of_a_package_names_every_file(package):
    page = ast.get_docstring(ast.parse(FILES[package].read_text(encoding="utf-8")))
    named = set(re.findall(r"\w+", page))
    files = {name.split(".")[1] for name in FILES if name.startswith(package + ".")}
    assert not {name for name in files if name not in named and not name.startswith("numpy_")}
