"""What is called when a gradient is known: hooks of tensors, and the gradients that non-leaves keep."""
from __future__ import annotations

import weakref
from typing import Any, Callable

import numpy as np

from ..engine.hooks import RemovableHandle
from ..engine.op import method
from ..engine.tape import Leaf, mode, target
from ..engine.tensor import Tensor, edge, tensor_of

__all__ = ["RemovableHandle"]


@method()
def register_hook(self: Tensor, hook: Callable) -> RemovableHandle:
    """hook(gradient) -> None or another gradient, whenever the gradient of this tensor is known.

    Hooks run in the order they came; what one returns is what the next is given, and what flows on.  A hook registered
    before an in-place write sees the gradient of the value before it.  As torch.Tensor.register_hook.

    Raises RuntimeError unless the tensor requires grad; at backward, when the answer has another size or type.
    """
    place = edge(self)
    if place is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    node, nr = target(place)
    return RemovableHandle(node.note("hooks", {}), (nr, hook))


@method()
def register_post_accumulate_grad_hook(self: Tensor, hook: Callable) -> RemovableHandle:
    """hook(tensor), after `.grad` of this leaf was updated.  As torch.Tensor.register_post_accumulate_grad_hook."""
    place = edge(self)
    if place is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if type(place) is not Leaf:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    if self._after is None:
        self._after = {}
    return RemovableHandle(self._after, hook)


@method()
def retain_grad(self: Tensor) -> None:
    """Keep `.grad` on this tensor too, though it is not a leaf.  As torch.Tensor.retain_grad."""
    place = edge(self)
    if place is None:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if type(place) is not Leaf and not self.retains_grad:  # type: ignore[attr-defined]
        node, nr = target(place)
        self._keeper = RemovableHandle(node.note("keeps", {}), (nr, _Keep(self))).id


def _retains_grad(self: Tensor) -> bool:
    """Whether this non-leaf keeps its `.grad`."""
    place = edge(self)
    return (self._keeper is not None and place is not None
            and self._keeper in (target(place)[0].extra or {}).get("keeps", ()))


Tensor.retains_grad = property(_retains_grad)  # type: ignore[attr-defined]


class _Keep:
    """Adds what arrives to the `.grad` of its tensor."""
    __slots__ = ("tensor",)

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = weakref.ref(tensor)  # strong, it would be a cycle: the tensor holds the node that holds this

    def __call__(self, g: Any) -> None:
        tensor = self.tensor()
        if tensor is not None:
            new = tensor_of(g if mode.grad else np.array(g))
            tensor._grad = new if tensor._grad is None else tensor._grad + new
