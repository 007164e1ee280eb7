"""Bringing an op's operands to one type, as torch does: what `op(promote=...)` names; and what torch refuses."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import default_dtype, is_inexact, result_dtype

__all__ = ["does_not_apply", "must_be_tensor", "refuse_numbers", "shapes_differ", "to_common",
           "to_common_all", "to_common_float", "to_float"]

ndarray = np.ndarray
asarray = np.asarray


def to_common(arrays: list) -> None:
    """Bring the tensor operands to torch's common type; Python numbers take the type of the tensors."""
    a, b = arrays[0], arrays[1]
    if type(b) is ndarray:
        if type(a) is ndarray and a.dtype is b.dtype:
            return
    elif type(a) is ndarray:
        kind, number = a.dtype.kind, type(b)
        if (number is float and kind in "fc") or (number is int and (kind in "fc" or a.dtype.itemsize == 8)):
            return
    _convert(arrays, result_dtype(arrays[:2]), 2)


def to_common_float(arrays: list) -> None:
    """As `to_common`, then integers become the default float type."""
    a, b = arrays[0], arrays[1]
    if type(a) is ndarray and a.dtype.kind in "fc" and (
            type(b) is float or type(b) is ndarray and a.dtype is b.dtype):
        return
    kind = result_dtype(arrays[:2])
    _convert(arrays, kind if is_inexact(kind) else default_dtype(), 2)


def to_float(arrays: list) -> None:
    """An integer operand becomes the default float type."""
    x = arrays[0]
    if type(x) is not ndarray:
        x = arrays[0] = asarray(x)
    if x.dtype.kind not in "fcV":
        arrays[0] = x.astype(default_dtype())


def to_common_all(arrays: list) -> None:
    """As `to_common`, over every operand that is an array or a number."""
    kind = result_dtype([a for a in arrays if isinstance(a, (ndarray, *_NUMBERS)) and not isinstance(a, str)])
    _convert(arrays, kind, len(arrays))


_NUMBERS = (int, float, complex, np.generic)


def _convert(arrays: list, kind: np.dtype, count: int) -> None:
    for i in range(count):
        a = arrays[i]
        if isinstance(a, ndarray):
            if a.dtype is not kind:
                arrays[i] = a.astype(kind)
        elif isinstance(a, _NUMBERS):
            arrays[i] = asarray(a).astype(kind)
        elif a is not None:
            raise TypeError(f"expected a Tensor or a number, got {type(a).__name__}")


def shapes_differ(error: Exception, arrays: list) -> Exception:
    """torch's error for what cannot be broadcast, or subtracted, in place of NumPy's; any other error as it is."""
    text = str(error)
    if text.startswith("numpy boolean subtract"):
        return RuntimeError("Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
                            "`logical_xor()` operator instead.")
    if not text.startswith(("operands could not be broadcast together", "shape mismatch: objects cannot")):
        return error
    first, *others = [a.shape for a in arrays if isinstance(a, ndarray)]
    for other in others:
        ndim = max(len(first), len(other))
        for i, (n, m) in enumerate(zip(reversed(first), reversed(other))):
            if n != m and n != 1 and m != 1:
                return RuntimeError(f"The size of tensor a ({n}) must match the size of tensor b ({m}) at "
                                    f"non-singleton dimension {ndim - 1 - i}")
        first = np.broadcast_shapes(first, other)
    return error


def refuse_numbers(op: Any, arrays: list) -> None:
    """Raise as torch does where nothing is a tensor, or an array in its place; it adds and multiplies numbers too."""
    if not any(isinstance(a, (ndarray, np.generic)) for a in arrays) and op.name not in ("add", "sub", "mul", "div"):
        raise must_be_tensor(op.name, op.names[0], arrays[0])


def must_be_tensor(name: str, argument: str, value: Any, position: int = 1) -> TypeError:
    """torch's error for what is no tensor."""
    return TypeError(f"{name}(): argument '{argument}' (position {position}) must be Tensor, not "
                     f"{type(value).__name__}")


def does_not_apply(method: str, value: Any) -> TypeError:
    """The error for a Tensor's method that is called on something else."""
    return TypeError(f"descriptor '{method}' for 'torch._C.TensorBase' objects doesn't apply to a "
                     f"'{type(value).__name__}' object")
