"""L-BFGS takes torch's steps: as many evaluations, the same losses, the same memory."""
import numpy as np
import pytest
import torch
from optim_rows import as_tensors, plain

import mytorch

OPTIONS = [
    dict(), dict(lr=0.1, max_iter=5, history_size=3), dict(max_iter=4, max_eval=3),
    dict(tolerance_grad=1e-2), dict(tolerance_change=1e-2),
    dict(line_search_fn="strong_wolfe"), dict(line_search_fn="strong_wolfe", history_size=2, max_iter=6, lr=2.0),
    dict(line_search_fn="strong_wolfe", max_eval=7, lr=30.0), dict(line_search_fn="strong_wolfe", lr=1e-3),
    dict(line_search_fn="strong_wolfe", max_iter=3, max_eval=1, lr=5.0),
]


class Valley:
    """A curved valley with several minima, in 8 + 3 dimensions; z takes no part."""

    def __init__(self, library, options, dtype="float64", start=None):
        random = np.random.RandomState(0)
        a = random.standard_normal((8, 8))
        start = [random.standard_normal(8) * 2, random.standard_normal(3) * 2, np.ones(2)] if start is None else start
        self.library, self.losses = library, []
        self.a = library.tensor((a @ a.T).astype(dtype))
        self.params = [library.nn.Parameter(library.tensor(np.asarray(x, dtype))) for x in start]
        self.optimizer = library.optim.LBFGS(self.params, **options)

    def closure(self):
        x, y, _ = self.params
        self.optimizer.zero_grad()
        loss = (x * (self.a @ x)).sum() * 0.1 + ((x ** 4).sum() + (y ** 4).sum() - (y * y).sum() * 3) * 0.1
        loss.backward()
        self.losses.append(loss.item())
        return loss

    def steps(self, count):
        for _ in range(count):
            assert self.optimizer.step(self.closure).item() in self.losses
        return self

    def arrays(self):
        return [p.detach().numpy().copy() for p in self.params]


def kinds(value):
    """The types in a state dict, arrays by shape."""
    if isinstance(value, np.ndarray):
        return value.shape
    if isinstance(value, dict):
        return [(k, kinds(v)) for k, v in value.items()]
    return list(map(kinds, value)) if isinstance(value, list) else type(value)


def same(ours, theirs):
    assert len(ours.losses) == len(theirs.losses)
    np.testing.assert_allclose(ours.losses, theirs.losses, rtol=1e-8)
    for x, y in zip(ours.arrays(), theirs.arrays()):
        np.testing.assert_allclose(x, y, rtol=1e-6, atol=1e-9)
    assert kinds(plain(ours.optimizer.state_dict())) == kinds(plain(theirs.optimizer.state_dict()))
    assert repr(ours.optimizer) == repr(theirs.optimizer)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_steps(options):
    ours, theirs = (Valley(library, options) for library in (mytorch, torch))
    for _ in range(3):
        same(ours.steps(1), theirs.steps(1))


@pytest.mark.parametrize("options", [dict(max_iter=3), dict(line_search_fn="strong_wolfe", max_iter=3)], ids=str)
def test_state_goes_from_one_to_the_other(options):
    theirs = Valley(torch, options).steps(2)
    ours = Valley(mytorch, options, start=theirs.arrays())
    ours.optimizer.load_state_dict(as_tensors(mytorch, plain(theirs.optimizer.state_dict())))
    theirs.losses.clear()
    same(ours.steps(2), theirs.steps(2))
    back = Valley(torch, options, start=ours.arrays())
    back.optimizer.load_state_dict(as_tensors(torch, plain(ours.optimizer.state_dict())))
    ours.losses.clear()
    same(ours.steps(2), back.steps(2))


def test_float32():
    ours, theirs = (Valley(library, dict(line_search_fn="strong_wolfe", max_iter=5), "float32").steps(1)
                    for library in (mytorch, torch))
    assert kinds(plain(ours.optimizer.state_dict())) == kinds(plain(theirs.optimizer.state_dict()))
    np.testing.assert_allclose(ours.losses, theirs.losses, rtol=1e-4)


def test_complex_parameters():
    found = []
    for library in (mytorch, torch):
        z = library.nn.Parameter(library.tensor(np.array([1 + 2j, -1 + 0.5j])))
        optimizer = library.optim.LBFGS([z], line_search_fn="strong_wolfe", max_iter=4)

        def closure(z=z, optimizer=optimizer):
            optimizer.zero_grad()
            loss = ((z - (2 - 1j)).abs() ** 2).sum() + (z.abs() ** 4).sum()
            loss.backward()
            return loss
        optimizer.step(closure)
        found.append(z.detach().numpy())
    np.testing.assert_allclose(*found, rtol=1e-8)


def test_another_line_search_is_refused():
    for library in (torch, mytorch):
        with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported"):
            Valley(library, dict(line_search_fn="armijo")).steps(1)


def test_a_second_group_is_refused():
    for library in (torch, mytorch):
        valley = Valley(library, {})
        valley.optimizer.add_param_group({"params": [library.nn.Parameter(library.zeros(2))]})
        with pytest.raises(AssertionError, match="Expected exactly one param_group, but got 2"):
            valley.steps(1)


def test_at_the_minimum_nothing_happens():
    for library in (torch, mytorch):
        p = library.nn.Parameter(library.zeros(2))
        optimizer = library.optim.LBFGS([p])

        def closure(p=p):
            loss = (p ** 2).sum()
            loss.backward()
            return loss
        assert optimizer.step(closure).item() == 0
        assert optimizer.state_dict()["state"] == {0: {"func_evals": 1, "n_iter": 0}}
