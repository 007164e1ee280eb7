"""Every optimizer, with every option, against torch."""
import copy
import importlib
import inspect
import pickle

import numpy as np
import pytest
import torch
from optim_rows import (
    ELEMENTWISE,
    IDS,
    ROWS,
    Side,
    as_tensors,
    close,
    close_state,
    plain,
    shapes_for,
    values,
)

import mytorch
from mytorch import optim

every_row = pytest.mark.parametrize("name, options", ROWS, ids=IDS)


def both(name, options, **kwargs):
    kwargs.setdefault("shapes", shapes_for(name))
    return (Side(library, name, options, **kwargs) for library in (mytorch, torch))


@every_row
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fifty_steps(name, options, dtype):
    ours, theirs = both(name, options, dtype=dtype)
    for step in range(0, 50, 5):
        close(ours.steps(step, step + 5).arrays(), theirs.steps(step, step + 5).arrays())
    close_state(ours.state(), theirs.state())
    assert repr(ours.optimizer) == repr(theirs.optimizer)


@pytest.mark.parametrize("name, options", [row for row in ELEMENTWISE if "fused" not in row[1]])
def test_complex_numbers_are_two_real_ones(name, options):
    ours, theirs = both(name, options, dtype="complex64")
    close(ours.steps(0, 10).arrays(), theirs.steps(0, 10).arrays())
    close_state(ours.state(), theirs.state())


@every_row
def test_state_goes_from_torch_to_mytorch_and_back(name, options):
    ours, theirs = both(name, options)
    theirs.steps(0, 5)
    taken = Side(mytorch, name, options, shapes_for(name), start=theirs.arrays())
    taken.optimizer.load_state_dict(as_tensors(mytorch, theirs.state()))
    close(taken.steps(5, 10).arrays(), theirs.steps(5, 10).arrays())
    ours.steps(0, 5)
    taken = Side(torch, name, options, shapes_for(name), start=ours.arrays())
    taken.optimizer.load_state_dict(as_tensors(torch, ours.state()))
    close(ours.steps(5, 10).arrays(), taken.steps(5, 10).arrays())
    close_state(ours.state(), plain(taken.optimizer.state_dict()))


def test_a_state_dict_of_real_torch_tensors_is_taken():
    ours, theirs = both("Adam", {})
    theirs.steps(0, 3)
    ours.optimizer.load_state_dict(theirs.optimizer.state_dict())
    assert all(isinstance(t, mytorch.Tensor) for kept in ours.optimizer.state.values() for t in kept.values())
    close_state(ours.state(), theirs.state(), ulps=0)


@every_row
@pytest.mark.parametrize("how", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))], ids=["deepcopy", "pickle"])
def test_copies_go_on_alike(name, options, how):
    ours, _ = both(name, options)
    ours.steps(0, 4)
    other = how(ours.optimizer)
    copied = Side(mytorch, name, options, ours.shapes)
    copied.optimizer, copied.params = other, other.param_groups[0]["params"]
    assert repr(other) == repr(ours.optimizer)
    close(copied.steps(4, 8).arrays(), ours.steps(4, 8).arrays(), ulps=0)
    close_state(copied.state(), ours.state(), ulps=0)


@pytest.mark.parametrize("name", sorted({name for name, _ in ROWS} | {"LBFGS", "SparseAdam"}))
def test_signature_is_torchs(name):
    def options(library):
        signature = inspect.signature(getattr(library.optim, name))
        return [(p.name, p.default, p.kind) for p in signature.parameters.values()]
    assert options(mytorch) == options(torch)


#: Arguments of the functions that are lists of state -> the state's name in the class.
LISTS = {"axs": "ax", "mus": "mu", "etas": "eta", "state_sums": "sum", "prevs": "prev", "step_sizes": "step_size",
         "momentum_buffer_list": "momentum_buffer", "state_steps": "step"} | {f"{kept}s": kept for kept in (
             "square_avg", "acc_delta", "exp_avg", "exp_avg_sq", "max_exp_avg_sq", "exp_inf", "mu_product", "grad_avg")}
PARTS = {"beta1": ("betas", 0), "beta2": ("betas", 1), "etaminus": ("etas", 0), "etaplus": ("etas", 1),
         "step_size_min": ("step_sizes", 0), "step_size_max": ("step_sizes", 1)}


def function_of(library, name):
    return getattr(importlib.import_module(f"{library.__name__}.optim.{name.lower()}"), name.lower())


def arguments(side, name):
    """What the class would hand to the function: everything in the first group."""
    group, state = side.optimizer.param_groups[0], side.optimizer.state
    for option in inspect.signature(function_of(torch, name)).parameters.values():
        if option.name in ("params", "grads", "d_p_list"):
            yield option.name, side.params if option.name == "params" else [p.grad for p in side.params]
        elif option.name in LISTS and option.kind is option.POSITIONAL_OR_KEYWORD:
            yield option.name, [state[p].get(LISTS[option.name]) for p in side.params]
        elif option.name in PARTS:
            whole, place = PARTS[option.name]
            yield option.name, group[whole][place]
        elif option.name == "has_complex":
            yield option.name, side.dtype == "complex64"
        else:
            yield option.name, group.get(option.name, option.default)


@pytest.mark.parametrize("name, options", [row for row in ELEMENTWISE if "fused" not in row[1]])
@pytest.mark.parametrize("dtype", ["float32", "complex64"])
def test_an_optimizer_is_its_function_with_a_memory(name, options, dtype):
    """torch's functions, and ours, go on where the class stopped, in the memory of its state."""
    ours, theirs = both(name, options, dtype=dtype)
    lists = []
    for side in (ours, theirs):
        side.steps(0, 1)
        for step in range(1, 4):
            side.give(1, step)
            given = dict(arguments(side, name))
            with side.library.no_grad():
                function_of(side.library, name)(**given)
        lists.append([plain(t) for key in LISTS for t in given.get(key, ()) if t is not None])
    close(ours.arrays(), theirs.arrays())
    close(*lists)
    close(ours.arrays(), Side(mytorch, name, options, ours.shapes, dtype).steps(0, 4).arrays(), ulps=0)


@pytest.mark.parametrize("name", sorted({name for name, _ in ELEMENTWISE}))
def test_functions_have_torchs_signatures(name):
    ours, theirs = ([(p.name, p.default, p.kind) for p in inspect.signature(function_of(library, name)).parameters
                     .values()] for library in (mytorch, torch))
    assert ours == theirs


def test_the_functions_of_optimizers_refuse_as_torchs():
    def told(library, grad, **changes):
        x = library.ones(2, requires_grad=True)
        given = dict(lr=0.1, rho=0.9, eps=1e-6, weight_decay=0, maximize=False) | changes
        with library.set_grad_enabled(grad), pytest.raises(Exception) as info:
            function_of(library, "adadelta")([x], [library.ones(2)], [library.zeros(2)], [library.zeros(2)],
                                             given.pop("state_steps", [library.tensor(0.0)]), **given)
        return type(info.value), str(info.value)
    for grad, changes in ((True, {}), (False, dict(state_steps=[1])), (False, dict(capturable=True))):
        assert told(mytorch, grad, **changes) == told(torch, grad, **changes)
    with pytest.raises(NotImplementedError, match="differentiable=True"):
        w = mytorch.ones(2, requires_grad=True) * 2
        mytorch.optim.sgd.sgd([w], [w.detach()], [None], weight_decay=0, momentum=0, lr=0.1, dampening=0,
                              nesterov=False, maximize=False)
    with pytest.raises(NotImplementedError, match="sgd: grad_scale"):
        mytorch.optim.sgd.sgd([w.detach()], [w.detach()], [None], grad_scale=w, weight_decay=0, momentum=0, lr=0.1,
                              dampening=0, nesterov=False, maximize=False)


def test_every_optimizer_of_torch_is_in_the_table():
    theirs = {name for name in dir(torch.optim) if inspect.isclass(getattr(torch.optim, name))} - {"Optimizer"}
    assert theirs == {name for name, _ in ROWS} | {"LBFGS", "SparseAdam"}
    assert set(torch.optim.__all__) <= set(optim.__all__)


@pytest.mark.parametrize("name, options", [
    ("SGD", dict(lr=-1)), ("SGD", dict(lr=0.1, momentum=-1)), ("SGD", dict(weight_decay=-1)),
    ("SGD", dict(nesterov=True)), ("SGD", dict(nesterov=True, momentum=0.9, dampening=0.1)),
    ("SGD", dict(fused=True, foreach=True)), ("SGD", dict(fused=True, differentiable=True)),
    ("SGD", dict(lr="two")), ("Adam", dict(lr="two")),
    ("Adam", dict(lr=-1)), ("Adam", dict(lr=float("nan"))), ("Adam", dict(eps=-1.0)), ("Adam", dict(betas=(1.0, 0.9))),
    ("Adam", dict(betas=(0.9, -0.1))), ("Adam", dict(betas=(0, 0.9))), ("Adam", dict(weight_decay=-1)),
    ("Adam", dict(fused=True, foreach=True)), ("AdamW", dict(fused=True, differentiable=True)),
    ("AdamW", dict(lr="one", foreach=True)), ("AdamW", dict(betas=("one", 0.9))),
    ("AdamW", dict(betas=("one", "one"), foreach=True)), ("AdamW", dict(betas=("two", "one"))),
    ("RMSprop", dict(lr=-1)), ("RMSprop", dict(eps=-1)), ("RMSprop", dict(momentum=-1)),
    ("RMSprop", dict(weight_decay=-1)), ("RMSprop", dict(alpha=-1)),
    ("Adagrad", dict(lr=-1)), ("Adagrad", dict(lr_decay=-1)), ("Adagrad", dict(weight_decay=-1)),
    ("Adagrad", dict(initial_accumulator_value=-1)), ("Adagrad", dict(eps=-1)),
    ("Adagrad", dict(fused=True, foreach=True)), ("Adagrad", dict(fused=True, differentiable=True)),
    ("Adadelta", dict(lr=-1)), ("Adadelta", dict(rho=1.5)), ("Adadelta", dict(eps=-1)),
    ("Adadelta", dict(weight_decay=-1)),
    ("Adamax", dict(lr=-1)), ("Adamax", dict(eps=-1)), ("Adamax", dict(betas=(0.9, 1))),
    ("Adamax", dict(weight_decay=-1)),
    ("NAdam", dict(lr=-1)), ("NAdam", dict(eps=-1)), ("NAdam", dict(betas=(1, 0.9))), ("NAdam", dict(weight_decay=-1)),
    ("NAdam", dict(momentum_decay=-1)),
    ("RAdam", dict(lr=-1)), ("RAdam", dict(eps=-1)), ("RAdam", dict(betas=(1, 0.9))), ("RAdam", dict(weight_decay=-1)),
    ("ASGD", dict(lr=-1)), ("ASGD", dict(weight_decay=-1)),
    ("Rprop", dict(lr=-1)), ("Rprop", dict(etas=(1.5, 1.2))),
    ("Adafactor", dict(lr=-1)), ("Adafactor", dict(beta2_decay=1)), ("Adafactor", dict(eps=(-1, 1))),
    ("Adafactor", dict(eps=(None, -1))), ("Adafactor", dict(d=0.5)), ("Adafactor", dict(weight_decay=-1)),
    ("Muon", dict(lr=-1)), ("Muon", dict(momentum=-1)), ("Muon", dict(weight_decay=-1)),
    ("Muon", dict(adjust_lr_fn="best")),
    ("LBFGS", dict(lr=-1)), ("LBFGS", dict(lr="two")),
    ("SparseAdam", dict(lr=0)), ("SparseAdam", dict(eps=0)), ("SparseAdam", dict(betas=(1, 0.9)))], ids=str)
def test_wrong_options_are_refused_as_by_torch(name, options):
    def refusal(library):
        tensors = {"one": library.tensor([0.1]), "two": library.tensor([0.1, 0.2])}
        given = {k: tuple(tensors.get(x, x) for x in v) if k == "betas" else tensors.get(v, v) if isinstance(v, str)
                 else v for k, v in options.items()}
        with pytest.raises((ValueError, RuntimeError)) as caught:
            getattr(library.optim, name)([library.nn.Parameter(library.zeros(2, 2))], **given)
        return type(caught.value), str(caught.value)
    assert refusal(mytorch) == refusal(torch)


@pytest.mark.parametrize("name", ["Adam", "AdamW", "RMSprop", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD", "Rprop"])
def test_capturable_is_refused_at_the_step_as_by_torch(name):
    def refusal(side):
        side.give(0)
        with pytest.raises(AssertionError) as caught:
            side.optimizer.step()
        return str(caught.value)
    ours, theirs = both(name, dict(capturable=True))
    assert refusal(ours) == refusal(theirs)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam",
                                  "ASGD", "Rprop"])
def test_differentiable_names_itself(name):
    side = Side(mytorch, name, dict(differentiable=True))
    side.give(0)
    with pytest.raises(NotImplementedError, match="differentiable=True"):
        side.optimizer.step()


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "Adagrad"])
def test_fused_refuses_complex_parameters_as_torch(name):
    def refusal(side):
        side.give(0)
        with pytest.raises(RuntimeError) as caught:
            side.optimizer.step()
        return str(caught.value)
    ours, theirs = both(name, dict(fused=True), dtype="complex64")
    assert refusal(ours) == refusal(theirs)


def test_sparse_adam_refuses_dense_gradients_as_torch():
    def refusal(side):
        assert side.optimizer.step() is None
        side.give(0)
        with pytest.raises(RuntimeError) as caught:
            side.optimizer.step()
        return str(caught.value), repr(side.optimizer)
    ours, theirs = both("SparseAdam", {})
    assert refusal(ours) == refusal(theirs)
    for library in (torch, mytorch):
        with pytest.raises(ValueError, match=r"Complex params at indices \[\[0, 0\]\]: SparseAdam does not support"):
            library.optim.SparseAdam([library.zeros(2, dtype=library.complex64)])


def test_muon_wants_matrices():
    for library in (torch, mytorch):
        with pytest.raises(ValueError, match=r"found a parameter with size: torch.Size\(\[3\]\)"):
            library.optim.Muon([library.nn.Parameter(library.zeros(3))])
        side = Side(library, "Muon", dict(ns_steps=100), [(2, 3)])
        side.give(0)
        with pytest.raises(ValueError, match="Number of steps must be less than 100 for computational efficiency"):
            side.optimizer.step()


@pytest.mark.parametrize("name", ["Adafactor", "Muon"])
def test_complex_parameters_are_refused_as_by_torch(name):
    for library in (torch, mytorch):
        side = Side(library, name, {}, [(2, 3)], dtype="complex64")
        side.give(0)
        with pytest.raises(RuntimeError, match=f"{name} does not support complex parameters"):
            side.optimizer.step()


@pytest.mark.parametrize("name", sorted({name for name, _ in ROWS}))
@pytest.mark.parametrize("shape", [(), (1,)], ids=["0-d", "1-d"])
def test_lr_as_a_tensor(name, shape):
    sides = []
    for library in (mytorch, torch):
        lr = library.full(shape, 0.05)
        side = Side(library, name, dict(lr=lr), shapes_for(name)).steps(0, 3)
        lr.fill_(0.01)  # it is read anew at each step
        sides.append(side.steps(3, 6))
    close(sides[0].arrays(), sides[1].arrays())


def test_betas_as_tensors():
    ours, theirs = (Side(library, "Adam", dict(betas=(library.tensor(0.5), library.tensor([0.75])))).steps(0, 5)
                    for library in (mytorch, torch))
    close(ours.arrays(), theirs.arrays())


@pytest.mark.parametrize("name", ["Adam", "SGD"])
def test_half_precision(name):
    ours, theirs = both(name, dict(lr=0.1, eps=1e-3) if name == "Adam" else dict(lr=0.1, momentum=0.9), dtype="float16")
    close(ours.steps(0, 5).arrays(), theirs.steps(0, 5).arrays())


@pytest.mark.parametrize("name", ["Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Muon", "RAdam",
                                  "Rprop", "SGD"])
def test_bfloat16(name):
    found = []
    for library in (mytorch, torch):
        p = library.nn.Parameter(library.tensor(values([(4, 3)], "float32", 0)[0]).to(library.bfloat16))
        optimizer = getattr(library.optim, name)([p], lr=0.1)
        for step in range(5):
            p.grad = library.tensor(values([(4, 3)], "float32", 1, step)[0]).to(library.bfloat16)
            optimizer.step()
        kinds = {str(t.dtype).removeprefix("torch.") for k, t in optimizer.state[p].items() if k != "step"}
        assert kinds <= {"bfloat16"}
        found.append(p.detach().float().numpy())
    np.testing.assert_allclose(*found, rtol=0, atol=2 ** -8 * 2)  # two roundings of numbers from 1 to 2


def test_mini_bgd_is_gradient_descent():
    side = Side(mytorch, "Mini_BGD", dict(lr=0.25))
    before = side.arrays()
    side.steps(0, 3)
    g = [values(side.shapes, "float32", 1, step) for step in range(3)]
    for p, start, *slopes in zip(side.arrays(), before, *g):
        expected = start
        for slope in slopes:
            expected = expected - np.float32(0.25) * slope
        np.testing.assert_array_equal(p, expected)
    with pytest.raises(ValueError, match="Invalid learning rate: -1"):
        mytorch.Mini_BGD(side.params, lr=-1)
    assert inspect.signature(mytorch.Mini_BGD).parameters["lr"].default == 0.001
