"""What a tensor is (its type, its size), where its numbers lie, and how other libraries reach them."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from .._printing import set_printoptions
from .._types import (
    CPU,
    as_dtype,
    castable,
    check_device,
    is_floating,
    named_dtype,
    result_dtype,
    tensor_type,
    type_name,
    wrap_dim,
)
from .._types import dtype as DType
from ..engine.op import check_writable, method, wrote
from ..engine.tape import ndarray, owner
from ..engine.tensor import Tensor, edge, plain
from .conversion import in_dtype
from .data import dense_order, made
from .typed import alias

__all__ = ["can_cast", "detach", "detach_", "from_dlpack", "is_complex", "is_floating_point", "is_inference",
           "is_nonzero", "is_same_size", "is_signed", "is_storage", "is_tensor", "numel", "result_type",
           "set_printoptions", "to_dlpack", "typename"]

_view = ndarray.view


# ------------------------------------------------------------------ types

def _asked(name: str, input: Any) -> Tensor:
    if not isinstance(input, Tensor):
        kind = f"{type(input).__module__}.{type(input).__name__}".removeprefix("builtins.")
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {kind}")
    return input


def is_tensor(obj: Any) -> bool:
    """Whether obj is a Tensor."""
    return isinstance(obj, Tensor)


def typename(obj: Any, /) -> str:
    """The name, with its module, of a class or function, else of the object's class; a tensor's old name.

    As torch.typename.
    """
    if isinstance(obj, Tensor):
        return tensor_type(obj)
    named = obj if hasattr(obj, "__qualname__") or hasattr(obj, "__name__") else type(obj)
    name = getattr(named, "__qualname__", None) or named.__name__
    return f"{getattr(named, '__module__', None) or 'builtins'}.{name}".removeprefix("builtins.")


def is_storage(obj: Any) -> bool:
    """Whether obj is a bare storage."""
    return isinstance(obj, UntypedStorage)


@method()
def is_floating_point(input: Tensor) -> bool:
    """Whether the numbers are real floats."""
    return is_floating(_asked("is_floating_point", input).dtype)


@method()
def is_complex(input: Tensor) -> bool:
    """Whether the numbers are complex."""
    return _asked("is_complex", input).dtype.kind == "c"


@method()
def is_signed(input: Tensor) -> bool:
    """Whether the type has negative numbers."""
    return _asked("is_signed", input).dtype.kind not in "bu"


@method()
def is_inference(input: Tensor) -> bool:
    """Whether the tensor was made in inference mode."""
    return _asked("is_inference", input)._inference


@method()
def is_nonzero(input: Tensor) -> bool:
    """Whether the one element is not zero."""
    return bool(_asked("is_nonzero", input))


def result_type(tensor1: Any, tensor2: Any) -> DType:
    """The type that arithmetic on the two, tensors or numbers, gives.  As torch.result_type."""
    for value in (tensor1, tensor2):
        if not isinstance(value, (ndarray, np.generic, bool, int, float, complex)):
            raise TypeError("result_type() received an invalid combination of arguments - got "
                            f"({type(tensor1).__name__}, {type(tensor2).__name__}); expected tensors or numbers")
    return named_dtype(result_dtype([plain(tensor1), plain(tensor2)]))


def can_cast(from_: Any, to: Any) -> bool:
    """Whether torch's rules let results of type `from_` be written to type `to`.  As torch.can_cast."""
    return castable(as_dtype(from_), as_dtype(to))


# ------------------------------------------------------------------ sizes

@method("numel", "nelement")
def numel(input: Tensor) -> int:
    """How many elements."""
    return ndarray.size.__get__(_asked("numel", input))  # type: ignore[attr-defined]


@method("dim", "ndimension")
def dim(self: Tensor) -> int:
    """How many dimensions."""
    return self.ndim


@method()
def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether the shapes are equal."""
    return input.shape == other.shape


@method()
def element_size(self: Tensor) -> int:
    """Bytes an element takes."""
    return self.dtype.itemsize


@method()
def dense_dim(self: Tensor) -> int:
    """All dimensions: the tensor is dense."""
    return self.ndim


@method()
def sparse_dim(self: Tensor) -> int:
    """None: the tensor is dense."""
    return 0


@method()
def to_dense(self: Tensor, dtype: Any = None, *, masked_grad: bool = True) -> Tensor:
    """Itself, or its cast: it is dense already."""
    return self if dtype is None else in_dtype(self, as_dtype(dtype))


# ------------------------------------------------------------------ memory

@method()
def stride(self: Tensor, dim: int | None = None) -> Any:
    """How many elements further in memory the next one along each dim (or along `dim`) lies."""
    array = _view(self, ndarray)
    strides, shape, size = array.strides, array.shape, array.itemsize
    found, step = [0] * len(shape), 1
    contiguous = array.flags.c_contiguous
    for i in reversed(range(len(shape))):
        # NumPy leaves arbitrary numbers where an axis has one element; torch's follow from the axes inside
        found[i] = step if contiguous or shape[i] == 1 and not strides[i] else strides[i] // size
        step = max(shape[i], 1) * found[i]
    return tuple(found) if dim is None else found[wrap_dim(dim, len(shape))]


@method("data_ptr", "const_data_ptr")
def data_ptr(self: Tensor) -> int:
    """The address of the first element; 0 when there is none."""
    array = _view(self, ndarray)
    return array.__array_interface__["data"][0] if array.size else 0


@method()
def storage_offset(self: Tensor) -> int:
    """How many elements from the start of its memory the first one lies."""
    array = _view(self, ndarray)
    start = owner(array).__array_interface__["data"][0]
    return (array.__array_interface__["data"][0] - start) // array.itemsize if array.size else 0


@method()
def dim_order(self: Tensor, *, ambiguity_check: Any = False) -> tuple[int, ...]:
    """The dims from the outermost in memory to the innermost."""
    if ambiguity_check is not False:
        raise NotImplementedError("dim_order: ambiguity_check is not supported")
    array = _view(self, ndarray)
    return tuple(range(array.ndim)) if array.flags.c_contiguous else dense_order(array)


@method()
def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both are the same piece of the same memory."""
    return (data_ptr(self), self.shape, stride(self)) == (data_ptr(tensor), tensor.shape, stride(tensor)) and (
        owner(self) is owner(tensor))


@method()
def set_(self: Tensor, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Tensor:
    """Raises: an ndarray cannot be moved to other memory."""
    raise NotImplementedError("set_: a NumPy array cannot be pointed at other memory; use x.data = source, which "
                              "copies, or a new tensor")


@method()
def is_shared(self: Tensor) -> bool:
    """Whether other processes see this memory: no."""
    return False


@method()
def share_memory_(self: Tensor) -> Tensor:
    """Raises: the memory of an existing array cannot be moved to where other processes see it."""
    raise NotImplementedError("share_memory_: allocate with multiprocessing.shared_memory and wrap it by from_numpy")


class UntypedStorage:
    """The bytes that a tensor and all its views share."""

    def __init__(self, array: ndarray) -> None:
        self._owner = owner(array)

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return self._owner.__array_interface__["data"][0]

    def nbytes(self) -> int:
        """How many bytes."""
        return self._owner.nbytes

    size = __len__ = nbytes

    def tolist(self) -> list[int]:
        """The bytes as numbers."""
        return list(self._owner.tobytes())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntypedStorage) and self._owner is other._owner

    def __hash__(self) -> int:
        return id(self._owner)

    device = CPU
    is_cuda = False

    def __repr__(self) -> str:
        return f"[torch.storage.UntypedStorage(device=cpu) of size {self.nbytes()}]"


@method()
def untyped_storage(self: Tensor) -> UntypedStorage:
    """The bytes that this tensor and all its views share."""
    return UntypedStorage(_view(self, ndarray))


# ------------------------------------------------------------------ the same numbers as another object

def detach(input: Tensor) -> Tensor:
    """The same memory, off the tape."""
    return input.detach()


def detach_(input: Tensor) -> Tensor:
    """Take this very tensor off the tape."""
    return input.detach_()


@method()
def as_subclass(self: Tensor, cls: type) -> Any:
    """This tensor as an object of another class of tensors: the same memory, the same history."""
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise RuntimeError(f"cls must be a type that inherits from Tensor, got {cls!r}")
    other = alias(self)
    tensor = ndarray.view(other, cls)
    tensor.__dict__.update(other.__dict__)
    return tensor


@method()
def module_load(self: Tensor, other: Tensor, assign: bool = False) -> Tensor:
    """What load_state_dict puts in the place of `other` for this parameter.  As torch.Tensor.module_load."""
    return other if assign else other.detach()


@method()
def is_distributed(self: Tensor) -> bool:
    """Whether the tensor lies on several machines: no."""
    return False


# ------------------------------------------------------------------ element by element, in Python

def _no_gradient(name: str, *tensors: Tensor) -> None:
    for tensor in tensors:
        if edge(tensor) is not None:
            raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() "
                               "instead.")


@method()
def apply_(self: Tensor, callable: Callable) -> Tensor:
    """x[i] = callable(x[i]) for every element: slow, for once."""
    return _each("apply_", self, (), callable)


@method()
def map_(self: Tensor, tensor: Tensor, callable: Callable) -> Tensor:
    """x[i] = callable(x[i], tensor[i]) for every element."""
    return _each("map_", self, (tensor,), callable)


@method()
def map2_(self: Tensor, x: Tensor, y: Tensor, callable: Callable) -> Tensor:
    """self[i] = callable(self[i], x[i], y[i]) for every element."""
    return _each("map2_", self, (x, y), callable)


def _each(name: str, self: Tensor, others: tuple, callable: Callable) -> Tensor:
    _no_gradient(name, self, *others)
    for other in others:
        if other.dtype != self.dtype:
            raise TypeError(f"{name}: expected torch.{type_name(self.dtype)}Tensor for 'other' (got "
                            f"torch.{type_name(other.dtype)}Tensor)")
    check_writable(self)
    array = _view(self, ndarray)
    columns = [np.broadcast_to(plain(t), array.shape).ravel().tolist() for t in (self, *others)]
    array[...] = np.array([callable(*row) for row in zip(*columns)]).reshape(array.shape)
    wrote(self)
    return self


# ------------------------------------------------------------------ DLPack: the same memory in another library

@method()
def __dlpack__(self: Tensor, **options: Any) -> Any:
    """A capsule with this memory."""
    if edge(self) is not None:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    return _view(self, ndarray).__dlpack__(**options)


def to_dlpack(tensor: Tensor) -> Any:
    """A capsule with the memory of a tensor; it can be taken over once.  As torch.utils.dlpack.to_dlpack."""
    return __dlpack__(tensor)


class _Capsule:
    """A bare capsule in the clothes NumPy asks for."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor over the memory of another library's array.  As torch.from_dlpack."""
    check_device(device)
    if type(ext_tensor).__name__ == "PyCapsule":
        ext_tensor = _Capsule(ext_tensor)
    elif not hasattr(ext_tensor, "__dlpack__"):
        raise RuntimeError("from_dlpack received an invalid capsule. Note that DLTensor capsules can be consumed only "
                           "once, so you might have already constructed a tensor from it once.")
    array = np.from_dlpack(ext_tensor)
    return made(np.array(array) if copy else array)
