"""Writing in place: how one kernel becomes an op, a function, a method and an in-place method; and writing by mask."""
# rules name ops that are declared after them:
# mypy: disable-error-code="has-type"
from __future__ import annotations

import functools
from typing import Any, Callable

import numpy as np

from .._types import type_name
from ..engine.op import _into, apply, check_apart, check_writable, op, write
from ..engine.overlap import check_places, each_place
from ..engine.tape import mode, wrote
from ..engine.tensor import Tensor, edge, plain, unseen
from .assigning import number_for, recorded
from .broadcasting import common_shape
from .gathering import check_mask, masked_select

__all__ = ["masked_fill", "masked_scatter"]

ndarray = np.ndarray
_view = ndarray.view


# ------------------------------------------------------------------ from a kernel to its spellings

def written(kernel: Callable, *rules: Any, name: str, grow: Callable | None = None, **options: Any) -> Any:
    """The op that runs `kernel(y, *rest)` on a copy of its input; grow(input, *rest) is the shape of that copy."""
    names = ("input", *kernel.__code__.co_varnames[1:kernel.__code__.co_argcount])

    def forward(input: ndarray, *rest: Any) -> ndarray:
        if grow is None:
            y = np.array(input, order="C")
        else:
            y = np.empty(grow(input, *rest), input.dtype)
            y[...] = input
        kernel(y, *rest)
        return y
    return op(*rules, name=name, names=names, register=False, method=False, **options)(forward)


def spelled(written: Any, kernel: Callable) -> Callable:
    """Decorates `arguments(input, ...)`, which brings what the user gave to the kernel's form; makes of it the
    function, the method and the in-place method."""
    def attach(arguments: Callable) -> Callable:
        @functools.wraps(arguments)
        def function(input: Any, *args: Any, out: Any = None, **kwargs: Any) -> Any:
            given = (input, *arguments(input, *args, **kwargs))
            return apply(written.op, given) if out is None else _into(written.op, out, given)

        @functools.wraps(arguments)
        def in_place(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
            return put_through(written, kernel, input, arguments(input, *args, **kwargs))
        in_place.__name__ = in_place.__qualname__ = arguments.__name__ + "_"
        setattr(Tensor, arguments.__name__, function)
        setattr(Tensor, in_place.__name__, in_place)
        return function
    return attach


def put_through(written: Any, kernel: Callable, x: Tensor, rest: tuple) -> Tensor:
    """Run the kernel on the memory of x; by way of the op where gradients flow."""
    check_writable(x)
    name, array = written.op.name, _view(x, ndarray)
    if name in _ANY_PLACE:
        array = each_place(array, name)
    else:
        check_places(array)
    check_apart(name, x, rest, 1)
    if mode.grad and (recorded(x, None) or any(isinstance(v, Tensor) and edge(v) is not None for v in rest)):
        return write(x, apply(written.op, (x, *rest)))
    kernel(array, *map(plain, rest))
    if not unseen(x):
        wrote(x)
    return x


#: These write to expanded tensors too.
_ANY_PLACE = ("masked_fill", "index_fill", "index_put")


def on_flat(y: ndarray, work: Callable) -> None:
    """work(y in one dim), also when y's memory is not contiguous."""
    if y.flags.c_contiguous:
        work(y.reshape(-1))
    else:
        copy = np.array(y, order="C")
        work(copy.reshape(-1))
        y[...] = copy


padded = op(lambda g, y, part, shape: g[tuple(map(slice, part.shape))], name="pad_zeros", register=False,
             method=False)(lambda part, shape: _in_corner(part, shape))


def _in_corner(part: ndarray, shape: tuple) -> ndarray:
    whole = np.zeros(shape, part.dtype)
    if part.size:
        whole[tuple(map(slice, part.shape))] = part
    return whole


# ------------------------------------------------------------------ by mask

_MASK_NAMES = {"uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
               "int64": "long int", "float32": "float", "float64": "double"}


def _both(x: ndarray, mask: ndarray) -> tuple:
    """The shape that x and the mask broadcast to."""
    return x.shape if mask.shape == x.shape else common_shape([mask.shape, x.shape])


def _masked_fill_kernel(y: ndarray, mask: ndarray, value: Any) -> None:
    check_mask(mask, "masked_fill_ only supports boolean masks, but got mask with dtype "
               + _MASK_NAMES.get(mask.dtype.name, mask.dtype.name))
    if not isinstance(value, ndarray):
        value = number_for(value, y.dtype)
    elif value.dtype.kind == "c" and y.dtype.kind != "c":
        number_for(value.item(), y.dtype)
    elif value.ndim:
        raise RuntimeError("masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                           f"{value.ndim} dimension(s).")
    if mask.shape != y.shape:
        if common_shape([mask.shape, y.shape]) != y.shape:
            raise RuntimeError(f"output with shape {list(y.shape)} doesn't match the broadcast shape "
                               f"{list(common_shape([mask.shape, y.shape]))}")
    np.copyto(y, value, where=mask, casting="unsafe")


_masked_fill = written(_masked_fill_kernel, lambda g, y, x, mask, value: _masked_fill(g, mask, 0), None,
                        lambda g, y, x, mask, value: masked_select(g, mask).sum(), name="masked_fill",
                        grow=lambda x, mask, value: _both(x, mask), node=lambda x, mask, value:
                        "MaskedFillBackward" + ("1" if isinstance(value, ndarray) else "0"),
                        listed={"MaskedFillBackward0": (0,)})


@spelled(_masked_fill, _masked_fill_kernel)
def masked_fill(input: Any, mask: Any, value: Any) -> tuple:
    """`value`, a number or 0-d tensor, where `mask`, which broadcasts with `input`, is True.  As torch.masked_fill."""
    return mask, value


def _masked_scatter_kernel(y: ndarray, mask: ndarray, source: ndarray) -> None:
    check_mask(mask, f"masked_scatter_ only supports boolean masks, but got mask with dtype {type_name(mask.dtype)}")
    if source.dtype != y.dtype:
        raise RuntimeError("masked_scatter: expected self and source to have same dtypes but got"
                           f"{type_name(y.dtype)} and {type_name(source.dtype)}")
    where = np.broadcast_to(mask, y.shape)
    count = int(np.count_nonzero(where))
    if source.size < count:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    y[where] = source.reshape(-1)[:count]


_masked_scatter = written(
    _masked_scatter_kernel, lambda g, y, x, mask, source: _masked_fill(g, mask, 0), None,
    lambda g, y, x, mask, source: padded(masked_select(g, mask), (source.size,)).reshape(source.shape),
    name="masked_scatter", grow=lambda x, mask, source: _both(x, mask))


@spelled(_masked_scatter, _masked_scatter_kernel)
def masked_scatter(input: Any, mask: Any, source: Any) -> tuple:
    """The elements where `mask` is True replaced by those of source, in order.  As torch.masked_scatter."""
    return mask, source
