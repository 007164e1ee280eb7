"""Adding many rows to places of an array, some places several times: what the gradient of every gather is."""
from __future__ import annotations

import numpy as np

ndarray = np.ndarray


def add_at(whole: ndarray, indices: list, part: ndarray) -> None:
    """whole[indices] += part, where a place that is named several times receives every part."""
    np.add.at(whole, tuple(indices), part)
