"""Gradients and jacobians of functions, as functions: they can be nested in one another to any depth.

An input that requires grad already belongs to a transform further out, or to the user: its copy stays connected to it.
What is given back is connected only to what lies further out, never to the inputs of the transform itself.
"""
from __future__ import annotations

import functools
from typing import Any, Callable

from .._types import is_inexact, named_dtype
from ..autograd.functional import _columns, _ones, _pulled, _pushed, _rows
from ..autograd.grad_mode import enable_grad
from ..engine.tape import Leaf, mode, target
from ..engine.tensor import Tensor, edge
from ._tree import Spec, flatten, tree_map, unflatten

__all__ = ["grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize", "vjp"]


class _Level:
    """The inputs of one transform, as its own tensors, and what is known of them."""

    def __init__(self, tensors: list) -> None:
        for x in tensors:
            if not isinstance(x, Tensor):
                raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
        self.recorded = mode.grad       # whether somebody further out may differentiate what we give back
        with enable_grad():
            self.inputs = tuple(x * 1 if x.requires_grad else x.detach().requires_grad_() for x in tensors)
        self.leaves = {id(edge(x)) for x in self.inputs if type(edge(x)) is Leaf}

    def leads_out(self, tensors: Any) -> bool:
        """Whether what is computed of `tensors` is to be recorded for somebody further out."""
        if not self.recorded:
            return False
        todo = [edge(t) for t in tensors if isinstance(t, Tensor)]
        seen: set[int] = set()
        while todo:
            place = todo.pop()
            if place is None:
                continue
            node = target(place)[0]
            if id(node) in seen:
                continue
            seen.add(id(node))
            if type(node) is Leaf and id(node) not in self.leaves:
                return True
            todo += node.parents
        return False

    def given_back(self, tree: Any) -> Any:
        """The tensors in `tree` off this transform's tape."""
        return tree_map(lambda t: t.detach() if isinstance(t, Tensor) and t.requires_grad and not self.leads_out([t])
                        else t, tree)


def _argnums(argnums: Any, count: int) -> tuple[int, ...]:
    """The chosen positions, each counted from the front.  Raises RuntimeError for what names no position."""
    chosen = (argnums,) if isinstance(argnums, int) else argnums
    if not isinstance(chosen, tuple) or not all(isinstance(i, int) for i in chosen):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if not chosen:
        raise RuntimeError("argnums must be non-empty")
    if len(set(chosen)) != len(chosen):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    for i in chosen:
        if not -count <= i < count:
            raise RuntimeError(f"Got argnum={i}, but only {count} positional inputs")
    return tuple(i % count for i in chosen)


def _entered(args: tuple, argnums: Any) -> tuple[_Level, list, Spec]:
    """The level of the chosen arguments; all arguments with these replaced; how the chosen ones look."""
    places = _argnums(argnums, len(args))
    chosen = args[places[0]] if isinstance(argnums, int) else tuple(args[i] for i in places)
    leaves, spec = flatten(chosen)
    level = _Level(leaves)
    own = unflatten(level.inputs, spec)
    replaced = list(args)
    for i, value in zip(places, (own,) if isinstance(argnums, int) else own):
        replaced[i] = value
    return level, replaced, spec


def _two(found: Any, has_aux: bool, name: str) -> tuple[Any, Any]:
    """(output, auxiliary output) of a function's result."""
    if not has_aux:
        return found, None
    if not (isinstance(found, tuple) and len(found) == 2):
        raise RuntimeError(f"{name}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return found


def _tensors(value: Any, name: str) -> tuple[list, Spec]:
    """The results of a function, taken apart.  Raises RuntimeError for one that is no Tensor."""
    leaves, spec = flatten(value)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"{name}: expected f(*primals) to return only tensors, got unsupported type "
                               f"{type(leaf)}")
    return leaves, spec


# ------------------------------------------------------------------ gradients

def grad_and_value(func: Callable, argnums: Any = 0, has_aux: bool = False) -> Callable:
    """A function of the same arguments that gives (gradient, value) of `func`, which gives one number.

    Args:
        argnums: position(s) to differentiate by; the gradient looks like the argument, or is a tuple of such.
        has_aux: func gives (value, aux); the result is then (gradient, (value, aux)).
    As torch.func.grad_and_value.
    """
    name = "grad_and_value(f)(*args)"

    @functools.wraps(func)
    def run(*args: Any, **kwargs: Any) -> tuple:
        level, own, spec = _entered(args, argnums)
        with enable_grad():
            y, aux = _two(func(*own, **kwargs), has_aux, name)
            if not isinstance(y, Tensor):
                raise RuntimeError(f"{name}: Expected f(*args) to return a Tensor, got {type(y)}")
            if y.ndim:
                raise RuntimeError(f"{name}: Expected f(*args) to return a scalar Tensor, got tensor with {y.ndim} "
                                   "dims. Maybe you wanted to use the vjp or jacrev APIs instead?")
            if y.dtype.kind == "c":
                raise RuntimeError("grad can be implicitly created only for real scalar outputs but got "
                                   f"{named_dtype(y.dtype)}")
            found = _pulled((y,), level.inputs, (_ones(y),), level.leads_out([y]))
        value = level.given_back((y, aux) if has_aux else y)
        return unflatten(found, spec), value
    return run


def grad(func: Callable, argnums: Any = 0, has_aux: bool = False) -> Callable:
    """A function of the same arguments that gives the gradient of `func`, which gives one number.

    has_aux: func gives (value, aux); the result is then (gradient, aux).  As torch.func.grad.
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def run(*args: Any, **kwargs: Any) -> Any:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found
    return run


# ------------------------------------------------------------------ products with jacobians

def vjp(func: Callable, *primals: Any, has_aux: bool = False) -> tuple:
    """(func(*primals), a function): the function takes v, shaped as the output, to (v^T J, ...), one for each primal.

    has_aux: func gives (output, aux), and aux comes third.
    As torch.func.vjp.
    """
    leaves, spec = flatten(primals)
    level = _Level(leaves)
    with enable_grad():
        out, aux = _two(func(*unflatten(level.inputs, spec)), has_aux, "vjp(f, *primals)")
    ys, out_spec = _tensors(out, "vjp(f, *primals)")

    def pull(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        vs, v_spec = flatten(cotangents)
        if v_spec != out_spec:
            raise RuntimeError("Expected pytree structure of cotangents to be the same as pytree structure of outputs "
                               f"to the function. cotangents: {v_spec}, primal output: {out_spec}")
        for i, (v, y) in enumerate(zip(vs, ys)):
            if v.shape != y.shape:
                raise RuntimeError(f"Mismatch in shape: grad_output[{i}] has a shape of {v.shape} and output[{i}] has "
                                   f"a shape of {y.shape}.")
        create = level.leads_out([*ys, *vs]) and mode.grad if create_graph is None else create_graph
        return unflatten(_pulled(tuple(ys), level.inputs, tuple(vs), create), spec)

    out = level.given_back(out)
    return (out, pull, level.given_back(aux)) if has_aux else (out, pull)


def _push(level: _Level, ys: list, vs: Any) -> list:
    """J v for every output; zeros for one that is not floating."""
    real = [y for y in ys if is_inexact(y.dtype)]
    found = iter(_pushed(tuple(real), level.inputs, tuple(vs), level.leads_out([*ys, *vs]) and mode.grad, False))
    return [next(found) if is_inexact(y.dtype) else y * 0 for y in ys]


def _check_tangents(xs: Any, vs: Any) -> None:
    for x, v in zip(xs, vs):
        if x.shape != v.shape:
            raise RuntimeError("Trying to set a forward gradient that has a different size than that of the original "
                               f"Tensor, this is not supported. Tensor is of size {list(x.shape)} while the given "
                               f"forward gradient is of size {list(v.shape)}.")


def jvp(func: Callable, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> tuple:
    """(func(*primals), J v): the jacobian times the tangents v, computed by going backward twice.

    primals, tangents: tuples that look alike.  has_aux: func gives (output, aux), and aux comes third.
    strict: raise RuntimeError where an output does not depend on the primals.  As torch.func.jvp.
    """
    if not isinstance(primals, tuple):
        raise RuntimeError("jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call "
                           "f(*primals).")
    leaves, spec = flatten(primals)
    vs, v_spec = flatten(tangents)
    if v_spec != spec:
        raise RuntimeError("jvp(f, primals, tangents): Expected primals and tangents to have the same python "
                           "structure. For example, if primals is a tuple of 3 tensors, tangents also must be. Got "
                           f"primals with structure {spec} and tangents with structure {v_spec}")
    level = _Level(leaves)
    _check_tangents(level.inputs, vs)
    with enable_grad():
        out, aux = _two(func(*unflatten(level.inputs, spec)), has_aux, "jvp(f, primals, tangents)")
    ys, out_spec = _tensors(out, "jvp(f, primals, tangents)")
    if strict and not all(y.requires_grad for y in ys):
        raise RuntimeError("jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. "
                           "This is not allowed with strict=True.")
    found = level.given_back(out), unflatten(_push(level, ys, vs), out_spec)
    return (*found, level.given_back(aux)) if has_aux else found


def linearize(func: Callable, *primals: Any) -> tuple[Any, Callable]:
    """(func(*primals), a function): the function takes tangents, one per primal, to J v; func is not run again.

    As torch.func.linearize.
    """
    leaves, spec = flatten(primals)
    level = _Level(leaves)
    with enable_grad():
        out = func(*unflatten(level.inputs, spec))
    ys, out_spec = _tensors(out, "linearize(f, *primals)")

    def push(*tangents: Any) -> Any:
        vs, v_spec = flatten(tangents)
        if v_spec != spec:
            raise RuntimeError(f"Expected the tangents {v_spec} to have the same structure as the primals {spec}")
        _check_tangents(level.inputs, vs)
        return unflatten(_push(level, ys, vs), out_spec)
    return level.given_back(out), push


# ------------------------------------------------------------------ jacobians

def _jacobian_of(blocks: Callable, func: Callable, argnums: Any, has_aux: bool, name: str) -> Callable:
    """The function that gives jacobians; `blocks` computes them: one tuple for each output."""
    @functools.wraps(func)
    def run(*args: Any, **kwargs: Any) -> Any:
        level, own, spec = _entered(args, argnums)
        with enable_grad():
            out, aux = _two(func(*own, **kwargs), has_aux, name)
            ys, out_spec = _tensors(out, name)
            rows = blocks(tuple(ys), level.inputs, level.leads_out(ys), False)
        found = unflatten([unflatten(row, spec) for row in rows], out_spec)
        return (found, level.given_back(aux)) if has_aux else found
    return run


def jacrev(func: Callable, argnums: Any = 0, *, has_aux: bool = False, chunk_size: int | None = None,
           _preallocate_and_copy: bool = False) -> Callable:
    """A function of the same arguments that gives d func / d argument, shaped (*output.shape, *input.shape).

    One walk backward for every number of the output, whatever the `chunk_size` (which bounds memory in torch).
    As torch.func.jacrev.
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")
    return _jacobian_of(_rows, func, argnums, has_aux, "vjp(f, *primals)")


def jacfwd(func: Callable, argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error") -> Callable:
    """As `jacrev`, computed column by column: for functions with more outputs than inputs.

    randomness: of no consequence, because func runs only once.  As torch.func.jacfwd.
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    return _jacobian_of(_columns, func, argnums, has_aux, "jvp(f, primals, tangents)")


def hessian(func: Callable, argnums: Any = 0) -> Callable:
    """A function of the same arguments that gives d^2 func / d argument^2.  As torch.func.hessian."""
    return jacrev(jacrev(func, argnums), argnums)
