"""Every operation, every property: a property is a function over all rows of the table of operations."""
import types

import numpy as np
import op_rows_algebra
import op_rows_nn
import op_rows_pointwise
import op_rows_reduction
import op_rows_shape
import pytest
import torch
from op_exceptions import ELSEWHERE, INNER, KNOWN
from op_table import OPS, SIDES, Drawn, Run, agree, find, outcome, plainly, tensors, weights

import mytorch

ROWS = [row for module in (op_rows_pointwise, op_rows_reduction, op_rows_shape, op_rows_algebra, op_rows_nn)
        for row in module.ROWS]


def property_of(rows, kinds=()):
    """A test run over rows; deviations that KNOWN tells of must deviate, all others must not."""
    def declare(check):
        name = check.__name__

        @pytest.mark.parametrize("case", [(row, *kind) for row in rows for kind in ([[k] for k in kinds] or [[]])],
                                 ids=lambda case: " ".join(map(str, case)))
        def test(case):
            key = " ".join(map(str, (name.removeprefix("test_"), *case)))
            if key not in KNOWN:
                return check(*case)
            with pytest.raises((AssertionError, RuntimeError, TypeError, ValueError, IndexError)):
                check(*case)
        test.__name__, test.__doc__ = name, check.__doc__
        return test
    return declare


SMOOTH = [row for row in ROWS if "float64" in row.only]


def differentiated(row, library, create_graph=False):
    """The run, its outputs that want gradients, the gradients; nothing when torch has none to give.

    create_graph: Mytorch is asked for each leaf alone, the others are no less differentiable for that.
    """
    run = Run(row, library, row.arrays(), grad=True)
    outputs = [y for y in tensors(run()) if y.requires_grad]
    if not outputs or not run.leaves:
        return run, outputs, [], []
    factors = weights(outputs, library)
    if create_graph:
        factors = [f.requires_grad_() for f in factors]
    alone = create_graph and library is mytorch
    return run, outputs, factors, [g for asked in ([[leaf] for leaf in run.leaves] if alone else [run.leaves])
                                   for g in library.autograd.grad(outputs, asked, factors, create_graph=create_graph,
                                                                  allow_unused=True)]


def numbers_of(gradients):
    return [None if g is None else g.numpy(force=True) for g in gradients]


@property_of(ROWS, ["float32", "float64", "int64", "bool"])
def test_value(row, dtype):
    """Values, shapes and types are torch's, wherever torch takes the type."""
    theirs = outcome(Run(row, torch, row.arrays(dtype)))
    if theirs[0] == "raises" or dtype not in row.only:
        assert dtype != row.only[0], theirs
        return
    got, expected = plainly(Run(row, mytorch, row.arrays(dtype))()), plainly(theirs[1])
    agree(got[0], expected[0], max(row.tolerance, 1e-5 if dtype != "float64" else 0), "values")
    assert got[1].replace("mytorch", "torch") == expected[1]


@property_of([row for row in SMOOTH if row.name != "binomial"], ["bfloat16", "uint8", "complex64"])
def test_other_types(row, dtype):
    """Values, shapes and types are torch's in types of which torch itself has fewer operations."""
    def run(library):
        prepared = Run(row, library, row.arrays("int64" if dtype == "uint8" else "float32"), grad=True)
        leaves = {id(leaf): leaf.detach() for leaf in prepared.leaves} or {id(t): t for t in prepared.all}
        old = {i: t.to(getattr(library, dtype)) for i, t in leaves.items()}
        prepared.inputs = substituted(prepared.inputs, old)
        prepared.options = {k: substituted([v], old)[0] for k, v in prepared.options.items()}
        found = tensors(prepared())
        return ([str(y.dtype).removeprefix("torch.") for y in found],
                [(y.float() if "bfloat16" in str(y.dtype) else y).resolve_conj().numpy() for y in found])
    theirs = outcome(lambda: run(torch))
    if theirs[0] == "gives":
        got, expected = run(mytorch), theirs[1]
        assert got[0] == expected[0]
        agree(got[1], expected[1], 2e-2 if dtype == "bfloat16" else 2e-5)


@property_of(SMOOTH)
def test_gradient(row):
    """What requires a gradient, and the gradients, are torch's; where torch refuses it is refused."""
    theirs, ours = (outcome(lambda library=library: differentiated(row, library)) for library in SIDES)
    if theirs[0] == "raises":
        assert ours == theirs
        return
    (_, expected, _, b), (_, got, _, a) = theirs[1], ours[1]
    assert len(got) == len(expected)
    agree(numbers_of(a), numbers_of(b), row.tolerance * 10, "gradients")


@property_of(SMOOTH)
def test_node_name(row):
    """The results' nodes have torch's names."""
    got, expected = ([type(y.grad_fn).__name__ for y in tensors(Run(row, library, row.arrays(), grad=True)())]
                     for library in (mytorch, torch))
    assert got == expected


@property_of(SMOOTH)
def test_second_gradient(row):
    """Gradients of the gradients, by the inputs and by the incoming gradients, are torch's where torch has them."""
    def second(library):
        run, _, factors, first = differentiated(row, library, create_graph=True)
        first = [g for g in first if g is not None and g.requires_grad]
        if not first:
            return []
        by = run.leaves + factors
        found = library.autograd.grad(first, by, weights(first, library), allow_unused=True)
        return [np.zeros(tuple(x.shape), str(x.dtype).removeprefix("torch.")) if g is None else g.numpy(force=True)
                for g, x in zip(found, by)]
    theirs = outcome(lambda: second(torch))
    if theirs[0] == "gives":
        ours = second(mytorch)
        agree(ours if theirs[1] else [], theirs[1], row.tolerance * 100, "second gradients")


@property_of(SMOOTH)
def test_differences(row):
    """Gradients and gradients of gradients agree with small differences."""
    run = Run(row, mytorch, row.arrays(), grad=True)
    if not any(y.requires_grad for y in tensors(run())) or outcome(lambda: differentiated(row, torch))[0] == "raises":
        return

    def function(*leaves):
        replaced = iter(leaves)
        again = Run(row, mytorch, row.arrays())
        old = {id(leaf): new for leaf, new in zip(run.leaves, replaced)}
        again.inputs = substituted(run.inputs, old)
        again.options = {k: substituted([v], old)[0] for k, v in run.options.items()}
        return tuple(y for y in tensors(again()) if y.requires_grad)
    assert mytorch.autograd.gradcheck(function, tuple(run.leaves), fast_mode=True)
    if outcome(lambda: differentiated(row, torch, create_graph=True))[0] == "gives" and not row.first_only:
        assert mytorch.autograd.gradgradcheck(function, tuple(run.leaves), fast_mode=True, atol=1e-4)


def substituted(values, old):
    """The values with each tensor in `old` (by identity) exchanged."""
    return [substituted(v, old) if isinstance(v, list) else old.get(id(v), v) for v in values]


@property_of([row for row in ROWS if getattr(find(mytorch, row.name), "op", None) is not None and not row.call])
def test_arrays_in_arrays_out(row):
    """Called with arrays an op gives plain arrays: the numbers that it gives for tensors."""
    given = Run(row, mytorch, row.arrays(), plain=True)
    parts = given()
    expected = tensors(Run(row, mytorch, row.arrays())())
    parts = [np.asarray(p) for p in (parts if isinstance(parts, (tuple, list)) else [parts])
             if not isinstance(p, mytorch.Tensor)]
    agree(parts, [t.numpy() for t in expected], 1e-12, "arrays")


@property_of(ROWS)
def test_spellings(row):
    """Method, other names, in-place forms and out= give what the function gives."""
    if row.call:
        return
    last = row.name.rpartition(".")[2]
    expected = plainly(Run(row, mytorch, row.arrays())())
    for name in row.also:
        agree(plainly(Run(row, mytorch, row.arrays())(find(mytorch, name)))[0], expected[0], 1e-12, name)
    for method in (last, last + "_"):
        def call(library, method=method, name=row.name):
            def run(x, *rest, **options):
                if method == last or not hasattr(library.Tensor, method):
                    return getattr(x, method)(*rest, **options)
                twice = find(library, name + "_")
                first = x.clone()
                outcome(lambda: twice and twice(first, *rest, **options))
                y = getattr(x, method)(*rest, **options)
                assert y is x
                if twice is not None:
                    np.testing.assert_array_equal(first.numpy(), x.numpy())
                return y
            return run
        theirs = outcome(lambda: Run(row, torch, row.arrays())(call(torch)))
        if theirs[0] == "gives" and tensors(theirs[1]):
            agree(plainly(Run(row, mytorch, row.arrays())(call(mytorch)))[0], plainly(theirs[1])[0], row.tolerance,
                  method)
    given = tensors(Run(row, torch, row.arrays())())
    if len(given) == 1:
        shape, dtype = tuple(given[0].shape), str(given[0].dtype).removeprefix("torch.")

        def into(library):
            out = library.empty(shape, dtype=getattr(library, dtype))
            y = Run(row, library, row.arrays())(lambda *args, **options: row.function(library)(*args, **options,
                                                                                               out=out))
            assert y is out
            return y
        if outcome(lambda: into(torch))[0] == "gives":
            agree([into(mytorch).numpy()], expected[0], 1e-12, "out=")


@property_of([row for row in ROWS if not row.call and len(row.ops) == 1 and OPS[row.ops[0]].ufunc is not None])
def test_numpys_spelling(row):
    """NumPy's own function on tensors gives NumPy's numbers, and records."""
    ufunc, grad = OPS[row.ops[0]].ufunc, OPS[row.ops[0]].rules
    for dtype in row.only:
        arrays = Run(row, mytorch, row.arrays(dtype), plain=True).inputs
        theirs = outcome(lambda arrays=arrays: np.asarray(ufunc(*arrays)))
        if theirs[0] == "gives" and theirs[1].dtype != object:
            run = Run(row, mytorch, row.arrays(dtype), grad=bool(grad))
            got = ufunc(*run.inputs)
            assert isinstance(got, mytorch.Tensor)
            agree([got.detach().numpy()], [theirs[1]], 1e-12, f"np.{ufunc.__name__} {dtype}")


@property_of(SMOOTH, ["inputs", "outputs"])
def test_overwritten_afterwards(row, which):
    """What torch lets be written to after the operation ran may be; and no gradient is wrong in silence."""
    def gradients(library, place, write=True):
        run = Run(row, library, row.arrays(), grad=True)
        copies = [leaf * 1 for leaf in run.leaves]
        old = {id(leaf): copy for leaf, copy in zip(run.leaves, copies)}
        run.inputs = substituted(run.inputs, old)
        run.options = {k: substituted([v], old)[0] for k, v in run.options.items()}
        outputs = [y for y in tensors(run()) if y.requires_grad]
        factors = weights(outputs, library)
        if which == "outputs" and not write:
            factors[place] = factors[place] * 2
        if write:
            (outputs if which == "outputs" else copies)[place].mul_(2)
        return numbers_of(library.autograd.grad(outputs, run.leaves, factors, allow_unused=True))
    run = Run(row, mytorch, row.arrays(), grad=True)
    count = len([y for y in tensors(run()) if y.requires_grad] if which == "outputs" else run.leaves)
    for place in range(count):
        theirs = outcome(lambda place=place: gradients(torch, place))
        if theirs[0] == "gives":
            agree(gradients(mytorch, place), theirs[1], row.tolerance * 10, f"{which} {place}")
        elif "modified by an inplace operation" in theirs[2]:
            ours = outcome(lambda place=place: gradients(mytorch, place))
            if ours[0] == "gives":
                agree(ours[1], gradients(mytorch, place, write=False), 1e-7, f"{which} {place}")


LAYOUTS = {
    "transposed": lambda a: np.asfortranarray(a) if a.ndim > 1 else np.repeat(a, 2)[::2] if a.ndim else a,
    "strided": lambda a: np.repeat(a, 2, -1)[..., ::2] if a.ndim else a,
    "backwards": lambda a: a[::-1].copy()[::-1] if a.ndim else a,
}


@property_of(SMOOTH, list(LAYOUTS))
def test_memory_layout(row, layout):
    """Numbers do not depend on how the inputs lie in memory, unless torch's do.

    Torch has no tensors that lie backwards, and asks for contiguous ones in some places.
    """
    def laid(a):
        if isinstance(a, Drawn):
            return Drawn(LAYOUTS[layout](a.array))
        if isinstance(a, np.ndarray):
            return LAYOUTS[layout](a)
        return [laid(part) for part in a] if isinstance(a, list) else a

    def run(arrays):
        made = Run(row, mytorch, arrays, grad=True)
        outputs = tensors(made())
        wanted = [y for y in outputs if y.requires_grad and differentiable]
        gradients = mytorch.autograd.grad(wanted, made.leaves, weights(wanted, mytorch), allow_unused=True) \
            if wanted else []
        return [y.detach().numpy() for y in outputs], numbers_of(gradients)
    differentiable = outcome(lambda: differentiated(row, torch))[0] == "gives"
    theirs, ours = (outcome(Run(row, library, laid(row.arrays()))) for library in SIDES)
    if theirs[0] == "raises" and ours == theirs:
        return  # a view that this memory does not have
    (values, gradients), (expected, wanted) = run(laid(row.arrays())), run(row.arrays())
    if theirs[0] == "gives" and layout != "backwards" and row.memory:
        agree(values, plainly(theirs[1])[0], row.tolerance, "values")
        return
    agree(values, expected, row.tolerance, "values")
    agree(gradients, wanted, row.tolerance * 10, "gradients")


SHAPES = {"no rows": lambda s: (0, *s[1:]), "no columns": lambda s: (*s[:-1], 0) if s else (0,), "0-d": lambda s: ()}


@property_of([row for row in ROWS if not row.make and not row.call], list(SHAPES))
def test_degenerate_shapes(row, kind):
    """Empty and 0-d inputs: what torch gives, or an error where torch has one."""
    theirs, ours = (outcome(Run(row, library, row.arrays(shape=SHAPES[kind]))) for library in SIDES)
    if theirs[-1].startswith("MKL FFT error") if theirs[0] == "raises" else False:
        return  # torch's Fourier transform cannot do nothing
    assert ours[0] == theirs[0], f"{ours}, torch {theirs}"
    if theirs[0] == "gives":
        agree(plainly(ours[1])[0], plainly(theirs[1])[0], row.tolerance, kind)


@property_of(ROWS)
def test_inputs_stay(row):
    """An operation leaves its inputs as they were."""
    run = Run(row, mytorch, row.arrays())
    before = [t.numpy().copy() for t in run.all]
    run()
    for old, t in zip(before, run.all):
        np.testing.assert_array_equal(t.numpy(), old)


@property_of([row for row in ROWS if row.fails])
def test_fails(row):
    """What torch refuses is refused with its type of error and its first line."""
    for inputs, *options, words in row.fails:
        given = options[0] if options else row.options
        theirs, ours = (outcome(Run(row, library, row.arrays(inputs=inputs), options=given)) for library in SIDES)
        assert theirs[0] == "raises" and words in theirs[2], f"torch {theirs}"
        assert ours == theirs


def test_rows_run_their_ops(monkeypatch):
    """What rows claim to run, some row runs.  (A ufunc is reached by its name, and past its declaration.)"""
    ran, done, claimed = set(), set(), set()

    def counting(op, forward):
        def run(*args):
            ran.add(op.name)
            return forward(*args)
        return run
    for op in OPS.values():
        if op.ufunc is None:
            monkeypatch.setattr(op, "forward", counting(op, op.forward))
    for row in ROWS:
        ran.clear()
        Run(row, mytorch, row.arrays(row.only[0]))()
        done |= ran
        claimed |= {name for name in row.ops if OPS[name].ufunc is None}
    assert claimed <= done


def public(library, where):
    """Names of the functions of a namespace."""
    space = find(library, where) if where else library
    return {f"{where}.{name}".lstrip(".") for name, it in vars(space).items()
            if not name.startswith("_") and callable(it) and not isinstance(it, (type, types.ModuleType))}


NAMESPACES = ("", "linalg", "special", "fft", "nn.functional")


def test_every_op_has_a_row():
    """The declared operations are those of the rows and the inner parts of others, no more and no less."""
    have = {name for row in ROWS for name in row.ops}
    assert not have & set(INNER) and have <= set(OPS)
    assert set(OPS) == have | set(INNER)


def test_every_public_function_has_a_row():
    """The public functions are those of the rows, their in-place forms, and those tested elsewhere, for the reason
    told."""
    rows = {name for row in ROWS for name in (row.name, *row.also)}
    functions = {name for where in NAMESPACES for name in public(mytorch, where)
                 if find(mytorch, name).__module__ != "mytorch.absent_names"}
    inplace = {name for name in functions if name.endswith("_") and name[:-1] in rows}
    told = [name for names in ELSEWHERE.values() for name in names.split()]
    assert len(told) == len(set(told)) and not set(told) & rows
    assert set(told) <= functions and all(find(mytorch, name) is not None for name in rows)
    assert functions - rows - inplace == set(told)


def test_rows_are_told_apart():
    """No two rows have one name; no known deviation is about a row that is not there."""
    names = [repr(row) for row in ROWS]
    assert len(names) == len(set(names))
    assert {key.split()[1] for key in KNOWN} <= {name.split()[0] for name in names}
