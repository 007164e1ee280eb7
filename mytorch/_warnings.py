"""Warnings that torch gives once in a process, or every time after `set_warn_always(True)`."""
from __future__ import annotations

import sys
import warnings

__all__ = ["once", "warn_once"]


class Once:
    """What was said already, and whether it is to be said again all the same."""

    def __init__(self) -> None:
        self.said: set[str] = set()
        self.always = False


once = Once()


def warn_once(text: str) -> None:
    """Warn whoever called the package, if this was not said yet."""
    if text in once.said and not once.always:
        return
    once.said.add(text)
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and frame.f_globals.get("__package__", "").partition(".")[0] == __package__:
        frame, level = frame.f_back, level + 1
    warnings.warn(text, stacklevel=level)
