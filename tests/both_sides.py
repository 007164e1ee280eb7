"""An expression evaluated by torch and by Mytorch: values, gradients and second gradients laid side by side.

In an expression `torch` is the library under test, `F` its nn.functional and `nn` its nn.  `x(2, 3)` is a new tensor of
normal numbers that requires grad, `u(2, 3)` one of numbers in (0, 1), `t(2, 3)` one that requires none; the numbers are
the same on both sides.  `dtype=` names NumPy's type.
"""
import warnings

import numpy as np
import torch

import mytorch


class Side:
    """One library, and the tensors an expression made in it."""

    def __init__(self, library, dtype="float64"):
        self.library, self.dtype, self.leaves = library, dtype, []
        self.random = np.random.RandomState(7)
        self.scope = {"torch": library, "F": library.nn.functional, "nn": library.nn, "np": np,
                      "x": self.x, "u": self.u, "t": self.t, "b": self.b,
                      "run": lambda *steps: steps[-1]}

    def t(self, *shape, dtype=None):
        values = self.random.standard_normal(shape)
        dtype = np.dtype(dtype or self.dtype)
        if dtype.kind == "c":
            values = values + 1j * self.random.standard_normal(shape)
        elif dtype.kind in "iub":
            values = np.abs(values * 40).astype(int)
        return self.library.tensor(np.asarray(values, dtype))

    def b(self, *shape):
        return self.t(*shape) > 0

    def x(self, *shape, dtype=None):
        return self.leaf(self.t(*shape, dtype=dtype))

    def u(self, *shape, dtype=None):
        return self.leaf(self.library.tensor(self.random.random_sample(shape).astype(dtype or self.dtype)))

    def leaf(self, tensor):
        self.leaves.append(tensor.requires_grad_())
        return tensor

    def run(self, expression, seed=3):
        """The value of the expression, its warnings."""
        self.library.manual_seed(seed)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            value = eval(expression, self.scope)
        return value, [(w.category.__name__, str(w.message)) for w in caught]

    def error(self, expression):
        """The error of the expression: its type and text."""
        try:
            value = self.run(expression)[0]
        except (SyntaxError, NameError):  # a slip in the row, not an answer of the library
            raise
        except Exception as error:
            return type(error).__name__, str(error)
        return "no error", str(value)

    def gradients(self, outputs, leaves, create_graph=False):
        """Gradients of the outputs, each weighted with fixed numbers, with respect to the leaves.

        create_graph: the weights join the leaves, so that the gradient of a gradient says something of linear maps too;
        and Mytorch is asked for each leaf alone: the others are no less differentiable for not being asked for.
        """
        outputs = [y for y in outputs if y is not None and y.requires_grad]
        if not outputs or not leaves:
            return []
        weights = []
        for y in outputs:
            random = np.random.RandomState(len(weights) + 11 + len(self.leaves))
            values = random.standard_normal(tuple(y.shape))
            weights.append(self.library.tensor(values.astype(str(y.dtype).removeprefix("torch."))))
        leaves = list(leaves)
        if create_graph:
            self.leaves += [weight.requires_grad_() for weight in weights]
        alone = create_graph and self.library is mytorch
        return [g for asked in ([[leaf] for leaf in leaves] if alone else [leaves]) for g in
                self.library.autograd.grad(outputs, asked, weights, create_graph=create_graph, allow_unused=True)]


def tensors(value):
    """The tensors in a result, in order."""
    if isinstance(value, (torch.Tensor, mytorch.Tensor)):
        return [value]
    return [tensor for part in value for tensor in tensors(part)] if isinstance(value, (list, tuple)) else []


def described(tensor):
    """All but the numbers."""
    return (tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), tensor.requires_grad,
            type(tensor.grad_fn).__name__)


def close(got, expected, rtol=1e-9, atol=1e-11, what="", none_is_zero=False):
    """Lists of tensors (None: no gradient) agree to rounding, relative to the largest number."""
    assert len(got) == len(expected), what
    for ours, theirs in zip(got, expected):
        if none_is_zero and (ours is None) != (theirs is None):
            assert not (theirs if ours is None else ours).detach().numpy().any(), what
            continue
        assert (ours is None) == (theirs is None), f"{what}: {ours is None} {theirs is None}"
        if theirs is not None:
            a, b = ours.detach().numpy(), theirs.detach().resolve_conj().numpy()
            assert a.shape == b.shape and a.dtype == b.dtype, f"{what}: {a.shape} {a.dtype}, torch {b.shape} {b.dtype}"
            finite = np.abs(b[np.isfinite(b)]) if b.dtype.kind in "fc" else np.zeros(0)
            np.testing.assert_allclose(a, b, rtol=rtol, atol=atol + rtol * finite.max(initial=0), err_msg=what)


def same(expression, rtol=1e-9, second=True, dtype="float64", describe=True):
    """Raise AssertionError unless values, types, nodes, warnings, gradients and second gradients agree."""
    theirs, ours = Side(torch, dtype), Side(mytorch, dtype)
    (b, warned), (a, told) = theirs.run(expression), ours.run(expression)
    b, a = tensors(b), tensors(a)
    close(a, b, rtol, what="values")
    assert [w[0] for w in told] == [w[0] for w in warned], f"warnings: {told}, torch {warned}"
    if describe:
        assert [described(y) for y in a] == [described(y) for y in b]
    first = theirs.gradients(b, theirs.leaves, second), ours.gradients(a, ours.leaves, second)
    close(first[1], first[0], rtol * 10, what="gradients")
    if second:
        seconds = ours.gradients(first[1], ours.leaves), theirs.gradients(first[0], theirs.leaves)
        close(*(found or [None] * len(ours.leaves) for found in seconds), rtol * 100,
              what="second gradients", none_is_zero=True)


def same_error(expression):
    """Raise AssertionError unless both sides raise the same error with the same text."""
    expected, got = Side(torch).error(expression), Side(mytorch).error(expression)
    assert got == expected, f"\n  torch:   {expected}\n  mytorch: {got}"
