"""How fast Mytorch is beside PyTorch: ratios of times, both libraries in one process, taking turns.

    python scripts/bench.py                       # every workload
    python scripts/bench.py --only step,chain     # some
    python scripts/bench.py --json bench.json

A ratio below 1 means that Mytorch is faster.  Machines are noisy: what counts is the median of the ratios of
neighbouring rounds.  OPENBLAS_CORETYPE decides which kernels NumPy's BLAS uses and is printed with the results.

A process (workloads process and import) is run once unmeasured, and without PYTHONDONTWRITEBYTECODE: PyTorch's wheel is
compiled to bytecode when pip installs it, a checkout at its first run, and where that variable is set it never is.
"""
from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any, Callable

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import numpy as np  # noqa: E402


def net_class(nn: Any) -> Any:
    """The dots net, 2-5-3-1 with tanh."""
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear1, self.tanh1 = nn.Linear(2, 5), nn.Tanh()
            self.linear2, self.tanh2 = nn.Linear(5, 3), nn.Tanh()
            self.linear3 = nn.Linear(3, 1)

        def forward(self, x: Any) -> Any:
            x = self.tanh1(self.linear1(x))
            return self.linear3(self.tanh2(self.linear2(x)))
    return Net


def trainer(ns: Any) -> Callable:
    """step(x, y) of the dots training."""
    ns.manual_seed(0)
    net = net_class(ns.nn)()
    optimizer, criterion = ns.optim.AdamW(net.parameters(), lr=0.001), ns.nn.BCEWithLogitsLoss()

    def step(x: Any, y: Any) -> float:
        loss = criterion(net(x), y)
        loss.backward()
        value = loss.item()
        optimizer.step()
        optimizer.zero_grad()
        return value
    return step


def dots(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.uniform(-3, 4, (count, 2)).astype(np.float32)
    return x, (x[:, 1:] > x[:, :1] * np.sin(x[:, :1])).astype(np.float32)


def dots_step(ns: Any) -> Callable:
    step, (x, y) = trainer(ns), dots(50)
    x, y = ns.tensor(x), ns.tensor(y)
    return lambda: step(x, y)


def dots_epoch(ns: Any) -> Callable:
    """175 samples made one by one, as the tutorial's Dataset makes them, in batches of 50."""
    x, y = (a.tolist() for a in dots(175))

    class Dots(ns.utils.data.Dataset):
        def __getitem__(self, i: int) -> tuple:
            return ns.FloatTensor(x[i]), ns.FloatTensor(y[i])

        def __len__(self) -> int:
            return len(x)

    step, loader = trainer(ns), ns.utils.data.DataLoader(Dots(), batch_size=50)

    def epoch() -> None:
        for a, b in loader:
            step(a, b)
    return epoch


def chain(ns: Any) -> Callable:
    """1000 operations on (50, 5), one after the other, and back."""
    x = ns.tensor(np.random.default_rng(0).standard_normal((50, 5)).astype(np.float32), requires_grad=True)
    g = ns.ones(50, 5)

    def run() -> None:
        y, x.grad = x, None
        for _ in range(250):
            y = ((y * 1.0001).tanh() + x) * 0.5
        y.backward(g)
    return run


#: name -> (what makes one round's function for a library, repetitions a round).  The rounds are long beside the third
#: of a millisecond that a library needs to fill the caches again after the other: in training nothing comes between.
IN_PROCESS: dict[str, tuple[Callable, int]] = {"step": (dots_step, 300), "epoch": (dots_epoch, 10), "chain": (chain, 3)}


def timed(run: Callable, count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        run()
    return (time.perf_counter() - start) / count


def alternate(make: Callable, count: int, rounds: int) -> dict[str, float]:
    """Median seconds of both libraries, and the median of the rounds' ratios."""
    import torch

    import mytorch
    ours, theirs = make(mytorch), make(torch)
    timed(ours, count), timed(theirs, count)
    pairs = [(timed(ours, count), timed(theirs, count)) for _ in range(rounds)]
    return summary(pairs)


def summary(pairs: list[tuple[float, float]]) -> dict[str, float]:
    mine, other = zip(*pairs)
    return {"mytorch": statistics.median(mine), "torch": statistics.median(other),
            "ratio": statistics.median(a / b for a, b in pairs)}


def process(command: list[str]) -> tuple[float, float]:
    """Seconds and peak memory (MiB) of a whole process."""
    code = ("import resource, subprocess, sys, time; start = time.perf_counter(); "
            "status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode; "
            "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, status)")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    told = subprocess.run([sys.executable, "-c", code, *command], stdout=subprocess.PIPE, text=True, check=True,
                          env={**env, "PYTHONPATH": ROOT}).stdout.split()
    if told[2] != "0":
        raise SystemExit(f"bench.py: this ended with status {told[2]}: {' '.join(command)}")
    return float(told[0]), float(told[1])


def of_processes(command: Callable[[str], list[str]], rounds: int) -> dict[str, float]:
    process(command("mytorch")), process(command("torch"))  # unmeasured: the first run may compile
    pairs = [(process(command("mytorch")), process(command("torch"))) for _ in range(rounds)]
    found = summary([(a[0], b[0]) for a, b in pairs])
    found["memory ratio"] = statistics.median(a[1] / b[1] for a, b in pairs)
    found["mytorch MiB"], found["torch MiB"] = (statistics.median(p[i][1] for p in pairs) for i in (0, 1))
    return found


def whole_process(backend: str) -> list[str]:
    script = os.path.join(ROOT, "scripts", "train_dots.py")
    return [sys.executable, script, "--backend", backend, "--no-plots", "--epochs", "200"]


def importing(name: str) -> list[str]:
    return [sys.executable, "-c", f"import {name}"]


PROCESSES = {"process": whole_process, "import": importing}


def count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text}")
    return value


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    names = [*IN_PROCESS, *PROCESSES]
    parser.add_argument("--only", default=",".join(names), help=f"some of {', '.join(names)}")
    parser.add_argument("--rounds", type=count, default=15,
                        help="rounds of each library (default: 15; processes: a third)")
    parser.add_argument("--threads", type=count, default=1, help="threads torch may use (default: 1)")
    parser.add_argument("--json", metavar="FILE", help="write the figures to this file")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if unknown := set(wanted) - set(names):
        parser.error(f"unknown workload {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    try:
        import torch
    except ImportError:
        print(f'bench.py compares with PyTorch; do: pip install "{ROOT}[compare]"', file=sys.stderr)
        return 2
    torch.set_num_threads(options.threads)
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, torch {torch.__version__}, "
          f"OPENBLAS_CORETYPE={os.environ.get('OPENBLAS_CORETYPE', '(not set)')}")
    print(f"{'workload':10}{'Mytorch':>14}{'PyTorch':>14}{'ratio':>8}")
    results = {}
    for name in wanted:
        if name in IN_PROCESS:
            found = alternate(*IN_PROCESS[name], options.rounds)
        else:
            found = of_processes(PROCESSES[name], max(3, options.rounds // 3))
        results[name] = found
        memory = ""
        if "memory ratio" in found:
            memory = f"   memory {found['mytorch MiB']:.0f} / {found['torch MiB']:.0f} MiB"
        print(f"{name:10}{found['mytorch'] * 1e6:11.0f} us{found['torch'] * 1e6:11.0f} us{found['ratio']:8.3f}{memory}",
              flush=True)
    if options.json:
        with open(options.json + ".part", "w") as file:
            json.dump(results, file, indent=1)
        os.replace(options.json + ".part", options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
