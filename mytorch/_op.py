"""One declaration per operation: the one place that runs, wraps and records.

    exp = op(lambda g, y, x: g * y, promote=to_float)(np.exp)

reads: run np.exp on plain arrays; the gradient of x is `g * y`, where `g` is the gradient of the result, `y` the result and
the rest what the op was called with.  From that line come `mytorch.exp`, `Tensor.exp`, `Tensor.exp_`, `out=`, `np.exp(tensor)`.

What a rule mentions is saved for it, what it does not mention is not; of an input of which it reads only
shape, ndim or dtype, only these are kept.  (PyTorch's generator reads its derivatives.yaml the same way.)  Rules run on plain
arrays; when the way back is itself recorded (create_graph) they are handed Tensors, and the same line records itself.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from . import _tape
from ._tape import Leaf, Node, Output, check_unchanged, clock, mode, ndarray, walk, wrote
from ._tensor import FUNCTIONS, UFUNCS, Tensor, edge, plain, refresh, tensor_of
from ._types import as_dtype, complex_dtype, default_dtype, is_inexact, named_dtype, result_dtype

__all__ = ["OPS", "apply", "inplace_of", "method", "numpy_face", "op", "write"]

_view = ndarray.view
asarray = np.asarray

#: Every declared op by name: what the tests go through.
OPS: dict[str, "Op"] = {}


class Meta:
    """What is kept of an input whose numbers the rule does not need."""
    __slots__ = ("shape", "dtype")

    def __init__(self, array: ndarray) -> None:
        self.shape, self.dtype = array.shape, array.dtype

    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: int(np.prod(self.shape, dtype=np.int64)))


class Plan:
    """For one set of inputs that want a gradient: which rules run, and what must be kept for them."""
    __slots__ = ("kind", "rules", "keep_y", "drop", "keep")

    def __init__(self, kind: Any, rules: list, keep_y: bool, drop: list, keep: list) -> None:
        self.kind = kind      # the class of the node; None where the inputs decide
        self.rules = rules    # (position, rule) pairs
        self.keep_y = keep_y
        self.drop = drop      # (position, keep its Meta?) pairs of inputs whose numbers no rule reads
        self.keep = keep      # positions of the others


class Op:
    """What was declared about one operation."""
    __slots__ = ("name", "forward", "rules", "joint", "promote", "names", "defaults", "view", "sequence", "variadic",
                 "definition", "node_name", "node_types", "plans", "call", "inplace", "ufunc", "saves", "spellings",
                 "min_args", "several")

    def plan(self, mask: int) -> Plan:
        """The plan for the inputs whose bits are set in `mask`, made when first needed."""
        found = self.plans.get(mask)
        if found is None:
            rules = [(i, rule) for i, rule in enumerate(self.rules) if rule is not None and mask >> i & 1]
            used: dict[Any, str] = {}
            for rule in [self.joint] if self.joint else [rule for _, rule in rules]:
                offset = 3 if self.joint else 2
                for name, how in _uses(rule, offset).items():
                    if used.get(name) != "value":
                        used[name] = how
            count = len(self.names)
            if self.saves is not None:
                used = {i: "value" if self.names[i] in self.saves else "meta" for i in range(count)}
                used["y"] = "value" if "y" in self.saves else ""
            drop = [(i, used.get(i) == "meta") for i in range(count) if used.get(i) != "value"]
            keep = [i for i in range(count) if used.get(i) == "value"]
            kind = self.node_type([], self.several) if isinstance(self.node_name, str) else None
            found = self.plans[mask] = Plan(kind, rules, bool(used.get("y")), drop, keep)
        return found

    def node_type(self, arrays: list, several: bool = False) -> type:
        """The class of this op's nodes, named as torch names it."""
        name = self.node_name if isinstance(self.node_name, str) else self.node_name(*arrays)
        found = self.node_types.get(name)
        if found is None:
            base = KernelNode if self.definition else SeveralNode if several else OpNode
            found = self.node_types[name] = type(name, (base,), {"__slots__": (), "op": self, "__module__": __name__})
        return found

    def spelled(self, args: tuple, kwargs: dict) -> tuple[tuple, Any]:
        """Positional arguments and `out` from arguments given by name; NumPy's names are understood."""
        out = kwargs.pop("out", None)
        full = list(args) + [_missing] * (len(self.names) - len(args))
        for key, value in kwargs.items():
            name = key if key in self.names else _SYNONYMS.get(key, key)
            if name not in self.names and name in ("input", "x"):
                name = self.names[0]
            if name not in self.names:
                raise TypeError(f"{self.name}() got an unexpected keyword argument '{key}'")
            place = self.names.index(name)
            if full[place] is not _missing:
                raise TypeError(f"{self.name}() got multiple values for argument '{key}'")
            full[place] = value
        while full and full[-1] is _missing:
            full.pop()
        for i, value in enumerate(full):
            if value is _missing:
                if i < self.min_args:
                    raise TypeError(f"{self.name}() missing 1 required positional arguments: \"{self.names[i]}\"")
                full[i] = self.defaults[i - self.min_args]
        return tuple(full), out


_missing = object()
_SYNONYMS = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "self": "input", "axes": "dims",
             "x1": "input", "x2": "other", "dims": "dim", "correction": "correction", "mat2": "other", "vec2": "other",
             "tensor": "other", "sizes": "size", "shape": "size"}
_META = ("shape", "ndim", "dtype", "size")


def _uses(rule: Callable, skip: int) -> dict[Any, str]:
    """Which arguments a rule reads: {position or "y": "value" or "meta"}, read off its code."""
    import dis
    code = rule.__code__
    names = code.co_varnames[:code.co_argcount + bool(code.co_flags & 4)]
    places = {name: i - skip for i, name in enumerate(names[:code.co_argcount])}
    rest = names[code.co_argcount] if code.co_flags & 4 else None
    used: dict[Any, str] = {}
    steps = list(dis.get_instructions(code))
    for step, after in zip(steps, steps[1:] + [None]):
        read = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        if not step.opname.startswith(("LOAD_", "STORE_FAST_LOAD")):
            continue
        for i, name in enumerate(read):
            if name == rest and rest is not None:
                used.update({p: "value" for p in range(len(places) - skip, 64)})
            if name not in places or places[name] < -1 - (skip == 3):
                continue
            meta = (step.opname.startswith("LOAD_FAST") and i == len(read) - 1 and after is not None
                    and after.opname == "LOAD_ATTR" and after.argval in _META)
            key = "y" if name == names[1] else places[name]
            if used.get(key) != "value":
                used[key] = "meta" if meta and key != "y" else "value"
    return used


# ------------------------------------------------------------------ nodes

class OpNode(Node):
    """An op that ran: what its rules need, and how they are called."""
    __slots__ = ("args", "y", "plan")
    op: Op

    def backward(self, g: Any, needs: Any = None) -> Any:
        args = self.args
        if args is None:
            raise RuntimeError(
                "Trying to backward through the graph a second time (or directly access saved tensors after they have "
                "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
                "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time "
                "or if you need to access saved tensors after calling backward.")
        if _tape.last_write > self.number:
            self.check()
        y = self.y
        if mode.grad:
            args, y = self.recorded()
        if self.op.joint is not None:
            wanted = [p is not None for p in self.parents] if needs is None else needs
            return self.op.joint(g, y, wanted, *args)
        gradients = [None] * len(self.parents)
        for i, rule in self.plan.rules:
            if needs is None or needs[i]:
                gradients[i] = rule(g, y, *args)
        return gradients

    def recorded(self) -> tuple[list, Any]:
        """The saved arrays as the Tensors they were: rules that see them record themselves."""
        args = list(self.args)
        if self.op.sequence:
            args[0] = [_at(a, p) for a, p in zip(args[0], self.parents)]
        else:
            args = [_at(a, p) for a, p in zip(args, self.parents)] + args[len(self.parents):]
        return args, self.result_tensor()

    def result_tensor(self) -> Any:
        return _at(self.y, self)

    def check(self) -> None:
        """Raise if something saved was written to since."""
        for i in self.plan.keep:
            for array in self.args[i] if type(self.args[i]) is list else (self.args[i],):
                if isinstance(array, ndarray):
                    check_unchanged(array, self, tensor_type)
        for y in self.y if isinstance(self.y, tuple) else (self.y,):
            if isinstance(y, ndarray):
                check_unchanged(y, self, tensor_type)

    def release(self) -> None:
        if self.y is not None or self.plan.keep:
            self.args = self.y = None

    saved_tensors = property(lambda self: tuple(tensor_of(a) for a in self.args or () if isinstance(a, ndarray)))


class SeveralNode(OpNode):
    """An op with several results; `forms` are the shapes and dtypes of those that carry a gradient, else None."""
    __slots__ = ("outputs", "forms")

    def backward(self, g: Any, needs: Any = None) -> Any:
        carrying = [i for i, form in enumerate(self.forms) if form is not None]
        if len(carrying) == 1:  # values and indices: the rule is about the values
            return OpNode.backward(self, g[carrying[0]], needs)
        filled = [np.zeros(*form) if part is None and form is not None else part for part, form in zip(g, self.forms)]
        return OpNode.backward(self, filled, needs)

    def result_tensor(self) -> Any:
        if self.y is None:
            return None
        return tuple(_at(y, Output(self, i, y.shape, y.dtype)) if form else y
                     for i, (y, form) in enumerate(zip(self.y, self.forms)))


class KernelNode(SeveralNode):
    """A fused kernel: `y` is what its forward saved; recorded, it goes back through its definition in plain ops."""
    __slots__ = ("saved",)

    def backward(self, g: Any, needs: Any = None) -> Any:
        if self.args is None or not mode.grad:
            return (OpNode if self.outputs == 1 else SeveralNode).backward(self, g, needs)
        if _tape.last_write > self.number:
            self.check()
        wanted = [p is not None and (needs is None or needs[i]) for i, p in enumerate(self.parents)]
        inputs = [_alias(a, p) if w else tensor_of(a) if isinstance(a, ndarray) else a
                  for a, p, w in zip(self.args, self.parents, wanted)] + list(self.args[len(self.parents):])
        result = self.op.definition(*inputs)
        pairs = [(result, g)] if self.outputs == 1 else [(r, part) for r, part in zip(result, g) if part is not None]
        edges = [edge(t) for t, w in zip(inputs, wanted) if w]
        found = iter(walk([(edge(r), part) for r, part in pairs if edge(r) is not None], create_graph=True, keep=True,
                          capture=tuple(edges), accumulate=False))
        return [next(found) if w else None for w in wanted]


class _Alias(Node):
    """A tensor under another name: where a search for gradients inside a definition ends."""
    __slots__ = ()

    def backward(self, g: Any, needs: Any = None) -> Any:
        return (g,)


def _alias(array: Any, parent: Any) -> Any:
    tensor = _view(array, ndarray).view(Tensor)
    tensor._node = make_node(_Alias, [parent], array)
    return tensor


def make_node(kind: type, parents: list, result: ndarray) -> Any:
    """A node of class `kind` for `result`."""
    node = kind.__new__(kind)
    node.number, node.parents, node.extra = clock(), parents, None
    node.shape, node.dtype = result.shape, result.dtype
    if mode.anomaly:
        note_stack(node)
    return node


def note_stack(node: Node) -> None:
    """Under anomaly detection a node remembers where it was made."""
    import traceback
    node.note("stack", traceback.format_stack()[:-4])


def _at(array: Any, place: Any) -> Any:
    """The array as a Tensor at an edge of the tape; what is no array, or at no edge, as it is."""
    if place is None or not isinstance(array, ndarray):
        return array
    tensor = _view(array, ndarray).view(Tensor)
    tensor._node = place
    return tensor


def tensor_type(array: ndarray) -> str:
    """torch's old name for a kind of tensor: torch.FloatTensor."""
    names = {"float32": "Float", "float64": "Double", "float16": "Half", "bfloat16": "BFloat16", "int64": "Long",
             "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte", "bool": "Bool",
             "complex64": "ComplexFloat", "complex128": "ComplexDouble"}
    return f"torch.{names.get(array.dtype.name, array.dtype.name)}Tensor"


# ------------------------------------------------------------------ running

def apply(op: Op, args: tuple, promote: bool = True) -> Any:
    """Run an op on what it was called with: arrays in, arrays out; with a Tensor among them Tensors, recorded."""
    count = len(args)
    if count < len(op.names):
        if count < op.min_args:
            raise TypeError(f"{op.name}() missing {op.min_args - count} required positional arguments: "
                            + ", ".join(f'"{n}"' for n in op.names[count:op.min_args]))
        args = args + op.defaults[count - op.min_args:]
    arrays: list[Any] = []
    parents: list[Any] = []
    mask, bit, found = 0, 1, False
    for a in args:
        if isinstance(a, Tensor):
            found = True
            arrays.append(_view(a, ndarray))
            e = a._node if a._base is None else edge(a)
            parents.append(e)
            if e is not None:
                mask |= bit
        else:
            arrays.append(a)
            parents.append(None)
        bit += bit
    if op.sequence:
        found, mask, parents = _of_sequence(args[0], arrays)
    if promote and op.promote is not None:
        op.promote(arrays)
    y = op.forward(*arrays)
    if not found:
        return y
    if isinstance(y, tuple):
        return _finish_several(op, args, arrays, parents, y, mask)
    out = finish(op, arrays, parents, y, mask)
    if op.view and mode.grad:
        _note_view(out, out, args[0])
    return out


def finish(op: Op, arrays: list, parents: list, y: Any, mask: int) -> Tensor:
    """The result `y` of an op as a Tensor, with a node if some input (a bit in `mask`) wants a gradient."""
    if type(y) is not ndarray:
        y = asarray(y)
    out = _view(y, Tensor)
    if mask and mode.grad:
        dtype = y.dtype
        if dtype.kind in "fcV":
            plan = op.plans.get(mask) or op.plan(mask)
            kind = plan.kind or op.node_type(arrays)
            node = out._node = kind.__new__(kind)
            node.number, node.parents, node.shape, node.dtype = clock(), parents, y.shape, dtype
            node.extra, node.plan, node.args = None, plan, arrays
            node.y = y if plan.keep_y else None
            for i, meta in plan.drop:
                arrays[i] = _meta(arrays[i]) if meta else None
            if mode.anomaly:
                note_stack(node)
    elif mode.inference:
        out._inference = True
    return out


def _meta(value: Any) -> Any:
    return Meta(value) if isinstance(value, ndarray) else [_meta(v) for v in value] if type(value) is list else value


def _of_sequence(tensors: Any, arrays: list) -> tuple[bool, int, list]:
    """For ops on a list of tensors: is there one, do any want gradients, their edges."""
    arrays[0] = [_view(t, ndarray) if isinstance(t, Tensor) else t for t in tensors]
    parents = [edge(t) if isinstance(t, Tensor) else None for t in tensors]
    return any(isinstance(t, Tensor) for t in tensors), int(any(p is not None for p in parents)), parents


def _note_view(out: Tensor, y: ndarray, source: Any) -> None:
    """Remember of which tensor `out` is a view, if it is one."""
    if isinstance(source, Tensor) and _tape.owner(y) is _tape.owner(source):
        out._base = source if source._base is None else source._base


def _finish_several(op: Op, args: tuple, arrays: list, parents: list, results: tuple, mask: int) -> Any:
    """Wrap and record an op with several results, or a kernel's (result, what it saved)."""
    saved = None
    if op.definition is not None:
        results, saved = results
    single = not isinstance(results, tuple)
    parts = tuple(map(asarray, (results,) if single else results))
    outs = [part.view(Tensor) for part in parts]
    forms = [(p.shape, p.dtype) if p.dtype.kind in "fcV" else None for p in parts]
    if mask and mode.grad and any(forms):
        plan = op.plan(mask)
        node = make_node(plan.kind or op.node_type(arrays, True), parents, parts[0])
        node.outputs, node.forms, node.plan = len(parts), forms, plan
        if op.definition is None:
            for i, meta in plan.drop:
                arrays[i] = _meta(arrays[i]) if meta else None
            node.y = parts if plan.keep_y else None
        else:
            node.y = saved
        node.args = arrays
        for nr, (out, form) in enumerate(zip(outs, forms)):
            if form is not None:
                out._node = node if single else Output(node, nr, *form)
    if op.view and mode.grad:
        for out, part in zip(outs, parts):
            _note_view(out, part, args[0])
            out._sibling = True
    if single:
        return outs[0]
    return type(results)(*outs) if hasattr(results, "_fields") else tuple(outs)


# ------------------------------------------------------------------ writing in place

def check_writable(x: Tensor) -> None:
    """Raise where torch forbids an in-place write that autograd would have to see."""
    if not mode.grad:
        return
    if type(edge(x)) is Leaf:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    if x._base is not None:
        if type(x._base._node) is Leaf:
            raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
        if x._sibling and edge(x) is not None:
            raise RuntimeError(
                f"Output {x.output_nr} of {x.grad_fn.name()} is a view and is being modified inplace. This view is "
                "the output of a function that returns multiple views. Such functions do not allow the output views "
                "to be modified inplace. You should replace the inplace operation by an out-of-place one.")


def write(x: Tensor, y: Any, kind: str = "result type") -> Tensor:
    """Put `y` (what an op made of x's old value, or anything else) into x's memory, and y's history into x's."""
    array, values = _view(x, ndarray), plain(y)
    if values.dtype is not array.dtype and not castable(values.dtype, array.dtype):
        raise RuntimeError(f"{kind} {named_dtype(values.dtype).name.capitalize()} can't be cast to the desired output "
                           f"type {named_dtype(array.dtype).name.capitalize()}")
    if values.shape != array.shape and np.broadcast_shapes(values.shape, array.shape) != array.shape:
        raise RuntimeError(f"output with shape {list(array.shape)} doesn't match the broadcast shape "
                           f"{list(np.broadcast_shapes(values.shape, array.shape))}")
    node = edge(y) if isinstance(y, Tensor) and mode.grad else None
    if node is not None and isinstance(node, OpNode):
        _keep_old(node, array)
    np.copyto(array, values, casting="unsafe")
    wrote(array)
    if not mode.grad or (node is None and edge(x) is None and (x._base is None or edge(x._base) is None)):
        return x
    if node is not None:
        node = _renumbered(node, array, values)
    _rebase(x, node)
    return x


def _keep_old(node: OpNode, array: ndarray) -> None:
    """The rule of the op whose result is written over `array` may read what stood there: keep a copy."""
    mine = _tape.owner(array)
    if node.args is not None:
        node.args = [np.array(a) if isinstance(a, ndarray) and _tape.owner(a) is mine else a for a in node.args]


def _renumbered(node: Any, array: ndarray, values: ndarray) -> Any:
    """The node of a result that was written to `array`: it ran after the write, and its result lies there now."""
    fits = node.shape == array.shape and node.dtype is array.dtype
    if isinstance(node, OpNode) and fits and node.outputs == 1:
        node.number = clock()
        if node.y is values:
            node.y = array
        return node
    return make_op_node(_copy_op, [None, node], array, [None, Meta(values)])


def make_op_node(op: Op, parents: list, result: ndarray, args: list) -> OpNode:
    """A node as `apply` would make it, for results that came about otherwise."""
    node = make_node(op.node_type(args), parents, result)
    node.args, node.y, node.plan = args, None, op.plan(sum(1 << i for i, p in enumerate(parents) if p is not None))
    return node


def castable(source: np.dtype, target: np.dtype) -> bool:
    """Whether torch lets a result of type `source` be written to a tensor of type `target`."""
    rank = {"b": 0, "u": 1, "i": 1, "f": 2, "V": 2, "c": 3}
    return rank[source.kind] <= rank[target.kind]


def _rebase(x: Tensor, node: Any) -> None:
    """Give x, whose memory has just been written, the history `node` (None: a constant was written)."""
    if x._base is None:
        x._node = node
        return
    base = x._base
    place = geometry(base, x)
    whole = _view(base, ndarray)
    history = edge(base)
    base._node = None if node is None and history is None else make_op_node(
        _put_op, [history, node], whole, [Meta(whole), None, place])
    x._node = None
    if base._node is not None:
        refresh_view(x, base)


def geometry(base: Tensor, x: Tensor) -> tuple:
    """Where the view x lies in the memory of its base: (byte offset, shape, strides, dtype), and base's own form."""
    whole, part = _view(base, ndarray), _view(x, ndarray)
    start = part.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    return start, part.shape, part.strides, part.dtype, whole.shape, whole.strides


def refresh_view(x: Tensor, base: Tensor) -> None:
    """After a write that changed the base's history: the view is a piece of what the base is now."""
    x._node = make_op_node(_piece_op, [base._node], _view(x, ndarray), [None, geometry(base, x)])


refresh.append(refresh_view)


def _laid_out(values: ndarray, place: tuple) -> tuple[ndarray, ndarray]:
    """A copy of `values` in memory laid out like the base, and the view of it that `place` names."""
    start, shape, strides, dtype, whole_shape, whole_strides = place
    low = sum(min(0, (n - 1) * s) for n, s in zip(whole_shape, whole_strides))
    high = sum(max(0, (n - 1) * s) for n, s in zip(whole_shape, whole_strides)) + values.dtype.itemsize
    buffer = np.zeros(high - low, np.uint8)
    whole = ndarray(whole_shape, values.dtype, buffer, -low, whole_strides)
    np.copyto(whole, values)
    part_type = values.dtype if dtype.kind == values.dtype.kind else dtype
    return whole, ndarray(shape, part_type, buffer, start - low, strides)


def _piece(x: ndarray, place: tuple) -> ndarray:
    """The part of x that lies where a view of the base lay."""
    return np.array(_laid_out(x, place)[1])


def _put(x: Any, part: Any, place: tuple) -> ndarray:
    """x with the part at `place` replaced."""
    whole, piece = _laid_out(x, place)
    np.copyto(piece, 0 if part is None else part)
    return whole


# ------------------------------------------------------------------ declaring

def op(*rules: Callable | None, joint: Callable | None = None, promote: Callable | None = None,
       name: str | None = None, names: tuple[str, ...] | None = None, view: bool = False, sequence: bool = False,
       variadic: int | None = None, definition: Callable | None = None, node: Any = None, saves: Any = None,
       several: bool = False, method: Any = True, inplace: bool = False, numpy: Any = None, register: bool = True,
       reflected: str | None = None, dunder: str | None = None) -> Callable:
    """Declare an operation; decorates its forward, a function of plain arrays.

    rules: one per input, `rule(g, y, *inputs) -> gradient of that input`, None for an input without one.
    joint: instead of rules, `joint(g, y, needs, *inputs) -> [gradients]`, for ops whose gradients share work.
    definition: makes it a fused kernel: its forward returns (result, saved), `joint` gets `saved` as y and may use plain
        NumPy; the definition, in plain ops, is what create_graph differentiates.
    promote: brings the list of inputs to one dtype, in place (`to_common`, `to_float`).
    view: the result may share memory with the first input.  sequence: the first input is a list of tensors.
    several: it has several results.
    variadic: from this position on, numbers may be given one by one (x.permute(0, 2, 1)).
    node: the name of the tape's node where it is not NameBackward0; a function of the inputs may decide.
    saves: names of what to keep, for rules whose code does not show it.
    method: the Tensor method's name; True: the op's own; False: none; a tuple: several.  inplace: also name_.
    numpy: NumPy's function or ufunc that this is (a ufunc forward is its own).
    dunder, reflected: operator names without underscores ("add", "radd").
    """
    def declare(forward: Callable) -> Callable:
        self = Op()
        ufunc = isinstance(forward, np.ufunc)
        code = None if ufunc else forward.__code__
        self.name = name or forward.__name__.lstrip("_")
        self.forward, self.rules, self.joint, self.promote = forward, rules, joint, promote
        self.names = names or (("input", "other")[:forward.nin] if ufunc else code.co_varnames[:code.co_argcount])
        self.defaults = () if ufunc else forward.__defaults__ or ()
        self.min_args = len(self.names) - len(self.defaults)
        self.view, self.sequence, self.variadic, self.definition = view, sequence, variadic, definition
        self.node_name = node or "".join(part.title() for part in self.name.split("_")) + "Backward0"
        self.node_types, self.plans, self.several = {}, {}, several
        self.saves = ("input",) if definition is not None else saves
        self.inplace, self.ufunc = inplace, forward if ufunc else None
        call = self.call = _caller(self)
        call.__name__ = call.__qualname__ = self.name
        call.__doc__ = forward.__doc__ if not ufunc else f"{self.name}({', '.join(self.names)})\n\nAs numpy." \
                                                          f"{forward.__name__}, elementwise and differentiable."
        call.op = self
        self.spellings = [self.name] * bool(register)
        if register:
            OPS[self.name] = self
        for spelled in (self.name,) * (method is True) if isinstance(method, bool) else (
                (method,) if isinstance(method, str) else method):
            setattr(Tensor, spelled, call)
        if inplace:
            setattr(Tensor, self.name + "_", inplace_of(self))
        if dunder:
            setattr(Tensor, f"__{dunder}__", _operator(self))
            if inplace:
                setattr(Tensor, f"__i{dunder}__", getattr(Tensor, self.name + "_"))
        if reflected:
            setattr(Tensor, f"__{reflected}__", _reflected(self))
        if ufunc or isinstance(numpy, np.ufunc):
            UFUNCS[forward if ufunc else numpy, "__call__"] = _ufunc_face(self)
        return call
    return declare


def _caller(self: Op) -> Callable:
    """The function users call."""
    def call(*args: Any, **kwargs: Any) -> Any:
        if not kwargs:
            return apply(self, args)
        args, out = self.spelled(args, kwargs)
        return apply(self, args) if out is None else _into(self, out, args)

    def call_variadic(*args: Any, **kwargs: Any) -> Any:
        at = self.variadic
        if len(args) > at and not isinstance(args[at], (tuple, list)) and args[at] is not None and (
                len(args) > at + 1 or not kwargs):
            args = (*args[:at], args[at:])
        return call(*args, **kwargs)
    if self.variadic is not None:
        return call_variadic
    return _unary(self) if self.ufunc is not None and self.ufunc.nin == 1 else call


def _unary(self: Op) -> Callable:
    """The function users call, for a ufunc of one input: straight to it where nothing needs converting."""
    forward = self.ufunc

    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs:
            x = args[0]
            if isinstance(x, Tensor) and x.dtype.kind == "f":
                node = x._node if x._base is None else edge(x)
                array = _view(x, ndarray)
                return finish(self, [array], [node], forward(array), 0 if node is None else 1)
            return apply(self, args)
        args, out = self.spelled(args, kwargs)
        return apply(self, args) if out is None else _into(self, out, args)
    return call


def inplace_of(self: Op) -> Callable:
    """The method that leaves the op's result in its first input."""
    def run(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if kwargs:
            args = self.spelled((x, *args), kwargs)[0][1:]
        check_writable(x)
        return write(x, apply(self, (x, *args)))
    run.__name__ = run.__qualname__ = self.name + "_"
    run.__doc__ = f"In-place version of `{self.name}`."
    return run


def _operator(self: Op) -> Callable:
    """`a + b` for a Tensor `a`: straight to the ufunc when nothing needs converting; `apply` sees to the rest."""
    forward, direct = self.ufunc, self.promote is not None

    def run(a: Any, b: Any) -> Any:
        x = _view(a, ndarray)
        ea = a._node if a._base is None else edge(a)
        if isinstance(b, Tensor):
            z = _view(b, ndarray)
            if direct and x.dtype is z.dtype and x.dtype.kind in "fc":
                eb = b._node if b._base is None else edge(b)
                mask = (1 if ea is not None else 0) + (2 if eb is not None else 0)
                return finish(self, [x, z], [ea, eb], forward(x, z), mask)
        elif direct and type(b) is float and x.dtype.kind in "fc":
            return finish(self, [x, b], [ea, None], forward(x, b), 0 if ea is None else 1)
        elif isinstance(b, (list, tuple)):
            b = asarray(b)
        elif not isinstance(b, _OPERANDS):
            return NotImplemented
        return apply(self, (a, b))
    return run


def _reflected(self: Op) -> Callable:
    """`b + a` where `b` is no Tensor."""
    def run(a: Any, b: Any) -> Any:
        if isinstance(b, (list, tuple)):
            b = asarray(b)
        return apply(self, (b, a)) if isinstance(b, _OPERANDS) else NotImplemented
    return run


_OPERANDS = (ndarray, int, float, complex, np.generic)


def _into(self: Op, out: Any, args: tuple) -> Any:
    """The op with `out=`: torch's rules, no gradient."""
    if mode.grad and (_wants(args) or any(edge(o) is not None for o in (out if isinstance(out, tuple) else (out,)))):
        raise RuntimeError(f"{self.name}(): functions with out=... arguments don't support automatic differentiation, "
                           "but one of the arguments requires grad.")
    result = apply(self, args)
    for target, value in zip(out, result) if isinstance(out, (tuple, list)) else [(out, result)]:
        into(target, value)
    return out if not isinstance(out, list) else tuple(out)


def _wants(args: Any) -> bool:
    return any(_wants(a) if isinstance(a, (list, tuple)) else isinstance(a, Tensor) and edge(a) is not None
               for a in args)


def into(out: Tensor, value: Any) -> Tensor:
    """Write a result to `out`, which is resized when it must be, as torch does."""
    values = np.asarray(plain(value))
    if not castable(values.dtype, out.dtype):
        raise RuntimeError(f"result type {named_dtype(values.dtype).name.capitalize()} can't be cast to the desired "
                           f"output type {named_dtype(out.dtype).name.capitalize()}")
    if tuple(out.shape) != values.shape:
        from ._tensor import replace_memory
        if int(out.size):
            import warnings
            warnings.warn(f"An output with one or more elements was resized since it had shape {list(out.shape)}, "
                          f"which does not match the required output shape {list(values.shape)}.", stacklevel=3)
        replace_memory(out, np.empty(values.shape, out.dtype))
    np.copyto(_view(out, ndarray), values, casting="unsafe")
    wrote(out)
    return out


def _ufunc_face(self: Op) -> Callable:
    """`np.name(...)` on Tensors: NumPy's types and keywords, recorded."""
    def run(*inputs: Any, out: Any = None, where: Any = True, dtype: Any = None, **kwargs: Any) -> Any:
        for key in kwargs:
            raise NotImplementedError(f"np.{self.name} on Tensors: option {key}= is not supported")
        inputs = tuple(asarray(a) if isinstance(a, (list, tuple)) else a for a in inputs)
        if dtype is not None:
            inputs = tuple(a.astype(dtype) if isinstance(a, ndarray) else a for a in inputs)
        y = apply(self, inputs + self.defaults[len(inputs) - self.min_args:], promote=False)
        target = out[0] if out else None
        if where is not True:
            y = OPS["where"].call(asarray(where), y, np.zeros_like(plain(y)) if target is None else target)
        return y if target is None else write_out(target, y)
    return run


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


def method(*names: str) -> Callable:
    """Hang a plain function on Tensor under these names (default: its own)."""
    def attach(fn: Callable) -> Callable:
        for spelled in names or (fn.__name__,):
            setattr(Tensor, spelled, fn)
        return fn
    return attach


def numpy_face(*functions: Any) -> Callable:
    """Declare what a NumPy function does when it meets Tensors."""
    def attach(fn: Callable) -> Callable:
        for function in functions:
            if isinstance(function, tuple):
                UFUNCS[function] = fn
            else:
                FUNCTIONS[function] = fn
        return fn
    return attach


# ------------------------------------------------------------------ promotion

def to_common(arrays: list) -> None:
    """Bring the tensor operands to torch's common type; Python numbers take the type of the tensors."""
    a, b = arrays[0], arrays[1]
    if type(b) is ndarray:
        if type(a) is ndarray and a.dtype is b.dtype:
            return
    elif type(a) is ndarray:
        kind, number = a.dtype.kind, type(b)
        if (number is float and kind in "fc") or (number is int and (kind in "fc" or a.dtype.itemsize == 8)):
            return
    _convert(arrays, result_dtype(arrays[:2]), 2)


def to_common_float(arrays: list) -> None:
    """As `to_common`, then integers become the default float type."""
    a, b = arrays[0], arrays[1]
    if type(a) is ndarray and a.dtype.kind in "fc" and (
            type(b) is float or type(b) is ndarray and a.dtype is b.dtype):
        return
    kind = result_dtype(arrays[:2])
    _convert(arrays, kind if is_inexact(kind) else default_dtype(), 2)


def to_float(arrays: list) -> None:
    """An integer operand becomes the default float type."""
    x = arrays[0]
    if type(x) is not ndarray:
        x = arrays[0] = asarray(x)
    if x.dtype.kind not in "fcV":
        arrays[0] = x.astype(default_dtype())


def to_common_all(arrays: list) -> None:
    """As `to_common`, over every operand that is an array or a number."""
    kind = result_dtype([a for a in arrays if isinstance(a, (ndarray, *_NUMBERS)) and not isinstance(a, str)])
    _convert(arrays, kind, len(arrays))


_NUMBERS = (int, float, complex, np.generic)


def _convert(arrays: list, kind: np.dtype, count: int) -> None:
    for i in range(count):
        a = arrays[i]
        if isinstance(a, ndarray):
            if a.dtype is not kind:
                arrays[i] = a.astype(kind)
        elif isinstance(a, _NUMBERS):
            arrays[i] = asarray(a).astype(kind)
        elif a is not None:
            raise TypeError(f"expected a Tensor or a number, got {type(a).__name__}")


# ------------------------------------------------------------------ the ops that writing in place needs

_piece_op: Op = op(lambda g, y, x, place: _put_call(np.zeros(place[4], g.dtype), g, place),
                   name="as_strided", register=False, method=False)(_piece).op  # type: ignore[attr-defined]
_put_call = op(lambda g, y, x, part, place: _put_call(g, None, place),
               lambda g, y, x, part, place: _piece_op.call(g, place),
               name="copy_slices", node="CopySlices", register=False, method=False)(_put)
_put_op: Op = _put_call.op  # type: ignore[attr-defined]
_copy_op: Op = op(None, lambda g, y, x, value: g, name="copy", node="CopyBackwards", register=False,
                  method=False)(lambda x, value: value).op  # type: ignore[attr-defined]
