"""scripts/train_dots.py as a user meets it: numbers, printed lines, options, pictures, errors."""

import importlib
import json
import os
import pickle
import re
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts" / "train_dots.py"
DATA, TEST = ROOT / "data" / "trn_datas.pkl", ROOT / "data" / "tst_datas.pkl"
sys.path.insert(0, str(SCRIPT.parent))
train_dots = importlib.import_module("train_dots")
model = importlib.import_module("_dots_model")
BACKENDS = ("mytorch", "torch")


@pytest.fixture
def train(capsys):
    """Run the script in this process; returns (exit code, stdout, stderr). Leaves both generators as found."""
    states = [(ns, ns.get_rng_state()) for ns in map(train_dots.load_backend, BACKENDS)]

    def run(*options):
        try:
            code = train_dots.main(list(map(str, options)))
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    yield run
    for ns, state in states:
        ns.set_rng_state(state)


def process(*options, cwd, before=(), paths=()):
    """Run the script as a user does; `before` are options of Python, `paths` folders its imports look into first."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    return subprocess.run([sys.executable, *before, SCRIPT, *map(str, options)],
                          capture_output=True, text=True, cwd=cwd, env=env, check=False)


def tutorial_losses(seed, optimizer, lr, batch_size, epochs):
    """The tutorial's torch program, from its description: losses of all updates, and the labels it predicts."""
    dots = pickle.loads(DATA.read_bytes())
    points = torch.tensor([dot[0] for dot in dots])
    labels = torch.tensor([[float(dot[1])] for dot in dots])
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        nn = torch.nn
        net = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, 1))
    steps = optimizer(net.parameters(), lr=lr)
    losses = [100.0]
    for _ in range(epochs):
        for x, y in zip(points.split(batch_size), labels.split(batch_size)):
            loss = nn.functional.binary_cross_entropy_with_logits(net(x), y)
            losses.append(loss.item())
            steps.zero_grad()
            loss.backward()
            steps.step()
        if abs(losses[-1] - losses[-2]) < 1e-5:
            break
    return losses[1:], (net(points) >= 0).flatten().tolist()


# Numbers.

OPTIMIZERS = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam, "sgd": torch.optim.SGD, "mini_bgd": torch.optim.SGD}


@pytest.mark.parametrize("backend, tolerance", [("torch", 0), ("mytorch", 1e-6)])
@pytest.mark.parametrize("optimizer, seed, lr, batch_size", [
    ("adamw", 0, 0.001, 50), ("adam", 1, 0.003, 64), ("sgd", 2, 0.1, 25), ("mini_bgd", 3, 0.05, 175)])
def test_losses_are_those_of_a_plain_torch_program(train, backend, tolerance, optimizer, seed, lr, batch_size):
    losses, _ = tutorial_losses(seed, OPTIMIZERS[optimizer], lr, batch_size, epochs=25)
    _, out, _ = train("--backend", backend, "--optimizer", optimizer, "--seed", seed, "--lr", lr,
                      "--batch-size", batch_size, "--epochs", 25, "--no-plots", "--json")
    found = json.loads(out)
    assert np.abs(np.array(found["losses"]) - losses).max() <= tolerance
    assert found["update_times"] == len(losses) + 1
    assert found["final_loss"] == found["losses"][-1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_lines_are_the_tutorials(train, backend):
    losses, predicted = tutorial_losses(0, torch.optim.AdamW, 0.001, 50, epochs=200)
    labels = [label == 1 for _, label in pickle.loads(DATA.read_bytes())]
    right = sum(map(bool.__eq__, predicted, labels))
    hits = sum(map(bool.__and__, predicted, labels))
    code, out, err = train("--backend", backend, "--no-plots")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[:8] == [
        "Net(",
        "  (linear1): Linear(in_features=2, out_features=5, bias=True)",
        "  (tanh1): Tanh()",
        "  (linear2): Linear(in_features=5, out_features=3, bias=True)",
        "  (tanh2): Tanh()",
        "  (linear3): Linear(in_features=3, out_features=1, bias=True)",
        ")",
        f"Update times: {len(losses) + 1}",
    ]
    assert float(lines[8].removeprefix("Final_Loss: ")) == pytest.approx(losses[-1], abs=1e-6)
    assert lines[9:13] == [
        f"On {DATA}:",
        f"Precision:\t {(hits + 0.001) / (sum(predicted) + 0.001)}",
        f"Recall:\t {(hits + 0.001) / (sum(labels) + 0.001)}",
        f"Accuracy:\t {(right + 0.001) / (175 + 0.001)}",
    ]
    assert lines[13] == f"On {TEST}:" and len(lines) == 17


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd", "mini_bgd"])
def test_the_tutorials_spelling_gives_the_same_bits(train, optimizer):
    found = {}
    for style in ("torch", "seed"):
        _, out, _ = train("--optimizer", optimizer, "--style", style, "--epochs", 20, "--no-plots", "--json")
        found[style] = json.loads(out)["losses"]
    assert len(found["seed"]) == 80
    assert found["seed"] == found["torch"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_stop_rule_looks_at_the_last_update_of_an_epoch(train, backend):
    options = ["--backend", backend, "--lr", 1e-12, "--no-plots", "--json"]
    # One batch an epoch: the second loss equals the first. Four: the last two batches differ, however small the steps.
    for batch_size, epochs in ((175, 2), (50, 6)):
        _, out, _ = train(*options, "--batch-size", batch_size, "--epochs", 6)
        assert json.loads(out)["epochs"] == epochs


@pytest.mark.parametrize("losses, settled", [
    ([100.0], False), ([100.0, 0.5], False), ([100.0, 0.5, 0.500009], True), ([100.0, 0.5, 0.499991], True),
    ([100.0, 0.5, 0.500011], False), ([100.0, 0.5, 0.5, 0.6], False), ([100.0, float("nan"), float("nan")], False)])
def test_a_run_has_settled_when_the_loss_moved_by_less_than_a_hundred_thousandth(losses, settled):
    run = model.Run.__new__(model.Run)
    run.losses = losses
    assert run.has_settled is settled


def test_precision_and_recall_are_not_swapped():
    run = model.Run.__new__(model.Run)
    predicted = [1] * 3 + [1] * 4 + [0] * 5 + [0] * 6  # 3 true and 4 false positives, 5 false and 6 true negatives
    labels = [1] * 3 + [0] * 4 + [1] * 5 + [0] * 6
    run.logits = lambda points: np.array(predicted) - 0.5
    scores = run.scores([((0.0, 0.0), label) for label in labels])
    assert (scores["tp"], scores["fp"], scores["fn"], scores["tn"]) == (3, 4, 5, 6)
    assert scores["precision"] == 3.001 / 7.001
    assert scores["recall"] == 3.001 / 8.001
    assert scores["accuracy"] == 9.001 / 18.001


# Side by side.

def test_side_by_side(train, tmp_path):
    code, out, err = train("--backend", "both", "--epochs", 60, "--out", tmp_path, "--json", tmp_path / "result.json")
    assert (code, err) == (0, "")
    found = json.loads((tmp_path / "result.json").read_text())
    ours, theirs = (np.array(found[backend]["losses"]) for backend in BACKENDS)
    difference = np.abs(ours - theirs)
    assert found["largest_difference"] == difference.max() < 1e-6
    assert found["largest_difference_at"] == difference.argmax() + 1
    assert found["updates_compared"] == 240
    assert found["time_ratio"] == pytest.approx(
        found["mytorch"]["seconds_per_update"] / found["torch"]["seconds_per_update"])
    rows = {line[:22].strip(): line[22:].split() for line in out.splitlines()}
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 240):
        assert rows[f"Loss at update {step}"][:2] == [repr(float(ours[step - 1])), repr(float(theirs[step - 1]))]
    assert rows["Update times"] == ["241", "241", "0"]
    assert rows["Accuracy (train)"][:2] == [repr(found[backend]["train"]["accuracy"]) for backend in BACKENDS]
    assert rows["Time per update (us)"][-1] == f"{found['time_ratio']:.2f}"
    assert f"Largest difference over all 240 updates: {difference.max():.3g}" in out
    assert found["pictures"] == [str(tmp_path / "comparison.png")]
    assert out.splitlines()[-1] == f"Picture: {tmp_path / 'comparison.png'}"


# Pictures.

def size(path):
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG")
    return struct.unpack(">II", content[16:24])


@pytest.mark.parametrize("backend", BACKENDS)
def test_pictures_are_drawn(train, tmp_path, backend):
    folder = tmp_path / "new" / "folder"
    code, out, _ = train("--backend", backend, "--epochs", 3, "--out", folder)
    assert code == 0
    assert sorted(os.listdir(folder)) == ["confusion.png", "loss.png", "region.png"]
    assert re.findall("Picture: (.*)", out) == [str(folder / f"{name}.png") for name in ("loss", "region", "confusion")]
    assert all(size(path)[0] >= 1000 and size(path)[1] >= 500 for path in folder.iterdir())


def test_pictures_of_a_run_without_test_dots_or_with_one_class(train, tmp_path):
    lonely = tmp_path / "dots.pkl"
    lonely.write_bytes(pickle.dumps([((0.5, 1.5), 1), ((0.5, 1.0), 1)]))
    for backend, pictures in (("mytorch", 3), ("both", 1)):
        code, out, _ = train("--data", lonely, "--epochs", 2, "--backend", backend, "--out", tmp_path / backend)
        assert code == 0 and out.count("Picture: ") == pictures
        assert "(test)" not in out


def test_no_plots_leaves_no_folder(tmp_path):
    assert process("--epochs", 1, "--no-plots", cwd=tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []


# The environment.

def missing(folder, name):
    """A folder that, looked into first, makes importing `name` fail as if it were not installed."""
    (folder / f"{name}.py").write_text(
        f"raise ModuleNotFoundError(\"No module named '{name}'\", name='{name}')", encoding="utf-8")
    return folder


@pytest.mark.parametrize("backend", ["torch", "both"])
def test_without_torch_one_line_says_how_to_install_it(tmp_path, backend):
    done = process("--backend", backend, cwd=tmp_path, paths=[missing(tmp_path, "torch")])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f'train_dots.py: error: PyTorch is not installed; do: pip install "{ROOT}[compare]"\n'


def test_without_matplotlib_one_line_says_what_to_do(tmp_path):
    folder = missing(tmp_path, "matplotlib")
    done = process("--epochs", 1, cwd=tmp_path, paths=[folder])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (f'train_dots.py: error: pictures need matplotlib; do: pip install "{ROOT}[plot]", '
                           "or add --no-plots\n")
    assert process("--epochs", 1, "--no-plots", cwd=tmp_path, paths=[folder]).returncode == 0


def test_it_runs_from_any_folder_where_mytorch_is_not_installed(tmp_path):
    # -S leaves out what an editable install adds; NumPy is then found by its folder.
    numpy_folder = Path(np.__file__).parent.parent
    done = process("--epochs", 1, "--no-plots", cwd=tmp_path, before=["-S"], paths=[numpy_folder])
    assert (done.returncode, done.stderr) == (0, "")
    assert "Update times: 5" in done.stdout


def test_a_run_without_pictures_imports_nothing_it_does_not_need(tmp_path):
    code = (f"import sys; sys.path.insert(0, {str(SCRIPT.parent)!r}); import train_dots\n"
            "train_dots.main(['--no-plots', '--epochs', '1']); print(*sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert {"mytorch", "_dots_model"} <= loaded
    unneeded = {"torch", "matplotlib", "tqdm", "json", "statistics", "numpy.ma", "_dots_checkpoint",
                "_dots_compare", "_dots_plots"}
    assert not loaded & unneeded


BAR = """
import sys
class tqdm:
    def __init__(self, **options): sys.stderr.write(f"BAR {options['total']} {options['initial']}\\n")
    def set_postfix(self, **values): sys.stderr.write("LOSS\\n")
    def update(self): sys.stderr.write("EPOCH\\n")
    def close(self): sys.stderr.write("CLOSED\\n")
"""


def on_a_terminal(options, cwd, paths):
    """What the script writes to a stderr that is a terminal."""
    master, slave = os.openpty()
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    done = subprocess.run([sys.executable, SCRIPT, *map(str, options)], stdout=subprocess.DEVNULL, stderr=slave,
                          cwd=cwd, env=env, check=False)
    os.write(slave, b"end")
    text = os.read(master, 100_000).decode()
    os.close(master)
    os.close(slave)
    assert done.returncode == 0
    return text.removesuffix("end").split()


def test_the_progress_bar_is_for_terminals_that_have_tqdm(tmp_path):
    options = ["--epochs", 2, "--no-plots"]
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    (tmp_path / "with" / "tqdm.py").write_text(BAR, encoding="utf-8")
    without = missing(tmp_path / "without", "tqdm")
    shown = on_a_terminal(options, tmp_path, [tmp_path / "with"])
    assert shown == ["BAR", "2", "0", "LOSS", "EPOCH", "LOSS", "EPOCH", "CLOSED"]
    assert on_a_terminal(options, tmp_path, [without]) == []
    assert process(*options, cwd=tmp_path, paths=[tmp_path / "with"]).stderr == ""


def test_a_reader_that_leaves_is_no_error(tmp_path):
    for unbuffered in ("", "1"):
        running = subprocess.Popen([sys.executable, SCRIPT, "--epochs", "1", "--no-plots"], cwd=tmp_path, text=True,
                                   env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        running.stdout.close()
        assert (running.stderr.read(), running.wait()) == ("", 1)
        running.stderr.close()


# The command line.

@pytest.mark.parametrize("options, reason", [
    (["--epochs", "0"], "argument --epochs: expected 1 to 2**63 - 1, got 0"),
    (["--epochs", "many"], "argument --epochs: invalid integer value: 'many'"),
    (["--batch-size", "-5"], "argument --batch-size: expected 1 to 2**63 - 1, got -5"),
    (["--batch-size", str(10**26)], f"argument --batch-size: expected 1 to 2**63 - 1, got {10**26}"),
    (["--json", ""], "argument --json: expected a name, got an empty one"),
    (["--checkpoint", ""], "argument --checkpoint: expected a name, got an empty one"),
    (["--lr", "0"], "argument --lr: expected a finite number above 0, got 0"),
    (["--lr", "nan"], "argument --lr: expected a finite number above 0, got nan"),
    (["--lr", "inf"], "argument --lr: expected a finite number above 0, got inf"),
    (["--lr", "fast"], "argument --lr: invalid number value: 'fast'"),
    (["--seed", "-1"], "argument --seed: expected 0 to 2**64 - 1, got -1"),
    (["--optimizer", "lion"], "argument --optimizer: invalid choice: 'lion'"),
    (["--backend", "jax"], "argument --backend: invalid choice: 'jax'"),
    (["--style", "seed", "--backend", "torch"], "--style seed is the tutorial's spelling and Mytorch's only"),
    (["--style", "seed", "--backend", "both"], "--style seed is the tutorial's spelling and Mytorch's only"),
    (["--resume"], "--resume needs --checkpoint FILE to continue from"),
    (["stray"], "unrecognized arguments: stray"),
])
def test_wrong_options_are_refused(train, options, reason):
    code, out, err = train(*options)
    assert (code, out) == (2, "")
    assert err.startswith(f"train_dots.py: error: {reason}") and err.count("\n") == 1


@pytest.mark.parametrize("option", ["--data", "--test"])
@pytest.mark.parametrize("content, reason", [
    (b"cos\nsystem\n(S'touch witness'\ntR.", "asks for os.system"),
    (DATA.read_bytes()[:1000], "truncated, or not a pickle file"),
    (pickle.dumps([[1, 2]]), "the point of dot 0 is a int, expected (x, y)"),
])
def test_a_bad_data_file_gets_one_line(tmp_path, option, content, reason):
    path = tmp_path / "bad.pkl"
    path.write_bytes(content)
    done = process(option, path, "--no-plots", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"train_dots.py: error: {path}: {reason}")
    assert done.stderr.count("\n") == 1
    assert os.listdir(tmp_path) == ["bad.pkl"]


def test_a_missing_data_file_and_unwritable_places_get_one_line(train, tmp_path):
    (tmp_path / "file").write_text("")
    for options, reason in (
        (["--data", tmp_path / "none.pkl"], f"{tmp_path / 'none.pkl'}: No such file or directory"),
        (["--out", tmp_path / "file" / "out"], f"{tmp_path / 'file' / 'out'}: Not a directory"),
        (["--no-plots", "--json", tmp_path], f"{tmp_path}: Is a directory"),
    ):
        code, out, err = train(*options)      # before anything is trained
        assert (code, out, err) == (2, "", f"train_dots.py: error: {reason}\n")


def test_the_test_file_beside_the_data_is_found(train, tmp_path):
    (tmp_path / "trn_datas.pkl").write_bytes(DATA.read_bytes())
    options = ["--data", tmp_path / "trn_datas.pkl", "--epochs", 1, "--no-plots"]
    assert train(*options)[1].count("Precision:") == 1
    (tmp_path / "tst_datas.pkl").write_bytes(TEST.read_bytes())
    assert train(*options)[1].count("Precision:") == 2


def test_json_is_strict_even_when_training_diverged(capsys):
    inf = float("inf")
    train_dots.write_json("-", {"final_loss": inf - inf, "losses": [0.5, inf, -inf], "train": None})

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    found = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert found == {"final_loss": None, "losses": [0.5, None, None], "train": None}


def test_help_names_every_option(train):
    code, out, _ = train("--help")
    assert code == 0
    for option in ("data", "test", "epochs", "lr", "batch-size", "optimizer", "seed", "backend", "style", "out",
                   "checkpoint", "resume", "no-plots", "json"):
        assert f"--{option}" in out
