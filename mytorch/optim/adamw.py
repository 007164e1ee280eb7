"""Where torch keeps AdamW too."""
from __future__ import annotations

from typing import Any

from .adam import AdamW, adam

__all__ = ["AdamW", "adamw"]


def adamw(params: Any, grads: Any, exp_avgs: Any, exp_avg_sqs: Any, max_exp_avg_sqs: Any, state_steps: Any,
          foreach: bool | None = None, capturable: bool = False, differentiable: bool = False,
          fused: bool | None = None, grad_scale: Any = None, found_inf: Any = None, has_complex: bool = False, *,
          amsgrad: bool, beta1: Any, beta2: Any, lr: Any, weight_decay: float, eps: float, maximize: bool) -> None:
    """A step of AdamW, its state given.  As torch.optim.adamw.adamw."""
    adam(**locals(), decoupled_weight_decay=True)
