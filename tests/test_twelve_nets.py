"""Twelve nets, written once against a namespace and trained 30 steps by torch and by Mytorch from the same seed.

Every loss of every step agrees to 1e-4 relative: the draws of parameters, noise and dropout are the same numbers, the
order of additions is all that differs.
"""
import numpy as np
import pytest
import torch

import mytorch

STEPS = 30


def numbers(ns, *shape, seed=0):
    """The same normal numbers on both sides."""
    return ns.tensor(np.random.RandomState(seed).standard_normal(shape).astype(np.float32))


def labels(ns, count, *shape, seed=0):
    """The same integers in [0, count) on both sides."""
    return ns.tensor(np.random.RandomState(seed).randint(0, count, shape))


def descend(net, optimizer, loss_of):
    """Losses of STEPS steps of an optimizer on loss_of(net)."""
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(net)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def multilayer_perceptron(ns):
    nn = ns.nn
    net = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 3))
    x, y = numbers(ns, 20, 8), labels(ns, 3, 20)
    criterion = nn.CrossEntropyLoss()
    return descend(net, ns.optim.AdamW(net.parameters(), lr=0.01), lambda net: criterion(net(x), y))


def lenet(ns):
    nn = ns.nn
    net = nn.Sequential(nn.Conv2d(1, 4, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(4, 8, 5), nn.Tanh(),
                        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 2 * 2, 16), nn.ReLU(), nn.Linear(16, 10))
    x, y = numbers(ns, 8, 1, 16, 16), labels(ns, 10, 8)
    return descend(net, ns.optim.SGD(net.parameters(), lr=0.05, momentum=0.9),
                   lambda net: ns.nn.functional.cross_entropy(net(x), y, label_smoothing=0.1))


def residual_net(ns):
    nn = ns.nn

    class Block(nn.Module):
        def __init__(self, inside, outside, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
            self.norm1 = nn.BatchNorm2d(outside)
            self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
            self.norm2 = nn.BatchNorm2d(outside)
            self.skip = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))

        def forward(self, x):
            h = nn.functional.relu(self.norm1(self.conv1(x)))
            return nn.functional.relu(self.norm2(self.conv2(h)) + self.skip(x))

    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), Block(4, 4, 1), Block(4, 8, 2), nn.AdaptiveAvgPool2d(1),
                        nn.Flatten(), nn.Linear(8, 5))
    x, y = numbers(ns, 6, 3, 8, 8), labels(ns, 5, 6)
    return descend(net, ns.optim.SGD(net.parameters(), lr=0.02, momentum=0.9, nesterov=True, weight_decay=1e-3),
                   lambda net: ns.nn.functional.cross_entropy(net(x), y))


def variational_autoencoder(ns):
    nn = ns.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Sequential(nn.Linear(12, 16), nn.SiLU())
            self.mean, self.log_variance = nn.Linear(16, 3), nn.Linear(16, 3)
            self.decoder = nn.Sequential(nn.Linear(3, 16), nn.SiLU(), nn.Linear(16, 12))

        def forward(self, x):
            h = self.encoder(x)
            mean, log_variance = self.mean(h), self.log_variance(h)
            z = mean + ns.randn_like(mean) * (log_variance / 2).exp()
            return self.decoder(z), mean, log_variance

    def loss_of(net):
        y, mean, log_variance = net(x)
        likelihood = nn.functional.binary_cross_entropy_with_logits(y, x, reduction="sum")
        return (likelihood - 0.5 * (1 + log_variance - mean ** 2 - log_variance.exp()).sum()) / len(x)

    x = numbers(ns, 16, 12).sigmoid()
    net = Net()
    return descend(net, ns.optim.Adam(net.parameters(), lr=0.01), loss_of)


def adversarial_pair(ns):
    nn = ns.nn
    generator = nn.Sequential(nn.ConvTranspose2d(4, 8, 4, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
                              nn.ConvTranspose2d(8, 1, 4, 2, 1, bias=False), nn.Tanh())
    judge = nn.Sequential(nn.Conv2d(1, 8, 4, 2, 1, bias=False), nn.BatchNorm2d(8), nn.LeakyReLU(0.2),
                          nn.Conv2d(8, 1, 4, bias=False), nn.Flatten(0))
    for module in (*generator.modules(), *judge.modules()):
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(module.weight, 0.0, 0.02)
    criterion = nn.BCEWithLogitsLoss()
    makes = ns.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.5, 0.999))
    judges = ns.optim.Adam(judge.parameters(), lr=2e-3, betas=(0.5, 0.999))
    real, losses = numbers(ns, 8, 1, 8, 8).tanh(), []
    for _ in range(STEPS):
        fake = generator(ns.randn(8, 4, 1, 1))
        judge.zero_grad()
        loss = criterion(judge(real), ns.ones(8)) + criterion(judge(fake.detach()), ns.zeros(8))
        loss.backward()
        judges.step()
        generator.zero_grad()
        fooled = criterion(judge(fake), ns.ones(8))
        fooled.backward()
        makes.step()
        losses += [loss.item(), fooled.item()]
    return losses


def language_model(ns):
    nn = ns.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(11, 8)
            self.lstm = nn.LSTM(8, 12, num_layers=2, dropout=0.2, batch_first=True)
            self.out = nn.Linear(12, 11)

        def forward(self, x, state=None):
            h, state = self.lstm(self.table(x), state)
            return self.out(h), state

    def loss_of(net):
        state, total = None, 0.0
        for begin in (0, 6):                           # truncated backpropagation through time
            y, state = net(text[:, begin:begin + 6], state)
            state = tuple(s.detach() for s in state)
            total = total + nn.functional.cross_entropy(y.transpose(1, 2), text[:, begin + 1:begin + 7])
        return total

    text = labels(ns, 11, 4, 13)
    net = Net()
    optimizer = ns.optim.RMSprop(net.parameters(), lr=3e-3)
    return descend(net, optimizer, loss_of)


def sequence_tagger(ns):
    nn = ns.nn
    rnn = nn.utils.rnn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(9, 6, padding_idx=0)
            self.gru = nn.GRU(6, 5, bidirectional=True, batch_first=True)
            self.out = nn.Linear(10, 4)

        def forward(self, x, lengths):
            packed = rnn.pack_padded_sequence(self.table(x), lengths, batch_first=True, enforce_sorted=False)
            h, _ = rnn.pad_packed_sequence(self.gru(packed)[0], batch_first=True)
            return self.out(h)

    sentences = [labels(ns, 8, n, seed=n) + 1 for n in (4, 7, 2)]
    tags = rnn.pad_sequence([s % 4 for s in sentences], batch_first=True, padding_value=-100)
    words, lengths = rnn.pad_sequence(sentences, batch_first=True), ns.tensor([4, 7, 2])
    net = Net()
    return descend(net, ns.optim.NAdam(net.parameters(), lr=0.01),
                   lambda net: nn.functional.cross_entropy(net(words, lengths).flatten(0, 1), tags.flatten()))


def transformer_classifier(ns):
    nn = ns.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(10, 8)
            layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True, activation="gelu")
            self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
            self.out = nn.Linear(8, 3)

        def forward(self, x):
            return self.out(self.encoder(self.table(x), src_key_padding_mask=x == 0).mean(1))

    x, y = labels(ns, 10, 5, 6) * (ns.arange(6) < 5), labels(ns, 3, 5)
    net = Net()
    return descend(net, ns.optim.AdamW(net.parameters(), lr=3e-3), lambda net: nn.functional.cross_entropy(net(x), y))


def generative_transformer(ns):
    nn = ns.nn
    F = nn.functional

    class Block(nn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads = heads
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x):
            n, length, width = x.shape
            parts = self.qkv(self.norm1(x)).split(width, dim=2)
            q, k, v = (p.view(n, length, self.heads, width // self.heads).transpose(1, 2) for p in parts)
            h = F.scaled_dot_product_attention(q, k, v, is_causal=True)            # (N, heads, L, D)
            x = x + self.project(h.transpose(1, 2).reshape(n, length, width))
            return x + self.mlp(self.norm2(x))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.places = nn.Embedding(12, 16), nn.Embedding(8, 16)
            self.blocks = nn.ModuleList([Block(16, 4) for _ in range(2)])
            self.norm, self.head = nn.LayerNorm(16), nn.Linear(16, 12, bias=False)
            self.head.weight = self.tokens.weight

        def forward(self, x):
            x = self.tokens(x) + self.places(ns.arange(x.shape[1]))
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))

    def loss_of(net):
        loss = F.cross_entropy(net(text[:, :-1]).flatten(0, 1), text[:, 1:].flatten())
        return loss

    text = labels(ns, 12, 4, 9)
    net = Net()
    return descend(net, ns.optim.AdamW(net.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1), loss_of)


def convolutional_autoencoder(ns):
    nn = ns.nn
    net = nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, 8, 3, 2, 1), nn.ReLU(),
                        nn.ConvTranspose2d(8, 4, 3, 2, 1, output_padding=1), nn.ReLU(),
                        nn.ConvTranspose2d(4, 1, 3, 2, 1, output_padding=1))
    x = numbers(ns, 4, 1, 8, 8)
    optimizer = ns.optim.Adam(net.parameters(), lr=0.01)
    return descend(net, optimizer, lambda net: nn.functional.mse_loss(net(x), x))


def siamese_net(ns):
    nn = ns.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(6, 12), nn.PReLU(), nn.Linear(12, 4))

        def forward(self, x):
            return nn.functional.normalize(self.body(x), dim=1)

    anchor, near, far = (numbers(ns, 10, 6, seed=i) for i in range(3))
    criterion = nn.TripletMarginLoss(margin=0.8, swap=True)
    net = Net()
    return descend(net, ns.optim.Adagrad(net.parameters(), lr=0.05),
                   lambda net: criterion(net(anchor), net(near), net(far)))


def policy_gradient(ns):
    """REINFORCE on a walk along a line: steps of -1 or 1 from 0, the reward is minus the distance from 3."""
    nn = ns.nn
    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))

    def loss_of(net):
        place, said, rewards = 0.0, [], []
        for time in range(6):
            logp = net(ns.tensor([place / 3, time / 6])).log_softmax(-1)
            action = ns.multinomial(logp.detach().exp(), 1)
            said.append(logp.gather(0, action).squeeze(0))
            place += 2 * int(action) - 1
            rewards.append(-abs(place - 3.0))
        returns = ns.tensor(rewards).flip(0).cumsum(0).flip(0)
        advantage = (returns - returns.mean()) / (returns.std() + 1e-6)
        return -(ns.stack(said) * advantage).sum()

    return descend(net, ns.optim.Adam(net.parameters(), lr=0.02), loss_of)


NETS = [multilayer_perceptron, lenet, residual_net, variational_autoencoder, adversarial_pair, language_model,
        sequence_tagger, transformer_classifier, generative_transformer, convolutional_autoencoder, siamese_net,
        policy_gradient]


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.__name__)
def test_every_loss_agrees_with_torch(net):
    losses = []
    for library in (torch, mytorch):
        library.manual_seed(1)
        losses.append(net(library))
    theirs, ours = map(np.array, losses)
    assert np.isfinite(theirs).all() and len(theirs) % STEPS == 0
    assert theirs.std() > 1e-3 * abs(theirs).max(), "the net learned nothing, so agreement would say nothing"
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)


def test_there_are_twelve():
    assert len(NETS) == 12 == len({net.__name__ for net in NETS})
