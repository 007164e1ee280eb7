"""Weight normalization by a hook; parametrizations.weight_norm is the way of today."""
from __future__ import annotations

import warnings
from typing import Any

from ...ops.weight_norm import lengths
from ...ops.weight_norm import weight_norm as _normalized
from ..parameter import Parameter
from ._hooks import find_hook, undo

__all__ = ["WeightNorm", "remove_weight_norm", "weight_norm"]


class WeightNorm:
    """The hook: before each forward the weight is computed anew from its direction and its length."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, -1 if dim is None else dim

    def compute_weight(self, module: Any) -> Any:
        """g v / |v|."""
        g, v = getattr(module, self.name + "_g"), getattr(module, self.name + "_v")
        return _normalized(v, g, self.dim)

    @staticmethod
    def apply(module: Any, name: str, dim: int | None) -> WeightNorm:
        """Take the parameter apart into `name`_g and `name`_v, and hang the hook on the module."""
        if find_hook(module, WeightNorm, name) is not None:
            raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
        fn = WeightNorm(name, dim)
        weight = getattr(module, name)
        delattr(module, name)
        module.register_parameter(name + "_g", Parameter(lengths(weight, fn.dim).detach()))
        module.register_parameter(name + "_v", Parameter(weight.detach()))
        setattr(module, name, fn.compute_weight(module))
        module.register_forward_pre_hook(fn)
        return fn

    def remove(self, module: Any) -> None:
        """Make the present weight a parameter again."""
        weight = self.compute_weight(module)
        for name in (self.name, self.name + "_g", self.name + "_v"):
            delattr(module, name)
        setattr(module, self.name, Parameter(weight.detach()))

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Let `module` learn its weight as direction v and length g: w = g v / |v| (Salimans and Kingma 2016).

    dim: the dimension whose slices have a length each; None: one length for all.

    Deprecated in favor of `parametrizations.weight_norm`.  As torch.nn.utils.weight_norm.
    """
    WeightNorm.apply(module, name, dim)
    warnings.warn("`torch.nn.utils.weight_norm` is deprecated in favor of "
                  "`torch.nn.utils.parametrizations.weight_norm`.", FutureWarning, stacklevel=2)
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Make the weight a parameter again.  As torch.nn.utils.remove_weight_norm."""
    undo(module, WeightNorm, name, "weight_norm")
    return module
