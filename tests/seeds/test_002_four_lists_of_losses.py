"""Tutorial 002: four trainings, ten losses each, and the short examples before them: every digit that is printed.

The tutorial draws `np.random.randint(0, 100000)` for the id of every tensor it makes, between its weights: the draws
are replayed here.  Its embedding net prints the mean cross entropy but goes back from the sum.  Weights are (in, out).
"""
from __future__ import annotations

import numpy as np
import pytest

import mytorch
from mytorch import nn

DATA = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
TARGET = np.array([[0], [1], [0], [1]])

PLAIN = [5.066439994622395, 0.4959907791902342, 0.4180671892167177, 0.35298133007809646, 0.2972549636567377,
         0.2492326038163328, 0.20785392075862477, 0.17231260916265176, 0.14193744536652986, 0.11613979792168384]
LAYERS = [2.33428272, 0.06743796, 0.0521849, 0.04079507, 0.03184365, 0.02479336, 0.01925443, 0.01491699, 0.01153118,
          0.00889602]
NONLINEAR = [1.06372865, 0.75148144, 0.57384259, 0.39574294, 0.2482279, 0.15515294, 0.10423398, 0.07571169,
             0.05837623, 0.04700013]
EMBEDDING = [1.3885032434928422, 0.9558181509266037, 0.6823083585795604, 0.5095259967493119, 0.39574491472895856,
             0.31752527285348264, 0.2617222861964216, 0.22061283923954234, 0.18946427334830068, 0.16527389263866668]


def drawn_id() -> None:
    """What every tensor of the tutorial draws for its id."""
    np.random.randint(0, 100000)


def parameter(array: np.ndarray) -> nn.Parameter:
    drawn_id()
    return nn.Parameter(mytorch.tensor(array))


class Linear(nn.Module):
    """x @ weight + bias, weight (in, out) from N(0, 2/in), bias 0."""

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        self.weight = parameter(np.random.randn(n_inputs, n_outputs) * np.sqrt(2.0 / n_inputs))
        self.bias = parameter(np.zeros(n_outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


class Embedding(nn.Module):
    """Rows of (rand - 0.5) / dim."""

    def __init__(self, vocabulary: int, dim: int) -> None:
        self.weight = parameter((np.random.rand(vocabulary, dim) - 0.5) / dim)

    def forward(self, indices):
        return self.weight[indices]


def square_error(prediction, target):
    return ((prediction - target) * (prediction - target)).sum(0)


def train(model, data, target, loss, lr, back=lambda loss: loss.sum()):
    """Ten steps of gradient descent; `back` makes of the loss what is differentiated."""
    optimizer, losses = mytorch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(10):
        value = loss(model(data), target)
        back(value).backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(value.sum().item())
    return losses


@pytest.fixture
def inputs():
    """The tutorial's seed and its two data tensors, which draw their ids first."""
    np.random.seed(0)
    drawn_id()
    drawn_id()
    return mytorch.tensor(DATA.astype(np.float64)), mytorch.tensor(TARGET.astype(np.float64))


def test_two_matrices():
    np.random.seed(0)
    weights = [nn.Parameter(mytorch.tensor(np.random.rand(*shape))) for shape in ((2, 3), (3, 1))]
    model = nn.ParameterList(weights)
    data, target = mytorch.tensor(DATA.astype(np.float64)), mytorch.tensor(TARGET.astype(np.float64))
    losses = []
    for _ in range(10):
        loss = ((data @ weights[0] @ weights[1] - target) ** 2).sum(0)
        (loss / 2).sum().backward()     # by hand, the tutorial leaves out the factor 2
        with mytorch.no_grad():
            for w in model.parameters():
                w -= 0.1 * w.grad
                w.grad = None
        losses.append(loss.item())
    np.testing.assert_allclose(losses, PLAIN, rtol=0, atol=1e-9)


def test_two_linear_layers(inputs):
    model = nn.Sequential(Linear(2, 3), Linear(3, 1))
    np.testing.assert_allclose(train(model, *inputs, square_error, 0.05), LAYERS, rtol=0, atol=1e-8)


def test_tanh_and_sigmoid(inputs):
    model = nn.Sequential(Linear(2, 3), nn.Tanh(), Linear(3, 1), nn.Sigmoid())
    np.testing.assert_allclose(train(model, *inputs, square_error, 1), NONLINEAR, rtol=0, atol=1e-8)


def test_embedding_and_cross_entropy(inputs):
    model = nn.Sequential(Embedding(3, 3), nn.Tanh(), Linear(3, 4))
    losses = train(model, mytorch.tensor([1, 2, 1, 2]), mytorch.tensor([0, 1, 0, 1]), nn.CrossEntropyLoss(), 0.1,
                   back=lambda mean: 4 * mean)
    np.testing.assert_allclose(losses, EMBEDDING, rtol=0, atol=1e-9)


def test_a_gradient_goes_to_both_parts_of_a_sum():
    x, y = (mytorch.tensor(values, requires_grad=True) for values in ([1.0, 2, 3, 4, 5], [2.0, 2, 2, 2, 2]))
    z = x + y
    z.backward(mytorch.tensor(np.array([1.0, 1, 1, 1, 1], np.float32)))
    assert x.grad.tolist() == y.grad.tolist() == [1, 1, 1, 1, 1] and z.grad_fn.name() == "AddBackward0"


def test_a_tensor_used_twice_gets_both_gradients():
    a, b, c = (mytorch.tensor(values, requires_grad=True)
               for values in ([1.0, 2, 3, 4, 5], [2.0, 2, 2, 2, 2], [5.0, 4, 3, 2, 1]))
    ((a + b) + (b + c)).backward(mytorch.ones(5))
    assert b.grad.tolist() == [2, 2, 2, 2, 2]


def test_what_it_shows_of_torch():
    """Its examples of torch's own autograd, as today's torch prints them."""
    x = mytorch.ones(2, 2, requires_grad=True)
    y = x + 2
    assert str(x) == "tensor([[1., 1.],\n        [1., 1.]], requires_grad=True)" and x.grad_fn is None
    assert str(y) == "tensor([[3., 3.],\n        [3., 3.]], grad_fn=<AddBackward0>)"
    (y * y * 3).mean().backward()
    x.sum().backward()                      # gradients add up
    assert str(x.grad) == "tensor([[5.5000, 5.5000],\n        [5.5000, 5.5000]])"
    x.grad.data.zero_()
    x.sum().backward()
    assert str(x.grad) == "tensor([[1., 1.],\n        [1., 1.]])"
    a = mytorch.randn(2, 2)
    a = (a * 3) / (a - 1)
    before = a.requires_grad
    a.requires_grad_(True)
    assert (before, a.requires_grad, (a * a).sum().grad_fn.name()) == (False, True, "SumBackward0")


def test_data_is_outside_the_graph():
    x = mytorch.ones(1, requires_grad=True)
    assert str(x.data) == "tensor([1.])" and not x.data.requires_grad
    y = 2 * x
    x.data *= 100
    y.backward()
    assert str(x) == "tensor([100.], requires_grad=True)" and str(x.grad) == "tensor([2.])"
