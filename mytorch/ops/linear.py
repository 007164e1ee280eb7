"""The maps with learned tables: linear, bilinear, embedding."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._types import type_name
from ..engine.fit import expandable
from ..engine.op import op
from ._shared import conjugate
from .products import not_expandable, refuse_bools
from .reduction import rows_added

__all__ = ["bilinear"]

_TRUTHS = np.dtype(bool)


def _rows(x: Any) -> Any:
    """x as a matrix of rows: (..., D) -> (N, D)."""
    return x if x.ndim == 2 else x.reshape((math.prod(x.shape[:-1]), x.shape[-1]))


def _product(a: Any, b: Any) -> Any:
    """a @ b of matrices; for small arrays `dot` takes half the time of the operator."""
    return a.dot(b) if type(a) is np.ndarray and type(b) is np.ndarray else a @ b


def _input_gradient(g: Any, y: Any, x: Any, w: Any, b: Any) -> Any:
    return _product(g, conjugate(w))


def _weight_gradient(g: Any, y: Any, x: Any, w: Any, b: Any) -> Any:
    return _product(g.T, conjugate(x))


def _bias_gradient(g: Any, y: Any, x: Any, w: Any, b: Any) -> Any:
    return _column_sums(g)


def _column_sums(g: Any) -> Any:
    return rows_added(g) if type(g) is np.ndarray else np.add.reduce(g, 0)


def _gradients(g: Any, y: Any, needs: Any, x: Any, w: Any, b: Any) -> Any:
    """All three, of arrays."""
    if g.dtype.kind != "f":
        return [rule(g, y, x, w, b) if wanted else None for rule, wanted in zip(_RULES, needs)]
    wants_x, wants_w, wants_b = needs
    return g.dot(w) if wants_x else None, g.T.dot(x) if wants_w else None, rows_added(g) if wants_b else None


_RULES = _input_gradient, _weight_gradient, _bias_gradient


def _node(x: Any, w: Any, b: Any) -> Any:
    """torch's last step on the way to the result, which names the node, where there are rows; else see `_any_rank`."""
    if x.ndim == 2 == w.ndim:
        if b is None:
            return "MmBackward0"
        if b.ndim == 1:
            return "AddmmBackward0"
    return _any_rank.op  # type: ignore[attr-defined]


@op(*_RULES, joint=_gradients, method=False, node=_node, listed={"AddmmBackward0": (2, 0, 1), "MmBackward0": (0, 1)})
def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """A linear map of the last dimension.

        y = x W^T + b

    Args:
        input: (*, in).  weight: (out, in), or (in,), which takes the last dimension away.  bias: (out,) or None.
    Returns: (*, out).
    Raises:
        RuntimeError: the last dimension of input is not `in`, or the types differ.

    As torch.nn.functional.linear.
    """
    kind = input.dtype
    if (input.ndim != 2 or weight.ndim != 2 or weight.dtype is not kind or kind is _TRUTHS
            or bias is not None and bias.dtype is not kind):
        return _linear_any(input, weight, bias)
    try:
        y = input.dot(weight.T)
        if bias is not None:
            # a number is added in half the time of a row of one
            y += bias if bias.size != 1 or bias.ndim > 2 else bias.reshape(())
    except ValueError:
        return _linear_any(input, weight, bias)   # says which shapes do not fit
    return y


# ------------------------------------------------------------------ inputs of any rank, biases of any shape

def _on_rows(ndim: int, shape: tuple) -> bool:
    """Whether torch adds a bias of `shape` to the rows of all of an input of `ndim` dimensions, as to one matrix.

    Else it is added to the result in its own shape.
    """
    return ndim == 2 or len(shape) == 1 or len(shape) - shape.count(1) == 1


def _any_input_gradient(g: Any, y: Any, x: Any, w: Any, b: Any) -> Any:
    if w.ndim == 1:
        return g[..., None] * conjugate(w)
    return _product(_rows(g), conjugate(w)).reshape((*g.shape[:-1], w.shape[-1]))


def _any_weight_gradient(g: Any, y: Any, x: Any, w: Any, b: Any) -> Any:
    return g[..., None] * conjugate(x) if w.ndim == 1 else _product(_rows(g).T, conjugate(_rows(x)))


def _any_bias_gradient(g: Any, y: Any, x: Any, w: Any, b: Any) -> Any:
    return _column_sums(_rows(g)) if b.ndim == 1 else _rows(g) if _on_rows(x.ndim, b.shape) else g


def _any_node(x: Any, w: Any, b: Any) -> str:
    if b is not None:
        return "AddmmBackward0" if x.ndim == 2 else "ViewBackward0" if _on_rows(x.ndim, b.shape) else "AddBackward0"
    if w.ndim == 1:
        return "DotBackward0" if x.ndim == 1 else "MvBackward0" if x.ndim == 2 else "UnsafeViewBackward0"
    return "SqueezeBackward4" if x.ndim == 1 else "UnsafeViewBackward0"


@op(_any_input_gradient, _any_weight_gradient, _any_bias_gradient, name="linear", method=False, register=False,
    node=_any_node)
def _any_rank(input: Any, weight: Any, bias: Any) -> Any:
    """What `linear` is on the tape where there are no rows, or no row of biases."""
    return _linear_any(input, weight, bias)


def _linear_any(x: Any, w: Any, b: Any) -> Any:
    """`linear` for inputs of any rank; and its errors."""
    if not x.ndim or not w.ndim:
        raise RuntimeError(f"both arguments to linear need to be at least 1D, but they are {x.ndim}D and {w.ndim}D")
    if w.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {w.ndim}D")
    if x.dtype != w.dtype:
        raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {type_name(x.dtype)} and "
                           f"{type_name(w.dtype)}")
    refuse_bools(x, w)
    if not x.ndim or x.shape[-1] != w.shape[-1]:
        rows = int(np.prod(x.shape[:-1]))
        shape = f"{rows}x{x.shape[-1]}" if x.ndim else "1x1"
        form = "x".join(map(str, w.T.shape)) if w.ndim == 2 else f"{w.shape[0]}x1"
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({shape} and {form})")
    if b is not None and b.dtype != w.dtype:
        raise RuntimeError(f"self and mat2 must have the same dtype, but got {type_name(b.dtype)} and "
                           f"{type_name(w.dtype)}")
    rows, shape = np.dot(_rows(x), w.T), x.shape[:-1] + w.shape[:-1]
    if b is None:
        return rows.reshape(shape)
    if _on_rows(x.ndim, b.shape):
        if w.ndim == 1:
            raise RuntimeError("mat2 must be a matrix, got 1-D tensor")
        if not expandable(b.shape, rows.shape):
            raise not_expandable(b, rows.shape)
        return np.add(rows, b, rows).reshape(shape)
    y = rows.reshape(shape) + b
    if y.shape != shape:
        raise RuntimeError(f"output with shape {list(shape)} doesn't match the broadcast shape {list(y.shape)}")
    return y


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """A form that is linear in both inputs.

        y_k = x1^T W_k x2 + b_k

    Args:
        input1: (*, in1).  input2: (*, in2).  weight: (out, in1, in2).  bias: (out,) or None.
    Returns: (*, out).

    As torch.nn.functional.bilinear.
    """
    if input1.ndim != input2.ndim:
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.ndim} and {input2.ndim}")
    for i, (n, m) in enumerate(zip(input1.shape[:-1], input2.shape[:-1])):
        if n != m:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {i}: got {n} and {m}")
    for i, x in ((1, input1), (2, input2)):
        if x.shape[-1] != weight.shape[i]:
            raise RuntimeError(f"bilinear(): input{i} size does not match weight size: got {x.shape[-1]} but expected "
                               f"{weight.shape[i]}")
    refuse_bools(input1, weight, "bmm")
    out, in1, in2 = weight.shape
    half = linear(_rows(input1), weight.permute(0, 2, 1).reshape(out * in2, in1))   # (N, out * in2)
    y = (half.reshape((half.shape[0], out, in2)) * _rows(input2)[:, None, :]).sum(-1).reshape((*input1.shape[:-1], out))
    return y if bias is None else y + bias


@op(lambda g, y, w, i, padding, scale: _table_gradient(g, i, w.shape, padding, scale), method=False)
def embedding(weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False) -> Any:
    """Rows of a table: y = weight[indices]; weight (V, D), indices (*) -> (*, D)."""
    return np.take(weight, indices, axis=0)


@op(lambda g, y, rows, i, shape, padding, scale: embedding(_masked(g, padding), i), method=False, register=False)
def _table_gradient(rows: Any, indices: Any, shape: tuple, padding: int, scale: bool) -> Any:
    """The gradient of an embedding's table: each row of `rows` added where it was taken from.

    A product with the one-hot matrix is several times faster than np.add.at while that matrix is small.
    """
    flat, rows = indices.reshape(-1), rows.reshape(-1, shape[1])
    count = shape[0]
    if scale:
        rows = rows / np.bincount(flat, minlength=count)[flat][:, None].astype(rows.dtype)
    if flat.size * count <= 1 << 20:
        hot = np.zeros((count, flat.size), rows.dtype)
        hot[flat, np.arange(flat.size)] = 1
        table = np.dot(hot, rows)
    else:
        order = np.argsort(flat, kind="stable")
        found, starts = np.unique(flat[order], return_index=True)
        table = np.zeros(shape, rows.dtype)
        if found.size:
            table[found] = np.add.reduceat(rows[order], starts, axis=0)
    if padding >= 0:
        table[padding] = 0
    return table


def _masked(g: Any, padding: int) -> Any:
    """The table's gradient without the padding row."""
    if padding < 0:
        return g
    keep = np.ones((g.shape[0], 1), g.dtype)
    keep[padding] = 0
    return g * keep
