"""Batch normalization as layers, and what it shares with instance normalization."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._where import describe, image_form, lent
from ...engine.tape import wrote
from ...engine.tensor import plain, tensor_of
from ...ops.creation import empty as empty_tensor
from .. import functional as F
from .. import init
from ..parameter import UninitializedBuffer, UninitializedParameter
from .lazy import LazyModuleMixin
from .linear import empty
from .module import Module
from .normalization import add_affine, reset_affine

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d",
           "SyncBatchNorm"]


class _NormBase(Module):
    """Weight and bias per channel, and running statistics."""
    _version = 2
    weight: Any
    bias: Any
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    @lent
    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
                 track_running_stats: bool = True, device: Any = None, dtype: Any = None, *, bias: bool = True) -> None:
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self._make(bias, device, dtype)
        self.reset_parameters()

    def _make(self, bias: bool, device: Any, dtype: Any) -> None:
        """Parameters and buffers; what is not wanted is None."""
        self._add(bias, empty, empty_tensor, self.num_features, device=device, dtype=dtype)

    def _add(self, bias: bool, make: Any, make_buffer: Any, *size: int, **kind: Any) -> None:
        """Weight, bias and running statistics, made so."""
        add_affine(self, self.affine, bias, make, *size, **kind)
        for name in ("running_mean", "running_var"):
            self.register_buffer(name, make_buffer(*size, **kind) if self.track_running_stats else None)
        count = tensor_of(np.zeros((), np.int64)) if self.track_running_stats else None
        self.register_buffer("num_batches_tracked", count)

    def reset_running_stats(self) -> None:
        """Mean 0, variance 1, no batch seen."""
        if self.track_running_stats:
            for name, value in (("running_mean", 0), ("running_var", 1), ("num_batches_tracked", 0)):
                init.constant_(getattr(self, name), value)

    def reset_parameters(self) -> None:
        self.reset_running_stats()
        reset_affine(self)

    def _check_input_dim(self, input: Any) -> None:
        raise NotImplementedError

    def extra_repr(self) -> str:
        return (f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
                f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}")

    def expected_of(self, input: Any = None, *_: Any) -> dict[str, str]:
        """For error messages."""
        lines = {"expected": f"input of shape {self._forms()}", "got": describe(input)}
        got: tuple = getattr(input, "shape", ())
        if len(got) > 1 and got[1] != self.num_features:
            lines["do"] = f"use nn.{type(self).__name__}({got[1]}), or bring the {self.num_features} channels to axis 1"
        elif self.training and math.prod(got[:1] + got[2:]) == 1:
            lines["do"] = "train on more than one sample at a time, or call eval() before using the net"
        return lines

    def _forms(self) -> str:
        """The shapes of an input."""
        raise NotImplementedError

    def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: dict, *args: Any) -> None:
        key = prefix + "num_batches_tracked"
        if (local_metadata.get("version") or 0) < 2 and self.track_running_stats and key not in state_dict:
            state_dict[key] = self.num_batches_tracked     # files of old had none
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *args)


class _BatchNorm(_NormBase):
    """Every channel less its mean over the batch, over its standard deviation.

        y = (x - mean) / sqrt(var + eps) * weight + bias
    """
    _ranks: tuple = ()
    __init__ = _NormBase.__init__     # by its own name, as in torch

    def _check_input_dim(self, input: Any) -> None:
        if input.ndim not in self._ranks:
            told = " or ".join(f"{rank}D" for rank in self._ranks)
            raise ValueError(f"expected {told} input (got {input.ndim}D input)")

    def _forms(self) -> str:
        return " or ".join(image_form(self.num_features, rank - 2) for rank in self._ranks)

    def forward(self, input: Any) -> Any:
        self._check_input_dim(input)
        momentum = 0.0 if self.momentum is None else self.momentum
        tracking = self.training and self.track_running_stats
        if tracking and self.num_batches_tracked is not None:
            count = plain(self.num_batches_tracked)
            count += 1
            wrote(count)
            if self.momentum is None:     # the mean over all batches so far
                momentum = 1.0 / float(count)
        learning = self.training or (self.running_mean is None and self.running_var is None)
        keep = tracking or not self.training
        return F.batch_norm(input, self.running_mean if keep else None, self.running_var if keep else None, self.weight,
                            self.bias, learning, momentum, self.eps)


class BatchNorm1d(_BatchNorm):
    """Every channel less its mean over the batch, over its standard deviation: y = (x - mean) / sqrt(var + eps) w + b.

    Args:
        momentum: how far the running statistics move towards those of the batch; None: they are means over all batches.
        affine: learn the weight w; bias: and the bias b.  track_running_stats: keep statistics, and use them in eval
            mode.
    Shapes: input (N, C) or (N, C, L), weight and bias (C,).  As torch.nn.BatchNorm1d.
    """
    _ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalization of images (N, C, H, W); see BatchNorm1d.  As torch.nn.BatchNorm2d."""
    _ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalization of volumes (N, C, D, H, W); see BatchNorm1d.  As torch.nn.BatchNorm3d."""
    _ranks = (5,)


class SyncBatchNorm(_BatchNorm):
    """Batch normalization over the batches of several processes.  Of one process: batch normalization.

    Raises:
        NotImplementedError: statistics of a process group are asked for.

    As torch.nn.SyncBatchNorm.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
                 track_running_stats: bool = True, process_group: Any = None, device: Any = None, dtype: Any = None, *,
                 bias: bool = True) -> None:
        if process_group is not None:
            raise NotImplementedError("SyncBatchNorm: process_group: statistics are not shared between processes")
        _NormBase.__init__(self, num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Any) -> None:
        if input.ndim < 2:
            raise ValueError(f"expected at least 2D input (got {input.ndim}D input)")

    def _forms(self) -> str:
        return f"(N, {self.num_features}, *)"

    def forward(self, input: Any) -> Any:
        return _BatchNorm.forward(self, input)

    @classmethod
    def convert_sync_batchnorm(cls, module: Any, process_group: Any = None) -> Any:
        """`module` with every batch normalization in it replaced by one of this class, parameters and all."""
        converted = module
        if isinstance(module, _BatchNorm):
            converted = cls(module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats,
                            process_group, bias=module.bias is not None)
            for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked", "training"):
                if name in vars(module) or name == "training":
                    setattr(converted, name, getattr(module, name))
        for name, child in module.named_children():
            converted.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return converted


# ------------------------------------------------------------------ lazy

class _LazyNormBase(LazyModuleMixin, _NormBase):
    """A normalization that learns the number of its channels from the first input."""

    def __init__(self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
                 track_running_stats: bool = True, device: Any = None, dtype: Any = None, *, bias: bool = True) -> None:
        super().__init__(0, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _make(self, bias: bool, device: Any, dtype: Any) -> None:
        self._add(bias, UninitializedParameter, UninitializedBuffer, device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Any) -> None:
        """The channels of the input are those to come."""
        if not self.has_uninitialized_params():
            return
        self._check_input_dim(input)
        self.num_features = input.shape[1]
        for name in ("weight", "bias", "running_mean", "running_var"):
            tensor = getattr(self, name)
            if tensor is not None:
                tensor.materialize((self.num_features,))
        self.reset_parameters()


class LazyBatchNorm1d(_LazyNormBase, _BatchNorm):
    """BatchNorm1d whose num_features are read off the first input.  As torch.nn.LazyBatchNorm1d."""
    cls_to_become, _ranks = BatchNorm1d, (2, 3)


class LazyBatchNorm2d(_LazyNormBase, _BatchNorm):
    """BatchNorm2d whose num_features are read off the first input.  As torch.nn.LazyBatchNorm2d."""
    cls_to_become, _ranks = BatchNorm2d, (4,)


class LazyBatchNorm3d(_LazyNormBase, _BatchNorm):
    """BatchNorm3d whose num_features are read off the first input.  As torch.nn.LazyBatchNorm3d."""
    cls_to_become, _ranks = BatchNorm3d, (5,)
