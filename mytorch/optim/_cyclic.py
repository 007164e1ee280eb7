"""CyclicLR and OneCycleLR: up and down, the momentum against the learning rate."""
from __future__ import annotations

import math
from functools import partial
from typing import Any, Callable

from ._scheduler import (
    LRScheduler,
    begin_momentum,
    check_optimizer,
    checked_anneal_strategy,
    for_each_group,
    function_state,
    momentum_is_beta,
    put,
    set_momentum,
)
from .optimizer import Optimizer

__all__ = ["CyclicLR", "OneCycleLR"]


class CyclicLR(LRScheduler):
    """The learning rate goes from base_lr to max_lr and back, again and again.

    Args:
        base_lr, max_lr: numbers, or one for each group.
        step_size_up, step_size_down: steps on the way up, and down (None: as many).
        mode: "triangular"; "triangular2", each cycle half as high; "exp_range", lower by gamma^t.
        scale_fn, scale_mode: another height, of the number of the cycle ("cycle") or of the step ("iterations").
        cycle_momentum: move the momentum from max_momentum to base_momentum and back.

    As torch.optim.lr_scheduler.CyclicLR (Smith, arXiv:1506.01186).
    """

    def __init__(self, optimizer: Optimizer, base_lr: Any, max_lr: Any, step_size_up: int = 2000,
                 step_size_down: int | None = None, mode: str = "triangular", gamma: float = 1.0,
                 scale_fn: Callable | None = None, scale_mode: str = "cycle", cycle_momentum: bool = True,
                 base_momentum: Any = 0.8, max_momentum: Any = 0.9, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        base_lrs = for_each_group("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for lr, group in zip(base_lrs, optimizer.param_groups):
                put(group, "lr", lr)
        self.max_lrs = for_each_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (float(step_size_down) if step_size_down is not None else up)
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        self.mode, self.gamma = mode, gamma
        self._scale_fn_custom, self.scale_mode = scale_fn, scale_mode
        self._init_scale_fn()
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = momentum_is_beta(optimizer)
            self.base_momentums = for_each_group("base_momentum", optimizer, base_momentum)
            self.max_momentums = for_each_group("max_momentum", optimizer, max_momentum)
            if last_epoch == -1:
                begin_momentum(optimizer, self.use_beta1, self.max_momentums, self.base_momentums)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def _init_scale_fn(self) -> None:
        if self._scale_fn_custom is None:
            heights: dict[str, Callable] = {"triangular": _same_height, "triangular2": _half_height,
                                            "exp_range": partial(_lower_by, self.gamma)}
            self._scale_fn_ref = heights[self.mode]
            self.scale_mode = "iterations" if self.mode == "exp_range" else "cycle"

    _scale_fn_ref: Callable

    def scale_fn(self, x: float) -> float:
        """The height of the cycle x, or at the step x."""
        return self._scale_fn_ref(x) if self._scale_fn_custom is None else self._scale_fn_custom(x)

    def _rates(self) -> list[Any]:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            set_momentum(self.optimizer, self.use_beta1, [
                high - (high - low) * height * scale for low, high in zip(self.base_momentums, self.max_momentums)])
        return [low + (high - low) * height * scale for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """All that is known, but for the optimizer and plain functions; of a callable object its attributes."""
        state = super().state_dict()
        state.pop("_scale_fn_ref", None)
        function = state.pop("_scale_fn_custom")
        state["_scale_fn_custom"] = None if function is None else function_state(function)
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.__dict__.update((name, value) for name, value in state_dict.items() if name != "_scale_fn_custom")
        if state_dict["_scale_fn_custom"] is not None:
            self._scale_fn_custom.__dict__.update(state_dict["_scale_fn_custom"])
        self._init_scale_fn()


def _same_height(x: float) -> float:
    return 1.0


def _half_height(x: float) -> float:
    return 1 / 2.0 ** (x - 1)


def _lower_by(gamma: float, x: float) -> float:
    return gamma ** x


class OneCycleLR(LRScheduler):
    """One cycle over the whole training: from max_lr / div_factor up to max_lr, then down far below the start.

    Args:
        max_lr: a number, or one for each group.
        total_steps: how many steps there are; or epochs and steps_per_epoch, whose product it is.
        pct_start: the part of the steps on the way up, a float.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: move the momentum from max_momentum to base_momentum and back.
        div_factor, final_div_factor: lr starts at max_lr / div_factor and ends at that / final_div_factor.
        three_phase: up, down to the start, then down to the end; else up, and down to the end.
    Raises:
        ValueError: at more steps than total_steps.

    As torch.optim.lr_scheduler.OneCycleLR (Smith and Topin, arXiv:1708.07120).
    """

    def __init__(self, optimizer: Optimizer, max_lr: Any, total_steps: int | None = None, epochs: int | None = None,
                 steps_per_epoch: int | None = None, pct_start: float = 0.3, anneal_strategy: str = "cos",
                 cycle_momentum: bool = True, base_momentum: Any = 0.85, max_momentum: Any = 0.95,
                 div_factor: float = 25.0, final_div_factor: float = 1e4, three_phase: bool = False,
                 last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        self.total_steps = _total(total_steps, epochs, steps_per_epoch)
        self._schedule_phases = _phases(pct_start, self.total_steps, three_phase)
        if pct_start < 0 or pct_start > 1 or not isinstance(pct_start, float):
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        self._anneal_func_type = checked_anneal_strategy(anneal_strategy)
        largest = for_each_group("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, largest):
                group["initial_lr"], group["max_lr"] = lr / div_factor, lr
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = momentum_is_beta(optimizer)
            high = for_each_group("max_momentum", optimizer, max_momentum)
            low = for_each_group("base_momentum", optimizer, base_momentum)
            if last_epoch == -1:
                begin_momentum(optimizer, self.use_beta1, high, low)
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> list[Any]:
        t = self.last_epoch
        if t > self.total_steps:
            raise ValueError(f"Tried to step {t} times. The specified number of total steps is {self.total_steps}")
        start = 0.0
        for phase in self._schedule_phases:
            if t <= phase["end_step"] or phase is self._schedule_phases[-1]:
                break
            start = phase["end_step"]
        part = (t - start) / (phase["end_step"] - start)
        anneal, groups = _ANNEAL[self._anneal_func_type], self.optimizer.param_groups
        if self.cycle_momentum:
            set_momentum(self.optimizer, self.use_beta1, [
                anneal(group[phase["start_momentum"]], group[phase["end_momentum"]], part) for group in groups])
        return [anneal(group[phase["start_lr"]], group[phase["end_lr"]], part) for group in groups]


def _total(total_steps: Any, epochs: Any, steps_per_epoch: Any) -> int:
    given = {"total_steps": total_steps} if total_steps is not None else {
        "epochs": epochs, "steps_per_epoch": steps_per_epoch}
    if None in given.values():
        raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
    total = 1
    for name, value in given.items():
        if not isinstance(value, int) or value <= 0:
            raise ValueError(f"Expected positive integer {name}, but got {value}")
        total *= value
    return total


def _phases(part: float, total: int, three: bool) -> list[dict[str, Any]]:
    """The phases: until which step, and between which options of a group."""
    def phase(end: float, lr: str, lr_end: str, momentum: str, momentum_end: str) -> dict[str, Any]:
        return {"end_step": end, "start_lr": lr, "end_lr": lr_end, "start_momentum": momentum,
                "end_momentum": momentum_end}

    low, high = "base_momentum", "max_momentum"
    up = phase(float(part * total) - 1, "initial_lr", "max_lr", high, low)
    if three:
        return [up, phase(float(2 * part * total) - 2, "max_lr", "initial_lr", low, high),
                phase(total - 1, "initial_lr", "min_lr", high, high)]
    return [up, phase(total - 1, "max_lr", "min_lr", low, high)]


def _cosine(start: Any, end: Any, part: float) -> Any:
    return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)


def _linear(start: Any, end: Any, part: float) -> Any:
    return (end - start) * part + start


_ANNEAL: dict[str, Callable] = {"cos": _cosine, "linear": _linear}
