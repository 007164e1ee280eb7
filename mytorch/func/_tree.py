"""Nested tuples, lists and dicts, taken apart into leaves and put together again."""
from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Spec", "flatten", "spread", "tree_map", "unflatten"]


class Spec(NamedTuple):
    """What a nest looks like without its leaves.  kind: None for a leaf; keys: of a dict."""
    kind: Any
    keys: Any
    children: tuple

    def __repr__(self) -> str:
        if self.kind is None:
            return "*"
        inner = ",\n".join(map(repr, self.children)).replace("\n", "\n  ")
        return f"TreeSpec({self.kind.__name__}, {self.keys}, [{inner}])"


_LEAF = Spec(None, None, ())


def _parts(value: Any) -> tuple[Any, list] | None:
    """(keys, parts) of a nest, None of a leaf."""
    if isinstance(value, dict):
        return list(value), list(value.values())
    if type(value) in (tuple, list) or isinstance(value, tuple) and hasattr(value, "_fields"):
        return None, list(value)
    return None


def flatten(value: Any) -> tuple[list, Spec]:
    """(leaves, how to put them together again)."""
    found = _parts(value)
    if found is None:
        return [value], _LEAF
    keys, parts = found
    leaves: list = []
    children = []
    for part in parts:
        below, spec = flatten(part)
        leaves += below
        children.append(spec)
    return leaves, Spec(type(value), keys, tuple(children))


def unflatten(leaves: Any, spec: Spec) -> Any:
    """The nest again, of these leaves."""
    return _built(iter(leaves), spec)


def _built(leaves: Any, spec: Spec) -> Any:
    if spec.kind is None:
        return next(leaves)
    parts = [_built(leaves, child) for child in spec.children]
    if spec.keys is not None:
        return spec.kind(zip(spec.keys, parts))
    return spec.kind(*parts) if hasattr(spec.kind, "_fields") else spec.kind(parts)


def tree_map(function: Any, value: Any) -> Any:
    """The nest with function(leaf) in place of every leaf."""
    leaves, spec = flatten(value)
    return unflatten(map(function, leaves), spec)


def spread(prefix: Any, spec: Spec) -> list | None:
    """`prefix`, a nest that may end earlier than `spec`, as one value for every leaf; None where they do not fit."""
    if spec.kind is None or _parts(prefix) is None:
        return None if _parts(prefix) is not None else [prefix] * _count(spec)
    keys, parts = _parts(prefix) or (None, [])
    if keys != spec.keys or len(parts) != len(spec.children):
        return None
    below = [spread(part, child) for part, child in zip(parts, spec.children)]
    return None if any(b is None for b in below) else [value for b in below for value in b or ()]


def _count(spec: Spec) -> int:
    return 1 if spec.kind is None else sum(map(_count, spec.children))
