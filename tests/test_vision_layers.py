"""Image functions and layers against torch: results, gradients, second gradients, warnings, errors, states, texts."""
import copy
import re
import warnings

import numpy as np
import pytest
import torch
import vision_errors
import vision_rows
from both_sides import Side, same, same_error
from layer_rows import ELSEWHERE
from layer_sides import first_line, same_layer, same_layer_error
from vision_layer_rows import ERRORS, rows

import mytorch

LAYERS = list(rows())


def over(expressions):
    return pytest.mark.parametrize("expression", list(dict.fromkeys(expressions)))


@over(vision_rows.rows(vision_rows.FUNCTIONS) + list(vision_rows.grids(4, 5)))
def test_function(expression):
    same(expression)


@over(vision_rows.rows(vision_rows.ONCE))
def test_function_once_differentiable(expression):
    same(expression, second=False)


@over(vision_rows.rows(vision_rows.SINGLE) + list(vision_rows.grids(14, 15)))
def test_function_in_single_precision(expression):
    same(expression, rtol=4e-6, dtype="float32")


@over(vision_rows.rows(vision_errors.ERRORS))
def test_function_fails(expression):
    same_error(expression)


@pytest.mark.parametrize("expression, call", LAYERS, ids=[f"{a}: {b}" for a, b in LAYERS])
def test_layer(expression, call):
    same_layer(expression, call)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_cross_map_normalization(size):
    """torch's own gradient of it is not its slope (gradcheck says so): ours is held against differences."""
    expression = f"nn.CrossMapLRN2d({size}, 0.1, 0.6, 1.5)"
    same_layer(expression, "layer(t(2, 6, 3, 2))")
    layer = mytorch.nn.CrossMapLRN2d(size, 0.1, 0.6, 1.5)
    assert mytorch.autograd.gradcheck(layer, Side(mytorch).x(2, 6, 3, 2))


@pytest.mark.parametrize("expression, call", ERRORS, ids=[f"{a}: {b}" for a, b in ERRORS])
def test_layer_fails(expression, call):
    same_layer_error(expression, call)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("align_corners", [False, True])
def test_places_of_the_identity_are_torchs_to_the_bit(align_corners, dtype):
    """They lie on borders between pixels, as where a spatial transformer begins: a bit decides between two slopes."""
    found = []
    for library in (torch, mytorch):
        theta = library.eye(2, 3, dtype=getattr(library, dtype))[None]
        found.append([library.nn.functional.affine_grid(theta, (1, 1, n, n + 1), align_corners=align_corners).numpy()
                      for n in range(2, 40)])
    for theirs, ours in zip(*found):
        assert theirs.tobytes() == ours.tobytes()


def test_every_image_layer_has_a_row():
    told = {name for expression, _ in LAYERS for name in re.findall(r"nn\.(\w+)", expression)}
    assert set(ELSEWHERE["test_vision_layers"]) == told | {"CrossMapLRN2d"}


# ------------------------------------------------------------------ lazy layers

LAZY = ["LazyLinear(3)", "LazyLinear(3, bias=False)", "LazyConv2d(4, 3, groups=2)", "LazyConv1d(4, 3, bias=False)",
        "LazyConvTranspose3d(4, 3)", "LazyBatchNorm2d()", "LazyBatchNorm1d(affine=False)",
        "LazyInstanceNorm3d(bias=False)", "LazyBatchNorm1d(affine=False, track_running_stats=False)"]


def told_of(library, expression):
    """What a lazy layer says of itself before its first call."""
    side = Side(library)
    layer, warned = side.run(f"nn.{expression}")
    state = {name: repr(value) for name, value in layer.state_dict().items()}
    kept = {name: (type(p).__name__, p.requires_grad, str(p.dtype).removeprefix("torch."))
            for name, p in layer.named_parameters()}
    return (repr(layer), warned, state, kept, layer.has_uninitialized_params(), layer.cls_to_become.__name__,
            [cls.__name__ for cls in type(layer).__mro__ if cls.__name__.startswith("Lazy")])


@pytest.mark.parametrize("expression", LAZY)
def test_lazy_layers_before_their_first_call(expression):
    assert told_of(mytorch, expression) == told_of(torch, expression)


def lazy_story(library):
    """A lazy layer that loads a state, is moved to double precision, copied, called, trained."""
    nn, story = library.nn, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library.manual_seed(1)
        layer = nn.LazyLinear(3)
        story += [str(layer.load_state_dict(nn.Linear(5, 3).state_dict())), repr(layer), type(layer).__name__]
        story += [layer(library.ones(2, 5)).detach().numpy().tolist(), repr(layer), type(layer).__name__]
        layer = copy.deepcopy(nn.LazyConv1d(4, 3)).double()
        story += [repr(layer), layer(library.ones(2, 2, 5).double()).detach().numpy().tolist(), repr(layer)]
        net = nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.LazyLinear(2))
        optimizer = library.optim.SGD(net.parameters(), lr=0.1)
        net(library.ones(2, 5)).sum().backward()
        optimizer.step()
        story += [repr(net), [p.detach().numpy().tolist() for p in net.parameters()]]
        story += [hasattr(net[0], "_initialize_hook"), len(net[0]._forward_pre_hooks)]
    return story


def test_the_life_of_lazy_layers():
    ours, theirs = lazy_story(mytorch), lazy_story(torch)
    for got, expected in zip(ours, theirs, strict=True):
        if isinstance(expected, list):
            np.testing.assert_allclose(*(np.concatenate([np.ravel(part) for part in side]) for side in (got, expected)),
                                       rtol=1e-5, atol=1e-6)
        else:
            assert got == expected


@pytest.mark.parametrize("body, message", [
    ("pass", "initialize_parameters is not implemented for Mine"),
    ("initialize_parameters = lambda self, x: None", "module Mine has not been fully initialized")])
def test_lazy_classes_that_forget_something(body, message):
    told = []
    for library in (torch, mytorch):
        scope = {"nn": library.nn, "Mixin": library.nn.modules.lazy.LazyModuleMixin}
        exec(f"class Mine(Mixin, nn.Module):\n"
             f"    def __init__(self):\n        super().__init__()\n        self.w = nn.UninitializedParameter()\n"
             f"    def forward(self, x):\n        return x\n    {body}", scope)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer = scope["Mine"]()
        with pytest.raises((RuntimeError, NotImplementedError)) as error:
            layer(library.ones(1))
        told.append(first_line((error.type.__name__, str(error.value))))
    assert told[0] == told[1] and told[0][1] == message


# ------------------------------------------------------------------ batch statistics, files of old, conversions

def test_states_of_batch_norm_travel_both_ways():
    theirs, ours = torch.nn.BatchNorm1d(3, momentum=None), mytorch.nn.BatchNorm1d(3, momentum=None)
    for _ in range(3):
        values = np.random.RandomState(_).randn(5, 3).astype(np.float32)
        theirs(torch.tensor(values)), ours(mytorch.tensor(values))
    state = {name: mytorch.tensor(value.numpy()) for name, value in theirs.state_dict().items()}
    assert str(ours.load_state_dict(state)) == "<All keys matched successfully>"
    for name, value in ours.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), theirs.state_dict()[name].numpy())
    del state["num_batches_tracked"]     # a file of old: no version, no count
    fresh = mytorch.nn.BatchNorm1d(3)
    assert str(fresh.load_state_dict(state)) == "<All keys matched successfully>"
    assert int(fresh.num_batches_tracked) == 0


def test_convert_sync_batchnorm():
    texts = []
    for library in (torch, mytorch):
        nn = library.nn
        net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, 0.1), nn.Sequential(nn.BatchNorm2d(4, affine=False)))
        kept = net[1].weight
        net = nn.SyncBatchNorm.convert_sync_batchnorm(net.eval())
        assert net[1].weight is kept and not net[1].training
        texts.append(repr(net))
    assert texts[0] == texts[1]


def test_sync_batchnorm_of_several_processes_is_refused():
    with pytest.raises(NotImplementedError, match="process_group"):
        mytorch.nn.SyncBatchNorm(3, process_group=object())


# ------------------------------------------------------------------ numbers that are none

HOLES = [np.nan, np.inf, -np.inf]


@pytest.mark.parametrize("hole", HOLES)
@over(["F.max_pool2d(x, 3, 2, 1, return_indices=True)", "F.max_pool2d(x, 2, 1, 0, 2, return_indices=True)",
       "F.adaptive_max_pool2d(x, 3, True)", "F.adaptive_max_pool2d(x, (2, 5), True)", "F.avg_pool2d(x, 3, 1, 1)",
       "F.adaptive_avg_pool2d(x, 3)", "F.interpolate(x, size=(9, 3), mode='nearest')", "F.pad(x, (2, 1), value=hole)",
       "F.pad(x, (2, 1, 3, 3), mode='reflect')", "F.max_pool1d(x[0], 3, 2, 1, return_indices=True)"])
def test_a_hole_stays_where_it_is(expression, hole):
    """nan and infinities spread as far as in torch, and no further."""
    results = []
    for library in (torch, mytorch):
        values = np.random.RandomState(2).randn(2, 2, 7, 8)
        values[0, 1, 3, 3:6] = hole
        values[1, 0, 0] = hole
        x = library.tensor(values, requires_grad=True)
        y = eval(expression, {"F": library.nn.functional, "x": x, "hole": hole})
        y = y if isinstance(y, tuple) else (y,)
        y[0].sum().backward()
        results.append([part.detach().numpy() for part in y] + [x.grad.numpy()])
    for got, expected in zip(*results[::-1]):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


# ------------------------------------------------------------------ kernels and their definitions

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@over(["F.batch_norm(x, m, v, w, b, True)", "F.batch_norm(x, m, v, w, b, False)", "F.group_norm(x, 2, w, b)",
       "F.instance_norm(x, None, None, w, b)", "F.layer_norm(x, (7,), w7, b7)", "F.rms_norm(x, (7,), w7)",
       "F.batch_norm(x, None, None, None, None, True)", "F.group_norm(x, 1)", "F.layer_norm(x, (6, 7))"])
def test_a_kernel_agrees_with_its_definition(expression, dtype):
    """Gradients by the kernel and, recorded, by the definition."""
    random = np.random.RandomState(4)
    scope = {"F": mytorch.nn.functional}
    for name, shape in {"x": (3, 6, 7), "w": (6,), "b": (6,), "w7": (7,), "b7": (7,)}.items():
        scope[name] = mytorch.tensor(random.randn(*shape).astype(dtype), requires_grad=True)
    scope["m"], scope["v"] = (mytorch.tensor(np.abs(random.randn(6)).astype(dtype)) for _ in range(2))
    y = eval(expression, scope)
    leaves = [scope[name] for name in ("x", "w", "b", "w7", "b7")]
    g = mytorch.tensor(random.randn(*y.shape).astype(dtype))
    kernel = mytorch.autograd.grad(y, leaves, g, retain_graph=True, allow_unused=True)
    definition = mytorch.autograd.grad(y, leaves, g, create_graph=True, allow_unused=True)
    for one, other in zip(kernel, definition):
        assert (one is None) == (other is None)
        if one is not None:
            slack = np.abs(one.numpy()).max() * 30 * np.finfo(dtype).eps
            np.testing.assert_allclose(one.numpy(), other.detach().numpy(), rtol=0, atol=slack)


SLOPES = [(a, b) for a, b in LAYERS if "Lazy" not in a and "return_indices" not in a and "MaxUnpool" not in a
          and b.startswith("layer(x") and "LPPool" not in a]


@pytest.mark.parametrize("expression, call", SLOPES[::3], ids=[f"{a}: {b}" for a, b in SLOPES[::3]])
def test_gradients_are_the_slopes(expression, call):
    """Double precision, of the input and the parameters, against differences; in fast mode, along random directions."""
    side = Side(mytorch)
    layer = side.run(expression)[0].double()
    side.scope["layer"] = layer
    side.run(call)
    leaves = [*side.leaves, *(p for p in layer.parameters() if p.requires_grad)]

    def again(*inputs):
        side.scope["x"] = lambda *shape: inputs[0]
        return side.run(call)[0]

    assert mytorch.autograd.gradcheck(again, tuple(leaves), fast_mode=True)


@pytest.mark.parametrize("together", [1, 6000, 1 << 19])
@pytest.mark.parametrize("expression", [
    "F.conv2d(x(5, 4, 6, 7), x(6, 4, 3, 2), x(6), stride=2, padding=1)",
    "F.conv2d(x(5, 4, 3, 3), x(6, 2, 3, 3), groups=2)",
    "F.conv2d(x(5, 4, 3, 3), x(6, 4, 1, 1))", "F.conv1d(x(5, 4, 40), x(6, 4, 3))",
    "F.conv_transpose2d(x(5, 4, 3, 2), x(4, 3, 3, 2), x(3), stride=2, padding=1)",
    "F.conv_transpose2d(x(5, 4, 1, 1), x(4, 3, 4, 4), groups=2)"])
def test_convolutions_take_few_samples_at_a_time_or_many(monkeypatch, together, expression):
    monkeypatch.setattr("mytorch.ops.convolution._TOGETHER", together)     # of bytes: of one sample, of some, of all
    same(expression)
