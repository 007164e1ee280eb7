"""Numbers in order: `arange`, `linspace`, `logspace`, and the identity matrix."""
from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .._tensor import Tensor, plain
from .._types import complex_dtype, default_dtype, is_inexact, real_dtype, strided
from .data import asked_dtype, made, number, type_name

__all__ = ["arange", "eye", "linspace", "logspace", "range"]

ndarray = np.ndarray


# ------------------------------------------------------------------ ranges

def arange(*args: Any, start: Any = 0, end: Any = None, step: Any = 1, out: Any = None, dtype: Any = None,
           layout: Any = strided, device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """start, start + step, ... below `end`: arange(end), arange(start, end), arange(start, end, step).

    int64 when all are integers, else the default float type.  As torch.arange.
    """
    if len(args) == 1 and end is None:
        end = args[0]
    elif args:
        start, end, step = (*args, *(end, step)[len(args) - 1:])[:3] if len(args) <= 3 else (None,) * 3
    if end is None:
        raise TypeError(f"arange() received an invalid combination of arguments - got {len(args)} positional arguments;"
                        " expected (end), (start, end) or (start, end, step)")
    start, end, step = (number(v, "arange(): start, end and step") for v in (start, end, step))
    whole = not any(isinstance(v, (float, complex)) for v in (start, end, step))
    kind = np.dtype(np.int64) if whole and dtype is None and out is None else asked_dtype(dtype, out)
    array = _arange(start, end, step, kind)
    if out is not None and int(out.size) not in (0, array.size):
        warnings.warn(f"The number of elements in the out tensor of shape {list(out.shape)} is {int(out.size)} which "
                      f"does not match the computed number of elements {array.size}. Note that this may occur as a "
                      f"result of rounding error. The out tensor will be resized to a tensor of shape ({array.size},).",
                      stacklevel=2)
    return made(array, requires_grad, device, layout, pin_memory, out)


def _arange(start: Any, end: Any, step: Any, kind: np.dtype) -> ndarray:
    """The numbers of arange, computed in float64 (integers in int64) as torch does."""
    if kind.kind not in "iufV":
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{type_name(kind)}'")
    if any(isinstance(v, complex) for v in (start, end, step)):
        raise RuntimeError("value cannot be converted to type double without overflow")
    if not step:
        raise RuntimeError("step must be nonzero")
    if kind == np.int64 and math.isfinite(start) and math.isfinite(end):
        start, end, step = int(start), int(end), int(step)
        if not step:
            raise ValueError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if kind == np.int64:
        return np.arange(start, end, step, dtype=kind)
    count = math.ceil((float(end) - float(start)) / float(step))
    if kind.kind in "iu":
        start, step = int(start), int(step)
    return (start + step * np.arange(count)).astype(kind)


def range(start: Any = 0, end: Any = None, step: Any = 1, *, out: Any = None, dtype: Any = None,
          layout: Any = strided, device: Any = None, requires_grad: bool = False) -> Tensor:
    """As arange, but `end` belongs to it and the type is the default float.  As torch.range, deprecated there."""
    if end is None:
        raise TypeError('range() missing 1 required positional arguments: "end"')
    warnings.warn("torch.range is deprecated and will be removed in a future release because its behavior is "
                  "inconsistent with Python's range builtin. Instead, use torch.arange, which produces values in "
                  "[start, end).", stacklevel=2)
    start, end, step = (number(v, "range(): start, end and step") for v in (start, end, step))
    if not step:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    kind = asked_dtype(dtype, out)
    values = start + step * np.arange(math.floor((end - start) / step) + 1)
    return made(values.astype(kind), requires_grad, device, layout, False, out)


def linspace(start: Any, end: Any, steps: int, *, out: Any = None, dtype: Any = None, layout: Any = strided,
             device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """`steps` numbers from `start` to `end`, both included, equally far apart.  As torch.linspace."""
    start, end, kind = _ends("linspace", start, end, steps, dtype, out)
    return made(_linspace(start, end, steps, kind), requires_grad, device, layout, pin_memory, out)


def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, out: Any = None, dtype: Any = None,
             layout: Any = strided, device: Any = None, pin_memory: bool = False,
             requires_grad: bool = False) -> Tensor:
    """base ** linspace(start, end, steps).  As torch.logspace."""
    start, end, kind = _ends("logspace", start, end, steps, dtype, out)
    if kind.kind in "iu":
        start, end = int(start), int(end)
    powers = _linspace(start, end, steps, kind if is_inexact(kind) else np.dtype(np.float64))
    with np.errstate(all="ignore"):
        array = np.power(powers.dtype.type(base), powers).astype(kind)
    return made(array, requires_grad, device, layout, pin_memory, out)


def _ends(name: str, start: Any, end: Any, steps: Any, dtype: Any, out: Any) -> tuple[Any, Any, np.dtype]:
    """The ends as numbers, and the type of what lies between."""
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)):
        raise TypeError(f"{name}() received an invalid combination of arguments: steps must be int, not "
                        f"{type(steps).__name__}")
    dims = [v.ndim if isinstance(v, ndarray) else 0 for v in (start, end)]
    if any(dims):
        raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got start with {dims[0]} "
                           f"dimension(s) and end with {dims[1]} dimension(s).")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if asked_dtype(dtype, out).kind == "b":
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Bool'")
    start, end = (plain(v).item() if isinstance(v, ndarray) else number(v, f"{name}(): start and end")
                  for v in (start, end))
    found = any(isinstance(v, complex) for v in (start, end))
    kind = complex_dtype(default_dtype()) if found and dtype is None and out is None else asked_dtype(dtype, out)
    return start, end, kind


def _linspace(start: Any, end: Any, steps: int, kind: np.dtype) -> ndarray:
    """From both ends to the middle, so that both are exact."""
    if steps == 1:
        return np.full(1, start, kind)
    if kind.kind in "iu":
        start, end = int(start), int(end)
    wide = np.dtype(np.float64) if kind.kind in "iu" else np.dtype(np.float32) if kind.itemsize == 2 else kind
    first, last = wide.type(start), wide.type(end)
    step = (last - first) / wide.type(max(steps - 1, 1))
    places = np.arange(steps)
    low = first + step * places.astype(real_dtype(wide))
    high = last - step * (steps - 1 - places).astype(real_dtype(wide))
    return np.where(places < steps // 2, low, high).astype(kind)


def eye(n: int, m: int | None = None, *, out: Any = None, dtype: Any = None, layout: Any = strided, device: Any = None,
        pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """The n x m (default n x n) matrix with ones on the diagonal.  As torch.eye."""
    m = n if m is None else m
    for name, value in (("n", n), ("m", m)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            raise TypeError(f"eye(): argument '{name}' must be int, not {type(value).__name__}")
        if value < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {value}")
    return made(np.eye(n, m, dtype=asked_dtype(dtype, out)), requires_grad, device, layout, pin_memory, out)


