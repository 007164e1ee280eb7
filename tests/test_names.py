"""Every public name of torch: here, raising with its reason, or out of scope; and the table that says so."""
import subprocess
import sys
from pathlib import Path

import pytest

import mytorch
from mytorch import absent_names

ROOT = Path(__file__).parents[1]
OWNERS = [(mytorch, absent_names.REASONS), (mytorch.Tensor, absent_names.TENSOR), (mytorch.nn, absent_names.NN),
          (mytorch.nn.functional, absent_names.FUNCTIONAL)]


def _fresh_table():
    """In a process of its own: other tests import more of torch, which adds names to it."""
    code = "import sys; sys.path.insert(0, 'scripts'); import names_table; print(names_table.table(), end='')"
    return subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True,
                          check=True).stdout


def test_the_table_is_up_to_date():
    assert (ROOT / "data" / "names.md").read_text(encoding="utf-8") == _fresh_table(), "run scripts/names_table.py"


@pytest.mark.parametrize("owner, reasons", OWNERS, ids=["torch", "Tensor", "nn", "functional"])
def test_absent_names_say_why(owner, reasons):
    for why, names in reasons.items():
        for name in names.split():
            found = getattr(owner, name)
            if getattr(found, "absent", False) is True:
                with pytest.raises(NotImplementedError, match=f"{name}: ") as caught:
                    found()
                assert str(caught.value).endswith(why) and "\n" not in str(caught.value)


def test_no_name_is_said_twice():
    for _, reasons in OWNERS:
        names = [name for text in reasons.values() for name in text.split()]
        assert len(names) == len(set(names))
