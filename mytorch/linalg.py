"""torch.linalg: names for what is in ops/."""
from .ops.decomposition import eig, eigh, eigvals, eigvalsh, svdvals
from .ops.decomposition import linalg_qr as qr
from .ops.decomposition import linalg_svd as svd
from .ops.determinants import det, lstsq, matrix_rank, pinv
from .ops.determinants import linalg_slogdet as slogdet
from .ops.householder import householder_product
from .ops.ldl import ldl_factor, ldl_factor_ex, ldl_solve
from .ops.linalg import linalg_cross as cross
from .ops.linalg import linalg_diagonal as diagonal
from .ops.linalg import linalg_norm as norm
from .ops.linalg import matrix_norm, multi_dot, vecdot
from .ops.lu import linalg_lu as lu
from .ops.lu import linalg_lu_solve as lu_solve
from .ops.lu import lu_factor, lu_factor_ex
from .ops.matrices import LinAlgError
from .ops.matrix_functions import cond, matrix_exp, matrix_power, tensorinv, tensorsolve
from .ops.matrix_functions import linalg_vander as vander
from .ops.norms import vector_norm
from .ops.products import matmul
from .ops.solvers import inv, inv_ex, solve, solve_ex
from .ops.triangular import cholesky_ex, solve_triangular
from .ops.triangular import linalg_cholesky as cholesky

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh",
    "householder_product", "inv", "inv_ex", "ldl_factor", "ldl_factor_ex", "ldl_solve", "lstsq", "lu", "lu_factor",
    "lu_factor_ex", "lu_solve", "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot",
    "norm", "pinv", "qr", "slogdet", "solve", "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv",
    "tensorsolve", "vander", "vecdot", "vector_norm"]
