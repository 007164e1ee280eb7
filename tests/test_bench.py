"""scripts/bench.py: what its processes are started with, its options, its figures."""
from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "bench.py"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    return importlib.import_module("bench")


def test_processes_may_compile_to_bytecode_as_an_installed_torch_was(bench, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    seconds, memory = bench.process([sys.executable, "-c", "import sys; sys.exit(sys.dont_write_bytecode)"])
    assert seconds > 0 and memory > 0
    with pytest.raises(SystemExit, match="ended with status 3"):
        bench.process([sys.executable, "-c", "import sys; sys.exit(3)"])


def test_each_command_runs_once_unmeasured(bench, monkeypatch):
    ran = []
    monkeypatch.setattr(bench, "process", lambda command: (ran.append(command[0]), (len(ran), 1))[1])
    found = bench.of_processes(lambda name: [name], 3)
    assert ran == ["mytorch", "torch"] * 4
    assert (found["mytorch"], found["torch"]) == (5, 6)     # the median of runs 3, 5, 7 and 4, 6, 8


@pytest.mark.parametrize("options, reason", [
    (["--only", "speed"], "unknown workload speed"),
    (["--rounds", "0"], "argument --rounds: expected 1 or more, got 0"),
    (["--threads", "-1"], "argument --threads: expected 1 or more, got -1"),
])
def test_wrong_options_are_refused(options, reason):
    done = subprocess.run([sys.executable, SCRIPT, *options], capture_output=True, text=True)
    assert done.returncode == 2 and reason in done.stderr


def test_the_figures_are_written(tmp_path):
    done = subprocess.run([sys.executable, SCRIPT, "--only", "step,chain", "--rounds", "1", "--json", "figures.json"],
                          capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "figures.json").read_text())
    assert list(found) == ["step", "chain"] and all(f["ratio"] > 0 for f in found.values())
    assert os.listdir(tmp_path) == ["figures.json"]
