"""Random numbers against torch's: the same seed, the same bits, and the same bytes of state afterwards."""
from __future__ import annotations

import warnings
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch
from random_oracle import array_of, assert_same, assert_same_state, filled, giving, pair

from mytorch import random
from mytorch._ties import first_k
from mytorch.random.fma import fma32, fma64

SEEDS = (0, 42, 2**32 - 1, 2**32 + 5, -12345)
SIZES = (0, 1, 2, 3, 5, 8, 15, 16, 17, 31, 32, 33, 48, 100, 257, 1000)
FLOATS = ("float32", "float64", "float16", "bfloat16")
INF, NAN = float("inf"), float("nan")
INTEGERS = ("bool", "uint8", "int8", "int16", "int32", "int64")


# ------------------------------------------------------------------ fills: method, arguments, types

FILLS = [
    ("uniform_", (), (*FLOATS, "complex64", "complex128")),
    ("uniform_", (-0.01, 0.013), (*FLOATS, "complex64")),
    ("uniform_", (-3.1, 11.7), FLOATS),
    ("uniform_", (1.0, 1.0009765625), FLOATS),
    ("uniform_", (2, 2), FLOATS),
    ("uniform_", (-4e4, 1.2e4), FLOATS),
    ("uniform_", (-8e307, 8.1e307), ("float64",)),
    ("normal_", (), (*FLOATS, "complex64", "complex128")),
    ("normal_", (1.5, 0.02), (*FLOATS, "complex64", "complex128")),
    ("normal_", (-0.3, 7.7), FLOATS),
    ("normal_", (0.1, 0), FLOATS),
    ("normal_", (1e300, 2e300), FLOATS[:3]),
    ("log_normal_", (), FLOATS),
    ("log_normal_", (0.2, 300.0), FLOATS),
    ("exponential_", (), FLOATS),
    ("exponential_", (2.7,), FLOATS),
    ("exponential_", (1e-300,), FLOATS),
    ("cauchy_", (), FLOATS),
    ("cauchy_", (-1.1, 2.3), FLOATS),
    ("geometric_", (0.3,), (*FLOATS, *INTEGERS[1:])),
    ("geometric_", (0.0003,), (*FLOATS, *INTEGERS[1:])),
    ("geometric_", (1e-300,), ("float32", *INTEGERS[1:])),
    ("bernoulli_", (), (*FLOATS, *INTEGERS)),
    ("bernoulli_", (0.1,), (*FLOATS, *INTEGERS)),
    ("bernoulli_", (1,), ("float32",)),
    ("random_", (), (*FLOATS, *INTEGERS)),
    ("random_", (2,), (*FLOATS, *INTEGERS, "uint16", "uint32", "uint64")),
    ("random_", (3, 100), (*FLOATS, *INTEGERS[1:], "uint16", "uint32", "uint64")),
    ("random_", (-5, 6), (*FLOATS, *INTEGERS[2:])),
    ("random_", (1, None), (*FLOATS, *INTEGERS, "uint16", "uint32")),
    ("random_", (2**28 - 1,), ("int32", "int64", "float64")),
    ("random_", (2**28,), ("int32", "int64", "float64")),
    ("random_", (-7, 2**31), ("int64", "float64")),
    ("random_", (-2**31, 2**31 - 1), ("int32", "int64")),
    ("random_", (-2**62, 2**62 + 11), ("int64",)),
    ("random_", (-2**63, 2**63 - 1), ("int64",)),
    ("random_", (-2**63, None), ("int64", "float64", "float32", "bfloat16")),
    ("random_", (2**24 - 7, 2**24 + 1), ("float32",)),
]
ROWS = [pytest.param(method, args, dtype, id=f"{method}{args}-{dtype}")
        for method, args, dtypes in FILLS for dtype in dtypes]


@pytest.mark.parametrize(("method", "args", "dtype"), ROWS)
def test_fill(method, args, dtype):
    for seed, size in product(SEEDS[:2], SIZES):
        generators = pair(seed)
        for _ in range(2):  # the second finds what the first left: words half used, a cached normal
            filled(method, torch.zeros(size, dtype=getattr(torch, dtype)), generators, *args)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_stream_through_all_fills(seed):
    generators = pair(seed)
    for method, args, dtypes in FILLS:
        for dtype in dtypes:
            filled(method, torch.zeros(7, dtype=getattr(torch, dtype)), generators, *args)


@pytest.mark.parametrize(("method", "args", "dtype"), ROWS)
def test_the_ends_of_the_range(method, args, dtype):
    for word in (0, 2**32 - 1, 2**31, 1):
        filled(method, torch.zeros(9, dtype=getattr(torch, dtype)), giving(word), *args)
        filled(method, torch.zeros(17, dtype=getattr(torch, dtype)), giving(word), *args)


LAYOUTS = {
    "transposed": lambda t: t(5, 8).t(),
    "permuted": lambda t: t(2, 3, 4).permute(2, 0, 1),
    "channels_last": lambda t: t(2, 4, 5, 3).permute(0, 3, 1, 2),
    "every second": lambda t: t(5, 8)[:, ::2],
    "rows cut": lambda t: t(9, 6)[1:8, 2:],
    "column": lambda t: t(40, 3)[:, 1],
    "single dims": lambda t: t(1, 20, 1, 3).permute(3, 0, 2, 1),
    "0-d": lambda t: t(()),
    "0-d of a row": lambda t: t(3)[1],
    "empty": lambda t: t(0, 3).t(),
    "overlapping": lambda t: t(20).as_strided((4, 5), (2, 1)),
    "equal strides": lambda t: t(20).as_strided((3, 5), (2, 2)),
    "expanded, one element": lambda t: t(3).expand(1, 3),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("method", "args", "dtype"), [
    ("uniform_", (-1, 2), "float32"), ("normal_", (0.5, 2), "float32"), ("normal_", (0.5, 2), "bfloat16"),
    ("normal_", (), "float64"), ("normal_", (), "complex64"), ("uniform_", (), "complex128"),
    ("random_", (9,), "int64"),
    ("bernoulli_", (0.5,), "bool"), ("exponential_", (), "float16"), ("log_normal_", (), "float32")])
def test_memory_order(layout, method, args, dtype):
    def zeros(*shape):
        return torch.zeros(*shape, dtype=getattr(torch, dtype))
    generators = pair(3)
    for _ in range(2):
        theirs, ours = LAYOUTS[layout](zeros), LAYOUTS[layout](zeros)
        getattr(theirs, method)(*args, generator=generators[0])
        array = array_of(ours)
        assert getattr(random, method)(array, *args, generator=generators[1]) is array
        assert_same(theirs, array, generators)


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_large_fills(dtype):
    generators = pair(7)
    for method, args in (("uniform_", ()), ("uniform_", (-3.3, 5.5)), ("normal_", (0.1, 3)), ("bernoulli_", (0.3,)),
                         ("random_", (0, 77)), ("exponential_", ())):
        filled(method, torch.zeros(70_003, dtype=getattr(torch, dtype)), generators, *args)
    filled("normal_", torch.zeros(2, 35_001, dtype=getattr(torch, dtype)).t(), generators)


@pytest.mark.parametrize("bounds", [(2**62,), (-2**30, 2**62), (-3000, 5000), (0, 300), (-3000, None), (1, 2**40),
                                    (2**30, 2**30 + 2**9), (-2**60, None), (2**30 + 30, 2**30 + 2**12), (4097, 9000)])
@pytest.mark.parametrize("dtype", FLOATS)
def test_whole_floats_beyond_the_mantissa(dtype, bounds):
    generators = pair(1)
    outcomes = []
    for draw in (lambda: torch.zeros(50, dtype=getattr(torch, dtype)).random_(*bounds, generator=generators[0]),
                 lambda: random.random_(array_of(torch.zeros(50, dtype=getattr(torch, dtype))), *bounds,
                                        generator=generators[1])):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                value = draw()
            except RuntimeError as error:
                value = str(error)
        outcomes.append((value, [str(w.message).partition(" (Triggered")[0] for w in caught]))
    (theirs, their_warnings), (ours, our_warnings) = outcomes
    assert our_warnings == their_warnings
    if isinstance(theirs, str):
        assert ours == theirs
    else:
        assert_same(theirs, ours, generators)


# ------------------------------------------------------------------ bernoulli, randperm, multinomial

@pytest.mark.parametrize("dtype", FLOATS)
def test_bernoulli_of_probabilities(dtype):
    generators = pair(5)
    p = torch.linspace(0, 1, 60, dtype=torch.float64).to(getattr(torch, dtype)).view(3, 20)
    for probabilities in (p, p.t(), p[:, ::3], p[0, 0], p[:0]):
        assert_same(torch.bernoulli(probabilities, generator=generators[0]),
                    random.bernoulli(array_of(probabilities), generator=generators[1]), generators)
    assert_same(torch.bernoulli(p.t(), 0.3, generator=generators[0]),
                random.bernoulli(array_of(p.t()), 0.3, generators[1]), generators)
    for shape, row in product([(3, 20), (20,)], (p[1], p[1, :1], p[1, 2])):
        reverse = torch.zeros(*shape[::-1], 2, dtype=torch.int64)
        for out in (torch.zeros(2, *shape), reverse.permute(*reversed(range(reverse.ndim)))):
            ours = torch.zeros_like(out)
            assert ours.stride() == out.stride()
            assert_same(out.bernoulli_(row, generator=generators[0]),
                        random.bernoulli_(array_of(ours), array_of(row), generators[1]), generators)


@pytest.mark.parametrize("dtype", ["int64", "int32", "int16", "float32", "float64", "float16", "bfloat16"])
def test_randperm(dtype):
    generators = pair(11)
    kind = array_of(torch.empty(0, dtype=getattr(torch, dtype))).dtype
    for n in (0, 1, 2, 3, 10, 100, 1999):
        assert_same(torch.randperm(n, generator=generators[0], dtype=getattr(torch, dtype)),
                    random.randperm(n, kind, generators[1]), generators)


def test_randperm_of_the_narrowest_types():
    generators = pair(12)
    for n, dtype in ((256, "uint8"), (128, "int8"), (257, "bfloat16"), (300, "bfloat16"), (2049, "float16")):
        ours = random.randperm(n, array_of(torch.empty(0, dtype=getattr(torch, dtype))).dtype, generators[1])
        assert_same(torch.randperm(n, generator=generators[0], dtype=getattr(torch, dtype)), ours, generators)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1,), (7,), (200,), (4, 6), (0, 3), (3, 50)])
def test_multinomial(dtype, shape):
    generators = pair(6)
    weights = torch.rand(shape, generator=torch.Generator().manual_seed(0), dtype=getattr(torch, dtype)) + 0.01
    views = [weights, torch.stack([weights, weights], -1)[..., 0]]
    if len(shape) == 2:
        views.append(weights.t().contiguous().t())
    for w, (count, replacement) in product(views, ((1, False), (1, True), (5, True), (300, True), (2, False),
                                                   (shape[-1], False))):
        if replacement or count <= shape[-1]:
            assert_same(torch.multinomial(w, count, replacement, generator=generators[0]),
                        random.multinomial(array_of(w), count, replacement, generators[1]), generators)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_multinomial_of_narrow_weights(dtype):
    generators = pair(6)
    weights = (torch.arange(400) % 7).to(getattr(torch, dtype))
    for count, replacement in ((1, False), (1, True), (500, True), (6, False), (70, False), (400, False)):
        assert_same(torch.multinomial(weights, count, replacement, generator=generators[0]),
                    random.multinomial(array_of(weights), count, replacement, generators[1]), generators)


def test_multinomial_where_a_draw_meets_a_bound():
    for word in (0, 2**20):
        generators = giving(word)
        u = (word << 32 | word) * 2.0**-53
        weights = torch.tensor([u, 1 - u], dtype=torch.float64)
        assert_same(torch.multinomial(weights, 5, True, generator=generators[0]),
                    random.multinomial(array_of(weights), 5, True, generators[1]), generators)


def test_multinomial_takes_weights_of_zero_last():
    generators = pair(6)
    for size, count in ((20, 7), (20, 20), (300, 4), (300, 250)):
        weights = torch.zeros(2, size)
        weights[:, 2:9:6] = 1
        assert_same(torch.multinomial(weights, count, generator=generators[0]),
                    random.multinomial(array_of(weights), count, generator=generators[1]), generators)


@pytest.mark.parametrize("different", [1, 2, 6, 100, 10**6])
def test_equal_ones_come_in_the_order_of_topk(different):
    numbers = np.random.default_rng(different)
    for n in (1, 2, 3, 4, 5, 16, 17, 18, 40, 130, 700, 3000):
        for k in {1, 2, max(n // 64, 1), n // 64 + 1, n // 2, n - 1, n} - {0}:
            values = numbers.integers(0, different, n)
            for x in (values, np.sort(values), np.sort(values)[::-1].copy()):
                if k <= n:
                    expected = torch.topk(torch.from_numpy(x), k).indices.numpy()
                    assert first_k(-x[None], k)[0].tolist() == expected.tolist()


# ------------------------------------------------------------------ poisson, binomial, gamma, dirichlet

@pytest.mark.parametrize("dtype", FLOATS)
def test_poisson(dtype):
    generators = pair(8)
    rate = torch.tensor([0, 0.1, 1, 3.7, 9.9, 10, 12.5, 40, 333, 1000]).to(getattr(torch, dtype)).repeat(30, 1)
    for rates in (rate, rate.t(), rate[0, 3], rate[:0]):
        assert_same(torch.poisson(rates, generator=generators[0]), random.poisson(array_of(rates), generators[1]),
                    generators)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_binomial(dtype):
    generators = pair(9)
    count = torch.tensor([-1, 0, 1, 2.5, 9, 17, 40, 100, 1000, 12345], dtype=getattr(torch, dtype))
    prob = torch.tensor([-0.1, 0, 1e-3, 0.1, 0.3, 0.5, 0.51, 0.77, 0.999, 1, 1.5], dtype=getattr(torch, dtype))
    n, p = (x.contiguous() for x in torch.broadcast_tensors(count[:, None, None], prob[:, None]))
    for counts, probs in ((n.repeat(1, 1, 9), p.repeat(1, 1, 9)), (n[8, 4, 0], p[8, 4, 0]), (n[:0], p[:0])):
        assert_same(torch.binomial(counts, probs, generator=generators[0]),
                    random.binomial(array_of(counts), array_of(probs), generators[1]), generators)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gamma(dtype):
    generators = pair(10)
    alpha = torch.tensor([0, 1e-3, 0.2, 0.7, 1, 1.3, 4, 50, 1e4, 1e-40, -0.2, -1, NAN, INF]).to(getattr(torch, dtype))
    alpha = alpha.repeat(40, 1)
    for alphas in (alpha, alpha.t(), alpha[0, 2], alpha[:0]):
        assert_same(torch._standard_gamma(alphas, generator=generators[0]),
                    random.standard_gamma(array_of(alphas), generators[1]), generators)


def test_dirichlet():
    generators = pair(13)
    for k in (1, 2, 3, 7, 20):
        alpha = torch.linspace(0.1, 5, 5 * k).view(5, k)
        assert_same(torch._sample_dirichlet(alpha, generator=generators[0]),
                    random.sample_dirichlet(array_of(alpha), generators[1]), generators)
        theirs = torch._sample_dirichlet(alpha.double(), generator=generators[0]).numpy()
        # torch's order of adding up to divide by is not known here: two units in the last place of float64
        np.testing.assert_array_max_ulp(random.sample_dirichlet(array_of(alpha.double()), generators[1]), theirs, 2)
        assert_same_state(*generators)


# ------------------------------------------------------------------ one rounding

def test_fma32_rounds_once():
    step = 2.0**-23
    x, almost_half_a_step = np.array([0.5, 1 + step]), 2.0**-24 * (1 - step)
    for a in (1 + step, 1 + 3 * step):
        for w in (almost_half_a_step, -almost_half_a_step):
            assert np.float32(x[1] * w + a) != a  # float64 rounds to the middle, then float32 to the even neighbour
            assert fma32(x, w, a)[1] == a


def test_fma64_rounds_once():
    x, almost_half_a_step, a = np.array([0.5, 1 - 2.0**-33]), 2.0**-53 * (1 + 2.0**-33), 1 + 2.0**-52
    for w in (almost_half_a_step, -almost_half_a_step):
        assert x[1] * w + a != a
        assert fma64(x, w, a)[1] == a
    numbers = np.random.default_rng(0)
    x = numbers.standard_normal(300)
    for w, a in zip(numbers.standard_normal(60) * 2.0**numbers.integers(-60, 60, 60), numbers.standard_normal(60)):
        for low, high in ((a, w), (-x[0] * w * (1 + 2.0**-40), w), (a * 2.0**960, w * 2.0**960)):
            expected = [float(Fraction(value) * Fraction(high) + Fraction(low)) for value in x.tolist()]
            assert fma64(x, float(high), float(low)).tolist() == expected
