"""Module: torch's interface over the registry that every object has, its `__dict__`."""
from __future__ import annotations

import sys
import warnings
from typing import Any, Callable, Iterator

from ..._registry import children, is_parameter, nets, own_parameters
from ..._types import as_dtype, check_device, is_inexact, named_dtype
from ...abstract import AbsModule, AbsNet
from ...engine.face import may_replace_memory
from ...engine.tape import mode
from ...engine.tensor import Tensor, plain
from ...ops.memory import typename
from ..parameter import Buffer, Parameter
from ._hooks import (  # noqa: F401
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from ._members import Members
from ._state import State, _IncompatibleKeys, own_buffers, persistent  # noqa: F401

__all__ = ["Module"]


class Module(State):
    """Base class of nets and layers.

        class Net(nn.Module):
            def __init__(self):
                self.linear = nn.Linear(2, 1)          # super().__init__() is allowed and not needed
            def forward(self, x):
                return self.linear(x)

    Parameters, buffers and child modules are the attributes themselves.  As torch.nn.Module.
    """
    __slots__ = ()
    _may_give_arrays = True     # as in torch, on purpose
    call_super_init = dump_patches = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        for name in kwargs:
            raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument '{name}'")
        if args:
            raise TypeError(f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were "
                            "given")

    # ---------------------------------------------------------------- backward

    def _go_back(self, cgrad: Any, want_input: bool) -> Any:
        """Back through the blocks, last first, if forward was their chain; else the way the tape knows."""
        blocks = self._chain()
        if blocks is None:
            return super()._go_back(cgrad, want_input)
        for i in range(len(blocks) - 1, -1, -1):
            cgrad = blocks[i]._go_back(cgrad, want_input or i > 0)
        return cgrad

    def _chain(self) -> list[AbsNet] | None:
        """The children in order, if each was handed, by identity, just what the one before returned."""
        call = getattr(self, "_called", None)
        if call is None or len(call[0]) != 1:
            return None
        (value,), out, at, last = call
        blocks = []
        for _, block in children(self):
            theirs = getattr(block, "_called", None)
            if theirs is None or len(theirs[0]) != 1 or theirs[0][0] is not value or theirs[2] is not at:
                if isinstance(block, AbsModule) or theirs is not None:
                    return None
                continue
            value, at = theirs[1], theirs[3]
            blocks.append(block)
        return blocks if blocks and value is out and at is last else None

    # ---------------------------------------------------------------- what there is

    def named_modules(self, memo: set | None = None, prefix: str = "",
                      remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """(path, module) for this module and all below it; each once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield from _named_nets(self, memo, prefix, remove_duplicate)

    def modules(self) -> Iterator[Any]:
        """This module and all below it."""
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """(name, module) of the modules directly below; each once."""
        seen = set()
        for name, child in children(self):
            if child not in seen:
                seen.add(child)
                yield name, child

    def children(self) -> Iterator[Any]:
        """The modules directly below."""
        for _, child in self.named_children():
            yield child

    def named_parameters(self, prefix: str = "", recurse: bool = True,
                         remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """(path, parameter); a shared one once, unless remove_duplicate=False."""
        yield from self._named_members(own_parameters, prefix, recurse, remove_duplicate)

    def named_buffers(self, prefix: str = "", recurse: bool = True,
                      remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """(path, buffer)."""
        yield from self._named_members(own_buffers, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def _named_members(self, own: Callable, prefix: str = "", recurse: bool = True,
                       remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        seen = set()
        nets = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, net in nets:
            for name, value in own(net):
                if value is not None and not (remove_duplicate and id(value) in seen):
                    seen.add(id(value))
                    yield f"{path}.{name}" if path else name, value

    # torch's programs peek at these and write to them
    _modules = property(lambda self: Members(self, "module", children(self)))
    _parameters = property(lambda self: Members(self, "parameter", own_parameters(self)))
    _buffers = property(lambda self: Members(self, "buffer", own_buffers(self)))
    _non_persistent_buffers_set = property(
        lambda self: {name for name, buffer in own_buffers(self) if not persistent(self, name, buffer)})

    def get_submodule(self, target: str) -> Any:
        """The module at a path such as "encoder.layers.0"."""
        found: Any = self
        for part in target.split(".") if target else ():
            if not hasattr(found, part):
                raise AttributeError(f"{type(found).__name__} has no attribute `{part}`")
            found = getattr(found, part)
            if not isinstance(found, AbsNet):
                raise AttributeError(f"`{part}` is not an nn.Module")
        return found

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Replace (strict: only replace) the module at a path."""
        if not target:
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, AbsNet):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{type(parent).__name__} has no attribute `{name}`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), AbsNet):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def _get_member(self, target: str, kind: str, fits: Callable) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
        found = getattr(module, name)
        if not fits(module, name, found):
            raise AttributeError(f"`{name}` is not {kind}")
        return found

    def get_parameter(self, target: str) -> Any:
        """The parameter at a path such as "encoder.linear1.weight"."""
        return self._get_member(target, "an nn.Parameter", lambda m, n, v: is_parameter(v))

    def get_buffer(self, target: str) -> Any:
        """The buffer at a path."""
        return self._get_member(target, "a buffer", lambda m, n, v: n in dict(own_buffers(m)))

    # ---------------------------------------------------------------- registration

    def register_parameter(self, name: str, param: Any) -> None:
        """The attribute `name` is a parameter (None: it could be one)."""
        self._check_new_name(name, "parameter")
        if param is not None and not is_parameter(param):
            raise TypeError(f"cannot assign '{typename(param)}' object to parameter '{name}' (torch.nn.Parameter or "
                            "None required)")
        if param is not None and not param.is_leaf:
            raise ValueError(f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created "
                             f"explicitly. To express '{name}' as a function of another Tensor, compute the value in "
                             "the forward() method.")
        vars(self)[name] = param
        if param is None:
            vars(self).setdefault("_empty", {})[name] = "parameter"

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """The attribute `name` is a buffer; persistent: part of the state_dict."""
        self._check_new_name(name, "buffer")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{typename(tensor)}' object to buffer '{name}' (torch Tensor or None "
                            "required)")
        vars(self)[name] = tensor
        vars(self).setdefault("_buffer_names", {})[name] = persistent

    def add_module(self, name: str, module: Any) -> None:
        """The attribute `name` is a child module."""
        self._check_new_name(name, "module")
        if module is not None and not isinstance(module, AbsNet):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        vars(self)[name] = module
        if module is None:
            vars(self).setdefault("_empty", {})[name] = "module"

    register_module = add_module

    def __setattr__(self, name: str, value: Any) -> None:
        """Assign, unless the value would silently take the place of a parameter, a buffer or a module."""
        here = self.__dict__
        if name in here or name in here.get("_buffer_names", ()):
            self._check_replaced(name, here.get(name), value)
        object.__setattr__(self, name, value)

    def _check_replaced(self, name: str, old: Any, value: Any) -> None:
        kind = self._kind_of(name, old)
        if kind == "buffer":    # it stays one by its name, until a parameter or a module comes
            names = vars(self).setdefault("_buffer_names", {})
            names.setdefault(name, getattr(old, "persistent", True))
            if is_parameter(value) or isinstance(value, AbsNet):
                del names[name]
                return
        if kind is None or is_parameter(value):
            return
        if value is None:
            if kind != "buffer":
                vars(self).setdefault("_empty", {})[name] = kind
            return
        wanted, classes = _PLACES[kind]
        if not isinstance(value, classes):
            place = {"module": "child module"}.get(kind, kind)
            raise TypeError(f"cannot assign '{typename(value)}' as {place} '{name}' ({wanted} or None expected)")

    def _kind_of(self, name: str, value: Any) -> str | None:
        """What the attribute counts as: "parameter", "module", "buffer", or nothing of these."""
        if is_parameter(value):
            return "parameter"
        if isinstance(value, AbsNet):
            return "module"
        if isinstance(value, Buffer) or name in vars(self).get("_buffer_names", ()):
            return "buffer"
        return vars(self).get("_empty", {}).get(name)

    def _check_new_name(self, name: Any, kind: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {typename(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."' + f", got: {name}" * (kind == "module"))
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        known = {"module": AbsNet, "parameter": Parameter, "buffer": Tensor}[kind]
        if hasattr(self, name) and not isinstance(getattr(self, name), known) and getattr(self, name) is not None:
            raise KeyError(f"attribute '{name}' already exists")

    # ---------------------------------------------------------------- everything at once

    def apply(self, fn: Callable) -> Any:
        """fn(module) for every module below and then this one."""
        for module in self.children():
            if isinstance(module, Module):
                module.apply(fn)
            else:
                fn(module)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Any:
        """Set the training flag here and below."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            if isinstance(module, Module):
                module.train(mode)
            else:
                module.training = mode
        return self

    def eval(self) -> Any:
        """train(False)."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Set requires_grad of all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients (set_to_none=False: fill them with zeros)."""
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad.detach_().zero_()

    def _apply(self, fn: Callable, recurse: bool = True) -> Any:
        """Put fn(tensor) into every parameter, its gradient, and every buffer.

        The objects stay the same, but for small ones at the second change of type; who holds those is warned.
        """
        places: dict[int, list] = {}    # id of a tensor -> [the tensor, (where it is kept, name), ...]
        for net in nets(self) if recurse else (self,):
            for name, tensor in [*own_parameters(net), *own_buffers(net)]:
                if tensor is not None:
                    kept = vars(net) if vars(net).get(name) is tensor else vars(net)["parameters"]
                    places.setdefault(id(tensor), [tensor]).append((kept, name))
        before, mode.grad = mode.grad, False
        left = []
        try:
            for tensor, *kept_at in places.values():
                new = _filled(tensor, fn(tensor.data))
                if tensor.grad is not None:
                    new.grad = fn(tensor.grad)
                if new is not tensor:
                    for kept, name in kept_at:
                        kept[name] = new
                    if sys.getrefcount(tensor) > 3:     # here thrice: in the loop, in `places`, as this argument
                        left.append(name)
        finally:
            mode.grad = before
        if left:
            warnings.warn(f"{type(self).__name__}: {', '.join(left)} had to be made anew, because NumPy changes the "
                          "type of a small array only once; an optimizer that holds the old ones has to be made again")
        return self

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """to(dtype), to(device), to(tensor): convert floating parameters and buffers."""
        if unknown := set(kwargs) - {"tensor", "device", "dtype", "non_blocking", "copy", "memory_format"}:
            told = ", ".join(f"{name}={type(kwargs[name]).__name__}" for name in kwargs if name in unknown)
            raise TypeError(f"to() received an invalid combination of arguments - got ({told}, )")
        dtype = None
        for value in (*args, *kwargs.values()):
            if isinstance(value, Tensor):
                dtype = value.dtype
            elif isinstance(value, str) or type(value).__name__ == "device" or isinstance(value, int) and not (
                    isinstance(value, bool)):
                check_device(value)
            elif value is not None and not isinstance(value, bool) and type(value).__name__ != "memory_format":
                dtype = as_dtype(value)
        if dtype is None:
            return self
        if not is_inexact(dtype):
            raise TypeError("nn.Module.to only accepts floating point or complex dtypes, but got desired "
                            f"dtype={named_dtype(dtype)}")
        return self._apply(lambda t: t.to(dtype) if is_inexact(t.dtype) else t)

    def type(self, dst_type: Any) -> Any:
        """Convert all parameters and buffers."""
        return self._apply(lambda t: t.type(dst_type))

    def float(self) -> Any:
        return self._apply(lambda t: t.float() if is_inexact(t.dtype) else t)

    def double(self) -> Any:
        return self._apply(lambda t: t.double() if is_inexact(t.dtype) else t)

    def half(self) -> Any:
        return self._apply(lambda t: t.half() if is_inexact(t.dtype) else t)

    def bfloat16(self) -> Any:
        return self._apply(lambda t: t.bfloat16() if is_inexact(t.dtype) else t)

    def cpu(self) -> Any:
        return self

    def cuda(self, device: Any = None) -> Any:
        check_device("cuda")

    def xpu(self, device: Any = None) -> Any:
        check_device("xpu")

    def ipu(self, device: Any = None) -> Any:
        check_device("ipu")

    def mtia(self, device: Any = None) -> Any:
        check_device("mtia")

    def to_empty(self, *, device: Any, recurse: bool = True) -> Any:
        check_device(device)
        return self

    def share_memory(self) -> Any:
        return self

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing to do: NumPy runs what is written."""

    # ---------------------------------------------------------------- printing

    def extra_repr(self) -> str:
        """What stands between the parentheses; each layer says its own configuration."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        below = [f"({name}): " + _addindent(repr(child), 2) for name, child in self._modules.items()]
        if len(lines) == 1 and not below:
            return f"{self._get_name()}({lines[0]})"
        if not lines and not below:
            return self._get_name() + "()"
        return f"{self._get_name()}(\n  " + "\n  ".join(lines + below) + "\n)"

    def __dir__(self) -> list[str]:
        return sorted(name for name in object.__dir__(self) if not name[0].isdigit())

    def __delattr__(self, name: str) -> None:
        for names in ("_buffer_names", "_empty"):
            vars(self).get(names, {}).pop(name, None)
        object.__delattr__(self, name)


#: What may stand where a parameter, a module, a buffer stood, as torch says it.
_PLACES: dict[str, tuple[str, Any]] = {
    "parameter": ("torch.nn.Parameter", Parameter),
    "module": ("torch.nn.Module", AbsNet),
    "buffer": ("torch.nn.Buffer, torch.Tensor", Tensor)}


def _named_nets(net: Any, memo: set, prefix: str, once: bool) -> Iterator[tuple[str, Any]]:
    yield prefix, net
    for name, child in children(net):
        if child not in memo:
            if once:
                memo.add(child)
            yield from _named_nets(child, memo, f"{prefix}.{name}" if prefix else name, once)


def _filled(tensor: Tensor, values: Tensor) -> Tensor:
    """The tensor holding `values`; another one in its place where NumPy cannot give this object other memory."""
    if may_replace_memory(tensor) or (tensor.shape, tensor.dtype) == (values.shape, values.dtype):
        tensor.data = values  # type: ignore[misc, assignment]
        return tensor
    reduced: Any = tensor.__reduce__()
    make, (kind, _, requires_grad, state) = reduced
    return make(kind, plain(values), requires_grad, {**state, "_grad": None})


def _addindent(text: str, spaces: int) -> str:
    """All lines but the first, further in."""
    return text.replace("\n", "\n" + " " * spaces)


