"""Hooks, kept gradients, flags of tensors, and torch's face of the graph."""
import gc
import warnings

import pytest
import torch
from engine_scenarios import check, same, same_error

import mytorch


def leaf(t, *values):
    return t.tensor(list(values), requires_grad=True)


# ------------------------------------------------------------------ hooks

@same
def hooks_run_in_order_and_replace(t):
    a, log = leaf(t, 1., 2.), []
    y = a * 2
    y.register_hook(lambda g: log.append(("first", g)))
    y.register_hook(lambda g: g * 10)
    y.register_hook(lambda g: log.append(("third", g)))
    y.sum().backward()
    return log, a.grad


@same
def a_hook_on_a_leaf_sees_the_sum_once(t):
    a, log = leaf(t, 1., 2.), []
    a.register_hook(lambda g: log.append(g.clone()))
    (a * 2 + a * 3).sum().backward()
    return log


@same
def a_removed_hook_is_gone(t):
    a, log = leaf(t, 1., 2.), []
    handle = a.register_hook(lambda g: log.append("removed"))
    with a.register_hook(lambda g: log.append("with")):
        (a * 2).sum().backward()
    handle.remove()
    handle.remove()
    (a * 2).sum().backward()
    return log


@same
def grad_runs_the_hooks_of_inputs(t):
    a, log = leaf(t, 1., 2.), []
    a.register_hook(lambda g: (log.append("hook"), g * 5)[1])
    a.register_post_accumulate_grad_hook(lambda p: log.append("post"))
    return t.autograd.grad((a * 2).sum(), a), log, a.grad


@same
def backward_to_inputs_runs_all_hooks(t):
    a, log = leaf(t, 1., 2.), []
    a.register_hook(lambda g: (log.append("hook"), g * 5)[1])
    a.register_post_accumulate_grad_hook(lambda p: log.append(("post", p.grad.clone())))
    (a * 2).sum().backward(inputs=[a])
    return log, a.grad


@same
def post_accumulate_sees_the_finished_gradient(t):
    a, log = leaf(t, 1., 2.), []

    def take(p):
        log.append(p.grad.clone())
        p.grad = None

    a.register_post_accumulate_grad_hook(take)
    (a * 2 + a * 3).sum().backward()
    (a * 4).sum().backward()
    return log, a.grad


@same
def a_hook_before_a_write_sees_the_old_value(t):
    a, log = leaf(t, 1., 2.), []
    y = a * 2
    y.register_hook(lambda g: log.append(("old", g)))
    y.mul_(3)
    y.register_hook(lambda g: log.append(("new", g)))
    y.sum().backward()
    return log


@same
def a_hook_on_one_of_several_outputs(t):
    a, log = t.arange(6.).reshape(3, 2).requires_grad_(), []
    parts = a.unbind(0)
    parts[1].register_hook(lambda g: (log.append(g), g * 100)[1])
    (parts[0] + parts[1] * 2).sum().backward()
    return log, a.grad


@same
def a_hook_on_the_only_one_of_several_outputs(t):
    a, log = t.tensor([[2., 3.]], requires_grad=True), []
    part, = a.unbind(0)
    part.register_hook(lambda g: (log.append(g), g * 100)[1])
    part.retain_grad()
    (part * 2).sum().backward()
    edge = t.autograd.graph.get_gradient_edge(a.chunk(3)[0])
    return log, a.grad, part.grad, t.autograd.grad(edge, a, t.ones(1, 2))


@same
def hooks_can_be_recorded(t):
    a = leaf(t, 1., 2.)
    y = a * a
    y.register_hook(lambda g: g * a)
    first, = t.autograd.grad(y.sum(), a, create_graph=True)
    return first, t.autograd.grad(first.sum(), a)


@same
def grad_mode_in_hooks(t):
    a, log = leaf(t, 1., 2.), []
    a.register_hook(lambda g: log.append((t.is_grad_enabled(), g.requires_grad)))
    y = (a * a * a).sum()
    t.autograd.grad(y, a, create_graph=True)
    t.autograd.grad(y, a)
    return log


@same
def hooks_of_nodes(t):
    a, log = leaf(t, 1., 2.), []
    y = a * 2
    y.register_hook(lambda g: log.append("tensor"))
    y.grad_fn.register_prehook(lambda gs: (log.append(("pre", gs)), (gs[0] * 10,))[1])
    y.grad_fn.register_hook(lambda gi, go: log.append(("post", gi[0], go)))
    y.sum().backward()
    return log, a.grad


@same_error
def a_hook_that_returns_no_tensor(t):
    a = leaf(t, 1., 2.)
    a.register_hook(lambda g: 3)
    (a * 2).sum().backward()


@same_error
def a_hook_that_changes_the_size(t):
    a = leaf(t, 1., 2.)
    a.register_hook(lambda g: g[:1])
    (a * 2).sum().backward()


@same_error
def a_hook_that_changes_the_type(t):
    a = leaf(t, 1., 2.)
    a.register_hook(lambda g: g.double())
    (a * 2).sum().backward()


@same_error
def a_hook_where_no_gradient_comes(t):
    t.ones(2).register_hook(print)


@same_error
def a_post_accumulate_hook_on_a_non_leaf(t):
    (leaf(t, 1.) * 2).register_post_accumulate_grad_hook(print)


@same_error
def a_post_accumulate_hook_where_no_gradient_comes(t):
    t.ones(2).register_post_accumulate_grad_hook(print)


# ------------------------------------------------------------------ kept gradients

@same
def retain_grad(t):
    a = leaf(t, 1., 2.)
    y = a * 2
    y.retain_grad()
    y.retain_grad()
    z = y * y
    z.sum().backward(retain_graph=True)
    first = y.grad.clone()
    z.sum().backward()
    return y.retains_grad, first, y.grad, a.retains_grad, z.retains_grad


@same
def retain_grad_keeps_what_the_hooks_made(t):
    y = leaf(t, 1., 2.) * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    y.sum().backward()
    return y.grad


@same
def retain_grad_follows_in_place_writes(t):
    a = leaf(t, 1., 2., 3.)
    y, z, w = a * 2, a * 2, a * 2
    v, u = w[:2], w[1:]
    for x in (y, z, w, v, u):
        x.retain_grad()
    y.add_(1)
    z[0] = 3.
    v.mul_(3)
    (y.sum() + (z * z).sum() + (w * w).sum() + (v * v).sum() + (u * u).sum()).backward()
    return [(x.retains_grad, x.grad) for x in (y, z, w, v, u)]


@same
def retain_grad_of_a_leaf_does_nothing(t):
    a = leaf(t, 1., 2.)
    a.retain_grad()
    (a * 2).sum().backward()
    return a.retains_grad, a.grad


@same_error
def retain_grad_where_no_gradient_comes(t):
    t.ones(2).retain_grad()


# ------------------------------------------------------------------ .grad

@same
def grad_is_assigned_and_deleted(t):
    x = t.ones(2)
    x.grad = t.tensor([3., 4.])
    had = x.grad
    del x.grad
    return had, x.grad


@same_error
def grad_of_another_size(t):
    t.ones(2).grad = t.ones(3)


@same_error(until=" The gradient must match")
def grad_of_another_type(t):
    t.ones(2).grad = t.ones(2, dtype=t.float64)


@same_error
def grad_that_is_a_list(t):
    t.ones(2).grad = [1., 2.]


# ------------------------------------------------------------------ flags

@same
def leaves_and_others(t):
    a, b = leaf(t, 1., 2.), t.ones(2)
    with t.no_grad():
        q = a * 2
    y = a * b
    return [(x.requires_grad, x.is_leaf, x.grad_fn is None) for x in (a, b, y, q, y.detach(), b * b, a[:1])]


@same
def requires_grad_switched(t):
    b = t.ones(2)
    y = b * 2
    b.requires_grad = True
    z = b * 2
    b.requires_grad_(False)
    return y.requires_grad, z.requires_grad, b.requires_grad, (b * 2).requires_grad


@same_error
def requires_grad_of_a_non_leaf(t):
    (leaf(t, 1.) * 2).requires_grad_(False)


@same_error
def requires_grad_of_a_non_leaf_by_attribute(t):
    (leaf(t, 1.) * 2).requires_grad = False


@same_error
def requires_grad_of_integers(t):
    t.ones(2, dtype=t.int64).requires_grad_()


@same_error
def requires_grad_of_integers_by_attribute(t):
    t.ones(2, dtype=t.int64).requires_grad = True


@same_error
def requires_grad_of_integers_when_made(t):
    t.tensor([1], requires_grad=True)


@same_error
def requires_grad_that_is_no_bool(t):
    t.ones(2).requires_grad = 1


@same_error
def requires_grad_called_with_no_bool(t):
    t.ones(2).requires_grad_("yes")


@same_error
def numpy_of_what_requires_grad(t):
    leaf(t, 1.).numpy()


@same_error
def data_that_is_no_tensor(t):
    t.ones(2).data = 3


@same_error
def integer_data_of_what_requires_grad(t):
    leaf(t, 1.).data = t.ones(1, dtype=t.int64)


# ------------------------------------------------------------------ the graph from outside

@same
def names_of_nodes(t):
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    results = [a + b, a - b, a * b, a / b, -a, a ** 2, a ** b, a.exp(), a.log(), a.sin(), a.tanh(), a.sigmoid(),
               a.sum(), a.mean(), a[0], a[:1], a.reshape(2, 1), a.reshape(1, 2).t(), a.clone(), a.unsqueeze(0),
               a.expand(3, 2), a.abs(), a.sqrt(), a.max(), a.double(), a.unbind(0)[0], a.chunk(2)[1]]
    return [(type(y.grad_fn).__name__, y.grad_fn.name()) for y in results]


@same
def next_functions(t):
    a, b = leaf(t, 1., 2.), t.ones(2)
    y = a * b + a
    return [[(None if node is None else node.name(), nr) for node, nr in f.next_functions]
            for f in (y.grad_fn, y.grad_fn.next_functions[0][0])]


@same
def next_functions_are_those_of_arguments_that_have_a_derivative(t):
    a, w, b, F = t.ones(2, 2).requires_grad_(), t.ones(2, 2).requires_grad_(), leaf(t, 1., 2.), t.nn.functional
    results = [a.sum(), a.sum(0), a ** 2, 2 ** a, a ** a, 1 - a, 2 * a, a / 2, a.clamp(0, 1), a.masked_fill(a > 0, 1.),
               F.linear(a, t.ones(2, 2), b), F.linear(t.ones(2, 2), w), F.conv1d(a, w[None]),
               t.cat([a, t.ones(1, 2), w]), a.lerp(w, 0.5), t.where(a > 0, a, w), F.layer_norm(a, (2,), b, b),
               a.max(1)[0], a @ w, a.transpose(0, 1)]
    log = [[(node is None or type(node).__name__ in ("AccumulateGrad", "TBackward0"), nr)
            for node, nr in y.grad_fn.next_functions] for y in results]
    first = F.linear(F.relu(a * w), w, b).grad_fn.next_functions
    return log, first[0][0].variable is b, type(first[0][0]).__name__, type(first[1][0]).__name__


@same
def what_a_node_saved_has_names(t):
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    m, y, p = a * b, a.exp(), a ** 3
    log = [m.grad_fn._saved_self is a, m.grad_fn._saved_other is b, y.grad_fn._saved_result, p.grad_fn._saved_self is a,
           p.grad_fn._saved_exponent, (m * 2).sin().grad_fn._saved_self, hasattr(y.grad_fn, "_saved_self"),
           hasattr((a + b).grad_fn, "_saved_self"), hasattr(m.grad_fn, "_saved_of_another_name")]
    return log


@same_error
def what_a_freed_node_saved(t):
    m = leaf(t, 1., 2.) * leaf(t, 3., 4.)
    m.sum().backward()
    print(m.grad_fn._saved_self)


@same
def next_functions_of_several_outputs(t):
    parts = t.arange(6.).reshape(3, 2).requires_grad_().unbind(0)
    return [nr for _, nr in (parts[2] * parts[1]).grad_fn.next_functions], parts[2].output_nr


@same
def the_node_of_a_leaf_knows_its_tensor(t):
    a = leaf(t, 1., 2.)
    node = (a * 2).grad_fn.next_functions[0][0]
    return node.variable is a, node.name(), type(node).__name__, node.next_functions


@same
def notes_on_a_node(t):
    y = leaf(t, 1.) * 2
    y.grad_fn.metadata["key"] = 3
    return y.grad_fn.metadata, isinstance(y.grad_fn, t.autograd.graph.Node)


@same
def a_node_is_called(t):
    a = leaf(t, 1., 2.)
    found = (a * t.tensor([3., 4.])).grad_fn(t.ones(2))
    return found[0], found[1]


@same
def printing(t):
    a = leaf(t, 1., 2.)
    y = a * 2
    v = y[:1]
    v.mul_(2)
    with t.no_grad():
        w = a[:1]
    return [repr(x) for x in (a, y, v, a.detach(), a.sum(), a.unbind(0)[0], w)]


test_scenario = check(__name__)


@pytest.mark.parametrize("library", [torch, mytorch], ids=["torch", "mytorch"])
def test_reading_grad_of_a_non_leaf_warns(library):
    a = leaf(library, 1., 2.)
    with pytest.warns(UserWarning, match="The .grad attribute of a Tensor that is not a leaf"):
        assert (a * 2).grad is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept = a * 2
        kept.retain_grad()
        assert a.grad is None and kept.grad is None


def test_a_hook_keeps_nothing_alive_that_it_should_not():
    """A kept gradient is held by its tensor; the graph does not hold the tensor."""
    import weakref
    gc.disable()
    try:
        a = leaf(mytorch, 1., 2.)
        y = a * 2
        y.retain_grad()
        z = (y * y).sum()
        gone = weakref.ref(y)
        del y
        assert gone() is None
        z.backward()
        assert a.grad.tolist() == [8., 16.]
    finally:
        gc.enable()
