"""Images at other sizes and in other places."""
from __future__ import annotations

import math
from typing import Any

from ..._warnings import warn
from ...ops.resampling import resize
from .pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

__all__ = ["interpolate", "upsample", "upsample_bilinear", "upsample_nearest"]

#: Mode -> number of dimensions it is for (None: any of 1 to 3).
_MODES = {"nearest": None, "nearest-exact": None, "area": None, "linear": 1, "bilinear": 2, "bicubic": 2, "lanczos": 2,
          "trilinear": 3}
_AREA = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}


def interpolate(input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
                align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
                antialias: bool = False) -> Any:
    """An image at another size.

    Args:
        input: (N, C, L), (N, C, H, W) or (N, C, D, H, W).
        size, scale_factor: one of them: the new sizes, or by how much each grows (a number counts for all).
        mode: "nearest", "nearest-exact", "area" (means over cells); "linear" (N, C, L); "bilinear", "bicubic",
            "lanczos" (N, C, H, W); "trilinear" (N, C, D, H, W).
        align_corners: the centers of the outermost pixels stay where they are, instead of their outer edges.
        recompute_scale_factor: take the ratio of the (whole) sizes for scale_factor.
        antialias: where the image shrinks, average over all that falls together.

    As torch.nn.functional.interpolate.
    """
    _check_options(mode, align_corners, antialias, input.ndim)
    n = input.ndim - 2
    size, scales = _sizes(input, n, size, scale_factor, recompute_scale_factor)
    if mode not in _MODES or not 1 <= n <= 3 or mode in ("bicubic", "lanczos") and n != 2 or (
            mode == "lanczos" and not antialias):
        raise NotImplementedError(f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.ndim}D) for "
                                  "the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | "
                                  f"nearest-exact (got {mode})")
    needed = _MODES[mode]
    if needed is not None and needed != n:
        raise NotImplementedError(f"Got {input.ndim}D input, but {mode} mode needs {needed + 2}D input")
    out = size
    if out is None:
        out = tuple(int(length * f) if isinstance(f, (int, float)) else 0 for length, f in zip(input.shape[2:], scales))
    if mode == "area":
        return _AREA[n](input, out if n > 1 else out[0])
    if any(not hasattr(o, "__index__") for o in out) or not all(
            isinstance(f, (int, float, type(None))) for f in scales):
        name = f"upsample_{mode.replace('-exact', '_exact')}{n}d"
        raise TypeError(f"{name}() received an invalid combination of arguments - got (Tensor, "
                        f"{'list, NoneType' if size is not None else 'NoneType, list'}), but expected sizes of type "
                        "int or scale factors of type float")
    return resize(input, out, mode, bool(align_corners), scales, antialias)


def _check_options(mode: str, align_corners: bool | None, antialias: bool, ndim: int) -> None:
    if mode == "lanczos":
        if align_corners:
            raise ValueError("Lanczos mode does not support align_corners=True")
        if not antialias:
            raise ValueError("Lanczos mode requires antialias=True")
    if mode in ("nearest", "area", "nearest-exact") and align_corners is not None:
        raise ValueError("align_corners option can only be set with the interpolating modes: linear | bilinear | "
                         "bicubic | trilinear")
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and ndim == 4):
        raise ValueError("Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D "
                         "tensor as input")


def _sizes(x: Any, n: int, size: Any, factor: Any, recompute: bool | None) -> tuple[tuple | None, tuple]:
    """(sizes or None, factors: None where there are none) for every dimension, or torch's errors."""
    if size is not None and factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and factor is None:
        raise ValueError("either size or scale_factor should be defined")
    spatial = list(x.shape[2:])
    if size is not None:
        out = _per_dimension(size, n, spatial, "output size of", "output size", "(o1, o2, ...,oK)", "output")
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        return out, (None,) * n
    factors = _per_dimension(factor, n, spatial, "scale_factor of shape", "scale_factor", "(s1, s2, ...,sK)",
                             "scale_factor")
    if recompute:
        return tuple(math.floor(float(length) * f) for length, f in zip(spatial, factors)), (None,) * n
    return None, factors


def _per_dimension(value: Any, n: int, spatial: list, told: str, name: str, letters: str, kind: str) -> tuple:
    if not isinstance(value, (tuple, list)):
        return (value,) * n
    if len(value) != n:
        raise ValueError(f"Input and {kind} must have the same number of spatial dimensions, but got input with "
                         f"spatial dimensions of {spatial} and {told} {value}. Please provide input tensor in (N, C, "
                         f"d1, d2, ...,dK) format and {name} in {letters} format.")
    if kind == "output" and not all(hasattr(v, "__index__") for v in value):
        raise TypeError("expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but "
                        f"got size with types {[type(v) for v in value]}")
    return tuple(value)


def upsample(input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
             align_corners: bool | None = None) -> Any:
    """Deprecated name of `interpolate`.  As torch.nn.functional.upsample."""
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """Deprecated: interpolate(mode="nearest").  As torch.nn.functional.upsample_nearest."""
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """Deprecated: interpolate(mode="bilinear", align_corners=True).  As torch.nn.functional.upsample_bilinear."""
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def _deprecated(name: str) -> None:
    warn(f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.")
