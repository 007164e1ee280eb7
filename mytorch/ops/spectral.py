"""Fourier transforms.

Three linear maps are all there is: complex to complex over any dims, real to the half spectrum of one dim, and that
back to real.  The gradient of each is made of the others, with the normalization on the other side; lengths, further
dims and the Hermitian forms are compositions.
"""
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .._types import complex_dtype, default_dtype, is_inexact, strided, wrap_dim
from .._types import type_name as name_of_type
from ..engine.op import as_array, numpy_face, op, placed
from ._numeric import in_order
from ._shared import type_name, with_out
from .data import asked_dtype, made
from .joining import cat

__all__: list[str] = []

_OTHER_SIDE = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _to_complex(arrays: list) -> None:
    x = arrays[0]
    kind = x.dtype if x.dtype.kind in "fcV" else default_dtype()
    if kind.itemsize == 2:
        raise RuntimeError(f"Unsupported dtype {type_name(x)}")
    arrays[0] = x.astype(complex_dtype(kind), copy=False)


@op(lambda g, y, x, dims, inverse, norm: _c2c(g, dims, not inverse, _OTHER_SIDE[norm]), promote=_to_complex,
    name="fft_c2c", node="FftC2CBackward0", method=False)
def _c2c(input: Any, dims: tuple, inverse: bool, norm: Any) -> Any:
    """The transform over `dims`, or its inverse."""
    return in_order((np.fft.ifftn if inverse else np.fft.fftn)(input, axes=dims, norm=norm)) if dims else input


def _to_real(arrays: list) -> None:
    x = arrays[0]
    if x.dtype.kind == "c":
        raise RuntimeError(f"rfft expects a real input tensor, but got {type_name(x)}")
    if x.dtype.kind != "f":
        arrays[0] = x.astype(default_dtype())
    elif x.dtype.itemsize == 2:
        raise RuntimeError(f"Unsupported dtype {type_name(x)}")


@op(lambda g, y, x, dim, norm: np.real(_c2c(resized(g, x.shape[dim], dim), (dim,), True, _OTHER_SIDE[norm])),
    promote=_to_real, name="fft_r2c", node="FftR2CBackward0", method=False)
def _r2c(input: Any, dim: int, norm: Any) -> Any:
    """The half spectrum of a real signal: n // 2 + 1 numbers, the rest are their conjugates."""
    return in_order(np.fft.rfft(input, axis=dim, norm=norm))


def _twice_inside(g: Any, n: int, dim: int) -> Any:
    """The half spectrum g with everything counted twice but what has no mirror image: the first, and for even n the
    last."""
    count = np.full(n // 2 + 1, 2.0, g.real.dtype)
    count[0] = 1
    if n % 2 == 0:
        count[-1] = 1
    return g * count.reshape((-1,) + (1,) * (g.ndim - 1 - dim))


@op(lambda g, y, x, n, dim, norm: _twice_inside(_r2c(g, dim, _OTHER_SIDE[norm]), n, dim), promote=_to_complex,
    name="fft_c2r", node="FftC2RBackward0", method=False)
def _c2r(input: Any, n: int, dim: int, norm: Any) -> Any:
    """The real signal of length n whose half spectrum is given."""
    return in_order(np.fft.irfft(input, n, axis=dim, norm=norm))


def resized(x: Any, n: int, dim: int) -> Any:
    """x cut, or filled up with zeros, to n along dim."""
    size = x.shape[dim]
    if size == n:
        return x
    if size > n:
        return x[(slice(None),) * dim + (slice(0, n),)]
    zeros = np.zeros((*x.shape[:dim], n - size, *x.shape[dim + 1:]), x.dtype)
    return cat([x, zeros], dim)


# ------------------------------------------------------------------ arguments

def _norm(norm: str | None) -> str:
    if norm is None:
        return "backward"
    if norm not in _OTHER_SIDE:
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    return norm


def _line(x: Any, n: int | None, dim: int) -> tuple[int, int]:
    """(length, dim) of a transform along one dim."""
    if not x.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    dim = wrap_dim(dim, x.ndim)
    return _length(x.shape[dim] if n is None else n), dim


def _length(n: int) -> int:
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return n


def _grid(x: Any, s: Any, dim: Any, last_full: bool = True) -> tuple[list, list]:
    """(lengths, dims) of a transform over several dims; a length of -1 or None is that of the input."""
    s = [s] if isinstance(s, int) else s
    dim = [dim] if isinstance(dim, int) else dim
    if dim is None:
        if s is not None and len(s) > x.ndim:
            raise RuntimeError(f"Got shape with {len(s)} values but input tensor only has {x.ndim} dimensions.")
        dims = list(range(x.ndim - (x.ndim if s is None else len(s)), x.ndim))
    else:
        dims = [wrap_dim(d, x.ndim) for d in dim]
        if len(set(dims)) < len(dims):
            raise RuntimeError("FFT dims must be unique")
        if s is not None and len(s) != len(dims):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
    sizes = [x.shape[d] if s is None or s[i] == -1 else s[i] for i, d in enumerate(dims)]
    given = [s is not None and s[i] != -1 for i in range(len(dims))]
    for i, size in enumerate(sizes):
        if last_full or i + 1 < len(sizes) or given[i]:
            _length(size)
    return [n if known else None for n, known in zip(sizes, given)], dims


def _fit(x: Any, sizes: list, dims: list) -> Any:
    for n, dim in zip(sizes, dims):
        if n is not None:
            x = resized(x, n, dim)
    return x


# ------------------------------------------------------------------ one dim

@with_out
def fft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """y_k = sum_j x_j exp(-2 pi i j k / n) along dim; the input is cut or filled with zeros to n.

    norm: "backward" (none here, 1/n in the inverse), "forward" (1/n here), "ortho" (1/sqrt(n)).  As torch.fft.fft.
    """
    size, dim = _line(input, n, dim)
    return _c2c(resized(input, size, dim), (dim,), False, _norm(norm))


@with_out
def ifft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The inverse of `fft`.  As torch.fft.ifft."""
    size, dim = _line(input, n, dim)
    return _c2c(resized(input, size, dim), (dim,), True, _norm(norm))


@with_out
def rfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """`fft` of a real signal: only its first n // 2 + 1 numbers.  As torch.fft.rfft."""
    size, dim = _line(input, n, dim)
    return _r2c(resized(input, size, dim), dim, _norm(norm))


@with_out
def irfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The inverse of `rfft`: a real signal of length n, by default 2 (m - 1).  As torch.fft.irfft."""
    size, dim = _line(input, _default_length(input, n, dim), dim)
    return _c2r(resized(input, size // 2 + 1, dim), size, dim, _norm(norm))


def _default_length(x: Any, n: int | None, dim: int) -> int | None:
    return n if n is not None or not x.ndim else 2 * (x.shape[wrap_dim(dim, x.ndim)] - 1)


@with_out
def hfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """`fft` of a signal that is Hermitian in time, of which the first half is given: real.  As torch.fft.hfft."""
    return irfft(np.conj(input), n, dim, _OTHER_SIDE[_norm(norm)])


@with_out
def ihfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The inverse of `hfft`.  As torch.fft.ihfft."""
    if input.dtype.kind == "c":
        raise RuntimeError(f"ihfft expects a real input tensor, but got {type_name(input)}")
    return np.conj(rfft(input, n, dim, _OTHER_SIDE[_norm(norm)]))


# ------------------------------------------------------------------ several dims

@with_out
def fftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """`fft` over several dims, by default all.  As torch.fft.fftn."""
    sizes, dims = _grid(input, s, dim)
    return _c2c(_fit(input, sizes, dims), tuple(dims), False, _norm(norm))


@with_out
def ifftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """The inverse of `fftn`.  As torch.fft.ifftn."""
    sizes, dims = _grid(input, s, dim)
    return _c2c(_fit(input, sizes, dims), tuple(dims), True, _norm(norm))


@with_out
def rfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """`fftn` of a real signal, half of the last dim.  As torch.fft.rfftn."""
    sizes, dims = _grid(input, s, dim)
    if not dims:
        raise RuntimeError("rfftn must transform at least one axis")
    half = _r2c(_fit(input, sizes, dims), dims[-1], _norm(norm))
    return _c2c(half, tuple(dims[:-1]), False, _norm(norm)) if dims[:-1] else half


@with_out
def irfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """The inverse of `rfftn`.  As torch.fft.irfftn."""
    sizes, dims = _grid(input, s, dim, last_full=False)
    if not dims:
        raise RuntimeError("irfftn must transform at least one axis")
    n = _length(2 * (input.shape[dims[-1]] - 1) if sizes[-1] is None else sizes[-1])
    x = _fit(input, [*sizes[:-1], n // 2 + 1], dims)
    if dims[:-1]:
        x = _c2c(x, tuple(dims[:-1]), True, _norm(norm))
    return _c2r(x, n, dims[-1], _norm(norm))


@with_out
def hfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """`fftn` of a signal that is Hermitian in time: real.  As torch.fft.hfftn."""
    sizes, dims = _grid(input, s, dim, last_full=False)
    if not dims:
        raise RuntimeError("hfftn must transform at least one axis")
    n = _length(2 * (input.shape[dims[-1]] - 1) if sizes[-1] is None else sizes[-1])
    x = _fit(input, [*sizes[:-1], n // 2 + 1], dims)
    if dims[:-1]:
        x = _c2c(x, tuple(dims[:-1]), False, _norm(norm))
    return hfft(x, n, dims[-1], norm)


@with_out
def ihfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    """The inverse of `hfftn`.  As torch.fft.ihfftn."""
    sizes, dims = _grid(input, s, dim)
    if not dims:
        raise RuntimeError("ihfftn must transform at least one axis")
    half = ihfft(_fit(input, sizes, dims), None, dims[-1], norm)
    return _c2c(half, tuple(dims[:-1]), True, _norm(norm)) if dims[:-1] else half


def _plane(name: str, over: Any) -> Any:
    """The form of `over` for two dims, by default the last two."""
    def run(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
        return over(input, s, dim, norm)
    run.__name__ = run.__qualname__ = name
    run.__doc__ = f"`{over.__name__}` over two dims, by default the last two.  As torch.fft.{name}."
    return with_out(run)


fft2, ifft2, rfft2, irfft2, hfft2, ihfft2 = (
    _plane(name, over) for name, over in (("fft2", fftn), ("ifft2", ifftn), ("rfft2", rfftn), ("irfft2", irfftn),
                                          ("hfft2", hfftn), ("ihfft2", ihfftn)))


# ------------------------------------------------------------------ order and frequencies

def _shifted(x: Any, dim: Any, sign: int) -> Any:
    dims = list(range(x.ndim)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    half = [x.shape[d] // 2 if sign > 0 else -(x.shape[d] // 2) for d in dims]
    return np.roll(x, half, axis=tuple(dims)) if dims else x


def fftshift(input: Any, dim: Any = None) -> Any:
    """Put the zero frequency in the middle.  As torch.fft.fftshift."""
    return _shifted(input, dim, 1)


def ifftshift(input: Any, dim: Any = None) -> Any:
    """The inverse of `fftshift`.  As torch.fft.ifftshift."""
    return _shifted(input, dim, -1)


def _frequencies(name: str, steps: np.ndarray, length: float, dtype: Any, layout: Any, device: Any,
                 requires_grad: bool, out: Any) -> Any:
    """steps / length, rounded as by torch, which multiplies."""
    kind = asked_dtype(dtype, out)
    if not is_inexact(kind):
        raise RuntimeError(f"{name} requires a floating point or complex dtype")
    if kind.kind == "c":
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{name_of_type(kind)}'")
    with np.errstate(all="ignore"):
        array = steps.astype(kind) * np.asarray(1 / np.float64(length)).astype(kind)
    return made(array, requires_grad, device, layout, out=out)


def fftfreq(n: int, d: float = 1.0, *, out: Any = None, dtype: Any = None, layout: Any = strided, device: Any = None,
            requires_grad: bool = False) -> Any:
    """The frequencies of the numbers `fft` gives, in cycles per unit of the sample distance d, (n,).

        0, 1, ..., (n-1)/2, -n/2, ..., -1   each divided by n d

    As torch.fft.fftfreq.
    """
    if operator.index(n) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    steps = np.concatenate([np.arange((n + 1) // 2), np.arange(-(n // 2), 0)])
    return _frequencies("fftfreq", steps, n * d, dtype, layout, device, requires_grad, out)


def rfftfreq(n: int, d: float = 1.0, *, out: Any = None, dtype: Any = None, layout: Any = strided, device: Any = None,
             requires_grad: bool = False) -> Any:
    """The frequencies of the numbers `rfft` gives: those of `fftfreq` from 0 up, (n/2 + 1,).  As torch.fft.rfftfreq."""
    count = int(operator.index(n) / 2) + 1
    if count < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {count}: [{count}]")
    return _frequencies("rfftfreq", np.arange(count), n * d, dtype, layout, device, requires_grad, out)


# ------------------------------------------------------------------ NumPy's face

def _numpy_line(function: Any, ours: Any) -> None:
    @numpy_face(function)
    def run(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
        return placed(ours(_wide(a), n, axis, norm), out)


def _numpy_grid(function: Any, ours: Any) -> None:
    @numpy_face(function)
    def run(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Any:
        at = (-2, -1) if axes is None and ours.__name__.endswith("2") else axes
        return placed(ours(_wide(a), s, at, norm), out)


def _wide(a: Any) -> Any:
    """NumPy takes integers for float64, and half precision for single."""
    a = as_array(a)
    return a.astype(np.float64) if a.dtype.kind in "biu" else a.astype(np.float32) if a.dtype == np.float16 else a


for _ours in (fft, ifft, rfft, irfft, hfft, ihfft):
    _numpy_line(getattr(np.fft, _ours.__name__), _ours)
for _ours in (fftn, ifftn, rfftn, irfftn, fft2, ifft2, rfft2, irfft2):
    _numpy_grid(getattr(np.fft, _ours.__name__), _ours)


@numpy_face(np.fft.fftshift)
def _numpy_shift(x: Any, axes: Any = None) -> Any:
    return fftshift(x, axes)


@numpy_face(np.fft.ifftshift)
def _numpy_unshift(x: Any, axes: Any = None) -> Any:
    return ifftshift(x, axes)
