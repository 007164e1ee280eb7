"""NAdam: Adam with Nesterov momentum."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.tape import ndarray
from ._functional import step
from ._options import check_betas, check_lr, number, require
from ._rules import Elementwise
from ._work import Work
from .adam import moved_means

__all__ = ["NAdam", "nadam"]


class NAdam(Elementwise):
    """Adam that looks ahead along its mean gradient.

        mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)            M_t = mu_1 ... mu_t
        m = beta1 m + (1 - beta1) g            v = beta2 v + (1 - beta2) g^2
        p = p - lr ((1 - mu_t) / (1 - M_t) g + mu_{t+1} / (1 - M_{t+1}) m) / (sqrt(v / (1 - beta2^t)) + eps)

    Args:
        params: a net, parameters, or groups.
        lr: the learning rate, a number or a tensor with one element.
        betas: how much of the means is kept at each step, in [0, 1).
        eps: keeps the quotient finite.
        weight_decay: adds weight_decay p to the gradient; with decoupled_weight_decay, p shrinks by lr weight_decay p
            instead, before the step.
        momentum_decay: how fast mu grows to beta1.
        foreach: accepted as torch does.  maximize: go uphill.  capturable, differentiable: refused at `step`.

    As torch.optim.NAdam.
    """
    lines = ("exp_avg", "exp_avg_sq")
    numbers = ("step", "mu_product")
    _held = "params, mu_products and state_steps"

    def __init__(self, params: Any, lr: Any = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0, momentum_decay: float = 4e-3, decoupled_weight_decay: bool = False, *,
                 foreach: bool | None = None, maximize: bool = False, capturable: bool = False,
                 differentiable: bool = False) -> None:
        check_lr(lr)
        require(0.0 <= eps, f"Invalid epsilon value: {eps}")
        check_betas(betas)
        require(0.0 <= weight_decay, f"Invalid weight_decay value: {weight_decay}")
        require(0.0 <= momentum_decay, f"Invalid momentum_decay value: {momentum_decay}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
                                      momentum_decay=momentum_decay, decoupled_weight_decay=decoupled_weight_decay,
                                      maximize=maximize, foreach=foreach, capturable=capturable,
                                      differentiable=differentiable))

    def initial(self, group: dict[str, Any], name: str) -> Any:
        return 1.0 if name == "mu_product" else 0.0

    def advance(self, group: dict[str, Any], step: ndarray, mu_product: ndarray) -> tuple:  # type: ignore[override]
        t, = super().advance(group, step)
        beta1, decay = group["betas"][0], group["momentum_decay"]
        mu = beta1 * (1.0 - 0.5 * 0.96 ** (t * decay))
        mu_next = beta1 * (1.0 - 0.5 * 0.96 ** ((t + 1) * decay))
        np.multiply(mu_product, mu, mu_product)
        return t, mu, mu_next, mu_product.item(0)

    def rule(self, group: dict[str, Any], work: Work, step: float, mu: float,  # type: ignore[override]
             mu_next: float, mu_product: float) -> None:
        lr, (beta1, beta2) = number(group["lr"]), group["betas"]
        g, exp_avg, exp_avg_sq = moved_means(group, work, lr, beta1, beta2)
        np.copyto(work.b, exp_avg_sq)
        root = np.sqrt(work.over(work.b, 1 - beta2 ** step), work.b)
        work.shift(root, group["eps"])
        work.addcdiv(work.p, g, root, -lr * (1.0 - mu) / (1.0 - mu_product))
        work.addcdiv(work.p, exp_avg, root, -lr * mu_next / (1.0 - mu_product * mu_next))


def nadam(params: Any, grads: Any, exp_avgs: Any, exp_avg_sqs: Any, mu_products: Any, state_steps: Any,
          decoupled_weight_decay: bool = False, foreach: bool | None = None, capturable: bool = False,
          differentiable: bool = False, has_complex: bool = False, maximize: bool = False, *, beta1: float,
          beta2: float, lr: Any, weight_decay: float, momentum_decay: float, eps: float) -> None:
    """A step of NAdam, its state given.  As torch.optim.nadam.nadam."""
    step(NAdam, locals(), step="state_steps", exp_avg="exp_avgs", exp_avg_sq="exp_avg_sqs", mu_product="mu_products")
