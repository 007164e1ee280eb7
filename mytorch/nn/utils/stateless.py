"""A module run with other parameters and buffers than its own."""
from __future__ import annotations

from typing import Any, Iterator

__all__ = ["functional_call"]


def functional_call(module: Any, parameters_and_buffers: dict, args: Any = None, kwargs: dict | None = None, *,
                    tie_weights: bool = True, strict: bool = False) -> Any:
    """module(*args, **kwargs), with the tensors in `parameters_and_buffers` (name -> tensor) in place of its own.

    Args:
        args: a tuple of arguments, or the one argument.
        tie_weights: a tensor that the module has under several names is replaced under all of them.
        strict: raise RuntimeError unless all names of the module are given, and no others.
    What forward assigns to one of the names is found in the dict afterwards.
    As torch.nn.utils.stateless.functional_call.
    """
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    given = _with_ties(module, parameters_and_buffers) if tie_weights else dict(parameters_and_buffers)
    places = dict(_places(module))
    if strict:
        _check_names(module, given, set(places))
    before: dict[str, Any] = {}
    try:
        for name in given.keys() & places.keys():
            holder, last = places[name]
            before[name], holder[last] = holder[last], given[name]
        return module(*args, **(kwargs or {}))
    finally:
        for name, value in before.items():
            holder, last = places[name]
            if name in parameters_and_buffers:
                parameters_and_buffers[name] = holder[last]
            holder[last] = value


def _places(module: Any) -> Iterator[tuple[str, tuple[dict, str]]]:
    """(name, (the dict that holds the tensor, its key)) for every parameter and buffer."""
    for path, net in module.named_modules(remove_duplicate=False):
        for last in (*net._parameters, *net._buffers):
            holder = vars(net)
            yield f"{path}.{last}" if path else last, (holder if last in holder else holder["parameters"], last)


def _with_ties(module: Any, given: dict) -> dict:
    """`given` and, for each name in it, the other names of the same tensor."""
    names: dict[int, list[str]] = {}
    for name, (holder, last) in _places(module):
        if holder[last] is not None:
            names.setdefault(id(holder[last]), []).append(name)
    whole = dict(given)
    for tied in names.values():
        values = {id(given[name]): given[name] for name in tied if name in given}
        if len(values) > 1:
            raise ValueError(f"functional_call got multiple values for keys {[n for n in tied if n in given]}, which "
                             "are tied. Consider using tie_weights=False")
        for value in values.values():
            whole.update(dict.fromkeys(tied, value))
    return whole


def _check_names(module: Any, given: dict, known: set[str]) -> None:
    lines = [f"{text} key(s): {', '.join(map(repr, sorted(names)))}."
             for text, names in (("Unexpected", given.keys() - known), ("Missing", known - given.keys())) if names]
    if lines:
        raise RuntimeError("\n\t".join([f"Error(s) in reparametrizing for {type(module).__name__}:", *lines]))
