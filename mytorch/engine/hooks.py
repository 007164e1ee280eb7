"""What a node shows, hooks on it, and the look for nan: what may come between a node and its gradients."""
from __future__ import annotations

import itertools
import os
import warnings
from typing import Any, Callable, Iterable

import numpy as np

from .._types import tensor_type
from .modes import mode, watch

__all__ = ["NodeFace", "RemovableHandle", "faces", "note_stack", "posthooks", "prehooks", "watched"]

ndarray = np.ndarray


class RemovableHandle:
    """Takes a hook away again; also a context manager."""
    _numbers = itertools.count()

    def __init__(self, hooks: dict, fn: Any, *, first: bool = False) -> None:
        self.hooks, self.id = hooks, next(self._numbers)
        self.notes: list[dict] = []
        hooks[self.id] = fn
        if first:
            for key in list(hooks)[:-1]:
                hooks[key] = hooks.pop(key)

    def note(self, where: dict) -> None:
        """Have `where` say True of the hook's number, as long as the hook is there."""
        where[self.id] = True
        self.notes.append(where)

    def remove(self) -> None:
        for each in (self.hooks, *self.notes):
            each.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: Any) -> None:
        self.remove()


#: What a hook is handed for an array, and what its answer is turned into: `tensor` sets both.
faces: list[Callable] = [lambda g: g, lambda g: g]


class NodeFace:
    """What torch shows of a node: its name, its gradients when called, its hooks."""
    __slots__ = ()
    backward: Callable
    note: Callable
    number: int
    outputs: int
    parents: Any

    def shown(self) -> Any:
        """The node, to be looked at."""
        return self

    @property
    def listed(self) -> Any:
        """The parents that torch lists."""
        return self.parents

    def name(self) -> str:
        """torch's name for what ran: AddBackward0."""
        return type(self.shown()).__name__

    def __repr__(self) -> str:
        return f"<{self.name().rpartition('::')[2]} object at {hex(id(self))}>"

    def __call__(self, *gradients: Any) -> Any:
        """The gradients of the inputs for these gradients of the outputs, without going further."""
        plainly = [g if mode.grad or g is None else faces[1](g) for g in gradients]
        found = tuple(map(faces[0], self.backward(plainly if self.outputs > 1 else plainly[0])))
        return found[0] if len(found) == 1 else found

    @property
    def metadata(self) -> dict:
        """A dict for whoever wants to note something on the node."""
        return self.note("metadata", {})

    def register_prehook(self, fn: Callable) -> RemovableHandle:
        """fn(gradients of the outputs) -> None or others, before the node runs backward."""
        return RemovableHandle(self.note("prehooks", {}), fn)

    def register_hook(self, fn: Callable) -> RemovableHandle:
        """fn(gradients of the inputs, gradients of the outputs) -> None or others, after the node ran backward."""
        return RemovableHandle(self.note("posthooks", {}), fn)

    def _sequence_nr(self) -> int:
        """Its place in the order of what ran."""
        return self.number


def prehooks(node: Any, g: Any) -> Any:
    """What hooks make of the gradient of a node's results before it is used."""
    extra = node.extra or {}
    several = node.outputs > 1
    parts = list(g) if several else [g]
    for nr, hook in list(extra.get("hooks", {}).values()):
        if parts[nr] is not None:
            parts[nr] = _answer(hook, hook(faces[0](parts[nr])), parts[nr])
    for nr, keep in list(extra.get("keeps", {}).values()):  # retain_grad sees what the hooks made of it
        if parts[nr] is not None:
            keep(parts[nr])
    for hook in list(extra.get("prehooks", {}).values()):
        found = hook(tuple(map(faces[0], parts)))
        if found is not None:
            found = found if isinstance(found, tuple) else (found,)
            parts = [_answer(hook, new, old) for new, old in zip(found, parts)]
    return parts if several else parts[0]


def posthooks(node: Any, gradients: Iterable[Any], g: Any) -> Iterable[Any]:
    """What hooks make of the gradients of a node's inputs."""
    gradients = tuple(gradients)
    for hook in list((node.extra or {}).get("posthooks", {}).values()):
        found = hook(tuple(map(faces[0], gradients)), tuple(map(faces[0], g if node.outputs > 1 else (g,))))
        if found is not None:
            found = found if isinstance(found, tuple) else (found,)
            gradients = tuple(_answer(hook, new, old) for new, old in zip(found, gradients))
    return gradients


def _answer(hook: Callable, found: Any, old: Any) -> Any:
    """The gradient after a hook was asked: its own, or the old one where it answered None."""
    if found is None:
        return old
    name = getattr(hook, "__name__", type(hook).__name__)
    if not isinstance(found, (ndarray, np.generic)):
        raise TypeError(f"expected Variable, but hook returned '{type(found).__name__}'")
    if old is not None and tuple(found.shape) != tuple(old.shape):
        raise RuntimeError(f"hook '{name}' has changed the size of value")
    if old is not None and found.dtype != old.dtype:
        raise RuntimeError(f"hook '{name}' has changed the type of value (was {tensor_type(old)} got "
                           f"{tensor_type(found)})")
    return found if mode.grad else faces[1](found)


def note_stack(node: Any) -> None:
    """Under anomaly detection a node remembers where it was made."""
    import traceback  # not at the top: it takes longer to import than most files here
    here = os.path.dirname(os.path.dirname(__file__))  # the package: the frames of interest are its caller's
    frames = [f for f in traceback.extract_stack() if not f.filename.startswith(here)]
    node.note("stack", traceback.format_list(frames))


def watched(node: Any, g: Any, needs: Any) -> Iterable[Any]:
    """A step backward under anomaly detection: nan is an error, and every error tells where forward was called."""
    stack = (node.extra or {}).get("stack")
    told = (f"Traceback of forward call that caused the error:\n{''.join(stack)}" if stack else
            "No forward pass information available. Enable detect anomaly during forward pass for more information.")
    try:
        gradients = tuple(node.backward(g, needs))
        for i, found in enumerate(gradients if watch.check_nan else ()):
            if found is not None and np.isnan(faces[1](found)).any():
                raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.\n{told}")
    except Exception:
        warnings.warn(f"Error detected in {node.name()}. {told}", stacklevel=4)
        raise
    return gradients
