"""Random indices: read, written and gone back through by both libraries."""
import warnings

import numpy as np
import torch

import mytorch


def random_index(rng, shape):
    """A random index for a tensor of `shape`, as a list of parts: ("kind", value)."""
    parts, dim, dots = [], 0, False
    while dim < len(shape) and rng.random() < 0.85:
        n, kind = shape[dim], rng.integers(0, 9)
        if kind == 0 and n:
            parts.append(("int", int(rng.integers(-n, n))))
        elif kind in (1, 2):
            start, stop, step = rng.integers(-n - 1, n + 2), rng.integers(-n - 1, n + 2), rng.integers(1, 3)
            parts.append(("slice", slice(*(None if rng.random() < 0.3 else int(i) for i in (start, stop)), int(step))))
        elif kind == 3:
            parts.append(("none", None))
            continue
        elif kind == 4 and not dots:
            dots = True
            parts.append(("dots", Ellipsis))
            dim += int(rng.integers(0, len(shape) - dim + 1))
            continue
        elif kind == 5 and n:
            parts.append(("array", rng.integers(-n, n, (3,) if rng.random() < 0.7 else (2, 1))))
        elif kind == 6 and n:
            parts.append(("array", rng.integers(0, n, ())))
        elif kind == 7:
            dims = 1 if dim + 2 > len(shape) or rng.random() < 0.6 else 2
            mask = rng.random(shape[dim:dim + dims]) < 0.5
            mask.reshape(-1)[:3] = True
            parts.append(("array", mask))
            dim += dims - 1
        elif kind == 8 and n:
            parts.append(("list", rng.integers(-n, n, 3).tolist()))
        else:
            continue
        dim += 1
    return parts


def spelled(parts, library):
    """The index in the terms of a library."""
    found = tuple(library.tensor(value) if kind == "array" else value for kind, value in parts)
    return found[0] if len(found) == 1 and parts[0][0] != "list" else found


def read(library, data, parts):
    """Value and gradient of x[index], and of a function of what is left after x[index] was written to; or the error."""
    x = library.tensor(data).requires_grad_()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            index = spelled(parts, library)
            y = x[index]
            is_view = y._base is not None
            weight = library.arange(float(y.numel()), dtype=library.float64).reshape(tuple(y.shape)) + 1
            (y * y * weight).sum().backward()
            value = library.tensor(data[:1] * 2 if data.shape[0] else data.sum()).sum().requires_grad_()
            z = library.tensor(data).requires_grad_()
            w = z * 3
            w[index] = value
            w[index] *= 2
            (w * w).sum().backward()
            return [np.asarray(t.detach()) for t in (y, x.grad, w, z.grad, value.grad)], is_view
        except (IndexError, RuntimeError, TypeError, ValueError) as error:
            return type(error).__name__, str(error).splitlines()[0]


def agree(seed):
    """Raise AssertionError unless both libraries do the same with random index number `seed`."""
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.choice([0, 1, 2, 3, 4], rng.integers(1, 5), p=[.03, .17, .3, .3, .2]))
    data, parts = rng.standard_normal(shape), random_index(rng, shape)
    expected, got = read(torch, data, parts), read(mytorch, data, parts)
    what = f"shape {shape}, index {[value for _, value in parts]}"
    assert isinstance(expected[0], str) == isinstance(got[0], str), f"{what}\n{expected}\n{got}"
    if isinstance(expected[0], str):
        assert expected[0] == got[0], what  # torch numbers dimensions in its texts as its loops happen to
        return
    assert expected[1] == got[1], f"{what}: one is a view"
    for name, a, b in zip(("value", "gradient", "written", "gradient of what was written to", "of the value"),
                          expected[0], got[0]):
        assert a.shape == b.shape, f"{what}: {name}: {a.shape} {b.shape}"
        np.testing.assert_allclose(b, a, rtol=1e-12, atol=1e-12, err_msg=f"{what}: {name}")
