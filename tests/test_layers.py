"""Every layer against torch: how it begins, computes, learns and prints; its gradients against finite differences."""
import pytest
import torch
from both_sides import Side, tensors
from layer_rows import ACTIVATIONS, ELSEWHERE, LOSSES, OTHERS, rows
from layer_sides import same_layer

import mytorch

ROWS = list(rows())
every_row = pytest.mark.parametrize("expression, call", ROWS, ids=[f"{a}: {b}" for a, b in ROWS])

#: torch has no second derivative of these; ours are held against finite differences.
NO_SECOND = "CTCLoss", "EmbeddingBag", "Hardsigmoid", "L1Loss", "MultiLabelMarginLoss", "MultiMarginLoss"


#: torch's own gradient of these is not the slope: rows that were shrunk in place or are weighed by how rare they are,
#: variances that were raised to eps off the tape.
NO_SLOPE = "max_norm", "scale_grad_by_freq", "GaussianNLLLoss(eps"


def has_second(expression):
    return not expression.startswith(tuple(f"nn.{name}(" for name in NO_SECOND))


SLOPES = [(expression, call) for expression, call in ROWS if not any(word in expression for word in NO_SLOPE)]


@every_row
def test_layer(expression, call):
    same_layer(expression, call, second=has_second(expression))


@pytest.mark.parametrize("expression, call", SLOPES, ids=[f"{a}: {b}" for a, b in SLOPES])
def test_gradients_are_the_slopes(expression, call):
    """Double precision, in training mode, of the inputs and the parameters; also the second where torch has none."""
    side = Side(mytorch)
    layer = side.run(expression)[0].double()
    side.scope["layer"] = layer
    targets, draw = [], side.t
    side.scope["t"] = lambda *shape: targets.append(draw(*shape)) or targets[-1]
    side.run(call)
    leaves = [*side.leaves, *(p for p in layer.parameters() if p.requires_grad)]

    def again(*inputs):
        given = iter(inputs)
        side.scope.update(x=lambda *shape: next(given), u=lambda *shape: next(given), t=lambda *shape: next(told))
        told = iter(targets)
        return tuple(y for y in tensors(side.run(call)[0]) if y.requires_grad)

    assert mytorch.autograd.gradcheck(again, tuple(leaves))
    if not has_second(expression):
        assert mytorch.autograd.gradgradcheck(again, tuple(leaves))


def test_every_layer_has_a_row():
    """Every public class of nn: with a row here, in a table of its own, or no layer."""
    classes = {name for name in mytorch.nn.__all__ if isinstance(getattr(mytorch.nn, name), type)}
    told = {*ACTIVATIONS, *LOSSES, *OTHERS, *(name for names in ELSEWHERE.values() for name in names)}
    assert classes - told == set()
    assert {name for name in told if not hasattr(torch.nn, name)} == set()
