"""Rows: products, linear algebra, Fourier transforms."""
import numpy as np
from op_table import Row

FLOATS = "float64 float32"
LOOSE = 1e-7


def definite(a):
    """A symmetric matrix with positive eigenvalues, well apart from each other."""
    return a @ np.swapaxes(a, -1, -2) + np.diag(np.arange(1.0, a.shape[-1] + 1))


def lower(a):
    """A lower triangle with a diagonal far from zero."""
    return np.tril(a, -1) + 2 * np.eye(a.shape[-1])


def invertible(a):
    """A matrix far from a singular one."""
    return a + 3 * np.diag(np.arange(1.0, a.shape[-1] + 1))


def square(name, *rest, make=invertible, **options):
    """A row of a function of a square matrix."""
    return Row(name, [(3, 3), *rest], make=make, only=FLOATS, tolerance=LOOSE, **options)


PRODUCTS = [  # name, inputs, inputs that fail, words
    ("mm", [(3, 4), (4, 2)], [(3, 4), (3, 2)], "cannot be multiplied"),
    ("bmm", [(2, 3, 4), (2, 4, 2)], [(2, 3, 4), (2, 3, 4)], "Expected size for first two dimensions of batch2"),
    ("mv", [(3, 4), (4,)], [(3, 4), (3,)], "size mismatch"),
    ("dot", [(4,), (4,)], [(4,), (3,)], "inconsistent tensor size"),
    ("vdot", [(4,), (4,)], [(4,), (3,)], "inconsistent tensor size"),
    ("addmm", [(3, 2), (3, 4), (4, 2)], [(3, 2), (3, 4), (3, 2)], "cannot be multiplied"),
    ("addmv", [(3,), (3, 4), (4,)], [(3,), (3, 4), (3,)], "size mismatch"),
    ("baddbmm", [(2, 3, 2), (2, 3, 4), (2, 4, 2)], [(2, 3, 4), (2, 3, 4), (2, 3, 4)], "Expected size for first two"),
    ("addbmm", [(3, 2), (2, 3, 4), (2, 4, 2)], [(3, 4), (2, 3, 4), (2, 3, 4)], "Incompatible matrix sizes"),
    ("addr", [(3, 2), (3,), (2,)], [(3, 2), (3, 1), (2,)], "Expected 1-D argument vec1"),
]
ONE_DIM = "fft ifft rfft hfft ihfft"
FOURIER = "fft2 ifft2 rfft2 irfft2 hfft2 ihfft2 fftn ifftn rfftn irfftn hfftn ihfftn"

ROWS = [
    *(Row(name, inputs, fails=[(bad, words)]) for name, inputs, bad, words in PRODUCTS),
    *(Row(name, inputs, beta=0.5, alpha=2, only=FLOATS, label="scaled") for name, inputs, _, _ in PRODUCTS[5:]),
    Row("matmul", [(3, 4), (4, 2)], also="linalg.matmul", ops="matmul", fails=[([(3, 4), (3, 2)],
        "cannot be multiplied")]),
    Row("matmul", [(2, 1, 3, 4), (3, 4, 2)], label="batches"), Row("matmul", [(4,), (2, 4, 3)], label="vector"),
    Row("einsum", ["ij,jk->ik", (3, 4), (4, 2)]), Row("einsum", ["bii->b", (2, 3, 3)], label="trace"),
    Row("tensordot", [(2, 3, 4), (3, 4, 2), 2]), Row("inner", [(3, 4), (2, 4)]), Row("outer", [(3,), (4,)], also="ger"),
    Row("kron", [(2, 2), (3, 2)]), Row("chain_matmul", [(2, 3), (3, 4), (4, 2)]),
    Row("linalg.multi_dot", [[(2, 3), (3, 4), (4, 2)]]), Row("linalg.vecdot", [(3, 4), (3, 4)]),
    Row("linalg.cross", [(2, 3), (2, 3)], fails=[([(2, 4), (2, 4)], "must have length 3")]),
    Row("cross", [(2, 3), (2, 3), 1]), Row("trace", fails=[([(3,)], "expected a matrix")]),
    Row("linalg.diagonal", [(2, 3, 4)]), Row("linalg.vander", [(4,)]), Row("matrix_power", [(3, 3), 3]),
    Row("linalg.matrix_power", [(3, 3), 2]), Row("matrix_exp", [(3, 3)], also="linalg.matrix_exp",
                                                 ops="linalg_matrix_exp", only=FLOATS),
    *(square(name, also=also, ops=ops) for name, also, ops in (
        ("det", "linalg.det", "linalg_det"), ("logdet", "", ""), ("slogdet", "linalg.slogdet", "linalg_slogdet"),
        ("inverse", "linalg.inv", ""), ("linalg.inv_ex", "", "linalg_inv_ex"), ("linalg.cond", "", ""))),
    *(square("linalg." + name, (3, 2)) for name in ("solve", "solve_ex")),
    *(square("linalg.matrix_norm", how, label=str(how)) for how in ("fro", "nuc", 1, 2, float("inf"))),
    square("linalg.norm"), square("linalg.pinv"), square("pinverse"),
    Row("linalg.pinv", [(4, 3)], only=FLOATS, tolerance=LOOSE, label="tall"),
    square("linalg.matrix_rank"), square("linalg.tensorsolve", (3,)), square("linalg.tensorinv", ind=1),
    *(square("linalg." + name, ops=ops, label="symmetric", call=lambda torch, a, name=name:
             getattr(torch.linalg, name)(a + a.mT)) for name, ops in
      (("cholesky", ""), ("cholesky_ex", "linalg_cholesky_ex"), ("eigvalsh", "linalg_eigvalsh"))),
    square("cholesky", make=definite, call=lambda torch, a: torch.linalg.cholesky(a + a.mT)),
    square("linalg.eigh", make=definite, ops="linalg_eigh", call=lambda torch, a:
           [abs(part) for part in torch.linalg.eigh(a + a.mT)]),
    square("linalg.eig", make=invertible, ops="linalg_eig", call=lambda torch, a:
           [torch.sort(torch.linalg.eig(a)[0].real)[0]]),
    square("linalg.eigvals", make=invertible, ops="linalg_eigvals", call=lambda torch, a:
           torch.sort(torch.linalg.eigvals(a).real)[0]),
    Row("linalg.svd", [(4, 3)], ops="linalg_svd", only=FLOATS, tolerance=LOOSE, call=lambda torch, a:
        [abs(part) for part in torch.linalg.svd(a, full_matrices=False)]),
    Row("svd", [(4, 3)], ops="", only=FLOATS, tolerance=LOOSE, call=lambda torch, a: [abs(p) for p in torch.svd(a)]),
    Row("linalg.svdvals", [(4, 3)], only=FLOATS, tolerance=LOOSE),
    Row("linalg.qr", [(4, 3)], only=FLOATS, tolerance=LOOSE), Row("qr", [(4, 3)], only=FLOATS, tolerance=LOOSE),
    square("linalg.lu"), square("linalg.lu_factor"), square("linalg.lu_factor_ex"),
    Row("linalg.lstsq", [(4, 3), (4, 2)], only=FLOATS, tolerance=LOOSE, ops="linalg_lstsq", call=lambda torch, a, b:
        torch.linalg.lstsq(a, b).solution),
    square("linalg.solve_triangular", (3, 2), make=lower, upper=False),
    Row("cholesky_solve", [(3, 2), (3, 3)], only=FLOATS, tolerance=LOOSE, call=lambda torch, b, a:
        torch.cholesky_solve(b, a.tril() + 3 * torch.eye(3, dtype=a.dtype))),
    square("cholesky_inverse", make=lower, call=lambda torch, a: torch.cholesky_inverse(a.tril())),
    square("linalg.ldl_factor_ex", make=definite), square("linalg.ldl_factor", make=definite, ops=""),
    square("linalg.ldl_solve", make=definite, ops="linalg_ldl_solve", call=lambda torch, a:
           torch.linalg.ldl_solve(*torch.linalg.ldl_factor(a.detach()), a.detach())),
    Row("linalg.householder_product", [(4, 3), (3,)], only=FLOATS, also="orgqr"),
    Row("ormqr", [(4, 3), (3,), (4, 2)], only=FLOATS), Row("geqrf", [(4, 3)], only=FLOATS, tolerance=LOOSE),
    square("linalg.lu_solve", (3, 2), call=lambda torch, a, b: torch.linalg.lu_solve(*torch.linalg.lu_factor(a), b)),
    square("lu_solve", (3, 2), call=lambda torch, a, b: torch.lu_solve(b, *torch.linalg.lu_factor(a))),
    square("lu_unpack", call=lambda torch, a: torch.lu_unpack(*torch.linalg.lu_factor(a))),
    square("lu", call=lambda torch, a: torch.lu(a)[0]),
    square("triangular_solve", call=lambda torch, a: torch.triangular_solve(a + 1, a.tril(), upper=False)[0]),
    *(Row("fft." + name, [(3, 4)], ops={"fft": "fft_c2c", "rfft": "fft_r2c", "hfft": "fft_c2r"}.get(name, ""))
      for name in ONE_DIM.split()),
    Row("fft.irfft", [(3, 4)], ops=""), *(Row("fft." + name, [(2, 3, 4)], ops="") for name in FOURIER.split()),
    Row("fft.fft", [(3, 4)], n=6, dim=0, norm="ortho", label="padded",
        fails=[([(3, 4)], {"n": 0}, "Invalid number of data points (0) specified"),
               ([(3, 4)], {"dim": 2}, "Dimension out of range")]),
    Row("fft.irfft", [(3, 4)], n=5, norm="forward", label="odd"), Row("fft.fftshift"), Row("fft.ifftshift"),
]
