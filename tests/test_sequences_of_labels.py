"""CTC loss, bags of embeddings and one-hot vectors as functions: every option, every failure, as torch's."""
import numpy as np
import pytest
from both_sides import same as same_gradients
from side_by_side import lines, same

import mytorch
from mytorch.nn import functional as F
from mytorch.ops import ctc

P = "torch.linspace(-2, 2, 60).sin().reshape(5, 3, 4).log_softmax(-1)"
T, I, L = "torch.tensor([[1, 2], [3, 3], [1, 0]])", "torch.tensor([5, 4, 3])", "torch.tensor([2, 2, 1])"  # noqa: E741


@pytest.mark.parametrize("expression", lines(f"""
    F.ctc_loss({P}, {T}, {I}, {L})
    F.ctc_loss({P}, {T}.int(), {I}.int(), {L}.int(), reduction='sum')
    F.ctc_loss({P}, {T}, (5, 4, 3), [2, 2, 1], reduction='none')
    F.ctc_loss({P}, torch.tensor([1, 2, 3, 3, 1]), {I}, {L}, reduction='none')
    F.ctc_loss({P}, {T}, {I}, {L}, blank=3, reduction='none')
    F.ctc_loss({P}, {T}, torch.tensor([1, 2, 0]), {L}, reduction='none')
    F.ctc_loss({P}, {T}, torch.tensor([1, 2, 0]), {L}, reduction='none', zero_infinity=True)
    F.ctc_loss({P}, {T}, torch.tensor([0, 2, 4]), {L} * 0, reduction='none')
    F.ctc_loss({P}[:, 0], torch.tensor([1, 2]), torch.tensor(5), torch.tensor(2), reduction='none')
    F.ctc_loss({P}[:, 0], torch.tensor([1, 2]), (5,), (2,))
    torch.ctc_loss({P}, {T}, {I}, {L}, 0, 2, False)
    F.ctc_loss({P}, {T}, {I}, {L}, reduction='x')
    F.ctc_loss({P}, {T}, {I}[:2], {L})
    F.ctc_loss({P}, {T}, {I}, {L}[:2])
    F.ctc_loss({P}, {T}, {I}, {L}, blank=4)
    F.ctc_loss({P}, {T}, {I}, {L}, blank=-1)
    F.ctc_loss({P}, {T}, {I} + 3, {L})
    F.ctc_loss({P}, {T}, {I} - 7, {L})
    F.ctc_loss({P}, {T}, {I}, {L} + 3)
    F.ctc_loss({P}, {T}, {I}, {L} - 3)
    F.ctc_loss({P}, {T}, {I}.float(), {L})
    F.ctc_loss({P}, {T}, {I}, {L}.float())
    F.ctc_loss({P}, torch.tensor([1, 2, 3, 3]), {I}, {L})
    F.ctc_loss({P}, {T}[None], {I}, {L})
    F.ctc_loss({P}, {T}[:2], {I}, {L})
    F.ctc_loss({P}[0, 0], {T}, {I}, {L})
    F.ctc_loss({P}.half(), {T}, {I}, {L})
    F.ctc_loss({P}[:0], {T}, {I} * 0, {L})
"""))
def test_ctc_loss(expression):
    if "inf" in expression or "half" in expression or "'x'" in expression or "[:" in expression:
        same(expression)
    else:
        same(f"({expression}).double().round(decimals=4)")


def test_gradients_of_what_does_not_fit_are_nan_or_nothing():
    short = "F.ctc_loss(x(3, 2, 4).log_softmax(-1), torch.tensor([[1, 1], [3, 2]]), (2, 3), (2, 2), reduction='none'"
    same_gradients(short + ", zero_infinity=True)", second=False)
    same_gradients(short + ")[1:]", second=False)


def test_ctc_kernel_is_its_definition():
    """Values and gradients, blanks between equal labels and samples of different lengths among them."""
    random = np.random.RandomState(0)
    x = mytorch.tensor(random.standard_normal((7, 4, 5))).requires_grad_()
    targets = np.array([[1, 2, 3], [3, 3, 3], [1, 0, 0], [2, 4, 4]])
    given = targets, np.array([7, 6, 3, 5]), np.array([3, 3, 0, 2]), 0, False
    weights = mytorch.tensor(random.standard_normal(4))
    kernel, definition = ctc._ctc(x.log_softmax(-1), *given), ctc._by_definition(x.log_softmax(-1), *given)
    gradients = [mytorch.autograd.grad((loss * weights).sum(), x)[0].numpy() for loss in (kernel, definition)]
    np.testing.assert_allclose(kernel.detach().numpy(), definition.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(*gradients, rtol=1e-10, atol=1e-13)


def test_a_target_that_is_no_class_raises():
    with pytest.raises(IndexError, match="target 4 is no class: log_probs has 4"):
        F.ctc_loss(mytorch.zeros(3, 1, 4), mytorch.tensor([[4]]), (3,), (1,))


W = "(torch.arange(18.).reshape(6, 3) * 11 % 7 / 4 - 0.75)"
B, O = "torch.tensor([1, 2, 0, 5, 5, 3])", "torch.tensor([0, 2, 2, 5])"  # noqa: E741


@pytest.mark.parametrize("expression", lines(f"""
    F.embedding_bag({B}, {W}, {O}, mode='x')
    F.embedding_bag({B}, {W})
    F.embedding_bag({B}.view(2, 3), {W}, {O})
    F.embedding_bag({B}.view(1, 2, 3), {W})
    F.embedding_bag({B}, {W}, {O}[None])
    F.embedding_bag({B}, {W}, {O} + 1)
    F.embedding_bag({B}, {W}, torch.tensor([0, 9]))
    F.embedding_bag({B}, {W}, {O}[:0], include_last_offset=True)
    F.embedding_bag({B}[:0], {W}, torch.tensor([0, 0]), include_last_offset=True, mode='sum')
    F.embedding_bag({B}, {W}, {O}, per_sample_weights={W}[:, 0])
    F.embedding_bag({B}, {W}, {O}, mode='sum', per_sample_weights={W}[:4, 0])
    F.embedding_bag({B}, {W}, {O}, mode='sum', per_sample_weights={W}[:, 0].double())
    F.embedding_bag({B} + 1, {W}.double(), {O})
    F.embedding_bag({B} + 1, {W}, {O}, mode='max')
    F.embedding_bag({B}.float(), {W}, {O})
    F.embedding_bag({B}, {W}, {O}, padding_idx=6)
    F.embedding_bag({W}, {B}, {O}, mode='max')
    F.embedding_bag({B}, {W}[0], {O})
    F.embedding_bag({B}, {W}, {O}, mode='max', sparse=True)
    F.embedding_bag({B}, {W}, {O}, mode='max', scale_grad_by_freq=True)
    F.embedding_bag({B}, {W}.long(), {O})
    F.embedding_bag({B}, {W}.requires_grad_(), {O}, mode='max')
    F.embedding_bag({B}, {W}.requires_grad_(), {O}, mode='max', padding_idx=-1)
    F.one_hot(torch.tensor([[1, 0], [2, 2]]))
    F.one_hot(torch.tensor([1, 1]), 5)
    F.one_hot(torch.tensor(2))
    F.one_hot(torch.tensor([]).long(), 3)
    F.one_hot(torch.tensor([]).long())
    F.one_hot(torch.tensor([1, -1]))
    F.one_hot(torch.tensor([1, 2]), 2)
    F.one_hot(torch.tensor([1, 2]).int())
    torch.nn.EmbeddingBag(5, 3, max_norm=1.0, norm_type=1.0, scale_grad_by_freq=True, mode='sum', padding_idx=-1)
    torch.nn.EmbeddingBag(5, 3, padding_idx=5)
    torch.nn.EmbeddingBag.from_pretrained({W}, mode='sum')({B}, {O})
    torch.nn.EmbeddingBag.from_pretrained({W}[0])
    torch.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [6, 3])
    torch.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [])
    torch.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [3], div_value=2.0)(torch.ones(2, 8), torch.tensor([0, 10]))
    torch.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [3], div_value=2.0)(torch.ones(2, 8), torch.tensor([0]))
    torch.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [3], div_value=2.0).predict(torch.randn(6, 8))
    repr(torch.nn.LinearCrossEntropyOptions(batch_chunk_size=2, acc_dtype=torch.float64))
    torch.nn.LinearCrossEntropyOptions(batch_chunk_size=0)
    torch.nn.LinearCrossEntropyOptions(chunking_method='x')
    torch.nn.LinearCrossEntropyOptions(acc_policy='x')
"""))
def test_bags_and_labels(expression):
    same(expression)
