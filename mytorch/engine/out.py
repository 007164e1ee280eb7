"""`out=`: what torch asks of the tensor that a result is to be written to, in torch's words.

Most operations take any type that the result can be cast to and may write over an input, if it is all of that input.
What asks for more stands in a table; {R} and {O} are torch's names of the result's and of out's type, {r} and {o}
C++'s.
"""
from __future__ import annotations

from functools import cache
from typing import Any, Callable

import numpy as np

from .._types import castable, cpp_name, type_name
from .._warnings import warn
from .face import replace_memory
from .overlap import ALOOF, APART, FIRST, check_apart, check_places, tensors
from .signature import signatures_of
from .tape import mode, ndarray, wrote
from .tensor import Tensor, edge, plain, unseen

__all__ = ["deliver", "into"]

_CAST = "result type {R} can't be cast to the desired output type {O}"
_SAME = "Expected out tensor to have dtype {r}, but got {o} instead"
_FOUND = "Found dtype {O} but expected {R}"
_SAFE = "Expected result to be safely castable from {R} dtype, but got result with dtype {O}"

#: What is said where `out` has not the type of the result: operations; clamp/1 is clamp of one tensor, by numbers.
_SAME_TYPE = {
    _SAME: """
        unsqueeze_copy transpose_copy permute_copy diagonal_copy unbind_copy split_copy split_with_sizes_copy
        select_copy t_copy view_copy expand_copy diag as_strided_copy unfold_copy slice_copy mm matmul
        linalg_svdvals svdvals linear avg_pool2d avg_pool3d softmax log_softmax squeeze_copy detach_copy alias_copy
        slice_scatter inverse inv inv_ex solve solve_ex linalg_qr qr linalg_lu lu_factor lu_factor_ex ldl_factor
        ldl_factor_ex sort msort renorm index_add index_copy index_reduce scatter scatter_add scatter_reduce addmm
        addmv baddbmm aminmax max_dim min_dim topk gather take_along_dim norm frobenius_norm linalg_vector_norm
        slogdet bmm argmax argmin tril triu linalg_cross cross matrix_power isin scatter_value scatter_multiply
        view_as_complex_copy linalg_det linalg_slogdet linalg_eigh linalg_eigvalsh cholesky_ex""",
    _FOUND: """
        floor ceil frac sign sgn conj_physical trunc neg abs bitwise_not round softshrink softplus gelu hardshrink
        clamp/1 clamp_min/1 clamp_max/1 lerp/3""",
    "Expected self.dtype() == output.dtype() to be true, but got false.  (Could this error message be improved?  If "
    "so, please report an enhancement request to PyTorch.)": "narrow_copy",
    "Expected object of scalar type {R} but got scalar type {O} for argument 'out'": "complex polar",
    "expected scalar type {R} but found {O}": "linalg_solve_triangular solve_triangular log_sigmoid",
    "expected scalar_type {R} but found {O}": "cummax cummin logcumsumexp",
    "{name}(): self and result must have the same scalar type": "index_select masked_select",
    "take(): self and out expected to have the same dtype, but got self.dtype = {R} and out.dtype = {O}": "take",
    "{name} only supports bool tensor for result, got: {O}": "all any",
    "{name} does not support non-boolean outputs.": "signbit isposinf isneginf",
    "quantile() out tensor must be same dtype as the input tensor": "quantile nanquantile",
    "Expected the dtype for input and out to match, but got {R} for input's dtype and {O} for out's dtype.":
        "amax amin",
    "the output given to float_power has dtype {O} but the operation's result requires dtype {R}": "float_power",
    "heaviside is not yet implemented for tensors with different dtypes.": "heaviside",
    "Expected out type to be {R} but got {O}": "where",
    "output values must be of same type as input": "kthvalue",
    "nan_to_num: dtype of out: {O} should be same as input: {R}": "nan_to_num",
    "torch.frexp() expects mantissa to have dtype {R} but got {O}": "frexp",
    "expected scalar type '{R}' but got '{O}' for values output": "mode",
    "torch.histogram: input tensor and hist tensor should have the same dtype, but got input {r} and hist {o}":
        "histc histogram",
    "{name}: Expected out tensor to have scalar type {R} but got scalar type{O}": "nonzero nonzero_static",
    "result dtype {O} does not match input dtype {R}": "dot vdot",
    "tensordot: Expected the output tensor to have dtype {R}, but got an output tensor with dtype {O}":
        "tensordot inner",
    "multi_dot(): expected out tensor to have dtype {r} but got {o}": "chain_matmul multi_dot",
    "linalg.vecdot: Expected out of dtype{R} but found {O}": "vecdot",
    "linalg.norm expected out tensor dtype {R} but got: {O}": "linalg_norm",
    "linalg.matrix_norm expected out tensor dtype {R} but got: {O}": "matrix_norm nuclear_norm",
    "self and mat2 must have the same dtype, but got {O} and {R}": "addbmm",
    "addmv input tensors must have the same dtype, but got {O}, {R}, and {R}": "mv",
    "torch.ormqr: Expected input and result to have the same dtype, but input has dtype{R} and result has dtype {O}":
        "ormqr",
    "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on "
    "whether out_int32 flag is True, but we got output tensor's dtype {O} and out_int32 flag is {int32}":
        "searchsorted bucketize",
    "{name} expects a complex output tensor, but got {O}": "fft ifft rfft ihfft",
    "fftn expects a complex output tensor, but got {O}": "fft2 ifft2 fftn ifftn",
    "rfftn expects a complex output tensor, but got {O}": "rfft2 rfftn",
    "ihfftn expects a complex output tensor, but got {O}": "ihfft2 ihfftn",
    "{name} expects a floating point output tensor, but got {O}": "hfft irfft hfftn irfftn",
    "irfftn expects a floating point output tensor, but got {O}": "irfft2",
    "hfftn expects a floating point output tensor, but got {O}": "hfft2",
}
#: What is said where the result cannot be cast to the type of `out`: operations; all others say `_CAST`.
_CASTABLE = {
    "torch.cat(): input types can't be cast to the desired output type {O}":
        "cat stack hstack vstack dstack column_stack",
    "logsumexp(): Expected floating point type for result tensor, but got: {O}": "logsumexp",
    "mvlgamma: " + _CAST: "mvlgamma",
    "torch.linalg.{name}: " + _SAFE: "matrix_rank householder_product",
    "linalg.{name}: " + _SAFE: "cond pinv",
    "{name}: " + _SAFE: "tensorinv tensorsolve",
    "mean.dtype_out(): input types can't be cast to the desired output type {O}": "mean",
}
#: These write what cannot be cast too.
_ANY_TYPE = set("""
        logical_not eq ne lt le gt ge logical_and logical_or logical_xor sum prod cumsum cumprod bernoulli""".split())
_SENTENCES = {name: (text, same) for texts, same in ((_SAME_TYPE, True), (_CASTABLE, False))
              for text, names in texts.items() for name in names.split()}


def deliver(name: str, out: Any, given: tuple, compute: Callable[[], Any]) -> Any:
    """What `compute` gives, written to `out`, a tensor or several; no gradient.

    name: of the operation.  given: all that it was called with.
    """
    if not _takes_out(name):
        raise TypeError(f"{name}() got an unexpected keyword argument 'out'")
    several = isinstance(out, (tuple, list))
    targets = tuple(out) if several else (out,)
    if not all(isinstance(target, Tensor) for target in targets):
        raise _no_tensor(name, out, isinstance(compute(), tuple))
    inputs = list(tensors(given))
    if mode.grad and any(edge(t) is not None for t in (*inputs, *targets)):
        raise RuntimeError(f"{name}(): functions with out=... arguments don't support automatic differentiation, but "
                           "one of the arguments requires grad.")
    result = compute()
    if several != isinstance(result, (tuple, list)):
        raise _no_tensor(name, out, not several)
    if not several:
        return into(out, result, name, inputs)
    if len(result) != len(targets):
        raise TypeError(f"expected tuple of {len(result)} elements but got {len(targets)}")
    for target, value in zip(targets, result):
        into(target, value, name, inputs)
    return type(result)(*targets) if hasattr(result, "_fields") else targets


@cache
def _takes_out(name: str) -> bool:
    """Whether torch's function has `out`: by the table of signatures, in which Python's functions are not."""
    options = signatures_of(name, False)
    return name != "cdist" if options is None else any(p.name == "out" for option in options for p in option.parameters)


def _no_tensor(name: str, out: Any, several: bool) -> TypeError:
    """The error for what cannot be `out`; torch's where it has one signature, `arguments` sees to the others."""
    return TypeError(f"{name}(): argument 'out' must be {'tuple of Tensors' if several else 'Tensor'}, not "
                     f"{type(out).__name__}")


def into(out: Tensor, value: Any, name: str = "", inputs: Any = ()) -> Tensor:
    """Write a result to `out`, which is resized when it must be, as torch does; no gradient."""
    values = np.asarray(plain(value))
    sentence, same = _SENTENCES.get(f"{name}/{len(inputs)}") or _SENTENCES.get(name, (_CAST, False))
    if "floating point output" in sentence:
        same = out.dtype.kind not in "fV"
    resized = tuple(out.shape) != values.shape
    if not same or not resized or sentence is _FOUND or name in APART or name in FIRST:
        check_places(out)
        check_apart(name, out, inputs)
    if resized and not same and name not in ALOOF and any(out is a for a in inputs):
        raise RuntimeError(f"output with shape {list(out.shape)} doesn't match the broadcast shape "
                           f"{list(values.shape)}")
    if name == "mv" and resized:
        sentence = _SAME
    if values.dtype != out.dtype and (same or name not in _ANY_TYPE and not castable(values.dtype, out.dtype)):
        r, o = values.dtype, out.dtype
        raise (TypeError if sentence.startswith("torch.cat") else RuntimeError)(sentence.format(
            name=name, int32=r == np.int32, R=type_name(r), O=type_name(o), r=cpp_name(r), o=cpp_name(o)))
    if resized:
        if int(out.size):
            warn(
                f"An output with one or more elements was resized since it had shape {list(out.shape)}, which does not "
                f"match the required output shape {list(values.shape)}. This behavior is deprecated, and in a future "
                "PyTorch release outputs will not be resized unless they have zero elements. You can explicitly reuse "
                "an out tensor t by resizing it, inplace, to zero elements with t.resize_(0).")
        replace_memory(out, np.empty(values.shape, out.dtype))
    np.copyto(out.view(ndarray), values, casting="unsafe")
    if not unseen(out):
        wrote(out)
    return out
