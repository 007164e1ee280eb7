"""Dropout and its kin: noise drawn once, multiplied in, and multiplied into the gradient.

These are the functions of the torch namespace; `nn.functional` has the same under its own signatures.
"""
from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np

from .. import random
from .._types import is_floating, type_name
from ..engine.op import apply, check_writable, op, write
from ..engine.promote import must_be_tensor
from ..engine.tape import ndarray
from ..engine.tensor import Tensor
from ..random.generator import source
from .data import empty_as
from .pointwise import add, mul

__all__ = ["alpha_dropout", "alpha_dropout_", "dropout", "dropout_", "feature_alpha_dropout", "feature_alpha_dropout_",
           "feature_dropout", "feature_dropout_", "native_dropout", "rrelu", "rrelu_"]

_view = ndarray.view

#: -scale * alpha of SELU: where alpha_dropout puts what it drops.
_ALPHA = 1.7580993408473766


def _check(input: Any, p: float, name: str = "dropout") -> None:
    if not isinstance(input, Tensor):
        raise must_be_tensor(name, "input", input)
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p}")


def _scalar(kind: np.dtype, value: float) -> Any:
    """A number as arithmetic in this type uses it: 16-bit floats compute in float32."""
    return (np.float32 if kind.itemsize == 2 else kind.type)(value)


def _noise(array: ndarray, p: float, maps: int) -> ndarray:
    """Zeros with probability p and ones: for each element, or one for each map, (N, C, 1, 1, ...) with maps=2."""
    if p == 1:
        return np.zeros((), array.dtype)
    if not maps:
        noise = random.bernoulli_(empty_as(array, array.dtype), 1 - p)
    elif array.ndim < maps:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    else:
        noise = random.bernoulli_(np.empty(array.shape[:maps] + (1,) * (array.ndim - maps), array.dtype), 1 - p)
    if not is_floating(array.dtype):
        raise RuntimeError(f"result type Float can't be cast to the desired output type {type_name(array.dtype)}")
    return noise


def drop(input: Tensor, p: float, train: bool, inplace: bool, maps: int = 0) -> Tensor:
    """y = x * noise / (1 - p), the noise one for each element or for each map input[n] (maps=1), input[n, c] (2)."""
    _check(input, p)
    if p == 0 or not train or not input.size:
        return input
    noise, kind = _noise(_view(input, ndarray), p, maps), input.dtype
    if p != 1:
        noise *= (_scalar(kind, 1) / _scalar(kind, 1 - p)).astype(kind)
    return input.mul_(noise) if inplace else mul(input, noise)  # type: ignore[attr-defined]


def alpha_drop(input: Tensor, p: float, train: bool, inplace: bool, maps: int = 0) -> Tensor:
    """y = a * (x where kept, else -1.758) + b, with a and b such that mean 0 and variance 1 stay; maps as in `drop`."""
    _check(input, p, "feature_alpha_dropout" if maps else "alpha_dropout")
    if p == 1:
        return drop(input, p, train, inplace, maps)
    if p == 0 or not train or not input.size:
        return input
    noise, kind = _noise(_view(input, ndarray), p, maps), input.dtype
    a = 1 / math.sqrt((_ALPHA * _ALPHA * p + 1) * (1 - p))
    shift = noise - kind.type(1)
    for step, value in ((np.multiply, _ALPHA * a), (np.add, _ALPHA * a * p)):  # rounded to the type after each
        shift = step(shift, _scalar(kind, value)).astype(kind)
    noise = np.multiply(noise, _scalar(kind, a)).astype(kind)
    if inplace:
        return input.mul_(noise).add_(shift)  # type: ignore[attr-defined]
    return add(mul(input, noise), shift)


def _declare(name: str, run: Callable, maps: int, text: str) -> tuple[Callable, Callable]:
    """torch's function `name`, and that which writes into its input."""
    def function(input: Tensor, p: float, train: bool) -> Tensor:
        return run(input, p, train, False, maps)

    def in_place(input: Tensor, p: float, train: bool) -> Tensor:
        return run(input, p, train, True, maps)
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{text}.  As torch.{name}."
    in_place.__name__ = in_place.__qualname__ = name + "_"
    in_place.__doc__ = f"In-place version of `{name}`."
    return function, in_place


dropout, dropout_ = _declare("dropout", drop, 0, "Elements to 0 with probability p while training, the others times "
                                                 "1 / (1 - p)")
feature_dropout, feature_dropout_ = _declare("feature_dropout", drop, 2, "Dropout of whole feature maps input[n, c]")
alpha_dropout, alpha_dropout_ = _declare(
    "alpha_dropout", alpha_drop, 0, "Dropout that keeps mean 0 and variance 1, for SELU: elements to -1.758 with "
                                    "probability p, then scaled")
feature_alpha_dropout, feature_alpha_dropout_ = _declare(
    "feature_alpha_dropout", alpha_drop, 2, "alpha_dropout of whole feature maps input[n, c]")


def _keep_scale(p: float) -> float:
    return 0.0 if p == 1 else 1 / (1 - p)


@op(lambda g, y, x, p, train: g * y[1] * (_keep_scale(p) if train or train is None else 1.0), name="native_dropout",
    method=False, several=True)
def native_dropout(input: ndarray, p: float, train: bool | None) -> tuple:
    """(dropout of `input`, the mask of what was kept).  As torch.native_dropout."""
    if input.size == 0:
        return np.array(input), np.array(input)  # a mask of the input's type, as torch's
    if not (train or train is None):
        return np.array(input), np.ones(input.shape, np.bool_)
    mask = random.bernoulli_(empty_as(input, np.dtype(np.bool_)), 1 - p)
    return (input * mask * _scalar(input.dtype, _keep_scale(p))).astype(input.dtype), mask


# ------------------------------------------------------------------ leaky ReLU of a random slope

def _declare_rrelu(number: int) -> Any:
    return op(lambda g, y, x, noise: g * noise, name="rrelu_with_noise", node=f"RreluWithNoiseBackward{number}",
              method=False, register=False)(lambda x, noise: x * noise).op  # type: ignore[attr-defined]


_rrelu, _rrelu_in_place = _declare_rrelu(0), _declare_rrelu(1)


def _slopes(x: ndarray, lower: float, upper: float, training: bool, generator: Any) -> ndarray:
    """What each element is multiplied by: 1 where positive, else a slope from [lower, upper), or their mean."""
    kind = x.dtype
    if not is_floating(kind) or (training and kind == np.float16):
        raise NotImplementedError(f"\"{'rrelu_with_noise_out_cpu' if training else 'leaky_relu_cpu'}\" not implemented "
                                  f"for '{type_name(kind)}'")
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        return np.where(x > 0, kind.type(1), kind.type((lower + upper) / 2))
    low, high = float(kind.type(lower)), float(kind.type(upper))
    slopes, drawn = np.ones(x.shape, kind), x <= 0
    slopes[drawn] = source(generator).doubles(int(np.count_nonzero(drawn))) * (high - low) + low
    return slopes


def rrelu(input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False,
          generator: Any = None) -> Tensor:
    """x where positive, else r x: r drawn from [lower, upper) for each element, or their mean if not training.

    As torch.rrelu.
    """
    array = _view(input, ndarray)
    return apply(_rrelu, (input, _slopes(array, lower, upper, training, generator)))


def rrelu_(input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False,
           generator: Any = None) -> Tensor:
    """In-place version of `rrelu`."""
    check_writable(input)
    slopes = _slopes(_view(input, ndarray), lower, upper, training, generator)
    return write(input, apply(_rrelu_in_place, (input, slopes)))
