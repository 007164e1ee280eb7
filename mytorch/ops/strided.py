"""Views that NumPy has no method for, copies of views, and tensors with a view of them replaced."""
# rules name ops that are declared after them:
# mypy: disable-error-code="has-type"
from __future__ import annotations

import operator
from typing import Any, Callable

import numpy as np

from .._types import complex_dtype, real_dtype, type_name, wrap_dim
from ..engine.op import apply, deliver, method, op
from ..engine.tape import owner
from ._shared import no_derivative, with_out
from .accumulate import reduce_flat
from .broadcasting import expand
from .diagonals import diagonal_copy, diagonal_of
from .indexing import FULL, narrow, select
from .joining import split, split_with_sizes, unbind
from .shape import as_ints, permute, squeeze, t, transpose, unsqueeze, view
from .shape import reshape as _reshape

__all__ = ["alias_copy", "as_strided", "as_strided_copy", "as_strided_scatter", "detach_copy", "diagonal_copy",
           "diagonal_scatter", "expand_copy", "narrow_copy", "permute_copy", "select_copy", "select_scatter",
           "slice_copy", "slice_inverse", "slice_scatter", "split_copy", "split_with_sizes_copy", "squeeze_copy",
           "t_copy", "transpose_copy", "unbind_copy", "unfold_copy", "unsqueeze_copy", "view_as_complex",
           "view_as_complex_copy", "view_as_real", "view_as_real_copy", "view_copy"]

ndarray = np.ndarray
_view = ndarray.view


# ------------------------------------------------------------------ as_strided

def _memory(x: ndarray) -> tuple[ndarray, int]:
    """The memory x lies in, as bytes, and where in it x begins."""
    root = owner(x)
    flat = root if root.flags.c_contiguous else root.T
    if not flat.flags.c_contiguous:
        raise RuntimeError("as_strided: this tensor lies in memory that is not contiguous; use .contiguous()")
    start = x.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return _view(flat, ndarray).reshape(-1).view(np.uint8), start


def restrided(x: ndarray, kind: np.dtype, shape: tuple, strides: tuple) -> ndarray:
    """A view of the memory of x that begins where x does; strides in bytes."""
    memory, start = _memory(x)
    return ndarray(shape, kind, memory, start, strides)


def strided_view(x: ndarray, size: tuple, stride: tuple, storage_offset: int | None) -> ndarray:
    """Elements of the memory of x, laid out anew; all counted in elements.  torch's errors where it does not fit."""
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in stride):
        raise RuntimeError("as_strided: Negative strides are not supported at the moment, got strides: "
                           f"{list(stride)}")
    if any(n < 0 for n in size):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}")
    memory, start = _memory(x)
    item = x.dtype.itemsize
    start = start if storage_offset is None else storage_offset * item
    needed = 0 if 0 in size else start + item * (1 + sum((n - 1) * s for n, s in zip(size, stride)))
    if needed > memory.size:
        raise RuntimeError(f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {start // item}, "
                           f"and itemsize {item} requiring a storage size of {needed} are out of bounds for storage of "
                           f"size {memory.size}")
    if 0 in size:
        return x.reshape(-1)[:0].reshape(size)
    view: ndarray = ndarray(size, x.dtype, memory, start, tuple(s * item for s in stride))
    if any(s == 0 and n > 1 for s, n in zip(stride, size)):
        view.flags.writeable = False  # as of an expanded tensor: a place has several names
    return view


def _positions(size: tuple, stride: tuple, start: int) -> ndarray:
    """Where the elements of a layout lie in memory, flattened."""
    at = np.array(start, np.intp)
    for n, s in zip(size, stride):
        at = at[..., None] + np.arange(n) * s
    return at.reshape(-1)


@op(lambda g, y, x, size, stride, start, mine: _shared(_relaid(
    g, _positions(size, stride, start), mine, x.shape), mine),
    view=True, name="as_strided", register=False, method=False)
def _strided(input: Any, size: tuple, stride: tuple, start: int, mine: Any) -> ndarray:
    return strided_view(input, size, stride, start)


@op(lambda g, y, part, came, goes, shape: _relaid(g, goes, came, part.shape), name="as_strided_backward",
    register=False, method=False)
def _relaid(part: Any, came: ndarray, goes: ndarray, shape: tuple) -> ndarray:
    """`part` added to memory of zeros at `came`, read from there at `goes`."""
    memory = np.zeros(1 + max(came.max(initial=0), goes.max(initial=0)), part.dtype)
    reduce_flat(np.add, memory, came, part.reshape(-1))
    return memory[goes].reshape(shape)


def _shared(g: Any, mine: ndarray) -> Any:
    """Where n elements of the input are one in memory, each has 1/n of the gradient."""
    times = np.bincount(mine, minlength=1)
    return g / times[mine].astype(g.real.dtype).reshape(g.shape) if times.max() > 1 else g


_STRIDED = _strided.op  # type: ignore[attr-defined]


@method()
def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """A view of the memory `input` lies in: sizes, strides and offset counted in elements.  As torch.as_strided.

    The offset counts from the beginning of that memory; without it, from where `input` begins.
    """
    size, stride = as_ints(size), as_ints(stride)
    plain_input = np.asarray(input)
    item = plain_input.dtype.itemsize
    at = _memory(plain_input)[1] // item
    start = at if storage_offset is None else operator.index(storage_offset)
    mine = _positions(plain_input.shape, tuple(s // item for s in plain_input.strides), at)
    return apply(_STRIDED, (input, size, stride, start, mine))


# ------------------------------------------------------------------ windows

@op(lambda g, y, x, dimension, size, step: _folded(g, x.shape, dimension, size, step), view=True, register=False)
def unfold(input: Any, dimension: int, size: int, step: int) -> ndarray:
    """Windows of `size` elements along a dim, every `step`; a view, the windows' elements in a new last dim.

    As torch.Tensor.unfold.
    """
    dim = wrap_dim(operator.index(dimension), input.ndim)
    length = input.shape[dim] if input.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > length:
        raise RuntimeError(f"maximum size for tensor at dimension {dim} is {length} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if not input.ndim:
        return input.reshape(1)[:size]
    shape, strides = list(input.shape), list(input.strides)
    shape[dim], strides[dim] = (length - size) // step + 1, input.strides[dim] * step
    return restrided(input, input.dtype, (*shape, size), (*strides, input.strides[dim]))


@op(lambda g, y, part, shape, dimension, size, step: unfold(g, dimension, size, step), name="unfold_backward",
    register=False, method=False)
def _folded(part: Any, shape: tuple, dimension: int, size: int, step: int) -> ndarray:
    """Zeros of `shape`, to which each window is added where it was."""
    whole = np.zeros(shape, part.dtype)
    if not shape:
        return part.sum(dtype=part.dtype).reshape(())
    dim = dimension % len(shape)
    front = (FULL,) * dim
    count = part.shape[dim]
    if size <= count:
        for i in range(size):
            whole[(*front, slice(i, i + (count - 1) * step + 1, step))] += part[..., i]
    else:
        last = np.moveaxis(part, -1, dim + 1)
        for i in range(count):
            whole[(*front, slice(i * step, i * step + size))] += last[(*front, i)]
    return whole


# ------------------------------------------------------------------ complex numbers as pairs

@op(lambda g, y, x: _complex_of(g), view=True, method=False)
def view_as_real(input: Any) -> ndarray:
    """The real and imaginary parts as a last dim of size two; a view.  As torch.view_as_real."""
    if input.dtype.kind != "c":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    kind = real_dtype(input.dtype)
    return restrided(input, kind, (*input.shape, 2), (*input.strides, kind.itemsize))


@op(lambda g, y, x: view_as_real(g), name="to_complex", register=False, method=False)
def _complex_of(x: Any) -> ndarray:
    return np.ascontiguousarray(x).view(complex_dtype(x.dtype))[..., 0]


@op(lambda g, y, x: view_as_real(g), view=True, method=False)
def view_as_complex(input: Any) -> ndarray:
    """Complex numbers from a last dim of size two; a view.  As torch.view_as_complex."""
    if input.dtype.kind != "f":
        raise RuntimeError("view_as_complex is only supported for half, float and double tensors, but got a tensor of "
                           f"scalar type: {type_name(input.dtype)}")
    if not input.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if input.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    item = input.dtype.itemsize
    if input.strides[-1] != item:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(s % (2 * item) for s in input.strides[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    if item == 2:
        raise NotImplementedError("view_as_complex of float16: NumPy has no complex type of that width")
    return input.view(complex_dtype(input.dtype))[..., 0]


# ------------------------------------------------------------------ a view of a tensor replaced

@op(lambda g, y, x, src, part: _placed(g, np.zeros((), g.dtype), part), lambda g, y, x, src, part: _taken(g, part),
    name="view_scatter", register=False, method=False, node=lambda x, src, part: part.node)
def _placed(input: Any, src: Any, part: Any) -> ndarray:
    """A copy of input whose view `part` is src."""
    y = np.array(input)
    part(y)[...] = src
    return y


_taken = op(lambda g, y, x, part: _placed(np.zeros(x.shape, g.dtype), g, part), name="view_copy", register=False,
            method=False)(lambda input, part: np.array(part(input)))


class _Part:
    """Which view of a tensor is meant: a function of arrays, named for the node."""
    __slots__ = ("of", "node")

    def __init__(self, of: Callable, node: str) -> None:
        self.of, self.node = of, node

    def __call__(self, x: ndarray) -> ndarray:
        return self.of(x)


# the first rule is torch's: it keeps what the calculus drops
@op(lambda g, y, x, src, part: _placed(np.zeros(x.shape, g.dtype), _taken(g, part), part),
    lambda g, y, x, src, part: _taken(g, part), name="as_strided_scatter", register=False, method=False)
def _strided_placed(input: Any, src: Any, part: Any) -> ndarray:
    """A copy of input, with all of the memory it lies in, whose layout `part` is src."""
    memory, start = _memory(input)
    y = ndarray(input.shape, input.dtype, memory.copy(), start, input.strides)
    part(y)[...] = src
    return y


def _scattered(name: str, input: Any, src: Any, of: Callable, written: Callable = _placed) -> Any:
    found = of(np.asarray(input))
    if tuple(src.shape) != found.shape:
        raise RuntimeError(f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, "
                           f"slice size = {list(found.shape)}")
    return written(input, src, _Part(of, f"{name}ScatterBackward0"))


@method()
def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy of `input` with src on a diagonal (see `diagonal`).  As torch.diagonal_scatter."""
    def of(x: ndarray) -> ndarray:
        return diagonal_of(x, offset, dim1, dim2)
    return _scattered("Diagonal", input, src, of)


@method()
def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy of `input` with src as slice number `index` of `dim`.  As torch.select_scatter."""
    return _scattered("Select", input, src, lambda x: select(x, dim, index))


@method()
@with_out
def slice_scatter(input: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None,
                  step: int = 1) -> Any:
    """A copy of `input` with src as the slices start:end:step of `dim`.  As torch.slice_scatter."""
    return _scattered("Slice", input, src, lambda x: x[_slice_of(x, dim, start, end, step)])


def _slice_of(x: ndarray, dim: int, start: int | None, end: int | None, step: int) -> tuple:
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    return (FULL,) * wrap_dim(operator.index(dim), x.ndim) + (slice(start, end, step),)


@method()
def as_strided_scatter(input: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """A copy of `input` with src at a layout of its memory (see `as_strided`).  As torch.as_strided_scatter."""
    size, stride = as_ints(size), as_ints(stride)
    return _scattered("AsStrided", input, src, lambda x: strided_view(x, size, stride, storage_offset),
                      _strided_placed)


@method()
def slice_inverse(input: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None,
                  step: int = 1) -> Any:
    """The tensor laid out like src of which `input` is the slice start:end:step; a view.  As torch.slice_inverse."""
    item = np.asarray(src).dtype.itemsize
    size = src.shape[wrap_dim(operator.index(dim), src.ndim)]
    first = slice(start, end, step).indices(size)[0]
    strides = tuple(s // item for s in np.asarray(src).strides)
    begin = _memory(np.asarray(input))[1] // input.dtype.itemsize - first * strides[wrap_dim(dim, src.ndim)]
    return as_strided(input, tuple(src.shape), strides, begin)


# ------------------------------------------------------------------ copies of views

def _copying(name: str, make: Callable, what: str) -> Callable:
    """A function that copies what a view function gives."""
    node = "".join(part.title() for part in name.split("_")[:-1]) + "Backward0_copy"
    dense = op(lambda g, y, x: g, name=name, register=False, method=False,
               node="NarrowCopyBackward0" if name == "narrow_copy" else node)(lambda input: np.array(input, order="C"))

    def run(input: Any, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is not None:
            return deliver(name, out, (input,), lambda: make(input, *args, **kwargs))
        found = make(input, *args, **kwargs)
        return tuple(map(dense, found)) if isinstance(found, tuple) else dense(found)
    run.__name__ = run.__qualname__ = name
    run.__doc__ = f"A copy of what `{what}` gives.  As torch.{name}."
    return run


def _slice(input: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    return input[_slice_of(input, dim, start, end, step)]


def _view_of(input: Any, size: Any = None, dtype: Any = None) -> Any:
    """What `view` gives; the copy can be made however the memory lies."""
    if isinstance(size, (tuple, list)) and dtype is None:
        return _reshape(input, size)
    return view(input, size, dtype=dtype)


def _narrow_of(input: Any, dim: int, start: int, length: int) -> Any:
    """`narrow` with the errors of torch.narrow_copy."""
    if dim >= input.ndim > 0:
        raise RuntimeError("Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false.  (Could "
                           "this error message be improved?  If so, please report an enhancement request to PyTorch.)")
    if length < 0:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({input.shape[dim]}).")
    return narrow(input, dim, start, length)


alias_copy = _copying("alias_copy", lambda input: input, "x")
as_strided_copy = _copying("as_strided_copy", as_strided, "as_strided")
detach_copy = op(no_derivative("derivative for aten::detach_copy is not implemented"), name="detach_copy",
                 register=False, method=False, node="NotImplemented")(lambda input: np.array(input, order="C"))
expand_copy = _copying("expand_copy", lambda input, size, *, implicit=False: expand(input, size), "expand")
narrow_copy = method()(_copying("narrow_copy", _narrow_of, "narrow"))
permute_copy = _copying("permute_copy", permute, "permute")
select_copy = _copying("select_copy", select, "select")
slice_copy = _copying("slice_copy", _slice, "x[start:end:step]")
split_copy = _copying("split_copy", split, "split")
split_with_sizes_copy = _copying("split_with_sizes_copy", split_with_sizes, "split_with_sizes")
squeeze_copy = _copying("squeeze_copy", squeeze, "squeeze")
t_copy = _copying("t_copy", t, "t")
transpose_copy = _copying("transpose_copy", transpose, "transpose")
unbind_copy = _copying("unbind_copy", unbind, "unbind")
unfold_copy = _copying("unfold_copy", unfold, "unfold")
unsqueeze_copy = _copying("unsqueeze_copy", unsqueeze, "unsqueeze")
view_copy = _copying("view_copy", _view_of, "view")
view_as_complex_copy = _copying("view_as_complex_copy", view_as_complex, "view_as_complex")
view_as_real_copy = _copying("view_as_real_copy", view_as_real, "view_as_real")
