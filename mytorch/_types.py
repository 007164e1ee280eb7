"""Names and rules about types: dtypes, torch's promotion, Size, device.  No arrays are touched here.

NumPy's dtypes are the truth; `dtype` objects are names for them that print, compare and hash so
that `x.dtype == mytorch.float32`, `np.zeros(3, dtype=mytorch.float32)` and `print(mytorch.float32)` all do
what a user of either library expects.
"""
from __future__ import annotations

import operator
from functools import cache
from typing import Any, Iterable

import numpy as np

__all__ = ["Size", "device", "dtype", "finfo", "get_default_dtype", "iinfo", "promote_types",
           "set_default_dtype"]


class dtype:
    """The name of an element type, `torch.float32` and so on; `.dtype` is NumPy's own object for it."""

    __slots__ = ("name", "dtype")

    def __init__(self, name: str, numpy: Any) -> None:
        self.name, self.dtype = name, np.dtype(numpy)

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __eq__(self, other: object) -> bool:
        return self is other or (not isinstance(other, str) and self.dtype == getattr(other, "dtype", other))

    def __hash__(self) -> int:
        return hash(self.dtype)

    def __reduce__(self) -> tuple:
        return named_dtype, (self.dtype,)

    itemsize = property(lambda self: self.dtype.itemsize)
    is_floating_point = property(lambda self: is_floating(self.dtype))
    is_complex = property(lambda self: self.dtype.kind == "c")
    is_signed = property(lambda self: self.dtype.kind not in "bu")

    def to_complex(self) -> dtype:
        """The complex type whose parts are of this type."""
        return named_dtype(np.dtype(np.complex128) if self.dtype.itemsize == 8 else np.dtype(np.complex64))

    def to_real(self) -> dtype:
        """The type of the real part."""
        return named_dtype(real_dtype(self.dtype))


#: torch's name -> the dtype of that name; `bfloat16` joins when ml_dtypes is installed (see `bfloat16_dtype`).
DTYPES = {name: dtype(name, name) for name in (
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128",
    "uint16", "uint32", "uint64")}
#: torch's second names.
DTYPE_ALIASES = {"half": "float16", "float": "float32", "double": "float64", "short": "int16", "int": "int32",
                 "long": "int64", "cfloat": "complex64", "cdouble": "complex128"}
_BY_NUMPY = {d.dtype: d for d in DTYPES.values()}
_CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2, "V": 2, "c": 3}  # "V": ml_dtypes' bfloat16 says it is void


def bfloat16_dtype() -> dtype:
    """torch.bfloat16, whose arithmetic is ml_dtypes'."""
    if "bfloat16" not in DTYPES:
        try:
            from ml_dtypes import bfloat16
        except ImportError:
            raise ImportError("bfloat16 needs ml_dtypes (extra `bfloat16`); do: pip install ml_dtypes") from None
        DTYPES["bfloat16"] = _BY_NUMPY[np.dtype(bfloat16)] = dtype("bfloat16", bfloat16)
    return DTYPES["bfloat16"]


def named_dtype(numpy: Any) -> dtype:
    """The `dtype` object for a NumPy dtype."""
    numpy = np.dtype(numpy)
    if numpy not in _BY_NUMPY and numpy.name == "bfloat16":
        bfloat16_dtype()
    if numpy not in _BY_NUMPY:
        raise TypeError(f"can't convert {numpy} to a tensor dtype; supported are {', '.join(DTYPES)}")
    return _BY_NUMPY[numpy]


def as_dtype(value: Any) -> np.dtype:
    """NumPy's dtype for whatever names one: a `dtype`, NumPy's own, `float`, "float32"."""
    found = value.dtype if type(value) is dtype else np.dtype(value)
    if found not in _BY_NUMPY:
        named_dtype(found)
    return found


def is_floating(kind: np.dtype) -> bool:
    return kind.kind in "fV"


_SUPPORTED = ("float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, "
              "uint8, and bool")


def checked(array: np.ndarray) -> np.ndarray:
    """`array`, if its type is one that tensors have."""
    kind = array.dtype
    if kind.kind not in "biufcV" or kind.itemsize > 16 or (kind.kind == "f" and kind.itemsize > 8) or kind.names:
        raise TypeError(f"can't convert np.ndarray of type {kind.type.__module__}.{kind.type.__name__}. "
                        f"The only supported types are: {_SUPPORTED}.")
    if not kind.isnative:
        raise ValueError("given numpy array has byte order different from the native byte order. Conversion between "
                         "byte orders is currently not supported.")
    return array


def is_inexact(kind: np.dtype) -> bool:
    """Floating or complex: what can carry a gradient."""
    return kind.kind in "fcV"


def real_dtype(kind: np.dtype) -> np.dtype:
    return kind if kind.kind != "c" else np.dtype(np.float32 if kind.itemsize == 8 else np.float64)


def complex_dtype(kind: np.dtype) -> np.dtype:
    return kind if kind.kind == "c" else np.dtype(np.complex128 if kind.itemsize == 8 else np.complex64)


#: NumPy's name of a type -> torch's second one, in error texts and in FloatTensor and its kin; and that of C++.
_TYPE_NAMES = {
    "bool": ("Bool", "bool"), "uint8": ("Byte", "unsigned char"), "int8": ("Char", "signed char"),
    "int16": ("Short", "short int"), "int32": ("Int", "int"), "int64": ("Long", "long int"),
    "uint16": ("UInt16", "short unsigned int"), "uint32": ("UInt32", "unsigned int"),
    "uint64": ("UInt64", "long unsigned int"), "float16": ("Half", "c10::Half"),
    "bfloat16": ("BFloat16", "c10::BFloat16"), "float32": ("Float", "float"), "float64": ("Double", "double"),
    "complex64": ("ComplexFloat", "c10::complex<float>"), "complex128": ("ComplexDouble", "c10::complex<double>")}


@cache
def dtype_name(kind: np.dtype) -> str:
    """NumPy's name of a type, `kind.name`, which NumPy makes anew each time, in 2 us."""
    return kind.name


@cache
def _names(kind: np.dtype) -> tuple[str, str]:
    return _TYPE_NAMES.get(kind.name, (kind.name, kind.name))


def type_name(kind: np.dtype) -> str:
    """torch's second name of a type: "Float" for float32."""
    return _names(kind)[0]


def cpp_name(kind: np.dtype) -> str:
    """The name of a type in C++, as some of torch's messages call it: "long int" for int64."""
    return _names(kind)[1]


def tensor_type(array: Any) -> str:
    """torch's old name for a kind of tensor: torch.FloatTensor."""
    return f"torch.{type_name(array.dtype)}Tensor"


def castable(source: np.dtype, target: np.dtype) -> bool:
    """Whether torch lets a result of type `source` be written to a tensor of type `target`."""
    return _CATEGORY[source.kind] <= _CATEGORY[target.kind]


# ------------------------------------------------------------------ the default float type

_default = np.dtype(np.float32)


def default_dtype() -> np.dtype:
    """NumPy's dtype of what `get_default_dtype` names."""
    return _default


def get_default_dtype() -> dtype:
    """The floating type that new tensors have when none is asked for."""
    return named_dtype(_default)


def set_default_dtype(d: Any) -> None:
    """Make `d` the floating type of new tensors.  As torch.set_default_dtype."""
    global _default
    kind = as_dtype(d)
    if not is_floating(kind):
        raise TypeError("only floating-point types are supported as the default type")
    _default = kind


# ------------------------------------------------------------------ promotion

_promoted: dict[tuple[np.dtype, np.dtype], np.dtype] = {}


def promote(a: np.dtype, b: np.dtype) -> np.dtype:
    """The smallest type that holds both *by torch's rule*: a float beside an integer keeps its width."""
    if a is b:
        return a
    found = _promoted.get((a, b))
    if found is None:
        found = _promoted[a, b] = _promote(a, b)
    return found


def _promote(a: np.dtype, b: np.dtype) -> np.dtype:
    low, high = sorted((a, b), key=lambda kind: _CATEGORY[kind.kind])
    if _CATEGORY[high.kind] >= 2 and _CATEGORY[low.kind] < 2:
        return high
    if high.kind == "c" and low.kind in "fV":
        return np.promote_types(high, complex_dtype(low))
    if "V" in (a.kind, b.kind):
        return a if a == b else np.promote_types(np.float32, a if b.kind == "V" else b)
    if low.kind == "u" and low.itemsize > 1 and a != b and high.kind in "iu":
        raise RuntimeError(f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
                           f"{named_dtype(a)} and {named_dtype(b)}")
    return np.promote_types(a, b)


def promote_types(type1: Any, type2: Any) -> dtype:
    """The smallest type that holds both.  As torch.promote_types."""
    return named_dtype(promote(as_dtype(type1), as_dtype(type2)))


def scalar_dtype(value: Any) -> np.dtype:
    """The type a Python number stands for."""
    if isinstance(value, (bool, np.bool_)):
        return np.dtype(np.bool_)
    if isinstance(value, (int, np.integer)):
        return np.dtype(np.int64)
    return complex_dtype(_default) if isinstance(value, (complex, np.complexfloating)) else _default


def result_dtype(operands: Iterable[Any]) -> np.dtype:
    """torch's result type of arrays and numbers.

    Arrays with dimensions rank before 0-d arrays, those before Python numbers; a lower rank changes the
    result only when it is of a higher category (bool < integer < float < complex).
    """
    ranks: list[np.dtype | None] = [None, None, None]
    for value in operands:
        if isinstance(value, np.ndarray):
            rank, kind = (0 if value.ndim else 1), value.dtype
        else:
            rank, kind = 2, scalar_dtype(value)
        found = ranks[rank]
        ranks[rank] = kind if found is None else promote(found, kind)
    result = None
    for kind in ranks:
        if kind is None:
            continue
        if result is None:
            result = kind
        elif _CATEGORY[kind.kind] > _CATEGORY[result.kind]:
            # a lower rank decides the category; a complex one takes its width from a float of higher rank
            result = complex_dtype(result) if kind.kind == "c" and result.kind in "fV" else kind
    return result if result is not None else _default


# ------------------------------------------------------------------ limits

class finfo:
    """Limits of a floating type: eps, max, min, tiny, smallest_normal, resolution, bits.  As torch.finfo."""

    def __init__(self, type: Any = None) -> None:
        kind = real_dtype(_default if type is None else as_dtype(type))
        if not is_floating(kind):
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle "
                            f"'{named_dtype(kind)}'")
        if kind.kind == "V":
            import ml_dtypes
            info: Any = ml_dtypes.finfo(kind)
        else:
            info = np.finfo(kind)
        self.bits, self.dtype = int(info.bits), named_dtype(kind).name
        self.eps, self.max, self.min = float(info.eps), float(info.max), float(info.min)
        self.tiny = self.smallest_normal = float(info.smallest_normal)
        self.resolution = float(info.resolution)

    def __repr__(self) -> str:
        return (f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
                f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})")


class iinfo:
    """Limits of an integer type: bits, min, max.  As torch.iinfo."""

    def __init__(self, type: Any) -> None:
        kind = as_dtype(type)
        if kind.kind not in "iu":
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle "
                            f"'{named_dtype(kind)}'")
        info = np.iinfo(kind)
        self.bits, self.min, self.max, self.dtype = info.bits, int(info.min), int(info.max), named_dtype(kind).name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


# ------------------------------------------------------------------ shapes and places

class Size(tuple):
    """A shape: a tuple of ints that prints as torch's and counts its elements."""

    __slots__ = ()

    def numel(self) -> int:
        """How many elements a tensor of this shape has."""
        count = 1
        for n in self:
            count *= n
        return count

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if isinstance(index, slice) else found

    def __add__(self, other: Any) -> Size:
        return Size(tuple(self) + tuple(other))

    def __radd__(self, other: Any) -> Size:
        return Size(tuple(other) + tuple(self))

    def __mul__(self, times: Any) -> Size:
        return Size(tuple(self) * times)

    __rmul__ = __mul__


class CallableInt(int):
    """`x.size`: NumPy's number of elements, and torch's method `x.size()`, `x.size(0)`."""

    shape: Size

    def __new__(cls, count: int, shape: tuple[int, ...]) -> CallableInt:
        self = int.__new__(cls, count)
        self.shape = Size(shape)
        return self

    def __call__(self, dim: int | None = None) -> Any:
        if dim is None:
            return self.shape
        if not self.shape:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        return self.shape[wrap_dim(operator.index(dim), len(self.shape))]

    def __reduce__(self) -> tuple:
        return int, (int(self),)


def wrap_dim(dim: int, ndim: int) -> int:
    """`dim` counted from the front; a 0-d tensor has the dims 0 and -1, as in torch."""
    limit = ndim or 1
    if not -limit <= dim < limit:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-limit}, {limit - 1}], but got {dim})")
    return dim + limit if dim < 0 else dim


class device:
    """Where a tensor lives: always the CPU here; other names can be made and compared, not used."""

    __slots__ = ("type", "index")

    type: str
    index: int | None

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index
        if isinstance(type, int):
            type, index = "cuda", type
        name, _, number = type.partition(":")
        if name not in ("cpu", "cuda", "mps", "xpu", "meta", "mkldnn", "hpu", "xla", "vulkan", "ipu", "mtia"):
            raise RuntimeError(f"Expected one of cpu, cuda, mps, xpu, meta device type at start of device string: "
                               f"{name}")
        self.type, self.index = name, int(number) if number else index

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (")" if self.index is None else f", index={self.index})")

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple:
        return device, (self.type, self.index)


CPU = device("cpu")


def check_device(value: Any) -> None:
    """Raise unless `value` names the CPU (or nothing)."""
    if value is None or value is CPU or value == "cpu":
        return
    wanted = device(value)
    if wanted.type == "cpu":
        return
    if wanted.type == "cuda":
        raise AssertionError("Torch not compiled with CUDA enabled")
    raise NotImplementedError(f"Mytorch computes on the CPU only, got device '{wanted}'")


class _Named:
    """A named constant that prints as torch's: a memory format, a layout."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class memory_format(_Named):
    """How the dimensions lie in memory."""


class layout(_Named):
    """Dense or sparse."""


contiguous_format, preserve_format, channels_last, channels_last_3d = map(
    memory_format, ("contiguous_format", "preserve_format", "channels_last", "channels_last_3d"))
strided, sparse_coo = map(layout, ("strided", "sparse_coo"))
