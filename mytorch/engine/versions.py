"""Writes into memory: which memory was written to, how often, and when.

One clock numbers everything: nodes of the tape as they run, and writes.  So "was this saved array changed after the
node ran?" is one comparison, and costs nothing until somebody writes.
"""
from __future__ import annotations

import itertools
import weakref
from collections import deque
from typing import Any, Callable, Iterable

import numpy as np

__all__ = ["changes", "clock", "owner", "storage_of", "version", "wrote", "wrote_all"]

ndarray = np.ndarray
clock: Callable[[], int] = itertools.count(1).__next__  # one C call: safe among threads, 25 ns


class _Storage:
    """What is known of memory that was written to: how often, and when lately."""
    __slots__ = ("ref", "count", "times")

    def __init__(self, owner: ndarray, gone: Callable) -> None:
        self.ref, self.count = weakref.ref(owner, gone), 0
        self.times: deque[int] = deque(maxlen=32)


_storages: dict[int, _Storage] = {}  # id of the array that owns the memory -> its writes
last_write = 0


def owner(array: Any) -> Any:
    """The array that owns the memory `array` looks into."""
    base = array.base
    while isinstance(base, ndarray):
        array, base = base, base.base
    return array


def storage_of(array: ndarray) -> _Storage:
    """What is known of the memory of `array`; all views of it share it."""
    root = owner(array)
    key = id(root)
    storage = _storages.get(key)
    if storage is None:
        storage = _storages[key] = _Storage(root, lambda _: _storages.pop(key, None))
    return storage


def wrote(array: ndarray) -> None:
    """Note that memory was written to."""
    wrote_all((storage_of(array),))


def wrote_all(storages: Iterable[_Storage]) -> None:
    """Note that these were written to; for who writes to the same memory again and again and keeps it alive."""
    global last_write
    last_write = now = clock()
    for storage in storages:
        storage.count += 1
        storage.times.append(now)


def version(array: ndarray) -> int:
    """How often the memory of `array` was written to (torch's `_version`)."""
    storage = _storages.get(id(owner(array)))
    return storage.count if storage else 0


def changes(array: ndarray, since: int) -> int:
    """How often the memory of `array` was written to after the time `since` (counted up to 32)."""
    storage = _storages.get(id(owner(array)))
    if storage is None or not storage.count or storage.times[-1] <= since:
        return 0
    return sum(time > since for time in storage.times)
