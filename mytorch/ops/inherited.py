"""What Tensor inherits from ndarray and torch does not have: recorded, about the data only, or refused.

ndarray's C methods go by both of NumPy's doors, so each of them would lose the gradient in silence.  Here are the
decisions about those that no other file of ops/ takes.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from .._warnings import warn
from ..engine.face import FUNCTIONS
from ..engine.op import apply, as_array, check_writable, method, numpy_face, op, placed, wrote
from ..engine.tape import mode, ndarray
from ..engine.tensor import Tensor, plain, tensor_of, wants_gradient
from .conversion import copy_, fill_

__all__: list[str] = []

_view = ndarray.view


# ------------------------------------------------------------------ recorded

def _chosen(g: Any, y: Any, needs: Any, choices: list, index: Any, mode: str) -> list:
    """The gradient of each choice: `g` where it was the one."""
    places = _in_range(index, len(choices), mode)
    return [np.where(places == i, g, np.zeros_like(g)) if wanted else None for i, wanted in enumerate(needs)]


def _in_range(index: ndarray, count: int, mode: str) -> ndarray:
    return index % count if mode == "wrap" else np.clip(index, 0, count - 1) if mode == "clip" else index


@op(joint=_chosen, sequence=True, name="choose", register=False, method=False)
def _choose(choices: list, index: ndarray, mode: Any) -> ndarray:
    """choices[index[i]][i] for every place i."""
    return np.choose(index, choices, mode=mode)


@method()
@numpy_face(np.choose)
def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    """From several arrays, at each place the element of the one that `a` names there.  As numpy.choose."""
    choices = list(map(as_array, choices))
    return placed(tensor_of(apply(_choose.op, (choices, plain(np.asarray(a)), mode))), out)  # type: ignore


@method()
def compress(self: Any, condition: Any, axis: int | None = None, out: Any = None) -> Any:
    """The elements (along `axis`; else of the flattened tensor) where the condition holds.  As numpy.compress."""
    if axis is None:
        self, axis = self.reshape(-1), 0
    kept = np.flatnonzero(np.asarray(plain(condition)))
    return placed(self[(slice(None),) * (axis % self.ndim) + (kept,)], out)


@numpy_face(np.compress)
def _compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    return compress(tensor_of(np.asarray(a)) if not isinstance(a, Tensor) else a, condition, axis, out)


def _partitioned(x: Tensor, kth: Any, axis: int, kind: Any, order: Any) -> Tensor:
    if order is not None:
        raise NotImplementedError("partition: order= is for structured arrays")
    places = np.argpartition(_view(x, ndarray), kth, axis, kind)
    return x.gather(axis, tensor_of(places))  # type: ignore[attr-defined]


@method()
def partition(self: Tensor, kth: Any, axis: int = -1, kind: Any = "introselect", order: Any = None) -> None:
    """In place: the kth smallest at its sorted place, the smaller before, the others after.  As ndarray.partition."""
    copy_(self, _partitioned(self, kth, axis, kind, order))


@numpy_face(np.partition)
def _partition(a: Any, kth: Any, axis: int | None = -1, kind: Any = "introselect", order: Any = None) -> Tensor:
    return _partitioned(a.reshape(-1) if axis is None else a, kth, -1 if axis is None else axis, kind, order)


@method()
def fill(self: Tensor, value: Any) -> None:
    """NumPy's `fill_`, which returns nothing."""
    fill_(self, value.reshape(()) if isinstance(value, ndarray) else value)


@method()
def conjugate(self: Tensor) -> Tensor:
    """NumPy's spelling of `conj`."""
    return self.conj()


@method()
def resize(self: Any, *sizes: Any) -> Tensor:
    """torch's old out-of-place resize: another shape of as many elements, copied if it must be."""
    warn("non-inplace resize is deprecated")
    shape = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else sizes
    if int(np.prod(shape)) != int(self.size):
        wanted, have = "x".join(map(str, shape)), "x".join(map(str, self.shape))
        raise RuntimeError(
            f"requested resize to {wanted} ({int(np.prod(shape))} elements in total), but the given tensor has a size "
            f"of {have} ({int(self.size)} elements). autograd's resize can only change the shape of a given tensor, "
            "while preserving the number of elements. ")
    return self.reshape(tuple(shape))


@method()
def resize_as(self: Any, tensor: Tensor) -> Tensor:
    """torch's old out-of-place resize_as: in the shape of `tensor`."""
    warn("non-inplace resize_as is deprecated")
    return self.reshape(tuple(tensor.shape))


@method()
def __divmod__(self: Any, other: Any) -> Any:
    """(self // other, self % other)."""
    return self // other, self % other


@method()
def __rdivmod__(self: Any, other: Any) -> Any:
    """(other // self, other % self)."""
    return other // self, other % self


@method()
def __reversed__(self: Any) -> Any:
    """The slices along the first dim, last first."""
    return self.flip(0) if self.ndim else self


@method()
def __imatmul__(self: Any, other: Any) -> Any:
    """x @= y is x = x @ y, as in torch: NumPy would write into x."""
    return NotImplemented


# ------------------------------------------------------------------ about the data only

def _off_the_tape(name: str, *values: Any) -> None:
    """What follows does not record; so no gradient may be wanted."""
    if mode.grad and wants_gradient(values):
        raise TypeError(f"{name} has no gradient, and the tensor requires grad. Call it on x.detach() (numbers) or "
                        "x.numpy().")


@method()
def argpartition(self: Tensor, kth: Any, axis: int | None = -1, kind: Any = "introselect", order: Any = None) -> Any:
    """Indices that would partition the tensor.  As ndarray.argpartition."""
    return tensor_of(np.argpartition(_view(self, ndarray), kth, axis, kind, order))


@method()
def searchsorted(self: Tensor, v: Any, side: Any = "left", sorter: Any = None) -> Any:
    """Where `v` would go into this sorted tensor.  As ndarray.searchsorted; torch's is mytorch.searchsorted."""
    return tensor_of(_view(self, ndarray).searchsorted(plain(v), side, plain(sorter)))


def _flat(self: Tensor) -> Any:
    """An iterator over the numbers; assigning writes them."""
    _off_the_tape("x.flat", self)
    return _view(self, ndarray).flat


def _set_flat(self: Tensor, values: Any) -> None:
    copy_(self, np.resize(values, self.shape) if not isinstance(values, Tensor) else values.reshape(self.shape))


Tensor.flat = property(_flat, _set_flat)  # type: ignore[assignment,misc]


def _set_strides(self: Tensor, value: Any) -> None:
    raise TypeError("the strides of a Tensor cannot be set: use x.as_strided(size, stride), which makes a new view")


Tensor.strides = property(ndarray.strides.__get__, _set_strides)  # type: ignore[assignment,attr-defined]


def _of_bytes(name: str) -> None:
    """byteswap and getfield read other numbers out of the same bytes: no gradient is thinkable."""
    inherited = getattr(ndarray, name)

    def read(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        _off_the_tape(f"x.{name}()", self)
        return tensor_of(inherited(_view(self, ndarray), *args, **kwargs))
    read.__name__ = read.__qualname__ = name
    read.__doc__ = f"As ndarray.{name}; refused for a tensor that requires grad."
    setattr(Tensor, name, read)


_of_bytes("getfield")


# ------------------------------------------------------------------ NumPy's functions that write into an array

def _writing(function: Callable) -> None:
    """They run on the memory, and the tape is told; where a gradient is involved they are refused."""
    def run(target: Any, *args: Any, **kwargs: Any) -> None:
        _off_the_tape(f"np.{function.__name__}", (target, *args, *kwargs.values()))
        if isinstance(target, Tensor):
            check_writable(target)
        function(plain(target), *plain(args), **plain(kwargs))
        if isinstance(target, Tensor):
            wrote(target)
    numpy_face(function)(run)


for _function in (np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis):
    if _function not in FUNCTIONS:
        _writing(_function)


@numpy_face(np.copyto)
def _copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """x.copy_ in NumPy's spelling; recorded."""
    if not isinstance(dst, Tensor):
        _off_the_tape("np.copyto to a plain array", src, where)
        np.copyto(dst, plain(src), casting, plain(where))
        return
    source = src if isinstance(src, ndarray) else np.asarray(src, dst.dtype)
    if not np.can_cast(source.dtype, dst.dtype, casting):
        raise TypeError(f"Cannot cast array data from {source.dtype!r} to {dst.dtype!r} according to the rule "
                        f"'{casting}'")
    copy_(dst, source if where is True else np.where(where, source, dst))


# ------------------------------------------------------------------ refused

def _refused(name: str, instead: str) -> None:
    def refuse(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"Tensor.{name} is refused: {instead}")
    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = f"Refused: {instead}"
    setattr(Tensor, name, refuse)


_refused("byteswap", "a tensor has the machine's byte order; use x.numpy().byteswap() on its memory")
_refused("setfield", "it would write bytes behind the tape; use x[...] = value, or x.numpy().setfield(...)")
