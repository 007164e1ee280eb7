"""Why the tutorial's AdamW stops after 569 updates where PyTorch's needs 801: two of its lines, taken apart.

    python scripts/why_569.py --data data/trn_datas.pkl --out out/why_569

The published AdamW shrinks every weight first, w -= lr * decay * w, and then takes Adam's step with the moments it has
just updated.  The tutorial's first line is w -= lr * gradient instead, a step of gradient descent; and its step is
taken with the moments of the update before (`mt` is read before `self.mt` is written).  Here are the four combinations,
from the tutorial's own weights (NumPy's seed 0, float64), so that the two lines are all that differs.
"""
from __future__ import annotations

import argparse
import os
import sys
from typing import Any

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

from _dots_data import Dots, DotsError, read_dots  # noqa: E402
from _dots_model import STOP, make_classes  # noqa: E402

import mytorch  # noqa: E402


class Rule(mytorch.AbsOptimizer):
    """Adam's step, after a first line: "gradient" (the tutorial's) or "decay" (AdamW's).

    stale: take the step with the moments of the update before, as the tutorial does.
    """

    def __init__(self, net: Any, lr: float, first: str, stale: bool = False, decay: float = 0.01) -> None:
        self.parameters, self.lr, self.first, self.decay = list(net.parameters()), lr, first, decay
        self.stale = stale
        self.t = 0
        self.m = [np.zeros(p.shape) for p in self.parameters]
        self.v = [np.zeros(p.shape) for p in self.parameters]

    def step(self, *_: Any) -> None:
        self.t += 1
        with mytorch.no_grad():
            for i, p in enumerate(self.parameters):
                w, g = p.numpy(force=True), p.grad.numpy()
                if self.first == "gradient":
                    w -= self.lr * g
                else:
                    w -= self.lr * self.decay * w
                m, v = self.m[i], self.v[i]
                self.m[i] = 0.9 * m + (1 - 0.9) * g
                self.v[i] = 0.999 * v + (1 - 0.999) * (g * g)
                if not self.stale:
                    m, v = self.m[i], self.v[i]
                w -= self.lr * (m / (1 - 0.9 ** self.t)) / (np.sqrt(v / (1 - 0.999 ** self.t)) + 1e-8)

    def zero_grad(self, *_: Any) -> None:
        for p in self.parameters:
            p.grad = None


#: name -> (first line, stale moments)
RULES = {"the tutorial's: both": ("gradient", True), "gradient line only": ("gradient", False),
         "stale moments only": ("decay", True), "AdamW: neither": ("decay", False)}


def tutorial_net() -> Any:
    """The dots net in float64 with the weights that NumPy's seed 0 gives the tutorial; its layout is (in, out)."""
    net = make_classes(mytorch)[0](2).double()
    np.random.seed(0)
    for layer in (net.linear1, net.linear2, net.linear3):
        bound = 1 / np.sqrt(layer.in_features)
        layer.weight.data = (np.random.rand(layer.in_features, layer.out_features).T - 0.5) * 2 * bound
        layer.bias.data = (np.random.rand(1, layer.out_features)[0] - 0.5) * 2 * bound
    return net


def train(dots: Dots, first: str, stale: bool, epochs: int = 200, lr: float = 0.001) -> list[float]:
    """The losses of all epochs, the tutorial's leading 100 included; `stopped` says where it would have ended."""
    x: Any = mytorch.tensor(np.array([point for point, _ in dots], np.float64))
    y: Any = mytorch.tensor(np.array([[label] for _, label in dots], np.float64))
    net = tutorial_net()
    criterion: Any = mytorch.nn.BCEWithLogitsLoss()
    rule, losses = Rule(net, lr, first, stale), [100.0]
    for _ in range(epochs):
        for a, b in zip(x.split(50), y.split(50)):
            loss = criterion(net(a), b)
            loss.backward()
            losses.append(loss.item())
            rule.step()
            rule.zero_grad()
    return losses


def stopped(losses: list[float], per_epoch: int) -> int:
    """The tutorial's "Update times": the losses listed when its stop rule, asked after each epoch, first holds."""
    for count in range(1 + per_epoch, len(losses) + 1, per_epoch):
        if abs(losses[count - 1] - losses[count - 2]) < STOP:
            return count
    return len(losses)


def empty_figure() -> Any:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise DotsError(f'pictures need matplotlib; do: pip install "{ROOT}[plot]", or add --no-plots') from None
    return Figure(figsize=(10, 8), layout="constrained")


def draw(figure: Any, runs: dict[str, list[float]], per: int, folder: str) -> str:
    """Above the loss, below what the stop rule looks at, for each rule."""
    above, below = figure.subplots(2, 1, sharex=True)
    styles = (("#D55E00", "-", 3.0), ("#E69F00", "--", 2.0), ("#56B4E9", "-", 3.0), ("#000000", ":", 2.0))
    for (name, losses), (color, line, width) in zip(runs.items(), styles):
        at, end = np.arange(per, len(losses), per), stopped(losses, per)
        above.plot(at, [np.mean(losses[i - per + 1:i + 1]) for i in at], line, color=color, linewidth=width,
                   label=f"{name} (Update times: {end})")
        difference = np.array([losses[i] - losses[i - 1] for i in at])
        below.plot(at, difference, line, color=color, linewidth=width, label=name)
        if np.ptp(np.sign(difference[len(at) // 2:])):  # it passes zero: look there
            below.set_ylim(-0.004, 0.004)
        below.plot(end - 1, losses[end - 1] - losses[end - 2], "o", color=color, markersize=8)
    above.set(ylabel="binary cross entropy, mean of an epoch\n(nats per dot)",
              title="Four rules, nearly one loss curve ...")
    below.set(xlabel="update (number)",
              ylabel="loss of an epoch's last batch minus\nthat of the batch before (nats per dot)",
              title="... and the stop rule ends a run where this difference happens to pass zero (dot: the end)")
    below.axhline(0, color="#666666", linewidth=1)
    for axes in (above, below):
        axes.grid(alpha=0.3)
        axes.legend()
    path = os.path.join(folder, "why_569.png")
    figure.savefig(path + ".part", dpi=100, format="png")
    os.replace(path + ".part", path)
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", default=os.path.join(ROOT, "data", "trn_datas.pkl"), metavar="FILE")
    parser.add_argument("--out", default=os.path.join("out", "why_569"), metavar="DIR")
    parser.add_argument("--no-plots", action="store_true", help="print the table only")
    options = parser.parse_args()
    try:
        compare(options)
    except DotsError as error:
        print(f"why_569.py: error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"why_569.py: error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def compare(options: argparse.Namespace) -> None:
    """Train by the four rules; print the table, draw the picture."""
    dots = read_dots(options.data)
    if not options.no_plots:  # what may be missing is looked for before training starts
        figure = empty_figure()
        os.makedirs(options.out, exist_ok=True)
    runs = {name: train(dots, *rule) for name, rule in RULES.items()}
    per = -(-len(dots) // 50)
    print(f"{'rule':24}{'Update times':>14}{'Final_Loss':>22}")
    for name, losses in runs.items():
        end = stopped(losses, per)
        print(f"{name:24}{end:14}{losses[end - 1]:22.17g}")
    if not options.no_plots:
        print("Picture:", draw(figure, runs, per, options.out))


if __name__ == "__main__":
    sys.exit(main())
