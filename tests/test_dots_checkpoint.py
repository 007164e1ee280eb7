"""A run of scripts/train_dots.py, stopped anywhere and resumed, ends with the numbers of one that never stopped."""

import importlib
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts" / "train_dots.py"
sys.path.insert(0, str(SCRIPT.parent))
train_dots = importlib.import_module("train_dots")
checkpoint = importlib.import_module("_dots_checkpoint")
model = importlib.import_module("_dots_model")
data = importlib.import_module("_dots_data")
DOTS = data.read_dots(str(ROOT / "data" / "trn_datas.pkl"))
BACKENDS = ("mytorch", "torch")


@pytest.fixture
def train(tmp_path, capsys):
    """Run the script in this process; returns (exit code, its JSON, stderr). Leaves both generators as found."""
    states = [(ns, ns.get_rng_state()) for ns in map(train_dots.load_backend, BACKENDS)]

    def run(*options):
        try:
            code = train_dots.main(["--no-plots", "--json", *map(str, options)])
        except SystemExit as stop:
            code = stop.code
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    yield run
    for ns, state in states:
        ns.set_rng_state(state)


def numbers(found):
    """What must not depend on interruptions."""
    return {key: found[key] for key in ("update_times", "final_loss", "epochs", "train", "test", "losses")}


OPTIMIZERS = ("adamw", "adam", "sgd", "mini_bgd")
SPELLINGS = [(backend, optimizer, "torch") for backend in BACKENDS for optimizer in OPTIMIZERS]
SPELLINGS += [("mytorch", optimizer, "seed") for optimizer in ("adamw", "mini_bgd")]


@pytest.mark.parametrize("backend, optimizer, style", SPELLINGS)
def test_a_run_in_two_parts_is_the_run_in_one(train, tmp_path, backend, optimizer, style):
    run = ["--backend", backend, "--optimizer", optimizer, "--style", style, "--seed", 3, "--lr", 0.01]
    _, whole, _ = train(*run, "--epochs", 9)
    part = [*run, "--checkpoint", tmp_path / "run.npz"]
    _, first, _ = train(*part, "--epochs", 4)
    code, second, err = train(*part, "--epochs", 9, "--resume")
    assert (code, first["epochs"]) == (0, 4)
    assert err == f"{tmp_path / 'run.npz'}: resuming after epoch 4\n"
    assert numbers(second) == numbers(whole)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_generator_goes_on_where_it_was(train, tmp_path, backend):
    ns = train_dots.load_backend(backend)
    run = ["--backend", backend, "--checkpoint", tmp_path / "run.npz"]
    train(*run, "--epochs", 3)
    expected = ns.rand(5).tolist()
    ns.manual_seed(99)
    train(*run, "--epochs", 3, "--resume")
    assert ns.rand(5).tolist() == expected


def test_both_backends_have_a_file_each(train, tmp_path):
    run = ["--backend", "both", "--checkpoint", tmp_path / "run.npz"]
    _, whole, _ = train("--backend", "both", "--epochs", 5)
    train(*run, "--epochs", 2)
    assert sorted(os.listdir(tmp_path)) == ["run.npz.mytorch", "run.npz.torch"]
    _, found, err = train(*run, "--epochs", 5, "--resume")
    assert err.count("resuming after epoch 2") == 2
    for backend in BACKENDS:
        assert numbers(found[backend]) == numbers(whole[backend])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_finished_run_is_not_trained_further(train, tmp_path, backend):
    run = ["--backend", backend, "--lr", 1e-12, "--batch-size", 175, "--checkpoint", tmp_path / "run.npz"]
    _, first, _ = train(*run)
    _, again, _ = train(*run, "--resume")
    assert first["epochs"] == 2  # the stop rule: the second loss is the first one
    assert numbers(again) == numbers(first)
    assert again["seconds_per_update"] is None


def test_resuming_without_a_file_starts_from_the_beginning(train, tmp_path):
    _, whole, _ = train("--epochs", 2)
    code, found, err = train("--epochs", 2, "--checkpoint", tmp_path / "run.npz", "--resume")
    assert (code, err) == (0, f"{tmp_path / 'run.npz'}: not there yet, starting from the beginning\n")
    assert numbers(found) == numbers(whole)


@pytest.mark.parametrize("options, reason", [
    (["--lr", 0.02], "lr 0.001 is now 0.02"),
    (["--seed", 1], "seed 0 is now 1"),
    (["--batch-size", 10, "--optimizer", "sgd"], "optimizer 'adamw' is now 'sgd', batch_size 50 is now 10"),
    (["--backend", "torch"], "backend 'mytorch' is now 'torch'"),
    (["--data", ROOT / "data" / "tst_datas.pkl"], "data "),
])
def test_the_checkpoint_of_another_run_is_refused(train, tmp_path, options, reason):
    path = tmp_path / "run.npz"
    train("--epochs", 1, "--checkpoint", path)
    before = path.read_bytes()
    code, _, err = train("--epochs", 2, "--checkpoint", path, "--resume", *options)
    assert code == 2 and err.count("\n") == 1
    assert err.startswith(f"train_dots.py: error: {path}: is the checkpoint of another run: {reason}")
    assert path.read_bytes() == before


def test_a_failing_write_leaves_the_old_checkpoint(train, tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    train("--epochs", 1, "--checkpoint", path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    code, _, err = train("--epochs", 2, "--checkpoint", path, "--resume")
    assert code == 2
    assert err.splitlines()[-1] == f"train_dots.py: error: --checkpoint {path}: No space left on device"
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_named(train, tmp_path):
    path = tmp_path / "none" / "run.npz"
    code, _, err = train("--epochs", 1, "--checkpoint", path)
    assert (code, err) == (2, f"train_dots.py: error: --checkpoint {path}: No such file or directory\n")


class Saved:
    """A saved torch run, to be damaged."""

    def __init__(self, folder):
        self.path, self.settings = str(folder / "run.npz"), model.Settings()
        with torch.random.fork_rng():
            run = model.Run(torch, self.settings, DOTS)
            run.train_epoch()
            self.who = checkpoint.identity(run, self.settings, DOTS)
            checkpoint.save(self.path, run, self.who)
        self.expected = self.state(run)
        self.content = Path(self.path).read_bytes()

    def state(self, run):
        return [run.losses, run.epoch, [tensor.tolist() for tensor in run.net.state_dict().values()],
                str(run.optimizer.state_dict())]

    def load(self, content):
        """The error's text; or None, and then the state is what was saved."""
        Path(self.path).write_bytes(content)
        with torch.random.fork_rng():
            run = model.Run(torch, self.settings, DOTS)
            try:
                checkpoint.load(self.path, run, self.who)
            except data.DotsError as error:
                return str(error)
        assert self.state(run) == self.expected
        return None


def test_a_checkpoint_cut_anywhere_is_refused(tmp_path):
    saved = Saved(tmp_path)
    assert saved.load(saved.content) is None
    for end in range(0, len(saved.content), 61):
        assert saved.load(saved.content[:end]).startswith(f"{saved.path}: damaged, or not a checkpoint (")


def test_a_damaged_checkpoint_is_refused_or_read_rightly(tmp_path):
    saved, rng, refused = Saved(tmp_path), random.Random(0), 0
    for _ in range(150):
        content = bytearray(saved.content)
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        if text := saved.load(bytes(content)):
            refused += 1
            assert text.startswith(f"{saved.path}: ") and text.isprintable()
    assert refused > 75


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x05\x06" + b"\0" * 18])
def test_other_files_are_refused(tmp_path, content):
    assert Saved(tmp_path).load(content).startswith(f"{tmp_path / 'run.npz'}: damaged, or not a checkpoint (")


def test_a_checkpoint_executes_nothing(tmp_path):
    saved = Saved(tmp_path)
    np.savez(saved.path, text=np.array([os.system], dtype=object))
    text = saved.load(Path(saved.path).read_bytes())
    assert "Object arrays cannot be loaded when allow_pickle=False" in text


class Victim:
    """Processes of one run, each killed with SIGKILL (on Windows: ended as hard as it goes)."""

    def __init__(self, folder, epochs):
        self.path = folder / "run.npz"
        self.command = [sys.executable, str(SCRIPT), "--no-plots", "--epochs", str(epochs), "--lr", "0.01", "--json"]
        self.resumed_after = []

    def whole(self):
        return numbers(json.loads(subprocess.run(self.command, capture_output=True, check=True).stdout))

    def start(self):
        return subprocess.Popen([*self.command, "--checkpoint", self.path, "--resume"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def version(self):
        return self.path.stat().st_ino if self.path.exists() else None

    def kill(self, process, wait_for_a_new_checkpoint, seconds):
        """Kill after a time, counted from the start or from the next checkpoint. Returns whether it still ran."""
        before = self.version()
        while wait_for_a_new_checkpoint and process.poll() is None and self.version() == before:
            time.sleep(0.001)
        time.sleep(seconds)
        process.kill()
        self.read(process)
        return process.returncode != 0

    def read(self, process):
        out, err = process.communicate()
        if "resuming after epoch" in err:
            self.resumed_after.append(int(err.split()[-1]))
        return out


def test_killed_at_any_moment_and_resumed_it_ends_with_the_same_numbers(tmp_path):
    victim, rng = Victim(tmp_path, epochs=600), random.Random(0)
    expected = victim.whole()
    kills = [victim.kill(victim.start(), False, rng.uniform(0, 0.6)) for _ in range(4)]  # also while it starts up
    kills += [victim.kill(victim.start(), True, rng.uniform(0, 0.03)) for _ in range(8)]  # also while it saves
    last = victim.start()
    found = json.loads(victim.read(last))
    assert kills == [True] * 12
    assert victim.resumed_after == sorted(victim.resumed_after) and 0 < victim.resumed_after[-1] < 600
    assert numbers(found) == expected
