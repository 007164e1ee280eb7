"""The walk through `__dict__`, the tape and torch agree: bit for bit with each other, to rounding with torch."""
from __future__ import annotations

import gc
import types
import weakref

import numpy as np
import pytest
import torch

import mytorch


def nets(nn, F):
    """Nets of every kind of way back, written once for both libraries."""

    class Chain(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.act, self.second = nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1)

        def forward(self, x):
            return self.second(self.act(self.first(x)))

    class Skip(Chain):
        def forward(self, x):
            h = self.act(self.first(x))
            return self.second(h + 0.5 * h * self.first(x))

    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.act, self.out = nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 1)

        def forward(self, x):
            return self.out(self.act(self.inner(self.act(self.inner(x)))))

    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(2, 5), nn.Linear(5, 1)

        def forward(self, x):
            return self.second(F.relu(self.first(x)))

    class Nested(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Sequential(nn.Linear(4, 2), nn.ReLU()))
            self.head = Chain()

        def forward(self, x):
            return self.head(self.body(x))

    class Unused(Chain):
        def __init__(self):
            super().__init__()
            self.spare = nn.Linear(7, 7)

    class InPlace(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.act, self.second = nn.Linear(2, 5), nn.ReLU(inplace=True), nn.Linear(5, 1)

        def forward(self, x):
            return self.second(self.act(self.first(x)))

    class OutOfOrder(nn.Module):
        def __init__(self):
            super().__init__()
            self.second, self.act, self.first = nn.Linear(5, 1), nn.Tanh(), nn.Linear(2, 5)

        def forward(self, x):
            return self.second(self.act(self.first(x)))

    return types.SimpleNamespace(**{c.__name__: c for c in (Chain, Skip, Shared, Functional, Nested, Unused, InPlace,
                                                            OutOfOrder)})


OURS, THEIRS = nets(mytorch.nn, mytorch.nn.functional), nets(torch.nn, torch.nn.functional)
KINDS = sorted(vars(OURS))
X = np.random.default_rng(0).standard_normal((7, 2)).astype(np.float32)
Y = (np.random.default_rng(1).random((7, 1)) > 0.5).astype(np.float32)


def built(kind):
    mytorch.manual_seed(3)
    torch.manual_seed(3)
    return getattr(OURS, kind)(), getattr(THEIRS, kind)()


def gradients(net):
    return [None if p.grad is None else np.array(p.grad) for p in net.parameters()]


def same(a, b):
    return all((x is None and y is None) or (x is not None and y is not None and np.array_equal(x, y))
               for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_walk_tape_and_torch_agree(kind):
    net, theirs = built(kind)
    x, y = mytorch.tensor(X), mytorch.tensor(Y)
    criterion = mytorch.nn.BCEWithLogitsLoss(net, reduction="mean")
    criterion(net(x), y)
    criterion.backward()
    walked = gradients(net)
    net.zero_grad()
    mytorch.nn.BCEWithLogitsLoss()(net(x), y).backward()
    assert same(walked, gradients(net))
    torch.nn.BCEWithLogitsLoss()(theirs(torch.tensor(X)), torch.tensor(Y)).backward()
    for mine, parameter in zip(walked, theirs.parameters(), strict=True):
        if parameter.grad is None:
            assert mine is None
        else:
            np.testing.assert_allclose(mine, parameter.grad.numpy(), rtol=2e-5, atol=1e-7)


@pytest.mark.parametrize(("kind", "is_chain"), [(k, k in ("Chain", "Nested", "InPlace")) for k in KINDS])
def test_the_short_way_is_taken_only_where_forward_was_that_chain(kind, is_chain):
    net, _ = built(kind)
    net(mytorch.tensor(X))
    assert (net._chain() is not None) == is_chain


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wants", [False, True])
def test_backward_returns_the_gradient_of_what_it_was_given(kind, wants):
    net, theirs = built(kind)
    x = mytorch.tensor(X, requires_grad=wants)
    out = net(x)
    seed = np.linspace(-1, 1, 7, dtype=np.float32).reshape(7, 1)
    got = net.backward(mytorch.tensor(seed))
    t = torch.tensor(X, requires_grad=True)
    theirs(t).backward(torch.tensor(seed))
    np.testing.assert_allclose(got, t.grad.numpy(), rtol=2e-5, atol=1e-7)
    assert got.shape == x.shape and out.shape == (7, 1)
    for p, q in zip(net.parameters(), theirs.parameters(), strict=True):
        if q.grad is not None:
            np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=2e-5, atol=1e-7)


def test_a_net_called_twice_before_backward():
    net, theirs = built("Chain")
    x, t = mytorch.tensor(X), torch.tensor(X)
    (net(x) + net(2 * x)).sum().backward()
    (theirs(t) + theirs(2 * t)).sum().backward()
    for p, q in zip(net.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=2e-5, atol=1e-6)


def test_the_last_call_can_be_looked_at_and_is_no_attribute():
    net, _ = built("Chain")
    x = mytorch.tensor(X)
    out = net(x)
    assert net.input is x and net.output is out and net.first.output is net.act.input
    assert set(vars(net)) == {"first", "act", "second"}
    with mytorch.no_grad():
        net(x)
    with pytest.raises(AttributeError, match="has not been called"):
        net.input  # noqa: B018


class Scale(mytorch.AbsModule):
    """y = w * x, forward and backward by hand, in NumPy; parameters the tutorial's way."""

    def __init__(self, size):
        self.parameters = {"weight": mytorch.Tensor(np.linspace(0.5, 2, size, dtype=np.float32))}

    def forward(self, x):
        self.seen = x
        return np.asarray(x) * np.asarray(self.parameters["weight"])

    def backward(self, cgrad):
        self.parameters["weight"].grad += (np.asarray(cgrad) * np.asarray(self.seen)).sum(0)
        return np.asarray(cgrad) * np.asarray(self.parameters["weight"])


class Cube(mytorch.AbsActivation):
    """x^3, by hand."""

    def function(self, x):
        return np.asarray(x) ** 3

    def backward(self, cgrad):
        return 3 * np.asarray(self.input) ** 2 * np.asarray(cgrad)


class TheirScale(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.linspace(0.5, 2, size))

    def forward(self, x):
        return x * self.weight


class TheirCube(torch.nn.Module):
    def forward(self, x):
        return x ** 3


def by_hand():
    mytorch.manual_seed(0)
    torch.manual_seed(0)
    mine = mytorch.nn.Sequential(mytorch.nn.Linear(2, 3), Scale(3), Cube(), mytorch.nn.Linear(3, 1))
    return mine, torch.nn.Sequential(torch.nn.Linear(2, 3), TheirScale(3), TheirCube(), torch.nn.Linear(3, 1))


@pytest.mark.parametrize("style", ["walk", "tape"])
def test_layers_written_by_hand_learn(style):
    mine, theirs = by_hand()
    optimizer = mytorch.optim.AdamW(mine if style == "walk" else mine.parameters(), lr=0.01)
    other = torch.optim.AdamW(theirs.parameters(), lr=0.01)
    criterion = mytorch.nn.BCEWithLogitsLoss(mine) if style == "walk" else mytorch.nn.BCEWithLogitsLoss()
    for _ in range(20):
        loss = criterion(mine(mytorch.tensor(X)), mytorch.tensor(Y))
        (criterion if style == "walk" else loss).backward()
        optimizer.step()
        optimizer.zero_grad()
        other.zero_grad()
        expected = torch.nn.BCEWithLogitsLoss()(theirs(torch.tensor(X)), torch.tensor(Y))
        expected.backward()
        other.step()
        assert abs(loss.item() - expected.item()) < 1e-5


def test_layers_written_by_hand_are_one_node_and_keep_their_calls_apart():
    mine, theirs = by_hand()
    x, t = mytorch.tensor(X, requires_grad=True), torch.tensor(X, requires_grad=True)
    (mine(x) + mine(x * 3)).sum().backward()
    (theirs(t) + theirs(t * 3)).sum().backward()
    np.testing.assert_allclose(x.grad, t.grad.numpy(), rtol=2e-5, atol=1e-5)
    np.testing.assert_allclose(mine[1].parameters["weight"].grad, theirs[1].weight.grad.numpy(), rtol=2e-5, atol=1e-5)


def test_hooks_wait_for_layers_written_by_hand_too():
    """Before, behind, and on the way back."""
    class Double(mytorch.nn.Module):
        def forward(self, x):
            return np.asarray(x) * 2

        def backward(self, cgrad):
            return np.asarray(cgrad) * 2
    layer, told, x = Double(), [], mytorch.ones(3, requires_grad=True)
    layer.register_forward_pre_hook(lambda module, args: (args[0] + 1,))
    layer.register_forward_hook(lambda module, args, out: told.append(out.tolist()))
    layer.register_full_backward_hook(lambda module, grad_in, grad_out: (grad_in[0] + grad_out[0],))
    layer(x).sum().backward()
    assert told == [[4.0] * 3] and x.grad.tolist() == [3.0] * 3


def test_a_layer_whose_backward_is_watched_is_freed_by_its_last_reference():
    module, x = mytorch.nn.Linear(3, 3), mytorch.ones(2, 3, requires_grad=True)
    module.register_full_backward_hook(lambda *_: None)
    gone = weakref.ref(module)
    module(x).sum().backward()
    gc.disable()
    try:
        del module
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("layer", [mytorch.nn.Identity(), mytorch.nn.Dropout().eval(), mytorch.nn.Linear(3, 3)])
def test_nothing_is_kept_alive_where_nothing_is_recorded(layer):
    x = mytorch.ones(2, 3, requires_grad=True) * 2
    gone = weakref.ref(x)
    with mytorch.no_grad():
        layer(x)
    del x
    assert gone() is None


def test_autograd_grad_through_a_layer_written_by_hand_leaves_grad_alone():
    mine, theirs = by_hand()
    weight = mine[1].parameters["weight"]
    (g,) = mytorch.autograd.grad(mine(mytorch.tensor(X)).sum(), [weight])
    (expected,) = torch.autograd.grad(theirs(torch.tensor(X)).sum(), [theirs[1].weight])
    np.testing.assert_allclose(g, expected.numpy(), rtol=2e-5, atol=1e-5)
    assert not np.asarray(weight.grad).any()


class SquareError(mytorch.AbsLoss):
    """The sum of squares by hand, as the tutorial writes its losses: forward and outgrad."""

    def forward(self, prediction, target):
        self.out, self.hat = np.asarray(prediction), np.asarray(target)
        return ((self.out - self.hat) ** 2).sum()

    @property
    def outgrad(self):
        return 2 * (self.out - self.hat)


@pytest.mark.parametrize("style", ["loss", "criterion", "behind the net"])
def test_a_loss_written_by_hand_goes_back_in_both_spellings(style):
    mine, theirs = by_hand()
    criterion, scale = SquareError(mine), 3.0 if style == "behind the net" else 1.0
    loss = criterion(mine(mytorch.tensor(X)) * scale, mytorch.tensor(Y))
    (loss if style == "loss" else criterion).backward()
    expected = ((theirs(torch.tensor(X)) * scale - torch.tensor(Y)) ** 2).sum()
    expected.backward()
    assert abs(loss.item() - expected.item()) < 1e-3
    for p, q in zip(mine.parameters(), theirs.parameters()):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=2e-5, atol=1e-4)


class Forgetful(mytorch.AbsModule):
    """Computes in NumPy and has no backward."""

    def forward(self, x):
        return np.asarray(x) * 2


class OneOfTwo(mytorch.AbsModule):
    """a * b, with a gradient for a alone."""

    def forward(self, a, b):
        self.b = np.asarray(b)
        return np.asarray(a) * self.b

    def backward(self, cgrad):
        return np.asarray(cgrad) * self.b


class WrongShape(Scale):
    def backward(self, cgrad):
        return np.ones((2, 2), np.float32)


def second_gradient(x):
    (g,) = mytorch.autograd.grad(Cube()(x).sum(), x, create_graph=True)
    (g + x).sum().backward()


MISTAKES = {
    "no backward": (lambda x: Forgetful()(x), "Forgetful.forward returned a NumPy array, and with it the gradient "
                                              "would end: write Forgetful.backward by hand"),
    "a gradient too few": (lambda x: OneOfTwo()(x, x).sum().backward(), "OneOfTwo.backward returned 1 gradients, "
                                                                        "expected one for each of its 2 inputs"),
    "a gradient of another shape": (lambda x: WrongShape(3)(x).sum().backward(), "WrongShapeBackward returned an "
                                                                                 "invalid gradient at index 0"),
    "given one of a shape that does not fit": (
        lambda x: [layer := mytorch.nn.Linear(3, 2), layer(x), layer.backward(np.ones((5, 2), np.float32))],
        r"Mismatch in shape: grad_output\[0\] has a shape of torch.Size\(\[5, 2\]\) and output\[0\]"),
    "differentiated twice": (second_gradient, "Cube.backward is written by hand, and the gradient it gives cannot"),
    "a loss that was not called": (lambda x: mytorch.nn.MSELoss(Scale(3)).backward(), "MSELoss has not been called"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_with_layers_of_ones_own_are_told(name):
    call, told = MISTAKES[name]
    with pytest.raises(RuntimeError, match=told):
        call(mytorch.ones(4, 3, requires_grad=True))


def test_a_gradient_that_nobody_wants_may_be_left_out():
    a = mytorch.ones(3, requires_grad=True)
    OneOfTwo()(a, mytorch.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert a.grad.tolist() == [1, 2, 3]
    with mytorch.no_grad():
        assert type(Forgetful()(a)) is np.ndarray


def test_loss_backward_without_a_net_says_what_to_do():
    criterion = mytorch.nn.MSELoss()
    criterion(mytorch.tensor([1.0], requires_grad=True), mytorch.tensor([2.0]))
    with pytest.raises(RuntimeError, match=r"construct MSELoss\(net\), or call backward\(\) on the loss"):
        criterion.backward()


def test_a_wrong_shape_names_the_layer_by_its_path():
    net, _ = built("Nested")
    with pytest.raises(RuntimeError) as caught:
        net(mytorch.tensor(np.ones((7, 3), np.float32)))
    assert str(caught.value).splitlines() == [
        "mat1 and mat2 shapes cannot be multiplied (7x3 and 2x4)",
        "  in:       Nested.body.0 = Linear(in_features=2, out_features=4, bias=True)",
        "  expected: input of shape (*, 2)",
        "  got:      (7, 3), float32",
        "  do:       use nn.Linear(3, 4), or bring the 2 features to the last axis"]


def deep(nn, layer):
    """A net whose forward calls the layer five attributes down, past a list and a dict that are never called."""
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.ModuleDict({"layer": layer})

        def forward(self, *inputs):
            return self.inner["layer"](*inputs)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Module()
            self.encoder.blocks = nn.ModuleList([nn.Identity(), Block()])

        def forward(self, *inputs):
            return self.encoder.blocks[1](*inputs)
    return Net()


#: layer; shapes of its inputs (numbers stand for class numbers); what the error says was expected.
WRONG = [
    ("Linear(3, 4)", [(2, 5)], "input of shape (*, 3)"),
    ("Bilinear(3, 4, 2)", [(2, 3), (2, 5)], "inputs of shapes (*, 3) and (*, 4), alike in *"),
    ("Conv2d(3, 4, 2)", [(2, 5, 7, 7)], "input of shape (N, 3, H, W) or (3, H, W)"),
    ("ConvTranspose1d(3, 4, 2)", [(2, 5, 7)], "input of shape (N, 3, L) or (3, L)"),
    ("BatchNorm2d(3)", [(2, 5, 4, 4)], "input of shape (N, 3, H, W)"),
    ("InstanceNorm1d(3, affine=True)", [(2, 3)], "input of shape (N, 3, L) or (3, L)"),
    ("LayerNorm(3)", [(2, 5)], "input of shape (*, 3)"),
    ("GroupNorm(2, 4)", [(2, 6, 3)], "input of shape (N, 4, *)"),
    ("Embedding(3, 4)", [5], "row numbers in [0, 3)"),
    ("LSTM(3, 4)", [(2, 2, 5)], "input of shape (L, N, 3), or (L, 3) for one sequence"),
    ("GRUCell(3, 4)", [(2, 5)], "input of shape (N, 3) or (3,)"),
    ("MultiheadAttention(4, 2)", [(2, 2, 5)] * 3, "query (L, N, 4), key (L, N, 4), value (L, N, 4)"),
    ("MaxPool2d(9)", [(1, 1, 3, 3)], "input of shape (N, C, H, W) or (C, H, W)"),
    ("PReLU(4)", [(2, 5)], None),
    ("Unflatten(1, (2, 3))", [(2, 5)], None),
    ("CosineSimilarity()", [(2, 3), (2, 4)], None),
    ("MSELoss()", [(2, 3), (2, 4)], "input and target of the same shape"),
    ("BCEWithLogitsLoss()", [(2, 1), (2,)], "input and target of the same shape"),
    ("CrossEntropyLoss()", [(2, 3), 5], "input (N, C, *), target (N, *) of class numbers in [0, C); or probabilities "
                                        "shaped like the input"),
    ("TripletMarginLoss()", [(2, 3), (2, 4), (2, 3)], "anchor, positive and negative of the same shape"),
]


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(("layer", "shapes", "expected"), WRONG, ids=[layer for layer, *_ in WRONG])
def test_every_layer_deep_in_a_net_is_named_by_its_path(layer, shapes, expected):
    """The first line is torch's; then where, what was expected, what came."""
    told = []
    for library in (torch, mytorch):
        net = deep(library.nn, eval("nn." + layer, {"nn": library.nn}))
        inputs = [library.tensor([shape] * 2) if isinstance(shape, int) else library.zeros(shape) for shape in shapes]
        with pytest.raises(Exception) as caught:  # noqa: B017, PT011 (compared with torch's below)
            net(*inputs)
        told.append((caught.type, str(caught.value).splitlines()))
    (kind, theirs), (mine, lines) = told
    assert (mine, lines[0]) == (kind, theirs[0])
    assert lines[1].startswith(f"  in:       Net.encoder.blocks.1.inner.layer = {layer.split('(')[0]}(")
    given = {line.split(":")[0].strip(): line for line in lines[2:]}
    assert "got" in given
    assert given.get("expected") == (expected and f"  expected: {expected}")


#: What a beginner's net is given; the end of the error: what came, and what to do.
BEGINNERS = [
    ("nn.Sequential(nn.LSTM(8, 16), nn.Linear(16, 2))(torch.zeros(5, 1, 8))",
     "got: a tuple ((5, 1, 16), float32; a tuple ((1, 1, 16), float32; (1, 1, 16), float32)) do: hand on the one that "
     "is meant: recurrent layers return (output, state), attention (output, weights)"),
    ("nn.Linear(2, 3)([[1.0, 2.0]])", "got: list do: make it a Tensor, as with torch.tensor(...)"),
    ("nn.Sequential(Forgot(), nn.Linear(2, 3))(torch.zeros(1, 2))",
     "got: NoneType do: see that what is called before returns something"),
    ("nn.Sequential(nn.Conv2d(1, 4, 3), nn.Linear(16, 2))(torch.zeros(2, 1, 4, 4))",
     "got: (2, 4, 2, 2), float32 do: flatten it first, by nn.Flatten() or x.flatten(1)"),
    ("nn.Linear(2, 3)(torch.zeros(1, 2).double())",
     "got: (1, 2), float64 do: convert the input, by x.to(torch.float32)"),
    ("nn.BatchNorm1d(3)(torch.zeros(1, 3))",
     "got: (1, 3), float32 do: train on more than one sample at a time, or call eval() before using the net"),
    ("nn.GroupNorm(2, 8)(torch.zeros(2, 4))",
     "got: (2, 4), float32 do: use nn.GroupNorm(2, 4), or bring the 8 channels to axis 1"),
    ("nn.CrossEntropyLoss()(torch.zeros(2, 3), torch.tensor([0, 3]))",
     "got: (2, 3), float32; (2,), int64, from 0 to 3"),
    ("nn.CrossEntropyLoss()(torch.zeros(2, 3), torch.tensor([0.0, 1.0]))",
     "got: (2, 3), float32; (2,), float32 do: bring class numbers to whole numbers, by target.long()"),
    ("nn.CrossEntropyLoss()(torch.zeros(2, 3), torch.tensor([[0], [1]]))",
     "got: (2, 3), float32; (2, 1), int64 do: take the dimension of size 1 out, by target.squeeze(1)"),
    ("nn.NLLLoss()(torch.zeros(2, 3), torch.zeros(2, 3))",
     "got: (2, 3), float32; (2, 3), float32 do: take the numbers of the largest, by target.argmax(1)"),
]


@pytest.mark.parametrize("call, end", BEGINNERS, ids=[call for call, _ in BEGINNERS])
def test_an_error_says_what_came_and_what_to_do(call, end):
    told = []
    for library in (torch, mytorch):
        class Forgot(library.nn.Module):
            def forward(self, x):
                x * 2  # noqa: B018
        with pytest.raises(Exception) as caught:  # noqa: B017, PT011 (compared with torch's below)
            eval(call, {"nn": library.nn, "torch": library, "Forgot": Forgot})
        told.append((caught.type, str(caught.value)))
    (kind, theirs), (mine, ours) = told
    assert (mine, ours.split("\n")[0]) == (kind, theirs.split("\n")[0])
    assert " ".join(ours.split()).endswith(end)


def test_a_slip_in_a_forward_is_told_as_python_tells_it():
    class Net(mytorch.nn.Module):
        def forward(self, parts):
            return self.missing(parts)
    with pytest.raises(AttributeError) as caught:
        Net()([mytorch.ones(1)])
    assert str(caught.value) == "'Net' object has no attribute 'missing'"
