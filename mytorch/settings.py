"""Switches that PyTorch has and that change no number here: they are kept, checked and told, as torch does.

NumPy's BLAS decides by itself how many threads it takes (OPENBLAS_NUM_THREADS, OMP_NUM_THREADS, read when NumPy is
imported), and every operation here is deterministic and in full precision.
"""
from __future__ import annotations

import os
import warnings
from typing import Any

from ._types import CPU, check_device, device
from ._warnings import once

__all__ = ["are_deterministic_algorithms_enabled", "compile", "get_default_device", "get_deterministic_debug_mode",
           "get_float32_matmul_precision", "get_num_interop_threads", "get_num_threads",
           "is_deterministic_algorithms_warn_only_enabled", "is_warn_always_enabled", "set_default_device",
           "set_deterministic_debug_mode", "set_float32_matmul_precision",
           "set_flush_denormal", "set_num_interop_threads", "set_num_threads", "set_warn_always",
           "use_deterministic_algorithms"]

_state: dict[str, Any] = {"precision": "highest", "deterministic": False, "warn_only": False, "threads": None,
                          "interop": None}


def get_num_threads() -> int:
    """How many threads were asked for, else how many processors there are."""
    return _state["threads"] or os.cpu_count() or 1


def _positive(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} expects an int, but got {type(value).__name__}")
    if value <= 0:
        raise RuntimeError(f"{name} expects a positive integer" if name == "set_num_threads" else
                           "Expected number of threads > 0")
    return value


def set_num_threads(num: int) -> None:
    """Remember a number of threads; NumPy's BLAS takes its own from the environment."""
    _state["threads"] = _positive(num, "set_num_threads")


def get_num_interop_threads() -> int:
    """How many threads between operations were asked for; operations run one after the other."""
    return _state["interop"] or 1


def set_num_interop_threads(num: int) -> None:
    """Remember a number of threads between operations."""
    _state["interop"] = _positive(num, "set_num_interop_threads")


def get_float32_matmul_precision() -> str:
    """"highest": products of float32 are computed in float32, whatever was asked for."""
    return _state["precision"]


def set_float32_matmul_precision(precision: str) -> None:
    """Allow less precision in products ("high", "medium"): allowed, not used."""
    if precision not in ("highest", "high", "medium"):
        warnings.warn(f"{precision} is not one of 'highest', 'high', or 'medium'; the current "
                      "setFloat32MatmulPrecision call has no effect.", stacklevel=2)
        return
    _state["precision"] = precision


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Every operation is deterministic, whatever is asked for."""
    _state["deterministic"], _state["warn_only"] = bool(mode), bool(warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was last told."""
    return _state["deterministic"]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What `use_deterministic_algorithms` was last told of warn_only."""
    return _state["warn_only"]


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """0 or "default", 1 or "warn", 2 or "error"."""
    names = {"default": 0, "warn": 1, "error": 2}
    if isinstance(debug_mode, str):
        if debug_mode not in names:
            raise RuntimeError("invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got "
                               f"{debug_mode}")
        debug_mode = names[debug_mode]
    if debug_mode not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    use_deterministic_algorithms(debug_mode > 0, warn_only=debug_mode == 1)


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2, see `set_deterministic_debug_mode`."""
    return 0 if not _state["deterministic"] else 1 if _state["warn_only"] else 2


def set_flush_denormal(mode: bool) -> bool:
    """False: NumPy cannot flush denormal numbers to zero."""
    return False


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` was last told."""
    return once.always


def set_warn_always(b: bool, /) -> None:
    """Whether warnings that come once in a process should come every time."""
    once.always = bool(b)


def get_default_device() -> device:
    """The device of new tensors: the CPU.  As torch.get_default_device."""
    return CPU


def set_default_device(device: Any) -> None:
    """Name the device of new tensors; any but the CPU is refused.  As torch.set_default_device."""
    check_device(device)


def compile(model: Any = None, **options: Any) -> Any:
    """The model or function itself: NumPy runs what is written.  As torch.compile, with the same numbers."""
    return model if model is not None else lambda model: model
