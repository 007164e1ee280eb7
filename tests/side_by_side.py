"""One expression, evaluated by torch and by Mytorch from the same seed, and compared to the character.

    same("torch.zeros(2, 3, dtype=torch.int64)")

In the expression `torch` is the library under test, `np` NumPy, `F` nn.functional, `run(*steps)` gives the last of its
arguments (earlier ones are done before it).  Compared are: a tensor's type, shape, strides,
text, exact values, requires_grad and grad_fn; the type and first line of an error; the first words of each warning;
anything else as text.
"""
import warnings

import numpy as np
import torch

import mytorch


def described(value):
    """What is compared of a result."""
    if isinstance(value, (torch.Tensor, mytorch.Tensor)):
        return ("tensor", str(value.dtype).removeprefix("torch."), tuple(value.shape), tuple(value.stride()),
                value.requires_grad, type(value.grad_fn).__name__, str(value), repr(value.detach().tolist()))
    if isinstance(value, (tuple, list)):
        return [described(part) for part in value]
    return str(value).removeprefix("torch.")


def outcome(expression, library):
    """The described result, or the error, and the warnings."""
    library.manual_seed(1)
    scope = {"torch": library, "np": np, "F": library.nn.functional, "run": lambda *steps: steps[-1]}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        library.set_warn_always(True)     # what is said once in a process, an earlier test may have heard
        try:
            result = described(eval(expression, scope))
        except (SyntaxError, NameError):  # a slip in the row, not an answer of the library
            raise
        except Exception as error:
            result = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        finally:
            library.set_warn_always(False)
    return result, list(dict.fromkeys(str(w.message)[:50] for w in caught))


def same(expression):
    """Raise AssertionError unless both libraries do the same."""
    expected, got = outcome(expression, torch), outcome(expression, mytorch)
    assert got == expected, f"\n{expression}\n  torch:   {expected}\n  mytorch: {got}"


def lines(text):
    """The expressions of a table, one a line."""
    return [line.strip() for line in text.strip().splitlines() if line.strip()]
