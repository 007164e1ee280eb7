"""Where torch keeps mixed precision on GPUs too: `amp.autocast("cuda", ...)` and `amp.GradScaler("cuda", ...)`."""
from __future__ import annotations

import warnings
from typing import Any

from .. import amp

__all__ = ["GradScaler", "autocast"]


def _deprecated(name: str) -> None:
    warnings.warn(f"`torch.cuda.amp.{name}(args...)` is deprecated. Please use `torch.amp.{name}('cuda', args...)` "
                  "instead.", FutureWarning, stacklevel=3)


class autocast(amp.autocast):
    """As torch.cuda.amp.autocast, which has no GPU to cast for here."""

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        _deprecated("autocast")
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """As torch.cuda.amp.GradScaler, which is off without a GPU."""

    def __init__(self, init_scale: float = 65536.0, growth_factor: float = 2.0, backoff_factor: float = 0.5,
                 growth_interval: int = 2000, enabled: bool = True) -> None:
        _deprecated("GradScaler")
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)
