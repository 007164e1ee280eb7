"""How parameters begin: fills in place, with torch's draws.  As torch.nn.init."""
from __future__ import annotations

import math
import threading
import warnings
from contextlib import contextmanager
from typing import Any, Callable, Iterator

import numpy as np

from .. import random
from ..engine.tape import wrote
from ..engine.tensor import Tensor, plain
from ..ops.decomposition import linalg_qr

__all__ = ["calculate_gain", "constant", "constant_", "dirac", "dirac_", "eye", "eye_", "kaiming_normal",
           "kaiming_normal_", "kaiming_uniform", "kaiming_uniform_", "normal", "normal_", "ones_", "orthogonal",
           "orthogonal_", "sparse", "sparse_", "trunc_normal_", "uniform", "uniform_", "xavier_normal",
           "xavier_normal_", "xavier_uniform", "xavier_uniform_", "zeros_"]


class _Skipping(threading.local):
    now = False


_skipping = _Skipping()


@contextmanager
def skipped() -> Iterator[None]:
    """Nothing is filled or drawn inside; for nn.utils.skip_init."""
    before, _skipping.now = _skipping.now, True
    try:
        yield
    finally:
        _skipping.now = before


def _filled(tensor: Tensor, fill: Any, *args: Any) -> Tensor:
    """`tensor` after `fill(its array, *args)`, off the tape."""
    if _skipping.now:
        return tensor
    array = plain(tensor)
    fill(array, *args)
    wrote(array)
    return tensor


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Numbers drawn evenly from [a, b)."""
    return _filled(tensor, random.uniform_, a, b, generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Numbers drawn from N(mean, std^2)."""
    return _filled(tensor, random.normal_, mean, std, generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """`val` everywhere."""
    return _filled(tensor, lambda array: array.fill(val))


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere."""
    return constant_(tensor, 0.0)


def eye_(tensor: Tensor) -> Tensor:
    """1 on the diagonal of a matrix, 0 elsewhere: a Linear gives back its input."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return _filled(tensor, lambda array: np.copyto(array, np.eye(*array.shape)))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """1 at the middle of the kernel from channel i to i, 0 elsewhere: a convolution gives back its input channels.

    tensor: (out, in, *kernel) with 1 to 3 kernel dimensions.  groups: of output channels, each for all input channels.
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if tensor.shape[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    each = tensor.shape[0] // groups
    middle = tuple(n // 2 for n in tensor.shape[2:])

    def fill(array: np.ndarray) -> None:
        array.fill(0)
        channels = np.arange(min(each, array.shape[1]))
        for group in range(groups):
            array[(group * each + channels, channels, *middle)] = 1
    return _filled(tensor, fill)


def _fans(tensor: Tensor) -> tuple[int, int]:
    """How many numbers flow into and out of one unit: of a weight (out, in, *kernel)."""
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel


_calculate_fan_in_and_fan_out = _fans


def calculate_gain(nonlinearity: str, param: Any = None) -> float:
    """By how much a nonlinearity shrinks what passes: the factor that makes up for it."""
    if nonlinearity in ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
                        "conv_transpose3d", "sigmoid"):
        return 1
    if nonlinearity == "leaky_relu":
        if param is not None and (isinstance(param, bool) or not isinstance(param, (int, float))):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + (0.01 if param is None else param) ** 2))
    gains = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}
    if nonlinearity not in gains:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return gains[nonlinearity]


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    """The fan that `mode` names, "fan_in" or "fan_out"."""
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode.lower()} not supported, please use one of ['fan_in', 'fan_out']")
    return _fans(tensor)[mode.lower() == "fan_out"]


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    return calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))


def kaiming_uniform_(tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
                     generator: Any = None) -> Tensor:
    """U(-b, b) with b = sqrt(3) gain / sqrt(fan): what passes a (leaky) relu keeps its variance (He et al. 2015)."""
    if 0 in tensor.shape:
        return _nothing(tensor)
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
                    generator: Any = None) -> Tensor:
    """N(0, gain^2 / fan), as kaiming_uniform_."""
    if 0 in tensor.shape:
        return _nothing(tensor)
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def _nothing(tensor: Tensor) -> Tensor:
    warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
    return tensor


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """U(-b, b) with b = gain sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""
    fan_in, fan_out = _fans(tensor)
    bound = math.sqrt(3.0) * (gain * math.sqrt(2.0 / float(fan_in + fan_out)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """N(0, gain^2 2 / (fan_in + fan_out))."""
    fan_in, fan_out = _fans(tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / float(fan_in + fan_out)), generator)


# ------------------------------------------------------------------ cut off, orthogonal, sparse

def trunc_normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0,
                  generator: Any = None) -> Tensor:
    """N(mean, std^2) without what lies outside [a, b]."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn("mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be "
                      "incorrect.", stacklevel=2)

    def below(x: float) -> float:
        return (1.0 + math.erf((x - mean) / std / math.sqrt(2.0))) / 2.0
    inside = below(b) - below(a)
    return _filled(tensor, _redraw_outside if inside > 0.3 else _reject, mean, std, a, b, generator)


def _redraw_outside(array: np.ndarray, mean: float, std: float, a: float, b: float, generator: Any) -> None:
    """Normal numbers; those outside [a, b] are replaced by what stands in their place in the next draw of all."""
    random.normal_(array, mean, std, generator)
    low, high = array.dtype.type(a), array.dtype.type(b)
    while True:
        outside = (array < low) | (array > high)
        if not outside.any():
            return
        np.copyto(array, random.normal_(np.empty_like(array), mean, std, generator), where=outside)


def _reject(array: np.ndarray, mean: float, std: float, a: float, b: float, generator: Any) -> None:
    """Numbers even in [a, b], each accepted as often as the normal density there, relative to its peak, says."""
    number = array.dtype.type
    peak = max(a, min(mean, b))
    top = -0.5 * ((peak - mean) / std) ** 2

    def rejected(x: np.ndarray) -> np.ndarray:
        z = (x - number(mean)) / number(std)
        return np.log(random.uniform_(np.empty_like(x), 0.0, 1.0, generator)) > z * z * number(-0.5) - number(top)
    random.uniform_(array, a, b, generator)
    pending = rejected(array)
    while pending.any():
        candidates = random.uniform_(np.empty_like(array), a, b, generator)
        np.copyto(array, candidates, where=pending)
        pending &= rejected(candidates)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Rows (or columns, where there are fewer) of unit length at right angles, times `gain` (Saxe et al. 2013).

    tensor: (rows, *), its further dimensions counting as one.
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if not tensor.size:
        return tensor
    rows = tensor.shape[0]
    drawn = random.normal_(np.empty((rows, tensor.size // rows), tensor.dtype), 0.0, 1.0, generator)
    wide = drawn.shape[0] < drawn.shape[1]
    q, r = linalg_qr(drawn.T if wide else drawn)
    q = q * np.sign(np.diag(r))     # so that all orthogonal matrices are equally likely
    q = q.T if wide else q
    return _filled(tensor, lambda array: np.copyto(array, (q * tensor.dtype.type(gain)).reshape(array.shape)))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """N(0, std^2), and in each column a fraction `sparsity` of zeros, at random (Martens 2010)."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")

    def fill(array: np.ndarray) -> None:
        random.normal_(array, 0.0, std, generator)
        rows = array.shape[0]
        for column in array.T:     # where the zeros are is the default generator's choice, as in torch
            column[random.randperm(rows)[:math.ceil(sparsity * rows)]] = 0
    return _filled(tensor, fill)


# ------------------------------------------------------------------ names of former times

def _deprecated(function: Any) -> Callable:
    """The function under its name without underscore, which warns."""
    new = function.__name__
    old = new[:-1]

    def run(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(f"`nn.init.{old}` is now deprecated in favor of `nn.init.{new}`.", FutureWarning, stacklevel=2)
        return function(*args, **kwargs)
    run.__name__ = run.__qualname__ = old
    run.__doc__ = f"Deprecated in favor of `{new}`."
    return run


uniform, normal, constant, eye, dirac = map(_deprecated, (uniform_, normal_, constant_, eye_, dirac_))
xavier_uniform, xavier_normal = map(_deprecated, (xavier_uniform_, xavier_normal_))
kaiming_uniform, kaiming_normal = map(_deprecated, (kaiming_uniform_, kaiming_normal_))
orthogonal, sparse = map(_deprecated, (orthogonal_, sparse_))
