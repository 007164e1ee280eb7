"""Einstein sums, and what is one: tensordot, kron.

An equation becomes steps: the diagonal of a repeated subscript, the sum over one that nobody else has, and products of
two operands at a time, each a (batched) matrix product for BLAS.  A product's gradients are products of the same kind.
"""
from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from .._types import wrap_dim
from ..engine.op import deliver, method, op
from ..engine.tensor import Tensor
from ._shared import with_out
from .pointwise import conjugate
from .products import product, refuse_bools
from .reduction import sum
from .shape import permute, type_name

__all__ = ["einsum", "kron", "tensordot"]

ndarray = np.ndarray
Labels = tuple  # of ints, one per dim: a letter's code, or _DOTS + k for the k-th dim from the right under an ellipsis
_DOTS = 1 << 10


# ------------------------------------------------------------------ reading an equation

def _letters(text: str, start: int, what: str, output: bool = False) -> list[int]:
    """The subscripts in `text`, with -1 for an ellipsis."""
    found: list[int] = []
    i = 0
    while i < len(text):
        c = text[i]
        if c == ".":
            if -1 in found:
                raise RuntimeError(f"einsum(): found '.' for {what} " + (
                    "but an ellipsis (...) was already found" if output
                    else "for which an ellipsis was already found"))
            if text[i:i + 3] != "...":
                raise RuntimeError(f"einsum(): found '.' for {what} that is not part of any ellipsis"
                                   + " (...)" * output)
            found.append(-1)
            i += 2
        elif c.isascii() and c.isalpha():
            found.append(ord(c))
        elif c != " ":
            raise RuntimeError(f"einsum(): invalid subscript given at index {start + i} in the equation string, "
                               "subscripts must be in [a-zA-Z]")
        i += 1
    return found


def _read(equation: str) -> tuple[list[list[int]], list[int] | None]:
    """The subscripts of the operands, and of the result if given."""
    left, arrow, right = equation.partition("->")
    inputs, at = [], 0
    for i, part in enumerate(left.split(",")):
        inputs.append(_letters(part, at, f"operand {i}"))
        at += len(part) + 1
    return inputs, _letters(right, len(left) + 2, "output", True) if arrow else None


def _numbers(values: Any) -> list[int]:
    """Subscripts given as a list of numbers 0..51 and Ellipsis."""
    for v in values:
        if v is not Ellipsis and not 0 <= v < 52:
            raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
    return [-1 if v is Ellipsis else ord("A") + v if v < 26 else ord("a") + v - 26 for v in values]


def _arguments(args: tuple) -> tuple[list[list[int]], list[int] | None, list]:
    """(subscripts of the operands, of the result, operands) from either way to call einsum."""
    if len(args) < 2:
        raise ValueError("einsum(): must specify the equation string and at least one operand, or at least one operand "
                         "and its subscripts list")
    if isinstance(args[0], ndarray):
        pairs = len(args) // 2
        inputs = [_numbers(args[2 * i + 1]) for i in range(pairs)]
        return inputs, _numbers(args[-1]) if len(args) % 2 else None, [args[2 * i] for i in range(pairs)]
    if not isinstance(args[0], str):
        raise TypeError(f"einsum(): argument 'equation' (position 1) must be str, not {type(args[0]).__name__}")
    operands = list(args[1]) if len(args) == 2 and isinstance(args[1], (tuple, list)) else list(args[1:])
    for i, x in enumerate(operands):
        if not isinstance(x, ndarray):
            raise TypeError(f"expected Tensor as element {i} in argument 1, but got {type(x).__name__}")
    return *_read(args[0]), operands


def _labels(letters: list[int], shape: tuple[int, ...], i: int) -> Labels:
    """One label per dim of operand i."""
    n, ndim = len(letters), len(shape)
    if -1 not in letters:
        if n != ndim:
            raise RuntimeError(f"einsum(): the number of subscripts in the equation ({n}) does not match the number of "
                               f"dimensions ({ndim}) for operand {i} and no ellipsis was given")
        return tuple(letters)
    if n - 1 > ndim:
        raise RuntimeError(f"einsum(): the number of subscripts in the equation ({n - 1}) is more than the number of "
                           f"dimensions ({ndim}) for operand {i}")
    at, dots = letters.index(-1), ndim - n + 1
    return (*letters[:at], *(_DOTS + k for k in range(dots - 1, -1, -1)), *letters[at + 1:])


def _sizes(labels: list[Labels], shapes: list) -> dict[int, int]:
    """The size of each label; raises where they differ and none is one."""
    sizes: dict[int, int] = {}
    for i, (names, shape) in enumerate(zip(labels, shapes)):
        own: dict[int, int] = {}
        for name, n in zip(names, shape):
            if own.setdefault(name, n) != n:
                raise RuntimeError(f"einsum(): subscript {chr(name)} is repeated for operand {i} but the sizes don't "
                                   f"match, {n} != {own[name]}")
            if n != sizes.setdefault(name, n):
                if sizes[name] != 1 and n != 1:
                    raise RuntimeError(f"einsum(): subscript {chr(name) if name < _DOTS else '...'} has size {n} for "
                                       f"operand {i} which does not broadcast with previously seen size {sizes[name]}")
                sizes[name] = max(sizes[name], n)
    return sizes


def _result(letters: list[int] | None, labels: list[Labels]) -> Labels:
    """The labels of the result: as given, or the ellipsis and then what appears once, in order."""
    seen = [name for names in labels for name in names]
    dots = tuple(sorted({name for name in seen if name >= _DOTS}, reverse=True))
    if letters is None:
        return (*dots, *sorted(name for name in set(seen) if name < _DOTS and seen.count(name) == 1))
    for i, name in enumerate(letters):
        if name in letters[:i]:
            raise RuntimeError(f"einsum(): output subscript {chr(name)} appears more than once in the output")
        if name != -1 and name not in seen:
            raise RuntimeError(f"einsum(): output subscript {chr(name)} does not appear in the equation for any input "
                               "operand")
    at = letters.index(-1) if -1 in letters else None
    return tuple(letters) if at is None else (*letters[:at], *dots, *letters[at + 1:])


# ------------------------------------------------------------------ one operand

@op(lambda g, y, x, labels, kept: _on_diagonal(g, x.shape, labels, kept), name="diagonal", register=False,
    method=False, view=True)
def _diagonal(x: ndarray, labels: Labels, kept: Labels) -> ndarray:
    """The part of x where dims of equal label have equal indices."""
    return np.einsum(x, _small(labels, labels), _small(kept, labels))


@op(lambda g, y, x, shape, labels, kept: _diagonal(g, labels, kept), name="diagonal_scatter", register=False,
    method=False)
def _on_diagonal(x: ndarray, shape: tuple[int, ...], labels: Labels, kept: Labels) -> ndarray:
    """Zeros of `shape` with x where _diagonal reads."""
    full = np.zeros(shape, x.dtype)
    np.einsum(full, _small(labels, labels), _small(kept, labels))[...] = x
    return full


def _small(labels: Labels, among: Labels) -> list[int]:
    """Labels as the numbers np.einsum takes."""
    return [among.index(name) for name in labels]


def _alone(x: Any, labels: Labels, wanted: Any) -> tuple[Any, Labels]:
    """x without repeated labels and without those that are not in `wanted`, which are summed over."""
    kept = tuple(dict.fromkeys(labels))
    if len(kept) != len(labels):
        x = _diagonal(x, labels, kept)
    gone = tuple(i for i, name in enumerate(kept) if name not in wanted)
    if gone:
        x, kept = sum(x, gone), tuple(name for name in kept if name in wanted)
    return x, kept


# ------------------------------------------------------------------ two operands

def _narrowed(x: Any, labels: Labels, other: dict[int, int]) -> tuple[Any, Labels]:
    """x without the dims of size one in which the other operand is longer: they only repeat it."""
    shape = x.shape
    thin = [i for i, name in enumerate(labels) if shape[i] == 1 and other.get(name, 1) != 1]
    if not thin:
        return x, labels
    keep = [i for i in range(len(labels)) if i not in thin]
    return x.reshape(tuple(shape[i] for i in keep)), tuple(labels[i] for i in keep)


def _pair(a: Any, b: Any, la: Labels, lb: Labels, wanted: Any, result: Labels | None = None) -> tuple[Any, Labels]:
    """The product of two operands, summed over what is not in `wanted`; its dims in the order of `result`."""
    a, la = _alone(a, la, {*lb, *wanted})
    b, lb = _alone(b, lb, {*la, *wanted})
    sizes_a, sizes_b = dict(zip(la, a.shape)), dict(zip(lb, b.shape))
    a, la = _narrowed(a, la, sizes_b)
    b, lb = _narrowed(b, lb, sizes_a)
    a, la = _alone(a, la, {*lb, *wanted})
    b, lb = _alone(b, lb, {*la, *wanted})
    kept = tuple(n for n in dict.fromkeys(la + lb) if n in wanted) if result is None else result
    return contract(a, b, la, lb, kept), kept


@functools.lru_cache(maxsize=1024)
def _contraction(la: Labels, lb: Labels, lo: Labels) -> tuple:
    """(the number of labels summed over, the order of the dims of a: batch, left, inner, and of b: batch, inner, right,
    the numbers of batch, left and right dims, the order of the result's); None for an order that is there already.
    """
    both = [name for name in la if name in lb]
    batch, inner = [n for n in both if n in lo], [n for n in both if n not in lo]
    left, right = [n for n in la if n not in lb], [n for n in lb if n not in la]

    def order(have: Any, want: list) -> Any:
        found = [list(have).index(name) for name in want]
        return None if found == list(range(len(found))) else found
    return (len(inner), order(la, batch + left + inner), order(lb, batch + inner + right),
            (len(batch), len(left), len(right)), order(batch + left + right, list(lo)))


@op(lambda g, y, a, b, la, lb, lo: contract(g, conjugate(b), lo, lb, la),
    lambda g, y, a, b, la, lb, lo: contract(conjugate(a), g, la, lo, lb),
    name="einsum_pair", register=False, method=False,
    node=lambda a, b, la, lb, lo: "ViewBackward0" if _contraction(la, lb, lo)[0] else "MulBackward0")
def contract(a: ndarray, b: ndarray, la: Labels, lb: Labels, lo: Labels) -> Any:
    """The products of a and b, summed over the labels that `lo` does not name.

    No label is repeated in one operand, each is in two of la, lb, lo, and of one size.
    """
    inner, order_a, order_b, count, order = _contraction(la, lb, lo)
    n_batch, n_left, n_right = count
    a, b = (x if p is None else x.transpose(p) for x, p in ((a, order_a), (b, order_b)))
    lead, left, right = a.shape[:n_batch], a.shape[n_batch:n_batch + n_left], b.shape[b.ndim - n_right:]
    if not inner:
        y = a.reshape(a.shape + (1,) * n_right) * b.reshape(lead + (1,) * n_left + right)
    else:
        if a.dtype != b.dtype:
            raise RuntimeError(f"expected scalar type {type_name(a.dtype)} but found {type_name(b.dtype)}")
        refuse_bools(a, b, "bmm")
        k = math.prod(a.shape[n_batch + n_left:])
        if n_batch and not n_left and not n_right:  # rows of dot products: one pass, where BLAS would take a call each
            dims = list(range(n_batch))
            y = np.einsum(a.reshape((*lead, k)), dims + [51], b.reshape((*lead, k)), dims + [51], dims)
        else:
            y = product(a if n_left == 1 == inner else a.reshape((*lead, math.prod(left), k)),
                        b if n_right == 1 == inner else b.reshape((*lead, k, math.prod(right))))
        y = np.asarray(y).astype(a.dtype, copy=False).reshape(lead + left + right)
    return y if order is None else y.transpose(order)


def _steps(arrays: list, labels: list[Labels], result: Labels) -> Any:
    """All operands multiplied, two at a time: always the two whose product is smallest."""
    while len(arrays) > 1:
        best = (0, 1)
        if len(arrays) > 2:
            best = min(((i, j) for j in range(len(arrays)) for i in range(j)),
                       key=lambda pair: _cost(arrays, labels, result, *pair))
        i, j = best
        wanted = set(result).union(*(labels[k] for k in range(len(arrays)) if k not in best))
        y, kept = _pair(arrays[i], arrays[j], labels[i], labels[j], wanted, result if len(arrays) == 2 else None)
        arrays = [y] + [x for k, x in enumerate(arrays) if k not in best]
        labels = [kept] + [x for k, x in enumerate(labels) if k not in best]
    x, kept = _alone(arrays[0], labels[0], result)
    return x if kept == result else permute(x, [kept.index(name) for name in result])


def _cost(arrays: list, labels: list[Labels], result: Labels, i: int, j: int) -> int:
    """How much larger the product of operands i and j is than they are."""
    sizes = dict(zip(labels[i], arrays[i].shape))
    for name, n in zip(labels[j], arrays[j].shape):
        sizes[name] = max(sizes.get(name, 1), n)
    wanted = set(result).union(*(labels[k] for k in range(len(labels)) if k not in (i, j)))
    count = 1
    for name, n in sizes.items():
        count *= n if name in wanted else 1
    return count - int(arrays[i].size) - int(arrays[j].size)


def _fits(a: tuple[int, ...], b: tuple[int, ...], la: Labels, lb: Labels, lo: Labels) -> bool:
    """Whether equal labels have equal sizes: nothing is repeated, nothing wrong."""
    sizes = dict(zip(la, a))
    return all(sizes.get(name, n) == n for name, n in zip(lb, b))


def einsum(*args: Any) -> Any:
    """The Einstein sum that an equation names: einsum("ij,jk->ik", a, b) is a matrix product.

    Subscripts that the result lacks are summed over; a subscript repeated in one operand is its diagonal; `...` stands
    for the remaining dims.  Without "->" the result has the subscripts that appear once, in alphabetical order.  Also
    einsum(a, [0, 1], b, [1, 2], [0, 2]).  As torch.einsum.
    """
    if len(args) == 3 and type(args[0]) is str and isinstance(args[1], ndarray) and isinstance(args[2], ndarray):
        found = _simple(args[0], (args[1].ndim, args[2].ndim))
        if found is not None and _fits(args[1].shape, args[2].shape, *found):
            return contract(args[1], args[2], *found)
    inputs, output, operands = _arguments(args)
    if len(inputs) != len(operands):
        raise RuntimeError(f"einsum(): {'fewer' if len(operands) < len(inputs) else 'more'} operands were provided "
                           "than specified in the equation")
    labels = [_labels(letters, x.shape, i) for i, (letters, x) in enumerate(zip(inputs, operands))]
    _sizes(labels, [x.shape for x in operands])
    return _steps(operands, labels, _result(output, labels))


@functools.lru_cache(maxsize=1024)
def _simple(equation: str, ndims: tuple[int, ...]) -> Any:
    """(labels of a, of b, of the result) of an equation that is nothing but one product of two operands, else None."""
    inputs, output = _read(equation)
    if len(inputs) != 2 or len(ndims) != 2:
        return None
    labels = [_labels(letters, (1,) * n, i) for i, (letters, n) in enumerate(zip(inputs, ndims))]
    result = _result(output, labels)
    (la, lb), wanted = labels, set(result)
    plain = all(len(set(names)) == len(names) for names in labels)
    return (la, lb, result) if plain and set(la) ^ set(lb) <= wanted else None


# ------------------------------------------------------------------ what is an Einstein sum

def _contracted(a: Any, b: Any, dims: Any) -> tuple[list[int], list[int]]:
    """The dims of a and b to sum over, as tensordot takes them."""
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        return list(range(-dims, 0)), list(range(dims))
    first, second = ([d] if isinstance(d, int) else list(d) for d in dims)
    return first, second


def tensordot(a: Any, b: Any, dims: Any = 2, out: Any = None, *, axes: Any = None) -> Any:
    """Products of a and b summed over some dims of each: the last `dims` of a with the first of b, or two lists.

    As torch.tensordot; `axes` is NumPy's name for dims, which opt_einsum uses.
    """
    dims = dims if axes is None else axes
    if out is not None:
        return deliver("tensordot", out, (a, b), lambda: tensordot(a, b, dims))
    first, second = _contracted(a, b, dims)
    if len(first) != len(second):
        raise RuntimeError("both dimension lists should have same length")
    if a.dtype != b.dtype:
        raise RuntimeError("both inputs should have same dtype")
    refuse_bools(a, b, "dot" if len(first) == a.ndim == b.ndim else "addmm_impl_cpu_")
    la, lb = list(range(a.ndim)), list(range(a.ndim, a.ndim + b.ndim))
    for dim_a, dim_b in zip(first, second):
        at, to = wrap_dim(dim_a, a.ndim), wrap_dim(dim_b, b.ndim)
        n, m = a.shape[at], b.shape[to]
        if n != m and 1 not in (n, m):
            raise RuntimeError(f"contracted dimensions need to match, but first has size {n} in dim {dim_a} and second "
                               f"has size {m} in dim {dim_b}")
        for dims_, d in ((la, at), (lb, to)):
            if dims_[d] < 0:
                raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
        la[at] = lb[to] = -1 - at
    kept = tuple(n for n in la + lb if n >= 0)
    return _pair(a, b, tuple(la), tuple(lb), kept, kept)[0]


@method()
@with_out
def kron(input: Any, other: Any) -> Any:
    """The Kronecker product: each element of input times all of other, as one block.  As torch.kron."""
    ndim = max(input.ndim, other.ndim)
    a, b = (1,) * (ndim - input.ndim) + tuple(input.shape), (1,) * (ndim - other.ndim) + tuple(other.shape)
    spread_a = input.reshape([n for size in a for n in (size, 1)])
    spread_b = other.reshape([n for size in b for n in (1, size)])
    return (spread_a * spread_b).reshape([n * m for n, m in zip(a, b)])
