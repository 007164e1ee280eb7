"""Form: the same numbers in another arrangement, most of them views.

A view op returns memory shared with its input wherever NumPy can; the engine sees to writes through it.
"""
# rules name ops that are declared after them:
# mypy: disable-error-code="has-type"
from __future__ import annotations

import operator
from typing import Any, Callable

import numpy as np

from .._types import as_dtype, type_name, wrap_dim
from .._warnings import warn, warn_once
from ..engine.op import apply, method, op
from ..engine.tensor import Tensor

__all__ = ["adjoint", "flatten", "moveaxis", "movedim", "permute", "ravel", "reshape", "squeeze", "swapaxes",
           "swapdims", "t", "transpose", "unflatten", "unsqueeze"]

ndarray = np.ndarray
_view = ndarray.view
AxisError = np.exceptions.AxisError


def as_ints(values: Any) -> tuple[int, ...]:
    """A tuple of ints from a shape, a list of dims or a single number."""
    return tuple(map(operator.index, values)) if isinstance(values, (tuple, list)) else (operator.index(values),)


# ------------------------------------------------------------------ reshape and view

def _shape_error(array: ndarray, shape: tuple[int, ...]) -> RuntimeError:
    """Why `array` cannot take this shape, in torch's words."""
    sizes = list(shape)
    for i, n in enumerate(sizes):
        if n < -1:
            return RuntimeError(f"invalid shape dimension {n} at index {i} of shape {sizes}")
    if sizes.count(-1) > 1:
        return RuntimeError("only one dimension can be inferred")
    if array.size == 0 and -1 in sizes and 0 in sizes:
        return RuntimeError(f"cannot reshape tensor of 0 elements into shape {sizes} because the unspecified dimension "
                            "size -1 can be any value and is ambiguous")
    return RuntimeError(f"shape '{sizes}' is invalid for input of size {array.size}")


def _reshape_name(x: ndarray, shape: Any) -> str:
    return "ViewBackward0" if x.flags.c_contiguous else "UnsafeViewBackward0"


@op(lambda g, y, x, shape: g.reshape(x.shape), view=True, variadic=1, node=_reshape_name, method=False)
def reshape(input: Any, shape: Any) -> Any:
    """`input` in another shape of as many elements; one size may be -1.  A view where the strides allow it.

    As torch.reshape.
    """
    return _reshaped(input, shape)


def _reshaped(x: ndarray, shape: Any) -> ndarray:
    try:
        for n in shape:
            if n < -1:  # NumPy takes any negative size for -1
                raise ValueError
        return x.reshape(shape)
    except (ValueError, TypeError):
        sizes = as_ints(shape)
    try:
        if min(sizes, default=0) >= -1:
            return x.reshape(sizes)
    except ValueError:
        pass
    raise _shape_error(x, sizes)


_RESHAPE = reshape.op  # type: ignore[attr-defined]


@method("reshape")
def _reshape_method(self: Tensor, *shape: Any, **named: Any) -> Tensor:
    """`x.reshape(2, 3)`, `x.reshape((2, -1))`; see `reshape`.  `order` is NumPy's."""
    if named:
        order = named.pop("order", "C")
        if order != "C":
            return np.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)  # type: ignore[return-value]
        return reshape(self, *shape, **named)
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        return apply(_RESHAPE, (self, shape[0]))
    if not shape:
        raise TypeError('reshape() missing 1 required positional arguments: "shape"')
    return apply(_RESHAPE, (self, shape))


@op(lambda g, y, x, shape: g.reshape(x.shape), view=True, name="view", register=False, method=False)
def _as_view(input: Any, shape: Any) -> Any:
    y = _reshaped(input, shape)
    if not input.flags.c_contiguous and y.size and not np.may_share_memory(y, input):
        raise RuntimeError("view size is not compatible with input tensor's size and stride (at least one dimension "
                           "spans across two contiguous subspaces). Use .reshape(...) instead.")
    return y


def _as_bits(input: ndarray, kind: np.dtype) -> ndarray:
    """The same bytes read as another type; the last dimension stretches or shrinks with the size of an element."""
    if input.dtype == kind:
        return input[...]
    old, new = input.dtype.itemsize, kind.itemsize
    if old == new:
        return input.view(kind)
    names = f"{type_name(input.dtype)} as {type_name(kind)} (different element sizes)"
    if not input.ndim:
        raise RuntimeError(f"self.dim() cannot be 0 to view {names}")
    if new > old and input.shape[-1] % (new // old):
        raise RuntimeError(f"self.size(-1) must be divisible by {new // old} to view {names}, but got "
                           f"{input.shape[-1]}")
    if input.strides[-1] != old and input.shape[-1] != 1:
        raise RuntimeError(f"self.stride(-1) must be 1 to view {names}, but got {input.strides[-1] // old}")
    for i, stride in enumerate(input.strides[:-1]):
        if new > old and stride % new:
            raise RuntimeError(f"self.stride({i}) must be divisible by {new // old} to view {names}, but got "
                               f"{stride // old}")
    return input.view(kind)


@method()
def view(self: Tensor, *shape: Any, dtype: Any = None, size: Any = None, type: Any = None) -> Any:
    """A view in another shape (`x.view(2, 3)`, `x.view((2, -1))`), or of the same bytes as another dtype.

    `x.view(np.ndarray)` and other array classes are NumPy's view.  As torch.Tensor.view.
    """
    first = shape[0] if shape else dtype if size is None else size
    if first is None:
        return _view(self, type if type is not None else Tensor)
    if isinstance(first, (int, np.integer)):
        return apply(_VIEW, (self, shape))
    if isinstance(first, (tuple, list)) and (not first or not isinstance(first[0], (tuple, str))):
        return apply(_VIEW, (self, first))
    if isinstance(first, ndarray):
        return apply(_VIEW, (self, as_ints(shape)))
    if isinstance(first, _class) and issubclass(first, ndarray):
        return _view(self, *shape)
    kind = as_dtype(first)
    if kind == self.dtype:
        return apply(_VIEW, (self, tuple(self.shape)))
    return _view(_as_bits(_view(self, ndarray), kind), Tensor if type is None else type)  # bits have no gradient


_class = type
_VIEW = _as_view.op  # type: ignore[attr-defined]


@method()
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """A view in the shape of `other`."""
    return apply(_VIEW, (self, tuple(other.shape)))


@method()
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """Reshaped like `other`."""
    return reshape(self, tuple(other.shape))


def flat_shape(shape: tuple[int, ...], start_dim: int, end_dim: int) -> tuple[int, ...]:
    """`shape` with the dims start_dim to end_dim merged to one."""
    start, end = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    count = 1
    for n in shape[start:end + 1]:
        count *= n
    return (*shape[:start], count, *shape[end + 1:])


@method()
def flatten(input: Any, start_dim: int = 0, end_dim: int = -1, *, order: str = "C") -> Any:
    """The dims from start_dim to end_dim merged into one; a view where possible.

    `order` (also given first: `x.flatten("F")`) is NumPy's.  As torch.flatten.
    """
    if isinstance(start_dim, str):
        start_dim, order = 0, start_dim
    if order not in "CA":
        input = ordered(input, order)
    if input.ndim == 1:
        flat_shape(input.shape, start_dim, end_dim)
        return input
    return reshape(input, flat_shape(tuple(input.shape), start_dim, end_dim))


def ordered(input: Any, order: str) -> Any:
    """`input` with its axes so arranged that reading it in C order is reading `input` in `order`."""
    if order not in "CFAK":
        raise ValueError(f"order must be one of 'C', 'F', 'A', or 'K' (got {order!r})")
    strides = input.strides
    if order == "K":
        return permute(input, sorted(range(input.ndim), key=lambda i: -abs(strides[i])))
    fortran = order == "F" or order == "A" and input.flags.f_contiguous and not input.flags.c_contiguous
    return permute(input, tuple(range(input.ndim))[::-1]) if fortran else input


@method()
def ravel(input: Any, order: str = "C") -> Any:
    """All elements in one dimension.  As torch.ravel."""
    tensor: Any = ordered(input, order) if order != "C" else input
    if input.ndim == 1 and not tensor.flags.c_contiguous:
        return tensor.copy()
    return flatten(tensor)


@method()
def unflatten(input: Any, dim: int, sizes: Any) -> Any:
    """One dim split into several of the given sizes, of which one may be -1.  As torch.unflatten."""
    dim, sizes = wrap_dim(operator.index(dim), input.ndim), as_ints(sizes)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    if not input.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    old, known = input.shape[dim], 1
    for n in sizes:
        known *= n if n != -1 else 1
    if sizes.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if known != old if -1 not in sizes else known == 0 or old % known:
        raise RuntimeError(f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} "
                           f"({old}) in the input tensor")
    sizes = tuple(old // known if n == -1 else n for n in sizes)
    return apply(_VIEW, (input, (*input.shape[:dim], *sizes, *input.shape[dim + 1:])))


# ------------------------------------------------------------------ dims of size one

def _squeeze_name(x: ndarray, dim: Any) -> str:
    return f"SqueezeBackward{0 if dim is None else 2 if isinstance(dim, (tuple, list)) else 1}"


@op(lambda g, y, x, dim: g.reshape(x.shape), view=True, node=_squeeze_name, variadic=-1)
def squeeze(input: Any, dim: Any = None) -> Any:
    """Without the dims of size one: all of them, or those in `dim`.  As torch.squeeze."""
    if dim is None:
        return input.squeeze()
    dims = [wrap_dim(d, input.ndim) for d in as_ints(dim)]
    for d in dims:
        if dims.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return input.reshape(tuple(n for i, n in enumerate(input.shape) if n != 1 or i not in dims))


@op(lambda g, y, x, dim: g.reshape(x.shape), view=True)
def unsqueeze(input: Any, dim: int) -> Any:
    """A new dim of size one at `dim`.  As torch.unsqueeze."""
    return input[(slice(None),) * wrap_dim(operator.index(dim), input.ndim + 1) + (None,)]


# ------------------------------------------------------------------ order of the dims

@op(lambda g, y, x, dim0, dim1: transpose(g, dim0, dim1) if dim1 is not None else
    transpose(g, tuple(np.argsort([d % len(dim0) for d in dim0]))), view=True, method=False)
def transpose(input: Any, dim0: Any, dim1: int | None = None) -> Any:
    """Two dims exchanged.  As torch.transpose; with a tuple of all dims, and no more, as numpy.transpose."""
    if dim1 is None:
        if not isinstance(dim0, (tuple, list)):
            raise TypeError('transpose() missing 1 required positional arguments: "dim1"')
        return input.transpose(dim0)
    try:
        return input.swapaxes(dim0, dim1)
    except AxisError:
        wrap_dim(dim0, input.ndim), wrap_dim(dim1, input.ndim)
        return input[...]


@method("transpose")
def _transpose(self: Tensor, *dims: Any, **names: Any) -> Tensor:
    """`x.transpose(dim0, dim1)` exchanges two dims; any other number of dims is NumPy's permutation."""
    if len(dims) == 2 or names:
        return transpose(self, *dims, **names)
    if not dims or dims[0] is None:
        return permute(self, tuple(range(self.ndim))[::-1])
    return permute(self, *dims)


@op(lambda g, y, x: t(g), view=True, node="TBackward0")
def t(input: Any) -> Any:
    """The transposed matrix; fewer dims stay as they are.  As torch.t."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return input.T


@method()
def swapaxes(input: Any, axis0: int, axis1: int) -> Any:
    """Two dims exchanged: `transpose` under NumPy's name."""
    return transpose(input, axis0, axis1)


@method()
def swapdims(input: Any, dim0: int, dim1: int) -> Any:
    """Two dims exchanged: `transpose` under another name."""
    return transpose(input, dim0, dim1)


def inverse(order: Any) -> tuple[int, ...]:
    """The permutation that undoes `order`."""
    count = len(order)
    undo = [0] * count
    for i, d in enumerate(order):
        undo[d % count] = i
    return tuple(undo)


@op(lambda g, y, x, dims: permute(g, inverse(dims)), view=True, variadic=1)
def permute(input: Any, dims: Any) -> Any:
    """The dims in another order.  As torch.permute."""
    try:
        return input.transpose(tuple(dims))
    except (ValueError, TypeError):
        dims = as_ints(dims)
        if len(dims) != input.ndim:
            raise RuntimeError(
                "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
                f"desired ordering of dimensions i.e. input.dim() = {input.ndim} is not equal to len(dims) = "
                f"{len(dims)}") from None
        if len({wrap_dim(d, input.ndim) for d in dims}) != len(dims):
            raise RuntimeError("permute(): duplicate dims are not allowed.") from None
        return input.transpose(dims)


_PERMUTE = permute.op  # type: ignore[attr-defined]


def moved(ndim: int, source: Any, destination: Any) -> list[int]:
    """The order of dims that brings those in `source` to where `destination` says, the others in order."""
    source, destination = as_ints(source), as_ints(destination)
    if len(source) != len(destination):
        raise RuntimeError(f"movedim: Invalid source or destination dims: source ({list(source)} dims) should contain "
                           f"the same number of dims as destination ({list(destination)} dims)")
    at, to = [wrap_dim(d, ndim) for d in source], [wrap_dim(d, ndim) for d in destination]
    for name, dims, said in (("source", at, source), ("destination", to, destination)):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(said)})")
    order = [d for d in range(ndim) if d not in at]
    for where, d in sorted(zip(to, at)):
        order.insert(where, d)
    return order


@method()
def movedim(input: Any, source: Any, destination: Any) -> Any:
    """The dims `source` moved to the places `destination`, the others in their order.  As torch.movedim."""
    if not input.ndim:
        moved(0, source, destination)
        return input
    return permute(input, moved(input.ndim, source, destination))


@method()
def moveaxis(input: Any, source: Any, destination: Any) -> Any:
    """`movedim` under NumPy's name."""
    return movedim(input, source, destination)


def _turned(name: str, dims: Callable[[int], str | None], turn: Callable) -> property:
    """A property such as `x.mT`; `dims` gives the complaint about a wrong number of dims."""
    def read(self: Tensor) -> Tensor:
        wrong = dims(self.ndim)
        if wrong:
            raise RuntimeError(f"tensor.{name} is only supported on {wrong} Got {self.ndim}-D tensor."
                               + " For batches of matrices, consider using tensor.mH" * (name == "H" and self.ndim > 2))
        if not self.ndim:
            warn(f"Tensor.{name} is deprecated on 0-D tensors. " + (
                "Consider using x.conj()." if "H" in name else "This function is the identity in these cases."))
        return turn(self)
    return property(read)


def _reversed(self: Tensor) -> Tensor:
    if not self.ndim:
        warn("Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.")
    elif self.ndim != 2:
        warn("The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and "
             "it will throw an error in a future release. Consider `x.mT` to transpose batches of matrices "
             "or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.")
    return apply(_PERMUTE, (self, tuple(range(self.ndim))[::-1]))


@method()
def adjoint(input: Any) -> Any:
    """The conjugate transpose of the matrices in the last two dims.  As torch.adjoint."""
    if input.ndim == 1:
        raise RuntimeError("tensor.adjoint() is only supported on matrices or batches of matrices. Got 1-D tensor.")
    if not input.ndim:
        warn_once("adjoint() is deprecated on 0-D tensors. Consider using x.conj().")
    return _adjoint(input)


def _batches(ndim: int) -> str | None:
    return "matrices or batches of matrices." if ndim == 1 else None


def _swapped(self: Tensor) -> Tensor:
    return transpose(self, -2, -1) if self.ndim else self


def _adjoint(self: Any) -> Any:
    return np.conj(_swapped(self)) if self.dtype.kind == "c" else _swapped(self)


Tensor.T = property(_reversed)  # type: ignore[assignment, method-assign]
Tensor.mT = _turned("mT", _batches, _swapped)  # type: ignore[assignment, method-assign]
Tensor.mH = _turned("mH", _batches, _adjoint)  # type: ignore[attr-defined]
Tensor.H = _turned("H", lambda n: None if n in (0, 2) else "matrices (2-D tensors).",  # type: ignore[attr-defined]
                   _adjoint)
