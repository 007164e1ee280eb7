"""torch.backends: switches of libraries that are not here; they can be set and asked, and change nothing on a CPU."""
from __future__ import annotations

from ..absent_names import page
from . import cuda, cudnn, mps  # noqa: F401

__getattr__ = page("torch.backends", "Mytorch computes with NumPy and uses no such library")
