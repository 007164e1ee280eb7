"""Adadelta: steps in units of the recent steps, gradients in units of the recent gradients."""
from __future__ import annotations

from typing import Any

import numpy as np

from ._functional import step
from ._options import check_lr, number, require
from ._rules import Elementwise
from ._work import Work

__all__ = ["Adadelta", "adadelta"]


class Adadelta(Elementwise):
    """Gradient descent that finds its own scale.

        v = rho v + (1 - rho) g^2
        d = sqrt(u + eps) / sqrt(v + eps) g
        u = rho u + (1 - rho) d^2
        p = p - lr d

    Args:
        params: a net, parameters, or groups.
        lr: a factor on the steps, a number or a tensor with one element.
        rho: how much of the means is kept at each step, in [0, 1].
        eps: the first steps come from it.
        weight_decay: adds weight_decay p to the gradient.
        foreach: accepted as torch does.  maximize: go uphill.  capturable, differentiable: refused at `step`.

    As torch.optim.Adadelta (Zeiler, arXiv:1212.5701).
    """
    lines = ("square_avg", "acc_delta")
    _captures_on = ["cuda", "xpu", "hpu", "privateuseone"]

    def __init__(self, params: Any, lr: Any = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0,
                 foreach: bool | None = None, *, capturable: bool = False, maximize: bool = False,
                 differentiable: bool = False) -> None:
        check_lr(lr)
        require(0.0 <= rho <= 1.0, f"Invalid rho value: {rho}")
        require(0.0 <= eps, f"Invalid epsilon value: {eps}")
        require(0.0 <= weight_decay, f"Invalid weight_decay value: {weight_decay}")
        super().__init__(params, dict(lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize,
                                      capturable=capturable, foreach=foreach, differentiable=differentiable))

    def rule(self, group: dict[str, Any], work: Work, step: float) -> None:  # type: ignore[override]
        rho, eps = group["rho"], group["eps"]
        square_avg, acc_delta = work.arrays
        g, root, delta = work.downhill(group), work.b, work.e
        work.scale(square_avg, rho)
        work.addcmul(square_avg, g, g, 1 - rho)
        np.copyto(root, square_avg)
        np.sqrt(work.shift(root, eps), root)
        np.copyto(delta, acc_delta)
        np.sqrt(work.shift(delta, eps), delta)
        np.divide(delta, root, delta)
        np.multiply(delta, g, delta)
        work.scale(acc_delta, rho)
        work.addcmul(acc_delta, delta, delta, 1 - rho)
        work.add(work.p, delta, -number(group["lr"]))


def adadelta(params: Any, grads: Any, square_avgs: Any, acc_deltas: Any, state_steps: Any, capturable: bool = False,
             foreach: bool | None = None, differentiable: bool = False, has_complex: bool = False, *, lr: Any,
             rho: float, eps: float, weight_decay: float, maximize: bool) -> None:
    """A step of Adadelta, its state given.  As torch.optim.adadelta.adadelta."""
    step(Adadelta, locals(), step="state_steps", square_avg="square_avgs", acc_delta="acc_deltas")
