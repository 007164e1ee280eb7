"""Rows: activations, losses, convolutions, pooling, normalization, random layers."""
from op_table import Row, data, ints, value

FLOATS = "float64 float32"
F = "nn.functional."
ACTIVATIONS = {"leaky_relu": "", "elu": "", "hardtanh": "", "hardsigmoid": "", "hardswish": "", "softshrink": "",
               "silu": "", "mish": "", "softplus": "", "gelu": "", "selu": "", "relu6": "", "softsign": "",
               "tanhshrink": "", "logsigmoid": "log_sigmoid"}
UNREDUCED = {  # name: inputs
    "mse_loss": [(3, 4), (3, 4)], "l1_loss": [(3, 4), (3, 4)], "huber_loss": [(3, 4), (3, 4)],
    "smooth_l1_loss": [(3, 4), (3, 4)], "soft_margin_loss": [(3, 4), data([[1.0, -1, 1, -1]] * 3)],
        "poisson_nll_loss": [(3, 4), (3, 4)],
    "kl_div": [(3, 4), data([[0.1, 0.2, 0.3, 0.4]] * 3)], "hinge_embedding_loss": [(3, 4), data([[1.0, -1, 1, -1]])],
    "nll_loss": [(3, 4), ints(3, below=4)], "cross_entropy": [(3, 4), ints(3, below=4)],
    "multi_margin_loss": [(3, 4), ints(3, below=4)], "multilabel_soft_margin_loss": [(3, 4), data([[1.0, 0, 1,
        0]] * 3)],
    "multilabel_margin_loss": [(2, 4), data([[0, 2, -1, 1], [1, -1, 0, 0]])],
    "margin_ranking_loss": [(4,), (4,), data([1.0, -1, 1, -1])],
    "triplet_margin_loss": [(3, 4), (3, 4), (3, 4)], "triplet_margin_with_distance_loss": [(3, 4), (3, 4), (3, 4)],
    "cosine_embedding_loss": [(3, 4), (3, 4), data([1, -1, 1])],
}
CONVS = [(f"conv{n}d", [(2, 4, *[5] * n), (4, 2, *[3] * n), (4,)], {"groups": 2, "padding": 1, "stride": 2})
         for n in (1, 2)]
CONVS += [(f"conv_transpose{n}d", [(2, 4, *[3] * n), (4, 2, *[3] * n), (4,)], {"groups": 2, "stride": 2})
          for n in (1, 2)]
POOLS = [(f"{kind}_pool{n}d", n) for kind in ("max", "avg") for n in (1, 2, 3)]
ADAPTIVE = [(f"adaptive_{kind}_pool{n}d", n) for kind in ("max", "avg") for n in (1, 2, 3)]


def images(n, size=4):
    return (1, 2, *[size] * n)


ROWS = [
    *(Row(F + name, within=(-5, 5), only=FLOATS, ops=ops if ops in ("log_sigmoid",) else "" if name in
          ("selu", "relu6", "softsign", "tanhshrink") else None) for name, ops in ACTIVATIONS.items()),
    Row(F + "gelu", approximate="tanh", ops="gelu_tanh", label="tanh"), Row("celu", [(3, 4), 1.5], only=FLOATS),
    Row("selu", only=FLOATS), Row(F + "celu", [(3, 4), 1.5], only=FLOATS, ops=""),
    Row(F + "glu", [(3, 4)], fails=[([(3, 3)], "Halving dimension must be even, but dimension 1 is size 3")]),
    Row("hardshrink", also=F + "hardshrink"), Row("threshold", [(3, 4), 0.2, -1.0], also=F + "threshold"),
    Row("prelu", [(2, 3), (3,)], also=F + "prelu", only=FLOATS), Row(F + "softmin", [(3, 4), 1], only=FLOATS),
    Row(F + "softmax", [(3, 4), 1], ops=""), Row(F + "log_softmax", [(3, 4), 1], ops=""),
    Row(F + "relu", ops=""), Row(F + "sigmoid", ops=""), Row(F + "normalize"),
    *(Row(F + name, inputs, within=(-1, 1), only=FLOATS, ops="" if name not in (
        "mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss", "nll_loss", "cross_entropy") else None)
      for name, inputs in UNREDUCED.items()),
    *(Row(F + name, inputs, within=(-1, 1), only=FLOATS, reduction="none", label="none", ops="")
      for name, inputs in UNREDUCED.items()),
    Row(F + "cross_entropy", [(2, 3, 4), ints(2, 4, below=3)], weight=data([0.5, 1, 2]), label_smoothing=0.1,
        only="float64", label="smoothed", fails=[([(3, 4), ints(2)], {}, "Expected input batch_size (3) to match"),
                                                 ([(3, 4), data([0, 4, 1])], {}, "Target 4 is out of bounds")]),
    Row(F + "cross_entropy", [(3, 4), (3, 4)], within=(0, 1), only=FLOATS, label="probabilities"),
    Row(F + "binary_cross_entropy", [(3, 4), (3, 4)], within=(0.1, 0.9), only=FLOATS,
        fails=[([(3, 4), (3, 3)], "Using a target size (torch.Size([3, 3])) that is different")]),
    Row(F + "binary_cross_entropy_with_logits", [(3, 4), (3, 4)], only=FLOATS, ops="binary_cross_entropy_with_logits",
        fails=[([(3, 4), (3, 3)], "Target size (torch.Size([3, 3])) must be the same as input size")]),
    Row(F + "gaussian_nll_loss", [(3, 4), (3, 4), (3, 4)], within=[(-1, 1), (-1, 1), (0.5, 2)], only=FLOATS),
    Row(F + "ctc_loss", [(5, 2, 4), data([[1, 2], [2, 3]]), data([5, 5]), data([2, 2])], only=FLOATS,
        first_only=True, call=lambda torch, x, *rest: torch.nn.functional.ctc_loss(x.log_softmax(2), *rest)),
    Row("ctc_loss", [(5, 2, 4), data([[1, 2], [2, 3]]), data([5, 5]), data([2, 2])], only=FLOATS,
        first_only=True, call=lambda torch, x, *rest: torch.ctc_loss(x.log_softmax(2), *rest)),
    Row(F + "linear", [(3, 4), (2, 4), (2,)], only=FLOATS, ops="linear",
        fails=[([(3, 4), (2, 3)], "mat1 and mat2 shapes cannot be multiplied"),
               ([(3, 4), ()], "both arguments to linear need to be at least 1D, but they are 2D and 0D"),
               ([(3, 4), (5, 2, 4)], "t() expects a tensor with <= 2 dimensions, but self is 3D"),
               ([(3, 4), (4,), (1,)], "mat2 must be a matrix, got 1-D tensor"),
               ([(3, 4), (2, 4), ints(2)], "self and mat2 must have the same dtype, but got Long and"),
               ([(3, 4), (2, 4), (3,)], "The expanded size of the tensor (2) must match the existing size (3)"),
               ([(3, 4), (2, 4), (1, 1, 2)], "provided (2) must be greater or equal to the number of dimensions"),
               ([(3, 4), (1, 4), (1, 1, 1)], "provided (2) must be greater or equal to the number of dimensions"),
               ([(4,), (2, 4), (3, 2)], "output with shape [2] doesn't match the broadcast shape [3, 2]")]),
    Row(F + "bilinear", [(3, 2), (3, 4), (2, 2, 4), (2,)], also="bilinear", only=FLOATS),
    Row(F + "embedding", [ints(2, 3, below=5), (5, 2)], only=FLOATS, ops="embedding",
        fails=[([data([5]), (5, 2)], "index out of range in self")]),
    Row(F + "embedding_bag", [ints(2, 3, below=5), (5, 2)], only=FLOATS), Row(F + "one_hot", [ints(4), 5]),
    *(Row(name, inputs, also=F + name, only=FLOATS, ops="convolution", **options) for name, inputs, options in CONVS),
    Row("conv3d", [(1, 1, 3, 3, 3), (2, 1, 2, 2, 2)], also=F + "conv3d", only=FLOATS, ops=""),
    Row("conv_transpose3d", [(1, 1, 2, 2, 2), (1, 2, 2, 2, 2)], also=F + "conv_transpose3d", only=FLOATS, ops=""),
    Row("convolution", [(1, 2, 5), (2, 2, 3), (2,), [1], [1], [1], False, [0], 1], only=FLOATS),
    *(Row(F + name, [images(n), 2], only=FLOATS, ops="max_pool" if name[:3] == "max" else "",
          also="" if name in ("avg_pool2d", "avg_pool3d") else name) for name, n in POOLS),
    Row(F + "max_pool2d", [images(2), 3], stride=1, padding=1, return_indices=True, only=FLOATS, label="indices"),
    *(Row(F + name, [images(n), 2], only=FLOATS, also=name if name == "adaptive_avg_pool1d" else "")
      for name, n in ADAPTIVE),
    *(Row(F + f"adaptive_max_pool{n}d_with_indices", [images(n), 2], only=FLOATS) for n in (1, 2, 3)),
    *(Row(F + f"max_pool{n}d_with_indices", [images(n), 2], only=FLOATS) for n in (1, 2, 3)),
    Row("max_pool1d_with_indices", [images(1), 2], only=FLOATS),
    Row("adaptive_max_pool1d", [images(1), 2], only=FLOATS),
    *(Row(F + f"lp_pool{n}d", [images(n), 2, 2], only=FLOATS, within=(0.1, 2)) for n in (1, 2, 3)),
    *(Row(F + f"max_unpool{n}d", [images(n, 2), data([[[[0, 3], [8, 15]]] * 2] if n == 2 else [[[0, 3]] * 2]), 2],
          only=FLOATS, ops="max_unpool") for n in (1, 2)),
    Row(F + "max_unpool3d", [(1, 1, 1, 1, 2), data([[[[[0, 3]]]]]), 2], only=FLOATS, ops="max_unpool"),
    Row(F + "unfold", [(1, 2, 4, 4), 2], only=FLOATS), Row(F + "fold", [(1, 8, 9), value((4, 4)), 2], only=FLOATS),
    Row(F + "grid_sample", [(1, 2, 4, 4), (1, 3, 3, 2)], within=[(-2, 2), (-0.9, 0.9)], align_corners=False,
        only=FLOATS),
    *(Row(name, [(1, 2, *[4] * n), (1, *[3] * n, n), 0, 0, False], within=[(-2, 2), (-0.9, 0.9)], only=FLOATS)
      for name, n in (("grid_sampler", 2), ("grid_sampler_2d", 2), ("grid_sampler_3d", 3))),
    *(Row(F + name, [(1, 2, 3, 3)], scale_factor=2, only=FLOATS)
      for name in ("upsample", "upsample_bilinear", "upsample_nearest")),
    Row(F + "affine_grid", [(1, 2, 3), value([1, 1, 3, 4])], align_corners=False, only=FLOATS,
        ops="affine_grid_generator"),
    Row("affine_grid_generator", [(1, 2, 3), value([1, 1, 3, 4]), False], only=FLOATS),
    Row(F + "conv_tbc", [(5, 2, 3), (2, 3, 2), (2,)], also="conv_tbc", only=FLOATS),
    Row("batch_norm", [(4, 3), (3,), (3,), data([0.0] * 3), data([1.0] * 3), True, 0.1, 1e-5, False], only="float64"),
    Row("instance_norm", [(2, 3, 4), (3,), (3,), None, None, True, 0.1, 1e-5, False], only=FLOATS, tolerance=1e-8),
    Row("native_layer_norm", [(3, 4), [4], (4,), (4,), 1e-5], only=FLOATS),
    Row("native_group_norm", [(2, 4, 3), (4,), (4,), 2, 4, 3, 2, 1e-5], only=FLOATS),
    Row("native_batch_norm", [(4, 3), (3,), (3,), data([0.0] * 3), data([1.0] * 3), True, 0.1, 1e-5], only="float64"),
    Row("norm_except_dim", [(3, 4), 2, 0], only=FLOATS),
    Row(F + "batch_norm", [(4, 3), data([0.0] * 3), data([1.0] * 3), (3,), (3,)], only="float64"),
    Row(F + "layer_norm", [(3, 4), [4], (4,), (4,)], only=FLOATS), Row("layer_norm", [(3, 4), [4]], only=FLOATS),
    Row(F + "group_norm", [(2, 4, 3), 2, (4,), (4,)], only=FLOATS), Row("group_norm", [(2, 4, 3), 2], only=FLOATS),
    Row(F + "rms_norm", [(3, 4), [4], (4,)], only=FLOATS), Row("rms_norm", [(3, 4), [4]], only=FLOATS),
    Row(F + "instance_norm", [(2, 3, 4)], only=FLOATS, tolerance=1e-8),
    Row(F + "local_response_norm", [(2, 4, 3), 2], only=FLOATS),
    Row(F + "cosine_similarity", [(3, 4), (3, 4)]), Row(F + "pairwise_distance", [(3, 4), (3, 4)]),
    *(Row(F + "pad", [(1, 2, 4), [1, 2], mode], only=FLOATS, label=mode)
      for mode in ("constant", "reflect", "replicate", "circular")),
    *(Row(F + "interpolate", [(1, 2, 4, 4)], scale_factor=2, mode=mode, only=FLOATS, label=mode)
      for mode in ("nearest", "bilinear", "bicubic", "area")),
    Row(F + "scaled_dot_product_attention", [(2, 3, 4), (2, 5, 4), (2, 5, 4)], only=FLOATS, ops="attention"),
    *(Row(name, [(3, 4), 0.4, True], only=FLOATS, also=F + name, memory=True)
      for name in ("dropout", "alpha_dropout")),
    *(Row(name, [(3, 4), 0.4, True], only=FLOATS) for name in ("feature_dropout", "feature_alpha_dropout")),
    *(Row(F + name, [(2, 3, *[2] * n), 0.4, True], only=FLOATS)
      for n, name in enumerate(("dropout1d", "dropout2d", "dropout3d"), 1)),
    Row(F + "feature_alpha_dropout", [(3, 4), 0.4, True], only=FLOATS),
    Row("rrelu", [(3, 4), 0.1, 0.3, True], also=F + "rrelu", only=FLOATS),
    Row("native_dropout", [(3, 4), 0.4, True], only=FLOATS, memory=True),
    Row("poisson", within=(0.5, 3), only=FLOATS), Row("bernoulli", within=(0.1, 0.9), only=FLOATS),
    Row("binomial", [(3, 4), (3, 4)], within=[(1, 9), (0.1, 0.9)], only=FLOATS),
]
