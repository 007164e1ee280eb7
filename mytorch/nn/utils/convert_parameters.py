"""All parameters as one vector."""
from __future__ import annotations

from typing import Any, Iterable

from ...engine.tensor import Tensor
from ...ops.joining import cat

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Any]) -> Tensor:
    """The elements of all parameters, one parameter after the other.  As torch.nn.utils.parameters_to_vector."""
    return cat([p.reshape((-1,)) for p in parameters])


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Put the elements of a vector into the parameters, one after the other.

    As torch.nn.utils.vector_to_parameters.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for p in parameters:
        stop = start + p.numel()
        p.data = vec[start:stop].view(p.shape).detach()
        start = stop
