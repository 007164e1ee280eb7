"""What a dense tensor on the CPU answers to questions about sparse, quantized and other devices' tensors.

There are no such tensors here.  The questions exist all the same, so that code which asks gets torch's answer.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..engine.op import method
from ..engine.tensor import Tensor
from .conversion import in_dtype

__all__ = ["dequantize", "int_repr", "is_distributed", "native_norm", "q_per_channel_axis", "q_per_channel_scales",
           "q_per_channel_zero_points", "q_scale", "q_zero_point", "qscheme"]

for _name in ("is_ipu", "is_maia", "is_mtia", "is_sparse_csr", "is_vulkan", "is_xla"):
    setattr(Tensor, _name, False)
Tensor.name = None  # type: ignore[attr-defined]


def _not_for_dense(name: str, kind: str) -> Callable:
    def ask(input: Any, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"Could not run 'aten::{name}' with arguments from the 'CPU' backend: it asks a "
                                  f"{kind} tensor, and all tensors here are dense")
    ask.__name__ = ask.__qualname__ = name
    ask.__doc__ = f"Raises, as torch does for a tensor that is not {kind}."
    return ask


def _quantized_only(name: str) -> Callable:
    return method()(_not_for_dense(name, "quantized"))


native_norm = _not_for_dense("native_norm", "sparse")


@method()
def is_distributed(input: Tensor) -> bool:
    """False.  As torch.is_distributed."""
    return False


class qscheme:
    """The type of ways to quantize; there are none here."""

    def __new__(cls) -> qscheme:
        raise TypeError("cannot create 'torch.qscheme' instances")


int_repr, q_scale, q_zero_point, q_per_channel_scales, q_per_channel_zero_points, q_per_channel_axis = map(
    _quantized_only, ("int_repr", "q_scale", "q_zero_point", "q_per_channel_scales", "q_per_channel_zero_points",
                      "q_per_channel_axis"))
_quantized_only("qscheme")


@method()
def dequantize(self: Tensor) -> Tensor:
    """The numbers as float32, which a dense tensor has already."""
    return in_dtype(self, np.dtype(np.float32))


def _sparse_only(name: str, layout: str) -> None:
    def ask(self: Tensor) -> Any:
        raise RuntimeError(f"{name} expected sparse {layout}tensor layout but got Strided")
    ask.__name__ = ask.__qualname__ = name
    ask.__doc__ = "Raises, as torch does for a dense tensor."
    setattr(Tensor, name, ask)


for _name, _layout in (("coalesce", "coordinate "), ("is_coalesced", "coordinate "), ("indices", "coordinate "),
                       ("values", ""), ("crow_indices", "row compressed "), ("col_indices", "row compressed "),
                       ("ccol_indices", "column compressed "), ("row_indices", "column compressed ")):
    _sparse_only(_name, _layout)


def _other_layout(name: str, layout: str) -> None:
    def convert(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{name}: Mytorch has no tensors of layout {layout}")
    convert.__name__ = convert.__qualname__ = name
    convert.__doc__ = f"Raises: there is no layout {layout} here."
    setattr(Tensor, name, convert)


for _name, _layout in (("to_sparse_csr", "torch.sparse_csr"), ("to_sparse_csc", "torch.sparse_csc"),
                       ("to_sparse_bsr", "torch.sparse_bsr"), ("to_sparse_bsc", "torch.sparse_bsc"),
                       ("to_mkldnn", "torch._mkldnn"), ("sparse_mask", "torch.sparse_coo")):
    _other_layout(_name, _layout)
