"""What a Tensor shows: sizes, Python numbers, printing, copies, its data, and NumPy's two doors.

The members of `Face` are hung on Tensor, as operations are.
"""
from __future__ import annotations

import copy
import warnings
from typing import Any, Callable, Iterator

import numpy as np

from .._printing import tensor_text
from .._types import CPU, CallableInt, Size, default_dtype, is_inexact, strided
from .._warnings import warn_once
from . import tape
from .tape import Leaf, mode, ndarray
from .tensor import Tensor, edge, plain, tensor_of, wants_gradient

__all__ = ["FUNCTIONS", "STRANGERS", "UFUNCS", "may_replace_memory", "replace_memory"]

#: (NumPy ufunc, method) -> what runs for it on Tensors; NumPy function -> likewise.  `op` fills them.
UFUNCS: dict[tuple[Any, str], Callable] = {}
FUNCTIONS: dict[Any, Callable] = {}
#: One function: it gives the face of another library's ufunc, which `UFUNCS` has not; None where there is none.
STRANGERS: list[Callable] = []

_view = ndarray.view
_shape = ndarray.shape.__get__  # type: ignore[attr-defined]
_size = ndarray.size.__get__  # type: ignore[attr-defined]
_NOT_COPIED = ("_node", "_base", "_how", "_when", "_keeper", "_after", "_unseen", "_former_memory")


#: `np.sqrt(2) * x`: a NumPy scalar hands its operator over as a ufunc.  Like a Python number, and like
#: `x * np.sqrt(2)`, it must not make a float32 tensor one of float64.
_REFLECTED = {getattr(np, name): f"__{mine}__" for name, mine in (
    ("add", "radd"), ("subtract", "rsub"), ("multiply", "rmul"), ("divide", "rtruediv"), ("floor_divide", "rfloordiv"),
    ("remainder", "rmod"), ("power", "rpow"), ("less", "gt"), ("less_equal", "ge"), ("greater", "lt"),
    ("greater_equal", "le"), ("equal", "eq"), ("not_equal", "ne"), ("bitwise_and", "rand"), ("bitwise_or", "ror"),
    ("bitwise_xor", "rxor"), ("left_shift", "rlshift"), ("right_shift", "rrshift"))}


class _SizeOf:
    """NumPy's element count when read, torch's shape when called: `x.size`, `x.size()`, `x.size(0)`."""

    def __get__(self, tensor: Any, owner: Any = None) -> Any:
        return self if tensor is None else CallableInt(_size(tensor), _shape(tensor))

    def __set__(self, tensor: Any, value: Any) -> None:
        raise AttributeError("attribute 'size' of a Tensor is not writable")

    def __call__(self, tensor: Any, dim: int | None = None) -> Any:
        return tensor.size(dim)


class Face(Tensor):
    """The members; no object is of this class."""

    @property  # type: ignore[misc]
    def shape(self) -> Size:  # type: ignore[override]
        return Size(_shape(self))

    size = _SizeOf()  # type: ignore[assignment]

    @property
    def device(self) -> Any:
        return CPU

    @property
    def layout(self) -> Any:
        return strided

    is_cuda = is_sparse = is_quantized = is_meta = is_mps = is_xpu = is_mkldnn = is_nested = False
    is_cpu = True
    _baseclass = ndarray  # numpy.ma: a masked array made of a tensor holds a plain array

    def __len__(self) -> int:
        shape = _shape(self)
        if not shape:
            raise TypeError("len() of a 0-d tensor")
        return shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))  # type: ignore[attr-defined]

    def __bool__(self) -> bool:
        if _size(self) > 1:
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        if not _size(self):
            raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
        return bool(ndarray.item(self))

    def __contains__(self, value: Any) -> bool:
        return bool((_view(self, ndarray) == (plain(value))).any())

    __hash__ = object.__hash__  # type: ignore[assignment]  # by identity: sets and dicts of tensors work

    def item(self, *index: Any) -> Any:  # type: ignore[override]
        """The one element, as a Python number."""
        if not index and _size(self) != 1:
            raise RuntimeError(f"a Tensor with {int(_size(self))} elements cannot be converted to Scalar")
        found = ndarray.item(self, *index)
        return found if self.dtype.kind != "V" else float(found)

    def __int__(self) -> int:
        return int(self._number("int64_t"))

    def __float__(self) -> float:
        return float(self._number("double"))

    def __complex__(self) -> complex:
        return complex(self._number(""))

    def _number(self, real: str) -> Any:
        """The one element, for Python to convert; `real`: to what, if not to a complex number."""
        if _size(self) != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if mode.grad and real != "int64_t" and edge(self) is not None:
            warn_once("Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
                      "Consider using tensor.detach() first.")
        found = self.item()
        if real and isinstance(found, complex):
            if found.imag:
                raise RuntimeError(f"value cannot be converted to type {real} without overflow")
            return found.real
        return found

    def __delitem__(self, index: Any) -> None:
        raise TypeError("Tensor does not support deleting items")

    def __index__(self) -> int:
        if self.dtype.kind not in "iub" or _size(self) != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(ndarray.item(self))

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        node = self.grad_fn
        suffix = (f"grad_fn=<{node.name()}>",) if node is not None else ("requires_grad=True",) * self.requires_grad
        return tensor_text(_view(self, ndarray), default_dtype=default_dtype(), suffixes=suffix)

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        if not self.ndim:
            return format(self.item(), spec)
        return object.__format__(self, spec)

    # ---------------------------------------------------------------- copies and files

    def __reduce_ex__(self, protocol: Any) -> tuple:
        return self.__reduce__()

    def __reduce__(self) -> tuple:
        state = {k: v for k, v in self.__dict__.items() if k not in _NOT_COPIED}
        return _rebuild, (type(self), np.array(_view(self, ndarray)), self.requires_grad, state)

    def __setstate__(self, state: Any) -> None:
        self.__dict__.update(state)

    def __deepcopy__(self, memo: dict) -> Tensor:  # type: ignore[override]
        if not self.is_leaf:
            raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                               "protocol at the moment.  If you were attempting to deepcopy a module, this may be "
                               "because of a torch.nn.utils.weight_norm usage, see "
                               "https://github.com/pytorch/pytorch/pull/103001")
        if id(self) in memo:
            return memo[id(self)]
        twin: Any = np.array(_view(self, ndarray)).view(type(self))
        memo[id(self)] = twin
        if self._node is not None:
            twin.requires_grad_()
        twin.__dict__.update((k, copy.deepcopy(v, memo)) for k, v in self.__dict__.items() if k not in _NOT_COPIED)
        return twin

    def __copy__(self) -> Tensor:  # type: ignore[override]
        twin: Any = _view(self, ndarray).view(type(self))
        twin.__dict__.update(self.__dict__)
        if type(self._node) is Leaf:
            twin._node = Leaf(twin, _shape(twin))
        return twin

    # ---------------------------------------------------------------- NumPy's two doors

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if not kwargs and isinstance(inputs[0], np.generic) and ufunc in _REFLECTED and method == "__call__":
            return getattr(inputs[1], _REFLECTED[ufunc])(inputs[0])
        found, run = UFUNCS.get((ufunc, method)), getattr(ufunc, method)
        if found is None and method == "__call__":
            found = STRANGERS[0](ufunc)
        if found is not None:
            try:
                return found(*inputs, **kwargs)
            except Exception as error:
                raise (_numpys_error(run, inputs, kwargs) or error) from None
        name, out = f"np.{ufunc.__name__}" + f".{method}" * (method != "__call__"), kwargs.get("out")
        written = [t for t in (inputs[:1] if method == "at" else out or ()) if isinstance(t, Tensor)]
        if written and mode.grad and wants_gradient((inputs, kwargs)):
            raise _numpys_error(run, inputs, kwargs) or _refusal(name)
        result = run(*map(plain, inputs), **plain(kwargs))
        for tensor in written:
            tape.wrote(tensor)
        if out is not None:
            return out[0] if len(out) == 1 else out
        return _off_the_tape(name, (inputs, kwargs), result)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        found = FUNCTIONS.get(function)
        if found is not None:
            try:
                return found(*args, **kwargs)
            except Exception as error:
                raise (_numpys_error(function, args, kwargs) or error) from None
        return _off_the_tape(f"np.{function.__name__}", (args, kwargs), function(*plain(args), **plain(kwargs)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> ndarray:  # type: ignore[override]
        """The numbers: the same memory, unless dtype or copy ask for another."""
        array = _view(self, ndarray)
        return array if dtype is None and not copy else np.array(array, dtype=dtype, copy=copy)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return tensor_of(np.asarray(array))

    # ---------------------------------------------------------------- out of the tensor world

    def numpy(self, *, force: bool = False) -> ndarray:
        """The numbers as a plain ndarray that shares this memory (force: off the tape, if need be)."""
        if not force and self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        return _view(self, ndarray)

    def tolist(self) -> Any:
        """Nested lists of Python numbers."""
        return (self.astype(np.float32) if self.dtype.kind == "V" else _view(self, ndarray)).tolist()

    def tobytes(self, *args: Any, **kwargs: Any) -> bytes:
        return _view(self, ndarray).tobytes(*args, **kwargs)

    @property  # type: ignore[override]
    def data(self) -> Tensor:
        """The same memory, off the tape; writing to it goes unnoticed."""
        out = _view(self, ndarray).view(Tensor)
        out._unseen = True
        return out

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, (ndarray, np.generic)):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self._node is not None and not is_inexact(value.dtype):
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        replace_memory(self, np.asarray(value))


for _name, _member in vars(Face).items():
    if _name not in ("__module__", "__doc__"):
        setattr(Tensor, _name, _member)


def may_replace_memory(tensor: Tensor) -> bool:
    """Whether the object can be given other memory: not if it is the owner of what views of it look at.

    NumPy lets an object of up to 1000 bytes own what it was given; so such a one can be given other memory once.
    """
    return tensor.base is not None


def replace_memory(tensor: Tensor, array: ndarray) -> None:
    """Make `tensor`, the very object, hold `array`: in its own memory where that fits, else in new memory."""
    if _shape(tensor) == array.shape and tensor.dtype == array.dtype:
        np.copyto(_view(tensor, ndarray), array)
        return
    if not may_replace_memory(tensor):
        raise RuntimeError("the memory of this tensor cannot be replaced (again); use .clone()")
    kept = tensor.__dict__.setdefault("_former_memory", [])
    kept.append(tape.owner(tensor))  # views made of it stay valid
    order = array.flags.f_contiguous and not array.flags.c_contiguous
    state: Any = (1, array.shape, array.dtype, order, array.tobytes("F" if order else "C"))
    ndarray.__setstate__(tensor, state)
    if type(tensor._node) is Leaf:
        tensor._node = Leaf(tensor, array.shape)


def _numpys_error(function: Any, args: Any, kwargs: Any) -> Exception | None:
    """What NumPy itself raises for these arguments: the face of a NumPy function fails as the function does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            function(*_copied(args), **_copied(kwargs))
        except Exception as error:
            return error.with_traceback(None)
    return None


def _copied(value: Any) -> Any:
    """As `plain`, with copies of the arrays: what is tried on them is not seen elsewhere."""
    if isinstance(value, ndarray):
        return np.array(_view(value, ndarray))
    if type(value) in (list, tuple):
        return type(value)(map(_copied, value))
    return {k: _copied(v) for k, v in value.items()} if type(value) is dict else value


def _off_the_tape(name: str, arguments: Any, result: Any) -> Any:
    """The result of a function without a rule: it must not lose a gradient in silence."""
    if mode.grad and wants_gradient(arguments) and _has_slope(result):
        raise _refusal(name)
    return tensor_of(result)


def _has_slope(result: Any) -> bool:
    """Whether a result holds numbers that could change smoothly."""
    if isinstance(result, (list, tuple)):
        return any(map(_has_slope, result))
    return isinstance(result, (float, complex)) or isinstance(result, (ndarray, np.generic)) and (
        is_inexact(result.dtype))


def _refusal(name: str) -> TypeError:
    return TypeError(f"{name} has no gradient rule in Mytorch, and an input requires grad. "
                     f"Call it on x.detach(), or compute it from functions that have one.")


def _rebuild(cls: type, array: ndarray, requires_grad: bool, state: dict) -> Tensor:
    tensor: Any = array.view(cls)
    tensor.__dict__.update(state)
    if requires_grad:
        tensor._node = Leaf(tensor, array.shape)
    return tensor
