"""Random tensors: torch's draws, on Tensors.

What draws is `mytorch.random`; here are shapes, types, options and the tape.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from .. import random
from .._types import default_dtype, strided, type_name
from ..engine.face import replace_memory
from ..engine.op import apply, check_writable, method, op, write, wrote
from ..engine.tape import mode, ndarray
from ..engine.tensor import Tensor, draw_normal, edge, plain, tensor_of
from ..random import (
    Generator,
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from .data import array_like, asked_dtype, check_broadcast, made, sizes

__all__ = ["Generator", "bernoulli", "binomial", "default_generator", "fork_rng", "get_rng_state", "initial_seed",
           "manual_seed", "multinomial", "normal", "poisson", "rand", "rand_like", "randint", "randint_like", "randn",
           "randn_like", "randperm", "seed", "set_rng_state"]

_view = ndarray.view

Generator.wrap = staticmethod(tensor_of)  # states are tensors
draw_normal.append(lambda shape: random.normal_(np.empty(shape, default_dtype())))  # Tensor((3, 4))


# ------------------------------------------------------------------ new tensors

def _drawn(fill: Callable[[ndarray], Any], shape: tuple, kind: np.dtype, out: Any, options: dict) -> Tensor:
    """A new tensor, or `out`, whose memory `fill` has filled."""
    if out is None:
        array = np.empty(shape, kind)
        fill(array)
        return made(array, **options)
    made(np.empty(0), **{**options, "requires_grad": False})  # the options are checked as everywhere
    if mode.grad and edge(out) is not None:
        raise RuntimeError("functions with out=... arguments don't support automatic differentiation, but one of the "
                           "arguments requires grad.")
    if tuple(out.shape) != shape:
        replace_memory(out, np.empty(shape, out.dtype))
    fill(_view(out, ndarray))
    wrote(out)
    return out


def rand(*args: Any, size: Any = None, generator: Generator | None = None, out: Any = None, dtype: Any = None,
         layout: Any = strided, device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """Numbers spread evenly over [0, 1), in a shape given as rand(2, 3) or rand((2, 3)).  As torch.rand."""
    return _drawn(lambda array: random.uniform_(array, generator=generator), sizes("rand", args, size),
                  asked_dtype(dtype, out), out, dict(requires_grad=requires_grad, device=device, layout=layout,
                                                     pin_memory=pin_memory))


def randn(*args: Any, size: Any = None, generator: Generator | None = None, out: Any = None, dtype: Any = None,
          layout: Any = strided, device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """Standard normal numbers, in a shape given as randn(2, 3) or randn((2, 3)).  As torch.randn."""
    return _drawn(lambda array: random.normal_(array, generator=generator), sizes("randn", args, size),
                  asked_dtype(dtype, out), out, dict(requires_grad=requires_grad, device=device, layout=layout,
                                                     pin_memory=pin_memory))


def _bounds(name: str, args: tuple, low: Any, high: Any, more: int) -> tuple[Any, Any, tuple]:
    """low, high and what follows them, of name(high, ...) or name(low, high, ...)."""
    if high is None and len(args) > more + 1:
        low, high, *rest = args
    elif high is None and args:
        high, *rest = args
    elif low is None and args and (len(args) > more or more == 0):
        low, *rest = args
    else:
        rest = list(args)
    if high is None or len(rest) > more:
        raise TypeError(f"{name}() received an invalid combination of arguments; expected "
                        f"({'..., ' * (more == 0)}high, ...) or (low, high, ...)")
    low = 0 if low is None else low
    for position, (label, value) in enumerate((("low", low), ("high", high))):
        if isinstance(value, (bool, float, complex)) or not hasattr(value, "__index__"):
            raise TypeError(f"{name}(): argument '{label}' (position {position + 1}) must be int, not "
                            f"{type(value).__name__}")
    return low.__index__(), high.__index__(), tuple(rest)


def randint(*args: Any, low: Any = None, high: Any = None, size: Any = None, generator: Generator | None = None,
            out: Any = None, dtype: Any = None, layout: Any = strided, device: Any = None, pin_memory: bool = False,
            requires_grad: bool = False) -> Tensor:
    """Whole numbers from `low` to `high` - 1: randint(high, size), randint(low, high, size); int64 unless told.

    As torch.randint.
    """
    low, high, rest = _bounds("randint", args, low, high, 1 if size is None else 0)
    size = rest[0] if size is None and rest else size
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"randint(): argument 'size' must be tuple of ints, not {type(size).__name__}")
    kind = np.dtype(np.int64) if dtype is None and out is None else asked_dtype(dtype, out)
    return _drawn(lambda array: random.random_(array, low, high, generator=generator), sizes("randint", (size,)), kind,
                  out, dict(requires_grad=requires_grad, device=device, layout=layout, pin_memory=pin_memory))


def randperm(n: int, *, generator: Generator | None = None, out: Any = None, dtype: Any = None, layout: Any = strided,
             device: Any = None, pin_memory: bool = False, requires_grad: bool = False) -> Tensor:
    """The numbers 0 to n-1 in random order; int64 unless told.  As torch.randperm."""
    kind = np.dtype(np.int64) if dtype is None and out is None else asked_dtype(dtype, out)
    return made(random.randperm(n, kind, generator), requires_grad, device, layout, pin_memory, out)


def rand_like(input: Tensor, *, generator: Generator | None = None, dtype: Any = None, layout: Any = None,
              device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
              memory_format: Any = None) -> Tensor:
    """`rand` in the shape, type and layout of `input`.  As torch.rand_like."""
    array = random.uniform_(array_like("rand_like", input, dtype, memory_format), generator=generator)
    return made(array, requires_grad, device, layout, pin_memory)


def randn_like(input: Tensor, *, generator: Generator | None = None, dtype: Any = None, layout: Any = None,
               device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
               memory_format: Any = None) -> Tensor:
    """`randn` in the shape, type and layout of `input`.  As torch.randn_like."""
    array = random.normal_(array_like("randn_like", input, dtype, memory_format), generator=generator)
    return made(array, requires_grad, device, layout, pin_memory)


def randint_like(input: Tensor, *args: Any, low: Any = None, high: Any = None, generator: Generator | None = None,
                 dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
                 requires_grad: bool = False, memory_format: Any = None) -> Tensor:
    """`randint` in the shape, type and layout of `input`: randint_like(x, high), randint_like(x, low, high).

    As torch.randint_like.
    """
    low, high, _ = _bounds("randint_like", args, low, high, 0)
    array = random.random_(array_like("randint_like", input, dtype, memory_format), low, high, generator=generator)
    return made(array, requires_grad, device, layout, pin_memory)


# ------------------------------------------------------------------ draws whose parameters are tensors

def _no_derivative(name: str) -> Callable:
    """The rule of what has no derivative: loud, instead of silent zeros."""
    def refuse(g: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{name} is not implemented")
    return lambda g, y, *inputs: refuse(g)


@op(lambda g, y, mean, std, _: np.zeros_like(g), lambda g, y, mean, std, _: np.zeros_like(g), name="normal",
    register=False, method=False, saves=(),
    node=lambda mean, std, _: f"NormalBackward{1 if not _is(std) else 2 if not _is(mean) else 3}")
def _normal(mean: Any, std: Any, generator: Any) -> ndarray:
    """mean + std * z; a number as std is applied inside the draw, an array after it, as torch does."""
    shape = np.broadcast_shapes(np.shape(mean), np.shape(std))
    kind = mean.dtype if _is(mean) else std.dtype
    if not _is(std):
        return random.normal_(np.empty(shape, kind), 0.0, std, generator) + mean
    if std.dtype.kind == "c":
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if not (std >= 0).all():
        raise RuntimeError("normal expects all elements of std >= 0.0")
    return (random.normal_(np.empty(shape, kind), 0.0, 1.0, generator) * std + mean).astype(kind)


def _is(value: Any) -> bool:
    return isinstance(value, ndarray) or hasattr(value, "dtype")


def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None, out: Any = None,
           dtype: Any = None, layout: Any = strided, device: Any = None, pin_memory: bool = False,
           requires_grad: bool = False) -> Tensor:
    """Normal numbers: normal(mean, std), one of them a tensor, or normal(mean, std, size) with two numbers.

    Args:
        mean, std: numbers or tensors that broadcast; the type is the mean's (or the std's, if only that is a tensor).
    Raises:
        RuntimeError: a standard deviation is negative.

    As torch.normal.
    """
    options = dict(requires_grad=requires_grad, device=device, layout=layout, pin_memory=pin_memory)
    if size is not None:
        if _is(mean) or _is(std):
            raise TypeError("normal(): with a size, mean and std are numbers")
        return _drawn(lambda array: random.normal_(array, mean, std, generator), sizes("normal", (size,)),
                      asked_dtype(dtype, out), out, options)
    if not isinstance(mean, Tensor) and not isinstance(std, Tensor):
        raise TypeError("normal() received an invalid combination of arguments; expected (Tensor mean, Tensor std), "
                        "(Tensor mean, float std), (float mean, Tensor std) or (float mean, float std, tuple size)")
    if dtype is not None or requires_grad:
        raise TypeError("normal(): dtype and requires_grad go with a size")
    if _is(mean) and _is(std):
        check_broadcast(mean.shape, std.shape)
    result = apply(_normal.op, (mean, std, generator))  # type: ignore[attr-defined]
    return result if out is None else made(plain(result), out=out)


@op(lambda g, y, x, _: np.zeros_like(g), name="bernoulli", register=False, method=False)
def _bernoulli(input: ndarray, generator: Any) -> ndarray:
    """Ones with the probabilities that `input` holds."""
    return random.bernoulli(input, None, generator)


@op(_no_derivative("bernoulli"), name="bernoulli", node="NotImplemented", register=False, method=False, saves=())
def _bernoulli_p(input: ndarray, p: float, generator: Any) -> ndarray:
    """Ones with probability p."""
    return random.bernoulli(input, p, generator)


@method()
def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None, out: Any = None) -> Tensor:
    """Zeros and ones in the shape of `input`: ones with the probabilities it holds, or with probability p.

    As torch.bernoulli.
    """
    if isinstance(p, ndarray):
        raise TypeError("bernoulli(): argument 'p' (position 2) must be float, not Tensor")
    if p is None:
        result = apply(_bernoulli.op, (input, generator))  # type: ignore[attr-defined]
    else:
        result = apply(_bernoulli_p.op, (input, float(p), generator))  # type: ignore[attr-defined]
    return result if out is None else made(plain(result), out=out)


@op(lambda g, y, x, _: np.zeros_like(g), name="poisson", method=False)
def poisson(input: ndarray, generator: Generator | None = None) -> ndarray:
    """Poisson distributed numbers with the rates that `input` holds.  As torch.poisson."""
    return random.poisson(input, generator)


@op(_no_derivative("binomial"), _no_derivative("binomial"), name="binomial", node="NotImplemented", method=False,
    saves=())
def binomial(count: ndarray, prob: ndarray, generator: Generator | None = None) -> ndarray:
    """How many of `count` trials succeed, each with probability `prob`; the two broadcast.  As torch.binomial."""
    return random.binomial(count, prob, generator)


@method()
def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None,
                out: Any = None) -> Tensor:
    """Numbers of categories, drawn in proportion to weights: int64, (num_samples,) or (N, num_samples).

    Args:
        input: weights >= 0 that need not sum to 1, (K,) or (N, K).
        replacement: whether a category can be drawn again.

    As torch.multinomial.
    """
    if out is not None and out.dtype != np.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {type_name(out.dtype)}")
    return made(random.multinomial(plain(input), num_samples, replacement, generator), out=out)


# ------------------------------------------------------------------ filling a tensor in place

def _redraw(self: Tensor, node: str, fill: Callable, *args: Any, generator: Any = None) -> Tensor:
    """Fill the memory of a tensor; whatever led to its old numbers gets a gradient of zeros."""
    check_writable(self)
    fill(_view(self, ndarray), *args, generator=generator)
    if not mode.grad or (edge(self) is None and (self._base is None or edge(self._base) is None)):
        wrote(self)
        return self
    found = _REDRAWN.get(node)
    if found is None:
        found = _REDRAWN[node] = op(lambda g, y, x: np.zeros_like(g), name="redraw", node=node, register=False,
                                    method=False)(lambda x: x).op  # type: ignore[attr-defined]
    return write(self, apply(found, (self,)))


_REDRAWN: dict[str, Any] = {}


def _range_words(name: str, args: tuple, words: dict, low: Any, high: Any) -> tuple[Any, Any]:
    """`from` and `to`; the first is no name that Python lets a parameter have."""
    if len(args) > 2 or not words.keys() <= {"from", "to"}:
        raise TypeError(f"{name}() takes a number `from` and a number `to`")
    given = dict(zip(("from", "to"), args), **words)
    return given.get("from", low), given.get("to", high)


@method()
def uniform_(self: Tensor, *args: float, generator: Generator | None = None, **words: float) -> Tensor:
    """Fill with numbers spread evenly over [from, to), by default [0, 1).  As torch.Tensor.uniform_."""
    low, high = _range_words("uniform_", args, words, 0.0, 1.0)
    return _redraw(self, "UniformBackward0", random.uniform_, float(low), float(high), generator=generator)


@method()
def random_(self: Tensor, *args: int, generator: Generator | None = None, **words: int) -> Tensor:
    """Fill with whole numbers: random_() from the type's range, random_(to) from 0 to to - 1, random_(from, to).

    As torch.Tensor.random_.
    """
    if len(args) == 1 and "to" not in words and "from" not in words:
        return _redraw(self, "RandomBackward1", random.random_, *args, generator=generator)
    if not args and not words:
        return _redraw(self, "RandomBackward2", random.random_, generator=generator)
    low, high = _range_words("random_", args, words, 0, None)
    if "from" not in words and not args:
        return _redraw(self, "RandomBackward1", random.random_, high, generator=generator)
    return _redraw(self, "RandomBackward0", random.random_, low, high, generator=generator)


@method()
def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with normal numbers.  As torch.Tensor.normal_."""
    return _redraw(self, "NormalBackward0", random.normal_, mean, std, generator=generator)


@method()
def log_normal_(self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with exp(mean + std * z), z standard normal.  As torch.Tensor.log_normal_."""
    return _redraw(self, "LogNormalBackward0", random.log_normal_, mean, std, generator=generator)


@method()
def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with exponentially distributed numbers of mean 1 / lambd.  As torch.Tensor.exponential_."""
    return _redraw(self, "ExponentialBackward0", random.exponential_, lambd, generator=generator)


@method()
def cauchy_(self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill with Cauchy distributed numbers.  As torch.Tensor.cauchy_."""
    return _redraw(self, "CauchyBackward0", random.cauchy_, median, sigma, generator=generator)


@method()
def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill with the number of the first success in trials of probability p.  As torch.Tensor.geometric_."""
    return _redraw(self, "GeometricBackward0", random.geometric_, p, generator=generator)


@op(lambda g, y, x, p: np.zeros_like(g), lambda g, y, x, p: np.zeros_like(p), name="bernoulli", register=False,
    node="BernoulliBackward1", method=False)
def _bernoulli_of(x: ndarray, p: ndarray) -> ndarray:
    """x as it is, after a draw with the probabilities p."""
    return x


@method()
def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill with ones of probability p (a number, or a tensor that broadcasts), and zeros.

    As torch.Tensor.bernoulli_.
    """
    if not isinstance(p, Tensor) or edge(p) is None or not mode.grad:
        node = f"BernoulliBackward{1 if isinstance(p, ndarray) else 2}"
        return _redraw(self, node, random.bernoulli_, plain(p), generator=generator)
    check_writable(self)
    random.bernoulli_(_view(self, ndarray), plain(p), generator)
    return write(self, apply(_bernoulli_of.op, (self, p)))  # type: ignore[attr-defined]
