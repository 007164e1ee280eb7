"""Mytorch: PyTorch on nothing but NumPy."""
