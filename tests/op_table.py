"""What a row of the table of operations is, and how it is run with torch and with Mytorch.

    Row("mul", [(3, 4), (4,)])                           two tensors that broadcast
    Row("log", [(3, 4)], within=(0.1, 9))                numbers of its domain
    Row("sum", [(3, 4)], dim=1)                          options
    Row("gather", [(3, 4), 1, ints(2, 4, below=3)])      a tensor, a number, a tensor of indices
    Row("mm", [(3, 4), (4, 2)], fails=[([(3, 4), (3, 2)], "cannot be multiplied")])

The name is the public path below `torch`.  An input is a shape (a tensor of drawn numbers that wants a gradient), a
`ints(...)` / `bools(...)` / `data(...)` (a tensor without one), a list of inputs, or any other value, passed as it is;
`value((2, 3))` passes a tuple.
"""
from __future__ import annotations

import warnings
import zlib
from typing import Any, Callable

import numpy as np
import torch

import mytorch
from mytorch.engine.op import OPS

SIDES = (torch, mytorch)
TENSORS = (torch.Tensor, mytorch.Tensor)


class Fixed:
    """A tensor of a type of its own, made by `make(random)`, that wants no gradient."""

    def __init__(self, make: Callable) -> None:
        self.make = make


class Value:
    """A value that is passed as it is."""

    def __init__(self, value: Any) -> None:
        self.value = value


def ints(*shape, below=5, start=0):
    return Fixed(lambda random: random.randint(start, below, shape))


def bools(*shape):
    return Fixed(lambda random: random.random_sample(shape) < 0.5)


def data(values, dtype=None):
    return Fixed(lambda random: np.array(values, dtype))


def value(it):
    return Value(it)


class Row:
    """How one operation is called, in which domain, and how it must fail.

    within: bounds of the drawn numbers: a pair, or a list of one for each drawn tensor.
    make: what is done to the first drawn matrix, `make(array)`.
    call: `call(torch, *inputs)` where calling the name is not all, e.g. to take what does not depend on a sign.
    also: other names of the same operation.  ops: declared operations that it runs, when not the one of its name.
    fails: (inputs, words of the message); options stay unless a dict stands between.
    only: dtypes to which values are held, where others would be undefined; the first must work.
    memory: what it gives depends on how its inputs lie in memory.
    first_only: small differences say nothing about its second gradient.
    """

    def __init__(self, name, inputs=((3, 4),), *, within=(-2, 2), make=None, call=None, also="", ops=None, fails=(),
                 only="float32 float64 int64 bool", tolerance=1e-9, label="", first_only=False, memory=False,
                 **options):
        self.name, self.inputs, self.within, self.make, self.call = name, list(inputs), within, make, call
        self.also, self.fails, self.options, self.label = also.split(), fails, options, label
        self.only, self.tolerance, self.first_only, self.memory = only.split(), tolerance, first_only, memory
        last = name.rpartition(".")[2]
        guesses = [name.replace(".", "_"), last]
        self.ops = ops.split() if ops is not None else [guess for guess in guesses if guess in OPS][:1]

    def __repr__(self):
        return self.name + (f":{self.label}" if self.label else "")

    def function(self, library):
        """What is called: `call`, or what the library has by this name."""
        return (lambda *args, **kw: self.call(library, *args, **kw)) if self.call else find(library, self.name)

    def arrays(self, dtype="float64", inputs=None, shape=lambda s: s):
        """The inputs, with an array in place of each shape; shape(s) is drawn in place of each shape s."""
        random = np.random.RandomState(zlib.crc32(self.name.encode()) % 2**31)
        bounds = iter(self.within if isinstance(self.within, list) else [])
        first = [True]

        def draw(spec):
            if isinstance(spec, tuple):
                array = numbers(random, shape(spec), dtype, *next(bounds, self.within if type(self.within) is tuple
                                                                   else (-2, 2)))
                if first.pop() if first else False:
                    array = np.asarray(self.make(array), dtype) if self.make else array
                return Drawn(array)
            if isinstance(spec, Fixed):
                return spec.make(random)
            return [draw(part) for part in spec] if isinstance(spec, list) else spec
        return [draw(spec) for spec in (self.inputs if inputs is None else inputs)]


class Drawn:
    """An array drawn for a shape: what wants a gradient."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array


def numbers(random, shape, dtype, low, high):
    """Drawn numbers of a dtype; 0-d too is an array."""
    dtype = np.dtype(dtype)
    uniform = np.asarray(random.random_sample(shape)) * (high - low) + low
    if dtype.kind == "b":
        return np.asarray(uniform > (low + high) / 2)
    if dtype.kind == "c":
        return np.asarray(uniform + 1j * random.random_sample(shape), dtype)
    if dtype.kind == "i":
        return np.asarray(np.clip(np.rint(uniform), np.ceil(low), np.floor(high)), dtype)
    return np.asarray(uniform, dtype)


def find(library, name):
    """The public thing of a dotted name; None when there is none."""
    for part in name.split("."):
        library = getattr(library, part, None)
    return library


class Run:
    """A row's inputs as one library's tensors."""

    def __init__(self, row, library, arrays, grad=False, plain=False, options=None):
        self.row, self.library, self.leaves, self.all = row, library, [], []
        self.grad, self.plain = grad, plain
        self.inputs = [self.build(a) for a in arrays]
        self.options = {k: self.build(v) for k, v in (row.options if options is None else options).items()}

    def build(self, a):
        if isinstance(a, Drawn):
            return self.leaf(a.array)
        if isinstance(a, Value):
            return a.value
        if isinstance(a, Fixed):
            a = a.make(np.random.RandomState(3))
        if isinstance(a, np.ndarray):
            return a if self.plain else self.tensor(a)
        if isinstance(a, np.dtype):
            return getattr(self.library, a.name)
        return [self.build(part) for part in a] if isinstance(a, list) else a

    def tensor(self, array):
        if min(array.strides, default=0) < 0:  # which torch refuses, and NumPy's views have
            made = torch.from_numpy(array.copy()) if self.library is torch else array.view(mytorch.Tensor)
        else:
            made = self.library.from_numpy(array)
        self.all.append(made)
        return made

    def leaf(self, array):
        if self.plain:
            return array
        made = self.tensor(array)
        if self.grad and array.dtype.kind in "fc":
            made.requires_grad_()
            self.leaves.append(made)
        return made

    def __call__(self, function=None, seed=5):
        self.library.manual_seed(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return (function or self.row.function(self.library))(*self.inputs, **self.options)


def tensors(result):
    """The tensors of a result, in order."""
    if isinstance(result, TENSORS):
        return [result]
    return [t for part in result for t in tensors(part)] if isinstance(result, (tuple, list)) else []


def plainly(result):
    """A result as (arrays, the rest as text)."""
    found = tensors(result)
    return [t.detach().resolve_conj().numpy() for t in found], ("" if found else str(result))


def agree(got, expected, rtol, what=""):
    """Two lists of arrays have the same shapes and types, and numbers that differ by rounding of the largest."""
    assert len(got) == len(expected), f"{what}: {len(got)} results, torch has {len(expected)}"
    for a, b in zip(got, expected):
        assert (a is None) == (b is None), f"{what}: Mytorch {a}, torch {b}"
        if b is None:
            continue
        assert a.shape == b.shape and a.dtype == b.dtype, f"{what}: {a.shape} {a.dtype}, torch {b.shape} {b.dtype}"
        if b.dtype.kind not in "fc":
            np.testing.assert_array_equal(a, b, err_msg=what)
            continue
        largest = np.abs(b[np.isfinite(b)]).max(initial=0)
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * largest + 1e-15, err_msg=what)


def weights(outputs, library):
    """Fixed numbers that weight each output in a sum."""
    random = np.random.RandomState(11)
    found = []
    for y in outputs:
        shape, dtype = tuple(y.shape), str(y.dtype).removeprefix("torch.")
        array = random.standard_normal(shape) + (1j * random.standard_normal(shape) if "complex" in dtype else 0)
        found.append(library.from_numpy(np.asarray(array).astype(dtype)))
    return found


def outcome(function):
    """What a call gives: ("gives", result), or ("raises", type, first line)."""
    try:
        return "gives", function()
    except Exception as error:
        return "raises", type(error).__name__, (str(error).splitlines() or [""])[0]
