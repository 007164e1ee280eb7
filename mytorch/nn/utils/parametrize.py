"""Parameters computed from others: torch.nn.utils.parametrize.

A parametrization is a module that computes a tensor; registered for a parameter of another module, reading that
parameter computes it.  What it is computed from lies in module.parametrizations.<name>.original and is learned.
"""
from __future__ import annotations

import copy
import types
from contextlib import contextmanager
from typing import Any, Iterator, Sequence

from ..._types import Size, named_dtype
from ...autograd import no_grad
from ...engine.tensor import Tensor
from ..modules import Module, ModuleDict, ModuleList
from ..parameter import Parameter

__all__ = ["ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations",
           "transfer_parametrizations_and_params", "type_before_parametrizations"]

#: While `cached()`: (id of the module, name of the tensor) -> the tensor; how many `cached()` are open.
_cache: dict[tuple[int, str], Any] = {}
_open = 0


@contextmanager
def cached() -> Iterator[None]:
    """Inside, each parametrized tensor is computed once, when it is first read.  As torch's parametrize.cached."""
    global _open
    _open += 1
    try:
        yield
    finally:
        _open -= 1
        if not _open:
            _cache.clear()


def _kind(tensor: Any) -> Any:
    return named_dtype(tensor.dtype)


def _inverse(parametrization: Any, value: Any) -> Any:
    """What the parametrization computes `value` from; `value` itself where it does not know."""
    if hasattr(parametrization, "right_inverse"):
        try:
            return parametrization.right_inverse(value)
        except NotImplementedError:
            pass
    return value


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, the first nearest to the original, and the original itself.

        tensor = modules[-1](... modules[0](original))        or modules[0](original0, original1, ...)

    The original is what the modules' `right_inverse` make of the tensor that there was.
    unsafe: do not check that shape and type stay the same.
    """

    def __init__(self, modules: Sequence[Module], original: Any, unsafe: bool = False) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        ModuleList.__init__(self, modules)
        self.unsafe = unsafe
        shape, kind = Size(original.shape), _kind(original)
        new: Any = original
        with no_grad():
            for module in reversed(list(self)):
                new = _inverse(module, new)
        if not isinstance(new, (Tensor, Sequence)):
            raise ValueError("'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got "
                             f"{type(new).__name__}")
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if isinstance(new, Tensor) else len(new)
        if isinstance(new, Tensor):
            if new.dtype != original.dtype:
                raise ValueError("When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                                 f"original.dtype: {kind}\nright_inverse(original).dtype: {_kind(new)}")
            _put(original, new)
            self._own("original", original)
        else:
            self._own_several(new, original)
        if not unsafe:
            self._check(shape, kind)

    def _own(self, name: str, tensor: Any) -> None:
        if isinstance(tensor, Parameter):
            self.register_parameter(name, tensor)
        else:
            self.register_buffer(name, tensor)

    def _own_several(self, tensors: Sequence, original: Any) -> None:
        for i, tensor in enumerate(tensors):
            if not isinstance(tensor, Tensor):
                raise ValueError("'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got "
                                 f"element {i} of the sequence with type {type(tensor).__name__}.")
            if isinstance(original, Parameter):
                tensor = Parameter(tensor.detach(), original.requires_grad)
            self._own(f"original{i}", tensor.requires_grad_(original.requires_grad))

    def _check(self, shape: Size, kind: Any) -> None:
        """Raise unless what is computed is of the shape and type of what there was."""
        found = self()
        _need_tensor(found)
        for what, before, now in (("dtype", kind, _kind(found)), ("shape", shape, Size(found.shape))):
            if before != now:
                raise ValueError(f"Registering a parametrization may not change the {what} of the tensor, unless "
                                 f"`unsafe` flag is enabled.\nunparametrized {what}: {before}\nparametrized {what}: "
                                 f"{now}")

    def _originals(self) -> list[Any]:
        return [getattr(self, name) for name in self._original_names()]

    def _original_names(self) -> list[str]:
        return ["original"] if self.is_tensor else [f"original{i}" for i in range(self.ntensors)]

    def forward(self) -> Any:
        """The tensor."""
        first, *rest = self
        x = first(*self._originals())
        for module in rest:
            x = module(x)
        return x

    def right_inverse(self, value: Any) -> None:
        """Change the original such that the tensor is `value`, as far as the modules' `right_inverse` make it so."""
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                value = module.right_inverse(value)
            if self.is_tensor:
                if not isinstance(value, Tensor):
                    raise ValueError(f"`right_inverse` should return a tensor. Got {type(value).__name__}")
                value = [value]
            elif not isinstance(value, Sequence):
                raise ValueError(f"'right_inverse' must return a sequence of tensors. Got {type(value).__name__}.")
            elif len(value) != self.ntensors:
                raise ValueError(f"'right_inverse' must return a sequence of tensors of length {self.ntensors}. Got a "
                                 f"sequence of length {len(value)}.")
            for i, (name, tensor) in enumerate(zip(self._original_names(), value)):
                self._replace_original(i, name, tensor)

    def _replace_original(self, i: int, name: str, tensor: Any) -> None:
        original = getattr(self, name)
        if not isinstance(tensor, Tensor):
            raise ValueError("'right_inverse' must return a sequence of tensors or reference-type opaques. Got element "
                             f"{i} of type {type(tensor).__name__}.")
        if tensor.dtype != original.dtype:
            which = f"The tensor returned by `right_inverse` has dtype {_kind(tensor)}"
            if not self.is_tensor:
                which = f"Tensor {i} returned by `right_inverse` has dtype {_kind(tensor)}"
            raise ValueError(f"{which} while `{name}` has dtype {_kind(original)}")
        _put(original, tensor)


def _put(original: Any, tensor: Any) -> None:
    """Give the original, which stays the same object, the numbers and the shape of the tensor."""
    if tensor is not original:
        original.data = tensor.detach()


def _need_tensor(found: Any) -> None:
    if not isinstance(found, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(found).__name__}.")


# ------------------------------------------------------------------ the module's class

def _with_property_class(module: Any) -> None:
    """Give the module a class of its own, which can have properties."""
    cls = type(module)

    def deepcopy(self: Any, memo: dict) -> Any:
        made = object.__new__(type(self))
        memo[id(self)] = made
        made.__dict__ = copy.deepcopy(self.__dict__, memo)
        own = {name: value for name, value in vars(type(self)).items() if isinstance(value, property)}
        _make_class(made, type(self).__bases__[0], deepcopy, own)     # what is done to one must not befall the other
        return made
    _make_class(module, cls, vars(cls).get("__deepcopy__") or deepcopy, {})


def _make_class(module: Any, cls: Any, deepcopy: Any, properties: dict) -> None:
    own = {"__reduce_ex__": _not_serialized, "__deepcopy__": deepcopy, "__module__": __name__, **properties}
    module.__class__ = types.new_class(f"Parametrized{cls.__name__}", (cls,), {}, lambda space: space.update(own))


def _not_serialized(self: Any, protocol: Any) -> Any:
    raise RuntimeError("Serialization of parametrized modules is only supported through state_dict(). See:\n"
                       "https://pytorch.org/tutorials/beginner/saving_loading_models.html#saving-loading-a-general-"
                       "checkpoint-for-inference-and-or-resuming-training")


def _property_of(name: str) -> property:
    """Reading computes the tensor, assigning changes its original."""
    def read(self: Any) -> Any:
        compute = self.parametrizations[name]
        if not _open:
            return compute()
        key = id(self), name
        if key not in _cache:
            _cache[key] = compute()
        return _cache[key]

    def assign(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)
    return property(read, assign)


# ------------------------------------------------------------------ what users call

def register_parametrization(module: Any, tensor_name: str, parametrization: Any, *, unsafe: bool = False) -> Any:
    """Compute a parameter or buffer of `module` by the module `parametrization` from now on.

        class Symmetric(nn.Module):
            def forward(self, x): return x.triu() + x.triu(1).mT
            def right_inverse(self, a): return a.triu()        # optional: makes `module.weight = a` possible
        register_parametrization(linear, "weight", Symmetric())

    A tensor that is parametrized already is computed by the new one from what the others compute.
    unsafe: do not check that shape and type stay the same.

    As torch.nn.utils.parametrize.register_parametrization.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_next(module, tensor_name, parametrization)
        module.parametrizations[tensor_name].append(parametrization)
        module.parametrizations[tensor_name].unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        parametrizations = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _with_property_class(module)
            module.parametrizations = ModuleDict()
        setattr(type(module), tensor_name, _property_of(tensor_name))
        module.parametrizations[tensor_name] = parametrizations
    else:
        raise ValueError(f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
                         f"'{tensor_name}'")
    return module


def _check_next(module: Any, name: str, parametrization: Any) -> None:
    """Raise unless one parametrization more leaves shape and type of the tensor as they are."""
    before = getattr(module, name)
    after = parametrization(before)
    _need_tensor(after)
    for what, old, new in (("dtype", _kind(before), _kind(after)), ("shape", Size(before.shape), Size(after.shape))):
        if old != new:
            raise ValueError(f"Registering a parametrization may not change the {what} of the tensor, unless the "
                             f"`unsafe` flag is enabled.\nmodule.{name}.{what}: {old}\n"
                             f"parametrization(module.{name}).{what}: {new}")
    back = _inverse(parametrization, after)
    if not isinstance(back, Tensor):
        raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {type(back).__name__}")
    for what, old, new in (("dtype", _kind(before), _kind(back)), ("shape", Size(before.shape), Size(back.shape))):
        if old != new:
            raise ValueError(f"The tensor returned by parametrization.right_inverse must have the same {what} as "
                             f"module.{name}, unless the `unsafe` flag is enabled.\nmodule.{name}.{what}: {old}\n"
                             f"returned {what}: {new}")


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether the module has a parametrized tensor, or one of this name."""
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """Make the tensor a parameter or buffer again: with its present value, or (leave_parametrized=False) its original.

    As torch.nn.utils.parametrize.remove_parametrizations.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    parametrizations = module.parametrizations[tensor_name]
    if parametrizations.is_tensor:
        original = parametrizations.original
        if leave_parametrized:
            with no_grad():
                _put(original, getattr(module, tensor_name))
    elif leave_parametrized:
        now = getattr(module, tensor_name)
        original = Parameter(now.detach()) if now.requires_grad else now
    else:
        raise ValueError("Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in "
                         "terms of a sequence of tensors.")
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if isinstance(original, Parameter):
        module.register_parameter(tensor_name, original)
    else:
        module.register_buffer(tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Any) -> type:
    """The class of the module without its parametrizations."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Any, to_module: Any, tensor_name: str | None = None) -> Any:
    """Give `to_module` the parametrizations, and their originals, of all tensors of `from_module`, or of one.

    As torch.nn.utils.parametrize.transfer_parametrizations_and_params.
    """
    if not is_parametrized(from_module):
        return to_module
    for name in from_module.parametrizations if tensor_name is None else [tensor_name]:
        source = from_module.parametrizations[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name).detach()))
        for parametrization in source:
            register_parametrization(to_module, name, parametrization)
        target = to_module.parametrizations[name]
        for original in target._original_names():
            setattr(target, original, getattr(source, original))
    return to_module
