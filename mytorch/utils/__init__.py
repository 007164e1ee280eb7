"""Tools around training: data."""
from . import data  # noqa: F401
