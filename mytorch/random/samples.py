"""New arrays of random choices: bernoulli, randperm, multinomial; the same draws as torch's."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .._ties import first_k
from .._types import is_floating, type_name
from .fills import DIGITS, bernoulli_, exponential_, unsupported
from .generator import Generator, source

__all__ = ["bernoulli", "int64_seed", "multinomial", "randperm"]


def int64_seed(generator: Generator | None = None) -> int:
    """A number from 0 to 2**63 - 1, as torch.empty((), dtype=int64).random_(): what samplers seed themselves with."""
    return int(source(generator).long_words(1)[0]) & 0x7FFFFFFFFFFFFFFF


def bernoulli(input: np.ndarray, p: float | None = None, generator: Generator | None = None) -> np.ndarray:
    """Zeros and ones in the shape and type of `input`: ones of probability `p`, or without it of probability `input`.

    As torch.bernoulli.
    """
    return bernoulli_(np.empty(input.shape, input.dtype), input if p is None else p, generator)


# ------------------------------------------------------------------ permutations

def randperm(n: int, dtype: np.dtype | type = np.int64, generator: Generator | None = None) -> np.ndarray:
    """The numbers 0 to n-1 in random order, (n,).

    As torch.randperm.
    """
    kind = np.dtype(dtype)
    _check_permutation(n, kind)
    if n < 2:
        return np.zeros(n, kind)
    distance = source(generator).words(n - 1) % np.arange(n, 1, -1, dtype=np.uint64)
    left, out = list(range(n)), []
    for i, j in enumerate((distance + np.arange(n - 1, dtype=np.uint64)).tolist()):  # Fisher and Yates
        out.append(left[j])
        left[j] = left[i]
    out.append(left[-1])
    return np.array(out).astype(kind)


def _check_permutation(n: int, kind: np.dtype) -> None:
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
        raise TypeError(f"randperm(): argument 'n' (position 1) must be int, not {type(n).__name__}")
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    if kind.kind in "iu":
        if n - 1 > np.iinfo(kind).max and n:
            raise RuntimeError(f"value cannot be converted to type {kind.name}_t without overflow")
    elif is_floating(kind) and kind.name != "bfloat16" and n > 2**DIGITS[kind.name] + 1:
        largest = "2049" if kind == np.float16 else f"2^{DIGITS[kind.name]}+1"
        raise RuntimeError(f"n cannot be greater than {largest} for {type_name(kind)} type.")
    if kind.kind in "bc" or kind.kind == "u" and kind.itemsize > 1:
        raise unsupported("randperm", kind)
    if n >= (2**32 - 1) // 20:
        raise NotImplementedError(f"randperm(): n up to {(2**32 - 1) // 20 - 1} is supported, got {n}")


# ------------------------------------------------------------------ multinomial

def multinomial(input: np.ndarray, num_samples: int, replacement: bool = False,
                generator: Generator | None = None) -> np.ndarray:
    """Numbers of categories, drawn in proportion to weights.

    Args:
        input: weights >= 0 that need not sum to 1, (K,) or (N, K).
        replacement: whether a category can be drawn again.
    Returns:
        int64, (num_samples,) or (N, num_samples).
    Raises:
        RuntimeError: the weights are no distribution, or num_samples cannot be drawn from them.

    As torch.multinomial: without replacement, categories of zero weight come last if there are too few others.
    """
    _check_multinomial(input, num_samples, replacement)
    numbers = source(generator)
    if not len(input) and input.ndim == 2:
        return np.zeros((0, num_samples), np.int64)
    if replacement and num_samples > 1:
        return _rows(input, lambda row: _with_replacement(row, num_samples, numbers))
    _check_weights(input)
    # the smallest of exponential waiting times of rates w: the first is i with probability w_i / sum w
    with np.errstate(all="ignore"):
        rate = input / exponential_(np.empty_like(input), 1.0, numbers)
    if num_samples == 1:
        return rate.argmax(-1)[..., None]
    late = -rate.astype(np.float32) if rate.itemsize == 2 else -rate
    return first_k(np.atleast_2d(late), num_samples).reshape(*late.shape[:-1], num_samples)


def _rows(array: np.ndarray, sample: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """`sample` of each row of (K,) or (N, K), in order."""
    return sample(array) if array.ndim == 1 else np.array([sample(row) for row in array])


def _with_replacement(weights: np.ndarray, num_samples: int, numbers: Generator) -> np.ndarray:
    if not (weights >= 0).all():
        raise RuntimeError("invalid multinomial distribution (encountering probability entry < 0)")
    if not np.isfinite(weights).all():
        raise RuntimeError("invalid multinomial distribution (encountering probability entry = infinity or NaN)")
    if weights.itemsize == 2:
        weights = weights.astype(np.float32)
    total = np.cumsum(weights, dtype=weights.dtype)  # strictly one after the other, unlike a sum
    if not total.size or not total[-1] > 0:
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    total /= total[-1]
    total[-1] = 1
    return np.searchsorted(total.astype(np.float64), numbers.doubles(num_samples))


def _check_multinomial(weights: np.ndarray, num_samples: int, replacement: bool) -> None:
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not is_floating(weights.dtype):
        raise RuntimeError("multinomial only supports floating-point dtypes for input, got: "
                           f"{type_name(weights.dtype)}")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if weights.shape[-1] > 2**24:
        raise RuntimeError("number of categories cannot exceed 2^24")


def _check_weights(weights: np.ndarray) -> None:
    if not weights.size:
        raise RuntimeError("aminmax(): cannot compute aminmax over an empty dimension as the operation has no "
                           "identity.")
    if not ((weights >= 0) & np.isfinite(weights)).all():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if not (weights.sum(-1) > 0).all():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
