"""Rows of nn.functional that are about no images: an expression each, as `both_sides` reads them."""

#: Results, gradients and second gradients, in double precision.
FUNCTIONS = """
    F.gumbel_softmax(x(3, 4), hard=True)
    F.gumbel_softmax(x(3, 4), tau=0.5, hard=True, dim=0)
    F.huber_loss(x(4, 3), x(4, 3), weight=t(4, 3).abs())
    F.huber_loss(x(4, 3), x(4, 3), "sum", 0.4, t(4, 3).abs())
    F.mse_loss(x(4, 3), x(4, 3), weight=t(4, 3).abs())
    F.mse_loss(x(4, 3), x(4, 3), reduction="none", weight=t(4, 3).abs())
    F.cross_entropy(x(4, 5), torch.tensor([0, 4, 2, 2]), label_smoothing=-0.1)
    F.binary_cross_entropy(u(3, 2), u(3, 2))
    F.cosine_similarity(x(4, 1, 3), x(2, 3), dim=-1)
    F.glu(x(4, 6), dim=-2)
    F.hardtanh(torch.arange(-3, 9))
    F.relu6(torch.arange(-3, 9))
    F.dropout3d(x(6))
    F.cosine_similarity(0.05 * x(3, 2), x(3, 2), eps=0.2)
    F.cosine_similarity(torch.ones(3, 2).long(), x(3, 2))
    F.multilabel_soft_margin_loss(x(4), t(3, 4).sign().clamp(0, 1))
    nn.TransformerEncoderLayer(4, 2, 8, dropout=0, dtype=torch.float64)(x(0, 3, 4))
"""

#: The nodes of losses, which are printed with them.
NODES = """
    F.l1_loss(x(3), t(3))
    F.l1_loss(x(3), t(3), reduction="sum")
    F.l1_loss(x(3), t(3), reduction="none")
    F.cross_entropy(x(3, 4), torch.tensor([0, 3, 1]))
    F.cross_entropy(x(2, 4, 3), torch.zeros(2, 3).long())
    F.nll_loss(x(2, 4, 3, 2), torch.zeros(2, 3, 2).long(), reduction="none")
    F.nll_loss(x(2, 4, 3), torch.zeros(2, 3).long(), reduction="none")
    F.nll_loss(x(2, 4, 3, 2, 2), torch.zeros(2, 3, 2, 2).long(), reduction="sum")
"""

#: Types of which torch computes in float32 and rounds once: each of FLOATS, bfloat16 and float16, to one unit.
HALF = """
    F.relu6(y)
    F.hardtanh(y, -0.3, 0.7)
    F.elu(y, 0.7)
    F.selu(y)
    F.celu(y, 0.7)
    F.leaky_relu(y, 0.3)
    F.gelu(y)
    F.gelu(y, approximate="tanh")
    F.hardsigmoid(y)
    F.hardswish(y)
    F.silu(y)
    F.mish(y)
    F.softplus(y, 0.7)
    F.softshrink(y, 0.25)
    F.logsigmoid(y)
    F.huber_loss(y, y * 2, delta=0.6)
    F.smooth_l1_loss(y, y * 2, beta=0.5, reduction="none")
"""

#: Calls that fail, with the type and the text of the error.
ERRORS = """
    F.glu(x(4, 6), dim=5)
    F.softshrink(x(3), -1)
    F.hardtanh(torch.ones(3).bool())
    F.hardtanh(torch.ones(3).byte())
    F.elu(x(3, dtype="complex64"))
    F.gelu(x(3, dtype="complex64"))
    F.softplus(x(3, dtype="complex64"))
    F.hardtanh(x(3, dtype="complex64"))
    F.threshold(x(3, dtype="complex64"), 0.1, 2)
    F.prelu(torch.ones(3, 2).long(), x(1))
    F.mse_loss(torch.ones(3).long(), torch.ones(3).long())
    F.smooth_l1_loss(torch.ones(3).long(), torch.ones(3).long())
    F.mse_loss(x(4, 3), x(4, 3), weight=t(4, 3), reduction="foo")
    F.kl_div(x(4, 3), torch.ones(4, 3).long(), reduction="sum")
    F.gaussian_nll_loss(x(4, 3), t(4, 3), u(3))
    F.cross_entropy(x(4, 5), torch.tensor([0, 4, 2, 2]), weight=t(5, dtype="f4"))
    F.cross_entropy(x(4, 5), u(4, 5), ignore_index=2)
    F.cross_entropy(x(4, 5), u(4, 5), weight=t(4))
    F.cross_entropy(x(2, 5, 3), torch.zeros(2, 4).long())
    F.nll_loss(x(2, 5, 3), torch.zeros(2).long())
    F.nll_loss(x(2, 5, 3, 2), torch.zeros(2, 3).long())
    F.nll_loss(x(), torch.tensor(0))
    F.cross_entropy(x(), torch.tensor([0]))
    F.nll_loss(x(2, 5), torch.zeros(2))
    F.nll_loss(x(2, 5, 3), torch.zeros(2, 3).byte())
    F.nll_loss(x(5), torch.zeros(2).long())
    F.nll_loss(x(2, 5), torch.tensor(0))
    F.nll_loss(x(2, 5), torch.zeros(2, 1))
    F.nll_loss(x(2, 5, 3), torch.zeros(2, 3).long(), weight=t(4))
    F.cross_entropy(x(2, 5), torch.zeros(2, 5).long())
    F.multi_margin_loss(x(3, 4), torch.tensor([0, 3, 1]), weight=t(3))
    F.multi_margin_loss(x(3, 4), torch.tensor([0, 1]))
    F.multilabel_margin_loss(x(2, 4), torch.tensor([[3, 4, -1, 1], [1, -1, 0, 2]]))
    F.cosine_embedding_loss(x(4, 3), x(3), torch.tensor([1, -1, 1, -1]))
    F.cosine_similarity(x(4, 3), x(4, 2))
    nn.Hardtanh(max_val=-2)
    nn.Bilinear(0, 3, 2)
    F.bilinear(x(5, 3), x(1, 5, 4), x(2, 3, 4))
    F.bilinear(x(5, 2, 3), x(5, 3, 4), x(2, 3, 4))
    F.linear_cross_entropy(x(5, 4, 2), x(3, 4), torch.tensor([0]))
    F.linear_cross_entropy(x(5), x(3, 4), torch.tensor(0))
    F.linear_cross_entropy(x(4), x(3, 2, 4), torch.tensor([0, 1]))
    F.soft_margin_loss(x(4, 3), t(4, 2))
    F.conv1d(torch.ones(2, 4, 7).long(), x(6, 4, 3), x(6))
    F.conv1d(torch.ones(2, 4, 7).short(), x(6, 4, 3), x(6))
    F.avg_pool3d(x(2, 4, 4, 1, 3), 2, 2, 1)
    F.embedding(torch.tensor([1, 2]).short(), x(5, 3))
    F.embedding_bag(torch.tensor([1, 2, 0]), x(5, 3), torch.tensor([0, 4]), include_last_offset=True)
"""


def rows(text):
    """The expressions of a table."""
    return [row.strip() for row in text.strip().splitlines()]
