"""Layers, losses and what they are made of: torch.nn."""
from . import functional, init, modules, utils  # noqa: F401
from .modules import *  # noqa: F403
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter  # noqa: F401
from .modules import __all__ as _names

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", *_names]
