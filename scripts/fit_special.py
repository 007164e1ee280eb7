"""Make the rational approximations of mytorch/ops/error_function.py anew:  python scripts/fit_special.py

Near-minimax fits P/Q with degrees (m, n), found in 60 digits by reweighted linear least squares: each round solves
P - f Q = 0 divided by the Q of the round before (Sanathanan, Koerner 1963), and points where the error is largest gain
weight (Lawson 1961).  Needs mpmath; nothing at run time does.
"""
from __future__ import annotations

from typing import Any, Callable

import mpmath as mp

ROOT_PI = mp.sqrt(mp.pi)


def fit(f: Callable, low: Any, high: Any, m: int, n: int, weight: Callable | None = None, points: int = 140,
        rounds: int = 12) -> tuple[Any, list, list]:
    """(largest weighted error, P, Q), lowest power first, Q[0] = 1.  weight(x, f(x)); default 1 / f: relative error."""
    xs = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (i + mp.mpf(1) / 2) / points) for i in range(points)]
    ys = [f(x) for x in xs]
    w = [1 / y if weight is None else weight(x, y) for x, y in zip(xs, ys)]
    lawson, q = [mp.mpf(1) / points] * points, [mp.mpf(1)] * points
    best: tuple[Any, list, list] | None = None
    for _ in range(rounds):
        a, b = mp.matrix(points, m + 1 + n), mp.matrix(points, 1)
        for i, x in enumerate(xs):
            scale = w[i] / q[i] * mp.sqrt(lawson[i])
            for k in range(m + 1):
                a[i, k] = scale * x ** k
            for k in range(1, n + 1):
                a[i, m + k] = -scale * ys[i] * x ** k
            b[i] = scale * ys[i]
        found = mp.lu_solve(a, b)  # least squares, as there are more rows than columns
        above, below = [found[k] for k in range(m + 1)], [mp.mpf(1), *(found[m + k] for k in range(1, n + 1))]
        q = [mp.polyval(below[::-1], x) for x in xs]
        errors = [abs(w[i] * (mp.polyval(above[::-1], x) / q[i] - ys[i])) for i, x in enumerate(xs)]
        if best is None or max(errors) < best[0]:
            best = max(errors), above, below
        lawson = [v * (e / max(errors) + mp.mpf("1e-3")) for v, e in zip(lawson, errors)]
        lawson = [v / sum(lawson) for v in lawson]
    assert best is not None
    return best


def erf_through_tanh(t: Any) -> Any:
    """atanh(erf(x)) / x for t = x^2: erf(x) = tanh(x P(x^2) / Q(x^2))."""
    if t == 0:
        return 2 / ROOT_PI
    x = mp.sqrt(t)
    return mp.log((2 - mp.erfc(x)) / mp.erfc(x)) / 2 / x


def erf_weight(t: Any, y: Any) -> Any:
    """What an error of erf_through_tanh costs relative to erf."""
    x = mp.sqrt(t)
    return x * (2 - mp.erfc(x)) * mp.erfc(x) / mp.erf(x) if t else 1 / y


def scaled_erfc(u: Any) -> Any:
    """exp(x^2) erfc(x) / u for u = 1 / (1 + x)."""
    if u == 0:
        return 1 / ROOT_PI
    x = 1 / u - 1
    far = (1 - 1 / (2 * x * x) + 3 / (4 * x ** 4) - 15 / (8 * x ** 6)) / (x * ROOT_PI) if x > 1000 else 0
    return (far or mp.exp(x * x) * mp.erfc(x)) / u


def inverse_erf(w: Any) -> Any:
    """erfinv(y) / y for w = -log(1 - y^2)."""
    y = mp.sqrt(1 - mp.exp(-w))
    return mp.erfinv(y) / y if w else ROOT_PI / 2


FITS = [("ERF32", erf_through_tanh, 0, "16", 3, 3, erf_weight),
        ("ERF64", erf_through_tanh, 0, "35.2", 8, 8, erf_weight), ("ERFCX", scaled_erfc, 0, "1", 11, 11, None),
        ("ERFINV", inverse_erf, 0, "5", 8, 8, None)]


def main() -> None:
    mp.mp.dps = 60
    for name, f, low, high, m, n, weight in FITS:
        error, above, below = fit(f, mp.mpf(low), mp.mpf(high), m, n, weight)
        print(f"# {name}: largest relative error {mp.nstr(error, 2)}")
        for letter, numbers in (("P", above), ("Q", below)):
            print(f"_{name}_{letter} = ({', '.join(repr(float(c)) for c in numbers)})")


if __name__ == "__main__":
    main()
