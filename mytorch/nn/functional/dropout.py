"""The dropout functions of torch.nn.functional: those of `ops.dropout` under the signatures of layers."""
from __future__ import annotations

from typing import Any

from ..._warnings import warn
from ...ops.dropout import alpha_drop, drop, rrelu_
from ...ops.dropout import rrelu as _rrelu

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout", "rrelu",
           "rrelu_"]


def _check(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Elements to 0 with probability p while training, the others times 1 / (1 - p).

    Raises:
        ValueError: p is not in [0, 1].

    As torch.nn.functional.dropout.
    """
    _check(p)
    return drop(input, p, training, inplace)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout that keeps mean 0 and variance 1, for SELU.  As torch.nn.functional.alpha_dropout."""
    _check(p)
    return alpha_drop(input, p, training, inplace)


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """alpha_dropout of whole channels.  As torch.nn.functional.feature_alpha_dropout."""
    _check(p)
    return alpha_drop(input, p, training, inplace, 2)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Channels of (N, C, L) or (C, L) to 0 with probability p.  As torch.nn.functional.dropout1d."""
    _check(p)
    if input.ndim not in (2, 3):
        raise RuntimeError(f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input. Note "
                           "that dropout1d exists to provide channel-wise dropout on inputs with 1 spatial dimension, "
                           "a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs).")
    return drop(input, p, training, inplace, 2 if input.ndim == 3 else 1)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Channels of (N, C, H, W) to 0 with probability p; a 3-D input is read as (N, C, L).

    As torch.nn.functional.dropout2d.
    """
    _check(p)
    _warn_rank("dropout2d", input.ndim, 2, (3, 4))
    if input.ndim == 3:
        warn("dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior "
             "is desired - input is interpreted as shape (N, C, L), where C is the channel dim. This behavior "
             "will change in a future release to interpret the input as one without a batch dimension, i.e. "
             "shape (C, H, W). To maintain the 1D channel-wise dropout behavior, please switch to using "
             "dropout1d instead.")
    return drop(input, p, training, inplace, 2)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Channels of (N, C, D, H, W) or (C, D, H, W) to 0 with probability p.  As torch.nn.functional.dropout3d."""
    _check(p)
    _warn_rank("dropout3d", input.ndim, 3, (4, 5))
    return drop(input, p, training, inplace, 2 if input.ndim == 5 else 1)


def _warn_rank(name: str, ndim: int, spatial: int, ranks: tuple[int, int]) -> None:
    if ndim not in ranks:
        warn(f"{name}: Received a {ndim}-D input to {name}, which is deprecated and will result in an error "
             "in a future release. To retain the behavior and silence this warning, please use dropout "
             f"instead. Note that {name} exists to provide channel-wise dropout on inputs with {spatial} "
             f"spatial dimensions, a channel dimension, and an optional batch dimension (i.e. {ranks[0]}D or "
             f"{ranks[1]}D inputs).")


def rrelu(input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False,
          inplace: bool = False) -> Any:
    """x where positive, else r x: r drawn from [lower, upper) while training, else their mean.

    As torch.nn.functional.rrelu.
    """
    return (rrelu_ if inplace else _rrelu)(input, lower, upper, training)
