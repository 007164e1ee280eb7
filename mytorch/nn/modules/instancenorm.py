"""Instance normalization as layers."""
from __future__ import annotations

import warnings
from typing import Any

from ..._where import image_form
from .. import functional as F
from .batchnorm import _LazyNormBase, _NormBase

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d",
           "LazyInstanceNorm3d"]


class _InstanceNorm(_NormBase):
    """Every channel of every sample less its mean, over its standard deviation."""
    _dims: int

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
                 track_running_stats: bool = False, device: Any = None, dtype: Any = None, *,
                 bias: bool = True) -> None:
        _NormBase.__init__(self, num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _check_input_dim(self, input: Any) -> None:
        if input.ndim not in (self._dims + 1, self._dims + 2):
            raise ValueError(f"expected {self._dims + 1}D or {self._dims + 2}D input (got {input.ndim}D input)")

    def _forms(self) -> str:
        return " or ".join(image_form(self.num_features, self._dims, batch) for batch in (True, False))

    def forward(self, input: Any) -> Any:
        self._check_input_dim(input)
        axis = input.ndim - self._dims - 1
        if input.shape[axis] != self.num_features:
            if self.affine:
                raise ValueError(f"expected input's size at dim={axis} to match num_features ({self.num_features}), "
                                 f"but got: {input.shape[axis]}.")
            warnings.warn(f"input's size at dim={axis} does not match num_features. You can silence this warning by "
                          "not passing in num_features, which is not used because affine=False", stacklevel=3)
        return self._normalized(input.unsqueeze(0)).squeeze(0) if axis == 0 else self._normalized(input)

    def _normalized(self, input: Any) -> Any:
        return F.instance_norm(input, self.running_mean, self.running_var, self.weight, self.bias,
                               self.training or not self.track_running_stats,
                               0.0 if self.momentum is None else self.momentum, self.eps)


class InstanceNorm1d(_InstanceNorm):
    """Every channel of every sample less its mean, over its standard deviation: y = (x - mean) / sqrt(var + eps) w + b.

    Args:
        affine: learn the weight w; bias: and the bias b.
        track_running_stats: keep statistics, and use them in eval mode; momentum: how far they move at a time.
    Shapes: input (N, C, L) or (C, L), weight and bias (C,).  As torch.nn.InstanceNorm1d.
    """
    _dims = 1


class InstanceNorm2d(_InstanceNorm):
    """Instance normalization of images (N, C, H, W) or (C, H, W).  As torch.nn.InstanceNorm2d."""
    _dims = 2


class InstanceNorm3d(_InstanceNorm):
    """Instance normalization of volumes (N, C, D, H, W) or (C, D, H, W).  As torch.nn.InstanceNorm3d."""
    _dims = 3


class LazyInstanceNorm1d(_LazyNormBase, _InstanceNorm):
    """InstanceNorm1d whose num_features are read off the first input.  As torch.nn.LazyInstanceNorm1d."""
    cls_to_become, _dims = InstanceNorm1d, 1


class LazyInstanceNorm2d(_LazyNormBase, _InstanceNorm):
    """InstanceNorm2d whose num_features are read off the first input.  As torch.nn.LazyInstanceNorm2d."""
    cls_to_become, _dims = InstanceNorm2d, 2


class LazyInstanceNorm3d(_LazyNormBase, _InstanceNorm):
    """InstanceNorm3d whose num_features are read off the first input.  As torch.nn.LazyInstanceNorm3d."""
    cls_to_become, _dims = InstanceNorm3d, 3
