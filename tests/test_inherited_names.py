"""Every name that Tensor has from ndarray is recorded, about the data only, or refused.

ndarray's methods written in C pass by NumPy's two doors, so whatever Tensor does not redefine would return numbers off
the tape.  Each name stands in exactly one of three sets, and what the set says is tried.
"""
import copy
import io
import operator
import pickle

import numpy as np
import pytest
import torch

import mytorch

#: name -> what is done with a tensor of shape (2, 3); as torch does it, where that is written otherwise.
RECORDED = {
    "T": lambda x: x.T, "mT": lambda x: x.mT, "real": lambda x: x.real, "imag": lambda x: (x * (1 + 2j)).imag,
    "astype": (lambda x: x.astype(np.float64), lambda x: x.double()),
    "choose": (lambda x: mytorch.tensor([0, 1, 0]).choose([x[0], x[1]]),
               lambda x: torch.stack([x[0, 0], x[1, 1], x[0, 2]])),
    "clip": lambda x: x.clip(-0.4, 0.4), "compress": (lambda x: x.compress([0, 1, 1], 1), lambda x: x[:, 1:]),
    "conj": lambda x: (x * (1 + 2j)).conj(), "conjugate": (lambda x: x.conjugate(), lambda x: x.conj()),
    "copy": (lambda x: x.copy(), lambda x: x.clone()),
    "cumprod": lambda x: x.cumprod(1), "cumsum": lambda x: x.cumsum(0),
    "diagonal": lambda x: x.diagonal(), "dot": lambda x: x[0].dot(x[1]),
    "fill": (lambda x: then(x * 1, lambda y: y.fill(2.0)), lambda x: (x * 1).fill_(2.0)),
    "flatten": lambda x: x.flatten(), "max": lambda x: x.max(), "mean": lambda x: x.mean(),
    "min": lambda x: x.min(1).values,
    "partition": (lambda x: then(x * 1, lambda y: y.partition(1)), lambda x: x.sort(-1).values),
    "prod": lambda x: x.prod(), "put": lambda x: x.put(torch_or_mine(x).tensor([1, 2]), x[1, :2]),
    "ravel": lambda x: x.ravel(), "repeat": lambda x: x.repeat(2, 1), "reshape": lambda x: x.reshape(3, 2),
    "resize": (lambda x: x.resize(3, 2), lambda x: x.reshape(3, 2)), "round": lambda x: x.round(),
    "sort": lambda x: x.sort(1)[0], "squeeze": lambda x: x[:1].squeeze(), "std": lambda x: x.std(),
    "sum": lambda x: x.sum(0),
    "swapaxes": lambda x: x.swapaxes(0, 1), "take": lambda x: x.take(torch_or_mine(x).tensor([5, 0])),
    "to_device": (lambda x: x.to_device("cpu"), lambda x: x.cpu()), "trace": lambda x: x.trace(),
    "transpose": lambda x: x.transpose(0, 1), "var": lambda x: x.var(0), "view": lambda x: x.view(6),
}

#: name -> what is done; the answer is no number that depends on the numbers of the tensor smoothly.
DATA_ONLY = {
    "all": lambda x: x.all(), "any": lambda x: x.any(), "argmax": lambda x: x.argmax(1), "argmin": lambda x: x.argmin(),
    "argpartition": lambda x: x.argpartition(1), "argsort": lambda x: x.argsort(), "base": lambda x: None,
    "ctypes": lambda x: x.ctypes, "device": lambda x: x.device, "dtype": lambda x: x.dtype,
    "dump": lambda x: x.dump(io.BytesIO()), "dumps": lambda x: x.dumps(), "flags": lambda x: x.flags,
    "itemsize": lambda x: x.itemsize, "nbytes": lambda x: x.nbytes, "ndim": lambda x: x.ndim,
    "nonzero": lambda x: x.nonzero(), "searchsorted": lambda x: x[0].searchsorted(0.5),
    "setflags": lambda x: x.setflags(), "shape": lambda x: x.shape, "size": lambda x: x.size,
    "strides": lambda x: x.strides, "tobytes": lambda x: x.tobytes(),
    "tofile": lambda x: None, "item": lambda x: x[0, 0].item(), "tolist": lambda x: x.tolist(),
}
#: Numbers without a gradient: torch's own way off the tape.
DETACHED = {"data": lambda x: x.data}
#: name -> what is done; with a gradient it is refused, without one it is about the data.
REFUSED_WITH_GRADIENT = {"flat": lambda x: list(x.flat), "getfield": lambda x: x.getfield(np.float32)}
#: name -> what is done; refused always.
REFUSED = {"byteswap": lambda x: x.byteswap(), "setfield": lambda x: x.setfield(1.0, np.float32)}


def _remainder(x):
    """2.05 % x, whose derivative torch lacks."""
    return 2.05 - x * torch.floor(2.05 / x)


#: Operators and other names between underscores that handle the numbers.
RECORDED_DUNDERS = {
    "__abs__": abs, "__add__": lambda x: x + x, "__copy__": (lambda x: copy.copy(x * 1), lambda x: x * 1),
    "__divmod__": (lambda x: divmod(x, 2)[1], lambda x: x % 2), "__floordiv__": None, "__getitem__": lambda x: x[0, 1:],
    "__iadd__": lambda x: operator.iadd(x * 1, 2), "__ifloordiv__": None,
    "__imatmul__": lambda x: operator.imatmul(x * 1, x.T),
    "__imod__": lambda x: operator.imod(x * 1, 0.3), "__imul__": lambda x: operator.imul(x * 1, x),
    "__ipow__": lambda x: operator.ipow(x * 1, 2), "__isub__": lambda x: operator.isub(x * 1, x),
    "__itruediv__": lambda x: operator.itruediv(x * 1, 3), "__iter__": lambda x: list(x)[1],
    "__matmul__": lambda x: x @ x.T,
    "__mod__": lambda x: x % 0.3, "__mul__": lambda x: x * x, "__neg__": lambda x: -x, "__pos__": lambda x: +(x * 1),
    "__pow__": lambda x: x ** 3, "__radd__": lambda x: 1 + x, "__rdivmod__": (lambda x: divmod(2.05, x)[1], _remainder),
    "__rfloordiv__": None, "__rmatmul__": (lambda x: np.ones((1, 2), np.float32) @ x, lambda x: torch.ones(1, 2) @ x),
    "__rmod__": (lambda x: 2.05 % x, _remainder), "__rmul__": lambda x: 2 * x, "__rpow__": lambda x: 2 ** x,
    "__rsub__": lambda x: 1 - x,
    "__rtruediv__": lambda x: 1 / x, "__setitem__": lambda x: then(x * 1, lambda y: operator.setitem(y, 0, x[1])),
    "__sub__": lambda x: x - x * 2, "__truediv__": lambda x: x / (x + 5),
}
DATA_DUNDERS = {
    "__and__", "__array__", "__array_finalize__", "__array_function__", "__array_interface__",
    "__array_namespace__", "__array_priority__", "__array_struct__", "__array_ufunc__", "__array_wrap__",
    "__bool__", "__class__", "__class_getitem__", "__complex__", "__contains__", "__deepcopy__", "__delattr__",
    "__delitem__", "__dir__", "__dlpack__", "__dlpack_device__", "__doc__", "__eq__", "__float__", "__format__",
    "__ge__", "__getattribute__", "__getstate__", "__gt__", "__hash__", "__iand__", "__ilshift__", "__index__",
    "__init__", "__init_subclass__", "__int__", "__invert__", "__ior__", "__irshift__", "__ixor__", "__le__",
    "__len__", "__lshift__", "__lt__", "__ne__", "__new__", "__or__", "__rand__", "__reduce__", "__reduce_ex__",
    "__repr__", "__rlshift__", "__ror__", "__rrshift__", "__rshift__", "__rxor__", "__setattr__", "__setstate__",
    "__sizeof__", "__str__", "__subclasshook__", "__xor__"}


def then(y, step):
    """y, after a step in place."""
    step(y)
    return y


def torch_or_mine(x):
    """The library a tensor is of."""
    return torch if isinstance(x, torch.Tensor) else mytorch


def start(library):
    """A leaf, (2, 3)."""
    return library.tensor([[0.3, -0.7, 0.5], [0.2, 0.9, -0.1]], requires_grad=True)


def test_every_name_stands_in_one_set():
    sets = [set(s) for s in (RECORDED, DATA_ONLY, DETACHED, REFUSED_WITH_GRADIENT, REFUSED)]
    names = [name for part in sets for name in part]
    assert sorted(names) == sorted(set(names)), "a name stands in two sets"
    assert set(names) == {name for name in dir(np.ndarray) if not name.startswith("_")}


def test_every_dunder_stands_in_one_set():
    assert not DATA_DUNDERS & set(RECORDED_DUNDERS)
    assert DATA_DUNDERS | set(RECORDED_DUNDERS) == {name for name in dir(np.ndarray) if name.startswith("__")}


@pytest.mark.filterwarnings("ignore:non-inplace resize")
@pytest.mark.parametrize("name", [n for n, done in (RECORDED | RECORDED_DUNDERS).items() if done is not None])
def test_recorded(name):
    done = (RECORDED | RECORDED_DUNDERS)[name]
    mine, theirs = done if isinstance(done, tuple) else (done, done)
    results = []
    for library, run in ((mytorch, mine), (torch, theirs)):
        x = start(library)
        y = run(x)
        assert isinstance(y, library.Tensor) and y.requires_grad
        weights = library.cos(library.arange(y.numel()).reshape(tuple(y.shape)) * 1.0)
        total = (y * weights).sum()
        (total.real if y.dtype in (library.complex64, library.complex128) else total).backward()
        results.append((y.detach().tolist(), x.grad.tolist()))
    for got, expected in zip(*results):
        np.testing.assert_allclose(np.array(got), np.array(expected), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [n for n, done in RECORDED_DUNDERS.items() if done is None])
def test_floor_division_has_a_node_and_no_derivative(name):
    operation = getattr(operator, name.strip("_").removeprefix("r" if name == "__rfloordiv__" else ""))
    x = start(mytorch)
    y = operation(2.0, x) if name == "__rfloordiv__" else operation(x * 1, 0.3)
    assert y.requires_grad
    with pytest.raises(RuntimeError, match="derivative for aten::floor_divide is not implemented"):
        y.sum().backward()


@pytest.mark.parametrize("name", DATA_ONLY)
def test_data_only(name):
    answer = DATA_ONLY[name](start(mytorch))
    for part in answer if isinstance(answer, tuple) else (answer,):
        assert not isinstance(part, np.ndarray) or part.dtype.kind in "bi"


def test_pickles_of_the_old_spellings():
    x = start(mytorch)
    file = io.BytesIO()
    x.dump(file)
    for read in (pickle.loads(x.dumps()), pickle.loads(file.getvalue())):
        assert isinstance(read, mytorch.Tensor) and read.requires_grad and read.tolist() == x.tolist()


def test_tofile_writes_the_bytes(tmp_path):
    x = start(mytorch)
    x.tofile(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == x.tobytes()


def test_data_is_detached_and_shares_memory():
    x = start(mytorch)
    x.data[0, 0] = 5
    assert not x.data.requires_grad and x[0, 0].item() == 5


@pytest.mark.parametrize("name", REFUSED_WITH_GRADIENT)
def test_refused_with_gradient(name):
    x = start(mytorch)
    with pytest.raises(TypeError, match="has no gradient, and the tensor requires grad"):
        REFUSED_WITH_GRADIENT[name](x)
    assert np.ravel(REFUSED_WITH_GRADIENT[name](x.detach())).tolist() == x.reshape(-1).tolist()


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    with pytest.raises(TypeError, match=f"Tensor.{name} is refused: "):
        REFUSED[name](mytorch.ones(2))


def test_assigning_to_flat_is_a_recorded_write():
    x = start(mytorch)
    y = x * 2
    y.flat = mytorch.arange(6.0)
    assert y.tolist() == [[0, 1, 2], [3, 4, 5]]
    y.sum().backward()
    assert x.grad.tolist() == [[0, 0, 0], [0, 0, 0]]
    with pytest.raises(TypeError, match="strides of a Tensor cannot be set"):
        y.strides = (4, 4)


WRITES = {"put": lambda f, x, v: f(x, [0], v), "place": lambda f, x, v: f(x, np.asarray(x) > 0, v),
          "putmask": lambda f, x, v: f(x, np.asarray(x) > 0, v), "fill_diagonal": lambda f, x, v: f(x, v),
          "put_along_axis": lambda f, x, v: f(x, np.zeros((2, 1), int), v, 1)}


@pytest.mark.parametrize("name", WRITES)
def test_numpys_writing_functions(name):
    """With a gradient involved they record it or refuse; without one they write, and the tape is told."""
    function, run = getattr(np, name), WRITES[name]
    array, x = start(torch).detach().numpy(), start(mytorch).detach()
    run(function, array, 7.0), run(function, x, 7.0)
    assert x.tolist() == array.tolist() and x._version == 1
    with pytest.raises((RuntimeError, TypeError), match="leaf Variable that requires grad|has no gradient"):
        run(function, start(mytorch), 7.0)
    y = start(mytorch) * 1
    try:
        run(function, y, 7.0)
    except TypeError as refusal:
        assert "has no gradient, and the tensor requires grad" in str(refusal)
    else:
        assert y.grad_fn.name() != "MulBackward0"


def test_copyto_records():
    x, y = start(mytorch), mytorch.zeros(2, 3)
    np.copyto(y, x, where=np.array([True, False, True]))
    y.sum().backward()
    assert x.grad.tolist() == [[1, 0, 1]] * 2
    with pytest.raises(TypeError, match="np.copyto to a plain array has no gradient"):
        np.copyto(np.zeros((2, 3), np.float32), x)
    with pytest.raises(TypeError, match="according to the rule 'same_kind'"):
        np.copyto(mytorch.zeros(2, dtype=mytorch.int64), mytorch.ones(2))


@pytest.mark.parametrize("call", [
    lambda x: np.choose(mytorch.tensor([0, 1, 1]), x), lambda x: np.compress([0, 1], x, axis=0),
    lambda x: np.partition(x, 1), lambda x: np.partition(x, 2, axis=None), lambda x: np.divmod(x, 0.3)[1]])
def test_numpys_functions_record(call):
    x = start(mytorch)
    y = call(x)
    assert np.allclose(y.detach().numpy(), call(x.detach().numpy() if not isinstance(y, tuple) else x))
    y.sum().backward()
    assert x.grad.abs().sum() > 0


@pytest.mark.parametrize("mode", ["raise", "wrap", "clip"])
def test_choose_modes(mode):
    index = mytorch.tensor([0, 1, 1] if mode == "raise" else [-1, 3, 0])
    x = start(mytorch)
    y = index.choose(x, mode=mode)
    assert y.tolist() == np.choose(index.numpy(), x.detach().numpy(), mode=mode).tolist()
    y.sum().backward()
    chosen = np.choose(index.numpy(), np.arange(6).reshape(2, 3), mode=mode)
    assert np.flatnonzero(x.grad.numpy()).tolist() == sorted(chosen.tolist())


def test_an_out_argument_is_written_to():
    x, out = start(mytorch), mytorch.zeros(2, 2)
    assert x.compress([1, 0, 1], 1, out=out) is out
    out.sum().backward()
    assert x.grad.tolist() == [[1, 0, 1]] * 2


@pytest.mark.parametrize("array", [
    np.array([1, None], object), np.array(["a"]), np.zeros(2, [("a", "f4")]), np.array(["2020-01-01"], "M8[D]"),
    np.ones(2, np.longdouble)], ids=lambda a: a.dtype.kind)
def test_what_no_tensor_holds_is_refused_by_name(array):
    for make in (mytorch.tensor, mytorch.from_numpy, mytorch.as_tensor, mytorch.Tensor):
        with pytest.raises(TypeError, match="can't convert np.ndarray of type numpy"):
            make(array)


OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow,
             operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.and_, operator.or_,
             operator.xor, operator.lshift, operator.rshift]


@pytest.mark.parametrize("scalar", [np.float64(2.5), np.float32(2), np.int64(2), np.int8(2), np.uint8(2)], ids=repr)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "uint8", "bool", "complex64"])
def test_a_numpy_scalar_is_a_number_on_either_side(scalar, dtype):
    """np.sqrt(2) * x and x * np.sqrt(2) do not widen x; as torch, which takes NumPy's scalars for Python's numbers."""
    for operation in OPERATORS:
        for flipped in (False, True):
            found = []
            for library in (torch, mytorch):
                x = library.tensor([1, 1, 1]).to(getattr(library, dtype))
                try:
                    y = operation(x, scalar) if flipped else operation(scalar, x)
                    found.append((str(y.dtype).removeprefix("torch."), y.tolist()))
                except Exception as error:
                    found.append(type(error).__name__)
            assert found[1] == found[0], f"{operation.__name__} {'x first' if flipped else 'scalar first'}"
