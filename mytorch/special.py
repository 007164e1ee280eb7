"""torch.special: the special functions, under the names that torch has for them there."""
from __future__ import annotations

from .engine.tensor import Tensor  # noqa: F401  (torch's page names it too)
from .ops.activation import log_softmax, softmax
from .ops.bessel import (
                         airy_ai,
                         bessel_j0,
                         bessel_j1,
                         bessel_y0,
                         bessel_y1,
                         i0,
                         i0e,
                         i1,
                         i1e,
                         modified_bessel_i0,
                         modified_bessel_i1,
                         modified_bessel_k0,
                         modified_bessel_k1,
                         scaled_modified_bessel_k0,
                         scaled_modified_bessel_k1,
                         spherical_bessel_j0,
)
from .ops.blending import entr, logit, xlog1py, xlogy
from .ops.error_function import erf, erfc, erfcx, erfinv, log_ndtr, ndtr, ndtri
from .ops.gamma import digamma, igamma, igammac, lgamma, mvlgamma, polygamma, zeta
from .ops.orthogonal import (
                         chebyshev_polynomial_t,
                         chebyshev_polynomial_u,
                         chebyshev_polynomial_v,
                         chebyshev_polynomial_w,
                         hermite_polynomial_h,
                         hermite_polynomial_he,
                         laguerre_polynomial_l,
                         legendre_polynomial_p,
                         shifted_chebyshev_polynomial_t,
                         shifted_chebyshev_polynomial_u,
                         shifted_chebyshev_polynomial_v,
                         shifted_chebyshev_polynomial_w,
)
from .ops.pointwise import exp2, expm1, log1p, sigmoid, sinc
from .ops.reduction import logsumexp
from .ops.rounding import round

__all__ = [
    "airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "chebyshev_polynomial_t", "chebyshev_polynomial_u",
    "chebyshev_polynomial_v", "chebyshev_polynomial_w", "digamma", "entr", "erf", "erfc", "erfcx", "erfinv", "exp2",
    "expit", "expm1", "gammainc", "gammaincc", "gammaln", "hermite_polynomial_h", "hermite_polynomial_he", "i0", "i0e",
    "i1", "i1e", "laguerre_polynomial_l", "legendre_polynomial_p", "log1p", "log_ndtr", "log_softmax", "logit",
    "logsumexp", "modified_bessel_i0", "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1",
    "multigammaln", "ndtr", "ndtri", "polygamma", "psi", "round", "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1", "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u",
    "shifted_chebyshev_polynomial_v", "shifted_chebyshev_polynomial_w", "sinc", "softmax", "spherical_bessel_j0",
    "xlog1py", "xlogy", "zeta"]

expit, gammaln, psi, multigammaln, gammainc, gammaincc = sigmoid, lgamma, digamma, mvlgamma, igamma, igammac
