"""torch.autograd's page: going backward, what is recorded, operations of one's own, checks."""
from __future__ import annotations

from . import functional, graph, profiler
from . import hooks as _hooks  # noqa: F401  (attaches to Tensor)
from .anomaly_mode import (
    detect_anomaly,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    set_anomaly_enabled,
    set_detect_anomaly,
)
from .backward import backward, grad
from .function import Function
from .grad_mode import (
    enable_grad,
    enforce_grad_layout_policy,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)
from .gradcheck import gradcheck, gradgradcheck
from .variable import Variable

__all__ = ["Function", "Variable", "backward", "detect_anomaly", "enable_grad",
           "enforce_grad_layout_policy", "functional", "grad", "gradcheck",
           "gradgradcheck", "graph", "inference_mode", "is_anomaly_check_nan_enabled", "is_anomaly_enabled",
           "is_grad_enabled", "is_inference_mode_enabled", "no_grad", "profiler", "set_anomaly_enabled",
           "set_detect_anomaly", "set_grad_enabled", "set_multithreading_enabled"]
