"""Datasets, samplers, loader and collation against torch: same seed, same batches, same errors."""
from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest
import torch
import torch.utils.data as theirs

import mytorch
import mytorch.utils.data as ours

BOTH = ((mytorch, ours), (torch, theirs))
Pair = namedtuple("Pair", "a b")


def plain(value):
    """Batches without a framework."""
    if isinstance(value, (mytorch.Tensor, torch.Tensor)):
        return (str(np.asarray(value).dtype), np.asarray(value).tolist())
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(plain, value)]
    return value


def both(make):
    """What `make(torch or mytorch, its data module)` gives, for each, with the generator's state afterwards."""
    results = []
    for ns, data in BOTH:
        ns.manual_seed(11)
        results.append((plain(make(ns, data)), bytes(np.asarray(ns.get_rng_state()))))
    assert results[0] == results[1]
    return results[0][0]


LOADERS = {
    "plain": {"batch_size": 4}, "one by one": {}, "shuffled": {"batch_size": 4, "shuffle": True},
    "last dropped": {"batch_size": 4, "drop_last": True}, "no batches": {"batch_size": None},
    "shuffled, last dropped": {"batch_size": 3, "shuffle": True, "drop_last": True}, "pinned": {"pin_memory": False}}


@pytest.mark.parametrize("options", LOADERS.values(), ids=LOADERS)
def test_loader_gives_torchs_batches_and_draws_as_it_does(options):
    def make(ns, data):
        x = ns.arange(22).reshape(11, 2)
        loader = data.DataLoader(data.TensorDataset(x.float(), x[:, 0]), **options)
        return [len(loader), list(loader), list(loader)]
    both(make)


def test_a_generator_of_its_own_leaves_the_default_one_alone():
    both(lambda ns, data: list(data.DataLoader(list(range(10)), batch_size=4, shuffle=True,
                                               generator=ns.Generator().manual_seed(5))))


@pytest.mark.parametrize("make", [
    lambda data: data.RandomSampler(range(10)), lambda data: data.RandomSampler(range(10), num_samples=25),
    lambda data: data.RandomSampler(range(10), replacement=True, num_samples=40),
    lambda data: data.SubsetRandomSampler([3, 1, 4, 1, 5]), lambda data: data.SequentialSampler("abcd"),
    lambda data: data.WeightedRandomSampler([0.1, 0.2, 0.7], 8),
    lambda data: data.WeightedRandomSampler([0.1, 0.2, 0.7], 3, False),
    lambda data: data.BatchSampler(data.SequentialSampler(range(10)), 4, False),
    lambda data: data.BatchSampler(data.RandomSampler(range(10)), 4, True),
    lambda data: data.DistributedSampler(range(10), 3, 1), lambda data: data.DistributedSampler(range(10), 4, 3, False),
    lambda data: data.DistributedSampler(range(11), 4, 3, drop_last=True)], ids=range(12))
def test_samplers_draw_torchs_numbers(make):
    both(lambda ns, data: [len(make(data)), [int(i) if not isinstance(i, list) else i for i in make(data)]])


@pytest.mark.parametrize("lengths", [[5, 3, 2], [0.5, 0.3, 0.2], [0.33, 0.33, 0.34]])
def test_random_split_cuts_where_torch_cuts(lengths):
    both(lambda ns, data: [list(part.indices) for part in data.random_split(range(10), lengths)])


BATCHES = {
    "numbers": lambda ns: [1, 2], "floats": lambda ns: [1.5, 2.5], "bools": lambda ns: [True, False],
    "strings": lambda ns: ["a", "b"], "arrays": lambda ns: [np.ones(2, np.float32), np.zeros(2, np.float32)],
    "0-d arrays": lambda ns: [np.array(1.0), np.array(2.0)], "NumPy scalars": lambda ns: [np.float32(1), np.float32(2)],
    "tensors": lambda ns: [ns.ones(2, 3), ns.zeros(2, 3)], "0-d tensors": lambda ns: [ns.tensor(1), ns.tensor(2)],
    "tuples": lambda ns: [(1, ns.ones(2)), (2, ns.zeros(2))], "lists": lambda ns: [[1, 2.0], [3, 4.0]],
    "dicts": lambda ns: [{"a": 1, "b": ns.ones(1)}, {"a": 2, "b": ns.zeros(1)}],
    "named tuples": lambda ns: [Pair(1, 2.0), Pair(3, 4.0)], "nested": lambda ns: [({"a": [1, (2,)]},)] * 2,
    "strings in tuples": lambda ns: [(1, "x"), (2, "y")], "strings in lists": lambda ns: [["x", 1], ["y", 2]],
    "integers, then floats": lambda ns: [1, 2.5], "truth, then integers": lambda ns: [True, 2],
    "tensors of several types": lambda ns: [ns.tensor(1), ns.tensor(2.5)],
    "no numbers": lambda ns: [ns.ones(0, 2), ns.ones(0, 2)]}


@pytest.mark.parametrize("make", BATCHES.values(), ids=BATCHES)
def test_default_collate_and_convert(make):
    both(lambda ns, data: data.default_collate(make(ns)))
    both(lambda ns, data: data.default_convert(make(ns)))


def test_datasets_in_datasets():
    def make(ns, data):
        a, b = data.TensorDataset(ns.arange(3)), data.TensorDataset(ns.arange(10, 14))
        joined = a + b
        return [len(joined), [joined[i] for i in (0, 2, 3, -1)], [data.Subset(joined, [5, 1])[i] for i in (0, 1)],
                data.StackDataset(x=a).__getitems__([0, 2]),
                data.StackDataset(a, a)[1], data.StackDataset(x=a, y=a)[2], joined.cumulative_sizes]
    both(make)


def test_iterable_datasets():
    def make(ns, data):
        class Count(data.IterableDataset):
            def __init__(self, n):
                self.n = n

            def __iter__(self):
                return iter(range(self.n))

        return [list(data.DataLoader(Count(5), batch_size=2)), list(data.DataLoader(Count(3) + Count(2), batch_size=4)),
                list(data.DataLoader(Count(5), batch_size=2, drop_last=True)), list(data.DataLoader(Count(2), None))]
    both(make)


ERRORS = {
    "unequal shapes": lambda ns, data: data.default_collate([ns.ones(2), ns.ones(3)]),
    "unequal lengths": lambda ns, data: data.default_collate([[1], [1, 2]]),
    "no batch of that": lambda ns, data: data.default_collate([object()]),
    "sampler and shuffle": lambda ns, data: data.DataLoader([1], shuffle=True, sampler=[0]),
    "batch_size 0": lambda ns, data: data.DataLoader([1], batch_size=0),
    "batch_sampler and batch_size": lambda ns, data: data.DataLoader([1], batch_size=2, batch_sampler=[[0]]),
    "no batches to drop": lambda ns, data: data.DataLoader([1], batch_size=None, drop_last=True),
    "split": lambda ns, data: data.random_split(range(3), [1, 1]),
    "sizes": lambda ns, data: data.TensorDataset(ns.ones(2), ns.ones(3)),
    "too far back": lambda ns, data: data.ConcatDataset([[1, 2]])[-3],
    "nothing to join": lambda ns, data: data.ConcatDataset([]),
    "negative workers": lambda ns, data: data.DataLoader([1], num_workers=-1),
    "weights": lambda ns, data: data.WeightedRandomSampler([[0.1]], 1),
    "num_samples": lambda ns, data: data.WeightedRandomSampler([0.1], 0),
    "replacement": lambda ns, data: data.RandomSampler([1], replacement=1),
    "nothing to shuffle": lambda ns, data: data.DataLoader([], shuffle=True),
    "no share": lambda ns, data: data.DistributedSampler(range(3)),
    "a context, no workers": lambda ns, data: data.DataLoader([1], multiprocessing_context="fork"),
    "strings among numbers": lambda ns, data: data.default_collate([1, "a"]),
    "a number among tensors": lambda ns, data: data.default_collate([ns.ones(1), 3]),
    "a new sampler": lambda ns, data: setattr(data.DataLoader([1]), "sampler", [0]),
    "another size": lambda ns, data: setattr(data.DataLoader([1]), "batch_size", 3)}


@pytest.mark.parametrize("call", ERRORS.values(), ids=ERRORS)
def test_errors_are_of_torchs_kind_and_begin_with_its_words(call):
    with pytest.raises(Exception) as expected:
        call(torch, theirs)
    with pytest.raises(type(expected.value)) as got:
        call(mytorch, ours)
    assert str(got.value).split()[:3] == str(expected.value).split()[:3]


def test_without_worker_processes_the_order_is_theirs_and_one_is_told():
    with pytest.warns(UserWarning, match="num_workers=2: there are no worker processes here"):
        loader = ours.DataLoader(range(5), batch_size=2, shuffle=True, num_workers=2, persistent_workers=True,
                                 generator=mytorch.Generator().manual_seed(3))
    expected = theirs.DataLoader(range(5), batch_size=2, shuffle=True, num_workers=2,
                                 generator=torch.Generator().manual_seed(3))
    assert plain(list(loader)) == plain(list(expected))

    class Count(ours.IterableDataset):
        def __iter__(self):
            return iter(range(3))
    with pytest.raises(NotImplementedError, match="num_workers"):
        ours.DataLoader(Count(), num_workers=2)


def test_the_tutorials_loader_is_its_own_iterator_and_begins_anew():
    loader = ours.DataLoader([(np.array([float(i)]), np.array([i])) for i in range(5)], batch_size=2)
    first = [next(loader), next(loader), next(loader)]
    with pytest.raises(StopIteration):
        next(loader)
    again = list(loader)
    assert plain(first) == plain(again) and len(next(loader)) == 2


def test_samples_that_require_grad_stay_on_the_tape():
    x = mytorch.ones(2, requires_grad=True)
    (ours.default_collate([x, 2 * x]) * mytorch.tensor([[1.0, 2], [3, 4]])).sum().backward()
    np.testing.assert_array_equal(x.grad, [7, 10])
