"""Adamax: Adam with the largest recent gradient for the root of the mean square."""
from __future__ import annotations

from typing import Any

import numpy as np

from ._functional import step
from ._options import check_betas, check_lr, number, require
from ._rules import Elementwise
from ._work import Work

__all__ = ["Adamax", "adamax"]


class Adamax(Elementwise):
    """Gradient descent along the mean gradient, over its largest recent size.

        m = beta1 m + (1 - beta1) g            u = max(beta2 u, |g| + eps)
        p = p - lr / (1 - beta1^t)  m / u

    Args:
        params: a net, parameters, or groups.
        lr: the learning rate, a number or a tensor with one element.
        betas: how much of m and u is kept at each step, in [0, 1).
        eps: keeps the quotient finite.
        weight_decay: adds weight_decay p to the gradient.
        foreach: accepted as torch does.  maximize: go uphill.  capturable, differentiable: refused at `step`.

    As torch.optim.Adamax (Kingma and Ba, arXiv:1412.6980).
    """
    lines = ("exp_avg", "exp_inf")

    def __init__(self, params: Any, lr: Any = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0, foreach: bool | None = None, *, maximize: bool = False,
                 differentiable: bool = False, capturable: bool = False) -> None:
        check_lr(lr)
        require(0.0 <= eps, f"Invalid epsilon value: {eps}")
        check_betas(betas)
        require(0.0 <= weight_decay, f"Invalid weight_decay value: {weight_decay}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, foreach=foreach,
                                      maximize=maximize, differentiable=differentiable, capturable=capturable))

    def rule(self, group: dict[str, Any], work: Work, step: float) -> None:  # type: ignore[override]
        beta1, beta2 = group["betas"]
        exp_avg, exp_inf = work.arrays
        g = work.downhill(group)
        work.lerp(exp_avg, g, 1 - beta1)
        size = work.shift(np.abs(g, work.b), group["eps"])
        np.maximum(work.scale(exp_inf, beta2), size, out=exp_inf)
        work.addcdiv(work.p, exp_avg, exp_inf, -(number(group["lr"]) / (1 - beta1 ** step)))


def adamax(params: Any, grads: Any, exp_avgs: Any, exp_infs: Any, state_steps: Any, foreach: bool | None = None,
           maximize: bool = False, differentiable: bool = False, capturable: bool = False, has_complex: bool = False,
           *, eps: float, beta1: float, beta2: float, lr: Any, weight_decay: float) -> None:
    """A step of Adamax, its state given.  As torch.optim.adamax.adamax."""
    step(Adamax, locals(), step="state_steps", exp_avg="exp_avgs", exp_inf="exp_infs")
