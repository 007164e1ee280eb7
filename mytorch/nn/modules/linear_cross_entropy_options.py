"""How torch cuts a linear cross entropy in pieces: options that are checked, kept and shown."""
from __future__ import annotations

from typing import Any, NamedTuple

from ..._types import as_dtype, is_floating

__all__ = ["LinearCrossEntropyOptions"]


class _Options(NamedTuple):
    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: Any = None


class LinearCrossEntropyOptions(_Options):
    """Options of nn.functional.linear_cross_entropy; its result does not depend on them.

    batch_chunk_size: rows at a time, positive, or None.  chunking_method: "auto", "aspect_ratio:<n>" or None.
    acc_policy: "accurate", "balanced", "compact" or "auto".  acc_dtype: the floating type sums are taken in.
    Raises:
        ValueError: an option is none of these.

    As torch.nn.LinearCrossEntropyOptions.
    """

    def __new__(cls, allow_retain_graph: bool = False, batch_chunk_size: int | None = None,
                chunking_method: str | None = "auto", acc_policy: str = "auto",
                acc_dtype: Any = None) -> LinearCrossEntropyOptions:
        if batch_chunk_size is not None and not (isinstance(batch_chunk_size, int) and batch_chunk_size > 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {batch_chunk_size}")
        if chunking_method not in (None, "auto") and not _is_aspect_ratio(chunking_method):
            raise ValueError(f"invalid chunking_method: {chunking_method!r}")
        if acc_policy not in ("accurate", "balanced", "compact", "auto"):
            raise ValueError(f"invalid acc_policy: {acc_policy!r}")
        if acc_dtype is not None and not _is_float(acc_dtype):
            raise ValueError("acc_dtype must be one of {None, torch.float16, torch.bfloat16, torch.float32, "
                             f"torch.float64}}, got {acc_dtype}. Pass acc_dtype=None to let the op pick automatically.")
        return super().__new__(cls, allow_retain_graph, batch_chunk_size, chunking_method, acc_policy, acc_dtype)


def _is_aspect_ratio(method: Any) -> bool:
    name, _, number = str(method).partition(":")
    return name == "aspect_ratio" and number.isdigit()


def _is_float(dtype: Any) -> bool:
    try:
        return is_floating(as_dtype(dtype))
    except TypeError:
        return False
