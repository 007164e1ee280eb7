"""Adding to places that are named several times: against np.add.at, which is slow and right."""
import numpy as np
import pytest

from mytorch.ops.accumulate import add_at, add_rows


@pytest.mark.parametrize("seed", range(200))
def test_add_at(seed):
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(1, 5, rng.integers(1, 5)))
    at = sorted(rng.choice(len(shape), rng.integers(1, len(shape) + 1), replace=False))
    form = tuple(int(n) for n in rng.integers(1, 4, rng.integers(0, 3)))
    indices = [slice(None)] * (at[-1] + 1)
    for d in at:
        indices[d] = rng.integers(-shape[d], shape[d], tuple(n if rng.random() < 0.7 else 1 for n in form))
    kind = [np.float64, np.int64, np.complex128, np.int8][seed % 4]
    part = (rng.standard_normal(np.empty(shape)[tuple(indices)].shape) * 9).astype(kind)
    expected, got = np.zeros(shape, kind), np.zeros(shape, kind)
    np.add.at(expected, tuple(indices), part)
    add_at(got, indices, part)
    np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.complex64, np.int32, np.bool_])
@pytest.mark.parametrize("width", [0, 1, 2, 7, 64])
def test_add_rows(kind, width):
    rng = np.random.default_rng(width)
    index = rng.integers(0, 50, 3000).astype(np.int32)
    rows = rng.integers(0, 3, (3000, width)).astype(kind)  # small whole numbers: the order does not matter
    expected, got = np.zeros((50, width), kind), np.zeros((50, width), kind)
    np.add.at(expected, index, rows)
    add_rows(got, index, rows)
    np.testing.assert_array_equal(got, expected)


def test_add_rows_in_blocks():
    """More places than one block of the index holds."""
    rng = np.random.default_rng(0)
    index, rows = rng.integers(0, 10, 5000), rng.integers(0, 9, (5000, 33)).astype(np.float32)
    expected, got = np.zeros((10, 33), np.float32), np.zeros((10, 33), np.float32)
    np.add.at(expected, index, rows)
    add_rows(got, index, rows)
    np.testing.assert_array_equal(got, expected)
