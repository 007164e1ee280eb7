"""Errors that name the layer: the class that was called; its path, with what it expected, got and what to do."""
from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np

from ._registry import Registry, children

__all__ = ["TOLD", "Lends", "describe", "image_form", "lent", "tell_where"]


TOLD = (RuntimeError, ValueError, TypeError, IndexError, AssertionError, AttributeError)


def tell_where(net: Any, error: Any, args: tuple) -> None:
    """Add to an error in which layer, by its path, it came about, what that expected and what it got."""
    if len(error.args) != 1 or not isinstance(error.args[0], str):
        return
    told = error.__dict__.get("layer_path")
    if told is None:
        wrong = _no_tensor(error, args)
        if isinstance(error, AttributeError) and not wrong:     # a slip in somebody's forward: Python says enough
            return
        told = error.__dict__["layer_path"] = [error.args[0], [net], []]
        lines = {**net.expected_of(*args), **wrong}
        in_order = sorted(lines, key=lambda key: key == "do")
        told[2] = [f"  {key + ':':9} {lines[key]}" for key in in_order]
    elif told[1][0] is not net:
        told[1].insert(0, net)
    first, path, lines = told
    place = type(path[0]).__name__
    for outer, inner in zip(path, path[1:]):
        place += "." + _way(outer, inner)
    described = repr(path[-1])
    described = described if "\n" not in described else type(path[-1]).__name__ + "(...)"
    error.args = ("\n".join([first, f"  {'in:':9} {place} = {described}", *lines]),)


def _no_tensor(error: Any, args: tuple) -> dict[str, str]:
    """What came in the place of a Tensor, and what to do about it, where that is the reason."""
    if not args or isinstance(args[0], np.ndarray):
        return {}
    value = args[0]
    asked = isinstance(error, AttributeError) and error.obj is value     # for its shape, say
    if not asked and f"must be Tensor, not {type(value).__name__}" not in str(error):
        return {}
    if value is None:
        do = "see that what is called before returns something"
    elif isinstance(value, tuple) and any(isinstance(part, np.ndarray) for part in value):
        do = "hand on the one that is meant: recurrent layers return (output, state), attention (output, weights)"
    else:
        do = "make it a Tensor, as with torch.tensor(...)"
    return {"got": describe(value), "do": do}


def _way(outer: Registry, inner: Registry) -> str:
    """The attributes that lead from a net down to one below it, the shortest way; its class when it is not below.

    A net may call what stands deeper than its own attributes: `self.layers[1](x)` goes past the list.
    """
    seen, level = {id(outer)}, [("", outer)]
    while level:
        below = [(f"{way}.{name}", child) for way, net in level for name, child in children(net)
                 if id(child) not in seen]
        seen.update(id(child) for _, child in below)
        for way, child in below:
            if child is inner:
                return way[1:]
        level = below
    return type(inner).__name__


def describe(value: Any) -> str:
    """An input in an error message: its shape and type."""
    if isinstance(value, np.ndarray):
        return f"{tuple(value.shape)}, {value.dtype}"
    if isinstance(value, tuple) and 0 < len(value) < 5:
        return f"a tuple ({'; '.join(map(describe, value))})"
    return type(value).__name__


def image_form(channels: Any, dims: int, batch: bool = True) -> str:
    """(N, C, H, W), with or without its N."""
    return f"({', '.join(['N'] * batch + [str(channels)] + [('L', 'H, W', 'D, H, W')[dims - 1]] * bool(dims))})"


# ------------------------------------------------------------------ a method by the name of the class that was called

def lent(method: Any) -> Any:
    """Mark an `__init__` or `forward` that the classes made of this one call their own.

    Python's errors about arguments name the class in which a method was written: `_Conv.__init__() missing 3 required
    positional arguments`.  The user wrote `Conv2d()`, and knows of no `_Conv`.
    """
    method.is_lent = True
    return method


class Lends:
    """A class below which a `lent` method takes the names of public classes, and of those that assign it anew."""
    __slots__ = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in ("__init__", "forward"):
            qualname = f"{cls.__qualname__}.{name}"
            method: Any = getattr(cls, name, None)
            public = not cls.__name__.startswith("_")
            if getattr(method, "is_lent", False) and method.__qualname__ != qualname and (public or name in vars(cls)):
                setattr(cls, name, _renamed(method, qualname))


def _renamed(function: Any, qualname: str) -> Any:
    """The function under another name."""
    made = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__,
                        function.__closure__)
    made.__kwdefaults__, made.__annotations__ = function.__kwdefaults__, function.__annotations__
    made.__doc__, made.__qualname__ = function.__doc__, qualname
    return made
