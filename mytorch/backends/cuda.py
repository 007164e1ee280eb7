"""torch.backends.cuda without a GPU."""
from __future__ import annotations

__all__ = ["is_built", "matmul"]


class _Products:
    """How a GPU would multiply."""
    __slots__ = ("allow_bf16_reduced_precision_reduction", "allow_fp16_reduced_precision_reduction", "allow_tf32")

    def __init__(self) -> None:
        self.allow_tf32 = False
        self.allow_fp16_reduced_precision_reduction = self.allow_bf16_reduced_precision_reduction = True

    def __getattr__(self, name: str) -> None:
        raise AttributeError(f"Unknown attribute {name}")


matmul = _Products()


def is_built() -> bool:
    return False
