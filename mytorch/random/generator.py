"""Generator: the MT19937 stream that every random number comes from, and the 5056 bytes that hold its state.

NumPy has the same engine; here is what torch does around it: how a seed starts it, how its 32-bit words become
numbers in [0, 1) and standard normals, and how its state is laid out, so that states travel to torch and back.
"""
from __future__ import annotations

import math
import operator
import os
from collections.abc import Callable
from functools import cached_property
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from .._types import CPU
from .._types import device as as_device
from .fma import libm

__all__ = ["Generator", "default_generator", "source"]

#: A seed that nobody chose; what `torch.Generator()` starts with.
DEFAULT_SEED = 67280421310721

_WORDS = 624
#: The bytes of a state. `next` words of the 624 were used since the last twist, `left` = 625 - next; between seeding
#: and the first draw next is 0 and left is 1. The second cached number is float32 and not used on the CPU.
_STATE = np.dtype({
    "names": ["seed", "left", "seeded", "next", "words", "normal", "has_normal"],
    "formats": ["<u8", "<i4", "<i4", "<u8", ("<u8", _WORDS), "<f8", "<i4"],
    "offsets": [0, 8, 12, 16, 24, 5024, 5040],
    "itemsize": 5056})

# 0-d arrays: beside a small array they cost half of what a Python number costs
_LOW24, _LOW53, _HALF = np.array(2**24 - 1, np.uint64), np.array(2**53 - 1, np.uint64), np.array(32, np.uint64)
_UNIT32, _UNIT64 = np.array(2.0**-24, np.float32), np.array(2.0**-53)
_FEW = 16  # numbers that Python makes faster one by one than NumPy all at once


class Generator:
    """A stream of pseudo-random numbers: the same seed gives the numbers torch gives.

    Args:
        device: the CPU; there is no other.
    Raises:
        RuntimeError: another device is named.

    As torch.Generator.  Drawing is not locked: threads that share a generator share its numbers in no fixed order.
    """
    #: What `get_state` makes of its uint8 array; a higher band sets it, so that states are tensors.
    wrap: Callable[[np.ndarray], Any] = staticmethod(lambda array: array)

    def __init__(self, device: Any = None) -> None:
        _check_device(device)
        self._drawn = 0  # words, over the whole life: never set back
        self.manual_seed(DEFAULT_SEED)

    @property
    def device(self) -> as_device:
        return CPU

    # ------------------------------------------------------------------ seeds

    def manual_seed(self, seed: int) -> Generator:
        """Start anew from `seed`, -2**63 to 2**64 - 1; the engine uses its low 32 bits.

        Raises:
            RuntimeError: `seed` is not an int (a bool is none).
            ValueError: it is out of range.
        """
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")  # noqa: TRY004
        seed = operator.index(seed)
        if not -2**63 <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._seed = seed % 2**64
        self._normal: float | None = None
        self._start = self._drawn, 0
        if "_bits" in self.__dict__:
            self._seed_engine(self._bits)
        return self

    def seed(self) -> int:
        """Start anew from a number of the operating system's, and return it."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed of the last start, all 64 bits."""
        return self._seed

    @cached_property
    def _bits(self) -> np.random.MT19937:
        # made at the first draw: neither importing numpy.random nor an engine should cost who draws nothing
        bits = np.random.MT19937(0)
        self._seed_engine(bits)
        return bits

    def _seed_engine(self, bits: np.random.MT19937) -> None:
        np.random.RandomState(bits).seed(self._seed & 0xFFFFFFFF)  # Knuth's initialisation, as torch's

    # ------------------------------------------------------------------ states

    def get_state(self) -> Any:
        """The state: 5056 bytes, the same that torch writes."""
        return type(self).wrap(self.get_state_array())

    def set_state(self, new_state: Any) -> Generator:
        """Go on from a state that `get_state` gave, here or in torch.

        Raises:
            TypeError: it is no tensor or array of uint8.
            RuntimeError: it has another size, or does not describe an engine.
        """
        return self.set_state_array(new_state)

    def get_state_array(self) -> np.ndarray:
        """`get_state`, always as a plain uint8 array."""
        engine = self._bits.state["state"]
        start, first = self._start
        position = engine["pos"]
        state = np.zeros(1, _STATE)
        state["seed"], state["seeded"], state["words"] = self._seed, 1, engine["key"]
        state["left"] = _WORDS + 1 - position
        state["next"] = first if self._drawn == start and position == _WORDS else position
        if self._normal is not None:
            state["normal"], state["has_normal"] = self._normal, 1
        return state.view(np.uint8)

    def set_state_array(self, array: np.ndarray) -> Generator:
        """`set_state` from a uint8 array."""
        if not isinstance(array, np.ndarray):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(array).__name__}")
        if array.dtype != np.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        if array.size != _STATE.itemsize:
            raise RuntimeError(f"Expected a CPUGeneratorImplState of size {_STATE.itemsize} but found the input RNG "
                               f"state size to be {array.size}")
        state = np.frombuffer(array.tobytes(), _STATE)[0]
        left, following = int(state["left"]), int(state["next"])
        if state["seeded"] != 1 or not 1 <= left <= _WORDS or following > _WORDS:
            raise RuntimeError("Invalid mt19937 state")
        position = _WORDS if left == 1 else following
        self._bits.state = {"bit_generator": "MT19937",
                            "state": {"key": state["words"].astype(np.uint32), "pos": position}}
        self._seed, self._start = int(state["seed"]), (self._drawn, following)
        self._normal = float(state["normal"]) if state["has_normal"] else None
        return self

    def clone_state(self) -> Generator:
        """A second generator that goes on from here on its own."""
        return Generator(self.device).set_state_array(self.get_state_array())

    def __reduce__(self) -> tuple:
        return Generator, (self.device,), self.get_state_array()

    def __setstate__(self, state: np.ndarray) -> None:
        self.set_state_array(state)

    @property
    def draws(self) -> tuple[int, float | None]:
        """Changes with every number drawn (not with seeds and states): compare before and after."""
        return self._drawn, self._normal

    # ------------------------------------------------------------------ numbers

    def words(self, n: int) -> np.ndarray:
        """The next n words of 32 bits, in uint64."""
        self._drawn += n
        return self._bits.random_raw(n)

    def long_words(self, n: int) -> np.ndarray:
        """The next n words of 64 bits; the first of two short ones is the upper half."""
        pairs = self.words(2 * n)
        long = pairs[::2] << _HALF
        long |= pairs[1::2]
        return long

    def floats(self, n: int) -> np.ndarray:
        """n multiples of 2**-24 in [0, 1), float32; one word each."""
        words = self.words(n)
        words &= _LOW24
        numbers = words.view(np.int64).astype(np.float32)  # int64 is converted in two thirds of uint64's time
        numbers *= _UNIT32
        return numbers

    def doubles(self, n: int) -> np.ndarray:
        """n multiples of 2**-53 in [0, 1), float64; two words each."""
        words = self.long_words(n)
        words &= _LOW53
        numbers = words.view(np.int64).astype(np.float64)
        numbers *= _UNIT64
        return numbers

    def double(self) -> float:
        """One of `doubles`, as a Python number."""
        word = self._bits.random_raw
        self._drawn += 2
        return ((word() & 0x1FFFFF) << 32 | word()) * 2.0**-53

    def normal(self) -> float:
        """One of `normals`, as a Python number."""
        cached = self._normal
        if cached is not None:
            self._normal = None
            return cached
        value, self._normal = _pair(self.double(), self.double())
        return value

    def normals(self, n: int, maths: ModuleType | SimpleNamespace = libm) -> np.ndarray:
        """n standard normals one after the other, float64 (Box and Muller).

            u, v in [0, 1):   sqrt(-2 log(1 - v)) * (cos 2 pi u, sin 2 pi u)

        They come in pairs; what is left over is kept for the next call, whatever type that call draws.

        Args:
            maths: whose functions: `libm` is exact; `numpy`, up to 2 units in the last place off, will do where the
                numbers are rounded to fewer bits afterwards.
        """
        if n < _FEW:
            return np.array([self.normal() for _ in range(n)])
        out = np.empty(n)
        first = 0
        if self._normal is not None:
            out[0], self._normal, first = self._normal, None, 1
        u = self.doubles((n - first + 1) // 2 * 2)
        radius, angle = maths.sqrt(-2.0 * maths.log1p(-u[1::2])), 2.0 * math.pi * u[::2]
        out[first::2] = radius * maths.cos(angle)
        sines = radius * maths.sin(angle)
        out[first + 1::2] = sines[:(n - first) // 2]
        if (n - first) % 2:
            self._normal = _pair(u[-2], u[-1])[1]
        return out


def _pair(u: float, v: float) -> tuple[float, float]:
    """Two standard normals from two numbers in [0, 1)."""
    radius, angle = math.sqrt(-2.0 * math.log1p(-v)), 2.0 * math.pi * u
    return radius * math.cos(angle), radius * math.sin(angle)


def _check_device(value: Any) -> None:
    if value is not None and as_device(value).type != "cpu":
        raise RuntimeError(f"Cannot get {as_device(value).type.upper()} generator: Mytorch computes on the CPU only. "
                           "Use device='cpu'.")


#: What draws when no generator is named; seeded by the operating system.
default_generator = Generator()
default_generator.seed()


def source(generator: Generator | None) -> Generator:
    """`generator`, or the default one."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"argument 'generator' must be torch.Generator, not {type(generator).__name__}")
    return generator
