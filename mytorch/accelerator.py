"""torch.accelerator where there is none: a program's questions are answered as PyTorch's CPU build answers them."""
from __future__ import annotations

from .absent_names import page, refusing

__all__ = ["current_accelerator", "device_count", "is_available"]


def is_available() -> bool:
    """Whether there is another device than the CPU: no."""
    return False


def device_count() -> int:
    """How many there are."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """The device in use, None without one."""


globals().update(refusing(
    "current_device_index current_stream empty_cache get_memory_info max_memory_allocated max_memory_reserved "
    "memory_allocated memory_reserved memory_stats reset_peak_memory_stats set_device_index synchronize",
    RuntimeError, "Cannot access accelerator device when none is available."))

__getattr__ = page("torch.accelerator", "Mytorch computes on one CPU")
