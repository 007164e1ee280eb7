"""The methods of NumPy's ufuncs on Tensors: reduce, accumulate, reduceat, at and outer of every recorded ufunc.

NumPy computes what it returns, and raises what is wrong.  Where a gradient is wanted the ufunc is called again, element
after element along the axis, as its method is defined; what has a kernel of its own (np.add.reduce ...) is declared in
numpy_reductions.
"""
from __future__ import annotations

import sys
from typing import Any, Callable

import numpy as np

from ..engine.face import STRANGERS, UFUNCS
from ..engine.op import OPS, as_array, check_writable, numpy_face, op, placed, wrote
from ..engine.tape import mode
from ..engine.tensor import Tensor, plain, tensor_of, wants_gradient
from ..engine.ufunc import ufunc_face
from .gathering import take
from .joining import stack, unbind
from .rounding import zeros
from .shape import movedim

__all__: list[str] = []

ndarray = np.ndarray
_given = np._NoValue  # type: ignore[attr-defined]


# ------------------------------------------------------------------ ufuncs that torch does not have

op(lambda g, y, x: zeros(g), name="spacing", register=False, method=False)(np.spacing)


@numpy_face((np._core.umath.clip, "__call__"))  # type: ignore[attr-defined]
def _clip(a: Any, low: Any, high: Any, **options: Any) -> Any:
    return np.minimum(np.maximum(a, low), high, **options)


# ------------------------------------------------------------------ SciPy's ufuncs

#: SciPy's name of a function -> the op whose rules are its gradient, where the names differ.
_SCIPYS = {"erfcx": "special_erfcx", "expit": "sigmoid", "gammainc": "igamma", "gammaincc": "igammac",
           "gammaln": "lgamma", "log_expit": "log_sigmoid", "psi": "digamma", "zeta": "special_zeta",
           **{name: name for name in "erf erfc erfinv exp2 expm1 i0 log1p logit xlogy".split()},
           **{name: "special_" + name for name in "entr i0e i1 i1e log_ndtr ndtr ndtri xlog1py".split()}}


def _scipys(ufunc: np.ufunc) -> Callable | None:
    """The face of a ufunc of scipy.special that there is an op for; SciPy is not imported here."""
    special = sys.modules.get("scipy.special")
    if ufunc.__name__ not in _SCIPYS or getattr(special, ufunc.__name__, None) is not ufunc:
        return None
    found = UFUNCS[ufunc, "__call__"] = ufunc_face(OPS[_SCIPYS[ufunc.__name__]], ufunc)
    return found


STRANGERS.append(_scipys)


# ------------------------------------------------------------------ along an axis

def _wanted(*values: Any) -> bool:
    return mode.grad and wants_gradient(values)


def _lines(a: Any, axis: Any) -> Any:
    """`a` with these axes (None: all) in place of its first, one after the other; and where they were."""
    axes = tuple(range(a.ndim)) if axis is None else tuple(d % a.ndim for d in (
        axis if isinstance(axis, tuple) else (axis,)))
    moved = movedim(a, axes, tuple(range(len(axes))))
    return moved.reshape((-1, *moved.shape[len(axes):])), axes


def _reduce(ufunc: np.ufunc) -> Callable:
    def face(array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: Any = False,
             initial: Any = _given, where: Any = True) -> Any:
        a = as_array(array)
        y = tensor_of(np.asarray(ufunc.reduce(plain(a), axis, dtype=dtype, keepdims=keepdims, initial=plain(initial),
                                              where=plain(where))))
        if _wanted(a, initial) and y.dtype.kind in "fc":
            lines, axes = _lines(a if dtype is None else a.astype(dtype), axis)
            counted = _lines(np.broadcast_to(as_array(where), a.shape), axis)[0]
            parts = list(zip(unbind(lines), plain(counted)))
            start = parts.pop(0)[0] if initial is _given or initial is None else initial
            found = np.broadcast_to(start, lines.shape[1:]) if np.ndim(start) < lines.ndim - 1 else start
            for part, counts in parts:
                step = ufunc(found, part)
                found = step if counts.all() else np.where(counts, step, found)
            y = as_array(found).reshape(y.shape)
        return placed(y, out[0] if isinstance(out, tuple) else out)
    return face


def _accumulate(ufunc: np.ufunc) -> Callable:
    def face(array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
        a = as_array(array)
        y = tensor_of(ufunc.accumulate(plain(a), axis, dtype))
        if _wanted(a) and y.dtype.kind in "fc":
            first, *rest = unbind(a if dtype is None else a.astype(dtype), axis)
            found = [first]
            for part in rest:
                found.append(ufunc(found[-1], part))
            y = stack(found, axis)
        return placed(y, out[0] if isinstance(out, tuple) else out)
    return face


def _reduceat(ufunc: np.ufunc) -> Callable:
    def face(array: Any, indices: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
        a, starts = as_array(array), np.asarray(plain(indices))
        y = tensor_of(ufunc.reduceat(plain(a), starts, axis, dtype))
        if _wanted(a) and y.dtype.kind in "fc":
            lines = movedim(a if dtype is None else a.astype(dtype), axis, 0)
            ends = [*starts[1:].tolist(), lines.shape[0]]
            y = movedim(stack([ufunc.reduce(lines[begin:max(end, begin + 1)]) for begin, end in zip(
                starts.tolist(), ends)]), 0, axis)
        return placed(y, out[0] if isinstance(out, tuple) else out)
    return face


# ------------------------------------------------------------------ every pair, and in place

def _outer(ufunc: np.ufunc) -> Callable:
    def face(a: Any, b: Any, **options: Any) -> Any:
        a, b = as_array(a), as_array(b)
        return ufunc(a.reshape((*a.shape, *(1,) * b.ndim)), b, **options)
    return face


def _rounds(places: ndarray) -> list:
    """The numbers 0 .. n - 1 in groups: no group names a place twice, and each place is named in order."""
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    turn = np.arange(len(places)) - np.repeat(first, np.diff(first, append=len(places)))
    return [order[turn == i] for i in range(turn.max(initial=-1) + 1)]


def _at(ufunc: np.ufunc) -> Callable:
    def face(a: Any, indices: Any, *b: Any) -> None:
        if not isinstance(a, Tensor):
            if _wanted(*b):
                raise TypeError(f"np.{ufunc.__name__}.at of a plain array: the values require grad, and would lose it")
            ufunc.at(a, plain(indices), *plain(b))
            return
        check_writable(a)
        values = [as_array(v) for v in b]
        ufunc.at(np.array(plain(a)), plain(indices), *plain(values))  # raises what is wrong
        if not _wanted(a, *b):
            ufunc.at(plain(a), plain(indices), *plain(values))
            wrote(a)
            return
        places = np.arange(a.size).reshape(a.shape)[plain(indices)]
        values = [np.broadcast_to(v, places.shape).reshape(-1) for v in values]
        flat = places.reshape(-1)
        for these in _rounds(flat):
            a.put_(flat[these], ufunc(take(a, flat[these]), *(v[these] for v in values)).astype(a.dtype))  # type: ignore[attr-defined]
    return face


_METHODS = {"reduce": _reduce, "accumulate": _accumulate, "reduceat": _reduceat, "outer": _outer, "at": _at}

for _ufunc, _method in list(UFUNCS):
    if _method == "__call__" and _ufunc.signature is None:
        for _name, _made in _METHODS.items():
            several = _ufunc.nin != 2 or _ufunc.nout != 1
            if (_name == "at" and _ufunc.nout == 1) or (_name == "outer" and _ufunc.nin == 2) or not several:
                UFUNCS.setdefault((_ufunc, _name), _made(_ufunc))
