"""Short rows for tests of form and index: single letters stand for tensors.

    x (2, 3), v (3,), k (2, 3, 4), p (1, 4, 4, 4) want a gradient; y (4, 3), b (2, 3), s () do not; c is complex;
    z (2, 3), i (1, 3), j (2,) hold integers; T is torch.tensor.
"""
import re

from side_by_side import lines, same

_NAMES = {
    "x": "torch.arange(6.).reshape(2,3).requires_grad_()", "z": "torch.arange(6).reshape(2,3)",
    "v": "torch.tensor([1.,2.,3.]).requires_grad_()", "k": "torch.arange(24.).reshape(2,3,4).requires_grad_()",
    "c": "torch.tensor([[1+2j,3-1j]])", "s": "torch.tensor(3.)", "y": "torch.arange(12.).reshape(4,3)",
    "p": "torch.arange(64.).reshape(1,4,4,4).requires_grad_()", "i": "torch.tensor([[0,1,0]])",
    "j": "torch.tensor([0,1])", "b": "(torch.arange(6.).reshape(2,3)*2)", "T": "torch.tensor"}


def spelled(row):
    """The row with each letter replaced by what it stands for."""
    return re.sub(r"(?<![\w.\'\"])([a-zT])(?![\w'\"=])", lambda found: _NAMES.get(found[1], found[1]), row)


def same_row(row):
    """Raise AssertionError unless both libraries do the same with the row."""
    same(spelled(row))


def table(text):
    """The rows of a table."""
    return lines(text)
