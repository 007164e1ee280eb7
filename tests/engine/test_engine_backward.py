"""Going backward: what arrives where, what is freed, what is refused."""
import numpy as np
from engine_scenarios import check, same, same_error


def leaf(t, *values, dtype=None):
    return t.tensor(list(values), dtype=dtype or t.float32, requires_grad=True)


# ------------------------------------------------------------------ what arrives

@same
def gradient_of_a_square(t):
    a = leaf(t, 1., 2., 3.)
    (a * a).sum().backward()
    return a.grad


@same
def backward_accumulates(t):
    a = leaf(t, 1., 2.)
    for _ in range(3):
        (a * a).sum().backward()
    return a.grad


@same
def a_leaf_used_many_times(t):
    a = leaf(t, 1., 2.)
    ((a * 2 + a) * a + a).sum().backward()
    return a.grad


@same
def the_same_tensor_on_both_sides(t):
    a = leaf(t, 1., 2.)
    y = a * 2
    (y + y + y * y).sum().backward()
    return a.grad


@same
def accumulation_keeps_the_buffer(t):
    a = leaf(t, 1., 2.)
    (a * 2).sum().backward()
    buffer = a.grad
    (a * 3).sum().backward()
    return buffer, buffer is a.grad, buffer._version


@same
def gradients_of_two_leaves_do_not_share_memory(t):
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    (a + b).sum().backward()
    a.grad.mul_(5)
    return a.grad, b.grad


@same
def the_gradient_is_not_the_seed(t):
    a, seed = leaf(t, 1., 2.), t.ones(2)
    (a + 0).backward(seed)
    a.grad.mul_(5)
    return a.grad, seed


@same
def the_gradient_is_not_what_a_later_walk_writes(t):
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    y = a * b
    y.sum().backward(retain_graph=True)
    kept = a.grad
    a.grad = None
    y.sum().backward()
    return kept, a.grad, b.grad, b


@same
def broadcast_gradients_are_summed(t):
    a, b, c = t.ones(3, 1, requires_grad=True), t.ones(4, requires_grad=True), t.ones((), requires_grad=True)
    (a * b * c * t.arange(24.).reshape(2, 3, 4)).sum().backward()
    return a.grad, b.grad, c.grad


@same
def a_large_broadcast_gradient_is_summed(t):
    b = t.ones(3, requires_grad=True)
    (b * t.arange(6000.).reshape(1000, 2, 3) / 1000).sum().backward()
    return b.grad


@same
def a_large_gradient_broadcast_in_the_middle_is_summed(t):
    b = t.ones(20, 1, 3, requires_grad=True)
    (b * t.arange(6000.).reshape(20, 100, 3) / 1000).sum().backward()
    return b.grad


@same
def empty_tensors(t):
    a = t.zeros(0, 3, requires_grad=True)
    (a * 2).sum().backward()
    return a.grad


@same
def zero_dimensional(t):
    a = t.tensor(3., requires_grad=True)
    (a * a * a).backward()
    return a.grad


@same
def mixed_dtypes_in_one_graph(t):
    a = leaf(t, 1., 2.)
    b = leaf(t, 3., 4., dtype=t.float64)
    h = leaf(t, 3., 4., dtype=t.float16)
    i = t.tensor([2, 3])
    y = a * b + h.float() * i
    y.sum().backward()
    return y, a.grad, b.grad, h.grad


@same
def complex_gradients(t):
    a = t.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    b = t.tensor([2., 3.], requires_grad=True)
    y = a * a * b * (1 + 1j)
    (y * y.conj()).sum().real.backward()
    return a.grad, b.grad


@same
def complex_seed(t):
    a = t.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    (a * (2 - 1j)).backward(t.tensor([1 + 1j, 2 + 0j]))
    return a.grad


@same
def real_input_of_a_complex_result(t):
    b = leaf(t, 2., 3.)
    (b * (1 + 2j)).backward(t.tensor([1 + 1j, 2 + 0j]))
    return b.grad


@same
def integer_seed_is_cast(t):
    a = leaf(t, 1., 2.)
    (a * 2).backward(t.tensor([1, 2]))
    return a.grad


@same
def several_roots(t):
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    t.autograd.backward([(a * b).sum(), a * 3], [None, t.tensor([1., 10.])])
    return a.grad, b.grad


@same
def one_root_inside_another(t):
    a = leaf(t, 1., 2.)
    y = a * a
    t.autograd.backward([(y * 2).sum(), y], [None, t.ones(2)])
    return a.grad


@same
def only_some_inputs(t):
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    (a * b).sum().backward(inputs=[a])
    return a.grad, b.grad


@same
def a_single_input(t):
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    t.autograd.backward((a * b).sum(), inputs=b)
    return a.grad, b.grad


@same
def inputs_that_are_no_leaves_keep_their_gradient(t):
    a = leaf(t, 1., 2.)
    y = a * 2
    (y * y).sum().backward(inputs=[y])
    return y.grad, a.grad, y.retains_grad


@same
def inputs_given_twice(t):
    a = leaf(t, 1., 2.)
    (a * a).sum().backward(inputs=[a, a])
    return a.grad


@same
def grad_leaves_grad_alone(t):
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    return t.autograd.grad((a * b).sum(), (a, b)), a.grad, b.grad


@same
def grad_by_the_same_input_twice(t):
    a = leaf(t, 1., 2.)
    return t.autograd.grad((a * a).sum(), [a, a])


@same
def grad_by_a_non_leaf_and_through_it(t):
    a = leaf(t, 1., 2.)
    y = a * 3
    return t.autograd.grad((y * y).sum(), [y, a])


@same
def grad_of_the_output_itself(t):
    a = leaf(t, 1., 2.)
    y = (a * a).sum()
    return t.autograd.grad(y, y, retain_graph=True), t.autograd.grad(y, a)


@same
def grad_of_a_leaf_by_itself(t):
    a = leaf(t, 1., 2.)
    return t.autograd.grad(a, a, t.tensor([5., 6.]))


@same
def grad_stops_where_it_was_asked_to(t):
    a = leaf(t, 1., 2.)
    y = a * a
    z = (y * y).sum()
    first = t.autograd.grad(z, y)           # frees z's graph down to y, not beyond
    return first, t.autograd.grad(y.sum(), a)


@same
def unused_inputs(t):
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    return (t.autograd.grad((a * 2).sum(), [a, b], allow_unused=True),
            t.autograd.grad((a * 2).sum(), [a, b], materialize_grads=True))


@same
def several_gradients_at_once(t):
    a = leaf(t, 1., 2., 3.)
    batch = t.arange(6.).reshape(2, 3)
    return (t.autograd.grad(a * a, a, batch, is_grads_batched=True),
            t.autograd.grad([(a * 2).sum(), a * a], a, [t.arange(2.), batch], is_grads_batched=True))


@same
def outputs_of_one_node(t):
    a = t.arange(6.).reshape(3, 2).requires_grad_()
    first, second, third = a.unbind(0)
    (first * third).sum().backward()
    return a.grad, second.output_nr, third.output_nr


@same
def grad_by_one_of_several_outputs(t):
    a = t.arange(6.).reshape(3, 2).requires_grad_()
    parts = a.unbind(0)
    return t.autograd.grad((parts[1] * parts[1]).sum() + parts[2].sum(), [parts[1], parts[2]])


@same
def values_and_indices(t):
    a = t.tensor([[1., 5., 2.], [7., 3., 4.]], requires_grad=True)
    found = a.max(1)
    (found.values * t.tensor([2., 3.])).sum().backward()
    return a.grad, found.indices.requires_grad, found.indices


# ------------------------------------------------------------------ what is freed

@same
def retain_graph(t):
    a = leaf(t, 1., 2.)
    y = (a * a).sum()
    y.backward(retain_graph=True)
    y.backward()
    return a.grad


@same_error
def second_backward(t):
    a = leaf(t, 1., 2.)
    y = (a * a).sum()
    y.backward()
    y.backward()


@same_error
def second_backward_through_a_number(t):
    a = leaf(t, 1., 2.)
    y = (a * 2).sum()
    y.backward()
    y.backward()


@same_error
def second_backward_through_a_saved_result(t):
    a = leaf(t, 1., 2.)
    y = a.tanh().sum()
    y.backward()
    y.backward()


@same
def second_backward_where_nothing_was_saved(t):
    a = leaf(t, 1., 2.)
    y = (a + a).sum()
    y.backward()
    y.backward()
    return a.grad


@same
def a_shared_part_is_freed_once(t):
    a = leaf(t, 1., 2.)
    y = a + 1
    (y * 2).sum().backward()
    (y * 3).sum().backward()
    return a.grad


@same_error
def saved_tensors_of_a_freed_function(t):
    class Twice(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    y = Twice.apply(leaf(t, 1., 2.))
    y.sum().backward()
    return y.grad_fn.saved_tensors


@same
def create_graph_keeps_the_graph(t):
    a = leaf(t, 1., 2.)
    y = (a * a * a).sum()
    y.backward(create_graph=True)
    first = a.grad
    a.grad = None
    y.backward()
    return first.requires_grad, a.grad


# ------------------------------------------------------------------ derivatives of derivatives

@same
def four_orders(t):
    a = leaf(t, 0.3, -0.7, dtype=t.float64)
    found, y = [], (a.tanh() * a * a).sum()
    for _ in range(4):
        y, = t.autograd.grad(y, a, create_graph=True)
        found.append(y)
        y = y.sum()
    return found


@same
def four_orders_through_exp_sin_div(t):
    a = leaf(t, 0.3, -0.7, dtype=t.float64)
    found, y = [], ((a.sin() * a).exp() / (1 + a * a)).sum()
    for _ in range(4):
        y, = t.autograd.grad(y, a, create_graph=True)
        found.append(y.detach())
        y = y.sum()
    return found


@same
def mixed_second_derivatives(t):
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    first, = t.autograd.grad((a * a * b * b).sum(), a, create_graph=True)
    return t.autograd.grad(first.sum(), (a, b))


@same
def second_derivative_by_the_seed(t):
    a, v = leaf(t, 1., 2.), leaf(t, 5., 6.)
    first, = t.autograd.grad(a * a, a, v, create_graph=True)
    return t.autograd.grad(first.sum(), (v, a))


@same
def backward_create_graph_accumulates_recorded(t):
    a = leaf(t, 1., 2.)
    (a * a * a).sum().backward(create_graph=True)
    g = a.grad
    (g * g).sum().backward()
    return g.requires_grad, a.grad


@same
def gradient_penalty(t):
    w, x = leaf(t, 0.5, -1.), leaf(t, 2., 3.)
    y = (w * x).tanh().sum()
    gx, = t.autograd.grad(y, x, create_graph=True)
    (y + (gx * gx).sum()).backward()
    return w.grad, x.grad


@same
def a_detached_piece_is_constant(t):
    a = leaf(t, 1., 2.)
    y = a * a
    first, = t.autograd.grad((y * y.detach()).sum(), a, create_graph=True)
    return first, t.autograd.grad(first.sum(), a)


# ------------------------------------------------------------------ what is refused

@same_error
def non_scalar_without_a_gradient(t):
    (leaf(t, 1., 2.) * 2).backward()


@same_error
def nothing_requires_grad(t):
    t.ones(2).sum().backward()


@same_error
def second_root_does_not_require_grad(t):
    t.autograd.backward([leaf(t, 1.).sum(), t.ones(1)])


@same_error
def a_seed_of_another_shape(t):
    (leaf(t, 1., 2.) * 2).backward(t.ones(3))


@same_error
def a_seed_for_a_scalar_with_a_dimension(t):
    (leaf(t, 1., 2.) * 2).sum().backward(t.ones(1))


@same_error
def a_complex_seed_for_a_real_result(t):
    (leaf(t, 1.) * 2).backward(t.tensor([1j]))


@same_error
def a_real_seed_for_a_complex_result(t):
    (t.tensor([1j], requires_grad=True) * 2).backward(t.ones(1))


@same_error
def a_seed_that_is_no_tensor(t):
    t.autograd.backward([leaf(t, 1., 2.) * 2], [3])


@same_error
def too_few_seeds(t):
    a = leaf(t, 1., 2.)
    t.autograd.backward([a * 2, a * 3], [t.ones(2)])


@same_error
def complex_scalar(t):
    (t.tensor([1j], requires_grad=True) * 2).sum().backward()


@same_error
def no_inputs_for_backward(t):
    leaf(t, 1.).sum().backward(inputs=[])


@same_error
def no_inputs_for_grad(t):
    t.autograd.grad(leaf(t, 1.).sum(), [])


@same_error
def input_of_backward_does_not_require_grad(t):
    leaf(t, 1.).sum().backward(inputs=[t.ones(1)])


@same_error
def input_of_grad_does_not_require_grad(t):
    t.autograd.grad(leaf(t, 1.).sum(), t.ones(1))


@same_error
def unused_input(t):
    t.autograd.grad(leaf(t, 1.).sum(), [leaf(t, 1.)])


@same_error
def unused_output_of_a_node(t):
    parts = t.ones(2, 2, requires_grad=True).unbind(0)
    t.autograd.grad(parts[0].sum(), parts[1])


@same_error
def materialize_what_is_not_allowed(t):
    a = leaf(t, 1.)
    t.autograd.grad(a.sum(), a, allow_unused=False, materialize_grads=True)


@same_error
def grad_variables_and_grad_tensors(t):
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        t.autograd.backward(leaf(t, 1.).sum(), grad_tensors=[None], grad_variables=[None])


@same_error
def nothing_is_recorded_in_no_grad(t):
    a = leaf(t, 1., 2.)
    with t.no_grad():
        y = (a * 2).sum()
    y.backward()


test_scenario = check(__name__)


def test_the_gradient_of_a_big_weight_is_kept_uncopied():
    """Where nobody else holds the array that arrives at a leaf, it becomes `.grad` itself."""
    import mytorch
    held = []
    a = mytorch.ones(1000, requires_grad=True)

    class Fresh(mytorch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            array = np.full(1000, 7., np.float32)
            held.append(array.__array_interface__["data"][0])
            return mytorch.from_numpy(array)

    Fresh.apply(a).sum().backward()
    assert a.grad.__array_interface__["data"][0] == held[0]
