"""Writes to memory that overlaps itself or what is read: which of them torch refuses.

Where torch looks, it refuses a tensor that names a place more than once (an expanded one), and one that shares a part
of its memory with an input, not all of it.  It compares stretches of memory: of a tensor with gaps it says nothing.
"""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from .._warnings import warn
from .tape import ndarray
from .tensor import Tensor

__all__ = ["ALOOF", "APART", "FIRST", "MANY", "check_apart", "check_places", "each_place",
           "make_writable", "tensors"]

#: These refuse an `out` that has anything in common with an input.
APART = set("""
        gather index_select take masked_select kthvalue cat stack hstack vstack dstack column_stack take_along_dim
        nonzero nonzero_static linalg_cross cross topk mode isin""".split())
#: These may write over their first input alone.
FIRST = set("index_add index_copy index_put index_reduce put scatter scatter_add scatter_reduce".split())
#: These do not ask whether `out` has something in common with an input: most reductions and what LAPACK computes.
ALOOF = set("""
        sum prod mean std var nansum nanmean all any amax amin argmax argmin max min logsumexp norm frobenius_norm
        nuclear_norm linalg_vector_norm linalg_norm matrix_norm vecdot dot vdot mv mm bmm matmul linear quantile
        nanquantile histc histogram tensordot inner multi_dot chain_matmul tril triu diag diff cummax cummin
        threshold softmax log_softmax linalg_svdvals svdvals inverse inv inv_ex solve solve_ex linalg_qr qr linalg_lu
        lu_factor lu_factor_ex ldl_factor ldl_factor_ex linalg_solve_triangular solve_triangular slogdet
        linalg_slogdet log_sigmoid avg_pool2d avg_pool3d special_ndtr mvlgamma matrix_power cond pinv matrix_rank
        tensorinv tensorsolve householder_product ormqr geqrf searchsorted bucketize fft ifft rfft irfft hfft ihfft
        fftn ifftn rfftn irfftn hfftn ihfftn fft2 ifft2 rfft2 irfft2 hfft2 ihfft2 aminmax squeeze_copy unsqueeze_copy
        transpose_copy permute_copy diagonal_copy unbind_copy split_copy split_with_sizes_copy select_copy t_copy
        view_copy expand_copy as_strided_copy unfold_copy slice_copy detach_copy alias_copy slice_scatter median_dim
        nanmedian_dim masked_fill masked_scatter index_fill addmv addmm addbmm baddbmm addr ldexp""".split())

MANY = ("unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
        "Please clone() the tensor before performing the operation.")
_SOME = ("unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
         "location. Please clone() the tensor before performing the operation.")

_view = ndarray.view


def tensors(given: Any) -> Iterator[Tensor]:
    """The Tensors among these arguments, also inside lists."""
    for a in given:
        if isinstance(a, Tensor):
            yield a
        elif isinstance(a, (tuple, list)):
            yield from tensors(a)


def check_places(out: ndarray) -> None:
    """Raise where two elements of what is to be written are one place in memory."""
    if not out.flags.writeable or any(s == 0 and n > 1 for s, n in zip(out.strides, out.shape)):
        raise RuntimeError(MANY)


def make_writable(view: ndarray) -> bool:
    """Allow writes to a piece of an expanded tensor that has each place once; whether that was so."""
    if any(s == 0 and n > 1 for s, n in zip(view.strides, view.shape)):
        return False
    view.flags.writeable = True
    return True


def each_place(part: ndarray, name: str = "") -> ndarray:
    """The array; of an expanded one a view that may be written to, each place in the name of several.

    name: of the operation that does so, where torch warns of it.
    """
    if not part.flags.writeable and not make_writable(part):
        if name:
            warn(f"Use of {name}_ on expanded tensors is deprecated. Please clone() the tensor before "
                 "performing this operation. This also applies to advanced indexing e.g. "
                 + ("tensor[indices] = tensor" if name == "index_put" else "tensor[mask] = scalar"))
        part = part[...]
        part.flags.writeable = True
    return part


def check_apart(name: str, out: ndarray, given: Any, first: int = 0) -> None:
    """Raise where torch's operation `name`, called with `given`, does not write to what shares memory with these.

    first: 1 where `given` are the arguments that follow `out`, which is written in place.
    """
    if name in ALOOF:
        return
    for i, a in enumerate(tensors(given), first):
        alone = name in APART or i and name in FIRST
        if (alone or a is not out) and np.may_share_memory(_view(a, ndarray), _view(out, ndarray)) and (
                _stretch(a) and _stretch(out) and (alone or not _same_place(a, out))):
            raise RuntimeError(_SOME)


def _stretch(a: ndarray) -> bool:
    """Whether the elements fill a stretch of memory, in any order."""
    if a.flags.forc:
        return True
    extent = a.itemsize
    for stride, n in sorted((s, n) for s, n in zip(a.strides, a.shape) if n != 1):
        if stride != extent:
            return False
        extent *= n
    return True


def _same_place(a: ndarray, b: ndarray) -> bool:
    """Whether two arrays are the same memory in the same form."""
    return (a.__array_interface__["data"] == b.__array_interface__["data"] and tuple(a.shape) == tuple(b.shape)
            and a.dtype == b.dtype and all(s == t for s, t, n in zip(a.strides, b.strides, a.shape) if n != 1))
