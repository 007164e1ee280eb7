"""`_modules`, `_parameters` and `_buffers`, which torch's programs read and write: computed from the attributes, and
what is written to them becomes an attribute.
"""
from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Iterator

__all__ = ["Members"]


class Members(dict, MutableMapping):
    """The members of a net that are of one kind, by name; None in the places of those registered with None."""

    def __init__(self, net: Any, kind: str, members: Iterator) -> None:
        self._net, self._kind = net, kind
        here, empty = vars(net), vars(net).get("_empty")
        found = dict(members)
        if empty:
            found.update((name, None) for name, what in empty.items() if what == kind and here[name] is None)
            order = {name: i for i, name in enumerate(here)}
            found = dict(sorted(found.items(), key=lambda item: order.get(item[0], -1)))
        super().__init__(found)

    def _home(self, name: str) -> dict:
        """Where the member is: among the attributes, or in the dict of parameters that a net of the tutorial has."""
        here = vars(self._net)
        return here["parameters"] if name in here.get("parameters", ()) else here

    def __setitem__(self, name: str, value: Any) -> None:
        self._home(name)[name] = value
        if self._kind == "buffer":
            vars(self._net).setdefault("_buffer_names", {}).setdefault(name, True)
        elif value is None:
            vars(self._net).setdefault("_empty", {})[name] = self._kind
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        del self._home(name)[name]
        for names in ("_buffer_names", "_empty"):
            vars(self._net).get(names, {}).pop(name, None)

    def __reduce__(self) -> tuple:
        return dict, (dict(self),)

    # dict's own would not come by the two above
    pop, popitem, clear = MutableMapping.pop, MutableMapping.popitem, MutableMapping.clear  # type: ignore[assignment]
    update, setdefault = MutableMapping.update, MutableMapping.setdefault  # type: ignore[assignment]
