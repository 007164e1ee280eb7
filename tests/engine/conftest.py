"""Engine tests share the scenarios' helpers, one folder up."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine_scenarios import switches_are_left_alone  # noqa: E402, F401  (an autouse fixture)
