"""torch.backends.cudnn without a GPU."""
from __future__ import annotations

__all__ = ["is_available", "version"]

enabled, benchmark, deterministic, allow_tf32 = True, False, False, True
benchmark_limit = None


def is_available() -> bool:
    return False


def version() -> None:
    return None
