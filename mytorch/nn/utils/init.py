"""Modules without the cost of drawing their weights."""
from __future__ import annotations

from typing import Any

from .. import init
from ..modules import Module

__all__ = ["skip_init"]


def skip_init(module_cls: Any, *args: Any, **kwargs: Any) -> Any:
    """module_cls(*args, **kwargs) with weights of any values: what nn.init would fill in is not drawn.

    For modules whose weights are about to be loaded.  Raises RuntimeError where the module takes no `device`.

    As torch.nn.utils.skip_init.
    """
    import inspect
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    with init.skipped():
        return module_cls(*args, **kwargs)
