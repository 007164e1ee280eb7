"""Small parameters, updated together as one line of numbers.

Their state lives in that line for good; the state tensors are views into it.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..engine.keep import getrefcount
from ..engine.line import SMALL, line_of
from ..engine.tape import ndarray, owner, storage_of, wrote_all
from ..engine.tensor import Tensor, plain
from ._work import Work

__all__ = ["Plan"]

TOGETHER = 65536  # elements of one line: what a rule touches should stay in the cache
_HELD_BY_STATE = 3  # references to a state tensor in `_likeness`: the state's, that of its own name, the question's


class Plan:
    """Which parameters of a group are updated together.

    It is made when parameters have had gradients twice, and holds as long as they, their memory and their state are
    the very same objects.
    """
    __slots__ = ("params", "names", "idle", "alone", "chunks")

    def __init__(self, optimizer: Any, group: dict[str, Any], present: list[Tensor]) -> None:
        self.params, self.names = list(group["params"]), optimizer.arrays(group)
        found = {id(param) for param in present}
        self.idle = [param for param in self.params if id(param) not in found]
        self.alone: list[Tensor] = []
        lines: list[list[Tensor]] = []
        open_lines: dict[Any, tuple[list, int]] = {}  # by likeness: the line being filled, its elements
        owners: set[int] = set()
        for param in present:
            root = id(owner(param))
            key = None if root in owners else _likeness(optimizer, group, param)
            owners.add(root)  # who shares memory with another sees the other's update
            if key is None:
                self.alone.append(param)
                continue
            line, count = open_lines.get(key, ([], TOGETHER))
            if count >= TOGETHER:
                line, count = [], 0
                lines.append(line)
            line.append(param)
            open_lines[key] = line, count + plain(param).size
        self.chunks = [_Chunk(optimizer, group, line) for line in lines]

    def run(self, optimizer: Any, group: dict[str, Any]) -> bool:
        """Update the group; False, and nothing done, if it is not as it was."""
        params = group["params"]
        if len(params) != len(self.params) or optimizer.arrays(group) != self.names:
            return False
        for param, known in zip(params, self.params):
            if param is not known:
                return False
        for param in self.idle:
            if param._grad is not None:
                return False
        for chunk in self.chunks:
            if not chunk.ready() or optimizer._shown and not chunk.unchanged(optimizer._state):
                return False
        for chunk in self.chunks:
            chunk.run(optimizer, group)
        for param in self.alone:
            if param._grad is not None:
                optimizer._update(group, param)
        return True


def _likeness(optimizer: Any, group: dict[str, Any], param: Tensor) -> Any:
    """What parameters in one line have in common: type and step.  None: better updated alone.

    So is one whose state somebody holds: a tensor's memory cannot be moved, and theirs would be left behind.
    """
    array, kept = plain(param), optimizer._state.get(param, {})
    if array.size > SMALL or array.dtype.kind != "f" or not array.flags.c_contiguous or param.base is None:
        return None
    key: list[Any] = [array.dtype]
    for name in optimizer.numbers:
        value = kept.get(name)
        if not isinstance(value, Tensor) or value.ndim or getrefcount(kept[name]) > _HELD_BY_STATE:
            return None
        key += [value.dtype, value.item()]
    for name in optimizer.arrays(group):
        value = kept.get(name)
        if not isinstance(value, Tensor) or plain(value).shape != array.shape or value.dtype != array.dtype or (
                getrefcount(kept[name]) > _HELD_BY_STATE):
            return None
    return tuple(key)


class _Chunk:
    """Small parameters of one type that have made equally many steps, as one line."""
    __slots__ = ("members", "storages", "grads", "gathered", "sources", "pieces", "numbers", "work")
    members: list[tuple[Tensor, Any, Any, list]]  # parameter, what it is a view of, its state, (name, tensor) of that
    gathered: Any               # the bytes of `work.g`, where the gradients are put together
    sources: list[ndarray]      # the parameters, where they do not stand side by side: gathered too, and written back
    pieces: list[ndarray]       # `work.p`, cut as the parameters are
    numbers: list[ndarray]      # for each kept number a line of those of all members

    def __init__(self, optimizer: Any, group: dict[str, Any], params: list[Tensor]) -> None:
        arrays = [plain(param) for param in params]
        ends = np.cumsum([a.size for a in arrays]).tolist()
        whole = line_of(arrays)
        self.sources = [a.reshape(-1) for a in arrays] if whole is None else []
        self.storages = [storage_of(a) for a in arrays]
        self.grads: list[Any] = []

        def line() -> ndarray:
            return np.empty(ends[-1], arrays[0].dtype)

        def cut(x: ndarray) -> list[ndarray]:
            return [x[end - a.size:end] for a, end in zip(arrays, ends)]

        work = self.work = Work(arrays[0].dtype)
        work.p, work.g, work.a, work.b, work.e = (line() for _ in range(5))
        if whole is not None:
            work.p = whole
        work.d = work.g  # the gathered gradient is ours
        self.gathered = memoryview(work.g.view(np.uint8))  # type: ignore[arg-type]
        self.pieces = cut(work.p)
        kept: list[Any] = [optimizer._state.get(param) for param in params]
        work.arrays = tuple(_moved(kept, name, line(), cut) for name in optimizer.arrays(group))
        self.numbers = [_moved(kept, name, np.empty(len(params), kept[0][name].dtype),
                               lambda x: [x[i:i + 1] for i in range(len(x))]) for name in optimizer.numbers]
        names = [*optimizer.numbers, *optimizer.arrays(group)]
        self.members = [(param, param.base, entry, [(name, entry[name]) for name in names])
                        for param, entry in zip(params, kept)]

    def ready(self) -> bool:
        """Collect the gradients; False if one is missing, or a parameter moved to other memory."""
        grads, dtype = self.grads, self.work.g.dtype
        grads.clear()
        for param, base, _, _ in self.members:
            g = param._grad
            if g is None or g.dtype is not dtype or param.base is not base:
                return False
            grads.append(g)
        return True

    def unchanged(self, state: dict) -> bool:
        """Whether the state is what this chunk moved into its lines, and the steps are equally many."""
        for param, _, entry, held in self.members:
            if state.get(param) is not entry:
                return False
            for name, tensor in held:
                if entry.get(name) is not tensor:  # type: ignore[union-attr]
                    return False
        return all(len(set(values.tolist())) == 1 for values in self.numbers)

    def run(self, optimizer: Any, group: dict[str, Any]) -> None:
        work, grads = self.work, self.grads
        try:
            self.gathered[:] = b"".join(grads)  # a fifth of np.concatenate's time
        except TypeError:  # some gradient is not contiguous
            self.gathered[:] = b"".join([np.ascontiguousarray(g) for g in grads])  # type: ignore[misc]
        if self.sources:
            np.concatenate(self.sources, 0, work.p)
        grads.clear()  # whoever drops the gradients wants the memory
        optimizer.rule(group, work, *optimizer.advance(group, *self.numbers))
        for target, piece in zip(self.sources, self.pieces):
            target[...] = piece
        wrote_all(self.storages)


def _moved(kept: list, name: str, line: ndarray, cut: Callable) -> ndarray:
    """Let the state tensors of this name live in `line`, one after the other."""
    for entry, place in zip(kept, cut(line)):
        old = plain(entry[name])
        place[...] = old.reshape(-1)
        entry[name] = place.reshape(old.shape).view(Tensor)
    return line
