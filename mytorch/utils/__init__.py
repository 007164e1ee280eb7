"""Tools around training: data, checkpoints."""
from . import checkpoint, data  # noqa: F401
