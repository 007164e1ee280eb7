"""Small helpers of layers, under torch's names: torch.nn.modules.utils."""
from __future__ import annotations

from itertools import repeat
from typing import Any, Callable, Iterable

__all__ = ["consume_prefix_in_state_dict_if_present"]


def _ntuple(n: int, name: str = "parse") -> Callable[[Any], tuple]:
    """A function that makes one value n equal ones, and any iterable a tuple."""
    def parse(x: Any) -> tuple:
        return tuple(x) if isinstance(x, Iterable) else tuple(repeat(x, n))
    parse.__name__ = name
    return parse


_single, _pair, _triple, _quadruple = (_ntuple(n + 1, name) for n, name in enumerate(
    ("_single", "_pair", "_triple", "_quadruple")))


def _reverse_repeat_tuple(t: tuple, n: int) -> tuple:
    """The entries from last to first, each n times: what `pad` takes."""
    return tuple(x for x in reversed(t) for _ in range(n))


def _list_with_default(out_size: list, defaults: list) -> Any:
    """`out_size` with each None replaced by the last defaults."""
    if isinstance(out_size, int):
        return out_size
    if len(defaults) <= len(out_size):
        raise ValueError(f"Input dimension should be at least {len(out_size) + 1}")
    return [v if v is not None else d for v, d in zip(out_size, defaults[-len(out_size):])]


def consume_prefix_in_state_dict_if_present(state_dict: dict, prefix: str) -> None:
    """Take `prefix` off the names that begin with it, in place: for states of a DataParallel's module.

    As torch.nn.modules.utils.consume_prefix_in_state_dict_if_present.
    """
    for key in list(state_dict):
        if key.startswith(prefix):
            state_dict[key[len(prefix):]] = state_dict.pop(key)
    metadata: dict = getattr(state_dict, "_metadata", {})
    for key in list(metadata):
        if key and key.startswith(prefix[:-1]):
            metadata[key.replace(prefix if key.startswith(prefix) else prefix[:-1], "", 1)] = metadata.pop(key)
