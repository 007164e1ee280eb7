"""Channels in another order, as a layer."""
from __future__ import annotations

from typing import Any

from .. import functional as F
from .module import Module

__all__ = ["ChannelShuffle"]


class ChannelShuffle(Module):
    """Of the channels of (N, C, *), in `groups` groups: first all firsts, then all seconds ...

    As torch.nn.ChannelShuffle.
    """

    def __init__(self, groups: int) -> None:
        self.groups = groups

    def forward(self, input: Any) -> Any:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
