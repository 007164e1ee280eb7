"""Layers with a hand-written backward, as the tape sees them: one node each."""
from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from ._registry import nets, own_parameters
from .engine.op import make_node
from .engine.record import FREED
from .engine.tape import Node, mode
from .engine.tensor import Tensor, edge, plain, tensor_of

__all__ = ["call_by_hand", "check_not_lost"]


def check_not_lost(net: Any, out: Any, args: tuple) -> None:
    """Raise if the result of `net` is a plain array that should have had a place on the tape."""
    if isinstance(out, Tensor) or not isinstance(out, (np.ndarray, np.generic)):
        return
    wanted = any(isinstance(a, Tensor) and edge(a) is not None for a in args) or any(
        p.requires_grad for one in nets(net) for _, p in own_parameters(one))
    if wanted:
        name = type(net).__name__
        raise RuntimeError(f"{name}.forward returned a NumPy array, and with it the gradient would end: write "
                           f"{name}.{net._way_back} by hand too, or compute forward with Tensors")


def call_by_hand(net: Any, args: tuple, kwargs: dict) -> Any:
    """Call a layer with a hand-written backward: its forward sees the numbers only, the tape sees one node."""
    inputs = [a for a in args if isinstance(a, np.ndarray)]
    given = tuple(tensor_of(a).detach() if isinstance(a, np.ndarray) else a for a in args)
    before = dict(vars(net))
    recording, mode.grad = mode.grad, False
    try:
        out = net.forward(*given, **kwargs)
    finally:
        mode.grad = recording
    result = tensor_of(plain(out))
    if not isinstance(result, Tensor):
        raise TypeError(f"{type(net).__name__}.forward must return an array, got {type(result).__name__}")
    out = result.detach()
    first = getattr(args[0], "_node", None) if args else None
    call: tuple = (given, result, first, None)
    if recording:
        learned = [p for one in nets(net) for _, p in own_parameters(one) if p.requires_grad]
        parents = [edge(a) if isinstance(a, Tensor) else None for a in inputs] + [edge(p) for p in learned]
        if any(p is not None for p in parents):
            node = out._node = make_node(_HandNode, parents, plain(out))
            node.layer, node.kind, node.inputs, node.learned = net, type(net).__name__, len(inputs), learned
            node.attributes = {k: v for k, v in vars(net).items() if k not in before or before[k] is not v}
            node.call = call
            call = (args, result, first, weakref.ref(node))  # weak: the node holds the layer
    net._called = call if recording else None
    return out


class _HandNode(Node):
    """A layer with a hand-written backward, as one node: it calls that backward, as the layer was at its call."""
    __slots__ = ("layer", "kind", "call", "attributes", "inputs", "learned")
    kind: str

    def backward(self, g: Any, needs: Any = None) -> Any:
        if self.layer is None:
            raise RuntimeError(FREED)
        layer, kept = self.layer, [p.grad for p in self.learned]
        now, called = {k: vars(layer).get(k) for k in self.attributes}, layer._called
        vars(layer).update(self.attributes)
        layer._called = self.call
        for p in self.learned:
            p.grad = np.zeros(p.shape, p.dtype).view(Tensor)
        before, mode.grad = mode.grad, False
        try:
            found = layer.backward(tensor_of(g))
            gradients = [p.grad for p in self.learned]
        finally:
            mode.grad = before
            for p, grad in zip(self.learned, kept):
                p.grad = grad
            vars(layer).update(now)
            layer._called = called
        found = found if isinstance(found, tuple) else (found,)
        missing = self.parents[len(found):self.inputs]
        if any(p is not None for p in missing):
            raise RuntimeError(f"{self.kind}.backward returned {len(found)} gradients, expected one for each of its "
                               f"{self.inputs} inputs")
        found = (*found[:self.inputs], *(None for _ in missing), *gradients)
        arrays = [None if f is None else np.asarray(plain(f)) for f in found]
        return [self._last_word(a, g) for a in arrays] if before else arrays

    def _last_word(self, array: Any, g: Any) -> Any:
        """Under create_graph: a gradient that says so when it is to be differentiated."""
        if array is None:
            return None
        marked = tensor_of(array)
        node: Any = make_node(_Undifferentiable, [*self.parents, edge(g) if isinstance(g, Tensor) else None], array)
        marked._node = node
        node.kind = self.kind
        return marked

    def release(self) -> None:
        self.layer = None

    def name(self) -> str:
        return f"{self.kind}Backward"


class _Undifferentiable(Node):
    """Stands behind what a hand-written backward gave."""
    __slots__ = ("kind",)
    kind: str

    def backward(self, g: Any, needs: Any = None) -> Any:
        raise RuntimeError(f"trying to differentiate twice: {self.kind}.backward is written by hand, and the gradient "
                           "it gives cannot be differentiated again; compute forward with Tensors instead")
