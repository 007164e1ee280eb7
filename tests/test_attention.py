"""Attention and transformers against torch: how they begin, compute, learn and fail."""
import numpy as np
import pytest
import torch
from both_sides import Side, close, same, same_error, tensors
from layer_sides import same_layer, same_layer_error, same_start

import mytorch
from mytorch.ops.attention import attention

INF = float("inf")

# ------------------------------------------------------------------ scaled dot product attention

SDPA = "F.scaled_dot_product_attention"
MASK = "torch.tensor([[1, 0, 1, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1]]).bool()"
BIAS = "torch.tensor([[1., -5, 0, -INF, 1], [-INF] * 5, [0.] * 5, [0, -INF, -INF, 0, 3]], dtype=torch.float64)"
FOUR = "x(2, 3, 4, 8), x(2, 3, 5, 8), x(2, 3, 5, 8)"
ATTENTIONS = [
    FOUR, "x(2, 3, 4, 8), x(2, 3, 5, 8), x(2, 3, 5, 6)", "x(3, 4, 8), x(3, 5, 8), x(3, 5, 8)",
    "x(4, 8), x(5, 8), x(5, 6)",
    "x(2, 2, 3, 4, 8), x(2, 2, 3, 5, 8), x(2, 2, 3, 5, 8)", "x(2, 3, 4, 8), x(1, 3, 5, 8), x(1, 3, 5, 8)",
    "x(2, 3, 4, 8), x(3, 5, 8), x(3, 5, 8)", "x(2, 4, 3, 8).transpose(1, 2), x(2, 3, 5, 8), x(2, 3, 5, 8)",
    "x(2, 3, 4, 0), x(2, 3, 5, 0), x(2, 3, 5, 8)",
    f"{FOUR}, {MASK}", f"{FOUR}, {BIAS}", f"x(4, 8), x(5, 8), x(5, 6), {MASK}", f"x(4, 8), x(5, 8), x(5, 6), {BIAS}",
    f"{FOUR}, x(4, 5)", f"{FOUR}, x(2, 1, 1, 5)", f"{FOUR}, x(3, 4, 5)", f"{FOUR}, t(2, 1, 4, 5)",
    f"{FOUR}, t(2, 1, 1, 5)",
    f"{FOUR}, {BIAS}.float()", f"{FOUR}, is_causal=True", f"{FOUR}, {MASK}, is_causal=True",
    "x(2, 3, 6, 8), x(2, 3, 5, 8), x(2, 3, 5, 8), is_causal=True", "x(6, 8), x(5, 8), x(5, 8), is_causal=True",
    f"{FOUR}, scale=0.3", f"{FOUR}, scale=-1", f"{FOUR}, scale=0", f"{FOUR}, dropout_p=0.4", f"{FOUR}, {MASK}, 0.5",
    f"{FOUR}, dropout_p=1.0", "x(4, 8), x(5, 8), x(5, 6), dropout_p=0.3, is_causal=True",
    "x(2, 6, 4, 8), x(2, 3, 5, 8), x(2, 3, 5, 8), enable_gqa=True",
    "x(2, 6, 4, 8), x(2, 3, 5, 8), x(2, 2, 5, 8), enable_gqa=True",
    "x(6, 4, 8), x(3, 5, 8), x(1, 5, 8), enable_gqa=True",
    f"x(2, 6, 4, 8), x(2, 3, 5, 8), x(2, 3, 5, 8), {MASK}, enable_gqa=True",
    "x(2, 6, 4, 8), x(2, 3, 5, 8), x(2, 3, 5, 8), None, 0.5, True, enable_gqa=True",
]


@pytest.mark.parametrize("arguments", ATTENTIONS)
def test_scaled_dot_product_attention(arguments):
    # torch has no second gradients of its flash kernel
    same(f"{SDPA}({arguments.replace('INF', 'float(chr(105) + chr(110) + chr(102))')})", second=False)


@pytest.mark.parametrize("arguments", [
    "x(3, 4, 8), x(3, 5, 8), x(3, 5, 6)", f"x(4, 8), x(5, 8), x(5, 6), {MASK}", "x(4, 8), x(5, 8), x(5, 6), x(4, 5)",
    "x(6, 8), x(5, 8), x(5, 8), is_causal=True", "x(4, 8), x(5, 8), x(5, 6), dropout_p=0.3"])
def test_second_gradients(arguments):
    same(f"{SDPA}({arguments})")


@pytest.mark.parametrize("arguments", [
    "t(8), t(8), t(8)", "t(2, 3, 4, 8), t(2, 3, 5, 7), t(2, 3, 5, 8)", "t(2, 3, 4, 8), t(2, 4, 5, 8), t(2, 4, 5, 8)",
    "t(2, 4, 8), t(2, 5, 8), t(2, 5, 8, dtype='float32')", "t(2, 4, 8, dtype='int64'), t(2, 4, 8, dtype='int64'), "
    "t(2, 4, 8, dtype='int64')", f"{FOUR}, t(4, 5, dtype='int64')",
    f"{FOUR.replace(')', ', dtype=np.float32)')}, t(4, 5)",
    f"{FOUR}, t(4, 4)", f"{FOUR}, t(7, 2, 3, 4, 5)", "t(4, 8), t(5, 8), t(5, 6), t(2, 4, 5)",
    f"t(4, 8), t(5, 8), t(5, 6), {MASK}, is_causal=True",
    "t(2, 6, 4, 8), t(2, 4, 5, 8), t(2, 4, 5, 8), enable_gqa=True",
    "t(4, 8), t(5, 8), t(5, 8), enable_gqa=True", "t(2, 6, 4, 8), t(2, 3, 5, 8), t(2, 3, 5, 8)",
    f"{FOUR}, dropout_p=1.5", "1, 2, 3", "t(2, 3), t(2, 3), 3", "t(2, 3), t(2, 3), t(2, 3), attn_mask=3",
    "t(4, 8, dtype='complex64'), t(4, 8, dtype='complex64'), t(4, 8, dtype='complex64')"])
def test_errors_of_scaled_dot_product_attention(arguments):
    same_error(f"{SDPA}({arguments})")


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_attention_of_halves(kind):
    found = []
    for library in (torch, mytorch):
        library.manual_seed(1)
        q, k, v = (library.randn(2, 3, 5, 8).to(getattr(library, kind)).requires_grad_() for _ in range(3))
        y = library.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        assert str(y.dtype).endswith(kind)
        y.sum().backward()
        found.append([t.float().detach().numpy() for t in (y, q.grad, k.grad, v.grad)])
    for ours, theirs in zip(*found[::-1]):
        np.testing.assert_allclose(ours, theirs, atol={"float16": 4e-3, "bfloat16": 4e-2}[kind])


@pytest.mark.parametrize("blind", [False, True])
@pytest.mark.parametrize("noisy", [False, True])
def test_kernel_is_its_definition(blind, noisy):
    random = np.random.RandomState(2)
    shapes = [(2, 4, 3), (2, 5, 3), (2, 5, 6), (4, 5)]
    given = [mytorch.tensor(random.standard_normal(shape)) for shape in shapes]
    if blind:
        given[3][1] = -INF
    leaves = [t.requires_grad_() for t in given]
    noise = random.rand(2, 4, 5) * 2 if noisy else None
    weights = mytorch.tensor(random.standard_normal((2, 4, 6)))
    found = []
    for run in (attention, attention.op.definition):
        y = run(*given, noise, 0.7, False)
        found.append([y, *mytorch.autograd.grad(y, leaves, weights)])
    close(*found, rtol=1e-12)
    assert not bool(found[0][0][:, 1].any()) == blind


def test_result_lies_in_memory_as_the_query():
    for library in (torch, mytorch):
        q, k, v = (library.randn(2, 4, 3, 8).transpose(1, 2) for _ in range(3))
        assert library.nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).is_contiguous()


# ------------------------------------------------------------------ several heads

SELF = "(lambda a: layer(a, a, a))(x(4, 3, 8))"
THREE = "layer(x(4, 3, 8), x(5, 3, 8), x(5, 3, 8)"
TWO = "layer(x(4, 8), x(5, 8), x(5, 8)"
BOOL = "torch.tensor([[0, 1, 0, 1, 0], [0, 0, 0, 1, 1], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]]).bool()"
PADDING = "torch.tensor([[0, 0, 0, 0, 0], [0, 0, 0, 1, 1], [0, 1, 0, 0, 0]]).bool()"
HEADS = [
    ("8, 2", SELF), ("8, 2", THREE + ")"), ("8, 2", TWO + ")"), ("8, 2", "(lambda a: layer(a, a, a))(x(4, 8))"),
    ("8, 2", "(lambda a: layer(x(4, 3, 8), a, a))(x(5, 3, 8))"), ("8, 2, bias=False", THREE + ")"),
    ("8, 4, batch_first=True", "(lambda a: layer(a, a, a))(x(3, 4, 8))"),
    ("8, 2, batch_first=True", "layer(x(3, 4, 8), x(3, 5, 8), x(3, 5, 8), need_weights=False)"),
    ("8, 2, dropout=0.4", THREE + ")"), ("8, 2, dropout=0.4", THREE + ", need_weights=False)"),
    ("8, 2, kdim=6, vdim=4", "layer(x(4, 3, 8), x(5, 3, 6), x(5, 3, 4))"),
    ("8, 2, kdim=6, bias=False, add_bias_kv=True", "layer(x(4, 3, 8), x(5, 3, 6), x(5, 3, 8))"),
    ("8, 2, add_bias_kv=True", THREE + ")"), ("8, 2, add_zero_attn=True", THREE + ")"),
    ("8, 2, add_bias_kv=True, add_zero_attn=True", f"{THREE}, key_padding_mask={PADDING}, attn_mask={BOOL})"),
    ("8, 2, add_bias_kv=True, add_zero_attn=True", f"{THREE}, attn_mask=x(6, 4, 5), need_weights=False)"),
    ("8, 2", THREE + ", average_attn_weights=False)"), ("8, 2", TWO + ", average_attn_weights=False)"),
    ("8, 2", f"{THREE}, attn_mask={BOOL})"), ("8, 2", f"{THREE}, attn_mask={BOOL}, need_weights=False)"),
    ("8, 2", THREE + ", attn_mask=x(4, 5))"), ("8, 2", THREE + ", attn_mask=x(6, 4, 5), need_weights=False)"),
    ("8, 2", f"{THREE}, key_padding_mask={PADDING})"), ("8, 2", f"{THREE}, {PADDING}, False)"),
    ("8, 2", THREE + ", key_padding_mask=x(3, 5))"), ("8, 2", TWO + ", key_padding_mask=x(5))"),
    ("8, 2", f"{THREE}, key_padding_mask={PADDING}, attn_mask={BOOL}, need_weights=False)"),
    ("8, 2", TWO + ", attn_mask=x(2, 4, 5))"),
    ("8, 2", THREE + ", attn_mask=nn.Transformer.generate_square_subsequent_mask(5)[:4].double(), is_causal=True)"),
    ("8, 2", THREE + ", attn_mask=t(4, 5), is_causal=True, need_weights=False)"),
    ("8, 2", f"{THREE}, {PADDING}, attn_mask={BOOL}, is_causal=True, need_weights=False)"),
]


@pytest.mark.parametrize(("arguments", "call"), HEADS)
def test_multihead_attention(arguments, call):
    flash = "need_weights=False" in call or ", False" in call     # torch's flash kernel has no second gradient
    same_layer(f"nn.MultiheadAttention({arguments})", call, second=not flash)


@pytest.mark.parametrize("need_weights", [True, False])
def test_all_keys_hidden(need_weights):
    for train in (True, False):
        shown = []
        for library in (torch, mytorch):
            library.manual_seed(0)
            layer = library.nn.MultiheadAttention(8, 2).train(train)
            x = library.randn(4, 3, 8)
            y, _ = layer(x, x, x, library.ones(3, 4).bool(), need_weights)
            shown.append(y.detach().isnan().tolist())
        assert shown[0] == shown[1]


@pytest.mark.parametrize("arguments", ["0, 2", "8, 0", "8, 3", "8", "8, -2"])
def test_errors_of_construction(arguments):
    same_layer_error(f"nn.MultiheadAttention({arguments})", "layer")


F32 = ", dtype='float32'"
WRONG = ["t(4, 8), t(5, 3, 8), t(5, 8)", "t(4, 3, 8), t(5, 8), t(5, 8)", "t(8), t(8), t(8)",
         "t(2, 2, 4, 8), t(2, 2, 4, 8), t(2, 2, 4, 8)", "t(4, 3, 7), t(5, 3, 8), t(5, 3, 8)",
         "t(4, 3, 8), t(5, 3, 7), t(5, 3, 7)", "t(4, 3, 8), t(5, 3, 8), t(6, 3, 8)",
         "t(4, 3, 8), t(5, 2, 8), t(5, 2, 8)",
         "t(4, 3, 8), t(5, 1, 8), t(5, 1, 8)", "t(4, 3, 8), t(5, 3, 8), t(5, 3, 7)", "3, 4, 5"]
WRONG += [f"t(4, 3, 8), t(5, 3, 8), t(5, 3, 8), {mask}" for mask in (
    "key_padding_mask=t(5) > 0", "key_padding_mask=t(5, 3) > 0", "key_padding_mask=t(3, 4) > 0",
    "key_padding_mask=t(3, 5, dtype='int64')", "attn_mask=t(3, 4, 5)", "attn_mask=t(4, 4)", "attn_mask=t(5)",
    "attn_mask=t(1, 6, 4, 5)", "attn_mask=t(4, 5, dtype='uint8')", "attn_mask=t(4, 5, dtype='float64')",
    "key_padding_mask=t(3, 5, dtype='float64')", "is_causal=True", "is_causal=True, need_weights=False")]
WRONG += [f"t(4, 8), t(5, 8), t(5, 8), {mask}" for mask in (
    "key_padding_mask=t(1, 5) > 0", "attn_mask=t(1, 4, 5)", "attn_mask=t(5)")]


@pytest.mark.parametrize("arguments", WRONG)
def test_errors_of_multihead_attention(arguments):
    same_layer_error("nn.MultiheadAttention(8, 2)", f"layer({arguments})")


def test_an_error_tells_where():
    layer = mytorch.nn.MultiheadAttention(8, 2, batch_first=True)
    with pytest.raises(AssertionError, match="was expecting embedding dimension of 8, but got 7"):
        layer(*[mytorch.randn(2, 3, 7)] * 3)
    with pytest.raises(RuntimeError) as caught:
        layer(mytorch.randn(2, 3, 8), *[mytorch.randn(2, 3, 7)] * 2)
    assert "expected: query (N, L, 8), key (N, L, 8), value (N, L, 8)\n  got:      (2, 3, 8)" in str(caught.value)


def test_mismatched_masks_warn():
    for library in (torch, mytorch):
        layer, x = library.nn.MultiheadAttention(8, 2), library.randn(4, 3, 8)
        with pytest.warns(UserWarning, match="Support for mismatched key_padding_mask and attn_mask is deprecated"):
            layer(x, x, x, library.zeros(3, 4).bool(), attn_mask=library.zeros(4, 4))


FORWARD = "F.multi_head_attention_forward(x(4, 3, 8), x(5, 3, 8), x(5, 3, 8), 8, 2, "
PACKED = "x(24, 8), x(24), None, None, False, 0.0, x(8, 8), x(8)"


@pytest.mark.parametrize("rest", [
    PACKED, "None, None, None, None, False, 0.0, x(8, 8), None, use_separate_proj_weight=True, q_proj_weight=x(8, 8), "
    "k_proj_weight=x(8, 8), v_proj_weight=x(8, 8)", "x(24, 8), x(24), x(1, 1, 8), x(1, 1, 8), True, 0.3, x(8, 8), x(8)",
    "x(24, 8), None, None, None, True, 0.3, x(8, 8), x(8), training=False",
    PACKED + ", static_k=x(6, 7, 4), static_v=x(6, 7, 4)",
    PACKED + ", static_v=x(6, 5, 4), average_attn_weights=False"])
def test_multi_head_attention_forward(rest):
    same(f"{FORWARD}{rest})", describe=False)


@pytest.mark.parametrize("rest", [
    PACKED + ", static_k=t(6, 7, 4)", PACKED + ", static_k=t(5, 7, 4)", PACKED + ", static_v=t(6, 7, 3)",
    PACKED + ", use_separate_proj_weight=True", "None, None, None, None, False, 0.0, x(8, 8), x(8)",
    "x(24, 8), x(24), x(1, 1, 8), x(1, 1, 8), True, 0.3, x(8, 8), x(8), static_k=t(6, 5, 4)",
    "x(24, 8), x(24), x(1, 1, 8), None, True, 0.3, x(8, 8), x(8)", "x(24, 8), x(24), None, x(1, 1, 8), True, 0.3, "
    "x(8, 8), x(8)"])
def test_errors_of_multi_head_attention_forward(rest):
    same_error(f"{FORWARD}{rest})")


def test_merged_masks():
    found = []
    for library in (torch, mytorch):
        layer, x = library.nn.MultiheadAttention(8, 2), library.zeros(3, 4, 8)
        mask, padding = library.ones(4, 4).triu(1).bool(), library.eye(4)[:3].bool()
        results = [layer.merge_masks(*masks, x) for masks in (
            (None, None), (mask, None), (None, padding), (mask, padding), (library.stack([mask] * 6), padding))]
        found.append([(kind, None if merged is None else merged.tolist()) for merged, kind in results])
    assert found[0] == found[1]


# ------------------------------------------------------------------ transformers

ENCODER, DECODER = "nn.TransformerEncoderLayer", "nn.TransformerDecoderLayer"
CAUSAL = "nn.Transformer.generate_square_subsequent_mask({}).double()"
HIDE = "torch.tensor([[0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1]]).bool()"
NETS = [
    (f"{ENCODER}(8, 2, 16)", "layer(x(4, 3, 8))"), (f"{ENCODER}(8, 2, 16, dropout=0.0)", "layer(x(4, 8))"),
    (f"{ENCODER}(8, 2, 16, batch_first=True)", "layer(x(3, 4, 8))"), (f"{ENCODER}(8, 2)", "layer(x(2, 1, 8))"),
    (f"{ENCODER}(8, 2, 16, norm_first=True, bias=False)", "layer(x(4, 3, 8))"),
    (f"{ENCODER}(8, 2, 16, activation='gelu')", "layer(x(4, 3, 8))"),
    (f"{ENCODER}(8, 2, 16, activation=nn.GELU(), layer_norm_eps=0.1)", "layer(x(4, 3, 8))"),
    (f"{ENCODER}(8, 2, 16, 0.0, F.silu)", "layer(x(4, 3, 8))"),
    (f"{ENCODER}(8, 2, 16)", "layer(x(4, 3, 8), x(4, 4))"),
    (f"{ENCODER}(8, 2, 16)", f"layer(x(4, 3, 8), {CAUSAL.format(4)}, is_causal=True)"),
    (f"{ENCODER}(8, 2, 16, batch_first=True)", f"layer(x(3, 4, 8), {CAUSAL.format(4)} < 0, {HIDE})"),
    (f"nn.TransformerEncoder({ENCODER}(8, 2, 16, batch_first=True), 2)", "layer(x(3, 4, 8))"),
    (f"nn.TransformerEncoder({ENCODER}(8, 2, 16, batch_first=True), 2)",
     f"layer(x(3, 4, 8), src_key_padding_mask={HIDE})"),
    (f"nn.TransformerEncoder({ENCODER}(8, 2, 16), 2, nn.LayerNorm(8), False)",
     f"layer(x(4, 3, 8), {CAUSAL.format(4)})"),
    (f"nn.TransformerEncoder({ENCODER}(8, 2, 16), 1, enable_nested_tensor=False)",
     f"layer(x(4, 3, 8), {CAUSAL.format(4)}, is_causal=False)"),
    (f"{DECODER}(8, 2, 16)", "layer(x(4, 3, 8), x(5, 3, 8))"),
    (f"{DECODER}(8, 2, 16, norm_first=True, batch_first=True, bias=False)", "layer(x(3, 4, 8), x(3, 5, 8))"),
    (f"{DECODER}(8, 2, 16, activation=nn.SiLU())", "layer(x(4, 8), x(5, 8))"),
    (f"{DECODER}(8, 2, 16)", f"layer(x(4, 3, 8), x(5, 3, 8), {CAUSAL.format(4)}, x(4, 5), {HIDE}.double(), "
     f"{PADDING}.double())"),
    (f"nn.TransformerDecoder({DECODER}(8, 2, 16), 2, nn.LayerNorm(8))",
     f"layer(x(4, 3, 8), x(5, 3, 8), {CAUSAL.format(4)})"),
    (f"nn.TransformerDecoder({DECODER}(8, 2, 16), 2)",
     f"layer(x(4, 3, 8), x(5, 3, 8), {CAUSAL.format(4)}, tgt_is_causal=True, memory_mask=x(4, 5))"),
    ("nn.Transformer(8, 2, 2, 2, 16, batch_first=True)", "layer(x(3, 4, 8), x(3, 5, 8))"),
    ("nn.Transformer(8, 2, 1, 1, 16, activation='gelu', batch_first=True, norm_first=False)",
     "layer(x(4, 8), x(5, 8))"),
    ("nn.Transformer(8, 2, 1, 1, 16, batch_first=True)",
     f"layer(x(3, 4, 8), x(3, 4, 8), {CAUSAL.format(4)}, {CAUSAL.format(4)}, memory_key_padding_mask={HIDE})"),
    ("nn.Transformer(8, 2, custom_encoder=nn.Identity(), num_decoder_layers=1, dim_feedforward=16)",
     "layer.decoder(x(3, 4, 8), x(3, 4, 8))"),
]


@pytest.mark.parametrize(("made", "call"), NETS)
def test_transformers(made, call):
    same_layer(made, call, rtol=1e-8, second=False)     # torch's flash kernel has no second gradient


def test_second_gradient_of_a_transformer():
    """By the definition of its kernels, against the slope of the gradient."""
    mytorch.manual_seed(0)
    layer = mytorch.nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, activation="gelu").double()
    x = mytorch.randn(3, 2, 4, dtype=mytorch.float64, requires_grad=True)
    assert mytorch.autograd.gradgradcheck(layer, (x,))


@pytest.mark.parametrize("made", [
    f"nn.TransformerEncoder({ENCODER}(8, 2, 16{options}), 2)" for options in (
        "", ", batch_first=True, norm_first=True", ", norm_first=True", ", batch_first=True, bias=False",
        ", batch_first=True, activation=F.silu", ", activation=F.silu", ", batch_first=True, activation=nn.ReLU()")] + [
    f"nn.TransformerEncoder({ENCODER}(9, 3, 16, batch_first=True), 2)", "nn.TransformerEncoder(nn.Linear(2, 3), 2)",
    f"nn.TransformerDecoder({DECODER}(8, 2, 16), 3)", "nn.Transformer(8, 2, 1, 1, 16)",
    "nn.Transformer(8, 2, 1, 1, 16, bias=False)", f"{ENCODER}(8, 2, 16, activation=3)"])
def test_how_they_begin(made):
    same_start(made)


ENCODERS = [f"nn.TransformerEncoder({ENCODER}(8, 2, 16, batch_first=True{layer}), 2{more})" for layer, more in (
    ("", ""), ("", ", nn.LayerNorm(8)"), ("", ", enable_nested_tensor=False"), (", activation='gelu'", ""))]


@pytest.mark.parametrize("made", ENCODERS)
@pytest.mark.parametrize("hidden", [
    "0000 0011 0001", "0001 0001 0001", "0111 0000 0011", "0100 0001 0000", "1000 0000 0000"])
@pytest.mark.parametrize("kind", ["bool", "float"])
def test_padding_in_evaluation(made, hidden, kind):
    """Where torch computes without the padding, the result is zero there."""
    found = []
    for library in (torch, mytorch):
        side = Side(library, "float32")
        layer = side.run(made)[0].eval()
        mask = library.tensor([[digit == "1" for digit in row] for row in hidden.split()])
        if kind == "float":
            mask = library.zeros(3, 4).masked_fill(mask, -INF)
        x = side.t(3, 4, 8)
        shown = []
        with library.no_grad():
            shown.append(layer(x, src_key_padding_mask=mask))
        shown.append(layer(x, src_key_padding_mask=mask).detach())
        for p in layer.parameters():
            p.requires_grad_(False)
        shown += [layer(x, src_key_padding_mask=mask), layer(x, src_key_padding_mask=mask, mask=library.zeros(4, 4))]
        found.append(shown)
    close(found[1], found[0], rtol=1e-5, atol=1e-5)


def test_what_is_all_padding_is_finite():
    """torch's kernel for evaluation gives nan there; in training it gives what we give."""
    layer = mytorch.nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True)
    x, hidden = mytorch.randn(2, 3, 8), mytorch.tensor([[True] * 3, [False] * 3])
    shown = [layer.train(train)(x, src_key_padding_mask=hidden) for train in (True, False)]
    assert bool(shown[0].isfinite().all()) and mytorch.equal(*shown)


test_padding_in_evaluation = pytest.mark.filterwarnings(
    "ignore:The PyTorch API of nested tensors", "ignore:Support for mismatched")(test_padding_in_evaluation)

FAILING = [
    ("nn.Transformer(8, 2, 1, 1, 16)", f"layer({call})") for call in (
        "t(4, 3, 8), t(5, 2, 8)", "t(4, 3, 7), t(5, 3, 8)", "t(4, 3, 8), t(5, 3, 7)", "t(4, 3, 8), t(5, 8)",
        "t(4, 3, 8), t(5, 3, 8), tgt_mask=t(4, 4)", "t(4, 3, 8), t(5, 3, 8), tgt_is_causal=True")] + [
    ("nn.Transformer(8, 2, 1, 1, 16, batch_first=True)", "layer(t(4, 3, 8), t(5, 3, 8))"),
    (f"{ENCODER}(8, 2, 16, activation='foo')", "layer"), (f"{DECODER}(8, 2, 16, activation='foo')", "layer"),
    (f"{ENCODER}(8, 3)", "layer"), (f"{ENCODER}(8, 2, 16, dropout=2.0)", "layer")] + [
    (f"{ENCODER}(8, 2, 16)", f"layer({call})") for call in (
        "t(8)", "t(4, 3, 7)", "t(4, 3, 8), is_causal=True", "t(4, 3, 8), t(4, 4), t(3, 4, dtype='int64')",
        "t(4, 3, 8), t(4, 4, dtype='int64')")] + [
    (f"nn.TransformerEncoder({ENCODER}(8, 2, 16), 2, enable_nested_tensor=False)", f"layer({call})") for call in (
        "t(4, 3, 8), is_causal=True", "t(4, 3, 8), src_key_padding_mask=t(3, 4, dtype='uint8')",
        "t(4, 3, 8), t(4, 4, dtype='uint8')")] + [
    (f"nn.TransformerDecoder({DECODER}(8, 2, 16), 2)", f"layer({call})") for call in (
        "t(4, 3, 8), t(5, 3, 8), tgt_is_causal=True", "t(4, 3, 8), t(5, 3, 8), memory_is_causal=True",
        "t(4, 3, 8), t(5, 2, 8)")]


@pytest.mark.parametrize(("made", "call"), FAILING)
def test_errors_of_transformers(made, call):
    same_layer_error(made, call)


@pytest.mark.parametrize("arguments", ["3", "0", "2, dtype=torch.float64", "2, 'cpu'"])
def test_causal_mask(arguments):
    same(f"nn.Transformer.generate_square_subsequent_mask({arguments})")


@pytest.mark.parametrize("expression", [
    f"{ENCODER}(8, 2, 16).activation_relu_or_gelu",
    f"{ENCODER}(8, 2, 16, activation=nn.GELU()).activation_relu_or_gelu",
    f"{ENCODER}(8, 2, 16, activation=F.silu).activation_relu_or_gelu",
    f"{ENCODER}(8, 2, 16, norm_first=True).norm_first",
    f"(lambda e: e.layers[0].linear1 is e.layers[1].linear1)(nn.TransformerEncoder({ENCODER}(8, 2, 16), 2))",
    "[n for n, _ in nn.Transformer(8, 2, 2, 1, 16).named_parameters()]", "nn.Transformer(8, 2, 1, 1, 16).nhead"])
def test_answers(expression):
    theirs, ours = (Side(library).run(expression) for library in (torch, mytorch))
    assert str(ours) == str(theirs)


def test_every_result_is_compared():
    assert tensors((mytorch.zeros(2), [None, torch.zeros(1)]))[1].shape == (1,)
