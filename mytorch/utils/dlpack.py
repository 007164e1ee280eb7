"""Memory exchanged with other libraries, under torch's old name: see mytorch.from_dlpack."""
from ..ops.memory import from_dlpack, to_dlpack

__all__ = ["from_dlpack", "to_dlpack"]
