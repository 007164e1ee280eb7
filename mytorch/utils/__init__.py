"""Tools around training: data, checkpoints."""
from . import checkpoint, data, dlpack  # noqa: F401
