"""Make the dots: points of the plane above (1) or below (0) the curve y = x sin x + x.

    python scripts/make_dots.py                 # data/trn_datas.pkl and data/tst_datas.pkl, always the same bytes

A file is a pickled list of [(x, y), label]: x in (-3, 4), coordinates with two decimals and no unit, label 0 or 1.
Every point keeps a distance from the curve, so a small net can tell the classes apart; the training file also has a few
outliers (the label is the other side's), as the tutorial's has, so that no smooth boundary gets all of it right.
"""

from __future__ import annotations

import argparse
import math
import pickle
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT, RIGHT = -3.0, 4.0  # the curve is looked at between these, both excluded
REACH = 5.0  # no point is further from the curve than this, along y
PROTOCOL = 4  # fixed: the default moves with Python's version, and the files' bytes with it

Dot = list  # [(x, y), label]


def curve(x: float) -> float:
    """The line between the classes, x sin x + x."""
    return x * math.sin(x) + x


def make_dot(rng: random.Random, margin: float) -> Dot:
    """One [(x, y), label], its distance |y - curve(x)| in [margin, REACH] before and after rounding."""
    # Only random(): the other methods of Random may draw differently in another version of Python.
    while True:
        x = round(LEFT + (RIGHT - LEFT) * rng.random(), 2)
        side = 1 if rng.random() < 0.5 else -1
        y = round(curve(x) + side * (margin + (REACH - margin) * rng.random()), 2)
        if LEFT < x < RIGHT and margin <= side * (y - curve(x)) <= REACH:
            return [(x, y), int(side > 0)]


def make_dots(rng: random.Random, count: int, outliers: int, margin: float) -> list[Dot]:
    """`count` dots, `outliers` of them, anywhere in the list, with the wrong label."""
    dots = [make_dot(rng, margin) for _ in range(count)]
    order = [rng.random() for _ in dots]
    for i in sorted(range(count), key=order.__getitem__)[:outliers]:
        dots[i][1] = 1 - dots[i][1]
    return dots


def count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"expected 0 or more, got {text}")
    return value


def parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the two data files of train_dots.py.")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same files (default: 0)")
    parser.add_argument("--train", type=count, default=175, metavar="N", help="training dots (default: 175)")
    parser.add_argument("--test", type=count, default=17, metavar="N", help="test dots (default: 17)")
    parser.add_argument("--outliers", type=count, default=10, metavar="N",
                        help="training dots with the wrong label (default: 10)")
    parser.add_argument("--margin", type=float, default=0.8, metavar="D",
                        help="smallest distance from the curve along y (default: 0.8)")
    parser.add_argument("--out", type=Path, default=ROOT / "data", metavar="DIR", help="folder (default: data/)")
    options = parser.parse_args(argv)
    if options.outliers > options.train:
        parser.error(f"--outliers {options.outliers} is more than --train {options.train}")
    if not 0 <= options.margin <= REACH - 0.1:
        parser.error(f"--margin must be from 0 to {REACH - 0.1}, got {options.margin}")
    return options


def write(options: argparse.Namespace) -> None:
    rng = random.Random(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, size, outliers in (("trn", options.train, options.outliers), ("tst", options.test, 0)):
        path = options.out / f"{name}_datas.pkl"
        path.write_bytes(pickle.dumps(make_dots(rng, size, outliers, options.margin), protocol=PROTOCOL))
        print(f"{path}: {size} dots, {outliers} outliers")


def main(argv: list[str] | None = None) -> int:
    try:
        write(parse(argv))
    except OSError as error:
        print(f"make_dots.py: error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
