"""The error function and its relatives: erf, erfc, erfcx, erfinv; the normal distribution's ndtr, log_ndtr, ndtri.

NumPy has none of them.  The rational approximations were fitted for this file, by `scripts/fit_special.py`.
float32 erf has one of its own, because nets call it; everything else is computed in double precision.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.op import op, to_float
from ._numeric import horner, in_blocks, wide
from ._shared import inplace_functions, refusing

__all__ = ["erf", "erfc", "erfinv"]

ROOT_PI, ROOT_2, ROOT_HALF = math.sqrt(math.pi), math.sqrt(2), math.sqrt(.5)

# erf(x) = tanh(x P(x^2) / Q(x^2)): NumPy's tanh is fast, and reaches 1 where erf does
_ERF32_P = (1.1283791709304911, 0.27980853427455055, 0.04264715848278608, 0.002178335449880316)
_ERF32_Q = (1.0, 0.1568940899390833, 0.02369032102283822, 0.0003249363620496055)
_ERF64_P = (
    1.1283791670955123, 0.48754115286972693, 0.13732830081070274, 0.023997606489131684, 0.0030211810290893446,
    0.00025676335449434503, 1.4567286724854208e-05, 4.333711435586182e-07, 2.684098402201773e-09)
_ERF64_Q = (
    1.0, 0.34099224869435857, 0.09083190946456209, 0.013580569316934804, 0.0015785307134563965,
    0.00011121049067832337, 5.4145606329064355e-06, 8.802714823420638e-08, 1.423349053399721e-10)
# exp(x^2) erfc(x) = u P(u) / Q(u) with u = 1 / (1 + x), for x >= 0
_ERFCX_P = (
    0.5641895835477564, 5.287728712014876, 33.70932399168655, 147.34231617013887, 492.6955525753129,
    1272.2251064288268, 2567.700403360474, 3994.601928607526, 4630.907728233643, 3680.647652333258,
    1581.8403136426473, -0.00880884688197462)
_ERFCX_Q = (
    1.0, 8.372255118154508, 50.87596600231644, 206.59536213716635, 646.6829118292095, 1541.1330007922656,
    2852.766647776278, 4023.525057251054, 4218.532843446301, 3104.604049470957, 1437.6474747020206,
    315.7778662664715)
# erfinv(y) = y P(w) / Q(w) with w = -log(1 - y^2), for w <= MIDDLE
_MIDDLE = 5.0
_ERFINV_P = (
    0.886226925452758, 0.3495285245026123, 0.09340959949719416, 0.01798407627916104, 0.0025603191192046333,
    0.00027569000527530915, 2.186115564374965e-05, 1.163509588438158e-06, 3.212355940454965e-08)
_ERFINV_Q = (
    1.0, 0.1326013175552323, 0.05765446537238888, 0.006105768050107468, 0.0010330392453656364,
    7.953886752007453e-05, 5.546270793781078e-06, 2.3637120099161494e-07, 1.9518066867847474e-09)


# ------------------------------------------------------------------ on plain arrays, in the precision they come in

def _erf(x: Any, p: tuple, q: tuple) -> Any:
    t = np.minimum(x * x, 36)  # from here on all is 1
    y = horner(p, t)
    y *= x
    y /= horner(q, t)
    return np.tanh(y)


def erf32(x: Any) -> Any:
    return _erf(x, _ERF32_P, _ERF32_Q)


def erf64(x: Any) -> Any:
    return _erf(x, _ERF64_P, _ERF64_Q)


def _erfcx_right(x: Any) -> Any:
    """exp(x^2) erfc(x) for x >= 0."""
    u = 1 / (1 + x)
    return u * horner(_ERFCX_P, u) / horner(_ERFCX_Q, u)


def _exp_minus_square(x: Any) -> Any:
    """exp(-x^2), to the last digits: rounding x^2 = 700 alone would cost three."""
    high = x.astype(np.float32).astype(np.float64)
    return np.exp(-high * high) * np.exp(-(x - high) * (x + high))


def erfc64(x: Any) -> Any:
    size = np.minimum(np.absolute(x), 30)  # erfc(30) underflows
    right = np.where(size < .5, 1 - erf64(size), _exp_minus_square(size) * _erfcx_right(size))
    return np.where(x < 0, 2 - right, right)


def erfcx64(x: Any) -> Any:
    right = _erfcx_right(np.absolute(x))
    return np.where(x < 0, 2 * np.exp(x * x) - right, right)


def _erfcinv_tail(q: Any) -> Any:
    """x > 1 with erfc(x) = q, for small q > 0: Newton's steps on log erfc, which is nearly a parabola."""
    log_q = np.log(q)
    x = np.sqrt(-log_q - .5 * np.log(-math.pi * log_q))  # erfc(x) ~ exp(-x^2) / (x sqrt(pi))
    for _ in range(4):
        scaled = _erfcx_right(x)
        x += (np.log(scaled) - log_q - x * x) * scaled * (ROOT_PI / 2)
    return x


def _erf_inverse(y: Any, rest: Any) -> Any:
    """erfinv(y), given rest = 1 - |y| exactly; nan where rest < 0."""
    w = -np.log(rest * (1 + np.absolute(y)))
    x = y * horner(_ERFINV_P, w) / horner(_ERFINV_Q, w)
    far = w > _MIDDLE
    if far.any():
        q = rest[far]
        x[far] = np.copysign(np.where(q > 0, _erfcinv_tail(np.where(q > 0, q, 1e-9)), np.inf), y[far])
    return x


def _erfinv64(y: Any) -> Any:
    return _erf_inverse(y, 1 - np.absolute(y))


def _ndtri64(p: Any) -> Any:
    return ROOT_2 * _erf_inverse(2 * p - 1, 2 * np.minimum(p, 1 - p))


def _log_ndtr64(x: Any) -> Any:
    left = np.minimum(x, -1)
    return np.where(x < -1, np.log(_erfcx_right(-left * ROOT_HALF) / 2) - left * left / 2,
                    np.log1p(-erfc64(x * ROOT_HALF) / 2))


# ------------------------------------------------------------------ the ops

@op(lambda g, y, x: g * (2 / ROOT_PI) * np.exp(-(x * x)), inplace=True,
    promote=refusing("c", "erf_vml_cpu", to_float))
def erf(input: Any) -> Any:
    """2 / sqrt(pi) times the integral of exp(-t^2) from 0 to input.  As torch.erf."""
    if input.dtype.itemsize == 8:
        return in_blocks(erf64, input, work=np.float64)
    return in_blocks(erf32, input, work=np.float32)


@op(lambda g, y, x: g * (-2 / ROOT_PI) * np.exp(-(x * x)), inplace=True,
    promote=refusing("c", "erfc_vml_cpu", to_float))
def erfc(input: Any) -> Any:
    """1 - erf(input), exact where erf is nearly 1.  As torch.erfc."""
    return wide(erfc64, input)


@op(lambda g, y, x: g * (ROOT_PI / 2) * np.exp(erfinv(x) ** 2), inplace=True,
    promote=refusing("c", "erfinv_vml_cpu", to_float))
def erfinv(input: Any) -> Any:
    """The number whose erf is input; infinite at -1 and 1, nan beyond.  As torch.erfinv."""
    return wide(_erfinv64, input)


@op(lambda g, y, x: g * (2 * x * y - 2 / ROOT_PI), name="special_erfcx", method=False,
    promote=refusing("ch", "erfcx_cpu", to_float))
def erfcx(input: Any) -> Any:
    """exp(input^2) erfc(input).  As torch.special.erfcx."""
    return wide(erfcx64, input)


@op(lambda g, y, x: g / (erfcx(x * -ROOT_HALF) * math.sqrt(math.pi / 2)), name="special_log_ndtr", method=False,
    promote=refusing("ch", "log_ndtr_cpu", to_float))
def log_ndtr(input: Any) -> Any:
    """log of the standard normal distribution function, exact far to the left.  As torch.special.log_ndtr."""
    return wide(_log_ndtr64, input)


@op(lambda g, y, x: g / math.sqrt(2 * math.pi) * np.exp(-x * x / 2), name="special_ndtr", method=False,
    node="MulBackward1", promote=refusing("c", "ndtr_cpu", to_float))
def ndtr(input: Any) -> Any:
    """The standard normal distribution function: the integral of its density up to input.  As torch.special.ndtr."""
    return wide(lambda x: erfc64(x * -ROOT_HALF) / 2, input)


@op(lambda g, y, p: g * math.sqrt(2 * math.pi) * np.exp(y * y / 2), name="special_ndtri", method=False,
    promote=refusing("ch", "ndtri_cpu", to_float))
def ndtri(input: Any) -> Any:
    """The number left of which lies the part `input` of the standard normal distribution.  As torch.special.ndtri."""
    return wide(_ndtri64, input)


globals().update(inplace_functions(__all__, "erf", "erfc"))
