"""Window functions of signal processing: `hann_window(n)` and its kin, (n,) numbers that rise and fall.

A periodic window of n numbers is the symmetric one of n + 1 without its last: then its repetition has no seam.
"""
from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np

from .._types import is_inexact, strided
from ..engine.tape import ndarray
from ..engine.tensor import Tensor
from .data import asked_dtype, made

__all__ = ["bartlett_window", "blackman_window", "hamming_window", "hann_window", "kaiser_window"]

Step = Callable[[Callable, Any, Any], ndarray]


def _window(name: str, length: Any, periodic: bool, formula: Callable[[ndarray, int, Step], ndarray], dtype: Any,
            layout: Any, device: Any, pin_memory: bool, requires_grad: bool) -> Tensor:
    """The window `formula(0 .. n-1, n, step)`; `step(f, a, b)` rounds f(a, b) to the type, as torch's steps do."""
    if isinstance(length, bool) or not isinstance(length, (int, np.integer)):
        raise TypeError(f"{name}(): argument 'window_length' (position 1) must be int, not {type(length).__name__}")
    kind = asked_dtype(dtype)
    if not is_inexact(kind):
        raise RuntimeError(f"{name} expects floating point dtypes, got: {kind.name}")
    if kind.kind == "c":
        raise NotImplementedError(f"{name}: complex types are not supported")
    if length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={length}")
    wide = np.float64 if kind.itemsize == 8 else np.float32

    def step(f: Callable, a: Any, b: Any = None) -> ndarray:
        found = f(wide(a)) if b is None else f(wide(a), wide(b))
        return found.astype(kind).astype(wide)
    n = int(length) + int(periodic and length > 1)
    array = np.ones(length, kind) if length < 2 else formula(np.arange(n).astype(wide), n, step)[:length].astype(kind)
    return made(array, requires_grad, device, layout, pin_memory)


def bartlett_window(window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = strided,
                    device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """A triangle: w_i = 1 - |2 i / (n - 1) - 1|.  As torch.bartlett_window."""
    def formula(i: ndarray, n: int, step: Any) -> ndarray:
        up = step(np.multiply, i, 2 / (n - 1))
        return np.where(i <= (n - 1) // 2, up, step(np.add, -up, 2))
    return _window("bartlett_window", window_length, periodic, formula, dtype, layout, device, pin_memory,
                   requires_grad)


def _raised_cosine(alpha: float, beta: float) -> Callable[[ndarray, int, Any], ndarray]:
    def formula(i: ndarray, n: int, step: Any) -> ndarray:
        wave = step(np.cos, step(np.multiply, i, 2 * math.pi / (n - 1)))
        return step(np.add, step(np.multiply, wave, -beta), alpha)
    return formula


def hann_window(window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = strided,
                device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """w_i = 1/2 - 1/2 cos(2 pi i / (n - 1)).  As torch.hann_window."""
    return _window("hann_window", window_length, periodic, _raised_cosine(0.5, 0.5), dtype, layout, device, pin_memory,
                   requires_grad)


def hamming_window(window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, *,
                   dtype: Any = None, layout: Any = strided, device: Any = None, pin_memory: bool = False,
                   requires_grad: bool = False) -> Tensor:
    """w_i = alpha - beta cos(2 pi i / (n - 1)).  As torch.hamming_window."""
    return _window("hamming_window", window_length, periodic, _raised_cosine(alpha, beta), dtype, layout, device,
                   pin_memory, requires_grad)


def blackman_window(window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = strided,
                    device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """w_i = 0.42 - 1/2 cos(2 pi i / (n - 1)) + 0.08 cos(4 pi i / (n - 1)).  As torch.blackman_window."""
    def formula(i: ndarray, n: int, step: Any) -> ndarray:
        angle = step(np.multiply, i, math.pi / (n - 1))
        fast = step(np.multiply, step(np.cos, step(np.multiply, angle, 4)), 0.08)
        slow = step(np.multiply, step(np.cos, step(np.multiply, angle, 2)), 0.5)
        return step(np.add, step(np.subtract, fast, slow), 0.42)
    return _window("blackman_window", window_length, periodic, formula, dtype, layout, device, pin_memory,
                   requires_grad)


def kaiser_window(window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: Any = None,
                  layout: Any = strided, device: Any = None, pin_memory: bool = False,
                  requires_grad: bool = False) -> Tensor:
    """w_i = I0(beta sqrt(1 - (2 i / (n - 1) - 1)^2)) / I0(beta), I0 a Bessel function.  As torch.kaiser_window."""
    def formula(i: ndarray, n: int, step: Any) -> ndarray:
        place = 2 * i.astype(np.float64) / (n - 1) - 1
        return np.i0(beta * np.sqrt(1 - place * place)) / np.i0(beta)
    return _window("kaiser_window", window_length, periodic, formula, dtype, layout, device, pin_memory, requires_grad)
