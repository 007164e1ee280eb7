"""The tape: what ran, in the order it ran, and the way back.

Whatever is called forward can be called backward.  A `Node` stands for one thing that ran; its `backward`
takes the gradient of what came out and gives the gradients of what went in.  `walk` calls the nodes
backward, last first.  The tape knows no tensor class: it hands around whatever can be added.

Nodes are numbered as they run; a graph is gone through backward by taking the highest number that is left.

What others need of `modes` and `versions`, on which the tape stands, they take from here.
"""
from __future__ import annotations

import weakref
from heapq import heappop, heappush
from typing import Any, Callable, Iterable, Sequence

import numpy as np

from .fit import arrays_of, cast, fitted
from .hooks import NodeFace, posthooks, prehooks, watched
from .modes import begin, inference, mode, record, recording, watch
from .versions import clock, owner, storage_of, version, wrote, wrote_all

__all__ = ["Leaf", "Node", "Output", "at_end", "begin", "clock", "inference", "mode", "owner", "recording",
           "storage_of", "target", "version", "walk", "watch", "wrote", "wrote_all"]

ndarray = np.ndarray


class Node(NodeFace):
    """One thing that ran.

    number: its place on the clock.  parents: for each input the edge it came by (a `Node`, an `Output`, or None
    where no gradient is wanted).  shape, dtype: of its result, the form a gradient must have.  extra: None, or a
    dict of what few nodes have (hooks, the forward call's stack, packed arrays).
    """
    __slots__ = ("number", "parents", "shape", "dtype", "extra", "__weakref__")
    number: int
    parents: Any
    shape: tuple
    dtype: Any
    extra: dict | None
    outputs = 1

    def backward(self, g: Any, needs: Any = None) -> Iterable[Any]:
        """The gradients of the inputs, given the gradient `g` of the result (a list of them when several came out)."""
        raise NotImplementedError

    def release(self) -> None:
        """Forget what was saved: the graph has been used."""

    def note(self, key: str, value: Any) -> Any:
        """extra[key], made as `value` when missing."""
        if self.extra is None:
            self.extra = {}
        return self.extra.setdefault(key, value)

    @property
    def next_functions(self) -> tuple:
        """((node, number of its output), ...) for the inputs."""
        return tuple((None, 0) if p is None else (target(p)[0].shown(), target(p)[1]) for p in self.listed)


class Output:
    """An edge to one result of a node that has several."""
    __slots__ = ("node", "nr", "number", "shape", "dtype")

    def __init__(self, node: Node, nr: int, shape: tuple, dtype: Any) -> None:
        self.node, self.nr, self.number, self.shape, self.dtype = node, nr, node.number, shape, dtype


def target(edge: Any) -> tuple[Node, int]:
    """The node an edge leads to, and which of its results it is."""
    return (edge.node, edge.nr) if type(edge) is Output else (edge, 0)


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


# ------------------------------------------------------------------ the way back

def walk(edges: Sequence[Any], gradients: Iterable[Any], *, create_graph: bool = False, keep: bool = False,
         capture: tuple = (), stop: bool = False, accumulate: bool = True) -> list[Any]:
    """Call everything backward that led to `edges`, last first.

    edges, gradients: where to begin, and with what.  create_graph: record the way back too.  keep: leave the nodes
    usable once more.  capture: edges whose gradients are wanted; they are returned in this order, None where nothing
    arrived.  stop: go no further than the captured edges.  accumulate: let the leaves keep what arrives; without it
    only what leads to a captured edge is visited.

    Nodes wait in a heap, the last first.  Where only one waits, as everywhere in a chain, it waits in `near`, and the
    heap is not touched.  One loop, though it is long: a call for each edge would cost as much as a small operation.
    """
    wanted = {target(e)[0] for e in capture} if capture else set()
    useful = None if accumulate else _leading_to(wanted, edges)
    caught: dict[Node, Any] = {}
    leaves: dict[Leaf, Any] = {}           # leaf -> the gradient so far
    node: Any = None                       # the node whose gradients are being delivered
    near = g_near = None                   # in a chain: the node that is called next, its gradient so far
    arrived: dict[int, list] = {}          # number of another node to be called -> [node, the gradient so far]
    heap: list[int] = []                   # these numbers, negative: the last node is the least
    free = not wanted and useful is None and not watch.anomaly  # nodes without `extra` need no attention
    before = recording() or begin()
    record(create_graph)
    outermost = mode.at_end is None
    if outermost:
        mode.at_end = []
    try:
        while True:
            place = 0  # counted by hand: a `zip` for each node would cost more
            for g in gradients:
                edge = edges[place]
                place += 1
                if g is None or edge is None:
                    continue
                if g.shape != edge.shape:
                    g = fitted(g, edge, node)
                if g.dtype is not edge.dtype:
                    g = cast(g, edge.dtype)
                kind = type(edge)
                if kind is Leaf:
                    leaves[edge] = leaves[edge] + g if edge in leaves else g
                elif near is None and kind is not Output and not heap:
                    near, g_near = edge, g
                elif near is edge:
                    g_near = g_near + g
                else:
                    if near is not None:
                        heap.append(-near.number)
                        arrived[near.number], near = [near, g_near], None
                    waiting = arrived.get(edge.number)
                    if waiting is None:
                        heappush(heap, -edge.number)
                        waiting = arrived[edge.number] = [edge, None] if kind is not Output else [
                            edge.node, [None] * edge.node.outputs]
                    if kind is Output:
                        parts, nr = waiting[1], edge.nr
                        parts[nr] = g if parts[nr] is None else parts[nr] + g
                    else:
                        waiting[1] = g if waiting[1] is None else waiting[1] + g
            if near is not None:
                node, g, near = near, g_near, None
            elif heap:
                node, g = arrived.pop(-heappop(heap))
            else:
                break
            if type(g) is not ndarray:
                g = arrays_of(g)
            if free and node.extra is None:
                gradients = node.backward(g)
            else:
                found = _attended(node, g, wanted, useful, caught, stop)
                gradients = found or ()
                if found is None:
                    continue
            edges = node.parents
            if not keep:
                node.release()
        gradients = found = g_near = ()  # a leaf may keep as its `.grad` what nobody else holds
        for leaf, g in leaves.items():
            extra = leaf.extra
            if extra is not None:
                g = prehooks(leaf, g)
            if wanted and leaf in wanted:
                caught[leaf] = g
            if accumulate:
                tensor = leaf._tensor()
                if tensor is not None:
                    tensor._accumulate(g)
                if extra is not None:
                    posthooks(leaf, (), g)
        while outermost and mode.at_end:
            mode.at_end.pop(0)()
    finally:
        record(before)
        if outermost:
            mode.at_end = None
    return [_of_edge(caught.get(target(e)[0]), e) for e in capture] if capture else []


def _attended(node: Node, g: Any, wanted: set, useful: set | None, caught: dict, stop: bool) -> Iterable[Any] | None:
    """A step backward on which more is to be done than to call the node; None: no further from here."""
    if node.extra is not None:
        g = prehooks(node, g)
    if node in wanted:
        caught[node] = g
        if stop:
            return None
    needs = None
    if useful is not None:
        needs = [p is not None and target(p)[0] in useful for p in node.parents] if node in useful else ()
        if True not in needs:
            return None
    gradients = watched(node, g, needs) if watch.anomaly else node.backward(g, needs)
    return gradients if node.extra is None else posthooks(node, gradients, g)


def at_end(callback: Callable[[], None]) -> None:
    """Have `callback` called when the present way back is done."""
    if mode.at_end is None:
        raise RuntimeError("Final callbacks can only be installed during backward pass.")
    mode.at_end.append(callback)


def _of_edge(g: Any, edge: Any) -> Any:
    return g[edge.nr] if type(edge) is Output and g is not None else g


def _leading_to(wanted: set, roots: Sequence[Any]) -> set:
    """The nodes from which a wanted one can be reached, the wanted ones included."""
    seen: set[Node] = set()
    todo = [target(e)[0] for e in roots]
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo += [target(p)[0] for p in node.parents if p is not None]
    useful = set()
    for node in sorted(seen, key=lambda n: n.number):  # parents come before children
        if node in wanted or any(p is not None and target(p)[0] in useful for p in node.parents):
            useful.add(node)
    return useful
