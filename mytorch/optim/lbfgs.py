"""L-BFGS: Newton's method on a remembered curvature, with a line search."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np

from ..engine.tape import ndarray, wrote
from ..engine.tensor import plain, tensor_of
from ._options import check_lr, number
from ._work import real_line
from .optimizer import Optimizer, evaluate

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """Limited-memory BFGS, for smooth losses that `closure` can compute again and again.

        d = -H g          H from the last `history_size` pairs of (step, change of the gradient)
        p = p + t d       t = lr, or what the line search finds

    Args:
        params: a net or real parameters; one group only.
        lr: the step t; at the very first iteration lr min(1, 1 / |g|_1).
        max_iter, max_eval: iterations and evaluations per `step` (max_eval None: max_iter * 5 // 4).
        tolerance_grad: stop when no element of the gradient is larger.
        tolerance_change: stop when neither the parameters nor the loss change by more.
        history_size: how many pairs are remembered.
        line_search_fn: None, or "strong_wolfe".

    As torch.optim.LBFGS (Nocedal and Wright, Numerical Optimization, algorithms 7.5, 3.5 and 3.6).
    """

    def __init__(self, params: Any, lr: Any = 1, max_iter: int = 20, max_eval: int | None = None,
                 tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
                 line_search_fn: str | None = None) -> None:
        check_lr(lr)
        max_eval = max_iter * 5 // 4 if max_eval is None else max_eval
        super().__init__(params, dict(lr=lr, max_iter=max_iter, max_eval=max_eval, tolerance_grad=tolerance_grad,
                                      tolerance_change=tolerance_change, history_size=history_size,
                                      line_search_fn=line_search_fn))
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    def step(self, closure: Callable) -> Any:  # type: ignore[override]
        """Iterate; closure() clears the gradients, computes the loss, calls backward and returns the loss.

        Returns the loss of the first evaluation.
        """
        if len(self.param_groups) != 1:
            raise AssertionError(f"Expected exactly one param_group, but got {len(self.param_groups)}")
        group, = self.param_groups
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError("only 'strong_wolfe' is supported")
        state = self._state[group["params"][0]]  # there, load_state_dict brings it to the right type
        memory = _Memory(state, group["history_size"])
        first_loss = evaluate(closure)
        loss, g = float(number(first_loss)), self._gradient()
        state["func_evals"] = state.setdefault("func_evals", 0) + 1
        state.setdefault("n_iter", 0)
        if np.abs(g).max() <= group["tolerance_grad"]:
            return first_loss
        lr, evaluations = number(group["lr"]), 1
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            first, last = state["n_iter"] == 1, iteration == group["max_iter"]
            d = memory.direction(g, first)
            memory.previous(g, loss)
            t = memory.t = min(1.0, 1.0 / np.abs(g).sum()) * lr if first else lr
            slope = g @ d
            if slope > -group["tolerance_change"]:
                break
            if group["line_search_fn"] is not None:
                loss, g, memory.t, count = self._search(closure, t, d, loss, g, slope, group["max_eval"] - evaluations)
                self._move(memory.t, d)
            else:
                self._move(t, d)
                count = 0 if last else 1  # in a stochastic setting the next step evaluates anew
                if not last:
                    loss, g = self._evaluated(closure)
            evaluations += count
            state["func_evals"] += count
            if last or evaluations >= group["max_eval"] or self._settled(group, g, d * memory.t, loss - memory.loss):
                break
        memory.save(state)
        return first_loss

    @staticmethod
    def _settled(group: dict[str, Any], g: ndarray, change: ndarray, gain: float) -> bool:
        """Whether there is nothing left to gain."""
        return bool(np.abs(g).max() <= group["tolerance_grad"] or np.abs(change).max() <= group["tolerance_change"]
                    or abs(gain) < group["tolerance_change"])

    def _search(self, closure: Callable, t: Any, d: ndarray, loss: float, g: ndarray, slope: Any,
                limit: int) -> tuple[float, ndarray, Any, int]:
        """(loss, gradient, t, evaluations) of a good t along d; the parameters stay where they are."""
        start = [plain(p).copy() for p in self.param_groups[0]["params"]]

        def evaluate_at(t: Any) -> tuple[float, ndarray]:
            self._move(t, d)
            found = self._evaluated(closure)
            for param, old in zip(self.param_groups[0]["params"], start):
                np.copyto(plain(param), old)
                wrote(param)
            return found
        return strong_wolfe(evaluate_at, t, d, loss, g, slope, limit)

    # ---- all parameters as one vector, complex numbers as two real ones

    def _evaluated(self, closure: Callable) -> tuple[float, ndarray]:
        """(loss, gradient)"""
        return float(number(evaluate(closure))), self._gradient()

    def _gradient(self) -> ndarray:
        return np.concatenate([real_line(np.zeros_like(plain(p)) if p._grad is None else plain(p._grad))
                               for p in self.param_groups[0]["params"]])

    def _move(self, t: Any, d: ndarray) -> None:
        """p += t d"""
        start = 0
        for param in self.param_groups[0]["params"]:
            p = plain(param)
            real = real_line(p)
            end = start + real.size
            p += (t * d[start:end]).astype(real.dtype, copy=False).view(p.dtype).reshape(p.shape)
            wrote(p)
            start = end


class _Memory:
    """The pairs that stand for the inverse Hessian, in the form in which the optimizer's state keeps them."""

    def __init__(self, state: dict[str, Any], size: int) -> None:
        self.size = size
        self.d, self.t, self.g, self.loss = (plain(state.get(k)) for k in ("d", "t", "prev_flat_grad", "prev_loss"))
        self.changes, self.steps, self.ro = (list(plain(state.get(k) or [])) for k in ("old_dirs", "old_stps", "ro"))
        self.scale = plain(state.get("H_diag", 1))
        self.al = plain(state.get("al"))

    def direction(self, g: ndarray, first: bool) -> ndarray:
        """-H g; at first H is the identity."""
        if first:
            self.changes, self.steps, self.ro, self.scale = [], [], [], 1
            self.d = -g
            return self.d
        change, step = g - self.g, self.d * self.t
        product = change @ step
        if product > 1e-10:
            if len(self.changes) == self.size:
                for old in (self.changes, self.steps, self.ro):
                    old.pop(0)
            self.changes.append(change)
            self.steps.append(step)
            self.ro.append(1.0 / product)
            self.scale = product / (change @ change)
        self.al = [None] * self.size if self.al is None else self.al
        q = -g
        for i in reversed(range(len(self.changes))):
            self.al[i] = (self.steps[i] @ q) * self.ro[i]
            q += -self.al[i] * self.changes[i]
        q = q * self.scale
        for i in range(len(self.changes)):
            q += (self.al[i] - (self.changes[i] @ q) * self.ro[i]) * self.steps[i]
        self.d = q
        return q

    def previous(self, g: ndarray, loss: float) -> None:
        self.g, self.loss = g.copy(), loss

    def save(self, state: dict[str, Any]) -> None:
        """As torch keeps it: vectors and their products are tensors."""
        if self.al is not None:
            state["al"] = tensor_of(self.al)
        state.update(d=tensor_of(self.d), t=tensor_of(self.t), old_dirs=tensor_of(self.changes),
                     old_stps=tensor_of(self.steps), ro=tensor_of(self.ro), H_diag=tensor_of(self.scale),
                     prev_flat_grad=tensor_of(self.g), prev_loss=self.loss)


# ------------------------------------------------------------------ the line search

class _Point:
    """What is known at the step length t: the loss, its gradient g, and its slope g . d along the line."""
    __slots__ = ("t", "loss", "g", "slope")

    def __init__(self, t: Any, loss: float, g: ndarray, slope: Any) -> None:
        self.t, self.loss, self.g, self.slope = t, loss, g, slope


def strong_wolfe(evaluate_at: Callable, t: Any, d: ndarray, loss: float, g: ndarray, slope: Any, limit: int,
                 c1: float = 1e-4, c2: float = 0.9, tolerance: float = 1e-9) -> tuple[float, ndarray, Any, int]:
    """A step length t along d that fulfils the strong Wolfe conditions

        loss(t) <= loss(0) + c1 t slope(0)            |slope(t)| <= c2 |slope(0)|

    or the best that was found in `limit` tries.  evaluate_at(t) gives (loss, gradient).
    Returns (loss, gradient, t, number of evaluations).
    """
    def at(t: Any) -> _Point:
        loss, g = evaluate_at(t)
        return _Point(t, loss, g, g @ d)

    def steep(point: _Point) -> bool:
        """Whether the loss is not low enough for so long a step."""
        return point.loss > loss + c1 * point.t * slope

    def flat(point: _Point) -> bool:
        return abs(point.slope) <= -c2 * slope

    before, new, tries = _bracket(at, _Point(0, loss, g, slope), at(t), limit, steep, flat)
    if before is None:
        return new.loss, new.g, new.t, tries + 1
    bracket, stuck = [before, new], False
    low = 0 if before.loss <= new.loss else 1  # which end is the better one
    while tries < limit:  # narrow the bracket
        ends = min(bracket[0].t, bracket[1].t), max(bracket[0].t, bracket[1].t)
        if abs(ends[1] - ends[0]) * np.abs(d).max() < tolerance:
            break
        t, stuck = _inside(minimum_of_cubic(bracket[0], bracket[1]), *ends, stuck)
        new, tries = at(t), tries + 1
        if steep(new) or new.loss >= bracket[low].loss:
            bracket[1 - low] = new
            low = 0 if bracket[0].loss <= bracket[1].loss else 1
            continue
        if flat(new):
            return new.loss, new.g, new.t, tries + 1
        if new.slope * (bracket[1 - low].t - bracket[low].t) >= 0:
            bracket[1 - low] = bracket[low]
        bracket[low] = new
    best = bracket[low]
    return best.loss, best.g, best.t, tries + 1


def _bracket(at: Callable, start: _Point, new: _Point, limit: int, steep: Callable,
             flat: Callable) -> tuple[_Point | None, _Point, int]:
    """(one end of a stretch with a minimum in it, the other, tries); None where the other is as good as wanted."""
    before = start
    for tries in range(limit):
        if steep(new) or (tries > 1 and new.loss >= before.loss):
            return before, new, tries
        if flat(new):
            return None, new, tries
        if new.slope >= 0:
            return before, new, tries
        t = minimum_of_cubic(before, new, (new.t + 0.01 * (new.t - before.t), new.t * 10))
        before, new = new, at(t)
    return start, new, limit


def _inside(t: Any, low: Any, high: Any, stuck: bool) -> tuple[Any, bool]:
    """t, moved off the ends of the bracket when it sticks to one; whether it was near one and left there."""
    margin = 0.1 * (high - low)
    if min(high - t, t - low) >= margin:
        return t, False
    if stuck or t >= high or t <= low:
        return high - margin if abs(t - high) < abs(t - low) else low + margin, False
    return t, True


def minimum_of_cubic(a: _Point, b: _Point, bounds: tuple | None = None) -> Any:
    """Where the cubic through two points, with their slopes, is lowest within the bounds (default: between them)."""
    if a.t > b.t:
        a, b = b, a
    low, high = bounds or (a.t, b.t)
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1 ** 2 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2.0
    d2 = np.sqrt(square)
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return min(max(t, low), high)
