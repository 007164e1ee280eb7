"""What the tables of ops share: second names, refusals, the small parts of rules."""
from __future__ import annotations

import builtins
from typing import Any, Callable

import numpy as np

from .._types import type_name as name_of_type
from ..engine.op import deliver
from ..engine.tensor import Tensor

__all__ = ["alias", "conjugate", "in_single", "inplace_functions", "is_bool", "is_complex",
           "keeping_numbers", "no_derivative", "no_slope", "refusing", "single", "takes", "type_name", "with_out",
           "zeros"]


def alias(name: str, fn: Callable) -> Callable:
    """torch's second name for `fn`: as a method and in place too, where `fn` has those."""
    for end in ("", "_"):
        found = getattr(Tensor, fn.__name__ + end, None)
        if found is not None:
            setattr(Tensor, name + end, found)
    return fn


def with_out(fn: Callable) -> Callable:
    """Give a function made of ops torch's `out=`."""
    def run(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is None:
            return fn(*args, **kwargs)
        return deliver(fn.__name__, out, (*args, *kwargs.values()), lambda: fn(*args, **kwargs))
    run.__name__ = run.__qualname__ = fn.__name__
    run.__doc__ = fn.__doc__
    run.__wrapped__ = fn  # type: ignore[attr-defined]
    return run


def inplace_functions(names: list[str], *wanted: str) -> dict[str, Callable]:
    """The functions `name_(input, ...)` torch has beside the methods; their names join the module's public ones."""
    names += [name + "_" for name in wanted]
    return {name + "_": getattr(Tensor, name + "_") for name in wanted}


def type_name(x: Any) -> str:
    """torch's name for the type of an array in messages: Float, Long, ComplexFloat."""
    return name_of_type(x.dtype)


def refusing(kinds: str, text: str, then: Callable | None = None, error: type = NotImplementedError) -> Callable:
    """A promotion that raises as torch does for types it has no kernel for.

    kinds: NumPy's kinds ("b" bool, "iu" integers, "fV" floating, "c" complex) of the common type `then` brought about;
    "h": half precision.
    text: torch's sentence, or the name of its kernel.
    """
    half = "h" in kinds

    def promote(arrays: list) -> None:
        if then is not None:
            then(arrays)
        x = arrays[0]
        if x.dtype.kind in kinds or half and x.dtype.itemsize == 2 and x.dtype.kind in "fV":
            raise error(text if " " in text else f"\"{text}\" not implemented for '{type_name(x)}'")
    return promote


def takes(name: str, which: str, then: Callable | None = None) -> Callable:
    """A promotion that first raises as torch does for numbers in the place of tensors.

    which: "both" must be tensors, the "first" one, or "either".
    """
    def promote(arrays: list) -> None:
        a, b = (isinstance(x, np.ndarray) for x in arrays[:2])
        if not (a and b if which == "both" else a if which == "first" else a or b):
            kinds = [("Tensor" if isinstance(x, np.ndarray) else type(x).__name__) for x in arrays[:2]]
            if which != "both":
                raise TypeError(f"{name}() received an invalid combination of arguments - got ({', '.join(kinds)})")
            place = int(a)
            raise TypeError(f"{name}(): argument '{('input', 'other')[place]}' (position {place + 1}) must be Tensor, "
                            f"not {kinds[place]}")
        if then is not None:
            then(arrays)
    return promote


def keeping_numbers(then: Callable) -> Callable:
    """A promotion that leaves Python numbers beside floating tensors numbers: torch names the node by it."""
    def promote(arrays: list) -> None:
        given = list(arrays)
        then(arrays)
        for i, x in enumerate(given):
            if type(x) in (int, float, bool) and arrays[1 - i].dtype.kind in "fc":
                arrays[i] = x + 0
    return promote


def no_derivative(text: str, error: type = RuntimeError) -> Callable:
    """A rule for what torch cannot differentiate either: going backward raises."""
    def rule(g: Any, y: Any, *inputs: Any) -> Any:
        raise error(text)
    return rule


def no_slope(name: str) -> Callable:
    """`no_derivative` of the operation `name`, by its words."""
    return no_derivative(f"the derivative for '{name}' is not implemented.", NotImplementedError)


def zeros(g: Any) -> Any:
    """The gradient of a step function."""
    return np.zeros(g.shape, g.dtype)


def is_complex(x: Any) -> builtins.bool:
    return x.dtype.kind == "c" if isinstance(x, np.ndarray) else type(x) is builtins.complex


def is_bool(x: Any) -> builtins.bool:
    return x is True or x is False or (isinstance(x, np.ndarray) and x.dtype.kind == "b")


def conjugate(x: Any) -> Any:
    """The conjugate where x is complex: torch's gradients are those of the conjugate coordinate."""
    if isinstance(x, np.ndarray):
        return np.conj(x) if x.dtype.kind == "c" else x
    return x.conjugate() if type(x) is builtins.complex else x


def in_single(forward: Callable) -> Callable:
    """A forward whose half precision is computed in float32 and rounded once, as in torch."""
    def run(input: Any, *rest: Any) -> Any:
        kind = input.dtype
        if kind.itemsize != 2 or kind.kind in "iu":
            return forward(input, *rest)
        wide = [x.astype(np.float32) if isinstance(x, np.ndarray) and x.dtype == kind else x for x in (input, *rest)]
        return forward(*wide).astype(kind)
    return run


def single(fn: Callable, x: Any) -> Any:
    """fn(x) for formulas of several steps: half precision is computed in float32 and rounded once, as in torch."""
    return fn(x.astype(np.float32)).astype(x.dtype) if x.dtype.itemsize == 2 else fn(x)
