"""gradcheck: is the gradient that backward computes the one that small differences show?

For every output (of a complex one the real and the imaginary part apart) and every input x there is a jacobian.
Numerically a column of it is

    (f(x + eps e_j) - f(x - eps e_j)) / (2 eps)          of a complex x: that, + i times the same along i e_j

and analytically a row of it is what backward gives for a one at place i of the output.
"""
from __future__ import annotations

import warnings
from typing import Any, Callable, Iterator

import numpy as np

from ..engine.tape import ndarray
from ..engine.tensor import Tensor, plain
from .backward import grad

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

_view = ndarray.view


class GradcheckError(RuntimeError):
    """Raised by `gradcheck` and `gradgradcheck`."""


_NOT_REENTRANT = ("Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                  "gives different values, although analytical gradient matches numerical gradient.The tolerance for "
                  "nondeterminism was {}.")
_SLOW = """
The above quantities relating the numerical and analytical jacobians are computed
in fast mode. Below, we recompute numerical and analytical jacobians in slow mode:

Numerical:
 {}
Analytical:
{}

The max per-element difference (slow mode) is: {}.
"""


def _listed(value: Any) -> tuple:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


# ------------------------------------------------------------------ what is checked

class _Part:
    """A real-valued view of one output: itself, or the real or imaginary part of a complex one."""

    def __init__(self, nr: int, seed: complex, name: str) -> None:
        self.nr, self.seed, self.name = nr, seed, name

    def values(self, outputs: tuple) -> ndarray:
        array = np.array(plain(outputs[self.nr]))
        return array if not self.name else array.real if self.name == "real" else array.imag

    def told(self) -> str:
        return f"While considering the {self.name} part of complex outputs only, " if self.name else ""


def _parts(outputs: tuple) -> Iterator[_Part]:
    for nr, y in enumerate(outputs):
        if y.dtype.kind == "c":
            yield _Part(nr, 1j, "imaginary")
            yield _Part(nr, 1, "real")
        elif y.dtype.kind in "fV":
            yield _Part(nr, 1, "")


def _directions(x: Tensor) -> tuple[complex, ...]:
    """The directions in which an element can move."""
    return (1, 1j) if x.dtype.kind == "c" else (1,)


def _numerical(func: Callable, inputs: tuple, x: Tensor, part: _Part, eps: float) -> ndarray:
    """The jacobian by differences, (elements of x, elements of the output)."""
    array = _view(x, ndarray)
    rows = []
    for place in np.ndindex(array.shape):
        here = array[place]
        row: Any = 0
        for direction in _directions(x):
            sides = []
            for step in (eps, -eps):
                array[place] = here + direction * step
                sides.append(part.values(_listed(func(*inputs))))
            array[place] = here
            row = row + direction * (sides[0] - sides[1]) / (2 * eps)
        rows.append(np.ravel(row))
    return np.array(rows).reshape(array.size, -1)


def _gradients(outputs: tuple, inputs: tuple, nr: int, seed: Any) -> tuple:
    """What backward gives for this gradient of output nr; zeros where nothing arrives."""
    if not outputs[nr].requires_grad:
        return tuple(np.zeros(x.shape, x.dtype) for x in inputs)
    found = grad(outputs[nr], inputs, seed.view(Tensor), retain_graph=True, allow_unused=True)
    return tuple(np.zeros(x.shape, x.dtype) if g is None else plain(g) for g, x in zip(found, inputs))


def _analytical(outputs: tuple, inputs: tuple, part: _Part) -> list[ndarray]:
    """The jacobians by backward, one for each input, (elements of the input, elements of the output)."""
    y = outputs[part.nr]
    columns: list[list[ndarray]] = [[] for _ in inputs]
    for place in np.ndindex(tuple(y.shape)):
        seed = np.zeros(y.shape, y.dtype)
        seed[place] = part.seed
        for column, g in zip(columns, _gradients(outputs, inputs, part.nr, seed)):
            column.append(np.ravel(g))
    return [np.stack(column, 1) if column else np.zeros((int(x.size), 0)) for column, x in zip(columns, inputs)]


# ------------------------------------------------------------------ gradcheck

def gradcheck(func: Callable, inputs: Any, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
              raise_exception: bool = True, nondet_tol: float = 0.0, check_undefined_grad: bool = True,
              check_grad_dtypes: bool = False, check_batched_grad: bool = False,
              check_batched_forward_grad: bool = False, check_forward_ad: bool = False,
              check_backward_ad: bool = True, fast_mode: bool = False, masked: bool | None = None) -> bool:
    """Whether the gradients of func by backward agree with those by small differences:

        |analytical - numerical| <= atol + rtol * |numerical|        for every element

    The defaults fit inputs of double precision; others are warned about.

    Args:
        func: takes the inputs, returns a tensor or a tuple of them.
        inputs: a tensor or a tuple; those that require grad are checked.
        eps: the step of the differences.
        raise_exception: False: return False instead of raising.
        nondet_tol: by how much two runs of the same backward may differ.
        check_undefined_grad: a backward is never called here without a gradient for any of its outputs, and every
            output is checked with the others undefined; so this always holds.
        check_batched_grad: compare `grad(..., is_grads_batched=True)` too.
        fast_mode: compare one random projection of each jacobian instead of all of it.
        masked: about sparse tensors; no difference for others.
    Raises:
        GradcheckError: the first disagreement.  ValueError: no input requires grad.
        NotImplementedError: check_forward_ad, check_batched_forward_grad (there is no forward mode).
    As torch.autograd.gradcheck.
    """
    for name, option in (("check_forward_ad", check_forward_ad),
                         ("check_batched_forward_grad", check_batched_forward_grad)):
        if option:
            raise NotImplementedError(f"gradcheck: {name}=True needs forward-mode differentiation, which Mytorch has "
                                      "not")
    assert check_backward_ad, "Expected at least one of check_forward_ad or check_backward_ad to be True"
    try:
        args = _listed(inputs)
        checked = _check_inputs(args)
        outputs = _listed(func(*args))
        places = [i for i, y in enumerate(outputs) if y.requires_grad]
        if places:
            def differentiable(*args: Any) -> tuple:
                return tuple(map(_listed(func(*args)).__getitem__, places))
            outputs = tuple(outputs[i] for i in places)
            check = _check_fast if fast_mode else _check_all
            check(differentiable, args, checked, outputs, eps, atol, rtol, nondet_tol)
            _check_zero_in_zero_out(outputs, checked, check_grad_dtypes)
            if check_batched_grad:
                _check_batched(outputs, checked)
        else:
            _check_constant(func, args, checked, outputs, eps)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check_inputs(args: tuple) -> tuple:
    """The inputs to check."""
    checked = tuple(x for x in args if isinstance(x, Tensor) and x.requires_grad)
    if not checked:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of them have "
                         "requires_grad=True.")
    for i, x in enumerate(args):
        if not isinstance(x, Tensor) or not x.requires_grad:
            continue
        if x.dtype not in (np.float64, np.complex128):
            warnings.warn(f"Input #{i} requires gradient and is not a double precision floating point or complex. This "
                          "check will likely fail if all the inputs are not of double precision floating point or "
                          "complex. ", stacklevel=3)
        if any(s == 0 and n > 1 for s, n in zip(x.strides, x.shape)):
            raise RuntimeError(f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that "
                               "are non-overlapping to be able to compute the numerical gradients correctly. You "
                               "should call .contiguous on the input before passing it to gradcheck.")
    return checked


def _mismatch(part: _Part, i: int, numerical: Any, analytical: Any, more: str = "") -> GradcheckError:
    return GradcheckError(f"{part.told()}Jacobian mismatch for output {part.nr} with respect to input {i},\n"
                          f"numerical:{numerical}\nanalytical:{analytical}\n{more}")


def _printed(array: ndarray) -> str:
    return repr(np.asarray(array).view(Tensor))


def _check_all(func: Callable, args: tuple, checked: tuple, outputs: tuple, eps: float, atol: float, rtol: float,
               nondet_tol: float) -> None:
    """Compare every element of every jacobian."""
    numerical = [(part, [_numerical(func, args, x, part, eps) for x in checked]) for part in _parts(outputs)]
    for part, expected in numerical:
        found, again = _analytical(outputs, checked, part), _analytical(outputs, checked, part)
        for i, (f, e) in enumerate(zip(found, expected)):
            if not np.allclose(f, e, rtol, atol):
                raise _mismatch(part, i, _printed(e), _printed(f))
        for one, two in zip(found, again):
            if one.size and np.abs(one - two).max() > nondet_tol:
                raise GradcheckError(_NOT_REENTRANT.format(nondet_tol))


def _check_fast(func: Callable, args: tuple, checked: tuple, outputs: tuple, eps: float, atol: float, rtol: float,
                nondet_tol: float) -> None:
    """Compare v^T J u, for u a random direction of the input and v one of the output."""
    rng = np.random.default_rng(0)
    for part in _parts(outputs):
        shape = tuple(outputs[part.nr].shape)
        v = rng.random(shape)
        seed = np.asarray(v * part.seed, outputs[part.nr].dtype)
        found, again = (_gradients(outputs, checked, part.nr, seed) for _ in range(2))
        for i, (x, g, same) in enumerate(zip(checked, found, again)):
            u = rng.random(tuple(x.shape)) * sum(_directions(x))
            u = np.asarray(u / max(np.sqrt((np.abs(u) ** 2).sum()), 1e-300))
            analytical = float((np.conj(g) * u).real.sum())
            numerical = _along(func, args, x, u, part, v, eps)
            if not np.allclose(analytical, numerical, rtol, atol * max(1.0, float(v.sum()))):
                e, f = _numerical(func, args, x, part, eps), _analytical(outputs, checked, part)[i]
                raise _mismatch(part, i, numerical, analytical,
                                _SLOW.format(_printed(e), _printed(f), np.abs(e - f).max()))
            if g.size and np.abs(g - same).max() > nondet_tol:
                raise GradcheckError(_NOT_REENTRANT.format(nondet_tol))


def _along(func: Callable, args: tuple, x: Tensor, u: ndarray, part: _Part, v: ndarray, eps: float) -> float:
    """How v . f changes when x moves along u."""
    array = _view(x, ndarray)
    here = np.array(array)
    sides = []
    for step in (eps, -eps):
        array[...] = here + step * u
        sides.append(part.values(_listed(func(*args))))
    array[...] = here
    return float((v * (sides[0] - sides[1])).sum() / (2 * eps))


def _check_zero_in_zero_out(outputs: tuple, checked: tuple, check_grad_dtypes: bool) -> None:
    """A zero gradient of the outputs gives zero gradients of the inputs, of their type."""
    ys = tuple(y for y in outputs if y.requires_grad)
    found = grad(ys, checked, [np.zeros(y.shape, y.dtype).view(Tensor) for y in ys], retain_graph=True,
                 allow_unused=True)
    for g, x in zip(found, checked):
        if g is not None and plain(g).any():
            raise GradcheckError("backward not multiplied by grad_output")
        if g is not None and check_grad_dtypes and g.dtype != x.dtype:
            raise GradcheckError(f"grad is incorrect type: expected {x.dtype}, got {g.dtype}")


def _check_batched(outputs: tuple, checked: tuple) -> None:
    """Several gradients at once give what they give one by one."""
    rng = np.random.default_rng(0)
    for y in outputs:
        if not y.requires_grad:
            continue
        batch = rng.standard_normal((2, *y.shape)).astype(y.dtype).view(Tensor)
        together = grad(y, checked, batch, retain_graph=True, allow_unused=True, is_grads_batched=True)
        for k in range(2):
            for a, b in zip(together, grad(y, checked, batch[k], retain_graph=True, allow_unused=True)):
                if a is not None and b is not None and not np.allclose(plain(a)[k], plain(b)):
                    raise GradcheckError(f"While testing batched gradients, got {a[k]} but expected {b}")


def _check_constant(func: Callable, args: tuple, checked: tuple, outputs: tuple, eps: float) -> None:
    """Outputs that do not require grad must not depend on the inputs."""
    for part in _parts(outputs):
        for x in checked:
            if np.abs(_numerical(func, args, x, part, eps)).any():
                raise GradcheckError("Numerical gradient for function expected to be zero")


# ------------------------------------------------------------------ gradgradcheck

def gradgradcheck(func: Callable, inputs: Any, grad_outputs: Any = None, *, eps: float = 1e-6, atol: float = 1e-5,
                  rtol: float = 1e-3, gen_non_contig_grad_outputs: bool = False, raise_exception: bool = True,
                  nondet_tol: float = 0.0, check_undefined_grad: bool = True, check_grad_dtypes: bool = False,
                  check_batched_grad: bool = False, check_fwd_over_rev: bool = False, check_rev_over_rev: bool = True,
                  fast_mode: bool = False, masked: bool = False) -> bool:
    """`gradcheck` of the gradient: are second derivatives right, by the inputs and by the gradients of the outputs?

    Args:
        grad_outputs: the gradients of the outputs at which to check; random numbers when None.
        gen_non_contig_grad_outputs: make the random ones non-contiguous.
        check_fwd_over_rev: NotImplementedError when True.  The rest as of `gradcheck`.
    As torch.autograd.gradgradcheck.
    """
    if check_fwd_over_rev:
        raise NotImplementedError("gradgradcheck: check_fwd_over_rev=True needs forward-mode differentiation, which "
                                  "Mytorch has not")
    assert check_rev_over_rev, "Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True"
    args = _listed(inputs)
    if grad_outputs is None:
        outputs = [y for y in _listed(func(*args)) if y.dtype.kind in "fcV"]
        seeds = tuple(_random_like(y, gen_non_contig_grad_outputs) for y in outputs)
    else:
        seeds = _listed(grad_outputs)

    def gradient(*both: Any) -> tuple:
        xs, gs = both[:-len(seeds)], both[-len(seeds):]
        ys = tuple(y for y in _listed(func(*xs)) if y.dtype.kind in "fcV" and y.requires_grad)
        wanted = tuple(x for x in xs if isinstance(x, Tensor) and x.requires_grad)
        found = grad(ys, wanted, gs[:len(ys)], create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(gradient, (*args, *seeds), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
                     nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad,
                     check_grad_dtypes=check_grad_dtypes, check_batched_grad=check_batched_grad, fast_mode=fast_mode,
                     masked=masked)


def _random_like(y: Tensor, non_contiguous: bool) -> Tensor:
    rng = np.random.default_rng(0)
    shape = (*y.shape, 2) if non_contiguous else tuple(y.shape)
    array = np.asarray(rng.standard_normal(shape) * sum(_directions(y))).astype(y.dtype)
    return (array[..., 0] if non_contiguous else array).view(Tensor).requires_grad_()
