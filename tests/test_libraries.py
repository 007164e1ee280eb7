"""Tensors go into the libraries around NumPy as they are."""
import einops
import matplotlib
import numpy as np
import opt_einsum
import pandas
import pytest
from scipy import optimize, special
from sklearn.linear_model import LinearRegression

import mytorch

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402


def numbers(*shape: int, **options: bool) -> mytorch.Tensor:
    return mytorch.tensor(np.random.default_rng(0).standard_normal(shape), **options)


def test_matplotlib_draws_a_tensor():
    x = numbers(5)
    figure, axes = pyplot.subplots()
    (line,) = axes.plot(x, x * 2)
    assert np.array_equal(np.asarray(line.get_ydata()), np.asarray(x) * 2)
    pyplot.close(figure)


@pytest.mark.parametrize("draw", [
    lambda axes, x: axes.bar(mytorch.arange(5), x), lambda axes, x: axes.fill_between(x.sort().values, x, x * 2),
    lambda axes, x: axes.hist(x), lambda axes, x: axes.scatter(x, x, c=x, s=abs(x)),
    lambda axes, x: axes.imshow(x[:, None] * x), lambda axes, x: axes.errorbar(x, x, yerr=abs(x))], ids=[
        "bar", "fill_between", "hist", "scatter", "imshow", "errorbar"])
@pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad=True")
def test_matplotlib_draws_what_requires_grad(draw):
    figure, axes = pyplot.subplots()
    draw(axes, numbers(5, requires_grad=True))
    figure.canvas.draw()
    pyplot.close(figure)


def test_numpys_draws_take_tensors():
    p = mytorch.tensor([0.2, 0.3, 0.5], dtype=mytorch.float64)
    assert np.random.default_rng(0).choice(3, p=p) == np.random.default_rng(0).choice(3, p=np.asarray(p))
    assert np.array_equal(np.random.default_rng(0).normal(p, p), np.random.default_rng(0).normal(*[np.asarray(p)] * 2))


def test_numpys_masked_arrays_hold_plain_numbers():
    x = numbers(5)
    masked = np.ma.masked_array(x, mask=x > 0)
    assert type(masked.data) is np.ndarray and masked[::-1].sum() == pytest.approx(float(x[x <= 0].sum()))


def test_pandas_holds_a_tensor():
    x = numbers(4, 2)
    frame = pandas.DataFrame(x, columns=["a", "b"])
    assert np.array_equal(frame.to_numpy(), np.asarray(x))
    assert np.array_equal(pandas.Series(x[:, 0]).to_numpy(), np.asarray(x)[:, 0])


def test_scikit_learn_fits_tensors():
    x = numbers(20, 3)
    model = LinearRegression().fit(x, x @ np.array([1.0, -2.0, 3.0]))
    assert np.allclose(model.coef_, [1, -2, 3])


def test_scipy_minimizes_with_the_gradient_of_backward():
    def loss(numbers_now):
        x = mytorch.tensor(numbers_now, requires_grad=True)
        y = ((1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2)
        y.backward()
        return y.item(), x.grad
    found = optimize.minimize(loss, np.array([-1.2, 1.0]), jac=True, method="BFGS")
    assert np.allclose(found.x, 1, atol=1e-5)


@pytest.mark.parametrize("name", """
    digamma entr erf erfc erfcx erfinv exp2 expit expm1 gammaln i0 i0e i1 i1e log1p log_expit log_ndtr logit ndtr ndtri
    psi xlogy xlog1py""".split())
def test_scipys_functions_record(name):
    function = getattr(special, name)
    x = (numbers(3, 4).abs() / 4 % 0.8 + 0.1).requires_grad_()
    inputs = (x,) * function.nin
    y = function(*inputs)
    assert type(y) is mytorch.Tensor and y.grad_fn is not None
    assert np.array_equal(y.detach(), function(*map(np.asarray, inputs)))
    assert mytorch.autograd.gradcheck(lambda x: function(*(x,) * function.nin), (x,))
    assert mytorch.autograd.gradgradcheck(lambda x: function(*(x,) * function.nin), (x,))


def test_scipys_other_functions_refuse_gradients():
    x = numbers(3, requires_grad=True)
    with pytest.raises(TypeError, match="np.airy has no gradient rule"):
        special.airy(x)
    assert type(special.jv(1, x.detach())) is mytorch.Tensor
    assert type(special.expit(x.detach().half())) is mytorch.Tensor
    with pytest.raises(RuntimeError, match="the derivative for 'self' is not implemented|igamma"):
        special.gammainc(x.abs(), x.abs()).sum().backward()


@pytest.mark.parametrize("call", [
    lambda x: einops.rearrange(x, "a b c -> b (c a)"),
    lambda x: einops.reduce(x, "a b c -> a c", "mean"),
    lambda x: einops.reduce(x, "a (b two) c -> a c", "sum", two=2),
    lambda x: einops.reduce(x, "a b c -> b", "max"), lambda x: einops.reduce(x, "a b c -> b", "prod"),
    lambda x: einops.einsum(x, x, "a b c, a d c -> b d"),
    lambda x: einops.repeat(x, "a b c -> a (b n) c", n=3)], ids=[
        "rearrange", "mean", "sum", "max", "prod", "einsum", "repeat"])
def test_einops_is_differentiable(call):
    x = numbers(2, 4, 3, requires_grad=True)
    y = call(x)
    assert type(y) is mytorch.Tensor
    np.testing.assert_allclose(y.detach(), call(np.asarray(x)), rtol=1e-14)
    assert mytorch.autograd.gradcheck(call, (x,))


def test_opt_einsum_is_differentiable():
    tensors = tuple(numbers(*s, requires_grad=True) for s in [(2, 3), (3, 4), (4, 2)])
    assert np.allclose(opt_einsum.contract("ab,bc,ca->", *tensors).detach(),
                       opt_einsum.contract("ab,bc,ca->", *map(np.asarray, tensors)))
    assert mytorch.autograd.gradcheck(lambda *t: opt_einsum.contract("ab,bc,cd->da", *t), tensors)
