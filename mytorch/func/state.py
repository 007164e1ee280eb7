"""Modules as functions of their parameters and buffers."""
from __future__ import annotations

from typing import Any

from ..nn.utils.stateless import _functional_call as _call
from ..ops.joining import stack

__all__ = ["functional_call", "stack_module_state"]


def functional_call(module: Any, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: dict | None = None, *,
                    tie_weights: bool = True, strict: bool = False) -> Any:
    """module(*args, **kwargs) with other tensors in place of its parameters and buffers.

    parameter_and_buffer_dicts: a dict, name -> tensor, or several with different names.  The rest as
    `nn.utils.stateless.functional_call`.  As torch.func.functional_call.
    """
    dicts = parameter_and_buffer_dicts
    if not isinstance(dicts, dict):
        if not isinstance(dicts, (list, tuple)) or not all(isinstance(d, dict) for d in dicts):
            raise ValueError("Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
                             f"{type(dicts)}")
        names = [name for d in dicts for name in d]
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if twice:
            raise ValueError(f"{twice} appeared in multiple dictionaries; behavior of functional call is ambiguous")
        dicts = {name: value for d in dicts for name, value in d.items()}
    return _call(module, dicts, args, kwargs, tie_weights=tie_weights, strict=strict)


def stack_module_state(models: Any) -> tuple[dict, dict]:
    """(parameters, buffers) of several modules of one class, stacked: name -> tensor with a new first dimension.

    The stacked parameters are leaves that require grad.  As torch.func.stack_module_state.
    """
    models = list(models)
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({m.training for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if len({type(m) for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    return (_stacked([dict(m.named_parameters()) for m in models]),
            _stacked([dict(m.named_buffers()) for m in models]))


def _stacked(states: list[dict]) -> dict:
    found = {}
    for name in states[0]:
        parts = [state[name] for state in states]
        wants = {p.requires_grad for p in parts}
        if len(wants) > 1:
            raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
        found[name] = stack([p.detach() for p in parts], 0).requires_grad_(wants.pop())
    return found
