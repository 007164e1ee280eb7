"""Tutorial 004: its own AdamW, float64, weights of NumPy's seed 0, on its data: 569 updates, every digit of the
loss."""
from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "dots" / "trn_datas.pkl"


@pytest.mark.skipif(not DATA.exists(), reason="the tutorial's data is not beside this checkout")
def test_the_tutorials_rule_stops_after_569_updates(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import why_569
    dots = why_569.read_dots(str(DATA))
    losses = why_569.train(dots, "gradient", True)
    end = why_569.stopped(losses, 4)
    assert end == 569 and abs(losses[end - 1] - 0.28847184152795263) < 1e-9
    assert why_569.stopped(why_569.train(dots, "gradient", False), 4) == 801   # one of its two lines is not enough
    sys.modules.pop("why_569")
