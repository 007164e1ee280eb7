"""Optimizers with options, and the same steps taken by torch and by Mytorch."""
import numpy as np
import torch

import mytorch

#: (class, options): every option of every class at least once.
ROWS = [
    ("SGD", dict(lr=0.1)),
    ("SGD", dict(lr=0.1, momentum=0.9, weight_decay=0.1)),
    ("SGD", dict(lr=0.1, momentum=0.9, dampening=0.5, maximize=True)),
    ("SGD", dict(lr=0.1, momentum=0.9, nesterov=True)),
    ("SGD", dict(lr=0.1, foreach=True)),
    ("SGD", dict(lr=0.1, momentum=0.9, fused=True)),
    ("Adam", dict()),
    ("Adam", dict(lr=0.1, betas=(0.5, 0.8), eps=1e-3, weight_decay=0.1)),
    ("Adam", dict(amsgrad=True, maximize=True)),
    ("Adam", dict(weight_decay=0.1, decoupled_weight_decay=True, foreach=True)),
    ("Adam", dict(betas=(0.3, 0.9))),
    ("AdamW", dict()),
    ("AdamW", dict(lr=0.1, amsgrad=True, weight_decay=0.3)),
    ("AdamW", dict(maximize=True, weight_decay=0.0, fused=True)),
    ("RMSprop", dict()),
    ("RMSprop", dict(alpha=0.5, eps=1e-2, weight_decay=0.1, maximize=True)),
    ("RMSprop", dict(momentum=0.9)),
    ("RMSprop", dict(centered=True, eps=1e-3)),
    ("RMSprop", dict(momentum=0.5, centered=True, eps=1e-3)),
    ("Adagrad", dict()),
    ("Adagrad", dict(lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.3, eps=1e-3, maximize=True)),
    ("Adagrad", dict(fused=True)),
    ("Adadelta", dict()),
    ("Adadelta", dict(lr=0.5, rho=0.5, eps=1e-3, weight_decay=0.1, maximize=True)),
    ("Adamax", dict()),
    ("Adamax", dict(lr=0.1, betas=(0.5, 0.8), eps=1e-3, weight_decay=0.1, maximize=True)),
    ("NAdam", dict()),
    ("NAdam", dict(lr=0.1, betas=(0.5, 0.8), eps=1e-3, weight_decay=0.1, momentum_decay=0.1, maximize=True)),
    ("NAdam", dict(weight_decay=0.1, decoupled_weight_decay=True)),
    ("RAdam", dict()),
    ("RAdam", dict(lr=0.1, betas=(0.5, 0.8), eps=1e-3, weight_decay=0.1, maximize=True)),
    ("RAdam", dict(weight_decay=0.1, decoupled_weight_decay=True)),
    ("ASGD", dict()),
    ("ASGD", dict(lr=0.1, lambd=0.1, alpha=0.5, t0=5, weight_decay=0.1, maximize=True)),
    ("Rprop", dict()),
    ("Rprop", dict(lr=0.1, etas=(0.3, 1.5), step_sizes=(0.05, 0.2), maximize=True)),
    ("Adafactor", dict()),
    ("Adafactor", dict(lr=0.1, beta2_decay=-0.5, eps=(1e-3, 1e-2), d=2.0, weight_decay=0.1, maximize=True)),
    ("Muon", dict()),
    ("Muon", dict(lr=0.1, weight_decay=0.3, momentum=0.3, nesterov=False, adjust_lr_fn="match_rms_adamw")),
    ("Muon", dict(ns_coefficients=(3.0, -4.0, 2.0), eps=1e-3, ns_steps=3, adjust_lr_fn="original")),
]
IDS = [f"{name}-" + ",".join(f"{k}={v}" for k, v in options.items()) for name, options in ROWS]
ELEMENTWISE = [row for row in ROWS if row[0] not in ("Adafactor", "Muon")]
SHAPES = [(5, 2), (5,), (3, 2, 4), (1,), ()]


def shapes_for(name):
    """Muon takes matrices only."""
    return [(5, 2), (3, 4)] if name == "Muon" else SHAPES


def values(shapes, dtype, *key):
    """Fixed pseudo-random normal arrays."""
    random = np.random.RandomState(list(key))
    found = [random.standard_normal(shape) for shape in shapes]
    if np.dtype(dtype).kind == "c":
        found = [x + 1j * random.standard_normal(x.shape) for x in found]
    return [np.asarray(x, dtype) for x in found]


class Side:
    """One library's parameters and their optimizer."""

    def __init__(self, library, name, options, shapes=SHAPES, dtype="float32", start=None):
        self.library, self.shapes, self.dtype = library, shapes, dtype
        start = values(shapes, dtype, 0) if start is None else start
        self.params = [library.nn.Parameter(library.tensor(x)) for x in start]
        self.optimizer = getattr(library.optim, name)(self.params, **options)

    def give(self, *key, without=()):
        """Gradients, the same in both libraries."""
        for i, (param, g) in enumerate(zip(self.params, values(self.shapes, self.dtype, *key))):
            param.grad = None if i in without else self.library.tensor(g)

    def steps(self, first, last, without=()):
        for step in range(first, last):
            self.give(1, step, without=without)
            self.optimizer.step()
        return self

    def arrays(self):
        return [param.detach().numpy().copy() for param in self.params]

    def state(self):
        """The state dict with arrays for tensors."""
        return plain(self.optimizer.state_dict())


def plain(value):
    """NumPy arrays for tensors of either library."""
    if isinstance(value, (torch.Tensor, mytorch.Tensor)):
        return value.detach().numpy().copy()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return type(value)(map(plain, value)) if isinstance(value, (list, tuple)) else value


def as_tensors(library, value):
    """Tensors of `library` for arrays."""
    if isinstance(value, np.ndarray):
        return library.tensor(value)
    if isinstance(value, dict):
        return {k: as_tensors(library, v) for k, v in value.items()}
    return type(value)(as_tensors(library, v) for v in value) if isinstance(value, (list, tuple)) else value


def close(got, expected, ulps=8):
    """Equal but for a few roundings: of each number, or of the largest in its array."""
    for x, y in zip(got, expected, strict=True):
        assert x.dtype == y.dtype and x.shape == y.shape
        largest = max(1.0, float(np.abs(y).max(initial=0)))
        np.testing.assert_allclose(x, y, rtol=0, atol=ulps * largest * float(np.finfo(y.dtype).eps))


def close_state(got, expected, ulps=8):
    """State dicts with the same keys in the same order, and values equal but for a few roundings."""
    assert list(got) == list(expected)
    assert list(got["state"]) == list(expected["state"])
    for key, kept in expected["state"].items():
        assert list(got["state"][key]) == list(kept)
        close(list(got["state"][key].values()), list(kept.values()), ulps)
    assert [list(g.items()) for g in got["param_groups"]] == [list(g.items()) for g in expected["param_groups"]]
