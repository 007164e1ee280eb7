"""Recurrent layers, one layer in one direction: a fused kernel each for the simple RNN, the GRU and the LSTM.

What comes in are rows, sorted by time: first the rows of step 0 (one for each sequence), then those of step 1, and so
on.  `sizes` says how many there are at each step, the longest sequences first: (3, 3, 2, 1) are sequences of 4, 3 and 2
steps.  A batch of equally long sequences is the case (B, B, ..., B), given as (T, B, D) with `sizes` None; a cell is
the case (B,).

The kernels take out of the loop over time what does not depend on it: the product of all inputs with their weights
before, the gradients of the weights as single large products after.  The factors by which a gradient passes a step are
computed for all steps at once.  The definitions beside them, one step at a time in plain ops, say the same and are what
a gradient's gradient goes through.

The state is kept for the whole batch; a step changes the first `b` rows of it.  Read from the first step on, sequences
drop out at their end; read from the last on, they join with their initial state.  Both are the same loop.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..engine.op import op
from .joining import cat
from .linear import linear
from .pointwise import relu, sigmoid
from .pointwise import tanh as _tanh

__all__: list[str] = []

ndarray = np.ndarray
_SAVED = ("input", "w_ih", "w_hh", "h", "c", "w_hr")


# ------------------------------------------------------------------ what the kernels share

def _steps(sizes: tuple[int, ...], reverse: bool) -> list[tuple[int, int, int]]:
    """(first row, last row + 1, their number) of each step, in the order in which the steps run."""
    steps, start = [], 0
    for b in sizes:
        steps.append((start, start + b, b))
        start += b
    return steps[::-1] if reverse else steps


def _rows(input: ndarray, sizes: tuple | None) -> tuple[ndarray, tuple]:
    """The input as rows sorted by time, and how many there are at each step."""
    if sizes is not None:
        return input, sizes
    steps, batch, width = input.shape
    return input.reshape(steps * batch, width), (batch,) * steps


def _affine(input: ndarray, weight: ndarray, *biases: ndarray | None) -> ndarray:
    """input W^T + biases, for all steps at once."""
    y = linear(input, weight, None)
    for bias in biases:
        if bias is not None:
            y += bias
    return y


def _turned(weight: ndarray, state: ndarray, sizes: tuple) -> ndarray:
    """W^T for products with the state inside the loop; lying as it is read it makes them a third faster."""
    if state.shape[1] != weight.shape[1] or state.dtype is not weight.dtype:
        linear(state, weight, None)     # raises, in torch's words
    return np.ascontiguousarray(weight.T) if len(sizes) > 8 else weight.T


def _before(first: ndarray, later: ndarray, sizes: tuple, reverse: bool) -> ndarray:
    """The state before each step, row by row, from the initial state and those after each step."""
    batch = sizes[0]
    if sizes[-1] == batch:
        return np.concatenate((later[batch:], first) if reverse else (first, later[:-batch] if batch else later))
    here = np.repeat(sizes, sizes)
    rows = np.arange(len(later)) + batch
    if not reverse:
        return np.concatenate((first, later))[rows - np.repeat((batch, *sizes[:-1]), sizes)]
    place = np.concatenate([np.arange(b) for b in sizes])
    joined = place >= np.repeat((*sizes[1:], 0), sizes)   # no later step: these begin here
    return np.concatenate((first, later))[np.where(joined, place, rows + here)]


def _gradients(needs: list, d_input: ndarray, d_state: ndarray, input: ndarray, before: ndarray, w_ih: ndarray) -> list:
    """Of the input, both weights and both biases, as products over all steps: d_* are d loss / d (W x + b)."""
    ones = np.ones(len(input), input.dtype)
    return [np.dot(d_input, w_ih) if needs[0] else None,
            np.dot(d_input.T, input) if needs[1] else None, np.dot(d_state.T, before) if needs[2] else None,
            np.dot(ones, d_input) if needs[3] else None, np.dot(ones, d_state) if needs[4] else None]


def _sigmoid(x: ndarray) -> None:
    """1 / (1 + exp(-x)) in place, as tanh(x / 2) / 2 + 1 / 2: NumPy's tanh takes half the time of its exp."""
    half = x.dtype.type(0.5)
    x *= half
    np.tanh(x, out=x)
    x *= half
    x += half


def _unrolled(cell: Callable, a: Any, states: list, sizes: tuple, reverse: bool) -> tuple:
    """cell(rows of a, states) -> states, step by step: (first state after each step, final states ...)."""
    after = []
    for start, stop, b in _steps(sizes, reverse):
        new = cell(a[start:stop], *[s[:b] for s in states])
        after.append(new[0])
        states = [n if b == s.shape[0] else cat((n, s[b:])) for n, s in zip(new, states)]
    return (cat(after[::-1] if reverse else after), *states)


def _defined(cell: Callable, input: Any, w_ih: Any, b_ih: Any, states: list, sizes: tuple | None,
             reverse: bool) -> tuple:
    """A layer as its cell, unrolled; shaped as the input."""
    if sizes is not None:
        return _unrolled(cell, linear(input, w_ih, b_ih), states, sizes, reverse)
    steps, batch, width = input.shape
    rows = linear(input.reshape((steps * batch, width)), w_ih, b_ih)
    out, *states = _unrolled(cell, rows, states, (batch,) * steps, reverse)
    return (out.reshape((steps, batch, out.shape[1])), *states)


def _node(sizes: tuple | None, cell: str) -> str:
    """torch's name of the node: that of a batch, of packed sequences, or of a cell's last op."""
    return "StackBackward0" if sizes is None else "CatBackward0" if len(sizes) > 1 else cell


# ------------------------------------------------------------------ the simple RNN

def _rnn_definition(input: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, h: Any, sizes: Any, reverse: bool,
                    positive: bool) -> tuple:
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh); `positive`: relu instead of tanh."""
    bend = relu if positive else _tanh

    def cell(a: Any, h: Any) -> tuple:
        return (bend(a + linear(h, w_hh, b_hh)),)
    return _defined(cell, input, w_ih, b_ih, [h], sizes, reverse)


def _rnn_back(g: list, saved: Any, needs: list, input: ndarray, w_ih: ndarray, w_hh: ndarray, b_ih: Any, b_hh: Any,
              h: ndarray, sizes: Any, reverse: bool, positive: bool) -> list:
    x, sizes = _rows(input, sizes)
    out = saved
    d = (out > 0).astype(out.dtype) if positive else 1 - out * out     # d h' / d (W x + b)
    g_out, dh = g[0].reshape(out.shape), np.array(g[1])
    for start, stop, b in _steps(sizes, not reverse):
        now, rows = dh[:b], d[start:stop]
        now += g_out[start:stop]
        rows *= now
        np.dot(rows, w_hh, out=now)
    found = _gradients(needs, d, d, x, _before(h, out, sizes, reverse), w_ih)
    return [_shaped(found[0], input), *found[1:], dh]


def _shaped(gradient: Any, input: ndarray) -> Any:
    return None if gradient is None else gradient.reshape(input.shape)


@op(joint=_rnn_back, definition=_rnn_definition, saves=_SAVED, name="rnn_layer", method=False,
    node=lambda *args: _node(args[6], "ReluBackward0" if args[8] else "TanhBackward0"))
def rnn_layer(input: ndarray, w_ih: ndarray, w_hh: ndarray, b_ih: Any, b_hh: Any, h: ndarray, sizes: Any,
              reverse: bool, positive: bool) -> tuple:
    """(the state after each step, the final state); see `_rnn_definition`."""
    x, sizes = _rows(input, sizes)
    out = _affine(x, w_ih, b_ih, b_hh)
    state, w, product = np.array(h), _turned(w_hh, h, sizes), np.empty((len(h), w_hh.shape[0]), x.dtype)
    for start, stop, b in _steps(sizes, reverse):
        rows = out[start:stop]
        rows += np.dot(state[:b], w, out=product[:b])
        if positive:
            np.maximum(rows, 0, out=rows)
        else:
            np.tanh(rows, out=rows)
        state[:b] = rows
    return (out.reshape(*input.shape[:-1], out.shape[1]), state), out


# ------------------------------------------------------------------ GRU

def _gru_definition(input: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, h: Any, sizes: Any, reverse: bool) -> tuple:
    """r = sigmoid(W_ir x + b_ir + W_hr h + b_hr); z likewise; n = tanh(W_in x + b_in + r (W_hn h + b_hn));
    h' = (1 - z) n + z h."""
    size = w_hh.shape[1]

    def cell(a: Any, h: Any) -> tuple:
        p = linear(h, w_hh, b_hh)
        gates = sigmoid(a[:, :2 * size] + p[:, :2 * size])
        n = _tanh(a[:, 2 * size:] + gates[:, :size] * p[:, 2 * size:])
        return (n + gates[:, size:] * (h - n),)
    return _defined(cell, input, w_ih, b_ih, [h], sizes, reverse)


def _gru_back(g: list, saved: tuple, needs: list, input: ndarray, w_ih: ndarray, w_hh: ndarray, b_ih: Any, b_hh: Any,
              h: ndarray, sizes: Any, reverse: bool) -> list:
    x, sizes = _rows(input, sizes)
    out, gates, m = saved
    size = w_hh.shape[1]
    r, z, n = gates[:, :size], gates[:, size:2 * size], gates[:, 2 * size:]
    before = _before(h, out, sizes, reverse)
    d = np.empty((len(x), 4, size), x.dtype)      # d h' / d of: W_hn h + b_hn, and what r, z and n are functions of
    np.multiply(1 - z, 1 - n * n, out=d[:, 3])
    np.multiply(d[:, 3], r, out=d[:, 0])
    np.multiply(d[:, 0], m * (1 - r), out=d[:, 1])
    np.multiply(before - n, z * (1 - z), out=d[:, 2])
    rows = d.reshape(len(x), 4 * size)
    g_out, dh, w = g[0].reshape(out.shape), np.array(g[1]), np.roll(w_hh, size, 0)     # w: rows of n, r, z
    for start, stop, b in _steps(sizes, not reverse):
        now, these = dh[:b], d[start:stop]
        now += g_out[start:stop]
        these *= now[:, None]
        now *= z[start:stop]
        now += np.dot(rows[start:stop, :3 * size], w)
    # copied, as columns of a wider matrix NumPy's dot would take four times as long
    d_input, d_state = (np.ascontiguousarray(part) for part in (rows[:, size:], rows[:, :3 * size]))
    found = _gradients(needs, d_input, d_state, x, before, w_ih)
    for i in (2, 4):
        if found[i] is not None:
            found[i] = np.roll(found[i], -size, 0)     # back to r, z, n
    return [_shaped(found[0], input), *found[1:], dh]


@op(joint=_gru_back, definition=_gru_definition, saves=_SAVED, name="gru_layer", method=False,
    node=lambda *args: _node(args[6], "AddBackward0"))
def gru_layer(input: ndarray, w_ih: ndarray, w_hh: ndarray, b_ih: Any, b_hh: Any, h: ndarray, sizes: Any,
              reverse: bool) -> tuple:
    """(the state after each step, the final state); see `_gru_definition`."""
    x, sizes = _rows(input, sizes)
    size = w_hh.shape[1]
    gates = _affine(x, w_ih, b_ih)
    out, m = np.empty((len(x), size), x.dtype), np.empty((len(x), size), x.dtype)      # m = W_hn h + b_hn
    state, w, product = np.array(h), _turned(w_hh, h, sizes), np.empty((len(h), 3 * size), x.dtype)
    for start, stop, b in _steps(sizes, reverse):
        now, rows, p = state[:b], gates[start:stop], np.dot(state[:b], w, out=product[:b])
        if b_hh is not None:
            p += b_hh
        m[start:stop] = p[:, 2 * size:]
        rz, n = rows[:, :2 * size], rows[:, 2 * size:]
        rz += p[:, :2 * size]
        _sigmoid(rz)
        n += rz[:, :size] * m[start:stop]
        np.tanh(n, out=n)
        now -= n
        now *= rz[:, size:]
        now += n
        out[start:stop] = now
    return (out.reshape(*input.shape[:-1], out.shape[1]), state), (out, gates, m)


# ------------------------------------------------------------------ LSTM

def _lstm_definition(input: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, h: Any, c: Any, w_hr: Any, sizes: Any,
                     reverse: bool) -> tuple:
    """i, f, o = sigmoid(W x + b + W h + b), g = tanh(likewise); c' = f c + i g; h' = o tanh(c'), projected by W_hr."""
    size = c.shape[1]

    def cell(a: Any, h: Any, c: Any) -> tuple:
        a = a + linear(h, w_hh, b_hh)
        i, f, o = (sigmoid(a[:, k * size:(k + 1) * size]) for k in (0, 1, 3))
        c = f * c + i * _tanh(a[:, 2 * size:3 * size])
        h = o * _tanh(c)
        return (h if w_hr is None else linear(h, w_hr, None)), c
    return _defined(cell, input, w_ih, b_ih, [h, c], sizes, reverse)


def _lstm_factors(gates: ndarray, bent: ndarray, before: ndarray) -> tuple[ndarray, ndarray]:
    """d c' / d what i, f and g are functions of, d h' / d that of o; and d h' / d c'.  bent: tanh(c').

    As i, f, g, o side by side in one row, (rows, 4, H); before: c, the cells' old values.
    """
    gates = gates.reshape(len(gates), 4, gates.shape[1] // 4)
    i, f, g, o = (gates[:, k] for k in range(4))
    d = 1 - gates
    d *= gates
    d[:, 0] *= g
    d[:, 1] *= before
    np.multiply(g, g, out=d[:, 2])
    np.subtract(1, d[:, 2], out=d[:, 2])
    d[:, 2] *= i
    d[:, 3] *= bent
    through = bent * bent
    np.subtract(1, through, out=through)
    through *= o
    return d, through


def _lstm_back(g: list, saved: tuple, needs: list, input: ndarray, w_ih: ndarray, w_hh: ndarray, b_ih: Any, b_hh: Any,
               h: ndarray, c: ndarray, w_hr: Any, sizes: Any, reverse: bool) -> list:
    x, sizes = _rows(input, sizes)
    out, gates, cells, bent = saved
    size = c.shape[1]
    d, through = _lstm_factors(gates, bent, _before(c, cells, sizes, reverse))
    rows, forget = d.reshape(len(x), 4 * size), gates[:, size:2 * size]
    g_out, dh, dc = g[0].reshape(out.shape), np.array(g[1]), np.array(g[2])
    projected = None if w_hr is None else np.empty(out.shape, x.dtype)     # d loss / d h', row by row
    for start, stop, b in _steps(sizes, not reverse):
        now, cell, these = dh[:b], dc[:b], d[start:stop]
        now += g_out[start:stop]
        if projected is None:
            hidden = now
        else:
            projected[start:stop] = now
            hidden = np.dot(now, w_hr)
        cell += hidden * through[start:stop]
        these[:, :3] *= cell[:, None]
        these[:, 3] *= hidden
        cell *= forget[start:stop]
        np.dot(rows[start:stop], w_hh, out=now)
    found = _gradients(needs, rows, rows, x, _before(h, out, sizes, reverse), w_ih)
    d_hr = np.dot(projected.T, gates[:, 3 * size:] * bent) if projected is not None and needs[7] else None
    return [_shaped(found[0], input), *found[1:], dh, dc, d_hr]


def _lstm_node(input: ndarray, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, h: Any, c: Any, w_hr: Any, sizes: Any,
               reverse: bool) -> str:
    if sizes is None and w_hr is None and input.dtype == np.float32:
        return "MkldnnRnnLayerBackward0"
    return _node(sizes, "MulBackward0")


@op(joint=_lstm_back, definition=_lstm_definition, saves=_SAVED, name="lstm_layer", method=False, node=_lstm_node)
def lstm_layer(input: ndarray, w_ih: ndarray, w_hh: ndarray, b_ih: Any, b_hh: Any, h: ndarray, c: ndarray, w_hr: Any,
               sizes: Any, reverse: bool) -> tuple:
    """(h after each step, the final h, the final c); see `_lstm_definition`."""
    x, sizes = _rows(input, sizes)
    size, kind = c.shape[1], x.dtype
    gates = _affine(x, w_ih, b_ih, b_hh)
    # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2, and tanh(a) = tanh(a) * 1 + 0: one call for all four
    scale, shift = np.repeat(np.array([(0.5, 0.5, 1, 0.5), (0.5, 0.5, 0, 0.5)], kind), size, 1)
    cells, bent = np.empty((len(x), size), kind), np.empty((len(x), size), kind)
    out = np.empty((len(x), h.shape[1]), kind)
    w, product = _turned(w_hh, h, sizes), np.empty((len(h), 4 * size), kind)
    h, c = np.array(h), np.array(c)
    for start, stop, b in _steps(sizes, reverse):
        a, cell, new = gates[start:stop], cells[start:stop], out[start:stop]
        a += np.dot(h[:b], w, out=product[:b])
        a *= scale
        np.tanh(a, out=a)
        a *= scale
        a += shift
        np.multiply(a[:, size:2 * size], c[:b], out=cell)
        cell += a[:, :size] * a[:, 2 * size:3 * size]
        hidden = np.tanh(cell, out=bent[start:stop])
        if w_hr is None:
            np.multiply(a[:, 3 * size:], hidden, out=new)
        else:
            np.dot(a[:, 3 * size:] * hidden, w_hr.T, out=new)
        h[:b], c[:b] = new, cell
    return (out.reshape(*input.shape[:-1], out.shape[1]), h, c), (out, gates, cells, bent)
