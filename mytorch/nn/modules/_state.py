"""The state of modules: which tensors belong to one, saving them by name and loading them."""
from __future__ import annotations

import warnings
from collections import OrderedDict, namedtuple
from typing import Any, Iterator

import numpy as np

from ..._registry import children, is_parameter, own_parameters
from ...engine.tape import wrote
from ...engine.tensor import Tensor, plain, tensor_of
from ..parameter import Buffer, Parameter, is_lazy
from ._hooks import Hooks

__all__ = ["State", "own_buffers", "persistent"]


def own_buffers(net: Any) -> Iterator[tuple[str, Any]]:
    """(name, buffer) of the net itself: registered names, and attributes of class Buffer."""
    names = vars(net).get("_buffer_names", {})
    for name, value in vars(net).items():
        if name in names or isinstance(value, Buffer):
            yield name, value


def persistent(net: Any, name: str, buffer: Any) -> bool:
    return vars(net).get("_buffer_names", {}).get(name, getattr(buffer, "persistent", True))


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What load_state_dict did not find, and what it found too much."""

    def __repr__(self) -> str:
        return "<All keys matched successfully>" if not self[0] and not self[1] else super().__repr__()

    __str__ = __repr__


class State(Hooks):
    """The part of Module that saves and loads."""
    __slots__ = ()
    _version = 1

    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """Path -> tensor for all parameters and persistent buffers, detached unless keep_vars."""
        if args:
            warnings.warn("Positional args are being deprecated, use kwargs instead. Refer to https://pytorch.org/docs/main"
                          "/generated/torch.nn.Module.html#torch.nn.Module.state_dict for details.", FutureWarning,
                          stacklevel=2)
            given: Any = (*args, *(destination, prefix, keep_vars)[len(args):])
            destination, prefix, keep_vars = given
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        metadata = {"version": getattr(self, "_version", 1)}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        for hook in self._hooks_of("_state_dict_pre_hooks"):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, child in children(self):
            if isinstance(child, State):
                child.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
            else:
                for key, p in own_parameters(child):
                    destination[f"{prefix}{name}.{key}"] = p if keep_vars else p.detach()
        for hook, may_replace in self._hooks_of("_state_dict_hooks", "replacing"):
            found = hook(self, destination, prefix, metadata)
            if found is not None and not may_replace:
                raise RuntimeError("state_dict post-hook must return None")
            destination = destination if found is None else found
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        for name, tensor in self._own_state():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if type(self).get_extra_state is not State.get_extra_state:
            destination[prefix + "_extra_state"] = self.get_extra_state()

    def _own_state(self) -> list[tuple[str, Tensor]]:
        return [*own_parameters(self)] + [(name, buffer) for name, buffer in own_buffers(self)
                                          if buffer is not None and persistent(self, name, buffer)]

    def get_extra_state(self) -> Any:
        raise RuntimeError("Reached a code path in Module.get_extra_state() that should never be called.")

    def set_extra_state(self, state: Any) -> None:
        raise RuntimeError("Reached a code path in Module.set_extra_state() that should never be called.")

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """Copy (assign: put) tensors by path into this module; every offender is named in one error."""
        if not hasattr(state_dict, "items"):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        metadata = getattr(state_dict, "_metadata", None)
        state_dict = OrderedDict(state_dict)
        if metadata is not None:
            state_dict._metadata = metadata
        missing: list[str] = []
        unexpected: list[str] = []
        errors: list[str] = []
        self._load(state_dict, "", (metadata, strict, assign), missing, unexpected, errors)
        if strict:
            for kind, keys in (("Unexpected", unexpected), ("Missing", missing)):     # missing ones are told first
                if keys:
                    errors.insert(0, f"{kind} key(s) in state_dict: "
                                     f"{', '.join(f'{chr(34)}{k}{chr(34)}' for k in keys)}. ")
        if errors:
            raise RuntimeError("Error(s) in loading state_dict for {}:\n\t{}".format(
                type(self).__name__, "\n\t".join(errors)))
        return _IncompatibleKeys(missing, unexpected)

    def _load(self, state: Any, prefix: str, how: tuple, missing: list, unexpected: list, errors: list) -> None:
        metadata, _, assign = how
        local = {} if metadata is None else metadata.get(prefix[:-1], {})
        if assign:
            local = {**local, "assign_to_params_buffers": True}
        self._load_from_state_dict(state, prefix, local, True, missing, unexpected, errors)
        for name, child in children(self):
            if isinstance(child, State):
                below = OrderedDict((k, v) for k, v in state.items() if k.startswith(f"{prefix}{name}."))
                child._load(below, f"{prefix}{name}.", how, missing, unexpected, errors)
            else:
                for key, p in own_parameters(child):
                    full = f"{prefix}{name}.{key}"
                    if full in state:
                        p.data = state[full]  # type: ignore[misc]
                    else:
                        missing.append(full)
        result = _IncompatibleKeys(missing, unexpected)
        for hook in self._hooks_of("_load_state_dict_post_hooks"):
            if hook(self, result) is not None:
                raise AssertionError("Hooks registered with ``register_load_state_dict_post_hook`` are not expected to "
                                     "return new values, if incompatible_keys need to be modified, it should be done "
                                     "inplace.")

    def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: dict, strict: bool,
                              missing_keys: list, unexpected_keys: list, error_msgs: list) -> None:
        for hook, with_module in self._hooks_of("_load_state_dict_pre_hooks", "with_module"):
            hook(*(self,) * with_module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
                 error_msgs)
        assign = local_metadata.get("assign_to_params_buffers", False)
        known = set()
        for name, tensor in self._own_state():
            key = prefix + name
            known.add(name)
            if key in state_dict:
                self._load_one(name, tensor, state_dict[key], key, assign, error_msgs)
            elif strict:
                missing_keys.append(key)
        if type(self).set_extra_state is not State.set_extra_state:
            if prefix + "_extra_state" in state_dict:
                self.set_extra_state(state_dict[prefix + "_extra_state"])
            elif strict:
                missing_keys.append(prefix + "_extra_state")
            known.add("_extra_state")
        if strict:
            below = {name for name, _ in children(self)}
            for key in state_dict:
                if key.startswith(prefix):
                    first, _, rest = key[len(prefix):].partition(".")
                    if not (first in known and not rest or first in below and rest or key[len(prefix):] in known):
                        unexpected_keys.append(key)

    def _load_one(self, name: str, tensor: Any, given: Any, key: str, assign: bool, errors: list) -> None:
        if not isinstance(given, np.ndarray):
            errors.append(f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object '
                          f"from checkpoint but received {type(given)}")
            return
        if is_lazy(tensor):
            tensor.materialize(given.shape)
        if tuple(given.shape) != tuple(tensor.shape) and not (tensor.ndim == 0 and tuple(given.shape) == (1,)):
            errors.append(f"size mismatch for {key}: copying a param with shape {tensor_of(given).shape} from "
                          f"checkpoint, the shape in current model is {tensor.shape}.")
            return
        if not assign:
            np.copyto(plain(tensor), np.reshape(plain(given), tensor.shape), casting="unsafe")
            wrote(plain(tensor))
        elif is_parameter(tensor):
            vars(self)[name] = given if is_parameter(given) else Parameter(given, tensor.requires_grad)
        else:
            vars(self)[name] = tensor_of(given)
