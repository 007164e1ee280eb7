"""Drop-in, both ways: the fourth tutorial's torch script, and the user's part of its own system, run on Mytorch.

Nothing of the tutorial stands here: its text is read from ../shared/seeds, where that is at hand.
"""
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
TEXTS = sorted((SHARED / "seeds").glob("004_*.txt"))
DOTS = SHARED / "data" / "dots"

pytestmark = pytest.mark.skipif(not TEXTS or not DOTS.exists(), reason="the tutorial's text and data are not beside "
                                                                       "this checkout")


def text() -> str:
    return TEXTS[0].read_text(encoding="utf-8")


def run(code: str, folder: Path) -> str:
    """What the program prints, run among the tutorial's data."""
    for name in ("trn_datas.pkl", "tst_datas.pkl"):
        (folder / name).write_bytes((DOTS / name).read_bytes())
    script = folder / "script.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "ignore", script.name], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr
    return done.stdout


def torch_script() -> str:
    whole = text()
    start = whole.index("import torch\nfrom torch import nn")
    return whole[start:whole.index("运行结果", start)]


def test_the_torch_script_runs_with_only_its_imports_changed(tmp_path):
    script = torch_script()
    ours = script.replace("import torch\n", "import mytorch as torch\n").replace("from torch", "from mytorch")
    changed = [(a, b) for a, b in zip(script.splitlines(), ours.splitlines()) if a != b]
    assert len(changed) == 3 and all("import" in a for a, _ in changed)
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours").mkdir()
    expected, got = run(script, tmp_path / "theirs").splitlines(), run(ours, tmp_path / "ours").splitlines()
    assert "Update times: 801" in expected and len(got) == len(expected)
    for line, wanted in zip(got, expected):
        if line.startswith("Final_Loss:"):
            assert abs(float(line.split()[-1]) - float(wanted.split()[-1])) < 1e-6
        else:
            assert line == wanted


def blocks(*beginnings: str) -> list[str]:
    """Pieces of the tutorial's first half, from each beginning to the prose that follows."""
    own = text()[:text().index("这里给出torch版代码")]
    found = []
    for beginning in beginnings:
        start = own.index(beginning)
        lines = []
        for line in own[start:].splitlines():
            if lines and re.match(r"[^\s#'@A-Za-z_]", line):
                break   # a line of prose
            lines.append(line)
        found.append("\n".join(lines))
    return found


def test_the_users_part_of_the_tutorials_own_system_runs_unchanged(tmp_path):
    parts = blocks("'''定义数据集'''\nclass Dataset", "def draw(data_pth)", "if __name__==\"__main__\"",
                   "predict(net,trn_dataset)\n", "predict(net,tst_dataset,trn_path")
    head = ("import pickle\nimport numpy as np\nimport matplotlib.pyplot as plt\nimport mytorch\n"
            "from mytorch import Module, Linear, Tanh, DataLoader, AdamW, Mini_BGD, BCEWithLogitsLoss\n"
            "mytorch.set_default_dtype(mytorch.float64)\nmytorch.manual_seed(0)\n")
    printed = run(head + "\n".join(parts), tmp_path)
    assert printed.startswith("Net(\n  (linear1): Linear(in_features=2, out_features=5, bias=True)\n  (tanh1): Tanh()")
    updates, loss = run(DOUBLE, tmp_path).split()
    assert f"Update times: {updates}\n" in printed
    final = re.search(r"Final_Loss: tensor\((\S+), grad_fn", printed)
    assert final and abs(float(final[1]) - float(loss)) < 5.1e-5   # it prints the tensor: four digits
    assert len(re.findall(r"(?:Precision|Recall|Accuracy):\t \d", printed)) == 6


#: The same training in float64 by torch: prints the update count and the final loss.
DOUBLE = """
import pickle, torch
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
data = pickle.load(open("trn_datas.pkl", "rb"))
x, y = torch.tensor([list(d[0]) for d in data]), torch.tensor([[float(d[1])] for d in data])
net = torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3), torch.nn.Tanh(),
                          torch.nn.Linear(3, 1))
optimizer, losses = torch.optim.AdamW(net.parameters(), lr=0.001), [100]
for _ in range(200):
    for a, b in zip(x.split(50), y.split(50)):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(net(a), b)
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
        optimizer.zero_grad()
    if abs(losses[-1] - losses[-2]) < 1e-5:
        break
print(len(losses), losses[-1])
"""
