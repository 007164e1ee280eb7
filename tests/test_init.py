"""nn.init against torch: the same bits from the same seed, the same numbers drawn next, the same failures."""
import numpy as np
import pytest
import torch
from both_sides import Side

import mytorch

E = "torch.empty"
EXACT = [
    *(f"I.{name}({E}({shape}{kind}))" for name in ("xavier_uniform_", "xavier_normal_", "kaiming_uniform_",
    "kaiming_normal_")
      for shape in ("2, 3", "5, 7, 3", "40, 3, 3, 3", "2, 3, 1, 2, 2") for kind in ("", ", dtype=torch.float64")),
    f"I.uniform_({E}(5, 5), -1, 1)", f"I.uniform_({E}(3, dtype=torch.float16), 0.1, 0.3)",
    f"I.normal_({E}(5, 5), 1.0, 2.0)",
    f"I.normal_({E}(3, 4).t())", f"I.constant_({E}(2), 0.3)", f"I.constant_({E}(2, dtype=torch.int64), 3)",
    f"I.ones_({E}(2))", f"I.zeros_({E}(2, 2))", f"I.eye_({E}(2, 3))", f"I.eye_({E}(3, 2, dtype=torch.float64))",
    f"I.dirac_({E}(3, 3, 3))", f"I.dirac_({E}(4, 2, 3), 2)", f"I.dirac_({E}(2, 2, 3, 4))",
    f"I.dirac_({E}(2, 3, 3, 3, 3))",
    f"I.dirac_({E}(4, 1, 2))", f"I.dirac_({E}(2, 4, 3), groups=1)", f"I.xavier_uniform_({E}(20, 20), gain=2)",
    f"I.kaiming_uniform_({E}(20, 20), a=1, mode='fan_out', nonlinearity='relu')",
    f"I.kaiming_uniform_({E}(3, 3), mode='FAN_IN')",
    f"I.kaiming_normal_({E}(20, 10), 0.2, 'fan_out', 'leaky_relu')",
    f"I.kaiming_normal_({E}(3, 2), nonlinearity='selu')",
    *(f"I.trunc_normal_({E}({shape}{kind}), {rest})" for shape in ("2, 3", "30, 20") for kind in ("",
    ", dtype=torch.float64")
      for rest in ("", "0, 1, 2, 3", "0.0, 0.02, -0.04, 0.04", "0, 1, 1.5, 9", "1, 2, -1, 0.5", "3, 1, 2, 2.5",
      "0, 1, 1, 1")),
    f"I.trunc_normal_({E}(50, dtype=torch.float16), 0, 1, 1.5, 9)", f"I.trunc_normal_({E}(0))",
    f"I.trunc_normal_({E}(3, 4).t())",
    f"I.trunc_normal_({E}(2, 3), 5, 1)", f"I.trunc_normal_({E}(2, 3), 0, 1, -9, -4)", f"I.trunc_normal_({E}(2), 0, -1)",
    *(f"I.sparse_({E}(7, 5), {rest})" for rest in ("0.5", "0.1", "0.0", "1.0", "1.5", "0.3, std=1.0")),
    f"I.sparse_({E}(3, 4).t(), 0.5)", f"I.orthogonal_({E}(0, 3))",
    *(f"I.{name}({E}({shape}))" for name in ("kaiming_uniform_", "kaiming_normal_")
      for shape in ("0, 3", "3, 0", "2, 3, 0")), f"I.xavier_uniform_({E}(0, 3))",
    *(f"I.{name}({E}(4, 4))" for name in ("uniform", "normal", "eye", "xavier_uniform", "xavier_normal",
    "kaiming_uniform",
                                         "kaiming_normal")),
    f"I.constant({E}(2), 1)", f"I.dirac({E}(2, 2, 2))", f"I.sparse({E}(3, 3), 0.5)",
    *(f"I.{call}, generator=torch.Generator().manual_seed(3))" for call in (
        f"uniform_({E}(2, 2)", f"normal_({E}(2, 2)", f"xavier_uniform_({E}(2, 2)", f"xavier_normal_({E}(2, 2)",
        f"kaiming_uniform_({E}(2, 2)", f"kaiming_normal_({E}(2, 2)", f"trunc_normal_({E}(2, 2)",
        f"sparse_({E}(4, 2), 0.5")),
]
ORTHOGONAL = ["3, 3", "2, 3), *(2.0,", "3, 2, 2", "3, 2, dtype=torch.float64", "30, 20", "20, 30", "3, 2).t(",
              "2, 2), generator=torch.Generator().manual_seed(3"]
GAINS = ["'linear'", "'conv1d'", "'conv_transpose3d'", "'sigmoid'", "'tanh'", "'relu'", "'leaky_relu'", "'selu'",
         "'leaky_relu', 0.2", "'leaky_relu', 2", "'relu', 3"]
FAILING = [
    *(f"I.{name}({E}({shape}))" for name in ("xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_")
      for shape in ("3", "()")),
    f"I.xavier_uniform_({E}(0, 0))", f"I.xavier_uniform_({E}(2, 3, 0))", f"I.uniform_({E}(2), 1, -1)",
    f"I.normal_({E}(2), 0, -1)", f"I.eye_({E}(2))",
    f"I.eye_({E}(2, 2, 2))",
    f"I.dirac_({E}(2, 2))", f"I.dirac_({E}(3, 2, 3), 2)", f"I.dirac_({E}(2, 2, 2, 2, 2, 2))",
    f"I.trunc_normal_({E}(2), 0, 0.0)",
    f"I.trunc_normal_({E}(2), 0, 1, 2, 1)", f"I.trunc_normal_({E}(3, dtype=torch.int64))", f"I.orthogonal_({E}(3))",
    f"I.orthogonal_({E}(3, 3, dtype=torch.float16))", f"I.sparse_({E}(4), 0.1)", f"I.sparse_({E}(4, 3))",
    f"I.kaiming_uniform_({E}(2, 2), mode='foo')", f"I.kaiming_normal_({E}(2, 2), mode='foo')",
    f"I.kaiming_uniform_({E}(2, 2), nonlinearity='foo')", f"I.kaiming_uniform_({E}(2, 2), a='x')",
    "I.calculate_gain('foo')", "I.calculate_gain('LINEAR')", "I.calculate_gain('leaky_relu', 'a')",
    "I.calculate_gain('leaky_relu', True)", f"I._calculate_fan_in_and_fan_out({E}(2))",
    f"I._calculate_correct_fan({E}(2, 3), 'foo')",
]


def sides():
    made = Side(torch), Side(mytorch)
    for side in made:
        side.scope["I"] = side.library.nn.init
    return made


@pytest.mark.parametrize("expression", EXACT)
def test_same_bits(expression):
    (theirs, warned), (ours, told) = (side.run(expression) for side in sides())
    assert ours.shape == tuple(theirs.shape) and ours.stride() == theirs.stride()
    assert ours.numpy().dtype == theirs.numpy().dtype and ours.numpy().tobytes() == theirs.numpy().tobytes()
    assert told == warned
    assert mytorch.get_rng_state().tolist() == torch.get_rng_state().tolist()


@pytest.mark.parametrize("arguments", ORTHOGONAL)
def test_orthogonal(arguments):
    """Another LAPACK adds up in another order; the draws are the same."""
    theirs, ours = (side.run(f"I.orthogonal_({E}({arguments}))")[0] for side in sides())
    np.testing.assert_allclose(ours, theirs, atol=1e-5 if "float64" not in arguments else 1e-13)
    assert mytorch.get_rng_state().tolist() == torch.get_rng_state().tolist()


@pytest.mark.parametrize("arguments", GAINS)
def test_gains(arguments):
    theirs, ours = (side.run(f"I.calculate_gain({arguments})")[0] for side in sides())
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("expression", FAILING)
def test_errors(expression):
    theirs, ours = (side.error(expression) for side in sides())
    assert theirs[0] != "no error" and ours == theirs


def test_fans():
    for shape in ((2, 3), (2, 3, 4, 5)):
        fans = [library.nn.init._calculate_fan_in_and_fan_out(library.empty(shape)) for library in (torch, mytorch)]
        assert fans[0] == fans[1]
        assert mytorch.nn.init._calculate_correct_fan(mytorch.empty(shape), "fan_out") == fans[0][1]


def test_parameters_are_filled_off_the_tape():
    for library in (torch, mytorch):
        p = library.nn.Parameter(library.empty(3, 3))
        before = p._version
        for fill in ("uniform_", "normal_", "ones_", "zeros_", "eye_", "xavier_normal_", "trunc_normal_",
        "orthogonal_"):
            assert getattr(library.nn.init, fill)(p) is p
        assert p.requires_grad and p.is_leaf and p._version > before
