"""Tutorial 003: a linear model in a (in, out) layout whose backward starts from ones shaped like its weight.

It prints a 4 x 4 gradient whose rows are alike, each the row sums of W (its values are unseeded draws).
"""
from __future__ import annotations

import numpy as np
import pytest

import mytorch


class Linear:
    """The tutorial's class: params and grads are dicts, forward and backward by hand on Tensors."""

    def __init__(self, input_size, output_size):
        self.params = {"W": mytorch.nn.Parameter(mytorch.randn(input_size, output_size, requires_grad=True)),
                       "b": mytorch.nn.Parameter(mytorch.randn(1, output_size, requires_grad=True))}
        self.inputs, self.grads = None, {}

    def __call__(self, x):
        self.inputs = x
        return mytorch.matmul(self.inputs, self.params["W"]) + self.params["b"]

    def backward(self, grads=None):
        if grads is None:
            grads = mytorch.ones(self.params["W"].shape)
        self.grads["w"] = mytorch.matmul(self.inputs.T, grads)
        self.grads["b"] = mytorch.sum(grads, dim=0)
        return mytorch.matmul(grads, self.params["W"].T)


def test_shapes_and_rows():
    mytorch.manual_seed(0)
    net = Linear(4, 2)
    x = mytorch.tensor([1, 1, 1, 1], dtype=mytorch.float32)
    y = net(x)
    with pytest.warns(UserWarning, match="x.T"):    # of a vector, as in torch
        z = net.backward()
    assert y.shape == (1, 2) and z.shape == (4, 4)
    assert net.grads["w"].shape == (2,) and net.grads["b"].shape == (2,)
    assert z.grad_fn.name() == "MmBackward0" and str(z).endswith("grad_fn=<MmBackward0>)")
    rows = np.asarray(net.params["W"].detach()).sum(1)
    np.testing.assert_allclose(z.detach(), np.broadcast_to(rows, (4, 4)), rtol=1e-5)
