"""A test that leaves a switch of the engine turned fails, whatever else it says."""
import pytest

from mytorch._tape import mode, watch


@pytest.fixture(autouse=True)
def switches_are_left_alone():
    yield
    assert (mode.grad, mode.inference, mode.saving, mode.saving_refused, mode.at_end) == (True, False, (), None, None)
    assert (watch.on, watch.anomaly, watch.check_nan, watch.savers) == (False, False, True, 0)
