"""Automatic mixed precision, switched off.

Operations compute in the types their tensors have: there is no autocasting.  A program that can do without it
(`enabled=False`, or for a device that is not here) runs, and its questions are answered as torch answers them then.
"""
from __future__ import annotations

import functools
import warnings
from typing import Any, Callable

from ._types import DTYPES, as_dtype, bfloat16_dtype, dtype

__all__ = ["GradScaler", "autocast", "autocast_decrement_nesting", "autocast_increment_nesting",
           "clear_autocast_cache", "get_autocast_dtype", "is_autocast_available", "is_autocast_cache_enabled",
           "is_autocast_enabled", "set_autocast_cache_enabled", "set_autocast_dtype", "set_autocast_enabled"]

_HALF = {"cpu": "bfloat16", "cuda": "float16", "hpu": "bfloat16", "ipu": "float16", "maia": "bfloat16",
         "mps": "float16", "mtia": "float16", "privateuseone": "float16", "xla": "bfloat16", "xpu": "float16"}
_NONE_HERE = ("Mytorch computes in the types its tensors have: there is no autocasting. Use enabled=False, or bring "
              "tensors and modules to a type with .to()")
_state: dict[str, Any] = {"dtypes": {}, "nesting": 0, "cache": True}


def _device(function: str, device_type: Any) -> str:
    """The device's name, of those that torch autocasts for."""
    if not isinstance(device_type, str):
        raise TypeError(f"{function}(): argument 'device_type' (position 1) must be str, not "
                        f"{type(device_type).__name__}")
    if device_type not in _HALF:
        raise RuntimeError(
            "Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, "
            "vulkan, mps, meta, hpu, mtia, privateuseone device type at start of device string: " + device_type)
    return device_type


def is_autocast_available(device_type: str) -> bool:
    """Whether torch autocasts for such a device.  As torch.amp.is_autocast_available."""
    return device_type in _HALF


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """False.  As torch.is_autocast_enabled."""
    _device("is_autocast_enabled", device_type)
    return False


def set_autocast_enabled(device_type: Any, enabled: bool | None = None) -> None:
    """Switch autocasting off, which it is.

    Raises NotImplementedError for enabled=True.  As torch.set_autocast_enabled.
    """
    if enabled is None:
        device_type, enabled = "cuda", device_type
    _device("set_autocast_enabled", device_type)
    if enabled:
        raise NotImplementedError(f"set_autocast_enabled: {_NONE_HERE}")


def get_autocast_dtype(device_type: str) -> dtype:
    """The type that autocasting would cast to.  As torch.get_autocast_dtype."""
    name = _device("get_autocast_dtype", device_type)
    return _state["dtypes"].get(name) or (
        DTYPES["float16"] if _HALF[name] == "float16" else bfloat16_dtype())


def set_autocast_dtype(device_type: str, dtype: Any) -> None:
    """Keep a type for `get_autocast_dtype` to tell.  As torch.set_autocast_dtype."""
    as_dtype(dtype)
    _state["dtypes"][_device("set_autocast_dtype", device_type)] = dtype


def is_autocast_cache_enabled() -> bool:
    """Whether casts would be kept.  As torch.is_autocast_cache_enabled."""
    return _state["cache"]


def set_autocast_cache_enabled(enabled: bool) -> None:
    """As torch.set_autocast_cache_enabled."""
    _state["cache"] = bool(enabled)


def clear_autocast_cache() -> None:
    """Forget what was cast: nothing was.  As torch.clear_autocast_cache."""


def autocast_increment_nesting() -> int:
    """One more block; how many there are.  As torch.autocast_increment_nesting."""
    _state["nesting"] += 1
    return _state["nesting"]


def autocast_decrement_nesting() -> int:
    """One block less; how many there are.  As torch.autocast_decrement_nesting."""
    _state["nesting"] -= 1
    return _state["nesting"]


def _of_one_device(old: str, new: Callable, device: str) -> Callable:
    """The deprecated function for one device."""
    def run(*args: Any) -> Any:
        given = "" if not args else ", dtype" if old.endswith("dtype") else ", enabled"
        warnings.warn(f"torch.{old}({given[2:]}) is deprecated. Please use torch.{new.__name__}('{device}'{given}) "
                      "instead.", DeprecationWarning, stacklevel=2)
        return new(device, *args)
    run.__name__ = run.__qualname__ = old
    run.__doc__ = f"{new.__name__}('{device}', ...); deprecated.  As torch.{old}."
    return run


for _device_name in ("cpu", "cuda", "ipu", "xla"):
    for _function in (is_autocast_enabled, set_autocast_enabled, get_autocast_dtype, set_autocast_dtype):
        _old = _function.__name__.replace("autocast", "autocast_" + _device_name.replace("cuda", "gpu"))
        if _old not in ("is_autocast_gpu_enabled", "set_autocast_gpu_enabled"):
            globals()[_old] = _of_one_device(_old, _function, _device_name)
            __all__.append(_old)


class autocast:
    """A block, or a decorated function, without autocasting.

    Raises NotImplementedError where torch would cast: enabled=True on a CPU, or on a device without warning.
    As torch.autocast.
    """

    def __init__(self, device_type: str, dtype: Any = None, enabled: bool = True,
                 cache_enabled: bool | None = None) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.device = _device("autocast", device_type)
        if enabled and device_type == "cuda":
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2)
        elif enabled and dtype is not None and str(dtype) not in ("torch.bfloat16", "torch.float16"):
            warnings.warn(f"In {device_type.upper()} autocast, but the target dtype is not supported. Disabling "
                          f"autocast.\n{device_type.upper()} Autocast only supports dtypes of torch.bfloat16, "
                          "torch.float16 currently.", stacklevel=2)
        elif enabled:
            raise NotImplementedError(f"autocast(enabled=True): {_NONE_HERE}")

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *_: Any) -> None:
        pass

    def __call__(self, func: Callable) -> Callable:
        @functools.wraps(func)
        def run(*args: Any, **kwargs: Any) -> Any:
            return func(*args, **kwargs)
        return run


class GradScaler:
    """A scaler of losses that is switched off: it hands everything on.

    Raises NotImplementedError where torch would scale.  As torch.amp.GradScaler.
    """

    def __init__(self, device: str = "cuda", init_scale: float = 65536.0, growth_factor: float = 2.0,
                 backoff_factor: float = 0.5, growth_interval: int = 2000, enabled: bool = True) -> None:
        if enabled and device == "cuda":
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)
        elif enabled:
            raise NotImplementedError("GradScaler(enabled=True): there is no autocasting here, no loss needs scaling")

    def is_enabled(self) -> bool:
        return False

    def get_scale(self) -> float:
        return 1.0

    def scale(self, outputs: Any) -> Any:
        """`outputs`, as they are."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        pass

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """`optimizer.step(...)`."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        pass

    def state_dict(self) -> dict:
        return {}

    def load_state_dict(self, state_dict: dict) -> None:
        pass
