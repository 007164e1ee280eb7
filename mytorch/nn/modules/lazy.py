"""Lazy modules: the shapes of their parameters are read off the first input."""
from __future__ import annotations

from typing import Any

from ..parameter import is_lazy

__all__ = ["LazyModuleMixin"]


class LazyModuleMixin:
    """Beside a Module class: parameters are `UninitializedParameter`s until the first call shapes them.

        class LazyLinear(LazyModuleMixin, Linear):
            cls_to_become = Linear                     # what it is from then on
            def initialize_parameters(self, input):    # materialize what is uninitialized
                ...

    Loading a state dict shapes parameters too.  As torch.nn.modules.lazy.LazyModuleMixin.
    """
    cls_to_become: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wait()

    def _wait(self) -> None:
        """Have the first call shape the parameters."""
        self._initialize_hook = self.register_forward_pre_hook(self._infer_parameters,  # type: ignore[attr-defined]
                                                               with_kwargs=True)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Give the uninitialized parameters the shapes the inputs ask for."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {self.__class__.__name__}")

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer of this module still waits for its shape."""
        return any(map(is_lazy, vars(self).values()))

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """What has no shape yet is saved as it is: it cannot be detached."""
        for name, tensor in self._own_state():  # type: ignore[attr-defined]
            destination[prefix + name] = tensor if keep_vars or is_lazy(tensor) else tensor.detach()

    def _load_one(self, name: str, tensor: Any, given: Any, *args: Any) -> None:
        if not (is_lazy(tensor) and is_lazy(given)):
            super()._load_one(name, tensor, given, *args)  # type: ignore[misc]

    def _infer_parameters(self, module: Any, args: tuple, kwargs: dict | None = None) -> None:
        """Before the first forward: shape the parameters, and become what is to become of it."""
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {type(self).__name__} has not been fully initialized")
        module._initialize_hook.remove()
        del module._initialize_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become

    def _replicate_for_data_parallel(self) -> Any:
        raise RuntimeError("Modules with uninitialized parameters can't be used with `DataParallel`. Run a dummy "
                           "forward pass to correctly initialize the modules")
