"""Equal elements in torch's order: what its sorts, topk and kthvalue make of ties.

torch leaves that order to C++: `sort` where nothing stable is asked for; `partial_sort` for the k first where k is
small beside n, else `nth_element` and `sort`.  None of them keeps equal elements in their order.  It follows from the
algorithms of GNU's library (heaps; Musser's introselect and introsort, 1997), which are played here on indices `q`,
where `v[i]` says how early q[i] comes.  All rows, and all pieces of a sort, are cut at once.
"""
from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["dense_ranks", "first_k", "kth", "sorted_rows"]

ndarray = np.ndarray
_THRESHOLD = 16  # sort leaves pieces of this size to a final insertion sort


def dense_ranks(rows: ndarray, order: ndarray) -> ndarray:
    """0 for the elements that come first in their row, 1 for those after them ...; nan equals nan.

    Args:
        rows, order: (R, n), the second what sorts the first.
    """
    values = np.take_along_axis(rows, order, 1)
    new = values[:, 1:] != values[:, :-1]
    if rows.dtype.kind in "fV":
        new &= ~(np.isnan(values[:, 1:]) & np.isnan(values[:, :-1]))
    ranks: ndarray = np.zeros(rows.shape, _places(rows))
    np.put_along_axis(ranks, order[:, 1:], np.cumsum(new, 1, dtype=ranks.dtype), 1)
    return ranks


def _places(rows: ndarray) -> type:
    """A type that counts the elements: half as wide is nearly twice as fast."""
    return np.int32 if rows.size < 2**31 else np.int64


def sorted_rows(ranks: ndarray) -> ndarray:
    """The indices that sort each row of `ranks`, (R, n), with equal ones in the order torch.sort has them."""
    count, n = ranks.shape
    v = ranks.reshape(-1).copy()
    q: ndarray = np.arange(ranks.size, dtype=_places(ranks))
    first = np.arange(count, dtype=q.dtype) * q.dtype.type(n)
    _sort(v, q, first, first + n)
    return np.take_along_axis(q.reshape(count, n), v.reshape(count, n).argsort(1, kind="stable"), 1) - first[:, None]


def first_k(ranks: ndarray, k: int, in_order: bool = True) -> ndarray:
    """The indices of the k smallest of each row, equal ones in the order torch.topk has them.

    Args:
        ranks: (R, n), any type that NumPy sorts, no nan.
        k: 1 to n.
        in_order: smallest first; False: as the selection leaves them.
    Returns:
        int64, (R, k).
    """
    n = ranks.shape[1]
    found = ranks.argpartition(k, 1)[:, :k + 1] if 4 * k < n else ranks.argsort(1)[:, :k + 1]
    leading = np.take_along_axis(ranks, found, 1)
    order = leading.argsort(1)
    found, leading = np.take_along_axis(found, order[:, :k], 1), np.take_along_axis(leading, order, 1)
    few = 64 * k <= n
    played = np.flatnonzero((leading[:, 1:] == leading[:, :-1]).any(1) | (not (in_order or few)))
    if played.size:
        found[played] = [_heap_first(row, k) for row in ranks[played]] if few else (
            _select_first(ranks[played], k, in_order))
    return found


def _select_first(ranks: ndarray, k: int, in_order: bool) -> ndarray:
    count, n = ranks.shape
    v = ranks.reshape(-1).copy()
    q: ndarray = np.arange(ranks.size, dtype=_places(ranks))
    first = np.arange(count, dtype=q.dtype) * q.dtype.type(n)
    _nth_element(v, q, first, first + n, first + k - 1)
    front = (q.reshape(count, n) - first[:, None])[:, :k]
    if in_order:
        _sort(v, q, first, first + k - 1)
        front = (q.reshape(count, n) - first[:, None])[:, :k]
        # what an insertion sort, which keeps the order of equal ones, makes of the pieces
        front[:, :-1] = np.take_along_axis(front, v.reshape(count, n)[:, :k - 1].argsort(1, kind="stable"), 1)
    return front


# ------------------------------------------------------------------ by pivots: pieces [first, last) of v and q

def _sort(v: ndarray, q: ndarray, first: ndarray, last: ndarray) -> None:
    """Bring order between, not into, parts of up to _THRESHOLD elements of each piece; all are of one size."""
    for _ in range(_depth(first, last)):
        large = last - first > _THRESHOLD
        first, last = first[large], last[large]
        if not first.size:
            return
        cut = _partition(v, q, first, last)
        first, last = np.stack((first, cut), 1).reshape(-1), np.stack((cut, last), 1).reshape(-1)
    for a, b in zip(first, last):
        if b - a > _THRESHOLD:
            _by_heap(v, q, a, b, b, sort=True)


def _nth_element(v: ndarray, q: ndarray, first: ndarray, last: ndarray, nth: ndarray) -> None:
    """What belongs at `nth` of each piece comes there, smaller ones before it."""
    for _ in range(_depth(first, last)):
        open_ = np.flatnonzero(last - first > 3)
        if not open_.size:
            break
        cut = _partition(v, q, first[open_], last[open_])
        after = cut <= nth[open_]
        first, last = first.copy(), last.copy()
        first[open_[after]], last[open_[~after]] = cut[after], cut[~after]
    for a, b, at in zip(first, last, nth):
        if b - a > 3:
            _by_heap(v, q, a, at + 1, b, sort=False)
            _swap(v, q, a, at)
    for i in (0, 1, 0):  # up to three are left: neighbours change places until they are in order
        a = first[last - first > i + 1] + i
        a = a[last[last - first > i + 1] - a <= 3]
        a = a[v[a] > v[a + 1]]
        _swap(v, q, a, a + 1)


def _depth(first: ndarray, last: ndarray) -> int:
    """After so many cuts the pieces are taken to be unlucky ones."""
    return 2 * (int((last - first).max(initial=1)).bit_length() - 1)


def _swap(v: ndarray, q: ndarray, a: ndarray, b: ndarray) -> None:
    v[a], v[b] = v[b], v[a]
    q[a], q[b] = q[b], q[a]


def _partition(v: ndarray, q: ndarray, first: ndarray, last: ndarray) -> ndarray:
    """Put the median of three in front of each piece, and what is not greater than it before what is not smaller.

    One hand goes right and stops at what is not smaller than the pivot, the other left and stops at what is not
    greater; what they hold changes places until they meet.  So their n-th stops are a pair, as long as left < right.
    """
    _swap(v, q, first, _median(v, first + 1, first + (last - first) // 2, last - 1))
    size = last - first - 1
    ends = np.cumsum(size, dtype=q.dtype)
    places = np.arange(ends[-1], dtype=q.dtype) + np.repeat(first + 1 - (ends - size), size)
    pivot, value = np.repeat(v[first], size), v[places]
    stops = value >= pivot, value <= pivot
    left, right = places[stops[0]], places[stops[1]]
    ends_left, ends_right = (np.cumsum(np.add.reduceat(stop, ends - size, dtype=q.dtype), dtype=q.dtype)
                             for stop in stops)
    count = np.diff(ends_left, prepend=0)
    nr = np.arange(left.size, dtype=q.dtype) - np.repeat(ends_left - count, count)
    partner = np.repeat(ends_right, count) - 1 - nr
    paired = nr < np.repeat(np.diff(ends_right, prepend=0), count)
    paired[paired] = left[paired] < right[partner[paired]]
    _swap(v, q, left[paired], right[partner[paired]])
    pairs = np.add.reduceat(paired, ends_left - count, dtype=q.dtype)
    stop = np.where(pairs < count, left[np.minimum(ends_left - count + pairs, left.size - 1)], v.size)
    return np.where(pairs > 0, np.minimum(stop, right[np.minimum(ends_right - pairs, right.size - 1)]), stop)


def _median(v: ndarray, i: ndarray, j: ndarray, k: ndarray) -> ndarray:
    """Which of three places holds the median; of equal ones it matters which."""
    a, b, c = v[i], v[j], v[k]
    return np.where(a < b, np.where(b < c, j, np.where(a < c, k, i)), np.where(a < c, i, np.where(b < c, k, j)))


# ------------------------------------------------------------------ by heaps: the greatest of q[:middle] is in front

def _by_heap(v: ndarray, q: ndarray, first: int, middle: int, last: int, sort: bool) -> None:
    """The smallest of a piece come to [first, middle), as a heap or sorted."""
    piece = v[first:last].tolist()
    order = list(range(len(piece)))
    head = order[:middle - first]
    _make_heap(piece, head)
    order[:middle - first] = head
    _heap_select(piece, order, middle - first)
    if sort:
        _sort_heap(piece, order, middle - first)
    v[first:last], q[first:last] = v[first:last][order], q[first:last][order]


def _heap_first(row: ndarray, k: int) -> list[int]:
    """The k smallest of a row, as `partial_sort` finds them: what is smaller than the front of the heap gets in."""
    q = list(range(k))
    rank = dict(enumerate(row[:k].tolist()))
    _make_heap(rank, q)
    rest = np.arange(k, row.size)
    while rest.size:
        rest = rest[row[rest] < rank[q[0]]]
        block, rest = rest[:4 * k].tolist(), rest[4 * k:]
        rank.update(zip(block, row[block].tolist()))
        q += block
        _heap_select(rank, q, k)
        del q[k:]
    _sort_heap(rank, q, k)
    return q


def _make_heap(rank: Any, q: list[int]) -> None:
    for parent in reversed(range(len(q) // 2)):
        _sift(rank, q, parent, len(q), q[parent])


def _heap_select(rank: Any, q: list[int], size: int) -> None:
    """The smallest of q come to q[:size], a heap before and after."""
    for i in range(size, len(q)):
        if rank[q[i]] < rank[q[0]]:
            _pop(rank, q, size, i)


def _sort_heap(rank: Any, q: list[int], size: int) -> None:
    for end in range(size - 1, 0, -1):
        _pop(rank, q, end, end)


def _pop(rank: Any, q: list[int], size: int, to: int) -> None:
    """Move the front of the heap to `to`, and what was there into the heap."""
    value, q[to] = q[to], q[0]
    _sift(rank, q, 0, size, value)


def _sift(rank: Any, q: list[int], hole: int, size: int, value: int) -> None:
    """Let the hole sink to the bottom along the greater children, then `value` rise from there."""
    top = hole
    while 2 * hole + 2 < size:
        child = 2 * hole + 2
        if rank[q[child]] < rank[q[child - 1]]:
            child -= 1
        q[hole], hole = q[child], child
    if 2 * hole + 2 == size:
        q[hole], hole = q[2 * hole + 1], 2 * hole + 1
    while hole > top and rank[q[(hole - 1) // 2]] < rank[value]:
        q[hole], hole = q[(hole - 1) // 2], (hole - 1) // 2
    q[hole] = value


# ------------------------------------------------------------------ quickselect

def kth(rank: list, k: int) -> int:
    """The index that torch.kthvalue gives for the element of rank k (from 0): Hoare's quickselect, median of three."""
    q, low, high = list(range(len(rank))), 0, len(rank) - 1

    def order(i: int, j: int) -> None:
        if rank[q[i]] > rank[q[j]]:
            q[i], q[j] = q[j], q[i]
    while high > low + 1:
        middle = (low + high) // 2
        q[middle], q[low + 1] = q[low + 1], q[middle]
        order(low + 1, high)
        order(low, high)
        order(low + 1, low)
        left, right, pivot = low + 1, high, rank[q[low]]
        while True:
            left += 1
            while rank[q[left]] < pivot:
                left += 1
            right -= 1
            while rank[q[right]] > pivot:
                right -= 1
            if right < left:
                break
            q[left], q[right] = q[right], q[left]
        q[low], q[right] = q[right], q[low]
        low, high = left if right <= k else low, right - 1 if right >= k else high
    if high == low + 1:
        order(low, high)
    return q[k]
