"""Options of pooling as tuples, and torch's errors about them."""
from __future__ import annotations

import math
from typing import Any, Callable

from ..._types import type_name
from ...ops.pooling import pooled_size

__all__ = ["adaptive_avg_size", "adaptive_max_size", "avg_options", "fractional_options", "max_options", "unpool_size"]

_WORDS = {2: "two", 3: "three"}


def numbers(value: Any, name: str, argument: str, position: int) -> tuple:
    """A number or several as a tuple, or torch's error about their type."""
    if isinstance(value, (tuple, list)):
        for i, v in enumerate(value):
            if not hasattr(v, "__index__"):
                raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be tuple of ints, but "
                                f"found element of type {type(v).__name__} at pos {i}")
        return tuple(int(v) for v in value)
    if not hasattr(value, "__index__"):
        raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be tuple of ints, not "
                        f"{type(value).__name__}")
    return (int(value),)


def _each(value: tuple, n: int, wrong: str) -> tuple:
    """One number per dimension."""
    if len(value) not in (1, n):
        raise RuntimeError(wrong.format(len(value)))
    return value if len(value) == n else value * n


def _options(n: int, name: str, values: dict[str, Any], texts: dict[str, str]) -> list[tuple]:
    """The options as tuples; stride None or () is the kernel."""
    found: list[tuple] = []
    for position, (argument, value) in enumerate(values.items()):
        if argument == "stride" and (value is None or isinstance(value, (tuple, list)) and not len(value)):
            found.append(found[0])
            continue
        found.append(_each(numbers(value, name, argument, position + 2), n, texts[argument]))
    return found


def _texts(name: str, n: int) -> dict[str, str]:
    if name == "max_pool1d":
        plain = "max_pool1d() {} must be {}an int, list of ints{} tuple of ints of size 1 but got size {{}}"
        return {a: plain.format(a, "None, " * (a == "stride"), "," * (a == "stride") + " or")
                for a in ("kernel_size", "stride", "padding", "dilation")}
    if n == 1:
        return {a: f"{name}() argument '{a}' should contain one int (got {{}})"
                for a in ("kernel_size", "stride", "padding")}
    either = "" if name == "avg_pool3d" else "either "
    texts = {"kernel_size": f"{either}be a single int", "stride": f"{either}be omitted, a single int",
             "padding": f"{either}be a single int", "dilation": "be either a single int"}
    return {a: f"{name}: {a} must {text}, or a tuple of {_WORDS[n]} ints" for a, text in texts.items()}


def _check_lines(kernel: tuple, stride: tuple, padding: tuple, dilation: tuple) -> None:
    """Errors about one dimension after the other."""
    for k, s, p, d in zip(kernel, stride, padding, dilation):
        if s == 0:
            raise RuntimeError("stride should not be zero")
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError("pad should be at most half of effective kernel size, but got "
                               f"pad={p}, kernel_size={k} and dilation={d}")


def _check_positive(n: int, kernel: tuple, stride: tuple, dilation: tuple) -> None:
    for label, letters, values in (("kernel size", "k", kernel), ("stride", "d", stride),
                                   ("dilation", "dilation", dilation)):
        if min(values) <= 0:
            told = " ".join(f"{letters}{axis}: {v}" for axis, v in zip("THW"[3 - n:], values))
            raise RuntimeError(f"{label} should be greater than zero, but got {told}")


def _check_shape(n: int, x: Any, name: str) -> None:
    """Raise unless x is (N, C, *S) or (C, *S) with nothing but N empty."""
    if n < 3:
        batched = x.ndim == n + 2
        if x.ndim not in (n + 1, n + 2) or not all(x.shape[1 if batched else 0:]):
            shape = list(x.shape) if n == 2 else [*x.shape[:-1], 1, x.shape[-1]]
            raise RuntimeError("Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but "
                               f"got:{shape}")
        return
    for i, size in enumerate(x.shape[-n - 1:]):
        if not size:
            raise RuntimeError(f"{name}: Expected input's non-batch dimensions to have positive length, but input has "
                               f"a shape of {list(x.shape)} and non-batch dimension {i} has length zero!")


def _check_result(n: int, x: Any, out: tuple) -> None:
    """Raise where a window has no place at all."""
    if min(out) < 1:
        channels, size = x.shape[-n - 1], x.shape[-n:]
        one = (1,) * (n == 1)
        told, got = ("x".join(map(str, (channels, *one, *numbers))) for numbers in (size, out))
        raise RuntimeError(f"Given input size: ({told}). Calculated output size: ({got}). Output size is too small")


def _refuse_type(x: Any, name: str, integers: tuple | None = ()) -> None:
    """Raise where torch has no kernel for the type: complex, bool, and integers but for those named (None: for all)."""
    if x.dtype.kind in "cb" or x.dtype.kind in "iu" and integers is not None and x.dtype.name not in integers:
        raise NotImplementedError(f"\"{name}\" not implemented for '{type_name(x.dtype)}'")


def max_options(n: int, x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> tuple:
    """(kernel, stride, padding, dilation) of a max_pool."""
    name = f"max_pool{n}d"
    options = _options(n, name, {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation},
                       _texts(name, n))
    kernel, stride, padding, dilation = options
    if n == 1:
        _check_max_1d(x, *(o[0] for o in options))
    else:
        if x.ndim not in (n + 1, n + 2):
            raise RuntimeError(f"non-empty {n + 1}D or {n + 2}D (batch mode) tensor expected for input")
        _check_lines(*options)
        _check_positive(n, kernel, stride, dilation)
        _check_shape(n, x, "max_pool3d_with_indices_out_cpu_template()")
    out = tuple(pooled_size(s, k, t, p, d, ceil_mode) for s, k, t, p, d in zip(
        x.shape[-n:], kernel, stride, padding, dilation))
    if n == 1 and out[0] < 1:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {out[0]}")
    _check_result(n, x, out)
    _refuse_type(x, "max_pool1d_impl" if n == 1 else name, () if n == 1 else None)
    return kernel, stride, padding, dilation


def _check_max_1d(x: Any, kernel: int, stride: int, padding: int, dilation: int) -> None:
    if x.ndim not in (2, 3) or not all(x.shape[x.ndim - 2:]):
        raise RuntimeError("max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for "
                           f"input, but got:{list(x.shape)}")
    for label, value in (("kernel_size", kernel), ("stride", stride)):
        if value <= 0:
            raise RuntimeError(f"max_pool1d() {label} must be greater than zero, but got {value}")
    if padding < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {padding}")
    if padding > kernel // 2:
        raise RuntimeError("max_pool1d() padding should be at most half of kernel size, but got "
                           f"padding={padding} and kernel_size={kernel}")
    if dilation <= 0:
        raise RuntimeError(f"max_pool1d() dilation must be greater than zero, but got {dilation}")


def avg_options(n: int, x: Any, kernel: Any, stride: Any, padding: Any, ceil_mode: bool,
                divisor: int | None = None) -> tuple:
    """(kernel, stride, padding) of an avg_pool."""
    name = f"avg_pool{n}d"
    if n == 1 and x.ndim not in (2, 3):
        raise RuntimeError(f"Expected 2 to 3 dimensions, but got {x.ndim}-dimensional tensor for argument #1 'self' "
                           "(while checking arguments for avg_pool1d)")
    options = _options(n, name, {"kernel_size": kernel, "stride": stride, "padding": padding}, _texts(name, n))
    kernel, stride, padding = options
    if divisor == 0:
        raise RuntimeError("divisor must be not zero")
    if n == 2 and x.ndim < 3:
        raise IndexError(f"Dimension out of range (expected to be in range of [-{max(x.ndim, 1)}, "
                         f"{max(x.ndim, 1) - 1}], but got -3)")
    if n == 3 and x.ndim not in (4, 5):
        raise RuntimeError("non-empty 4D or 5D (batch mode) tensor expected for input")
    _check_lines(kernel, stride, padding, (1,) * n)
    _check_positive(n, kernel, stride, (1,) * n)
    _check_shape(n, x, "avg_pool3d()")
    if n == 3 and any(s < k for s, k in zip(x.shape[-3:], kernel)):    # torch does not count the padding
        told = [" ".join(f"{letters}{axis}: {v}" for axis, v in zip("THW", values))
                for letters, values in (("", x.shape[-3:]), ("k", kernel))]
        raise RuntimeError(f"input image ({told[0]}) smaller than kernel size ({told[1]})")
    _check_result(n, x, tuple(pooled_size(s, k, t, p, 1, ceil_mode) for s, k, t, p in zip(
        x.shape[-n:], kernel, stride, padding)))
    _refuse_type(x, "avg_pool3d_out_frame" if n == 3 else "avg_pool2d", ("int64",))
    return kernel, stride, padding


# ------------------------------------------------------------------ to a given size

def _with_none(output_size: Any, x: Any, n: int) -> Any:
    """None in an output size is the size there is."""
    if n == 1 or not isinstance(output_size, (tuple, list)):
        return output_size
    if x.ndim <= len(output_size):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    return tuple(s if o is None else o for s, o in zip(x.shape[x.ndim - len(output_size):], output_size))


def _given_size(n: int, x: Any, output_size: Any, name: str, wrong: str) -> tuple:
    found = numbers(_with_none(output_size, x, n), name, "output_size", 2)
    if n == 1 and x.ndim not in (2, 3):
        raise RuntimeError(f"Expected 2 to 3 dimensions, but got {x.ndim}-dimensional tensor for argument #1 'self' "
                           f"(while checking arguments for {name})")
    if n == 1 and len(found) != 1:
        raise RuntimeError(f"{name}() argument 'output_size' should contain one int (got {len(found)})")
    if isinstance(output_size, (tuple, list)) and len(found) != n:
        raise RuntimeError(wrong)
    return found if len(found) == n else found * n


def adaptive_avg_size(n: int, x: Any, output_size: Any) -> tuple:
    """The sizes of an adaptive_avg_pool's result."""
    name = f"adaptive_avg_pool{n}d"
    out = _given_size(n, x, output_size, name, f"{name}: output_size must be {n}")
    if min(out) < 0:
        two = name.replace("1d", "2d")
        told = ", ".join(map(str, (1,) * (n == 1) + out))
        raise RuntimeError(f"{two}: elements of output_size must be greater than or equal to 0 but received {{{told}}}")
    if n > 1 and out == (1,) * n and x.dtype.kind in "fcV":
        return out
    if x.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"{name}(): Expected {n + 1}D or {n + 2}D tensor, but got {list(x.shape)}")
    for i in range(-n, 0):
        if x.shape[i] == 0:
            raise RuntimeError(f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input "
                               f"has sizes {list(x.shape)} with dimension {x.ndim + i} being empty")
    _refuse_type(x, "adaptive_avg_pool3d_cpu" if n == 3 else "adaptive_avg_pool2d")
    return out


def adaptive_max_size(n: int, x: Any, output_size: Any) -> tuple:
    """The sizes of an adaptive_max_pool's result."""
    name = f"adaptive_max_pool{n}d"
    out = _given_size(n, x, output_size, name, f"{name}(): internal error: output_size.size() must be {n}")
    if x.ndim not in (n + 1, n + 2):
        raise RuntimeError(f"{name}(): Expected {n + 1}D or {n + 2}D tensor, but got: {list(x.shape)}")
    for i in range(x.ndim - n - 1, x.ndim):
        if x.shape[i] == 0:
            raise RuntimeError(f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input "
                               f"has sizes {list(x.shape)} with dimension {i} being empty")
    if min(out) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(out)}: {[*x.shape[:-n], *out]}")
    _refuse_type(x, "adaptive_max_pool3d_cpu" if n == 3 else "adaptive_max_pool2d")
    return out


# ------------------------------------------------------------------ windows at random places, and back

def fractional_options(n: int, x: Any, kernel: Any, output_size: Any, ratio: Any) -> Callable[[Any], tuple]:
    """A function of the random samples that gives (kernel, output size) of a fractional_max_pool, or raises."""
    name = f"fractional_max_pool{n}d"
    if output_size is None and ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    if output_size is None:
        if n == 3 and not isinstance(ratio, (tuple, list)):
            ratio = (ratio,) * 3
        if len(ratio) != n:
            raise ValueError(f"{name} requires output_ratio to either be a single Int or tuple of Ints.")
        output_size = tuple(int(x.shape[i - n] * ratio[i]) for i in range(n))
    if x.ndim < n + 1:
        raise IndexError(f"Dimension out of range (expected to be in range of [-{x.ndim}, {x.ndim - 1}], but got "
                         f"-{n + 1})")

    def checked(samples: Any) -> tuple:
        sizes = [_each(numbers(value, name, argument, position), n,
                       f"{name}: {argument} must either be a single Int or tuple of Ints")
                 for argument, value, position in (("kernel_size", kernel, 2), ("output_size", output_size, 3))]
        _check_samples(n, x, samples)
        for axis, size, k, o in zip(("time", "height", "width")[3 - n:], x.shape[-n:], *sizes):
            if o + k - 1 + (n == 3) > size:      # in volumes one place must be left over, as in torch
                raise RuntimeError(f"{name}{'_out' * (n == 3)}(): pool {axis} {k} too large relative to input {axis} "
                                   f"{size}")
        return sizes[0], sizes[1]
    return checked


def _check_samples(n: int, x: Any, samples: Any) -> None:
    if samples.ndim != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {samples.ndim}")
    if samples.shape[0] < (x.shape[0] if x.ndim == n + 2 else 1):
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if samples.shape[1] != x.shape[-n - 1]:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if samples.shape[2] != n:
        raise RuntimeError(f"Expect _random_samples.size(2) equals to {n}; got {samples.shape[2]}.")


def unpool_size(n: int, x: Any, indices: Any, kernel: Any, stride: Any, padding: Any, output_size: Any) -> tuple:
    """The sizes of a max_unpool's result, or torch's errors."""
    kernel, padding = (v if isinstance(v, (tuple, list)) else (v,) * n for v in (kernel, padding))
    stride = kernel if stride is None else stride if isinstance(stride, (tuple, list)) else (stride,) * n
    default = tuple((x.shape[i - n] - 1) * stride[i] + kernel[i] - 2 * padding[i] for i in range(n))
    size = default if output_size is None else _checked_size(n, tuple(output_size), default, stride)
    one = (1,) * (n == 1)
    if indices.dtype.name != "int64":
        raise RuntimeError("elements in indices should be type int64" + (
            f" but got: {type_name(indices.dtype)}" if n < 3 else ""))
    if x.ndim not in (n + 1, n + 2):
        d = max(n, 2)
        raise RuntimeError(f"Input to max_unpooling{d}d should be a {d + 1}d or {d + 2}d Tensor, but got a tensor with "
                           f"{x.ndim} dimensions.")
    if tuple(indices.shape) != tuple(x.shape):
        raise RuntimeError("Expected shape of indices to be same as that of the input tensor "
                           f"({[*x.shape, *one]}) but got indices tensor with shape: {[*indices.shape, *one]}")
    wrong = (indices < 0) | (indices >= math.prod(size))
    if wrong.any():
        raise RuntimeError(f"Found an invalid max index: {int(indices[wrong].flatten()[-1])} (output volumes are of "
                           f"size {'x'.join(map(str, size + one))})")
    return size


def _checked_size(n: int, output_size: tuple, default: tuple, stride: tuple) -> tuple:
    """What the user wants, if it is within a stride of what would come out else."""
    if len(output_size) == n + 2:
        output_size = output_size[2:]
    if len(output_size) != n:
        raise ValueError(f"output_size should be a sequence containing {n} or {n + 2} elements, but it has a length of "
                         f"'{len(output_size)}'")
    for d in range(n):
        low, high = default[d] - stride[d], default[d] + stride[d]
        if not low < output_size[d] < high:
            raise ValueError(f'invalid output_size "{output_size}" (dim {d} must be between {low} and {high})')
    return output_size
