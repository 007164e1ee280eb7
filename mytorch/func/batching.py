"""vmap: a function of one sample becomes a function of a batch of them."""
from __future__ import annotations

import functools
from typing import Any, Callable

import numpy as np

from ..engine.tensor import Tensor, plain
from ..ops.joining import stack
from ..random import default_generator
from ._tree import Spec, flatten, spread, unflatten

__all__ = ["vmap"]

_DRAWN = ("vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
          "randomness flags on vmap or perform the randomness operation out of vmap")


def vmap(func: Callable, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *,
         chunk_size: int | None = None) -> Callable:
    """A function that applies `func` to every sample along a dimension of its inputs, and stacks what it gives.

    It loops over the samples: the results are torch's, the speed is that of a loop.  Control flow that depends on the
    numbers, and .item(), work, which they do not in torch.

    Args:
        in_dims: for every input (a nest that may end earlier than the inputs' own) the dimension of the samples, or
            None: each sample is given the whole.
        out_dims: for every output the dimension the samples shall have; None: it is the same for all samples.
        randomness: "error": func must not draw; "same": each sample sees the same draws; "different": others (not the
            numbers that torch draws, which draws for all samples at once).
        chunk_size: how many samples at a time, at most: it is always one.
    Raises:
        ValueError: in_dims or out_dims do not fit, sizes differ, a result is no Tensor.
        RuntimeError: func draws under randomness="error".
    As torch.vmap.
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")
    name = getattr(func, "__name__", repr(func))

    @functools.wraps(func)
    def run(*args: Any, **kwargs: Any) -> Any:
        leaves, spec = flatten(args)
        dims = _in_dims(in_dims, leaves, spec, name)
        sizes = [x.shape[d] for x, d in zip(leaves, dims) if d is not None]
        if len(set(sizes)) != 1:
            raise ValueError("vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
                             f"{sizes} for the mapped dimension")
        results = []
        draws = _Draws(randomness)
        for i in range(max(sizes[0], 1)):
            sample = [x if d is None else _sample(x, d, i) for x, d in zip(leaves, dims)]
            results.append(draws.around(functools.partial(func, *unflatten(sample, spec), **kwargs)))
        return _batch(results, out_dims, sizes[0], name)
    return run


def _in_dims(in_dims: Any, leaves: list, spec: Spec, name: str) -> list:
    """The dimension of the samples for every leaf, None for those that are not mapped."""
    text = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): "
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(f"{text}expected `in_dims` to be int or a (potentially nested) tuple matching the structure "
                         f"of inputs, got: {type(in_dims)}.")
    if not leaves:
        raise ValueError(f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to "
                         "vmap over a function with no inputs. The latter is unsupported.")
    dims = spread(in_dims, spec)
    if dims is None:
        raise ValueError(f"{text}in_dims is not compatible with the structure of `inputs`. in_dims has structure "
                         f"{flatten(in_dims)[1]} but inputs has structure {spec}.")
    for x, d in zip(leaves, dims):
        if d is None:
            continue
        if not isinstance(d, int):
            raise ValueError(f"{text}Got in_dim={d} for an input but in_dim must be either an integer dimension or "
                             "None.")
        if not isinstance(x, Tensor):
            raise ValueError(f"{text}Got in_dim={d} for an input but the input is of type {type(x)}. We cannot vmap "
                             "over non-Tensor arguments, please use None as the respective in_dim")
        if not -x.ndim <= d < x.ndim:
            raise ValueError(f"{text}Got in_dim={d} for some input, but that input is a Tensor of dimensionality "
                             f"{x.ndim} so expected in_dim to satisfy -{x.ndim} <= in_dim < {x.ndim}.")
    if all(d is None for d in dims):
        raise ValueError(f"{text}Expected at least one Tensor to vmap over. Got no inputs with an in_dim.")
    return dims


def _sample(x: Tensor, dim: int, i: int) -> Tensor:
    """The i-th sample; zeros like one where there is none, to learn what the function gives."""
    if x.shape[dim]:
        return x.select(dim, i)  # type: ignore[attr-defined]
    shape = list(x.shape)
    del shape[dim]
    return np.zeros(shape, x.dtype).view(Tensor)


class _Draws:
    """What `randomness` means for the samples, run one after another."""

    def __init__(self, randomness: str) -> None:
        self.kind = randomness
        self.start = default_generator.get_state_array()

    def around(self, call: Callable) -> Any:
        if self.kind == "same":
            default_generator.set_state_array(self.start)
        found = call()
        if self.kind == "error" and not np.array_equal(default_generator.get_state_array(), self.start):
            default_generator.set_state_array(self.start)
            raise RuntimeError(_DRAWN)
        return found


def _batch(results: list, out_dims: Any, count: int, name: str) -> Any:
    """The samples' results side by side."""
    spec = flatten(results[0])[1]
    dims = spread(out_dims, spec)
    if dims is None:
        raise ValueError(f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the "
                         f"structure of `outputs`. out_dims has structure {flatten(out_dims)[1]} but outputs has "
                         f"structure {spec}.")
    columns = zip(*(flatten(found)[0] for found in results))
    return unflatten([_joined(parts, d, count, name) for parts, d in zip(columns, dims)], spec)


def _joined(parts: tuple, dim: Any, count: int, name: str) -> Any:
    first = parts[0]
    if dim is None:
        if any(p is not first and not np.array_equal(plain(p), plain(first)) for p in parts):
            raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        return first
    for part in parts:
        if not isinstance(part, Tensor):
            raise ValueError(f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(part)}. Did you "
                             "mean to set out_dims= to None for output?")
    whole = stack(list(parts), dim)
    return whole if count else whole.narrow(dim, 0, 0)
