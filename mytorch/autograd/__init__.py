"""torch.autograd's page: going backward, and what is recorded."""
from __future__ import annotations

from . import hooks as _hooks  # noqa: F401
from .backward import backward, grad
from .function import Function
from .grad_mode import (enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad,
                        set_grad_enabled, set_multithreading_enabled)

__all__ = ["Function", "backward", "enable_grad", "grad", "inference_mode", "is_grad_enabled",
           "is_inference_mode_enabled", "no_grad", "set_grad_enabled", "set_multithreading_enabled"]
