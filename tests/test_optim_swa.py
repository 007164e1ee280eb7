"""Averages of weights: after each update, what torch has."""
import copy
import inspect

import numpy as np
import pytest
import torch
import torch.optim.swa_utils as theirs
from optim_rows import close, plain, values

import mytorch
from mytorch.optim import swa_utils as ours


def model_of(library):
    """Weights, and buffers of floats and of integers."""
    model = library.nn.Sequential(library.nn.Linear(2, 3), library.nn.Linear(3, 1))
    model.register_buffer("scale", library.ones(2))
    model.register_buffer("count", library.tensor([4, 9]))
    for p, x in zip(model.parameters(), values([(3, 2), (3,), (1, 3), (1,)], "float32", 0)):
        p.data = library.tensor(x)
    return model


WAYS = {
    "default": lambda u: {},
    "buffers": lambda u: dict(use_buffers=True),
    "device": lambda u: dict(device="cpu"),
    "mean": lambda u: dict(avg_fn=u.get_swa_avg_fn()),
    "own": lambda u: dict(avg_fn=lambda average, now, n: average + 0.25 * (now - average) * n),
    "means": lambda u: dict(multi_avg_fn=u.get_swa_multi_avg_fn()),
    "ema": lambda u: dict(avg_fn=u.get_ema_avg_fn(0.9), use_buffers=True),
    "emas": lambda u: dict(multi_avg_fn=u.get_ema_multi_avg_fn(0.3), use_buffers=True),
    "emas 0.7": lambda u: dict(multi_avg_fn=u.get_ema_multi_avg_fn(0.7)),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_averaged_model(way):
    found = []
    for library, utils in ((mytorch, ours), (torch, theirs)):
        model = model_of(library)
        averaged = utils.AveragedModel(model, **way(utils))
        history = []
        for step in range(4):
            for p, x in zip(model.parameters(), values([(3, 2), (3,), (1, 3), (1,)], "float32", 1, step)):
                p.data = library.tensor(x)
            model.scale.mul_(1.5)
            model.count.add_(2)
            averaged.update_parameters(model)
            history.append(plain(dict(averaged.state_dict())))
        found.append((history, plain(averaged(library.ones(4, 2))), repr(averaged)))
    for x, y in zip(found[0][0], found[1][0]):
        assert list(x) == list(y)
        for key in y:
            assert x[key].dtype == y[key].dtype
            np.testing.assert_allclose(x[key], y[key], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-6)
    assert found[0][2] == found[1][2]


def test_the_average_is_apart_from_the_model():
    model = model_of(mytorch)
    averaged = ours.AveragedModel(model)
    with mytorch.no_grad():
        model[0].weight.fill_(7.0)
    assert not (averaged.module[0].weight == 7).any()
    assert copy.deepcopy(averaged).n_averaged == 0


def test_integers_have_no_running_mean_in_place():
    for library, utils in ((mytorch, ours), (torch, theirs)):
        with pytest.raises(RuntimeError, match="For integral input tensors, argument alpha must not be a floating"):
            utils.get_swa_multi_avg_fn()([library.tensor([4])], [library.tensor([8])], 1)


@pytest.mark.parametrize("make", [
    lambda u, m: u.get_ema_avg_fn(1.5), lambda u, m: u.get_ema_multi_avg_fn(-0.1),
    lambda u, m: u.AveragedModel(m, avg_fn=len, multi_avg_fn=len)], ids=range(3))
def test_wrong_use_is_refused_as_by_torch(make):
    def refusal(library, utils):
        with pytest.raises(Exception) as caught:
            make(utils, model_of(library))
        return type(caught.value), str(caught.value)
    assert refusal(mytorch, ours) == refusal(torch, theirs)


@pytest.mark.parametrize("name", theirs.__all__)
def test_signature_is_torchs(name):
    def parameters(utils):
        return [(p.name, p.default, p.kind) for p in inspect.signature(getattr(utils, name)).parameters.values()]
    assert parameters(ours) == parameters(theirs)


def test_update_bn_makes_running_statistics_plain_means():
    class _BatchNorm(mytorch.nn.Module):
        def __init__(self):
            self.momentum, self.seen = 0.1, ["old"]

        def reset_running_stats(self):
            self.seen = []

        def forward(self, x):
            self.seen.append((self.momentum, self.training, mytorch.is_grad_enabled(), x.tolist()))
            return x

    model = mytorch.nn.Sequential(_BatchNorm()).eval()
    ours.update_bn([mytorch.ones(1), (mytorch.zeros(1), "label")], model, device="cpu")
    assert model[0].seen == [(None, True, False, [1.0]), (None, True, False, [0.0])]
    assert model[0].momentum == 0.1 and not model.training
    without = mytorch.nn.Sequential(mytorch.nn.Linear(1, 1))
    ours.update_bn(iter(lambda: pytest.fail("there is nothing to compute"), None), without)


def test_weights_averaged_over_a_training():
    found = []
    for library, utils in ((mytorch, ours), (torch, theirs)):
        model = model_of(library)
        optimizer = library.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
        averaged = utils.AveragedModel(model)
        schedule = utils.SWALR(optimizer, swa_lr=0.02, anneal_epochs=4)
        x, y = (library.tensor(v) for v in values([(20, 2), (20, 1)], "float32", 3))
        for _ in range(10):
            optimizer.zero_grad()
            ((model(x) - y) ** 2).mean().backward()
            optimizer.step()
            averaged.update_parameters(model)
            schedule.step()
        found.append([p.detach().numpy() for p in averaged.parameters()])
    close(*found)
