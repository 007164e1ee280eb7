"""Spectral normalization by a hook; parametrizations.spectral_norm is the way of today."""
from __future__ import annotations

from typing import Any

import numpy as np

from ...autograd import no_grad
from ...engine.tensor import Tensor, plain, tensor_of
from ...ops.products import dot, mv
from .. import init
from ..functional import normalize
from ..modules import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..parameter import Parameter
from ._hooks import find_hook, take_hook, undo

__all__ = ["SpectralNorm", "remove_spectral_norm", "spectral_norm"]


def rows_dim(module: Any, dim: int | None) -> int:
    """Which dimension of a weight counts the outputs, unless told."""
    if dim is not None:
        return dim
    return 1 if isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)) else 0


def as_matrix(weight: Any, dim: int) -> Any:
    """The weight as a matrix, a row for each slice of `dim`."""
    if dim != 0:
        weight = weight.permute(dim, *[d for d in range(weight.dim()) if d != dim])
    return weight.reshape((weight.shape[0], -1))


def iterate(count: int, eps: float, *steps: tuple[Any, Any, Any]) -> None:
    """`count` times, and in turn: target = matrix source / |matrix source|, in place, off the tape."""
    with no_grad():
        for target, matrix, source in steps * count:
            target.copy_(normalize(mv(matrix, source), dim=0, eps=eps))


class SpectralNorm:
    """The hook: before each forward the weight is divided by an estimate of its largest singular value.

        u, v <- W v / |W v|, W^T u / |W^T u|          n_power_iterations times, while training
        weight = W / (u W v)
    """
    _version = 1

    def __init__(self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        if n_power_iterations <= 0:
            raise ValueError("Expected n_power_iterations to be positive, but got "
                             f"n_power_iterations={n_power_iterations}")
        self.name, self.dim, self.n_power_iterations, self.eps = name, dim, n_power_iterations, eps

    def reshape_weight_to_matrix(self, weight: Any) -> Any:
        return as_matrix(weight, self.dim)

    def compute_weight(self, module: Any, do_power_iteration: bool) -> Any:
        """The weight divided by its norm; do_power_iteration: improve the estimate, and remember it, first."""
        weight, u, v = (getattr(module, self.name + end) for end in ("_orig", "_u", "_v"))
        matrix = self.reshape_weight_to_matrix(weight)
        if do_power_iteration:
            iterate(self.n_power_iterations, self.eps, (v, matrix.t(), u), (u, matrix, v))
            u, v = u.clone(), v.clone()     # the next call changes the buffers; the graph of this one needs them
        return weight / dot(u, mv(matrix, v))

    @staticmethod
    def apply(module: Any, name: str, n_power_iterations: int, dim: int, eps: float) -> SpectralNorm:
        """Rename the parameter to `name`_orig, add the buffers `name`_u and `name`_v, and hang the hooks on."""
        if find_hook(module, SpectralNorm, name) is not None:
            raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
        fn = SpectralNorm(name, n_power_iterations, dim, eps)
        weight = module._parameters[name]
        if weight is None:
            raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
        rows, columns = fn.reshape_weight_to_matrix(weight.detach()).shape
        u, v = (normalize(init.normal_(tensor_of(np.empty(n, weight.dtype))), dim=0, eps=eps) for n in (rows, columns))
        delattr(module, name)
        module.register_parameter(name + "_orig", weight)
        setattr(module, name, weight.data)     # for weight initialization that comes later and asks for it
        module.register_buffer(name + "_u", u)
        module.register_buffer(name + "_v", v)
        module.register_forward_pre_hook(fn)
        module._register_state_dict_hook(SpectralNormStateDictHook(fn))
        module._register_load_state_dict_pre_hook(SpectralNormLoadStateDictPreHook(fn))
        return fn

    def remove(self, module: Any) -> None:
        """Make the present weight a parameter again."""
        weight = self.compute_weight(module, do_power_iteration=False)
        for end in ("", "_u", "_v", "_orig"):
            delattr(module, self.name + end)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, do_power_iteration=module.training))

    def _solve_v_and_rescale(self, weight_mat: Any, u: Any, target_sigma: Any) -> Tensor:
        """A v for which u W v is target_sigma, and for which power iterations lead to u."""
        w, u = (np.asarray(plain(x), np.float64) for x in (weight_mat, u))
        v = np.linalg.pinv(w.T @ w) @ (w.T @ u)
        return tensor_of((v * (float(target_sigma) / (u @ w @ v))).astype(weight_mat.dtype))


class SpectralNormLoadStateDictPreHook:
    """Before loading: a state without version (before torch 1.0) has `weight` in place of `weight_v`; compute it."""

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn, self.name = fn, fn.name

    def __call__(self, state_dict: Any, prefix: str, local_metadata: dict, strict: bool, missing_keys: list,
                 unexpected_keys: list, error_msgs: list) -> None:
        fn, key = self.fn, prefix + self.fn.name
        version = local_metadata.get("spectral_norm", {}).get(fn.name + ".version")
        if version is not None and version >= 1:
            return
        if version is None and key not in state_dict and all(key + end in state_dict for end in ("_orig", "_u", "_v")):
            return
        missing = [key + end for end in ("_orig", "", "_u") if key + end not in state_dict]
        if missing:
            missing_keys += missing if strict else []
            return
        original, weight = state_dict[key + "_orig"], state_dict.pop(key)
        sigma = (original / weight).mean()
        matrix = fn.reshape_weight_to_matrix(original)
        state_dict[key + "_v"] = fn._solve_v_and_rescale(matrix, state_dict[key + "_u"], sigma)


class SpectralNormStateDictHook:
    """After saving: note the version of what was saved."""

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn, self.name = fn, fn.name

    def __call__(self, module: Any, state_dict: Any, prefix: str, local_metadata: dict) -> None:
        versions = local_metadata.setdefault("spectral_norm", {})
        key = self.fn.name + ".version"
        if key in versions:
            raise RuntimeError(f"Unexpected key in metadata['spectral_norm']: {key}")
        versions[key] = self.fn._version


def spectral_norm(module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12,
                  dim: int | None = None) -> Any:
    """Divide a parameter of `module` by its largest singular value, as estimated by power iterations.

    Args:
        n_power_iterations: how many each forward makes while training.  eps: keeps from dividing by zero.
        dim: which dimension counts the outputs; by default 0, of transposed convolutions 1.

    Source: Miyato et al. 2018.  `parametrizations.spectral_norm` is newer.  As torch.nn.utils.spectral_norm.
    """
    SpectralNorm.apply(module, name, n_power_iterations, rows_dim(module, dim), eps)
    return module


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Make the weight a parameter again.  As torch.nn.utils.remove_spectral_norm."""
    undo(module, SpectralNorm, name, "spectral_norm")
    take_hook(module, "_state_dict_hooks", SpectralNormStateDictHook, name)
    take_hook(module, "_load_state_dict_pre_hooks", SpectralNormLoadStateDictPreHook, name)
    return module
