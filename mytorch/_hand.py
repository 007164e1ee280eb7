"""Layers with a hand-written backward, as the tape sees them: one node each."""
from __future__ import annotations

from typing import Any

import numpy as np

from ._op import make_node
from ._record import FREED
from ._tape import Node, mode
from ._tensor import Tensor, edge, plain, tensor_of

__all__ = ["HandNode"]


class HandNode(Node):
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
