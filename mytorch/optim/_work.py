"""What an update rule works on: lines of numbers, and the few operations rules are made of."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.tape import ndarray
from ._options import number

__all__ = ["Work", "lerp", "real_line"]

_add, _multiply, _subtract, _divide = np.add, np.multiply, np.subtract, np.divide


class Work:
    """What a rule works on: lines of numbers, all of one length and type.

    p: the parameter, to be changed.  g: its gradient, only to be read.  arrays: the state.  fresh: the state was made
    just now.  b, e: for the rule's own use.  The methods are torch's in-place methods of the same names, in torch's
    order of rounding; `a` is theirs, `d` is where `downhill` puts the gradient.
    """
    __slots__ = ("p", "g", "arrays", "a", "b", "d", "e", "fresh", "number", "slot")
    number: Any
    p: ndarray
    g: ndarray
    a: ndarray
    b: ndarray
    d: ndarray
    e: ndarray
    arrays: tuple

    def __init__(self, dtype: Any) -> None:
        self.fresh = False
        # numbers in the type of the line cost half of what Python's do; put there through a memoryview, less again
        self.number = np.empty(1, dtype)
        self.slot = self.number.reshape(())
        if self.slot.dtype.char in "fd":
            self.number = memoryview(self.number)

    def scale(self, x: ndarray, factor: Any) -> ndarray:
        """x *= factor"""
        self.number[0] = factor
        return _multiply(x, self.slot, x)

    def shift(self, x: ndarray, value: Any) -> ndarray:
        """x += value"""
        self.number[0] = value
        return _add(x, self.slot, x)

    def over(self, x: ndarray, divisor: Any) -> ndarray:
        """x /= divisor"""
        self.number[0] = divisor
        return _divide(x, self.slot, x)

    def add(self, x: ndarray, y: ndarray, alpha: Any) -> ndarray:
        """x += alpha y"""
        self.number[0] = alpha
        return _add(x, _multiply(y, self.slot, self.a), x)

    def lerp(self, x: ndarray, y: ndarray, weight: Any) -> ndarray:
        """x += weight (y - x)"""
        a = _subtract(y, x, self.a)
        if weight < 0.5:
            self.number[0] = weight
            return _add(x, _multiply(a, self.slot, a), x)
        self.number[0] = 1 - weight
        return _subtract(y, _multiply(a, self.slot, a), x)

    def addcmul(self, x: ndarray, y: ndarray, z: ndarray, value: Any) -> ndarray:
        """x += value y z"""
        self.number[0] = value
        a = _multiply(y, self.slot, self.a)
        return _add(x, _multiply(a, z, a), x)

    def addcdiv(self, x: ndarray, y: ndarray, z: ndarray, value: Any) -> ndarray:
        """x += value y / z"""
        self.number[0] = value
        a = _multiply(y, self.slot, self.a)
        return _add(x, _divide(a, z, a), x)

    def downhill(self, group: dict[str, Any], decay: bool = True) -> ndarray:
        """The gradient of what is to become small: with its sign turned by `maximize`, and with that of

            weight_decay / 2 |p|^2
        """
        g = self.g
        if group["maximize"]:
            g = np.negative(g, self.d)
        weight = number(group["weight_decay"]) if decay else 0
        if weight != 0:
            self.number[0] = weight
            g = _add(g, _multiply(self.p, self.slot, self.a), self.d)
        return g


def lerp(x: ndarray, y: ndarray, weight: float) -> ndarray:
    """x + weight (y - x), rounded as torch.lerp."""
    return x + weight * (y - x) if weight < 0.5 else y - (y - x) * (1 - weight)


def real_line(x: ndarray) -> ndarray:
    """The numbers of x as one line, complex ones as two each: x's memory if it is contiguous, else a copy."""
    x = x.reshape(-1)
    return x if x.dtype.kind != "c" else x.view(np.float32 if x.dtype.itemsize == 8 else np.float64)
