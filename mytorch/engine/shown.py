"""What torch shows of the node of an op: what comes before it, and what it saved, by torch's names."""
from __future__ import annotations

from typing import Any

import numpy as np

from .record import FREED, at
from .tape import Leaf, ndarray
from .tensor import tensor_of

__all__ = ["Shown"]


class Shown:
    """The node of an op that somebody looks at.

    Nodes become it no earlier: Python reads the attributes of a class with `__getattr__` the slow way.
    """
    __slots__ = ()
    plan: Any
    parents: Any
    name: Any

    @property
    def listed(self) -> list:
        """The edges of arguments that have a derivative, in the order of the step that torch names the node by."""
        op, parents = self.plan.op, self.parents
        if op.sequence:
            return parents
        places = op.listed.get(self.name()) or [i for i, rule in enumerate(op.rules) if rule is not None]
        if not places:      # of a joint rule: as far as one wants a gradient
            places = range(max(i for i, parent in enumerate(parents) if parent is not None) + 1)
        return [parents[i] if i < len(parents) else None for i in places]

    def __getattr__(self: Any, name: str) -> Any:
        """_saved_self, _saved_other, _saved_result: what is kept for the rules."""
        missing = AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        what = name.removeprefix("_saved_")
        if what == name:
            raise missing
        if self.args is None:
            raise RuntimeError(FREED)
        args, y = self.unpacked() if self.extra is not None and "unpack" in self.extra else (self.args, self.y)
        if what == "result" and y is not None:
            return self.result_tensor(y)
        names = ("self", *self.plan.op.names[1:])
        i = names.index(what) if what in names else -1
        if i not in self.plan.keep:
            raise missing
        return _as_given(args[i], self.parents[i] if i < len(self.parents) else None)


def _as_given(value: Any, place: Any) -> Any:
    """A kept argument: the very tensor, where it is a leaf."""
    leaf = place.variable if isinstance(place, Leaf) else None
    if leaf is not None and np.may_share_memory(leaf, value):
        return leaf
    return at(value, place) if place is not None else tensor_of(value) if isinstance(value, ndarray) else value


Leaf.__name__ = Leaf.__qualname__ = "AccumulateGrad"    # programs that draw graphs print it
