"""Where torch keeps AdamW too."""
from .adam import AdamW

__all__ = ["AdamW"]
