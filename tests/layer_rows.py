"""A row per way to make and call a layer: the constructor's arguments and the call, as `layer_sides` reads them.

`x(2, 3)` is a new input that requires grad, `u` one of numbers in (0, 1), `t` one that requires none.
"""

#: Layers of one input that work element by element or along its last dimension.
ACTIVATIONS = {
    "CELU": ["", "0.7"], "ELU": ["", "0.5, inplace=False"], "GELU": ["", "'tanh'"], "GLU": ["", "0"],
    "Hardshrink": ["", "0.3"], "Hardsigmoid": [""],
    "Hardswish": [""], "Hardtanh": ["", "-0.5, 0.7", "min_value=-0.5, max_value=0.7, inplace=0"],
    "LeakyReLU": ["", "0.3"], "LogSigmoid": [""],
    "LogSoftmax": ["1", "dim=-1"], "Mish": [""], "PReLU": ["", "6, 0.1"], "RReLU": ["", "0.2, 0.4"], "ReLU": [""],
    "ReLU6": [""], "SELU": [""], "SiLU": [""], "Sigmoid": [""], "Softmax": ["1", "dim=0"], "Softmin": ["1"],
    "Softplus": ["", "2.0, 0.5"], "Softshrink": ["", "0.2"], "Softsign": [""], "Tanh": [""], "Tanhshrink": [""],
    "Threshold": ["0.1, -2.0"],
}

#: Losses of (prediction, target): constructor arguments and call; each is also run with the other reductions.
LOSSES = {
    "BCELoss": [("", "u(4, 3), u(4, 3)"), ("weight=torch.tensor([1., 2., 3.])", "u(4, 3), t(4, 3).abs().clamp(0, 1)")],
    "BCEWithLogitsLoss": [("", "x(4, 3), u(4, 3)"),
                          ("weight=torch.tensor([1., 2., 3.]), pos_weight=torch.tensor([3., 1., 2.])",
                           "x(4, 3), u(4, 3)")],
    "CrossEntropyLoss": [("", "x(4, 5), torch.tensor([0, 4, 2, 2])"),
                         ("weight=torch.tensor([1., 2., 3., 4., 5.]), ignore_index=2, label_smoothing=0.1",
                          "x(4, 5), torch.tensor([0, 4, 2, 2])"),
                         ("label_smoothing=0.2", "x(2, 5, 3), u(2, 5, 3)")],
    "CosineEmbeddingLoss": [("0.2", "x(4, 5), x(4, 5), torch.tensor([1, -1, -1, 1])")],
    "CTCLoss": [("", "x(6, 3, 4).log_softmax(-1), torch.tensor([[1, 2], [3, 3], [1, 0]]), (6, 5, 4), (2, 2, 1)"),
                ("blank=3", "x(6, 2, 4).log_softmax(-1), torch.tensor([1, 2, 2, 0]), torch.tensor([6, 5]), "
                            "torch.tensor([3, 1])"),
                ("zero_infinity=True", "x(3, 2, 4).log_softmax(-1), torch.tensor([[1, 1], [3, 2]]), (2, 3), (2, 2)")],
    "GaussianNLLLoss": [("full=True", "x(4, 3), t(4, 3), u(4, 3)"), ("eps=0.5", "x(4, 3), t(4, 3), u(4, 1)")],
    "HingeEmbeddingLoss": [("0.7", "x(4, 3), torch.tensor([[1, -1, 1]]).expand(4, 3)")],
    "HuberLoss": [("delta=0.6", "x(4, 3), x(4, 3)")],
    "KLDivLoss": [("log_target=False", "x(4, 3), u(4, 3)"), ("log_target=True", "x(4, 3), x(4, 3)")],
    "L1Loss": [("", "x(4, 3), x(4, 3)")],
    "MSELoss": [("", "x(4, 3), x(4, 3)")],
    "MarginRankingLoss": [("0.3", "x(5), x(5), torch.tensor([1, -1, 1, 1, -1])")],
    "MultiLabelMarginLoss": [("", "x(2, 4), torch.tensor([[3, 0, -1, 1], [1, -1, 0, 2]])")],
    "MultiLabelSoftMarginLoss": [("", "x(3, 4), t(3, 4).sign().clamp(0, 1)"),
                                 ("weight=torch.tensor([1., 2., 3., 4.])", "x(3, 4), t(3, 4).sign().clamp(0, 1)")],
    "MultiMarginLoss": [("", "x(3, 4), torch.tensor([0, 3, 1])"),
                        ("p=2, margin=0.5, weight=torch.tensor([1., 2., 3., 4.])", "x(3, 4), torch.tensor([0, 3, 1])")],
    "NLLLoss": [("", "x(4, 5), torch.tensor([0, 4, 2, 2])"),
                ("weight=torch.tensor([1., 2., 3., 4., 5.]), ignore_index=0", "x(2, 5, 3), torch.tensor([[0, 4, 2], "
                                                                           "[1, 0, 3]])")],
    "NLLLoss2d": [("", "x(2, 3, 2, 2), torch.tensor([[[0, 2], [1, 1]], [[2, 2], [0, 1]]])")],
    "PoissonNLLLoss": [("full=True", "x(4, 3), u(4, 3) * 5"), ("log_input=False, eps=0.1", "u(4, 3), u(4, 3)")],
    "SmoothL1Loss": [("beta=0.5", "x(4, 3), x(4, 3)")],
    "SoftMarginLoss": [("", "x(4, 3), t(4, 3).sign()")],
    "TripletMarginLoss": [("margin=0.5, p=3, swap=True", "x(4, 3), x(4, 3), x(4, 3)"),
                          ("", "x(4, 3), x(4, 3), x(4, 3)")],
    "TripletMarginWithDistanceLoss": [("swap=True", "x(4, 3), x(4, 3), x(4, 3)")],
    "LinearCrossEntropyLoss": [("4, 3, bias=True", "x(5, 4), torch.tensor([0, 2, 1, 1, 0])"),
                               ("4, 3, out_features=(2,), label_smoothing=0.1",
                                "x(2, 4), torch.tensor([[0, 2], [1, 1]])")],
}

#: Everything else: constructor arguments and call.
OTHERS = {
    "AdaptiveLogSoftmaxWithLoss": [("8, 10, [3, 6], div_value=2.0", "layer(x(5, 8), torch.tensor([0, 3, 9, 6, 2]))"),
                                   ("8, 10, [4], div_value=2.0, head_bias=True", "layer.log_prob(x(3, 8))"),
                                   ("8, 10, [4], div_value=2.0", "layer(x(8), torch.tensor(7))")],
    "AlphaDropout": [("0.4", "layer(x(4, 5))")],
    "Bilinear": [("3, 4, 2", "layer(x(5, 3), x(5, 4))"), ("3, 4, 2, bias=False", "layer(x(2, 5, 3), x(2, 5, 4))")],
    "CosineSimilarity": [("", "layer(x(4, 3), x(4, 3))"), ("dim=0, eps=0.1", "layer(x(4, 3), x(4, 1))")],
    "Dropout": [("0.3", "layer(x(4, 5))"), ("1.0", "layer(x(4, 5))")],
    "Dropout1d": [("0.4", "layer(x(2, 5, 3))"), ("0.4", "layer(x(5, 3))")],
    "Dropout2d": [("0.4", "layer(x(2, 5, 3, 2))")],
    "Dropout3d": [("0.4", "layer(x(2, 5, 3, 2, 2))")],
    "Embedding": [("5, 3", "layer(torch.tensor([[1, 4, 1], [0, 1, 2]]))"),
                  ("5, 3, padding_idx=-1, scale_grad_by_freq=True", "layer(torch.tensor([[1, 4, 1], [0, 1, 2]]))"),
                  ("5, 3, max_norm=1.0, norm_type=1.0", "layer(torch.tensor([1, 1, 3]))")],
    "EmbeddingBag": [(f"5, 3, mode='{mode}'{more}", call) for mode in ("sum", "mean", "max")
                     for more, call in (
                         ("", "layer(torch.tensor([[1, 4, 1], [0, 1, 2]]))"),
                         (", padding_idx=1", "layer(torch.tensor([1, 4, 1, 0, 1, 2]), torch.tensor([0, 2, 2, 3, 5]))"),
                         (", include_last_offset=True",
                          "layer(torch.tensor([1, 4, 1, 0]), torch.tensor([0, 2, 2, 4]))"),
                         (", max_norm=1.0", "layer(torch.tensor([[1, 4, 3], [0, 1, 2]]))"))] + [
        ("5, 3, mode='sum', scale_grad_by_freq=True", "layer(torch.tensor([1, 2, 1, 0, 2]), torch.tensor([0, 2]))"),
        ("5, 3, mode='sum'", "layer(torch.tensor([1, 4, 1, 0]), torch.tensor([0, 2]), per_sample_weights=x(4))")],
    "FeatureAlphaDropout": [("0.4", "layer(x(3, 5, 2))")],
    "Flatten": [("", "layer(x(2, 3, 4))"), ("0, 1", "layer(x(2, 3, 4))")],
    "Container": [("a=nn.Linear(2, 3), b=nn.Tanh()", "layer.b(layer.a(x(4, 2)))")],
    "DataParallel": [("nn.Linear(2, 3)", "layer(x(4, 2))")],
    "Identity": [("3, option=True", "layer(x(2, 3))")],
    "Linear": [("3, 4", "layer(x(2, 3))"), ("3, 4, bias=False", "layer(x(2, 5, 3))"), ("3, 1", "layer(x(3))")],
    "ModuleDict": [("{'a': nn.Linear(2, 3), 'b': nn.Tanh()}", "layer['b'](layer['a'](x(4, 2)))")],
    "ModuleList": [("[nn.Linear(2, 3), nn.Linear(2, 3), nn.Tanh()]", "layer[-1](layer[0](x(4, 2)))")],
    "PairwiseDistance": [("", "layer(x(4, 3), x(4, 3))"), ("3.0, keepdim=True", "layer(x(4, 3), x(4, 3))")],
    "ParameterDict": [("{'a': nn.Parameter(torch.rand(2))}", "layer['a'] * x(2)")],
    "ParameterList": [("[nn.Parameter(torch.rand(2)), nn.Parameter(torch.rand(2))]", "layer[1] * x(2)")],
    "Sequential": [("nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)", "layer(x(4, 2))")],
    "Softmax2d": [("", "layer(x(2, 3, 2, 2))")],
    "Unflatten": [("1, (2, 3)", "layer(x(2, 6))"), ("-1, (2, -1)", "layer(x(2, 6))")],
}

#: Layers with tables of their own, and classes that are no layers.
ELSEWHERE = {
    "test_attention": [
        "MultiheadAttention", "Transformer", "TransformerDecoder", "TransformerDecoderLayer",
        "TransformerEncoder", "TransformerEncoderLayer"],
    "test_recurrent": ["RNNBase", "RNN", "LSTM", "GRU", "RNNCellBase", "RNNCell", "LSTMCell", "GRUCell"],
    "test_drop_in": ["Module"],
    "test_vision_layers": [
        "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d",
        "AdaptiveMaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d",
        "ChannelShuffle", "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d",
        "ConstantPad3d", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d",
        "CrossMapLRN2d", "Fold", "FractionalMaxPool2d", "FractionalMaxPool3d", "GroupNorm", "InstanceNorm1d",
        "InstanceNorm2d", "InstanceNorm3d", "LPPool1d", "LPPool2d", "LPPool3d", "LayerNorm", "LazyBatchNorm1d",
        "LazyBatchNorm2d", "LazyBatchNorm3d", "LazyConv1d", "LazyConv2d", "LazyConv3d", "LazyConvTranspose1d",
        "LazyConvTranspose2d", "LazyConvTranspose3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d",
        "LazyInstanceNorm3d", "LazyLinear", "LocalResponseNorm", "MaxPool1d", "MaxPool2d", "MaxPool3d",
        "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", "PixelShuffle", "PixelUnshuffle", "RMSNorm",
        "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d",
        "ReplicationPad3d", "SyncBatchNorm", "Unfold", "Upsample", "UpsamplingBilinear2d",
        "UpsamplingNearest2d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d"],
    "no layers": ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "LinearCrossEntropyOptions"],
}


def rows():
    """(constructor, call) of every row."""
    for name, options in ACTIVATIONS.items():
        yield from ((f"nn.{name}({option})", "layer(x(4, 6))") for option in options)
    for name, runs in LOSSES.items():
        for options, call in runs:
            for reduction in ("", "reduction='sum'", "reduction='none'"):
                yield f"nn.{name}({', '.join(filter(None, (options, reduction)))})", f"layer({call})"
    for name, runs in OTHERS.items():
        yield from ((f"nn.{name}({options})", call) for options, call in runs)
