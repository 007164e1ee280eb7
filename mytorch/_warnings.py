"""Warnings that name the line of whoever called the package, and those that torch gives once in a process."""
from __future__ import annotations

import sys
import warnings

__all__ = ["once", "warn", "warn_once"]


class Once:
    """What was said already, and whether it is to be said again all the same (`set_warn_always`)."""

    def __init__(self) -> None:
        self.said: set[str] = set()
        self.always = False


once = Once()


def warn_once(text: str) -> None:
    """Warn whoever called the package, if this was not said yet."""
    if text not in once.said or once.always:
        once.said.add(text)
        warn(text)


def warn(text: str) -> None:
    """Warn whoever called the package, through however many of its frames."""
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and (frame.f_globals.get("__package__") or "").partition(".")[0] == __package__:
        frame, level = frame.f_back, level + 1
    warnings.warn(text, stacklevel=level)
