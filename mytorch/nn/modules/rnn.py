"""Recurrent networks, and their single steps as cells."""
from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..._types import named_dtype
from ..._where import describe, lent
from ...engine.tensor import Tensor, tensor_of
from ...ops import recurrent_stack as stacked
from .. import init
from ..packed import PackedSequence
from .linear import empty
from .module import Module

__all__ = ["GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNBase", "RNNCell", "RNNCellBase"]


def _zeros(*shape: int, like: Any) -> Tensor:
    return tensor_of(np.zeros(shape, like.dtype))


def _draw(module: Module, hidden_size: int) -> None:
    """All parameters from U(-1/sqrt(H), 1/sqrt(H))."""
    bound = 1.0 / math.sqrt(hidden_size) if hidden_size > 0 else 0
    for weight in module.parameters():
        init.uniform_(weight, -bound, bound)


# ------------------------------------------------------------------ networks

_FUNCTIONS = {"RNN_TANH": (stacked.rnn_tanh, 1), "RNN_RELU": (stacked.rnn_relu, 1), "GRU": (stacked.gru, 3),
              "LSTM": (stacked.lstm, 4)}


class RNNBase(Module):
    """What RNN, LSTM and GRU share: layers, in one direction or both, each reading the states of the one before.

    Args:
        mode: "RNN_TANH", "RNN_RELU", "GRU" or "LSTM".
        input_size, hidden_size: D and H, the numbers of features of the input and of the state.
        num_layers: how many layers.  bias: learn b_ih and b_hh.
        batch_first: input and output are (N, L, *) instead of (L, N, *).
        dropout: how much, while training, of a layer's states is dropped before the next layer.
        bidirectional: read the sequence from its end too, with weights "..._reverse"; the states stand side by side.
        proj_size: of an LSTM, project the state h to this many features.

    Parameters of layer k: weight_ih_l{k} (gates * H, D), weight_hh_l{k} (gates * H, H), bias_ih_l{k} and bias_hh_l{k}
    (gates * H,), weight_hr_l{k} (P, H).  All begin with U(-1/sqrt(H), 1/sqrt(H)).
    """
    weight_ih_l0: Any

    def __init__(self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
                 batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0,
                 device: Any = None, dtype: Any = None) -> None:
        _check_sizes(input_size, hidden_size, num_layers, dropout, proj_size)
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        if mode not in _FUNCTIONS:
            raise ValueError("Unrecognized RNN mode: " + mode)
        rows, width = _FUNCTIONS[mode][1] * hidden_size, proj_size or hidden_size
        for i, names in enumerate(self._all_weights):
            below = input_size if i < self._directions else width * self._directions
            shapes = [(rows, below), (rows, width), *[(rows,)] * (2 * bool(bias)),
                      *[(width, hidden_size)] * bool(proj_size)]
            for name, shape in zip(names, shapes):
                setattr(self, name, empty(*shape, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        _draw(self, self.hidden_size)

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _all_weights(self) -> list[list[str]]:
        """The names of the parameters of each layer and direction."""
        kinds = ["weight_ih", "weight_hh", *["bias_ih", "bias_hh"] * bool(self.bias),
                 *["weight_hr"] * bool(self.proj_size)]
        return [[f"{kind}_l{layer}{suffix}" for kind in kinds]
                for layer in range(self.num_layers) for suffix in ("", "_reverse")[:self._directions]]

    _flat_weights_names = property(lambda self: [name for names in self._all_weights for name in names])
    _flat_weights = property(lambda self: [getattr(self, name) for name in self._flat_weights_names])

    @property
    def all_weights(self) -> list[list[Any]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Nothing to do: it is for the GPU that torch's parameters must lie side by side."""

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        for name, usual in (("proj_size", 0), ("num_layers", 1), ("bias", True), ("batch_first", False), ("dropout", 0),
                            ("bidirectional", False)):
            if getattr(self, name) != usual:
                text += f", {name}={getattr(self, name)}"
        return text

    # ---------------------------------------------------------------- forward

    @lent
    def forward(self, input: Any, hx: Any = None) -> Any:
        """(states of the last layer, final states of all layers).

        Args:
            input: (L, N, D), with batch_first (N, L, D); (L, D) for one sequence; or a PackedSequence.
            hx: initial states (layers * directions, N, H), of one sequence without N; None: zeros.  Of an LSTM: (h, c).
        Returns:
            The states h of the last layer, shaped as the input but for the last dimension, directions * H (or a
            PackedSequence); and the final states, shaped as hx.
        """
        if isinstance(input, PackedSequence):
            return self._run_packed(input, hx)
        if input.dim() not in (2, 3):
            name = "tensor " if self.mode.startswith("RNN") else ""
            raise ValueError(f"{self._get_name()}: Expected input to be 2D or 3D, got {input.ndim}D {name}instead")
        single = input.ndim == 2
        states = None if hx is None else self._given_states(hx, input.ndim)
        if single:
            at = 0 if self.batch_first else 1
            input, states = input.unsqueeze(at), None if states is None else [s.unsqueeze(1) for s in states]
        self.check_input(input)
        states = self._checked_states(states, input.shape[0 if self.batch_first else 1], input)
        out, *final = self._function(input, self._as_hx(states), *self._options(), self.batch_first)
        if single:
            out, final = out.squeeze(at), [s.squeeze(1) for s in final]
        return out, self._as_hx(final)

    def _run_packed(self, packed: PackedSequence, hx: Any) -> Any:
        data, sizes, order, back = packed
        states = None if hx is None else [s if order is None else s.index_select(1, order) for s in self._states_in(hx)]
        self.check_input(data, sizes)
        states = self._checked_states(states, int(sizes[0]), data)
        out, *final = self._function(data, sizes, self._as_hx(states), *self._options())
        final = final if back is None else [s.index_select(1, back) for s in final]
        return PackedSequence(out, sizes, order, back), self._as_hx(final)

    @property
    def _function(self) -> Any:
        return _FUNCTIONS[self.mode][0]

    def _options(self) -> tuple:
        return self._flat_weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional

    def _states_in(self, hx: Any) -> list:
        """The states in what the user gives as `hx`; `_as_hx` is the way back."""
        return [hx[0], hx[1]] if self.mode == "LSTM" else [hx]

    def _as_hx(self, states: list) -> Any:
        return tuple(states) if self.mode == "LSTM" else states[0]

    def _given_states(self, hx: Any, ndim: int) -> list:
        """The states, with a batch dimension where the input has one, and without where it has not."""
        states = self._states_in(hx)
        ranks = [s.dim() for s in states]
        if any(rank != ndim for rank in ranks):
            kind = "unbatched 2-D" if ndim == 2 else "batched 3-D"
            if self.mode == "LSTM":
                raise RuntimeError(f"For {kind} input, hx and cx should also be {ndim}-D but got ({ranks[0]}-D, "
                                   f"{ranks[1]}-D) tensors")
            raise RuntimeError(f"For {kind} input, hx should also be {ndim}-D but got {ranks[0]}-D tensor")
        return states

    def _checked_states(self, states: list | None, batch: int, input: Any) -> list:
        """The states to begin with, zeros where none are given; raises where their shape is wrong."""
        widths = [self.proj_size or self.hidden_size, self.hidden_size][:2 if self.mode == "LSTM" else 1]
        shapes = [(self.num_layers * self._directions, batch, width) for width in widths]
        if states is None:
            return [_zeros(*shape, like=input) for shape in shapes]
        for i, (state, shape) in enumerate(zip(states, shapes)):
            self.check_hidden_size(state, shape, f"Expected hidden{f'[{i}]' * (len(shapes) > 1)} size {{}}, got {{}}")
        return states

    def check_input(self, input: Any, batch_sizes: Any = None) -> None:
        """Raise where the input's type or shape does not fit."""
        kind = self.weight_ih_l0.dtype
        if input.dtype != kind:
            has, wants = named_dtype(input.dtype), named_dtype(kind)
            raise ValueError(f"RNN input dtype ({has}) does not match weight dtype ({wants}). Convert input: "
                             f"input.to({wants}), or convert model: model.to({has})")
        expected = 3 if batch_sizes is None else 2
        if input.ndim != expected:
            raise RuntimeError(f"input must have {expected} dimensions, got {input.ndim}")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got "
                               f"{input.shape[-1]}")

    def check_hidden_size(self, hx: Any, expected_hidden_size: tuple,
                          msg: str = "Expected hidden size {}, got {}") -> None:
        """Raise where a state's shape is not this."""
        if tuple(hx.shape) != tuple(expected_hidden_size):
            raise RuntimeError(msg.format(tuple(expected_hidden_size), list(hx.shape)))

    def expected_of(self, input: Any = None, hx: Any = None, *_: Any) -> dict[str, str]:
        """For error messages."""
        form = "(N, L, {0})" if self.batch_first else "(L, N, {0})"
        return {"expected": f"input of shape {form}, or (L, {{0}}) for one sequence".format(self.input_size),
                "got": describe(input) + (f" and hx {describe(hx)}" if hx is not None else "")}


def _check_sizes(input_size: Any, hidden_size: Any, num_layers: Any, dropout: Any, proj_size: Any) -> None:
    if not 0 <= float(dropout) <= 1 or isinstance(dropout, bool):
        raise ValueError("dropout should be a number in range [0, 1] representing the probability of an element being "
                         "zeroed")
    if dropout > 0 and num_layers == 1:
        warnings.warn("dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                      f"num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}", stacklevel=4)
    for name, value in (("input_size", input_size), ("hidden_size", hidden_size)):
        if not isinstance(value, int):
            raise TypeError(f"{name} should be of type int, got: {type(value).__name__}")
    for name, value in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
        if value <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")


def _without_projection(kwargs: dict) -> None:
    if "proj_size" in kwargs:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(RNNBase):
    """h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh), layer upon layer.

        RNN(input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True, batch_first=False, dropout=0.0,
            bidirectional=False)

    nonlinearity: "tanh" or "relu".  The rest as RNNBase.  As torch.nn.RNN.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _without_projection(kwargs)
        if len(args) > 3:
            self.nonlinearity, args = args[3], args[:3] + args[4:]
        else:
            self.nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if self.nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{self.nonlinearity}'. Select from 'tanh' or 'relu'.")
        RNNBase.__init__(self, "RNN_" + self.nonlinearity.upper(), *args, **kwargs)


class GRU(RNNBase):
    """Gated recurrent units, layer upon layer.

        r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)            how much of the state n sees
        z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)            how much of the state stays
        n = tanh(W_in x + b_in + r * (W_hn h + b_hn))
        h' = (1 - z) * n + z * h

        GRU(input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0, bidirectional=False)

    Weights hold r, z, n one below the other.  The rest as RNNBase.  As torch.nn.GRU.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _without_projection(kwargs)
        RNNBase.__init__(self, "GRU", *args, **kwargs)


class LSTM(RNNBase):
    """Long short-term memory, layer upon layer.

        i, f, o = sigmoid(W x + b + W h + b)                  what enters, stays and leaves, each with its own weights
        g = tanh(W_ig x + b_ig + W_hg h + b_hg)
        c' = f * c + i * g
        h' = o * tanh(c')                                     with proj_size: W_hr (o * tanh(c'))

        LSTM(input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0, bidirectional=False,
             proj_size=0)

    Weights hold i, f, g, o one below the other.  The rest as RNNBase.  As torch.nn.LSTM.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        RNNBase.__init__(self, "LSTM", *args, **kwargs)


# ------------------------------------------------------------------ cells

class RNNCellBase(Module):
    """A cell with `num_chunks` gates: weights of input and state, and their biases, all U(-1/sqrt(H), 1/sqrt(H))."""
    bias_ih: Any
    bias_hh: Any

    def __init__(self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None,
                 dtype: Any = None) -> None:
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows, kind = num_chunks * hidden_size, {"device": device, "dtype": dtype}
        self.weight_ih = empty(rows, input_size, **kind)
        self.weight_hh = empty(rows, hidden_size, **kind)
        self.register_parameter("bias_ih", empty(rows, **kind) if bias else None)
        self.register_parameter("bias_hh", empty(rows, **kind) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        _draw(self, self.hidden_size)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return text if nonlinearity == "tanh" else text + f", nonlinearity={nonlinearity}"

    def _step(self, function: Any, input: Any, states: Any, names: tuple[str, ...]) -> Any:
        """function(input, states, weights) of a batch, with one state for each name, or None.

        A single input is made a batch of one, and back.
        """
        kind = self._get_name()
        if input.dim() not in (1, 2):
            raise ValueError(f"{kind}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for state, name in zip(() if states is None else states, names):
            if state.dim() not in (1, 2):
                raise ValueError(f"{kind}: Expected {name} to be 1D or 2D, got {state.dim()}D instead")
        single = input.ndim == 1
        if single:
            input, states = input.unsqueeze(0), None if states is None else [
                states[i].unsqueeze(0) for i in range(len(names))]
        if states is None:
            states = [_zeros(input.shape[0], self.hidden_size, like=input)] * len(names)
        out = function(input, states if len(names) > 1 else states[0], self.weight_ih, self.weight_hh, self.bias_ih,
                       self.bias_hh)
        if not single:
            return out
        return tuple(s.squeeze(0) for s in out) if isinstance(out, tuple) else out.squeeze(0)

    def expected_of(self, input: Any = None, hx: Any = None, *_: Any) -> dict[str, str]:
        """For error messages."""
        return {"expected": f"input of shape (N, {self.input_size}) or ({self.input_size},)",
                "got": describe(input) + (f" and hx {describe(hx)}" if hx is not None else "")}


class RNNCell(RNNCellBase):
    """One step of a simple recurrence.

        h' = tanh(W_ih x + b_ih + W_hh h + b_hh)        or relu

    Shapes: input (N, in) or (in,), hx (N, H) or (H,), None for zeros; result as hx.  As torch.nn.RNNCell.
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh",
                 device: Any = None, dtype: Any = None) -> None:
        RNNCellBase.__init__(self, input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Any:
        functions = {"tanh": stacked.rnn_tanh_cell, "relu": stacked.rnn_relu_cell}
        if self.nonlinearity not in functions:
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(functions[self.nonlinearity], input, None if hx is None else [hx], ("hidden",))


class GRUCell(RNNCellBase):
    """One step of a GRU; the formula stands there.

    Shapes: input (N, in) or (in,), hx (N, H) or (H,), None for zeros; result as hx.  As torch.nn.GRUCell.
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        RNNCellBase.__init__(self, input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        return self._step(stacked.gru_cell, input, None if hx is None else [hx], ("hidden",))


class LSTMCell(RNNCellBase):
    """One step of an LSTM; the formula stands there.

    Shapes: input (N, in) or (in,), hx = (h, c) each (N, H) or (H,), None for zeros; result (h', c').

    As torch.nn.LSTMCell.
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        RNNCellBase.__init__(self, input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        return self._step(stacked.lstm_cell, input, hx, ("hx[0]", "hx[1]"))
