"""Generators against torch's: seeds, states that travel both ways, copies, the default one."""
from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch
from random_oracle import assert_same, assert_same_error, assert_same_state, filled, pair

from mytorch import random


def test_seeds():
    for seed in (0, 1, 2**31, 2**32, 2**63, 2**64 - 1, -1, -2**63):
        theirs, ours = pair(seed)
        assert ours.initial_seed() == theirs.initial_seed()
        assert_same_state(theirs, ours)
        assert ours.floats(3).tobytes() == torch.rand(3, generator=theirs).numpy().tobytes()
    assert random.Generator().initial_seed() == torch.Generator().initial_seed()
    assert_same_state(torch.Generator(), random.Generator())


def test_the_generator_of_the_operating_systems_seed():
    generator = random.Generator()
    first, second = generator.seed(), generator.seed()
    assert first != second == generator.initial_seed() and 0 <= second < 2**64


@pytest.mark.parametrize("drawn", [0, 1, 3, 622, 623, 624, 625, 1248])
@pytest.mark.parametrize("normals", [0, 1])
def test_states_travel_both_ways(drawn, normals):
    theirs, ours = pair(21)
    for generator in (theirs, ours):
        fill = torch.Tensor.normal_ if generator is theirs else random.normal_
        zeros = torch.zeros if generator is theirs else np.zeros
        fill(zeros(normals), generator=generator)
    torch.empty(drawn).uniform_(generator=theirs)
    ours.words(drawn)
    assert_same_state(theirs, ours)
    back = torch.Generator()
    back.set_state(torch.from_numpy(ours.get_state()))
    here = random.Generator()
    assert here.set_state(theirs.get_state().numpy()) is here
    assert here.initial_seed() == 21
    assert_same_state(back, here)
    for generators in ((back, here), (theirs, ours)):
        filled("normal_", torch.zeros(5), generators)


def test_a_state_before_the_first_draw_stays_as_it_was():
    theirs, ours = pair(4)
    torch.empty(624).uniform_(generator=theirs)
    ours.set_state(theirs.get_state().numpy())
    assert_same_state(theirs, ours)  # next is 624 with left 1, where a new seed has next 0
    assert_same_state(theirs.manual_seed(4), ours.manual_seed(4))


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g)),
                                       random.Generator.clone_state])
def test_copies_go_their_own_way(duplicate):
    generator = random.Generator().manual_seed(3)
    random.normal_(np.zeros(3), generator=generator)
    other = duplicate(generator)
    before = generator.get_state().tobytes()
    assert other.get_state().tobytes() == before and other.initial_seed() == 3
    first = random.normal_(np.zeros(4), generator=other)
    assert generator.get_state().tobytes() == before
    assert first.tobytes() == random.normal_(np.zeros(4), generator=generator).tobytes()


def test_draws_change_with_every_draw_and_only_then():
    generator = random.Generator()
    before = generator.draws
    generator.manual_seed(5)
    generator.get_state()
    random.uniform_(np.zeros(0), generator=generator)
    assert generator.draws == before
    for draw in (lambda: random.normal_(np.zeros(1), generator=generator),
                 lambda: random.normal_(np.zeros(1), generator=generator),  # takes the cached one: no word
                 lambda: generator.normal(), lambda: generator.normal(), generator.double,
                 lambda: random.randperm(2, generator=generator)):
        before = generator.draws
        draw()
        assert generator.draws != before


def test_scalars_are_the_arrays_numbers():
    one, other = random.Generator().manual_seed(2), random.Generator().manual_seed(2)
    assert [one.double() for _ in range(400)] == other.doubles(400).tolist()
    assert [one.normal() for _ in range(401)] == other.normals(401).tolist()
    assert one.get_state().tobytes() == other.get_state().tobytes()


def test_int64_seed():
    theirs, ours = pair(17)
    for _ in range(5):
        assert random.int64_seed(ours) == torch.empty((), dtype=torch.int64).random_(generator=theirs).item()


def test_states_can_be_wrapped(monkeypatch):
    generator = random.Generator().manual_seed(1)
    plain = generator.get_state()
    monkeypatch.setattr(random.Generator, "wrap", staticmethod(lambda array: ("wrapped", array)))
    name, array = generator.get_state()
    assert name == "wrapped" and array.tobytes() == plain.tobytes() == generator.get_state_array().tobytes()


# ------------------------------------------------------------------ the default generator

@pytest.fixture
def _default_generators():
    state, torchs = random.default_generator.get_state_array(), torch.get_rng_state()
    yield
    random.default_generator.set_state_array(state)
    torch.set_rng_state(torchs)


@pytest.mark.usefixtures("_default_generators")
def test_the_default_generator():
    generators = torch.default_generator, random.default_generator
    for seed in (0, True, 3.7, "12", -1):
        torch.manual_seed(seed)
        assert random.manual_seed(seed) is random.default_generator
        assert random.initial_seed() == torch.initial_seed()
        assert_same(torch.randn(5), random.normal_(np.empty(5, np.float32)), generators)
        assert_same(torch.randperm(9), random.randperm(9), generators)
    assert random.get_rng_state().tobytes() == torch.get_rng_state().numpy().tobytes()
    state = random.get_rng_state()
    numbers = random.uniform_(np.empty(3)).tobytes()
    assert random.set_rng_state(state) is None
    assert random.uniform_(np.empty(3)).tobytes() == numbers
    assert random.seed() == random.initial_seed()


@pytest.mark.usefixtures("_default_generators")
def test_fork_rng():
    random.manual_seed(5)
    random.normal_(np.zeros(1))
    state = random.get_rng_state().tobytes()
    for kwargs in ({}, {"devices": []}, {"device_type": "cpu"}, {"devices": [0], "device_type": "cpu"}):
        with pytest.raises(KeyError), random.fork_rng(**kwargs):
            random.manual_seed(1)
            raise KeyError
        assert random.get_rng_state().tobytes() == state
    for kwargs in ({"enabled": False, "devices": [0]}, {"device_type": "meta"}):
        with random.fork_rng(**kwargs):
            random.uniform_(np.zeros(1))
        assert random.get_rng_state().tobytes() != state


# ------------------------------------------------------------------ errors

@pytest.mark.parametrize("seed", ["a", 1.5, True, None, 2**64, -2**63 - 1])
def test_seed_errors(seed):
    assert_same_error(lambda: torch.Generator().manual_seed(seed), lambda: random.Generator().manual_seed(seed))
    if seed not in (True, 1.5):
        assert_same_error(lambda: torch.manual_seed(seed), lambda: random.manual_seed(seed))


def broken(offset: int, value: int) -> torch.Tensor:
    state = torch.Generator().get_state()
    state[offset] = value
    return state


@pytest.mark.parametrize("state", [
    torch.zeros(10, dtype=torch.uint8), torch.zeros(5056), torch.zeros(5056, dtype=torch.uint8), broken(12, 0),
    broken(8, 0), broken(10, 1), broken(18, 1)])
def test_state_errors(state):
    assert_same_error(lambda: torch.Generator().set_state(state), lambda: random.Generator().set_state(state.numpy()))
    assert_same_error(lambda: torch.set_rng_state(state), lambda: random.set_rng_state(state.numpy()))


def test_a_state_is_an_array():
    assert_same_error(lambda: torch.Generator().set_state([1]), lambda: random.Generator().set_state([1]))


def test_other_devices_and_other_generators():
    assert random.Generator("cpu").device == random.Generator(random.Generator().device).device
    for name in ("cuda", "cuda:1", "meta"):
        with pytest.raises(RuntimeError, match="Cannot get (CUDA|META) generator.*Use device='cpu'"):
            random.Generator(name)
    with pytest.raises(RuntimeError, match="Expected one of cpu.* at start of device string: foo"):
        random.Generator("foo")
    with pytest.raises(TypeError, match="argument 'generator' must be torch.Generator, not int"):
        random.uniform_(np.zeros(3), generator=3)
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"), random.fork_rng(devices=[0]):
        pass
    with pytest.raises(RuntimeError, match="start of device string: foo"), random.fork_rng(device_type="foo"):
        pass
