"""Writing in place, and views: what a write does to the history of the tensor, of its base and of the base's views.

A view remembers its base, not the other way round.  A write to a view gives the base a new history (`CopySlices`: the
old base with a part replaced); every other view finds, when next asked for its edge, that its base has moved on, and
becomes a piece of what the base is now.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import castable, type_name
from . import tape
from .overlap import MANY
from .record import OpNode, make_node
from .tape import Leaf, Node, clock, inference, mode, ndarray, wrote
from .tensor import Tensor, edge, plain, refresh, unseen

__all__ = ["check_writable", "note_view", "rebase", "write", "write_out"]

_view = ndarray.view
_shape = ndarray.shape.__get__  # type: ignore[attr-defined]


# ------------------------------------------------------------------ views

def note_view(out: Tensor, source: Tensor, how: str | None = None) -> None:
    """Remember of which tensor `out` is a view.  how: why it must not be written to while autograd looks."""
    if source._inference:
        out._inference = True
        return
    base = source._base
    root = out._base = source if base is None else base
    if not mode.grad:
        how = "no_grad" if inference() is None else "inference"
        if out._inference:
            out._inference = False  # a result of inference mode, but a view of a normal tensor
    elif how is None and base is not None:
        how = source._how
    if how is not None:
        out._how = how
    if out._node is None and root._node is not None:
        out._when = root._node.number


def refresh_view(x: Tensor, base: Tensor) -> None:
    """After a write that changed the base's history: the view is a piece of what the base is now."""
    if x._how is not None:
        raise _refused(x, "its base or another view of its base has been")
    node = make_node(AsStridedBackward0, [base._node], _view(x, ndarray))
    node.place = geometry(base, x)
    _hand_over(x, x._node, node)
    x._node = node


refresh.append(refresh_view)


def geometry(base: Tensor, x: Tensor) -> tuple:
    """Where the view x lies in the memory of its base: (byte offset, shape, strides, dtype), and base's own form."""
    whole, part = _view(base, ndarray), _view(x, ndarray)
    start = part.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    return start, part.shape, part.strides, part.dtype, whole.shape, whole.strides, whole.dtype


def _laid_out(values: ndarray, place: tuple) -> tuple[ndarray, ndarray]:
    """A copy of `values` in memory laid out like the base, and the view of it that `place` names."""
    start, shape, strides, dtype, whole_shape, whole_strides, _ = place
    low = sum(min(0, (n - 1) * s) for n, s in zip(whole_shape, whole_strides))
    high = sum(max(0, (n - 1) * s) for n, s in zip(whole_shape, whole_strides)) + values.dtype.itemsize
    buffer = np.zeros(high - low, np.uint8)
    whole: ndarray = ndarray(whole_shape, values.dtype, buffer, -low, whole_strides)
    np.copyto(whole, values)
    part_type = values.dtype if dtype.kind == values.dtype.kind else dtype
    return whole, ndarray(shape, part_type, buffer, start - low, strides)


def _recorded(kind: type, inputs: list, result: ndarray, place: tuple) -> Any:
    """The result of `piece` or `put`, with its node where an input is a Tensor on the tape."""
    if not any(isinstance(a, Tensor) for a in inputs):
        return result
    out = _view(result, Tensor)
    parents = [edge(a) if isinstance(a, Tensor) else None for a in inputs]
    if mode.grad and any(p is not None for p in parents):
        out._node = make_node(kind, parents, result)
        out._node.place = place
    return out


def piece(x: Any, place: tuple) -> Any:
    """The part of x, a gradient of the base or the base itself, that lies where the view lies."""
    return _recorded(AsStridedBackward0, [x], np.array(_laid_out(plain(x), place)[1]), place)


def put(x: Any, part: Any, place: tuple) -> Any:
    """x with the part where the view lies replaced; by zeros where `part` is None."""
    whole, hole = _laid_out(plain(x), place)
    np.copyto(hole, 0 if part is None else plain(part))
    return _recorded(CopySlices, [x, part], whole, place)


def spread(part: Any, place: tuple) -> Any:
    """Zeros like the base, with `part` added where the view lies: the gradient of `piece`."""
    values = plain(part)
    kind = values.dtype if place[3].kind == place[6].kind else place[6]
    whole, hole = _laid_out(np.zeros(place[4], kind), place)
    if _overlaps(hole):  # an expanded view, or windows: a number of the base is seen several times
        memory: Any = hole.base
        offsets: Any = hole.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
        for n, stride in zip(hole.shape, hole.strides):
            offsets = np.add.outer(offsets, np.arange(n) * stride)
        np.add.at(memory.view(hole.dtype), offsets // hole.itemsize, values)
    else:
        np.copyto(hole, values)
    return _recorded(CopySlices, [None, part], whole, place)


def _overlaps(array: ndarray) -> bool:
    """Whether elements of a view may lie on top of each other."""
    extent = array.itemsize
    for stride, n in sorted((abs(s), n) for s, n in zip(array.strides, array.shape) if n > 1):
        if stride < extent:
            return True
        extent += stride * (n - 1)
    return False


class AsStridedBackward0(Node):
    """`piece` ran."""
    __slots__ = ("place",)
    place: tuple

    def backward(self, g: Any, needs: Any = None) -> Any:
        return (spread(g, self.place),)


class CopySlices(Node):
    """`put` ran: a view of a tensor was written to."""
    __slots__ = ("place",)
    place: tuple

    def backward(self, g: Any, needs: Any = None) -> Any:
        rest, part = self.parents
        return (None if rest is None else put(g, None, self.place), None if part is None else piece(g, self.place))


class CopyBackwards(Node):
    """Something was copied into a tensor: nothing of what stood there counts any more."""
    __slots__ = ()

    def backward(self, g: Any, needs: Any = None) -> Any:
        return (np.zeros(g.shape, g.dtype), g)


# ------------------------------------------------------------------ writing

def check_writable(x: Tensor) -> None:
    """Raise where torch forbids an in-place write."""
    if x._inference and inference() is None:
        raise RuntimeError("Inplace update to inference tensor outside InferenceMode is not allowed.You can make a "
                           "clone to get a normal tensor before doing inplace update.See "
                           "https://github.com/pytorch/rfcs/pull/17 for more details.")
    if not mode.grad:
        return
    base = x._base
    if base is not None:
        if x._how is not None and (edge(base) is not None or edge(x) is not None):
            raise _refused(x, "is being")
        if type(base._node) is Leaf or type(x._node) is Leaf:
            raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    elif type(x._node) is Leaf:
        if x._how is not None:
            raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


_WHY = {
    "several": "This view is the output of a function that returns multiple views. Such functions do not allow the "
               "output views to be modified inplace. You should replace the inplace operation by an out-of-place one.",
    "custom": "This view was created inside a custom Function (or because an input was returned as-is) and the "
              "autograd logic to handle view+inplace would override the custom backward associated with the custom "
              "Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the "
              "output of the custom Function."}


def _refused(x: Tensor, what: str) -> RuntimeError:
    """torch's error about a write to (or under) a view that autograd cannot follow."""
    how, node = x._how, x._node
    if node is not None:
        name = tape.target(node)[0].name().rpartition("Backward")[0]
        begin = f"Output {x.output_nr} of {name} is a view and {what} modified inplace."
    elif how == "inference":
        begin = f"A view was created in inference mode and {what} modified inplace in normal mode."
    else:
        begin = f"A view was created in no_grad mode and {what} modified inplace with grad mode enabled."
    why = _WHY.get(how) or (
        "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving "
        f"both the view and the inplace either both inside the {how}{'_mode' * (how == 'inference')} block (if you "
        "don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked).")
    return RuntimeError(f"{begin} {why}")


def write(x: Tensor, y: Any, kind: str = "result type") -> Tensor:
    """Put `y` (what an op made of x's old value, or anything else) into x's memory, and y's history into x's."""
    array, values = _view(x, ndarray), plain(y)
    _check_fits(array, values, kind)
    node = edge(y) if mode.grad and isinstance(y, Tensor) else None
    base = x._base
    recorded = mode.grad and (node is not None or edge(x) is not None or base is not None and edge(base) is not None)
    if recorded and base is not None and x._how is not None:
        raise _refused(x, "is being")
    # nothing ran since the op that made y: nobody else can have built on its node, which may become x's own
    own = isinstance(node, OpNode) and node.outputs == 1 and node.shape == array.shape and clock() == node.number + 1
    if own:
        _keep_old(node, array)
    np.copyto(array, values, casting="unsafe")
    if not unseen(x):
        wrote(array)
    if recorded:
        rebase(x, _taken_over(node, array, values) if own else
               make_node(CopyBackwards, [edge(x), node], array) if base is None else node)
    return x


def _check_fits(array: ndarray, values: ndarray, kind: str) -> None:
    """Raise torch's error where `values` cannot be written to `array`."""
    if values.dtype is not array.dtype and not castable(values.dtype, array.dtype):
        raise RuntimeError(f"{kind} {type_name(values.dtype)} can't be cast to the desired output type "
                           f"{type_name(array.dtype)}")
    if values.shape != array.shape and np.broadcast_shapes(values.shape, array.shape) != array.shape:
        raise RuntimeError(f"output with shape {list(array.shape)} doesn't match the broadcast shape "
                           f"{list(np.broadcast_shapes(values.shape, array.shape))}")
    if not array.flags.writeable:
        raise RuntimeError(MANY)


def _keep_old(node: Any, array: ndarray) -> None:
    """The rule of the op whose result is written over `array` may read what stood there: keep a copy."""
    mine = tape.owner(array)
    if node.args is not None:
        node.args = [np.array(a) if isinstance(a, ndarray) and tape.owner(a) is mine else a for a in node.args]


def _taken_over(node: Any, array: ndarray, values: ndarray) -> Any:
    """The node of a result that now lies in `array`: it counts as having run after the write."""
    node.number, node.dtype = clock(), array.dtype
    if isinstance(node.y, ndarray) and tape.owner(node.y) is tape.owner(values):
        node.y = array
    return node


def rebase(x: Tensor, node: Any) -> None:
    """Give x, whose memory has just been written, the history `node` (None: a constant was written)."""
    base, old = x._base, x._node
    if base is None:
        x._node = node
        _hand_over(x, old, node)
        return
    history = edge(base)
    if node is not None or history is not None:
        new = make_node(CopySlices, [history, node], _view(base, ndarray))
        new.place = geometry(base, x)
        base._node = new
        _hand_over(base, history, new)
        refresh_view(x, base)


def _hand_over(x: Tensor, old: Any, new: Any) -> None:
    """A tensor that keeps its gradient (`retain_grad`) keeps that of its new value."""
    key = x._keeper
    if key is None or old is None:
        return
    keeps = (tape.target(old)[0].extra or {}).get("keeps", {})
    if key in keeps:
        node, nr = tape.target(new)
        node.note("keeps", {})[key] = (nr, keeps.pop(key)[1])


# ------------------------------------------------------------------ NumPy's out=

def write_out(target: Any, y: Any) -> Any:
    """NumPy's `out=`: an in-place write that is recorded when the target is a Tensor."""
    if isinstance(target, Tensor):
        check_writable(target)
        return write(target, y)
    if isinstance(y, Tensor) and mode.grad and edge(y) is not None:
        raise TypeError("out= is a plain ndarray, but the result requires grad and would lose it; "
                        "give a Tensor as out=, or compute on x.detach()")
    np.copyto(target, plain(y), casting="same_kind")
    return target
