"""Rows: reductions, extremes, running sums, order, statistics."""
import numpy as np
from op_table import Row, bools, data, ints, value

RANGE = [([(3, 4)], {"dim": 2}, "Dimension out of range (expected to be in range of [-2, 1], but got 2)")]
TWICE = [([(3, 4)], {"dim": (1, -1)}, "appears multiple times in the list of dims")]
SUMS = "sum mean nansum nanmean"
ALL_DIMS = "std var std_mean var_mean"
FLOATS = "float64 float32"

ROWS = [
    *(Row(name) for name in SUMS.split()),
    *(Row(name, dim=1, fails=RANGE, label="dim") for name in SUMS.split()),
    *(Row(name, [(2, 3, 4)], dim=(0, 2), keepdim=True, fails=TWICE, label="dims") for name in SUMS.split()),
    *(Row(name, dtype=np.dtype("float64"), label="dtype") for name in (*SUMS.split(), "prod")),
    *(Row(name, fails=RANGE) for name in ALL_DIMS.split()),
    *(Row(name, dim=0, unbiased=False, label="biased") for name in ALL_DIMS.split()),
    *(Row(name, dim=1, correction=2, keepdim=True, label="correction") for name in ALL_DIMS.split()),
    Row("prod"), Row("prod", dim=1, keepdim=True, fails=RANGE, label="dim"),
    *(Row(name) for name in ("all", "any", "count_nonzero", "argmax", "argmin")),
    *(Row(name, dim=1, fails=RANGE, label="dim") for name in ("all", "any", "count_nonzero", "argmax", "argmin")),
    *(Row(name, [bools(3, 4)], dim=0, keepdim=True, label="bool") for name in ("all", "any")),
    Row("logsumexp", [(3, 4), 1], also="special.logsumexp", fails=[([(3, 4), 2], "Dimension out of range")]),
    Row("logsumexp", [(2, 3, 4), value((0, 2)), True], label="dims"),
    *(Row(name) for name in ("amax", "amin", "aminmax", "max", "min", "median", "nanmedian")),
    *(Row(name, [(2, 3, 4)], dim=(0, 2), keepdim=True, fails=TWICE, label="dims") for name in ("amax", "amin")),
    Row("aminmax", dim=1, fails=RANGE, label="dim"),
    *(Row(name, [(3, 4), 1], fails=[([(3, 4), 2], "Dimension out of range")], ops=name + "_dim", label="dim")
      for name in ("max", "min", "median", "nanmedian")),
    *(Row(name, [(3, 4), (4,)], ops="", label="pair") for name in ("max", "min")),
    *(Row(name, [(3, 4), 1], fails=[([(3, 4), 2], "Dimension out of range")])
      for name in ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp")),
    *(Row(name, [(3, 4), 0], dtype=np.dtype("float64"), label="dtype") for name in ("cumsum", "cumprod")),
    *(Row(name, [(3, 4)], within=(-50, 50), fails=RANGE, only="float64 float32")
      for name in ("sort", "argsort", "mode")),
    *(Row(name, [(3, 4), 0, True], within=(-50, 50), only="float64 float32", label="descending")
      for name in ("sort", "argsort")),
    Row("sort", [ints(3, 4, below=3)], stable=True, dim=0, label="stable"),
    Row("msort", within=(-50, 50)),
    Row("topk", [(3, 4), 2], within=(-50, 50), only=FLOATS, fails=[([(3, 4), 5], "selected index k out of range")]),
    Row("topk", [(3, 4), 2, 0, False], within=(-50, 50), only=FLOATS, label="smallest"),
    Row("kthvalue", [(3, 4), 2], within=(-50, 50), only=FLOATS,
        fails=[([(3, 4), 5], "selected number k out of range")]),
    Row("kthvalue", [(3, 4), 2, 0, True], within=(-50, 50), only=FLOATS, label="dim"),
    *(Row(name, [(3, 4), 0.3]) for name in ("quantile", "nanquantile")),
    *(Row(name, [(3, 4), data([0.1, 0.5])], dim=1, interpolation=how, only="float64", label=how)
      for name in ("quantile", "nanquantile") for how in ("linear", "lower", "higher", "midpoint", "nearest")),
    Row("norm"), Row("norm", [(3, 4), 3, 1], label="dim"), Row("norm", [(3, 4), "fro"], label="fro"),
    Row("frobenius_norm", [(3, 4), [0, 1]]), Row("nuclear_norm"),
    Row("linalg.vector_norm"), Row("linalg.vector_norm", [(3, 4), 3, 1, True], label="dim"),
    Row("linalg.vector_norm", [(3, 4), float("inf")], label="inf"), Row("linalg.vector_norm", [(3, 4), 0], label="0"),
    Row("dist", [(3, 4), (4,)]), Row("dist", [(3, 4), (4,), 3], label="cubic"),
    Row("cdist", [(3, 4), (2, 4)], fails=[([(3, 4), (2, 3)], "X1 and X2 must have the same number of columns")]),
    Row("cdist", [(2, 3, 4), (2, 4), 1.0], label="p"), Row("pdist", [(4, 3)], also="nn.functional.pdist"),
    Row("renorm", [(3, 4), 2, 0, 1.0]),
    Row("bincount", [ints(6)], fails=[([data([1, -1])], "1-d non-negative integral")]),
    Row("bincount", [ints(6), (6,), 8], label="weights"),
    Row("histc", [(3, 4), 4, -1, 1]), Row("histogram", [(12,), 4], only=FLOATS),
    Row("histogram", [(12,)], label="a hundred bins", only=FLOATS),
    Row("histogramdd", [(6, 2), [3, 2]], only=FLOATS),
    Row("unique", [ints(3, 4)]), Row("unique", [ints(5, 2, below=2)], dim=0, return_inverse=True,
                                     return_counts=True, label="dim"),
    Row("unique_consecutive", [ints(12, below=2)], return_inverse=True, return_counts=True),
    Row("searchsorted", [data([0.0, 1.0, 2.0]), (3, 4)]), Row("bucketize", [(3, 4), data([0.0, 1.0, 2.0])], right=True),
    Row("cov"), Row("corrcoef", tolerance=1e-8), Row("cov", correction=0, label="biased"),
    Row("diff"), Row("diff", n=2, dim=0, label="n"), Row("trapezoid"), Row("trapezoid", dx=0.5, dim=0, label="dx"),
    Row("trapz", dx=0.5), Row("cumulative_trapezoid"), Row("cumulative_trapezoid", [(3, 4), (4,)], label="x"),
    Row("gradient", [(4, 5)]), Row("gradient", [(4, 5)], spacing=0.5, dim=1, label="spacing"),
    Row("combinations", [(4,)], r=2), Row("cartesian_prod", [(3,), (2,)]), Row("vander", [(4,)]),
    Row("segment_reduce", [(5, 2), "sum"], lengths=data([2, 3]), axis=0),
    Row("nonzero"), Row("argwhere"), Row("nonzero_static", [(3, 4)], size=5, fill_value=-1),
    Row("is_nonzero", [(1,)], fails=[([(3,)], {}, "Boolean value of Tensor with more than one value is ambiguous")]),
    Row("numel"), Row("softmax", [(3, 4), 1], also="special.softmax", fails=[([(3, 4), 2], "Dimension out of range")]),
    Row("log_softmax", [(3, 4), 1], also="special.log_softmax"),
]
