"""torch.utils.checkpoint: the gradients of a function that runs twice are those of one that runs once."""
import numpy as np
import pytest
import torch
import torch.utils.checkpoint

import mytorch

KINDS = [True, False]
BOTH = [torch, mytorch]


def _net(library):
    nn = library.nn
    library.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 8), nn.Sigmoid(), nn.Linear(8, 2))


def _trained(library, run):
    """The output, the gradient of the input, those of the parameters."""
    net = _net(library)
    x = library.ones(3, 4, requires_grad=True)
    y = run(library.utils.checkpoint, net, x)
    y.sin().sum().backward()
    return [t.detach().numpy() for t in (y, x.grad, *(p.grad for p in net.parameters()))]


@pytest.mark.parametrize("reentrant", KINDS)
@pytest.mark.parametrize("library", BOTH)
def test_gradients_are_those_without(library, reentrant):
    plain = _trained(library, lambda c, net, x: net(x))
    for run in (lambda c, net, x: c.checkpoint(net, x, use_reentrant=reentrant),
                lambda c, net, x: c.checkpoint_sequential(net, 2, x, use_reentrant=reentrant),
                lambda c, net, x: c.checkpoint(lambda z: c.checkpoint(net, z, use_reentrant=reentrant) * 1, x,
                                               use_reentrant=reentrant)):
        for got, expected in zip(_trained(library, run), plain):
            np.testing.assert_allclose(got, expected, rtol=1e-6)


@pytest.mark.parametrize("reentrant", KINDS)
def test_it_runs_twice_and_draws_as_the_first_time(reentrant):
    runs = []

    def noisy(x):
        noise = mytorch.rand(3)
        runs.append(noise.tolist())
        return x * noise

    x = mytorch.ones(3, requires_grad=True)
    y = mytorch.utils.checkpoint.checkpoint(noisy, x, use_reentrant=reentrant)
    mytorch.rand(5)
    state = mytorch.get_rng_state().tolist()
    y.sum().backward()
    assert len(runs) == 2 and runs[0] == runs[1] == x.grad.tolist()
    assert mytorch.get_rng_state().tolist() == state


@pytest.mark.parametrize("library", BOTH)
def test_any_kind_of_gradient(library):
    """Not re-entrant: second gradients, gradients of captured tensors, of keyword arguments, in dicts."""
    w = library.tensor([2.0, 3.0], dtype=library.float64, requires_grad=True)
    x = library.tensor([0.3, 0.5], dtype=library.float64, requires_grad=True)
    y = library.utils.checkpoint.checkpoint(lambda a, k: {"y": (a * k).sin() * w}, x, k=w, use_reentrant=False)["y"]
    grad = library.autograd.grad
    gx, gw = grad(y.sum(), (x, w), create_graph=True)
    (gxx,) = grad(gx.sum(), x)
    a, b = x.detach().numpy(), w.detach().numpy()
    np.testing.assert_allclose(gx.detach().numpy(), np.cos(a * b) * b * b)
    np.testing.assert_allclose(gw.detach().numpy(), np.cos(a * b) * a * b + np.sin(a * b))
    np.testing.assert_allclose(gxx.numpy(), -np.sin(a * b) * b ** 3)


@pytest.mark.parametrize("library", BOTH)
def test_what_differs_the_second_time_is_told(library):
    c = library.utils.checkpoint

    def run(first, second):
        count = []

        def function(x):
            count.append(0)
            return first(x) if len(count) == 1 else second(x)
        return c.checkpoint(function, library.ones(3, requires_grad=True), use_reentrant=False).sum()

    with pytest.raises(c.CheckpointError, match="A different number of tensors was saved"):
        run(lambda x: x.sin().cos(), lambda x: x * 2).backward()
    with pytest.raises(c.CheckpointError, match="different metadata"):
        run(lambda x: x.sin(), lambda x: x[:2].sin()).backward()


@pytest.mark.parametrize("library", BOTH)
def test_options(library):
    c, x = library.utils.checkpoint, library.ones(3, requires_grad=True)
    with pytest.warns(UserWarning, match="use_reentrant parameter should be passed explicitly"):
        assert type(c.checkpoint(library.sin, x).grad_fn).__name__ == "CheckpointFunctionBackward"
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
        c.checkpoint(library.sin, x.detach(), use_reentrant=True)
    for options, text in [({"use_reentrant": True, "k": 3}, "Unexpected keyword arguments: k"),
                          ({"use_reentrant": True, "debug": True}, "only supported when use_reentrant=False"),
                          ({"use_reentrant": False, "determinism_check": "a"}, "determinism_check should be one of")]:
        with pytest.raises(ValueError, match=text):
            c.checkpoint(library.sin, x, **options)


@pytest.mark.parametrize("library", BOTH)
@pytest.mark.parametrize("stop, times", [(True, 1), (False, 2)])
def test_running_again_stops_early(library, stop, times):
    ends = []

    def function(x):
        y = x.sin()
        y = y + 1
        ends.append(0)
        return y

    x = library.ones(3, requires_grad=True)
    library.utils.checkpoint.checkpoint(function, x, use_reentrant=False, early_stop=stop).sum().backward()
    assert len(ends) == times
