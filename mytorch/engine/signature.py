"""How torch's functions may be called: the signatures of the table, and what is wrong with a call by one of them."""
from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from .._signatures import OFTEN, SIGNATURES
from .._types import device, dtype, layout, memory_format
from .tape import ndarray
from .tensor import Tensor, edge

__all__ = ["Signature", "is_of", "row_of", "rows_of", "signatures_of", "table", "type_of"]

#: Kinds that the table calls otherwise than torch does.
_TOLD = {"ints": "tuple of ints", "int(s)": "tuple of ints", "floats": "tuple of floats", "Tensors": "tuple of Tensors",
         "Numbers": "tuple of Scalars", **{kind: f"torch.{kind}" for kind in (
             "dtype", "layout", "device", "memory_format", "Generator")}}
#: NumPy's names of parameters, which torch understands too.
_NUMPYS = {"dim": ("axis",), "keepdim": ("keepdims",), "input": ("x", "a", "x1"), "other": ("x2",)}
#: What takes numbers in place of tensors.
_NUMBERS_TOO = {name + end for end in ("", "_") for name in (
    "add", "sub", "mul", "div", "subtract", "multiply", "divide", "true_divide", "floor_divide", "copy")}


class Parameter(NamedTuple):
    """One of a signature's: `int(s)? dim=()`."""
    kind: str
    name: str
    default: str | None
    by_name: bool
    none: bool

    def names(self) -> tuple[str, ...]:
        """What it may be called, NumPy's name last."""
        return self.name, *_NUMPYS.get(self.name, ())

    def __str__(self) -> str:
        return f"{told(self.kind)} {self.name}" + (f" = {self.default}" if self.default else "")


class Signature:
    """One way to call a function."""

    def __init__(self, text: str, hidden: bool = False) -> None:
        self.parameters: list[Parameter] = []
        self.hidden, by_name = hidden, False
        for part in text.split(", ") if text else ():
            if part == "*":
                by_name = True
                continue
            rest, _, default = part.partition("=")
            kind, _, name = rest.rpartition(" ")
            kind = kind or "Tensor"
            self.parameters.append(Parameter(kind.rstrip("?"), name, default or None, by_name,
                                             kind[-1] == "?" or default == "None"))
        self.positional = sum(not p.by_name for p in self.parameters)
        self.least = sum(p.default is None for p in self.parameters)
        # x.view(2, 3)
        self.one_by_one = self.positional == 1 and self.parameters[0].kind == "ints"

    def printed(self) -> list[str]:
        """The parameters as torch prints them."""
        texts = [str(p) for p in self.parameters]
        return texts if self.positional == len(texts) else texts[:self.positional] + ["*"] + texts[self.positional:]

    def given(self, args: tuple, kwargs: dict) -> Any:
        """What a call gives for each parameter: (parameter, the name it was given by or None, value)."""
        if self.one_by_one and args and is_of(args[0], "int"):
            args = (args,)
        yield from zip(self.parameters, (None,) * len(args), args)
        for p in self.parameters[len(args):]:
            key = next((key for key in p.names() if key in kwargs), "")
            yield p, key, kwargs.get(key)

    def fault(self, name: str, args: tuple, kwargs: dict) -> str | None:
        """What is wrong with a call, in torch's words; None: it fits."""
        if len(args) > self.positional and not (self.one_by_one and is_of(args[0], "int")):
            return f"{name}() takes {self._room(len(args))} given"
        used = set()
        for i, (p, key, value) in enumerate(self.given(args, kwargs)):
            if key == "":
                if p.default is None:
                    left = [f'"{q.name}"' for q in self.parameters[i:] if q.default is None]
                    return (f"{name}() missing {len(left)} required positional argument{'s' * (len(left) == 1)}: "
                            + ", ".join(left))  # the plural is torch's
                continue
            used.add(key)
            if p.kind == "Tensors" and isinstance(value, (tuple, list)):
                for at, element in enumerate(value):
                    if not is_of(element, "Tensor"):  # torch says so at once, be there another signature or not
                        raise TypeError(f"expected Tensor as element {at} in argument {i}, but got {type_of(element)}"
                                        ) from None
            if value is None and p.none or is_of(value, p.kind) or (
                    p.kind == "Tensor" and name in _NUMBERS_TOO and is_of(value, "Number")):
                continue
            place = f" (position {i + 1})" if key is None else ""
            but = f"not {type_of(value)}"
            if key is None and p.kind in ("ints", "int(s)") and isinstance(value, (tuple, list)):
                but = f"but found element of type {type_of(value[0])} at pos 0"
            return f"{name}(): argument '{p.name}'{place} must be {told(p.kind)}, {but}"
        names = [p.name for p in self.parameters]
        for key in kwargs:
            if key not in names and key not in used:
                return f"{name}() got an unexpected keyword argument '{key}'"
            if key in names[:min(len(args), self.positional)]:
                return f"{name}() got multiple values for argument '{key}'"
        return None

    def _room(self, given: int) -> str:
        most = self.positional
        if self.least != most:
            return f"from {self.least} to {most} positional arguments but {given} were"
        return f"{most} positional argument{'s' * (most != 1)} but {given} {'was' if given == 1 else 'were'}"

    def fault_within(self, name: str, args: tuple, kwargs: dict) -> str | None:
        """What is wrong with the later elements of lists of ints, at which torch looks when a signature is found."""
        for p, _, value in self.given(args, kwargs):
            if p.kind in ("ints", "int(s)") and isinstance(value, (tuple, list)):
                for at, element in enumerate(value):
                    if not isinstance(element, bool) and not is_of(element, "int"):
                        return (f"{name}(): argument '{p.name}' failed to unpack the object at pos {at + 1} with error "
                                f"\"type must be tuple of ints,but got {type_of(element)}\"")
        return None


# ------------------------------------------------------------------ the table

@cache
def table() -> dict[str, str]:
    """The table by name."""
    return rows_of(SIGNATURES)


def rows_of(text: str) -> dict[str, str]:
    """Lines of "names: text" by name; a line that is indented goes on."""
    pairs = (line.partition(": ") for line in text.replace("\n    ", " ").split("\n"))
    return {name: row for names, _, row in pairs for name in names.split()}


def row_of(name: str, method: bool) -> str | None:
    """The name in the table whose signatures are those of a function or a method."""
    stem = name.removesuffix("_")
    own = (f"Tensor.{name}", f"Tensor.{stem}") if method else ()
    return next((key for key in (*own, name, stem) if key in table()), None)


@cache
def signatures_of(name: str, method: bool) -> list[Signature] | None:
    """The signatures by which a function, or a method, may be called; None where there are none to hold it against."""
    key = row_of(name, method)
    if key is None:
        return None
    options = []
    for text in table()[key].split(" | "):
        parts = [OFTEN.get(part, part) for part in text.removeprefix("~").removeprefix("()").split(", ")]
        if method and not key.startswith("Tensor."):
            parts.remove("self" if "self" in parts else parts[0])
        if method or key != name:
            parts = [part for part in parts if not part.endswith(" out=None")]
        options.append(Signature(", ".join(parts).removesuffix("*").removesuffix(", "), text[0] == "~"))
    return options


# ------------------------------------------------------------------ kinds

def is_of(value: Any, kind: str) -> bool:
    """Whether torch takes `value` for a parameter of this kind; an array counts as a tensor, as everywhere here."""
    if kind == "Tensor":
        return isinstance(value, (ndarray, np.generic)) or type(value).__name__ == "SparseTensor"  # of a higher band
    if kind == "bool":
        return isinstance(value, (bool, np.bool_))
    if kind in ("int", "float", "Number"):
        if isinstance(value, ndarray):
            kinds = "iu" if kind == "int" else "biufcV"
            return not value.ndim and value.dtype.kind in kinds and not (isinstance(value, Tensor) and edge(value))
        if kind == "int":
            return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        return isinstance(value, (int, float, np.number, np.bool_)) or kind == "Number" and isinstance(value, complex)
    if kind in ("ints", "int(s)"):
        several = isinstance(value, (tuple, list))
        if several or kind == "ints":
            return several and (not value or is_of(value[0], "int"))
        one = isinstance(value, ndarray) and value.size == 1 and value.dtype.kind in "biu"
        return one or is_of(value, "int")
    if kind in ("floats", "Numbers", "Tensors"):
        return isinstance(value, (tuple, list)) and (
            kind == "Tensors" or all(is_of(element, "Number") for element in value))
    if kind == "dtype":
        return isinstance(value, (dtype, np.dtype)) or isinstance(value, type) and (
            value in (bool, int, float, complex) or issubclass(value, (np.generic, ndarray)))  # or x.view(np.ndarray)
    if kind == "device":
        return isinstance(value, (device, str, int)) and not isinstance(value, bool)
    if kind == "Generator":
        return type(value).__name__ == kind
    return isinstance(value, {"str": str, "layout": layout, "memory_format": memory_format}.get(kind, object))


def told(kind: str) -> str:
    """torch's name for a kind."""
    return _TOLD.get(kind, kind)


def type_of(value: Any) -> str:
    """torch's name for the type of an argument."""
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    if module == "numpy":
        return f"numpy.{kind.__name__}"
    if module == __name__.partition(".")[0]:
        return _OURS.get(kind.__name__, kind.__name__)
    return kind.__name__


_OURS = {**{name: f"torch.{name}" for name in ("dtype", "Size", "device", "layout", "memory_format", "finfo", "iinfo")},
         "Generator": "torch._C.Generator", "SparseTensor": "Tensor"}
