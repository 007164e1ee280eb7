"""DataLoader: batches of a dataset, in an order, again and again."""
from __future__ import annotations

import warnings
from typing import Any, Callable, Iterable, Iterator

from ... import random
from .collate import default_collate, default_convert
from .dataset import IterableDataset
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

__all__ = ["DataLoader", "get_worker_info"]


#: What decides the order, and so stays as it was made.
_FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class _Endless(Sampler):
    """For datasets that are iterated: how many samples to take is all that counts."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


class DataLoader:
    """Iterates over batches of `dataset`; every `for` loop is a new pass.

        for x, y in DataLoader(dataset, batch_size=50, shuffle=True):

    Args:
        dataset: `dataset[i]` gives a sample (and len() their number), or an IterableDataset.
        batch_size: None: samples, not batches.  shuffle: a new random order each pass.
        sampler, batch_sampler: the order, instead of shuffle.  collate_fn: makes a batch of a list of samples.
        drop_last: leave out a last batch that is not full.  generator: draws the order.
        num_workers and what belongs to it: with a warning, samples are read in this process, in the same order; of an
            IterableDataset, whose workers would each iterate over all of it, NotImplementedError.
        pin_memory, pin_memory_device, in_order: accepted, without meaning here.

    The same seed gives the same order as torch.  As torch.utils.data.DataLoader.
    """
    _made = False

    def __init__(self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None,
                 sampler: Iterable | None = None, batch_sampler: Iterable | None = None, num_workers: int = 0,
                 collate_fn: Callable | None = None, pin_memory: bool = False, drop_last: bool = False,
                 timeout: float = 0, worker_init_fn: Callable | None = None, multiprocessing_context: Any = None,
                 generator: Any = None, *, prefetch_factor: int | None = None, persistent_workers: bool = False,
                 pin_memory_device: str = "", in_order: bool = True) -> None:
        _check_workers(dataset, num_workers, timeout, prefetch_factor, persistent_workers, multiprocessing_context)
        self.dataset, self.num_workers, self.pin_memory, self.timeout = dataset, num_workers, pin_memory, timeout
        self.worker_init_fn, self.prefetch_factor, self.persistent_workers = (worker_init_fn, prefetch_factor,
                                                                              persistent_workers)
        self.pin_memory_device, self.in_order, self.generator = pin_memory_device, in_order, generator
        self._iterable = isinstance(dataset, IterableDataset)
        _check_order(self._iterable, batch_size, shuffle, sampler, batch_sampler, drop_last)
        if sampler is None:
            sampler = _Endless() if self._iterable else (
                RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset))
        if batch_sampler is not None:
            batch_size = None
        elif batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)  # type: ignore[arg-type]
        self.batch_size, self.drop_last = batch_size, drop_last
        self.sampler, self.batch_sampler = sampler, batch_sampler
        if collate_fn is None:
            collate_fn = default_convert if batch_sampler is None else default_collate
        self.collate_fn, self.multiprocessing_context, self._made = collate_fn, multiprocessing_context, True

    def __setattr__(self, name: str, value: Any) -> None:
        if self._made and name in _FIXED:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        object.__setattr__(self, name, value)

    def __iter__(self) -> Iterator[Any]:
        # torch draws a seed for worker processes at every pass, also when there are none
        self._base_seed = random.int64_seed(self.generator)
        return self._batches()

    def _batches(self) -> Iterator[Any]:
        dataset, collate = self.dataset, self.collate_fn
        if self._iterable:
            yield from self._batches_of_iterable()
        elif self.batch_sampler is None:
            for index in self.sampler:
                yield collate(dataset[index])
        else:
            many = getattr(dataset, "__getitems__", None)
            for indices in self.batch_sampler:
                yield collate(many(indices) if many else [dataset[i] for i in indices])

    def _batches_of_iterable(self) -> Iterator[Any]:
        samples = iter(self.dataset)
        if self.batch_sampler is None:
            yield from map(self.collate_fn, samples)
            return
        batch: list[Any] = []
        for sample in samples:
            batch.append(sample)
            if len(batch) == self.batch_size:
                yield self.collate_fn(batch)
                batch = []
        if batch and not self.drop_last:
            yield self.collate_fn(batch)

    def __next__(self) -> Any:
        """The tutorial's spelling: the loader is its own iterator, and begins anew after the last batch."""
        if getattr(self, "_pass", None) is None:
            self._pass: Any = iter(self)
        try:
            return next(self._pass)
        except StopIteration:
            self._pass = None
            raise

    def __len__(self) -> int:
        if self._iterable:
            count = len(self.dataset)
            if self.batch_size is None:
                return count
            return count // self.batch_size if self.drop_last else -(-count // self.batch_size)
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)  # type: ignore[arg-type]


def _check_order(iterable: bool, batch_size: Any, shuffle: Any, sampler: Any, batch_sampler: Any,
                 drop_last: bool) -> None:
    """Raise where two options would decide the same."""
    if iterable:
        if shuffle:
            raise ValueError(f"DataLoader with IterableDataset: expected unspecified shuffle option, but got "
                             f"shuffle={shuffle}")
        for name, given in (("sampler", sampler), ("batch_sampler", batch_sampler)):
            if given is not None:
                raise ValueError(f"DataLoader with IterableDataset: expected unspecified {name} option, but got "
                                 f"{name}={given}")
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None:
        if batch_size != 1 or shuffle or sampler is not None or drop_last:
            raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and "
                             "drop_last")
    elif batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")


def _check_workers(dataset: Any, num_workers: int, timeout: float, prefetch_factor: Any, persistent: bool,
                   context: Any) -> None:
    """Say what only worker processes could do."""
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers > 0:
        if isinstance(dataset, IterableDataset):
            raise NotImplementedError("DataLoader: num_workers > 0 for an IterableDataset")
        warnings.warn(f"DataLoader: num_workers={num_workers}: there are no worker processes here; samples are read in "
                      "this process, in the same order, and worker_init_fn is not called", stacklevel=3)
        return
    if prefetch_factor is not None:
        raise ValueError("prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to "
                         "enable multiprocessing, otherwise set prefetch_factor to None.")
    if persistent:
        raise ValueError("persistent_workers option needs num_workers > 0")
    if context is not None:
        raise ValueError("multiprocessing_context can only be used with multi-process loading (num_workers > 0), but "
                         f"got num_workers={num_workers}")


def get_worker_info() -> None:
    """None: this is the main process.  As torch.utils.data.get_worker_info."""
    return None
