"""Rprop: steps by the gradient's sign alone, each element with a step size of its own."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.tape import ndarray
from ._functional import step
from ._options import check_lr, require
from ._rules import Elementwise
from ._work import Work

__all__ = ["Rprop", "rprop"]


class Rprop(Elementwise):
    """Resilient backpropagation, for full batches.

        s = s etaplus   where g has the sign it had before
        s = s etaminus, g = 0   where it has turned
        p = p - sign(g) s

    Args:
        params: a net, parameters, or groups.
        lr: the first step size, a number or a tensor with one element.
        etas: (etaminus, etaplus), with 0 < etaminus < 1 < etaplus.
        step_sizes: the smallest and the largest step size.
        foreach: accepted as torch does.  maximize: go uphill.  capturable, differentiable: refused at `step`.

    As torch.optim.Rprop (Riedmiller and Braun, 1993).
    """
    lines = ("prev", "step_size")

    def __init__(self, params: Any, lr: Any = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
                 step_sizes: tuple[float, float] = (1e-6, 50), *, capturable: bool = False,
                 foreach: bool | None = None, maximize: bool = False, differentiable: bool = False) -> None:
        check_lr(lr)
        require(0.0 < etas[0] < 1.0 < etas[1], f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(params, dict(lr=lr, etas=etas, step_sizes=step_sizes, foreach=foreach, maximize=maximize,
                                      differentiable=differentiable, capturable=capturable))

    def initial(self, group: dict[str, Any], name: str) -> Any:
        return group["lr"] if name == "step_size" else 0.0

    def rule(self, group: dict[str, Any], work: Work, step: float) -> None:  # type: ignore[override]
        etaminus, etaplus = group["etas"]
        prev, step_size = work.arrays
        g = np.negative(work.g, work.d) if group["maximize"] else work.g
        agreement = np.multiply(g, prev, work.a)
        turned = agreement < 0
        factor = work.b
        factor.fill(1)
        factor[agreement > 0] = etaplus
        factor[turned] = etaminus
        np.multiply(step_size, factor, step_size)
        np.clip(step_size, *group["step_sizes"], out=step_size)
        np.copyto(prev, g)
        prev[turned] = 0
        work.addcmul(work.p, _sign(prev, work.b), step_size, -1)


def _sign(x: ndarray, out: ndarray) -> ndarray:
    """-1, 0 or 1; 0 for nan, as torch."""
    np.sign(x, out)
    out[np.isnan(out)] = 0
    return out


def rprop(params: Any, grads: Any, prevs: Any, step_sizes: Any, state_steps: Any, foreach: bool | None = None,
          capturable: bool = False, maximize: bool = False, differentiable: bool = False, has_complex: bool = False,
          *, step_size_min: float, step_size_max: float, etaminus: float, etaplus: float) -> None:
    """A step of Rprop, its state given.  As torch.optim.rprop.rprop."""
    step(Rprop, locals(), step="state_steps", prev="prevs", step_size="step_sizes")
