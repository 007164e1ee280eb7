"""Tensors that change their own form: `x.t_()`, `x.squeeze_()`, `x.resize_()`."""
from __future__ import annotations

import warnings
from typing import Any, Callable

import numpy as np

from .._types import contiguous_format, preserve_format
from ..engine.face import replace_memory
from ..engine.op import check_writable, method, op
from ..engine.tape import mode, wrote
from ..engine.tensor import Tensor, edge
from .shape import as_ints, squeeze, t, transpose, unsqueeze
from .strided import as_strided

__all__ = ["as_strided_", "resize_as_"]

ndarray = np.ndarray
_view = ndarray.view
_set_shape = ndarray.shape.__set__  # type: ignore[attr-defined]
_set_strides = ndarray.strides.__set__  # type: ignore[attr-defined]


def take_form(x: Tensor, form: ndarray) -> None:
    """Give x, the very object, the shape and strides of `form`, a view of x that begins where x does."""
    if form.__array_interface__["data"][0] != x.__array_interface__["data"][0]:
        raise NotImplementedError("a tensor cannot be made to begin elsewhere in its memory; use as_strided, the view")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # NumPy offers no other way to do it in place
        _set_strides(x, (0,) * x.ndim)  # with strides of zero every shape of as many elements fits
        _set_shape(x, form.shape)
        _set_strides(x, form.strides)


def _in_place(name: str, function: Callable, node: Any) -> Callable:
    """The method that gives a tensor the form of function(tensor); `node` is the name of its node."""
    formed = op(*function.op.rules, view=True, name=name, register=False, method=False,  # type: ignore[attr-defined]
                node=node)(function.op.forward)  # type: ignore[attr-defined]

    several = function.op.variadic is not None  # type: ignore[attr-defined]

    def run(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check_writable(self)
        if several and len(args) > 1:
            args = (args,)
        try:
            y = formed(self, *args, **kwargs)
        except RuntimeError as error:
            raise RuntimeError(str(error).replace(f"{function.__name__}() expects", f"{name}() expects")) from None
        take_form(self, _view(y, ndarray))
        if mode.grad and y._node is not None:
            self._node = y._node
        wrote(self)
        return self
    run.__name__ = run.__qualname__ = name
    run.__doc__ = f"`{function.__name__}`, of the tensor itself."
    return method(name)(run)


def _squeeze_name(x: ndarray, dim: Any) -> str:
    return f"SqueezeBackward{3 if dim is None else 5 if isinstance(dim, (tuple, list)) else 4}"


squeeze_ = _in_place("squeeze_", squeeze, _squeeze_name)
unsqueeze_ = _in_place("unsqueeze_", unsqueeze, "UnsqueezeBackward1")
t_ = _in_place("t_", t, "TBackward1")
transpose_, swapaxes_, swapdims_ = (_in_place(name, transpose, "TransposeBackward1") for name in (
    "transpose_", "swapaxes_", "swapdims_"))


@method()
def as_strided_(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """`as_strided`, of the tensor itself.  As torch.Tensor.as_strided_.

    When it does not begin where it began, or changes its number of elements, it moves to memory of its own.
    """
    check_writable(input)
    form = as_strided(input, size, stride, storage_offset)
    node, array = form._node, _view(form, ndarray)
    if form.size == input.size and array.__array_interface__["data"][0] == input.__array_interface__["data"][0]:
        take_form(input, array)
    else:
        replace_memory(input, np.array(array))
    if mode.grad and node is not None:
        input._node = node
    wrote(input)
    return input


@method()
def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """Another shape, also of another number of elements: the first ones are kept, new ones uninitialised.

    As torch.Tensor.resize_.
    """
    if memory_format not in (None, contiguous_format, preserve_format):
        raise NotImplementedError(f"resize_(memory_format={memory_format})")
    if mode.grad and edge(self) is not None:
        raise RuntimeError("cannot resize variables that require grad")
    shape = as_ints(sizes[0] if len(sizes) == 1 else sizes)
    old = _view(self, ndarray).reshape(-1)
    count = int(np.prod(shape, dtype=np.int64))
    if count == old.size and _view(self, ndarray).flags.c_contiguous:
        take_form(self, _view(self, ndarray).reshape(shape))
        return self
    new = np.zeros(count, self.dtype)
    kept = min(count, old.size)
    new[:kept] = old[:kept]
    replace_memory(self, new.reshape(shape))
    return self


@method()
def resize_as_(input: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """`resize_` to the shape of another tensor.  As torch.Tensor.resize_as_."""
    return resize_(input, tuple(the_template.shape), memory_format=memory_format)
