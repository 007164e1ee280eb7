"""The pictures of the dots runs. Importing this file needs matplotlib (extra `plot`)."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from _dots_data import Dots
from _dots_model import Run
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

# Okabe and Ito's colours: told apart with any colour vision, and each class has a marker of its own besides.
BLUE, ORANGE, GREEN, BLACK = "#0072B2", "#D55E00", "#009E73", "#000000"
CLASSES = ((0, BLUE, "o"), (1, ORANGE, "^"))
PROBABILITY = LinearSegmentedColormap.from_list("probability", ["#8fc1e3", "#ffffff", "#f2b48c"])
NAMES = {"mytorch": "Mytorch", "torch": "PyTorch"}
DPI = 150  # sizes below are in inches: 10 wide gives 1500 px, and text of 10 pt stays readable at 1000 px


def draw_run(run: Run, train: Dots, test: Dots | None, folder: str) -> list[str]:
    """Loss curve, decision region and confusion of one run; returns the three paths."""
    loss = Figure(figsize=(10, 5.5), layout="constrained")
    _loss(loss.subplots(), run)
    region = Figure(figsize=(10, 7), layout="constrained")
    axes = region.subplots()
    _explain(region, [axes], _region(axes, run, train, test))
    return [_save(loss, folder, "loss.png"), _save(region, folder, "region.png"),
            _save(_confusion(run, train, test), folder, "confusion.png")]


def draw_comparison(ours: Run, theirs: Run, train: Dots, test: Dots | None, folder: str) -> str:
    """Both loss curves, their difference, and both decision regions; returns the path."""
    figure = Figure(figsize=(11, 9.5), layout="constrained")
    grid = figure.subplots(2, 2)
    _both_losses(grid[0, 0], ours, theirs)
    _difference(grid[0, 1], ours, theirs)
    regions = [_region(axes, run, train, test) for axes, run in zip(grid[1], (ours, theirs))]
    _explain(figure, grid[1], regions[1])
    return _save(figure, folder, "comparison.png")


def _save(figure: Figure, folder: str, name: str) -> str:
    path = os.path.join(folder, name)
    figure.savefig(path, dpi=DPI)
    return path


def _loss(axes: Axes, run: Run) -> None:
    batches = len(run.loader)
    _updates(axes, run, BLUE, alpha=0.45, label="each update (one batch)")
    _epochs(axes, run, ORANGE, linewidth=2, label=f"mean of an epoch ({batches} updates)")
    _loss_labels(axes, f"{NAMES[run.name]}: loss, last {run.losses[-1]:.4f} nats, after {len(run.losses) - 1} updates")


def _both_losses(axes: Axes, ours: Run, theirs: Run) -> None:
    _updates(axes, ours, "grey", alpha=0.3, label="each update (Mytorch)")
    _epochs(axes, theirs, ORANGE, linewidth=5, alpha=0.7, label="PyTorch, mean of an epoch")
    _epochs(axes, ours, BLUE, linewidth=1.8, linestyle="--", label="Mytorch, mean of an epoch")
    _loss_labels(axes, "Loss")


def _updates(axes: Axes, run: Run, colour: str, **look: Any) -> None:
    # Without the tutorial's leading 100, which would be all one sees.
    axes.plot(np.arange(1, len(run.losses)), run.losses[1:], color=colour, linewidth=1, **look)


def _epochs(axes: Axes, run: Run, colour: str, **look: Any) -> None:
    means = np.array(run.losses[1:]).reshape(-1, len(run.loader)).mean(1)
    axes.plot(np.arange(1, len(means) + 1) * len(run.loader), means, color=colour, **look)


def _loss_labels(axes: Axes, title: str) -> None:
    axes.set(xlabel="update (number)", ylabel="binary cross entropy (nats per dot)", title=title)
    axes.legend(loc="upper right")
    _tidy(axes)


def _difference(axes: Axes, ours: Run, theirs: Run) -> None:
    steps = min(len(ours.losses), len(theirs.losses))
    difference = np.abs(np.array(ours.losses[1:steps]) - np.array(theirs.losses[1:steps]))
    shown = np.flatnonzero(difference > 0)  # a logarithmic axis has no zero
    axes.set_yscale("log")
    axes.plot(shown + 1, difference[shown], ".", color=BLACK, markersize=4)
    if not len(shown):
        axes.set_ylim(1e-9, 1e-5)
    axes.set(xlabel="update (number)", ylabel="|Mytorch - PyTorch|, loss of an update (nats)", xlim=(0, steps),
             title=f"Difference (exactly 0 in {len(difference) - len(shown)} of {len(difference)} updates)")
    _tidy(axes)


def _region(axes: Axes, run: Run, train: Dots, test: Dots | None) -> Any:
    """The plane as the net labels it, under the dots; returns the filled contours."""
    points = np.array([point for point, _ in train + (test or [])])
    (left, bottom), (right, top) = points.min(0) - 0.5, points.max(0) + 0.5
    x, y = np.meshgrid(np.linspace(left, right, 160), np.linspace(bottom, top, 160))
    logits = run.logits(np.stack([x.ravel(), y.ravel()], 1)).astype(np.float64).reshape(x.shape)
    filled = axes.contourf(x, y, 0.5 + 0.5 * np.tanh(logits / 2), levels=np.linspace(0, 1, 11), cmap=PROBABILITY)
    if logits.min() < 0 < logits.max():
        axes.contour(x, y, logits, levels=[0], colors=BLACK, linewidths=1.5)
    _dots(axes, train, "training", size=28, edge="white", width=0.5)
    if test:
        _dots(axes, test, "test", size=80, edge=BLACK, width=1.6)
    wrong = points[(run.logits(points) >= 0) != [label == 1 for _, label in train + (test or [])]]
    axes.scatter(wrong[:, 0], wrong[:, 1], s=190, facecolors="none", edgecolors=BLACK, linewidths=1.2,
                 label="labelled wrongly by the net")
    axes.set(xlabel="x (no unit)", ylabel="y (no unit)",
             title=f"{NAMES[run.name]}: decision region (line: 0.5)")
    return filled


def _dots(axes: Axes, dots: Dots, kind: str, size: float, edge: str, width: float) -> None:
    for label, colour, marker in CLASSES:
        points = np.array([point for point, own in dots if own == label]).reshape(-1, 2)
        axes.scatter(points[:, 0], points[:, 1], s=size, c=colour, marker=marker, edgecolors=edge, linewidths=width,
                     label=f"{kind} dots, label {label}")


def _explain(figure: Figure, regions: Any, filled: Any) -> None:
    """One colour bar and one legend for all axes in `regions`."""
    bar = figure.colorbar(filled, ax=regions, ticks=np.linspace(0, 1, 6))
    bar.set_label("predicted probability of label 1")
    figure.legend(*regions[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)


def _confusion(run: Run, train: Dots, test: Dots | None) -> Figure:
    parts = [("training", train)] + ([("test", test)] if test else [])
    figure = Figure(figsize=(10, 5), layout="constrained")
    figure.suptitle(f"{NAMES[run.name]}: dots by true and predicted label")
    for axes, (kind, dots) in zip(figure.subplots(1, len(parts), squeeze=False)[0], parts):
        scores = run.scores(dots)
        counts = np.array([[scores["tn"], scores["fp"]], [scores["fn"], scores["tp"]]])
        image = axes.imshow(counts, cmap="Blues", vmin=0)
        for (row, column), number in np.ndenumerate(counts):
            axes.text(column, row, f"{number}\n{number / len(dots):.1%}", ha="center", va="center", fontsize=15,
                      color="white" if number > counts.max() / 2 else BLACK)
        axes.set(xticks=[0, 1], yticks=[0, 1], xlabel="predicted label", ylabel="true label",
                 title=f"{len(dots)} {kind} dots, accuracy {scores['accuracy']:.1%}")
        figure.colorbar(image, ax=axes, label="dots (count)", shrink=0.8)
    return figure


def _tidy(axes: Axes) -> None:
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
