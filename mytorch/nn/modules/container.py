"""Containers: modules and parameters in order or by name.

The parts are attributes, as everywhere; a list's are called "0", "1", ...
"""
from __future__ import annotations

import operator
import warnings
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Iterable, Iterator

from ..._registry import children, is_parameter
from ..._types import named_dtype
from ...abstract import AbsNet
from ...engine.op import tensor_type
from ...engine.tensor import Tensor
from ..parameter import Parameter
from .module import Module

__all__ = ["Container", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]


class _Ordered(Module):
    """What Sequential and ModuleList share: parts under the names "0", "1", ..."""

    def _parts(self) -> list[Any]:
        return list(self._modules.values())

    def _replace(self, modules: Iterable[Any]) -> None:
        """Make `modules` the parts, numbered anew."""
        for name in self._modules:
            delattr(self, name)
        for i, module in enumerate(modules):
            self.add_module(str(i), module)

    def _place(self, index: Any) -> str:
        """The name of the part at `index`, which may count from the end."""
        names, index = list(self._modules), operator.index(index)
        if not -len(names) <= index < len(names):
            raise IndexError(f"index {index} is out of range")
        return names[index]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self._of(list(self._modules.items())[index])
        return vars(self)[self._place(index)]

    def _of(self, parts: list) -> Any:
        raise NotImplementedError

    def __setitem__(self, index: Any, module: Any) -> None:
        setattr(self, self._place(index), module)

    def __delitem__(self, index: Any) -> None:
        for name in list(self._modules)[index] if isinstance(index, slice) else [self._place(index)]:
            delattr(self, name)
        self._replace(self._parts())

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._parts())

    def append(self, module: Any) -> Any:
        """Add one at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Any]) -> Any:
        """Add several at the end."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Any) -> Any:
        """Put one in before the part at `index`."""
        parts = self._parts()
        parts.insert(index, module)
        self._replace(parts)

    def pop(self, key: Any) -> Any:
        """Take one out."""
        found = self[key]
        del self[key]
        return found


class Sequential(_Ordered):
    """A chain: each module is given what the one before returned.

        nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1))
        nn.Sequential(OrderedDict(hidden=nn.Linear(2, 5), act=nn.Tanh()))

    As torch.nn.Sequential.
    """

    def __init__(self, *args: Any) -> None:
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            for i, module in enumerate(args):
                self.add_module(str(i), module)

    def forward(self, input: Any) -> Any:
        for _, module in children(self):
            input = module(input)
        return input

    def _of(self, parts: list) -> Any:
        return type(self)(OrderedDict(parts))

    def insert(self, index: int, module: Any) -> Any:
        """Put one in before the part at `index`."""
        if not isinstance(module, AbsNet):
            raise AssertionError(f"module should be of type: {Module}")
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index}")
        super().insert(index, module)
        return self

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Sequential):
            raise ValueError("add operator supports only objects of Sequential class, but "
                             f"{type(other)} is given.")
        return Sequential(*self, *other)

    def __iadd__(self, other: Any) -> Any:
        if not isinstance(other, Sequential):
            raise ValueError("add operator supports only objects of Sequential class, but "
                             f"{type(other)} is given.")
        return self.extend(other)

    def __mul__(self, times: int) -> Any:
        if not isinstance(times, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(times)}")
        if times <= 0:
            raise ValueError(f"Non-positive multiplication factor {times} for {type(self)}")
        return Sequential(*self._parts() * times)

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Any:
        parts = list(self * times)
        return self.extend(parts[len(self):])


class ModuleList(_Ordered):
    """Modules in a list; it has no forward of its own.  As torch.nn.ModuleList."""

    def __init__(self, modules: Iterable[Any] | None = None) -> None:
        if modules is not None:
            self.extend(modules)

    def _of(self, parts: list) -> Any:
        return type(self)([part for _, part in parts])

    def extend(self, modules: Iterable[Any]) -> Any:
        """Add several at the end."""
        if not hasattr(modules, "__iter__"):
            raise TypeError(f"ModuleList.extend should be called with an iterable, but got {type(modules).__name__}")
        return super().extend(modules)

    def __iadd__(self, modules: Iterable[Any]) -> Any:
        return self.extend(modules)

    def __add__(self, other: Iterable[Any]) -> Any:
        return ModuleList(list(self) + list(other))

    def __repr__(self) -> str:
        """Like parts that follow each other are printed once, with their count."""
        texts = [repr(part) for part in self]
        if not texts:
            return self._get_name() + "()"
        runs: list[list[Any]] = []
        for i, text in enumerate(texts):
            if runs and runs[-1][2] == text:
                runs[-1][1] = i
            else:
                runs.append([i, i, text])
        lines = [f"({a}): {text}" if a == b else f"({a}-{b}): {b - a + 1} x {text}" for a, b, text in runs]
        return f"{self._get_name()}(\n  " + "\n  ".join(line.replace("\n", "\n  ") for line in lines) + "\n)"


class _Named:
    """What ModuleDict and ParameterDict share: a dict's interface over attributes."""

    def _names(self) -> list[str]:
        raise NotImplementedError

    def __getitem__(self, key: str) -> Any:
        if key not in self._names():
            raise KeyError(key)
        return vars(self)[key]

    def __delitem__(self, key: str) -> None:
        if key not in self._names():
            raise KeyError(key)
        del vars(self)[key]

    def __len__(self) -> int:
        return len(self._names())

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __contains__(self, key: object) -> bool:
        return key in self._names()

    def clear(self) -> None:
        for key in self._names():
            del vars(self)[key]

    def pop(self, key: str, *default: Any) -> Any:
        """Take one out."""
        if default and key not in self:
            return default[0]
        found = self[key]
        del self[key]
        return found

    def keys(self) -> Any:
        return dict.fromkeys(self._names()).keys()

    def values(self) -> Any:
        return {key: self[key] for key in self._names()}.values()

    def items(self) -> Any:
        return {key: self[key] for key in self._names()}.items()

    def update(self, others: Any) -> None:
        """Take over the entries of a mapping, or (key, value) pairs."""
        if not hasattr(others, "__iter__"):
            raise TypeError(f"{type(self).__name__}.update should be called with an iterable of key/value pairs, but "
                            f"got {type(others).__name__}")
        pairs = others.items() if hasattr(others, "items") else others
        for i, pair in enumerate(pairs):
            if not hasattr(pair, "__iter__"):
                raise TypeError(f"{type(self).__name__} update sequence element #{i} should be Iterable; is"
                                f"{type(pair).__name__}")
            if len(pair) != 2:
                raise ValueError(f"{type(self).__name__} update sequence element #{i} has length {len(pair)}; 2 is "
                                 "required")
            self[pair[0]] = pair[1]  # type: ignore[index]


class ModuleDict(_Named, Module):
    """Modules by name.  As torch.nn.ModuleDict."""

    def __init__(self, modules: Any = None) -> None:
        if modules is not None:
            self.update(modules)

    def _names(self) -> list[str]:
        return list(self._modules)

    def __setitem__(self, key: str, module: Any) -> None:
        self.add_module(key, module)


class ParameterList(Module):
    """Parameters, and anything else, in a list; Tensors become Parameters.  As torch.nn.ParameterList."""

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        self._size = 0
        if values is not None:
            self.extend(values)

    def _place(self, index: int) -> str:
        index = operator.index(index)
        if not -self._size <= index < self._size:
            raise IndexError(f"index {index} is out of range")
        return str(index % self._size)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)([self[i] for i in range(*index.indices(self._size))])
        return vars(self)[self._place(index)]

    def __setitem__(self, index: int, value: Any) -> None:
        vars(self)[self._place(index)] = _as_parameter(value)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return iter([self[i] for i in range(self._size)])

    def append(self, value: Any) -> Any:
        """Add one at the end."""
        vars(self)[str(self._size)] = _as_parameter(value)
        self._size += 1
        return self

    def extend(self, values: Iterable[Any]) -> Any:
        """Add several at the end."""
        if isinstance(values, Tensor) or not hasattr(values, "__iter__"):
            raise TypeError(f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}")
        for value in values:
            self.append(value)
        return self

    __iadd__ = extend

    def extra_repr(self) -> str:
        return "\n".join(f"  ({i}): {_described(value, _dtype_name)}" for i, value in enumerate(self))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("ParameterList should not be called.")


class ParameterDict(_Named, Module):
    """Parameters, and anything else, by name; Tensors become Parameters.  As torch.nn.ParameterDict."""

    def __init__(self, parameters: Any = None) -> None:
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def _names(self) -> list[str]:
        return list(self._keys)

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{key}'")    # torch's, not KeyError
        return vars(self)[key]

    def update(self, others: Any) -> None:
        """Take over the entries of a mapping (a plain one's by name, as torch), or (key, value) pairs."""
        if isinstance(others, Mapping) and not isinstance(others, OrderedDict):
            others = sorted(others.items())
        super().update(others)

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError("Index given to ParameterDict cannot be used as a key as it is not a string (type is "
                            f"'{type(key).__name__}'). Open an issue on github if you need non-string keys.")
        if isinstance(value, Tensor) and key not in self._keys and hasattr(self, key):
            raise KeyError(f"attribute '{key}' already exists")
        self._keys[key] = None
        vars(self)[key] = _as_parameter(value)

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        del vars(self)[key]

    def clear(self) -> None:
        for key in self._names():
            del self[key]

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._names())

    def copy(self) -> ParameterDict:
        """A new ParameterDict of the same entries."""
        return ParameterDict(self.items())

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The entry, put in as `default` where missing."""
        if key not in self:
            self[key] = default
        return self[key]

    def popitem(self) -> tuple[str, Any]:
        """Take the last one out."""
        if not self._keys:
            raise KeyError("popitem(): dictionary is empty")
        key = self._names()[-1]
        return key, self.pop(key)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """A new ParameterDict with these keys, each `default`."""
        return ParameterDict((key, default) for key in keys)

    def __or__(self, other: ParameterDict) -> ParameterDict:
        return ParameterDict([*self.items(), *other.items()])

    def __ror__(self, other: ParameterDict) -> ParameterDict:
        return ParameterDict([*other.items(), *self.items()])

    def __ior__(self, other: ParameterDict) -> ParameterDict:
        self.update(other)
        return self

    def extra_repr(self) -> str:
        return "\n".join(f"  ({key}): {_described(value, tensor_type)}" for key, value in self.items())

    def __call__(self, input: Any) -> Any:
        raise RuntimeError("ParameterDict should not be called.")


def _as_parameter(value: Any) -> Any:
    return Parameter(value) if isinstance(value, Tensor) and not is_parameter(value) else value


def _dtype_name(tensor: Tensor) -> str:
    return str(named_dtype(tensor.dtype))


def _described(value: Any, kind: Any) -> str:
    """An entry as torch describes it; the list names its dtype, the dict its tensor type."""
    if not isinstance(value, Tensor):
        return f"Object of type: {type(value).__name__}"
    what = "Parameter" if is_parameter(value) else "Tensor"
    return f"{what} containing: [{kind(value)} of size {'x'.join(map(str, value.shape))}]"


class Container(Module):
    """Modules by name, torch's old form of ModuleDict.  As torch.nn.Container."""

    def __init__(self, **kwargs: Any) -> None:
        warnings.warn("`nn.Container` is deprecated. All of its functionality is now implemented in `nn.Module`. "
                      "Subclass that instead.", FutureWarning, stacklevel=2)
        for name, module in kwargs.items():
            self.add_module(name, module)
