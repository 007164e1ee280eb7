"""What all optimizers share: groups, saving, hooks, closures, zero_grad; against torch."""
import copy
from importlib import import_module

import numpy as np
import pytest
import torch
from optim_rows import Side, close, close_state, plain

import mytorch

LIBRARIES = [torch, mytorch]


def outcome(library, make):
    """What `make(library, a fresh parameter)` gives as text, or the error it raises."""
    try:
        return str(make(library, library.nn.Parameter(library.ones(2))))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("make", [
    lambda t, p: t.optim.SGD(p),
    lambda t, p: t.optim.SGD(t.zeros(2, dtype=t.float64)),
    lambda t, p: t.optim.SGD([]),
    lambda t, p: t.optim.SGD(3),
    lambda t, p: t.optim.SGD([3]),
    lambda t, p: t.optim.SGD([p, np.ones(2)]),
    lambda t, p: t.optim.SGD({"params": [p]}),
    lambda t, p: t.optim.SGD([{"params": {p}}]),
    lambda t, p: t.optim.SGD([p * 2]),
    lambda t, p: t.optim.SGD([{"params": p}, {"params": [p]}]),
    lambda t, p: t.optim.SGD([("a", p), t.zeros(1)]),
    lambda t, p: t.optim.SGD([{"params": [p]}, {"params": [("b", t.zeros(1))]}]),
    lambda t, p: t.optim.SGD([{"params": [("a", p)]}, {"params": [t.zeros(1)]}]),
    lambda t, p: t.optim.SGD([p], lr=0.1).add_param_group([p]),
    lambda t, p: t.optim.Optimizer([p], {}).step(),
    lambda t, p: t.optim.Optimizer([p], {"lr": 1, "depth": [2, "x"]}),
    lambda t, p: t.optim.Adam([("w", p)], lr=t.tensor(0.5)),
    lambda t, p: t.optim.AdamW([{"params": [p], "lr": 0.5, "betas": (0.5, 0.6), "note": "first"},
                                {"params": [t.zeros(1)]}], eps=1e-3),
    lambda t, p: [list(g) for g in t.optim.AdamW([{"lr": 0.5, "note": 1, "params": p}]).param_groups],
    lambda t, p: list(t.optim.Adam([{"lr": 0.5, "params": [("w", p)]}]).state_dict()["param_groups"][0].items()),
    lambda t, p: t.optim.Adam([p], lr=0.25).defaults,
    lambda t, p: t.optim.SGD([p]).load_state_dict({"state": {}, "param_groups": []}),
    lambda t, p: t.optim.SGD([p]).load_state_dict({"state": {}, "param_groups": [{"params": []}]}),
    lambda t, p: t.optim.LBFGS([{"params": [p]}, {"params": [t.zeros(1)]}]),
], ids=range(24))
def test_construction(make):
    assert outcome(mytorch, make) == outcome(torch, make)


def test_a_required_option_must_be_given():
    from mytorch.optim._options import required
    with pytest.raises(ValueError, match="group didn't specify a value of required optimization parameter lr"):
        mytorch.optim.Optimizer([mytorch.zeros(1)], {"lr": required})
    assert repr(required) == "<required parameter>"


def test_a_parameter_twice_warns_and_is_updated_twice():
    sides = []
    for library in LIBRARIES:
        p = library.nn.Parameter(library.ones(2))
        with pytest.warns(UserWarning, match="optimizer contains a parameter group with duplicate parameters"):
            optimizer = library.optim.Adam([p, p], lr=0.1)
        for _ in range(4):
            p.grad = library.full((2,), 0.5)
            optimizer.step()
        sides.append([p.detach().numpy()])
        assert plain(optimizer.state_dict())["state"][1]["step"] == 8
    close(*sides)


def test_a_net_is_as_good_as_its_parameters():
    net = mytorch.nn.Sequential(mytorch.nn.Linear(2, 3), mytorch.nn.Linear(3, 1))
    for given in (net, net.parameters(), [{"params": net}]):
        params = mytorch.optim.AdamW(given).param_groups[0]["params"]
        assert [id(p) for p in params] == [id(p) for p in net.parameters()]
    named = mytorch.optim.AdamW(net.named_parameters())
    assert named.param_groups[0]["param_names"] == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert isinstance(named, mytorch.AbsOptimizer)


def test_a_layer_written_by_hand_keeps_its_gradient_buffers():
    class Scale(mytorch.AbsModule):
        def __init__(self):
            self.parameters = {"weight": mytorch.Tensor(np.ones((1, 2)))}

        def forward(self, x):
            self.input = x
            return x * self.parameters["weight"]

        def backward(self, cgrad):
            self.parameters["weight"].grad += (self.input * cgrad).sum(0, keepdims=True)
            return cgrad * self.parameters["weight"]

    layer = Scale()
    optimizer = copy.deepcopy(mytorch.Mini_BGD(layer, lr=0.5))
    weight, = optimizer.param_groups[0]["params"]
    layer.parameters["weight"] = weight
    for expected in (0.0, -1.0, -2.0):
        layer(mytorch.Tensor(np.ones((2, 2))))
        type(layer).backward(layer, mytorch.Tensor(np.ones((2, 2))))
        optimizer.step()
        optimizer.zero_grad()
        np.testing.assert_array_equal(weight.detach(), np.full((1, 2), expected))
        np.testing.assert_array_equal(weight.grad, np.zeros((1, 2)))


@pytest.mark.parametrize("library", LIBRARIES)
def test_zero_grad(library):
    p = library.nn.Parameter(library.ones(2))
    q = library.zeros(2, requires_grad=True)
    optimizer = library.optim.SGD([p, q], lr=0.1)
    p.grad = g = library.full((2,), 3.0)
    optimizer.zero_grad(set_to_none=False)
    assert p.grad is g and q.grad is None and g.tolist() == [0, 0]
    optimizer.zero_grad()
    assert p.grad is None
    p.grad, = library.autograd.grad((p ** 2).sum(), p, create_graph=True)
    assert p.grad.requires_grad
    optimizer.zero_grad(set_to_none=False)
    assert not p.grad.requires_grad and p.grad.tolist() == [0, 0]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", ["SGD", "Adam", "Muon", "Adafactor"])
def test_closure_is_evaluated_with_gradients_and_its_value_returned(library, name):
    p = library.nn.Parameter(library.ones(2, 2))
    optimizer = getattr(library.optim, name)([p], lr=0.1)

    def closure():
        assert library.is_grad_enabled()
        optimizer.zero_grad()
        loss = (p ** 2).sum()
        loss.backward()
        return loss
    with library.no_grad():
        assert optimizer.step(closure).item() == 4
        assert not library.is_grad_enabled()
    assert optimizer.step(closure).item() < 4


def hooks_seen(library):
    """In which order hooks run, and what they are given."""
    side, seen = Side(library, "SGD", dict(lr=0.1)), []
    optimizer, everywhere = side.optimizer, import_module(f"{library.__name__}.optim.optimizer")

    def told(name, result=None):
        def hook(first, *rest):
            seen.append((name, first is optimizer, [r if isinstance(r, dict) and not r else type(r).__name__
                                                    for r in rest]))
            return result
        return hook
    handles = [optimizer.register_step_pre_hook(told("pre")), optimizer.register_step_post_hook(told("post")),
               everywhere.register_optimizer_step_pre_hook(told("all pre")),
               everywhere.register_optimizer_step_post_hook(told("all post"))]
    for kind in ("state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post"):
        register = getattr(optimizer, f"register_{kind}_hook")
        handles += [register(told(kind)), register(told(kind + " first"), prepend=True)]
    side.steps(0, 1)
    optimizer.load_state_dict(optimizer.state_dict())
    for handle in handles:
        handle.remove()
    side.steps(0, 1)
    optimizer.load_state_dict(optimizer.state_dict())
    return seen


def test_hooks_run_in_torchs_order():
    theirs = hooks_seen(torch)
    assert len(theirs) == 12
    assert hooks_seen(mytorch) == theirs


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_hooks_return_is_used(library):
    side = Side(library, "SGD", dict(lr=0.1))
    optimizer, seen = side.optimizer, []
    with library.no_grad():
        handle = optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 5), {}))
        assert optimizer.step() == 5
        handle.remove()
        optimizer.register_step_pre_hook(lambda o, args, kwargs: "nothing")
        with pytest.raises(RuntimeError, match="None or a tuple of .new_args, new_kwargs., but got nothing"):
            optimizer.step()
    optimizer.register_state_dict_post_hook(lambda o, d: {**d, "note": 7})
    state = optimizer.state_dict()
    assert state["note"] == 7
    optimizer.register_load_state_dict_pre_hook(lambda o, d: {**d, "param_groups": [{**d["param_groups"][0], "lr": 9}]})
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append(o.param_groups[0]["lr"]))
    optimizer.load_state_dict(state)
    assert seen == [9] and state["param_groups"][0]["lr"] == 0.1


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_users_own_optimizer(library):
    class Halve(library.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {"by": 2})

        @library.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    self.state[p].setdefault("calls", []).append(1)
                    p.div_(group["by"])

    p, seen = library.nn.Parameter(library.full((2,), 8.0)), []
    optimizer = Halve([p])
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(p.tolist()))
    optimizer.step()
    optimizer.step()
    assert seen == [[4, 4], [2, 2]]
    assert optimizer.state_dict() == {"state": {0: {"calls": [1, 1]}}, "param_groups": [{"by": 2, "params": [0]}]}


def test_loaded_state_is_cast_to_the_parameter_but_for_the_step():
    def loaded(library):
        wide = Side(library, "NAdam", {}, dtype="float64").steps(0, 2)
        narrow = Side(library, "NAdam", {})
        narrow.optimizer.load_state_dict(wide.optimizer.state_dict())
        return narrow.state()
    close_state(loaded(mytorch), loaded(torch))


def test_older_files_are_understood():
    """A step that is a plain number, options that did not exist yet."""
    def loaded(library):
        side = Side(library, "AdamW", dict(lr=0.1)).steps(0, 2)
        state = side.optimizer.state_dict()
        old = {"state": {k: {**v, "step": int(v["step"])} for k, v in state["state"].items()},
               "param_groups": [{k: v for k, v in group.items()
                                 if k not in ("maximize", "foreach", "capturable", "differentiable", "fused")}
                                for group in state["param_groups"]]}
        old["param_groups"][0]["decoupled_weight_decay"] = False
        side.optimizer.load_state_dict(old)
        return side.steps(2, 4)
    ours, theirs = loaded(mytorch), loaded(torch)
    close(ours.arrays(), theirs.arrays())
    assert repr(ours.optimizer) == repr(theirs.optimizer)


def test_loading_copies():
    side = Side(mytorch, "Adam", {}).steps(0, 1)
    other = Side(mytorch, "Adam", {})
    other.optimizer.load_state_dict(side.optimizer.state_dict())
    before = plain(other.optimizer.state_dict())
    for kept in side.optimizer.state.values():
        kept["exp_avg"].fill_(5.0)
    close_state(other.state(), before, ulps=0)


def test_a_gradient_of_another_shape_is_refused():
    side = Side(mytorch, "SGD", {}, [(2, 3)])
    side.params[0]._grad = mytorch.zeros(3, 2)
    with pytest.raises(RuntimeError, match=r"of shape \[2, 3\] has the shape \[3, 2\]"):
        side.optimizer.step()


def test_learning_rates_follow_the_groups():
    def trained(library):
        shapes = [(2, 3), (3,), (4,)]
        side = Side(library, "AdamW", {}, shapes)
        first, second, third = side.params
        side.optimizer = library.optim.AdamW([{"params": [first], "lr": 0.5}, {"params": [second], "weight_decay": 0}],
                                             lr=0.1)
        side.steps(0, 3)
        side.optimizer.add_param_group({"params": third, "betas": (0.5, 0.5)})
        side.steps(3, 6)
        for group in side.optimizer.param_groups:
            group["lr"] *= 0.1
        return side.steps(6, 9)
    ours, theirs = trained(mytorch), trained(torch)
    close(ours.arrays(), theirs.arrays())
    close_state(ours.state(), theirs.state())


def swapped(library):
    """Three steps of other parameters and their state; the optimizer's own are as before."""
    side = Side(library, "Adam", dict(lr=0.1), [(2,), (3,)]).steps(0, 1)
    optimizer, before = side.optimizer, side.state()
    saved = Side(library, "Adam", dict(lr=0.5), [(2,), (3,)]).steps(0, 3).optimizer.state_dict()
    others = {"a": library.ones(2), "b": library.ones(3)}
    with library.optim.swap_in_optimizer_params_and_state(optimizer, others, saved):
        for _ in range(3):
            for p in others.values():
                p.grad = library.ones_like(p)
            optimizer.step()
        assert optimizer.param_groups[0]["lr"] == 0.5
    close_state(side.state(), before, ulps=0)
    return plain(list(others.values())), plain(saved)


def test_swap_in():
    (ours, our_state), (theirs, their_state) = map(swapped, (mytorch, torch))
    close(ours, theirs)
    close_state(our_state, their_state)
    assert our_state["state"][0]["step"] == 6


@pytest.mark.parametrize("spoil", [
    lambda o, p, s: (o, p, [s]), lambda o, p, s: (o, p, {**s, "state": []}),
    lambda o, p, s: (o, p, {**s, "state": {0: 1}}), lambda o, p, s: (o, p, {**s, "param_groups": {}}),
    lambda o, p, s: (o, p, {**s, "param_groups": []}), lambda o, p, s: (o, p, {**s, "param_groups": [1]}),
    lambda o, p, s: (o, p, {**s, "param_groups": [{"params": ["a"]}]}),
    lambda o, p, s: (o, p, {**s, "param_groups": [{"params": [0]}]}),
    lambda o, p, s: (o, p, {**s, "param_groups": [{"params": [0, 1], "speed": 1}]}),
    lambda o, p, s: (o, dict(list(p.items())[:1]), s),
    lambda o, p, s: (o, p, {**s, "state": {**s["state"], 7: {}}}),
    lambda o, p, s: (type(o)(list(p.values())), p, s)], ids=range(12))
def test_swap_in_refuses_what_torch_refuses(spoil):
    def refusal(library):
        side = Side(library, "Adam", {}, [(2,), (3,)]).steps(0, 1)
        given = spoil(side.optimizer, {"a": library.ones(2), "b": library.ones(3)}, side.optimizer.state_dict())
        with pytest.raises(RuntimeError) as caught:
            with library.optim.swap_in_optimizer_params_and_state(*given):
                pass
        return str(caught.value)
    assert refusal(mytorch) == refusal(torch)
