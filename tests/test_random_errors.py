"""What cannot be drawn: torch's errors, type and text."""
from __future__ import annotations

import numpy as np
import pytest
import torch
from random_oracle import array_of, assert_same_error, error_of

from mytorch import random

INF, NAN = float("inf"), float("nan")


def f(n=3, dtype="float32"):
    return torch.zeros(n, dtype=getattr(torch, dtype))


ERRORS = [(method, f(dtype=dtype), args) for method, args, dtype in [
    *(("uniform_", (), d) for d in ("int64", "bool", "uint16")),
    ("uniform_", (1, 0), "float32"), ("uniform_", (3, 1), "complex64"), ("uniform_", (0, 1e6), "float16"),
    ("uniform_", (-1e39, 0), "bfloat16"), ("uniform_", (-3e38, 3e38), "float32"),
    ("uniform_", (-1.7e308, 1.7e308), "float64"), ("uniform_", (float("nan"), 1), "float32"),
    ("uniform_", (0, float("inf")), "complex64"), ("uniform_", (2, 1), "int64"),
    ("normal_", (0, -1.23456789), "float32"), ("normal_", (0, float("nan")), "float32"), ("normal_", (0, -1), "int64"),
    *(("normal_", (), d) for d in ("int64", "bool", "int8", "uint32")),
    ("log_normal_", (0, 0), "float32"), ("log_normal_", (0, -1), "int64"), ("log_normal_", (), "int32"),
    ("log_normal_", (), "complex64"),
    ("exponential_", (0,), "float32"), ("exponential_", (-1.5,), "int64"), ("exponential_", (float("nan"),), "float64"),
    *(("exponential_", (), d) for d in ("int64", "bool", "complex64")),
    ("cauchy_", (0, -1), "float32"), ("cauchy_", (0, 0), "int64"),
    *(("cauchy_", (), d) for d in ("int64", "int8", "bool", "uint64", "complex128")),
    *(("geometric_", (p,), "float32") for p in (0, 1, -0.5, float("nan"))), ("geometric_", (3,), "bool"),
    *(("geometric_", (0.5,), d) for d in ("bool", "uint16", "complex64")),
    *(("bernoulli_", (p,), "float32") for p in (1.5, -1e-9, float("nan"))), ("bernoulli_", (2,), "complex64"),
    *(("bernoulli_", (0.5,), d) for d in ("uint32", "complex64")),
    *(("bernoulli_", (p,), "float32") for p in (
        f() + 2, f() * float("nan"), f(dtype="int64"), f(dtype="bool"), f(4), torch.zeros(2, 3))),
    ("bernoulli_", (f(),), "complex64"),
    *(("random_", (), d) for d in ("uint16", "uint64", "complex64")),
    ("random_", (5, 5), "int64"), ("random_", (6, 5), "float32"), ("random_", (0,), "int64"),
    ("random_", (-3,), "uint8"),
    ("random_", (0, 257), "uint8"), ("random_", (-1, 25), "uint8"), ("random_", (256, 257), "uint8"),
    ("random_", (256, None), "uint8"), ("random_", (0, 3), "bool"), ("random_", (-1, 2), "bool"),
    ("random_", (2, None), "bool"), ("random_", (-129, 3), "int8"), ("random_", (0, 2**20), "float16"),
    ("random_", (0, 70000), "float16"), ("random_", (70000, None), "float16"), ("random_", (3000, None), "float16"),
    ("random_", (2**30, None), "float32"), ("random_", (0, 2**63), "int64"), ("random_", (0, -2**63 - 1), "int64"),
    ("random_", (-2**63, None), "int32"), ("random_", (-2**63, None), "float16"), ("random_", (0, None), "uint64"),
    ("random_", (1, 5), "complex64"), ("random_", (1, None), "complex64"),
]] + [(method, torch.empty(1).expand(30), args) for method, args in [
    ("uniform_", ()), ("normal_", ()), ("random_", ()), ("exponential_", ()), ("bernoulli_", ()),
    ("bernoulli_", (torch.tensor(0.5),))]]


@pytest.mark.parametrize(("method", "tensor", "args"), [
    pytest.param(*row, id=f"{row[0]}{row[2]}-{row[1].dtype}") for row in ERRORS])
def test_fill_errors(method, tensor, args):
    arrays = [array_of(a) if isinstance(a, torch.Tensor) else a for a in args]
    assert_same_error(lambda: getattr(tensor, method)(*args),
                      lambda: getattr(random, method)(array_of(tensor), *arrays))


def test_random_wants_whole_numbers():
    for bounds in ((2.5,), (0, 2.5), (None,), (None, 5), (True,)):
        kind, text = error_of(random.random_, np.zeros(3), *bounds)
        assert kind is TypeError and text.startswith("random_() received an invalid combination of arguments - got ")


@pytest.mark.parametrize(("name", "args"), [
    ("bernoulli", (f() + 2,)), ("bernoulli", (f() * NAN,)), ("bernoulli", (f(dtype="int64"),)),
    ("bernoulli", (f(), 1.5)), ("bernoulli", (f(dtype="complex64"),)),
    ("randperm", (-1,)), ("randperm", (2.5,)), ("randperm", (True,)),
    *(("multinomial", (torch.ones(3), *args)) for args in ((0,), (-1,), (4,))),
    *(("multinomial", (w, *args)) for args in ((1,), (2,), (2, True))
      for w in (torch.zeros(3), torch.tensor([1., -1, 3]), torch.tensor([1, INF, 3]), torch.tensor([1, NAN, 3]),
                torch.tensor([[1., 0], [0, 0]]), torch.ones(3, 3, 3), torch.tensor(1.), f(dtype="int64"),
                f(dtype="complex64"), torch.ones(3, 0))),
    ("multinomial", (torch.ones(0), 1, True)), ("multinomial", (torch.ones(2**24 + 1), 1)),
    ("multinomial", (torch.ones(3, dtype=torch.int64), 0)),
    *(("poisson", (x,)) for x in (f() - 1, f() * NAN, f(dtype="int64"), f(dtype="complex64"))),
    *(("binomial", args) for args in ((f(dtype="int64"), f()), (f(), f(dtype="int64")), (f(), f(dtype="float64")),
                                      (f(dtype="float16"), f(dtype="float16")))),
    *((name, (f(dtype=d),)) for name in ("_standard_gamma", "_sample_dirichlet") for d in ("float16", "int64")),
])
def test_sample_errors(name, args):
    arrays = [array_of(a) if isinstance(a, torch.Tensor) else a for a in args]
    assert_same_error(lambda: getattr(torch, name)(*args), lambda: getattr(random, name.lstrip("_"))(*arrays))


@pytest.mark.parametrize(("n", "dtype"), [(300, "uint8"), (129, "int8"), (2**15 + 1, "int16"), (2050, "float16"),
                                          (2**24 + 2, "float32"), (3, "bool"), (3, "uint16"), (3, "complex64")])
def test_randperm_errors(n, dtype):
    assert_same_error(lambda: torch.randperm(n, dtype=getattr(torch, dtype)),
                      lambda: random.randperm(n, np.dtype(dtype)))


def test_randperm_says_how_far_it_goes():
    with pytest.raises(NotImplementedError, match="n up to 214748363 is supported, got 214748364"):
        random.randperm(214748364)
