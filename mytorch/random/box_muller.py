"""Standard normals sixteen at a time, as torch's vectorised kernel makes them for 16 and more numbers in a row.

Each block of 16 uniform numbers d becomes 16 normals (Box and Muller):

    u = 1 - d[0:8], v = d[8:16]:   sqrt(-2 log u) * cos(2 pi v), then  sqrt(-2 log u) * sin(2 pi v)

In float32 the logarithm, sine and cosine are the single-precision polynomials of Cephes (Moshier), operation for
operation: better approximations give other numbers.  A name that ends in 64 holds float32 values in a float64 array.
"""
from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .fma import fma32, fma64, libm
from .generator import Generator

__all__ = ["BLOCK", "fill_blocks"]

BLOCK = 16
_CHUNK = 1024  # blocks at a time: what they need stays in the cache

_F4, _F8 = np.float32, np.float64


def fill_blocks(flat: np.ndarray, mean: float, std: float, generator: Generator) -> None:
    """Fill the 1-d `flat` of 16 or more floating-point numbers with mean + std * normal.

    The last 16 are drawn anew when the length is not a multiple of 16, over what the blocks before have put there.
    """
    count = flat.size // BLOCK
    half = flat.itemsize == 2
    draw, transform = _KERNELS[flat.dtype == np.float64]
    for start in range(0, count, _CHUNK):
        blocks = min(_CHUNK, count - start)
        part = flat[start * BLOCK:(start + blocks) * BLOCK]
        part[...] = transform(draw(generator, part.size), mean, std)
    rest = flat.size % BLOCK
    if rest:
        if not half:  # torch draws for the whole length first; in 16-bit types only for whole blocks
            draw(generator, rest)
        flat[-BLOCK:] = transform(draw(generator, BLOCK), mean, std)


def _blocks32(d: np.ndarray, mean: float, std: float) -> np.ndarray:
    halves = d.reshape(-1, 2, BLOCK // 2)
    radius = np.sqrt(_log32(_ONE - halves[:, 0].ravel()) * _MINUS_TWO)
    cos, sin = _cos_sin32(halves[:, 1].ravel() * _TWO_PI)
    out = np.empty(halves.shape, _F4)
    for i, wave in enumerate((cos, sin)):
        out[:, i] = _scaled32(wave * radius, mean, std).reshape(-1, BLOCK // 2)
    return out.reshape(-1)


def _scaled32(z: np.ndarray, mean: float, std: float) -> np.ndarray:
    return fma32(z.astype(_F8), float(_F4(std)), float(_F4(mean)))


def _blocks64(d: np.ndarray, mean: float, std: float) -> np.ndarray:
    halves = d.reshape(-1, 2, BLOCK // 2)
    radius = np.sqrt(-2.0 * libm.log(1 - halves[:, 0].ravel()))
    angle = 2.0 * math.pi * halves[:, 1].ravel()
    out = np.empty(halves.shape)
    for i, wave in enumerate((libm.cos, libm.sin)):
        out[:, i] = fma64(radius * wave(angle), std, mean).reshape(-1, BLOCK // 2)
    return out.reshape(-1)


#: is it float64 -> (how to draw numbers in [0, 1), what makes them normal)
_KERNELS: dict[bool, tuple[Callable, Callable]] = {
    False: (Generator.floats, _blocks32),
    True: (Generator.doubles, _blocks64)}


# ------------------------------------------------------------------ single-precision functions

def _row32(*values: float) -> tuple[np.ndarray, ...]:
    """Constants as 0-d float32 arrays: beside a small array they cost half of what a number costs."""
    return tuple(np.array(value, _F4) for value in values)


def _row64(*values: float) -> tuple[np.ndarray, ...]:
    """float32 constants, in float64."""
    return tuple(value.astype(_F8) for value in _row32(*values))


_LOG = _row64(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
              2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)
_COS = _row64(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
_SIN = _row64(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_QUARTER_PI = _row64(-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)
_LOG2_HIGH, _MINUS_HALF = _row64(0.693359375, -0.5)
_LOG2_LOW, _SQRT_HALF, _OCTANTS, _MINUS_HALF32, _ONE, _MINUS_TWO, _TWO_PI = _row32(
    -2.12194440e-4, 0.707106781186547524, 1.27323954473516, -0.5, 1, -2, 2 * math.pi)


def _wide(x32: np.ndarray) -> np.ndarray:
    return x32.astype(_F8)


def _fused(x64: np.ndarray, y64: np.ndarray, z: np.ndarray) -> np.ndarray:
    """x*y + z, rounded to float32.

    The product is exact, the sum is rounded twice; for all 2**24 arguments that a draw can have, the functions below
    come out as with one rounding.
    """
    product = x64 * y64
    product += z
    return product.astype(_F4)


def _horner(x64: np.ndarray, coefficients: tuple[np.ndarray, ...]) -> np.ndarray:
    y = _fused(x64, coefficients[0], coefficients[1])
    for c in coefficients[2:]:
        y = _fused(_wide(y), x64, c)
    return y


def _log32(u: np.ndarray) -> np.ndarray:
    """log u for float32 0 < u <= 1."""
    bits = u.view(np.int32)
    exponent = ((bits >> 23) - 126).astype(_F4)
    mantissa = ((bits & 0x7FFFFF) | 0x3F000000).view(_F4)  # in [0.5, 1)
    small = mantissa < _SQRT_HALF
    exponent -= small
    x = (mantissa - _ONE) + mantissa * small
    z = x * x
    z64 = _wide(z)
    y = _horner(_wide(x), _LOG) * x
    y = _fused(_wide(y), z64, exponent * _LOG2_LOW)
    y = _fused(z64, _MINUS_HALF, y)
    return _fused(_wide(exponent), _LOG2_HIGH, x + y)


def _cos_sin32(angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """cos and sin of float32 angles in [0, 2 pi)."""
    octant = (angle * _OCTANTS).astype(np.int32)
    octant += octant & 1
    turns64 = _wide(octant)
    x = angle
    for part in _QUARTER_PI:
        x = _fused(turns64, part, x)
    x64, z = _wide(x), x * x
    z64 = _wide(z)
    cos = z * _horner(z64, _COS)
    cos = _fused(z64, _wide(cos), z * _MINUS_HALF32) + _ONE
    sin = z * _horner(z64, _SIN)
    sin = _fused(_wide(sin), x64, x)
    swapped = (octant & 2) != 0
    cos, sin = np.where(swapped, sin, cos), np.where(swapped, cos, sin)
    # the sign bits: sin is negative in octants 4 to 7, cos in 2 to 5
    cos.view(np.int32)[...] ^= ((octant + 2) & 4) << 29
    sin.view(np.int32)[...] ^= (octant & 4) << 29
    return cos, sin
