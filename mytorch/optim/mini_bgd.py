"""Mini_BGD: plain gradient descent, the tutorial's first optimizer."""
from __future__ import annotations

from typing import Any

from ._options import check_lr, number
from ._rules import Elementwise
from ._work import Work

__all__ = ["Mini_BGD"]


class Mini_BGD(Elementwise):
    """Gradient descent on mini-batches.

        p = p - lr g

    Args:
        net: a net, or anything else that optimizers take.
        lr: the learning rate.

    The tutorial's class of this name; torch has it as SGD without momentum.
    """
    numbers = ()

    def __init__(self, net: Any, lr: Any = 0.001) -> None:
        check_lr(lr)
        super().__init__(net, dict(lr=lr))

    def advance(self, group: dict[str, Any]) -> tuple:  # type: ignore[override]
        return ()

    def rule(self, group: dict[str, Any], work: Work) -> None:  # type: ignore[override]
        work.add(work.p, work.g, -number(group["lr"]))
