"""The one place that runs an op: unwraps what it was called with, wraps what came out, records it on the tape."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from .keep import refuse_inference
from .plan import meta
from .promote import does_not_apply, refuse_numbers, shapes_differ
from .record import OpNode, make_node, noticed
from .tape import begin, clock, inference, ndarray, owner, recording, watch
from .tensor import Tensor, edge
from .write import note_view

__all__ = ["apply", "finish", "operator_of", "reflected_of"]

_view = ndarray.view
array, asarray = np.array, np.asarray
_new = OpNode.__new__


def apply(op: Any, args: tuple, promote: bool = True) -> Any:
    """Run an op on what it was called with: arrays in, arrays out; with a Tensor among them Tensors, recorded.

    promote: False leaves the types as they are, for NumPy's functions, which have their own rules.
    """
    count = len(args)
    if count != len(op.names):
        if not op.min_args <= count < len(op.names):
            raise TypeError(f"{op.name}() takes from {op.min_args} to {len(op.names)} positional arguments but {count} "
                            "were given")
        args = args + op.defaults[count - op.min_args:]
    arrays: list[Any] = []
    parents: list[Any] = []
    mask, bit, found = 0, 1, False  # in `mask` a bit for each input that wants a gradient
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
    elif not found:
        refuse_numbers(op, arrays)
    if promote and op.promote is not None:
        op.promote(arrays)
    if not (recording() or begin()):  # asked before the forward, which may divide by zero in a new thread
        mask = 0
    try:
        y = op.forward(*arrays)
    except (ValueError, TypeError) as error:
        raise shapes_differ(error, arrays) from None
    if not found:
        return y
    if watch.inference and mask:
        refuse_inference(op, args, mask)
    if isinstance(y, tuple):
        return _finish_several(op, args, arrays, parents, y, mask)
    out = finish(op, arrays, parents, y, mask)
    if op.view and isinstance(args[0], Tensor) and owner(out) is owner(args[0]):
        note_view(out, args[0])
    return out


def finish(op: Any, arrays: list, parents: list, y: Any, mask: int) -> Tensor:
    """The result `y` of an op as a Tensor; with a node if an input wants a gradient, recorded: a bit in `mask` each."""
    if type(y) is not ndarray:
        y = asarray(y)
    out = _view(y, Tensor)
    if mask:
        dtype = y.dtype
        if dtype.kind in "fcV":  # bfloat16 says it is void
            plan = op.plans.get(mask) or op.plan(mask, arrays)
            node = out._node = _new(OpNode)
            node.number, node.parents = clock(), parents
            node.shape, node.dtype, node.extra = y.shape, dtype, None
            node.plan, node.args = plan, arrays
            node.y = y if plan.keep_y else None
            for i, shape_only in plan.drop:
                arrays[i] = meta(arrays[i]) if shape_only else None
            if watch.on:
                noticed(node)
    elif inference() is not None:
        out._inference = True
    return out


def _of_sequence(tensors: Any, arrays: list) -> tuple[bool, int, list]:
    """For ops on a list of tensors: is there one, do any want gradients, their edges."""
    arrays[0] = [_view(t, ndarray) if isinstance(t, Tensor) else t for t in tensors]
    parents = [edge(t) if isinstance(t, Tensor) else None for t in tensors]
    return any(isinstance(t, Tensor) for t in tensors), int(any(p is not None for p in parents)), parents


def _finish_several(op: Any, args: tuple, arrays: list, parents: list, results: tuple, mask: int) -> Any:
    """Wrap and record an op with several results, or a kernel's (result, what it saved)."""
    saved = None
    if op.definition is not None:
        results, saved = results
    single = not isinstance(results, tuple)
    parts = tuple(map(asarray, (results,) if single else results))
    outs = [part.view(Tensor) for part in parts]
    forms = [(p.shape, p.dtype) if p.dtype.kind in "fcV" else None for p in parts]
    if mask and any(forms):
        plan = op.plan(mask, arrays)
        node = make_node(plan.kind, parents, parts[0])
        node.outputs, node.forms, node.plan = len(parts), forms, plan
        if op.definition is None:
            for i, shape_only in plan.drop:
                arrays[i] = meta(arrays[i]) if shape_only else None
            node.y = _kept(parts, plan.keep_y)
        else:
            node.y = saved
        node.args = arrays
        if watch.on:
            noticed(node)
        for nr, (out, form) in enumerate(zip(outs, forms)):
            if form is not None:
                out._node = node.edge_of(nr)
    elif inference() is not None:
        for out in outs:
            out._inference = True
    if op.view and isinstance(args[0], Tensor):
        memory = owner(args[0])
        for out in outs:
            if owner(out) is memory:
                note_view(out, args[0], "several")
    if single:
        return outs[0]
    return type(results)(*outs) if hasattr(results, "_fields") else tuple(outs)


def _kept(parts: tuple, which: Any) -> Any:
    """Those of several results that the rules read."""
    if type(which) is bool:
        return parts if which else None
    return tuple(part if nr in which else None for nr, part in enumerate(parts))


# ------------------------------------------------------------------ operators

def operator_of(self: Any) -> Callable:
    """`a + b` for a Tensor `a`: straight to the ufunc when nothing needs converting; `apply` sees to the rest."""
    forward = self.ufunc

    def run(a: Any, b: Any) -> Any:
        x = _view(a, ndarray)
        on = recording() or begin()
        ea = a._node if a._base is None else edge(a)
        if isinstance(b, Tensor):
            z = _view(b, ndarray)
            if x.dtype is z.dtype and x.dtype.kind == "f" and not (watch.inference and (a._inference or b._inference)):
                eb = b._node if b._base is None else edge(b)
                mask = (1 if ea is not None else 0) + (2 if eb is not None else 0)
                try:
                    y = forward(x, z)
                except ValueError as error:
                    raise shapes_differ(error, [x, z]) from None
                return finish(self, [x, z], [ea, eb], y, mask if on else 0)
        elif type(b) is float and x.dtype.kind == "f":
            b = array(b, x.dtype)  # a ufunc takes a 0-d array in half the time of a Python number
            return finish(self, [x, b], [ea, None], forward(x, b), 1 if on and ea is not None else 0)
        elif isinstance(b, (list, tuple)):
            b = asarray(b)
        elif not isinstance(b, _OPERANDS):
            return NotImplemented
        return apply(self, (a, b))
    return run


def reflected_of(self: Any) -> Callable:
    """`b + a` where `b` is no Tensor."""
    def run(a: Any, b: Any) -> Any:
        if isinstance(b, (list, tuple)):
            b = asarray(b)
        elif not isinstance(a, Tensor):
            raise does_not_apply("__r" + self.name.removeprefix("bitwise_") + "__", a)
        return apply(self, (b, a)) if isinstance(b, _OPERANDS) else NotImplemented
    return run


_OPERANDS = (ndarray, int, float, complex, np.generic)
