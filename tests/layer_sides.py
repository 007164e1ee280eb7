"""A layer made and called by torch and by Mytorch from the same seed, laid side by side.

    same_layer("nn.LSTM(3, 4)", "layer(x(5, 2, 3))")

Compared are: the repr; names, types and bits of the parameters and buffers as they were drawn; then, in double
precision, in training and in evaluation mode: results, state afterwards, gradients of inputs and parameters, second
gradients.
"""
import torch
from both_sides import Side, close, tensors

import mytorch

LIBRARIES = torch, mytorch


def made(side, expression, seed=0):
    """The layer, in float32."""
    layer, warned = side.run(expression, seed)
    return layer, warned


def same_start(expression):
    """Raise AssertionError unless repr, names, flags and bits of a new layer agree; the same numbers are drawn next."""
    sides = [Side(library) for library in LIBRARIES]
    (theirs, warned), (ours, told) = (made(side, expression) for side in sides)
    assert repr(ours) == repr(theirs)
    assert told == warned
    expected, got = theirs.state_dict(), ours.state_dict()
    assert list(got) == list(expected)
    for name, value in expected.items():
        assert got[name].numpy().dtype == value.numpy().dtype, name
        assert got[name].numpy().tobytes() == value.numpy().tobytes(), f"{expression}: {name}"
    flags = [{name: p.requires_grad for name, p in layer.named_parameters()} for layer in (theirs, ours)]
    assert flags[0] == flags[1]
    assert str(mytorch.rand(2).tolist()) == str(torch.rand(2).tolist())


def outcome(side, expression, call, train, second):
    """(results, state, gradients, second gradients) of a layer in double precision."""
    layer, _ = made(side, expression)
    layer = layer.double().train(train)
    side.scope["layer"] = layer
    value, _ = side.run(call)
    results = tensors(value)
    side.leaves += [p for p in layer.parameters() if p.requires_grad]
    first = side.gradients(results, side.leaves, second)
    seconds = side.gradients(first, side.leaves) if second else []
    return results, list(layer.state_dict().values()), first, seconds or [None] * len(side.leaves) * second


def same_layer(expression, call, rtol=1e-9, second=True, modes=(True, False)):
    """Raise AssertionError unless the layer begins, computes and learns as torch's."""
    same_start(expression)
    for train in modes:
        theirs, ours = (outcome(Side(library), expression, call, train, second) for library in LIBRARIES)
        kinds = "results", "state", "gradients", "second gradients"
        for kind, expected, got, slack in zip(kinds, theirs, ours, (1, 1, 10, 100)):
            close(got, expected, rtol * slack, what=f"{expression}, train={train}: {kind}",
                  none_is_zero=kind != "results")


def first_line(told):
    """An error without the lines that tell where in the net it came about."""
    return told[0], told[1].split("\n  in: ")[0]


def same_layer_error(expression, call):
    """Raise AssertionError unless making the layer, or calling it, fails with the same error."""
    told = []
    for library in LIBRARIES:
        side = Side(library, "float32")
        told.append(first_line(side.error(call.replace("layer", expression))))
    assert told[0][0] != "no error", told[0]
    assert told[1] == told[0], f"\n  torch:   {told[0]}\n  mytorch: {told[1]}"
