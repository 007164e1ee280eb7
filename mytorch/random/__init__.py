"""Random numbers on plain arrays, the same as torch's for the same seed: generators, and everything that draws.

What is here knows no tensors: arrays come in, arrays are filled or come out, and states are uint8 arrays unless
`Generator.wrap` makes something else of them.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from .fills import bernoulli_, cauchy_, exponential_, geometric_, log_normal_, normal_, random_, uniform_
from .generator import Generator, default_generator
from .rejection import binomial, poisson, sample_dirichlet, standard_gamma
from .samples import bernoulli, int64_seed, multinomial, randperm
from .._types import check_device, device

__all__ = ["Generator", "bernoulli", "bernoulli_", "binomial", "cauchy_", "default_generator", "exponential_",
           "fork_rng", "geometric_", "get_rng_state", "initial_seed", "int64_seed", "log_normal_", "manual_seed",
           "multinomial", "normal_", "poisson", "random_", "randperm", "sample_dirichlet", "seed", "set_rng_state",
           "standard_gamma", "uniform_"]


def manual_seed(seed: Any) -> Generator:
    """Start the default generator anew from int(seed), and return it.

    Raises:
        ValueError: the seed is not in [-2**63, 2**64).

    As torch.manual_seed.
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default generator anew from a number nobody chose, and return that.  As torch.seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed the default generator was last started from.  As torch.initial_seed."""
    return default_generator.initial_seed()


def get_rng_state() -> Any:
    """The state of the default generator, 5056 bytes.  As torch.get_rng_state."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Take the default generator to a state that `get_rng_state` gave, here or in torch.  As torch.set_rng_state."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Iterable[Any] | None = None, enabled: bool = True, *,
             device_type: str | None = None) -> Iterator[None]:
    """Let the body draw from the default generator, then put its state back.

    Args:
        devices: further devices whose generators to keep: none exist here.
        enabled: False keeps nothing.
        device_type: the type of `devices`; "meta" keeps nothing.
    Raises:
        AssertionError, NotImplementedError: a device is not the CPU.

    As torch.random.fork_rng.
    """
    kind = device(device_type or "cuda").type
    if kind == "meta" or not enabled:
        yield
        return
    for _ in devices or ():
        check_device(kind)
    state = default_generator.get_state_array()
    try:
        yield
    finally:
        default_generator.set_state_array(state)
