"""Scenarios: a function of the library, run with torch and with mytorch; what comes out must be the same.

    @same                    the scenario returns; values, types, shapes, names are compared
    @same_error              the scenario raises; class and text are compared
    @same_error(until="...") only the text up to these words: what follows names torch's own inner parts

`check(names)` in a test file makes a test of every scenario of that file.
"""
from __future__ import annotations

import sys
import warnings
from typing import Any, Callable

import numpy as np
import pytest
import torch

import mytorch
from mytorch.engine.tape import mode, watch


@pytest.fixture(autouse=True)
def switches_are_left_alone() -> Any:
    """A test that leaves a switch of the engine turned fails, whatever else it says.  To be imported where wanted."""
    yield
    assert (mode.grad, mytorch.is_inference_mode_enabled()) == (True, False)
    assert (mode.saving, mode.saving_refused, mode.at_end) == ((), None, None)
    assert (watch.on, watch.anomaly, watch.check_nan, watch.savers) == (False, False, True, 0)


def settled(value: Any) -> Any:
    """What a scenario returned, as plain comparable data."""
    if isinstance(value, (torch.Tensor, mytorch.Tensor)):
        array = np.asarray(value.detach().numpy())
        return {"dtype": str(array.dtype), "shape": tuple(array.shape), "values": np.array(array),
                "requires_grad": value.requires_grad, "leaf": value.is_leaf}
    if isinstance(value, (list, tuple)):
        return [settled(v) for v in value]
    if isinstance(value, dict):
        return {k: settled(v) for k, v in value.items()}
    if value is None or isinstance(value, (bool, int, float, complex, str)):
        return value
    return type(value).__name__


def compare(ours: Any, theirs: Any, path: str = "result") -> None:
    """Assert that two settled values agree."""
    assert type(ours) is type(theirs), f"{path}: {ours!r} instead of {theirs!r}"
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys(), path
        for key in theirs:
            compare(ours[key], theirs[key], f"{path}[{key!r}]")
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), f"{path}: {ours!r} instead of {theirs!r}"
        for i, pair in enumerate(zip(ours, theirs)):
            compare(*pair, f"{path}[{i}]")
    elif isinstance(theirs, np.ndarray):
        np.testing.assert_allclose(ours, theirs, rtol=2e-6, atol=1e-6, err_msg=path)
    elif isinstance(theirs, (float, complex)):
        assert ours == pytest.approx(theirs, rel=2e-6), path
    else:
        assert ours == theirs, f"{path}: {ours!r} instead of {theirs!r}"


def same(scenario: Callable) -> Callable:
    scenario.kind = "same"
    return scenario


def same_error(scenario: Callable | None = None, *, until: str = "") -> Callable:
    def mark(scenario: Callable) -> Callable:
        scenario.kind, scenario.until = "error", until
        return scenario
    return mark if scenario is None else mark(scenario)


def _error_of(scenario: Callable, library: Any) -> tuple[str, str]:
    try:
        found = scenario(library)
    except Exception as error:  # whatever it is: class and text are compared
        text = str(error).replace("mytorch", "torch")
        return type(error).__name__, text.partition(scenario.until)[0] if scenario.until else text
    raise AssertionError(f"{library.__name__} did not raise, but returned {found!r}")


def check(module: str) -> Any:
    """A parametrized test over the scenarios of the calling file."""
    rows = [f for f in vars(sys.modules[module]).values() if getattr(f, "kind", None)]
    assert rows

    @pytest.mark.parametrize("scenario", rows, ids=lambda f: f.__name__)
    def test_scenario(scenario: Callable) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # there is no such cycle in Mytorch: a leaf knows its tensor weakly
            warnings.filterwarnings("ignore", "Using backward.. with create_graph=True will create a reference cycle")
            warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated")   # torch's own, from forward mode
            if scenario.kind == "error":
                theirs = _error_of(scenario, torch)
                assert theirs[0] not in ("NameError", "AttributeError", "AssertionError"), theirs
                assert _error_of(scenario, mytorch) == theirs
            else:
                compare(settled(scenario(mytorch)), settled(scenario(torch)))
    return test_scenario
