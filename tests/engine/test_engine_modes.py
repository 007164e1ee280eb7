"""Grad mode, inference mode, anomaly mode, threads."""
import asyncio
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest
import torch
from engine_scenarios import check, same, same_error

import mytorch

LIBRARIES = pytest.mark.parametrize("t", [torch, mytorch], ids=["torch", "mytorch"])


def leaf(t, *values):
    return t.tensor(list(values), requires_grad=True)


def modes(t):
    return t.is_grad_enabled(), t.is_inference_mode_enabled()


# ------------------------------------------------------------------ switches

@same
def as_context_managers(t):
    log = [modes(t)]
    with t.no_grad() as given:
        log += [given, modes(t)]
        with t.enable_grad():
            log.append(modes(t))
        log.append(modes(t))
        with t.set_grad_enabled(True):
            log.append(modes(t))
    with t.inference_mode():
        log.append(modes(t))
        with t.enable_grad():
            log.append(modes(t))
        with t.inference_mode(False):
            log.append(modes(t))
    with t.no_grad(), t.inference_mode(False):
        log.append(modes(t))
    return log, modes(t)


@same
def as_decorators(t):
    @t.no_grad()
    def called(x):
        return x, modes(t)

    @t.no_grad
    def bare():
        """What it does."""
        return modes(t)

    @t.enable_grad()
    def enabled():
        return modes(t)

    @t.set_grad_enabled(False)
    def switched():
        return modes(t)

    @t.inference_mode
    def inferred():
        return modes(t)

    @t.inference_mode(False)
    def not_inferred():
        return modes(t)

    after = modes(t)
    with t.no_grad():
        inside = enabled()
    return called(3), bare(), bare.__name__, bare.__doc__, switched(), inferred(), not_inferred(), after, inside


@same
def as_a_function(t):
    log = []
    try:
        t.set_grad_enabled(False)
        log.append(modes(t))
    finally:
        switch = t.set_grad_enabled(True)
    return log, modes(t), switch.mode, switch.prev, repr(switch)


@same
def generators_switch_only_while_they_run(t):
    @t.no_grad()
    def steps():
        got = yield modes(t)
        try:
            yield got, modes(t)
        except KeyError:
            yield "caught", modes(t)
        return 7

    it = steps()
    log = [next(it), modes(t), it.send(3), modes(t), it.throw(KeyError()), modes(t)]
    try:
        next(it)
    except StopIteration as stop:
        log.append(stop.value)
    return log


@same
def a_generator_is_closed_inside(t):
    log = []

    @t.no_grad()
    def steps():
        try:
            yield 1
        finally:
            log.append(modes(t))

    it = steps()
    next(it)
    it.close()
    return log


@same
def an_error_leads_back(t):
    with pytest.raises(KeyError), t.no_grad():
        raise KeyError
    return modes(t)


@same
def switches_are_cloned(t):
    return t.set_grad_enabled(True).clone().mode, type(t.no_grad().clone()).__name__


@same_error
def set_grad_enabled_wants_a_bool(t):
    t.set_grad_enabled(1)


@LIBRARIES
def test_decorating_a_class_warns(t):
    with pytest.warns(FutureWarning, match="Decorating classes is deprecated"):
        @t.no_grad()
        class Made:
            def __init__(self):
                self.mode = t.is_grad_enabled()
    assert Made().mode is False


def test_one_switch_is_entered_twice():
    """The way out leads back step by step (torch's own object forgets the first step)."""
    switch = mytorch.no_grad()
    with switch:
        with switch:
            assert not mytorch.is_grad_enabled()
        assert not mytorch.is_grad_enabled()
    assert mytorch.is_grad_enabled()


def test_what_is_no_function_cannot_be_decorated():
    for switch in (mytorch.no_grad, mytorch.inference_mode):
        with pytest.raises(TypeError, match="got str"):
            switch("name")


# ------------------------------------------------------------------ inference tensors

def made_in_inference(t):
    with t.inference_mode():
        return t.ones(3)


@same
def what_is_an_inference_tensor(t):
    b, a = t.ones(3), leaf(t, 1., 2., 3.)
    with t.inference_mode():
        i = t.ones(3)
        inside = [x.is_inference() for x in (i, b, b[:2], b.view(-1), b.detach(), b.clone(), b * 2, a * 2, i[:2])]
        recorded = [x.requires_grad for x in (a * 2, t.ones(2, requires_grad=True) * 2)]
    outside = [x.is_inference() for x in (i, i[:2], i.view(-1), i.detach(), i * 2, i + b, i.clone())]
    return inside, recorded, outside


@same
def writes_in_inference_mode(t):
    b, a = t.ones(3), leaf(t, 1., 2., 3.)
    with t.inference_mode():
        i = t.ones(3)
        i.add_(1)
        b.add_(1)
        a.add_(1)
    return b, b._version, a, i.clone()


@same
def an_inference_tensor_that_need_not_be_saved(t):
    a = leaf(t, 1., 2., 3.)
    (a + made_in_inference(t)).sum().backward()
    return a.grad


@same
def a_clone_is_normal(t):
    a = leaf(t, 1., 2., 3.)
    (a * made_in_inference(t).clone()).sum().backward()
    return a.grad


@same_error
def an_inference_tensor_is_saved(t):
    leaf(t, 1., 2., 3.) * made_in_inference(t)


@same_error
def an_inference_tensor_is_saved_from_the_left(t):
    made_in_inference(t) * leaf(t, 1., 2., 3.)


@same_error
def an_inference_tensor_is_written_outside(t):
    made_in_inference(t).add_(1)


@same_error
def an_inference_tensor_is_written_in_no_grad(t):
    with t.no_grad():
        made_in_inference(t).mul_(2)


@same_error
def an_inference_tensor_is_assigned_to(t):
    made_in_inference(t)[0] = 1.


@same_error
def a_view_of_an_inference_tensor_is_written(t):
    made_in_inference(t)[:2].add_(1)


@same_error
def an_inference_tensor_has_no_version(t):
    return made_in_inference(t)._version


@same_error
def an_inference_tensor_requires_grad_outside(t):
    made_in_inference(t).requires_grad_()


@same_error
def backward_in_inference_mode(t):
    with t.inference_mode():
        (leaf(t, 1.) * 2).sum().backward()


@same_error
def a_view_made_in_inference_mode_is_written(t):
    y = leaf(t, 1., 2.) * 2
    with t.inference_mode():
        v = y[:1]
    v.add_(1)


# ------------------------------------------------------------------ anomalies

@LIBRARIES
def test_nan_tells_the_forward_call(t):
    def forward_of_this_test(x):
        return t.sqrt(x)

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with t.autograd.detect_anomaly():
            y = forward_of_this_test(leaf(t, 0., 4.) - 1)
            first = "^Function 'SqrtBackward0' returned nan values in its 0th output."
            with pytest.raises(RuntimeError, match=first) as e:
                y.sum().backward()
    texts = [str(w.message) for w in told]
    assert texts[0].startswith("Anomaly Detection has been enabled.")
    assert texts[1].startswith("Error detected in SqrtBackward0. Traceback of forward call that caused the error:\n")
    assert "forward_of_this_test" in texts[1]
    if t is mytorch:
        assert "return t.sqrt(x)" in str(e.value)


@LIBRARIES
def test_nan_without_a_noted_forward_call(t):
    y = t.sqrt(leaf(t, 0., 4.) - 1).sum()
    with pytest.warns(UserWarning, match="No forward pass information available"), t.autograd.set_detect_anomaly(True):
        with pytest.raises(RuntimeError, match="returned nan values in its 0th output"):
            y.backward()


@LIBRARIES
def test_nan_may_pass(t):
    a = leaf(t, 0., 4.)
    with t.autograd.set_detect_anomaly(True, check_nan=False):
        t.sqrt(a - 1).sum().backward()
    assert a.grad.isnan().tolist() == [True, False]


@LIBRARIES
def test_every_error_tells_the_forward_call(t):
    class Broken(t.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            raise KeyError("broken")

    with t.autograd.set_detect_anomaly(True), pytest.warns(UserWarning, match="Error detected in BrokenBackward"):
        y = Broken.apply(leaf(t, 1.)).sum()
        with pytest.raises(KeyError, match="broken"):
            y.backward()


@LIBRARIES
def test_a_changed_value_has_another_hint_under_anomaly_detection(t):
    with t.autograd.set_detect_anomaly(True), pytest.warns(UserWarning, match="Error detected in MulBackward0"):
        w = t.ones(2)
        y = leaf(t, 1., 2.) * w
        w.add_(1)
        with pytest.raises(RuntimeError, match="Hint: the backtrace further above shows the operation"):
            y.sum().backward()


@same
def anomaly_mode_is_switched(t):
    log = [(t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled())]
    with t.autograd.set_detect_anomaly(True, check_nan=False):
        log.append((t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()))
        with t.autograd.set_detect_anomaly(False):
            log.append((t.is_anomaly_enabled(), t.is_anomaly_check_nan_enabled()))
    t.autograd.set_detect_anomaly(True)
    log.append(t.is_anomaly_enabled())
    t.autograd.set_detect_anomaly(False)
    return log, t.is_anomaly_enabled()


# ------------------------------------------------------------------ threads

@LIBRARIES
def test_grad_mode_is_per_thread(t):
    log, inside, leave = [], threading.Event(), threading.Event()

    def other():
        log.append(t.is_grad_enabled())
        with t.no_grad():
            inside.set()
            leave.wait(20)
        log.append(t.is_grad_enabled())

    with t.no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        assert inside.wait(20)
        assert not t.is_grad_enabled()
    assert t.is_grad_enabled()
    leave.set()
    thread.join()
    assert log == [True, True]


def test_new_threads_record_and_are_silent():
    """As the main one: also those that begin while gradients are switched off elsewhere."""
    seen = []

    def work():
        x = mytorch.tensor([0.0, 1.0], requires_grad=True)
        y = (x * 2).log()
        seen.append((type(y.grad_fn).__name__, numpy.geterr()["divide"], mytorch.is_grad_enabled()))

    with mytorch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("error")
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert seen == [("LogBackward0", "ignore", True)]


@pytest.mark.parametrize("act", [
    lambda x, y: x.log(), lambda x, y: mytorch.log(x.detach()), lambda x, y: 1 / x.detach(), lambda x, y: x / x,
    lambda x, y: x.detach() / 0.0, lambda x, y: x.detach().log_(), lambda x, y: (x.detach() * 1e308).float(),
    lambda x, y: y.backward(), lambda x, y: mytorch.autograd.grad(y, x)])
def test_new_threads_are_silent_whatever_they_begin_with(act):
    x = mytorch.tensor([0.0, 4.0], dtype=mytorch.float64, requires_grad=True)
    y = x.sqrt().sum()
    with warnings.catch_warnings(), ThreadPoolExecutor(1) as pool:
        warnings.simplefilter("error")
        pool.submit(act, x, y).result()
        assert pool.submit(lambda: (x * 2).requires_grad).result()


def test_tasks_have_modes_of_their_own():
    """Where torch would let one task switch gradients off for all others in its thread."""
    async def switched_off():
        with mytorch.no_grad():
            await asyncio.sleep(0)
            assert not mytorch.is_grad_enabled()

    async def both():
        task = asyncio.create_task(switched_off())
        await asyncio.sleep(0)
        recorded = (mytorch.ones(1, requires_grad=True) * 2).requires_grad
        await task
        return recorded

    assert asyncio.run(both())


def test_what_a_task_hands_to_a_thread_has_the_task_s_modes():
    """Where torch's thread would record what the task has forbidden."""
    def seen():
        y = mytorch.ones(1, requires_grad=True) * 2
        return mytorch.is_grad_enabled(), mytorch.is_inference_mode_enabled(), y.requires_grad, y.is_inference()

    async def inside(switch):
        with switch:
            return await asyncio.to_thread(seen)

    assert asyncio.run(inside(mytorch.no_grad())) == (False, False, False, False)
    assert asyncio.run(inside(mytorch.inference_mode())) == (False, True, False, True)


def test_tasks_have_inference_modes_of_their_own():
    """And leave no part of them behind, in whatever order they end."""
    seen = []

    async def inferring(begun):
        with mytorch.inference_mode():
            begun.set()
            await asyncio.sleep(0)
            seen.append((mytorch.ones(1) * 2).is_inference())

    async def both():
        begun = asyncio.Event()
        task = asyncio.create_task(inferring(begun))
        await begun.wait()
        with mytorch.no_grad():
            seen.append((mytorch.ones(1) * 2).is_inference())
            await task
        seen.append((mytorch.is_inference_mode_enabled(), (mytorch.ones(1, requires_grad=True) * 2).requires_grad))

    asyncio.run(both())
    assert seen == [False, True, (False, True)]


def test_threads_go_backward_at_once():
    """Graphs of their own over one shared leaf value, in four threads: every result is that of one thread alone."""
    x = mytorch.arange(1., 5.)
    results, errors = {}, []

    def work(k):
        try:
            found = []
            for _ in range(50):
                a = (x * k).requires_grad_()
                y = a
                for _ in range(20):
                    y = (y * 1.01).tanh() + a
                y.sum().backward()
                found.append(a.grad.tolist())
            results[k] = found
        except Exception as error:  # told to the main thread, which fails
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in (1, 2, 1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    for k, found in results.items():
        a = (torch.arange(1., 5.) * k).requires_grad_()
        y = a
        for _ in range(20):
            y = (y * 1.01).tanh() + a
        y.sum().backward()
        assert all(g == found[0] for g in found)
        assert found[0] == pytest.approx(a.grad.tolist(), rel=1e-5)


test_scenario = check(__name__)
