"""The registry of a net is its `__dict__`: children and parameters are the attributes, and nothing else keeps book."""
from __future__ import annotations

from typing import Any, Iterator

from .engine.tensor import Tensor

__all__ = ["Parameters", "Registry", "children", "is_parameter", "nets", "own_parameters"]


class Registry:
    """What has parts, and has them as attributes: every net."""
    __slots__ = ()


def is_parameter(value: Any) -> bool:
    return isinstance(value, Tensor) and getattr(type(value), "is_parameter", False)


def own_parameters(net: Registry) -> Iterator[tuple[str, Tensor]]:
    """(name, parameter) of the net itself, without its children's."""
    for name, value in vars(net).items():
        if name == "parameters":
            yield from value.items()
        elif isinstance(value, Tensor) and is_parameter(value):
            yield name, value


def children(net: Registry) -> Iterator[tuple[str, Any]]:
    """(name, net) of the attributes that are nets, in the order they were assigned."""
    for name, value in vars(net).items():
        if isinstance(value, Registry):
            yield name, value


def nets(net: Any) -> Iterator[Any]:
    """The net and all below it, each once."""
    seen: set[int] = set()
    todo = [net]
    while todo:
        one = todo.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            todo += [child for _, child in children(one)][::-1]


class Parameters:
    """The parameters of a net: called, an iterator as in torch; as a mapping, by name."""
    __slots__ = ("net",)

    def __init__(self, net: Registry) -> None:
        self.net = net

    def _items(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        prefixes = {id(self.net): ""}
        for net in nets(self.net):
            prefix = prefixes[id(net)]
            found.update((prefix + name, p) for name, p in own_parameters(net))
            prefixes.update((id(child), f"{prefix}{name}.") for name, child in children(net))
        return found

    def __call__(self, recurse: bool = True) -> Iterator[Tensor]:
        seen = set()
        for net in nets(self.net) if recurse else (self.net,):
            for _, parameter in own_parameters(net):
                if id(parameter) not in seen:
                    seen.add(id(parameter))
                    yield parameter

    def __getitem__(self, name: str) -> Tensor:
        return self._items()[name]

    def __setitem__(self, name: str, tensor: Tensor) -> None:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"parameters[{name!r}] must be a Tensor, got {type(tensor).__name__}")
        if is_parameter(vars(self.net).get(name)):
            vars(self.net)[name] = tensor
        else:
            vars(self.net).setdefault("parameters", {})[name] = tensor
        if tensor.dtype.kind in "fcV" and tensor.is_leaf:
            tensor.requires_grad_()

    def __iter__(self) -> Iterator[str]:
        return iter(self._items())

    def __len__(self) -> int:
        return len(self._items())

    def __contains__(self, name: object) -> bool:
        return name in self._items()

    def keys(self) -> Any:
        return self._items().keys()

    def values(self) -> Any:
        return self._items().values()

    def items(self) -> Any:
        return self._items().items()

    def __repr__(self) -> str:
        return repr(self._items())
