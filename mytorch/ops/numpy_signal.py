"""NumPy's face of rows of numbers: differences, areas, covariances, convolutions, interpolation; recorded."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.op import as_array, numpy_face, op
from ..engine.tensor import plain, tensor_of, wants_gradient
from . import differences
from .differences import slope_along
from .joining import cat
from .numpy_reductions import np_average
from .numpy_shape import as_tensor, axes_of, common_type, floats
from .pointwise import conjugate
from .products import matmul

__all__: list[str] = []

ndarray = np.ndarray
_given = np._NoValue  # type: ignore[attr-defined]


# ------------------------------------------------------------------ differences and areas

@numpy_face(np.diff)
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = _given, append: Any = _given) -> Any:
    a = as_tensor(a)
    (at,) = axes_of(axis, a.ndim)
    edge = [m if i != at else 1 for i, m in enumerate(a.shape)]
    ends = [None if e is _given else as_tensor(e) if np.ndim(e) else np.broadcast_to(as_tensor(e), edge)
            for e in (prepend, append)]
    parts = common_type([p for p in (ends[0], a, ends[1]) if p is not None])
    return differences.diff(cat(parts, at) if len(parts) > 1 else a, n, at)


@numpy_face(np.ediff1d)
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    y = differences.diff(as_tensor(ary).reshape((-1,)))
    parts = [to_begin, y, to_end]
    return cat([as_tensor(p).reshape((-1,)).astype(y.dtype) for p in parts if p is not None])


@numpy_face(np.trapezoid)
def _trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    y = floats(y)[0]
    (at,) = axes_of(axis, y.ndim)
    if x is None:
        return differences.trapezoid(y, dx=dx, dim=at)
    return differences.trapezoid(y, as_tensor(x).astype(np.result_type(y.dtype, as_tensor(x).dtype)), dim=at)


@numpy_face(np.gradient)
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = floats(f)[0]
    axes = tuple(range(f.ndim)) if axis is None else axes_of(axis, f.ndim)
    steps = list(varargs) or [1.0]
    steps = steps * len(axes) if len(steps) == 1 and np.ndim(steps[0]) == 0 else steps
    if len(steps) != len(axes):
        raise TypeError("invalid number of arguments")
    if edge_order not in (1, 2):
        raise ValueError("'edge_order' greater than 2 not supported")
    found = []
    for at, step in zip(axes, steps):
        if f.shape[at] < edge_order + 1:
            raise ValueError("Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) "
                             "elements are required.")
        if np.ndim(step) == 1:
            if len(step) != f.shape[at]:
                raise ValueError("when 1d, distances must match the length of the corresponding dimension")
            step = np.diff(as_array(step).astype(np.float64)).astype(f.dtype)
            if not wants_gradient(step) and (plain(step) == plain(step)[0]).all():
                step = step[0]
        found.append(slope_along(f, at, step, edge_order))
    return found[0] if len(found) == 1 else tuple(found)


# ------------------------------------------------------------------ covariances

def _observations(m: Any, y: Any, rowvar: bool) -> Any:
    parts = []
    for x in (m,) if y is None else (m, y):
        x = as_tensor(x)
        if x.ndim > 2:
            raise ValueError(f"{'m' if x is m else 'y'} has more than 2 dimensions")
        x = x.reshape((1, -1)) if x.ndim < 2 else x
        parts.append(x if rowvar or x.shape[0] == 1 and np.ndim(m) < 2 else x.swapaxes(0, 1))
    parts = floats(*parts)
    return parts[0] if len(parts) == 1 else cat(parts, 0)


@numpy_face(np.cov)
def _cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None, fweights: Any = None,
         aweights: Any = None, *, dtype: Any = None) -> Any:
    x = _observations(m, y, rowvar)
    x = x if dtype is None else x.astype(dtype)
    ddof = (0 if bias else 1) if ddof is None else ddof
    f, a = (None if w is None else np.asarray(plain(w), np.float64) for w in (fweights, aweights))
    w = f if a is None else a if f is None else f * a
    middle, total = np_average(x, 1, w, True)
    total = float(np.asarray(plain(total)).flat[0])
    free = x.shape[1] - ddof if w is None else total - ddof if a is None or not ddof else (
        total - ddof * float((w * a).sum()) / total)
    step = x - middle.reshape((-1, 1))
    other = step if w is None else step * w
    y = matmul(step, conjugate(other).swapaxes(0, 1).astype(step.dtype)) / np.asarray(max(free, 0.0), step.dtype)
    return y.reshape(tuple(n for n in y.shape if n != 1))


@numpy_face(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    c = _cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    n = np.arange(c.shape[0])
    deviation = np.sqrt(c[n, n].real if c.dtype.kind == "c" else c[n, n])
    r = c / deviation[:, None] / deviation[None, :]
    return np.clip(r, -1, 1) if r.dtype.kind != "c" else np.clip(r.real, -1, 1) + 1j * np.clip(r.imag, -1, 1)


# ------------------------------------------------------------------ convolution

@op(lambda g, y, a, v: _correlate_full(g, v), lambda g, y, a, v: _correlate_full(g, a), name="np_convolve",
    register=False, method=False)
def _convolve_full(a: ndarray, v: ndarray) -> ndarray:
    """y_k = sum_i a_i v_{k - i}, wherever they overlap."""
    return np.convolve(a, v)


@op(lambda g, y, a, v: _convolve_full(g, v), lambda g, y, a, v: _correlate_full(a, g), name="np_correlate",
    register=False, method=False)
def _correlate_full(a: ndarray, v: ndarray) -> ndarray:
    """y_k = sum_i a_{k + i} conj(v_i), where all of v overlaps the longer a."""
    return np.correlate(a, v, "valid")


def _part(full: Any, n: int, m: int, mode: str) -> Any:
    """What `mode` leaves of the full convolution of n and m elements."""
    if mode == "full":
        return full
    long, short = max(n, m), min(n, m)
    if mode == "same":
        start = (short - 1) // 2
        return full[start:start + long]
    if mode == "valid":
        return full[short - 1:long]
    raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")


def _rows(a: Any, v: Any, names: str) -> list:
    a, v = common_type([as_tensor(a), as_tensor(v)])
    for x, name in ((a, names[0]), (v, names[1])):
        if x.ndim > 1:
            raise ValueError("object too deep for desired array")
        if not int(x.size):
            raise ValueError(f"{name} cannot be empty")
    return [a.reshape((-1,)), v.reshape((-1,))]


@numpy_face(np.convolve)
def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    a, v = _rows(a, v, "av")
    return _part(_convolve_full(a, v), a.shape[0], v.shape[0], mode)


@numpy_face(np.correlate)
def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    a, v = _rows(a, v, "av")
    n, m = a.shape[0], v.shape[0]
    if n < m:  # NumPy turns the arguments round, and the result back
        return conjugate(_correlate(v, a, mode))[list(range(_length(n, m, mode) - 1, -1, -1))]
    turned = conjugate(v)[list(range(m - 1, -1, -1))]
    return _part(_convolve_full(a, turned), n, m, mode)


def _length(n: int, m: int, mode: str) -> int:
    return {"full": n + m - 1, "same": max(n, m), "valid": max(n, m) - min(n, m) + 1}[mode]


# ------------------------------------------------------------------ interpolation

@numpy_face(np.interp)
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    x, xp, fp = as_tensor(x), as_tensor(xp), as_tensor(fp)
    x, xp = x.astype(np.float64), xp.astype(np.float64)
    fp = fp.astype(np.complex128 if fp.dtype.kind == "c" else np.float64)
    if period is not None:
        if period == 0:
            raise ValueError("period must be a non-zero value")
        period, left, right = abs(period), None, None
        x, xp = x % period, xp % period
        order = np.argsort(plain(xp))
        xp, fp = xp[tensor_of(order)], fp[tensor_of(order)]
        xp, fp = cat([xp[-1:] - period, xp, xp[:1] + period]), cat([fp[-1:], fp, fp[:1]])
    n, where = xp.shape[0], plain(x)
    if n == 1:
        y = fp[0] + 0 * x
    else:
        low = np.clip(np.searchsorted(plain(xp), where, "right") - 1, 0, n - 2)
        at, after = tensor_of(np.asarray(low)), tensor_of(np.asarray(low + 1))
        y = (fp[after] - fp[at]) / (xp[after] - xp[at]) * (x - xp[at]) + fp[at]
    y = np.where(where < plain(xp)[0], fp[0] if left is None else as_tensor(left).astype(fp.dtype), y)
    return np.where(where > plain(xp)[-1], fp[-1] if right is None else as_tensor(right).astype(fp.dtype), y)
