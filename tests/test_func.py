"""torch.func: transforms of functions, nested in one another, against torch."""
import numpy as np
import pytest
import torch

import mytorch
import mytorch.func

#: torch's own: its forward mode compiles decompositions at first use, and its linearize folds constants.
pytestmark = [pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning"),
              pytest.mark.filterwarnings("ignore:Attempted to insert a get_attr Node:UserWarning")]

A = np.random.RandomState(0).standard_normal((3, 4))
B = np.random.RandomState(1).standard_normal((4,))

#: An expression in `f` (the library's func), `torch` (the library), `a` (3, 4), `b` (4,), `one` (), `n` a Linear(4, 2).
VALUES = """
f.grad(lambda b: (b.sin() * b).sum())(b)
f.grad(lambda a, b: (a @ b).sin().sum(), argnums=1)(a, b)
f.grad(lambda a, b: (a @ b).sin().sum(), argnums=-1)(a, b)
f.grad(lambda a, b: (a @ b).sin().sum(), argnums=(1, 0))(a, b)
f.grad(lambda d: (d["x"] * d["y"][0]).sum())({"x": b, "y": (b * 2, b * 3)})["y"]
f.grad(lambda b: ((b ** 2).sum(), {"aux": b * 2}), has_aux=True)(b)
f.grad_and_value(lambda b: (b ** 2).sum())(b)
f.grad_and_value(lambda b: ((b ** 2).sum(), b * 2), has_aux=True)(b)
f.grad(f.grad(f.grad(lambda s: s.sin() * s)))(one)
f.grad(lambda s: f.grad(lambda r: r * s * r)(s) * s)(one)
f.grad(lambda s: one * 2)(one)
f.vjp(lambda a: a.exp(), a)[1](a)
type(f.vjp(lambda a: a.exp(), a)[1](a)).__name__
f.vjp(lambda a, b: (a @ b, a.sum()), a, b)[1]((torch.ones(3, dtype=a.dtype), one))
f.vjp(lambda b: (b * 2, b * 3), b, has_aux=True)[2]
f.jvp(lambda a, b: a @ b, (a, b), (a * 2, b * 3))
f.jvp(lambda a: {"y": a.sin(), "z": a * 2}, (a,), (a,))[1]
f.jvp(lambda b: (b * 2, b * 3), (b,), (b,), has_aux=True)
f.grad(lambda s: f.jvp(lambda r: r.sin(), (s,), (s,))[1])(one)
f.jvp(lambda s: f.jvp(lambda r: r.sin(), (s,), (s,))[1], (one,), (one,))
f.linearize(lambda b: b ** 3, b)[1](b)
f.jacrev(lambda a, b: a @ b)(a, b)
f.jacrev(lambda a, b: (a @ b, b.sin()), argnums=(0, 1))(a, b)
f.jacrev(lambda b: (b ** 2, b), has_aux=True)(b)
f.jacrev(lambda d: d["x"] ** 2)({"x": b})
f.jacfwd(lambda a, b: a @ b, argnums=1)(a, b)
f.jacfwd(lambda b: {"y": b.exp(), "z": b.sum()})(b)
f.jacrev(f.jacfwd(lambda b: b ** 3))(b)
f.jacfwd(f.jacrev(lambda b: b.prod()))(b)
f.hessian(lambda b: (b ** 3).sum() * b.prod())(b)
f.hessian(lambda b, c: (b * c).sin().sum(), argnums=(0, 1))(b, b * 2)
f.vmap(lambda x: x.sum())(a)
f.vmap(lambda x: (x.sum(), x * 2), in_dims=1, out_dims=(0, 1))(a)
f.vmap(lambda x, y: x @ y, in_dims=(0, None))(a, b)
f.vmap(lambda d: {"y": d["x"] * 2}, in_dims=({"x": -1},), out_dims=-1)({"x": a})
f.vmap(f.vmap(lambda x, y: x * y, in_dims=(0, 0)), in_dims=(0, None), chunk_size=2)(a, b)
f.vmap(f.grad(lambda x, b: (x * b).sin().sum()), in_dims=(0, None))(a, b)
f.vmap(lambda x, y: y, in_dims=(0, None), out_dims=None)(a, b)
f.vmap(lambda x: x * 2)(torch.ones(0, 3))
f.vmap(lambda x: (x * 2, x.sum()), out_dims=(1, 0))(torch.ones(0, 3))
f.grad(lambda a: f.vmap(lambda x: x.exp().sum())(a).sum())(a)
f.vmap(lambda x: x + torch.rand(20), randomness="same")(torch.zeros(3))
torch.vmap(lambda x: x.sum())(a)
f.functional_call(n, {"weight": torch.ones(2, 4, dtype=a.dtype)}, a)
f.functional_call(n, ({"weight": torch.ones(2, 4, dtype=a.dtype)}, {"bias": a[0, :2]}), (a,), strict=True)
f.grad(lambda p: f.functional_call(n, p, (a,)).sin().sum())({k: v.detach() for k, v in n.named_parameters()})
f.stack_module_state([n, n])
"""

ERRORS = """
f.grad(lambda x: x * 2)(b)
f.grad(lambda x: 3.)(b)
f.grad(lambda x: x.sum(), argnums=1)(b)
f.grad(lambda x: x.sum(), argnums=(0, 0))(b)
f.grad(lambda x: x.sum(), argnums=())(b)
f.grad(lambda x: x.sum(), argnums="a")(b)
f.grad(lambda x: x.sum(), has_aux=True)(b)
f.grad(lambda x: x.sum())(3.)
f.grad(lambda x: x.sum())(torch.arange(3))
f.vjp(lambda x: x * 2, b)[1](torch.ones(2))
f.vjp(lambda x: 3, b)
f.jvp(lambda x: x * 2, (b,), (torch.ones(2),))
f.jvp(lambda x: x * 2, b, b)
f.vmap(lambda x: x * 2)(3)
f.vmap(lambda x: x * 2, in_dims=2)(b)
f.vmap(lambda x, y: x * 2)(b, torch.ones(2))
f.vmap(lambda x: 3)(b)
f.vmap(lambda x: x)()
f.vmap(lambda x: x, out_dims=None)(b)
f.vmap(lambda x: torch.rand(2))(b)
f.vmap(lambda x: x, randomness="a")(b)
f.vmap(lambda x: x, chunk_size=0)(b)
f.functional_call(n, {"weigh": b}, b, strict=True)
f.functional_call(n, ({"weight": b}, {"weight": b}), b)
f.stack_module_state([])
f.stack_module_state([torch.nn.Tanh(), torch.nn.Sigmoid()])
f.stack_module_state([torch.nn.Tanh(), torch.nn.Tanh().eval()])
"""


def rows(text):
    return [line for line in text.strip().splitlines() if line]


def scope(library):
    library.manual_seed(0)
    return {"torch": library, "f": library.func, "a": library.tensor(A), "b": library.tensor(B),
            "one": library.tensor(0.7, dtype=library.float64), "n": library.nn.Linear(4, 2).double()}


def flat(value):
    """Everything in a nest, tensors as (requires_grad, numbers)."""
    if isinstance(value, (torch.Tensor, mytorch.Tensor)):
        return [(value.requires_grad, str(value.dtype).removeprefix("torch."), value.detach().numpy())]
    if isinstance(value, dict):
        return [part for key, below in value.items() for part in [key, *flat(below)]]
    return [part for below in value for part in flat(below)] if isinstance(value, (tuple, list)) else [value]


def agree(ours, theirs):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        if not isinstance(b, tuple):
            assert a == b
            continue
        assert a[:2] == b[:2] and a[2].shape == b[2].shape
        np.testing.assert_allclose(a[2], b[2], rtol=1e-6 if b[1] == "float32" else 1e-12, atol=1e-14)


@pytest.mark.parametrize("row", rows(VALUES))
def test_values_are_torchs(row):
    agree(flat(eval(row, scope(mytorch))), flat(eval(row, scope(torch))))


def _error(row, library):
    with pytest.raises(Exception) as caught:
        eval(row, scope(library))
    return type(caught.value), str(caught.value).replace("mytorch.engine.tensor.", "")


@pytest.mark.parametrize("row", rows(ERRORS))
def test_errors_are_torchs(row):
    assert _error(row, mytorch) == _error(row, torch)


@pytest.mark.parametrize("library", [torch, mytorch])
def test_what_lies_further_out_is_reached(library):
    """A tensor that requires grad already, given or captured, sees through the transform."""
    x = library.tensor(B).requires_grad_()
    w = library.tensor(B * 2).requires_grad_()
    slope = library.func.grad(lambda b: (b ** 3 * w).sum())(x)
    slope.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 6 * B * 2 * B)
    np.testing.assert_allclose(w.grad.numpy(), 3 * B ** 2)
    with library.no_grad():
        assert not library.func.grad(lambda b: (b ** 3 * w).sum())(x).requires_grad
    assert not library.func.grad(lambda b: (b ** 3).sum())(x.detach()).requires_grad


def test_a_batch_of_different_draws():
    found = mytorch.vmap(lambda x: x + mytorch.rand(5), randomness="different")(mytorch.zeros(3))
    assert len({tuple(row.tolist()) for row in found}) == 3


def test_a_refused_draw_leaves_the_generator_as_it_was():
    before = mytorch.get_rng_state().tolist()
    with pytest.raises(RuntimeError, match="randomness error mode"):
        mytorch.vmap(lambda x: mytorch.rand(2))(mytorch.ones(3))
    assert mytorch.get_rng_state().tolist() == before


@pytest.mark.parametrize("library", [torch, mytorch])
def test_tied_weights_and_buffers(library):
    net = library.nn.Sequential(library.nn.Linear(2, 2, bias=False), library.nn.Linear(2, 2, bias=False))
    net[1].weight = net[0].weight
    x, eye = library.ones(1, 2), library.eye(2) * 2
    call = library.func.functional_call
    assert call(net, {"0.weight": eye}, x).tolist() == [[4.0, 4.0]]
    untied = call(net, {"0.weight": eye}, x, tie_weights=False)
    assert untied.tolist() == (x @ (2 * net[0].weight.T)).tolist()
    with pytest.raises(ValueError, match="tied"):
        call(net, {"0.weight": eye, "1.weight": eye * 2}, x)
    assert net[1].weight is net[0].weight
