"""What is recorded just now, in this thread or task, and what is looked out for, in all of them."""
from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import Any, Callable

import numpy as np

__all__ = ["begin", "infer", "inference", "mode", "record", "recording", "watch"]

# Whether what runs is recorded; None where nobody has said so yet, as in a new thread.  Every op asks, and a context
# variable answers in a fifth of the time that an attribute of a threading.local takes.  Each thread has its own value,
# and each asyncio task, which begins with that of the one that made it.
_recording: ContextVar[bool | None] = ContextVar("recording", default=None)
recording: Callable[[], bool | None] = _recording.get
record: Callable[[bool | None], Any] = _recording.set

# Inside inference mode, where nothing is recorded and results can never be part of what is: grad mode as the user set
# it there.  None outside.
_inference: ContextVar[bool | None] = ContextVar("inference", default=None)
inference: Callable[[], bool | None] = _inference.get
infer: Callable[[bool | None], Any] = _inference.set


def begin() -> bool:
    """For `recording() or begin()`: whether to record.  Where nobody has said so yet, yes, and NumPy is silenced."""
    if recording() is not None:
        return False
    # torch is silent about 1 / 0 and log(0); np.errstate around every op would cost as much as the op
    np.seterr(divide="ignore", invalid="ignore", over="ignore", under="ignore")
    record(True)
    return True


class _Mode(threading.local):
    """Grad mode as an attribute, and what else goes on in this thread."""
    saving: tuple = ()  # (pack, unpack) pairs for what is saved; the last one counts
    saving_refused: str | None = None    # why such pairs must not be used
    at_end: list[Callable] | None = None  # to be called when the present way back is done

    @property
    def grad(self) -> bool:
        """What runs is recorded."""
        return bool(recording() or begin())

    @grad.setter
    def grad(self, value: bool) -> None:
        record(value)


class _Watch:
    """What is looked out for, in all threads; `on` says in one look whether a new node concerns anybody."""
    __slots__ = ("on", "anomaly", "check_nan", "savers", "inference")

    def __init__(self) -> None:
        self.on = self.anomaly = self.inference = False
        self.check_nan = True
        self.savers = 0  # how many threads have `mode.saving`

    def update(self) -> None:
        self.on = self.anomaly or self.savers > 0


mode = _Mode()
watch = _Watch()
