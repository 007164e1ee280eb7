"""Sparse tensors: torch.sparse.

    tensor      the SparseTensor, made and taken apart
    arithmetic  sums, products, views
"""
from ..engine.tensor import Tensor  # noqa: F401  (torch's page names it too)
from .arithmetic import addmm, log_softmax, mm, softmax, sum
from .tensor import SparseTensor, sparse_coo_tensor

__all__ = ["SparseTensor", "addmm", "log_softmax", "mm", "softmax", "sparse_coo_tensor", "sum"]
