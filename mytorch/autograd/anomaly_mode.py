"""Anomaly detection: nan is an error, and an error on the way back tells where forward was called."""
from __future__ import annotations

import warnings
from typing import Any

from ..engine.tape import watch

__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_anomaly_enabled",
           "set_detect_anomaly"]


def is_anomaly_enabled() -> bool:
    """Whether anomaly detection is on.  As torch.is_anomaly_enabled."""
    return watch.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly detection looks for nan.  As torch.is_anomaly_check_nan_enabled."""
    return watch.check_nan


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """Switch anomaly detection on or off.  As torch.set_anomaly_enabled."""
    watch.anomaly, watch.check_nan = enabled, check_nan
    watch.update()


class set_detect_anomaly:
    """Switch anomaly detection on or off: at once when called as a function, and back at the end of a `with`.

    While it is on, every node notes the stack of its forward call, and going backward raises RuntimeError where a
    gradient is nan (check_nan) and warns, with that stack, where anything fails.  For all threads.
    As torch.autograd.set_detect_anomaly.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.prev = watch.anomaly, watch.check_nan
        set_anomaly_enabled(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: Any) -> None:
        set_anomaly_enabled(*self.prev)


class detect_anomaly:
    """Anomaly detection for the time of a `with`; see `set_detect_anomaly`.  As torch.autograd.detect_anomaly."""

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        warnings.warn("Anomaly Detection has been enabled. This mode will increase the runtime and should only be "
                      "enabled for debugging.", stacklevel=2)

    def __enter__(self) -> None:
        self.prev = watch.anomaly, watch.check_nan
        set_anomaly_enabled(True, self.check_nan)

    def __exit__(self, *_: Any) -> None:
        set_anomaly_enabled(*self.prev)
