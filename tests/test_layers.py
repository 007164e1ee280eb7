"""Every layer against torch: how it begins, computes, learns and prints; its gradients against finite differences."""
import importlib
import inspect

import numpy as np
import pytest
import torch
from both_sides import Side, same, same_error, tensors
from function_rows import ERRORS, FUNCTIONS, HALF, NODES
from function_rows import rows as functions
from layer_rows import ACTIVATIONS, ELSEWHERE, LOSSES, OTHERS, rows
from layer_sides import same_layer

import mytorch

ROWS = list(rows())
every_row = pytest.mark.parametrize("expression, call", ROWS, ids=[f"{a}: {b}" for a, b in ROWS])

#: torch has no second derivative of these; ours are held against finite differences.
NO_SECOND = "CTCLoss", "EmbeddingBag", "Hardsigmoid", "L1Loss", "MultiLabelMarginLoss", "MultiMarginLoss"


#: torch's own gradient of these is not the slope: rows that were shrunk in place or are weighed by how rare they are,
#: variances that were raised to eps off the tape.
NO_SLOPE = "max_norm", "scale_grad_by_freq", "GaussianNLLLoss(eps"


def has_second(expression):
    return not expression.startswith(tuple(f"nn.{name}(" for name in NO_SECOND))


SLOPES = [(expression, call) for expression, call in ROWS if not any(word in expression for word in NO_SLOPE)]


@every_row
def test_layer(expression, call):
    same_layer(expression, call, second=has_second(expression))


@pytest.mark.parametrize("expression, call", SLOPES, ids=[f"{a}: {b}" for a, b in SLOPES])
def test_gradients_are_the_slopes(expression, call):
    """Double precision, in training mode, of the inputs and the parameters; also the second where torch has none."""
    side = Side(mytorch)
    layer = side.run(expression)[0].double()
    side.scope["layer"] = layer
    targets, draw = [], side.t
    side.scope["t"] = lambda *shape: targets.append(draw(*shape)) or targets[-1]
    side.run(call)
    leaves = [*side.leaves, *(p for p in layer.parameters() if p.requires_grad)]

    def again(*inputs):
        given = iter(inputs)
        side.scope.update(x=lambda *shape: next(given), u=lambda *shape: next(given), t=lambda *shape: next(told))
        told = iter(targets)
        return tuple(y for y in tensors(side.run(call)[0]) if y.requires_grad)

    assert mytorch.autograd.gradcheck(again, tuple(leaves))
    if not has_second(expression):
        assert mytorch.autograd.gradgradcheck(again, tuple(leaves))


def test_every_layer_has_a_row():
    """Every public class of nn, ours and torch's: with a row here, in a table of its own, or no layer."""
    classes = {name for nn in (mytorch.nn, torch.nn) for name in dir(nn)
               if not name.startswith("_") and isinstance(getattr(nn, name), type)}
    told = {*ACTIVATIONS, *LOSSES, *OTHERS, *(name for names in ELSEWHERE.values() for name in names)}
    assert classes - told == set()
    assert {name for name in told if not hasattr(torch.nn, name)} == set()


def _signature(function):
    """Names, kinds and defaults; None where torch, or we, hand all on to another function."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:      # written in C
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return [(p.name, p.kind, getattr(p.default, "__name__", p.default)) for p in parameters]


def _signed():
    """(name, torch's function, ours): constructors and forwards of the layers, and nn.functional."""
    for name in sorted(dir(torch.nn)):
        layer, ours = getattr(torch.nn, name), getattr(mytorch.nn, name, None)
        if isinstance(layer, type) and issubclass(layer, torch.nn.Module):
            yield from ((f"{name}.{method}", getattr(layer, method), getattr(ours, method))
                        for method in ("__init__", "forward"))
    for name in sorted(dir(torch.nn.functional)):
        function = getattr(torch.nn.functional, name)
        if callable(function) and not name.startswith("_") and hasattr(mytorch.nn.functional, name):
            yield f"F.{name}", function, getattr(mytorch.nn.functional, name)


def test_signatures_of_layers_are_torchs():
    """Of every constructor and forward, also of those that hand all on; not of classes that have no forward."""
    def of(function):
        return [(p.name, p.kind, getattr(p.default, "__name__", p.default))
                for p in inspect.signature(function).parameters.values()]
    pairs = {name: (of(ours), of(theirs)) for name, theirs, ours in _signed()
             if not name.startswith("F.") and theirs is not torch.nn.Module.forward}
    assert {name: pair for name, pair in pairs.items() if pair[0] != pair[1]} == {}
    assert len(pairs) > 300


def test_signatures_are_torchs():
    pairs = {name: (_signature(ours), _signature(theirs)) for name, theirs, ours in _signed()}
    compared = {name: pair for name, pair in pairs.items() if None not in pair}
    assert {name: pair for name, pair in compared.items() if pair[0] != pair[1]} == {}
    assert len(compared) > 250


#: Called so, no class can be made, nor any layer be called.
WRONG_CALLS = "()", "(unknown=1)", f"({'1, ' * 40})", "(2, 2, unknown=1)"


def _classes(library):
    """(name, class) of all that has a constructor and is torch's: layers, losses, optimizers, schedules, prunings."""
    for place in ("nn", "optim", "optim.lr_scheduler", "optim.swa_utils", "nn.utils.prune"):
        namespace = importlib.import_module(f"{library.__name__}.{place}")
        for name in sorted(dir(importlib.import_module(f"torch.{place}"))):
            cls = getattr(namespace, name, None)
            if isinstance(cls, type) and not issubclass(cls, (library.Tensor, tuple)) and "torch" in cls.__module__:
                yield f"{place}.{name}", cls


def _told(function, call):
    try:
        eval(f"function{call}", {"function": function})
    except TypeError as error:
        return str(error).split("\n")[0]
    except Exception as error:  # noqa: BLE001  what else is wrong with such calls is not the question here
        return type(error).__name__
    return "no error"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("call", WRONG_CALLS, ids=["nothing", "unknown", "too many", "both"])
def test_errors_about_arguments_name_the_class_that_was_called(call):
    ours = dict(_classes(mytorch))
    told = {name: (_told(ours[name], call), _told(theirs, call)) for name, theirs in _classes(torch)
            if name in ours and name != "nn.LinearCrossEntropyOptions"}       # a tuple here: it says __new__
    assert {name: pair for name, pair in told.items() if pair[0] != pair[1]} == {}
    assert len(told) > 200


FORWARDS = {expression.split("(")[0]: expression for expression, _ in ROWS if "Parameter" not in expression}
FORWARDS |= {f"nn.{kind}": f"nn.{kind}(2, 2, 1)" for kind in ("Conv2d", "ConvTranspose1d", "LSTM", "GRU", "RNN")}
FORWARDS |= {f"nn.{kind}": f"nn.{kind}(2)" for kind in (
    "AvgPool1d", "MaxPool3d", "MaxUnpool2d", "AdaptiveMaxPool2d", "ZeroPad2d", "ReflectionPad1d", "BatchNorm1d",
    "SyncBatchNorm", "InstanceNorm2d", "CircularPad3d")}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("call", ["()", f"({'x, ' * 20})", "(x, unknown=1)"], ids=["nothing", "too many", "unknown"])
@pytest.mark.parametrize("name", FORWARDS)
def test_errors_about_arguments_of_forward_name_the_class(name, call):
    told = []
    for library in (torch, mytorch):
        scope = {"nn": library.nn, "torch": library, "x": library.ones(2, 2)}
        scope["layer"] = eval(FORWARDS[name], scope)
        if type(scope["layer"]).forward is library.nn.Module.forward:
            pytest.skip("it has no forward")
        try:
            eval(f"layer{call}", scope)
        except TypeError as error:
            told.append(str(error).split("\n")[0])
    assert told[1:] == told[:1]


def test_a_layer_is_what_torchs_is():
    """isinstance and issubclass among the public classes; a layer is no kin of another because it is made alike."""
    theirs, ours = dict(_classes(torch)), dict(_classes(mytorch))
    kin = [{(a, b) for a in ours for b in ours if issubclass(side[a], side[b])} for side in (theirs, ours)]
    assert kin[1] - kin[0] == kin[0] - kin[1] == set()
    assert len(kin[0]) > 500


@pytest.mark.parametrize("expression", functions(FUNCTIONS))
def test_function(expression):
    same(expression, describe=False)


@pytest.mark.parametrize("expression", functions(NODES))
def test_node_of_a_loss(expression):
    same(expression, second=False)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("expression", functions(HALF))
def test_half_precision_is_rounded_once(expression, dtype):
    """The value has torch's type and, of losses, is off by a unit at most; the gradient has the input's type."""
    found = []
    for library in (torch, mytorch):
        y = library.tensor(np.linspace(-4, 7, 23, dtype=np.float32)).to(getattr(library, dtype)).requires_grad_()
        value = eval(expression, {"F": library.nn.functional, "y": y})
        value.sum().backward()
        found.append((str(value.dtype).removeprefix("torch."), value.detach().float().numpy(),
                      y.grad.detach().float().numpy(), str(y.grad.dtype).removeprefix("torch.")))
    (kind, expected, slope, grad_kind), (mine, got, got_slope, mine_grad) = found
    assert (mine, mine_grad) == (kind, grad_kind)
    unit = 2.0 ** (-8 if dtype == "bfloat16" else -11)
    np.testing.assert_allclose(got, expected, rtol=2 * unit, atol=unit / 8)
    np.testing.assert_allclose(got_slope, slope, rtol=4 * unit, atol=unit)


@pytest.mark.parametrize("expression", functions(ERRORS))
def test_function_error(expression):
    same_error(expression)


def test_where_all_targets_are_ignored_the_smoothed_loss_is_nan_and_its_gradient_zero():
    same("F.cross_entropy(x(2, 3), torch.tensor([-100, -100]), label_smoothing=0.2)", describe=False)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_gradients_of_convolutions_from_shapes(dims):
    """nn.grad: the gradients of a strided, padded, grouped convolution."""
    same(f"torch.nn.grad.conv{dims}d_input({(2, 4, *[5] * dims)}, t({', '.join(['6', '2', *['3'] * dims])}), "
         f"t({', '.join(['2', '6', *['3'] * dims])}), 2, 1, 1, 2)")
    same(f"torch.nn.grad.conv{dims}d_weight(t({', '.join(['2', '4', *['5'] * dims])}), {(6, 2, *[3] * dims)}, "
         f"t({', '.join(['2', '6', *['3'] * dims])}), 2, 1, 1, 2)")


def test_convolution_over_time_first():
    same("F.conv_tbc(x(5, 2, 3), x(3, 3, 4), x(4), 1)", describe=False)


def _noting(calls, kind):
    """A hook that notes for which kind of module it was called."""
    def hook(module, *_):
        calls.append((kind, type(module).__name__))
    return hook


def test_hooks_on_all_modules_see_the_same_calls():
    """torch.nn.modules.module.register_module_*: order of modules, forward and backward, until removed."""
    seen = {}
    for library in (torch, mytorch):
        calls, module = [], library.nn.modules.module
        hooks = [module.register_module_forward_pre_hook(_noting(calls, "in")),
                 module.register_module_forward_hook(_noting(calls, "out")),
                 module.register_module_full_backward_pre_hook(_noting(calls, "g")),
                 module.register_module_full_backward_hook(_noting(calls, "back"))]
        net = library.nn.Sequential(library.nn.Linear(2, 3), library.nn.Tanh())
        x = library.ones(2, 2, requires_grad=True)
        try:
            net(x).sum().backward()
        finally:
            for hook in hooks:
                hook.remove()
        net(x).sum().backward()
        seen[library] = calls
    assert seen[mytorch] == seen[torch]
    assert len(seen[torch]) == 12


def test_hooks_on_all_modules_leave_other_nets_alone():
    class Total(mytorch.AbsLoss):
        """A net, but no Module."""
        def forward(self, output, target):
            return (output - target).sum()
    hook = mytorch.nn.modules.module.register_module_forward_hook(lambda *_: None)
    try:
        assert Total()(mytorch.ones(3), mytorch.ones(3)) == 0
    finally:
        hook.remove()


def test_state_of_a_data_parallel_goes_into_its_module():
    state = mytorch.nn.DataParallel(mytorch.nn.Linear(2, 3)).state_dict()
    mytorch.nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    assert list(state) == ["weight", "bias"]
    mytorch.nn.Linear(2, 3).load_state_dict(state)


def test_what_is_not_here_says_why():
    assert not hasattr(mytorch.nn, "quantized")
    with pytest.raises(NotImplementedError, match="no quantized tensors"):
        mytorch.nn.quantized  # noqa: B018
    with pytest.raises(NotImplementedError, match="scaled_mm: a product of narrow types on GPUs"):
        mytorch.nn.functional.scaled_mm()
    with pytest.raises(NotImplementedError, match="sparse gradients"):
        mytorch.nn.EmbeddingBag(3, 2, sparse=True)
