"""Gradients kept from growing too large."""
from __future__ import annotations

import warnings
from typing import Any, Iterable

import numpy as np

from ...engine.tape import wrote
from ...engine.tensor import Tensor, plain, tensor_of
from ...ops.norms import vector_norm

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]


def _gradients(parameters: Any) -> list[np.ndarray]:
    """The gradients there are, as arrays."""
    given = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [plain(p.grad) for p in given if p.grad is not None]


def _norm(array: np.ndarray, norm_type: float) -> Any:
    if norm_type == 2 and array.dtype.kind == "f" and array.dtype.itemsize > 2:
        flat = array.ravel("K")
        return np.sqrt(np.dot(flat, flat))
    return vector_norm(array, norm_type)


def get_total_norm(tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False,
                   foreach: bool | None = None) -> Tensor:
    """The norm of all tensors, as if they were one vector.

    Args:
        tensors: one or several.  norm_type: the exponent, also 0 and +-inf.
        error_if_nonfinite: raise where it is nan or infinite.  foreach: no meaning here.

    As torch.nn.utils.get_total_norm.
    """
    arrays = [plain(t) for t in ([tensors] if isinstance(tensors, Tensor) else tensors)]
    order = float(norm_type)
    if not arrays:
        return tensor_of(np.zeros((), np.float32))
    norms = [np.asarray(_norm(array, order)) for array in arrays]
    total = np.asarray(_norm(np.array([n[()] for n in norms], np.result_type(*norms)), order))
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(f"The total norm of order {order} for gradients from `parameters` is non-finite, so it "
                           "cannot be clipped. To disable this error and scale the gradients by the non-finite norm "
                           "anyway, set `error_if_nonfinite=False`")
    return tensor_of(total)


def clip_grads_with_norm_(parameters: Any, max_norm: float, total_norm: Tensor, foreach: bool | None = None) -> None:
    """Scale all gradients, in place, by max_norm / total_norm where that is less than 1.

    As torch.nn.utils.clip_grads_with_norm_.
    """
    max_norm, total = float(max_norm), plain(total_norm)
    factor = np.minimum(np.asarray(max_norm / (total + total.dtype.type(1e-6)), total.dtype), 1)
    for gradient in _gradients(parameters):
        gradient *= factor.astype(gradient.dtype)
        wrote(gradient)


def clip_grad_norm_(parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
                    foreach: bool | None = None) -> Tensor:
    """Scale the gradients of all parameters, in place, so that their norm, as of one vector, is at most max_norm.

        g = g * min(1, max_norm / (norm + 1e-6))

    Returns: the norm before.  Arguments as `get_total_norm`.  As torch.nn.utils.clip_grad_norm_.
    """
    given = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    total = get_total_norm([p.grad for p in given if p.grad is not None], norm_type, error_if_nonfinite)
    clip_grads_with_norm_(given, max_norm, total)
    return total


def clip_grad_norm(parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
                   foreach: bool | None = None) -> Tensor:
    """Deprecated in favor of `clip_grad_norm_`."""
    warnings.warn("`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.",
                  FutureWarning, stacklevel=2)
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite)


def clip_grad_value_(parameters: Tensor | Iterable, clip_value: float, foreach: bool | None = None) -> None:
    """Cut the gradients of all parameters, in place, to [-clip_value, clip_value].

    As torch.nn.utils.clip_grad_value_.
    """
    limit = float(clip_value)
    for gradient in _gradients(parameters):
        np.minimum(np.maximum(gradient, -limit, out=gradient), limit, out=gradient)
        wrote(gradient)
