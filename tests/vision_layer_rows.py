"""A row per way to make and call an image layer: the constructor and the call, as `layer_sides` reads them."""

LINE, IMAGE, VOLUME = "layer(x(2, 4, 7))", "layer(x(2, 4, 7, 6))", "layer(x(2, 4, 4, 5, 3))"
FIELDS = {1: LINE, 2: IMAGE, 3: VOLUME}


def called(expression, call):
    """A lazy layer, of double precision, that has seen an input of this shape."""
    expression = expression[:-1] + ("" if expression.endswith("()") else ", ") + "dtype=torch.float64)"
    call = call.replace("x(", "torch.zeros(").replace("))", ", dtype=torch.float64))")
    return f"(lambda layer: [{call}, layer][1])({expression})"


def _convolutions():
    for n, call in FIELDS.items():
        for options in ("4, 6, 3", "4, 6, 2, stride=2, padding=1, dilation=2, groups=2, bias=False",
                        "4, 6, 3, padding='same'", "4, 6, 2, padding='valid'", "4, 6, 1", "4, 4, 3, 1, 1, 1, 4"):
            yield f"nn.Conv{n}d({options})", call
        for mode in ("reflect", "replicate", "circular"):
            yield f"nn.Conv{n}d(4, 2, 3, 2, 1, padding_mode={mode!r})", call
            yield f"nn.Conv{n}d(4, 2, 3, padding='same', padding_mode={mode!r})", call
        for options in ("4, 6, 3", "4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, bias=False",
                        "4, 2, 2, 3, 1, 0, 1, True, 2"):
            yield f"nn.ConvTranspose{n}d({options})", call
        sizes = {1: (15,), 2: (16, 13), 3: (10, 11, 8)}[n]
        yield f"nn.ConvTranspose{n}d(4, 2, 3, 2)", call[:-1] + f", output_size={sizes})"
        yield f"nn.ConvTranspose{n}d(4, 2, 3, 2)", call[:-1] + f", output_size={(2, 2, *sizes)})"
        one = call.replace("2, 4, ", "4, ", 1)
        yield f"nn.Conv{n}d(4, 6, 3)", one
        yield f"nn.ConvTranspose{n}d(4, 6, 3)", one
        for name in (f"Conv{n}d", f"ConvTranspose{n}d"):
            yield called(f"nn.Lazy{name}(6, 3, groups=2)", call), call
            yield called(f"nn.Lazy{name}(6, 3, bias=False)", one), one
    yield "nn.Conv2d(3, 4, (1, 3), (2, 1), (0, 1), (1, 2))", "layer(x(2, 3, 5, 6))"
    yield called("nn.LazyLinear(5)", "layer(x(2, 3, 4))"), "layer(x(2, 3, 4))"
    yield called("nn.LazyLinear(5, bias=False)", "layer(x(4))"), "layer(x(4))"


def _normalizations():
    for n, call in FIELDS.items():
        for options in ("4", "4, affine=False", "4, bias=False", "4, 0.1, momentum=None",
                        "4, track_running_stats=False", "4, momentum=0.7, affine=False, track_running_stats=False"):
            yield f"nn.BatchNorm{n}d({options})", call
            yield f"nn.BatchNorm{n}d({options})", f"[{call}, {call}, {call}]"
        for options in ("4", "4, affine=True", "4, affine=True, bias=False, eps=0.2",
                        "4, momentum=0.4, track_running_stats=True"):
            yield f"nn.InstanceNorm{n}d({options})", f"[{call}, {call}]"
        yield f"nn.InstanceNorm{n}d(4, affine=True)", call.replace("2, 4, ", "4, ", 1)
        yield called(f"nn.LazyBatchNorm{n}d()", call), call
        yield called(f"nn.LazyBatchNorm{n}d(bias=False, momentum=None)", call), call
        yield called(f"nn.LazyInstanceNorm{n}d()", call), call
        yield called(f"nn.LazyInstanceNorm{n}d(affine=False, track_running_stats=False)", call), call
        yield "nn.SyncBatchNorm(4)", call
        yield "nn.LocalResponseNorm(3, 0.1, 0.6, 1.5)", call
        for options in ("2, 4", "4, 4, eps=0.1", "1, 4, bias=False", "2, 4, affine=False"):
            yield f"nn.GroupNorm({options})", call
    yield "nn.BatchNorm1d(4)", "layer(x(5, 4))"
    yield "nn.GroupNorm(2, 4)", "layer(x(5, 4))"
    for options in ("6", "(7, 6)", "[4, 7, 6], eps=0.1", "6, bias=False", "6, elementwise_affine=False"):
        yield f"nn.LayerNorm({options})", IMAGE
    for options in ("6", "(7, 6), eps=0.1", "6, elementwise_affine=False"):
        yield f"nn.RMSNorm({options})", IMAGE
    yield "nn.LayerNorm(4)", "layer(x(4))"


def _poolings():
    for n, call in FIELDS.items():
        for options in ("3", "3, 2, 1", "2, 1, 0, 2", "2, ceil_mode=True", "3, 2, 1, return_indices=True"):
            yield f"nn.MaxPool{n}d({options})", call
        for options in ("3", "2, 2, 1, True, False", "3, stride=1, padding=1, count_include_pad=False"):
            yield f"nn.AvgPool{n}d({options})", call
        for options in ("2, 3", "3, 2, 1, True", "float('inf'), 2"):
            yield f"nn.LPPool{n}d({options})", call
        for kind in "Avg", "Max":
            for size in ("1", "3", "9"):
                yield f"nn.Adaptive{kind}Pool{n}d({size})", call
        yield f"nn.AdaptiveMaxPool{n}d(2, return_indices=True)", call
        down = f"F.max_pool{n}d(x({', '.join(['2', '4', *['8'] * n])}), 2, return_indices=True)"
        yield f"nn.MaxUnpool{n}d(2)", f"layer(*{down})"
        yield f"nn.MaxUnpool{n}d(2, 2, 0)", f"layer(*{down}, output_size={tuple([8] * n)})"
    yield "nn.AvgPool2d(3, divisor_override=2)", IMAGE
    yield "nn.AvgPool3d((2, 3, 1), (1, 2, 3), (1, 1, 0), divisor_override=5)", VOLUME
    yield "nn.AdaptiveAvgPool2d((None, 2))", IMAGE
    yield "nn.AdaptiveMaxPool3d((2, None, 3))", VOLUME
    for options in ("2, output_size=3", "(3, 2), output_size=(3, 4), return_indices=True", "2, output_ratio=0.5",
                    "2, output_ratio=(0.5, 0.7)"):
        yield f"nn.FractionalMaxPool2d({options})", IMAGE
    yield "nn.FractionalMaxPool3d(2, output_size=(2, 3, 1), return_indices=True)", VOLUME
    yield "nn.FractionalMaxPool3d((1, 2, 2), output_ratio=0.5)", VOLUME


def _others():
    for n, call in FIELDS.items():
        asymmetric = tuple(range(1, 2 * n + 1))
        for kind in "Reflection", "Replication", "Circular", "Zero":
            for padding in (1, (1, 0) * n, (-1, 2) * n):
                if kind != "Circular" or min(padding if isinstance(padding, tuple) else (0,)) >= 0:
                    yield f"nn.{kind}Pad{n}d({padding})", call
        yield f"nn.ConstantPad{n}d({asymmetric}, 3.5)", call
        yield f"nn.ConstantPad{n}d(-1, 3)", call
        modes = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}[n]
        for mode in ("nearest", "nearest-exact", "area", *modes):
            yield f"nn.Upsample(size=5, mode={mode!r})", call
            yield f"nn.Upsample(scale_factor=1.7, mode={mode!r})", call
        for mode in modes:
            yield f"nn.Upsample(scale_factor=2, mode={mode!r}, align_corners=True)", call
            yield f"nn.Upsample(scale_factor=1.3, mode={mode!r}, recompute_scale_factor=True)", call
    yield "nn.Upsample(scale_factor=(2, 1.5))", IMAGE
    yield "nn.UpsamplingNearest2d(scale_factor=2)", IMAGE
    yield "nn.UpsamplingBilinear2d(size=(9, 3))", IMAGE
    yield "nn.PixelShuffle(2)", IMAGE
    yield "nn.PixelUnshuffle(2)", "layer(x(2, 4, 6, 4))"
    yield "nn.ChannelShuffle(2)", IMAGE
    yield "nn.Unfold(3)", IMAGE
    yield "nn.Unfold((2, 3), dilation=(2, 1), padding=1, stride=(1, 2))", IMAGE
    yield "nn.Fold((5, 6), 3)", "layer(x(2, 27, 12))"
    yield "nn.Fold((5, 6), (2, 3), padding=(1, 0), stride=2)", "layer(x(18, 6))"


def rows():
    """(constructor, call) of every row."""
    for part in (_convolutions, _normalizations, _poolings, _others):
        yield from part()


#: (constructor, call) that fail.
ERRORS = [
    *((f"nn.Conv2d({options})", "layer") for options in (
        "4, 6, 3, groups=0", "4, 6, 3, groups=3", "3, 4, 3, groups=3", "3, 4, 3, padding='same', stride=2",
        "3, 4, -1", "-3, 4, 3", "3, 4, 3.5", "3.5, 4, 3")),
    *(("nn.Conv2d(3, 4, 3)", f"layer(x({shape}))") for shape in (
        "1, 2, 5, 5", "5, 5", "1, 3, 2, 2", "2, 5, 5", "3, 0, 5, 5")),
    ("nn.Conv2d(3, 4, 3)", "layer(x(1, 3, 5, 5).double())"),
    ("nn.ConvTranspose2d(3, 4, 3, padding_mode='reflect')", "layer"),
    *(("nn.ConvTranspose2d(3, 4, 3, 2)", f"layer(x(1, 3, 5, 5), {size})") for size in (
        "(14, 14)", "(10, 12)", "(1, 12, 11)", "(12,)")),
    *(("nn.LazyConv2d(4, 3)", call) for call in (
        "layer(x(2, 5))", "layer.weight.shape")),
    ("nn.LazyConv2d(4, 3, groups=2)", "layer(x(2, 3, 5, 5))"),
    *(("nn.LazyLinear(3)", call) for call in (
        "layer.weight + 1", "layer.weight.sum()", "layer.bias.numel()", "layer.weight.detach()",
        "layer.bias.share_memory_()")),
    ("nn.Linear(5, 3)", "layer.load_state_dict(nn.LazyLinear(3).state_dict())"),
    ("nn.LazyBatchNorm2d()", "layer(x(2, 3, 4))"),
    ("nn.LazyInstanceNorm1d()", "layer(x(3, 4))"), ("nn.LazyInstanceNorm1d()", "layer(x(2, 3, 3, 4))"),
    *(("nn.BatchNorm1d(3)", f"layer(x({shape}))") for shape in ("3", "3, 3, 3, 3", "2, 4", "1, 3", "2, 4, 5")),
    ("nn.BatchNorm1d(-1)", "layer"), ("nn.BatchNorm2d(3)", "layer(x(3, 3, 3))"),
    ("nn.BatchNorm3d(3)", "layer(x(3, 3, 3))"), ("nn.SyncBatchNorm(3)", "layer(x(2))"),
    ("nn.InstanceNorm1d(3, affine=True)", "layer(x(2, 4, 4))"), ("nn.InstanceNorm1d(3)", "layer(x(2, 4, 4, 4))"),
    ("nn.InstanceNorm2d(3)", "layer(x(2, 4))"), ("nn.InstanceNorm1d(3)", "layer(x(2, 3, 1))"),
    ("nn.LayerNorm(5)", "layer(x(2, 6))"), ("nn.RMSNorm(5)", "layer(x(2, 6))"),
    ("nn.GroupNorm(4, 6)", "layer"), ("nn.GroupNorm(0, 6)", "layer"), ("nn.GroupNorm(2, 6)", "layer(x(2, 5, 3))"),
    *((f"nn.FractionalMaxPool2d({options})", "layer") for options in (
        "3", "3, output_size=4, output_ratio=0.5", "3, output_ratio=1.5", "3, output_ratio=(0.5, 1.5)")),
    *((f"nn.FractionalMaxPool3d({options})", "layer") for options in (
        "3, output_ratio=(0.5, 1.5, 0.5)", "0, output_ratio=0.5", "(2, 0, 1), output_ratio=0.5")),
    ("nn.MaxPool2d(3)", "layer(x(8, 7))"), ("nn.MaxPool2d(3, padding=2)", "layer(x(1, 8, 7))"),
    ("nn.CircularPad2d(1)", "layer(x(4, 4))"), ("nn.CircularPad1d(1)", "layer(x(4))"),
    ("nn.ReplicationPad3d(1)", "layer(x(4, 4))"), ("nn.ReflectionPad1d(4)", "layer(x(2, 4))"),
    ("nn.Upsample(scale_factor='a')", "layer"), ("nn.Upsample()", "layer(x(1, 2, 3, 4))"),
    ("nn.PixelShuffle(2)", "layer(x(2, 7, 3, 3))"), ("nn.ChannelShuffle(4)", "layer(x(2, 6, 3, 3))"),
    ("nn.LocalResponseNorm(3)", "layer(x(2, 3))"), ("nn.CrossMapLRN2d(3)", "layer(x(2, 3, 4))"),
]
