"""Compute again on the way back instead of keeping what the way back needs."""
from __future__ import annotations

import warnings
from contextlib import contextmanager, nullcontext
from typing import Any, Callable, Iterator

from .._types import named_dtype
from ..autograd import Function, backward, enable_grad, no_grad
from ..autograd.graph import saved_tensors_hooks
from ..engine.tape import mode
from ..engine.tensor import Tensor
from ..random import default_generator, fork_rng

__all__ = ["CheckpointError", "CheckpointFunction", "check_backward_validity", "checkpoint", "checkpoint_sequential",
           "detach_variable", "noop_context_fn", "set_checkpoint_early_stop"]


class CheckpointError(RuntimeError):
    """The function did something else when it ran again."""


class _Enough(Exception):
    """All that was asked for has been computed again."""


_early_stop: list[bool | None] = [None]


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Inside: whether running again ends as soon as all that is needed is there.  As torch's of that name."""
    before, _early_stop[0] = _early_stop[0], enable
    try:
        yield
    finally:
        _early_stop[0] = before


def noop_context_fn() -> tuple[Any, Any]:
    """Contexts for forward and for running again, in which nothing is different."""
    return nullcontext(), nullcontext()


def _unspecified(name: str, since: str) -> None:
    warnings.warn(f"torch.utils.checkpoint{name}: the use_reentrant parameter should be passed explicitly. {since} "
                  "use_reentrant=False is recommended, but if you need to preserve the current default behavior, you "
                  "can pass use_reentrant=True. Refer to docs for more details on the differences between the two "
                  "variants.", stacklevel=3)


def checkpoint(function: Callable, *args: Any, use_reentrant: bool | None = None,
               context_fn: Callable[[], tuple] = noop_context_fn, determinism_check: str = "default",
               debug: bool = False, early_stop: bool = True, **kwargs: Any) -> Any:
    """function(*args, **kwargs), of which only the arguments are kept; it runs again when its gradient is wanted.

    Args:
        use_reentrant: True: one node that goes backward inside the way back (only `.backward()`, only gradients of
            positional arguments and leaves).  False: any kind of gradient.
        preserve_rng_state: (by keyword, default True) it draws the same numbers when it runs again.
        context_fn: gives two contexts, for the first run and for the second.
        determinism_check: "default" compares shapes and types of what is computed again, "none" does not.
        early_stop: running again ends as soon as all that is needed is there.
    Raises:
        CheckpointError: the second run saved something else than the first.
    As torch.utils.checkpoint.checkpoint.
    """
    if use_reentrant is None:
        _unspecified("", "Starting in PyTorch 2.9, calling checkpoint without use_reentrant will raise an exception.")
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs and use_reentrant:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if use_reentrant:
        if context_fn is not noop_context_fn or debug is not False:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    if debug:
        raise NotImplementedError("checkpoint: debug=True is not supported")
    if determinism_check not in ("default", "none"):
        raise ValueError("determinism_check should be one of ['default', 'none'], but got " + str(determinism_check))
    if not mode.grad:
        return function(*args, **kwargs)
    first, second = context_fn()
    stop = early_stop if _early_stop[0] is None else _early_stop[0]
    run = _Run(lambda: function(*args, **kwargs), preserve, second, determinism_check == "default", stop)
    with first, saved_tensors_hooks(run.pack, run.unpack):
        return function(*args, **kwargs)


class _Run:
    """One call of a function: how much it saved, and how to have that again."""

    def __init__(self, again: Callable, preserve: bool, context: Any, check: bool, early_stop: bool) -> None:
        self.again, self.context, self.check, self.early_stop = again, context, check, early_stop
        self.state = default_generator.get_state_array() if preserve else None
        self.forms: list[tuple] = []
        self.found: dict[int, Any] = {}

    def pack(self, tensor: Tensor) -> int:
        self.forms.append((tensor.shape, tensor.dtype))
        return len(self.forms) - 1

    def unpack(self, place: int) -> Any:
        if place not in self.found:
            self._recompute()
        return self.found.pop(place)  # kept no longer than needed: who asks again computes again

    def _recompute(self) -> None:
        values: list[Any] = []

        def keep(tensor: Tensor) -> None:
            values.append(tensor.detach())
            if self.early_stop and len(values) == len(self.forms):
                raise _Enough

        with fork_rng(enabled=self.state is not None):
            if self.state is not None:
                default_generator.set_state_array(self.state)
            try:
                with enable_grad(), self.context, saved_tensors_hooks(keep, _again):
                    self.again()
            except _Enough:
                pass
        self._compare(values)
        self.found = dict(enumerate(values))

    def _compare(self, values: list) -> None:
        """Raise CheckpointError where the second run differs."""
        if len(values) != len(self.forms):
            raise CheckpointError("torch.utils.checkpoint: A different number of tensors was saved during the original "
                                  f"forward and recomputation.\nNumber of tensors saved during forward: "
                                  f"{len(self.forms)}\nNumber of tensors saved during recomputation: {len(values)}.")
        lines = [f"tensor at position {i}:\nsaved metadata: {_metadata(*form)}\n"
                 f"recomputed metadata: {_metadata(v.shape, v.dtype)}"
                 for i, (v, form) in enumerate(zip(values, self.forms)) if (v.shape, v.dtype) != form]
        if self.check and lines:
            raise CheckpointError("torch.utils.checkpoint: Recomputed values for the following tensors have different "
                                  "metadata than during the forward pass.\n" + "\n".join(lines))


def _metadata(shape: Any, dtype: Any) -> dict:
    return {"shape": shape, "dtype": named_dtype(dtype)}


def _again(packed: Any) -> Any:
    raise NotImplementedError("torch.utils.checkpoint: going backward inside the checkpointed function is not "
                              "supported")


# ------------------------------------------------------------------ one node that goes backward itself

def check_backward_validity(inputs: Any) -> None:
    """Warn when no input requires grad."""
    if not any(isinstance(x, Tensor) and x.requires_grad for x in inputs):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2)


def detach_variable(inputs: tuple) -> tuple:
    """The inputs off the tape, as leaves that require grad where the inputs do."""
    if not isinstance(inputs, tuple):
        raise RuntimeError("Only tuple of tensors is supported. Got Unsupported input type: ", type(inputs).__name__)
    return tuple(x.detach().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in inputs)


class CheckpointFunction(Function):
    """apply(function, preserve_rng_state, *args): the re-entrant checkpoint."""

    @staticmethod
    def forward(ctx: Any, run_function: Callable, preserve_rng_state: bool, *args: Any) -> Any:
        check_backward_validity(args)
        ctx.function, ctx.args = run_function, args
        ctx.state = default_generator.get_state_array() if preserve_rng_state else None
        with no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        inputs = detach_variable(ctx.args)
        with fork_rng(enabled=ctx.state is not None), enable_grad():
            if ctx.state is not None:
                default_generator.set_state_array(ctx.state)
            outputs = ctx.function(*inputs)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [(y, g) for y, g in zip(outputs, gradients) if isinstance(y, Tensor) and y.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([y for y, _ in pairs], [g for _, g in pairs])
        return (None, None, *(x.grad if isinstance(x, Tensor) and x.requires_grad else None for x in inputs))


def checkpoint_sequential(functions: Any, segments: int, input: Any, use_reentrant: bool | None = None,
                          **kwargs: Any) -> Any:
    """A Sequential (or list of functions) in `segments` parts, all but the last of which are checkpoints.

    As torch.utils.checkpoint.checkpoint_sequential.
    """
    if use_reentrant is None:
        _unspecified(".checkpoint_sequential",
                     "In version 2.9 we will raise an exception if use_reentrant is not passed.")
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    parts = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(parts) // segments
    for start in range(0, size * (segments - 1), size):
        input = checkpoint(_chain(parts[start:start + size]), input, use_reentrant=use_reentrant,
                           preserve_rng_state=preserve)
    return _chain(parts[size * (segments - 1):])(input)


def _chain(parts: list) -> Callable:
    def run(input: Any) -> Any:
        for part in parts:
            input = part(input)
        return input
    return run
