"""Looking at the graph and stepping into it: nodes, edges, what is saved, hooks on several tensors."""
from __future__ import annotations

from typing import Any, Callable, Iterable, Sequence

from ..engine import tape
from ..engine.hooks import RemovableHandle
from ..engine.tape import Node, mode, watch
from ..engine.tensor import Tensor, edge
from .backward import GradientEdge, get_gradient_edge

__all__ = ["GradientEdge", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks",
           "get_gradient_edge", "increment_version", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks"]


# ------------------------------------------------------------------ what is saved

class saved_tensors_hooks:
    """While it is entered, what is saved for backward goes through `pack_hook(tensor)`, on the way back through
    `unpack_hook(packed)`, which must give a tensor with the same numbers.  Of nested ones the innermost counts.

    As torch.autograd.graph.saved_tensors_hooks.
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> Any:
        if mode.saving_refused is not None:
            raise RuntimeError(mode.saving_refused)
        mode.saving = (*mode.saving, (self.pack_hook, self._unpacked))
        watch.savers += 1
        watch.update()
        return None

    def _unpacked(self, packed: Any) -> Tensor:
        found = self.unpack_hook(packed)
        if not isinstance(found, Tensor):
            raise TypeError("Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                            f"{type(found).__name__}")
        return found

    def __exit__(self, *_: Any) -> None:
        mode.saving = mode.saving[:-1]
        watch.savers -= 1
        watch.update()


class save_on_cpu(saved_tensors_hooks):
    """Keep what is saved on the CPU, where everything is anyway.  As torch.autograd.graph.save_on_cpu."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        if pin_memory:
            raise NotImplementedError("save_on_cpu: pin_memory=True needs an accelerator; Mytorch computes on the CPU")
        super().__init__(lambda tensor: tensor, lambda tensor: tensor)


def _copied(tensor: Any) -> Any:
    return tensor.clone()


class allow_mutation_on_saved_tensors(saved_tensors_hooks):
    """What is saved for backward is copied, so that writing to the tensors afterwards does no harm.

    As torch.autograd.graph.allow_mutation_on_saved_tensors (which copies at the first write).
    """

    def __init__(self) -> None:
        super().__init__(_copied, lambda tensor: tensor)


class disable_saved_tensors_hooks:
    """While it is entered, using `saved_tensors_hooks` raises RuntimeError(error_message).

    As torch.autograd.graph.disable_saved_tensors_hooks.
    """

    def __init__(self, error_message: str) -> None:
        self.error_message = error_message

    def __enter__(self) -> None:
        if mode.saving:
            raise RuntimeError(self.error_message)
        self.before, mode.saving_refused = mode.saving_refused, self.error_message

    def __exit__(self, *_: Any) -> None:
        mode.saving_refused = self.before


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Say that a tensor (or each of several) was written to by means that are not noticed.

    As torch.autograd.graph.increment_version.
    """
    for t in (tensor,) if isinstance(tensor, Tensor) else tensor:
        tape.wrote(t)


# ------------------------------------------------------------------ hooks on several tensors

class _Handles(RemovableHandle):
    """Removes several hooks at once."""

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


class _Together:
    """Collects what one way back brings to several tensors, and tells once: when enough is known, or at its end."""

    def __init__(self, count: int, enough: int, fn: Callable[[list], Any]) -> None:
        self.count, self.enough, self.fn = count, enough, fn
        self.known: dict[int, Any] = {}
        self.told = False

    def arrive(self, i: int, g: Tensor) -> None:
        if not self.known:
            tape.at_end(self.finish)
        self.known[i] = g
        if len(self.known) == self.enough:
            self.tell()

    def tell(self) -> None:
        if not self.told:
            self.told = True
            self.fn([self.known.get(i) for i in range(self.count)])

    def finish(self) -> None:
        self.tell()
        self.known, self.told = {}, False


def register_multi_grad_hook(tensors: Sequence[Tensor], fn: Callable, *, mode: str = "all") -> RemovableHandle:
    """Call fn when gradients of these tensors were computed.

    mode="all": `fn(gradients)`, once for each going backward, when it is known which of them (else None) got one.
    mode="any": `fn(gradient)`, with the first one that is known.
    As torch.autograd.graph.register_multi_grad_hook.
    """
    if mode == "all":
        together = _Together(len(tensors), len(tensors), fn)
    elif mode == "any":
        together = _Together(len(tensors), 1, lambda found: fn(next(g for g in found if g is not None)))
    else:
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    for t in tensors:
        if edge(t) is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    return _Handles([t.register_hook(lambda g, i=i: together.arrive(i, g))  # type: ignore[attr-defined, misc]
                     for i, t in enumerate(tensors)])
