"""One declaration per operation: the one place that runs, wraps and records.

    exp = op(lambda g, y, x: g * y, promote=to_float)(np.exp)

reads: run np.exp on plain arrays; the gradient of x is `g * y`, where `g` is the gradient of the result, `y` the
result and the rest what the op was called with.  From that line come `mytorch.exp`, `Tensor.exp`, `Tensor.exp_`,
`out=`, `np.exp(tensor)`.

What a rule mentions is saved for it, what it does not mention is not; of an input of which it reads only shape, ndim or
dtype, only these are kept.  (PyTorch's generator reads its derivatives.yaml the same way.)  Rules run on plain arrays;
when the way back is itself recorded (create_graph) they are handed Tensors, and the same line records itself.
"""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from .._types import tensor_type
from .arguments import approve, explain, failed, tensors_first
from .face import FUNCTIONS, UFUNCS
from .kernel import KernelNode
from .out import deliver
from .overlap import check_apart
from .plan import Plan, both, uses
from .promote import shapes_differ, to_common, to_common_all, to_common_float, to_float
from .record import OpNode, SeveralNode, make_node
from .run import apply, finish, operator_of, reflected_of
from .shown import Shown
from .tape import begin, mode, ndarray, recording, wrote
from .tensor import Tensor, edge, plain, unseen
from .ufunc import as_array, placed, ufunc_face
from .write import check_writable, note_view, write, write_out

__all__ = ["OPS", "Op", "apply", "as_array", "check_apart", "check_writable", "deliver", "finish", "inplace_of",
           "make_node", "method", "note_view", "numpy_face", "op", "placed", "reflected_of", "shapes_differ",
           "tensor_type", "to_common", "to_common_all", "to_common_float", "to_float", "write", "write_out", "wrote"]

_view = ndarray.view

#: Every declared op by name: what the tests go through.
OPS: dict[str, "Op"] = {}


class Op:
    """What was declared about one operation: what `op` is told (see there), and what follows from it."""
    name: str
    forward: Any
    rules: tuple
    joint: Any
    promote: Any
    names: tuple               # of the arguments
    defaults: tuple            # of the last of them
    min_args: int              # how many have none
    view: bool
    sequence: bool
    several: bool
    variadic: int | None
    definition: Any
    saves: Any
    ufunc: Any                 # the forward, if it is a ufunc
    node_name: Any             # the node's name; or a function of the inputs, to its name or another Op
    node_types: dict[str, type]
    listed: dict[str, tuple]   # by the node's name: the places of the arguments that torch lists, in its order
    plans: dict[Any, Plan]     # by the inputs that want a gradient, one bit each; and by name, if they decide it
    public: bool               # whether it was seen among the public names: then its errors are torch's
    ways: dict[str, Callable]  # for users: function, method, in place

    def plan(self, mask: int, inputs: Any) -> Plan:
        """The plan for the inputs whose bits are set in `mask`; they may decide its name, or whose it is."""
        if type(self.node_name) is str:
            return self.plans.get(mask) or self._planned(mask, mask, self.node_name)
        name = self.node_name(*inputs)
        return self.plans.get((mask, name)) or (
            self._planned((mask, name), mask, name) if type(name) is str else name.plan(mask, inputs))

    def _planned(self, key: Any, mask: int, name: str) -> Plan:
        """A new plan, noted under `key`."""
        rules = [(i, rule) for i, rule in enumerate(self.rules) if rule is not None and mask >> i & 1]
        used: dict[Any, Any] = {}
        for rule in [rule for _, rule in rules] or ([self.joint] if self.joint else []):
            for place, how in uses(rule, 2 if rules else 3).items():
                used[place] = both(used.get(place), how)
        count = len(self.names)
        needs = None if self.sequence else [bool(mask >> i & 1) for i in range(count)]
        if self.saves is not None:
            used = {i: "value" if self.names[i] in self.saves else "meta" for i in range(count)}
            used["y"] = "value" if "y" in self.saves else ""
        drop = [(i, used.get(i) == "meta") for i in range(count) if used.get(i) != "value"]
        keep = [i for i in range(count) if used.get(i) == "value"]
        made = self.plans[key] = Plan(self, self.node_type(name), rules, needs, used.get("y"), drop, keep)
        return made

    def node_type(self, name: str) -> type:
        """The class of this op's nodes that torch names so."""
        found = self.node_types.get(name)
        if found is None:
            base = KernelNode if self.definition else SeveralNode if self.several else OpNode
            found = self.node_types[name] = type(name, (Shown, base), {"__slots__": (), "__module__": __name__})
        return found

    def spelled(self, args: tuple, kwargs: dict) -> tuple[tuple, Any]:
        """Positional arguments and `out` from arguments given by name; NumPy's names are understood."""
        full = list(args) + [_missing] * (len(self.names) - len(args))
        for key, value in kwargs.items():
            if key == "out":
                continue
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
        return tuple(full), kwargs.get("out")

    def asking(self, method: bool = False, ending: str = "") -> Callable:
        """The function, the method or (`ending`: "_") the in-place method for users: it asks what it is given."""
        self.public = True
        way = "in place" if ending else "method" if method else "function"
        if way not in self.ways:
            self.ways[way] = inplace_of(self, True) if ending else _named(self, _caller(self, method, True))
        return self.ways[way]

    def explain(self, args: tuple, kwargs: dict, method: bool, ending: str = "") -> None:
        """Raise torch's TypeError if a call that failed was one that torch does not take; args with the tensor."""
        if self.public:
            explain(self.name + ending, args[method:], kwargs, method)


_missing = object()
_SYNONYMS = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "self": "input", "axes": "dims",
             "x1": "input", "x2": "other", "dims": "dim", "correction": "correction", "mat2": "other", "vec2": "other",
             "tensor": "other", "sizes": "size", "shape": "size"}


# ------------------------------------------------------------------ declaring

def op(*rules: Callable | None, joint: Callable | None = None, promote: Callable | None = None,
       name: str | None = None, names: tuple[str, ...] | None = None, view: bool = False, sequence: bool = False,
       variadic: int | None = None, definition: Callable | None = None, node: Any = None, saves: Any = None,
       several: bool = False, method: Any = True, inplace: bool = False, numpy: Any = None, register: bool = True,
       reflected: str | None = None, dunder: str | None = None, listed: dict[str, tuple] | None = None) -> Any:
    """Declare an operation; decorates its forward, a function of plain arrays.

    rules: one per input, `rule(g, y, *inputs) -> gradient of that input`, None for an input without one.
    joint: instead of rules, `joint(g, y, needs, *inputs) -> [gradients]`, for ops whose gradients share work.  Beside
        rules it is a faster way for plain arrays; what is kept, and what is recorded, is the rules'.
    definition: makes it a fused kernel: its forward returns (result, saved), `joint` gets `saved` as y and may use
        plain NumPy; the definition, in plain ops, is what create_graph differentiates.
    promote: brings the list of inputs to one dtype, in place (`to_common`, `to_float`).
    view: the result may share memory with the first input.  sequence: the first input is a list of tensors.
    several: it has several results.
    variadic: from this position on, numbers may be given one by one (x.permute(0, 2, 1)); below zero: where there are
        several, one alone stays a number (x.squeeze(0)).
    node: the name of the tape's node where it is not NameBackward0; a function of the inputs may decide, and may give
        another Op: for such inputs its rules are taken.
    listed: node's name -> places of the arguments in its `next_functions`, where they are not those that have rules.
    saves: names of what to keep, for rules whose code does not show it.
    method: the Tensor method's name; True: the op's own; False: none; a tuple: several.  inplace: also name_.
    numpy: NumPy's function or ufunc that this is (a ufunc forward is its own).
    dunder, reflected: operator names without underscores ("add", "radd").
    """
    def declare(forward: Any) -> Any:
        self = Op()
        ufunc = isinstance(forward, np.ufunc)
        code: Any = None if ufunc else forward.__code__
        self.name = name or forward.__name__.lstrip("_")
        self.forward, self.rules, self.joint, self.promote = forward, rules, joint, promote
        self.names = names or (("input", "other")[:forward.nin] if ufunc else code.co_varnames[:code.co_argcount])
        self.defaults = () if ufunc else forward.__defaults__ or ()
        self.min_args = len(self.names) - len(self.defaults)
        self.view, self.sequence, self.variadic, self.definition = view, sequence, variadic, definition
        self.node_name = node or "".join(part.title() for part in self.name.split("_")) + "Backward0"
        self.node_types, self.plans, self.several, self.listed = {}, {}, several, listed or {}
        self.saves, self.ufunc, self.public, self.ways = saves, forward if ufunc else None, False, {}
        call = _named(self, _caller(self))
        if register:
            OPS[self.name] = self
        if method:
            own = _named(self, _caller(self, method=True))
            for spelled in (self.name,) if method is True else (method,) if isinstance(method, str) else method:
                setattr(Tensor, spelled, own)
        if inplace:
            setattr(Tensor, self.name + "_", inplace_of(self))
        if dunder:
            setattr(Tensor, f"__{dunder}__", operator_of(self))
            if inplace:
                setattr(Tensor, f"__i{dunder}__", getattr(Tensor, self.name + "_"))
        if reflected:
            setattr(Tensor, f"__{reflected}__", reflected_of(self))
        if ufunc or isinstance(numpy, np.ufunc):
            which = forward if ufunc else numpy
            UFUNCS[which, "__call__"] = ufunc_face(self, which)
        return call
    return declare


def _named(self: Op, call: Any) -> Any:
    """A function that runs the op, with its name and words."""
    call.__name__ = call.__qualname__ = call.explains = self.name
    call.__doc__ = self.forward.__doc__ if self.ufunc is None else (
        f"{self.name}({', '.join(self.names)})\n\nAs numpy.{self.ufunc.__name__}, elementwise and differentiable.")
    call.op = self
    return call


# The functions below say each by itself what to do with an error: one around them would cost every call another.

def _caller(self: Op, method: bool = False, asks: bool = False) -> Callable:
    """The function, or the method.

    asks: it holds what it is given against torch's signatures, as for users; what this library itself calls need not.
    """
    passed: dict[tuple, tuple] = {}
    sure = -1

    def unasked(*args: Any, **kwargs: Any) -> Any:
        try:
            return _by_name(self, args, kwargs) if kwargs else apply(self, args)
        except Exception:
            self.explain(args, kwargs, method)
            raise

    def asked(*args: Any, **kwargs: Any) -> Any:
        nonlocal sure
        try:
            if len(args) > sure or kwargs:
                if sure < 0:  # not sooner: to read the table takes time
                    sure = tensors_first(self.name, method)
                approve(passed, self.name, args, kwargs, method)
            return _by_name(self, args, kwargs) if kwargs else apply(self, args)
        except Exception:
            return failed(self.name, args, kwargs, method)
    call = asked if asks else unasked

    def call_variadic(*args: Any, **kwargs: Any) -> Any:
        together = len(args) > least and not isinstance(args[at], (tuple, list)) and args[at] is not None and (
            len(args) > at + 1 or not kwargs)
        try:
            return call(*args[:at], args[at:], **kwargs) if together else call(*args, **kwargs)
        except Exception:
            self.explain(args, kwargs, method)
            raise
    at = abs(self.variadic or 0)
    least = at if (self.variadic or 0) >= 0 else at + 1
    if self.variadic is not None and method:  # x.permute(0, 2, 1), but torch.permute(x, (0, 2, 1))
        return call_variadic
    return _straight_or(self, call) if self.ufunc is not None and self.ufunc.nin == 1 else call


def _straight_or(self: Op, otherwise: Callable) -> Callable:
    """The function users call, for a ufunc of one input: straight to it where nothing needs converting."""
    forward = self.ufunc

    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs:
            x = args[0]
            if isinstance(x, Tensor) and x.dtype.kind == "f" and not x._inference:
                on = recording() or begin()
                node = x._node if x._base is None else edge(x)
                array = _view(x, ndarray)
                return finish(self, [array], [node], forward(array), 1 if on and node is not None else 0)
        return otherwise(*args, **kwargs)
    return call


def inplace_of(self: Op, asks: bool = False) -> Callable:
    """The method that leaves the op's result in its first input."""
    forward, arity = self.ufunc, 0 if self.ufunc is None else self.ufunc.nin
    passed: dict[tuple, tuple] = {}
    sure = -1 if asks else 255  # no op takes more

    def run(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        nonlocal sure
        try:
            if len(args) >= sure or kwargs and asks:
                if sure < 0:
                    sure = tensors_first(self.name + "_", True)
                approve(passed, self.name + "_", (x, *args), kwargs, True)
            rest = args
            if kwargs:
                full, out = self.spelled((x, *args), kwargs)
                if out is not None:
                    raise TypeError(f"{self.name}_() got an unexpected keyword argument 'out'")
                rest = full[1:]
            close = _close(x, rest)
            if not close and forward is not None and len(rest) + 1 == arity and _straight(x, *rest):
                array = _view(x, ndarray)
                try:
                    forward(array, *rest, out=array) if arity == 1 else forward(array, plain(rest[0]), out=array)
                except ValueError:
                    pass  # does not fit or must not be written to: the long way says so in torch's words
                else:
                    if not unseen(x):
                        wrote(array)
                    return x
            check_writable(x)
            if close:
                check_apart(self.name, x, rest, 1)
            return write(x, apply(self, (x, *rest)))
        except Exception:
            self.explain((x, *args), kwargs, True, "_")
            raise
    run.__name__ = run.__qualname__ = run.explains = self.name + "_"  # type: ignore[attr-defined]
    run.op = self  # type: ignore[attr-defined]
    run.__doc__ = f"In-place version of `{self.name}`."
    return run


def _close(x: Tensor, args: tuple) -> bool:
    """Whether some other tensor may share memory with x: one of them is a view.

    Not asked of one element: NumPy's libraries, which are given Tensors, write `c /= c[-1]`.
    """
    for a in args:
        if isinstance(a, Tensor) and a is not x and (a._base is not None or x._base is not None) and a.ndim:
            return True
    return False


def _straight(x: Tensor, b: Any = 0.0) -> bool:
    """Whether a ufunc may write its result right into x: there is nothing to record or to convert."""
    dtype = x.dtype
    if dtype.kind != "f" or x._inference or mode.grad and (x._node is not None or x._base is not None):
        return False
    if isinstance(b, Tensor):
        return b.dtype is dtype and not (mode.grad and (b._node is not None or b._base is not None))
    return type(b) is float


def _by_name(self: Op, args: tuple, kwargs: dict) -> Any:
    """The op with arguments given by name, `out` among them or not."""
    full, out = self.spelled(args, kwargs)
    return apply(self, full) if out is None else _into(self, out, full)


def _into(self: Op, out: Any, args: tuple) -> Any:
    """The op with `out=`: torch's rules, no gradient."""
    return deliver(self.name, out, args, lambda: apply(self, args))


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
