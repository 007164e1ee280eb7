"""Lazy modules: the shapes of their parameters are read off the first input."""
from __future__ import annotations

import warnings
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
        warnings.warn("Lazy modules are a new feature under heavy development so changes to the API or functionality "
                      "can happen at any moment.", stacklevel=4)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Give the uninitialized parameters the shapes the inputs ask for."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {self.__class__.__name__}")

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer of this module still waits for its shape."""
        return any(map(is_lazy, vars(self).values()))

    def _infer_parameters(self, module: Any, args: tuple, kwargs: dict | None = None) -> None:
        """Before the first forward: shape the parameters, and become what is to become of it."""
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {self._get_name()} has not been fully initialized")  # type: ignore[attr-defined]
        module._initialize_hook.remove()
        del module._initialize_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become

    def _replicate_for_data_parallel(self) -> Any:
        raise RuntimeError("Modules with uninitialized parameters can't be used with `DataParallel`. Run a dummy "
                           "forward pass to correctly initialize the modules")
