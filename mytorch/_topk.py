"""The k first of many, with equal ones in torch's order.

torch leaves that order to C++: `partial_sort` where k is small beside n, else `nth_element` and `sort`; none of them
keeps equal elements in their order.  It follows from the algorithms of GNU's library (heaps; Musser's introselect and
introsort, 1997), which are played here on a list of indices `q`, where `rank[i]` says how early i comes.  Ties are
rare, so mostly NumPy's sort answers.
"""
from __future__ import annotations

import numpy as np

__all__ = ["first_k"]

_THRESHOLD = 16  # sort leaves pieces of this size to a final insertion sort


def first_k(rank: np.ndarray, k: int) -> np.ndarray:
    """The indices of the k smallest of `rank`, smallest first, equal ones in the order torch.topk has them.

    Args:
        rank: (n,), any type that NumPy sorts, no nan.
        k: 1 to n.
    Returns:
        int64, (k,).
    """
    order = np.argsort(rank, kind="stable")
    leading = rank[order[:k + 1]]
    if (leading[1:] != leading[:-1]).all():
        return order[:k]
    ranks, q = rank.tolist(), list(range(rank.size))
    if 64 * k <= rank.size:
        _heap_select(ranks, q, 0, k, rank.size)
        _sort_heap(ranks, q, 0, k)
    else:
        _nth_element(ranks, q, k - 1)
        _sort(ranks, q, 0, k - 1, 2 * ((k - 1).bit_length() - 1))
        # what an insertion sort, which keeps the order of equal ones, makes of the pieces
        q[:k - 1] = sorted(q[:k - 1], key=ranks.__getitem__)
    return np.array(q[:k], np.int64)


# ------------------------------------------------------------------ by pivots: pieces q[first:last]

def _nth_element(rank: list, q: list[int], nth: int) -> None:
    """What belongs at `nth` comes there, smaller ones before it."""
    first, last = 0, len(q)
    depth = 2 * (last.bit_length() - 1)
    while last - first > 3:
        if not depth:
            _heap_select(rank, q, first, nth + 1, last)
            q[first], q[nth] = q[nth], q[first]
            return
        depth -= 1
        cut = _partition(rank, q, first, last)
        if cut <= nth:
            first = cut
        else:
            last = cut
    q[first:last] = sorted(q[first:last], key=rank.__getitem__)


def _sort(rank: list, q: list[int], first: int, last: int, depth: int) -> None:
    """Bring order between, not into, pieces of up to _THRESHOLD elements."""
    while last - first > _THRESHOLD:
        if not depth:
            _heap_select(rank, q, first, last, last)
            _sort_heap(rank, q, first, last)
            return
        depth -= 1
        cut = _partition(rank, q, first, last)
        _sort(rank, q, cut, last, depth)
        last = cut


def _partition(rank: list, q: list[int], first: int, last: int) -> int:
    """Put the median of three in front, and what is not greater than it before what is not smaller."""
    median = _median(rank, q, first + 1, first + (last - first) // 2, last - 1)
    q[first], q[median] = q[median], q[first]
    pivot, left, right = rank[q[first]], first + 1, last
    while True:
        while rank[q[left]] < pivot:
            left += 1
        right -= 1
        while pivot < rank[q[right]]:
            right -= 1
        if left >= right:
            return left
        q[left], q[right] = q[right], q[left]
        left += 1


def _median(rank: list, q: list[int], i: int, j: int, k: int) -> int:
    """Which of three places holds the median; of equal ones it matters which."""
    a, b, c = rank[q[i]], rank[q[j]], rank[q[k]]
    if a < b:
        return j if b < c else k if a < c else i
    return i if a < c else k if b < c else j


# ------------------------------------------------------------------ by heaps: the greatest of q[first:last] is in front

def _heap_select(rank: list, q: list[int], first: int, middle: int, last: int) -> None:
    """The smallest of q[first:last] come to q[first:middle], as a heap."""
    size = middle - first
    for parent in reversed(range(size // 2)):
        _sift(rank, q, first, parent, size, q[first + parent])
    for i in range(middle, last):
        if rank[q[i]] < rank[q[first]]:
            _pop(rank, q, first, size, i)


def _sort_heap(rank: list, q: list[int], first: int, last: int) -> None:
    for end in range(last - 1, first, -1):
        _pop(rank, q, first, end - first, end)


def _pop(rank: list, q: list[int], first: int, size: int, to: int) -> None:
    """Move the front of the heap to `to`, and what was there into the heap."""
    value, q[to] = q[to], q[first]
    _sift(rank, q, first, 0, size, value)


def _sift(rank: list, q: list[int], first: int, hole: int, size: int, value: int) -> None:
    """Let the hole sink to the bottom along the greater children, then `value` rise from there."""
    top = hole
    while 2 * hole + 2 < size:
        child = 2 * hole + 2
        if rank[q[first + child]] < rank[q[first + child - 1]]:
            child -= 1
        q[first + hole], hole = q[first + child], child
    if 2 * hole + 2 == size:
        q[first + hole], hole = q[first + 2 * hole + 1], 2 * hole + 1
    while hole > top and rank[q[first + (hole - 1) // 2]] < rank[value]:
        q[first + hole], hole = q[first + (hole - 1) // 2], (hole - 1) // 2
    q[first + hole] = value
