"""How an update rule is run over the parameters.

A rule is written once, for plain lines of numbers: parameter, gradient, state.  `PerParameter` runs it for each
parameter.  `Elementwise` is for rules that treat every element alone, and they are nearly all: parameters that are too
small to be worth a dozen NumPy calls each are gathered into one line, updated by the same calls, and written back.
"""
from __future__ import annotations

from operator import is_
from typing import Any, Callable

import numpy as np

from .._types import named_dtype
from ..engine.tape import ndarray, wrote
from ..engine.tensor import Tensor, plain
from ._options import number, number_tensor
from ._together import Plan
from ._work import Work, real_line
from .optimizer import Optimizer, evaluate

__all__ = ["Elementwise", "PerParameter", "check_gradient"]

BLOCK = 1 << 15  # elements of a large parameter updated at a time: all that a rule touches stays in the cache


class PerParameter(Optimizer):
    """An optimizer that treats each parameter by itself."""

    def step(self, closure: Callable | None = None) -> Any:
        loss = evaluate(closure)
        for place, group in enumerate(self.param_groups):
            if group.get("capturable") or group.get("differentiable"):
                self.refuse(group, any(param._grad is not None for param in group["params"]))
            self._update_group(place, group)
        return loss

    def _update_group(self, place: int, group: dict[str, Any]) -> None:
        for param in group["params"]:
            if param._grad is not None:
                self._update(group, param)

    def _update(self, group: dict[str, Any], param: Tensor) -> None:
        """Change one parameter, which has a gradient."""
        raise NotImplementedError

    # for torch's error about capturable=True: what must be on another device, and on which
    _held = "params and state_steps"
    _captures_on = ["cuda", "xpu", "hpu", "privateuseone", "xla"]

    @classmethod
    def refuse(cls, group: dict[str, Any], any_gradient: bool) -> None:
        """Raise where options ask for what is not here."""
        if group.get("differentiable"):
            raise NotImplementedError("differentiable=True: the updates are not recorded; write the update as "
                                      "w = w - lr * grad to differentiate through it")
        if group.get("capturable") and any_gradient:
            raise AssertionError(f"If capturable=True, {cls._held} must be on supported devices: {cls._captures_on}.")


class Elementwise(PerParameter):
    """An optimizer whose rule treats every element alone."""

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self._plans: dict[int, Any] = {}
        self._scratch: dict[Any, ndarray] = {}
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._plans, self._scratch = {}, {}
        super().__setstate__(state)

    # ---- what a method defines

    #: What is kept as one number for each parameter.
    numbers: tuple[str, ...] = ("step",)

    #: What is kept for every element.
    lines: tuple[str, ...] = ()

    def arrays(self, group: dict[str, Any]) -> tuple[str, ...]:
        """What is kept for every element with these options."""
        return self.lines

    def initial(self, group: dict[str, Any], name: str) -> Any:
        """How what is kept begins."""
        return 0.0

    def advance(self, group: dict[str, Any], step: ndarray) -> tuple:
        """Count the step: change the kept numbers (each an array of equal values); what the rule is to know of them."""
        count = step.item(0) + 1
        step.fill(count)
        return (count,)

    def rule(self, group: dict[str, Any], work: Work, *numbers: Any) -> None:
        """Change `work.p` and the state."""
        raise NotImplementedError

    # ---- how it is run

    def _update_group(self, place: int, group: dict[str, Any]) -> None:
        known = self._plans.get(place)
        if type(known) is Plan:
            if known.run(self, group):
                return
            known = None
        present = [param for param in group["params"] if param._grad is not None]
        if known is not None and len(known) == len(present) and all(map(is_, known, present)):
            # the second time that the same parameters have a gradient: it will be so again
            plan = self._plans[place] = Plan(self, group, present)
            if plan.run(self, group):
                return
        for param in present:
            self._update(group, param)
        self._plans[place] = present

    def _update(self, group: dict[str, Any], param: Tensor) -> None:
        check_gradient(plain(param), plain(param._grad))
        if group.get("fused") and param.dtype.kind not in "fV":
            raise RuntimeError(_NOT_FUSED.format(named_dtype(param.dtype)))
        fresh = self._complete_state(group, param)
        self.update(group, param, param._grad, self._state.get(param, {}), fresh)

    def update(self, group: dict[str, Any], param: Tensor, grad: Any, kept: dict[str, Any], fresh: bool) -> None:
        """Update one parameter by itself, in pieces of BLOCK elements; `kept`: its state, `fresh`: made just now."""
        array, grad = plain(param), plain(grad)
        whole = [array, grad.astype(array.dtype, copy=False), *(plain(kept[name]) for name in self.arrays(group))]
        lines = [real_line(x) for x in whole]
        numbers = self.advance(group, *(plain(kept[name]) for name in self.numbers))
        work = Work(lines[0].dtype)
        work.fresh = fresh
        size = lines[0].size
        work.a, work.b, work.d, work.e = self._scratch_lines(lines[0].dtype, min(size, BLOCK))
        for start in range(0, size, BLOCK):
            if size > BLOCK:
                work.p, work.g, *rest = (line[start:start + BLOCK] for line in lines)
                left = work.p.size
                work.a, work.b, work.d, work.e = work.a[:left], work.b[:left], work.d[:left], work.e[:left]
            else:
                work.p, work.g, *rest = lines
            work.arrays = tuple(rest)
            self.rule(group, work, *numbers)
        for x, line in zip([whole[0], *whole[2:]], [lines[0], *lines[2:]]):
            if not x.flags.c_contiguous:
                x[...] = line.view(x.dtype).reshape(x.shape)
        wrote(array)

    def _complete_state(self, group: dict[str, Any], param: Tensor) -> bool:
        """Make what is not kept yet for `param`; whether there was anything to make."""
        names = (*self.numbers, *self.arrays(group))
        kept = self._state[param] if names else {}
        missing = [name for name in names if kept.get(name) is None]
        for name in missing:
            value = self.initial(group, name)
            kept[name] = number_tensor(group, value) if name in self.numbers else filled(param, value)
        return bool(missing)

    def _scratch_lines(self, dtype: Any, size: int) -> list[ndarray]:
        found = self._scratch.get(dtype)
        if found is None or found.shape[1] < size:
            found = self._scratch[dtype] = np.empty((4, size), dtype)
        return [line[:size] for line in found]


def filled(param: Tensor, value: Any) -> Tensor:
    """State like the parameter; a complex number counts as two numbers that begin alike."""
    value = number(value)
    value = complex(value, value) if param.dtype.kind == "c" else value
    return np.full(plain(param).shape, value, param.dtype).view(Tensor)


def check_gradient(array: ndarray, grad: ndarray) -> None:
    """Raise if the gradient does not belong to the parameter."""
    if grad.shape != array.shape:
        raise RuntimeError(f"the gradient of a parameter of shape {list(array.shape)} has the shape "
                           f"{list(grad.shape)}; .grad must be shaped like the parameter")


_NOT_FUSED = ("`fused=True` requires all the params to be floating point Tensors of supported devices: ['mps', 'cuda', "
              "'xpu', 'hpu', 'cpu', 'mtia', 'privateuseone'] but {} and cpu")
