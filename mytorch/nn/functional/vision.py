"""Images cut into columns and put together again, looked up at other places, and their pixels in another order."""
from __future__ import annotations

from typing import Any

from ..._types import Size, is_floating, named_dtype
from ..._warnings import warn
from ...ops.grid_sampling import affine_grid_generator, grid_sampler
from ...ops.shuffling import channel_shuffle, native_channel_shuffle, pixel_shuffle, pixel_unshuffle
from ...ops.sliding import fold_columns, unfold_images

__all__ = ["GRID_SAMPLE_INTERPOLATION_MODES", "GRID_SAMPLE_PADDING_MODES", "affine_grid", "channel_shuffle", "fold",
           "grid_sample", "native_channel_shuffle", "pixel_shuffle", "pixel_unshuffle", "unfold"]

#: Numbers of the modes, as `torch.grid_sampler` takes them.
GRID_SAMPLE_INTERPOLATION_MODES = {"bilinear": 0, "nearest": 1, "bicubic": 2}
GRID_SAMPLE_PADDING_MODES = {"zeros": 0, "border": 1, "reflection": 2}

_ALIGNED = ("Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
            "specify align_corners=True if the old behavior is desired. See the documentation of grid_sample for "
            "details.")


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """What lies under a window at each of its places, as columns.

    Args:
        input: (N, C, H, W) or (C, H, W).  kernel_size, dilation, padding, stride: numbers, or (height, width).
    Returns: (N, C * kernel height * kernel width, places), or without N.

    As torch.nn.functional.unfold.
    """
    return unfold_images(input, kernel_size, dilation, padding, stride)


def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The columns of `unfold` put where they came from and added up.

    Args:
        input: (N, C * kernel height * kernel width, places), or without N.  output_size: of the image, (H, W).
    Returns: (N, C, H, W), or without N.

    As torch.nn.functional.fold.
    """
    return fold_columns(input, output_size, kernel_size, dilation, padding, stride)


def grid_sample(input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros",
                align_corners: bool | None = None) -> Any:
    """`input` looked up at the places of `grid`.

    Args:
        input: (N, C, H, W) or (N, C, D, H, W).
        grid: (N, *out, 2) or (N, *out, 3): places (x, y[, z]); -1 and 1 are the edges of the image.
        mode: "bilinear" (of volumes: trilinear), "nearest", "bicubic".
        padding_mode: what lies outside: "zeros", "border" (the edge), "reflection" (the mirror image).
        align_corners: -1 and 1 are the centers of the outermost pixels.
    Returns: (N, C, *out).

    As torch.nn.functional.grid_sample.
    """
    if mode not in GRID_SAMPLE_INTERPOLATION_MODES:
        raise ValueError("nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but "
                         f"got: '{mode}'")
    if padding_mode not in GRID_SAMPLE_PADDING_MODES:
        raise ValueError("nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', "
                         f"but got: '{padding_mode}'")
    if align_corners is None:
        warn(_ALIGNED)
    return grid_sampler(input, grid, GRID_SAMPLE_INTERPOLATION_MODES[mode], GRID_SAMPLE_PADDING_MODES[padding_mode],
                        bool(align_corners))


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """A grid for `grid_sample`: where the pixels of an image come from under an affine map.

    Args:
        theta: (N, 2, 3) or (N, 3, 4).  size: of the image, (N, C, H, W) or (N, C, D, H, W).
    Returns: (N, H, W, 2) or (N, D, H, W, 3).

    As torch.nn.functional.affine_grid.
    """
    if align_corners is None:
        warn(_ALIGNED)
    if not is_floating(theta.dtype):
        raise ValueError(f"Expected theta to have floating point type, but got {named_dtype(theta.dtype)}")
    n = len(size) - 2
    if n not in (2, 3):
        raise NotImplementedError("affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, "
                                  f"respectively. Got size {size}.")
    if theta.ndim != 3 or tuple(theta.shape[1:]) != (n, n + 1):
        raise ValueError(f"Expected a batch of {n}D affine matrices of shape Nx{n}x{n + 1} for size {size}. Got "
                         f"{Size(theta.shape)}.")
    if align_corners and min(size[2:]) == 1:
        warn("Since version 1.3.0, affine_grid behavior has changed for unit-size grids when "
             "align_corners=True. This is not an intended use case of affine_grid. See the documentation of "
             "affine_grid for details.")
    elif min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    return affine_grid_generator(theta, size, bool(align_corners))
