"""The Module interface and the containers against torch: one scenario, run on both, must tell the same."""
from __future__ import annotations

import copy
import io
import pickle
import re
import warnings
from collections import OrderedDict
from importlib import import_module

import numpy as np
import pytest
import torch
from module_programs import PROGRAMS

import mytorch


def plain(value):
    """What a scenario tells, without a framework."""
    if isinstance(value, (mytorch.Tensor, torch.Tensor)):
        array = np.asarray(value.detach())
        return (str(array.dtype), array.round(5).tolist(), value.requires_grad)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def told(scenario, ns):
    ns.manual_seed(0)
    try:
        return plain(scenario(ns))
    except (SyntaxError, NameError):  # a slip in the row, not an answer of the library
        raise
    except Exception as error:
        return type(error).__name__, str(error).splitlines()[0]


def net(ns):
    """A net with everything: nested parts, a shared one, buffers, a list of parameters."""
    nn = ns.nn

    class Part(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(2, 3)
            self.register_buffer("count", ns.zeros(1))
            self.register_buffer("temporary", ns.ones(2), persistent=False)
            self.register_parameter("absent", None)
            self.scale = nn.Parameter(ns.ones(3))

        def forward(self, x):
            return self.linear(x) * self.scale

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = Part()
            self.parts = nn.ModuleList([nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3)])
            self.by_name = nn.ModuleDict({"relu": nn.ReLU(), "out": nn.Linear(3, 1)})
            self.again = self.parts[0]
            self.free = nn.ParameterList([nn.Parameter(ns.zeros(1))])

        def forward(self, x):
            x = self.first(x)
            for part in self.parts:
                x = part(x)
            return self.by_name["out"](self.by_name["relu"](x)) + self.free[0]
    return Net()


def hooks(ns):
    n, log = net(ns), []
    n.first.register_forward_pre_hook(lambda m, args: log.append(("pre", args[0])))
    n.first.register_forward_hook(lambda m, args, out: log.append(("post", out)))
    n.first.register_full_backward_hook(lambda m, gi, go: log.append(("back", list(gi), list(go))))
    n.first.register_full_backward_pre_hook(lambda m, go: log.append(("back pre", list(go))))
    handle = n.register_forward_hook(lambda m, args, out: out * 2)
    x = ns.ones(2, 2, requires_grad=True)
    n(x).sum().backward()
    handle.remove()
    return [log, n(x), x.grad]


def changing_hooks(ns):
    layer = ns.nn.Linear(2, 1)
    layer.register_forward_pre_hook(lambda m, args: (args[0] + 1,))
    layer.register_forward_hook(lambda m, args, kwargs, out: out * 3, with_kwargs=True)
    layer.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10,))
    x = ns.ones(1, 2, requires_grad=True)
    out = layer(x)
    out.sum().backward()
    return [out, x.grad, layer.weight.grad]


def load(ns, change, **options):
    n = net(ns)
    state = OrderedDict((k, v.clone() + 1) for k, v in n.state_dict().items())
    change(state)
    result = n.load_state_dict(state, **options)
    return [list(result.missing_keys), list(result.unexpected_keys), repr(result), dict(n.state_dict())]


def state_hooks(ns):
    n, log = net(ns), []
    n.first.register_state_dict_pre_hook(lambda m, prefix, keep: log.append((prefix, keep)))
    n.first.register_state_dict_post_hook(lambda m, state, prefix, meta: log.append(sorted(state)))
    n.first.register_load_state_dict_pre_hook(lambda m, state, prefix, *rest: log.append(prefix))
    n.register_load_state_dict_post_hook(lambda m, keys: log.append(repr(keys)))
    n.load_state_dict(n.state_dict())
    return log


SCENARIOS = {
    "repr": lambda ns: repr(net(ns)),
    "named_parameters": lambda ns: [k for k, _ in net(ns).named_parameters()],
    "with duplicates": lambda ns: [k for k, _ in net(ns).named_parameters(remove_duplicate=False)],
    "own parameters": lambda ns: [k for k, _ in net(ns).first.named_parameters("x", recurse=False)],
    "named_buffers": lambda ns: [k for k, _ in net(ns).named_buffers()],
    "named_modules": lambda ns: [(k, type(m).__name__) for k, m in net(ns).named_modules()],
    "children": lambda ns: [(k, type(m).__name__) for k, m in net(ns).named_children()],
    "state_dict": lambda ns: dict(net(ns).state_dict()),
    "state_dict prefix": lambda ns: list(net(ns).state_dict(prefix="a.")),
    "keep_vars": lambda ns: [v.requires_grad for v in net(ns).state_dict(keep_vars=True).values()],
    "metadata": lambda ns: {k: dict(v) for k, v in net(ns).state_dict()._metadata.items()},
    "load": lambda ns: load(ns, lambda s: None),
    "load, one missing, one too much": lambda ns: load(ns, lambda s: s.update(b=s.pop("first.scale"))),
    "load, not strict": lambda ns: load(ns, lambda s: s.update(b=s.pop("first.scale")), strict=False),
    "load, wrong size": lambda ns: load(ns, lambda s: s.update({"first.scale": ns.ones(4)})),
    "load, assign": lambda ns: load(ns, lambda s: None, assign=True),
    "load, no dict": lambda ns: net(ns).load_state_dict([1]),
    "state hooks": state_hooks, "hooks": hooks, "hooks that change": changing_hooks,
    "train and eval": lambda ns: [[m.training for m in net(ns).eval().modules()], net(ns).train().training],
    "train, wrong": lambda ns: net(ns).train("yes"),
    "requires_grad_": lambda ns: [p.requires_grad for p in net(ns).requires_grad_(False).parameters()],
    "double": lambda ns: dict(net(ns).double().state_dict()),
    "to": lambda ns: [str(p.dtype).split(".")[-1] for p in net(ns).to(ns.float64).parameters()],
    "to integers": lambda ns: net(ns).to(ns.int64),
    "apply": lambda ns: (lambda log: [net(ns).apply(lambda m: log.append(type(m).__name__)), log][1])([]),
    "get_submodule": lambda ns: type(net(ns).get_submodule("parts.1")).__name__,
    "get_submodule, wrong": lambda ns: net(ns).get_submodule("parts.9"),
    "get_parameter": lambda ns: net(ns).get_parameter("first.scale"),
    "get_parameter, wrong": lambda ns: net(ns).get_parameter("first.count"),
    "get_buffer": lambda ns: net(ns).get_buffer("first.count"),
    "dotted name": lambda ns: net(ns).add_module("a.b", ns.nn.Tanh()),
    "empty name": lambda ns: net(ns).register_buffer("", ns.ones(1)),
    "no parameter": lambda ns: net(ns).register_parameter("x", ns.ones(1)),
    "not a leaf": lambda ns: net(ns).register_parameter("x", ns.nn.Parameter(ns.ones(1)) * 2),
    "no module": lambda ns: net(ns).add_module("x", 1),
    "no forward": lambda ns: ns.nn.Module()(1),
    "no attribute": lambda ns: ns.nn.Linear(1, 1).nothing,
    "deepcopy": lambda ns: dict(copy.deepcopy(net(ns)).state_dict()),
    "pickle": lambda ns: dict(pickle.loads(pickle.dumps(ns.nn.Sequential(ns.nn.Linear(2, 1)))).state_dict()),
    "zero_grad": lambda ns: (lambda n: [n(ns.ones(1, 2)).sum().backward(), n.zero_grad(),
                                        [p.grad for p in n.parameters()]][2])(net(ns)),
    "sequential": lambda ns: (lambda s: [len(s), repr(s[1:]), repr(s + s[:1]), repr(s * 2), s.append(ns.nn.ReLU()) is s,
                                         repr(s.insert(1, ns.nn.Sigmoid())), repr(s.pop(0)), repr(s)])(
        ns.nn.Sequential(ns.nn.Linear(2, 3), ns.nn.Tanh(), ns.nn.Linear(3, 1))),
    "sequential by name": lambda ns: repr(ns.nn.Sequential(OrderedDict(a=ns.nn.Tanh(), b=ns.nn.Linear(1, 1)))),
    "sequential, too far": lambda ns: ns.nn.Sequential(ns.nn.Tanh())[3],
    "list": lambda ns: (lambda m: [len(m), repr(m), repr(m[:1]), m.extend([ns.nn.ReLU()]) is m,
                                   repr(m + [ns.nn.Tanh()]), repr(m)])(
        ns.nn.ModuleList([ns.nn.Linear(2, 2), ns.nn.Linear(2, 2), ns.nn.Tanh()])),
    "dict": lambda ns: (lambda m: [list(m.keys()), "a" in m, repr(m.pop("a")), repr(m), m.update({"c": ns.nn.ReLU()}),
                                   list(m)])(ns.nn.ModuleDict({"a": ns.nn.Tanh(), "b": ns.nn.Linear(1, 1)})),
    "parameter list": lambda ns: (lambda p: [len(p), repr(p), p[1], [k for k, _ in p.named_parameters()],
                                             repr(p.append(ns.ones(2)))])(
        ns.nn.ParameterList([ns.zeros(1), ns.ones(2)])),
    "parameter dict": lambda ns: (lambda p: [repr(p), p["b"], sorted(p), "a" in p, p.pop("a"), len(p)])(
        ns.nn.ParameterDict({"a": ns.zeros(1), "b": ns.ones(2)})),
    "parameter": lambda ns: [repr(ns.nn.Parameter(ns.ones(2))), ns.nn.Parameter(ns.ones(1), False)]}


@pytest.mark.parametrize("name", SCENARIOS)
def test_torch_tells_the_same(name):
    assert told(SCENARIOS[name], mytorch) == told(SCENARIOS[name], torch)


def printed(program, ns):
    """What a program of module_programs prints and warns of, in names both have."""
    out = io.StringIO()

    def tried(call, *args, first=None):
        try:
            call(*args)
            print("went well", file=out)
        except Exception as error:
            print(type(error).__name__, first if first and first in str(error) else str(error).split("\n  in: ")[0],
                  file=out)
    names = {"torch": ns, "nn": ns.nn, "copy": copy, "import_module": import_module, "tried": tried,
             "print": lambda *args: print(*args, file=out)}
    ns.manual_seed(0)
    with warnings.catch_warnings(record=True) as told_of:
        warnings.simplefilter("always")
        exec(program, names)
    lines = [out.getvalue(), *(f"{w.category.__name__}: {w.message}" for w in told_of)]
    return re.sub(r"torch\.((?:b?float|int)\d+)", r"\1", "\n".join(lines).replace("mytorch", "torch"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_torch_prints_the_same(name):
    assert printed(PROGRAMS[name], mytorch) == printed(PROGRAMS[name], torch)


def test_a_backward_hook_without_inputs_warns_where_backward_was_called():
    for library in (mytorch, torch):
        layer = library.nn.Linear(2, 1)
        layer.register_full_backward_hook(lambda *args: None)
        with pytest.warns(UserWarning, match="firing when gradients are computed") as caught:
            layer(library.ones(1, 2)).sum().backward()
        assert caught[0].filename == __file__


def test_who_holds_a_parameter_that_had_to_be_made_anew_is_warned():
    layer = mytorch.nn.Linear(2, 1)
    layer.double().float()      # nobody holds them
    optimizer = mytorch.optim.SGD(layer.parameters(), lr=1.0)
    layer.double()
    with pytest.warns(UserWarning, match="Linear: weight, bias had to be made anew.*optimizer"):
        layer.float()
    assert optimizer.param_groups[0]["params"][0] is not layer.weight


def test_super_init_is_not_needed_and_attributes_are_the_registry():
    class Net(mytorch.nn.Module):
        def __init__(self):
            self.linear = mytorch.nn.Linear(2, 1)

        def forward(self, x):
            return self.linear(x)
    n = Net()
    assert list(vars(n)) == ["linear"] and [k for k, _ in n.named_parameters()] == ["linear.weight", "linear.bias"]
    assert n(mytorch.ones(1, 2)).shape == (1, 1) and n.training and isinstance(mytorch.nn.Tanh(), mytorch.nn.Module)


def test_parameters_can_be_called_and_looked_up():
    layer = mytorch.nn.Linear(2, 1)
    assert layer.parameters["weight"] is layer.weight and list(layer.parameters()) == [layer.weight, layer.bias]
    assert list(layer.parameters) == ["weight", "bias"] and "bias" in layer.parameters and len(layer.parameters) == 2


def test_an_optimizer_made_before_double_still_sees_the_parameters():
    n = mytorch.nn.Linear(2, 1)
    optimizer = mytorch.optim.SGD(n.parameters(), lr=1.0)
    n.double()
    before = np.array(n.weight.detach())
    n(mytorch.ones(1, 2, dtype=mytorch.float64)).sum().backward()
    optimizer.step()
    np.testing.assert_array_equal(n.weight.detach(), before - 1)
