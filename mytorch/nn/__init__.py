"""Layers, losses and what they are made of: torch.nn."""
from typing import Any as _Any

from . import functional, grad, init, modules, utils  # noqa: F401
from . import parallel  # noqa: F401
from .modules import *  # noqa: F403
from .parallel import DataParallel  # noqa: F401
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter  # noqa: F401
from .modules import __all__ as _names

__all__ = ["Buffer", "DataParallel", "Parameter", "UninitializedBuffer", "UninitializedParameter", *_names]


class _NotHere(NotImplementedError, AttributeError):
    """Is no attribute (hasattr says so), and says why."""


def __getattr__(name: str) -> _Any:
    if name in ("intrinsic", "qat", "quantizable", "quantized"):
        raise _NotHere(f"nn.{name}: Mytorch has no quantized tensors")
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
