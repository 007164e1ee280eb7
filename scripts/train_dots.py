"""Train the tutorial's net on dots, with Mytorch, with PyTorch, or with both side by side.

    python scripts/train_dots.py --data data/trn_datas.pkl                  # Mytorch; pictures in out/dots
    python scripts/train_dots.py --data data/trn_datas.pkl --backend both   # the same training in both libraries

Only what a run needs is imported: matplotlib for pictures, PyTorch for --backend torch or both, tqdm on a terminal.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Iterator

from _dots_data import Dots, DotsError, read_dots
from _dots_model import Run, Settings

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


# The command line.

class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every other error of this script; --help has the rest."""

    def error(self, message: str) -> Any:
        self.exit(2, f"{self.prog}: error: {message}\n")


def _positive_int(text: str) -> int:
    value = int(text)
    if not 1 <= value < 2**63:
        raise argparse.ArgumentTypeError(f"expected 1 to 2**63 - 1, got {text}")
    return value


def _path(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("expected a name, got an empty one")
    return text


def _learning_rate(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a finite number above 0, got {text}")
    return value


def _seed(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**64:
        raise argparse.ArgumentTypeError(f"expected 0 to 2**64 - 1, got {text}")
    return value


_learning_rate.__name__, _positive_int.__name__, _seed.__name__ = "number", "integer", "integer"  # in argparse's errors


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = _Parser(prog="train_dots.py", description="Train the tutorial's net on dots.")
    add = parser.add_argument
    add("--data", default=os.path.join(ROOT, "data", "trn_datas.pkl"), type=_path, metavar="FILE",
        help="pickled list of ((x, y), label) to train on (default: data/trn_datas.pkl)")
    add("--test", type=_path, metavar="FILE",
        help="the same, to test on (default: tst_datas.pkl beside --data, where there is one)")
    add("--epochs", type=_positive_int, default=200, metavar="N", help="passes over the data at most (default: 200)")
    add("--lr", type=_learning_rate, default=0.001, metavar="RATE", help="learning rate (default: 0.001)")
    add("--batch-size", type=_positive_int, default=50, metavar="N", help="dots per update (default: 50)")
    add("--optimizer", choices=("adamw", "mini_bgd", "sgd", "adam"), default="adamw", help="(default: adamw)")
    add("--seed", type=_seed, default=0, metavar="N", help="of the initial weights (default: 0)")
    add("--backend", choices=("mytorch", "torch", "both"), default="mytorch", help="(default: mytorch)")
    add("--style", choices=("torch", "seed"), default="torch",
        help="loss.backward() as PyTorch, or the tutorial's own spelling, Mytorch only (default: torch)")
    add("--out", default=os.path.join("out", "dots"), type=_path, metavar="DIR",
        help="folder for pictures (default: out/dots)")
    add("--checkpoint", type=_path, metavar="FILE",
        help="save there after every epoch (--backend both: one file each, FILE.mytorch and FILE.torch)")
    add("--resume", action="store_true", help="continue from --checkpoint; from the beginning if there is none yet")
    add("--no-plots", action="store_true", help="no pictures (then matplotlib is not needed)")
    add("--json", nargs="?", const="-", type=_path, metavar="FILE",
        help="the result as JSON into FILE, or without FILE on stdout in place of the text")
    options = parser.parse_args(argv)
    if options.style == "seed" and options.backend != "mytorch":
        parser.error(f"--style seed is the tutorial's spelling and Mytorch's only, not for --backend {options.backend}")
    if options.resume and not options.checkpoint:
        parser.error("--resume needs --checkpoint FILE to continue from")
    if options.test is None:
        beside = os.path.join(os.path.dirname(options.data), "tst_datas.pkl")
        options.test = beside if os.path.exists(beside) else None
    return options


# What may be missing is looked for before training starts.

def load_backend(name: str) -> Any:
    """The module `mytorch` (from this checkout where it is not installed) or `torch`."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
    if name == "torch":
        raise DotsError(f'PyTorch is not installed; do: pip install "{ROOT}[compare]"')
    sys.path.insert(0, ROOT)
    return import_module(name)


def load_plots(folder: str) -> Any:
    try:
        plots = import_module("_dots_plots")
    except ImportError as error:
        if (error.name or "").split(".")[0] != "matplotlib":
            raise
        raise DotsError(f'pictures need matplotlib; do: pip install "{ROOT}[plot]", or add --no-plots') from None
    os.makedirs(folder, exist_ok=True)
    return plots


# Training.

def progress(total: int, done: int) -> Any:
    """A tqdm bar on a terminal that has tqdm; None otherwise."""
    if not sys.stderr.isatty():
        return None
    try:
        tqdm = import_module("tqdm")
    except ImportError:
        return None
    return tqdm.tqdm(total=total, initial=done, unit="epoch", leave=False)


@contextmanager
def one_thread(backends: list[Any]) -> Iterator[None]:
    """Let each library compute in one thread: so their times can be compared, whatever else the machine does."""
    before = [ns.get_num_threads() for ns in backends]
    for ns in backends:
        ns.set_num_threads(1)
    try:
        yield
    finally:
        for ns, count in zip(backends, before):
            ns.set_num_threads(count)


def train(runs: list[Run], epochs: int, save: Any) -> None:
    """Train each run until it has settled or made `epochs`; they take turns, so their times can be compared."""
    bar = progress(epochs, min(run.epoch for run in runs))
    while active := [run for run in runs if run.epoch < epochs and not run.has_settled]:
        for run in active:
            run.train_epoch()
            save(run)
        if bar:
            bar.set_postfix(loss=f"{active[0].losses[-1]:.4f}", refresh=False)
            bar.update()
    if bar:
        bar.close()


def checkpointing(runs: list[Run], options: argparse.Namespace, settings: Settings, dots: Dots) -> Any:
    """The function that saves a run after an epoch; with --resume, the runs are first brought to where they were."""
    if not options.checkpoint:
        return lambda run: None
    checkpoint = import_module("_dots_checkpoint")
    paths = {run.name: f"{options.checkpoint}.{run.name}" if len(runs) > 1 else options.checkpoint for run in runs}
    who = {run.name: checkpoint.identity(run, settings, dots) for run in runs}
    for run in runs:
        path = paths[run.name]
        if options.resume and os.path.exists(path):
            checkpoint.load(path, run, who[run.name])
            print(f"{path}: resuming after epoch {run.epoch}", file=sys.stderr)
        elif options.resume:
            print(f"{path}: not there yet, starting from the beginning", file=sys.stderr)
    return lambda run: checkpoint.save(paths[run.name], run, who[run.name])


# Results.

def lines(run: Run, found: dict[str, Any], options: argparse.Namespace) -> str:
    """What the tutorial prints."""
    text = [str(run.net), f"Update times: {found['update_times']}", f"Final_Loss: {found['final_loss']}"]
    for part, path in (("train", options.data), ("test", options.test)):
        if scores := found[part]:
            text.append(f"On {path}:")
            text += [f"{name.capitalize()}:\t {scores[name]}" for name in ("precision", "recall", "accuracy")]
    return "\n".join(text)


def report(runs: list[Run], options: argparse.Namespace, plots: Any, train: Dots, test: Dots | None) -> None:
    """Draw, print and write what the options ask for."""
    results = [run.result(train, test) for run in runs]
    if len(runs) > 1:
        compare = import_module("_dots_compare")
        found = compare.compare(*results)
        text = compare.table(found)
        pictures = [plots.draw_comparison(*runs, train, test, options.out)] if plots else []
    else:
        found, text = results[0], lines(runs[0], results[0], options)
        pictures = plots.draw_run(runs[0], train, test, options.out) if plots else []
    if options.json != "-":
        print("\n".join([text, *(f"Picture: {path}" for path in pictures)]))
    if options.json:
        write_json(options.json, {"options": vars(options), **found, "pictures": pictures})


def write_json(target: str, found: dict[str, Any]) -> None:
    import json

    def strict(value: Any) -> Any:
        """JSON knows no nan and no infinity; a diverged loss becomes null."""
        if isinstance(value, dict):
            return {key: strict(item) for key, item in value.items()}
        if isinstance(value, list):
            return [strict(item) for item in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    text = json.dumps(strict(found), indent=1, allow_nan=False)
    if target == "-":
        print(text)
        return
    with open(target, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def main_job(options: argparse.Namespace) -> None:
    train_dots = read_dots(options.data)
    test_dots = read_dots(options.test) if options.test else None
    names = ("mytorch", "torch") if options.backend == "both" else (options.backend,)
    backends = [load_backend(name) for name in names]
    plots = None if options.no_plots else load_plots(options.out)
    if options.json not in (None, "-"):
        open(options.json, "a").close()  # better refused now than after the training
    settings = Settings(options.optimizer, options.lr, options.batch_size, options.seed, options.style)
    runs = [Run(ns, settings, train_dots) for ns in backends]
    save = checkpointing(runs, options, settings, train_dots)
    with one_thread(backends if len(backends) > 1 else []):
        train(runs, options.epochs, save)
    report(runs, options, plots, train_dots, test_dots)


def main(argv: list[str] | None = None) -> int:
    try:
        main_job(parse(argv))
        sys.stdout.flush()
    except DotsError as error:
        print(f"train_dots.py: error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # nobody reads on, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:  # a folder or file that cannot be written
        where = f"{error.filename}: " if error.filename else ""
        print(f"train_dots.py: error: {where}{error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("train_dots.py: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
