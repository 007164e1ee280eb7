"""Recurrent networks and cells against torch: how they begin, compute, learn and fail; sequences padded and packed."""
import warnings

import numpy as np
import pytest
import torch
from both_sides import same, same_error
from layer_sides import same_layer, same_layer_error

import mytorch
from mytorch.ops import recurrent

NETWORKS = "RNN", "GRU", "LSTM"
CELLS = "RNNCell", "GRUCell", "LSTMCell"

#: constructor arguments; the call; {0}: what a state is, h or (h, c).
RUNS = [
    ("3, 4", "layer(x(5, 2, 3))"),
    ("3, 4", "layer(x(1, 2, 3))"),
    ("3, 4", "layer(x(12, 2, 3))"),
    ("3, 4", "layer(x(5, 3))"),
    ("3, 4, 2, bidirectional=True", "layer(x(5, 3))"),
    ("3, 4, batch_first=True", "layer(x(5, 3))"),
    ("3, 4, bias=False", "layer(x(5, 2, 3))"),
    ("3, 4, 2", "layer(x(5, 2, 3))"),
    ("3, 4, bidirectional=True", "layer(x(5, 2, 3))"),
    ("3, 4, num_layers=2, bidirectional=True, batch_first=True", "layer(x(2, 5, 3))"),
    ("3, 4, num_layers=3, dropout=0.4", "layer(x(5, 2, 3))"),
    ("3, 4, num_layers=2, dropout=0.4, bidirectional=True, batch_first=True, bias=False", "layer(x(2, 5, 3))"),
    ("3, 4", "layer(x(5, 2, 3), {1})"),
    ("3, 4", "layer(x(5, 3), {1s})"),
    ("3, 4, num_layers=2, bidirectional=True", "layer(x(5, 2, 3), {4})"),
    ("3, 4", "layer(x(5, 2, 3))[1]"),
    ("3, 4", "layer(pack(x(5, 3, 3), [5, 3, 1]))"),
    ("3, 4", "layer(pack(x(5, 3, 3), [5, 5, 5]))"),
    ("3, 4", "layer(pack(x(5, 2, 3), [2, 5], enforce_sorted=False), {1})"),
    ("3, 4, num_layers=2, bidirectional=True", "layer(pack(x(5, 2, 3), [2, 5], enforce_sorted=False), {4})"),
    ("3, 4, num_layers=2, dropout=0.5, batch_first=True", "layer(pack(x(3, 5, 3), [4, 2, 1], batch_first=True))"),
]
OWN_RUNS = [
    ("nn.RNN(3, 4, nonlinearity='relu')", "layer(x(5, 2, 3))"),
    ("nn.RNN(3, 4, 2, 'relu', False)", "layer(x(5, 2, 3))"),
    ("nn.LSTM(3, 4, proj_size=2)", "layer(x(5, 2, 3))"),
    ("nn.LSTM(3, 4, proj_size=2)", "layer(x(5, 3), (x(1, 2), x(1, 4)))"),
    ("nn.LSTM(3, 4, 2, proj_size=2, bidirectional=True, bias=False)", "layer(x(5, 2, 3))"),
    ("nn.LSTM(3, 4, 2, proj_size=2)", "layer(pack(x(5, 3, 3), [5, 3, 1]), (x(2, 3, 2), x(2, 3, 4)))"),
    ("nn.RNNCell(3, 4, nonlinearity='relu')", "layer(x(2, 3))"),
]
CELL_RUNS = [
    ("3, 4", "layer(x(2, 3))"),
    ("3, 4", "layer(x(3))"),
    ("3, 4, bias=False", "layer(x(2, 3), {c})"),
    ("3, 4", "layer(x(3), {cs})"),
    ("3, 4", "layer(x(0, 3))"),
]


def states(name, call):
    """The call with the states such a network takes."""
    pair = name.startswith("LSTM")
    for key, shape in (("{1}", "x(1, 2, 4)"), ("{4}", "x(4, 2, 4)"), ("{1s}", "x(1, 4)"), ("{c}", "x(2, 4)"),
                       ("{cs}", "x(4)")):
        call = call.replace(key, f"({shape}, {shape})" if pair else shape)
    return call.replace("pack(", "nn.utils.rnn.pack_padded_sequence(")


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("arguments", "call"), RUNS)
def test_networks(name, arguments, call):
    same_layer(f"nn.{name}({arguments})", states(name, call))


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize(("arguments", "call"), CELL_RUNS)
def test_cells(name, arguments, call):
    same_layer(f"nn.{name}({arguments})", states(name, call))


@pytest.mark.parametrize(("made", "call"), OWN_RUNS)
def test_options_of_one_kind(made, call):
    same_layer(made, states("", call))


@pytest.mark.parametrize("kind", ["complex64", "float16", "bfloat16"])
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.filterwarnings("ignore:Complex modules")
def test_other_types(name, kind):
    found = []
    for library in (torch, mytorch):
        library.manual_seed(0)
        layer = getattr(library.nn, name)(3, 4).to(getattr(library, kind))
        x = library.randn(5, 2, 3).to(getattr(library, kind)).requires_grad_()
        y, _ = layer(x)
        assert str(y.dtype).endswith(kind)
        y.abs().sum().backward()
        found.append([t.to(getattr(library, "complex64" if kind == "complex64" else "float32")).detach().numpy()
                      for t in (y, x.grad, *(p.grad for p in layer.parameters()))])
    for ours, theirs in zip(found[1], found[0]):
        np.testing.assert_allclose(ours, theirs, atol={"complex64": 1e-5, "float16": 0.02, "bfloat16": 0.15}[kind])


# ------------------------------------------------------------------ kernel and definition

H, D, B = 3, 2, 3
KERNELS = {
    "tanh": (recurrent.rnn_layer, 1, False, (False,)), "relu": (recurrent.rnn_layer, 1, False, (True,)),
    "gru": (recurrent.gru_layer, 3, False, ()), "lstm": (recurrent.lstm_layer, 4, False, (None,)),
    "projected": (recurrent.lstm_layer, 4, True, (None,)),
}


@pytest.mark.parametrize("kind", KERNELS)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sizes", [None, (3, 3, 3), (3, 3, 2, 1), (3,), (3, 1, 1, 1, 1, 1, 1, 1, 1, 1)])
@pytest.mark.parametrize("bias", [False, True])
def test_kernel_is_its_definition(kind, reverse, sizes, bias):
    kernel, gates, projected, last = KERNELS[kind]
    random = np.random.RandomState(1)

    def tensor(*shape):
        return mytorch.tensor(random.standard_normal(shape)).requires_grad_()
    width = 2 if projected else H
    x = tensor(4, B, D) if sizes is None else tensor(sum(sizes), D)
    biases = [tensor(gates * H), tensor(gates * H)] if bias else [None, None]
    more = [tensor(B, H), tensor(2, H) if projected else None] if kernel is recurrent.lstm_layer else []
    given = [x, tensor(gates * H, D), tensor(gates * H, width), *biases, tensor(B, width), *more, sizes, reverse,
             *(last if not more else ())]
    leaves = [t for t in given if isinstance(t, mytorch.Tensor)]
    found = []
    for run in (kernel, kernel.op.definition):
        y = run(*given)
        weights = [mytorch.tensor(np.cos(np.arange(t.numel()).reshape(t.shape))) for t in y]
        found.append([*y, *mytorch.autograd.grad(y, leaves, weights)])
    for one, other in zip(*found):
        np.testing.assert_allclose(one.detach(), other.detach(), rtol=1e-12, atol=1e-13)


def test_what_backward_needs_must_not_have_changed():
    layer = mytorch.nn.GRU(2, 3)
    y, _ = layer(mytorch.randn(4, 1, 2))
    y.detach().add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


# ------------------------------------------------------------------ failing

BOTH_FAIL = [("", "3, 4", f"layer({call})") for call in (
    "t(3)", "t(2, 3, 4, 5)", "t(5, 2, 4)", "t(5, 2, 3, dtype='float64')", "t(5, 4)", "t(0, 2, 3)",
    "torch.ones(5, 2, 3, dtype=torch.int64)", "[1, 2]")]
FAILING = [("RNN GRU LSTM", arguments, "layer") for arguments in (
    "3, 4, dropout=2", "3, 4, dropout=True", "3, 4, dropout='a'", "3, 'a'", "3, 0", "3, 4, 0", "3.5, 4", "0, 4",
    "3, 4, proj_size=4", "3, 4, proj_size=-1", "", "3", "3, 4, foo=1")]
FAILING += [("RNN GRU LSTM", "3, 4", f"layer({call})") for call in (
    "t(3)", "t(2, 3, 4, 5)", "t(5, 2, 4)", "t(5, 2, 3, dtype='float64')", "t(5, 4)", "t(0, 2, 3)",
    "torch.ones(5, 2, 3, dtype=torch.int64)", "[1, 2]")]
FAILING += [("RNN GRU", "3, 4", f"layer({call})") for call in (
    "t(5, 2, 3), t(2, 4)", "t(5, 2, 3), t(1, 3, 4)", "t(5, 3), t(1, 2, 4)", "t(5, 3), t(2, 4)",
    "t(5, 2, 3), t(1, 2, 4, dtype='float64')", "t(5, 2, 3), (t(1, 2, 4), t(1, 2, 4))")]
FAILING += [("RNN GRU", "3, 4, proj_size=2", "layer")]
FAILING += [("LSTM", "3, 4", f"layer({call})") for call in (
    "t(5, 2, 3), t(1, 2, 4)", "t(5, 2, 3), t(2, 4)", "t(5, 3), (t(2, 4), t(1, 4))",
    "t(5, 2, 3), (t(1, 2, 4), t(1, 3, 4))", "t(5, 2, 3), (t(1, 2, 5), t(1, 2, 4))",
    "t(5, 2, 3), (t(2, 4), t(2, 4))", "t(5, 3), (t(1, 2, 4), t(1, 2, 4))")]
FAILING += [("LSTM", "3, 4, proj_size=2", "layer(t(5, 2, 3), (t(1, 2, 4), t(1, 2, 4)))")]
FAILING += [("RNN", "3, 4, nonlinearity='gelu'", "layer"), ("RNN", "3, 4, 2, 'relu', nonlinearity='tanh'", "layer"),
            ("RNN", "'relu', 3, 4", "layer"), ("RNNBase", "'FOO', 3, 4", "layer"), ("RNNBase", "'LSTM', 3", "layer")]
FAILING += [("GRU", "3, 4", "layer(nn.utils.rnn.pack_sequence([t(3, 3), t(2, 3)]), t(1, 3, 4))"),
            ("GRU", "2, 4", "layer(nn.utils.rnn.pack_sequence([t(3, 3), t(2, 3)]))")]
FAILING += [("RNNCell GRUCell LSTMCell", "3, 4", f"layer({call})") for call in (
    "t(1, 2, 3)", "t(2, 4)", "t(4)", "t(2, 3, dtype='float64')")]
FAILING += [("RNNCell GRUCell LSTMCell", "-3, 4", "layer")]
FAILING += [("RNNCell GRUCell", "3, 4", f"layer({call})") for call in (
    "t(2, 3), t(3, 4)", "t(2, 3), t(4)", "t(3), t(1, 4)", "t(2, 3), t(2, 5)", "t(2, 3), t(1, 2, 4)",
    "t(2, 3), (t(2, 4), t(2, 4))")]
FAILING += [("LSTMCell", "3, 4", f"layer({call})") for call in (
    "t(2, 3), t(2, 4)", "t(2, 3), t(4)", "t(3), t(1, 4)", "t(2, 3), t(1, 2, 4)", "t(2, 3), (t(2, 4), t(3, 4))",
    "t(2, 3), (t(2, 5), t(2, 4))", "t(3), (t(1, 4), t(1, 4))", "t(2, 3), (t(1, 2, 4), t(2, 4))",
    "t(2, 3), (t(2, 4), t(1, 2, 4))", "t(3), (t(4), t(2, 4))")]
FAILING += [("RNNCell", "3, 4, nonlinearity='gelu'", "layer(t(2, 3))")]


@pytest.mark.parametrize(("name", "arguments", "call"),
                         [(name, *rest) for names, *rest in FAILING for name in names.split()])
def test_errors(name, arguments, call):
    same_layer_error(f"nn.{name}({arguments})", call)


def test_an_error_tells_where():
    net = mytorch.nn.Sequential(mytorch.nn.Linear(3, 3), mytorch.nn.GRU(4, 5))
    with pytest.raises(RuntimeError) as caught:
        net(mytorch.randn(2, 3))
    assert str(caught.value) == (
        "input.size(-1) must be equal to input_size. Expected 4, got 3\n  in:       Sequential.1 = GRU(4, 5)\n"
        "  expected: input of shape (L, N, 4), or (L, 4) for one sequence\n  got:      (2, 3), float32")


@pytest.mark.parametrize(("layer", "shape"), [("LSTM", (5, 0, 3)), ("GRU", (5, 0, 3)), ("LSTMCell", (0, 3))])
def test_no_sequences_teach_nothing(layer, shape):
    net = getattr(mytorch.nn, layer)(3, 4)
    net(mytorch.zeros(shape))[0].sum().backward()
    assert not any(np.asarray(p.grad).any() for p in net.parameters())


def test_useless_dropout_warns():
    for library in (torch, mytorch):
        with pytest.warns(UserWarning, match="dropout option adds dropout after all but last recurrent layer"):
            library.nn.LSTM(3, 4, dropout=0.1)


# ------------------------------------------------------------------ what else a network is asked

@pytest.mark.parametrize("expression", [
    "nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2)._all_weights", "nn.GRU(3, 4, bias=False)._flat_weights_names",
    "[[w.shape for w in ws] for ws in nn.RNN(3, 4, 2).all_weights]", "nn.GRU(3, 4).mode",
    "nn.RNN(3, 4, 1, 'relu').mode",
    "nn.RNN(3, 4).nonlinearity", "nn.LSTM(3, 4).flatten_parameters()", "nn.RNNBase('RNN_TANH', 3, 4)",
    "nn.GRU(3, 4, 2).double()(t(5, 2, 3))[0].is_contiguous()",
    "nn.GRU(3, 4, batch_first=True).double()(t(5, 2, 3))[0].stride()",
    "nn.LSTM(3, 4).double()(t(5, 2, 3))[0].grad_fn.name()", "nn.GRU(3, 4).double()(t(5, 2, 3))[1].grad_fn.name()",
    "nn.LSTM(3, 4)(t(5, 2, 3, dtype='float32'))[0].grad_fn.name()", "nn.RNNCell(3, 4).double()(t(2, 3)).grad_fn.name()",
    "nn.GRUCell(3, 4).double()(t(2, 3)).grad_fn.name()", "nn.LSTMCell(3, 4).double()(t(2, 3))[0].grad_fn.name()",
])
def test_answers(expression):
    from both_sides import Side
    theirs, ours = (Side(library).run(expression)[0] for library in (torch, mytorch))
    assert str(ours) == str(theirs)


FUNCTIONS = [
    "torch.gru(x(5, 2, 3), x(1, 2, 4), [x(12, 3), x(12, 4), x(12), x(12)], True, 1, 0.0, False, False, False)",
    "torch.gru(x(2, 5, 3), x(1, 2, 4), [x(12, 3), x(12, 4)], False, 1, 0.0, False, False, True)",
    "torch.rnn_tanh(x(5, 2, 3), x(2, 2, 4), [x(4, 3), x(4, 4), x(4, 4), x(4, 4)], False, 2, 0.5, True, False, False)",
    "torch.rnn_relu(x(4, 3), torch.tensor([2, 1, 1]), x(1, 2, 4), [x(4, 3), x(4, 4)], False, 1, 0.0, False, False)",
    "torch.lstm(x(5, 2, 3), (x(1, 2, 4), x(1, 2, 4)), [x(16, 3), x(16, 4), x(16), x(16)], True, 1, 0., False, False, "
    "False)",
    "torch.lstm(x(5, 2, 3), [x(1, 2, 2), x(1, 2, 4)], [x(16, 3), x(16, 2), x(2, 4)], False, 1, 0., False, False, "
    "False)",
    "torch.rnn_tanh_cell(x(2, 3), x(2, 4), x(4, 3), x(4, 4), x(4), x(4))",
    "torch.rnn_relu_cell(x(2, 3), x(2, 4), x(4, 3), x(4, 4))",
    "torch.gru_cell(x(2, 3), x(2, 4), x(12, 3), x(12, 4), b_hh=x(12), b_ih=x(12))",
    "torch.lstm_cell(x(2, 3), [x(2, 4), x(2, 4)], x(16, 3), x(16, 4), x(16), x(16))",
]


@pytest.mark.parametrize("expression", FUNCTIONS)
def test_functions(expression):
    same(expression, describe=False)


@pytest.mark.parametrize("expression", [
    "torch.gru(t(5, 2, 3), t(1, 2, 4), [t(12, 3)], True, 1, 0., False, False, False)",
    "torch.gru(t(5, 2, 3), t(1, 2, 4), [t(12, 3), t(12, 4)] * 2, False, 2, 0., False, False, False)",
    "torch.gru(t(5, 2, 3), t(1, 2, 5), [t(12, 3), t(12, 4)], False, 1, 0., False, False, False)",
    "torch.gru(t(5, 2, 4), t(1, 2, 4), [t(12, 3), t(12, 4)], False, 1, 0., False, False, False)",
])
def test_errors_of_functions(expression):
    same_error(expression)


# ------------------------------------------------------------------ nn.utils.rnn

R = "nn.utils.rnn"
SEQUENCES = [
    "pack_padded_sequence(x(4, 3, 2), [4, 2, 1])", "pack_padded_sequence(x(4, 3, 2), torch.tensor([4, 2, 1]))",
    "pack_padded_sequence(x(4, 3, 2), (4, 4, 4))", "pack_padded_sequence(x(4, 3), [3, 2, 2])",
    "pack_padded_sequence(x(4, 3, 2), [1, 4, 2], enforce_sorted=False)",
    "pack_padded_sequence(x(4, 3, 2), [2, 2, 2], enforce_sorted=False)",
    "pack_padded_sequence(x(3, 4, 2), [3, 2, 1], batch_first=True)",
    "pack_padded_sequence(x(3, 4, 2, 2), [1, 2, 4], True, False)",
    "pack_padded_sequence(x(4, 3, 2), torch.tensor([4.0, 2.0, 1.0]))", "pack_padded_sequence(t(4, 3, 2), [5, 2, 1])",
    "pad_packed_sequence(R.pack_padded_sequence(x(4, 3, 2), [3, 2, 1]))",
    "pad_packed_sequence(R.pack_padded_sequence(x(4, 3, 2), [1, 4, 2], enforce_sorted=False), True, -1.0)",
    "pad_packed_sequence(R.pack_padded_sequence(x(4, 3, 2), [1, 4, 2], enforce_sorted=False), total_length=6)",
    "pad_sequence([x(2, 2), x(3, 2), x(1, 2)])", "pad_sequence([x(2, 2), x(3, 2), x(1, 2)], True, 9.0)",
    "pad_sequence((x(2), x(3), x(1)), padding_side='left')", "pad_sequence([x(2, 2), x(3, 2)], True, 1, 'left')",
    "pad_sequence(t(3, 2, 1))", "pad_sequence([torch.ones(2, dtype=torch.int64), torch.ones(3, dtype=torch.int64)])",
    "pad_sequence([x(2, 2), x(2)])", "pack_sequence([x(3, 2), x(2, 2), x(1, 2)])",
    "pack_sequence([x(2, 2), x(3, 2), x(1, 2)], enforce_sorted=False)",
    "unpack_sequence(R.pack_sequence([x(2, 2), x(3, 2), x(1, 2)], enforce_sorted=False))",
    "unpad_sequence(x(3, 3, 2) * 1, torch.tensor([2, 3, 1]))", "unpad_sequence(x(3, 3), torch.tensor([2, 3, 1]), True)",
    "invert_permutation(torch.tensor([2, 0, 1]))",
    "pack_sequence([x(2, 2), x(1, 2)]).to(torch.float32)", "PackedSequence(t(3, 2), torch.tensor([2, 1]))",
    "PackedSequence((t(3, 2), torch.tensor([2, 1])))",
    "PackedSequence(t(3, 2), torch.tensor([2, 1]), torch.tensor([1, 0]))",
]


@pytest.mark.parametrize("expression", SEQUENCES)
def test_sequences(expression):
    same(f"run({R}.{expression.replace('R.', R + '.')})")


@pytest.mark.parametrize("expression", [
    "pack_padded_sequence(t(4, 3, 2), [1, 4, 2])", "pack_padded_sequence(t(4, 3, 2), [4, 2])",
    "pack_padded_sequence(t(4, 3, 2), [4, 2, 0])", "pack_padded_sequence(t(4, 3, 2), torch.tensor([[4, 2, 1]]))",
    "pack_padded_sequence(t(4, 3, 2), [-1, 2, 1], enforce_sorted=False)", "pack_padded_sequence(t(0, 3, 2), [0, 0, 0])",
    "pack_padded_sequence(t(3), [3])", "pad_packed_sequence(R.pack_sequence([t(2, 2)]), total_length=1)",
    "pad_packed_sequence(t(2))", "pad_sequence([])", "pad_sequence(3)", "pad_sequence([t(2), 3])",
    "pad_sequence([t()])",
    "pad_sequence([t(2, 2), t(3, 3)])", "pad_sequence([t(2)], padding_side='up')", "pack_sequence([t(2, 2), t(3, 2)])",
    "pack_sequence([])", "PackedSequence(t(2))", "pack_sequence([t(2, 2)]).cuda()",
])
def test_errors_of_sequences(expression):
    same_error(f"{R}.{expression.replace('R.', R + '.')}")


def test_a_packed_sequence_is_a_named_tuple():
    for library in (torch, mytorch):
        x = library.arange(6.0).reshape(3, 2, 1)
        packed = library.nn.utils.rnn.pack_padded_sequence(x, [2, 3], enforce_sorted=False)
        assert packed._fields == ("data", "batch_sizes", "sorted_indices", "unsorted_indices")
        assert packed.to(library.float32) is packed and packed.cpu() is packed and not packed.is_cuda
        assert str(packed._replace(data=packed.data * 2).data[:, 0].tolist()) == "[2.0, 0.0, 6.0, 4.0, 10.0]"
        assert {name: str(getattr(packed, name)().data.dtype).rpartition(".")[2] for name in (
            "double", "half", "long", "int", "short", "char", "byte", "float")} == {
            "double": "float64", "half": "float16", "long": "int64", "int": "int32", "short": "int16", "char": "int8",
            "byte": "uint8", "float": "float32"}
        text = repr(packed)
        assert text.startswith("PackedSequence(data=tensor([[1.],")
        assert text.endswith("unsorted_indices=tensor([1, 0]))")


def test_state_dict_goes_both_ways():
    theirs, ours = (library.nn.LSTM(3, 4, 2, bidirectional=True) for library in (torch, mytorch))
    ours.load_state_dict({name: mytorch.tensor(p.numpy()) for name, p in theirs.state_dict().items()})
    theirs.load_state_dict({name: torch.tensor(p.numpy()) for name, p in ours.state_dict().items()})
    x = np.random.RandomState(0).standard_normal((5, 2, 3)).astype("float32")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got, expected = ours(mytorch.tensor(x))[0], theirs(torch.tensor(x))[0]
    np.testing.assert_allclose(got.detach(), expected.detach().numpy(), atol=1e-6)
