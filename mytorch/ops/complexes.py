"""Complex numbers: made of parts, taken apart, conjugated.

Rules may hand on complex gradients to real tensors: the engine takes the real part.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._types import complex_dtype, default_dtype
from ..engine.op import check_writable, method, numpy_face, op, write
from ..engine.tensor import Tensor
from ._shared import takes, type_name

__all__ = ["angle", "complex", "conj", "conj_physical", "conj_physical_", "imag", "is_conj", "is_neg", "polar", "real",
           "resolve_conj", "resolve_neg"]


# ------------------------------------------------------------------ conjugates

_conj = op(lambda g, y, x: np.conj(g), name="conj", method=False)(np.conjugate)
_conj_physical = op(lambda g, y, x: np.conj(g), name="conj_physical", names=("input",), inplace=True, method=False)(
    lambda input: np.conjugate(input) if input.dtype.kind == "c" else np.array(input))


@method()
def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor itself.  As torch.conj."""
    return _conj(input) if input.dtype.kind == "c" else input


@method()
def conj_physical(input: Tensor, *, out: Any = None) -> Tensor:
    """The complex conjugate; a real tensor itself.  As torch.conj_physical."""
    return _conj_physical(input, out=out) if out is not None or input.dtype.kind == "c" else input


@method()
def resolve_conj(input: Tensor) -> Tensor:
    """The tensor: conjugates are computed here, never only marked.  As torch.resolve_conj."""
    return input


@method()
def resolve_neg(input: Tensor) -> Tensor:
    """The tensor: negatives are computed here, never only marked.  As torch.resolve_neg."""
    return input


@method()
def is_conj(input: Tensor) -> bool:
    """Whether the conjugate is only marked: never here.  As torch.is_conj."""
    return False


@method()
def is_neg(input: Tensor) -> bool:
    """Whether the negative is only marked: never here.  As torch.is_neg."""
    return False


# ------------------------------------------------------------------ parts

@op(lambda g, y, x: g, name="real", node="SelectBackward0", view=True, method=False)
def _real(input: Any) -> Any:
    return input.real


@op(lambda g, y, x: g * 1j, name="imag", node="SelectBackward0", view=True, method=False)
def _imag(input: Any) -> Any:
    return input.imag


@numpy_face(np.real)
def real(input: Tensor) -> Tensor:
    """The real part, a view; a real tensor itself.  As torch.real."""
    return _real(input) if input.dtype.kind == "c" else input


def imag(input: Tensor) -> Tensor:
    """The imaginary part, a view.  As torch.imag."""
    if input.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _imag(input)


@numpy_face(np.imag)
def _numpy_imag(val: Any) -> Any:
    return _imag(val) if val.dtype.kind == "c" else np.zeros_like(val)


def _set_part(part: Tensor, value: Any) -> None:
    check_writable(part)
    write(part, value if isinstance(value, np.ndarray) else np.asarray(value, part.dtype))


Tensor.real = property(real, lambda self, value: _set_part(real(self), value))  # type: ignore[assignment]
Tensor.imag = property(imag, lambda self, value: _set_part(imag(self), value))  # type: ignore[assignment]


@op(lambda g, y, x: _angle_slope(g, x), inplace=False)
def angle(input: Any) -> Any:
    """The angle to the positive real axis, in radians; of real numbers 0 or pi.  As torch.angle."""
    if input.dtype.kind == "c":
        return np.arctan2(input.imag, input.real)
    x = input if input.dtype.kind in "fV" else input.astype(default_dtype())
    return np.where(np.isnan(x), x, np.where(x < 0, math.pi, 0).astype(x.dtype))


def _angle_slope(g: Any, x: Any) -> Any:
    if x.dtype.kind != "c":
        return np.zeros(g.shape, g.dtype)
    square = x.real * x.real + x.imag * x.imag
    return np.where(square == 0, 0, 1j * g * x / np.where(square == 0, 1, square))


@numpy_face(np.angle)
def _numpy_angle(z: Any, deg: bool = False) -> Any:
    return angle(z) * (180 / math.pi) if deg else angle(z)


# ------------------------------------------------------------------ made of parts

def _same_float(arrays: list, name: str) -> None:
    """Both parts must be of one floating type."""
    takes(name, "both")(arrays)
    names = [type_name(a) for a in arrays]
    if any(n not in ("Half", "Float", "Double") for n in names):
        raise RuntimeError(f"Expected both inputs to be Half, Float or Double tensors but got {' and '.join(names)}")
    if names[0] != names[1]:
        raise RuntimeError(f"Expected object of scalar type {names[0]} but got scalar type {names[1]} for second "
                           "argument")


@op(lambda g, y, a, b: g.real, lambda g, y, a, b: g.imag, method=False,
    promote=lambda arrays: _same_float(arrays, "complex"))
def complex(real: Any, imag: Any) -> Any:
    """real + 1j * imag, both of one floating type.  As torch.complex."""
    out = np.empty(np.broadcast_shapes(real.shape, imag.shape), complex_dtype(real.dtype))
    out.real, out.imag = real, imag
    return out


@op(lambda g, y, r, phi: (g * np.conj(np.sign(r) * np.exp(1j * phi))).real,
    lambda g, y, r, phi: (g * np.conj(1j * y)).real,
    method=False, promote=lambda arrays: _same_float(arrays, "polar"))
def polar(abs: Any, angle: Any) -> Any:
    """abs * exp(1j * angle), both of one floating type.  As torch.polar."""
    out = np.empty(np.broadcast_shapes(abs.shape, angle.shape), complex_dtype(abs.dtype))
    np.multiply(abs, np.cos(angle), out=out.real)
    np.multiply(abs, np.sin(angle), out=out.imag)
    return out


conj_physical_ = Tensor.conj_physical_  # type: ignore[attr-defined]
