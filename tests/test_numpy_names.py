"""Each of NumPy's functions and ufuncs on a Tensor is recorded, about the data only, or refused: no more, no less.

NumPy tells which they are (numpy.testing.overrides).  What is recorded has a row in numpy_rows that carries a gradient;
what the two other sets say is tried here.
"""
import io

import numpy as np
import numpy.lib.recfunctions as records
import pytest
from numpy.testing import overrides
from numpy_rows import FLOATS, ROWS, WRITES
from test_numpy_functions import as_leaves, operands, outcome

import mytorch
from mytorch import Tensor

UFUNCS = overrides.get_overridable_numpy_ufuncs()
#: Not those of modules that NumPy imports when asked for: texts, and other bases of polynomials.
FUNCTIONS = {f for f in overrides.get_overridable_numpy_array_functions()
             if not f.__module__.startswith(("numpy.strings", "numpy.char", "numpy.polynomial"))}


def text_of(x, write):
    write(file := io.StringIO(), x)
    return file.getvalue()


#: Functions whose results do not change smoothly with the numbers of x, (3, 4): comparisons, places, sizes, texts.
DATA_ONLY = {
    **{f: lambda x, f=f: f(x) for f in (
        np.all, np.any, np.argmax, np.argmin, np.argsort, np.argwhere, np.array2string, np.array_repr, np.array_str,
        np.count_nonzero, np.empty_like, np.flatnonzero, np.histogram, np.histogram_bin_edges, np.histogramdd,
        np.iscomplex, np.iscomplexobj, np.isneginf, np.isposinf, np.isreal, np.isrealobj, np.lexsort,
        np.min_scalar_type, np.nanargmax, np.nanargmin, np.ndim, np.nonzero, np.ones_like, np.result_type, np.shape,
        np.size, np.tril_indices_from, np.triu_indices_from, np.zeros_like, np.common_type)},
    np.argpartition: lambda x: np.argpartition(x, 1), np.ix_: lambda x: np.ix_(np.argsort(x[0])),
    np.allclose: lambda x: np.allclose(x, x), np.array_equal: lambda x: np.array_equal(x, x),
    np.array_equiv: lambda x: np.array_equiv(x, x), np.isclose: lambda x: np.isclose(x, x),
    np.may_share_memory: lambda x: np.may_share_memory(x, x), np.shares_memory: lambda x: np.shares_memory(x, x),
    np.isin: lambda x: np.isin(x, x), np.can_cast: lambda x: np.can_cast(x.dtype, "f4"),
    np.searchsorted: lambda x: np.searchsorted(x[0], x), np.digitize: lambda x: np.digitize(x, [0.0]),
    np.histogram2d: lambda x: np.histogram2d(x[0], x[1]),
    np.diag_indices_from: lambda x: np.diag_indices_from(x[:3, :3]),
    np.einsum_path: lambda x: str(np.einsum_path("ij,jk", x, x.T)), np.linalg.matrix_rank: np.linalg.matrix_rank,
    np.ravel_multi_index: lambda x: np.ravel_multi_index((np.argmax(x, 1),) * 2, (4, 4)),
    np.unravel_index: lambda x: np.unravel_index(np.argmax(x), x.shape),
    np.packbits: lambda x: np.packbits(x > 0), np.unpackbits: lambda x: np.unpackbits(np.packbits(x > 0)),
    np.save: lambda x: np.save(io.BytesIO(), x), np.savez: lambda x: np.savez(io.BytesIO(), x),
    np.savez_compressed: lambda x: np.savez_compressed(io.BytesIO(), x), np.savetxt: lambda x: text_of(x, np.savetxt),
}
#: Functions that make an array of other things: with `like=` a Tensor they make a Tensor.
NEW = {
    **{f: lambda f=f, **like: f([1, 2], **like) for f in (
        np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.require)},
    np.arange: lambda **like: np.arange(3, **like), np.empty: lambda **like: np.empty(3, **like),
    np.eye: lambda **like: np.eye(3, **like), np.frombuffer: lambda **like: np.frombuffer(bytes(8), **like),
    np.fromfile: None, np.fromfunction: lambda **like: np.fromfunction(np.add, (2, 2), **like),
    np.fromiter: lambda **like: np.fromiter(range(3), int, **like),
    np.fromstring: lambda **like: np.fromstring("1 2", sep=" ", **like), np.full: lambda **like: np.full(3, 2, **like),
    np.genfromtxt: lambda **like: np.genfromtxt(["1 2"], **like), np.identity: lambda **like: np.identity(2, **like),
    np.loadtxt: lambda **like: np.loadtxt(["1 2"], **like), np.ones: lambda **like: np.ones(3, **like),
    np.tri: lambda **like: np.tri(3, **like), np.zeros: lambda **like: np.zeros(3, **like),
}
#: Functions of dates and records, which no tensor holds: NumPy's own error, or a refusal.
REFUSED = {
    np.busday_count: lambda x: np.busday_count(x, x), np.busday_offset: lambda x: np.busday_offset(x, 1),
    np.is_busday: np.is_busday, np.datetime_as_string: np.datetime_as_string,
    **{f: lambda x, f=f: f(x) for f in FUNCTIONS if f.__module__ == records.__name__ and f.__name__ in (
        "assign_fields_by_name drop_fields merge_arrays stack_arrays structured_to_unstructured require_fields "
        "repack_fields unstructured_to_structured find_duplicates join_by append_fields apply_along_fields rec_join "
        "rec_append_fields rec_drop_fields recursive_fill_fields rename_fields").split()},
}
#: Ufuncs of texts and dates: NumPy's own error.
TEXTS = ("count endswith find index isalnum isalpha isdecimal isdigit islower isnat isnumeric isspace istitle isupper "
         "rfind rindex startswith str_len").split()


def rows_of():
    """What each row that carries a gradient calls: a function, or a ufunc's method."""
    found = set()
    for row in ROWS + WRITES:
        parts = outcome(row, operands(as_leaves(FLOATS)))[0]
        if isinstance(parts, list) and any(isinstance(p, Tensor) and p.requires_grad for p in parts):
            names = row.partition("(")[0].split(".")[1:]
            owner = np
            for name in names:
                if isinstance(owner, np.ufunc):
                    break
                owner = getattr(owner, name)
            found.add(owner)
    return found


def test_every_function_stands_in_one_set():
    recorded = rows_of() & FUNCTIONS
    sets = [recorded, set(DATA_ONLY), set(REFUSED)]
    others = {f.__name__ for f in NEW}
    assert sum(map(len, sets)) == len(set().union(*sets)), "a function stands in two sets"
    left = FUNCTIONS - set().union(*sets)
    assert {f.__name__ for f in left} == others and set(DATA_ONLY) | set(REFUSED) <= FUNCTIONS


@pytest.mark.parametrize("function", DATA_ONLY, ids=lambda f: f.__name__)
def test_data_only(function):
    """It needs no detach, gives what NumPy gives, and nothing that wants a gradient."""
    array = FLOATS["m"]
    got, expected = (DATA_ONLY[function](x) for x in (mytorch.tensor(array, requires_grad=True), array))
    flat = got if isinstance(got, (tuple, list)) else [got]
    assert not any(isinstance(part, Tensor) and part.requires_grad for part in flat)
    if function not in (np.empty_like, np.array_repr, np.array_str, np.histogramdd):
        for ours, theirs in zip(flat, expected if isinstance(expected, (tuple, list)) else [expected]):
            assert ours is theirs or np.array_equal(ours, theirs)


@pytest.mark.parametrize("function", [f for f, call in NEW.items() if call], ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore:string or file could not be read")
def test_new_arrays_like_a_tensor(function):
    x = mytorch.ones(2, requires_grad=True)
    y = NEW[function](like=x)
    assert type(y) is Tensor and not y.requires_grad
    if function is not np.empty:
        assert np.array_equal(y, NEW[function]()) and y.dtype == NEW[function]().dtype


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_refused(function):
    with pytest.raises(Exception) as caught:
        REFUSED[function](mytorch.ones(3, 4, requires_grad=True))
    assert str(caught.value)


#: Ufuncs of numbers, one by one; those over the last axes have rows; the names with underscores serve np.strings.
NUMERIC = sorted((f for f in UFUNCS if f.signature is None and not f.__name__.startswith("_")
                  and f.__name__ not in TEXTS), key=lambda f: f.__name__)


def test_every_ufunc_is_tried():
    assert {f for f in UFUNCS if f.signature is not None} <= rows_of()
    assert {*TEXTS} <= {f.__name__ for f in UFUNCS} and len(NUMERIC) > 80
    assert {f.__name__ for f in UFUNCS if f.__name__[0] == "_" and any("d" in t for t in f.types)} <= {"_ones_like"}


@pytest.mark.parametrize("name", TEXTS)
def test_ufuncs_of_texts(name):
    ufunc = next(f for f in UFUNCS if f.__name__ == name)
    with pytest.raises(TypeError) as caught:
        ufunc(*[mytorch.ones(2, requires_grad=True)] * ufunc.nin)
    with pytest.raises(TypeError) as expected:
        ufunc(*[np.ones(2, np.float32)] * ufunc.nin)
    assert str(caught.value) == str(expected.value)


def _changed(ufunc, x, *operands):
    y = x * 1
    ufunc.at(y, [0, 1, 0] if operands else [0, 2], *operands)
    return y


#: Along the first axis, and no more than two by reduceat: NumPy's power and arctan2 go wrong where they use AVX512.
METHODS = {
    "__call__": lambda f, x, *more: f(x, *more), "reduce": lambda f, x, *more: f.reduce(x),
    "accumulate": lambda f, x, *more: f.accumulate(x), "reduceat": lambda f, x, *more: f.reduceat(x, [0, 2, 1, 2]),
    "outer": lambda f, x, *more: f.outer(x, *more), "at": lambda f, x, *more: _changed(f, x, *(y[:3] for y in more)),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ufunc", NUMERIC, ids=lambda f: f.__name__)
def test_methods_of_ufuncs(ufunc, method):
    """What NumPy gives for plain arrays; floating numbers carry a gradient, and it is the right one."""
    arrays = [np.random.default_rng(i).uniform(1.1, 1.9, (4, 2)) for i in range(ufunc.nin)]
    if ufunc in (np.arccos, np.arcsin, np.arctanh):
        arrays = [a - 1 for a in arrays]
    run = METHODS[method]
    results = []
    for given in (arrays, [mytorch.tensor(a, requires_grad=True) for a in arrays]):
        try:
            results.append(run(ufunc, *given))
        except Exception as error:
            results.append(error)
    expected, got = results
    if isinstance(expected, Exception):
        assert type(got) is type(expected) and str(got) == str(expected)
        return
    assert not isinstance(got, Exception), got
    for theirs, ours in zip(*(y if isinstance(y, tuple) else (y,) for y in results)):
        np.testing.assert_allclose(np.asarray(ours.detach()), theirs, rtol=1e-14)
        assert ours.dtype == theirs.dtype and ours.requires_grad == (theirs.dtype.kind == "f")
    leaves = [mytorch.tensor(a, requires_grad=True) for a in arrays]
    if any(y.requires_grad for y in (got if isinstance(got, tuple) else (got,))):
        assert mytorch.autograd.gradcheck(lambda *x: run(ufunc, *x), leaves)


def test_a_saved_tensor_is_read_back():
    x, file = mytorch.tensor(FLOATS["m"], requires_grad=True), io.BytesIO()
    np.save(file, x)
    file.seek(0)
    assert np.array_equal(np.load(file), FLOATS["m"])
