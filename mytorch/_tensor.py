"""Tensor: an ndarray that knows how it came to be.

The numbers are the ndarray itself.  What a Tensor adds is one attribute that matters, `_node`, its edge into the tape:
None (no gradient wanted), a `Leaf` (the user wants one here) or the node that made it.  `requires_grad`, `grad_fn` and
`is_leaf` are read off it.  Operations are not here: `_op.op` declares them and hangs them on this class.
"""
from __future__ import annotations

from typing import Any, Callable, Iterator

import numpy as np

from . import _tape
from ._printing import tensor_text
from ._tape import Leaf, Node, Output, alone, mode, ndarray
from ._types import CPU, CallableInt, Size, as_dtype, check_device, default_dtype, is_inexact, strided, type_name

__all__ = ["FUNCTIONS", "UFUNCS", "Tensor", "edge", "plain", "tensor_of"]

#: (NumPy ufunc, method) -> what runs for it on Tensors; NumPy function -> likewise.  `_op` fills them.
UFUNCS: dict[tuple[Any, str], Callable] = {}
FUNCTIONS: dict[Any, Callable] = {}
#: What draws Tensor((3, 4)), the tutorial's random matrix; a higher band sets it.
draw_normal: list[Callable] = []

_view = ndarray.view
_shape = ndarray.shape.__get__  # type: ignore[attr-defined]


class _SizeOf:
    """NumPy's element count when read, torch's shape when called: `x.size`, `x.size()`, `x.size(0)`."""

    def __get__(self, tensor: Any, owner: Any = None) -> Any:
        return self if tensor is None else CallableInt(_size(tensor), _shape(tensor))

    def __set__(self, tensor: Any, value: Any) -> None:
        raise AttributeError("attribute 'size' of a Tensor is not writable")

    def __call__(self, tensor: Any, dim: int | None = None) -> Any:
        return tensor.size(dim)


class Tensor(ndarray):
    """A multi-dimensional array of one type, differentiable.

        Tensor(array)          a copy, dtype kept                 Tensor([1, 2])  a list: the default float type
        Tensor((3, 4))         a tuple: a standard-normal matrix  Tensor(3, 4)    numbers: an uninitialised matrix

    What is constructed this way carries a `.grad` buffer of zeros; results of operations and of factory functions
    (`tensor`, `zeros`, ...) have `grad = None` until a backward gives them one, as in torch.
    """
    _node: Any = None             # the edge into the tape
    _grad: Any = None             # what `.grad` says
    _base: Any = None             # the tensor this one is a view of
    _how: Any = None              # how that view came about, when it is not to be written to: "no_grad", "several" ...
    _when = 0                     # of a view without an edge: the number of its base's edge when it was taken
    _keeper: Any = None           # the number of its `retain_grad`
    _after: Any = None            # of a leaf: hooks to call when `.grad` was updated
    _unseen = False               # `.data`: writes to it are not noted
    _inference = False            # made in inference mode
    __array_priority__ = 1000

    def __new__(cls, *data: Any, requires_grad: bool = False, device: Any = None) -> Tensor:
        check_device(device)
        value = data[0] if data else []
        if len(data) > 1 or isinstance(value, (int, np.integer)):
            array = np.empty(tuple(int(n) for n in data), default_dtype())
        elif isinstance(value, Size):
            array = np.empty(value, default_dtype())
        elif type(value) is tuple:
            array = draw_normal[0](value)
        elif isinstance(value, ndarray):
            array = np.array(_view(value, ndarray))
        elif isinstance(value, (float, complex, str)):
            raise TypeError(f"new(): data must be a sequence (got {type(value).__name__})")
        else:
            array = np.array(value, default_dtype())
        self = array.view(cls)
        self._grad = np.zeros(array.shape, array.dtype).view(Tensor)
        return self.requires_grad_() if requires_grad else self

    # ---------------------------------------------------------------- autograd

    @property
    def requires_grad(self) -> bool:
        """Whether backward gives, or passes, this tensor a gradient."""
        if self._how is not None and self._base is not None:
            return self._base.requires_grad or self._node is not None  # as torch: also of a view made in no_grad
        return edge(self) is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if value and not is_inexact(self.dtype):
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient here (of a leaf; False: no longer)."""
        if not isinstance(requires_grad, bool):
            raise TypeError("requires_grad_(): argument 'requires_grad' (position 1) must be bool, not "
                            f"{type(requires_grad).__name__}")
        node = edge(self)
        if not requires_grad:
            if node is not None and type(node) is not Leaf:
                raise RuntimeError("you can only change requires_grad flags of leaf variables. If you want to use a "
                                   "computed variable in a subgraph that doesn't require differentiation use "
                                   "var_no_grad = var.detach().")
            self._node = None
        elif node is None:
            if not is_inexact(self.dtype):
                raise RuntimeError("only Tensors of floating point dtype can require gradients")
            if self._inference and not mode.inference:
                raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not "
                                   "allowed.")
            self._node = Leaf(self, _shape(self))
            if self._base is not None:  # was a view: it and its own views answer to no other history now
                self._base, self._how = None, "leaf"
        return self

    @property
    def grad_fn(self) -> Node | None:
        """The node that made this tensor."""
        node = edge(self)
        return None if type(node) is Leaf else node.node if type(node) is Output else node

    is_leaf = property(lambda self: self.grad_fn is None)

    @property
    def output_nr(self) -> int:
        return self._node.nr if type(self._node) is Output else 0

    @property
    def _version(self) -> int:
        if self._inference:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if unseen(self) else _tape.version(self)

    @property
    def grad(self) -> Any:
        """The gradient of what `backward` was called on, with respect to this tensor; None before that."""
        found, node = self._grad, self._node
        if found is None and node is not None and type(node) is not Leaf and not self.retains_grad:  # type: ignore
            import warnings
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute "
                "won't be populated during autograd.backward(). If you indeed want the .grad field to be populated for "
                "a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by "
                "mistake, make sure you access the leaf Tensor instead.", stacklevel=2)
        return found

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is None:
            self._grad = None
            return
        if not isinstance(value, ndarray):
            raise TypeError("assigned grad expected to be a Tensor or None but got grad of type "
                            f"{type(value).__name__}")
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if _shape(value) != _shape(self):
            raise RuntimeError(f"attempting to assign a gradient of size '{list(_shape(value))}' to a tensor of size "
                               f"'{list(_shape(self))}'. Please ensure that the gradient and the tensor are the same "
                               "size")
        if value.dtype != self.dtype:
            raise RuntimeError(f"attempting to assign a gradient with dtype '{type_name(value.dtype).lower()}' to a "
                               f"tensor with grad_dtype '{type_name(self.dtype)}'. The gradient must match the "
                               "tensor's grad_dtype (defaults to the tensor's dtype).")
        self._grad = tensor_of(value)

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def _accumulate(self, g: Any) -> None:
        """Add to `.grad`: in place where nothing is recorded, as torch does."""
        have = self._grad
        if have is None:
            if type(g) is ndarray:
                self._grad = _view(g if alone(g) else np.array(g, order="C"), Tensor)
            else:
                self._grad = g if isinstance(g, Tensor) and g._node is not None else tensor_of(np.array(g, order="C"))
        elif mode.grad:
            self._grad = have + g
        else:
            raw = _view(have, ndarray)
            raw += g
            _tape.wrote(raw)
        if self._after:
            for hook in list(self._after.values()):
                hook(self)

    def detach(self) -> Tensor:
        """The same memory, off the tape."""
        out = _view(self, ndarray).view(Tensor)
        if self._inference:
            out._inference = True
        elif unseen(self):
            out._unseen = True
        return out

    def detach_(self) -> Tensor:
        """Take this very tensor off the tape."""
        if self._base is not None:
            raise RuntimeError(
                "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
                "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
                "detach_() cannot be called on these gradients. To fix this error, please refer to the "
                "Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution.")
        self._node = None
        return self

    @property
    def data(self) -> Tensor:  # type: ignore[override]
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

    @property
    def zero_grad_(self) -> None:
        """Reading it sets the gradient to zeros (the tutorial's spelling)."""
        self._grad = np.zeros(_shape(self), self.dtype).view(Tensor)

    # ---------------------------------------------------------------- what it is

    @property
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
    names = property(lambda self: (None,) * self.ndim)

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

    __hash__ = object.__hash__  # by identity: sets and dicts of tensors work

    def item(self, *index: Any) -> Any:  # type: ignore[override]
        """The one element, as a Python number."""
        if not index and _size(self) != 1:
            raise RuntimeError(f"a Tensor with {int(_size(self))} elements cannot be converted to Scalar")
        found = ndarray.item(self, *index)
        return found if self.dtype.kind != "V" else float(found)

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

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

    def __deepcopy__(self, memo: dict) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                               "protocol at the moment.  If you were attempting to deepcopy a module, this may be "
                               "because of a torch.nn.utils.weight_norm usage, see "
                               "https://github.com/pytorch/pytorch/pull/103001")
        if id(self) in memo:
            return memo[id(self)]
        copy = memo[id(self)] = np.array(_view(self, ndarray)).view(type(self))
        if self._node is not None:
            copy.requires_grad_()
        state = {k: v for k, v in self.__dict__.items() if k not in _NOT_COPIED}
        for key, value in state.items():
            copy.__dict__[key] = value.__deepcopy__(memo) if isinstance(value, Tensor) else _deepcopy(value, memo)
        return copy

    def __copy__(self) -> Tensor:
        copy = _view(self, ndarray).view(type(self))
        copy.__dict__.update(self.__dict__)
        if type(self._node) is Leaf:
            copy._node = Leaf(copy, _shape(copy))
        return copy

    # ---------------------------------------------------------------- NumPy's two doors

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        found = UFUNCS.get((ufunc, method))
        if found is not None:
            return found(*inputs, **kwargs)
        _refuse_gradient(f"np.{ufunc.__name__}" + f".{method}" * (method != "__call__"), (inputs, kwargs))
        out = kwargs.get("out")
        result = getattr(ufunc, method)(*map(plain, inputs), **{k: plain(v) for k, v in kwargs.items()})
        for tensor in out or ():
            if isinstance(tensor, Tensor):
                _tape.wrote(tensor)
        if out is not None:
            return out[0] if len(out) == 1 else out
        if method == "at":
            _tape.wrote(inputs[0])
            return None
        return tensor_of(result)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        found = FUNCTIONS.get(function)
        if found is not None:
            return found(*args, **kwargs)
        _refuse_gradient(f"np.{function.__name__}", (args, kwargs))
        return tensor_of(function(*plain(args), **plain(kwargs)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> ndarray:
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


_size = ndarray.size.__get__  # type: ignore[attr-defined]


def edge(tensor: Tensor) -> Any:
    """The tensor's edge into the tape.  A view whose base was written to gets a new one first."""
    base = tensor._base
    if base is not None:
        made, node = base._node, tensor._node
        if made is not None and (tensor._when if node is None else node.number) < made.number and (
                type(made) is not Leaf):
            refresh[0](tensor, base)
    return tensor._node


#: Gives a view its place in the history that its base has now; `_write` sets it.
refresh: list[Callable] = []
_NOT_COPIED = ("_node", "_base", "_how", "_when", "_keeper", "_after", "_unseen", "_former_memory")


def unseen(tensor: Tensor) -> bool:
    """Whether writes to `tensor` are not noted: it is a `.data`, or a view of one."""
    base = tensor._base
    return tensor._unseen if base is None else base._unseen


def plain(value: Any) -> Any:
    """Plain arrays for Tensors, also inside lists, tuples and dicts."""
    if isinstance(value, Tensor):
        return _view(value, ndarray)
    if type(value) in (list, tuple):
        return type(value)(map(plain, value))
    if type(value) is dict:
        return {k: plain(v) for k, v in value.items()}
    return value


def tensor_of(value: Any) -> Any:
    """Tensors for arrays and NumPy scalars, also inside lists and tuples; anything else as it is."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (ndarray, np.generic)):
        array = np.asarray(value)
        return array.view(Tensor) if array.dtype.kind in "biufcV" and array.dtype.names is None else value
    if isinstance(value, tuple):
        return type(value)(*map(tensor_of, value)) if hasattr(value, "_fields") else tuple(map(tensor_of, value))
    return [tensor_of(v) for v in value] if type(value) is list else value


def wants_gradient(value: Any) -> bool:
    """Whether a tensor that requires grad is in there."""
    if isinstance(value, Tensor):
        return edge(value) is not None
    if isinstance(value, (list, tuple)):
        return any(map(wants_gradient, value))
    return isinstance(value, dict) and any(map(wants_gradient, value.values()))


def replace_memory(tensor: Tensor, array: ndarray) -> None:
    """Make `tensor`, the very object, hold `array`: in its own memory where that fits, else in new memory."""
    if _shape(tensor) == array.shape and tensor.dtype == array.dtype:
        np.copyto(_view(tensor, ndarray), array)
        return
    kept = tensor.__dict__.setdefault("_former_memory", [])
    kept.append(_tape.owner(tensor))  # views made of it stay valid
    if tensor.base is None:
        raise RuntimeError("the memory of this tensor cannot be replaced: it was not made by Mytorch; use .clone()")
    order = array.flags.f_contiguous and not array.flags.c_contiguous
    ndarray.__setstate__(tensor, (1, array.shape, array.dtype, order, array.tobytes("F" if order else "C")))
    if type(tensor._node) is Leaf:
        tensor._node = Leaf(tensor, array.shape)


def _refuse_gradient(name: str, arguments: Any) -> None:
    """A function without a rule must not lose a gradient in silence."""
    if mode.grad and wants_gradient(arguments):
        raise TypeError(f"{name} has no gradient rule in Mytorch, and an input requires grad. "
                        f"Call it on x.detach(), or compute it from functions that have one.")


def _rebuild(cls: type, array: ndarray, requires_grad: bool, state: dict) -> Tensor:
    tensor = array.view(cls)
    tensor.__dict__.update(state)
    if requires_grad:
        tensor._node = Leaf(tensor, array.shape)
    return tensor


def _deepcopy(value: Any, memo: dict) -> Any:
    import copy
    return copy.deepcopy(value, memo)


def new_tensor(array: ndarray, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A Tensor over `array` itself (no copy), in `dtype`."""
    if dtype is not None:
        array = array.astype(as_dtype(dtype), copy=False)
    tensor = np.asarray(array).view(Tensor)
    if mode.inference:
        tensor._inference = True
    return tensor.requires_grad_() if requires_grad else tensor


_tape.faces[:] = [tensor_of, plain]
