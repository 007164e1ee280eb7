"""Hooks of modules: what is called before and after forward and backward."""
from __future__ import annotations

from typing import Any, Callable

from ..._op import make_node
from ..._tape import Node, Output, RemovableHandle, mode
from ..._tensor import Tensor, edge, plain, tensor_of
from ...abstract import AbsModule

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
    """hook(module, args, output) after every module's forward."""
    if always_call:
        raise NotImplementedError("register_module_forward_hook: always_call")
    Hooks._hooked = True
    return RemovableHandle(GLOBAL_HOOKS["post"], (hook, with_kwargs, False))


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


class Hooks(AbsModule):
    """The part of Module that calls hooks.  They wait in `__dict__`, under torch's names, once there are any."""
    __slots__ = ()

    def _hooks_of(self, kind: str) -> list:
        return list(vars(self).get(kind, {}).values())

    def _add_hook(self, kind: str, hook: Any, first: bool = False) -> RemovableHandle:
        if kind.startswith(("_forward", "_backward")):
            self._hooked = True
        return RemovableHandle(vars(self).setdefault(kind, {}), hook, first=first)

    def register_forward_pre_hook(self, hook: Callable, *, prepend: bool = False,
                                  with_kwargs: bool = False) -> RemovableHandle:
        """hook(module, args[, kwargs]) before forward; what it returns replaces the arguments."""
        return self._add_hook("_forward_pre_hooks", (hook, with_kwargs), prepend)

    def register_forward_hook(self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False,
                              always_call: bool = False) -> RemovableHandle:
        """hook(module, args[, kwargs], output) after forward; what it returns replaces the output.

        always_call: also when forward raised (output None).
        """
        return self._add_hook("_forward_hooks", (hook, with_kwargs, always_call), prepend)

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

    _register_state_dict_hook = register_state_dict_post_hook

    def register_load_state_dict_pre_hook(self, hook: Callable) -> RemovableHandle:
        """hook(module, state_dict, prefix, local_metadata, strict, missing, unexpected, errors) before loading."""
        return self._add_hook("_load_state_dict_pre_hooks", lambda *args: hook(self, *args))

    def _register_load_state_dict_pre_hook(self, hook: Callable, with_module: bool = False) -> RemovableHandle:
        return self._add_hook("_load_state_dict_pre_hooks",
                              (lambda *args: hook(self, *args)) if with_module else hook)

    def register_load_state_dict_post_hook(self, hook: Callable) -> RemovableHandle:
        """hook(module, incompatible_keys) after loading."""
        return self._add_hook("_load_state_dict_post_hooks", hook)

    def _call_with_hooks(self, args: tuple, kwargs: dict) -> Any:
        """`__call__` when hooks wait."""
        out, done = None, False
        try:
            for hook, with_kwargs in [*GLOBAL_HOOKS["pre"].values(), *self._hooks_of("_forward_pre_hooks")]:
                found = hook(self, args, kwargs) if with_kwargs else hook(self, args)
                if found is not None and with_kwargs:
                    if not (isinstance(found, tuple) and len(found) == 2):
                        raise RuntimeError("forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                                           f"but got {found}.")
                    args, kwargs = found
                elif found is not None:
                    args = found if isinstance(found, tuple) else (found,)
            watch = _BackwardWatch(self)
            first = getattr(args[0], "_node", None) if args else None
            given = watch.inputs(args)
            out = self.forward(*given, **kwargs)
            for hook, with_kwargs, _ in [*GLOBAL_HOOKS["post"].values(), *self._hooks_of("_forward_hooks")]:
                found = hook(self, args, kwargs, out) if with_kwargs else hook(self, args, out)
                out = out if found is None else found
            done = True
        finally:
            if not done:
                for hook, with_kwargs, always in self._hooks_of("_forward_hooks"):
                    if always:
                        hook(self, args, kwargs, out) if with_kwargs else hook(self, args, out)
        out = watch.outputs(out)
        self._called = (args, out, first, getattr(out, "_node", None)) if mode.grad else None
        return out


class _Passing(Node):
    """Passes gradients of several tensors on together, once all have come."""
    __slots__ = ("outputs", "forms", "then")
    then: Any

    def backward(self, g: Any, needs: Any = None) -> Any:
        return self.then(g)


class _BackwardWatch:
    """Sets a node before and one behind a module, where its backward hooks are called."""

    def __init__(self, module: Hooks) -> None:
        self.module = module
        self.pre = [*GLOBAL_HOOKS["backward_pre"].values(), *module._hooks_of("_backward_pre_hooks")]
        self.hooks = [*GLOBAL_HOOKS["backward"].values(), *module._hooks_of("_backward_hooks")]
        self.grad_output: tuple | None = None
        self.watching = False

    def _pass(self, tensors: list, then: Callable) -> list:
        """The tensors behind a node that calls `then` with their gradients."""
        parents = [edge(t) for t in tensors]
        node = make_node(_Passing, parents, plain(tensors[0]))
        node.outputs, node.then = max(2, len(tensors)), then
        passed = []
        for nr, tensor in enumerate(tensors):
            copy = plain(tensor).view(Tensor)
            copy._node = Output(node, nr, plain(tensor).shape, tensor.dtype)
            passed.append(copy)
        return passed

    def inputs(self, args: tuple) -> tuple:
        places = [i for i, a in enumerate(args) if isinstance(a, Tensor) and edge(a) is not None]
        if not (self.hooks and mode.grad and places):
            return args
        self.watching = True
        positions = [i for i, a in enumerate(args)]

        def then(g: list) -> list:
            grads: list[Any] = [None] * len(positions)
            for i, part in zip(places, g):
                grads[i] = tensor_of(part)
            grads = self._call(tuple(grads))
            return [plain(grads[i]) for i in places]
        passed = self._pass([args[i] for i in places], then)
        given = list(args)
        for i, tensor in zip(places, passed):
            given[i] = tensor
        return tuple(given)

    def _call(self, grad_input: tuple) -> Any:
        for hook in self.hooks:
            found = hook(self.module, grad_input, self.grad_output)
            if found is not None:
                grad_input = found if isinstance(found, tuple) else (found,)
        return grad_input

    def outputs(self, out: Any) -> Any:
        parts = out if isinstance(out, tuple) else (out,)
        places = [i for i, a in enumerate(parts) if isinstance(a, Tensor) and edge(a) is not None]
        if not ((self.hooks or self.pre) and mode.grad and places):
            return out

        def then(g: list) -> list:
            grads: list[Any] = [None] * len(parts)
            for i, part in zip(places, g):
                grads[i] = tensor_of(part)
            grad_output = tuple(grads)
            for hook in self.pre:
                found = hook(self.module, grad_output)
                if found is not None:
                    grad_output = found if isinstance(found, tuple) else (found,)
            self.grad_output = grad_output
            if self.hooks and not self.watching:
                self._call((None,))
            return [plain(grad_output[i]) for i in places]
        passed = list(parts)
        for i, tensor in zip(places, self._pass([parts[i] for i in places], then)):
            passed[i] = tensor
        return tuple(passed) if isinstance(out, tuple) else passed[0]
