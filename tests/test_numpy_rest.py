"""NumPy's functions that stand apart: equal to NumPy on plain arrays, gradients against finite differences."""
import io

import numpy as np
import pytest

import mytorch

A, B = np.random.default_rng(0).standard_normal(5), np.random.default_rng(1).standard_normal(3)
ROWS = {
    "piecewise": lambda x: np.piecewise(x, [x < 0, x > 0.5], [lambda v: v * v, lambda v: v * 3, 1.0]),
    "unwrap": lambda x: np.unwrap(x * 9),
    "polyder": lambda x: np.polyder(x, 2),
    "polyint": lambda x: np.polyint(x, 2, [1.0, 2.0]),
    "polyadd": lambda x: np.polyadd(x, B),
    "polysub": lambda x: np.polysub(B, x),
    "polymul": lambda x: np.polymul(x, B)}


@pytest.mark.parametrize("name", ROWS)
def test_value_is_numpys_and_the_gradient_holds(name):
    x = mytorch.tensor(A, requires_grad=True)
    y = ROWS[name](x)
    assert type(y) is mytorch.Tensor and np.array_equal(y.detach(), ROWS[name](A))
    assert mytorch.autograd.gradcheck(ROWS[name], (x,))


def test_saving_and_asking_need_no_detach():
    x, file = mytorch.tensor(A, requires_grad=True), io.BytesIO()
    np.save(file, x)
    file.seek(0)
    assert np.array_equal(np.load(file), A)
    assert np.result_type(x, 1) == np.float64 and np.array2string(x) == np.array2string(A)
