"""Hooks that belong to one parameter: looked up among those of a module."""
from __future__ import annotations

from typing import Any

__all__ = ["find_hook", "hooks_of", "take_hook", "undo"]


def hooks_of(module: Any, kind: str) -> dict:
    """The module's hooks of a kind, by their numbers."""
    return vars(module).get(kind, {})


def find_hook(module: Any, cls: Any, name: str | None, kind: str = "_forward_pre_hooks") -> Any:
    """The hook of class `cls` for the parameter `name` (None: for any); None where there is none."""
    return next((hook for hook in hooks_of(module, kind).values() if isinstance(hook, cls) and (
        name is None or hook.name == name)), None)


def take_hook(module: Any, kind: str, cls: Any, name: str, known_by: str = "name") -> Any:
    """As `find_hook`, and the module forgets the hook; known_by: the hook's attribute that says of which parameter."""
    hooks = hooks_of(module, kind)
    return next((hooks.pop(key) for key, hook in hooks.items()
                 if isinstance(hook, cls) and getattr(hook, known_by) == name), None)


def undo(module: Any, cls: type, name: str, told: str) -> None:
    """Take the forward pre-hook off the module, and have it make the parameter what it was."""
    hook = take_hook(module, "_forward_pre_hooks", cls, name)
    if hook is None:
        raise ValueError(f"{told} of '{name}' not found in {module}")
    hook.remove(module)
