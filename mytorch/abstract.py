"""The contracts, on one page: what a net, a layer, an activation, a loss and an optimizer promise.

Whatever is called forward can be called backward: `backward(cgrad)` takes the gradient of what was returned and gives
the gradient of what was given.  Two kinds of classes keep that promise:

* those that compute with Tensors only write `forward`; their `backward` follows the tape from output to input;
* those that write `forward` and `backward` by hand, in NumPy: the tape treats them as one node and calls their
  `backward`.

`__dict__` is the registry: parameters, buffers and children are attributes, and nothing else keeps book.
"""
from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ._hand import call_by_hand, check_not_lost
from ._registry import Parameters, Registry, nets, own_parameters
from ._where import TOLD, Lends, describe, tell_where
from .engine.tape import mode, walk
from .engine.tensor import Tensor, edge, plain, tensor_of

__all__ = ["AbsActivation", "AbsLoss", "AbsModule", "AbsNet", "AbsOptimizer", "MyTorch"]


class MyTorch(ABC):  # noqa: B024
    """The root of all contracts."""
    __slots__ = ()


class _LastCall:
    """`layer.input`, `layer.output`: what the last recorded call was given and gave; in no `vars(layer)`."""

    def __init__(self, place: int) -> None:
        self.place = place

    def __get__(self, net: Any, cls: Any = None) -> Any:
        if net is None:
            return self
        call = getattr(net, "_called", None)
        if call is None:
            raise AttributeError(f"{type(net).__name__} has not been called (with gradients enabled) yet")
        found = call[self.place]
        return found[0] if self.place == 0 and len(found) == 1 else found


class AbsNet(Lends, Registry, MyTorch):
    """What can be called forward, `net(x)`, and then backward, `net.backward(d loss / d output)`."""
    __slots__ = ("_called", "__dict__", "__weakref__")

    #: Whether `backward` is written by hand (then the tape calls it) instead of following the tape.
    _by_hand = False
    #: The method that has to be written by hand where `forward` is.
    _way_back = "backward"
    #: Whether some hook waits for calls; `Module` looks after it.
    _hooked = False
    #: Whether `forward` may return arrays that carry no gradient.
    _may_give_arrays = False
    training = True
    #: The last recorded call: (arguments, result, the edge of the first argument, that of the result).
    _called: Any
    _call_with_hooks: Any

    input, output = _LastCall(0), _LastCall(1)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._by_hand = not getattr(cls.backward, "follows_tape", False)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run `forward`, and remember what went in and came out for `backward`."""
        try:
            if self._hooked:
                return self._call_with_hooks(args, kwargs)
            if self._by_hand:
                return call_by_hand(self, args, kwargs)
            # the edges as they are now: an in-place write gives the same tensors others
            first = getattr(args[0], "_node", None) if args else None
            if len(args) == 1 and not kwargs:  # as nearly always, and without packing and unpacking
                out = self.forward(args[0])
            else:
                out = self.forward(*args, **kwargs) if kwargs else self.forward(*args)
        except TOLD as error:
            tell_where(self, error, args)
            raise
        last = getattr(out, "_node", None)
        if last is None or last is first:  # nothing is on the tape, or it was handed on
            if not mode.grad:
                _remember(self, None)  # and nothing is to be kept alive
                return out
            if last is None and not self._may_give_arrays:
                check_not_lost(self, out, args)
        _remember(self, (args, out, first, last))
        return out

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The computation; every net writes its own."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def expected_of(self, *inputs: Any) -> dict[str, str]:
        """For error messages: lines by name, of what this layer expected of its inputs, got, and what to do."""
        given = [describe(value) for value in inputs if isinstance(value, np.ndarray)]
        return {"got": "; ".join(given)} if given else {}

    def backward(self, cgrad: Any) -> Any:
        """Give every parameter its gradient and return that of the input, given that of the output."""
        return self._go_back(cgrad, True)
    backward.follows_tape = True  # type: ignore[attr-defined]

    def _go_back(self, cgrad: Any, want_input: bool) -> Any:
        """Follow the tape from the last call's output to its input.  Several inputs: a tuple of gradients."""
        call = getattr(self, "_called", None)
        if call is None:
            raise RuntimeError(f"backward of a layer that has not been called: {self!r} is absent from the forward "
                               "pass (or was called under no_grad)")
        args, out, first, last = call
        last = last() if type(last) is weakref.ref else last
        places = [i for i, a in enumerate(args) if isinstance(a, np.ndarray)]
        inputs = [first if i == 0 else edge(args[i]) if isinstance(args[i], Tensor) else None for i in places]
        on_tape = [e for e in inputs if e is not None]
        known = dict(zip(on_tape, walk([last], [plain(cgrad)], capture=tuple(on_tape), stop=True))) if (
            last is not None) else {}
        if want_input and None in inputs:
            found = self._input_gradients(cgrad, args, places)
        else:
            found = [known.get(e) for e in inputs]
        return tensor_of(found[0] if len(found) == 1 else tuple(found))

    def _input_gradients(self, cgrad: Any, args: tuple, places: list[int]) -> list:
        """Gradients of inputs that asked for none, so that the tape did not note them: run forward once more."""
        if self._by_hand:
            gradients = type(self).backward(self, cgrad)
            return list(gradients) if isinstance(gradients, tuple) else [gradients]
        given = list(args)
        for i in places:
            given[i] = tensor_of(args[i]).detach()
            if given[i].dtype.kind in "fcV":
                given[i].requires_grad_()
        before, mode.grad = mode.grad, True
        try:
            out = self.forward(*given)
        finally:
            mode.grad = before
        edges = [edge(given[i]) for i in places]
        found = iter(walk([edge(out)], [plain(cgrad)], capture=tuple(e for e in edges if e is not None),
                          accumulate=False))
        return [None if e is None else next(found) for e in edges]

    @property
    def zero_grad_(self) -> None:
        """Reading it sets all gradients to zeros (the tutorial's spelling of zero_grad)."""
        for net in nets(self):
            for _, parameter in own_parameters(net):
                parameter.zero_grad_  # noqa: B018

    def __getstate__(self) -> dict:
        return self.__dict__.copy()  # without the last call: copies and pickles carry no graph

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)


#: `net._called = call`, past a `__setattr__` of the class.
_remember = AbsNet.__dict__["_called"].__set__


class AbsModule(AbsNet):
    """A net with parameters: attributes that are `Parameter`s, or the tutorial's dict `self.parameters = {...}`."""
    __slots__ = ()

    @property
    def parameters(self) -> Parameters:
        """`layer.parameters["weight"]` and `layer.parameters()`."""
        return Parameters(self)

    @parameters.setter
    def parameters(self, given: dict[str, Tensor]) -> None:
        self.__dict__["parameters"] = {}
        for name, tensor in given.items():
            self.parameters[name] = tensor


class AbsActivation(AbsNet):
    """A net without parameters: `function` of what it is given."""
    __slots__ = ()

    def function(self, *args: Any) -> Any:
        """The activation itself, a function of arrays."""
        raise NotImplementedError(f"{type(self).__name__} must define function(x), or forward(x)")

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)


class AbsLoss(AbsNet):
    """How wrong a prediction is.  `Loss(net)` knows its net: then `loss.backward()` walks back through it."""
    __slots__ = ("_net",)
    _way_back = "outgrad"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._by_hand = cls._by_hand or cls.outgrad is not AbsLoss.outgrad
        if "__init__" in vars(cls):
            cls.__init__ = _net_first(cls.__init__)  # type: ignore[method-assign]

    def __init__(self, net: AbsNet | None = None) -> None:
        self._net = net

    @property
    def net(self) -> Any:
        """The net given first at construction, None without."""
        return getattr(self, "_net", None)

    @abstractmethod
    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The loss of (prediction, target)."""

    @property
    def outgrad(self) -> Tensor:
        """d loss / d prediction at the last call; a loss per element counts as their sum.

        Whoever writes it by hand may compute `forward` in NumPy.
        """
        args, out, first, last = self._last_call()
        if last is None or first is None:
            raise RuntimeError("the last prediction does not require grad: nothing can be learned from it")
        seed = np.ones(out.shape, out.dtype)
        return tensor_of(walk([last], [seed], capture=(first,), stop=True, keep=True, accumulate=False)[0])

    def backward(self, cgrad: Any = None) -> Any:  # type: ignore[override]
        """Without argument the start of the way back: through the net, last block first.  Else as every net's."""
        if cgrad is not None:
            return tensor_of(plain(self.outgrad) * plain(cgrad)) if self._by_hand else self._go_back(cgrad, True)
        net = self.net
        if net is None:
            raise RuntimeError(f"{type(self).__name__}.backward() needs to know the net: construct "
                               f"{type(self).__name__}(net), or call backward() on the loss it returned")
        call, prediction = getattr(net, "_called", None), self._last_call()[0][0]
        if call is None or call[1] is not prediction:   # not the net's bare output: the tape knows the way
            if self._by_hand:
                walk([edge(prediction)], [plain(self.outgrad)])
            else:
                self._called[1].sum().backward()
        elif net._by_hand:
            net.backward(self.outgrad)
        else:
            net._go_back(self.outgrad, False)
        return None
    backward.follows_tape = True  # type: ignore[attr-defined]

    def _last_call(self) -> tuple:
        call = getattr(self, "_called", None)
        if call is None:
            raise RuntimeError(f"{type(self).__name__} has not been called (with gradients enabled) yet")
        return call


class AbsOptimizer(MyTorch):
    """Changes parameters by their gradients."""

    @abstractmethod
    def step(self, *args: Any, **kwargs: Any) -> Any:
        """One update."""

    @abstractmethod
    def zero_grad(self, *args: Any, **kwargs: Any) -> None:
        """Forget the gradients."""


def _net_first(init: Any) -> Any:
    """A loss's constructor that takes the net as an optional first argument."""
    def __init__(self: AbsLoss, *args: Any, **kwargs: Any) -> None:
        net = args[0] if args and isinstance(args[0], AbsNet) else kwargs.pop("net", None)
        if net is not None:
            self._net, args = net, args[args[:1] == (net,):]
        init(self, *args, **kwargs)
    __init__.__wrapped__, __init__.__doc__ = init, init.__doc__  # type: ignore[attr-defined]
    return __init__
