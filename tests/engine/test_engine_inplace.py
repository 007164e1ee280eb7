"""Writing in place: histories, views, versions, and what is refused."""
import warnings

import numpy as np
from engine_scenarios import check, same, same_error

import mytorch
from mytorch.engine.versions import storage_of


def leaf(t, *values):
    return t.tensor(list(values), requires_grad=True)


# ------------------------------------------------------------------ on leaves

@same_error
def in_place_on_a_leaf(t):
    leaf(t, 1., 2.).add_(1)


@same_error
def assignment_to_a_leaf(t):
    leaf(t, 1., 2.)[0] = 3.


@same_error
def operator_in_place_on_a_leaf(t):
    a = leaf(t, 1., 2.)
    a *= 2


@same_error
def in_place_on_a_view_of_a_leaf(t):
    leaf(t, 1., 2.)[:1].add_(1)


@same_error
def in_place_on_a_reshaped_leaf(t):
    leaf(t, 1., 2.).reshape(2, 1).add_(1)


@same_error
def in_place_on_a_view_that_became_a_leaf(t):
    t.ones(4)[:2].requires_grad_().add_(1)


@same_error
def in_place_on_a_view_of_a_reshaped_range(t):
    x = t.arange(12.).reshape(3, 4).requires_grad_()
    x[0].mul_(2)


@same
def what_an_assignment_to_a_leaf_is_refused_with(t):
    """A view of it, where the index takes a piece; the leaf, where it is whole or elements are picked."""
    found = []
    for index in (0, slice(None), (slice(None), 1), [0, 1], (slice(None), [0]), ..., (..., 0), None, (0, [0]),
                  t.tensor([True, False]), (slice(1, None), t.tensor([0])), (None, [0]), (), t.tensor(1), True):
        try:
            t.ones(2, 3, requires_grad=True)[index] = 1.
        except RuntimeError as error:
            found.append(str(error))
    return found


@same_error
def copy_of_what_does_not_fit_to_a_leaf(t):
    leaf(t, 1., 2.).copy_(t.ones(3))


@same_error
def transposing_too_many_dims_in_place(t):
    t.ones(1, 2, 3).t_()


@same
def a_leaf_that_no_longer_wants_a_gradient(t):
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    y = (a * b).sum()
    a.requires_grad_(False)
    y.backward()
    return a.grad, b.grad


@same
def versions_of_assignments(t):
    x, found = t.ones(3, 3), []
    for y in (x, t.ones(3, 3, requires_grad=True) * 1):
        y[0] = 1.
        found.append(y._version)
        y[0] *= 2
        found.append(y._version)
        y[[0]] *= 2
        y[:1] += y[:1]
        found.append(y._version)
    return found


@same
def assignment_by_index_to_an_expanded_tensor(t):
    x = t.ones(3).expand(2, 3)
    with warnings.catch_warnings():  # torch, which is asked second, may have warned already
        warnings.simplefilter("ignore")
        x[[0, 1], [0, 1]] = 5.
    return x


@same
def a_real_view_of_complex_numbers_written_to(t):
    x = t.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    y = (x * 1).imag
    y.mul_(2)
    (y * y).sum().backward()
    return y, x.grad


@same
def in_place_on_a_leaf_in_no_grad(t):
    a = leaf(t, 1., 2.)
    with t.no_grad():
        a.add_(1)
        a *= 2
        a[0] = 7
    return a, a._version, (a * a).sum().backward(), a.grad


# ------------------------------------------------------------------ on non-leaves

@same
def in_place_on_a_non_leaf(t):
    a = leaf(t, 1., 2.)
    y = a * 2
    y.add_(a)
    y.mul_(3)
    (y * a).sum().backward()
    return y, a.grad


@same
def in_place_whose_rule_reads_the_old_value(t):
    a = leaf(t, 1., 2.)
    y = a * 1
    y.sin_()
    y.pow_(2)
    y.sum().backward()
    return a.grad


@same
def in_place_whose_rule_reads_the_result(t):
    a = leaf(t, 0.1, 0.2)
    y = a * 1
    y.exp_()
    z = y * 2
    z.tanh_()
    z.sum().backward()
    return a.grad


@same_error
def in_place_over_a_saved_result(t):
    y = leaf(t, 0.1, 0.2) * 1
    y.exp_()
    y.tanh_()
    y.sum().backward()


@same
def in_place_with_a_constant_makes_it_part_of_the_graph(t):
    a, x = leaf(t, 1., 2.), t.ones(2)
    x.mul_(a)
    x.add_(1)
    (x * x).sum().backward()
    return x.requires_grad, a.grad


@same
def in_place_of_another_type(t):
    a = leaf(t, 1., 2.)
    x = a * 1
    x.add_(t.tensor([1., 2.], dtype=t.float64))
    x.mul_(t.tensor([2, 3]))
    x.sum().backward()
    return x, a.grad


@same
def in_place_that_broadcasts(t):
    a, x = leaf(t, 1., 2., 3.), t.zeros(2, 3)
    x.add_(a)
    x.mul_(a[0])
    (x * x).sum().backward()
    return a.grad


@same
def create_graph_through_in_place(t):
    a = leaf(t, 1., 2.)
    y = a * a
    y.mul_(a)
    first, = t.autograd.grad(y.sum(), a, create_graph=True)
    return first, t.autograd.grad(first.sum(), a)


@same
def copy_of_something_recorded(t):
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    x = a * 2
    x.copy_(b * b)
    x.sum().backward()
    return b.grad, x.requires_grad


@same
def copy_of_a_tensor_that_others_built_on(t):
    a = leaf(t, 1., 2.)
    y = a * 3
    z = y * y
    x = t.zeros(2)
    x.copy_(y)
    (z + x).sum().backward()
    return a.grad


@same
def copy_of_the_latest_result(t):
    a, x = leaf(t, 1., 2.), t.zeros(2)
    y = a * a
    x.copy_(y)
    (x * 2 + y).sum().backward()
    return a.grad


@same
def copy_of_a_constant_cuts_the_history(t):
    a = leaf(t, 1., 2.)
    y = a * 2
    y.copy_(t.ones(2))
    y.sum().backward()
    return y, y.requires_grad, y.is_leaf


@same
def fill_and_zero_cut_the_history(t):
    a = leaf(t, 1., 2.)
    y, z = a * 2, a * 3
    y.zero_()
    z.fill_(4.)
    (y + z).sum().backward()
    return y, z, y.requires_grad, a.grad


@same
def no_grad_write_to_a_non_leaf_keeps_its_history(t):
    a = leaf(t, 1., 2.)
    y = a * 2
    with t.no_grad():
        y.add_(100)
    y.sum().backward()
    return y, a.grad


# ------------------------------------------------------------------ on views

@same
def write_to_a_view_changes_the_base(t):
    a = leaf(t, 1., 2., 3., 4.)
    y = a * 2
    y[1:3].mul_(10)
    (y * a).sum().backward()
    return y, a.grad, type(y.grad_fn).__name__, len(y.grad_fn.next_functions)


@same
def write_to_a_view_of_a_view(t):
    a = t.arange(12.).reshape(3, 4).requires_grad_()
    y = a * 2
    y[1:][:, 2:].t().mul_(10)
    (y * y).sum().backward()
    return y, a.grad


@same
def write_to_a_view_gives_the_view_a_new_history(t):
    a = leaf(t, 1., 2., 3.)
    y = a * 2
    v = y[:2]
    v.mul_(5)
    (v * v).sum().backward()
    return v, type(v.grad_fn).__name__, a.grad


@same
def a_view_read_after_its_base_was_written(t):
    a = leaf(t, 1., 2., 3.)
    y = a * 2
    v = y[1:]
    y.mul_(a)
    (v * 3).sum().backward()
    return v, type(v.grad_fn).__name__, a.grad


@same
def a_view_read_after_another_view_was_written(t):
    a, b = leaf(t, 1., 2., 3., 4.), leaf(t, 5., 6.)
    y = a * 2
    left, middle = y[:2], y[1:3]
    middle.copy_(b)
    (left * left).sum().backward()
    return left, a.grad, b.grad


@same
def a_view_of_a_constant_that_became_recorded(t):
    a, x = leaf(t, 5., 6.), t.zeros(4)
    v, w = x[:2], x[1:]
    v.add_(a)
    (w * w).sum().backward()
    return v.requires_grad, w.requires_grad, x.requires_grad, a.grad


@same
def assignments_build_a_tensor(t):
    a = leaf(t, 1., 2., 3.)
    x = t.zeros(3, 3)
    for i in range(3):
        x[i] = a * i
        x[i, i] = a[i] * a[i]
    (x * x).sum().backward()
    return x, a.grad


@same
def a_recurrence_written_into_one_tensor(t):
    a = leaf(t, 0.5)
    x = t.zeros(5)
    x[0] = a[0]
    for i in range(1, 5):
        x[i] = x[i - 1].clone() * a[0] + 1
    x[4].backward()
    return x, a.grad


@same
def assignment_of_a_constant_cuts_a_piece(t):
    a = leaf(t, 1., 2., 3.)
    y = a * 2
    y[0] = 7.
    (y * y).sum().backward()
    return y, a.grad


@same
def assignment_with_a_mask(t):
    a = leaf(t, 1., -2., 3.)
    y = a * 2
    y[y < 0] = 0.
    (y * y).sum().backward()
    return y, a.grad


@same
def transposed_writes(t):
    a = t.arange(6.).reshape(2, 3).requires_grad_()
    y = a * 1
    y.t()[2].mul_(7)
    y.sum().backward()
    return y, a.grad


@same
def negative_direction_is_written_through_a_flip(t):
    a = leaf(t, 1., 2., 3., 4.)
    y = a * 1
    y[1::2].mul_(3)
    y[::2].add_(a[:2])
    (y * a).sum().backward()
    return y, a.grad


@same
def an_expanded_view_read_after_its_base_was_written(t):
    a, x = leaf(t, 1., 2., 3.), t.ones(3)
    v, w = x.expand(2, 3), x[:1].expand(4)
    x.mul_(a)
    y = (v * v * t.arange(6.).reshape(2, 3)).sum() + (w * t.arange(4.)).sum()
    first, = t.autograd.grad(y, a, create_graph=True)
    return y, first, t.autograd.grad((first * first).sum(), a)


@same
def overlapping_windows_read_after_their_base_was_written(t):
    a, x = leaf(t, 1., 2., 3., 4.), t.ones(4)
    v = x.unfold(0, 3, 1)
    x.mul_(a)
    (v * t.arange(6.).reshape(2, 3)).sum().backward()
    return v, a.grad


@same
def create_graph_through_a_view_write(t):
    a = leaf(t, 1., 2., 3.)
    y = a * a
    y[:2].mul_(a[1:])
    first, = t.autograd.grad((y * y).sum(), a, create_graph=True)
    return first, t.autograd.grad(first.sum(), a)


@same
def complex_view_write(t):
    a = t.tensor([1 + 1j, 2 - 1j], requires_grad=True)
    y = a * 2
    t.view_as_real(y)[:, 0].mul_(3)
    (y * y.conj()).sum().real.backward()
    return y, a.grad


@same
def detach_shares_memory_and_version(t):
    a = leaf(t, 1., 2.)
    y = a * 2
    d = y.detach()
    d.add_(1)
    y.sum().backward()
    return y, y._version, d._version, d.requires_grad, a.grad


@same
def writes_to_data_go_unnoticed(t):
    a = leaf(t, 1., 2.)
    y = (a * a).sum()
    a.data.mul_(10)
    a.data[0] = 3
    y.backward()
    return a, a._version, a.data._version, a.grad


@same
def a_new_data_goes_unnoticed(t):
    a, b = leaf(t, 1., 2.), leaf(t, 3., 4.)
    y = (a * b).sum()
    a.data = t.tensor([7., 8.])
    y.backward()
    return a, a._version, b.grad


@same_error
def write_to_an_expanded_tensor(t):
    t.ones(1).expand(3).add_(1)


@same_error
def copy_to_an_expanded_tensor(t):
    t.ones(1).expand(3).copy_(t.ones(3))


@same_error
def write_to_an_output_of_unbind(t):
    (leaf(t, 1., 2.) * 2).unbind(0)[1].add_(1)


@same_error
def write_of_something_recorded_to_an_output_of_unbind(t):
    t.ones(2).unbind(0)[1].mul_(leaf(t, 3.)[0])


@same
def write_of_a_constant_to_an_output_of_chunk(t):
    x = t.ones(4)
    x.chunk(2)[1].add_(1)
    return x


@same_error
def reading_an_output_of_unbind_after_its_base_was_written(t):
    y = leaf(t, 1., 2.) * 2
    parts = y.unbind(0)
    y.add_(1)
    return parts[0].grad_fn


@same_error
def write_to_a_view_made_in_no_grad(t):
    y = leaf(t, 1., 2.) * 2
    with t.no_grad():
        v = y[:1]
    v.add_(1)


@same_error
def reading_a_view_made_in_no_grad_after_its_base_was_written(t):
    y = leaf(t, 1., 2.) * 2
    with t.no_grad():
        v = y[:1]
    y.add_(1)
    return v.grad_fn


@same
def a_view_made_in_no_grad_of_a_constant_can_be_written(t):
    x = t.ones(3)
    with t.no_grad():
        v = x[:2]
    v.add_(1)
    return x, v.requires_grad


@same
def a_view_made_in_no_grad_has_no_history(t):
    a = leaf(t, 1., 2.)
    with t.no_grad():
        v = (a * 1)[:1]
        w = a[:1]
    return v.grad_fn, w.grad_fn, w.requires_grad, t.autograd.grad((w * a).sum(), a)


@same_error
def detach_in_place_of_a_view(t):
    (leaf(t, 1., 2.) * 2).view(2, 1).detach_()


@same
def detach_in_place(t):
    a = leaf(t, 1., 2.)
    y = a * 2
    y.detach_()
    return y.requires_grad, y.is_leaf, y.grad_fn


# ------------------------------------------------------------------ saved values that changed

@same_error
def a_saved_constant_changed(t):
    w = t.ones(3)
    y = leaf(t, 1., 2., 3.) * w
    w.add_(1)
    y.sum().backward()


@same_error
def a_saved_constant_changed_twice(t):
    w = t.ones(3)
    w.add_(1)
    y = leaf(t, 1., 2., 3.) * w
    w[0] = 4
    w[1:].mul_(2)
    y.sum().backward()


@same_error
def a_saved_double_changed_through_a_view(t):
    w = t.ones(2, 2, dtype=t.float64)
    v = w[0]
    y = t.ones(2, 2, dtype=t.float64, requires_grad=True) @ w
    v.zero_()
    y.sum().backward()


@same_error
def a_saved_result_changed(t):
    y = leaf(t, 1., 2.).sigmoid()
    y.add_(1)
    y.sum().backward()


@same_error
def a_saved_result_of_exp_changed(t):
    y = leaf(t, 1., 2.).exp()
    y.mul_(2)
    y.sum().backward()


@same_error(until=", which is output")
def a_saved_non_leaf_changed(t):
    x = leaf(t, 1., 2.) * 1
    y = x.sin()
    x.add_(1)
    y.sum().backward()


@same_error(until=", which is output")
def a_saved_tensor_changed_through_detach(t):
    x = leaf(t, 1., 2.) * 1
    y = x * x
    x.detach().add_(1)
    y.sum().backward()


@same_error(until=", which is output")
def a_saved_tensor_changed_in_no_grad(t):
    a = leaf(t, 1., 2.)
    y = (a * a).sum()
    with t.no_grad():
        a.add_(1)
    y.backward()


@same_error(until=", which is output")
def the_graph_sees_the_version_after_a_double_backward(t):
    a = leaf(t, 1., 2.)
    first, = t.autograd.grad((a * a * a).sum(), a, create_graph=True)
    with t.no_grad():
        a.add_(1)
    first.sum().backward()


@same
def what_is_not_saved_may_change(t):
    a, w = leaf(t, 1., 2.), t.ones(2)
    y = a + w
    w.add_(1)
    z = w * 2
    w.add_(1)
    (y + z).sum().backward()
    return a.grad


@same
def a_write_before_the_op_is_no_change(t):
    a, w = leaf(t, 1., 2.), t.ones(2)
    for _ in range(40):
        w.add_(1)
    y = a * w
    y.sum().backward()
    return a.grad, w._version


@same
def a_write_to_another_part_of_other_memory_is_no_change(t):
    a, w = leaf(t, 1., 2.), t.ones(2)
    y = a * w.clone()
    w.zero_()
    y.sum().backward()
    return a.grad


# ------------------------------------------------------------------ versions

@same
def versions_count_writes(t):
    x = t.zeros(3)
    counts = [x._version]
    x.add_(1)
    counts.append(x._version)
    x[0] = 2
    counts.append(x._version)
    x[1:].mul_(2)
    counts.append(x._version)
    x += 1
    x -= 1
    x *= 2
    x /= 2
    counts.append(x._version)
    x.fill_(1)
    x.zero_()
    x.copy_(t.ones(3))
    counts.append(x._version)
    t.add(t.ones(3), 1, out=x)
    counts.append(x._version)
    return counts, x[1:]._version, x.detach()._version, x.clone()._version, x.data._version, (x + 1)._version


@same
def accumulation_counts_as_a_write(t):
    a = leaf(t, 1., 2.)
    (a * 2).sum().backward()
    before = a.grad._version
    (a * 2).sum().backward()
    return before, a.grad._version, a._version


# ------------------------------------------------------------------ out=

@same
def out_without_gradients(t):
    x = t.zeros(3)
    y = t.mul(t.ones(3), 2, out=x)
    return x, y is x, y.requires_grad


@same
def out_of_another_type(t):
    x = t.zeros(3, dtype=t.float64)
    t.mul(t.ones(3), 2, out=x)
    return x


@same
def out_that_is_empty_is_resized(t):
    x = t.empty(0)
    t.mul(t.ones(3), 2, out=x)
    return x


@same
def out_in_no_grad(t):
    a, x = leaf(t, 1., 2.), leaf(t, 0., 0.)
    with t.no_grad():
        t.mul(a, 2, out=x)
    return x


@same_error
def out_with_an_input_that_requires_grad(t):
    t.mul(leaf(t, 1.), 2, out=t.empty(1))


@same_error
def out_that_requires_grad(t):
    t.mul(t.ones(1), 2, out=leaf(t, 1.))


@same_error
def out_of_a_type_that_cannot_hold_it(t):
    t.mul(t.ones(3), 2, out=t.empty(3, dtype=t.int64))


@same_error
def out_that_overlaps_itself(t):
    t.mul(t.ones(3), 2, out=t.empty(1).expand(3))


@same_error
def out_that_overlaps_an_input_in_part(t):
    x = t.arange(6.)
    t.mul(x[:3], 2, out=x[1:4])


@same_error
def in_place_result_of_a_higher_category(t):
    t.zeros(2, dtype=t.int64).add_(t.ones(2))


@same_error
def in_place_result_too_large(t):
    t.zeros(2, 3).add_(t.ones(4, 2, 3))


@same_error
def shapes_that_do_not_broadcast(t):
    t.ones(4, 2, 3) * t.ones(5, 3)


test_scenario = check(__name__)


def test_who_only_means_to_write_changes_nothing():
    """An optimizer looks the memory of its parameters up before it writes; it may be interrupted in between."""
    x, other = mytorch.ones(3, requires_grad=True), mytorch.ones(1)
    y = (x * x).sum()
    storage_of(x)
    other.add_(1)
    y.backward()
    assert x._version == 0 and x.grad.tolist() == [2, 2, 2]


def test_numpy_writes_are_recorded_too():
    """`np.add(..., out=tensor)` and `array += tensor` keep the history, where torch has no spelling for it."""
    import mytorch
    a = mytorch.tensor([1., 2.], requires_grad=True)
    x = mytorch.zeros(2)
    np.multiply(a, a, out=x)
    np.add(x, a, out=x)
    x.sum().backward()
    assert a.grad.tolist() == [3., 5.]
    assert x._version == 2


def test_numpy_does_not_lose_a_gradient_into_a_plain_array():
    import pytest

    import mytorch
    a = mytorch.tensor([1., 2.], requires_grad=True)
    with pytest.raises(TypeError, match="out= is a plain ndarray"):
        np.multiply(a, a, out=np.empty(2, np.float32))
