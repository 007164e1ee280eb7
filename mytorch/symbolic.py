"""`sym_max` and its like: what torch computes with sizes it does not know yet, on plain Python numbers."""
from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

__all__ = ["sym_constrain_range", "sym_constrain_range_for_size", "sym_float", "sym_int", "sym_ite", "sym_max",
           "sym_min", "sym_not", "sym_sqrt", "sym_sum"]

_NUMBERS = (np.integer, np.floating, builtins.int, builtins.float)


def _extreme(choose: Any, a: Any, b: Any) -> Any:
    """The chosen one; a float as soon as one of them is."""
    for value in (a, b):
        if not isinstance(value, _NUMBERS):
            raise AssertionError(f"expected {_NUMBERS}, got {type(value)}")
    found = choose(a, b)
    return builtins.float(found) if isinstance(a, builtins.float) or isinstance(b, builtins.float) else found


def sym_max(a: Any, b: Any) -> Any:
    """The larger number, a float if one of them is.  As torch.sym_max."""
    return _extreme(max, a, b)


def sym_min(a: Any, b: Any) -> Any:
    """The smaller number, a float if one of them is.  As torch.sym_min."""
    return _extreme(min, a, b)


def sym_int(a: Any) -> int:
    """The integer part.  As torch.sym_int."""
    return builtins.int(a)


def sym_float(a: Any) -> float:
    """As torch.sym_float."""
    return builtins.float(a)


def sym_not(a: Any) -> bool:
    """As torch.sym_not."""
    return not a


def sym_sqrt(a: Any) -> float:
    """As torch.sym_sqrt."""
    return math.sqrt(a)


def sym_sum(*args: Any) -> Any:
    """The sum of numbers, given one by one or as a sequence.  As torch.sym_sum."""
    return sum(args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args)


def sym_ite(b: bool, t: Any, f: Any) -> Any:
    """t if b else f, which must be of one type.  As torch.sym_ite."""
    if not isinstance(b, bool):
        raise AssertionError(f"expected SymBool or bool, got {type(b)}")
    if type(t) is not type(f):
        raise AssertionError(f"type mismatch: {type(t)} vs {type(f)}")
    return t if b else f


def sym_constrain_range(size: Any, *, min: int | None = None, max: int | None = None) -> None:
    """Raise unless min <= size <= max.  As torch.sym_constrain_range."""
    low, high = -2**63 if min is None else min, 2**63 - 1 if max is None else max
    if not low <= size <= high:
        raise RuntimeError(f"Invalid value range for {size} between [{low}, {high}].")


def sym_constrain_range_for_size(size: Any, *, min: int | None = None, max: int | None = None) -> None:
    """As `sym_constrain_range`, for the size of a dimension: max must be above 2."""
    if max is not None and max <= 2:
        raise RuntimeError(f"Max value to constrain_range_for_size must be greater than 2. got: {max}")
    sym_constrain_range(size, min=0 if min is None else min, max=max)
