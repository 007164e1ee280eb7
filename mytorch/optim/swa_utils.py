"""Averages of a model's weights along its training.  As torch.optim.swa_utils."""
from __future__ import annotations

import math
from copy import deepcopy
from itertools import chain
from typing import Any, Callable, Iterable, Sequence

import numpy as np

from .._types import is_inexact
from ..autograd.grad_mode import no_grad
from ..engine.tape import ndarray, wrote
from ..engine.tensor import Tensor, plain, tensor_of
from ..nn.modules.module import Module
from ._options import number
from ._scheduler import LRScheduler, checked_anneal_strategy, for_each_group
from ._work import lerp
from .optimizer import Optimizer

__all__ = ["AveragedModel", "SWALR", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn", "get_swa_multi_avg_fn",
           "update_bn"]


def get_swa_avg_fn() -> Callable:
    """f(averaged, current, num_averaged) = averaged + (current - averaged) / (num_averaged + 1), the plain mean."""
    def swa_update(averaged_param: Any, current_param: Any, num_averaged: Any) -> Any:
        average, now = plain(averaged_param), plain(current_param)
        return tensor_of(average + _like((now - average) / (number(num_averaged) + 1), now))
    return swa_update


def get_ema_avg_fn(decay: float = 0.999) -> Callable:
    """f(averaged, current, num_averaged) = decay averaged + (1 - decay) current."""
    _check_decay(decay)

    def ema_update(ema_param: Any, current_param: Any, num_averaged: Any) -> Any:
        return tensor_of(decay * plain(ema_param) + (1 - decay) * plain(current_param))
    return ema_update


def get_swa_multi_avg_fn() -> Callable:
    """f(averaged tensors, current tensors, num_averaged): the plain mean, in place."""
    def swa_update(averaged_param_list: Sequence, current_param_list: Sequence, num_averaged: Any) -> None:
        if not is_inexact(averaged_param_list[0].dtype):
            raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
        for average, now in zip(averaged_param_list, current_param_list, strict=True):
            _write(average, lerp(plain(average), plain(now), 1 / (int(num_averaged) + 1)))
    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable:
    """f(averaged tensors, current tensors, num_averaged): the exponential mean, in place."""
    _check_decay(decay)

    def ema_update(ema_param_list: Sequence, current_param_list: Sequence, _: Any) -> None:
        for average, now in zip(ema_param_list, current_param_list, strict=True):
            x, y = plain(average), plain(now)
            _write(average, lerp(x, y, 1 - decay) if is_inexact(x.dtype) else x * decay + y * (1 - decay))
    return ema_update


def _check_decay(decay: float) -> None:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def _like(x: ndarray, other: ndarray) -> ndarray:
    """x as precise as `other`: dividing by an int64 must not widen a float32."""
    return x.astype(other.dtype, copy=False) if is_inexact(other.dtype) else x


def _write(tensor: Tensor, value: Any) -> None:
    np.copyto(plain(tensor), plain(value), casting="unsafe")
    wrote(tensor)


class AveragedModel(Module):
    """A copy of a model whose weights are the average of the model's; `n_averaged` counts how many.

    Args:
        model: copied deeply.
        avg_fn: (averaged, current, num_averaged) -> the new average of one tensor; default the plain mean.
        multi_avg_fn: (averaged tensors, current tensors, num_averaged), in place, instead.
        use_buffers: average the buffers too; else they are copied.

    `update_parameters(model)` takes the model's weights in.  As torch.optim.swa_utils.AveragedModel.
    """

    def __init__(self, model: Module, device: Any = None, avg_fn: Callable | None = None,
                 multi_avg_fn: Callable | None = None, use_buffers: bool = False) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module.to(device)
        self.register_buffer("n_averaged", np.zeros((), np.int64).view(Tensor))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the weights of `model` into the average; the first time they are the average."""
        pairs = [(average.detach(), now.detach())
                 for average, now in zip(self._averaged(self.module), self._averaged(model))]
        if int(self.n_averaged) == 0:
            for average, now in pairs:
                _write(average, now)
        elif self.multi_avg_fn is not None:
            for alike in _by_dtype(pairs).values():
                self.multi_avg_fn(*map(list, zip(*alike)), self.n_averaged.detach())
        else:
            update = self.avg_fn or get_swa_avg_fn()
            for average, now in pairs:
                _write(average, update(average, now, self.n_averaged.detach()))
        if not self.use_buffers:
            for average, now in zip(self.module.buffers(), model.buffers(), strict=True):
                _write(average, now)
        _write(self.n_averaged, plain(self.n_averaged) + 1)

    def _averaged(self, module: Module) -> Iterable[Tensor]:
        return chain(module.parameters(), module.buffers()) if self.use_buffers else module.parameters()

    n_averaged: Tensor


def _by_dtype(pairs: list) -> dict[Any, list]:
    found: dict[Any, list] = {}
    for pair in pairs:
        found.setdefault(pair[0].dtype, []).append(pair)
    return found


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running means and variances of the model's batch norms anew, as plain means over `loader`.

    loader: gives inputs, or lists or tuples that begin with one.
    """
    # by name: an optimizer file need not import the layers for this
    norms = {module: module.momentum for module in model.modules()
             if any(kind.__name__ == "_BatchNorm" for kind in type(module).__mro__)}
    if not norms:
        return
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # None: a plain mean over all batches
    was_training = model.training
    model.train()
    with no_grad():
        for batch in loader:
            batch = batch[0] if isinstance(batch, (list, tuple)) else batch
            model(batch.to(device) if device is not None else batch)
    for norm, momentum in norms.items():
        norm.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """Goes from the present learning rate to swa_lr in `anneal_epochs` steps, and stays there.

    anneal_strategy: "cos" or "linear".  As torch.optim.swa_utils.SWALR.
    """

    def __init__(self, optimizer: Optimizer, swa_lr: Any, anneal_epochs: int = 10, anneal_strategy: str = "cos",
                 last_epoch: int = -1) -> None:
        for group, lr in zip(optimizer.param_groups, for_each_group("swa_lr", optimizer, swa_lr)):
            group["swa_lr"] = lr
        self._anneal_strategy = checked_anneal_strategy(anneal_strategy)
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> list[Any]:
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._done(step - 1), self._done(step)
        return [group["swa_lr"] * now + _start(group["lr"], group["swa_lr"], before) * (1 - now)
                for group in self.optimizer.param_groups]

    def _done(self, step: int) -> float:
        """How far on the way to swa_lr, from 0 to 1."""
        t = max(0, min(1, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t


def _start(lr: Any, swa_lr: Any, done: float) -> Any:
    """Where the way began that is at `lr` now."""
    return swa_lr if done == 1 else (lr - done * swa_lr) / (1 - done)
