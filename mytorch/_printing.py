"""How numbers print: torch's text of a tensor, to the character, from a plain array.

In this order: shorten the array, turn what is left into cells of one width, set the cells in brackets and lines, append
what the numbers do not show (size, dtype, the caller's suffixes).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np

_PROFILES: dict[str, dict[str, float]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}

options = SimpleNamespace(**_PROFILES["default"], sci_mode=None)


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print; None leaves an option as it is, except `sci_mode`, which every call sets.

    Args:
        precision: digits after the point (4).
        threshold: more elements than this are summarised by "..." (1000).
        edgeitems: how many a summarised axis shows at each end (3).
        linewidth: characters in a line (80).
        profile: "default", "short" (2 digits, 2 edge items) or "full" (no summary); other arguments win.
        sci_mode: True or False forces or forbids 1.0000e+00; None decides by the numbers' range.
    Raises:
        ValueError: the profile is unknown (torch ignores it); nothing has been changed then.

    As torch.set_printoptions.
    """
    base: dict[str, float] = {}
    if profile is not None:
        if profile not in _PROFILES:
            raise ValueError(f"profile: expected one of {', '.join(_PROFILES)}, got {profile!r}")
        base = _PROFILES[profile]
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    vars(options).update(base, sci_mode=sci_mode, **{name: v for name, v in given.items() if v is not None})


@contextmanager
def printoptions(**kwargs: Any) -> Iterator[None]:
    """`set_printoptions(**kwargs)` for the length of a `with` block. As torch._tensor_str.printoptions."""
    before = dict(vars(options))
    set_printoptions(**kwargs)
    try:
        yield
    finally:
        vars(options).update(before)


def tensor_text(
    array: np.ndarray, *, default_dtype: np.dtype, suffixes: Sequence[str] = (), prefix: str = "tensor("
) -> str:
    """The repr of a tensor that holds `array`.

    Args:
        array: any shape; bool, integer, float, complex, or a float type of ml_dtypes.
        default_dtype: the default float type; it, its complex partner, int64 and bool are not named in the text.
        suffixes: what follows size and dtype: "requires_grad=True", "grad_fn=<AddBackward0>".
        prefix: what the text starts with; further lines are indented by its length.

    As torch.Tensor.__repr__.
    """
    empty, shortened = array.size == 0, array.size > options.threshold
    if empty:
        body = "[]"
    elif array.ndim == 0:
        body = _cells(array)[0][0]
    elif shortened and options.edgeitems == 0:
        body = "[...]"
    else:
        edge = options.edgeitems if shortened else array.size
        cells, width = _cells(_shorten(array, edge) if shortened else array)
        body = _brackets(iter(cells), array.shape, edge, len(prefix), width)
    told = []
    if array.ndim != 1 if empty else options.edgeitems == 0:
        told.append(f"size={tuple(array.shape)}")
    if array.dtype.name not in _unnamed_dtypes(default_dtype, empty):
        told.append(f"dtype=torch.{array.dtype.name}")
    return _append(prefix + body, [*told, *suffixes], len(prefix)) + ")"


def _unnamed_dtypes(default: np.dtype, empty: bool) -> set[str]:
    """Types a reader infers from the numbers, and so are left out; without numbers only the default can be assumed."""
    if empty:
        return {default.name}
    return {default.name, "complex128" if default.name == "float64" else "complex64", "int64", "bool"}


def _ends(n: int, edge: int) -> tuple[range, range]:
    """Indices an axis of length n shows before and after its gap; the second is empty where nothing is left out."""
    indices = range(n)
    return (indices, indices[n:]) if n <= 2 * edge else (indices[:edge], indices[-edge:])


def _shorten(array: np.ndarray, edge: int) -> np.ndarray:
    """Only what is shown, taken in one go: the cost does not grow with the array."""
    return array[np.ix_(*[[*head, *tail] for head, tail in (_ends(n, edge) for n in array.shape)])]


def _cells(array: np.ndarray) -> tuple[list[str], int]:
    """One text per element, right-aligned, and the width the lines are planned with; some cells are wider."""
    values = array.ravel().tolist()  # Python numbers, which format alike whatever the dtype
    if array.dtype.kind == "c":
        reals, real_width = _float_cells([v.real for v in values])
        imags, imag_width = _float_cells([v.imag for v in values])
        signed = [t if t.startswith("-") else "+" + t for t in map(str.strip, imags)]
        return [f"{re}{im}j" for re, im in zip(reals, signed)], real_width + imag_width + 1
    if array.dtype.kind in "biu":
        texts = [str(v) for v in values]
        return _align(texts, max(map(len, texts)))
    return _float_cells(values)


def _float_cells(values: list[float]) -> tuple[list[str], int]:
    """Floats in one notation (1. or 1.0000 or 1.0000e+00), chosen by those that are finite and not zero."""
    sizes = [abs(v) for v in values if v and math.isfinite(v)]
    whole = all(size.is_integer() for size in sizes)
    scientific = False
    if sizes:
        low, high = min(sizes), max(sizes)
        wide = high / low > 1000 or high > 1e8 or low < 1e-4
        scientific = wide if options.sci_mode is None else options.sci_mode
    spec = f".{options.precision}e" if scientific else ".0f" if whole else f".{options.precision}f"
    texts = [format(v, spec) for v in values]
    if whole and not scientific:
        texts = [t + "." if math.isfinite(v) else t for t, v in zip(texts, values)]
    # nan, inf and -0. widen no column: among short numbers they stick out, as in torch
    return _align(texts, max((len(t) for t, v in zip(texts, values) if v and math.isfinite(v)), default=1))


def _align(texts: list[str], width: int) -> tuple[list[str], int]:
    return [t.rjust(width) for t in texts], width


def _brackets(cells: Iterator[str], shape: Sequence[int], edge: int, indent: int, width: int) -> str:
    """The next cells as nested lists of this shape, which starts `indent` characters from the left."""
    n, *inner = shape
    head, tail = _ends(n, edge)
    if inner:
        items = [_brackets(cells, inner, edge, indent + 1, width) for _ in (*head, *tail)]
    else:
        items = list(islice(cells, len(head) + len(tail)))
    if tail:
        items.insert(len(head), "..." if inner else " ...")
    if not inner:
        per_line = max(1, math.floor((options.linewidth - indent) / (width + 2)))
        items = [", ".join(items[i : i + per_line]) for i in range(0, len(items), per_line)]
    return "[" + ("," + "\n" * max(1, len(inner)) + " " * (indent + 1)).join(items) + "]"


def _append(text: str, suffixes: Sequence[str], indent: int) -> str:
    """`text, suffix, suffix`, each on a new line where the last one has no room left for it."""
    column = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if column + len(suffix) + 2 <= options.linewidth:
            text, column = f"{text}, {suffix}", column + len(suffix) + 2
        else:
            text, column = f"{text},\n{' ' * indent}{suffix}", indent + len(suffix)
    return text
