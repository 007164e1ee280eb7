"""Read a dots file without executing anything in it.

A pickle is a program. This reader runs it on an allow-list: what the file may name are the few helpers with which
NumPy pickles arrays and scalars, and even those are replaced by the harmless functions below. All else is refused.
"""

from __future__ import annotations

import io
import math
import pickle
import re
from typing import Any, ClassVar

import numpy as np

Dots = list[tuple[tuple[float, float], int]]


class DotsError(Exception):
    """Something the user can mend. Its text is one line, shown without a traceback."""


def read_dots(path: str) -> Dots:
    """The dots of a file: ((x, y), label), finite coordinates without unit, label 0 or 1.

    Raises:
        DotsError: the file cannot be read, is damaged, asks to run something, or holds something other than dots.
    """
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise DotsError(f"{path}: {error.strerror}") from None
    if not content.endswith(pickle.STOP):
        raise DotsError(f"{path}: truncated, or not a pickle file")
    try:
        return _check(_AllowListUnpickler(io.BytesIO(content)).load())
    except _Refused as error:
        raise DotsError(f"{path}: {one_line(error)}") from None
    # The file's author chooses what goes wrong inside the unpickler, so any type may arrive here.
    except Exception as error:
        raise DotsError(f"{path}: damaged, or not a pickle file ({one_line(error)})") from None


def one_line(error: Exception) -> str:
    """The error's type and text, which may quote the file: without line breaks and terminal codes, and not long."""
    text = str(error) if isinstance(error, _Refused) else f"{type(error).__name__}: {error}"
    return "".join(c if c.isprintable() else "?" for c in text)[:160]


class _Refused(Exception):
    """The file is a readable pickle, but not of dots."""


# What the file holds, checked level by level.

def _check(value: Any) -> Dots:
    dots = _sequence(value, "the file", "a list of ((x, y), label)")
    if not dots:
        raise _Refused("holds no dots")
    return [_check_dot(dot, f"dot {i}") for i, dot in enumerate(dots)]


def _check_dot(value: Any, where: str) -> tuple[tuple[float, float], int]:
    point, label = _sequence(value, where, "((x, y), label)", length=2)
    x, y = _sequence(point, f"the point of {where}", "(x, y)", length=2)
    label = _number(label, f"the label of {where}")
    if label not in (0, 1):
        raise _Refused(f"the label of {where} is {label:g}, expected 0 or 1")
    return (_number(x, f"x of {where}"), _number(y, f"y of {where}")), int(label)


def _sequence(value: Any, where: str, expected: str, length: int | None = None) -> list | tuple:
    value = _plain(value)
    if not isinstance(value, (list, tuple)):
        raise _Refused(f"{where} is a {type(value).__name__}, expected {expected}")
    if length is not None and len(value) != length:
        raise _Refused(f"{where} has length {len(value)}, expected {expected}")
    return value


def _number(value: Any, where: str) -> float:
    value = _plain(value)
    if not isinstance(value, (int, float)):
        raise _Refused(f"{where} is a {type(value).__name__}, expected a number")
    # An int may be too large for a float; comparing is safe where converting raises.
    if not -1e30 < value < 1e30:
        raise _Refused(f"{where} is not a finite number below 1e30")
    return float(value)


def _plain(value: Any) -> Any:
    return value.values() if isinstance(value, _Array) else value


# Stand-ins for the helpers with which NumPy pickles. They read the bytes as numbers and can do nothing else.

class _DType:
    """A dtype as a pickle spells it: numpy.dtype(code), then its state, of which the byte order matters."""

    # Python objects (O), or numbers, truth values and strings with their size in bytes. A size is kept small because
    # nothing may be allocated on the file's word alone.
    _CODE = re.compile(r"[biuf][1-9]\d?|[SUO]\d{0,4}")

    def __init__(self, code: Any, *flags: Any) -> None:
        if not isinstance(code, str) or not self._CODE.fullmatch(code):
            raise _Refused(f"holds an array of type {str(code)[:20]!r}, expected numbers")
        self.is_object = code[0] == "O"
        self.dtype = np.dtype("O" if self.is_object else code)

    def __setstate__(self, state: tuple) -> None:
        if state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(state[1])


class _Array:
    """An array as a pickle spells it: empty first, then its state."""

    def __init__(self) -> None:
        self.state: tuple[Any, ...] = ((0,), _DType("f8"), b"", "C")

    def __setstate__(self, state: tuple) -> None:
        *_, shape, dtype, is_fortran, raw = state
        self.state = (shape, dtype, raw, "F" if is_fortran else "C")

    def values(self) -> Any:
        """Nested lists (a number, where the array is 0-d)."""
        shape, dtype, raw, order = self.state
        size = math.prod(shape)
        if dtype.is_object:
            order = "C"  # NumPy lists objects row by row, whatever their order in memory
            items = np.empty(len(raw), dtype=object)
            for i, item in enumerate(raw):  # one by one: NumPy would unfold items that are lists
                items[i] = item
        else:
            items = np.frombuffer(raw, dtype=dtype.dtype)
        if size != len(items):
            raise _Refused(f"an array of shape {str(shape)[:60]} holds {len(items)} items")
        # Without items the other lengths of a shape could still ask for a billion empty lists.
        return items.reshape(shape, order=order).tolist() if size else []


def _reconstruct(*subtype_shape_code: Any) -> _Array:
    return _Array()


def _frombuffer(raw: Any, dtype: Any, shape: Any, order: Any, axis_order: Any = None) -> _Array:
    if order not in ("C", "F"):
        raise _Refused("holds an array with permuted axes")
    array = _Array()
    array.__setstate__((shape, dtype, order == "F", raw))
    return array


def _scalar(dtype: _DType, raw: Any = b"") -> Any:
    array = _Array()
    array.__setstate__(((), dtype, False, [raw] if dtype.is_object else raw))
    return array.values()


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    """_codecs.encode, by which old protocols spell bytes; other codecs than this one are programs of their own."""
    if encoding not in ("latin1", "latin-1"):
        raise _Refused(f"asks for the codec {str(encoding)[:20]!r}")
    return str(text).encode("latin-1")


def _bytes(*content: Any) -> bytes:
    if content:
        raise _Refused("asks to call bytes")
    return b""  # old protocols spell only the empty bytes this way


def _ndarray(*_: Any) -> None:
    raise _Refused("asks to call numpy.ndarray")  # it is only ever named, as an argument of _reconstruct


_ALLOWED = {
    ("numpy", "dtype"): _DType,
    ("numpy", "ndarray"): _ndarray,
    ("_codecs", "encode"): _encode,
    ("builtins", "bytes"): _bytes,
    ("__builtin__", "bytes"): _bytes,
}
for _core in ("numpy.core", "numpy._core"):  # before and since NumPy 2
    _ALLOWED[f"{_core}.multiarray", "_reconstruct"] = _reconstruct
    _ALLOWED[f"{_core}.multiarray", "scalar"] = _scalar
    _ALLOWED[f"{_core}.numeric", "_frombuffer"] = _frombuffer


class _AllowListUnpickler(pickle._Unpickler):
    """The unpickler written in Python: the one in C believes a file's own sizes and can be made to take all memory."""

    def find_class(self, module: str, name: str) -> Any:
        if not name:
            raise pickle.UnpicklingError("a name is cut off")
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise _Refused(f"asks for {module}.{name}"[:80] + "; only lists, tuples, numbers, strings and NumPy "
                           "arrays are read") from None

    def persistent_load(self, pid: Any) -> Any:
        raise _Refused("refers to objects outside the file")

    # load_bytearray8 would allocate what the file says before reading; bytes do as well here.
    dispatch: ClassVar = dict(pickle._Unpickler.dispatch)
    dispatch[pickle.BYTEARRAY8[0]] = dispatch[pickle.BINBYTES8[0]]
