"""Write data/names.md, what becomes of each public name of torch here:  python scripts/names_table.py

    works          the name is here
    raises         it is here and says, when called, why it has no meaning here
    out of scope   it is not here: a submodule, a Python module that torch happens to import, a constant or a type of
                   torch's machinery
    missing        a function or class that is not here

Needs torch, which is only asked for its names.
"""
from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
import mytorch  # noqa: E402

TABLE = Path(__file__).parents[1] / "data" / "names.md"
LEGEND = """\
Made by `python scripts/names_table.py`.  *Works*: the name is here.  *Raises*: it is here and says, when called, why it
has no meaning here.  *Out of scope*: it is not here, being a submodule, a module that torch happens to import, or a
constant or type of torch's machinery.  *Missing*: a function or class that is not here."""
PAGES = ("", "Tensor", "nn", "nn.functional", "linalg", "fft", "special")


def _page(library: Any, path: str) -> Any:
    for part in filter(None, path.split(".")):
        library = getattr(library, part)
    return library


def status(theirs: Any, ours: Any, name: str) -> str:
    """What becomes of torch's name `name` on one page."""
    if hasattr(ours, name):
        return "raises" if getattr(getattr(ours, name), "absent", False) is True else "works"
    value = getattr(theirs, name)
    machinery = not callable(value) or str(getattr(value, "__module__", "")).split(".")[0] not in ("torch", "None", "")
    return "out of scope" if inspect.ismodule(value) or machinery else "missing"


def rows(path: str) -> list[tuple[str, str]]:
    """(name, status) for every public name of a page, in order."""
    theirs, ours = _page(torch, path), _page(mytorch, path)
    return [(name, status(theirs, ours, name)) for name in sorted(dir(theirs)) if not name.startswith("_")]


def table() -> str:
    """The whole page, in Markdown."""
    text = ["# Names of torch, and what becomes of them", "", LEGEND, ""]
    for path in PAGES:
        found = rows(path)
        kinds = [kind for _, kind in found]
        text += [f"## {'torch' + '.' * bool(path) + path}", "",
                 ", ".join(f"{kinds.count(kind)} {kind}" for kind in ("works", "raises", "out of scope", "missing"))
                 + ".", "", "| name | here |", "| --- | --- |"]
        text += [f"| `{name}` | {kind} |" for name, kind in found] + [""]
    return "\n".join(text)


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
