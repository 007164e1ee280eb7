"""The tape: what ran, in the order it ran, and the way back.

Whatever is called forward can be called backward.  A `Node` stands for one thing that ran; its `backward`
takes the gradient of what came out and gives the gradients of what went in.  `walk` calls the nodes
backward, last first.  The tape knows no tensor class: it hands around whatever can be added.

Nodes are numbered as they run; a graph is gone through backward by taking the highest number that is left.
"""
from __future__ import annotations

import itertools
import math
import sys
import threading
import weakref
from heapq import heappop, heappush
from typing import Any, Callable, Iterable

import numpy as np

from ._types import tensor_type
from ._versions import changes, clock, owner, storage_of, version, wrote, wrote_all

__all__ = ["Leaf", "Node", "Output", "clock", "mode", "owner", "storage_of", "version", "walk", "watch", "wrote",
           "wrote_all"]

ndarray = np.ndarray


class _Mode(threading.local):
    """What is recorded just now, in this thread."""
    grad = True         # what runs is recorded
    inference = False   # nothing is recorded, and results can never be part of what is
    enabled = True      # grad mode as the user set it inside inference mode, where `grad` is always False
    saving: tuple = ()  # (pack, unpack) pairs for what is saved; the last one counts
    saving_refused: str | None = None    # why such pairs must not be used
    at_end: list[Callable] | None = None  # to be called when the present way back is done

    def __init__(self) -> None:
        # torch is silent about 1 / 0 and log(0); np.errstate around every op would cost as much as the op.
        # Run once per thread, when it first asks for its mode.
        np.seterr(divide="ignore", invalid="ignore", over="ignore", under="ignore")


class _Watch:
    """What is looked out for, in all threads; `on` says in one look whether a new node concerns anybody."""
    __slots__ = ("on", "anomaly", "check_nan", "savers", "inference")

    def __init__(self) -> None:
        self.on = self.anomaly = self.inference = False
        self.check_nan = True
        self.savers = 0  # how many threads have `mode.saving`

    def update(self) -> None:
        self.on = self.anomaly or self.savers > 0


mode = _Mode()
watch = _Watch()


class Node:
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

    # ---- torch's face of a node

    def name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        return f"<{self.name()} object at {hex(id(self))}>"

    def __call__(self, *gradients: Any) -> Any:
        """The gradients of the inputs for these gradients of the outputs, without going further."""
        plainly = [g if mode.grad or g is None else faces[1](g) for g in gradients]
        found = tuple(map(faces[0], self.backward(plainly if self.outputs > 1 else plainly[0])))
        return found[0] if len(found) == 1 else found

    @property
    def next_functions(self) -> tuple:
        """((node, number of its output), ...) for the inputs."""
        return tuple((None, 0) if p is None else (p.node, p.nr) if type(p) is Output else (p, 0) for p in self.parents)

    @property
    def metadata(self) -> dict:
        """A dict for whoever wants to note something on the node."""
        return self.note("metadata", {})

    def register_prehook(self, fn: Callable) -> RemovableHandle:
        """fn(gradients of the outputs) -> None or others, before the node runs backward."""
        return RemovableHandle(self.note("prehooks", {}), fn)

    def register_hook(self, fn: Callable) -> RemovableHandle:
        """fn(gradients of the inputs, gradients of the outputs) -> None or others, after the node ran backward."""
        return RemovableHandle(self.note("posthooks", {}), fn)

    def _sequence_nr(self) -> int:
        """Its place in the order of what ran."""
        return self.number


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
    wanted = {target(e)[0] for e in capture}
    useful = None if accumulate else _leading_to(wanted, [edge for edge, _ in roots])
    caught: dict[Node, Any] = {}
    leaves: dict[Leaf, Any] = {}           # leaf -> the gradient so far
    arrived: dict[Node, Any] = {}          # the same of nodes still to be called; several results: a list
    heap: list[tuple[int, Node]] = []      # (-number, node): numbers differ, so nodes are never compared
    needs = None
    before, mode.grad = mode.grad, create_graph
    outermost = mode.at_end is None
    if outermost:
        mode.at_end = []
    try:
        for edge, g in roots:
            _give((edge,), (g,), leaves, arrived, heap, None)
        while heap:
            node = heappop(heap)[1]
            g = arrived.pop(node)
            if type(g) is not ndarray:
                g = _arrays(g)
            if node.extra is not None:
                g = _prehooks(node, g)
            if wanted and node in wanted:
                caught[node] = g
                if stop:
                    continue
            if useful is not None:
                if node not in useful:
                    continue
                needs = [p is not None and target(p)[0] in useful for p in node.parents]
                if True not in needs:
                    continue
            gradients = _watched(node, g, needs) if watch.anomaly else node.backward(g, needs)
            if node.extra is not None:
                gradients = _posthooks(node, gradients, g)
            if not keep:
                node.release()
            _give(node.parents, gradients, leaves, arrived, heap, node)
        gradients = None  # a leaf may keep as its `.grad` what nobody else holds
        for leaf in list(leaves):
            g = leaves.pop(leaf)
            if leaf.extra is not None:
                g = _prehooks(leaf, g)
            if leaf in wanted:
                caught[leaf] = g
            if accumulate:
                tensor = leaf._tensor()
                if tensor is not None:
                    tensor._accumulate(g)
                if leaf.extra is not None:
                    _posthooks(leaf, (), g)
        if outermost:
            _call_at_end()
    finally:
        mode.grad = before
        if outermost:
            mode.at_end = None
    return [_of_edge(caught.get(target(e)[0]), e) for e in capture]


def at_end(callback: Callable[[], None]) -> None:
    """Have `callback` called when the present way back is done."""
    if mode.at_end is None:
        raise RuntimeError("Final callbacks can only be installed during backward pass.")
    mode.at_end.append(callback)


def _call_at_end() -> None:
    while mode.at_end:
        mode.at_end.pop(0)()


def _give(edges: Iterable[Any], gradients: Iterable[Any], leaves: dict, arrived: dict, heap: list, child: Any) -> None:
    """Add the gradients, which `child` computed, to what has arrived at each edge; what is new there gets in line."""
    for edge, g in zip(edges, gradients):
        if g is None or edge is None:
            continue
        if g.shape != edge.shape:
            g = _fitted(g, edge, edges, child)
        if g.dtype is not edge.dtype:
            g = cast(g, edge.dtype)
        kind = type(edge)
        if kind is Leaf:
            have = leaves.get(edge)
            leaves[edge] = g if have is None else have + g
        elif kind is Output:
            node, nr = edge.node, edge.nr
            parts = arrived.get(node)
            if parts is None:
                parts = arrived[node] = [None] * node.outputs
                heappush(heap, (-node.number, node))
            parts[nr] = g if parts[nr] is None else parts[nr] + g
        else:
            have = arrived.get(edge)
            if have is None:
                arrived[edge] = g
                heappush(heap, (-edge.number, edge))
            else:
                arrived[edge] = have + g


def _arrays(g: Any) -> Any:
    """A gradient (several: a list) without NumPy scalars, which sums of 0-d arrays are: rules are promised arrays."""
    if type(g) is list:
        return [np.asarray(part) if isinstance(part, np.generic) else part for part in g]
    return np.asarray(g) if isinstance(g, np.generic) else g


def _fitted(g: Any, edge: Any, edges: Iterable[Any], child: Any) -> Any:
    """A gradient in the shape of its edge."""
    if not expandable(edge.shape, g.shape):
        raise RuntimeError(f"Function {child.name()} returned an invalid gradient at index "
                           f"{[e is edge for e in edges].index(True)} - got {list(g.shape)} but expected shape "
                           f"compatible with {list(edge.shape)}")
    return unbroadcast(g, edge.shape)


def expandable(shape: tuple, to: tuple) -> bool:
    """Whether `shape` can be broadcast to the shape `to`."""
    return len(shape) <= len(to) and all(n in (1, m) for n, m in zip(reversed(shape), reversed(to)))


def _of_edge(g: Any, edge: Any) -> Any:
    return g[edge.nr] if type(edge) is Output and g is not None else g


def _leading_to(wanted: set, roots: list[Any]) -> set:
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


def unbroadcast(g: Any, shape: tuple) -> Any:
    """The gradient of what was broadcast to g's shape: sum over what was repeated."""
    extra = g.ndim - len(shape)
    axes = tuple(i for i in range(g.ndim) if i < extra or shape[i - extra] == 1 != g.shape[i])
    if type(g) is not ndarray:
        return np.sum(g, axis=axes, keepdims=True).reshape(shape)
    if g.size > 4096 and axes == tuple(range(len(axes))) and g.dtype.kind == "f" and g.flags.c_contiguous:
        rows = g.reshape(math.prod(g.shape[:len(axes)]), -1)
        # a product with ones is 2 to 6 times as fast as adding up rows, and as exact
        return np.dot(np.ones(len(rows), g.dtype), rows).reshape(shape)
    return np.add.reduce(g, axes).reshape(shape)


def cast(g: Any, dtype: Any) -> Any:
    """`g` in the dtype of the tensor it is the gradient of; a real tensor takes the real part."""
    if g.dtype == dtype:
        return g
    if g.dtype.kind == "c" and dtype.kind != "c":
        g = g.real
    return g.astype(dtype)


#: Where Python does not count references nothing looks as if it were held by nobody else.
getrefcount: Callable[[Any], int] = getattr(sys, "getrefcount", lambda value: sys.maxsize)


def _held(g: Any) -> tuple[int, int]:
    """How many hold `g` and its base, counted from here."""
    base = g.base
    return getrefcount(g), getrefcount(base)


def _count_alone() -> tuple[int, int]:
    """What `_held` says in a leaf's `_accumulate` of a gradient, and of its base, that nobody else holds."""
    counts: list[int] = []

    class Probe:
        shape, dtype = (1,), np.dtype(np.float32)

        def _accumulate(self, g: Any) -> None:
            counts.extend(_held(g))

    class Source(Node):
        def backward(self, g: Any, needs: Any = None) -> Iterable[Any]:
            return (np.zeros((1, 1), np.float32).reshape(1),)

    probe, source = Probe(), Source()
    source.number, source.extra, source.shape, source.dtype = 2 ** 62, None, (), probe.dtype
    source.parents = (Leaf(probe, probe.shape),)
    walk([(source, np.zeros((), np.float32))])
    return counts[0], counts[1]


def alone(g: Any) -> bool:
    """Whether a leaf may keep this gradient itself: nobody else holds it, as `_held` would count."""
    base = g.base
    if getrefcount(g) > _ALONE[0] or base is not None and (
            type(base) is not ndarray or base.base is not None or getrefcount(base) > _ALONE[1]):
        return False
    flags = g.flags
    return flags.c_contiguous and flags.writeable


# ------------------------------------------------------------------ hooks and anomalies

#: What a hook is handed for an array, and what its answer is turned into: `_tensor` sets both.
faces: list[Callable] = [lambda g: g, lambda g: g]


def _prehooks(node: Node, g: Any) -> Any:
    """What hooks make of the gradient of a node's results before it is used."""
    extra = node.extra or {}
    several = node.outputs > 1
    parts = list(g) if several else [g]
    for nr, hook in list(extra.get("hooks", {}).values()):
        if parts[nr] is not None:
            parts[nr] = _answer(hook, hook(faces[0](parts[nr])), parts[nr])
    for nr, keep in list(extra.get("keeps", {}).values()):  # retain_grad sees what the hooks made of it
        if parts[nr] is not None:
            keep(parts[nr])
    for hook in list(extra.get("prehooks", {}).values()):
        found = hook(tuple(map(faces[0], parts)))
        if found is not None:
            found = found if isinstance(found, tuple) else (found,)
            parts = [_answer(hook, new, old) for new, old in zip(found, parts)]
    return parts if several else parts[0]


def _posthooks(node: Node, gradients: Iterable[Any], g: Any) -> Iterable[Any]:
    """What hooks make of the gradients of a node's inputs."""
    gradients = tuple(gradients)
    for hook in list((node.extra or {}).get("posthooks", {}).values()):
        found = hook(tuple(map(faces[0], gradients)), tuple(map(faces[0], g if node.outputs > 1 else (g,))))
        if found is not None:
            found = found if isinstance(found, tuple) else (found,)
            gradients = tuple(_answer(hook, new, old) for new, old in zip(found, gradients))
    return gradients


def _answer(hook: Callable, found: Any, old: Any) -> Any:
    """The gradient after a hook was asked: its own, or the old one where it answered None."""
    if found is None:
        return old
    name = getattr(hook, "__name__", type(hook).__name__)
    if not isinstance(found, (ndarray, np.generic)):
        raise TypeError(f"expected Variable, but hook returned '{type(found).__name__}'")
    if old is not None and tuple(found.shape) != tuple(old.shape):
        raise RuntimeError(f"hook '{name}' has changed the size of value")
    if old is not None and found.dtype != old.dtype:
        raise RuntimeError(f"hook '{name}' has changed the type of value (was {tensor_type(old)} got "
                           f"{tensor_type(found)})")
    return found if mode.grad else faces[1](found)


def _watched(node: Node, g: Any, needs: Any) -> Iterable[Any]:
    """A step backward under anomaly detection: nan is an error, and every error tells where forward was called."""
    stack = (node.extra or {}).get("stack")
    told = (f"Traceback of forward call that caused the error:\n{''.join(stack)}" if stack else
            "No forward pass information available. Enable detect anomaly during forward pass for more information.")
    try:
        gradients = tuple(node.backward(g, needs))
        for i, found in enumerate(gradients if watch.check_nan else ()):
            if found is not None and np.isnan(faces[1](found)).any():
                raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.\n{told}")
    except Exception:
        import warnings
        warnings.warn(f"Error detected in {node.name()}. {told}", stacklevel=4)
        raise
    return gradients


# ------------------------------------------------------------------ what must not have changed

def check_unchanged(array: ndarray, since: int, made_by: Any = None) -> None:
    """Raise torch's error if `array`, which the node `made_by` gave, was written to after the time `since`."""
    later = changes(array, since)
    if not later:
        return
    node, nr = (None, 0) if made_by is None else target(made_by)
    source = "" if node is None or type(node) is Leaf else (
        f", which is output {nr} of {node.name().partition('Backward')[0]},")
    hint = ("the backtrace further above shows the operation that failed to compute its gradient. The variable in "
            "question was changed in there or anywhere later. Good luck!" if watch.anomaly else
            "enable anomaly detection to find the operation that failed to compute its gradient, with "
            "torch.autograd.set_detect_anomaly(True, check_nan=False).")
    now = version(array)
    raise RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{tensor_type(array)} {list(array.shape)}]{source} is at version {now}; expected version {now - later} "
        f"instead. Hint: {hint}")


_ALONE = _count_alone() if hasattr(sys, "getrefcount") else (0, 0)
