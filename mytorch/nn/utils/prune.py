"""Pruning: a parameter times a mask of zeros and ones, which elements or whole channels to leave out.

A pruned parameter `weight` is kept as `weight_orig`, its mask as the buffer `weight_mask`; `weight` is their product,
computed anew before each forward.  `remove` makes that product the parameter.  As torch.nn.utils.prune.
"""
from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Iterator

from ..._types import Size
from ..._where import Lends, lent
from ...engine.tensor import plain, tensor_of
from ...ops.conversion import in_dtype
from ...ops.creation import ones_like, zeros_like
from ...ops.joining import cat
from ...ops.linalg import norm
from ...ops.sampling import rand, rand_like
from ...ops.sorting import kthvalue, topk
from ._hooks import hooks_of, take_hook

__all__ = ["BasePruningMethod", "CustomFromMask", "Identity", "L1Unstructured", "LnStructured", "PruningContainer",
           "RandomStructured", "RandomUnstructured", "custom_from_mask", "global_unstructured", "identity", "is_pruned",
           "l1_unstructured", "ln_structured", "random_structured", "random_unstructured", "remove"]


# ------------------------------------------------------------------ how much

def _validate_pruning_amount_init(amount: Any) -> None:
    """Raise unless `amount` is a number of elements or a fraction."""
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    size: Any = amount
    if size < 0 or not isinstance(amount, numbers.Integral) and size > 1:
        raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")


def _validate_pruning_amount(amount: Any, tensor_size: int) -> None:
    """Raise where `amount` is more than there is."""
    if isinstance(amount, numbers.Integral) and int(amount) > tensor_size:
        raise ValueError(f"amount={amount} should be smaller than the number of parameters to prune={tensor_size}")


def _compute_nparams_toprune(amount: Any, tensor_size: int) -> int:
    """How many that is."""
    return int(amount) if isinstance(amount, numbers.Integral) else round(amount * tensor_size)


def _validate_structured_pruning(t: Any) -> None:
    if len(t.shape) <= 1:
        raise ValueError("Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
                         f"{Size(t.shape)} with {len(t.shape)} dims")


def _validate_pruning_dim(t: Any, dim: int) -> None:
    if dim >= t.dim():
        raise IndexError(f"Invalid index {dim} for tensor of size {Size(t.shape)}")


def _compute_norm(t: Any, n: Any, dim: int) -> Any:
    """The n-norm of each slice of `dim`."""
    dim = dim + t.dim() if dim < 0 else dim
    return norm(t, p=n, dim=[d for d in range(t.dim()) if d != dim])


# ------------------------------------------------------------------ methods

class BasePruningMethod(ABC):
    """A way to choose what is pruned: `compute_mask`.  An instance is the hook that multiplies the mask in.

    PRUNING_TYPE: how it adds to a mask that there is: "unstructured" chooses among the elements left, "structured"
    among the channels left, "global" among all.
    """
    _tensor_name: str
    PRUNING_TYPE: str

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask for the importance scores `t`, with what `default_mask` leaves out left out too."""

    def apply_mask(self, module: Any) -> Any:
        """The parameter times the mask."""
        if self._tensor_name is None:
            raise AssertionError(f"Module {module} has to be pruned")
        original = getattr(module, self._tensor_name + "_orig")
        return in_dtype(getattr(module, self._tensor_name + "_mask"), original.dtype) * original

    @classmethod
    def apply(cls, module: Any, name: str, *args: Any, importance_scores: Any = None, **kwargs: Any) -> Any:
        """Prune the parameter `name` of `module` by cls(*args, **kwargs), in addition to how it is pruned already.

        importance_scores: what decides in place of the parameter's own elements, of its shape.
        """
        method: Any = cls(*args, **kwargs)
        method._tensor_name = name
        before = _taken_off(module, name)
        if before is not None:
            container = before if isinstance(before, PruningContainer) else PruningContainer(before)
            container.add_pruning_method(method)
            method = container
        original = getattr(module, name)
        if importance_scores is not None and importance_scores.shape != original.shape:
            raise AssertionError(f"importance_scores should have the same shape as parameter {name} of {module}, got "
                                 f"{importance_scores.shape} vs {original.shape}")
        scores = original if importance_scores is None else importance_scores
        if before is not None:
            default = getattr(module, name + "_mask").detach().clone()
        else:
            default = ones_like(original)
            module.register_parameter(name + "_orig", original)
            delattr(module, name)
        try:
            module.register_buffer(name + "_mask", method.compute_mask(scores, default_mask=default))
            setattr(module, name, method.apply_mask(module))
            module.register_forward_pre_hook(method)
        except Exception:
            if before is None:
                delattr(module, name + "_orig")
                module.register_parameter(name, original)
            raise
        return method

    def prune(self, t: Any, default_mask: Any = None, importance_scores: Any = None) -> Any:
        """t times the mask that this method makes for it, or for importance_scores of its shape."""
        if importance_scores is not None and importance_scores.shape != t.shape:
            raise AssertionError("importance_scores should have the same shape as tensor t, got "
                                 f"{importance_scores.shape} vs {t.shape}")
        scores = t if importance_scores is None else importance_scores
        default = ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(scores, default_mask=default)

    def remove(self, module: Any) -> None:
        """Make what is left the parameter."""
        name = self._tensor_name
        if name is None:
            raise AssertionError(f"Module {module} has to be pruned before pruning can be removed")
        weight = self.apply_mask(module)
        original = module._parameters[name + "_orig"]
        for each in (name, name + "_orig", name + "_mask"):
            delattr(module, each)
        original.data = weight.detach()
        setattr(module, name, original)


def _taken_off(module: Any, name: str) -> Any:
    """The hook that prunes `name` so far, taken off the module."""
    return take_hook(module, "_forward_pre_hooks", BasePruningMethod, name, known_by="_tensor_name")


class PruningContainer(BasePruningMethod):
    """Several methods that prune one parameter one after the other."""

    def __init__(self, *args: Any) -> None:
        self._pruning_methods: tuple[Any, ...] = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """One more, for the same parameter."""
        if method is not None and not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method is not None and self._tensor_name != method._tensor_name:
            raise ValueError(f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to "
                             f"PruningContainer {self}. Found '{method._tensor_name}'")
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: Any) -> Any:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """`default_mask` with what the last method leaves out, of what there is, left out too."""
        method, mask = self._pruning_methods[-1], default_mask
        place = _left(method, mask)
        found = in_dtype(mask, t.dtype, copy=True)
        part = method.compute_mask(t[place], default_mask=mask[place])
        plain(found)[plain(place)] = plain(part)
        return found


def _left(method: Any, mask: Any) -> Any:
    """The index of what the mask leaves to this method to choose from."""
    kept = plain(mask)
    if method.PRUNING_TYPE == "unstructured":
        return tensor_of(kept == 1)
    if method.PRUNING_TYPE == "global":
        return (slice(None),) * kept.ndim
    if method.PRUNING_TYPE != "structured":
        raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
    dim = method.dim % kept.ndim
    channels = kept.sum(tuple(d for d in range(kept.ndim) if d != dim)) != 0
    return _channels(kept.ndim, dim, tensor_of(channels))


def _channels(ndim: int, dim: int, index: Any) -> tuple:
    return tuple(index if d == dim else slice(None) for d in range(ndim))


class Identity(BasePruningMethod):
    """Prunes nothing; makes a mask of ones."""
    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        return default_mask

    @classmethod
    def apply(cls, module: Any, name: str) -> Any:  # type: ignore[override]
        return super().apply(module, name)


class _Amount(Lends, BasePruningMethod):
    """A method that prunes an amount: a number of elements or channels, or a fraction of them."""

    @lent
    def __init__(self, amount: Any) -> None:
        _validate_pruning_amount_init(amount)
        self.amount = amount

    def _count(self, size: int) -> int:
        count = _compute_nparams_toprune(self.amount, size)
        _validate_pruning_amount(count, size)
        return count


class _Unstructured(_Amount):
    """Prunes single elements."""
    PRUNING_TYPE = "unstructured"

    def _chosen(self, t: Any, count: int) -> Any:
        """The places of what is pruned, in the flat tensor."""
        raise NotImplementedError

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        count = self._count(t.nelement())
        mask = default_mask.clone()
        if count:
            plain(mask).reshape(-1)[plain(self._chosen(t, count))] = 0
        return mask


class RandomUnstructured(_Unstructured):
    """Elements at random.  As torch.nn.utils.prune.RandomUnstructured."""

    def _chosen(self, t: Any, count: int) -> Any:
        return topk(rand_like(t).reshape((-1,)), k=count)[1]

    @classmethod
    def apply(cls, module: Any, name: str, amount: Any) -> Any:  # type: ignore[override]
        return super().apply(module, name, amount=amount)


class L1Unstructured(_Unstructured):
    """The elements of least magnitude.  As torch.nn.utils.prune.L1Unstructured."""

    def _chosen(self, t: Any, count: int) -> Any:
        return topk(t.detach().abs().reshape((-1,)), k=count, largest=False)[1]

    @classmethod
    def apply(cls, module: Any, name: str, amount: Any, importance_scores: Any = None) -> Any:  # type: ignore[override]
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class _Structured(_Amount):
    """Prunes whole channels, the slices of `dim`."""
    PRUNING_TYPE = "structured"

    @lent
    def __init__(self, amount: Any, dim: int = -1) -> None:
        _Amount.__init__(self, amount)
        self.dim = dim

    def _kept(self, t: Any, count: int, channels: int) -> Any:
        """The index of the channels that stay when `count` go."""
        raise NotImplementedError

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        _validate_structured_pruning(t)
        _validate_pruning_dim(t, self.dim)
        channels = t.shape[self.dim]
        count = self._count(channels)
        if not count:
            return default_mask
        kept = self._kept(t, count, channels)
        mask = zeros_like(t)
        plain(mask)[_channels(t.dim(), self.dim % t.dim(), plain(kept))] = 1
        return mask * in_dtype(default_mask, mask.dtype)


class RandomStructured(_Structured):
    """Channels at random.  As torch.nn.utils.prune.RandomStructured."""

    def _kept(self, t: Any, count: int, channels: int) -> Any:
        drawn = rand(channels)
        return drawn > kthvalue(drawn, k=count)[0]

    @classmethod
    def apply(cls, module: Any, name: str, amount: Any, dim: int = -1) -> Any:  # type: ignore[override]
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(_Structured):
    """The channels of least n-norm.  As torch.nn.utils.prune.LnStructured."""

    def __init__(self, amount: Any, n: Any, dim: int = -1) -> None:
        _Structured.__init__(self, amount, dim)
        self.n = n

    def _kept(self, t: Any, count: int, channels: int) -> Any:
        return topk(_compute_norm(t.detach(), self.n, self.dim), k=channels - count, largest=True)[1]

    @classmethod
    def apply(cls, module: Any, name: str, amount: Any, n: Any, dim: int,  # type: ignore[override]
              importance_scores: Any = None) -> Any:
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


class CustomFromMask(BasePruningMethod):
    """What a given mask leaves out."""
    PRUNING_TYPE = "global"

    def __init__(self, mask: Any) -> None:
        self.mask = mask

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        if default_mask.shape != self.mask.shape:
            raise AssertionError(f"default_mask shape {default_mask.shape} must match self.mask shape "
                                 f"{self.mask.shape}")
        return default_mask * in_dtype(self.mask, default_mask.dtype)

    @classmethod
    def apply(cls, module: Any, name: str, mask: Any) -> Any:  # type: ignore[override]
        return super().apply(module, name, mask=mask)


# ------------------------------------------------------------------ as functions

def identity(module: Any, name: str) -> Any:
    """Make parameter `name` of `module` a pruned one of which nothing is pruned.  Returns the module."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Any, name: str, amount: Any) -> Any:
    """Prune `amount` (a number, or a fraction) of the parameter's elements at random.  Returns the module."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Any, name: str, amount: Any, importance_scores: Any = None) -> Any:
    """Prune the `amount` elements of least magnitude, or least importance score.  Returns the module."""
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: Any, name: str, amount: Any, dim: int) -> Any:
    """Prune `amount` of the channels along `dim` at random.  Returns the module."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(module: Any, name: str, amount: Any, n: Any, dim: int, importance_scores: Any = None) -> Any:
    """Prune the `amount` channels along `dim` of least n-norm, of their elements or scores.  Returns the module."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Any, name: str, mask: Any) -> Any:
    """Prune what `mask`, of the parameter's shape, leaves out.  Returns the module."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(parameters: Any, pruning_method: Any, importance_scores: Any = None, **kwargs: Any) -> None:
    """Prune several parameters as if they were one.

    Args:
        parameters: (module, name) pairs.  pruning_method: one of PRUNING_TYPE "unstructured", with **kwargs.
        importance_scores: (module, name) -> what decides in place of that parameter's elements.

    As torch.nn.utils.prune.global_unstructured.
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    scores = {} if importance_scores is None else importance_scores
    if not isinstance(scores, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    pairs = list(parameters)
    given = cat([scores.get((module, name), getattr(module, name)).reshape((-1,)) for module, name in pairs])
    masks = [getattr(module, name + "_mask", None) for module, name in pairs]
    masks = [ones_like(getattr(*pair)) if mask is None else mask for pair, mask in zip(pairs, masks)]
    default = cat([mask.reshape((-1,)) for mask in masks])  # type: ignore[union-attr]
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError('Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
                        f"{pruning_method} of type {method.PRUNING_TYPE}")
    method._tensor_name = "temp"
    mask = PruningContainer(method).compute_mask(given, default)
    start = 0
    for module, name in pairs:
        parameter = getattr(module, name)
        stop = start + parameter.numel()
        custom_from_mask(module, name, mask=mask[start:stop].view(parameter.shape))
        start = stop


def remove(module: Any, name: str) -> Any:
    """Make what is left of a pruned parameter the parameter.  Returns the module."""
    hook = _taken_off(module, name)
    if hook is None:
        raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")
    hook.remove(module)
    return module


def is_pruned(module: Any) -> bool:
    """Whether a parameter of the module, or of one below, is pruned."""
    return any(isinstance(hook, BasePruningMethod) for _, below in module.named_modules()
               for hook in hooks_of(below, "_forward_pre_hooks").values())
