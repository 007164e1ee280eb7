"""A long training does not grow: 100,000 steps of the dots net, in a process of its own."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = """
import resource, sys
sys.path.insert(0, sys.argv[1])
import mytorch
from mytorch import nn
net = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, 1))
optimizer, criterion = mytorch.optim.AdamW(net.parameters(), lr=0.001), nn.BCEWithLogitsLoss()
x, y = mytorch.randn(50, 2), mytorch.ones(50, 1)
def train(steps):
    for _ in range(steps):
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
first = train(5_000)
print(train(95_000) - first)
"""


def test_a_hundred_thousand_steps_take_no_more_memory_than_five_thousand():
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(ROOT)], capture_output=True, text=True,
                          env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 512   # KiB (bytes where the system counts so): pages, not a leak of 5 bytes a step
