"""SparseAdam: torch's Adam for sparse gradients, which do not exist here."""
from __future__ import annotations

from typing import Any

from ..engine.tensor import Tensor
from ._options import check_betas, check_one_element, number, require
from ._rules import PerParameter

__all__ = ["SparseAdam"]


class SparseAdam(PerParameter):
    """Takes its options and, as torch's, refuses dense gradients; there are no others here: use Adam.

    As torch.optim.SparseAdam.
    """

    def __init__(self, params: Any, lr: Any = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 maximize: bool = False) -> None:
        check_one_element(lr)
        require(0.0 < number(lr), f"Invalid learning rate: {lr}")
        require(0.0 < eps, f"Invalid epsilon value: {eps}")
        check_betas(betas)
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, maximize=maximize))
        places = [[i, j] for i, group in enumerate(self.param_groups)
                  for j, param in enumerate(group["params"]) if param.dtype.kind == "c"]
        require(not places,
                f"Complex params at indices {places}: SparseAdam does not support complex parameters")

    def _update(self, group: dict[str, Any], param: Tensor) -> None:
        raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
