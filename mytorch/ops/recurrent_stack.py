"""Recurrent networks: layers upon layers, in one direction or both, over batches or packed sequences; and single cells.

These are torch's functions behind nn.RNN, nn.GRU, nn.LSTM and their cells.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..engine.tensor import Tensor
from .dropout import drop
from .joining import cat, stack
from .recurrent import gru_layer, lstm_layer, rnn_layer
from .shape import transpose

__all__ = ["gru", "gru_cell", "lstm", "lstm_cell", "rnn_relu", "rnn_relu_cell", "rnn_tanh", "rnn_tanh_cell"]

_DENSE = ("input", "hx", "params", "has_biases", "num_layers", "dropout", "train", "bidirectional", "batch_first")
_PACKED = ("data", "batch_sizes", *_DENSE[1:-1])


# ------------------------------------------------------------------ one layer, by kind

def _tanh_layer(x: Any, states: list, w: list, sizes: Any, reverse: bool) -> tuple:
    return _floating(rnn_layer, x)(x, *w[:4], *states, sizes, reverse, False)


def _relu_layer(x: Any, states: list, w: list, sizes: Any, reverse: bool) -> tuple:
    return _floating(rnn_layer, x)(x, *w[:4], *states, sizes, reverse, True)


def _gru_layer(x: Any, states: list, w: list, sizes: Any, reverse: bool) -> tuple:
    return _floating(gru_layer, x)(x, *w[:4], *states, sizes, reverse)


def _lstm_layer(x: Any, states: list, w: list, sizes: Any, reverse: bool) -> tuple:
    return _floating(lstm_layer, x)(x, *w[:4], *states, w[4], sizes, reverse)


def _floating(kernel: Any, x: Any) -> Callable:
    """The kernel; for complex numbers, of which its way back knows nothing, its definition."""
    return kernel.op.definition if x.dtype.kind == "c" else kernel


# ------------------------------------------------------------------ all layers

def _spelled(name: str, args: tuple, kwargs: dict) -> dict:
    """The arguments by name; whether batches or packed sequences are meant shows where `has_biases` stands."""
    packed = "data" in kwargs or "batch_sizes" in kwargs or len(args) > 3 and not isinstance(args[3], bool)
    names = _PACKED if packed else _DENSE
    given = {**dict(zip(names, args)), **kwargs}
    if len(args) > len(names) or given.keys() != set(names):
        raise TypeError(f"{name}() received an invalid combination of arguments, expected ({', '.join(_DENSE)}) or "
                        f"({', '.join(_PACKED)})")
    return given


def _weights(params: Any, has_biases: bool, projected: bool, count: int) -> list[list]:
    """[w_ih, w_hh, b_ih, b_hh, w_hr] of each layer and direction, None where there is none."""
    each = 2 + 2 * has_biases + projected
    if len(params) != each * count:
        raise RuntimeError("got an incorrect number of RNN parameters")
    found = []
    for i in range(0, len(params), each):
        some = list(params[i:i + each])
        found.append([*some[:2 + 2 * has_biases], *([] if has_biases else [None, None]),
                      some[-1] if projected else None])
    return found


def _network(layer: Callable, states: list, given: dict, projected: bool = False) -> tuple:
    """The states after each step of the last layer, and the final states of all layers.

    states: the initial h (and c), each (layers * directions, B, H).
    """
    x, sizes, train = given.get("input"), None, given["train"]
    if x is None:
        x, sizes = given["data"], tuple(np.asarray(given["batch_sizes"]).tolist())
    elif given["batch_first"]:
        x = transpose(x, 0, 1)
    if sizes is None and not x.shape[0]:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    directions = 2 if given["bidirectional"] else 1
    count = given["num_layers"] * directions
    weights = _weights(given["params"], given["has_biases"], projected, count)
    batch = x.shape[1] if sizes is None else sizes[0]
    for s in states:
        if s.shape[0] < count:
            raise RuntimeError("Expected more hidden states in stacked_rnn")
        if s.shape[1] != batch:
            raise RuntimeError(f"The size of tensor a ({s.shape[1]}) must match the size of tensor b ({batch}) at "
                               "non-singleton dimension 0")
    starts = list(zip(*[s.unbind(0) for s in states]))
    final = []
    for i in range(0, count, directions):
        runs = [layer(x, starts[i + d], weights[i + d], sizes, d == 1) for d in range(directions)]
        final += [run[1:] for run in runs]
        x = runs[0][0] if directions == 1 else cat([run[0] for run in runs], -1)
        if given["dropout"] and train and i + directions < count:
            x = drop(x, given["dropout"], train, False)
    if sizes is None and given["batch_first"]:
        x = transpose(x, 0, 1)
    return (x, *[stack(parts) for parts in zip(*final)])


def _declare(name: str, layer: Callable, formula: str) -> Callable:
    def run(*args: Any, **kwargs: Any) -> tuple:
        given = _spelled(name, args, kwargs)
        return _network(layer, [given["hx"]], given)
    run.__name__ = run.__qualname__ = name
    run.__doc__ = f"""A recurrent network of the step {formula}.

        {name}(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
        {name}(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)

    Args:
        input: (T, B, D), with batch_first (B, T, D).  data, batch_sizes: those of a PackedSequence.
        hx: the initial states, (layers * directions, B, H).
        params: for each layer and direction w_ih, w_hh, b_ih, b_hh (without biases the first two).
        dropout: how much to drop, while `train`, of what a layer passes to the next.
    Returns: (the last layer's states, shaped as the input but for their width; the final states of all layers).

    As torch.{name}.
    """
    return run


rnn_tanh = _declare("rnn_tanh", _tanh_layer, "h' = tanh(W_ih x + b_ih + W_hh h + b_hh)")
rnn_relu = _declare("rnn_relu", _relu_layer, "h' = relu(W_ih x + b_ih + W_hh h + b_hh)")
gru = _declare("gru", _gru_layer, "h' = (1 - z) n + z h")


def lstm(*args: Any, **kwargs: Any) -> tuple:
    """A recurrent network of the step c' = f c + i g, h' = o tanh(c').

        lstm(input, (h, c), params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
        lstm(data, batch_sizes, (h, c), params, has_biases, num_layers, dropout, train, bidirectional)

    As rnn_tanh; the final states are h and c.  Where h is narrower than c, each layer and direction has one weight
    more, which projects h.  As torch.lstm.
    """
    given = _spelled("lstm", args, kwargs)
    states = given["hx"]
    if isinstance(states, Tensor):
        raise TypeError("lstm(): argument 'hx' (position 2) must be tuple of Tensors, not Tensor")
    if len(states) != 2:
        raise RuntimeError("lstm expects two hidden states")
    return _network(_lstm_layer, list(states), given, states[0].shape[2] != states[1].shape[2])


# ------------------------------------------------------------------ cells

def _check_cell(input: Any, w_ih: Any, w_hh: Any, states: list) -> None:
    """Raise torch's errors where input, states and weights do not fit together."""
    if input.shape[1] != w_ih.shape[1]:
        raise RuntimeError(f"input has inconsistent input_size: got {input.shape[1]} expected {w_ih.shape[1]}")
    for i, state in enumerate(states):
        if state.shape[0] != input.shape[0]:
            raise RuntimeError(f"Input batch size {input.shape[0]} doesn't match hidden{i} batch size {state.shape[0]}")
        if state.shape[1] != w_hh.shape[1]:
            raise RuntimeError(f"hidden{i} has inconsistent hidden_size: got {state.shape[1]}, expected "
                               f"{w_hh.shape[1]}")


def _declare_cell(name: str, layer: Callable, formula: str) -> Callable:
    def run(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
        _check_cell(input, w_ih, w_hh, [hx])
        return layer(input, [hx], [w_ih, w_hh, b_ih, b_hh], (input.shape[0],), False)[0]
    run.__name__ = run.__qualname__ = name
    run.__doc__ = f"One step {formula}: input (B, D), hx (B, H) -> (B, H).  As torch.{name}."
    return run


rnn_tanh_cell = _declare_cell("rnn_tanh_cell", _tanh_layer, "h' = tanh(W_ih x + b_ih + W_hh h + b_hh)")
rnn_relu_cell = _declare_cell("rnn_relu_cell", _relu_layer, "h' = relu(W_ih x + b_ih + W_hh h + b_hh)")
gru_cell = _declare_cell("gru_cell", _gru_layer, "of a GRU")


def lstm_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> tuple:
    """One step of an LSTM: input (B, D), hx = (h, c) each (B, H) -> (h', c').  As torch.lstm_cell."""
    if isinstance(hx, Tensor):
        raise TypeError("lstm_cell(): argument 'hx' (position 2) must be tuple of Tensors, not Tensor")
    if len(hx) != 2:
        raise RuntimeError("lstm_cell expects two hidden states")
    _check_cell(input, w_ih, w_hh, list(hx))
    out, _, c = _lstm_layer(input, list(hx), [w_ih, w_hh, b_ih, b_hh, None], (input.shape[0],), False)
    return out, c
