"""Printing: the text of an array against the repr real torch gives the same data, character for character."""

import ml_dtypes
import numpy as np
import pytest
import torch
from torch._tensor_str import PRINT_OPTS
from torch._tensor_str import printoptions as torch_printoptions

import mytorch
from mytorch._printing import options, printoptions, set_printoptions, tensor_text

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
FLOATS = [np.dtype(name) for name in ("float16", "float32", "float64")] + [BFLOAT16]
COMPLEX = [np.dtype(name) for name in ("complex64", "complex128")]
INTS = [np.dtype(f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)]
DTYPES = [*FLOATS, *COMPLEX, *INTS, np.dtype(bool)]
SHAPES = [(), (1,), (7,), (40,), (3, 4), (2, 30), (5, 1, 3), (2, 3, 2, 2), (0,), (0, 3), (2, 0, 3)]
LARGE = [(1001,), (2, 600), (40, 30), (11, 10, 10), (7, 8, 5, 4), (1, 1, 7, 200)]


@pytest.fixture(autouse=True)
def untouched_options():
    default = torch.get_default_dtype()
    yield
    torch.set_default_dtype(default)
    set_printoptions(profile="default")
    torch.set_printoptions(profile="default")


def as_torch(array):
    """The same memory as a torch tensor; torch.from_numpy does not know ml_dtypes."""
    if array.dtype == BFLOAT16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def draw_floats(rng, shape):
    """Numbers on both sides of every rule: whole or not, near or far apart, with and without zeros, inf and nan."""
    x = rng.standard_normal(shape)
    kind = rng.integers(6)
    if kind == 0:
        x = np.round(x * 10.0 ** rng.integers(0, 9))
    elif kind == 1:
        x = x * 10.0 ** rng.integers(-6, 9)
    elif kind == 2:
        x = x * 10.0 ** rng.uniform(-5, 5, shape)
    elif kind == 3:
        x = rng.choice([0.0, -0.0, 1.0, 1000.0, 1001.0, 1e8, 1e-4, 0.1], shape)
    elif kind == 4:
        x = np.abs(x) + rng.integers(0, 2000)
    if rng.random() < 0.4:
        special = rng.choice([0.0, -0.0, np.inf, -np.inf, np.nan], shape)
        x = np.where(rng.random(shape) < rng.choice([0.2, 0.7, 1.0]), special, x)
    return np.asarray(x)


def draw(rng, dtype, shape):
    if dtype.kind == "b":
        return np.asarray(rng.random(shape) < rng.choice([0.0, 0.5, 1.0]))
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        low, high = [(info.min, info.max), (0, 9), (max(info.min, -100), 100)][rng.integers(3)]
        return np.asarray(rng.integers(low, high, shape, dtype, endpoint=True))
    with np.errstate(over="ignore"):
        if dtype.kind != "c":
            return draw_floats(rng, shape).astype(dtype)
        x = np.empty(shape, dtype)
        x.real, x.imag = draw_floats(rng, shape), draw_floats(rng, shape)
        return x


def draw_history(rng, tensor):
    """The tensor, perhaps as a leaf or a result of autograd, and the suffixes that belong to it."""
    if not (tensor.is_floating_point() or tensor.is_complex()) or rng.random() < 0.5:
        return tensor, []
    tensor = tensor.requires_grad_()
    if rng.random() < 0.5:
        return tensor, ["requires_grad=True"]
    tensor = tensor.clone()
    return tensor, [f"grad_fn=<{type(tensor.grad_fn).__name__}>"]


def draw_options(rng):
    drawn = {
        "precision": int(rng.integers(0, 9)),
        "threshold": int(rng.choice([-1, 0, 1, 5, 20, 2000])),
        "edgeitems": int(rng.integers(0, 5)),
        "linewidth": int(rng.choice([1, 10, 24, 60, 79, 80, 81, 133])),
        "sci_mode": [None, True, False][rng.integers(3)],
    }
    return {name: value for name, value in drawn.items() if rng.random() < 0.6}


def check(array, suffixes=(), tensor=None):
    tensor = as_torch(array) if tensor is None else tensor
    default = np.dtype(str(torch.get_default_dtype()).removeprefix("torch."))
    assert tensor_text(array, default_dtype=default, suffixes=suffixes) == repr(tensor)


def check_random(rng, dtype, shape):
    array = draw(rng, dtype, shape)
    if rng.random() < 0.3:
        array = array.T
    tensor, suffixes = draw_history(rng, as_torch(array))
    check(array, suffixes, tensor)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_random_tensors(dtype):
    rng = np.random.default_rng(DTYPES.index(dtype))
    for _ in range(20):
        for shape in SHAPES:
            check_random(rng, dtype, shape)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_random_summaries(dtype):
    rng = np.random.default_rng(100 + DTYPES.index(dtype))
    for shape in LARGE * 2:
        check_random(rng, dtype, shape)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_random_options(dtype):
    rng = np.random.default_rng(200 + DTYPES.index(dtype))
    for _ in range(20):
        for shape in SHAPES + LARGE[rng.integers(len(LARGE)) :][:1]:
            changed = draw_options(rng)
            with printoptions(**changed), torch_printoptions(**changed):
                check_random(rng, dtype, shape)


@pytest.mark.parametrize("default", FLOATS, ids=str)
def test_dtype_is_named_unless_it_follows_from_the_default(default):
    torch.set_default_dtype(getattr(torch, default.name))
    for dtype in DTYPES:
        for shape in [(), (2,), (0,), (0, 2)]:
            check(np.ones(shape, dtype))


EDGES = {
    "ratio 1000 is near": [0.001, 1.0],
    "ratio above 1000 is far": [1000.5, 1.0],
    "1e8 is small": [1e8, 1e8],
    "above 1e8 is large": [100000008.0],
    "1e-4 is large": [1e-4],
    "below 1e-4 is small": [9.9e-5],
    "ratio overflows": [1e308, 5e-324],
    "minus zero sticks out": [-0.0, 0.0, 1.0],
    "nan sticks out of a narrow column": [np.nan, 0.0],
    "nan sticks out where lines break": [np.nan, *[1.0] * 40],
    "only nan": [np.nan] * 40,
    "no column for zeros": [0.0] * 80,
}


@pytest.mark.parametrize("values", EDGES.values(), ids=EDGES)
def test_edges_of_the_rules(values):
    check(np.array(values))
    check(np.array(values) * (1 + 1j))
    with np.errstate(over="ignore"):
        check(np.array(values).astype(np.float32))


def test_suffixes_break_where_torch_breaks_them():
    array = np.array([[0.5, 2.0]] * 3)
    for linewidth in range(90):
        with printoptions(linewidth=linewidth), torch_printoptions(linewidth=linewidth):
            check(array, ["requires_grad=True"], as_torch(array).requires_grad_())
            check(array[:0])


def test_prefix_sets_the_indent():
    text = tensor_text(np.arange(12.0).reshape(2, 6), default_dtype=np.dtype("float64"), prefix="Tensor_(")
    assert text == "Tensor_([[ 0.,  1.,  2.,  3.,  4.,  5.],\n         [ 6.,  7.,  8.,  9., 10., 11.]])"


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_summary_touches_only_what_it_shows(dtype):
    array = np.broadcast_to(np.ones((), dtype), (10**6, 10**6))  # a pass over 1e12 elements would never end
    text = tensor_text(array, default_dtype=np.dtype("float32"))
    assert text == repr(torch.ones((), dtype=getattr(torch, dtype.name)).expand(10**6, 10**6))


CALLS = [
    [{"sci_mode": True}, {"precision": 2}],
    [{"sci_mode": True, "linewidth": 50}, {"profile": "default"}],
    [{"profile": "short"}],
    [{"profile": "short", "precision": 7}],
    [{"linewidth": 50}, {"profile": "full"}],
    [{"threshold": 0, "edgeitems": 0}, {"threshold": 9}],
]


def state(opts):
    return {name: getattr(opts, name) for name in ("precision", "threshold", "edgeitems", "linewidth", "sci_mode")}


@pytest.mark.parametrize("calls", CALLS, ids=str)
def test_options_end_up_as_in_torch(calls):
    for call in calls:
        set_printoptions(**call)
        torch.set_printoptions(**call)
        assert state(options) == state(PRINT_OPTS)
    with printoptions(precision=1), torch_printoptions(precision=1):
        assert state(options) == state(PRINT_OPTS)
    assert state(options) == state(PRINT_OPTS)


def test_printoptions_restores_after_an_error():
    before = state(options)
    with pytest.raises(KeyError), printoptions(profile="full", sci_mode=True):
        assert options.threshold == float("inf")
        raise KeyError
    assert state(options) == before


def test_unknown_profile_changes_nothing():
    before = state(options)
    with pytest.raises(ValueError, match="profile: expected one of default, short, full, got 'long'"):
        set_printoptions(profile="long", precision=9, sci_mode=True)
    assert state(options) == before


def outcome(function):
    try:
        return function()
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("spec", ["", ".3f", ">12", "+", "d", "s", ".2e", ",", "x"])
def test_format_of_a_number(dtype, spec):
    array = np.array(1.1).astype(dtype)
    assert outcome(lambda: format(mytorch.tensor(array), spec)) == outcome(lambda: format(as_torch(array), spec))
