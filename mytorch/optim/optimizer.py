"""Optimizer: groups of parameters with their options, the state kept for each, and how both are saved and loaded.

How a parameter is changed is not here: see `_rules` for the loop and one file per method for its formula.
"""
from __future__ import annotations

import warnings
from collections import defaultdict
from copy import deepcopy
from functools import wraps
from typing import Any, Callable, Iterable

import numpy as np

from .._registry import Parameters
from ..abstract import AbsModule, AbsNet, AbsOptimizer
from ..autograd.grad_mode import enable_grad
from ..engine.hooks import RemovableHandle
from ..engine.tape import wrote
from ..engine.tensor import Tensor, plain, tensor_of
from ..ops.memory import typename
from ._options import number_tensor, required

__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook"]

_pre_hooks: dict[int, Callable] = {}
_post_hooks: dict[int, Callable] = {}


def register_optimizer_step_pre_hook(hook: Callable) -> RemovableHandle:
    """hook(optimizer, args, kwargs) -> None or (args, kwargs), before every step of every optimizer."""
    return RemovableHandle(_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Callable) -> RemovableHandle:
    """hook(optimizer, args, kwargs), after every step of every optimizer."""
    return RemovableHandle(_post_hooks, hook)


class Optimizer(AbsOptimizer):
    """What all optimizers share.

    Args:
        params: a net; or parameters; or (name, parameter) pairs; or dicts, each a group: {"params": ..., options}.
        defaults: the options of the method, for the groups that do not give their own.

    `param_groups` is the list of groups, `state` what is kept for each parameter.  As torch.optim.Optimizer.
    """
    _shown = False  # whether somebody was given `state`, and may change it

    #: Options that came into torch after the first files were written: what a file without them means.
    _later = {"amsgrad": False, "centered": False, "momentum": 0, "nesterov": False, "maximize": False, "foreach": None,
              "capturable": False, "differentiable": False, "fused": None, "decoupled_weight_decay": False}

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._prepare()
        if isinstance(params, Tensor):
            raise TypeError("params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                            + typename(params))
        self._state: defaultdict[Any, Any] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = _listed(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def _prepare(self) -> None:
        """What an instance needs that is not saved with it."""
        for name in _HOOKS:
            self.__dict__.setdefault(name, {})
        if not getattr(type(self).step, "hooked", False):
            type(self).step = self.profile_hook_step(type(self).step)  # type: ignore[method-assign]

    @property
    def state(self) -> Any:
        """What is kept for each parameter, a dict by name."""
        self._shown = True
        return self._state

    @state.setter
    def state(self, state: Any) -> None:
        self._state, self._shown = state, True

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        copied = "_buffered" not in self.__dict__
        self._prepare()
        for group in self.param_groups:
            if copied:
                self._note_buffers(group["params"])
            for name, value in self._later.items():
                if name in self.defaults:
                    group.setdefault(name, value)
            for param in group["params"]:
                kept = self._state.get(param, {})
                for name in _NUMBERS & kept.keys():
                    if not isinstance(kept[name], Tensor):
                        kept[name] = number_tensor(group, kept[name])

    def __repr__(self) -> str:
        text = type(self).__name__ + " ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            text += "".join(f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params")
        return text + ")"

    # ---------------------------------------------------------------- stepping

    def step(self, closure: Callable | None = None) -> Any:
        """Change the parameters by their gradients; closure() computes the loss anew where a method asks for it."""
        raise NotImplementedError

    @staticmethod
    def profile_hook_step(step: Callable) -> Callable:
        """`step` with the hooks called before and after it."""
        @wraps(step)
        def run(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
            if _pre_hooks or _post_hooks or self._optimizer_step_pre_hooks or self._optimizer_step_post_hooks:
                out = self._step_with_hooks(step, (self, *args), kwargs)
            else:
                out = step(self, *args, **kwargs) if args or kwargs else step(self)
            self._opt_called = True  # learning-rate schedulers ask for it
            return out
        run.hooked = True  # type: ignore[attr-defined]
        return run

    def _step_with_hooks(self, step: Callable, args: tuple, kwargs: dict) -> Any:
        for hook in (*_pre_hooks.values(), *self._optimizer_step_pre_hooks.values()):
            found = hook(self, args, kwargs)
            if isinstance(found, tuple) and len(found) == 2:
                args, kwargs = found
            elif found is not None:
                raise RuntimeError(f"{step} must return None or a tuple of (new_args, new_kwargs), but got {found}.")
        out = step(*args, **kwargs)
        for hook in (*self._optimizer_step_post_hooks.values(), *_post_hooks.values()):
            hook(self, args, kwargs)
        return out

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients; set_to_none=False: keep them, as zeros.

        A hand-made `Tensor(...)`, which was born with a gradient buffer, keeps it either way: layers written by hand
        add to it.
        """
        if set_to_none and not self._buffered:
            for group in self.param_groups:
                for param in group["params"]:
                    param._grad = None
            return
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none and id(param) not in self._buffered:
                    param._grad = None
                elif param._grad is not None:
                    param._grad = _zeroed(param._grad)

    # ---------------------------------------------------------------- groups

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take in more parameters, {"params": ..., options of their own}."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        given = param_group["params"]
        if isinstance(given, set):
            raise TypeError("optimizer parameters need to be organized in ordered collections, but the ordering of "
                            "tensors in sets will change between runs. Please use a list instead.")
        given = [given] if isinstance(given, Tensor) else _listed(given)
        params = [p[1] if isinstance(p, tuple) else p for p in given]
        names = [p[0] for p in given if isinstance(p, tuple)]
        if names and len(names) != len(params):
            raise ValueError("all optimizer params should be with/without names. Some param names are missing")
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        self._check_params(params)
        for name, value in self.defaults.items():
            if value is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, value)
        self._check_duplicates(param_group)
        self.param_groups.append(param_group)
        self._note_buffers(params)

    def _note_buffers(self, params: list[Tensor]) -> None:
        """Hand-made tensors come with a gradient buffer."""
        self._buffered.update({id(p): p for p in params if type(p) is Tensor and p._grad is not None})

    def _check_params(self, params: list) -> None:
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {typename(param)}")
            kept = param.is_leaf or param.retains_grad  # type: ignore[attr-defined]
            if not kept and not self.defaults.get("differentiable"):
                raise ValueError("can't optimize a non-leaf Tensor")

    def _check_duplicates(self, group: dict[str, Any]) -> None:
        params = set(group["params"])
        if len(params) != len(group["params"]):
            warnings.warn("optimizer contains a parameter group with duplicate parameters; in future, this will cause "
                          "an error; see github.com/pytorch/pytorch/issues/40967 for more information", stacklevel=4)
        named = "param_names" in group
        if any(named != ("param_names" in other) for other in self.param_groups):
            raise ValueError("all optimizer param groups should be with/without names. cannot add param group "
                             f"{'with' if named else 'without'} names to the optimizer")
        if any(not params.isdisjoint(other["params"]) for other in self.param_groups):
            raise ValueError("some parameters appear in more than one parameter group")

    # ---------------------------------------------------------------- saving and loading

    def state_dict(self) -> dict[str, Any]:
        """{"state": {number of a parameter: what is kept for it}, "param_groups": [options, "params": [numbers]]}."""
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        numbers: dict[int, int] = {}
        groups: list[dict[str, Any]] = []
        start = 0
        for group in self.param_groups:
            numbers.update({id(param): i for i, param in enumerate(group["params"], start) if id(param) not in numbers})
            start += len(group["params"])
            packed = {name: value for name, value in group.items() if name != "params"}
            packed["params"] = [numbers[id(param)] for param in group["params"]]
            groups.append(packed)
        state = {numbers[id(k)] if isinstance(k, Tensor) else k: kept for k, kept in self.state.items()}
        found = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            changed = hook(self, found)
            found = found if changed is None else changed
        return found

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what `state_dict` gave, of this library or of torch.  The tensors are copied.

        Raises:
            ValueError: other numbers of groups, or of parameters in a group, than here.
        """
        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        saved = deepcopy(state_dict["param_groups"])
        if len(saved) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(new["params"]) != len(old["params"]) for new, old in zip(saved, self.param_groups)):
            raise ValueError("loaded state dict contains a parameter group that doesn't match the size of optimizer's "
                             "group")
        owners = {number: (param, new) for new, old in zip(saved, self.param_groups)
                  for number, param in zip(list(new["params"]), old["params"])}
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, kept in state_dict["state"].items():
            if key in owners:
                param, group = owners[key]
                state[param] = _fitted(kept, param, group)
            else:
                state[key] = kept
        for new, old in zip(saved, self.param_groups):
            new["params"] = old["params"]
            if "param_names" in old:
                new.setdefault("param_names", old["param_names"])
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    # ---------------------------------------------------------------- hooks

    def register_step_pre_hook(self, hook: Callable) -> RemovableHandle:
        """hook(optimizer, args, kwargs) -> None or (args, kwargs), before each step; args begin with the optimizer."""
        return RemovableHandle(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable) -> RemovableHandle:
        """hook(optimizer, args, kwargs), after each step."""
        return RemovableHandle(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """hook(optimizer), before `state_dict` collects."""
        return RemovableHandle(self._optimizer_state_dict_pre_hooks, hook, first=prepend)

    def register_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """hook(optimizer, state_dict) -> None or what to return instead."""
        return RemovableHandle(self._optimizer_state_dict_post_hooks, hook, first=prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """hook(optimizer, state_dict) -> None or what to load instead."""
        return RemovableHandle(self._optimizer_load_state_dict_pre_hooks, hook, first=prepend)

    def register_load_state_dict_post_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """hook(optimizer), after loading."""
        return RemovableHandle(self._optimizer_load_state_dict_post_hooks, hook, first=prepend)

    _optimizer_step_pre_hooks: dict[int, Callable]
    _optimizer_step_post_hooks: dict[int, Callable]
    _optimizer_state_dict_pre_hooks: dict[int, Callable]
    _optimizer_state_dict_post_hooks: dict[int, Callable]
    _optimizer_load_state_dict_pre_hooks: dict[int, Callable]
    _optimizer_load_state_dict_post_hooks: dict[int, Callable]
    _buffered: dict[int, Tensor]  # by id: hand-made tensors that keep their gradient buffer
    _opt_called: bool


_HOOKS = ("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks", "_optimizer_state_dict_pre_hooks",
          "_optimizer_state_dict_post_hooks", "_optimizer_load_state_dict_pre_hooks",
          "_optimizer_load_state_dict_post_hooks", "_buffered")
#: What is kept as a 0-d tensor.
_NUMBERS = {"step", "mu_product", "eta", "mu"}


def _listed(params: Any) -> list:
    """The parameters as a list; a net gives its own."""
    if isinstance(params, AbsNet):
        params = params.parameters() if isinstance(params, AbsModule) else Parameters(params)()
    return list(params)


def _zeroed(grad: Any) -> Any:
    """The gradient, in its own memory off the tape, set to zero."""
    if isinstance(grad, Tensor) and grad._node is not None:
        grad = grad.detach()
    array = plain(grad)
    array.fill(0)
    wrote(array)
    return grad


def _fitted(value: Any, param: Tensor, group: dict[str, Any], key: Any = None) -> Any:
    """A copy of loaded state, tensors in the parameter's type; the step count keeps its own."""
    if isinstance(value, dict):
        return {k: _fitted(v, param, group, k) for k, v in value.items()}
    if hasattr(value, "__array__"):  # a Tensor, an array, or a real torch.Tensor
        if key == "step":
            dtype: Any = np.float32 if group.get("capturable") or group.get("fused") else None
        else:
            dtype = param.dtype if param.dtype.kind in "fV" else None
        return tensor_of(np.array(np.asarray(value), dtype))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return type(value)(_fitted(v, param, group) for v in value)  # type: ignore[call-arg]
    return value


def evaluate(closure: Callable | None) -> Any:
    """closure(), recorded; None without one."""
    if closure is None:
        return None
    with enable_grad():
        return closure()
