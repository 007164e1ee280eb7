"""NumPy's functions on Tensors: what NumPy gives for plain arrays, and gradients that small differences confirm."""
import warnings

import numpy as np
import pytest
from numpy_rows import ARRAYS, COUNTS, FLOATS, OTHERS, ROWS, WRITES

import mytorch
from mytorch import Tensor

#: Types whose rounding small differences would measure.
COARSE = ("float16", "float32", "complex64")
TOLERANCE = {"float16": 2e-3, "float32": 1e-5, "complex64": 1e-5}


def outcome(row, operands):
    """The results as a list, and what kind of collection they came in; or the error."""
    scope = {"np": np, **operands}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if row in WRITES:
                exec(row, scope)
                found = scope[row.partition("(")[2].partition(",")[0]]
            else:
                found = eval(row, scope)
        except (SyntaxError, NameError):  # a slip in the row, not an answer of the library
            raise
        except Exception as error:
            return error, None
    several = isinstance(found, (tuple, list))
    return list(found) if several else [found], type(found) if several else None


def directions(seed):
    """A way to move every operand: not those of coarse types, and no zero, which is a corner of what it is for."""
    random, found = np.random.default_rng(seed), {}
    for name, array in FLOATS.items():
        step = random.standard_normal(array.shape) * (array != 0) * (array.dtype.name not in COARSE)
        step = step + 1j * random.standard_normal(array.shape) if array.dtype.kind == "c" else step
        found[name] = (step + step.T if name == "spd" else step).astype(array.dtype)
    return found


def moved(way, t):
    return {name: np.asarray(array + t * way[name], array.dtype) for name, array in FLOATS.items()}


def as_leaves(arrays):
    return {name: mytorch.tensor(array).requires_grad_() for name, array in arrays.items()}


def operands(leaves):
    """Tensors that may be written to, one for each leaf, and those without a gradient."""
    return {**{name: leaf * 1 for name, leaf in leaves.items()},
            **{name: mytorch.tensor(array) for name, array in OTHERS.items()}}


def numbers(value):
    return np.asarray(value.detach() if isinstance(value, Tensor) else value)


def energy(parts):
    """A scalar that treats every element, and its real and imaginary part, differently."""
    total = 0
    for part in parts:
        weight = np.cos(np.arange(float(np.size(part))).reshape(np.shape(part)) + 1)
        if part.dtype.kind == "c":
            total = total + (part.imag * (part.imag * np.sin(weight) + part.real * (weight + .3))).sum()
        total = total + (part.real * part.real * weight).sum()
    return total


def along(gradients, way):
    """How the energy changes along a way, as the gradients tell."""
    total = 0
    for g, step in zip(gradients, way.values()):
        if g is not None:
            total = total + (g.real * step.real).sum()
            total = total + (g.imag * step.imag).sum() if step.dtype.kind == "c" else total
    return total


def gradients(row, leaves, create_graph=False):
    parts = [p for p in outcome(row, operands(leaves))[0] if isinstance(p, Tensor) and p.requires_grad]
    return mytorch.autograd.grad(energy(parts), list(leaves.values()), create_graph=create_graph, allow_unused=True)


def plainly(gradients):
    return [None if g is None else numbers(g) for g in gradients]


def assert_same(expected, got):
    """Values, shapes, types and kinds of collections are NumPy's."""
    (expected, kind), (got, our_kind) = expected, got
    assert not isinstance(got, Exception), got
    assert len(got) == len(expected) and (kind is None) == (our_kind is None)
    assert kind not in (tuple, list) or issubclass(our_kind, kind)
    for theirs, ours in zip(expected, got):
        if not isinstance(theirs, (np.ndarray, np.generic)):
            assert ours == theirs
            continue
        assert isinstance(ours, Tensor) or not isinstance(theirs, np.ndarray)
        theirs, ours = np.asarray(theirs), numbers(ours)
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        rtol = TOLERANCE.get(theirs.dtype.name, 1e-10)
        np.testing.assert_allclose(ours, theirs, rtol, rtol)


@pytest.mark.parametrize("row", ROWS + ARRAYS + WRITES + COUNTS)
def test_value_is_numpys(row):
    expected = outcome(row, {name: np.copy(array) for name, array in {**FLOATS, **OTHERS}.items()})
    got = outcome(row, operands(as_leaves(FLOATS)))
    if isinstance(expected[0], Exception):
        assert type(got[0]) is type(expected[0]) and str(got[0]) == str(expected[0])
    elif row.startswith("np.histogramdd"):
        assert_same(([expected[0][0], *expected[0][1]], tuple), ([got[0][0], *got[0][1]], tuple))
    else:
        assert_same(expected, got)


@pytest.mark.parametrize("row", ROWS + ARRAYS + WRITES)
def test_gradient(row):
    """Along a direction the energy changes as the gradient says, and the gradient as the second one says.

    What carries no gradient does not change.
    """
    parts = outcome(row, operands(as_leaves(FLOATS)))[0]
    if isinstance(parts, Exception):
        return
    carrying = [i for i, p in enumerate(parts) if isinstance(p, Tensor) and p.requires_grad]
    smooth = all(np.isfinite(numbers(parts[i])).all() and numbers(parts[i]).dtype.name not in COARSE for i in carrying)
    way = directions(2)

    def results(t):
        found = outcome(row, {**moved(way, t), **{name: np.copy(array) for name, array in OTHERS.items()}})[0]
        return found if isinstance(found, list) else None
    for i, part in enumerate(parts):
        if i not in carrying and isinstance(part, Tensor) and part.dtype.kind in "fc":
            np.testing.assert_array_equal(np.asarray(results(1e-6)[i]), np.asarray(results(-1e-6)[i]))
    if not carrying or not smooth:
        return
    first = gradients(row, as_leaves(FLOATS), create_graph=True)
    slope = (energy([np.asarray(results(1e-6)[i]) for i in carrying])
             - energy([np.asarray(results(-1e-6)[i]) for i in carrying])) / 2e-6
    assert along(plainly(first), way) == pytest.approx(slope, rel=2e-5, abs=1e-6)
    assert_second_gradient(row, way)


def assert_second_gradient(row, way):
    other = directions(3)

    def first(t):
        return along(plainly(gradients(row, as_leaves(moved(way, t)))), other)
    leaves = as_leaves(FLOATS)
    total = along(gradients(row, leaves, create_graph=True), other)
    second = 0.0
    if isinstance(total, Tensor) and total.requires_grad:
        second = along(plainly(mytorch.autograd.grad(total, list(leaves.values()), allow_unused=True)), way)
    assert second == pytest.approx((first(1e-5) - first(-1e-5)) / 2e-5, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("call, words", [
    (lambda x: np.pad(x, 1, lambda *a: None), r"np.pad\(mode=a function\) has no gradient rule"),
    (lambda x: np.linalg.qr(np.outer(x, x), "raw"), r"np.qr\(mode='raw'\) has no gradient rule"),
    (lambda x: np.bincount([0, 1, 1], x, 2) and 0, "Boolean value of Tensor"),
    (lambda x: np.histogram([0., 1, 1], 2, weights=x), "np.histogram has no gradient rule for weights="),
    (lambda x: np.put(np.zeros(3), [0], x), "np.put.* has no gradient rule"),
    (lambda x: np.add.at(np.zeros(3), [0], x[:1]), "np.add.at of a plain array"),
    (lambda x: np.multiply(x, 2, out=np.zeros(3)), "out= is a plain ndarray, but the result requires grad"),
    (lambda x: np.lib.recfunctions.unstructured_to_structured(x[None]), "has no gradient rule in Mytorch")])
def test_what_would_lose_a_gradient_is_refused(call, words):
    import numpy.lib.recfunctions  # noqa: F401
    with pytest.raises((NotImplementedError, TypeError, RuntimeError), match=words):
        call(mytorch.ones(3).requires_grad_())
