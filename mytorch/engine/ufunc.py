"""NumPy's ufuncs on Tensors: the ufunc itself runs, with its types and options; the rules of an op are its gradient."""
from __future__ import annotations

import copy
from functools import partial
from typing import Any, Callable

import numpy as np

from .run import apply
from .tape import ndarray
from .tensor import plain, wants_gradient
from .write import write_out

__all__ = ["as_array", "placed", "ufunc_face"]


def as_array(value: Any) -> Any:
    """What NumPy makes an array of; a list that holds tensors is stacked, so that they keep their gradients."""
    if isinstance(value, ndarray):
        return value
    return np.stack([as_array(part) for part in value]) if wants_gradient(value) else np.asarray(plain(value))


def ufunc_face(op: Any, ufunc: Any) -> Callable:
    """`ufunc(...)` on Tensors, recorded with the rules of `op`."""
    plainly = op if op.forward is ufunc else _running(op, ufunc)
    rest = op.defaults[ufunc.nin - op.min_args:]

    def run(*inputs: Any, out: Any = None, where: Any = True, **options: Any) -> Any:
        for a in inputs:
            if type(a) is list or type(a) is tuple:
                inputs = tuple(as_array(b) if isinstance(b, (list, tuple)) else b for b in inputs)
                break
        if out is None and where is True and not options:
            return apply(plainly, inputs + rest, promote=False)
        if where is not True:
            inputs, where = _sheltered(inputs, where)
        this = plainly if not options else _running(op, partial(ufunc, **options))
        y = apply(this, inputs + rest, promote=False)
        found = tuple(placed(part, target, where, options.get("casting", "same_kind")) for part, target in zip(
            y if isinstance(y, tuple) else (y,), out or (None,) * ufunc.nout))
        return found if ufunc.nout > 1 else found[0]
    return run


def _running(op: Any, ufunc: Any) -> Any:
    """The op with another forward: `ufunc` on the inputs that it takes."""
    twin, count = copy.copy(op), getattr(ufunc, "func", ufunc).nin
    twin.forward = lambda *arrays: ufunc(*arrays[:count])
    return twin


def _sheltered(inputs: tuple, where: Any) -> tuple[tuple, Any]:
    """The inputs with harmless numbers where they do not count: those of a place that does.

    So neither a value nor a slope outside the function's domain is asked for: 0 * inf would be nan.
    """
    shape = np.broadcast_shapes(*map(np.shape, inputs), np.shape(where))
    where = np.broadcast_to(plain(where), shape)
    if where.dtype != bool:
        raise TypeError(f"where= must be boolean, got {where.dtype}")
    if not where.any():
        return inputs, where
    place = np.unravel_index(where.argmax(), shape)
    return tuple(np.where(where, a, np.broadcast_to(plain(a), shape)[place]) if isinstance(a, ndarray) else a
                 for a in inputs), where


def placed(y: Any, target: Any, where: Any = True, casting: Any = "same_kind") -> Any:
    """The result `y`, where it counts, in `target` (NumPy's out=; None: in a new tensor, zero where it does not)."""
    if where is not True and where is not np._NoValue:  # type: ignore[attr-defined]
        y = np.where(where, y, np.zeros((), y.dtype) if target is None else target)
    if target is None:
        return y
    if y.dtype != target.dtype and np.can_cast(y.dtype, target.dtype, casting):
        y = y.astype(target.dtype)
    return write_out(target, y)
