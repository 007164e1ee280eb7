"""Small parameters updated as one line: the same bits as one by one, whatever changes between the steps."""
import copy
import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from optim_rows import ELEMENTWISE, SHAPES, Side, close, close_state, values

import mytorch
from mytorch.engine.line import in_line, line_of
from mytorch.engine.tensor import plain
from mytorch.optim import _rules, _together

every_row = pytest.mark.parametrize("name, options", ELEMENTWISE, ids=str)


def together(optimizer):
    """How many parameters are updated in a common line."""
    plans = [plan for plan in optimizer._plans.values() if isinstance(plan, _together.Plan)]
    return sum(len(chunk.members) for plan in plans for chunk in plan.chunks)


@every_row
def test_bits_are_those_of_one_by_one(name, options, monkeypatch):
    whole = Side(mytorch, name, options).steps(0, 10)
    assert together(whole.optimizer) == len(SHAPES)
    monkeypatch.setattr(_together, "SMALL", -1)
    alone = Side(mytorch, name, options).steps(0, 10)
    assert together(alone.optimizer) == 0
    close(whole.arrays(), alone.arrays(), ulps=0)
    close_state(whole.state(), alone.state(), ulps=0)


@every_row
def test_bits_are_those_of_pieces(name, options, monkeypatch):
    shapes = [(7, 5), (4,)]
    monkeypatch.setattr(_together, "SMALL", -1)
    whole = Side(mytorch, name, options, shapes).steps(0, 5)
    monkeypatch.setattr(_rules, "BLOCK", 8)
    pieces = Side(mytorch, name, options, shapes).steps(0, 5)
    close(pieces.arrays(), whole.arrays(), ulps=0)
    close_state(pieces.state(), whole.state(), ulps=0)


def _net():
    mytorch.manual_seed(0)
    return mytorch.nn.Sequential(mytorch.nn.Linear(2, 5), mytorch.nn.Tanh(), mytorch.nn.Linear(5, 1, bias=False))


def _gathered(net):
    """Train a little; which chunks had to gather their parameters."""
    optimizer = mytorch.optim.Adam(net.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        net(mytorch.ones(3, 2)).sum().backward()
        optimizer.step()
    return [bool(chunk.sources) for plan in optimizer._plans.values() for chunk in plan.chunks]


def test_parameters_of_a_fresh_net_stand_side_by_side():
    fresh, copied = _net(), copy.deepcopy(_net())   # a copy's parameters have memory of their own each
    assert (_gathered(fresh), _gathered(copied)) == ([False], [True])
    close([p.detach().numpy() for p in fresh.parameters()], [p.detach().numpy() for p in copied.parameters()], ulps=0)


def test_what_stands_side_by_side_shares_nothing():
    first, second = _net()[0].parameters()
    kept = second.detach().clone()
    with mytorch.no_grad():
        first.zero_()
    assert (first._version, second._version) == (2, 1)     # each was drawn by its initialisation
    assert mytorch.equal(second, kept)
    assert first.untyped_storage().nbytes() == 40
    assert [line_of(arrays) is None for arrays in ([plain(first), plain(second)], [plain(second), plain(first)])] == [
        False, True]


def test_lines_are_made_by_many_threads():
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda i: in_line((i % 7 + 1,), np.dtype(np.float32)), range(400)))
    for i, array in enumerate(made):
        array[:] = i
    assert all((array == i).all() for i, array in enumerate(made))


def test_lines_have_a_limit(monkeypatch):
    monkeypatch.setattr(_together, "TOGETHER", 16)
    side = Side(mytorch, "Adam", {}, [(5,)] * 10).steps(0, 4)
    assert [len(chunk.members) for chunk in side.optimizer._plans[0].chunks] == [4, 4, 2]


@pytest.mark.parametrize("name, options", [("Adam", dict(lr=0.1)), ("SGD", dict(lr=0.1, momentum=0.9)), ("ASGD", {})])
class TestChangesBetweenSteps:
    """Each test disturbs the same training in both libraries and compares them to the end."""

    @pytest.fixture
    def sides(self, name, options):
        return [Side(library, name, options).steps(0, 4) for library in (mytorch, torch)]

    def same(self, sides, first=4, last=10, **kwargs):
        for side in sides:
            side.steps(first, last, **kwargs)
        close(sides[0].arrays(), sides[1].arrays())
        close_state(sides[0].state(), sides[1].state())

    def test_nothing(self, sides):
        self.same(sides)

    def test_gradients_come_and_go(self, sides):
        for step, without in enumerate([(0, 2), (0, 2), (0, 2), (), (1,), (0, 1, 2, 3, 4), (), (), (4,), ()], 4):
            self.same(sides, step, step + 1, without=without)

    def test_gradients_missing_from_the_start(self, name, options):
        sides = [Side(library, name, options) for library in (mytorch, torch)]
        self.same(sides, 0, 5, without=(1, 3))
        self.same(sides, 5, 10)

    def test_gradients_lie_otherwise_in_memory(self, sides):
        for side in sides:
            side.give(1, 4)
            for param in side.params:
                param.grad = param.grad.T.contiguous().T if param.ndim == 2 else param.grad
            side.optimizer.step()
        self.same(sides, 5)

    def test_options_change(self, sides):
        for side in sides:
            group, = side.optimizer.param_groups
            group["lr"], group["weight_decay"], group["maximize"] = 0.3, 0.2, True
        self.same(sides)

    def test_a_parameter_is_written_to(self, sides):
        for side in sides:
            with side.library.no_grad():
                side.params[0].mul_(0.5)
            side.params[1].data = side.library.full((5,), 0.25)
        self.same(sides)

    def test_a_parameter_gets_other_memory(self, sides):
        for side in sides:
            side.params[0].data = side.library.ones(2, 2)
            side.shapes = [(2, 2), *SHAPES[1:]]
            kept = side.optimizer.state[side.params[0]]
            for key, value in kept.items():
                if value.ndim:
                    kept[key] = side.library.zeros(2, 2)
        self.same(sides)

    def test_a_parameter_is_replaced(self, sides):
        for side in sides:
            old = side.params[2]
            new = side.params[2] = side.library.nn.Parameter(old.detach() + 1)
            side.optimizer.param_groups[0]["params"][2] = new
            side.optimizer.state[new] = side.optimizer.state.pop(old)
        for step in range(4, 10):
            for side in sides:
                side.steps(step, step + 1)
        close(sides[0].arrays(), sides[1].arrays())

    def test_state_is_dropped(self, sides):
        for side in sides:
            side.optimizer.state.clear()
        self.same(sides)

    def test_state_of_one_is_dropped(self, sides):
        for side in sides:
            side.optimizer.state[side.params[1]].clear()
        for side in sides:
            side.steps(4, 10)
        close(sides[0].arrays(), sides[1].arrays())

    def test_a_state_tensor_is_replaced(self, sides):
        for side in sides:
            kept = side.optimizer.state[side.params[0]]
            name = list(kept)[-1]
            kept[name] = side.library.full_like(kept[name], 0.5)
        self.same(sides)

    def test_state_that_was_given_out_is_changed_later(self, sides):
        given = [side.optimizer.state for side in sides]
        self.same(sides, 4, 8)
        for side, state in zip(sides, given):
            kept = state[side.params[0]]
            name = list(kept)[-1]
            kept[name] = side.library.full_like(kept[name], 0.5)
        self.same(sides, 8, 12)

    def test_state_tensors_are_replaced_by_equal_ones(self, sides):
        for side in sides:
            for kept in side.optimizer.state.values():
                kept.update((name, value.clone()) for name, value in kept.items())
        self.same(sides)

    def test_state_is_another_dict(self, sides):
        for side in sides:
            side.optimizer.state = copy.copy(side.optimizer.state)
            side.optimizer.state[side.params[0]] = {}
        for side in sides:
            side.steps(4, 10)
        close(sides[0].arrays(), sides[1].arrays())

    def test_state_tensors_are_held_from_the_first_step_on(self, name, options):
        sides = [Side(library, name, options).steps(0, 1) for library in (mytorch, torch)]
        held = [list(side.optimizer.state[side.params[0]].values()) for side in sides]
        self.same(sides, 1, 6)
        for side, kept in zip(sides, held):
            assert all(kept is entry for kept, entry in zip(kept, side.optimizer.state[side.params[0]].values()))
        self.same(sides, 6, 10)

    def test_a_state_tensor_is_written_to(self, sides):
        for side in sides:
            for value in side.optimizer.state[side.params[0]].values():
                value.mul_(0.5)
        self.same(sides)

    def test_state_is_loaded(self, sides, name, options):
        for side in sides:
            other = Side(side.library, name, options).steps(20, 27)
            side.optimizer.load_state_dict(other.optimizer.state_dict())
        self.same(sides)

    def test_a_group_is_added(self, sides):
        for side in sides:
            new = side.library.nn.Parameter(side.library.ones(3))
            side.params.append(new)
            side.shapes = [*SHAPES, (3,)]
            side.optimizer.add_param_group({"params": [new], "lr": 0.01})
        self.same(sides)


@pytest.mark.parametrize("name", ["Adam", "SGD"])
def test_single_precision_state_of_a_net_made_double(name):
    """torch refuses some of it; here the state stays as it is and the parameters move on."""
    side = Side(mytorch, name, dict(lr=0.1)).steps(0, 4)
    for param in side.params:
        param.data = param.detach().double()
    side.dtype = "float64"
    before = side.arrays()
    side.steps(4, 8)
    assert all(x.dtype == np.float64 and not np.array_equal(x, y) for x, y in zip(side.arrays(), before))


def test_a_parameter_without_state_is_replaced():
    def trained(library):
        side = Side(library, "SGD", dict(lr=0.1)).steps(0, 4)
        new = side.params[2] = library.nn.Parameter(library.ones(3, 2, 4))
        side.optimizer.param_groups[0]["params"][2] = new
        return side.steps(4, 8)
    close(trained(mytorch).arrays(), trained(torch).arrays())


def test_momentum_is_switched_on_later():
    def trained(library):
        side = Side(library, "SGD", dict(lr=0.1)).steps(0, 4)
        side.optimizer.param_groups[0]["momentum"] = 0.5
        return side.steps(4, 8)
    close(trained(mytorch).arrays(), trained(torch).arrays())


def test_layouts_of_memory():
    """Transposed parameters and gradients, steps in memory, parameters that share it."""
    def trained(library, name):
        base = library.tensor(np.arange(24, dtype=np.float32).reshape(4, 6))
        params = [library.nn.Parameter(base[:, :2]), library.nn.Parameter(base[:, 2:4]),
                  library.nn.Parameter(library.ones(3, 2).T), library.nn.Parameter(library.ones(3, 2)[:, 0])]
        params.append(library.nn.Parameter(params[2].detach()[0]))  # overlaps the third
        optimizer = getattr(library.optim, name)(params, lr=0.1)
        for step in range(5):
            for p, g in zip(params, values([(2, 4), (2, 4), (3, 2), (3,), (3,)], "float32", step)):
                p.grad = library.tensor(g).T if p.ndim == 2 else library.tensor(g)
            optimizer.step()
        return [p.detach().numpy().copy() for p in params]
    for name in ("Adam", "SGD"):
        close(trained(mytorch, name), trained(torch, name))


@pytest.mark.parametrize("steps", [1, 4])
def test_a_step_between_forward_and_backward_is_noticed(steps):
    for library in (torch, mytorch):
        net = library.nn.Sequential(library.nn.Linear(2, 3), library.nn.Tanh(), library.nn.Linear(3, 1))
        optimizer = library.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(steps):
            net(library.ones(2, 2)).sum().backward()
            optimizer.step()
        loss = net(library.ones(2, 2)).sum()
        optimizer.step()
        with pytest.raises(RuntimeError, match="has been modified by an inplace operation"):
            loss.backward()


def test_versions_count_steps():
    side = Side(mytorch, "Adam", {})
    before = [p._version for p in side.params]
    side.steps(0, 5)
    assert [p._version - b for p, b in zip(side.params, before)] == [5] * len(before)


def test_nothing_is_kept_alive():
    side = Side(mytorch, "Adam", {}).steps(0, 4)
    gc.collect()
    gc.disable()
    try:
        import weakref
        watched = [weakref.ref(side.optimizer), weakref.ref(side.params[0]), weakref.ref(side.params[0].grad)]
        side.optimizer.zero_grad()
        assert watched[2]() is None
        del side
        assert [ref() for ref in watched] == [None] * 3
    finally:
        gc.enable()


def test_training_does_not_grow():
    import tracemalloc
    side = Side(mytorch, "AdamW", {}).steps(0, 10)
    tracemalloc.start()
    try:
        side.steps(10, 400)     # what is noted of the last writes to each parameter is full by now
        start, _ = tracemalloc.get_traced_memory()
        side.steps(400, 1000)
        end, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert end - start < 2000
