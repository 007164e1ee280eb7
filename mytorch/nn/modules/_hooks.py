"""Hooks of modules: what is called before and after forward and backward."""
from __future__ import annotations

import warnings
import weakref
from collections import OrderedDict
from typing import Any, Callable

from ..._hand import call_by_hand
from ..._warnings import warn
from ...abstract import AbsModule
from ...autograd.function import Function
from ...engine.hooks import RemovableHandle
from ...engine.tape import mode
from ...engine.tensor import Tensor, edge

__all__ = ["GLOBAL_HOOKS", "Hooks", "register_module_backward_hook", "register_module_buffer_registration_hook",
           "register_module_forward_hook", "register_module_forward_pre_hook", "register_module_full_backward_hook",
           "register_module_full_backward_pre_hook", "register_module_module_registration_hook",
           "register_module_parameter_registration_hook"]


#: Hooks on all modules (nn.modules.module.register_module_forward_hook and its like).
GLOBAL_HOOKS: dict[str, dict] = {"pre": {}, "post": {}, "backward_pre": {}, "backward": {}}


def register_module_forward_pre_hook(hook: Callable) -> RemovableHandle:
    """hook(module, args) before every module's forward."""
    Hooks._hooked = True
    return RemovableHandle(GLOBAL_HOOKS["pre"], (hook, False))


def register_module_forward_hook(hook: Callable, *, with_kwargs: bool = False,
                                 always_call: bool = False) -> RemovableHandle:
    """hook(module, args[, kwargs], output) after every module's forward; always_call: also when it raised."""
    Hooks._hooked = True
    return RemovableHandle(GLOBAL_HOOKS["post"], (hook, with_kwargs, always_call))


def register_module_full_backward_pre_hook(hook: Callable) -> RemovableHandle:
    """hook(module, grad_output) before the gradients go back through any module."""
    Hooks._hooked = True
    return RemovableHandle(GLOBAL_HOOKS["backward_pre"], hook)


def register_module_full_backward_hook(hook: Callable) -> RemovableHandle:
    """hook(module, grad_input, grad_output) after they went; what it returns replaces grad_input."""
    Hooks._hooked = True
    return RemovableHandle(GLOBAL_HOOKS["backward"], hook)


def register_module_backward_hook(hook: Callable) -> RemovableHandle:
    raise NotImplementedError("register_module_backward_hook is torch's deprecated, imprecise form; use "
                              "register_module_full_backward_hook")


def _registration(kind: str) -> Callable:
    def register(hook: Callable) -> RemovableHandle:
        raise NotImplementedError(f"register_module_{kind}_registration_hook: being an attribute is all the "
                                  "registration there is, so nothing can be called at it")
    register.__name__ = register.__qualname__ = f"register_module_{kind}_registration_hook"
    return register


register_module_buffer_registration_hook, register_module_module_registration_hook, \
    register_module_parameter_registration_hook = map(_registration, ("buffer", "module", "parameter"))


class _Waiting:
    """A module's hooks of one kind by number, in its `__dict__` once somebody asks: programs read and write them."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, module: Any, owner: type | None = None) -> Any:
        if module is None:
            return self
        if self.name.startswith(("_forward", "_backward")):
            module._hooked = True
        return vars(module).setdefault(self.name, OrderedDict())


class Hooks(AbsModule):
    """The part of Module that calls hooks.  They wait under torch's names, beside them what was asked for with one."""
    __slots__ = ()
    _forward_pre_hooks, _forward_pre_hooks_with_kwargs = _Waiting(), _Waiting()
    _forward_hooks, _forward_hooks_with_kwargs, _forward_hooks_always_called = _Waiting(), _Waiting(), _Waiting()
    _backward_pre_hooks, _backward_hooks = _Waiting(), _Waiting()
    _state_dict_pre_hooks, _state_dict_hooks, _state_dict_hooks_replacing = _Waiting(), _Waiting(), _Waiting()
    _load_state_dict_pre_hooks, _load_state_dict_pre_hooks_with_module = _Waiting(), _Waiting()
    _load_state_dict_post_hooks = _Waiting()

    def _hooks_of(self, kind: str, *wishes: str) -> list:
        """The hooks of a kind; with wishes tuples of the hook, and of each wish whether it was asked for."""
        here = vars(self)
        hooks = here.get(kind, {})
        if not wishes:
            return list(hooks.values())
        asked = [here.get(f"{kind}_{wish}", ()) for wish in wishes]
        return [(hook, *(key in keys for keys in asked)) for key, hook in hooks.items()]

    def _add_hook(self, kind: str, hook: Callable, first: bool = False, **wishes: bool) -> RemovableHandle:
        handle = RemovableHandle(getattr(self, kind), hook, first=first)
        for wish, asked in wishes.items():
            if asked:
                handle.note(getattr(self, f"{kind}_{wish}"))
        return handle

    def register_forward_pre_hook(self, hook: Callable, *, prepend: bool = False,
                                  with_kwargs: bool = False) -> RemovableHandle:
        """hook(module, args[, kwargs]) before forward; what it returns replaces the arguments."""
        return self._add_hook("_forward_pre_hooks", hook, prepend, with_kwargs=with_kwargs)

    def register_forward_hook(self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False,
                              always_call: bool = False) -> RemovableHandle:
        """hook(module, args[, kwargs], output) after forward; what it returns replaces the output.

        always_call: also when forward raised (output None).
        """
        return self._add_hook("_forward_hooks", hook, prepend, with_kwargs=with_kwargs, always_called=always_call)

    def register_full_backward_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """hook(module, grad_output) before the gradients go back through the module."""
        return self._add_hook("_backward_pre_hooks", hook, prepend)

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """hook(module, grad_input, grad_output) after they went; what it returns replaces grad_input."""
        return self._add_hook("_backward_hooks", hook, prepend)

    def register_backward_hook(self, hook: Callable) -> RemovableHandle:
        raise NotImplementedError("register_backward_hook is torch's deprecated, imprecise form; use "
                                  "register_full_backward_hook")

    def register_state_dict_pre_hook(self, hook: Callable) -> RemovableHandle:
        """hook(module, prefix, keep_vars) before state_dict."""
        return self._add_hook("_state_dict_pre_hooks", hook)

    def register_state_dict_post_hook(self, hook: Callable) -> RemovableHandle:
        """hook(module, state_dict, prefix, local_metadata) after state_dict."""
        return self._add_hook("_state_dict_hooks", hook)

    def _register_state_dict_hook(self, hook: Callable) -> RemovableHandle:
        """torch's libraries use this older form: what the hook returns replaces the state_dict."""
        return self._add_hook("_state_dict_hooks", hook, replacing=True)

    def register_load_state_dict_pre_hook(self, hook: Callable) -> RemovableHandle:
        """hook(module, state_dict, prefix, local_metadata, strict, missing, unexpected, errors) before loading."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(self, hook: Callable, with_module: bool = False) -> RemovableHandle:
        return self._add_hook("_load_state_dict_pre_hooks", hook, with_module=with_module)

    def register_load_state_dict_post_hook(self, hook: Callable) -> RemovableHandle:
        """hook(module, incompatible_keys) after loading."""
        return self._add_hook("_load_state_dict_post_hooks", hook)

    def _call_with_hooks(self, args: tuple, kwargs: dict) -> Any:
        """`__call__` when hooks wait."""
        waiting = [*GLOBAL_HOOKS["post"].values(),
                   *self._hooks_of("_forward_hooks", "with_kwargs", "always_called")]
        out = None
        try:
            args, kwargs = self._call_pre_hooks(args, kwargs)
            watch = _BackwardWatch(self)
            first = getattr(args[0], "_node", None) if args else None
            given = watch.inputs(args)
            out = call_by_hand(self, given, kwargs) if self._by_hand else self.forward(*given, **kwargs)
            while waiting:
                hook, with_kwargs, _ = waiting.pop(0)
                found = hook(self, args, kwargs, out) if with_kwargs else hook(self, args, out)
                out = out if found is None else found
        except Exception:
            for hook, with_kwargs, always in waiting:
                if always:
                    _call_all_the_same(hook, (self, args, kwargs, out) if with_kwargs else (self, args, out))
            raise
        out = watch.outputs(out)
        kept, last = out, getattr(out, "_node", None)
        if last is not None and (self._by_hand or watch.hooks or watch.pre):  # its node holds the module
            kept, last = out.detach(), weakref.ref(last)
        self._called = (args, kept, first, last) if mode.grad else None
        return out

    def _call_pre_hooks(self, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        """What the forward pre-hooks make of the arguments."""
        for hook, with_kwargs in [*GLOBAL_HOOKS["pre"].values(), *self._hooks_of("_forward_pre_hooks", "with_kwargs")]:
            found = hook(self, args, kwargs) if with_kwargs else hook(self, args)
            if found is not None and with_kwargs:
                if not (isinstance(found, tuple) and len(found) == 2):
                    raise RuntimeError("forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                                       f"but got {found}.")
                args, kwargs = found
            elif found is not None:
                args = found if isinstance(found, tuple) else (found,)
        return args, kwargs


def _call_all_the_same(hook: Callable, arguments: tuple) -> None:
    """Call a hook after forward raised: that error is the one to be told."""
    try:
        hook(*arguments)
    except Exception as error:
        warnings.warn("module forward hook with ``always_call=True`` raised an exception that was silenced as another "
                      f"error was raised in forward: {error}")


class BackwardHookFunction(Function):
    """Hands tensors on; on the way back `watch` is told their gradients, all at once, and hands on what it likes.

    zeros: what got no gradient has zeros, else None.
    """

    @staticmethod
    def forward(ctx: Any, watch: Callable, zeros: bool, *tensors: Tensor) -> tuple:
        ctx.watch = watch
        ctx.set_materialize_grads(zeros)
        ctx.mark_non_differentiable(*(t for t in tensors if not t.requires_grad))
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple:
        return (None, None, *ctx.watch(grads))


class _BackwardWatch:
    """Sets a node before and one behind a module, where its backward hooks are called."""

    def __init__(self, module: Hooks) -> None:
        self.module = module
        self.pre = [*GLOBAL_HOOKS["backward_pre"].values(), *module._hooks_of("_backward_pre_hooks")]
        self.hooks = [*GLOBAL_HOOKS["backward"].values(), *module._hooks_of("_backward_hooks")]
        self.grad_output: tuple | None = None
        self.watching = False
        self.count = 0

    @staticmethod
    def _pass(values: tuple, zeros: bool, then: Callable) -> tuple | None:
        """The values, their tensors behind a node that calls `then(gradients)`; None where nothing goes back."""
        places = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
        if not (mode.grad and any(edge(values[i]) is not None for i in places)):
            return None

        def told(grads: tuple) -> tuple:
            full: list[Any] = [None] * len(values)
            for i, g in zip(places, grads):
                full[i] = g
            answer = then(tuple(full))
            return tuple(answer[i] for i in places)
        passed = list(values)
        for i, tensor in zip(places, BackwardHookFunction.apply(told, zeros, *(values[i] for i in places))):
            passed[i] = tensor
        return tuple(passed)

    def inputs(self, args: tuple) -> tuple:
        self.count = len(args)
        passed = self._pass(args, True, self._went) if self.hooks else None
        self.watching = passed is not None
        return args if passed is None else passed

    def outputs(self, out: Any) -> Any:
        if not (self.hooks or self.pre):
            return out
        if not isinstance(out, (Tensor, tuple)):
            warnings.warn("For backward hooks to be called, module output should be a Tensor or a tuple of Tensors "
                          f"but received {type(out)}")
            return out
        passed = self._pass(out if isinstance(out, tuple) else (out,), False, self._comes)
        if passed is None:
            return out
        return passed if isinstance(out, tuple) else passed[0]

    def _comes(self, grad_output: tuple) -> tuple:
        """The gradients have reached the results."""
        for hook in self.pre:
            found = hook(self.module, grad_output)
            if found is not None:
                grad_output = _as_many(found, grad_output, "Backward pre hook", "grad_output")
        self.grad_output = grad_output
        if self.hooks and not self.watching:
            warn(_NO_INPUT)
            for hook in self.hooks:
                found = hook(self.module, (None,) * self.count, grad_output)
                if found is not None and not (isinstance(found, tuple) and all(g is None for g in found)):
                    raise RuntimeError("Backward hook for Modules where no input requires gradient should always "
                                       "return None or None for all gradients.")
        return grad_output

    def _went(self, grad_input: tuple) -> tuple:
        """The gradients have reached the arguments."""
        if self.grad_output is None:    # they did not come through the results, as when a gradient is differentiated
            return grad_input
        for hook in self.hooks:
            found = hook(self.module, grad_input, self.grad_output)
            if found is not None:
                grad_input = _as_many(found, grad_input, "Backward hook", "grad_input")
        self.grad_output = None
        return grad_input


_NO_INPUT = ("Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
             "require gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn."
             "Module.register_full_backward_hook for more details.")


def _as_many(found: Any, grads: tuple, who: str, what: str) -> tuple:
    if what == "grad_output" and isinstance(found, Tensor):
        found = (found,)
    if len(found) != len(grads):
        raise RuntimeError(f"{who} returned an invalid number of {what}, got {len(found)}, but expected {len(grads)}")
    return tuple(found)
