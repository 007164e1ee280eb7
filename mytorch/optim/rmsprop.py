"""RMSprop: the gradient over the root of its mean square."""
from __future__ import annotations

from typing import Any

import numpy as np

from ._functional import step
from ._options import check_lr, number, require
from ._rules import Elementwise
from ._work import Work

__all__ = ["RMSprop", "rmsprop"]

#: By (momentum?, centered?): what is kept for every element.
_ARRAYS = {(False, False): ("square_avg",), (True, False): ("square_avg", "momentum_buffer"),
           (False, True): ("square_avg", "grad_avg"), (True, True): ("square_avg", "momentum_buffer", "grad_avg")}


class RMSprop(Elementwise):
    """Gradient descent in units of the gradient's recent size.

        v = alpha v + (1 - alpha) g^2
        p = p - lr g / (sqrt(v) + eps)

    Args:
        params: a net, parameters, or groups.
        lr: the learning rate, a number or a tensor with one element.
        alpha: how much of the mean square is kept at each step.
        eps: keeps the quotient finite.
        weight_decay: adds weight_decay p to the gradient.
        momentum: b = momentum b + g / (sqrt(v) + eps), and p = p - lr b.
        centered: take the variance, v - (mean gradient)^2, for v.
        foreach: accepted as torch does.  maximize: go uphill.  capturable, differentiable: refused at `step`.

    As torch.optim.RMSprop.
    """

    def __init__(self, params: Any, lr: Any = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0,
                 momentum: float = 0, centered: bool = False, capturable: bool = False, foreach: bool | None = None,
                 maximize: bool = False, differentiable: bool = False) -> None:
        check_lr(lr)
        require(0.0 <= eps, f"Invalid epsilon value: {eps}")
        require(0.0 <= momentum, f"Invalid momentum value: {momentum}")
        require(0.0 <= weight_decay, f"Invalid weight_decay value: {weight_decay}")
        require(0.0 <= alpha, f"Invalid alpha value: {alpha}")
        super().__init__(params, dict(lr=lr, momentum=momentum, alpha=alpha, eps=eps, centered=centered,
                                      weight_decay=weight_decay, capturable=capturable, foreach=foreach,
                                      maximize=maximize, differentiable=differentiable))

    def arrays(self, group: dict[str, Any]) -> tuple[str, ...]:
        return _ARRAYS[group["momentum"] > 0, bool(group["centered"])]

    def rule(self, group: dict[str, Any], work: Work, step: float) -> None:  # type: ignore[override]
        lr, alpha, momentum = number(group["lr"]), group["alpha"], group["momentum"]
        square_avg, root = work.arrays[0], work.b
        g = work.downhill(group)
        work.scale(square_avg, alpha)
        work.addcmul(square_avg, g, g, 1 - alpha)
        if group["centered"]:
            grad_avg = work.arrays[-1]
            work.lerp(grad_avg, g, 1 - alpha)
            np.copyto(root, square_avg)
            work.addcmul(root, grad_avg, grad_avg, -1)
            np.sqrt(root, root)
        else:
            np.sqrt(square_avg, root)
        work.shift(root, group["eps"])
        if momentum > 0:
            buffer = work.arrays[1]
            work.scale(buffer, momentum)
            work.addcdiv(buffer, g, root, 1)
            work.add(work.p, buffer, -lr)
        else:
            work.addcdiv(work.p, g, root, -lr)


def rmsprop(params: Any, grads: Any, square_avgs: Any, grad_avgs: Any, momentum_buffer_list: Any, state_steps: Any,
            foreach: bool | None = None, maximize: bool = False, differentiable: bool = False,
            capturable: bool = False, has_complex: bool = False, *, lr: Any, alpha: float, eps: float,
            weight_decay: float, momentum: float, centered: bool) -> None:
    """A step of RMSprop, its state given.  As torch.optim.rmsprop.rmsprop."""
    step(RMSprop, locals(), step="state_steps", square_avg="square_avgs", grad_avg="grad_avgs",
         momentum_buffer="momentum_buffer_list")
