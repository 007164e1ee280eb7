"""What the tests of random numbers share: torch beside Mytorch, compared bit by bit."""
from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
import torch

from mytorch import random


def array_of(tensor: torch.Tensor) -> np.ndarray:
    """The tensor's own memory and strides."""
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()


def filled(method, tensor: torch.Tensor, generators: tuple, *args) -> None:
    """Fill a tensor with torch and one of the same layout with ours; both, and both states, must be the same bits."""
    ours = torch.zeros_like(tensor)
    assert ours.stride() == tensor.stride()
    assert_same(getattr(tensor, method)(*args, generator=generators[0]),
                getattr(random, method)(array_of(ours), *args, generator=generators[1]), generators)


def assert_same(theirs: torch.Tensor, ours: np.ndarray, generators: tuple) -> None:
    expected = array_of(theirs.contiguous())
    assert ours.dtype == expected.dtype and ours.shape == expected.shape
    assert ours.tobytes() == expected.tobytes(), f"{int((ours != expected).sum())} of {ours.size} numbers differ"
    assert_same_state(*generators)


def assert_same_state(theirs: torch.Generator, ours: random.Generator) -> None:
    assert ours.get_state().tobytes() == theirs.get_state().numpy().tobytes()


def pair(seed: int) -> tuple[torch.Generator, random.Generator]:
    return torch.Generator().manual_seed(seed), random.Generator().manual_seed(seed)


def giving(word: int) -> tuple[torch.Generator, random.Generator]:
    """Two generators that draw nothing but `word`, 623 times."""
    shifted = word  # MT19937's tempering, undone step by step
    shifted ^= shifted >> 18
    shifted ^= (shifted << 15) & 0xEFC60000
    found = shifted
    for _ in range(5):
        found = shifted ^ ((found << 7) & 0x9D2C5680)
    shifted = found
    for _ in range(3):
        found = shifted ^ (found >> 11)
    state = np.zeros(632, np.uint64)
    state[1], state[2], state[3:627] = 624 | 1 << 32, 1, found
    generators = torch.Generator(), random.Generator()
    generators[0].set_state(torch.from_numpy(state.view(np.uint8)))
    generators[1].set_state(state.view(np.uint8))
    assert int(generators[1].clone_state().words(1)[0]) == word
    return generators


def error_of(call, *args):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is compared
        call(*args)
    return type(caught.value), str(caught.value).partition("\nException raised")[0]


def assert_same_error(theirs, ours):
    assert error_of(ours) == error_of(theirs)
