"""Mytorch: PyTorch on nothing but NumPy."""
__version__ = "0.1.0"

from ._types import *  # noqa: F403
from ._types import bfloat16_dtype as _bfloat16_dtype
from .constants import *  # noqa: F403
from .engine.tape import mode as _mode  # noqa: F401
from .engine.tensor import Tensor  # noqa: F401
from .ops.pointwise import *  # noqa: F403
from .ops.powers import *  # noqa: F403
from .ops.rounding import *  # noqa: F403
from .ops.complexes import *  # noqa: F403
from .ops.comparison import *  # noqa: F403
from .ops.blending import *  # noqa: F403
from .ops.error_function import *  # noqa: F403
from .ops.gamma import *  # noqa: F403
from .ops.bessel import *  # noqa: F403
from .ops.shape import *  # noqa: F403
from .ops.broadcasting import *  # noqa: F403
from .ops.indexing import *  # noqa: F403
from .ops.assigning import *  # noqa: F403
from .ops.joining import *  # noqa: F403
from .ops.gathering import *  # noqa: F403
from .ops.repeating import *  # noqa: F403
from .ops.writing import *  # noqa: F403
from .ops.scatter import *  # noqa: F403
from .ops.index_write import *  # noqa: F403
from .ops.diagonals import *  # noqa: F403
from .ops.arranging import *  # noqa: F403
from .ops.strided import *  # noqa: F403
from .ops.shape_inplace import *  # noqa: F403
from .ops.segments import *  # noqa: F403
from .ops.reduction import *  # noqa: F403
from .ops.extremes import *  # noqa: F403
from .ops.scan import *  # noqa: F403
from .ops.differences import *  # noqa: F403
from .ops.sorting import *  # noqa: F403
from .ops.products import *  # noqa: F403
from .ops.norms import *  # noqa: F403
from .ops.statistics import *  # noqa: F403
from .ops.einsum import *  # noqa: F403
from .ops.triangular import *  # noqa: F403
from .ops.lu import *  # noqa: F403
from .ops.solvers import *  # noqa: F403
from .ops.decomposition import *  # noqa: F403
from .ops.determinants import *  # noqa: F403
from .ops.householder import *  # noqa: F403
from .ops.linalg import *  # noqa: F403
from .ops.matrix_functions import *  # noqa: F403
from .ops import numpy_reductions as _numpy_reductions, numpy_ufuncs as _numpy_ufuncs  # noqa: F401
from .ops import numpy_shape as _numpy_shape, numpy_indexing as _numpy_indexing  # noqa: F401
from .ops import numpy_order as _numpy_order, numpy_linalg as _numpy_linalg, numpy_signal as _numpy_signal  # noqa: F401
from .ops import numpy_rest as _numpy_rest, numpy_polynomials as _numpy_polynomials  # noqa: F401
from .ops import numpy_padding as _numpy_padding  # noqa: F401
from .ops.creation import *  # noqa: F403
from .ops.ranges import *  # noqa: F403
from .ops.typed import *  # noqa: F403
from .ops.windows import *  # noqa: F403
from .ops.conversion import *  # noqa: F403
from .ops.memory import *  # noqa: F403
from .ops.sampling import *  # noqa: F403
from .ops.lowrank import *  # noqa: F403
from .ops.dropout import *  # noqa: F403
from .ops.absent import *  # noqa: F403
from .ops import inherited as _inherited  # noqa: F401
from .ops.convolution import *  # noqa: F403
from .ops.grid_sampling import *  # noqa: F403
from .ops.shuffling import *  # noqa: F403
from .ops.activation import *  # noqa: F403
from .ops.linear import *  # noqa: F403
from .ops.loss import *  # noqa: F403
from .ops.ctc import *  # noqa: F403
from .ops.recurrent_stack import *  # noqa: F403
from .ops.padding import *  # noqa: F403
from .ops.short_time import *  # noqa: F403
from .ops.normalization import *  # noqa: F403
from . import special  # noqa: F401
from . import fft, linalg, return_types  # noqa: F401
from .settings import *  # noqa: F403
from .symbolic import *  # noqa: F403
from . import amp  # noqa: F401
from .amp import *  # noqa: F403
from . import autograd  # noqa: F401
from .autograd import (enable_grad, inference_mode, is_anomaly_check_nan_enabled, is_anomaly_enabled,  # noqa: F401
                       is_grad_enabled, is_inference_mode_enabled, no_grad, set_anomaly_enabled, set_grad_enabled)
from . import nn, utils  # noqa: F401
from .nn.functional import (adaptive_avg_pool1d, avg_pool1d, conv_tbc, max_pool1d,  # noqa: F401
                            max_pool1d_with_indices, max_pool2d, max_pool3d)
from .nn.functional import adaptive_max_pool1d_with_indices as adaptive_max_pool1d  # noqa: F401
from .nn.functional.numbered import *  # noqa: F403
from . import optim  # noqa: F401
from . import func, sparse  # noqa: F401
from .sparse import mm as spmm, sparse_coo_tensor  # noqa: F401
from .func import vmap  # noqa: F401
from .abstract import AbsActivation, AbsLoss, AbsModule, AbsNet, AbsOptimizer, MyTorch  # noqa: F401
from .nn import *  # noqa: F403  (the tutorial's spelling: from mytorch import Linear, Tanh, Module)
from .optim import AdamW, Mini_BGD  # noqa: F401
from .utils.data import DataLoader, Dataset  # noqa: F401
from .engine.arguments import attend as _attend
from .engine.arguments import attend_tensors as _attend_tensors
from .absent_names import fill as _fill
from .absent_names import missing as _missing
import sys as _sys
from importlib import import_module as _import_module

for _kind in (Tensor, Size, dtype, device, finfo, iinfo, layout, memory_format):  # noqa: F405
    _kind.__module__ = __name__  # by this name they are printed, pickled and known
_attend(nn.functional, beside=_sys.modules[__name__])
_attend_tensors(nn.functional)
for _home, _prefix in (linalg, "linalg_"), (fft, "fft_"), (special, "special_"), (_sys.modules[__name__], ""):
    _attend(_home, _prefix)
_attend(Tensor)
_fill(_sys.modules[__name__])


def __getattr__(name: str) -> object:
    """Made when first asked for: `mytorch.bfloat16`, which needs ml_dtypes, and the pages about other devices."""
    if name == "bfloat16":
        return _bfloat16_dtype()
    if name in ("accelerator", "backends", "cuda"):
        return _import_module("." + name, __name__)
    raise _missing(name)
