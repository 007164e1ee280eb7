"""What a rule needs is read off its code: only that is kept for it."""
from __future__ import annotations

import dis
import inspect
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
    __slots__ = ("op", "kind", "rules", "rule", "joint", "needs", "keep_y", "drop", "keep")

    def __init__(self, op: Any, kind: Any, rules: list, needs: Any, y: Any, drop: list, keep: list) -> None:
        self.op, self.joint = op, op.joint
        self.kind = kind      # the class of the node
        self.rules = rules    # (position, rule) pairs
        self.rule = rules[0][1] if len(op.names) == len(rules) == 1 else None   # of an op with one input
        self.needs = needs    # of each input whether it wants a gradient; None where the first is a list of them
        self.keep_y = y if isinstance(y, frozenset) else bool(y)   # all of the result, or these of several
        self.drop = drop      # (position, keep its Meta?) pairs of inputs whose numbers no rule reads
        self.keep = keep      # positions of the others


_META = ("shape", "ndim", "dtype", "size")


def both(one: Any, other: Any) -> Any:
    """How an argument is used that is used in two ways (one: None, if there was none before)."""
    if one is None or one == other:
        return other
    return one | other if isinstance(one, frozenset) and isinstance(other, frozenset) else "value"


def uses(rule: Callable, first: int) -> dict[Any, Any]:
    """How a rule uses the inputs and the result, read off its code: {position or "y": how}.

    how: "value"; "meta", where only x.shape and its like are read; of several results {i, ...}, where only y[i] is.
    first: which of the rule's arguments is the first input: 2, after g and y; 3 in a joint rule, after `needs`.
    """
    code = rule.__code__
    count = code.co_argcount
    arguments, rest = code.co_varnames[:count], code.co_varnames[count:] if code.co_flags & inspect.CO_VARARGS else ()
    keys: dict[Any, Any] = {arguments[1]: "y", **{name: i for i, name in enumerate(arguments[first:])}}
    used: dict[Any, Any] = {}
    steps: list[Any] = [*dis.get_instructions(code), None, None]
    for step, after, then in zip(steps, steps[1:], steps[2:]):
        if not step.opname.startswith(("LOAD_", "STORE_FAST_LOAD")):
            continue
        read = step.argval if isinstance(step.argval, tuple) else (step.argval,)  # one step may load two, since 3.13
        if rest and rest[0] in read:  # *inputs: any of them
            used.update((i, "value") for i in range(count - first, 64))
        for name in read:
            if name in keys:
                key, how = keys[name], _use(step, after, then) if name is read[-1] else "value"
                used[key] = both(used.get(key), how if isinstance(how, frozenset) == (key == "y") else "value")
    return used


def _use(step: Any, after: Any, then: Any) -> Any:
    """What becomes of an argument that `step` loads, by the two steps after it."""
    if step.opname.startswith("LOAD_FAST") and after.opname == "LOAD_ATTR" and after.argval in _META:
        return "meta"
    if after.opname.startswith("LOAD_") and type(after.argval) is int and after.argval >= 0 and (
            then.opname in ("BINARY_SUBSCR", "BINARY_OP") and then.argrepr in ("", "[]")):
        return frozenset((after.argval,))
    return "value"
