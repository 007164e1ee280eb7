"""torch.cuda where there is no GPU: a program's questions are answered as PyTorch's CPU build answers them.

What would need a GPU raises AssertionError, as there; names that only programs on a GPU use are not here and say so.
"""
from __future__ import annotations

from collections import OrderedDict
from typing import Any

from ..absent_names import page, refusing
from . import amp  # noqa: F401

default_generators: tuple = ()

_WITH_A_GPU = refusing(
    "current_device current_stream default_stream get_device_capability get_device_name get_device_properties "
    "get_rng_state init initial_seed ipc_collect mem_get_info set_device set_rng_state synchronize",
    AssertionError, "Torch not compiled with CUDA enabled")
globals().update(_WITH_A_GPU)


def is_available() -> bool:
    """Whether there is a GPU: no."""
    return False


def device_count() -> int:
    """How many GPUs there are."""
    return 0


def is_initialized() -> bool:
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    return False


def is_tf32_supported() -> bool:
    return False


def manual_seed(seed: int) -> None:
    """Seed the GPU's generator: there is none.  `torch.manual_seed` seeds the CPU's."""
    int(seed)


def manual_seed_all(seed: int) -> None:
    """Seed the generators of all GPUs: there is none."""
    int(seed)


def seed() -> None:
    pass


def seed_all() -> None:
    pass


def get_rng_state_all() -> list:
    """The states of all GPUs' generators."""
    return []


def set_rng_state_all(new_states: Any) -> None:
    """Set the states of all GPUs' generators, of which there are none."""
    for _ in new_states:
        _WITH_A_GPU["set_rng_state"]()


def empty_cache() -> None:
    """Give back memory that is kept on a GPU."""


def memory_allocated(device: Any = None) -> int:
    """Bytes on a GPU."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    return 0


def memory_reserved(device: Any = None) -> int:
    return 0


def max_memory_reserved(device: Any = None) -> int:
    return 0


def memory_stats(device: Any = None) -> dict:
    return OrderedDict()


def get_arch_list() -> list:
    return []


def get_gencode_flags() -> str:
    return ""


__getattr__ = page("torch.cuda", "Mytorch computes on one CPU")
