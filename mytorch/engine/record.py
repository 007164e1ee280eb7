"""What an op that ran leaves on the tape: its node, and in it what its rules need, no more."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from . import versions
from .hooks import note_stack
from .keep import check_unchanged
from .plan import Plan
from .tape import Node, Output, clock, mode, ndarray, recording, watch
from .tensor import Tensor, plain, tensor_of

__all__ = ["OpNode", "SeveralNode", "at", "make_node", "noticed"]

_view = ndarray.view

FREED = ("Trying to backward through the graph a second time (or directly access saved tensors after they have already "
         "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
         "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
         "saved tensors after calling backward.")


class _Packed:
    """What a pack hook made of a saved array."""
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


_ARRAYS = (ndarray, list, _Packed)


class OpNode(Node):
    """An op that ran: what its rules need, and how they are called.

    It takes on the class that torch names it by once somebody looks: nodes of one class go faster through the tape.
    """
    __slots__ = ("args", "y", "plan")
    args: Any
    y: Any
    plan: Plan

    op = property(lambda self: self.plan.op)

    def shown(self) -> Node:
        if type(self) is OpNode:
            self.__class__ = self.plan.kind
        return self

    def backward(self, g: Any, needs: Any = None) -> Any:
        args, y = self.args, self.y
        if args is None:
            raise RuntimeError(FREED)
        if versions.last_write > self.number:
            self.check()
        if self.extra is not None and "unpack" in self.extra:
            args, y = self.unpacked()
        plan, joint = self.plan, self.plan.joint
        if recording():  # decided by then
            args, y = self.recorded(args, y)
            if plan.rules:
                joint = None
        if joint is not None:
            return joint(g, y, (plan.needs or [p is not None for p in self.parents]) if needs is None else needs, *args)
        if plan.rule is not None:
            return (plan.rule(g, y, *args),)
        gradients, known = [None] * len(self.parents), (g, y, *args)
        for i, rule in plan.rules:
            if needs is None or needs[i]:
                gradients[i] = rule(*known)
        return gradients

    def recorded(self, args: list, y: Any) -> tuple[list, Any]:
        """The saved arrays as the Tensors they were: rules that see them record themselves."""
        args = list(args)
        if self.op.sequence:
            args[0] = [at(a, p) for a, p in zip(args[0], self.parents)]
        else:
            args = [at(a, p) for a, p in zip(args, self.parents)] + args[len(self.parents):]
        return args, self.result_tensor(y)

    def result_tensor(self, y: Any) -> Any:
        return at(y, self)

    def check(self) -> None:
        """Raise if something saved was written to since."""
        for i in self.plan.keep:
            several = type(self.args[i]) is list
            for place, array in enumerate(self.args[i]) if several else ((i, self.args[i]),):
                if isinstance(array, ndarray):
                    check_unchanged(array, self.number, self.parents[place] if place < len(self.parents) else None)
        for nr, y in enumerate(self.y) if isinstance(self.y, tuple) else ((0, self.y),):
            if isinstance(y, ndarray):
                check_unchanged(y, self.number, self if self.outputs == 1 else Output(self, nr, y.shape, y.dtype))

    def release(self) -> None:
        """Forget what was saved; a node that saved nothing can be called again, as in torch."""
        if self.y is not None:
            self.args = self.y = None
            return
        for i in self.plan.keep:
            kept = self.args[i]
            # an operand that is a number counts as saved, as in torch; dims and flags do not
            if type(kept) in _ARRAYS or self.op.promote is not None and isinstance(kept, (int, float, complex)):
                self.args = None
                return

    def pack(self, pack: Callable, unpack: Callable) -> None:
        """Hand what is saved to a `saved_tensors_hooks` pair."""
        def packed(value: Any) -> Any:
            if isinstance(value, ndarray):
                return _Packed(pack(tensor_of(value)))
            return type(value)(map(packed, value)) if type(value) in (list, tuple) else value
        for i in self.plan.keep:
            self.args[i] = packed(self.args[i])
        self.y = packed(self.y)
        self.note("unpack", unpack)

    def unpacked(self) -> tuple[list, Any]:
        """What was saved, as `unpack` gives it back."""
        unpack = self.extra["unpack"]  # type: ignore[index]

        def given(value: Any) -> Any:
            if type(value) is _Packed:
                return plain(unpack(value.value))
            return type(value)(map(given, value)) if type(value) in (list, tuple) else value
        return [given(a) for a in self.args], given(self.y)

    @property
    def saved_tensors(self) -> tuple:
        """What was saved, as Tensors."""
        if self.args is None:
            raise RuntimeError(FREED)
        return tuple(tensor_of(a) for a in (*self.args, self.y) if isinstance(a, ndarray))


class SeveralNode(OpNode):
    """An op with several results; `forms` are the shapes and dtypes of those that carry a gradient, else None."""
    __slots__ = ("outputs", "forms")
    forms: list

    def backward(self, g: Any, needs: Any = None) -> Any:
        if self.outputs == 1:
            return OpNode.backward(self, g, needs)
        carrying = [i for i, form in enumerate(self.forms) if form is not None]
        if len(carrying) == 1:  # values and indices: the rule is about the values
            return OpNode.backward(self, g[carrying[0]], needs)
        filled = [np.zeros(*form) if part is None and form is not None else part for part, form in zip(g, self.forms)]
        return OpNode.backward(self, filled, needs)

    def result_tensor(self, y: Any) -> Any:
        if y is None:
            return None
        return tuple(at(part, self.edge_of(i)) if form else part for i, (part, form) in enumerate(zip(y, self.forms)))

    def edge_of(self, nr: int) -> Any:
        """The edge to one of the results."""
        return self if self.outputs == 1 else Output(self, nr, *self.forms[nr])


def at(array: Any, place: Any) -> Any:
    """The array as a Tensor at an edge of the tape; what is no array, or at no edge, as it is."""
    if place is None or not isinstance(array, ndarray):
        return array
    tensor = _view(array, Tensor)
    tensor._node = place
    return tensor


def make_node(kind: Any, parents: list, result: ndarray) -> Any:
    """A node of class `kind` for `result`."""
    node = kind.__new__(kind)
    node.number, node.parents, node.extra = clock(), parents, None
    node.shape, node.dtype = result.shape, result.dtype
    if watch.anomaly:
        note_stack(node)
    return node


def noticed(node: OpNode) -> None:
    """What `watch` wants of a new node whose arrays are in place."""
    if watch.anomaly:
        note_stack(node)
    if mode.saving:
        node.pack(*mode.saving[-1])
