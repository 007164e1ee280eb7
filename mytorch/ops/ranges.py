"""Numbers in order: `arange`, `linspace`, `logspace`, and the identity matrix."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._types import complex_dtype, default_dtype, real_dtype, strided, type_name
from .._warnings import warn
from ..engine.tensor import Tensor, plain
from ..random.fma import fma64
from .data import asked_dtype, fitting, made, number

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
        if type(end) is int and end >= 0 and type(step) is int and step == 1 and start == 0 and dtype is None is out:
            return made(np.arange(end), requires_grad, device, layout, pin_memory)  # what loops over batches call
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
        warn(f"The number of elements in the out tensor of shape {list(out.shape)} is {int(out.size)} which "
             f"does not match the computed number of elements {array.size}. Note that this may occur as a "
             f"result of rounding error. The out tensor will be resized to a tensor of shape ({array.size},).")
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
        return (int(start) + int(step) * np.arange(count)).astype(kind)
    if float(start).is_integer() and float(step).is_integer() and max(abs(start), abs(end), abs(step)) < 2 ** 24:
        return (start + step * np.arange(count)).astype(kind)  # whole numbers: nothing is rounded on the way
    return _steps(float(start), float(step), count, kind)


def _steps(start: float, step: float, count: int, kind: np.dtype) -> ndarray:
    """start + i * step with the roundings of torch's vectorised loop.

    It goes by pairs of registers of 32 bytes, in each of which the first number is rounded to the type and the others
    count from it; what is left over at the end is computed one by one.  Multiply and add round once.
    """
    if kind.itemsize == 2:
        start, step = float(np.float32(start)), float(np.float32(step))
    fused: Any = {2: _fused_float32, 8: _fused_float64}.get(kind.itemsize, lambda i, step, start: i * step + start)
    width = 32 // kind.itemsize
    whole = count // (2 * width) * 2 * width
    i = np.arange(count, dtype=np.float64)
    out = np.empty(count, kind)
    out[whole:] = fused(i[whole:], step, start)
    first = fused(i[:whole:width], step, start).astype(kind).astype(np.float64)
    for place in range_(width):
        out[place:whole:width] = (_added if kind.itemsize == 8 else fused)(place, step, first)
    return out


range_ = range  # this module gives torch.range the name


def _fused_float64(i: ndarray, step: float, start: float) -> ndarray:
    return fma64(i, step, start)


def _fused_float32(i: Any, step: float, start: Any) -> ndarray:
    return (i * step + start).astype(np.float32)


def _added(place: int, step: float, first: ndarray) -> ndarray:
    """place * step + first, rounded once; place < 4, so that the product and what it lacks are two floats."""
    product = place * step
    lacking = step - (product - 2 * step) if place == 3 else 0.0
    total = first + product
    part = total - first
    return total + ((first - (total - part)) + (product - part) + lacking)


def range(start: Any = 0, end: Any = None, step: Any = 1, *, out: Any = None, dtype: Any = None,
          layout: Any = strided, device: Any = None, requires_grad: bool = False) -> Tensor:
    """As arange, but `end` belongs to it and the type is the default float.  As torch.range, deprecated there."""
    if end is None:
        raise TypeError('range() missing 1 required positional arguments: "end"')
    warn("torch.range is deprecated and will be removed in a future release because its behavior is "
         "inconsistent with Python's range builtin. Instead, use torch.arange, which produces values in "
         "[start, end).")
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
    return made(equally_spaced(start, end, steps, kind), requires_grad, device, layout, pin_memory, out)


def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, out: Any = None, dtype: Any = None,
             layout: Any = strided, device: Any = None, pin_memory: bool = False,
             requires_grad: bool = False) -> Tensor:
    """base ** linspace(start, end, steps).  As torch.logspace."""
    start, end, kind = _ends("logspace", start, end, steps, dtype, out)
    return made(_logspace(start, end, steps, base, kind), requires_grad, device, layout, pin_memory, out)


def _logspace(start: Any, end: Any, steps: int, base: Any, kind: np.dtype) -> ndarray:
    """Powers, computed in float64 but for the difference of the ends."""
    if kind.kind == "c":
        return np.power(kind.type(base), equally_spaced(start, end, steps, kind))
    if steps == 1:
        return _powers(base, np.full(1, start, np.float64)).astype(kind)
    if not steps:
        return np.empty(0, kind)
    i = np.arange(steps, dtype=np.float64)
    if kind.kind in "iu":
        first, last = float(int(fitting(start, kind))), float(int(fitting(end, kind)))
        step = float(np.float32(last - first) / np.float32(steps - 1))
    else:
        ends = np.array([fitting(start, kind), fitting(end, kind)], np.float64).astype(kind)
        first, last = float(ends[0]), float(ends[1])
        step = float((ends[1] - ends[0]).astype(kind)) / (steps - 1)
    rounded: Any = np.float32 if kind.kind in "iu" else np.float64  # torch's arithmetic on the exponents
    up, down = ((step * place).astype(rounded) for place in (i, steps - 1 - i))
    powers = np.where(i < steps // 2, rounded(first) + up, rounded(last) - down)
    values = _powers(base, powers)
    return (values.astype(np.float32) if kind.itemsize == 2 and kind.kind in "fV" else values).astype(kind)


def _powers(base: float, powers: ndarray) -> ndarray:
    """base ** powers by the C library, to the last bit; NumPy's where that raises."""
    try:
        return np.array([math.pow(base, power) for power in powers.tolist()], np.float64)
    except (OverflowError, ValueError):
        return np.power(np.float64(base), powers)


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


def equally_spaced(start: Any, end: Any, steps: int, kind: np.dtype) -> ndarray:
    """From both ends to the middle, so that both are exact; multiply and add round once."""
    if kind.kind == "c" and steps != 1:
        first, last, real = kind.type(start), kind.type(end), real_dtype(kind)
        step, place = (last - first) / real.type(max(steps - 1, 1)), np.arange(steps, dtype=real)
        return np.where(place < steps // 2, first + step * place, last - step * (steps - 1 - place))
    start, end = fitting(start, kind), fitting(end, kind)
    if steps == 1:
        return np.full(1, start, kind)
    i = np.arange(steps, dtype=np.float64)
    if kind.kind in "iu":
        first, last = float(int(start)), float(int(end))
        step = (last - first) / max(steps - 1, 1)
    else:
        ends = np.array([start, end], np.float64).astype(kind)
        step = float(((ends[1] - ends[0]).astype(kind) / np.asarray(max(steps - 1, 1)).astype(kind)).astype(kind))
        first, last = float(ends[0]), float(ends[1])
    if kind.itemsize == 2 and kind.kind in "fV":
        return _linspace_16_bits(first, last, step, i, kind)
    if kind.itemsize == 4 and kind.kind == "f":
        return np.where(i < steps // 2, first + step * i, last - step * (steps - 1 - i)).astype(kind)
    values = np.where(i < steps // 2, fma64(i, step, first), fma64(steps - 1 - i, -step, last))
    return values.astype(np.int64).astype(kind) if kind.kind in "iu" else values


def _linspace_16_bits(first: float, last: float, step: float, i: ndarray, kind: np.dtype) -> ndarray:
    """float16 and bfloat16 round after the product and after the sum."""
    count = len(i)
    up = (first + (step * i.astype(kind).astype(np.float64)).astype(kind).astype(np.float64)).astype(kind)
    back = (count - 1 - i).astype(kind).astype(np.float64)
    down = (last - (step * back).astype(kind).astype(np.float64)).astype(kind)
    return np.where(i < count // 2, up, down)


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


