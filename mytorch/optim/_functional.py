"""Optimizers as functions: a step of their rule, the memory being the caller's.

    adam(params, grads, exp_avgs, exp_avg_sqs, max_exp_avg_sqs, state_steps, amsgrad=False, beta1=0.9, ...)

A class of this package is such a function with a memory: its `state` holds what stands in the lists here.
"""
from __future__ import annotations

from typing import Any

from ..engine.op import check_writable
from ..engine.tape import mode
from ..engine.tensor import Tensor, edge, plain
from ._rules import Elementwise, check_gradient, filled

__all__ = ["step"]

#: Options that are one in a group and several here.
_SEVERAL = {"betas": ("beta1", "beta2"), "etas": ("etaminus", "etaplus"),
            "step_sizes": ("step_size_min", "step_size_max")}


def step(kind: type[Elementwise], given: dict[str, Any], **lists: str) -> None:
    """One step on all parameters, in place.

    given: what the function was called with, by name: the parameters, their gradients, lists of state, and options.
    lists: the name of a state -> that of the list it is in; what is None there is made, and put in.
    """
    params, grads = list(given.values())[:2]
    group = {**given, "params": params}
    group.update((name, tuple(given[part] for part in parts)) for name, parts in _SEVERAL.items() if parts[0] in given)
    method: Any = kind.__new__(kind)
    method._scratch = {}
    _check(kind, group, grads)
    for i, (param, grad) in enumerate(zip(params, grads)):
        check_gradient(plain(param), plain(grad))
        kept, fresh = {}, False
        for name in (*method.numbers, *method.arrays(group)):
            held = given[lists[name]]
            if held[i] is None:
                held[i], fresh = filled(param, method.initial(group, name)), True
            kept[name] = held[i]
        method.update(group, param, grad, kept, fresh)


def _check(kind: type[Elementwise], group: dict[str, Any], grads: list) -> None:
    for name in ("grad_scale", "found_inf"):
        if group.get(name) is not None:
            raise NotImplementedError(f"{kind.__name__.lower()}: {name}: gradients are not scaled here")
    if not all(isinstance(number, Tensor) for number in group.get("state_steps", ())):
        raise RuntimeError("API has changed, `state_steps` argument must contain a list of singleton tensors")
    kind.refuse(group, True)
    for param in group["params"]:
        check_writable(param)
    if mode.grad and any(isinstance(t, Tensor) and edge(t) is not None for t in (*group["params"], *grads)):
        kind.refuse({"differentiable": True}, True)
