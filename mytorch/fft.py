"""Fourier transforms: torch.fft."""
from .engine.tensor import Tensor  # noqa: F401  (torch's page names it too)
from .ops.spectral import (
                           fft,
                           fft2,
                           fftfreq,
                           fftn,
                           fftshift,
                           hfft,
                           hfft2,
                           hfftn,
                           ifft,
                           ifft2,
                           ifftn,
                           ifftshift,
                           ihfft,
                           ihfft2,
                           ihfftn,
                           irfft,
                           irfft2,
                           irfftn,
                           rfft,
                           rfft2,
                           rfftfreq,
                           rfftn,
)

__all__ = ["fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "ifft", "ifft2", "ifftn",
           "ifftshift", "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn"]
