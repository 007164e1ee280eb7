"""swap_in_optimizer_params_and_state: let an optimizer act on other parameters for a while."""
from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import Any, Iterator

from ..engine.tensor import Tensor
from ._rules import Elementwise
from .optimizer import Optimizer

__all__ = ["swap_in_optimizer_params_and_state"]

_NAME = "swap_in_optimizer_params_and_state"


@contextmanager
def swap_in_optimizer_params_and_state(optimizer: Optimizer, swapin_parameters: dict[str, Tensor],
                                       swapin_optim_state: dict[str, Any]) -> Iterator[None]:
    """Within the context the optimizer has these parameters, this state and these options; after it, its own again.

    Args:
        optimizer: whose state has been initialized by a step.
        swapin_parameters: by name, in the order of the optimizer's own.
        swapin_optim_state: what `state_dict()` gives; its tensors are written to, nothing else of it changes.
    Raises:
        RuntimeError: the two do not fit the optimizer.

    As torch.optim.swap_in_optimizer_params_and_state.
    """
    if not optimizer._state:
        raise RuntimeError(f"{_NAME} requires initialized optimizer state.")
    kept, groups = _state_of(swapin_optim_state), _groups_of(optimizer, swapin_optim_state)
    taken = _by_group(groups, swapin_parameters, kept)
    before, options = optimizer._state, [dict(group) for group in optimizer.param_groups]
    swapped: defaultdict[Any, Any] = defaultdict(dict)
    plans = optimizer._plans if isinstance(optimizer, Elementwise) else None
    try:
        if isinstance(optimizer, Elementwise):
            optimizer._plans = _NoPlans()
        for live, group, new in zip(optimizer.param_groups, groups, taken):
            live.update(group, params=new)
            swapped.update((p, dict(kept.get(key, {}))) for p, key in zip(new, group["params"]))
        optimizer.state = swapped
        yield
    finally:
        for live, old in zip(optimizer.param_groups, options):
            live.clear()
            live.update(old)
        optimizer.state = before
        if isinstance(optimizer, Elementwise) and plans is not None:
            optimizer._plans = plans


class _NoPlans(dict):
    """Keeps every parameter updated by itself, so that its state stays in the tensors that were given."""

    def __setitem__(self, place: Any, plan: Any) -> None:
        pass


def _by_group(groups: list[dict[str, Any]], parameters: dict[str, Tensor], kept: dict[Any, Any]) -> list[list[Tensor]]:
    """The parameters, for each group its own."""
    params = iter(parameters.values())
    taken = [[p for _, p in zip(group["params"], params)] for group in groups]
    if any(len(new) != len(group["params"]) for new, group in zip(taken, groups)):
        raise RuntimeError(f"{_NAME} requires the explicit parameter state to match optimizer.param_groups ordering.")
    extra = [key for key in kept if not any(key in group["params"] for group in groups)]
    if extra:
        raise RuntimeError(f"{_NAME} requires swapin_optim_state['state'] to be keyed only by packed parameter ids "
                           f"from param_groups[*]['params']; got extra keys {extra!r}.")
    return taken


def _state_of(given: Any) -> dict[Any, Any]:
    if not isinstance(given, dict):
        raise RuntimeError(f"{_NAME} requires a DCP-style optimizer state_dict.")
    state = given.get("state")
    if not isinstance(state, dict):
        raise RuntimeError(f"{_NAME} requires swapin_optim_state['state'] to be a dict mapping packed parameter ids to "
                           f"per-param state dicts, got {type(state).__name__}.")
    if any(isinstance(key, Tensor) for key in state):
        raise RuntimeError(f"{_NAME} requires optimizer.state_dict()-style state keyed by packed parameter ids.")
    if any(isinstance(key, int) and not isinstance(value, dict) for key, value in state.items()):
        raise RuntimeError(f"{_NAME} requires per-parameter optimizer state entries to be dictionaries.")
    return state


def _groups_of(optimizer: Optimizer, given: dict[str, Any]) -> list[dict[str, Any]]:
    groups = given.get("param_groups")
    if not isinstance(groups, list):
        raise RuntimeError(f"{_NAME} requires swapin_optim_state['param_groups'] to be a list of param-group dicts, "
                           f"got {type(groups).__name__}.")
    if len(groups) != len(optimizer.param_groups):
        raise RuntimeError("swapin_optim_state has a different number of parameter groups than the live optimizer.")
    for i, (live, group) in enumerate(zip(optimizer.param_groups, groups)):
        _check_group(i, live, group)
    return groups


def _check_group(i: int, live: dict[str, Any], group: Any) -> None:
    if not isinstance(group, dict):
        raise RuntimeError(f"{_NAME} requires each optimizer param group to be a dictionary.")
    ids = group.get("params")
    if not isinstance(ids, list) or not all(isinstance(number, int) for number in ids):
        raise RuntimeError(f"{_NAME} requires optimizer.state_dict()-style param_groups[*]['params'] entries keyed by "
                           "packed parameter ids.")
    if len(ids) != len(live["params"]):
        raise RuntimeError(f"swapin_optim_state param group {i} has a different number of params than the live "
                           "optimizer param group.")
    new, old = [k for k in group if k not in live], [k for k in live if k not in group]
    if new or old:
        raise RuntimeError(f"{_NAME} requires optimizer.state_dict()-style param group keys to exactly match the live "
                           f"optimizer group keys for group {i}. Keys only in swap-in: {new}. Keys only in live: "
                           f"{old}.")
