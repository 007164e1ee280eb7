"""torch.autograd.profiler's names; the profilers of Python (cProfile, perf) see everything that runs here."""
from __future__ import annotations

from typing import Any

__all__ = ["emit_nvtx", "profile", "record_function"]


def _missing(name: str) -> type:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(f"torch.autograd.profiler.{name}: Mytorch runs in Python, use cProfile instead")
    doc = f"Raises NotImplementedError.  As {name} in torch's profiler."
    return type(name, (), {"__init__": __init__, "__doc__": doc})


profile, record_function, emit_nvtx = map(_missing, ("profile", "record_function", "emit_nvtx"))
