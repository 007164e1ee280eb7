"""What torch says of arguments that it does not take.

    flip(): argument 'dims' (position 2) must be tuple of ints, not str

A call that has gone wrong, for whatever reason, comes here (`explain`): are its arguments of the kinds that torch
takes, its own error stands, else torch's takes its place.  Where it would go well, though torch refuses it, it must be
asked beforehand (`approve`), once for each combination of types: plain functions do so, and what users call of an op
(`Op.asking`) where it is given more than its tensors; what this library itself calls of it does not.

What torch takes stands in the table of `_signatures`, which `signature` reads.  What it says is found as by its parser
of arguments: where one signature alone has room for so many of them, what is wrong by that one, else what was given and
all the signatures.
"""
from __future__ import annotations

from functools import cache
from types import FunctionType
from typing import Any, Callable

from .._signatures import HANDED_ON
from .signature import Signature, is_of, row_of, rows_of, signatures_of, table, type_of
from .tape import ndarray
from .tensor import Tensor, edge

__all__ = ["approve", "attend", "attend_tensors", "explain", "failed", "stand_ins"]

#: Types of what stands in a Tensor's place and is none -> what a function gives that was handed one:
#: (its name, arguments) -> result.
stand_ins: dict[type, Callable] = {}


def explain(name: str, args: tuple, kwargs: dict, method: bool = False) -> Signature | None:
    """Raise torch's TypeError if this is how `name` must not be called; else the signature that fits, if it has any.

    method: it was called as a method; args are those after the tensor.
    """
    options = signatures_of(name, method)
    if options is None:
        return None
    if options[0].parameters == [] and len(options) == 1 and (args or kwargs):
        what = "no keyword arguments" if kwargs else f"no arguments ({len(args)} given)"
        raise TypeError(f"TensorBase.{name}() takes {what}") from None
    faults = []
    for option in options:
        fault = option.fault(name, args, kwargs)
        if fault is None:
            fault = option.fault_within(name, args, kwargs)
            if fault is None:
                return option
            raise TypeError(fault) from None
        faults.append(fault)
    count = len(args) + len(kwargs)
    if len(options) > 1:
        faults = [fault for option, fault in zip(options, faults)
                  if not option.hidden and option.least <= count <= len(option.parameters)]
    raise TypeError(faults[0] if len(faults) == 1 else _no_combination(
        name, [option for option in options if not option.hidden], args, kwargs)) from None


def failed(name: str, args: tuple, kwargs: dict, method: bool) -> Any:
    """What becomes of a call that has gone wrong: it raises torch's error, is a sparse tensor's, or raises its own."""
    explain(name, args[method:], kwargs, method)
    for value in (*args, *kwargs.values()):
        if type(value) in stand_ins:
            return stand_ins[type(value)](name, args, kwargs)
    raise


def attend(home: Any, prefix: str = "", beside: Any = None) -> None:
    """Have the functions of a module, or the methods of a class, say what torch says; what sees to it itself stays.

    prefix: what the functions' names begin with in torch's errors.  beside: a module whose functions of the same names
    are those that the table knows, where they are others.
    """
    method, rows = isinstance(home, type), table()
    for name, fn in list(vars(home).items()):
        if type(fn) is not FunctionType:
            continue
        if fn.__dict__.get("explains") == prefix + name and "__wrapped__" not in fn.__dict__:
            op = fn.__dict__["op"]
            setattr(home, name, op.asking(method, (prefix + name).removeprefix(op.name)))
            continue
        key = row_of(prefix + name, method)
        if key is None or method and rows[key] in ("input", "input, *, out") and "op" not in fn.__dict__:
            continue  # what takes nothing has Python's own error, and is not made slower
        if beside is not None and "return_indices" in fn.__code__.co_varnames:
            continue  # the pools of nn.functional, which take more than torch's of that name
        if getattr(beside, name, fn) is fn:
            made = _attentive(fn, prefix + name, method)
            if not method:
                made.__module__, made.__name__, made.__qualname__ = home.__name__, name, name
            setattr(home, name, made)


@cache
def _attentive(fn: Any, name: str, method: bool) -> Callable:
    passed: dict[tuple, tuple] = {}
    asks = not table()[row_of(name, method) or ""].startswith("object")  # torch.tensor takes anything

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            if asks:
                approve(passed, name, args, kwargs, method)
            return fn(*args, **kwargs)
        except Exception:
            return failed(name, args, kwargs, method)
    call.__dict__["explains"] = name
    return _as_public(call, fn)


def _as_public(call: Any, fn: Any) -> Callable:
    """`call`, with what is read of `fn`, in whose place it comes."""
    call.__dict__.update({**fn.__dict__, "__wrapped__": fn, **call.__dict__})
    call.__name__, call.__qualname__, call.__doc__, call.__module__ = (
        fn.__name__, fn.__qualname__, fn.__doc__, fn.__module__)
    return call


def attend_tensors(home: Any) -> None:
    """Have functions that torch has in Python say what that says to which they hand their tensors on."""
    for name, text in rows_of(HANDED_ON).items():
        name, _, inner = name.partition(">")
        setattr(home, name, _handing_on(getattr(home, name), inner or name, text.split(", ")))


def _handing_on(fn: Any, inner: str, tensors: list[str]) -> Callable:
    names = fn.__code__.co_varnames[:fn.__code__.co_argcount]
    required = names[:len(names) - len(fn.__defaults__ or ())]

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return fn(*args, **kwargs)
        except Exception:
            given = dict(zip(names, args), **kwargs)
            for i, row in enumerate(tensors):
                own, _, there = row.rstrip("?").partition(">")
                value = given.get(own)
                if own in given and not is_of(value, "Tensor") and (
                        value is not None or own in required and row[-1] != "?"):
                    raise TypeError(f"{inner}(): argument '{there or own}' (position {i + 1}) must be Tensor, not "
                                    f"{type_of(value)}") from None
            raise
    return _as_public(call, fn)


def approve(passed: dict[tuple, tuple], name: str, args: tuple, kwargs: dict, method: bool) -> None:
    """Raise as `explain` does before anything is computed; asked of types that have `passed` already, it is cheap.

    passed: types, and the places of those arguments of which the type alone does not tell enough.

    What only NumPy has is left to the function: its names of arguments, and its ways to call an array's methods.
    """
    types = (*map(type, args), *kwargs, *map(type, kwargs.values())) if kwargs else (*map(type, args),)
    places = passed.get(types)
    if places is not None:
        if not places or _all_ints(places, args, kwargs):
            return
        types += _within(places, args, kwargs)
        if types in passed:
            return
    option = None
    if not (method and hasattr(ndarray, name) and _may_be_numpys(name, args[1:], kwargs)):
        known = {key for option in signatures_of(name, method) or () for p in option.parameters for key in p.names()}
        if kwargs.keys() <= known:
            option = explain(name, args[method:], kwargs, method)
    if places is None:
        places = passed[types] = () if option is None else _deeper(option, args, kwargs, method)
        types += _within(places, args, kwargs)
    passed[types] = passed.get(types, ())


def tensors_first(name: str, method: bool) -> int:
    """How many of the first arguments are tensors by all signatures: what is none there is seen when it is used."""
    options = signatures_of(name, method) or ()
    count = 0
    for kinds in zip(*([p.kind for p in option.parameters[:option.positional]] for option in options)):
        if set(kinds) != {"Tensor"}:
            break
        count += 1
    return count + method


def _may_be_numpys(name: str, args: tuple, kwargs: dict) -> bool:
    """Whether an array's method may have been called as NumPy has it: x.sum(axis=0), x.cumsum(), x.round(2).

    Its calls by position end in no number: x.max(None), x.transpose((1, 0)), x.flatten("F"), x.sum(0, None, None).
    """
    return bool(kwargs) or not args or name in ("round", "take") or not isinstance(args[-1], (bool, int, float))


def _deeper(option: Signature, args: tuple, kwargs: dict, method: bool) -> tuple[int, ...]:
    """The places of lists that must be of numbers, and of tensors in place of a number."""
    kinds = {id(value): p.kind for p, _, value in option.given(args[method:], kwargs)}
    return tuple(i for i, value in enumerate((*args, *kwargs.values())) if isinstance(value, (tuple, list, ndarray))
                 and kinds.get(id(value), "Tensor") not in ("Tensor", "Tensors", "object"))


def _all_ints(places: tuple[int, ...], args: tuple, kwargs: dict) -> bool:
    """Whether only lists of ints stand at these places, as nearly always: they will do where a list does."""
    values = (*args, *kwargs.values()) if kwargs else args
    for i in places:
        if isinstance(values[i], ndarray):
            return False
        for element in values[i]:
            if type(element) is not int:
                return False
    return True


def _within(places: tuple[int, ...], args: tuple, kwargs: dict) -> tuple:
    """What tells of the values at these places whether they will do."""
    values = (*args, *kwargs.values()) if kwargs else args
    return tuple([(a.ndim, a.dtype.kind, edge(a) is None if isinstance(a, Tensor) else True)
                  if isinstance(a, ndarray) else (*map(type, a),) for a in map(values.__getitem__, places)])


# ------------------------------------------------------------------ several signatures

def _no_combination(name: str, options: list[Signature], args: tuple, kwargs: dict) -> str:
    """torch's error where no signature fits: what was given, and what could have been."""
    by_name = dict(reversed(kwargs.items()))  # as torch's table of them happens to go
    got = [type_of(a) for a in args] + [f"{key}={type_of(a)}" for key, a in by_name.items()]
    said = f"({', '.join(got)}{', ' * (bool(kwargs) and not args)})"
    start = f"{name}() received an invalid combination of arguments - got "
    if len(options) == 1:
        text, wrong, marked = _held_against(options[0], args, by_name)
        if wrong:
            return f"{start}unrecognized keyword arguments: {', '.join(wrong)}"
        return f"{start}{marked or said}, but expected {text}"
    lines = [f"{start}{said}, but expected one of:"]
    for option in options:
        text, wrong, marked = _held_against(option, args, by_name)
        lines.append(f" * {text}")
        if marked and wrong:
            lines.append("      didn't match because some of the keywords were incorrect: " + ", ".join(wrong))
        elif marked:
            lines.append("      didn't match because some of the arguments have invalid types: " + marked)
    return "\n".join(lines) + "\n"


def _held_against(option: Signature, args: tuple, kwargs: dict) -> tuple[str, list[str], str]:
    """A signature as torch prints it, names that it has not, and the types given, if as many, with the wrong marked.

    torch reads its own text for it: "bool keepdim = False" has the name False there, the star is a parameter, and so is
    nothing at all.
    """
    printed = option.printed()
    text, printed = f"({', '.join(printed)})", printed or [""]
    names = [part.rpartition(" ")[2] for part in printed]
    count = len(args) + len(kwargs)
    wrong = [key for key in kwargs if key not in names[max(0, len(names) - len(kwargs)):]]
    if count != len(printed) or wrong:
        return text, wrong, "-" if count == len(printed) else ""
    values = [*args, *(kwargs[key] for key in names[len(args):])]
    keys = [""] * len(args) + [f"{key}=" for key in names[len(args):]]
    marked = [_marked(part.rpartition(" ")[0], key, value) for part, key, value in zip(printed, keys, values)]
    return text, wrong, f"({', '.join(marked)})"


def _marked(kind: str, key: str, value: Any) -> str:
    """An argument's type, between exclamation marks where it is not the one the signature names."""
    found = type_of(value)
    fits = found == kind or kind == "float" and found == "int"
    if isinstance(value, (tuple, list)):
        inner = ", ".join(map(type_of, value)) + "," * (isinstance(value, tuple) and len(value) == 1)
        found += f" of [{inner}]" if isinstance(value, list) else f" of ({inner})"
    return f"{key}{found}" if fits else f"!{key}{found}!"
