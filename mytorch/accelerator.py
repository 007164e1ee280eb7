"""torch.accelerator where there is none: a program's questions are answered as PyTorch's CPU build answers them."""
from __future__ import annotations

from typing import Any, Callable

from .absent_names import NotHere

__all__ = ["current_accelerator", "device_count", "is_available"]


def is_available() -> bool:
    """Whether there is another device than the CPU: no."""
    return False


def device_count() -> int:
    """How many there are."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """The device in use, None without one."""


def _refusing(name: str) -> Callable:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("Cannot access accelerator device when none is available.")
    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "Raises RuntimeError: there is no accelerator."
    return refuse


for _name in ("current_device_index current_stream empty_cache get_memory_info max_memory_allocated "
              "max_memory_reserved memory_allocated memory_reserved memory_stats reset_peak_memory_stats "
              "set_device_index synchronize").split():
    globals()[_name] = _refusing(_name)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module 'mytorch.accelerator' has no attribute {name!r}")
    raise NotHere(f"torch.accelerator.{name}: Mytorch computes on one CPU")
