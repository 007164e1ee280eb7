"""Every learning-rate schedule, step by step, against torch."""
import copy
import inspect
import pickle
import warnings

import numpy as np
import pytest
import torch
import torch.optim.swa_utils

import mytorch


class Squared:
    """A schedule with a state of its own."""

    def __init__(self):
        self.power = 2

    def __call__(self, t):
        return 1 / (1 + t) ** self.power


#: (name, how to make it from the library's lr_scheduler and an optimizer)
SCHEDULES = [
    ("LambdaLR", lambda s, o: s.LambdaLR(o, lambda t: 0.95 ** t)),
    ("LambdaLR", lambda s, o: s.LambdaLR(o, [Squared(), lambda t: 0.9 ** t])),
    ("MultiplicativeLR", lambda s, o: s.MultiplicativeLR(o, lambda t: 0.95)),
    ("MultiplicativeLR", lambda s, o: s.MultiplicativeLR(o, [lambda t: 0.95, Squared()])),
    ("StepLR", lambda s, o: s.StepLR(o, 7, gamma=0.5)),
    ("StepLR", lambda s, o: s.StepLR(o, 3)),
    ("MultiStepLR", lambda s, o: s.MultiStepLR(o, [5, 12, 12, 30], gamma=0.3)),
    ("ConstantLR", lambda s, o: s.ConstantLR(o, factor=0.5, total_iters=4)),
    ("ConstantLR", lambda s, o: s.ConstantLR(o)),
    ("LinearLR", lambda s, o: s.LinearLR(o, start_factor=0.25, end_factor=0.9, total_iters=10)),
    ("LinearLR", lambda s, o: s.LinearLR(o)),
    ("ExponentialLR", lambda s, o: s.ExponentialLR(o, gamma=0.9)),
    ("PolynomialLR", lambda s, o: s.PolynomialLR(o, total_iters=20, power=2.0)),
    ("PolynomialLR", lambda s, o: s.PolynomialLR(o)),
    ("CosineAnnealingLR", lambda s, o: s.CosineAnnealingLR(o, T_max=15, eta_min=0.001)),
    ("CosineAnnealingLR", lambda s, o: s.CosineAnnealingLR(o, 40)),
    ("CosineAnnealingWarmRestarts", lambda s, o: s.CosineAnnealingWarmRestarts(o, T_0=7, T_mult=2, eta_min=0.001)),
    ("CosineAnnealingWarmRestarts", lambda s, o: s.CosineAnnealingWarmRestarts(o, T_0=5)),
    ("ReduceLROnPlateau", lambda s, o: s.ReduceLROnPlateau(o, patience=3, factor=0.5)),
    ("ReduceLROnPlateau", lambda s, o: s.ReduceLROnPlateau(o, "max", 0.3, 2, 0.05, "abs", 2, 1e-4)),
    ("ReduceLROnPlateau", lambda s, o: s.ReduceLROnPlateau(o, "min", 0.3, 1, 0.05, "abs", min_lr=[1e-2, 1e-3])),
    ("ReduceLROnPlateau", lambda s, o: s.ReduceLROnPlateau(o, "max", 0.3, 1, 0.05, "rel", eps=1e-3)),
    ("CyclicLR", lambda s, o: s.CyclicLR(o, 0.001, 0.1, step_size_up=6)),
    ("CyclicLR", lambda s, o: s.CyclicLR(o, [0.001, 0.01], 0.1, step_size_up=6, step_size_down=4,
                                         mode="triangular2", base_momentum=0.5, max_momentum=[0.8, 0.7])),
    ("CyclicLR", lambda s, o: s.CyclicLR(o, 0.001, 0.1, 6, mode="exp_range", gamma=0.97, cycle_momentum=False)),
    ("CyclicLR", lambda s, o: s.CyclicLR(o, 0.001, 0.1, 6, scale_fn=Squared(), scale_mode="iterations")),
    ("CyclicLR", lambda s, o: s.CyclicLR(o, 0.001, 0.1, 6, scale_fn=lambda x: 1 / x, scale_mode="cycle")),
    ("OneCycleLR", lambda s, o: s.OneCycleLR(o, max_lr=0.2, total_steps=41)),
    ("OneCycleLR", lambda s, o: s.OneCycleLR(o, [0.2, 0.3], epochs=5, steps_per_epoch=9, pct_start=0.4,
                                             anneal_strategy="linear", three_phase=True, div_factor=5.0,
                                             final_div_factor=10.0, base_momentum=0.5, max_momentum=[0.8, 0.7])),
    ("OneCycleLR", lambda s, o: s.OneCycleLR(o, 0.2, total_steps=50, cycle_momentum=False)),
    ("SequentialLR", lambda s, o: s.SequentialLR(
        o, [s.ConstantLR(o, 0.1, 8), s.ExponentialLR(o, 0.9), s.StepLR(o, 3)], milestones=[10, 25])),
    ("SequentialLR", lambda s, o: s.SequentialLR(
        o, [s.LambdaLR(o, lambda t: 1 / (1 + t)), s.CosineAnnealingWarmRestarts(o, 4)], milestones=[6])),
    ("ChainedScheduler", lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 4), s.ExponentialLR(o, 0.9)])),
    ("ChainedScheduler", lambda s, o: s.ChainedScheduler([s.LinearLR(o), s.MultiStepLR(o, [3, 9])], optimizer=o)),
    ("SWALR", lambda s, o: s.SWALR(o, swa_lr=0.05, anneal_epochs=8)),
    ("SWALR", lambda s, o: s.SWALR(o, swa_lr=[0.05, 0.5], anneal_epochs=8, anneal_strategy="linear")),
    ("SWALR", lambda s, o: s.SWALR(o, swa_lr=0.05, anneal_epochs=0)),
]
every_schedule = pytest.mark.parametrize("name, make", SCHEDULES,
                                         ids=[f"{name}{i}" for i, (name, _) in enumerate(SCHEDULES)])


class Namespace:
    """All schedules of a library in one place."""

    def __init__(self, library):
        self.library = library

    def __getattr__(self, name):
        module = self.library.optim.swa_utils if name == "SWALR" else self.library.optim.lr_scheduler
        return getattr(module, name)


class Side:
    """An optimizer with two groups in one library, and its schedule."""

    def __init__(self, library, make, optimizer="SGD", tensor_lr=False):
        first, second = library.nn.Parameter(library.ones(2)), library.nn.Parameter(library.ones(3))
        number = library.tensor if tensor_lr else float
        groups = [{"params": [first]}, {"params": [second], "lr": number(0.02)}]
        options = {"momentum": 0.9} if optimizer == "SGD" else {}
        self.optimizer = getattr(library.optim, optimizer)(groups, lr=number(0.1), **options)
        self.scheduler = make(Namespace(library), self.optimizer)

    def rates(self, first, last):
        """All options of the groups, and the schedule's state, after each step."""
        found = []
        for step in range(first, last):
            self.optimizer.step()
            measured = (np.cos(step / 4) / (1 + step),) * (type(self.scheduler).__name__ == "ReduceLROnPlateau")
            self.scheduler.step(*measured)
            found.append((options(self.optimizer), self.scheduler.get_last_lr(), state(self.scheduler)))
        return found


def options(optimizer):
    return [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]


def state(scheduler):
    """The state dict as it is now."""
    return dict(scheduler.state_dict())


@every_schedule
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_forty_steps(name, make, optimizer):
    ours, theirs = Side(mytorch, make, optimizer), Side(torch, make, optimizer)
    assert options(ours.optimizer) == options(theirs.optimizer)
    for x, y in zip(ours.rates(0, 40), theirs.rates(0, 40)):
        assert x == y  # to the last bit
        assert [list(part) for part in (*x[0], x[2])] == [list(part) for part in (*y[0], y[2])]  # and in order


@every_schedule
def test_resumed(name, make):
    """The state dicts of optimizer and schedule are all it takes, also when they come from torch."""
    whole, first = Side(mytorch, make), Side(torch, make)
    expected = whole.rates(0, 40)[20:]
    first.rates(0, 20)
    later = Side(mytorch, make)
    later.optimizer.load_state_dict(first.optimizer.state_dict())
    given = copy.deepcopy(first.scheduler.state_dict())
    later.scheduler.load_state_dict(given)
    assert list(given) == list(first.scheduler.state_dict())  # it is left as it was
    for x, y in zip(later.rates(20, 40), expected):
        assert x[:2] == y[:2]


@every_schedule
def test_learning_rate_in_a_tensor(name, make):
    if name in ("OneCycleLR", "SWALR"):
        make = {"OneCycleLR": lambda s, o: s.OneCycleLR(o, 0.2, total_steps=41),
                "SWALR": lambda s, o: s.SWALR(o, 0.05)}[name]
    ours, theirs = (Side(library, make, tensor_lr=True) for library in (mytorch, torch))
    kept = [group["lr"] for group in ours.optimizer.param_groups]
    for step in range(20):
        for side in (ours, theirs):
            side.rates(step, step + 1)
        for group, other, tensor in zip(ours.optimizer.param_groups, theirs.optimizer.param_groups, kept):
            assert group["lr"] is tensor  # written to, not replaced
            np.testing.assert_allclose(float(tensor), float(other["lr"]), rtol=1e-5, atol=1e-9)
    last = ours.scheduler.get_last_lr()
    assert all(type(lr) is mytorch.Tensor and lr is not tensor for lr, tensor in zip(last, kept))


@every_schedule
def test_step_to_a_number(name, make):
    if name in ("ReduceLROnPlateau", "SequentialLR", "ChainedScheduler"):
        pytest.raises(TypeError, Side(mytorch, make).scheduler.step, 1, 2, 3)
        return
    found = []
    for library in (mytorch, torch):
        side = Side(library, make)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for epoch in (3, 7, 2, 11):
                side.optimizer.step()
                side.scheduler.step(epoch)
                found.append((options(side.optimizer), side.scheduler.last_epoch))
        found.append([str(w.message) for w in caught])
    half = len(found) // 2
    assert found[:half] == found[half:]


def test_warm_restarts_take_fractions():
    ours, theirs = (Side(library, lambda s, o: s.CosineAnnealingWarmRestarts(o, 4, 2)) for library in (mytorch, torch))
    for epoch in (0.5, 3.9, 4.1, 12.5, 0):
        for side in (ours, theirs):
            side.scheduler.step(epoch)
        assert options(ours.optimizer) == options(theirs.optimizer)
    with pytest.raises(ValueError, match="Expected non-negative epoch, but got -1"):
        ours.scheduler.step(-1)


@pytest.mark.parametrize("name", sorted(torch.optim.lr_scheduler.__all__) + ["SWALR"])
def test_signature_is_torchs(name):
    def parameters(library):
        return [(p.name, p.default, p.kind)
                for p in inspect.signature(getattr(Namespace(library), name)).parameters.values()]
    assert parameters(mytorch) == parameters(torch)


def test_every_schedule_of_torch_is_in_the_table():
    assert {name for name, _ in SCHEDULES} == {*torch.optim.lr_scheduler.__all__, "SWALR"} - {"LRScheduler"}
    assert set(mytorch.optim.lr_scheduler.__all__) == set(torch.optim.lr_scheduler.__all__)


@pytest.mark.parametrize("make", [
    lambda s, o: s.StepLR(3, 1), lambda s, o: s.ReduceLROnPlateau(3), lambda s, o: s.CyclicLR(3, 1, 2),
    lambda s, o: s.OneCycleLR(3, 1, 2), lambda s, o: s.LRScheduler(o),
    lambda s, o: s.StepLR(o, 3, last_epoch=2),
    lambda s, o: s.LambdaLR(o, [len]), lambda s, o: s.MultiplicativeLR(o, [len]), lambda s, o: s.MultiplicativeLR(o, 3),
    lambda s, o: s.ConstantLR(o, 2.0), lambda s, o: s.ConstantLR(o, -1), lambda s, o: s.LinearLR(o, 2.0),
    lambda s, o: s.LinearLR(o, 0.5, 2.0), lambda s, o: s.ReduceLROnPlateau(o, factor=1.0),
    lambda s, o: s.ReduceLROnPlateau(o, "mean"), lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="x"),
    lambda s, o: s.ReduceLROnPlateau(o, min_lr=[1]), lambda s, o: s.CyclicLR(o, [1], 2),
    lambda s, o: s.CyclicLR(o, 1, [2, 3, 4]), lambda s, o: s.CyclicLR(o, 1, 2, mode="square"),
    lambda s, o: s.OneCycleLR(o, 1), lambda s, o: s.OneCycleLR(o, 1, 0), lambda s, o: s.OneCycleLR(o, 1, 2.5),
    lambda s, o: s.OneCycleLR(o, 1, epochs=2), lambda s, o: s.OneCycleLR(o, 1, epochs=0, steps_per_epoch=2),
    lambda s, o: s.OneCycleLR(o, 1, epochs=2, steps_per_epoch=-1), lambda s, o: s.OneCycleLR(o, 1, 9, pct_start=2.0),
    lambda s, o: s.OneCycleLR(o, 1, 9, pct_start=1), lambda s, o: s.OneCycleLR(o, 1, 9, anneal_strategy="x"),
    lambda s, o: s.OneCycleLR(o, [1], 9), lambda s, o: s.CosineAnnealingWarmRestarts(o, 0),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 2, 0), lambda s, o: s.CosineAnnealingWarmRestarts(o, 2, 1, "x"),
    lambda s, o: s.SequentialLR(o, [], []), lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1)], [3]),
    lambda s, o: s.SequentialLR(o, [3], []), lambda s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []),
    lambda s, o: s.SequentialLR(copy.deepcopy(o), [s.StepLR(o, 1)], []), lambda s, o: s.ChainedScheduler([]),
    lambda s, o: s.ChainedScheduler([s.StepLR(o, 1), s.ReduceLROnPlateau(o)]),
    lambda s, o: s.ChainedScheduler([s.StepLR(o, 1), 3]),
    lambda s, o: s.ChainedScheduler([s.StepLR(o, 1)], copy.deepcopy(o)),
    lambda s, o: s.SWALR(o, [1]), lambda s, o: s.SWALR(o, 1, anneal_strategy="x"), lambda s, o: s.SWALR(o, 1, -1),
], ids=range(45))
def test_wrong_use_is_refused_as_by_torch(make):
    def refusal(library):
        with pytest.raises(Exception) as caught:
            Side(library, make)
        return type(caught.value), str(caught.value)
    assert refusal(mytorch) == refusal(torch)


def test_an_optimizer_without_momentum_is_refused():
    for library in (torch, mytorch):
        s, optimizer = library.optim.lr_scheduler, library.optim.Rprop([library.zeros(1)])
        for make in (lambda s=s, o=optimizer: s.CyclicLR(o, 1, 2), lambda s=s, o=optimizer: s.OneCycleLR(o, 1, 2)):
            with pytest.raises(ValueError, match="must support momentum or beta1 with `cycle_momentum` option enabled"):
                make()


@pytest.mark.parametrize("library", [torch, mytorch])
def test_too_many_steps_and_too_many_groups(library):
    side = Side(library, lambda s, o: s.OneCycleLR(o, 0.2, total_steps=3))
    side.rates(0, 3)
    with pytest.raises(ValueError, match="Tried to step 4 times. The specified number of total steps is 3"):
        side.rates(3, 4)
    side = Side(library, lambda s, o: s.ReduceLROnPlateau(o, min_lr=[0, 0], patience=0))
    side.optimizer.add_param_group({"params": [library.zeros(1)]})
    side.scheduler.step(1.0)
    with pytest.raises(RuntimeError, match=r"param groups in the `optimizer` \(3\) differs from when"):
        side.scheduler.step(1.0)
    side = Side(library, lambda s, o: s.ReduceLROnPlateau(o, min_lr=0.09, patience=0))
    side.optimizer.add_param_group({"params": [library.zeros(1)]})
    side.scheduler.step(library.tensor(1.0))
    side.scheduler.step(library.tensor(1.0))
    assert [group["lr"] for group in side.optimizer.param_groups] == [0.09, 0.02, 0.09]


def test_sequences_of_sequences():
    def trained(library):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            side = Side(library, lambda s, o: s.SequentialLR(o, [
                s.SequentialLR(o, [s.LinearLR(o), s.ExponentialLR(o, 0.9)], [4]), s.CosineAnnealingLR(o, 9)], [12]))
            return side.rates(0, 20), [str(w.message) for w in caught]
    assert trained(mytorch) == trained(torch)


def warned(library, use):
    side = Side(library, lambda s, o: s.StepLR(o, 3))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        use(side)
    assert library is torch or all(w.filename == __file__ for w in caught)
    return [(w.category, str(w.message)) for w in caught]


@pytest.mark.parametrize("use", [
    lambda side: [side.scheduler.step() for _ in range(3)],
    lambda side: [step() for step in [side.optimizer.step, side.scheduler.step] * 3],
    lambda side: [side.scheduler.get_lr(), side.scheduler.get_last_lr()],
    lambda side: [setattr(side.optimizer, "step", lambda: None), side.optimizer.step(), side.scheduler.step()],
    lambda side: side.scheduler.step(4),
], ids=["too early", "in order", "get_lr", "replaced", "epoch"])
def test_warnings(use):
    assert warned(mytorch, use) == warned(torch, use)


def test_a_users_own_schedule():
    def trained(library):
        class Halves(library.optim.lr_scheduler.LRScheduler):
            def get_lr(self):
                return [lr / 2 ** self.last_epoch for lr in self.base_lrs]
        return Side(library, lambda s, o: Halves(o)).rates(0, 3)
    assert trained(mytorch) == trained(torch)


def test_a_schedule_keeps_nothing_alive_and_is_pickled():
    import gc
    import weakref
    side = Side(mytorch, lambda s, o: s.StepLR(o, 3))
    side.rates(0, 4)
    other = pickle.loads(pickle.dumps(side.scheduler))
    assert other.state_dict() == side.scheduler.state_dict()
    assert options(other.optimizer) == options(side.optimizer)
    gc.collect()
    gc.disable()
    try:
        watched = weakref.ref(side.optimizer)
        del side
        assert watched() is None
    finally:
        gc.enable()
