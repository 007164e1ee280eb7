"""RAdam: Adam that trusts the mean square only when it rests on enough steps."""
from __future__ import annotations

from typing import Any

import numpy as np

from ._functional import step
from ._options import check_betas, check_lr, number, require
from ._rules import Elementwise
from ._work import Work
from .adam import moved_means

__all__ = ["RAdam", "radam"]


class RAdam(Elementwise):
    """Adam with a rectified variance.

        m = beta1 m + (1 - beta1) g            v = beta2 v + (1 - beta2) g^2
        rho_inf = 2 / (1 - beta2) - 1          rho = rho_inf - 2 t beta2^t / (1 - beta2^t)
        r = sqrt((rho - 4) (rho - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho))
        p = p - lr m / (1 - beta1^t) * (r sqrt(1 - beta2^t) / (sqrt(v) + eps) if rho > 5 else 1)

    Args:
        params: a net, parameters, or groups.
        lr: the learning rate, a number or a tensor with one element.
        betas: how much of the means is kept at each step, in [0, 1).
        eps: keeps the quotient finite.
        weight_decay: adds weight_decay p to the gradient; with decoupled_weight_decay, p shrinks by lr weight_decay p
            instead, before the step.
        foreach: accepted as torch does.  maximize: go uphill.  capturable, differentiable: refused at `step`.

    As torch.optim.RAdam (Liu et al., arXiv:1908.03265).
    """
    lines = ("exp_avg", "exp_avg_sq")

    def __init__(self, params: Any, lr: Any = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0, decoupled_weight_decay: bool = False, *, foreach: bool | None = None,
                 maximize: bool = False, capturable: bool = False, differentiable: bool = False) -> None:
        check_lr(lr)
        require(0.0 <= eps, f"Invalid epsilon value: {eps}")
        check_betas(betas)
        require(0.0 <= weight_decay, f"Invalid weight_decay value: {weight_decay}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, maximize=maximize,
                                      foreach=foreach, capturable=capturable,
                                      decoupled_weight_decay=decoupled_weight_decay, differentiable=differentiable))

    def rule(self, group: dict[str, Any], work: Work, step: float) -> None:  # type: ignore[override]
        lr, (beta1, beta2) = number(group["lr"]), group["betas"]
        _, exp_avg, exp_avg_sq = moved_means(group, work, lr, beta1, beta2)
        correction = 1 - beta2 ** step
        limit = 2 / (1 - beta2) - 1
        rho = limit - 2 * step * beta2 ** step / correction
        np.copyto(work.e, exp_avg)
        update = work.scale(work.over(work.e, 1 - beta1 ** step), lr)
        if rho > 5.0:
            root = work.shift(np.sqrt(exp_avg_sq, work.b), group["eps"])
            np.multiply(update, work.scale(np.reciprocal(root, root), correction ** 0.5), update)
            work.scale(update, ((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) ** 0.5)
        np.subtract(work.p, update, work.p)


def radam(params: Any, grads: Any, exp_avgs: Any, exp_avg_sqs: Any, state_steps: Any,
          decoupled_weight_decay: bool = False, foreach: bool | None = None, differentiable: bool = False,
          capturable: bool = False, has_complex: bool = False, maximize: bool = False, *, beta1: float, beta2: float,
          lr: Any, weight_decay: float, eps: float) -> None:
    """A step of RAdam, its state given.  As torch.optim.radam.radam."""
    step(RAdam, locals(), step="state_steps", exp_avg="exp_avgs", exp_avg_sq="exp_avg_sqs")
