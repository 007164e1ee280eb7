"""Fused kernels on the tape: fast backward on arrays, and their definition where the way back is recorded."""
from __future__ import annotations

from typing import Any

from . import versions
from .keep import check_unchanged
from .record import SeveralNode, at, make_node
from .tape import Node, mode, ndarray, walk
from .tensor import edge, tensor_of

__all__ = ["KernelNode"]


class KernelNode(SeveralNode):
    """A fused kernel: `y` is what its forward saved; recorded, it goes back through its definition in plain ops."""
    __slots__ = ()

    def backward(self, g: Any, needs: Any = None) -> Any:
        if self.args is None or not mode.grad:
            return SeveralNode.backward(self, g, needs)
        if versions.last_write > self.number:
            for a, p in zip(self.args, self.parents):  # the definition reads all of them
                if isinstance(a, ndarray):
                    check_unchanged(a, self.number, p)
        args = self.args if self.extra is None or "unpack" not in self.extra else self.unpacked()[0]
        wanted = [p is not None and (needs is None or needs[i]) for i, p in enumerate(self.parents)]
        # an input that is not asked for now may be later: the gradient of another one depends on it
        inputs = [at(a, make_node(_Alias, [p], a)) if p is not None else tensor_of(a) if isinstance(a, ndarray) else a
                  for a, p in zip(args, self.parents)] + list(args[len(self.parents):])
        result = self.op.definition(*inputs)
        pairs = [(edge(r), part) for r, part in ([(result, g)] if self.outputs == 1 else zip(result, g))]
        pairs = [(e, part) for e, part in pairs if e is not None and part is not None]
        found = iter(walk([e for e, _ in pairs], [part for _, part in pairs], create_graph=True, keep=True,
                          capture=tuple(edge(t) for t, w in zip(inputs, wanted) if w), accumulate=False))
        return [next(found) if w else None for w in wanted]


class _Alias(Node):
    """A tensor under another name: where a search for gradients inside a definition ends."""
    __slots__ = ()

    def backward(self, g: Any, needs: Any = None) -> Any:
        return (g,)
