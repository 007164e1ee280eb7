"""Filling arrays with random numbers, in place: uniform_, normal_, random_ and the other methods torch has for it.

An array is filled in the order its elements lie in memory.  Which words of the stream make which number, and with which
roundings, is torch's, so the same seed leaves the same bits; the distributions are computed in float64 (the uniform and
the normal one partly in float32) and rounded to the array's type at the end.
"""
from __future__ import annotations

import math
import operator
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from .._types import cpp_name, dtype_name, finfo, is_floating, real_dtype, type_name
from .box_muller import BLOCK, fill_blocks
from .fma import fma32, fma64, libm
from .generator import Generator, source

__all__ = ["DIGITS", "bernoulli_", "cauchy_", "exponential_", "geometric_", "log_normal_", "normal_", "random_",
           "uniform_", "unsupported"]

_CHUNK = 1 << 14  # numbers at a time: what they need stays in the cache; even, as normals come in pairs


def unsupported(kernel: str, kind: np.dtype) -> NotImplementedError:
    """torch's error for a type that it has no kernel for."""
    return NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(kind)}'")


@cache
def _largest(kind: np.dtype) -> float:
    return finfo(kind).max


def _is_narrow(kind: np.dtype) -> bool:
    """float16 and bfloat16: what is rounded to them is rounded to float32 first."""
    return kind.itemsize == 2 and is_floating(kind)


def _maths(kind: np.dtype) -> ModuleType | SimpleNamespace:
    """Whose log, sin, ...: NumPy's fast ones where their last bit is rounded away."""
    return libm if kind == np.float64 else np


# ------------------------------------------------------------------ the order of the elements

@np.errstate(all="ignore")  # a number too large for the type is inf, as in C
def _fill(array: np.ndarray, fill: Callable[[np.ndarray], None]) -> np.ndarray:
    """Let `fill` write the array's numbers one after the other as they lie in memory; a complex one is two numbers."""
    contiguous = array.flags.c_contiguous
    flat = array.reshape(-1) if contiguous else np.empty(array.size, array.dtype)
    fill(flat.view(real_dtype(flat.dtype)) if flat.dtype.kind == "c" else flat)
    if not contiguous:
        target = _memory_order(array, array)
        target[...] = flat.reshape(target.shape)
    return array


def _memory_order(array: np.ndarray, like: np.ndarray) -> np.ndarray:
    """`array` with the dimensions of `like` from the largest stride to the smallest."""
    if like.size and any(step == 0 and n > 1 for step, n in zip(like.strides, like.shape)):
        raise RuntimeError("unsupported operation: more than one element of the written-to tensor refers to a single "
                           "memory location. Please clone() the tensor before performing the operation.")
    return array.transpose(sorted(range(like.ndim), key=lambda d: (-abs(like.strides[d]), -like.shape[d])))


def _fill_from(array: np.ndarray, sample: Callable[[int], np.ndarray]) -> np.ndarray:
    """Fill `array` with the numbers of `sample(n)`, called for some at a time."""
    def fill(flat: np.ndarray) -> None:
        narrow = _is_narrow(flat.dtype)
        for start in range(0, flat.size, _CHUNK):
            part = flat[start:start + _CHUNK]
            values = sample(part.size)
            part[...] = values.astype(np.float32) if narrow else values
    return _fill(array, fill)


# ------------------------------------------------------------------ uniform

def uniform_(array: np.ndarray, low: float = 0.0, high: float = 1.0, generator: Generator | None = None) -> np.ndarray:
    """Fill with numbers spread evenly over [low, high).

    As torch.Tensor.uniform_.
    """
    kind = real_dtype(array.dtype)
    if not is_floating(kind):
        raise unsupported("check_uniform_bounds", kind)
    unit = low == 0 and high == 1
    if not unit:
        _check_uniform(kind, low, high)
    numbers = source(generator)
    if kind == np.float64:
        return _fill_from(array, numbers.doubles if unit else
                          lambda n: _below(fma64(numbers.doubles(n), high - low, low), low, high))
    if unit and kind == np.float32:
        return _fill_from(array, numbers.floats)
    low32, high32 = np.float32(low), np.float32(high)
    width = float(high32 - low32)

    def sample(n: int) -> np.ndarray:
        values = _below(fma32(numbers.floats(n).astype(np.float64), width, float(low32)), low32, high32)
        if kind != np.float32:  # the rounding to 16 bits, too, can reach the end of the range
            values = _below(values.astype(kind), low32.astype(kind), high32.astype(kind))
        return values
    return _fill_from(array, sample)


def _below(values: np.ndarray, low: Any, high: Any) -> np.ndarray:
    """`values`, with `low` where rounding made them `high`."""
    end = values == high
    if np.count_nonzero(end):
        values[end] = low
    return values


def _check_uniform(kind: np.dtype, low: float, high: float) -> None:
    limit = _largest(kind)
    for bound, value in (("from", low), ("to", high)):
        if not -limit <= value <= limit:
            raise RuntimeError(f"{bound} is out of bounds for {cpp_name(kind)}")
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    if high - low > limit:
        raise RuntimeError(f"uniform_ expects to-from <= std::numeric_limits<{type_name(kind)}>::max(), but found "
                           f"to={high:g} and from={low:g} which result in to-from to exceed the limit")


# ------------------------------------------------------------------ normal

def normal_(array: np.ndarray, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> np.ndarray:
    """Fill with normally distributed numbers.

    16 and more numbers in a contiguous array are drawn in blocks of 16, others in pairs.  The real and imaginary part
    of a complex number have half of the variance each.

    As torch.Tensor.normal_.
    """
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    kind = real_dtype(array.dtype)
    if not is_floating(kind):
        raise unsupported("normal_kernel_cpu", kind)
    numbers = source(generator)
    size = array.size
    if array.dtype.kind == "c":
        std, size = std / math.sqrt(2), 2 * size
    if size >= BLOCK and array.flags.c_contiguous:
        return _fill(array, lambda flat: fill_blocks(flat, mean, std, numbers))
    maths = _maths(kind)
    return _fill_from(array, lambda n: fma64(numbers.normals(n, maths), std, mean))


def log_normal_(array: np.ndarray, mean: float = 1.0, std: float = 2.0,
                generator: Generator | None = None) -> np.ndarray:
    """Fill with exp(mean + std * normal); the two describe the logarithm.  As torch.Tensor.log_normal_."""
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    if not is_floating(array.dtype):
        raise unsupported("log_normal_cpu", array.dtype)
    numbers, maths = source(generator), _maths(array.dtype)
    return _fill_from(array, lambda n: maths.exp(fma64(numbers.normals(n, maths), std, mean)))


# ------------------------------------------------------------------ other continuous and waiting-time distributions

def exponential_(array: np.ndarray, lambd: float = 1.0, generator: Generator | None = None) -> np.ndarray:
    """Fill with exponentially distributed numbers of mean 1/lambd.  As torch.Tensor.exponential_."""
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    _check_continuous(array.dtype, "Exponential", type_name)
    numbers, log1p = source(generator), _maths(array.dtype).log1p
    return _fill_from(array, lambda n: -1.0 / lambd * log1p(-numbers.doubles(n)))


def cauchy_(array: np.ndarray, median: float = 0.0, sigma: float = 1.0,
            generator: Generator | None = None) -> np.ndarray:
    """Fill with Cauchy distributed numbers, median + sigma * tan(pi (u - 1/2)).  As torch.Tensor.cauchy_."""
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    _check_continuous(array.dtype, "Cauchy", cpp_name)
    numbers, tan = source(generator), _maths(array.dtype).tan
    return _fill_from(array, lambda n: fma64(tan(math.pi * (numbers.doubles(n) - 0.5)), sigma, median))


def _check_continuous(kind: np.dtype, distribution: str, name: Callable[[np.dtype], str]) -> None:
    if not is_floating(kind):
        raise RuntimeError(f"{distribution} distribution is a continuous probability distribution. dtype must be a "
                           f"floating point but you specified {name(kind)}")


def geometric_(array: np.ndarray, p: float, generator: Generator | None = None) -> np.ndarray:
    """Fill with the number of the first success in trials that succeed with probability p.

    As torch.Tensor.geometric_.
    """
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    kind = array.dtype
    if kind.kind in "bc" or _is_wide_unsigned(kind):
        raise unsupported("geometric_cpu", kind)
    numbers, log, scale = source(generator), _maths(kind).log, math.log1p(-p)
    return _fill_from(array, lambda n: np.ceil(log(numbers.doubles(n)) / scale))


def _is_wide_unsigned(kind: np.dtype) -> bool:
    """uint16, uint32, uint64: torch has few kernels for them."""
    return kind.kind == "u" and kind.itemsize > 1


# ------------------------------------------------------------------ bernoulli

def bernoulli_(array: np.ndarray, p: float | np.ndarray = 0.5, generator: Generator | None = None) -> np.ndarray:
    """Fill with ones of probability p, and zeros.

    Args:
        p: one probability for all, or an array of them that broadcasts to `array`.

    As torch.Tensor.bernoulli_.
    """
    kind, numbers = array.dtype, source(generator)
    if not isinstance(p, np.ndarray):
        if not 0 <= p <= 1:
            raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
        if kind.kind == "c" or _is_wide_unsigned(kind):
            raise unsupported("bernoulli_scalar_cpu_", kind)
        return _fill_from(array, lambda n: numbers.doubles(n) < p)
    if kind.kind == "c" or _is_wide_unsigned(kind):
        raise unsupported("bernoulli_tensor_cpu_self_", kind)
    if not is_floating(p.dtype):
        raise unsupported("bernoulli_tensor_cpu_p_", p.dtype)
    limits = _memory_order(_expanded(p, array.shape), array).reshape(-1)
    if not ((limits >= 0) & (limits <= 1)).all():
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be "
                           "improved?  If so, please report an enhancement request to PyTorch.)")
    if p.dtype == np.float64:
        ones = numbers.doubles(limits.size) < limits
    else:
        ones = numbers.floats(limits.size) < limits.astype(np.float32)
    target = _memory_order(array, array)
    target[...] = ones.reshape(target.shape)
    return array


def _expanded(p: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """`p` seen as an array of `shape`."""
    if p.ndim > len(shape):
        raise RuntimeError(f"expand(torch.{type_name(p.dtype)}Tensor{{{list(p.shape)}}}, size={list(shape)}): the "
                           f"number of sizes provided ({len(shape)}) must be greater or equal to the number of "
                           f"dimensions in the tensor ({p.ndim})")
    for dim in reversed(range(-p.ndim, 0)):
        if p.shape[dim] not in (1, shape[dim]):
            raise RuntimeError(f"The expanded size of the tensor ({shape[dim]}) must match the existing size "
                               f"({p.shape[dim]}) at non-singleton dimension {len(shape) + dim}.  Target sizes: "
                               f"{list(shape)}.  Tensor sizes: {list(p.shape)}")
    return np.broadcast_to(p, shape)


# ------------------------------------------------------------------ integers

#: What random_() without bounds draws from: this many numbers from 0 on.
_SPANS = {"bool": 2, "uint8": 2**8, "int8": 2**7, "int16": 2**15, "int32": 2**31, "int64": 2**63,
          "float16": 2**11 + 1, "bfloat16": 2**8 + 1, "float32": 2**24 + 1, "float64": 2**53 + 1}
#: The digits of a floating type's mantissa: whole numbers up to 2**digits are exact.
DIGITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}
_LOWEST = -2**63


def random_(array: np.ndarray, *bounds: int | None, generator: Generator | None = None) -> np.ndarray:
    """Fill with whole numbers.

        random_(array)             from 0 to the largest of the type, for floats to the largest with all below exact
        random_(array, high)       from 0 to high - 1
        random_(array, low, high)  from low to high - 1; high None: to the end of the first form

    As torch.Tensor.random_.
    """
    numbers, kind = source(generator), array.dtype
    if bounds:
        low, span = _range(kind, bounds)
        long = span >= 2**28
    elif dtype_name(kind) in _SPANS:
        low, span, long = 0, _SPANS[dtype_name(kind)], kind.itemsize == 8
    else:
        raise unsupported("random_kernel_cpu", kind)
    draw = numbers.long_words if long else numbers.words

    def sample(n: int) -> np.ndarray:
        values = draw(n)
        if span < 2**64:
            values -= values // span * span  # 4 times the speed of %
        if low:
            values += low % 2**64  # two's complement: sums of uint64 wrap
        return values.view(np.int64)
    return _fill_from(array, sample)


def _range(kind: np.dtype, bounds: Sequence[int | None]) -> tuple[int, int]:
    """The lowest number, and how many there are, of random_ with bounds."""
    low, high = (0, *bounds) if len(bounds) == 1 else bounds
    low, high = _int64(low), None if high is None and len(bounds) == 2 else _int64(high)
    if kind.kind == "c":
        raise RuntimeError(f"{'random_from_to_impl' if high is None else 'check_random_bounds'} handles only integral, "
                           "floating-point and boolean types")
    if high is not None and low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if high is None and low == _LOWEST:
        return _full_range(kind)
    smallest, largest, last = _limits(kind)
    if is_floating(kind):
        low, top = _representable(kind, low, high, last)
    else:
        top = last if high is None else high - 1
    for name, value in (("from", low), ("to - 1", top)):
        if not smallest <= value <= largest:
            raise RuntimeError(f"{name} is out of bounds for {cpp_name(kind)}")
    if is_floating(kind):
        _warn_inexact(kind, low, top)
    return low, top - low + 1


def _int64(value: Any) -> int:
    if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__index__"):
        raise TypeError(f"random_() received an invalid combination of arguments - got {type(value).__name__}, but "
                        "expected (), (int to) or (int from, int to)")
    value = operator.index(value)
    if not _LOWEST <= value < -_LOWEST:
        raise ValueError("Overflow when unpacking long long")
    return value


def _full_range(kind: np.dtype) -> tuple[int, int]:
    if dtype_name(kind) == "float16":
        raise unsupported("random_full_64_bits_range_kernel_cpu", kind)
    if dtype_name(kind) not in ("int64", "float64", "float32", "bfloat16"):
        raise RuntimeError("random_full_64_bits_range_kernel_cpu handles only int64, double, float and bfloat16")
    return 0, 2**64  # the 64 bits are read as int64


def _limits(kind: np.dtype) -> tuple[float, float, int]:
    """The smallest and largest number of a type, and the last whole one that random_ draws by itself."""
    if is_floating(kind):
        largest = _largest(kind)
        return -largest, largest, 2**DIGITS[dtype_name(kind)]
    if kind.kind == "b":
        return 0, 1, 1
    info = np.iinfo(kind)
    return int(info.min), int(info.max), int(info.max) if kind != np.uint64 else -1  # torch reads it as int64


def _representable(kind: np.dtype, low: int, high: int | None, last: int) -> tuple[int, int]:
    """The bounds, moved inwards to whole numbers that the floating type has; the upper one inclusive."""
    digits = DIGITS[dtype_name(kind)]
    if _rounded(kind, low + 1) < low:
        low = _rounded(kind, low + 1) + _spacing(low + 1, digits)
    if high is None:
        if low > last:
            raise RuntimeError("random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' casted to "
                               f"dtype, but got from={low} > to_inc={last}")
        return low, last
    if _rounded(kind, high - 1) >= high:
        high = _rounded(kind, high - 1) - _spacing(high - 1, digits)
    if low >= high:
        raise RuntimeError("random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but got "
                           f"from={low} >= to={high}")
    return low, high - 1


def _rounded(kind: np.dtype, value: int) -> int:
    """`value` as the type has it; what int64 cannot hold becomes its lowest number, as on x86."""
    with np.errstate(over="ignore"):
        number = float(np.int64(value).astype(kind if kind == np.float64 else np.float32).astype(kind))
    return int(number) if -2.0**63 <= number < 2.0**63 else _LOWEST


def _spacing(value: int, digits: int) -> int:
    """The step between floating numbers of this many digits around `value`."""
    return 2**max(abs(value).bit_length() - digits, 0)


def _warn_inexact(kind: np.dtype, low: int, top: int) -> None:
    digits = DIGITS[dtype_name(kind)]
    for name, value in (("from", low), ("to - 1", top)):
        if abs(value) > 2**digits:
            warnings.warn(f"{name} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision limitations "
                          f"{cpp_name(kind)} can support discrete uniform distribution only within this range. "
                          "This warning will become an error in version 1.7 release, please fix the code in advance",
                          UserWarning, stacklevel=4)
