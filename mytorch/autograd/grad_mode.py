"""Switches of what is recorded: no_grad, enable_grad, set_grad_enabled, inference_mode.  Each thread has its own.

So has each asyncio task, and what it hands to `asyncio.to_thread`, where PyTorch knows threads only.

Every switch is a context manager and a decorator.  A decorated generator is inside the switch while its own code runs,
and outside of it while the caller's does.
"""
from __future__ import annotations

import functools
import inspect
import warnings
from typing import Any, Callable, Generator, Iterator

from ..engine.modes import infer, inference, mode, record, watch

__all__ = ["enable_grad", "enforce_grad_layout_policy", "inference_mode", "is_grad_enabled",
           "is_inference_mode_enabled", "no_grad", "set_grad_enabled", "set_multithreading_enabled"]

_State = tuple[bool, bool | None]


def is_grad_enabled() -> bool:
    """Whether what runs now is recorded.  As torch.is_grad_enabled."""
    inside = inference()
    return mode.grad if inside is None else inside


def is_inference_mode_enabled() -> bool:
    """Whether `inference_mode` is on.  As torch.is_inference_mode_enabled."""
    return inference() is not None


def _switch(enabled: bool) -> None:
    """In inference mode grad mode can be switched and read, but nothing is recorded."""
    if inference() is None:
        record(enabled)
    else:
        infer(enabled)


def _state() -> _State:
    return mode.grad, inference()


def _restore(state: _State) -> None:
    record(state[0])
    infer(state[1])


class _Switch:
    """A context manager that is also a decorator; one object can be entered again while it is entered."""

    def __init__(self) -> None:
        self._states: list[_State] = []

    def switch(self) -> None:
        """What entering does."""
        raise NotImplementedError

    def clone(self) -> _Switch:
        """Another one like this."""
        return type(self)()

    def __enter__(self) -> None:
        self._states.append(_state())
        self.switch()

    def __exit__(self, *_: Any) -> None:
        _restore(self._states.pop())

    def __call__(self, fn: Callable) -> Callable:
        return _decorated(self.clone, fn)


def _decorated(make: Callable[[], _Switch], fn: Callable) -> Callable:
    """`fn`, run inside a switch."""
    def call(*args: Any, **kwargs: Any) -> Any:
        with make():
            return fn(*args, **kwargs)
    if inspect.isclass(fn):
        warnings.warn(
            "Decorating classes is deprecated and will be disabled in future versions. You should only decorate "
            "functions or methods. To preserve the current behavior of class decoration, you can directly decorate the "
            "`__init__` method and nothing else.", FutureWarning, stacklevel=3)
        return call
    if inspect.isgeneratorfunction(fn):
        @functools.wraps(fn)
        def generate(*args: Any, **kwargs: Any) -> Generator:
            return (yield from _Guarded(make, fn(*args, **kwargs)))
        return generate
    return functools.wraps(fn)(call)


class _Guarded:
    """A generator each step of which runs inside a switch."""

    def __init__(self, make: Callable[[], _Switch], steps: Generator) -> None:
        self.make, self.steps = make, steps

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, value: Any) -> Any:
        with self.make():
            return self.steps.send(value)

    def throw(self, *error: Any) -> Any:
        with self.make():
            return self.steps.throw(*error)

    def close(self) -> None:
        with self.make():
            self.steps.close()


class _WithoutArguments(_Switch):
    """`@no_grad` reads as `@no_grad()`."""

    def __new__(cls, orig_func: Callable | None = None) -> Any:
        if orig_func is None:
            return super().__new__(cls)
        if not callable(orig_func):
            raise TypeError(f"{cls.__name__}() takes no arguments, or the function to decorate; "
                            f"got {type(orig_func).__name__}")
        return _decorated(cls, orig_func)


class no_grad(_WithoutArguments):
    """Nothing is recorded inside: results do not require grad, nothing is kept for backward.

        with no_grad(): ...        @no_grad        @no_grad()

    As torch.no_grad.
    """

    def switch(self) -> None:
        _switch(False)


class enable_grad(_WithoutArguments):
    """Recording is on inside, also within `no_grad`; within `inference_mode` nothing is.  As torch.enable_grad."""

    def switch(self) -> None:
        _switch(True)


class set_grad_enabled(_Switch):
    """Switch recording on or off: at once when called as a function, and back at the end of a `with`.

    Raises TypeError unless `mode` is a bool.  As torch.set_grad_enabled.
    """

    def __init__(self, mode: bool) -> None:
        super().__init__()
        if not isinstance(mode, bool):
            raise TypeError("set_grad_enabled(): argument 'enabled' (position 1) must be bool, not "
                            f"{type(mode).__name__}")
        self.mode, self.prev = mode, is_grad_enabled()
        self._before = _state()
        _switch(mode)

    def switch(self) -> None:
        _switch(self.mode)

    def clone(self) -> set_grad_enabled:
        return set_grad_enabled(self.mode)

    def __enter__(self) -> None:
        # the first `with` leads back to what was before the call
        self._states.append(_state() if self._states else self._before)
        self.switch()

    def __call__(self, fn: Callable) -> Callable:
        _restore(self._before)  # a decorator is for the function alone
        return super().__call__(fn)

    def __repr__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.mode})"


class inference_mode(_Switch):
    """As `no_grad`, and what is made inside can never be part of a recorded computation (`is_inference()`).

        with inference_mode(): ...        @inference_mode        @inference_mode(False)

    Args:
        mode: False inside an inference mode goes back to recording; or the function to decorate.
    As torch.inference_mode.
    """

    def __new__(cls, mode: Any = True) -> Any:
        if isinstance(mode, bool):
            return super().__new__(cls)
        if not callable(mode):
            raise TypeError(f"inference_mode() expects a bool or a function to decorate, got {type(mode).__name__}")
        return _decorated(cls, mode)

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.mode = mode

    def switch(self) -> None:
        infer(False if self.mode else None)
        record(not self.mode)
        watch.inference = watch.inference or self.mode  # from now on what is saved is looked at

    def clone(self) -> inference_mode:
        return inference_mode(self.mode)


class _WithoutEffect(_Switch):
    """A switch of torch's engine that has nothing to switch here, and changes no number there."""

    def __init__(self, enable: bool = True) -> None:
        super().__init__()
        self.enable = enable

    def switch(self) -> None:
        pass

    def clone(self) -> _WithoutEffect:
        return type(self)(self.enable)


class set_multithreading_enabled(_WithoutEffect):
    """Accepted for torch's sake: the way back runs in the thread that asks for it, whatever is set."""


class enforce_grad_layout_policy(_WithoutEffect):
    """Accepted for torch's sake: a `.grad` that backward makes is contiguous, whatever is set."""
