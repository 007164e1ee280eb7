"""Channels into pixels, pixels into channels, and channels among themselves: the same numbers in another order."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.op import op

__all__ = ["channel_shuffle", "native_channel_shuffle", "pixel_shuffle", "pixel_unshuffle"]

ndarray = np.ndarray


def _check(name: str, x: Any, factor: int, label: str) -> None:
    if x.ndim < 3:
        raise RuntimeError(f"{name} expects input to have at least 3 dimensions, but got input with {x.ndim} "
                           "dimension(s)")
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {label}, but got {factor}")


@op(lambda g, y, x, r: pixel_unshuffle(g, r), method=False)
def pixel_shuffle(input: ndarray, upscale_factor: int) -> ndarray:
    """(*, C r^2, H, W) to (*, C, H r, W r).  As torch.pixel_shuffle."""
    r = upscale_factor
    _check("pixel_shuffle", input, r, "upscale_factor")
    *lead, c, h, w = input.shape
    if c % (r * r):
        raise RuntimeError("pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
                           f"upscale_factor, but input.size(-3)={c} is not divisible by {r * r}")
    y = input.reshape(*lead, c // (r * r), r, r, h, w)
    n = len(lead)
    y = y.transpose(*range(n + 1), n + 3, n + 1, n + 4, n + 2)                # (*, C, H, r, W, r)
    return y.reshape(*lead, c // (r * r), h * r, w * r)


@op(lambda g, y, x, r: pixel_shuffle(g, r), method=False)
def pixel_unshuffle(input: ndarray, downscale_factor: int) -> ndarray:
    """(*, C, H r, W r) to (*, C r^2, H, W).  As torch.pixel_unshuffle."""
    r = downscale_factor
    _check("pixel_unshuffle", input, r, "downscale_factor")
    *lead, c, h, w = input.shape
    for label, i, size in (("height", 2, h), ("width", 1, w)):
        if size % r:
            raise RuntimeError(f"pixel_unshuffle expects {label} to be divisible by downscale_factor, but "
                               f"input.size(-{i})={size} is not divisible by {r}")
    if input.size == 0:
        return input.copy()  # as torch: what is empty keeps its shape
    y = input.reshape(*lead, c, h // r, r, w // r, r)
    n = len(lead)
    y = y.transpose(*range(n + 1), n + 2, n + 4, n + 1, n + 3)                # (*, C, r, r, H, W)
    return y.reshape(*lead, c * r * r, h // r, w // r)


@op(lambda g, y, x, groups: channel_shuffle(g, x.shape[1] // groups), method=False)
def channel_shuffle(input: ndarray, groups: int) -> ndarray:
    """Of the channels of (N, C, *), in `groups` groups: first all firsts, then all seconds ...  As
    torch.channel_shuffle."""
    if input.ndim < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    n, c, *rest = input.shape
    if c % groups:
        raise RuntimeError(f"Number of channels must be divisible by groups. Got {c} channels and {groups} groups.")
    return input.reshape(n, groups, c // groups, *rest).swapaxes(1, 2).reshape(input.shape)


native_channel_shuffle = channel_shuffle
