"""Adagrad: the gradient over the root of the sum of all its squares."""
from __future__ import annotations

from typing import Any

import numpy as np

from ._functional import step
from ._options import check_fused, check_lr, number, require
from ._rules import Elementwise
from ._work import Work

__all__ = ["Adagrad", "adagrad"]


class Adagrad(Elementwise):
    """Gradient descent whose steps shrink where gradients were large.

        s = s + g^2
        p = p - lr / (1 + (t - 1) lr_decay)  g / (sqrt(s) + eps)

    Args:
        params: a net, parameters, or groups.
        lr: the learning rate, a number or a tensor with one element.
        lr_decay: how the learning rate decays.
        weight_decay: adds weight_decay p to the gradient.
        initial_accumulator_value: of s.
        eps: keeps the quotient finite.
        foreach, fused: accepted as torch does.  maximize: go uphill.  differentiable: refused at `step`.

    As torch.optim.Adagrad.
    """
    lines = ("sum",)

    def __init__(self, params: Any, lr: Any = 1e-2, lr_decay: float = 0, weight_decay: float = 0,
                 initial_accumulator_value: float = 0, eps: float = 1e-10, foreach: bool | None = None, *,
                 maximize: bool = False, differentiable: bool = False, fused: bool | None = None) -> None:
        check_lr(lr)
        require(0.0 <= lr_decay, f"Invalid lr_decay value: {lr_decay}")
        require(0.0 <= weight_decay, f"Invalid weight_decay value: {weight_decay}")
        require(0.0 <= initial_accumulator_value,
                f"Invalid initial_accumulator_value value: {initial_accumulator_value}")
        require(0.0 <= eps, f"Invalid epsilon value: {eps}")
        super().__init__(params, dict(lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay,
                                      initial_accumulator_value=initial_accumulator_value, foreach=foreach,
                                      maximize=maximize, differentiable=differentiable, fused=fused))
        check_fused(fused, differentiable, foreach)
        for group in self.param_groups:
            for param in group["params"]:
                self._complete_state(group, param)

    def initial(self, group: dict[str, Any], name: str) -> Any:
        return self.defaults["initial_accumulator_value"] if name == "sum" else 0.0

    def rule(self, group: dict[str, Any], work: Work, step: float) -> None:  # type: ignore[override]
        total, = work.arrays
        g = work.downhill(group)
        work.addcmul(total, g, g, 1)
        root = work.shift(np.sqrt(total, work.b), group["eps"])
        work.addcdiv(work.p, g, root, -(number(group["lr"]) / (1 + (step - 1) * group["lr_decay"])))


def adagrad(params: Any, grads: Any, state_sums: Any, state_steps: Any, fused: bool | None = None,
            grad_scale: Any = None, found_inf: Any = None, has_sparse_grad: bool = False, foreach: bool | None = None,
            differentiable: bool = False, has_complex: bool = False, *, lr: Any, weight_decay: float, lr_decay: float,
            eps: float, maximize: bool) -> None:
    """A step of Adagrad, its state given.  As torch.optim.adagrad.adagrad."""
    step(Adagrad, locals(), step="state_steps", sum="state_sums")
