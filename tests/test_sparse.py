"""Sparse tensors in coordinate form, against torch."""
import numpy as np
import pytest
import torch

import mytorch

pytestmark = [pytest.mark.filterwarnings("ignore:Sparse invariant checks"),
              pytest.mark.filterwarnings("ignore:Sparse CSR")]
INDICES = [[0, 1, 1, 0], [2, 0, 2, 2]]


def _made(library, rest=(), grad=False):
    values = library.tensor(np.arange(1.0, 1 + 4 * int(np.prod(rest))).reshape(4, *rest), requires_grad=grad)
    return values, library.sparse_coo_tensor(library.tensor(INDICES), values, (2, 3, *rest))


@pytest.mark.parametrize("rest", [(), (2,)])
def test_parts_are_torchs(rest):
    ours, theirs = _made(mytorch, rest)[1], _made(torch, rest)[1]
    for step in (lambda s: s, lambda s: s.coalesce(), lambda s: s.to_dense().to_sparse(),
                 lambda s: s.to_dense().to_sparse(1)):
        a, b = step(ours), step(theirs)
        assert repr(a) == repr(b)
        assert a._indices().tolist() == b._indices().tolist() and a._values().tolist() == b._values().tolist()
        assert a.to_dense().tolist() == b.to_dense().tolist() and a.is_coalesced() == b.is_coalesced()
        assert (a._nnz(), a.sparse_dim(), a.dense_dim(), tuple(a.shape)) == (
            b._nnz(), b.sparse_dim(), b.dense_dim(), tuple(b.shape))


@pytest.mark.parametrize("use", [
    "s.to_dense()", "s.coalesce().values()", "L.sparse.mm(s, m)", "L.sparse.sum(s)", "L.sparse.sum(s, 0).to_dense()",
    "L.sparse.sum(s, (0, 1))", "(s @ s.t()).to_dense()", "(s * s).to_dense()", "m.t() + s",
    "(s.coalesce() - s.coalesce() * 3).to_dense()", "m.t().t().t() @ s.t()", "s.t().to_dense()",
    "L.sparse.softmax(s, 1).to_dense()", "m.to_sparse().values()", "m.to_sparse().to_dense()"])
def test_gradients_are_torchs(use):
    found = []
    for library in (mytorch, torch):
        values, s = _made(library, grad=True)
        m = library.tensor(np.array([[1.0, 2], [0, 4], [5, 6]]), requires_grad=True)
        y = eval(use, {"L": library, "s": s, "m": m})
        grads = library.autograd.grad((y.sin() * y).sum(), (values, m), allow_unused=True)
        found.append([None if g is None else g.numpy() for g in (y.detach(), *grads)])
    for a, b in zip(*found):
        assert (a is None) == (b is None)
        assert a is None or a.shape == b.shape and np.allclose(a, b, rtol=1e-12, atol=0)


@pytest.mark.parametrize("row", [
    "s.indices()", "s.values()", "L.sparse.mm(s, L.ones(2, 2))", "L.sparse_coo_tensor(L.tensor([[-1]]), L.ones(1))",
    "L.sparse_coo_tensor(L.tensor([[0]]), L.ones(2), (2,))"])
def test_errors_are_torchs(row):
    texts = []
    for library in (mytorch, torch):
        with pytest.raises(RuntimeError) as caught:
            eval(row, {"L": library, "s": _made(library)[1]})
        texts.append(str(caught.value))
    assert texts[0] == texts[1]


def test_an_index_outside_is_refused():
    with pytest.raises(RuntimeError, match="size is inconsistent with indices: for dim 0, size is 1"):
        mytorch.sparse_coo_tensor([[1]], [1.0], (1,))


@pytest.mark.parametrize("name", ["to_sparse_csr", "to_sparse_csc", "to_sparse_bsr", "to_sparse_bsc"])
def test_other_layouts_say_so(name):
    with pytest.raises(NotImplementedError, match="sparse_[cb]s[rc]"):
        getattr(mytorch.ones(2, 2), name)()


#: s, made of what is named twice and not in order; d, the same coalesced; m and w dense.
ROWS = """
s.t() | s.t().is_coalesced() | d.t().is_coalesced() | s.transpose(0, 1) | s.T | s.mT | d.permute(0, 1).is_coalesced()
s.to(L.float64) | s.double() | s.int() | s.half() | s.long() | s.bool() | s.clone() | s.type(L.float64)
s.sum() | s.sum(0) | s.sum(1) | s.sum((0, 1)) | s.sum(-1, dtype=L.float64) | L.sparse.sum(s, 1)
d + d | (d + d).is_coalesced() | (s + s).is_coalesced() | (s + s).coalesce() | d.add(d.t().t(), alpha=2) | d - d
d.sub(d) | s * s | s * s.clone() | (s * s).is_coalesced()
s * 2 | 2 * s | s / 2 | s.mul(3) | s.div(3) | (s * 2).is_coalesced() | s * L.tensor(2.) | d * d | s * m | m * s
s * m[0] | (s * m).is_coalesced() | s[0].is_coalesced()
m + s | m - s | -s | s.neg() | s ** 2 | s.pow(3) | abs(s) | s.sqrt() | s.sin() | s.relu() | s.isnan()
s.floor() | s.sign()
s + m | s + 1 | s - m | s + s.t() | s * s.t() | L.sparse.mm(s, s)
s @ m.t() | s @ w | m.t() @ s | s @ s.t() | d @ d.t() | s.mm(m.t()) | s.mv(w) | s.matmul(w) | L.sparse.mm(d, d.t())
L.mm(s, m.t()) | L.mm(m, s.t()) | L.mm(d, d.t()) | m.mm(s.t()) | L.matmul(s, w) | L.mv(s, w) | L.mm(s, "a")
L.add(s, m) | L.addmm(L.ones(2, 2), s, m.t(), beta=2, alpha=3) | L.sum(s, 1) | L.sqrt(s) | L.transpose(s, 0, 1)
L.mul(s, 2) | L.numel(s) | L.sub(d, d) | L.mul(m, s)
(d @ d.t()).is_coalesced() | L.spmm(s, m.t()) | L.spmm(m, m.t())
L.sparse.addmm(L.ones(2, 2), s, m.t(), beta=2, alpha=3)
L.sparse.softmax(d, 1) | L.sparse.softmax(s, 0) | L.sparse.log_softmax(d, 1) | L.sparse.softmax(d, 1, dtype=L.float64)
s[0] | s[1, 2] | s[-1] | s.select(1, 2) | s[2] | len(s) | s.numel() | s.norm() | s.any() | s.is_same_size(d)
s.element_size() | s.is_floating_point() | s.numpy() | np.asarray(s) | s.grad | s.is_leaf | s.requires_grad
"""


def _outcome(library, row):
    m = library.tensor([[1.0, 2, 3], [4, 0, 6]])
    values = library.tensor([1.0, -2, 4, 3])
    s = library.sparse_coo_tensor(library.tensor(INDICES), values, (2, 3))
    try:
        found = eval(row, {"L": library, "np": np, "s": s, "d": s.coalesce(), "m": m, "w": m[1]})
    except (SyntaxError, NameError):  # a slip in the row, not an answer of the library
        raise
    except Exception as error:
        return type(error).__name__, str(error).splitlines()[0]
    return str(found).replace("mytorch.", "torch.")


@pytest.mark.parametrize("row", [row.strip() for row in ROWS.replace("\n", "|").split("|") if row.strip()])
def test_arithmetic_is_torchs(row):
    assert _outcome(mytorch, row) == _outcome(torch, row)


def test_a_sparse_leaf_has_a_sparse_gradient():
    found = []
    for library in (mytorch, torch):
        s = library.sparse_coo_tensor(library.tensor(INDICES), library.arange(4.), (2, 3)).coalesce().requires_grad_()
        (s @ library.tensor([[1.0], [2], [3]])).sum().backward()
        found.append([s.grad.to_dense()[row, column].item() for row, column in s.detach().indices().t().tolist()])
    assert found[0] == found[1]


def test_what_a_sparse_tensor_cannot_do_it_names():
    s = _made(mytorch)[1]
    assert not hasattr(s, "exp_") and not hasattr(s, "no_such_thing")
    with pytest.raises(NotImplementedError, match=r"Tensor.cumsum: not for sparse tensors; use .to_dense\(\)"):
        s.cumsum(0)
    with pytest.raises(AttributeError, match="no attribute 'no_such_thing'"):
        s.no_such_thing()
