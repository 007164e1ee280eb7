"""Layers, losses and what they are made of: torch.nn.

    functional    the functions, under torch's signatures; what they compute stands in `ops`
    modules       layers and losses: each its function with a memory; modules.module is what all of them can do
    init          how parameters begin                        parameter     what makes a tensor one
    utils         clipping, packing, pruning, parametrizations
"""
from importlib import import_module as _import
from typing import Any as _Any

from ..absent_names import NotHere as _NotHere
from . import functional, grad, init, modules, utils  # noqa: F401
from . import parallel  # noqa: F401
from .modules import *  # noqa: F403
from .parallel import DataParallel  # noqa: F401
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter  # noqa: F401
from .modules import __all__ as _names

__all__ = ["Buffer", "DataParallel", "Parameter", "UninitializedBuffer", "UninitializedParameter", *_names]


def factory_kwargs(kwargs: dict | None) -> dict:
    """What of a constructor's keywords goes to the functions that make its tensors: device, dtype, memory_format.

    As torch.nn.factory_kwargs.
    """
    given = dict(kwargs or {})
    found = dict(given.pop("factory_kwargs", {}))
    unexpected = given.keys() - {"device", "dtype", "memory_format"}
    if unexpected:
        raise TypeError(f"unexpected kwargs {unexpected}")
    for name in given:
        if name in found:
            raise TypeError(f"{name} specified twice, in **kwargs and in factory_kwargs")
    return found | given


def __getattr__(name: str) -> _Any:
    if name in ("intrinsic", "qat", "quantizable", "quantized"):
        raise _NotHere(f"nn.{name}: Mytorch has no quantized tensors")
    if name in ("attention", "common_types"):     # read when asked for
        return _import(f"{__name__}.{name}")
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
