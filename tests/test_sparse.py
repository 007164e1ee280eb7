"""Sparse tensors in coordinate form, against torch."""
import numpy as np
import pytest
import torch

import mytorch

pytestmark = pytest.mark.filterwarnings("ignore:Sparse invariant checks")
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
    "L.sparse.sum(s, (0, 1))", "m.to_sparse().values()", "m.to_sparse().to_dense()"])
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
