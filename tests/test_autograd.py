"""torch.autograd: Function, the graph from outside, Variable."""
import warnings

import numpy as np
import pytest
import torch
from engine_scenarios import check, same, same_error, switches_are_left_alone  # noqa: F401  (an autouse fixture)

import mytorch

LIBRARIES = pytest.mark.parametrize("t", [torch, mytorch], ids=["torch", "mytorch"])


def leaf(t, *values, dtype=None):
    return t.tensor(list(values), dtype=dtype or t.float32, requires_grad=True)


def made(t, forward, backward, name="Mine", **more):
    """A Function class of these two."""
    return type(name, (t.autograd.Function,),
                {"forward": staticmethod(forward), "backward": staticmethod(backward), **more})


def cube(t):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x ** 3

    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g * 3 * x ** 2
    return made(t, forward, backward, "Cube")


# ------------------------------------------------------------------ forward and backward

@same
def a_function(t):
    a = leaf(t, 1., 2.)
    y = cube(t).apply(a)
    y.sum().backward()
    return y, a.grad, type(y.grad_fn).__name__, y.grad_fn.name(), y.grad_fn.needs_input_grad


@same
def a_function_differentiated_again(t):
    a = leaf(t, 1., 2., dtype=t.float64)
    y, found = cube(t).apply(a).sum(), []
    for _ in range(4):
        y, = t.autograd.grad(y, a, create_graph=True)
        found.append(y)
        y = y.sum()
    return found


@same
def a_function_that_saves_its_result_differentiated_again(t):
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    F = made(t, forward, lambda ctx, g: g * ctx.saved_tensors[0])
    a = leaf(t, 0.5, 1.)
    first, = t.autograd.grad(F.apply(a).sum(), a, create_graph=True)
    second, = t.autograd.grad(first.sum(), a, create_graph=True)
    return first, second, t.autograd.grad(second.sum(), a)


@same
def the_new_style(t):
    log = []

    class Scaled(t.autograd.Function):
        @staticmethod
        def forward(x, factor, shift=1):
            return x * factor + shift, x + factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            log.append((len(inputs), inputs[1:], len(output)))
            ctx.factor = inputs[1]

        @staticmethod
        def backward(ctx, g, h):
            return g * ctx.factor + h, None, None

    a = leaf(t, 1., 2.)
    y, z = Scaled.apply(a, 3)
    (y + z * 10).sum().backward()
    return y, z, a.grad, log, Scaled.apply(a, factor=4, shift=2)[0], y.grad_fn.factor, z.output_nr


@same
def arguments_by_name_count_as_if_by_position(t):
    log = []

    class Scaled(t.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor=2, shift=1, *, k=0):
            log.append((factor, shift, ctx.needs_input_grad))
            return x * factor + shift

        @staticmethod
        def backward(ctx, g):
            return g * 3, *[None] * (len(ctx.needs_input_grad) - 1)

    a = leaf(t, 1., 2.)
    for args, kwargs in [((), {"x": a}), ((a,), {"factor": 4}), ((a, 3), {"shift": 4}),
                         ((a,), {"shift": 3, "factor": 5}), ((a,), {"k": 1}), ((a,), {"shift": 3}),
                         ((a, 3), {"factor": 1}), ((), {"factor": 1})]:
        try:
            y = Scaled.apply(*args, **kwargs)
            log.append((y, t.autograd.grad(y.sum(), a)))
        except TypeError as error:
            log.append(str(error))
    return log


@same
def vjp_is_another_name_of_backward(t):
    class Doubled(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def vjp(ctx, g):
            return g * 2

    a = leaf(t, 1., 2.)
    return t.autograd.grad(Doubled.apply(a).sum(), a)


@same
def forward_is_not_recorded(t):
    log = []

    def forward(ctx, x):
        log.append((t.is_grad_enabled(), x.requires_grad, (x * 2).requires_grad))
        return x * 2

    a = leaf(t, 1., 2.)
    y = made(t, forward, lambda ctx, g: (log.append((t.is_grad_enabled(), g.requires_grad)), g * 2)[1]).apply(a)
    t.autograd.grad(y.sum(), a, retain_graph=True)
    t.autograd.grad(y.sum(), a, create_graph=True)
    return log


@same
def recorded_inside_forward_all_the_same(t):
    def forward(ctx, x):
        with t.enable_grad():
            return x * 2

    a = leaf(t, 1., 2.)
    return t.autograd.grad(made(t, forward, lambda ctx, g: g * 5).apply(a).sum(), a)


@same
def a_checkpoint_goes_backward_inside_backward(t):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin() * x

    def backward(ctx, g):
        with t.enable_grad():
            x = ctx.saved_tensors[0].detach().requires_grad_()
            y = x.sin() * x
        y.backward(g)
        return x.grad

    a = leaf(t, 1., 2.)
    (made(t, forward, backward).apply(a * 2) * a).sum().backward()
    return a.grad


@same
def inputs_that_are_no_tensors(t):
    F = made(t, lambda ctx, x, k, what: x * k if what == "times" else x, lambda ctx, g: (g * 7, None, None))
    a = leaf(t, 1., 2.)
    y = F.apply(a, 3, "times")
    y.sum().backward()
    return y, a.grad, [nr for _, nr in y.grad_fn.next_functions], y.grad_fn.needs_input_grad


@same
def results_that_are_no_tensors(t):
    F = made(t, lambda ctx, x: (x * 2, "text", None, x * 3), lambda ctx, *g: g[0] * 2 + g[3] * 3)
    a = leaf(t, 1., 2.)
    first, text, nothing, last = F.apply(a)
    (last * 10).sum().backward()
    return text, nothing, a.grad, last.output_nr


@same
def a_result_that_is_no_tensor_at_all(t):
    return made(t, lambda ctx, x: 3, lambda ctx, g: g).apply(leaf(t, 1.))


@same
def gradients_of_unused_results(t):
    log = []
    F = made(t, lambda ctx, x: (x * 2, x * 3), lambda ctx, g, h: (log.append((g, h)), g)[1])
    F.apply(leaf(t, 1., 2.))[0].sum().backward()

    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 2, x * 3

    made(t, forward, lambda ctx, g, h: (log.append((g, h)), h)[1]).apply(leaf(t, 1., 2.))[1].sum().backward()
    return log


@same
def results_without_a_gradient(t):
    log = []

    def forward(ctx, x):
        marked, whole = x * 2, x.long()
        ctx.mark_non_differentiable(marked)
        return marked, whole, x * 3

    F = made(t, forward, lambda ctx, *g: (log.append(g), g[2] * 3)[1])
    marked, whole, y = F.apply(leaf(t, 1., 2.))
    y.sum().backward()
    return marked, whole, y, log


@same
def no_gradient_for_an_input(t):
    F = made(t, lambda ctx, x, y: x * y, lambda ctx, g: (None, g * 5))
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    F.apply(a, b).sum().backward()
    return a.grad, b.grad


@same
def more_nones_than_inputs(t):
    F = made(t, lambda ctx, x: x * 2, lambda ctx, g: (g, None, None))
    a = leaf(t, 1., 2.)
    F.apply(a).sum().backward()
    return a.grad


@same
def gradients_are_cast_and_summed(t):
    F = made(t, lambda ctx, x: x * 2, lambda ctx, g: g.double().expand(3, 2))
    a = leaf(t, 1., 2.)
    F.apply(a).sum().backward()
    return a.grad


@same
def nothing_requires_grad(t):
    y = cube(t).apply(t.ones(2))
    with t.no_grad():
        z = cube(t).apply(leaf(t, 1., 2.))
    return y, z


@same
def saved_tensors_are_the_inputs_themselves(t):
    log = []

    def forward(ctx, x, y):
        z = x * y
        ctx.save_for_backward(x, None, y, z)
        return z

    def backward(ctx, g):
        x, none, y, z = ctx.saved_tensors
        log.append((x is a, none, y is b, z, z.requires_grad))
        return g, g

    a, b = leaf(t, 1., 2.), t.ones(2)
    made(t, forward, backward).apply(a, b).sum().backward()
    return log


@same
def attributes_of_the_context(t):
    def forward(ctx, x):
        ctx.shape, ctx.dtype, ctx.number, ctx.parents, ctx.args = x.shape, "mine", 1, [], ()
        return x.reshape(-1) * 2

    F = made(t, forward, lambda ctx, g: (g * 2).reshape(ctx.shape))
    a = t.ones(2, 3, requires_grad=True)
    F.apply(a).sum().backward()
    return a.grad


# ------------------------------------------------------------------ inputs that come back

@same
def dirty_inputs(t):
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x

    F = made(t, forward, lambda ctx, g: g * 7)
    a = leaf(t, 1., 2.)
    x = a * 1
    y = F.apply(x)
    plain = F.apply(t.ones(2))
    return y is x, y, t.autograd.grad(y.sum(), a), plain, plain._version


@same
def a_dirty_view(t):
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    a = leaf(t, 1., 2., 3.)
    x = a * 1
    made(t, forward, lambda ctx, g: g * 7).apply(x[:2])
    return x, type(x.grad_fn).__name__, t.autograd.grad(x.sum(), a)


@same
def an_input_returned_as_it_is(t):
    F = made(t, lambda ctx, x: x, lambda ctx, g: g * 5)
    a = leaf(t, 1., 2.)
    y = F.apply(a)
    return y is a, y, t.autograd.grad(y.sum(), a), F.apply(t.ones(2)).requires_grad


@same
def an_input_returned_twice(t):
    F = made(t, lambda ctx, x: (x, x), lambda ctx, g, h: g * 5 + h)
    a = leaf(t, 1., 2.)
    y, z = F.apply(a)
    return y is z, t.autograd.grad((y + z * 10).sum(), a)


@same
def a_view_returned(t):
    F = made(t, lambda ctx, x: x.view(2, 1), lambda ctx, g: g.view(2) * 3)
    a = leaf(t, 1., 2.)
    return F.apply(a), t.autograd.grad(F.apply(a).sum(), a)


@same_error
def a_view_returned_is_written_to(t):
    made(t, lambda ctx, x: x.view(2, 1), lambda ctx, g: g.view(2)).apply(leaf(t, 1., 2.) * 1).add_(1)


@same_error
def an_input_returned_is_written_to(t):
    made(t, lambda ctx, x: x, lambda ctx, g: g).apply(leaf(t, 1., 2.) * 1).add_(1)


@same_error
def a_dirty_leaf(t):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x

    made(t, forward, lambda ctx, g: g).apply(leaf(t, 1.))


@same_error
def a_dirty_input_that_does_not_come_back(t):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x * 2

    made(t, forward, lambda ctx, g: g).apply(leaf(t, 1.) * 1)


# ------------------------------------------------------------------ what is refused

@same_error
def too_few_gradients(t):
    made(t, lambda ctx, x, y: x * y, lambda ctx, g: g).apply(leaf(t, 1.), t.ones(1)).backward()


@same_error
def too_many_gradients(t):
    made(t, lambda ctx, x: x * 2, lambda ctx, g: (g, g)).apply(leaf(t, 1.)).backward()


@same_error
def a_gradient_for_a_number(t):
    made(t, lambda ctx, x, k: x * k, lambda ctx, g: (g, g)).apply(leaf(t, 1.), 2).backward()


@same_error
def a_gradient_that_is_a_number(t):
    made(t, lambda ctx, x: x * 2, lambda ctx, g: 3).apply(leaf(t, 1.)).backward()


@same_error
def a_gradient_of_another_shape(t):
    made(t, lambda ctx, x: x * 2, lambda ctx, g: g[:2]).apply(leaf(t, 1., 2., 3.)).sum().backward()


@same_error
def saving_a_number(t):
    def forward(ctx, x):
        ctx.save_for_backward(x, 3)
        return x * 2

    made(t, forward, lambda ctx, g: g).apply(leaf(t, 1.))


@same_error
def a_saved_result_changed(t):
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    y = made(t, forward, lambda ctx, g: g * ctx.saved_tensors[0]).apply(leaf(t, 1., 2.))
    y.add_(1)
    y.sum().backward()


@same_error
def a_saved_constant_changed(t):
    def forward(ctx, x, w):
        ctx.save_for_backward(w)
        return x * w

    w = t.ones(2)
    y = made(t, forward, lambda ctx, g: (g * ctx.saved_tensors[0], None)).apply(leaf(t, 1., 2.), w)
    w.add_(1)
    y.sum().backward()


@same_error
def saved_tensors_after_backward(t):
    y = cube(t).apply(leaf(t, 1.))
    y.backward()
    y.backward()


@same_error
def no_forward(t):
    type("Empty", (t.autograd.Function,), {}).apply(leaf(t, 1.))


@same_error
def no_backward(t):
    type("Half", (t.autograd.Function,), {"forward": staticmethod(lambda ctx, x: x * 2)}).apply(leaf(t, 1.)).backward()


@same_error
def called_in_the_old_style(t):
    class Old(t.autograd.Function):
        def forward(self, x):
            return x * 2

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Old()(leaf(t, 1.))


@same
def backward_that_is_differentiable_once(t):
    from_module = __import__(f"{t.__name__}.autograd.function", fromlist=["once_differentiable"])
    once = from_module.once_differentiable
    F = made(t, lambda ctx, x: x * x, once(lambda ctx, g: g * 2))
    a = leaf(t, 1., 2.)
    y = F.apply(a)
    return t.autograd.grad(y.sum(), a, retain_graph=True), t.autograd.grad(y.sum(), a, create_graph=True)


@same_error
def backward_that_is_differentiable_once_differentiated_twice(t):
    from_module = __import__(f"{t.__name__}.autograd.function", fromlist=["once_differentiable"])
    F = made(t, lambda ctx, x: x * x, from_module.once_differentiable(lambda ctx, g: g * 2))
    a = leaf(t, 1., 2.)
    first, = t.autograd.grad((F.apply(a) * a).sum(), a, create_graph=True)
    first.sum().backward()


# ------------------------------------------------------------------ the graph

@same
def saved_tensors_hooks(t):
    log = []

    def pack(x):
        log.append(("pack", tuple(x.shape)))
        return x * 1

    def unpack(x):
        log.append(("unpack", tuple(x.shape)))
        return x

    a, b = t.ones(3, requires_grad=True), t.ones(2, 3)
    with t.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = (a * b).exp()
    z = y * 2
    z.sum().backward()
    return log, a.grad


@same
def hooks_decide_what_backward_sees(t):
    a = leaf(t, 1., 2.)
    with t.autograd.graph.saved_tensors_hooks(lambda x: 3, lambda three: t.ones(2) * three):
        y = a * t.tensor([5., 6.])
        with t.autograd.graph.saved_tensors_hooks(lambda x: 4, lambda four: t.ones(2) * four):
            z = a * t.tensor([7., 8.])
    (y + z * 10).sum().backward()
    return a.grad


@same
def hooks_of_what_a_function_saves(t):
    a = leaf(t, 1., 2.)
    with t.autograd.graph.saved_tensors_hooks(lambda x: None, lambda none: t.tensor([10., 20.])):
        y = cube(t).apply(a)
    y.sum().backward()
    return a.grad


@same_error
def what_unpacks_must_give_a_tensor(t):
    a = leaf(t, 1., 2.)
    with t.autograd.graph.saved_tensors_hooks(lambda x: 3, lambda three: three):
        y = a * a
    y.sum().backward()


@same
def save_on_cpu(t):
    a = leaf(t, 1., 2.)
    with t.autograd.graph.save_on_cpu():
        y = (a * a).exp()
    y.sum().backward()
    return a.grad


@same
def mutation_is_allowed(t):
    a, w = leaf(t, 1., 2.), t.tensor([3., 4.])
    with t.autograd.graph.allow_mutation_on_saved_tensors():
        y = a * w
        w.zero_()
        y.sum().backward()
    return a.grad, w


@same_error
def saved_tensors_hooks_are_disabled(t):
    with t.autograd.graph.disable_saved_tensors_hooks("not here"):
        with t.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: x):
            leaf(t, 1.) * leaf(t, 2.)


@same_error
def an_incremented_version(t):
    w = t.ones(2)
    y = leaf(t, 1., 2.) * w
    t.autograd.graph.increment_version(w)
    y.sum().backward()


@same
def gradient_edges(t):
    graph, a = t.autograd.graph, leaf(t, 1., 2.)
    y = a * a
    parts = t.arange(4.).reshape(2, 2).requires_grad_().unbind(0)
    edge, last = graph.get_gradient_edge(y), graph.get_gradient_edge(parts[1])
    found = t.autograd.grad(edge, graph.get_gradient_edge(a), t.ones(2), retain_graph=True)
    s = y.sum()
    t.autograd.backward(graph.get_gradient_edge(s))
    return (edge.output_nr, last.output_nr, edge.node.name(), last.node.name(), found, a.grad,
            t.autograd.grad(parts[1].sum(), last))


@same_error
def the_gradient_edge_of_a_constant(t):
    t.autograd.graph.get_gradient_edge(t.ones(2))


@same
def hooks_on_several_tensors(t):
    every, first, a, b = [], [], leaf(t, 1., 2.), leaf(t, 3., 4.)
    register = t.autograd.graph.register_multi_grad_hook
    handles = [register([a, b], lambda gs: every.append(list(gs))),
               register([a, b], lambda g: first.append(tuple(g.shape)), mode="any")]
    (a * b).sum().backward()
    (a * 2).sum().backward()
    for handle in handles:
        handle.remove()
    (a * b).sum().backward()
    return every, first


@same_error
def a_hook_on_several_tensors_with_no_such_mode(t):
    t.autograd.graph.register_multi_grad_hook([leaf(t, 1.)], print, mode="some")


@same
def callbacks_at_the_end(t):
    log, a = [], leaf(t, 1., 2.)
    engine = t.autograd.Variable._execution_engine
    y = a * 2
    y.register_hook(lambda g: (log.append("hook"), engine.queue_callback(lambda: log.append(("end", a.grad))))[0])
    y.sum().backward()
    return log


@same_error
def a_callback_outside_of_backward(t):
    t.autograd.Variable._execution_engine.queue_callback(print)


# ------------------------------------------------------------------ Variable

@same
def variables(t):
    x = t.ones(2)
    v = t.autograd.Variable(x, requires_grad=True)
    (v * 2).sum().backward()
    v.data.add_(1)
    return isinstance(x, t.autograd.Variable), isinstance(3, t.autograd.Variable), v, v.grad, x


test_scenario = check(__name__)


# ------------------------------------------------------------------ what has no counterpart, or only warns

@LIBRARIES
def test_marking_what_is_no_input_warns(t):
    def forward(ctx, x):
        y = x * 2
        ctx.mark_dirty(y)
        return y

    with pytest.warns(UserWarning, match="received a tensor that was not an input"):
        made(t, forward, lambda ctx, g: g).apply(leaf(t, 1.) * 1)


@LIBRARIES
def test_making_a_function_object_warns(t):
    with pytest.warns(DeprecationWarning, match="should not be instantiated"):
        cube(t)()


@LIBRARIES
@pytest.mark.parametrize("call, text", [
    (lambda t, a: t.autograd.backward((a * 2).sum(), grad_variables=[None]), "`grad_variables` is deprecated"),
    (lambda t, a: t.autograd.grad((a * 2).sum(), a, only_inputs=False), "only_inputs argument is deprecated"),
], ids=["grad_variables", "only_inputs"])
def test_old_arguments_warn(t, call, text):
    with pytest.warns(FutureWarning, match=text):
        call(t, leaf(t, 1.))


def test_numpy_inside_a_function():
    """Forward and backward may compute with plain arrays."""
    def forward(ctx, x):
        ctx.x = x.detach().numpy()
        return np.sin(ctx.x)

    F = made(mytorch, forward, lambda ctx, g: g.numpy() * np.cos(ctx.x))
    a = leaf(mytorch, 1., 2.)
    y = F.apply(a)
    y.sum().backward()
    assert isinstance(y, mytorch.Tensor) and y.requires_grad
    np.testing.assert_allclose(a.grad, np.cos([1., 2.]), rtol=1e-6)


def test_grad_wants_a_seed_for_every_output():
    a = leaf(mytorch, 1., 2.)
    with pytest.raises(RuntimeError, match="got 2 tensors and 1 gradients"):
        mytorch.autograd.grad([a * 2, a * 3], a, [mytorch.ones(2)])


def test_the_profiler_says_what_to_use():
    with pytest.raises(NotImplementedError, match="profile: .* use cProfile"):
        mytorch.autograd.profiler.profile()


def test_pinned_memory_is_not_silently_ignored():
    with pytest.raises(NotImplementedError, match="pin_memory=True"):
        mytorch.autograd.graph.save_on_cpu(pin_memory=True)


def test_the_names_of_torch_are_there():
    """Except for what is about compilers and other devices, each public name exists."""
    assert {n for n in torch.autograd.__all__ if not hasattr(mytorch.autograd, n)} == {"NestedIOFunction"}
    graph = {"region_activation_memory_budget", "set_override_stale_capture_stream",
             "set_warn_on_accumulate_grad_stream_mismatch"}
    assert {n for n in torch.autograd.graph.__all__ if not hasattr(mytorch.autograd.graph, n)} == graph
    assert set(torch.autograd.functional.__all__) == set(mytorch.autograd.functional.__all__)
