"""Adafactor: the mean square gradient of a matrix, kept as a row and a column."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import finfo
from ..engine.tape import ndarray, wrote
from ..engine.tensor import Tensor, plain
from ._options import check_lr, number, number_tensor, require
from ._rules import PerParameter, check_gradient
from ._work import lerp

__all__ = ["Adafactor"]


class Adafactor(PerParameter):
    """Gradient descent relative to the parameter's size, in memory that grows with rows + columns.

        R = R + t^beta2_decay (mean of g^2 over columns - R)        C likewise, over rows
        u = g / sqrt(max(R C / mean(R), eps1^2))                    a vector keeps its whole mean square instead
        p = p (1 - lr weight_decay) - max(eps2, rms(p)) min(lr, 1 / sqrt(t)) u / max(1, rms(u) / d)

    Args:
        params: a net, parameters, or groups.
        lr: bounds the relative step, a number or a tensor with one element.
        beta2_decay: how the means forget, <= 0.
        eps: (eps1, eps2); eps1 None means the parameter type's precision.
        d: the largest rms of an update, >= 1.
        weight_decay: as above.
        foreach: accepted as torch does.  maximize: go uphill.

    As torch.optim.Adafactor (Shazeer and Stern, arXiv:1804.04235).
    """

    def __init__(self, params: Any, lr: Any = 1e-2, beta2_decay: float = -0.8,
                 eps: tuple[float | None, float] = (None, 1e-3), d: float = 1.0, weight_decay: float = 0.0, *,
                 foreach: bool | None = None, maximize: bool = False) -> None:
        check_lr(lr, "Learning rate should be >= 0 but is")
        require(0.0 >= beta2_decay, f"beta2_decay should be <= 0 but is: {beta2_decay}")
        require(eps[0] is None or 0.0 <= eps[0], f"epsilon1 should be >= 0 but is: {eps[0]}")
        require(0.0 <= eps[1], f"epsilon2 should be >= 0 but is: {eps[1]}")
        require(1.0 <= d, f"Clipping threshold d should be >= 1 but is: {d}")
        require(0.0 <= weight_decay, f"weight_decay should be >= 0 but is: {weight_decay}")
        super().__init__(params, dict(lr=lr, beta2_decay=beta2_decay, eps=eps, d=d, weight_decay=weight_decay,
                                      foreach=foreach, maximize=maximize))

    def _update(self, group: dict[str, Any], param: Tensor) -> None:
        p, g = plain(param), plain(param._grad)
        if p.dtype.kind == "c":
            raise RuntimeError("Adafactor does not support complex parameters")
        check_gradient(p, g)
        kept = self._state[param]
        if not kept:
            self._begin(group, kept, g)
        if group["maximize"]:
            g = -g
        steps = plain(kept["step"])
        steps += 1
        t, lr, (eps1, eps2) = steps.item(), number(group["lr"]), group["eps"]
        eps1 = float(finfo(p.dtype).eps) if eps1 is None else eps1
        alpha = max(eps2, _norm(p) / p.size ** 0.5) * min(lr, 1 / t ** 0.5)
        if group["weight_decay"] != 0:
            p *= 1 - lr * group["weight_decay"]
        square = self._mean_square(kept, g, t ** group["beta2_decay"], eps1)
        update = g / np.sqrt(np.maximum(square, np.asarray(eps1 * eps1, p.dtype)))
        p -= alpha / max(1.0, _norm(update) / (update.size ** 0.5 * group["d"])) * update
        wrote(p)

    @staticmethod
    def _begin(group: dict[str, Any], kept: dict[str, Any], g: ndarray) -> None:
        kept["step"] = number_tensor(group, 0.0)
        if g.ndim > 1:
            kept["row_var"] = np.zeros((*g.shape[:-1], 1), g.dtype).view(Tensor)
            kept["col_var"] = np.zeros((*g.shape[:-2], 1, g.shape[-1]), g.dtype).view(Tensor)
        else:
            kept["variance"] = np.zeros(g.shape, g.dtype).view(Tensor)

    @staticmethod
    def _mean_square(kept: dict[str, Any], g: ndarray, weight: float, eps: float) -> ndarray:
        """The estimate of g^2, its means moved towards the present one by `weight`."""
        square = g * g

        def moved(name: str, now: ndarray) -> ndarray:
            mean = plain(kept[name])
            mean[...] = lerp(mean, now, weight)
            return mean

        if g.ndim < 2:
            return moved("variance", square)
        rows = moved("row_var", square.sum(-1, keepdims=True) / g.shape[-1])
        columns = moved("col_var", square.sum(-2, keepdims=True) / g.shape[-2])
        return rows * columns / np.maximum(rows.mean(-2, keepdims=True), eps)


def _norm(x: ndarray) -> float:
    line = x.reshape(-1)
    return float(np.sqrt(line @ line))
