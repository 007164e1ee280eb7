"""Activation functions, softmax and its logarithm.  (relu, sigmoid and tanh stand with the pointwise functions.)"""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import as_dtype, wrap_dim
from ..engine.op import inplace_of, method, op
from ._numeric import in_order
from ._shared import in_single, refusing, type_name, with_out
from .error_function import erf
from .pointwise import sigmoid

__all__ = ["celu", "celu_", "hardshrink", "log_softmax", "prelu", "selu", "selu_", "softmax", "threshold", "threshold_"]


def _sum(x: Any, dim: int) -> Any:
    return np.sum(x, axis=dim, keepdims=True)


def _only_floats(name: str) -> Any:
    """A promotion that raises as torch does, which names the kernel by the place of the dim."""
    def promote(arrays: list) -> None:
        x, dim = arrays
        if x.dtype.kind not in "fV":
            place = "_lastdim" if dim in (-1, x.ndim - 1) else ""
            raise NotImplementedError(f"\"{name}{place}_kernel_impl\" not implemented for '{type_name(x)}'")
    return promote


@op(lambda g, y, x, dim: y * (g - _sum(g * y, dim)), promote=_only_floats("softmax"), name="softmax", method=False,
    node="SoftmaxBackward0")
def softmax_op(input: Any, dim: int) -> Any:
    """exp(x) / sum exp(x) along dim; the maximum is taken off first, exp would overflow float32 above 88.7."""
    if not input.size or not input.ndim:
        return np.ones_like(input)
    e = np.subtract(in_order(input), np.max(input, axis=dim, keepdims=True))
    np.exp(e, out=e)
    e /= np.sum(e, axis=dim, keepdims=True)
    return e


@op(lambda g, y, x, dim: g - np.exp(y) * _sum(g, dim), promote=_only_floats("log_softmax"), name="log_softmax",
    method=False, node="LogSoftmaxBackward0")
def log_softmax_op(input: Any, dim: int) -> Any:
    """x - log sum exp(x) along dim."""
    if not input.size or not input.ndim:
        return np.zeros_like(input)
    z = in_order(input) - np.max(input, axis=dim, keepdims=True)
    z -= np.log(np.sum(np.exp(z), axis=dim, keepdims=True))
    return z


def _along(run: Any, input: Any, dim: int, dtype: Any) -> Any:
    """Check dim, convert, run: what softmax and log_softmax share."""
    wrap_dim(dim, input.ndim)
    return run(input if dtype is None else input.astype(as_dtype(dtype)), dim)


@method()
@with_out
def softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """Positive numbers that sum to one along `dim`.

        y_i = exp(x_i) / sum_j exp(x_j)

    Args:
        input: any shape.  dim: the dimension that is summed.  dtype: convert the input first.
    Returns: as input.

    As torch.softmax.
    """
    return _along(softmax_op, input, dim, dtype)


@method()
@with_out
def log_softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """The logarithm of softmax, computed without leaving the range of floats.

        y_i = x_i - log sum_j exp(x_j)

    As torch.log_softmax.
    """
    return _along(log_softmax_op, input, dim, dtype)


# ------------------------------------------------------------------ of one element

def _pointwise(name: str, slope: Any, forward: Any, *, kernel: str | None = None, kinds: str = "biuc",
               **options: Any) -> Any:
    """An op that torch has for floating types alone."""
    code = forward.__code__
    return op(*slope if isinstance(slope, tuple) else (slope,), name=name, names=code.co_varnames[:code.co_argcount],
              promote=refusing(kinds, kernel or f"{name}_cpu"), method=False, **options)(in_single(forward))


leaky_relu = _pointwise("leaky_relu", lambda g, y, x, slope: g * np.where(x > 0, 1, slope).astype(x.dtype),
                        lambda input, slope: np.where(input > 0, input, input * slope))
_elu_slope: Any = lambda g, y, x, a, s, i: g * np.where(  # noqa: E731
    x > 0, np.full((), s, x.dtype), a * s * i * np.exp(np.minimum(x, 0) * i))
_elu: Any = lambda input, alpha, scale, input_scale: np.where(  # noqa: E731
    input > 0, input * scale, np.expm1(np.minimum(input, 0) * input_scale) * (alpha * scale))
elu = _pointwise("elu", _elu_slope, _elu)
celu_op = _pointwise("celu", _elu_slope, _elu, kernel="elu_cpu")
_SIXTH = float(np.float32(1 / 6))     # as torch's kernel holds it, for double precision too
hardsigmoid = _pointwise("hardsigmoid", lambda g, y, x: g * ((x > -3) & (x < 3)) * _SIXTH,
                         lambda input: np.clip(input + 3, 0, 6) / 6)
hardswish = _pointwise("hardswish", lambda g, y, x: g * np.where(x <= -3, 0 * x,
                                                                 np.where(x < 3, x / 3 + 0.5, 0 * x + 1)),
                       lambda input: input * np.clip(input + 3, 0, 6) / 6)
softshrink = _pointwise("softshrink", lambda g, y, x, t: g * ((x > t) | (x < -t)),
                        lambda input, lambd: np.where(input > lambd, input - lambd, np.where(
                            input < -lambd, input + lambd, input * 0)), kernel="softshrink_check")
silu = _pointwise("silu", lambda g, y, x: g * _silu_slope(x), lambda input: input * sigmoid(input), kinds="biu")
mish = _pointwise("mish", lambda g, y, x: g * _mish_slope(x), lambda input: input * np.tanh(np.logaddexp(0, input)))
log_sigmoid = _pointwise("log_sigmoid", lambda g, y, x: g * sigmoid(-x), lambda input: -np.logaddexp(0, -input))
softplus = _pointwise("softplus", lambda g, y, x, b, t: g * np.where(x * b > t, 0 * x + 1, sigmoid(x * b)),
                      lambda input, beta, threshold: np.where(
                          input * beta > threshold, input, np.logaddexp(0, input * beta) / beta))


@op(lambda g, y, x, a, b: g * ((x > a) & (x < b)), method=False,
    promote=refusing("b", "Bool inputs not supported for hardtanh", refusing(
        "c", "clamp is not supported for complex types"), RuntimeError))
def hardtanh(input: Any, low: float, high: float) -> Any:
    """x cut at low and high, which are taken in the type of x."""
    kind = input.dtype.type
    if low < 0 and input.dtype.kind == "u":
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    return np.minimum(np.maximum(input, kind(low)), kind(high))    # np.clip would widen bfloat16


@in_single
def _silu_slope(x: Any) -> Any:
    s = sigmoid(x)
    return s * (1 + x * (1 - s))


@in_single
def _mish_slope(x: Any) -> Any:
    t, s = np.tanh(np.logaddexp(0, x)), sigmoid(x)
    return t + x * s * (1 - t * t)


@in_single
def _normal_slope(x: Any) -> Any:
    """d/dx of x Phi(x) = Phi(x) + x phi(x)."""
    return 0.5 * (1 + erf(x * 0.7071067811865476)) + x * np.exp(-0.5 * x * x) * 0.3989422804014327


def _gelu(input: Any) -> Any:
    """x Phi(x), Phi the normal distribution."""
    return input * (0.5 * (1 + erf(input * 0.7071067811865476)))


_TANH = 0.7978845608028654, 0.044715   # sqrt(2 / pi), and a fitted cubic


@in_single
def _tanh_slope(x: Any) -> Any:
    a, b = _TANH
    t = np.tanh(a * (x + b * x * x * x))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * a * (1 + 3 * b * x * x)


def _gelu_tanh(input: Any) -> Any:
    """The approximation of x Phi(x) by tanh (Hendrycks and Gimpel 2016)."""
    a, b = _TANH
    return 0.5 * input * (1 + np.tanh(a * (input + b * input * input * input)))


gelu_exact = _pointwise("gelu", lambda g, y, x: g * _normal_slope(x), _gelu, kernel="GeluKernelImpl")
gelu_tanh = _pointwise("gelu_tanh", lambda g, y, x: g * _tanh_slope(x), _gelu_tanh, kernel="GeluKernelImpl",
                       node="GeluBackward0")


def _halves(x: Any, dim: int) -> tuple[Any, Any]:
    return tuple(np.split(x, 2, axis=dim))  # type: ignore[return-value]


def _glu_slope(g: Any, x: Any, dim: int) -> Any:
    a, b = _halves(x, dim)
    s = sigmoid(b)
    return np.concatenate([g * s, g * a * s * (1 - s)], axis=dim)


@op(lambda g, y, x, dim: _glu_slope(g, x, dim), promote=refusing("biuc", "glu_cpu"), method=False)
def glu(input: Any, dim: int = -1) -> Any:
    """a * sigmoid(b), a and b the halves of the input along dim."""
    a, b = _halves(input, dim)
    return a * sigmoid(b)


@op(lambda g, y, x, t: g * (np.abs(x) > t), promote=refusing("biuc", "hardshrink_cpu"))
def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """x where |x| > lambd, else 0.  As torch.hardshrink."""
    return np.where(np.abs(input) <= lambd, input * 0, input)


@op(lambda g, y, x, t, v: g * (x > t), promote=refusing("c", "threshold_cpu"), method=False)
def threshold(input: Any, threshold: float, value: float) -> Any:
    """x where x > threshold, else value.  As torch.threshold."""
    return np.where(input <= threshold, np.asarray(value).astype(input.dtype), input)


@op(lambda g, y, x, w: g * np.where(x > 0, 0 * x + 1, w + 0 * x), lambda g, y, x, w: g * np.minimum(x, 0),
    promote=refusing("biuc", "prelu_cpu"), name="prelu", node="PreluKernelBackward0", method=False)
def prelu_kernel(input: Any, weight: Any) -> Any:
    """x where x > 0, else weight * x; weight broadcasts."""
    return np.where(input > 0, input, weight * input)


@method()
def prelu(input: Any, weight: Any) -> Any:
    """x where x > 0, else weight * x; a weight (C,) counts per channel, dimension 1.  As torch.prelu."""
    if weight.ndim not in (0, 1):
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if weight.dtype != input.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {type_name(input)} and "
                           f"{type_name(weight)}")
    if weight.ndim and weight.shape[0] != 1:
        channels = input.shape[1] if input.ndim > 1 else 1
        if not input.ndim:
            raise RuntimeError("Not allow zero-dim input tensor.")
        if weight.shape[0] != channels:
            raise RuntimeError("Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                               f"{weight.shape[0]} and channel size = {channels}.")
    return prelu_kernel(input, weight.reshape((-1,) + (1,) * max(input.ndim - 2, 0)) if input.ndim > 1 else
                        weight.reshape(()) if not input.ndim else weight)


SELU = (1.6732632423543772, 1.0507009873554805, 1.0)  # alpha, scale, input_scale (Klambauer et al. 2017)


def selu(input: Any) -> Any:
    """scale * (x where x > 0, else alpha (exp(x) - 1)), which keeps mean 0 and variance 1.  As torch.selu."""
    return elu(input, *SELU)


def celu(input: Any, alpha: float = 1.0) -> Any:
    """x where x > 0, else alpha (exp(x / alpha) - 1).  As torch.celu."""
    return celu_op(input, *_celu_scales(alpha))


def _celu_scales(alpha: float) -> tuple[float, float, float]:
    """alpha, scale, input_scale."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return alpha, 1.0, 1.0 / alpha


elu_, leaky_relu_, hardtanh_, threshold_, silu_, mish_, hardsigmoid_, hardswish_ = (
    inplace_of(fn.op) for fn in (elu, leaky_relu, hardtanh, threshold, silu, mish, hardsigmoid, hardswish))


def selu_(input: Any) -> Any:
    """In-place version of `selu`."""
    return elu_(input, *SELU)


def celu_(input: Any, alpha: float = 1.0) -> Any:
    """In-place version of `celu`."""
    return elu_(input, *_celu_scales(alpha))
