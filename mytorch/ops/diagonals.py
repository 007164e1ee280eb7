"""Diagonals and triangles of matrices."""
# rules name ops that are declared after them:
# mypy: disable-error-code="has-type"
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import as_dtype, check_device, strided, type_name, wrap_dim
from ..engine.op import method, op
from ..engine.tensor import Tensor
from ._shared import with_out
from .joining import _to_one_type
from .shape import reshape

__all__ = ["block_diag", "diag", "diag_embed", "diagflat", "diagonal", "tril", "tril_indices", "triu", "triu_indices"]

ndarray = np.ndarray


# ------------------------------------------------------------------ diagonals

def diagonal_of(x: ndarray, offset: int, dim1: int, dim2: int) -> ndarray:
    """The diagonal as a view that can be written to when x can."""
    one, two = wrap_dim(dim1, x.ndim), wrap_dim(dim2, x.ndim)
    if one == two:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    y = x.diagonal(offset, one, two)
    y.flags.writeable = x.flags.writeable
    return y


@op(lambda g, y, x, offset, dim1, dim2: _on_diagonal(g, x.shape, offset, dim1, dim2), view=True, method=False)
def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> ndarray:
    """The diagonal of the matrices in dim1 and dim2, as the last dim; a view.

    offset: above (positive) or below the main diagonal.  As torch.diagonal.
    """
    return diagonal_of(input, offset, dim1, dim2)


@method("diagonal")
def _diagonal(self: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1, *, axis1: int | None = None,
              axis2: int | None = None) -> Tensor:
    """`diagonal`; axis1 and axis2 are NumPy's names of dim1 and dim2."""
    return diagonal(self, offset, dim1 if axis1 is None else axis1, dim2 if axis2 is None else axis2)


@op(lambda g, y, part, shape, offset, dim1, dim2: diagonal(g, offset, dim1, dim2), name="diagonal_backward",
    register=False, method=False)
def _on_diagonal(part: Any, shape: tuple, offset: int, dim1: int, dim2: int) -> ndarray:
    """Zeros of `shape` with `part` on the diagonal."""
    whole = np.zeros(shape, part.dtype)
    diagonal_of(whole, offset, dim1, dim2)[...] = part
    return whole


@op(lambda g, y, x, offset, dim1, dim2: diagonal(g, offset, dim1, dim2))
def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> ndarray:
    """Matrices in dim1 and dim2 whose diagonals are the last dim of `input`, zeros elsewhere.  As torch.diag_embed."""
    ndim = input.ndim + 1
    one, two = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if one == two:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = input.shape[-1] + abs(offset)
    shape = list(input.shape[:-1])
    for dim in sorted((one, two)):
        shape.insert(dim, size)
    whole = np.zeros(shape, input.dtype)
    diagonal_of(whole, offset, one, two)[...] = input
    return whole


@op(lambda g, y, x, offset, dim1, dim2: _on_diagonal(g, x.shape, offset, dim1, dim2), name="diagonal_copy",
    method=False, node="DiagonalBackward0_copy")
def diagonal_copy(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> ndarray:
    """`diagonal`, as a copy.  As torch.diagonal_copy."""
    return np.array(diagonal_of(input, offset, dim1, dim2))


@method()
@with_out
def diag(input: Any, diagonal: int = 0) -> Any:
    """The square matrix with a vector on its diagonal, or the diagonal of a matrix (a copy).  As torch.diag."""
    if input.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return (diag_embed if input.ndim == 1 else diagonal_copy)(input, diagonal)


@method()
def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """The main diagonal filled with a number; wrap: once more after each row below a square.

    As torch.Tensor.fill_diagonal_.
    """
    if self.ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    if self.ndim > 2 and len(set(self.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    height, width = self.shape[:2]
    wrapped = wrap and self.ndim == 2
    places = np.arange(-(-height * width // (width + 1)) if wrapped else min(self.shape))
    where = np.divmod(places * (width + 1), width) if wrapped else (places,) * self.ndim
    self[tuple(where)] = fill_value
    return self


@method()
def diagflat(input: Any, offset: int = 0) -> Any:
    """The square matrix with all elements of `input` on its diagonal.  As torch.diagflat."""
    return diag_embed(reshape(input, (-1,)), offset)


# ------------------------------------------------------------------ triangles

@op(lambda g, y, x, diagonal: tril(g, diagonal), inplace=True)
def tril(input: Any, diagonal: int = 0) -> ndarray:
    """The matrices with zeros above the given diagonal.  As torch.tril."""
    if input.ndim < 2:
        raise RuntimeError("tril: input tensor must have at least 2 dimensions")
    return np.tril(input, diagonal)


@op(lambda g, y, x, diagonal: triu(g, diagonal), inplace=True)
def triu(input: Any, diagonal: int = 0) -> ndarray:
    """The matrices with zeros below the given diagonal.  As torch.triu."""
    if input.ndim < 2:
        raise RuntimeError("triu: input tensor must have at least 2 dimensions")
    return np.triu(input, diagonal)


def _triangle_indices(name: str, row: int, col: int, mask: Any, dtype: Any, device: Any, layout: Any,
                      pin_memory: bool) -> Tensor:
    check_device(device)
    if layout not in (None, strided):
        raise RuntimeError(f"only support layout=torch.strided, got layout={layout}")
    if pin_memory:
        raise NotImplementedError(f"{name}(pin_memory=True): there is no accelerator to pin memory for")
    for what, n in (("row", row), ("col", col)):
        if n < 0:
            raise RuntimeError(f"{what} must be non-negative, got{n}")
    kind = np.dtype(np.int64) if dtype is None else as_dtype(dtype)
    if kind.kind not in "iu":
        raise NotImplementedError(f'"{name}" not implemented for \'{type_name(kind)}\'')
    return np.stack(mask(np.ones((row, col), np.bool_)).nonzero()).astype(kind).view(Tensor)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, layout: Any = None,
                 pin_memory: bool = False) -> Tensor:
    """Where the lower triangle of a row x col matrix is: (2, n), row numbers and column numbers.

    As torch.tril_indices.
    """
    return _triangle_indices("tril_indices", row, col, lambda ones: np.tril(ones, offset), dtype, device, layout,
                             pin_memory)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, layout: Any = None,
                 pin_memory: bool = False) -> Tensor:
    """Where the upper triangle of a row x col matrix is: (2, n), row numbers and column numbers.

    As torch.triu_indices.
    """
    return _triangle_indices("triu_indices", row, col, lambda ones: np.triu(ones, offset), dtype, device, layout,
                             pin_memory)


# ------------------------------------------------------------------ blocks

def _block_corners(tensors: list) -> list:
    """For each block its place, as two slices."""
    row = col = 0
    places = []
    for x in tensors:
        height, width = (1, 1) if not x.ndim else (1, x.shape[0]) if x.ndim == 1 else x.shape
        places.append((slice(row, row + height), slice(col, col + width)))
        row, col = row + height, col + width
    return places


@op(joint=lambda g, y, needs, tensors: [
        g[place].reshape(x.shape) if wanted else None
        for x, place, wanted in zip(tensors, _block_corners(tensors), needs)],
    promote=_to_one_type, sequence=True, saves=(), name="block_diag", method=False)
def _block_diag(tensors: Any) -> ndarray:
    for i, x in enumerate(tensors):
        if x.ndim > 2:
            raise RuntimeError(f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has "
                               f"{x.ndim} dimensions")
    places = _block_corners(tensors)
    whole = np.zeros((places[-1][0].stop, places[-1][1].stop), tensors[0].dtype)
    for x, place in zip(tensors, places):
        whole[place] = x
    return whole


def block_diag(*tensors: Any) -> Any:
    """The matrix with the given ones (numbers and vectors count as such) along its diagonal.  As torch.block_diag."""
    if not tensors:
        return np.zeros((1, 0), np.float32).view(Tensor)
    return _block_diag(tensors)
