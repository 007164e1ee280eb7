"""Types in the signatures of layers, under torch's names: torch.nn.common_types."""
from __future__ import annotations

from typing import Any, Optional, TypeVar, Union

from ..engine.tensor import Tensor

__all__: list[str] = []

T = TypeVar("T")


def _one_or(kind: Any, count: int) -> Any:
    """One for all dimensions, or one for each of `count`."""
    each: Any = tuple[(kind,) * count]  # type: ignore[misc]
    return Union[kind, each]


_scalar_or_tuple_any_t = Union[T, tuple[T, ...]]
_scalar_or_tuple_1_t, _scalar_or_tuple_2_t, _scalar_or_tuple_3_t, _scalar_or_tuple_4_t, _scalar_or_tuple_5_t, \
    _scalar_or_tuple_6_t = (_one_or(T, n) for n in range(1, 7))
_size_any_t = Union[int, tuple[int, ...]]
_size_1_t, _size_2_t, _size_3_t, _size_4_t, _size_5_t, _size_6_t = (_one_or(int, n) for n in range(1, 7))
_size_any_opt_t = Union[int, None, tuple[Optional[int], ...]]
_size_2_opt_t, _size_3_opt_t = (Union[int, None, tuple[(Optional[int],) * n]] for n in (2, 3))  # type: ignore[misc]
_ratio_any_t = Union[float, tuple[float, ...]]
_ratio_2_t, _ratio_3_t = (_one_or(float, n) for n in (2, 3))
_maybe_indices_t = _one_or(Tensor, 2)
