"""Adam and AdamW: steps of about `lr`, whatever the scale of the gradient."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.tape import ndarray
from ._functional import step
from ._options import check_betas, check_fused, check_lr, number, require
from ._rules import Elementwise
from ._work import Work

__all__ = ["Adam", "AdamW", "adam"]

_TWO, _THREE = ("exp_avg", "exp_avg_sq"), ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")


def moved_means(group: dict[str, Any], work: Work, lr: Any, beta1: Any, beta2: Any) -> tuple[ndarray, ndarray, ndarray]:
    """How all Adams begin: decay the weights, move the means.  Returns (the gradient, its mean, its mean square)."""
    exp_avg, exp_avg_sq = work.arrays[:2]
    decoupled = group["decoupled_weight_decay"]
    if decoupled and group["weight_decay"] != 0:
        work.scale(work.p, 1 - lr * number(group["weight_decay"]))
    g = work.downhill(group, not decoupled)
    work.lerp(exp_avg, g, 1 - beta1)
    work.scale(exp_avg_sq, beta2)
    work.addcmul(exp_avg_sq, g, g, 1 - beta2)
    return g, exp_avg, exp_avg_sq


class Adam(Elementwise):
    """Gradient descent along the mean gradient, over the root of the mean square.

        m = beta1 m + (1 - beta1) g            v = beta2 v + (1 - beta2) g^2
        p = p - lr m / (1 - beta1^t)  /  (sqrt(v / (1 - beta2^t)) + eps)

    Args:
        params: a net, parameters, or groups.
        lr: the size of a step, a number or a tensor with one element.
        betas: how much of the means is kept at each step, in [0, 1).
        eps: keeps the quotient finite.
        weight_decay: adds weight_decay p to the gradient; with decoupled_weight_decay, p shrinks by lr weight_decay p
            instead, before the step.
        amsgrad: divide by the largest v so far.
        maximize: go uphill.
        foreach, fused: accepted as torch does; there is one way to compute.  capturable, differentiable: refused at
            `step`.

    As torch.optim.Adam (Kingma and Ba, arXiv:1412.6980).
    """

    def __init__(self, params: Any, lr: Any = 1e-3, betas: Any = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0, amsgrad: bool = False, *, foreach: bool | None = None,
                 maximize: bool = False, capturable: bool = False, differentiable: bool = False,
                 fused: bool | None = None, decoupled_weight_decay: bool = False) -> None:
        eager = foreach and not capturable
        require(not (isinstance(lr, ndarray) and eager),
                "lr as a Tensor is not supported for capturable=False and foreach=True")
        check_lr(lr)
        require(0.0 <= eps, f"Invalid epsilon value: {eps}")
        check_betas(betas)
        require(0.0 <= weight_decay, f"Invalid weight_decay value: {weight_decay}")
        kinds = [float if isinstance(beta, float) else ndarray if isinstance(beta, ndarray) else None
                 for beta in betas[:2]]
        require(kinds[0] is kinds[1] is not None, "betas must be either both floats or both Tensors")
        for i, beta in enumerate(betas[:2]):
            require(not (isinstance(beta, ndarray) and eager),
                    f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True")
        defaults = dict(lr=lr, betas=tuple(betas), eps=eps, weight_decay=weight_decay, amsgrad=amsgrad,
                        maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
                        fused=fused, decoupled_weight_decay=decoupled_weight_decay)
        super().__init__(params, defaults)
        check_fused(fused, differentiable, foreach)

    def arrays(self, group: dict[str, Any]) -> tuple[str, ...]:
        return _THREE if group["amsgrad"] else _TWO

    def rule(self, group: dict[str, Any], work: Work, step: float) -> None:  # type: ignore[override]
        lr, (beta1, beta2) = number(group["lr"]), group["betas"]
        if type(beta1) is not float:
            beta1, beta2 = number(beta1), number(beta2)
        _, exp_avg, exp_avg_sq = moved_means(group, work, lr, beta1, beta2)
        if group["amsgrad"]:
            exp_avg_sq = np.maximum(work.arrays[2], exp_avg_sq, out=work.arrays[2])
        root = np.sqrt(exp_avg_sq, work.b)
        work.over(root, (1 - beta2 ** step) ** 0.5)
        work.shift(root, group["eps"])
        work.addcdiv(work.p, exp_avg, root, -(lr / (1 - beta1 ** step)))


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters and leaves the means alone.

        p = p - lr weight_decay p,  then as `Adam`

    As torch.optim.AdamW (Loshchilov and Hutter, arXiv:1711.05101); the options are Adam's.
    """

    def __init__(self, params: Any, lr: Any = 1e-3, betas: Any = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False,
                 foreach: bool | None = None, capturable: bool = False, differentiable: bool = False,
                 fused: bool | None = None) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize,
                         capturable=capturable, differentiable=differentiable, fused=fused,
                         decoupled_weight_decay=True)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True


def adam(params: Any, grads: Any, exp_avgs: Any, exp_avg_sqs: Any, max_exp_avg_sqs: Any, state_steps: Any,
         foreach: bool | None = None, capturable: bool = False, differentiable: bool = False,
         fused: bool | None = None, grad_scale: Any = None, found_inf: Any = None, has_complex: bool = False,
         decoupled_weight_decay: bool = False, *, amsgrad: bool, beta1: Any, beta2: Any, lr: Any, weight_decay: float,
         eps: float, maximize: bool) -> None:
    """A step of Adam, its state given.  As torch.optim.adam.adam."""
    step(Adam, locals(), step="state_steps", exp_avg="exp_avgs", exp_avg_sq="exp_avg_sqs",
         max_exp_avg_sq="max_exp_avg_sqs")
