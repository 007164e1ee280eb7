"""Modules on several devices: here there is one."""
from __future__ import annotations

from typing import Any

from .modules.module import Module

__all__ = ["DataParallel", "DistributedDataParallel", "data_parallel"]


class DataParallel(Module):
    """Calls its `module`, as torch's does where there is no GPU; state_dict names begin with "module.".

    As torch.nn.DataParallel.
    """

    def __init__(self, module: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        if device_ids:
            raise NotImplementedError("DataParallel: device_ids: Mytorch computes on the CPU only")
        self.module = module
        self.device_ids: list[int] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)


class DistributedDataParallel(Module):
    """torch's wrapper for training in several processes: there to be asked for by isinstance; making one raises."""

    def __init__(self, module: Any, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("DistributedDataParallel: Mytorch trains in one process; use the module itself")


def data_parallel(module: Any, inputs: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0,
                  module_kwargs: dict | None = None) -> Any:
    """module(*inputs).  As torch.nn.parallel.data_parallel."""
    if device_ids:
        raise NotImplementedError("data_parallel: device_ids: Mytorch computes on the CPU only")
    return module(*(inputs if isinstance(inputs, tuple) else (inputs,)), **(module_kwargs or {}))
