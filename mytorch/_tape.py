"""The tape: what ran, in the order it ran, and the way back.

Whatever is called forward can be called backward.  A `Node` stands for one thing that ran; its `backward`
takes the gradient of what came out and gives the gradients of what went in.  `walk` calls the nodes
backward, last first.  The tape knows no tensor class: it hands around whatever can be added.

One clock numbers everything: nodes as they run, and writes into memory.  So "was this saved array changed after
the node ran?" is one comparison, and costs nothing until somebody writes.
"""
from __future__ import annotations

import itertools
import threading
import weakref
from collections import deque
from heapq import heappop, heappush
from typing import Any, Callable, Iterable

import numpy as np

__all__ = ["Leaf", "Node", "Output", "clock", "mode", "walk"]

ndarray = np.ndarray
clock: Callable[[], int] = itertools.count(1).__next__  # one C call: safe among threads, 25 ns


class _Mode(threading.local):
    """What is recorded just now, in this thread."""
    grad = True         # what runs is recorded
    inference = False   # nothing is recorded, and results can never be part of what is
    enabled = True      # grad mode as the user set it inside inference mode, where `grad` is always False
    anomaly = False
    check_nan = True

    def __init__(self) -> None:
        # torch is silent about 1 / 0 and log(0); np.errstate around every op would cost as much as the op.
        # Run once per thread, when it first asks for its mode.
        np.seterr(divide="ignore", invalid="ignore", over="ignore", under="ignore")


mode = _Mode()


class Node:
    """One thing that ran.

    number: its place on the clock.  parents: for each input the edge it came by (a `Node`, an `Output`, or None
    where no gradient is wanted).  shape, dtype: of its result, the form a gradient must have.  extra: None, or a
    dict of what few nodes have (hooks, the forward call's stack).
    """
    __slots__ = ("number", "parents", "shape", "dtype", "extra", "__weakref__")
    outputs = 1

    def backward(self, g: Any, needs: Any = None) -> Iterable[Any]:
        """The gradients of the inputs, given the gradient `g` of the result (a list of them when several came out)."""
        raise NotImplementedError

    def release(self) -> None:
        """Forget what was saved: the graph has been used."""

    # ---- torch's face of a node

    def name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        return f"<{self.name()} object at {hex(id(self))}>"

    @property
    def next_functions(self) -> tuple:
        """((node, number of its output), ...) for the inputs."""
        return tuple((None, 0) if p is None else (p.node, p.nr) if type(p) is Output else (p, 0) for p in self.parents)

    @property
    def metadata(self) -> dict:
        """A dict for whoever wants to note something on the node."""
        return self.note("metadata", {})

    def note(self, key: str, value: Any) -> Any:
        """extra[key], made as `value` when missing."""
        if self.extra is None:
            self.extra = {}
        return self.extra.setdefault(key, value)

    def register_prehook(self, fn: Callable) -> RemovableHandle:
        """fn(gradients of the outputs), before the node runs backward."""
        return RemovableHandle(self.note("prehooks", {}), fn)

    def register_hook(self, fn: Callable) -> RemovableHandle:
        """fn(gradients of the inputs, gradients of the outputs), after the node ran backward."""
        return RemovableHandle(self.note("posthooks", {}), fn)


class Output:
    """An edge to one result of a node that has several."""
    __slots__ = ("node", "nr", "number", "shape", "dtype")

    def __init__(self, node: Node, nr: int, shape: tuple, dtype: Any) -> None:
        self.node, self.nr, self.number, self.shape, self.dtype = node, nr, node.number, shape, dtype


class Leaf(Node):
    """Where a gradient ends: in the `.grad` of the tensor that asked for it (torch's AccumulateGrad)."""
    __slots__ = ("_tensor",)
    parents: tuple

    def __init__(self, tensor: Any, shape: tuple) -> None:
        self.number, self.parents, self.extra = clock(), (), None
        self.shape, self.dtype = shape, tensor.dtype
        self._tensor = weakref.ref(tensor)  # strong, it would be a cycle: the tensor holds its leaf

    @property
    def variable(self) -> Any:
        """The tensor, None when it is gone."""
        return self._tensor()

    def backward(self, g: Any, needs: Any = None) -> Iterable[Any]:
        tensor = self._tensor()
        if tensor is not None:
            tensor._accumulate(g)
        return ()

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {hex(id(self))}>"


class RemovableHandle:
    """Takes a hook away again; also a context manager."""
    _numbers = itertools.count()

    def __init__(self, hooks: dict, fn: Any, *, first: bool = False) -> None:
        self.hooks, self.id = hooks, next(self._numbers)
        hooks[self.id] = fn
        if first:
            for key in list(hooks)[:-1]:
                hooks[key] = hooks.pop(key)

    def remove(self) -> None:
        self.hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: Any) -> None:
        self.remove()


# ------------------------------------------------------------------ the way back

def walk(roots: list[tuple[Any, Any]], *, create_graph: bool = False, keep: bool = False,
         capture: tuple = (), stop: bool = False, accumulate: bool = True) -> list[Any]:
    """Call everything backward that led to `roots`, last first.

    roots: (edge, gradient) pairs.  create_graph: record the way back too.  keep: leave the nodes usable once more.
    capture: edges whose gradients are wanted; they are returned in this order, None where nothing arrived.
    stop: go no further than the captured edges.  accumulate: let the leaves keep what arrives; without it only
    what leads to a captured edge is visited.
    """
    wanted = {e.node if type(e) is Output else e for e in capture}
    useful = None if accumulate else _leading_to(wanted, [edge for edge, _ in roots])
    caught: dict[Any, Any] = {}
    grads: dict[Node, Any] = {}      # what has arrived, for nodes still to be called
    leaves: dict[Leaf, Any] = {}     # and for leaves
    nodes: dict[int, Node] = {}
    heap: list[int] = []

    def give(edges: Iterable[Any], gradients: Iterable[Any]) -> None:
        """Add what arrives at each edge to what has arrived there."""
        for edge, g in zip(edges, gradients):
            if g is None or edge is None:
                continue
            if g.shape != edge.shape:
                g = unbroadcast(g, edge.shape)
            if g.dtype is not edge.dtype:
                g = cast(g, edge.dtype)
            kind = type(edge)
            if kind is Leaf:
                have = leaves.get(edge)
                leaves[edge] = g if have is None else have + g
            elif kind is Output:
                node, nr = edge.node, edge.nr
                if node not in grads:
                    grads[node] = [None] * node.outputs
                    nodes[node.number] = node
                    heappush(heap, -node.number)
                arrived = grads[node]
                arrived[nr] = g if arrived[nr] is None else arrived[nr] + g
            else:
                have = grads.get(edge)
                if have is None:
                    grads[edge] = g
                    number = edge.number
                    nodes[number] = edge
                    heappush(heap, -number)
                else:
                    grads[edge] = have + g

    before, mode.grad = mode.grad, create_graph
    watch = mode.anomaly
    needs = gradients = None
    try:
        give(*zip(*roots))
        while heap:
            node = nodes.pop(-heappop(heap))
            g = grads.pop(node)
            if node.extra is not None:
                g = _prehooks(node, g)
            if wanted and node in wanted:
                caught[node] = g
                if stop:
                    continue
            if useful is not None:
                if node not in useful:
                    continue
                needs = [p is not None and (p.node if type(p) is Output else p) in useful for p in node.parents]
            gradients = node.backward(g, needs)
            if watch or node.extra is not None:
                gradients = _posthooks(node, gradients, g)
            if not keep:
                node.release()
            give(node.parents, gradients)
        gradients = None  # so that a leaf is handed the only reference, and may keep the array itself
        for leaf in list(leaves):
            g = leaves.pop(leaf)
            if leaf.extra is not None:
                g = _prehooks(leaf, g)
            if leaf in wanted:
                caught[leaf] = g
            if accumulate:
                leaf.backward(g)
    finally:
        mode.grad = before
    return [_of_edge(caught.get(e.node if type(e) is Output else e), e) for e in capture]


def _of_edge(g: Any, edge: Any) -> Any:
    return g[edge.nr] if type(edge) is Output and g is not None else g


def _leading_to(wanted: set, roots: list[Any]) -> set:
    """The nodes from which a wanted one can be reached, the wanted ones included."""
    order: list[Node] = []
    seen: set[Node] = set()
    todo = [e.node if type(e) is Output else e for e in roots]
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            order.append(node)
            todo += [p.node if type(p) is Output else p for p in node.parents if p is not None]
    useful = set()
    for node in sorted(order, key=lambda n: n.number):  # parents come before children
        if node in wanted or any(p is not None and (p.node if type(p) is Output else p) in useful
                                 for p in node.parents):
            useful.add(node)
    return useful


def unbroadcast(g: Any, shape: tuple) -> Any:
    """The gradient of what was broadcast to g's shape: sum over what was repeated."""
    extra = g.ndim - len(shape)
    axes = tuple(i for i in range(g.ndim) if i < extra or shape[i - extra] == 1 != g.shape[i])
    if extra < 0 or any(n != 1 and n != m for n, m in zip(shape, g.shape[extra:])):
        raise RuntimeError(f"a gradient has the wrong shape: got {list(g.shape)}, expected one compatible with "
                           f"{list(shape)}")
    return np.sum(g, axis=axes, keepdims=True).reshape(shape) if axes else g.reshape(shape)


def cast(g: Any, dtype: Any) -> Any:
    """`g` in the dtype of the tensor it is the gradient of; a real tensor takes the real part."""
    if g.dtype == dtype:
        return g
    if g.dtype.kind == "c" and dtype.kind != "c":
        g = g.real
    return g.astype(dtype)


def _prehooks(node: Node, g: Any) -> Any:
    """What hooks make of the gradient of a node's results before it is used."""
    extra = node.extra or {}
    several = node.outputs > 1
    parts = g if several else [g]
    for nr, hook in list(extra.get("hooks", {}).values()):
        if parts[nr] is not None:
            found = hook(parts[nr])
            parts[nr] = parts[nr] if found is None else found
    for hook in list(extra.get("prehooks", {}).values()):
        found = hook(tuple(parts))
        parts = parts if found is None else list(found)
    return parts if several else parts[0]


def _posthooks(node: Node, gradients: Iterable[Any], g: Any) -> Iterable[Any]:
    """What hooks make of the gradients of a node's inputs; under anomaly detection, a look for nan."""
    extra, gradients = node.extra or {}, tuple(gradients)
    if mode.anomaly and mode.check_nan:
        for i, found in enumerate(gradients):
            if found is not None and np.isnan(np.asarray(found)).any():
                told = "".join(extra.get("stack", ["(recorded without anomaly detection)\n"]))
                raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.\n"
                                   f"The forward call was made here:\n{told}")
    for hook in list(extra.get("posthooks", {}).values()):
        found = hook(gradients, tuple(g) if node.outputs > 1 else (g,))
        gradients = gradients if found is None else tuple(found)
    return gradients


# ------------------------------------------------------------------ writes into memory

class _Storage:
    """What is known of memory that was written to: how often, and when last."""
    __slots__ = ("ref", "count", "times")

    def __init__(self, owner: ndarray, gone: Callable) -> None:
        self.ref, self.count = weakref.ref(owner, gone), 0
        self.times: deque[int] = deque(maxlen=32)


_storages: dict[int, _Storage] = {}  # id of the array that owns the memory -> its writes
last_write = 0


def owner(array: Any) -> Any:
    """The array that owns the memory `array` looks into."""
    base = array.base
    while isinstance(base, ndarray):
        array, base = base, base.base
    return array


def wrote(array: ndarray) -> None:
    """Note that memory was written to.  All views of it share the note."""
    global last_write
    root = owner(array)
    key = id(root)
    storage = _storages.get(key)
    if storage is None:
        storage = _storages[key] = _Storage(root, lambda _: _storages.pop(key, None))
    storage.count += 1
    last_write = clock()
    storage.times.append(last_write)


def version(array: ndarray) -> int:
    """How often the memory of `array` was written to (torch's `_version`)."""
    storage = _storages.get(id(owner(array)))
    return storage.count if storage else 0


def check_unchanged(array: ndarray, node: Node, kind: Callable) -> None:
    """Raise torch's error, in which `kind` names the array, if it was written to after `node` ran."""
    storage = _storages.get(id(owner(array)))
    if storage is not None and storage.times[-1] > node.number:
        later = sum(time > node.number for time in storage.times)
        raise RuntimeError(
            "one of the variables needed for gradient computation has been modified by an inplace operation: "
            f"[{kind(array)} {list(array.shape)}], saved by {node.name()}, is at version {storage.count}; expected version "
            f"{storage.count - later} instead. Hint: enable anomaly detection to find the operation that failed to "
            "compute its gradient, with torch.autograd.set_detect_anomaly(True).")
