"""No test leaves a switch of the library where it did not find it, and none draws from where another stopped."""
import numpy as np
import pytest
import torch

import mytorch
from mytorch import _printing
from mytorch.engine.tape import mode


def switches():
    """All that outlives a call and changes what later calls do."""
    return {"grad mode": mode.grad, "inference mode": mytorch.is_inference_mode_enabled(),
            "default dtype": mytorch.get_default_dtype(), "print options": dict(vars(_printing.options)),
            "NumPy's handling of errors": np.geterr()}


@pytest.fixture(autouse=True)
def nothing_leaks():
    """A test that leaves a switch turned fails; the default generators go on from where they were."""
    before, state, its_state = switches(), mytorch.get_rng_state(), torch.get_rng_state()
    yield
    after = switches()
    mytorch.set_rng_state(state)
    torch.set_rng_state(its_state)
    assert after == before, {name: (before[name], after[name]) for name in before if before[name] != after[name]}
