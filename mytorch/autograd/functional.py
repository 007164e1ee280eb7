"""Derivatives of functions as values: jacobian, hessian, and their products with vectors.

Everything is made of `grad`.  A product with a jacobian from the left is one walk backward; from the right it is two:
the first gives v^T J as a function of v, which is linear, and the derivative of that with respect to v is J u.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from .._types import named_dtype
from ..engine.tensor import Tensor, plain
from ..ops.joining import stack
from .backward import grad
from .grad_mode import enable_grad

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

_INDEPENDENT = ("The output of the user-provided function is independent of input {i}. This is not allowed in strict "
                "mode.")
_CONSTANT = ("The jacobian of the user-provided function is independent of input {i}. This is not allowed in strict "
             "mode when create_graph=True.")


# ------------------------------------------------------------------ arguments

def _tuple_of(value: Any, what: str, name: str) -> tuple[bool, tuple]:
    """(whether it was a tuple, the tuple); raise unless it holds Tensors."""
    several = isinstance(value, tuple)
    values = value if several else (value,)
    for i, v in enumerate(values):
        if not isinstance(v, Tensor):
            where = f"value at index {i}" if several else f"given {what}"
            raise TypeError(f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the {where} "
                            f"has type {type(v)}.")
    return several, values


def _fresh(inputs: tuple, create_graph: bool) -> tuple:
    """The inputs as this function's own: under create_graph still connected to what they came from."""
    return tuple(x * 1 if create_graph and x.requires_grad else x.detach().requires_grad_() for x in inputs)


def _run(func: Callable, inputs: tuple, name: str, strict: bool) -> tuple[bool, tuple]:
    """(whether it returned a tuple, what it returned), recorded."""
    several, outputs = _tuple_of(func(*inputs), "outputs of the user-provided function", name)
    for i, y in enumerate(outputs):
        if strict and not y.requires_grad:
            raise RuntimeError(f"Output {i} of the user-provided function does not require gradients. The outputs must "
                               "be computed in a differentiable manner from the input when running in strict mode.")
    return several, outputs


def _scalar(outputs: tuple, several: bool, name: str) -> Tensor:
    if several:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if int(outputs[0].size) != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")
    return outputs[0].reshape(())


def _vectors(v: Any, like: tuple, several: bool, name: str, whose: str) -> tuple:
    """The vector(s) given to a product; ones where there is one number."""
    if v is None:
        if len(like) != 1 or int(like[0].size) != 1:
            raise RuntimeError(f"The vector v can only be None if {whose} a single Tensor with a single element.")
        return (_ones(like[0]),)
    _, vs = _tuple_of(v, "v", name)
    if len(vs) != len(like):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(vs)}." if several else
                           "The given v should contain a single Tensor.")
    for i, (u, x) in enumerate(zip(vs, like)):
        if u.shape != x.shape:
            entry = f"Entry {i} in " if several else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {x.shape} but got {u.shape}.")
    return vs


def _ones(x: Tensor) -> Tensor:
    return np.ones(x.shape, x.dtype).view(Tensor)


def _zeros(x: Tensor) -> Tensor:
    return np.zeros(x.shape, x.dtype).view(Tensor)


# ------------------------------------------------------------------ the walks all are made of

Examine = Callable[[int, Any], None]


def _pulled(outputs: tuple, inputs: tuple, vs: tuple, create_graph: bool, examine: Examine | None = None) -> tuple:
    """v^T J for every input; zeros where nothing depends on it, unless `examine(i, gradient or None)` raises."""
    on_tape = [(y, v) for y, v in zip(outputs, vs) if y.requires_grad]
    found: tuple = (None,) * len(inputs)
    if on_tape:
        ys, given = zip(*on_tape)
        found = grad(ys, inputs, given, retain_graph=True, create_graph=create_graph, allow_unused=True)
    if examine is not None:
        for i, g in enumerate(found):
            examine(i, g)
    return tuple(_zeros(x) if g is None else g for g, x in zip(found, inputs))


def _if_strict(strict: bool, text: str, recorded: str = "") -> Examine | None:
    """For `_pulled`: raise `text` about a gradient that is missing, `recorded` about one that is constant."""
    def examine(i: int, g: Any) -> None:
        if g is None or recorded and not g.requires_grad:
            raise RuntimeError((text if g is None else recorded).format(i=i))
    return examine if strict else None


def _pushed(outputs: tuple, inputs: tuple, vs: tuple, create_graph: bool, strict: bool) -> tuple:
    """J v for every output, by going backward twice."""
    us = tuple(_zeros(y).requires_grad_() for y in outputs)
    first = _pulled(outputs, inputs, us, True, _if_strict(strict, _INDEPENDENT))
    return _pulled(first, us, vs, create_graph, _if_strict(strict and create_graph, _CONSTANT, _CONSTANT))


def _given_back(values: tuple, several: bool, keep: bool = True) -> Any:
    values = values if keep else tuple(v.detach() for v in values)
    return values if several else values[0]


# ------------------------------------------------------------------ products

@enable_grad()
def vjp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """(func(inputs), v^T J): the jacobian at `inputs` times the vector v from the left.

    v: shaped as the outputs; may be left out when there is one number.  create_graph: the result can be differentiated.
    strict: raise RuntimeError when an output does not depend on an input.  As torch.autograd.functional.vjp.
    """
    several, xs = _tuple_of(inputs, "inputs", "vjp")
    xs = _fresh(xs, create_graph)
    many, ys = _run(func, xs, "vjp", strict)
    vs = _vectors(v, ys, many, "vjp", "the user-provided function returns")
    found = _pulled(ys, xs, vs, create_graph, _if_strict(strict, _INDEPENDENT, _CONSTANT * create_graph))
    return _given_back(ys, many, create_graph), _given_back(found, several, create_graph)


@enable_grad()
def jvp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """(func(inputs), J v): the jacobian at `inputs` times the vector v from the right.

    v: shaped as the inputs.  The rest as `vjp`.  As torch.autograd.functional.jvp.
    """
    several, xs = _tuple_of(inputs, "inputs", "jvp")
    xs = _fresh(xs, create_graph)
    vs = _vectors(v, xs, several, "jvp", "the input to the user-provided function is")
    many, ys = _run(func, xs, "jvp", strict)
    found = _pushed(ys, xs, vs, create_graph, strict)
    return _given_back(ys, many, create_graph), _given_back(found, many, create_graph)


_NOT_TWICE = ("While computing the hessian, found that the jacobian of the user-provided function with respect to "
              "input {i} is independent of the input. This is not allowed in strict mode. You should ensure that your "
              "function is twice differentiable and that the jacobian depends on the inputs (this would be violated by "
              "a linear function for example).")


def _gradient(func: Callable, inputs: Any, v: Any, create_graph: bool, strict: bool, name: str) -> tuple:
    """What the products with a hessian start from: the value, the inputs, the gradient, the vectors."""
    several, xs = _tuple_of(inputs, "inputs", name)
    xs = _fresh(xs, create_graph)
    vs = _vectors(v, xs, several, name, "the input to the user-provided function is")
    many, ys = _run(func, xs, name, strict)
    return several, ys[0], xs, _slopes(ys, many, xs, strict, name), vs


def _slopes(ys: tuple, several: bool, xs: tuple, strict: bool, name: str) -> tuple:
    """The gradient of the one number that a function gave, to be differentiated again."""
    y = _scalar(ys, several, name)
    return _pulled((y,), xs, (_ones(y),), True, _if_strict(strict, _NOT_TWICE, _NOT_TWICE))


@enable_grad()
def vhp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """(func(inputs), v^T H): the vector v times the hessian of a function that gives one number.

    As torch.autograd.functional.vhp.
    """
    several, y, xs, gradient, vs = _gradient(func, inputs, v, create_graph, strict, "vhp")
    found = _pulled(gradient, xs, vs, create_graph, _if_strict(strict, _NOT_TWICE))
    return _given_back((y,), False, create_graph), _given_back(found, several, create_graph)


@enable_grad()
def hvp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """(func(inputs), H v): the hessian of a function that gives one number, times the vector v.

    The hessian is symmetric where the function is twice continuously differentiable; then `vhp` gives the same for
    less.  As torch.autograd.functional.hvp.
    """
    several, y, xs, gradient, vs = _gradient(func, inputs, v, create_graph, strict, "hvp")
    found = _pushed(gradient, xs, vs, create_graph, False)
    return _given_back((y,), False, create_graph), _given_back(found, several, create_graph)


# ------------------------------------------------------------------ matrices

def _check_strategy(strategy: str, vectorize: bool, hint: str = "") -> None:
    assert strategy in ("forward-mode", "reverse-mode"), (
        f'Expected strategy to be either "forward-mode" or "reverse-mode".{hint}')
    if strategy == "forward-mode" and not vectorize:
        raise NotImplementedError("Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly "
                                  "implemented for `vectorize=True`.")


@enable_grad()
def jacobian(func: Callable, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
             strategy: str = "reverse-mode") -> Any:
    """J[i, j] = d func(inputs)_i / d inputs_j, shaped (*output.shape, *input.shape).

    Several outputs: a tuple with an entry for each; several inputs: tuples of these with an entry for each.

    Args:
        create_graph: the jacobian can be differentiated.
        strict: raise RuntimeError when an output does not depend on an input.
        vectorize: accepted as in torch; the rows are computed one by one all the same.
        strategy: "reverse-mode" goes backward once for each element of the outputs, "forward-mode" (twice) once for
            each element of the inputs.
    As torch.autograd.functional.jacobian.
    """
    _check_strategy(strategy, vectorize, ' Hint: If your function has more outputs than inputs, "forward-mode" tends '
                                         'to be more performant. Otherwise, prefer to use "reverse-mode".')
    if strict and vectorize:
        raise RuntimeError("torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported "
                           "together. Please either set `strict=False` or `vectorize=False`.")
    several, xs = _tuple_of(inputs, "inputs", "jacobian")
    xs = _fresh(xs, create_graph)
    many, ys = _run(func, xs, "jacobian", strict)
    for y in ys:
        if y.dtype.kind == "c":
            raise RuntimeError("grad can be implicitly created only for real scalar outputs but got "
                               f"{named_dtype(y.dtype)}")
    blocks = (_rows if strategy == "reverse-mode" else _columns)(ys, xs, create_graph, strict)
    found = tuple(_given_back(row, several, create_graph) for row in blocks)
    return found if many else found[0]


def _basis(x: Tensor) -> list[Tensor]:
    """Ones at one place of zeros, for every place."""
    eye = np.eye(int(x.size), dtype=x.dtype)
    return [row.reshape(x.shape).view(Tensor) for row in eye]


def _stacked(parts: list, shape: tuple, create_graph: bool, axis: int = 0) -> Tensor:
    """Gradients side by side, in the shape of a jacobian."""
    if not parts:
        raise RuntimeError("stack expects a non-empty TensorList")
    if create_graph:
        return stack(parts, axis).reshape(shape)
    return np.stack([plain(p) for p in parts], axis).reshape(shape).view(Tensor)


def _rows(ys: tuple, xs: tuple, create_graph: bool, strict: bool) -> list[tuple]:
    blocks = []
    for k, y in enumerate(ys):
        examine = _if_strict(strict, f"Output {k} of the user-provided function is independent of input {{i}}. This is "
                                     "not allowed in strict mode.", _CONSTANT * create_graph)
        rows = [_pulled((y,), xs, (one,), create_graph, examine) for one in _basis(y)]
        blocks.append(tuple(_stacked([row[i] for row in rows], (*y.shape, *x.shape), create_graph)
                            for i, x in enumerate(xs)))
    return blocks


def _columns(ys: tuple, xs: tuple, create_graph: bool, strict: bool) -> list[tuple]:
    zeros = tuple(map(_zeros, xs))
    columns = [[_pushed(ys, xs, (*zeros[:i], one, *zeros[i + 1:]), create_graph, strict) for one in _basis(x)]
               for i, x in enumerate(xs)]
    return [tuple(_stacked([column[k] for column in columns[i]], (*y.shape, *x.shape), create_graph, y.ndim)
                  for i, x in enumerate(xs)) for k, y in enumerate(ys)]


@enable_grad()
def hessian(func: Callable, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
            outer_jacobian_strategy: str = "reverse-mode") -> Any:
    """H[i, j] = d^2 func(inputs) / d inputs_i d inputs_j of a function that gives one number.

    Several inputs: a tuple of tuples, H of the i-th and the j-th.  Arguments as of `jacobian`.
    As torch.autograd.functional.hessian.
    """
    _check_strategy(outer_jacobian_strategy, vectorize)
    several, xs = _tuple_of(inputs, "inputs", "hessian")

    def gradient(*parts: Tensor) -> tuple:
        many, ys = _run(func, parts, "hessian", strict)
        return _slopes(ys, many, parts, strict, "hessian")

    found = jacobian(gradient, xs, create_graph=create_graph, strict=strict and not vectorize, vectorize=vectorize,
                     strategy=outer_jacobian_strategy)
    return found if several else found[0][0]
