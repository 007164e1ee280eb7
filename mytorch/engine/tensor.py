"""Tensor: an ndarray that knows how it came to be.

The numbers are the ndarray itself.  What a Tensor adds is one attribute that matters, `_node`, its edge into the tape:
None (no gradient wanted), a `Leaf` (the user wants one here) or the node that made it.  `requires_grad`, `grad_fn` and
`is_leaf` are read off it.  Operations are not here: `op.op` declares them and hangs them on this class, as `face`
does with sizes, Python numbers, copies and NumPy's two doors.
"""
from __future__ import annotations

import warnings
from typing import Any, Callable

import numpy as np

from .._types import Size, check_device, default_dtype, is_inexact
from . import tape
from .hooks import faces
from .keep import ALONE, ITS_BASE, check_gradient, getrefcount
from .tape import Leaf, Node, Output, inference, ndarray, recording

__all__ = ["Tensor", "edge", "plain", "tensor_of", "unseen", "wants_gradient"]

# What higher bands do for the Tensor, one function each: they set it when they are imported.
#: Draws Tensor((3, 4)), the tutorial's random matrix.
draw_normal: list[Callable] = []
#: Reads Tensor([1, 2]) and Tensor(array), in a type that is told or in their own.
array_from: list[Callable] = []

_view = ndarray.view
_shape = ndarray.shape.__get__  # type: ignore[attr-defined]


class Tensor(ndarray):
    """A multi-dimensional array of one type, differentiable.

        Tensor(array)          a copy, dtype kept                 Tensor([1, 2])  a list: the default float type
        Tensor((3, 4))         a tuple: a standard-normal matrix  Tensor(3, 4)    numbers: an uninitialised matrix

    What is constructed this way carries a `.grad` buffer of zeros; results of operations and of factory functions
    (`tensor`, `zeros`, ...) have `grad = None` until a backward gives them one, as in torch.
    """
    _node: Any = None             # the edge into the tape
    _grad: Any = None             # what `.grad` says; a plain array until somebody looks
    _base: Any = None             # the tensor this one is a view of
    _how: Any = None              # why that view is not to be written to: "several" (of them came out at once),
    #                               "custom" (of a Function), "no_grad", "inference", "leaf"
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
        elif type(value) is tuple and all([isinstance(n, (int, np.integer)) for n in value]):
            array = draw_normal[0](value)
        elif isinstance(value, (float, complex, str)):
            raise TypeError(f"new(): data must be a sequence (got {type(value).__name__})")
        else:
            array = array_from[0](value, None if isinstance(value, ndarray) else default_dtype())
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
            if self._inference and inference() is None:
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
        return None if node is None or type(node) is Leaf else tape.target(node)[0].shown()

    is_leaf = property(lambda self: edge(self) is None or type(self._node) is Leaf)

    @property
    def output_nr(self) -> int:
        """Which of the results of `grad_fn` it is."""
        return self._node.nr if type(self._node) is Output else 0

    @property
    def _version(self) -> int:
        """How often its memory was written to."""
        if self._inference:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if unseen(self) else tape.version(self)

    @property
    def grad(self) -> Any:
        """The gradient of what `backward` was called on, with respect to this tensor; None before that."""
        found, node = self._grad, self._node
        if found is None and node is not None and type(node) is not Leaf and not self.retains_grad:  # type: ignore
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute "
                "won't be populated during autograd.backward(). If you indeed want the .grad field to be populated for "
                "a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by "
                "mistake, make sure you access the leaf Tensor instead.", stacklevel=2)
        if type(found) is ndarray:
            found = self._grad = _view(found, Tensor)
        return found

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is None:
            self._grad = None
            return
        check_gradient(self, value)
        self._grad = tensor_of(value)

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def _accumulate(self, g: Any) -> None:
        """Add to `.grad`: in place where nothing is recorded, as torch does."""
        if self._node is None:  # no longer wanted
            return
        have = self._grad
        if have is None:
            if type(g) is ndarray:
                base = g.base
                mine = getrefcount(g) <= ALONE and (base is None or type(base) is ndarray and base.base is None and (
                    getrefcount(base) <= ITS_BASE)) and g.flags.carray  # contiguous, and may be written to
                self._grad = g if mine else np.array(g, order="C")
            else:
                self._grad = g if isinstance(g, Tensor) and g._node is not None else tensor_of(np.array(g, order="C"))
        elif recording():
            self._grad = have + g
        else:
            raw = _view(have, ndarray)
            raw += g
            tape.wrote(raw)
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
    def zero_grad_(self) -> None:
        """Reading it sets the gradient to zeros (the tutorial's spelling)."""
        self._grad = np.zeros(_shape(self), self.dtype).view(Tensor)


def edge(tensor: Tensor) -> Any:
    """The tensor's edge into the tape.  A view whose base was written to gets a new one first."""
    base = tensor._base
    if base is not None:
        made, node = base._node, tensor._node
        if made is not None and (tensor._when if node is None else node.number) < made.number and (
                type(made) is not Leaf):
            refresh[0](tensor, base)
    return tensor._node


#: One function: it gives a view its place in the history that its base has now; `write` sets it.
refresh: list[Callable] = []


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
        return any([wants_gradient(v) if type(v) is not Tensor or v._base is not None else v._node is not None
                    for v in value])
    return isinstance(value, dict) and any(map(wants_gradient, value.values()))


faces[:] = [tensor_of, plain]
