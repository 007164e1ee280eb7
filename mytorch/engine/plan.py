"""What a rule needs is read off its code: only that is kept for it."""
from __future__ import annotations

import dis
from typing import Any, Callable

import numpy as np

__all__ = ["Meta", "Plan", "meta", "uses"]

ndarray = np.ndarray


class Meta:
    """What is kept of an input whose numbers the rule does not need."""
    __slots__ = ("shape", "dtype")

    def __init__(self, array: ndarray) -> None:
        self.shape, self.dtype = array.shape, array.dtype

    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: int(np.prod(self.shape, dtype=np.int64)))


def meta(value: Any) -> Any:
    """The Meta of an array, or of each in a list; anything else as it is."""
    return Meta(value) if isinstance(value, ndarray) else [meta(v) for v in value] if type(value) is list else value


class Plan:
    """For one set of inputs that want a gradient: which rules run, and what must be kept for them."""
    __slots__ = ("op", "kind", "rules", "joint", "keep_y", "drop", "keep")

    def __init__(self, op: Any, kind: Any, rules: list, y: Any, drop: list, keep: list) -> None:
        self.op, self.joint = op, op.joint
        self.kind = kind      # the class of the node; None where the inputs decide
        self.rules = rules    # (position, rule) pairs
        self.keep_y = y if isinstance(y, frozenset) else bool(y)   # all of the result, or these of several
        self.drop = drop      # (position, keep its Meta?) pairs of inputs whose numbers no rule reads
        self.keep = keep      # positions of the others


_META = ("shape", "ndim", "dtype", "size")


def both(one: Any, other: Any) -> Any:
    """How an argument is used that is used in two ways: "value", "meta", or these of several results."""
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one | other
    return "value" if one == "value" else other if one is None or one == "meta" or other == "value" else one


def uses(rule: Callable, skip: int) -> dict[Any, Any]:
    """Which arguments a rule reads: {position or "y": "value" or "meta"}, read off its code.

    Of several results {i, ...} where the code reads y[i] and no more of y.
    """
    code = rule.__code__
    names = code.co_varnames[:code.co_argcount + bool(code.co_flags & 4)]
    places = {name: i - skip for i, name in enumerate(names[:code.co_argcount])}
    rest = names[code.co_argcount] if code.co_flags & 4 else None
    used: dict[Any, Any] = {}
    steps = list(dis.get_instructions(code))
    for step, after, then in zip(steps, steps[1:] + [None], steps[2:] + [None, None]):
        read = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        if not step.opname.startswith(("LOAD_", "STORE_FAST_LOAD")):
            continue
        for i, name in enumerate(read):
            if name == rest and rest is not None:
                used.update({p: "value" for p in range(len(places) - skip, 64)})
            if name not in places or places[name] < -1 - (skip == 3):
                continue
            shape_only = (step.opname.startswith("LOAD_FAST") and i == len(read) - 1 and after is not None
                          and after.opname == "LOAD_ATTR" and after.argval in _META)
            key = "y" if name == names[1] else places[name]
            part = (key == "y" and i == len(read) - 1 and after is not None and after.opname.startswith("LOAD_")
                    and type(after.argval) is int and then is not None and then.opname in ("BINARY_SUBSCR", "BINARY_OP")
                    and then.argrepr in ("", "[]"))
            used[key] = both(used.get(key), frozenset((after.argval,)) if part else  # type: ignore[union-attr]
                             "meta" if shape_only and key != "y" else "value")
    return used
