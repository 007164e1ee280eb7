"""torch.autograd.functional and gradcheck."""
import warnings

import pytest
import torch
from engine_scenarios import check, same, same_error, switches_are_left_alone  # noqa: F401  (an autouse fixture)

import mytorch


def vectors(t):
    return t.tensor([1., 2.]), t.tensor([3., 4., 5.])


def squares(x):
    return x * x


def two(x, y):
    return (x[:, None] * y * y).sum(1), (x * x).sum()


def cubes(x):
    return (x ** 3).sum()


def mixed(x, y):
    return (x[:, None] * y * y).sum()


# ------------------------------------------------------------------ jacobian, hessian

@same
def jacobians(t):
    j, (a, b) = t.autograd.functional.jacobian, vectors(t)
    return [j(squares, a), j(squares, (a,)), j(lambda x: (x * x,), a), j(two, (a, b)),
            j(lambda x: t.ones(2), a), j(lambda x, y: x * x, (a, b)), j(cubes, a)]


@same
def jacobians_vectorized(t):
    j, (a, b) = t.autograd.functional.jacobian, vectors(t)
    return [j(squares, a, vectorize=True), j(two, (a, b), vectorize=True),
            j(squares, a, vectorize=True, strategy="forward-mode"),
            [list(row) for row in j(two, (a, b), vectorize=True, strategy="forward-mode")]]


@same
def a_jacobian_of_a_matrix(t):
    x = t.arange(6.).reshape(2, 3)
    return (t.autograd.functional.jacobian(lambda x: x.t() * 2 + x[0, 0], x),
            t.autograd.functional.jacobian(lambda x: x.t() * x[0, 1], x, vectorize=True, strategy="forward-mode"))


@same
def jacobians_are_differentiated(t):
    a = vectors(t)[0].requires_grad_()
    j = t.autograd.functional.jacobian(squares, a, create_graph=True)
    (j * j).sum().backward()
    return j.detach(), a.grad, t.autograd.functional.jacobian(squares, a)


@same
def hessians(t):
    h, (a, b) = t.autograd.functional.hessian, vectors(t)
    return [h(cubes, a), h(mixed, (a, b)), h(cubes, a, vectorize=True), h(lambda x: x.sum(), a),
            h(lambda x: t.ones(()), a), h(lambda x, y: cubes(x), (a, b)), h(lambda x: cubes(x).reshape(1), a)]


@same
def a_hessian_is_differentiated(t):
    a = vectors(t)[0].requires_grad_()
    h = t.autograd.functional.hessian(lambda x: (x ** 4).sum(), a, create_graph=True)
    h.sum().backward()
    return h.detach(), a.grad


@same
def in_no_grad(t):
    f, (a, _) = t.autograd.functional, vectors(t)
    with t.no_grad():
        return f.jacobian(squares, a), f.hvp(cubes, a, t.ones(2)), f.hessian(cubes, a), t.is_grad_enabled()


# ------------------------------------------------------------------ products

@same
def products(t):
    f, (a, b) = t.autograd.functional, vectors(t)
    v = t.tensor([1., 2.])
    one = t.tensor(2.)
    return [f.vjp(squares, a, v), f.vjp(cubes, a), f.vjp(two, (a, b), (v, t.tensor(3.))),
            f.vjp(lambda x: t.ones(2), a, v), f.vjp(lambda x, y: x * x, (a, b), v),
            f.jvp(squares, a, v), f.jvp(cubes, one), f.jvp(two, (a, b), (v, b)), f.jvp(lambda x: t.ones(2), a, v),
            f.jvp(lambda x, y: x * x, (a, b), (v, b)), f.jvp(lambda x: x * 2, a, v, strict=True),
            f.hvp(cubes, a, v), f.hvp(cubes, one), f.hvp(mixed, (a, b), (v, b)), f.hvp(lambda x: x.sum(), a, v),
            f.vhp(cubes, a, v), f.vhp(cubes, one), f.vhp(mixed, (a, b), (v, b)), f.vhp(lambda x: t.ones(()), a, v)]


@same
def products_are_differentiated(t):
    f, found = t.autograd.functional, []
    for product, func in ((f.vjp, squares), (f.jvp, squares), (f.hvp, cubes), (f.vhp, cubes)):
        a = vectors(t)[0].requires_grad_()
        value, result = product(func, a, t.tensor([1., 2.]), create_graph=True)
        (value.sum() + (result * result).sum()).backward()
        found.append((value.detach(), result.detach(), a.grad))
    return found


# ------------------------------------------------------------------ what is refused

def refused(name, *calls):
    """A scenario for each of these calls of functional.name."""
    for i, call in enumerate(calls):
        def scenario(t, call=call):
            call(getattr(t.autograd.functional, name), t, *vectors(t))
        scenario.__name__ = f"{name}_refuses_{i}"
        globals()[scenario.__name__] = same_error(scenario)


refused("jacobian",
        lambda f, t, a, b: f(squares, 3),
        lambda f, t, a, b: f(squares, (a, 3)),
        lambda f, t, a, b: f(lambda x: 3, a),
        lambda f, t, a, b: f(lambda x: (x, 3), a),
        lambda f, t, a, b: f(lambda x: t.ones(2), a, strict=True),
        lambda f, t, a, b: f(lambda x, y: x * x, (a, b), strict=True),
        lambda f, t, a, b: f(lambda x, y: x * 3, (a, b), strict=True, create_graph=True),
        lambda f, t, a, b: f(squares, a, strict=True, vectorize=True),
        lambda f, t, a, b: f(squares, a, strategy="forward-mode"),
        lambda f, t, a, b: f(lambda x: x * 1j, a),
        lambda f, t, a, b: f(lambda x: x[:0], a))
refused("hessian",
        lambda f, t, a, b: f(squares, a),
        lambda f, t, a, b: f(lambda x: (cubes(x), cubes(x)), a),
        lambda f, t, a, b: f(lambda x: 3, a),
        lambda f, t, a, b: f(lambda x: x.sum(), a, strict=True),
        lambda f, t, a, b: f(lambda x: t.ones(()), a, strict=True),
        lambda f, t, a, b: f(lambda x, y: cubes(x), (a, b), strict=True),
        lambda f, t, a, b: f(cubes, a, outer_jacobian_strategy="forward-mode"))
refused("vjp",
        lambda f, t, a, b: f(squares, a),
        lambda f, t, a, b: f(squares, a, b),
        lambda f, t, a, b: f(squares, a, (a, a)),
        lambda f, t, a, b: f(squares, a, 3),
        lambda f, t, a, b: f(lambda x: t.ones(2), a, a, strict=True),
        lambda f, t, a, b: f(lambda x, y: x * x, (a, b), a, strict=True))
refused("jvp",
        lambda f, t, a, b: f(squares, a),
        lambda f, t, a, b: f(squares, a, b),
        lambda f, t, a, b: f(lambda x: t.ones(2), a, a, strict=True),
        lambda f, t, a, b: f(lambda x, y: x * x, (a, b), (a, b), strict=True))
for _name in ("hvp", "vhp"):
    refused(_name,
            lambda f, t, a, b: f(cubes, a),
            lambda f, t, a, b: f(squares, a, a),
            lambda f, t, a, b: f(cubes, a, b),
            lambda f, t, a, b: f(lambda x: x.sum(), a, a, strict=True),
            lambda f, t, a, b: f(lambda x: t.ones(()), a, a, strict=True))


# ------------------------------------------------------------------ gradcheck

def doubles(t, *shape):
    count = 1
    for n in shape:
        count *= n
    return t.arange(1., 1. + count, dtype=t.float64).reshape(shape).requires_grad_()


def wrong(t, forward=lambda x: x * 2, backward=lambda g: g * 3):
    return type("Wrong", (t.autograd.Function,), {"forward": staticmethod(lambda ctx, x: forward(x)),
                                                  "backward": staticmethod(lambda ctx, g: backward(g))}).apply


@same
def what_passes(t):
    g, gg = t.autograd.gradcheck, t.autograd.gradgradcheck
    a, b = doubles(t, 3), doubles(t, 2, 3)
    c = t.tensor([1 + 2j, 3 - 1j], dtype=t.complex128, requires_grad=True)
    return [g(lambda x: x.sin(), a), g(lambda x: x.sin(), [a]), g(lambda x, y: (x * y, y.sum()), (a, b)),
            g(lambda x, k: x * k, (a, 3)), g(lambda x: x * x * (1 + 2j), c), g(lambda x: x.abs(), c),
            g(lambda x: x * (1 + 2j), a), g(lambda x: x.sin(), a, fast_mode=True),
            g(lambda x: x * x * (1 + 2j), c, fast_mode=True), g(lambda x: x.sin(), a, check_batched_grad=True),
            g(lambda x: x.sin(), a, check_grad_dtypes=True, masked=True, check_undefined_grad=False),
            g(lambda x: (x * 2).long(), a), g(lambda x: x.clone().mul_(2), a),
            g(lambda x: x.transpose(0, 1) * 2, doubles(t, 2, 3).detach().t().requires_grad_()),
            gg(lambda x: x.sin(), a), gg(lambda x, y: x * y * y, (a, b)),
            gg(lambda x: x.sin(), a, t.ones(3, dtype=t.float64, requires_grad=True)),
            gg(lambda x, y: x * y * y, (a, b), fast_mode=True, gen_non_contig_grad_outputs=True)]


@same
def what_fails_without_raising(t):
    a, g = doubles(t, 3), t.autograd.gradcheck
    return [g(wrong(t), a, raise_exception=False), g(wrong(t), a, fast_mode=True, raise_exception=False),
            g(wrong(t), a, raise_exception=False, atol=2.), a]


@same
def gradcheck_of_a_result_without_a_gradient(t):
    return t.autograd.gradcheck(lambda x: (x.detach(), x * 2, x.argmax()), doubles(t, 3))


@same_error
def gradcheck_counts_results_with_a_gradient(t):
    t.autograd.gradcheck(lambda x: (x.detach(), wrong(t)(x)), doubles(t, 3))


@same_error
def a_wrong_gradient(t):
    t.autograd.gradcheck(wrong(t), doubles(t, 3))


@same_error
def a_wrong_gradient_of_the_second_output(t):
    t.autograd.gradcheck(lambda x: (x * 2, wrong(t)(x)), doubles(t, 3))


@same_error
def a_wrong_gradient_of_the_second_input(t):
    t.autograd.gradcheck(lambda x, y: x + wrong(t)(y), (doubles(t, 3), doubles(t, 3)))


@same_error
def a_wrong_complex_gradient(t):
    c = t.ones(2, dtype=t.complex128, requires_grad=True)
    t.autograd.gradcheck(wrong(t, lambda x: x * x), c)


@same_error(until=",\nnumerical")
def a_wrong_gradient_in_fast_mode(t):
    t.autograd.gradcheck(wrong(t), doubles(t, 3), fast_mode=True)


@same_error(until=",\nnumerical")
def a_wrong_second_gradient(t):
    def backward(ctx, g):
        return g * 2 * ctx.x.detach()

    def forward(ctx, x):
        ctx.x = x
        return x * x
    F = type("Once", (t.autograd.Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})
    t.autograd.gradcheck(F.apply, doubles(t, 3))
    t.autograd.gradgradcheck(F.apply, doubles(t, 3))


@same_error(until="\n")
def a_backward_that_differs_from_run_to_run(t):
    runs = []

    def backward(g):
        runs.append(1)
        return g * 2 * (1 + len(runs) * 1e-6)
    t.autograd.gradcheck(wrong(t, backward=backward), doubles(t, 3))


@same_error
def a_backward_that_ignores_its_gradient(t):
    t.autograd.gradcheck(wrong(t, lambda x: x.sum() * 2, lambda g: t.full((1,), 2., dtype=t.float64)), doubles(t, 1))


@same_error
def an_output_that_hides_its_gradient(t):
    t.autograd.gradcheck(lambda x: x.detach() * 2, doubles(t, 3))


@same_error
def no_input_to_check(t):
    t.autograd.gradcheck(lambda x: x * 2, t.ones(3))


@same_error
def an_input_that_overlaps_itself(t):
    t.autograd.gradcheck(lambda x: x * 2, t.ones(3, dtype=t.float64).expand(2, 3).requires_grad_())


test_scenario = check(__name__)


@pytest.mark.parametrize("t", [torch, mytorch], ids=["torch", "mytorch"])
def test_single_precision_warns(t):
    with pytest.warns(UserWarning, match="Input #0 requires gradient and is not a double precision"):
        assert t.autograd.gradcheck(lambda x: x * 2, t.ones(3, requires_grad=True), eps=1e-2, atol=1e-2)


@pytest.mark.parametrize("check_, option", [
    ("gradcheck", "check_forward_ad"), ("gradcheck", "check_batched_forward_grad"),
    ("gradgradcheck", "check_fwd_over_rev")])
def test_forward_mode_is_not_silently_ignored(check_, option):
    with pytest.raises(NotImplementedError, match=option):
        getattr(mytorch.autograd, check_)(lambda x: x * 2, doubles(mytorch, 2), **{option: True})


def test_the_error_is_imported_as_from_torch():
    from mytorch.autograd.gradcheck import GradcheckError
    assert issubclass(GradcheckError, RuntimeError)


def test_the_inputs_are_as_before():
    """Differences move the inputs in place; afterwards they are what they were, and nothing was noted as a write."""
    a = doubles(mytorch, 2, 3)
    before = a.tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert mytorch.autograd.gradcheck(lambda x: x.sin(), a)
    assert a.tolist() == before and a._version == 0 and a.grad is None
