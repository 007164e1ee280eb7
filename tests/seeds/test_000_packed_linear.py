"""Tutorial 000: a training loop over a module with forward and backward, and a linear map whose weight packs the bias.

Its code is a sketch ("does not run"); this is the loop it sketches, made to run: w is (in + 1, out), row 0 the bias.
"""
from __future__ import annotations

import numpy as np

import mytorch
from mytorch import AbsLoss, AbsModule, Tensor


class PackedLinear(AbsModule):
    """x (N, in) -> x @ w[1:] + w[0], backward by hand."""

    def __init__(self, in_length: int, out_length: int) -> None:
        self.parameters = {"w": Tensor((in_length + 1, out_length))}

    def forward(self, x):
        self.x = np.asarray(x)
        w = np.asarray(self.parameters["w"])
        return self.x @ w[1:] + w[0]

    def backward(self, dy):
        dy, w = np.asarray(dy), np.asarray(self.parameters["w"])
        self.parameters["w"].grad = Tensor(np.concatenate([dy.sum(0, keepdims=True), self.x.T @ dy]))
        return dy @ w[1:].T


class SquareLoss(AbsLoss):
    """The sum of squares, from Tensor operations alone."""

    def forward(self, output, target):
        return ((output - target) ** 2).sum()


def data():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20, 3)).astype(np.float32)
    return mytorch.tensor(x), mytorch.tensor(x @ np.array([[1], [-2], [3]], np.float32) + 4)


def test_the_weight_packs_the_bias():
    mytorch.manual_seed(0)
    module = PackedLinear(3, 1)
    assert module.parameters["w"].shape == (4, 1)
    assert module(data()[0]).shape == (20, 1)


def test_the_loop_learns_the_map():
    mytorch.manual_seed(0)
    x, y = data()
    module = PackedLinear(3, 1)
    loss = SquareLoss(module)
    optimizer = mytorch.Mini_BGD(module, lr=0.01)
    for _ in range(300):
        loss(module(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    np.testing.assert_allclose(np.asarray(module.parameters["w"])[:, 0], [4, 1, -2, 3], atol=1e-4)


def test_backward_hands_on_the_gradient_of_the_input():
    mytorch.manual_seed(0)
    module = PackedLinear(3, 2)
    x = mytorch.tensor(np.ones((4, 3), np.float32), requires_grad=True)
    module(x).sum().backward()
    w = np.asarray(module.parameters["w"])
    np.testing.assert_allclose(x.grad, np.broadcast_to(w[1:].sum(1), (4, 3)), rtol=1e-6)
