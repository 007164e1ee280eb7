"""Two runs of the same training side by side, as numbers and as a table."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

SHOWN = (1, 2, 5, 10, 20, 50, 100, 200, 400)  # updates whose losses the table shows, and the last one


def compare(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Two results of `Run.result` in one, with the largest difference of their losses and the ratio of their times."""
    updates = min(len(ours["losses"]), len(theirs["losses"]))
    difference = np.abs(np.array(ours["losses"][:updates]) - np.array(theirs["losses"][:updates]))
    times = ours["seconds_per_update"], theirs["seconds_per_update"]
    return {
        "backend": "both",
        "updates_compared": updates,
        "largest_difference": float(difference.max()),
        "largest_difference_at": int(difference.argmax()) + 1,
        "time_ratio": times[0] / times[1] if times[0] and times[1] else None,
        "mytorch": ours,
        "torch": theirs,
    }


def table(comparison: dict[str, Any]) -> str:
    """What `compare` gives, as text."""
    ours, theirs, updates = comparison["mytorch"], comparison["torch"], comparison["updates_compared"]
    rows = [("", "Mytorch", "PyTorch", "difference")]
    for step in [*(step for step in SHOWN if step < updates), updates]:
        rows.append(_row(f"Loss at update {step}", ours["losses"][step - 1], theirs["losses"][step - 1]))
    for name, key in (("Update times", "update_times"), ("Final_Loss", "final_loss")):
        rows.append(_row(name, ours[key], theirs[key]))
    for part in ("train", "test"):
        if ours[part]:
            rows += [_row(f"{name.capitalize()} ({part})", ours[part][name], theirs[part][name])
                     for name in ("precision", "recall", "accuracy")]
    ratio = comparison["time_ratio"]
    rows.append(("Time per update (us)", _microseconds(ours["seconds_per_update"]),
                 _microseconds(theirs["seconds_per_update"]), "-" if ratio is None else f"ratio {ratio:.2f}"))
    lines = [f"{name:<22}{a:>22}{b:>22}{c:>13}" for name, a, b, c in rows]
    lines.append(f"Largest difference over all {updates} updates: {comparison['largest_difference']:.3g} "
                 f"(at update {comparison['largest_difference_at']})")
    if ours["update_times"] != theirs["update_times"]:
        lines.append("The runs stopped at different updates; compared is what both made.")
    kernels = os.environ.get("OPENBLAS_CORETYPE", "not set")
    lines.append("Times: median of all updates, in one thread, both libraries in turn, an epoch each; "
                 f"OPENBLAS_CORETYPE {kernels}.")
    return "\n".join(lines)


def _row(name: str, ours: float, theirs: float) -> tuple[str, str, str, str]:
    return name, f"{ours!r}", f"{theirs!r}", f"{abs(ours - theirs):.1e}" if ours != theirs else "0"


def _microseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1e6:.0f}"
