"""Spectra of short pieces of a signal, and the signal back from them."""
from __future__ import annotations

from typing import Any

import numpy as np

from .._types import is_inexact, tensor_type, type_name
from .._warnings import warn, warn_once
from ..engine.op import method
from ..engine.tensor import Tensor, plain, tensor_of
from .indexing import narrow
from .padding import constant_pad_nd
from .spectral import fft, ifft, irfft, rfft
from .strided import view_as_real

__all__ = ["istft", "stft"]

#: torch's names of the ways to go on past the ends -> NumPy's.
_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
_NO_WINDOW = ("A window was not provided. A rectangular window will be applied,{} Other windows such as "
              "torch.hann_window or torch.kaiser_window are recommended.")


def _centered(x: Any, n: int, mode: str) -> Any:
    """x with half a frame more at both ends of its last dim, so that frame t is centered at t * hop."""
    size = x.shape[-1]
    if mode == "constant":
        return constant_pad_nd(x, (n, n))
    if mode not in _MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if mode == "reflect" and n >= size:
        raise RuntimeError("Argument #4: Padding size should be less than the corresponding input dimension, but got: "
                           f"padding ({n}, {n}) at dimension 2 of input {[1] * (3 - x.ndim) + list(x.shape)}")
    return x[..., np.pad(np.arange(size), n, mode=_MODES[mode])]  # type: ignore[call-overload]


def _text(x: Any, options: dict[str, Any], kind: str) -> str:
    """How torch tells of a call: the input and every option."""
    told = {name: str(value) if value is None else f"{tensor_type(value)}{{[{len(value)}]}}"
            if isinstance(value, Tensor) else int(value) for name, value in options.items()}
    return f"({kind}{list(x.shape)}, " + ", ".join(f"{name}={value}" for name, value in told.items()) + ")"


def _framed(window: Any, size: int, n_fft: int) -> Any:
    """The window in the middle of a frame of zeros; without one all ones."""
    window = tensor_of(np.ones(size)) if window is None else window
    left = (n_fft - size) // 2
    return constant_pad_nd(window, (left, n_fft - size - left)) if size < n_fft else window


@method()
def stft(input: Any, n_fft: int, hop_length: int | None = None, win_length: int | None = None, window: Any = None,
         center: bool = True, pad_mode: str = "reflect", normalized: bool = False, onesided: bool | None = None,
         return_complex: bool | None = None, align_to_window: bool | None = None) -> Any:
    """The spectrum of each frame of a signal: (*, L) -> (*, n_fft // 2 + 1, T) of complex numbers, * at most one dim.

        y[w, t] = sum_k window[k] x[t hop + k] exp(-2 pi i w k / n_fft)

    center: frame t is centered at t * hop_length; the signal goes on past its ends as `pad_mode` says.
    normalized: divided by sqrt(n_fft).  onesided=False: all n_fft frequencies, as for complex signals.  As torch.stft.
    """
    hop, size = n_fft // 4 if hop_length is None else hop_length, n_fft if win_length is None else win_length
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    x = _centered(input, n_fft // 2, pad_mode) if center else input
    if window is None:
        warn_once(_NO_WINDOW.format("which is known to cause spectral leakage."))
    text = "stft" + _text(x, {"n_fft": n_fft, "hop_length": hop, "win_length": size, "window": window,
                              "normalized": normalized, "onesided": onesided, "return_complex": return_complex,
                              "align_to_window": align_to_window}, tensor_type(x))
    for wrong, what in (
            (not is_inexact(x.dtype), "expected a tensor of floating point or complex values"),
            (x.ndim not in (1, 2), "expected a 1D or 2D tensor"),
            (not 0 < n_fft <= x.shape[-1], f"expected 0 < n_fft < {x.shape[-1]}, but got n_fft={n_fft}"),
            (hop <= 0, f"expected hop_length > 0, but got hop_length={hop}"),
            (not 0 < size <= n_fft, f"expected 0 < win_length <= n_fft, but got win_length={size}"),
            (window is not None and tuple(window.shape) != (size,),
             f"expected a 1D window tensor of size equal to win_length={size}, but got window with size "
             f"{[] if window is None else list(window.shape)}")):
        if wrong:
            raise RuntimeError(f"{text} : {what}")
    whole = x.dtype.kind == "c" or window is not None and window.dtype.kind == "c"
    if onesided and whole:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if return_complex is None and not whole:
        raise RuntimeError("stft requires the return_complex parameter be given for real inputs, and will further "
                           "require that return_complex=True in a future PyTorch release.")
    weights = _framed(window, size, n_fft)
    frames = x.unfold(-1, n_fft, hop) * (weights if window is not None else weights.to(x.dtype))   # (*, T, n_fft)
    spectrum = (fft if whole or onesided is False else rfft)(frames, norm="ortho" if normalized else None)
    found = spectrum.transpose(-1, -2)
    if return_complex is not False:
        return found
    warn("stft with return_complex=False is deprecated. In a future pytorch release, stft will return complex "
         "tensors for all inputs, and return_complex=False will raise an error.")
    return view_as_real(found)


@method()
def istft(input: Any, n_fft: int, hop_length: int | None = None, win_length: int | None = None, window: Any = None,
          center: bool = True, normalized: bool = False, onesided: bool | None = None, length: int | None = None,
          return_complex: bool = False) -> Any:
    """The signal whose frames have these spectra, in the sense of least squares: (*, F, T) -> (*, L).

    Frames are added where they overlap, and divided by the sum of the squared windows there.  length: of the result.
    As torch.istft.
    """
    if window is None:
        warn_once(_NO_WINDOW.format("Please provide the same window used by stft to make the inversion lossless."))
    hop, size = n_fft // 4 if hop_length is None else hop_length, n_fft if win_length is None else win_length
    if input.dtype.kind != "c":
        raise RuntimeError("istft requires a complex-valued input tensor matching the output from stft with "
                           "return_complex=True.")
    text = "istft" + _text(input, {"n_fft": n_fft, "hop_length": hop, "win_length": size, "window": window,
                                   "center": center, "normalized": normalized, "onesided": onesided, "length": length,
                                   "return_complex": return_complex}, f"CPU{type_name(input.dtype)}Type")
    onesided = window is None or window.dtype.kind != "c" if onesided is None else onesided
    if return_complex and onesided:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    bins = n_fft // 2 + 1 if onesided else n_fft
    for wrong, what in (
            (input.ndim not in (2, 3), f"expected a tensor with 2 or 3 dimensions, but got {input.ndim}"),
            (input.shape[-2] != bins, "expected the frequency dimension (3rd to the last) of the input tensor to match "
             + (f"n_fft / 2 + 1 when onesided=True, but got {input.shape[-2]}" if onesided else
                f"n_fft when onesided=False, but got {input.shape[-2]}")),
            (not 0 < hop <= size, "expected 0 < hop_length <= win_length"),
            (not 0 < size <= n_fft, "expected 0 < win_length <= n_fft"),
            (window is not None and tuple(window.shape) != (size,),
             "Invalid window shape. window has to be 1D and length of `win_length`")):
        if wrong:
            raise RuntimeError(f"{text} : {what}")
    norm = "ortho" if normalized else None
    spectra = input.transpose(-1, -2)                                     # (*, T, F)
    frames = ifft(spectra, n_fft, norm=norm) if return_complex else (
        irfft(spectra if onesided else narrow(spectra, -1, 0, n_fft // 2 + 1), n_fft, norm=norm))
    weights = _framed(window, size, n_fft)
    weights = weights if window is not None else weights.to(frames.dtype)
    whole = n_fft + hop * (input.shape[-1] - 1)
    y, envelope = _overlapped(frames * weights, hop, whole), _overlapped(
        (weights * weights).expand(input.shape[-1], n_fft), hop, whole)   # (*, whole), (whole,)
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else whole - n_fft // 2 * bool(center)
    y, envelope = y[..., start:end], envelope[start:end]
    if not np.abs(plain(envelope)).min() > 1e-11:
        raise RuntimeError(f"{text} window overlap add min: 1")
    y = y / envelope
    if end > whole:
        warn("The length of signal is shorter than the length parameter. Result is being padded with zeros in "
             "the tail. Please check your center and hop_length settings.")
        y = constant_pad_nd(y, (0, end - whole))
    return y


def _overlapped(frames: Any, hop: int, whole: int) -> Any:
    """The sum of frames (*, T, n) of which each begins `hop` after the one before: (*, whole)."""
    count, n = frames.shape[-2:]
    places = tensor_of((np.arange(count)[:, None] * hop + np.arange(n)).reshape(-1))
    flat = frames.reshape((*frames.shape[:-2], count * n))
    return flat.new_zeros((*flat.shape[:-1], whole)).index_add(-1, places, flat)
