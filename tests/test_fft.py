"""Fourier transforms against torch: every function over lengths, dims and normalizations; gradients twice; NumPy's
face."""
from __future__ import annotations

import numpy as np
import pytest
import side_by_side
import torch
from both_sides import same
from form_rows import same_row, table

import mytorch

REAL_IN = ("rfft", "ihfft", "rfft2", "ihfft2", "rfftn", "ihfftn")
LINES = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
GRIDS = ("fft2", "ifft2", "rfft2", "irfft2", "hfft2", "ihfft2", "fftn", "ifftn", "rfftn", "irfftn", "hfftn", "ihfftn")
CASES = ([(f, {"n": n, "dim": d, "norm": m}) for f in LINES for n, d, m in (
    (None, -1, None), (5, 0, "ortho"), (8, 1, "forward"), (3, -2, "backward"))]
    + [(f, {"s": s, "dim": d, "norm": m}) for f in GRIDS for s, d, m in (
        (None, (-2, -1), None), ((3, 6), (0, 2), "ortho"), ((6, -1), (1, 0), "forward"))]
    + [(f, {}) for f in GRIDS])


def values(name):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 5, 6))
    return x if name in REAL_IN else x + 1j * rng.standard_normal(x.shape)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_value_and_two_gradients(name, options):
    x = values(name)
    mine, theirs = mytorch.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, t = getattr(mytorch.fft, name)(mine, **options), getattr(torch.fft, name)(theirs, **options)
    np.testing.assert_allclose(y.detach(), t.detach().resolve_conj().numpy(), atol=1e-12)
    assert y.dtype == t.detach().resolve_conj().numpy().dtype
    (g,) = mytorch.autograd.grad((abs(y) ** 2).sum(), mine, create_graph=True)
    (h,) = torch.autograd.grad((abs(t) ** 2).sum(), theirs, create_graph=True)
    np.testing.assert_allclose(g.detach(), h.detach().resolve_conj().numpy(), atol=1e-10)
    (abs(g) ** 2).sum().backward()
    (abs(h) ** 2).sum().backward()
    np.testing.assert_allclose(mine.grad, theirs.grad.resolve_conj().numpy(), atol=1e-8)


@pytest.mark.parametrize("name", ["fft", "rfft", "irfft", "fftn", "irfft2", "ihfft"])
def test_types_follow_torch(name):
    for kind in ("float32", "int64", "complex64"):
        if kind == "complex64" and name in REAL_IN:
            continue
        x = np.ones((4, 4), kind)
        y, t = getattr(mytorch.fft, name)(mytorch.tensor(x)), getattr(torch.fft, name)(torch.tensor(x))
        assert y.dtype == t.resolve_conj().numpy().dtype, kind


@pytest.mark.parametrize("call", [
    lambda ns: ns.fft.fft(ns.ones(4), n=0), lambda ns: ns.fft.fft(ns.ones(4), norm="bad"),
    lambda ns: ns.fft.fft(ns.ones(4), dim=3), lambda ns: ns.fft.rfft(ns.ones(4, dtype=ns.complex64)),
    lambda ns: ns.fft.fftn(ns.ones(4), s=(2, 2)), lambda ns: ns.fft.fft(ns.ones(4).half()),
    lambda ns: ns.fft.fftn(ns.ones(2, 3), dim=(0, 0)), lambda ns: ns.fft.irfftn(ns.tensor(1.0)),
    lambda ns: ns.fft.fft(ns.tensor(1.0)), lambda ns: ns.fft.ihfft(ns.ones(4, dtype=ns.complex64))])
def test_errors_are_torchs(call):
    with pytest.raises((RuntimeError, IndexError)) as theirs:
        call(torch)
    with pytest.raises(type(theirs.value)) as mine:
        call(mytorch)
    assert str(mine.value) == str(theirs.value)


def test_shifts():
    x = np.arange(15.0).reshape(3, 5)
    for name in ("fftshift", "ifftshift"):
        for dim in (None, 1, (0,)):
            np.testing.assert_array_equal(getattr(mytorch.fft, name)(mytorch.tensor(x), dim),
                                          getattr(torch.fft, name)(torch.tensor(x), dim).numpy())


@pytest.mark.parametrize("name", ["fftfreq", "rfftfreq"])
@pytest.mark.parametrize("arguments", side_by_side.lines("""
    4
    9, 0.3
    6, 0.3, dtype=torch.float16
    8, 7.7, dtype=torch.bfloat16
    9, 0.1, dtype=torch.float64, requires_grad=True
    0
    -3
    5, 0.0
    5.0
    5, dtype=torch.int64
    5, dtype=torch.complex64
    5, device='cuda'
    5, out=torch.empty(0)
    5, out=torch.empty(0, dtype=torch.float64)
    5, out=torch.empty(0), dtype=torch.float64
    """))
def test_frequencies(name, arguments):
    side_by_side.same(f"torch.fft.{name}({arguments})")


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "fft2", "ifft2", "rfft2", "irfft2",
                                  "fftn", "ifftn", "rfftn", "irfftn", "fftshift", "ifftshift"])
def test_numpys_functions_record(name):
    x = values(name)
    tensor = mytorch.tensor(x, requires_grad=True)
    y = getattr(np.fft, name)(tensor)
    np.testing.assert_allclose(y.detach(), getattr(np.fft, name)(x), atol=1e-12)
    assert y.requires_grad


SHORT_TIME = table(r"""
torch.stft(y[:,0],2,1,return_complex=True)
torch.stft(torch.arange(10.),4)
torch.stft(torch.arange(10.),4,return_complex=False)
torch.stft(torch.arange(10.),40,return_complex=True)
torch.stft(torch.arange(10.),4,hop_length=0,return_complex=True)
torch.stft(torch.arange(10.),4,win_length=5,return_complex=True)
torch.stft(torch.arange(10.),4,win_length=2,return_complex=True)
torch.stft(torch.arange(10.),4,window=torch.ones(3),return_complex=True)
torch.stft(torch.arange(10),4,return_complex=True)
torch.stft(torch.arange(10.).reshape(1,1,10),4,return_complex=True)
torch.stft(torch.arange(10.),4,center=False,return_complex=True)
torch.stft(torch.arange(10.),4,pad_mode='constant',return_complex=True)
torch.stft(torch.arange(10.),4,pad_mode='circular',return_complex=True)
torch.stft(torch.arange(10.),4,normalized=True,return_complex=True)
torch.stft(torch.arange(10.)+0j,4,window=torch.ones(4))
torch.stft(torch.arange(10.)+0j,4,onesided=True)
torch.stft(torch.arange(10.),4,align_to_window=True,return_complex=True)
torch.stft(torch.arange(20.).reshape(2,10),4,2,window=torch.ones(4),return_complex=True)
torch.arange(10.).stft(4,window=torch.ones(4),return_complex=True)
torch.istft(torch.stft(torch.arange(10.),4,return_complex=True),4)
torch.istft(torch.stft(torch.arange(10.),4,return_complex=True),4,length=15)
torch.istft(torch.stft(torch.arange(10.),4,return_complex=True),4,length=5,window=torch.ones(4))
torch.istft(torch.arange(10.),4)
torch.istft(torch.stft(torch.arange(10.),4,return_complex=True),6)
torch.istft(torch.stft(torch.arange(10.),4,return_complex=True),4,hop_length=9)
torch.istft(torch.stft(torch.arange(10.),4,return_complex=True),4,return_complex=True)
torch.istft(torch.ones(4,9)+0j,4,normalized=True,onesided=False,window=torch.ones(4))
torch.istft(torch.ones(2,3,9)+0j,4,center=False,window=torch.ones(4))
torch.istft(torch.ones(3,9)+0j,4,4,window=torch.hann_window(4))
""")


@pytest.mark.parametrize("row", SHORT_TIME)
def test_short_time(row):
    """Spectra of frames, and signals from them, to the character."""
    same_row(row)


@pytest.mark.parametrize("expression", [
    "torch.stft(x(10), 4, 2, window=u(4), return_complex=True)",
    "torch.stft(x(2, 10), 4, win_length=3, window=u(3), center=False, normalized=True, return_complex=True)",
    "torch.istft(x(3, 6, dtype='complex128'), 4, 2, window=u(4))",
    "torch.istft(x(2, 4, 6, dtype='complex128'), 4, 2, window=u(4), onesided=False, return_complex=True, length=7)",
])
def test_gradients_of_short_time(expression):
    same(expression, describe=False)
