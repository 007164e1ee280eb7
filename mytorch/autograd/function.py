"""Function: an operation whose forward and backward the user writes."""
from __future__ import annotations

import functools
import inspect
import warnings
import weakref
from typing import Any, Callable

import numpy as np

from .._types import is_inexact
from ..engine.keep import check_unchanged
from ..engine.record import FREED, make_node
from ..engine.tape import Leaf, Node, Output, clock, mode, ndarray, wrote
from ..engine.tensor import Tensor, edge, plain, tensor_of
from ..engine.write import note_view, rebase

__all__ = ["Function", "FunctionCtx", "InplaceFunction", "once_differentiable"]

_view = ndarray.view


class _Saved:
    """A tensor given to `save_for_backward`: its numbers, its place on the tape (of a result its number), the time."""
    __slots__ = ("tensor", "array", "place", "since", "unpack")

    def __init__(self, tensor: Tensor, place: Any, is_output: bool) -> None:
        self.array, self.place, self.since, self.unpack = _view(tensor, ndarray), place, clock(), None
        # of a result only the numbers are kept: it holds the node that holds this
        self.tensor = None if is_output else tensor
        if mode.saving:
            pack, self.unpack = mode.saving[-1]
            self.tensor, self.array = None, pack(tensor.detach())

    def get(self, node: Any) -> Tensor:
        """The tensor again.  node: the function's own, where the place is one of its results."""
        if self.unpack is not None:
            found = _view(plain(self.unpack(self.array)), Tensor)
        else:
            place = Output(node, self.place, (), None) if type(self.place) is int else self.place
            check_unchanged(self.array, self.since, place)
            if self.tensor is not None and edge(self.tensor) is self.place:
                return self.tensor
            found = _view(self.array, Tensor)
        found._node = node.edge_of(self.place) if type(self.place) is int else self.place
        return found


class FunctionCtx:
    """What forward notes for backward: attributes of its own, and what these methods are told."""

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self.materialize_grads = True
        self.to_save: tuple = ()
        self.saved_for_forward: tuple = ()
        self.dirty_tensors: tuple = ()
        self.non_differentiable: tuple = ()
        self._saved: list[_Saved | None] | None = []
        self._owner: Any = None

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep inputs or results (or None) for backward, which finds them in `saved_tensors`.  At most once."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for `jvp`; there is no forward mode here, so nobody asks for them."""
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Any) -> None:
        """Say which inputs forward wrote to in place; they must be returned."""
        self.dirty_tensors = args

    def mark_non_differentiable(self, *args: Any) -> None:
        """Say which results carry no gradient (results of integer type never do)."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward is given zeros (True, the default) or None for results that nobody used."""
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple:
        """What `save_for_backward` was given.  Raises RuntimeError once the graph was freed, or a tensor changed."""
        if self._saved is None:
            raise RuntimeError(FREED)
        node = self._owner() if self._owner is not None else None
        return tuple(None if s is None else s.get(node) for s in self._saved)

    @property
    def saved_variables(self) -> tuple:
        """The old name of `saved_tensors`."""
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors


class FunctionNode(Node):
    """A Function that ran.  Attributes that a node has not are those of its context."""
    ctx: FunctionCtx
    forms: list            # (shape, dtype) of the tensors among the results, else None
    places: list[int]      # which arguments were tensors
    count: int             # how many arguments there were
    function: Any = None

    def backward(self, g: Any, needs: Any = None) -> Any:
        parts = list(g) if self.outputs > 1 else [g]
        if self.ctx.materialize_grads:
            parts = [np.zeros(*form) if part is None and form is not None else part
                     for part, form in zip(parts, self.forms)]
        found = _backward_of(self.function)(self.ctx, *map(tensor_of, parts))
        found = list(found) if isinstance(found, (tuple, list)) else [found]
        if len(found) > self.count and all(extra is None for extra in found[self.count:]):
            del found[self.count:]
        if len(found) != self.count:
            raise RuntimeError(f"function {self.name()} returned an incorrect number of gradients (expected "
                               f"{self.count}, got {len(found)})")
        for i, value in enumerate(found):
            if not (value is None or isinstance(value, (ndarray, np.generic))):
                raise RuntimeError(f"expected Variable or None (got {type(value).__name__})")
            if value is not None and i not in self.places:
                raise RuntimeError(f"function {self.name()} returned a gradient different than None at position "
                                   f"{i + 1}, but the corresponding forward input was not a Variable")
        return [found[i] if mode.grad else plain(found[i]) for i in self.places]

    def release(self) -> None:
        self.ctx._saved = None
        self.ctx.to_save = ()

    def edge_of(self, nr: int) -> Any:
        """The edge to one of the results."""
        return self if self.outputs == 1 else Output(self, nr, *self.forms[nr])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "ctx":
            raise AttributeError(name)
        return getattr(self.ctx, name)

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{self.name()} object at {hex(id(self))}>"


def _backward_of(function: Any) -> Callable:
    """The function's backward, which may also be called vjp."""
    for name in ("backward", "vjp"):
        found = getattr(function, name)
        if found is not getattr(Function, name):
            return found
    raise NotImplementedError("You must implement either the backward or vjp method for your custom autograd.Function "
                              "to use it with backward mode AD.")


class Function(FunctionCtx):
    """An operation with a gradient of its own: subclass it, write two static methods, call `apply`.

        class Exp(Function):
            @staticmethod
            def forward(ctx, x):                         # or forward(x) and setup_context(ctx, inputs, output)
                y = x.exp()
                ctx.save_for_backward(y)
                return y

            @staticmethod
            def backward(ctx, g):                        # one gradient for each input of forward; None: it has none
                y, = ctx.saved_tensors
                return g * y

        y = Exp.apply(x)

    forward runs unrecorded.  backward is recorded under create_graph, so that what it computes with tensors can be
    differentiated again.  As torch.autograd.Function; `jvp` (forward mode) and `vmap` are never called here.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch.", DeprecationWarning, stacklevel=2)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)")

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The result(s): a tensor, or a tuple of tensors and other things."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Any) -> Any:
        """Note what backward needs, where forward has no ctx."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the inputs for those of the results."""
        raise NotImplementedError("You must implement either the backward or vjp method for your custom "
                                  "autograd.Function to use it with backward mode AD.")

    @staticmethod
    def vjp(ctx: Any, *grad_outputs: Any) -> Any:
        """Another name of backward."""
        raise NotImplementedError("You must implement either the backward or vjp method for your custom "
                                  "autograd.Function to use it with backward mode AD.")

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Forward mode, which Mytorch has not."""
        raise NotImplementedError("You must implement the jvp function for custom autograd.Function to use it with "
                                  "forward mode AD.")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward on these arguments, and note it on the tape if a tensor among them requires grad."""
        new_style = cls.setup_context is not Function.setup_context
        if new_style:
            bound = inspect.signature(cls.forward).bind(*args, **kwargs)
            bound.apply_defaults()
            args = bound.args
        elif kwargs:
            args = _in_order(cls.forward, args, kwargs)
        needs = tuple(isinstance(a, Tensor) and edge(a) is not None for a in args)
        ctx, before = FunctionCtx(needs), mode.grad
        mode.grad = False
        try:
            if new_style:
                results = cls.forward(*args)
                cls.setup_context(ctx, args, results)
            else:
                results = cls.forward(ctx, *args)
        finally:
            mode.grad = before
        return _wrapped(cls, ctx, args, results, any(needs) and mode.grad)


def _in_order(forward: Callable, args: tuple, kwargs: dict) -> tuple:
    """The arguments by position: backward counts its gradients so, and defaults that were not given do not count."""
    parameters = list(inspect.signature(forward).parameters.values())[1:]     # the first is ctx
    names = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    for name in kwargs:
        if name not in names:
            raise TypeError(f"forward() got an unexpected keyword argument '{name}'")
        if name in names[:len(args)]:
            raise TypeError(f"forward() got multiple values for argument '{name}'")
    for name in names[len(args):len(args) + len(kwargs)]:
        if name not in kwargs:
            raise TypeError(f"forward() missing required argument: '{name}' (position {len(args)})")
        args += (kwargs[name],)
    return args


class InplaceFunction(Function):
    """A Function that knows whether it is to work in place.  As torch.autograd.function.InplaceFunction."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


# ------------------------------------------------------------------ what forward gave, put on the tape

def _wrapped(cls: Any, ctx: FunctionCtx, args: tuple, results: Any, recorded: bool) -> Any:
    """The results as the caller gets them, with a node if `recorded`."""
    several = isinstance(results, tuple)
    parts = [tensor_of(r) if isinstance(r, (ndarray, np.generic)) else r for r in (results if several else (results,))]
    tensors = [r for r in parts if isinstance(r, Tensor)]
    _check_dirty(ctx, args, tensors, recorded)
    _check_saved(ctx.to_save)
    node = _node(cls, ctx, args, parts) if recorded and tensors else None
    outs = [_out(part, node, nr, ctx, args) if isinstance(part, Tensor) else part for nr, part in enumerate(parts)]
    if node is not None:
        # by identity of what forward returned: an input that comes back is still an input
        ctx._saved = [None if t is None else _save(t, parts, outs, args) for t in ctx.to_save]
    # the node holds ctx: results kept in it would be a cycle
    ctx.to_save = ctx.dirty_tensors = ctx.non_differentiable = ()
    return tuple(outs) if several else outs[0]


def _save(tensor: Tensor, parts: list, outs: list, args: tuple) -> _Saved:
    places = [nr for nr, part in enumerate(parts) if part is tensor and outs[nr] is tensor and edge(tensor) is not None]
    return _Saved(tensor, places[-1] if places else edge(tensor), bool(places))


def _check_dirty(ctx: FunctionCtx, args: tuple, tensors: list, recorded: bool) -> None:
    for dirty in ctx.dirty_tensors:
        if not any(dirty is t for t in tensors):
            raise RuntimeError("Some elements marked as dirty during the forward method were not returned as output. "
                               "The inputs that are modified inplace must all be outputs of the Function.")
        if not any(dirty is a for a in args):
            warnings.warn("ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been "
                          "mutated should be passed to ctx.mark_dirty().", stacklevel=4)
        elif recorded and type(edge(dirty)) is Leaf:
            raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")


def _check_saved(tensors: tuple) -> None:
    for i, value in enumerate(tensors):
        if value is not None and not isinstance(value, Tensor):
            raise TypeError(f"save_for_backward can only save variables, but argument {i} is of type "
                            f"{type(value).__name__}")


def _node(cls: Any, ctx: FunctionCtx, args: tuple, parts: list) -> FunctionNode:
    """The node of this call."""
    kind = cls.__dict__.get("_node_class")
    if kind is None:
        kind = cls._node_class = type(cls.__name__ + "Backward", (FunctionNode,), {"function": cls})
    places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
    first = next(part for part in parts if isinstance(part, Tensor))
    node = make_node(kind, [edge(args[i]) for i in places], first)
    node.ctx, node.places, node.count, node.outputs = ctx, places, len(args), len(parts)
    node.forms = [(tuple(p.shape), p.dtype) if isinstance(p, Tensor) else None for p in parts]
    ctx._owner = weakref.ref(node)
    return node


def _root(tensor: Tensor) -> Tensor:
    """The tensor itself, or the one it is a view of."""
    return tensor if tensor._base is None else tensor._base


def _out(part: Tensor, node: FunctionNode | None, nr: int, ctx: FunctionCtx, args: tuple) -> Tensor:
    """One result: with its place on the tape, and never the very object that went in, unless that was written to."""
    differentiable = (node is not None and is_inexact(part.dtype)
                      and not any(part is t for t in ctx.non_differentiable))
    if any(part is t for t in ctx.dirty_tensors) and any(part is a for a in args):
        wrote(part)
        if differentiable:
            rebase(part, node.edge_of(nr))  # type: ignore[union-attr]
        return part
    if any(part is a for a in args):
        source, part = part, _view(_view(part, ndarray), Tensor)
        note_view(part, source, "custom")
    elif part._base is not None and any(isinstance(a, Tensor) and _root(a) is part._base for a in args):
        part._how = "custom"
    part._node = node.edge_of(nr) if differentiable else None  # type: ignore[union-attr]
    return part


# ------------------------------------------------------------------ backward that cannot be differentiated

class _Once(Node):
    """Stands where a gradient was computed that must not be differentiated."""
    __slots__ = ()

    def backward(self, g: Any, needs: Any = None) -> Any:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")

    def name(self) -> str:
        return "torch::autograd::Error"


def once_differentiable(fn: Callable) -> Callable:
    """Decorates a `backward` that computes with more than tensors: differentiating its result raises.

    As torch.autograd.function.once_differentiable.
    """
    @functools.wraps(fn)
    def run(ctx: Any, *gradients: Any) -> Any:
        before, mode.grad = mode.grad, False
        try:
            found = fn(ctx, *gradients)
        finally:
            mode.grad = before
        parents = [edge(g) for g in gradients if isinstance(g, Tensor)]
        if not before or all(p is None for p in parents):
            return found
        several = isinstance(found, tuple)
        marked = []
        for value in found if several else (found,):
            if value is not None:
                value = tensor_of(value).detach()
                value._node = make_node(_Once, parents, value)
            marked.append(value)
        return tuple(marked) if several else marked[0]
    return run
