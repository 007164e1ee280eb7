"""Tutorial 001: `NN(*layers).train_step(x, labels)`, which returns the summed loss and learns by the way.

The tutorial prints no number, and its loss names variables it has not; meant is 1/2 (x - labels)^2.  It is held against
the same rule written out in NumPy: every layer adds the mean of (input x gradient) to its weight, and the gradient
handed in is scaled by 0.01 before each layer.
"""
from __future__ import annotations

import numpy as np

from mytorch import AbsActivation, AbsModule, Tensor


class Linear(AbsModule):
    """x @ weight + bias; its backward learns at once."""

    def __init__(self, weight, bias):
        self.weight, self.bias = weight.copy(), bias.copy()

    def forward(self, x):
        self.x = np.asarray(x)
        return self.x @ self.weight + self.bias

    def backward(self, partial):
        partial, weight = np.asarray(partial), self.weight.copy()
        self.weight = self.weight + self.x.T @ partial / len(partial)
        self.bias = self.bias + partial.sum(0) / len(partial)
        return partial @ weight.T


class Sigmoid(AbsActivation):
    """1 / (1 + exp(-x)), by hand."""

    def function(self, x):
        self._y = 1 / (1 + np.exp(-np.asarray(x)))
        return self._y

    def backward(self, partial):
        return self._y * (1 - self._y) * np.asarray(partial)


class NN:
    """The tutorial's chain of layers."""

    def __init__(self, *layers):
        self.layers = layers

    def train_step(self, x, labels):
        for layer in self.layers:
            x = layer(x)
        partial, loss = -(x - labels), 1 / 2 * (x - labels) ** 2
        for layer in reversed(self.layers):
            partial = layer.backward(0.01 * partial)
        return loss.sum()


def weights():
    rng = np.random.RandomState(0)
    return [(rng.randn(i, o), rng.randn(1, o)) for i, o in ((2, 2), (2, 2), (2, 1))]


def by_hand(layers, x, labels):
    """The same step, in NumPy alone."""
    inputs, outputs = [], []
    for w, b in layers:
        inputs.append(x)
        x = 1 / (1 + np.exp(-(x @ w + b)))
        outputs.append(x)
    partial, new = -(x - labels), []
    for (w, b), a, y in reversed(list(zip(layers, inputs, outputs))):
        partial = 0.01 * (y * (1 - y) * (0.01 * partial))
        new.insert(0, (w + a.T @ partial / len(a), b + partial.sum(0) / len(a)))
        partial = partial @ w.T
    return ((x - labels) ** 2 / 2).sum(), new


def test_train_step():
    x, labels = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
    layers = weights()
    parts = [part for w, b in layers for part in (Linear(w, b), Sigmoid())]
    net = NN(*parts)
    for _ in range(5):
        expected, layers = by_hand(layers, x, labels)
        got = net.train_step(Tensor(x), Tensor(labels))
        assert got.shape == () and abs(got.item() - expected) < 1e-12
    for layer, (w, b) in zip(parts[::2], layers):
        np.testing.assert_allclose(layer.weight, w, rtol=1e-12)
        np.testing.assert_allclose(layer.bias, b, rtol=1e-12)
