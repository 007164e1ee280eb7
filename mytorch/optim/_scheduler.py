"""LRScheduler: what all learning-rate schedules share."""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..engine.tape import ndarray, wrote
from ..engine.tensor import Tensor, plain
from ._options import number
from .optimizer import Optimizer

__all__ = ["LRScheduler"]

_EPOCH_IS_OLD = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed "
    "form is used instead of the new chainable form, where available. Please open an issue if you are unable to "
    "replicate your use case: https://github.com/pytorch/pytorch/issues/new/choose.")
_SEE = "See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
_REPLACED = ("Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. Please, "
             f"make sure to call `optimizer.step()` before `lr_scheduler.step()`. {_SEE}")
_TOO_EARLY = ("Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you "
              "should call them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`.  Failure to do "
              f"this will result in PyTorch skipping the first value of the learning rate schedule. {_SEE}")


class LRScheduler:
    """Sets the learning rate of every group of an optimizer, anew at each `step`.

    A schedule is a class with `get_lr`, the list of learning rates (one for each group) at `self.last_epoch`; it may
    use `self.base_lrs`, the rates at the start, and `self.optimizer.param_groups`.

    Args:
        optimizer: whose groups' "lr" is set; what it is now is noted there as "initial_lr".
        last_epoch: the number of the last step when resuming, -1 at the start.
    Raises:
        KeyError: resuming, but a group has no "initial_lr".

    As torch.optim.lr_scheduler.LRScheduler.
    """
    _is_initial = False
    _get_lr_called_within_step = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with last_epoch "
                    ">= 0.\nThis typically happens when:\n1. You're trying to resume training from a checkpoint but "
                    "haven't properly loaded the optimizer state\n2. You're using last_epoch >= 0 for a fresh training "
                    "run (not recommended)")
        self.base_lrs = [copied(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        if "_step_at_schedule" not in optimizer.__dict__:
            optimizer._step_at_schedule = _function(optimizer.step)  # type: ignore[attr-defined]
            optimizer._opt_called = False
        self._initial_step()

    def _initial_step(self) -> None:
        """The rates at the start."""
        self._step_count = 0
        self._is_initial = True
        self.step()
        self._is_initial = False

    def get_last_lr(self) -> list[Any]:
        """The learning rates that were set last, one for each group."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """The learning rates at `last_epoch`; for `step` to call, others want `get_last_lr`."""
        if not self._get_lr_called_within_step:
            warnings.warn("To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                          UserWarning, stacklevel=2)
        return self._rates()

    def _rates(self) -> list[Any]:
        raise NotImplementedError

    def step(self, epoch: int | None = None) -> None:
        """Go on by one (epoch: to this number, as torch still allows) and set the learning rates."""
        if self._step_count == 1:
            self._check_order()
        self._step_count += 1
        if epoch is not None:
            warnings.warn(_EPOCH_IS_OLD, UserWarning, stacklevel=2)
        self._update_lr(epoch)

    def _check_order(self) -> None:
        known = self.optimizer.__dict__
        if _function(self.optimizer.step) is not known.get("_step_at_schedule"):
            warnings.warn(_REPLACED, UserWarning, stacklevel=3)
        elif not known.get("_opt_called"):
            warnings.warn(_TOO_EARLY, UserWarning, stacklevel=3)

    def _update_lr(self, epoch: int | None = None) -> None:
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed = None if epoch is None else getattr(self, "_get_closed_form_lr", None)
        self._set(self._within(closed or self.get_lr))

    def _within(self, rates: Any) -> list[Any]:
        """rates(), marked as asked for by a step."""
        self._get_lr_called_within_step = True
        try:
            return rates()
        finally:
            self._get_lr_called_within_step = False

    def _set(self, rates: list[Any]) -> None:
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            put(group, "lr", lr)
        self._last_lr = self._unchanged()

    def _unchanged(self) -> list[Any]:
        """The learning rates as they are."""
        return [copied(group["lr"]) for group in self.optimizer.param_groups]

    def _scaled(self, factor: float) -> list[Any]:
        """The learning rates times `factor`."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """All that is known, but for the optimizer."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what `state_dict` gave."""
        self.__dict__.update(state_dict)

    _last_lr: list[Any]
    _step_count: int


def _function(step: Any) -> Any:
    return getattr(step, "__func__", step)  # not the bound method: it would hold the optimizer


def check_optimizer(optimizer: Any) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def copied(value: Any) -> Any:
    """An option; of a tensor a copy, for it may be written to."""
    return np.array(plain(value)).view(Tensor) if isinstance(value, ndarray) else value


def put(group: dict[str, Any], name: str, value: Any) -> None:
    """Set an option; a tensor is written to."""
    if isinstance(group[name], ndarray):
        plain(group[name])[...] = number(value)
        wrote(group[name])
    else:
        group[name] = value


def for_each_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """One value for each group, given as a list or once for all."""
    count = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        value = [value] * count
    elif len(value) != count:
        raise ValueError(f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
                         f"param_groups has {count}.")
    return [copied(v) for v in value]


def checked_anneal_strategy(anneal_strategy: str) -> str:
    """The way to go from one rate to another; ValueError unless it is one of the two there are."""
    if anneal_strategy not in ("cos", "linear"):
        raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
    return anneal_strategy


def momentum_is_beta(optimizer: Optimizer) -> bool:
    """Whether an optimizer's momentum is the first of its "betas", and not an option "momentum"."""
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
    return "betas" in optimizer.defaults


def set_momentum(optimizer: Optimizer, is_beta: bool, values: list[Any]) -> None:
    """Give each group its momentum."""
    for group, value in zip(optimizer.param_groups, values, strict=True):
        if is_beta:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value


def begin_momentum(optimizer: Optimizer, is_beta: bool, largest: list[Any], smallest: list[Any]) -> None:
    """Start with the largest momentum, and note the range in the groups."""
    set_momentum(optimizer, is_beta, largest)
    for group, high, low in zip(optimizer.param_groups, largest, smallest):
        group["max_momentum"], group["base_momentum"] = high, low


def function_state(function: Any) -> Any:
    """What is saved of a callable: of an object its attributes, of a function nothing."""
    return None if type(function) is type(function_state) else function.__dict__.copy()
