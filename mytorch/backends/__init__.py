"""torch.backends: switches of libraries that are not here; they can be set and asked, and change nothing on a CPU."""
from __future__ import annotations

from typing import Any

from ..absent_names import NotHere
from . import cuda, cudnn, mps  # noqa: F401


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module 'mytorch.backends' has no attribute {name!r}")
    raise NotHere(f"torch.backends.{name}: Mytorch computes with NumPy and uses no such library")
