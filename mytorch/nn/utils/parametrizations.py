"""Parametrizations to use: orthogonal matrices, weight and spectral normalization."""
from __future__ import annotations

from typing import Any

import numpy as np

from ... import random
from ..._types import Size
from ...engine.tensor import Tensor, plain, tensor_of
from ...ops.householder import geqrf, householder_product
from ...ops.joining import cat
from ...ops.matrix_functions import matrix_exp
from ...ops.products import mv, vdot
from ...ops.solvers import solve
from ...ops.weight_norm import lengths
from ...ops.weight_norm import weight_norm as _normalized
from .. import init
from ..functional import normalize
from ..modules import Module
from .parametrize import register_parametrization
from .spectral_norm import as_matrix, iterate, rows_dim

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


def _weight_of(module: Any, name: str) -> Any:
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return weight


# ------------------------------------------------------------------ orthogonal

def _is_orthogonal(Q: Any) -> bool:
    """Whether the columns are of unit length and at right angles, to rounding."""
    q = plain(Q)
    gap = np.swapaxes(q, -1, -2).conj() @ q - np.eye(q.shape[-1], dtype=q.dtype)
    return bool((np.abs(gap) <= 10.0 * q.shape[-2] * np.finfo(q.dtype).eps + 1e-5).all())


def _make_orthogonal(A: Any) -> Any:
    """The Q of A = Q R with a positive diagonal of R."""
    X, tau = geqrf(A)
    return householder_product(X, tau) * X.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


class _Orthogonal(Module):
    """An orthogonal (or unitary) matrix computed from any matrix X; see `orthogonal`."""

    def __init__(self, weight: Any, orthogonal_map: str, *, use_trivialization: bool = True) -> None:
        if np.iscomplexobj(plain(weight)) and orthogonal_map == "householder":
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = Size(weight.shape)
        self.orthogonal_map, self.use_trivialization = orthogonal_map, use_trivialization
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Any) -> Any:
        turned = X.size(-2) < X.size(-1)
        if turned:
            X = X.mT
        Q = self._by_reflections(X) if self.orthogonal_map == "householder" else self._by_exponential(X)
        if self.use_trivialization:
            Q = self.base @ Q
        return Q.mT if turned else Q

    def _by_exponential(self, X: Any) -> Any:
        """exp(A), or (1 + A / 2) (1 - A / 2)^-1, of the skew matrix A whose lower triangle is that of X."""
        n, k = X.size(-2), X.size(-1)
        X = X.tril()
        if n != k:
            X = cat([X, tensor_of(np.zeros((*X.shape[:-2], n, n - k), X.dtype))], -1)
        A = X - X.mH
        if self.orthogonal_map == "matrix_exp":
            Q = matrix_exp(A)
        else:
            one = tensor_of(np.eye(n, dtype=A.dtype))
            Q = solve(one - 0.5 * A, one + 0.5 * A)
        return Q[..., :k] if n != k else Q

    def _by_reflections(self, X: Any) -> Any:
        """The product of the reflections whose vectors lie below the diagonal of X; the diagonal says the signs."""
        A = X.tril(-1)
        tau = 2.0 / (1.0 + (A * A).sum(-2))
        signs = tensor_of(plain(X.detach()).diagonal(axis1=-2, axis2=-1).astype(np.int32)[..., None, :])
        return householder_product(A, tau) * signs

    def right_inverse(self, Q: Any) -> Any:
        """A matrix of which `forward` makes Q, or, where Q is not orthogonal, a matrix near it."""
        if Q.shape != self.shape:
            raise ValueError(f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape "
                             f"{Q.shape}.")
        turned = Q.size(-2) < Q.size(-1)
        tall = Q.mT if turned else Q
        if self.use_trivialization:
            self.base = self._completed(tall)
            return tensor_of(np.zeros(Q.shape, Q.dtype) - np.eye(*Q.shape[-2:], dtype=Q.dtype))
        if self.orthogonal_map != "householder":
            raise NotImplementedError("It is not possible to assign to the matrix exponential or the Cayley "
                                      "parametrizations when use_trivialization=False.")
        A, tau = geqrf(tall)
        a, i = np.array(plain(A)), np.arange(A.size(-1))
        signs = np.sign(a[..., i, i])
        a[..., i, i] = np.where(plain(tau) == 0, -signs, signs)
        A = tensor_of(a)
        return A.mT if turned else A

    def _completed(self, Q: Any) -> Any:
        """A square orthogonal matrix that begins with the columns of Q, made orthogonal."""
        n, k = Q.size(-2), Q.size(-1)
        if n == k:
            return Q.clone() if _is_orthogonal(Q) else _make_orthogonal(Q)
        more = random.normal_(np.empty((*Q.shape[:-2], n, n - k), Q.dtype))
        return _make_orthogonal(cat([Q, tensor_of(more)], -1))


def orthogonal(module: Any, name: str = "weight", orthogonal_map: str | None = None, *,
               use_trivialization: bool = True) -> Any:
    """Keep a matrix orthogonal (or unitary) whatever is learned: columns, or fewer rows, of length 1 at right angles.

    Args:
        orthogonal_map: how it is computed, from a skew matrix A or from reflections:
            "matrix_exp": exp(A); "cayley": (1 + A / 2) (1 - A / 2)^-1; "householder": a product of reflections.
            None: "matrix_exp" for square and complex matrices, else "householder".
        use_trivialization: multiply a fixed matrix to it, which starts as the weight; then it can be assigned to.

    As torch.nn.utils.parametrizations.orthogonal.
    """
    weight = _weight_of(module, name)
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.size(-2) == weight.size(-1)
        orthogonal_map = "matrix_exp" if square or weight.dtype.kind == "c" else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise ValueError('orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: '
                         f"{orthogonal_map}")
    orth = _Orthogonal(weight, orthogonal_map, use_trivialization=use_trivialization)
    return register_parametrization(module, name, orth, unsafe=True)


# ------------------------------------------------------------------ weight normalization

class _WeightNorm(Module):
    """A weight computed from its length and its direction."""

    def __init__(self, dim: int | None = 0) -> None:
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        return _normalized(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        return lengths(weight, self.dim), weight


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Let `module` learn its weight as length g (original0) and direction v (original1): w = g v / |v|.

    dim: the dimension whose slices have a length each; None: one length for all.  A state dict of the old
    nn.utils.weight_norm can be loaded.

    Source: Salimans and Kingma 2016.  As torch.nn.utils.parametrizations.weight_norm.
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(state_dict: Any, prefix: str, *_: Any) -> None:
        old, new = f"{prefix}{name}", f"{prefix}parametrizations.{name}.original"
        if f"{old}_g" in state_dict and f"{old}_v" in state_dict:
            state_dict[new + "0"] = state_dict.pop(f"{old}_g")
            state_dict[new + "1"] = state_dict.pop(f"{old}_v")
    module._register_load_state_dict_pre_hook(rename)
    return module


# ------------------------------------------------------------------ spectral normalization

class _SpectralNorm(Module):
    """A weight divided by an estimate of its largest singular value.

        u, v <- W v / |W v|, W^T u / |W^T u|          n_power_iterations times, while training
    """
    _u: Any
    _v: Any

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        ndim = weight.ndim
        if not -ndim <= dim < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but got {dim})")
        if n_power_iterations <= 0:
            raise ValueError("Expected n_power_iterations to be positive, but got "
                             f"n_power_iterations={n_power_iterations}")
        self.dim, self.eps = dim % ndim, eps
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight.detach(), self.dim)
            for name, n in zip(("_u", "_v"), matrix.shape):
                drawn = init.normal_(tensor_of(np.empty(n, matrix.dtype)))
                self.register_buffer(name, normalize(drawn, dim=0, eps=eps))
            self._power_method(matrix, 15)

    def _power_method(self, weight_mat: Any, n_power_iterations: int) -> None:
        iterate(n_power_iterations, self.eps, (self._u, weight_mat, self._v), (self._v, weight_mat.mH, self._u))

    def forward(self, weight: Any) -> Any:
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        u, v = self._u.clone(), self._v.clone()     # the next call changes the buffers
        return weight / vdot(u, mv(matrix, v))

    def right_inverse(self, value: Any) -> Any:
        return value


def spectral_norm(module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12,
                  dim: int | None = None) -> Any:
    """Divide a weight by its largest singular value, as estimated by power iterations.

    Args:
        n_power_iterations: how many each computation makes while training.  eps: keeps from dividing by zero.
        dim: which dimension counts the outputs; by default 0, of transposed convolutions 1.

    Source: Miyato et al. 2018.  As torch.nn.utils.parametrizations.spectral_norm.
    """
    weight = _weight_of(module, name)
    made = _SpectralNorm(weight, n_power_iterations, rows_dim(module, dim), eps)
    return register_parametrization(module, name, made)
