"""The dots net and its training, written once for Mytorch and PyTorch alike.

`ns` ("namespace") is either of the two modules. Nothing below asks which one it was given.
"""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from _dots_data import Dots

STOP = 1e-5  # training ends when the last update of an epoch changed the loss by less, in nats
EPS = 0.001  # keeps the three scores defined when nothing was predicted, or nothing was there


class Settings(NamedTuple):
    """What decides the numbers of a run."""

    optimizer: str = "adamw"
    lr: float = 0.001
    batch_size: int = 50
    seed: int = 0
    style: str = "torch"


def make_classes(ns: Any) -> tuple[type, type]:
    """(Net, Dataset): the tutorial's two classes on the base classes of `ns`."""
    nn = ns.nn
    module_base: Any = nn.Module
    dataset_base: Any = ns.utils.data.Dataset

    class Net(module_base):
        def __init__(self, in_dim: int) -> None:
            super().__init__()
            self.linear1 = nn.Linear(in_dim, 5)
            self.tanh1 = nn.Tanh()
            self.linear2 = nn.Linear(5, 3)
            self.tanh2 = nn.Tanh()
            self.linear3 = nn.Linear(3, 1)

        def forward(self, x: Any) -> Any:
            out = self.tanh1(self.linear1(x))  # (N, 5)
            out = self.tanh2(self.linear2(out))  # (N, 3)
            return self.linear3(out)  # (N, 1), the logit of label 1

    class Dataset(dataset_base):
        def __init__(self, dots: Dots) -> None:
            self.dots = dots

        def __getitem__(self, i: int) -> tuple[Any, Any]:
            point, label = self.dots[i]
            return ns.FloatTensor(list(point)), ns.FloatTensor([label])

        def __len__(self) -> int:
            return len(self.dots)

    return Net, Dataset


def make_optimizer(ns: Any, settings: Settings, net: Any) -> Any:
    """The optimizer by the name on the command line; the tutorial's style hands it the net, torch's the parameters."""
    target = net if settings.style == "seed" else net.parameters()
    if settings.optimizer == "mini_bgd":
        # The tutorial's name for gradient descent on mini-batches. PyTorch has it as SGD only.
        return (getattr(ns, "Mini_BGD", None) or ns.optim.SGD)(target, lr=settings.lr)
    classes = {"adamw": ns.optim.AdamW, "adam": ns.optim.Adam, "sgd": ns.optim.SGD}
    return classes[settings.optimizer](target, lr=settings.lr)


class Run:
    """One training. Between epochs it can be looked at, saved and taken up again.

    losses: the loss before each update (mean binary cross entropy in nats), after a leading 100 as in the tutorial.
    seconds: time of each update made by this process, its share of the data loader included.
    """

    def __init__(self, ns: Any, settings: Settings, dots: Dots) -> None:
        import_module(f"{ns.__name__}.utils.data")
        ns.manual_seed(settings.seed)
        make_net, make_dataset = make_classes(ns)
        self.ns, self.name = ns, ns.__name__
        self.net = make_net(in_dim=2)
        self.loader = ns.utils.data.DataLoader(make_dataset(dots), batch_size=settings.batch_size)
        self.optimizer = make_optimizer(ns, settings, self.net)
        self.update = self._seed_update() if settings.style == "seed" else self._torch_update()
        self.epoch = 0
        self.losses: list[float] = [100.0]
        self.seconds: list[float] = []

    def _torch_update(self) -> Any:
        net, optimizer, criterion = self.net, self.optimizer, self.ns.nn.BCEWithLogitsLoss()

        def update(x: Any, y: Any) -> float:
            loss = criterion(net(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            return loss.item()

        return update

    def _seed_update(self) -> Any:
        """The tutorial's spelling: the loss knows the net and walks back through it."""
        net, optimizer, criterion = self.net, self.optimizer, self.ns.nn.BCEWithLogitsLoss(self.net, reduction="mean")

        def update(x: Any, y: Any) -> float:
            loss = criterion(net(x), y)
            criterion.backward()
            optimizer.step()
            optimizer.zero_grad()
            return loss.item()

        return update

    @property
    def has_settled(self) -> bool:
        """The tutorial's stop rule, asked at the end of an epoch."""
        return len(self.losses) > 1 and abs(self.losses[-1] - self.losses[-2]) < STOP

    def train_epoch(self) -> None:
        start = time.perf_counter()
        for x, y in self.loader:
            self.losses.append(self.update(x, y))
            now = time.perf_counter()
            self.seconds.append(now - start)
            start = now
        self.epoch += 1

    def logits(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) points to (N,) logits of label 1."""
        with self.ns.no_grad():
            return np.asarray(self.net(self.ns.FloatTensor(points.tolist())))[:, 0]

    def scores(self, dots: Dots) -> dict[str, float]:
        """How the net labels `dots`, counted and as the tutorial's three scores.

            precision = (TP + eps) / (TP + FP + eps)
            recall    = (TP + eps) / (TP + FN + eps)
            accuracy  = (TP + TN + eps) / (all + eps)

        A false positive (FP) is a 0 taken for a 1; the tutorial counts those as FN, and so swaps the first two scores.
        """
        predicted = self.logits(np.array([point for point, _ in dots])) >= 0
        labels = np.array([label for _, label in dots]) == 1
        tp, fp = int((predicted & labels).sum()), int((predicted & ~labels).sum())
        fn, tn = int((~predicted & labels).sum()), int((~predicted & ~labels).sum())
        return {
            "tp": tp, "fp": fp, "fn": fn, "tn": tn,
            "precision": (tp + EPS) / (tp + fp + EPS),
            "recall": (tp + EPS) / (tp + fn + EPS),
            "accuracy": (tp + tn + EPS) / (len(dots) + EPS),
        }

    def result(self, train: Dots, test: Dots | None) -> dict[str, Any]:
        """What came out, as plain values."""
        seconds = sorted(self.seconds)
        return {
            "backend": self.name,
            "update_times": len(self.losses),
            "final_loss": self.losses[-1],
            "epochs": self.epoch,
            "train": self.scores(train),
            "test": self.scores(test) if test else None,
            "seconds_per_update": seconds[len(seconds) // 2] if seconds else None,  # median; NumPy's imports numpy.ma
            "losses": self.losses[1:],
        }
