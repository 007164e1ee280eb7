"""SGD: steps along the gradient, with momentum if wanted."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.tape import ndarray
from ._functional import step
from ._options import check_fused, check_one_element, number, require
from ._rules import Elementwise
from ._work import Work

__all__ = ["SGD", "sgd"]

_NONE, _MOMENTUM = (), ("momentum_buffer",)


class SGD(Elementwise):
    """Stochastic gradient descent.

        b = momentum b + (1 - dampening) g          (b = g at first)
        p = p - lr b                                nesterov: p - lr (g + momentum b)

    Args:
        params: a net, parameters, or groups.
        lr: the learning rate, a number or a tensor with one element.
        momentum, dampening, nesterov: as above; without momentum p = p - lr g.
        weight_decay: adds weight_decay p to the gradient.
        maximize: go uphill.
        foreach, fused: accepted as torch does; there is one way to compute.  differentiable: refused at `step`.

    As torch.optim.SGD.
    """
    numbers = ()

    def __init__(self, params: Any, lr: Any = 1e-3, momentum: float = 0, dampening: float = 0, weight_decay: Any = 0,
                 nesterov: bool = False, *, maximize: bool = False, foreach: bool | None = None,
                 differentiable: bool = False, fused: bool | None = None) -> None:
        check_one_element(lr)
        require(not number(lr) < 0.0, f"Invalid learning rate: {lr}")
        require(not momentum < 0.0, f"Invalid momentum value: {momentum}")
        require(not number(weight_decay) < 0.0, f"Invalid weight_decay value: {weight_decay}")
        require(not nesterov or (momentum > 0 and dampening == 0),
                "Nesterov momentum requires a momentum and zero dampening")
        defaults = dict(lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov,
                        maximize=maximize, foreach=foreach, differentiable=differentiable, fused=fused)
        super().__init__(params, defaults)
        check_fused(fused, differentiable, foreach)

    def arrays(self, group: dict[str, Any]) -> tuple[str, ...]:
        return _MOMENTUM if group["momentum"] != 0 else _NONE

    def advance(self, group: dict[str, Any]) -> tuple:  # type: ignore[override]
        return ()

    def rule(self, group: dict[str, Any], work: Work) -> None:  # type: ignore[override]
        g, momentum = work.downhill(group), group["momentum"]
        if momentum != 0:
            buffer = work.arrays[0]
            if work.fresh:
                np.copyto(buffer, g)
            else:
                work.scale(buffer, momentum)
                work.add(buffer, g, 1 - group["dampening"])
            g = self._ahead(work, g, buffer, momentum) if group["nesterov"] else buffer
        work.add(work.p, g, -number(group["lr"]))

    @staticmethod
    def _ahead(work: Work, g: ndarray, buffer: ndarray, momentum: float) -> ndarray:
        """g + momentum b, the gradient as if it were taken where momentum leads."""
        np.copyto(work.d, g)
        return work.add(work.d, buffer, momentum)


def sgd(params: Any, d_p_list: Any, momentum_buffer_list: Any, has_sparse_grad: bool = False,
        foreach: bool | None = None, fused: bool | None = None, grad_scale: Any = None, found_inf: Any = None, *,
        weight_decay: Any, momentum: float, lr: Any, dampening: float, nesterov: bool, maximize: bool) -> None:
    """A step of SGD, its state given; a buffer that is None begins as the gradient.  As torch.optim.sgd.sgd."""
    step(SGD, locals(), momentum_buffer="momentum_buffer_list")
