"""Calling a module with other tensors in the place of its parameters and buffers."""
from __future__ import annotations

import warnings
from typing import Any

from ...engine.tensor import Tensor

__all__ = ["functional_call"]

_MISSING = object()


class _Place:
    """Where a module keeps the tensor of a path such as "encoder.0.weight"."""

    def __init__(self, module: Any, path: str) -> None:
        before, _, self.name = path.rpartition(".")
        for part in before.split(".") if before else ():
            if not hasattr(module, part):
                raise AttributeError(f"{module._get_name()} has no attribute `{part}`")
            module = getattr(module, part)
        self.owner, held = module, vars(module)
        self.held = held["parameters"] if self.name in held.get("parameters", ()) else held

    def swap(self, tensor: Any) -> Any:
        """Put `tensor` there, or nothing for _MISSING; returns what was there."""
        if isinstance(getattr(type(self.owner), self.name, None), property):     # a parametrized one: assigned to
            old = getattr(self.owner, self.name)
            setattr(self.owner, self.name, tensor)
            return old
        old = self.held.get(self.name, _MISSING)
        if tensor is _MISSING:
            self.held.pop(self.name, None)
        else:
            self.held[self.name] = tensor
        return old


def _groups(module: Any) -> dict[str, set[str]]:
    """For each path the paths of the same tensor, itself among them."""
    by_tensor: dict[int, set[str]] = {}
    for name, tensor in (*module.named_parameters(remove_duplicate=False),
                         *module.named_buffers(remove_duplicate=False)):
        by_tensor.setdefault(id(tensor), set()).add(name)
    return {name: names for names in by_tensor.values() for name in names}


def _untied(groups: dict[str, set[str]], given: dict[str, Any]) -> dict[str, Any]:
    """The given tensors, also under the other names of what they replace."""
    found = {name: given[name] for name in given.keys()}
    for name, tensor in given.items():
        same = groups.get(name, {name})
        if len({id(given[other]) for other in same if other in given}) > 1:
            raise ValueError(f"functional_call got multiple values for keys {sorted(same & set(given))}, which are "
                             "tied. Consider using tie_weights=False")
        found.update(dict.fromkeys(same, tensor))
    return found


def _check_keys(module: Any, groups: dict[str, set[str]], given: dict[str, Any]) -> None:
    told = [f"{what} key(s): {', '.join(map(repr, sorted(names)))}." for what, names in (
        ("Unexpected", given.keys() - groups), ("Missing", groups.keys() - given)) if names]
    if told:
        raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t" + "\n\t".join(told))


def _functional_call(module: Any, parameters_and_buffers: dict[str, Any], args: Any = None, kwargs: Any = None, *,
                     tie_weights: bool = True, strict: bool = False) -> Any:
    """module(*args, **kwargs) with these tensors in place; what forward assigns to them is in the dict afterwards."""
    groups = _groups(module)
    given = _untied(groups, parameters_and_buffers) if tie_weights else dict(parameters_and_buffers)
    if strict:
        _check_keys(module, groups, given)
    places = {name: _Place(module, name) for name in given}
    for name, tensor in given.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{tensor} is not an instance of torch.Tensor")
        there = places[name].held.get(places[name].name)
        if there is not None and not isinstance(there, Tensor):
            raise TypeError(f"attribute `{name}`: {there} is not an instance of torch.Tensor")
    before = {name: places[name].swap(tensor) for name, tensor in given.items()}
    try:
        return module(*_as_tuple(args), **(kwargs or {}))
    finally:
        for name, old in before.items():
            now = places[name].swap(old)
            if name in parameters_and_buffers:
                parameters_and_buffers[name] = now


def _as_tuple(args: Any) -> tuple:
    return () if args is None else args if isinstance(args, tuple) else (args,)


def functional_call(module: Any, parameters_and_buffers: dict[str, Any], args: Any = None,
                    kwargs: dict[str, Any] | None = None, *, tie_weights: bool = True, strict: bool = False) -> Any:
    """Deprecated in favor of `func.functional_call`, which see.  As torch.nn.utils.stateless.functional_call."""
    warnings.warn("`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in a "
                  "future version of PyTorch. Please use `torch.func.functional_call` instead which is a drop-in "
                  "replacement.", FutureWarning, stacklevel=2)
    return _functional_call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)
