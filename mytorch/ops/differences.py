"""Differences, slopes and areas of numbers in a row."""
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .._types import default_dtype, is_inexact, wrap_dim
from ..engine.op import method
from ..engine.tensor import plain
from ._shared import with_out
from .comparison import logical_xor
from .indexing import narrow
from .joining import cat
from .pointwise import sub
from .reduction import dims_of, sum
from .scan import cumsum

__all__ = ["cumulative_trapezoid", "diff", "gradient", "trapezoid", "trapz"]

ndarray = np.ndarray


# ------------------------------------------------------------------ differences and areas

def _check_ends(x: Any, end: Any, dim: int) -> None:
    if end.ndim != x.ndim:
        raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    for i in range(x.ndim):
        if i != dim and end.shape[i] != x.shape[i]:
            raise RuntimeError("diff expects the shape of tensor to prepend or append to match that of input except "
                               f"along the differencing dimension; input.size({i}) = {x.shape[i]}, but got "
                               f"tensor.size({i}) = {end.shape[i]}")


@method()
@with_out
def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The n-th differences x[i + 1] - x[i] along `dim`; prepend, append: joined to the ends first.  As torch.diff."""
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    at = wrap_dim(operator.index(dim), input.ndim)
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    parts = [part for part in (prepend, input, append) if part is not None]
    for part in parts:
        _check_ends(input, part, at)
    x = cat(parts, at) if len(parts) > 1 and n else input
    less = logical_xor if x.dtype.kind == "b" else sub
    for _ in range(min(n, x.shape[at])):
        size = max(x.shape[at] - 1, 0)
        x = less(narrow(x, at, min(1, x.shape[at]), size), narrow(x, at, 0, size))
    return x


def _check_points(name: str, y: Any, x: Any, dim: int) -> int:
    """The dim from the front, once y and x are seen to fit."""
    for value in (y,) if x is None else (y, x):
        if value.dtype.kind == "b":
            raise RuntimeError(f"{name}: received a bool input for {'`y`' if x is None else '`x` or `y`'}, but bool is "
                               "not supported")
    if not y.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    at = wrap_dim(operator.index(dim), y.ndim)
    if x is not None:
        at_x = 0 if x.ndim == 1 else at - y.ndim + x.ndim  # x may lack leading dims
        if at_x >= 0 and x.shape[at_x] != y.shape[at]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
    return at


def _strips(y: Any, x: Any, dx: Any, at: int) -> Any:
    """The areas between neighbouring points, (y_i + y_{i+1}) / 2 * step."""
    n = y.shape[at]
    both = narrow(y, at, 1, n - 1) + narrow(y, at, 0, n - 1) if n else y
    if x is None:
        return both / 2 * dx
    steps = diff(x).reshape((-1,) + (1,) * (y.ndim - 1 - at)) if x.ndim == 1 else diff(x, 1, at - y.ndim + x.ndim)
    return both * steps / 2  # in this order, because integers may overflow, in torch too


def _one_spacing(name: str, x: Any, dx: Any) -> Any:
    if x is not None and dx is not None:
        raise TypeError(f"{name}() received an invalid combination of arguments: give either x or dx")
    return 1 if dx is None else dx


def trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The area under y along `dim`, by trapezoids; x: where the points are, else they are dx apart.

    As torch.trapezoid.
    """
    dx = _one_spacing("trapezoid", x, dx)
    at = _check_points("trapezoid", y, x, dim)
    if x is not None or not y.shape[at]:
        return sum(_strips(y, x, dx, at), at)
    ends = narrow(y, at, 0, 1) + narrow(y, at, y.shape[at] - 1, 1)
    return (sum(y, at) - sum(ends, at) * .5) * dx


def trapz(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """`trapezoid` under its old name.  As torch.trapz."""
    return trapezoid(y, x, dx=dx, dim=dim)


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The area under y up to each point after the first.  As torch.cumulative_trapezoid."""
    dx = _one_spacing("cumulative_trapezoid", x, dx)
    at = _check_points("cumulative_trapezoid", y, x, dim)
    return cumsum(_strips(y, x, dx, at), at)


# ------------------------------------------------------------------ slopes

def _edge(f: Any, at: int, h: Any, order: int, last: bool) -> Any:
    """The one-sided derivative at an end; h: the distances, a number or an array."""
    def take(i: int) -> Any:
        n = f.shape[at]
        return f[(slice(None),) * at + (slice(n - 1 - i, n - i) if last else slice(i, i + 1),)]
    sign = -1 if last else 1
    h0, h1 = (h, h) if np.ndim(h) == 0 else (h[-1], h[-2] if len(h) > 1 else h[-1]) if last else (
        h[0], h[1] if len(h) > 1 else h[0])
    if order == 1:
        return (take(1) - take(0)) * sign / h0
    a, b, c = -(2 * h0 + h1) / (h0 * (h0 + h1)), (h0 + h1) / (h0 * h1), -h0 / (h1 * (h0 + h1))
    return (take(0) * a + take(1) * b + take(2) * c) * sign


def slope_along(f: Any, at: int, h: Any, order: int) -> Any:
    """Second-order central differences along one axis."""
    n = f.shape[at]
    lead = (slice(None),) * at
    low, mid, high = (f[lead + (slice(i, n - 2 + i),)] for i in range(3))
    if np.ndim(h) == 0:
        inner = (high - low) / (2 * h)
    else:
        column = h.reshape((-1,) + (1,) * (f.ndim - 1 - at))
        before, after = column[:-1], column[1:]
        inner = (low * (-after / (before * (before + after))) + mid * ((after - before) / (before * after))
                 + high * (before / (after * (before + after))))
    return cat([_edge(f, at, h, order, False), inner, _edge(f, at, h, order, True)], at)


def _spacings(spacing: Any, count: int, given: bool, ndim: int) -> list:
    """The spacing along each dim: a number, or where the points are."""
    if isinstance(spacing, ndarray):
        raise TypeError("gradient() received an invalid combination of arguments - got a Tensor for 'spacing', "
                        "expected a number, or a list of numbers or of Tensors")
    if not isinstance(spacing, (tuple, list)):
        return [spacing] * count
    if len(spacing) != count:
        raise RuntimeError("torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to "
                           f"'self.dim() = {ndim}', since dim argument was not given, but got a list of length "
                           f"{len(spacing)}" if not given else "torch.gradient expected spacing to be unspecified, a "
                           f"scalar or it's spacing and dim arguments to have the same length, but got a spacing "
                           f"argument of length {len(spacing)} and a dim argument of length {count}.")
    return list(spacing)


def gradient(input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple:
    """The slopes along each dim, by second-order central differences; at the ends one-sided, of `edge_order` 1 or 2.

    spacing: the distance of the points, one for all or for each dim; or for each dim where the points are.
    As torch.gradient.
    """
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    given = (dim,) if isinstance(dim, int) else dim
    dims_of(given, input.ndim)
    dims = [wrap_dim(d, input.ndim) for d in (range(input.ndim) if given is None else given)]
    steps = _spacings(spacing, len(dims), given is not None, input.ndim)
    x = input if is_inexact(input.dtype) else input.astype(default_dtype())
    found = []
    for at, step in zip(dims, steps):
        if x.shape[at] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
        if isinstance(step, ndarray) and step.ndim:
            if step.shape[0] != x.shape[at]:
                raise RuntimeError("torch.gradient expected each element of spacing to have as many points as input "
                                   f"has along its dim, {x.shape[at]}, but got {step.shape[0]}")
            step = np.diff(plain(step)).astype(x.dtype)
        found.append(slope_along(x, at, step, edge_order))
    return tuple(found)
