"""ASGD: gradient descent, and the average of where it went."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.tape import ndarray
from ._functional import step
from ._options import check_lr, number, require
from ._rules import Elementwise
from ._work import Work

__all__ = ["ASGD", "asgd"]


class ASGD(Elementwise):
    """Averaged stochastic gradient descent; the average is `state[p]["ax"]`.

        p = p (1 - lambd eta) - eta g          ax = ax + mu (p - ax)
        eta = lr / (1 + lambd lr t)^alpha      mu = 1 / max(1, t - t0)

    Args:
        params: a net, parameters, or groups.
        lr: the learning rate, a number or a tensor with one element.
        lambd: decay of p.  alpha: power by which the rate falls.  t0: the step at which averaging begins.
        weight_decay: adds weight_decay p to the gradient.
        foreach: accepted as torch does.  maximize: go uphill.  capturable, differentiable: refused at `step`.

    As torch.optim.ASGD (Polyak and Juditsky, 1992).
    """
    lines = ("ax",)
    numbers = ("step", "eta", "mu")
    _held = "params, mus, etas, and state_steps"

    def __init__(self, params: Any, lr: Any = 1e-2, lambd: float = 1e-4, alpha: float = 0.75, t0: float = 1e6,
                 weight_decay: float = 0, foreach: bool | None = None, maximize: bool = False,
                 differentiable: bool = False, capturable: bool = False) -> None:
        check_lr(lr)
        require(0.0 <= weight_decay, f"Invalid weight_decay value: {weight_decay}")
        super().__init__(params, dict(lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=weight_decay,
                                      foreach=foreach, maximize=maximize, differentiable=differentiable,
                                      capturable=capturable))

    def initial(self, group: dict[str, Any], name: str) -> Any:
        return group["lr"] if name == "eta" else 1.0 if name == "mu" else 0.0

    def advance(self, group: dict[str, Any], step: ndarray, eta: ndarray, mu: ndarray) -> tuple:  # type: ignore
        t, = super().advance(group, step)
        now = eta.item(0), mu.item(0)
        lr = number(group["lr"])
        eta[...] = lr / ((1 + group["lambd"] * lr * t) ** group["alpha"])
        mu[...] = 1 / max(1, t - group["t0"])
        return now

    def rule(self, group: dict[str, Any], work: Work, eta: float, mu: float) -> None:  # type: ignore[override]
        p, (average,) = work.p, work.arrays
        g = work.downhill(group)
        work.scale(p, 1 - group["lambd"] * eta)
        work.add(p, g, -eta)
        if mu == 1:
            np.copyto(average, p)
        else:
            np.add(average, work.scale(np.subtract(p, average, work.b), mu), average)


def asgd(params: Any, grads: Any, axs: Any, mus: Any, etas: Any, state_steps: Any, foreach: bool | None = None,
         maximize: bool = False, differentiable: bool = False, capturable: bool = False, has_complex: bool = False, *,
         lambd: float, lr: Any, t0: float, alpha: float, weight_decay: float) -> None:
    """A step of ASGD, its state given.  As torch.optim.asgd.asgd."""
    step(ASGD, locals(), step="state_steps", ax="axs", mu="mus", eta="etas")
