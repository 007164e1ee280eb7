"""Sums, differences and products: the shortest way through the engine, and the first rows to read.

A row: the NumPy function, and per input the rule of its gradient.  `g` is the gradient of the result, `y` the result,
`a` and `b` the inputs.  Sums over broadcast axes, types and in-place forms are the engine's.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from .._warnings import warn
from ..engine.op import inplace_of, method, op, to_common
from ..engine.tensor import Tensor
from ._shared import alias, conjugate, is_bool, is_complex, takes

__all__ = ["add", "mul", "multiply", "rsub", "sub", "subtract"]


def _to_difference(arrays: list) -> None:
    """As to_common; bools have no difference."""
    bools = is_bool(arrays[0]) + is_bool(arrays[1])
    if bools == 2:
        raise RuntimeError("Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
                           "`logical_xor()` operator instead.")
    if bools:
        raise RuntimeError("Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to "
                           "invert a mask, use the `~` or `logical_not()` operator instead.")
    to_common(arrays)


_add = op(lambda g, y, a, b: g, lambda g, y, a, b: g,
          name="add", dunder="add", reflected="radd", promote=to_common, inplace=True)(np.add)
_sub = op(lambda g, y, a, b: g, lambda g, y, a, b: -g,
          name="sub", dunder="sub", promote=_to_difference, inplace=True)(np.subtract)
mul = op(lambda g, y, a, b: g * conjugate(b), lambda g, y, a, b: g * conjugate(a),
         name="mul", dunder="mul", reflected="rmul", promote=to_common, inplace=True)(np.multiply)


def _scaled(other: Any, alpha: Any, kind: np.dtype) -> Any:
    """alpha * other, where torch takes this alpha for a result of this type."""
    if isinstance(alpha, bool) and kind.kind != "b":
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if isinstance(alpha, float) and kind.kind in "iub":
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if is_complex(alpha) and kind.kind != "c":
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    return other * np.asarray(alpha).astype(kind)


@op(lambda g, y, a, b, alpha: g, lambda g, y, a, b, alpha: g * conjugate(alpha),
    name="add", promote=to_common, register=False, method=False)
def _add_scaled(input: Any, other: Any, alpha: Any = 1) -> Any:
    return np.add(input, _scaled(other, alpha, np.result_type(input, other)))


@op(lambda g, y, a, b, alpha: g, lambda g, y, a, b, alpha: -g * conjugate(alpha),
    name="sub", promote=_to_difference, register=False, method=False)
def _sub_scaled(input: Any, other: Any, alpha: Any = 1) -> Any:
    return np.subtract(input, _scaled(other, alpha, np.result_type(input, other)))


@op(lambda g, y, a, b, alpha: -g * conjugate(alpha), lambda g, y, a, b, alpha: g, name="rsub", method=False,
    promote=takes("rsub", "first", _to_difference), listed={"RsubBackward1": (0,)},
    node=lambda a, b, alpha: "RsubBackward0" if isinstance(b, np.ndarray) else "RsubBackward1")
def _rsub(input: Any, other: Any, alpha: Any = 1) -> Any:
    plainly = type(alpha) is int and alpha == 1
    return np.subtract(other, input if plainly else _scaled(input, alpha, np.result_type(input, other)))


def _alpha_first(name: str, other: Any, rest: tuple, alpha: Any) -> tuple[Any, Any]:
    """(other, alpha) of a call that may use torch's old order add(alpha, other)."""
    if not rest:
        return other, alpha
    warn(f"This overload of {name} is deprecated:\n\t{name}(Number alpha, Tensor other)\nConsider using one "
         f"of the following signatures instead:\n\t{name}(Tensor other, *, Number alpha = 1)")
    return rest[0], other


def _with_alpha(name: str, plainly: Callable, scaled: Callable, doc: str) -> tuple[Callable, Callable]:
    """The public function and the in-place method of an op with torch's `alpha`."""
    def run(input: Any, other: Any, *rest: Any, alpha: Any = 1, out: Any = None) -> Tensor:
        if not rest and type(alpha) is int and alpha == 1:
            return plainly(input, other) if out is None else plainly(input, other, out=out)
        return scaled(input, *_alpha_first(name, other, rest, alpha), out=out)

    def run_(input: Tensor, other: Any, *rest: Any, alpha: Any = 1) -> Tensor:
        if not rest and type(alpha) is int and alpha == 1:
            return write_plain(input, other)
        return write_scaled(input, *_alpha_first(name + "_", other, rest, alpha))

    write_plain, write_scaled = inplace_of(plainly.op), inplace_of(scaled.op)  # type: ignore[attr-defined]
    for fn, title in (run, name), (run_, name + "_"):
        fn.__name__ = fn.__qualname__ = title
        fn.__doc__ = doc if fn is run else f"In-place version of `{name}`."
        setattr(Tensor, title, fn)
    return run, run_


add = _with_alpha("add", _add, _add_scaled, "input + alpha * other.  As torch.add.")[0]
sub = _with_alpha("sub", _sub, _sub_scaled, "input - alpha * other.  As torch.sub.")[0]
multiply, subtract = alias("multiply", mul), alias("subtract", sub)


def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """other - alpha * input.  As torch.rsub."""
    return _rsub(input, other, alpha)


@method("__rsub__")
def _rsub_operator(self: Tensor, other: Any) -> Any:
    return _rsub(self, np.asarray(other) if isinstance(other, (list, tuple)) else other)
