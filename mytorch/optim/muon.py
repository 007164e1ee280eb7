"""Muon: momentum whose update is made orthogonal, for weight matrices."""
from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from ..engine.tape import ndarray, wrote
from ..engine.tensor import Tensor, plain
from ._options import check_lr, number, require
from ._rules import PerParameter, check_gradient
from ._work import lerp

__all__ = ["Muon"]


class Muon(PerParameter):
    """Momentum, orthogonalized by Newton and Schulz.

        b = momentum b + (1 - momentum) g
        u = momentum b + (1 - momentum) g  if nesterov else b
        p = p (1 - lr weight_decay) - lr scale orthogonal(u)        scale = sqrt(max(1, rows / columns))

    Args:
        params: matrices only; vectors are for another optimizer.
        lr: the learning rate, a number or a tensor with one element.
        weight_decay, momentum, nesterov: as above.
        ns_coefficients: (a, b, c) of the iteration X = a X + (b X X^T + c (X X^T)^2) X.  ns_steps: how often.
        eps: the smallest norm that is divided by.
        adjust_lr_fn: "original" (None means it), or "match_rms_adamw": scale = 0.2 sqrt(max(rows, columns)).

    The iteration runs in bfloat16, as in torch.  As torch.optim.Muon (Jordan et al., 2024).
    """

    def __init__(self, params: Any, lr: Any = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95,
                 nesterov: bool = True, ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
                 eps: float = 1e-7, ns_steps: int = 5, adjust_lr_fn: str | None = None) -> None:
        check_lr(lr, "Learning rate should be >= 0 but is")
        require(0.0 <= momentum, f"momentum should be >= 0 but is: {momentum}")
        require(0.0 <= weight_decay, f"weight decay should be >= 0 but is: {weight_decay}")
        require(adjust_lr_fn in (None, "original", "match_rms_adamw"),
                f"Adjust learning rate function {adjust_lr_fn} is not supported")
        super().__init__(params, dict(lr=lr, weight_decay=weight_decay, momentum=momentum, nesterov=nesterov,
                                      ns_coefficients=ns_coefficients, eps=eps, ns_steps=ns_steps,
                                      adjust_lr_fn=adjust_lr_fn))
        for group in self.param_groups:
            for param in group["params"]:
                require(param.ndim == 2, "Muon only supports 2D parameters whereas we found a parameter with size: "
                                         f"{param.shape}")

    def _update(self, group: dict[str, Any], param: Tensor) -> None:
        p, g = plain(param), plain(param._grad)
        if p.dtype.kind == "c":
            raise RuntimeError("Muon does not support complex parameters")
        require(g.ndim == 2, "Param gradient must be a 2D matrix")
        check_gradient(p, g)
        kept = self._state[param]
        if "momentum_buffer" not in kept:
            kept["momentum_buffer"] = np.zeros_like(g).view(Tensor)
        lr, momentum = number(group["lr"]), group["momentum"]
        buffer = plain(kept["momentum_buffer"])
        buffer[...] = lerp(buffer, g, 1 - momentum)
        update = orthogonal(lerp(g, buffer, momentum) if group["nesterov"] else buffer,
                            group["ns_coefficients"], group["ns_steps"], group["eps"])
        p *= 1 - lr * group["weight_decay"]
        p -= lr * _scale(group["adjust_lr_fn"], p.shape) * update.astype(p.dtype)
        wrote(p)


def _scale(name: str | None, shape: tuple) -> float:
    """What makes one learning rate fit matrices of all shapes."""
    rows, columns = shape
    return 0.2 * sqrt(max(rows, columns)) if name == "match_rms_adamw" else sqrt(max(1, rows / columns))


def orthogonal(g: ndarray, coefficients: tuple, steps: int, eps: float) -> ndarray:
    """U V^T, roughly, of g = U S V^T (m, n); float32 with bfloat16's precision.

    The singular values end up between 0.5 and 1.5: the coefficients are chosen for a steep start, not for
    convergence.
    """
    require(steps < 100, "Number of steps must be less than 100 for computational efficiency")
    require(len(coefficients) == 3, "Coefficients must be a tuple of exactly 3 values")
    a, b, c = (float(np.float32(x)) for x in coefficients)
    tall = g.shape[0] > g.shape[1]
    x = rounded(g.T if tall else g)
    norm = rounded(np.sqrt(np.sum(x * x, dtype=np.float32)))
    x = rounded(x / np.maximum(norm, rounded(np.float32(eps))))
    for _ in range(steps):
        gram = rounded(x @ x.T)
        x = _sum(a, x, _sum(b, gram, c * (gram @ gram)) @ x)
    return x.T if tall else x


def _sum(factor: float, x: ndarray, y: ndarray) -> ndarray:
    """factor x + y; the product is not rounded on the way, as in torch's kernels."""
    return rounded(factor * x.astype(np.float64) + y)


def rounded(x: Any) -> ndarray:
    """To the nearest bfloat16, ties to even: the upper half of a float32."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    bits = (bits + (np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1)))) & np.uint32(0xFFFF0000)
    return bits.view(np.float32).reshape(np.shape(x))
