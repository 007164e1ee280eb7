"""Window functions: every row does in Mytorch what it does in torch; long windows agree to the rounding."""
import numpy as np
import pytest
import torch
from side_by_side import lines, same

import mytorch

ROWS = lines(r"""
torch.hann_window(5)
torch.hann_window(5, False)
torch.hann_window(-1)
torch.hann_window(0)
torch.hann_window(1)
torch.hann_window(1,periodic=False)
torch.hann_window(2)
torch.hann_window(2,False)
torch.hann_window(5,dtype=torch.float64, requires_grad=True)
torch.hann_window(5.)
torch.hamming_window(5)
torch.hamming_window(5,True,0.5,0.4)
torch.bartlett_window(5)
torch.bartlett_window(6,False)
torch.bartlett_window(6)
torch.blackman_window(0)
torch.kaiser_window(1)
torch.kaiser_window(5,True,3.,dtype=torch.float16)
torch.hann_window(5,dtype=torch.float16)
""")


@pytest.mark.parametrize("expression", ROWS)
def test_as_torch(expression):
    same(expression)


@pytest.mark.parametrize("name", ["bartlett_window", "blackman_window", "hamming_window", "hann_window",
                                  "kaiser_window"])
@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("length", [2, 5, 100, 1001])
def test_values(name, kind, periodic, length):
    expected = getattr(torch, name)(length, periodic, dtype=getattr(torch, kind)).numpy()
    got = getattr(mytorch, name)(length, periodic, dtype=getattr(mytorch, kind)).numpy()
    assert got.dtype == expected.dtype
    np.testing.assert_allclose(got, expected, rtol=0, atol=16 * np.finfo(kind).eps)


@pytest.mark.parametrize("kind, error", [("int64", RuntimeError), ("complex64", NotImplementedError)])
def test_types_that_have_no_window(kind, error):
    for library in (torch, mytorch):
        with pytest.raises(error):
            library.hann_window(5, dtype=getattr(library, kind))
