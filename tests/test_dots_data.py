"""scripts/_dots_data.py: every honest spelling of a dots file is read, nothing in a file is ever executed."""

import importlib
import pickle
import random
import struct
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
dots_data = importlib.import_module("_dots_data")
DOTS = [((-0.79, 1.87), 1), ((0.04, 2.72), 1), ((2.93, 0.38), 0)]

SPELLINGS = {
    "the tutorial's": [[point, label] for point, label in DOTS],
    "tuples": tuple(DOTS),
    "arrays": [[np.array(point), np.array([label])[0]] for point, label in DOTS],
    "big endian": [[np.array(point, ">f8"), np.array(label, ">i2")] for point, label in DOTS],
    "scalars": [[tuple(np.float64(value) for value in point), np.bool_(label)] for point, label in DOTS],
    "object array": np.array([[point, label] for point, label in DOTS], dtype=object),
    "float labels": [(list(point), float(label)) for point, label in DOTS],
}


def read(tmp_path, content):
    path = tmp_path / "dots.pkl"
    path.write_bytes(content)
    return dots_data.read_dots(str(path))


def refusal(tmp_path, content):
    """The one line a refused file gets, without the file's name."""
    with pytest.raises(dots_data.DotsError) as caught:
        read(tmp_path, content)
    text = str(caught.value)
    start = f"{tmp_path / 'dots.pkl'}: "
    assert text.startswith(start)
    reason = text[len(start):]
    assert reason.isprintable() and len(reason) < 250
    return reason


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_read_in_every_protocol(tmp_path, spelling, protocol):
    assert read(tmp_path, pickle.dumps(SPELLINGS[spelling], protocol)) == DOTS


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_arrays_in_fortran_order_keep_their_order(tmp_path, protocol):
    pairs = np.empty((3, 2), dtype=object, order="F")
    for i, (point, label) in enumerate(DOTS):
        pairs[i, 0], pairs[i, 1] = point, label
    assert read(tmp_path, pickle.dumps(pairs, protocol)) == DOTS


def test_files_of_numpy_1_name_other_modules(tmp_path):
    content = pickle.dumps(SPELLINGS["arrays"], 2)
    assert b"numpy._core.multiarray" in content
    assert read(tmp_path, content.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")) == DOTS


class Asks:
    """Pickles to a call of `function`."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", range(6))
def test_a_file_that_asks_to_run_something_is_refused_and_runs_nothing(tmp_path, protocol):
    witness = tmp_path / "witness"
    reason = refusal(tmp_path, pickle.dumps([Asks(open, str(witness), "w")], protocol))
    assert "asks for " in reason and reason.endswith("; only lists, tuples, numbers, strings and NumPy arrays are read")
    assert not witness.exists()


@pytest.mark.parametrize("content, reason", [
    (b"cos\nsystem\n(S'true'\ntR.", "asks for os.system"),
    (b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.", "asks for builtins.eval"),
    (b"\x80\x04\x8c\x05numpy\x8c\x06memmap\x93.", "asks for numpy.memmap"),
    (b"\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93.", "asks for numpy.ndarray.tofile"),
    (b"cnumpy\nndarray\n(tR.", "asks to call numpy.ndarray"),
    (b"cnumpy\ndtype\n(S'V8'\ntR.", "holds an array of type 'V8'"),
    (b"c_codecs\nencode\n(S'a'\nS'zlib'\ntR.", "asks for the codec 'zlib'"),
    (b"cos\n\x1b[2Jx\n.", "asks for os.?[2Jx"),
    (b"Psomething\n.", "refers to objects outside the file"),
    (b"\x82\x01.", "unregistered extension code 1"),
])
def test_what_a_hostile_file_asks_for_is_named(tmp_path, content, reason):
    assert reason in refusal(tmp_path, content)


ARRAY_OF = pickle.dumps([np.array([1.5, 2.5])], 2)


@pytest.mark.parametrize("content", [
    b"\x80\x04]r\xff\xff\xff\x1f.",  # a place in the memo that would make the C unpickler take 8 GiB
    b"\x80\x05\x96" + struct.pack("<Q", 2**28) + b"x.",  # a bytearray said to be 256 MiB long
    b"\x80\x04\x8e" + struct.pack("<Q", 2**28) + b"x.",  # bytes, the same
    ARRAY_OF.replace(b"K\x02\x85", b"J\xff\xff\xff\x7f\x85"),  # an array said to have 2**31 - 1 items
    pickle.dumps([np.empty((0, 1))], 2).replace(b"K\x00K\x01\x86", b"J\xff\xff\xff\x7fK\x00\x86"),
])
def test_memory_is_not_taken_on_the_files_word(tmp_path, content):
    tracemalloc.start()
    try:
        refusal(tmp_path, content)
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("value, reason", [
    ({"a": 1}, "the file is a dict, expected a list of ((x, y), label)"),
    (3, "the file is a int, expected a list"),
    ([], "holds no dots"),
    ([1, 2], "dot 0 is a int, expected ((x, y), label)"),
    ([*DOTS, ((1, 2), 0, 1)], "dot 3 has length 3, expected ((x, y), label)"),
    ([((1, 2, 3), 0)], "the point of dot 0 has length 3, expected (x, y)"),
    ([("xy", 0)], "the point of dot 0 is a str, expected (x, y)"),
    ([((1, "2"), 0)], "y of dot 0 is a str, expected a number"),
    ([((1, 2), None)], "the label of dot 0 is a NoneType, expected a number"),
    ([((1, 2), 2)], "the label of dot 0 is 2, expected 0 or 1"),
    ([((1, 2), 0.5)], "the label of dot 0 is 0.5, expected 0 or 1"),
    ([((float("nan"), 2), 0)], "x of dot 0 is not a finite number"),
    ([((1, float("-inf")), 0)], "y of dot 0 is not a finite number"),
    ([((10**400, 2), 0)], "x of dot 0 is not a finite number"),
    (np.zeros((4, 3)), "dot 0 has length 3"),
    (np.zeros(0), "holds no dots"),
    ([((1j, 2), 0)], "asks for "),
])
@pytest.mark.parametrize("protocol", [0, 5])
def test_a_wrong_shape_is_named(tmp_path, value, reason, protocol):
    assert reason in refusal(tmp_path, pickle.dumps(value, protocol))


def test_a_file_cut_anywhere_is_refused(tmp_path):
    for spelling, protocol in (("the tutorial's", 4), ("arrays", 2), ("scalars", 5)):
        content = pickle.dumps(SPELLINGS[spelling], protocol)
        for end in range(len(content)):
            reason = refusal(tmp_path, content[:end])
            assert reason.startswith(("truncated", "damaged"))


@pytest.mark.parametrize("content", [b"", b"\n", b"hello, world", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"(((((" * 1000])
def test_other_files_are_refused(tmp_path, content):
    assert refusal(tmp_path, content).startswith(("truncated, or not a pickle", "damaged, or not a pickle"))


def test_random_damage_gives_dots_or_one_line(tmp_path):
    rng, refused = random.Random(0), 0
    for _ in range(3000):
        content = bytearray(pickle.dumps(SPELLINGS[rng.choice(list(SPELLINGS))], rng.randrange(6)))
        for _ in range(rng.choice((1, 1, 3))):
            content[rng.randrange(len(content))] = rng.randrange(256)
        try:
            dots = read(tmp_path, bytes(content))
        except dots_data.DotsError as error:
            refused += 1
            assert str(error).isprintable()
        else:
            assert all(label in (0, 1) and np.isfinite(point).all() for point, label in dots)
    assert 1000 < refused < 3000


def test_what_the_system_refuses_is_said_in_its_words(tmp_path):
    for path, reason in ((tmp_path / "none.pkl", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(dots_data.DotsError, match=reason) as caught:
            dots_data.read_dots(str(path))
        assert str(caught.value).startswith(f"{path}: ")
