"""nn.utils against torch: the same expression on both sides, compared in values, names, texts, warnings and errors."""
import copy
import warnings

import numpy as np
import pytest
import torch
import torch.nn.utils.prune
from both_sides import Side

import mytorch

INF, NAN = float("inf"), float("nan")


def helpers(library):
    """What the expressions below are written in."""
    nn = library.nn

    class Symmetric(nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).transpose(-1, -2)

        def right_inverse(self, a):
            return a.triu()

    class Double(nn.Module):
        def forward(self, x):
            return 2 * x

    class Triple(nn.Module):
        def forward(self, x):
            return 3 * x

        def right_inverse(self, x):
            return x / 3

    class Product(nn.Module):
        def forward(self, a, b):
            return a * b

        def right_inverse(self, x):
            return x.abs(), x.sign()

    class Gives(nn.Module):
        """A parametrization that returns what it is told to; and an inverse, if it is told one."""
        def __init__(self, forward, inverse=None):
            super().__init__()
            self.answer = forward
            if inverse is not None:
                self.right_inverse = inverse

        def forward(self, *x):
            return self.answer(*x)

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.l1 = nn.Linear(2, 2)
            self.tied = self.l1.weight
            self.register_buffer("b", library.ones(1))

        def forward(self, x, k=1):
            return self.l1(x) + self.tied.sum() * k + self.b

    class Counter(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("n", library.zeros(1))

        def forward(self, x):
            self.n = self.n + 1
            return x + self.n

    class Odd(nn.utils.prune.BasePruningMethod):
        PRUNING_TYPE = "unstructured"

        def compute_mask(self, t, default_mask):
            mask = default_mask.clone()
            mask.view(-1)[::2] = 0
            return mask

    class Wrong(Odd):
        PRUNING_TYPE = "foo"

    def gradients(*lists):
        made = [nn.Parameter(library.ones(2 if grad is None else len(grad))) for grad in lists]
        for p, grad in zip(made, lists):
            p.grad = None if grad is None else library.tensor([float(g) for g in grad])
        return made

    def after(change, *lists):
        given = gradients(*lists)
        return change(given), [p.grad for p in given]

    def parametrized(*parametrizations, unsafe=False):
        layer = nn.Linear(3, 3)
        for parametrization in parametrizations:
            nn.utils.parametrize.register_parametrization(layer, "weight", parametrization, unsafe=unsafe)
        return layer

    def pruned(*steps):
        layer = nn.Linear(4, 3)
        for name, options in steps:
            getattr(nn.utils.prune, name)(layer, "weight", **options)
        return layer

    def pruned_together(method, scores=None, **options):
        a, b = nn.Linear(4, 3), nn.Linear(3, 2)
        nn.utils.prune.global_unstructured(((a, "weight"), (b, "weight"), (b, "bias")), pruning_method=method,
                                           importance_scores=scores and scores(a, b), **options)
        return a.state_dict(), b.state_dict()

    def normed(features, dims=2, **options):
        """A BatchNorm of some history, in evaluation."""
        layer = getattr(nn, f"BatchNorm{dims}d")(features, **options)
        with library.no_grad():
            for tensor, low, high in ((layer.running_mean, -1, 1), (layer.running_var, 0.5, 2), (layer.weight, 0.5, 2),
                                      (layer.bias, -1, 1)):
                if tensor is not None:
                    tensor.uniform_(low, high)
        return layer.eval()

    def at(module, path, value):
        for part in path.split(".")[:-1]:
            module = getattr(module, part)
        setattr(module, path.split(".")[-1], value)

    return {**{key: value for key, value in locals().items() if key not in ("library", "nn")}, "U": nn.utils,
            "P": nn.utils.parametrizations, "Z": nn.utils.parametrize, "Q": nn.utils.prune, "copy": copy, "inf": INF,
            "nan": NAN, "stateless": nn.utils.stateless, "func": library.func, "e": library.empty, "chain": chain,
            "names": names}


def chain(layer, *steps):
    """The layer after each of the steps, functions of it; a step's other result is given back in the end."""
    for step in steps:
        found = step(layer)
    return found


def names(module):
    return [n for n, _ in module.named_parameters()], [n for n, _ in module.named_buffers()], list(module.state_dict())


def described(value):
    """What is compared of a result: tensors as arrays, the rest as text without the library's name."""
    if isinstance(value, (torch.Tensor, mytorch.Tensor)):
        return value
    if isinstance(value, dict):
        return [(str(key), described(found)) for key, found in value.items()]
    if isinstance(value, (tuple, list)):
        return [described(part) for part in value]
    return repr(value).replace("mytorch", "torch").partition(" object at 0x")[0]


def compare(ours, theirs, tolerance, exact_flags=True):
    if isinstance(theirs, list) or isinstance(theirs, tuple):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            compare(a, b, tolerance)
    elif isinstance(theirs, torch.Tensor):
        a, b = ours.detach().numpy(), theirs.detach().numpy()
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        assert ours.requires_grad == theirs.requires_grad
        assert type(ours).__name__ == type(theirs).__name__
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
    else:
        assert ours == theirs


def sides():
    made = Side(torch, "float32"), Side(mytorch, "float32")
    for side in made:
        side.scope.update(helpers(side.library))
    return made


def same(expression, tolerance=2e-6):
    (theirs, warned), (ours, told) = (side.run(expression, seed=1) for side in sides())
    compare(described(ours), described(theirs), tolerance)
    assert told == warned
    assert mytorch.get_rng_state().tolist() == torch.get_rng_state().tolist()


def same_error(expression):
    theirs, ours = (side.error(expression) for side in sides())
    ours = ours[0], ours[1].split("\n  in: ")[0].replace("mytorch", "torch")
    assert theirs[0] != "no error" and ours == theirs


# ------------------------------------------------------------------ clipping, vectors, layouts, skip_init

LISTS = "[3, 4], [0]", "[3, 4], None, [12]", "[.1]", "[inf, 1]", "[nan, 1]", "[0, 0]", "None"
CLIPPING = [f"after(lambda p: U.clip_grad_norm_(p, 1.0, {order}), {lists})" for lists in LISTS
            for order in ("2.0", "1.0", "inf", "'inf'", "0.0", "3.0", "-inf", "0.5", "-1")]
CLIPPING += [f"after(lambda p: {change}, {lists})" for lists in LISTS[:6] for change in (
    "U.clip_grad_value_(p, 0.5)", "U.get_total_norm([x.grad for x in p if x.grad is not None])",
    "U.clip_grads_with_norm_(p, 2.0, torch.tensor(4.0))")]
CLIPPING += [
    "U.clip_grad_norm_([], 1.0)", "U.clip_grad_norm_(iter([]), 1.0)", "U.clip_grad_norm_(gradients([3, 4])[0], 1.0)",
    "U.clip_grad_norm_((p for p in gradients([3, 4])), 1.0, foreach=True)", "U.clip_grad_norm(gradients([3, 4]), 1.0)",
    "U.clip_grad_norm_(gradients([3, 4]), torch.tensor(1.0))", "U.clip_grad_value_(gradients([3, -4]), -1)",
    "U.get_total_norm(torch.ones(3))", "U.get_total_norm([])", "U.get_total_norm(iter([torch.ones(3)]), 3)",
    "U.get_total_norm([torch.ones(3), torch.ones(2).double()])",
    "U.get_total_norm([torch.ones(3).half(), torch.ones(2)])",
    "U.parameters_to_vector([x(3), x(2, 2)])", "U.parameters_to_vector(iter([x(3), t(2, 2)]))",
    "(lambda ps: (U.vector_to_parameters(torch.arange(7.0), ps), ps))([x(3), x(2, 2)])",
    "(lambda ps: (U.vector_to_parameters(torch.arange(8.0).double(), ps), ps))([x(3), x(2, 2)])",
    *(f"U.convert_conv{n}d_weight_memory_format(nn.Sequential(nn.{kind}(2, 3, 3)), torch.{layout})[0].weight.stride()"
      for n, layout in ((2, "channels_last"), (3, "channels_last_3d"), (2, "contiguous_format"))
      for kind in ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose2d",
      "ConvTranspose3d") if kind[-2] == str(n) or n == 2 and (
          kind == "Conv1d")),
    "U.convert_conv2d_weight_memory_format(nn.Conv2d(2, 3, 3), torch.channels_last).weight",
    "U.skip_init(nn.Linear, 3, 4)", "U.skip_init(nn.Linear, 3, out_features=4, dtype=torch.float64).weight.shape",
]
CLIPPING_FAILS = [
    "U.clip_grad_norm_(gradients([inf, 1]), 1.0, error_if_nonfinite=True)", "U.clip_grad_norm_(gradients([3]), 'a')",
    "U.get_total_norm([torch.ones(3) * nan], 1, error_if_nonfinite=True)", "U.get_total_norm([torch.ones(2)], 'fro')",
    "U.clip_grad_value_(gradients([3]), 'a')", "U.clip_grad_norm_(1.0, 1.0)", "U.clip_grad_norm_([1.0], 1.0)",
    "U.parameters_to_vector([])", "U.vector_to_parameters(torch.ones(6), [x(3), x(2, 2)])",
    "U.vector_to_parameters([1], [x(3)])", "U.skip_init(nn.ReLU)", "U.skip_init(3)", "U.skip_init(nn.LSTM, 3, 4)",
]

# ------------------------------------------------------------------ weight and spectral norm by hooks

HOOKS = [
    *(f"U.weight_norm(nn.{layer}).state_dict()" for layer in (
        "Linear(3, 2)", "Linear(3, 2), dim=None", "Linear(3, 2), dim=1", "Linear(3, 2), dim=-1", "Linear(3, 2), 'bias'",
        "Conv2d(2, 3, 3), dim=1", "LSTM(3, 2), 'weight_hh_l0'")),
    "U.weight_norm(nn.Linear(3, 2))", "names(U.weight_norm(nn.Linear(3, 2)))", "U.weight_norm(nn.Linear(3, 2)).weight",
    "U.weight_norm(nn.Linear(3, 2)).weight.grad_fn.name()", "U.weight_norm(nn.Linear(3, 2))(t(4, 3))",
    "chain(U.weight_norm(nn.Linear(3, 2)), lambda m: m.weight_g.data.mul_(2), lambda m: m(t(4, 3)))",
    "U.remove_weight_norm(U.weight_norm(nn.Linear(3, 2))).state_dict()",
    "chain(U.weight_norm(nn.Linear(3, 2)), lambda m: m(t(4, 3)).sum().backward(), lambda m: [m.weight_g.grad, "
    "m.weight_v.grad])",
    *(f"U.spectral_norm(nn.{layer}).state_dict()" for layer in (
        "Linear(3, 2)", "Linear(3, 2), n_power_iterations=3", "Linear(3, 2), dim=1", "Linear(3, 2), eps=1e-3",
        "Linear(3, 2), 'bias'", "Conv2d(2, 3, 2)", "ConvTranspose1d(2, 3, 2)", "ConvTranspose3d(2, 3, 2)")),
    "U.spectral_norm(nn.Conv2d(2, 3, 2))", "names(U.spectral_norm(nn.Linear(3, 2)))",
    "U.spectral_norm(nn.Linear(3, 2)).weight",
    "chain(U.spectral_norm(nn.Linear(3, 2)), lambda m: [m(t(4, 3)), m(t(4, 3)), m.weight_u, "
    "m.eval()(t(4, 3)), m.weight_u])",
    "chain(U.spectral_norm(nn.Linear(3, 2), n_power_iterations=5), lambda m: m(t(4, 3)).sum().backward(), "
    "lambda m: m.weight_orig.grad)",
    "U.remove_spectral_norm(U.spectral_norm(nn.Linear(3, 2))).state_dict()",
    "U.spectral_norm(nn.Linear(3, 2)).state_dict()._metadata",
    "(lambda m: m.load_state_dict(m.state_dict()))(U.spectral_norm(nn.Linear(3, 2)))",
    "(lambda m: m.load_state_dict(dict(m.state_dict())))(U.spectral_norm(nn.Linear(3, 2)))",
    "(lambda m: [m.load_state_dict({**m.state_dict(), 'weight': m.state_dict()['weight_orig'] / 2}), m.state_dict()])("
    "U.spectral_norm(nn.Linear(2, 3)))",
]
HOOKS_FAIL = [
    "U.weight_norm(nn.Linear(3, 2), 'foo')", "U.weight_norm(U.weight_norm(nn.Linear(3, 2)))",
    "U.weight_norm(nn.Linear(3, 2), dim=5)", "U.remove_weight_norm(nn.Linear(3, 2))",
    "copy.deepcopy(U.weight_norm(nn.Linear(3, 2)))", "U.spectral_norm(nn.Linear(3, 2), n_power_iterations=0)",
    "U.spectral_norm(U.spectral_norm(nn.Linear(3, 2)))", "U.remove_spectral_norm(nn.Linear(3, 2))",
    "U.spectral_norm(nn.Linear(3, 2), 'foo')", "U.spectral_norm(nn.Linear(3, 2, bias=False), 'bias')",
    "(lambda m: m.load_state_dict({'weight': m.weight, 'bias': m.bias}))(U.spectral_norm(nn.Linear(3, 2)))",
]

# ------------------------------------------------------------------ parametrizations

READY = [
    *(f"{kind}(P.{name}(nn.Linear(3, 2)))" for name in ("weight_norm", "spectral_norm", "orthogonal")
      for kind in ("repr", "names")),
    *(f"P.{name}(nn.{layer}).state_dict()" for name in ("weight_norm", "spectral_norm", "orthogonal")
      for layer in ("Linear(3, 2)", "Linear(2, 3)", "Conv2d(2, 3, 2)", "Linear(3, 3)")),
    *(f"P.{name}(nn.{layer}).weight" for name in ("weight_norm", "spectral_norm", "orthogonal")
      for layer in ("Linear(3, 2)", "Linear(2, 3)", "Conv2d(2, 3, 2)")),
    *(f"chain(P.{name}(nn.Linear(3, 2)), lambda m: [m(t(4, 3)), m.eval()(t(4, 3))])"
      for name in ("weight_norm", "spectral_norm", "orthogonal")),
    "P.weight_norm(nn.Linear(3, 2), dim=1).state_dict()", "P.weight_norm(nn.Linear(3, 2), dim=None).state_dict()",
    "P.weight_norm(nn.Linear(3, 2), 'bias').bias", "P.weight_norm(P.weight_norm(nn.Linear(3, 2)))",
    "(lambda m: [m.load_state_dict(U.weight_norm(nn.Linear(3, 2)).state_dict()), m.weight])("
    "P.weight_norm(nn.Linear(3, 2)))",
    "P.spectral_norm(nn.Linear(3, 2), 'bias').bias", "P.spectral_norm(nn.Linear(3, 2), dim=1).state_dict()",
    "P.spectral_norm(nn.ConvTranspose1d(2, 3, 2)).state_dict()", "P.spectral_norm(nn.Linear(3, 2), eps=0.1, "
    "n_power_iterations=4).weight",
    "chain(P.spectral_norm(nn.Linear(3, 2)), lambda m: at(m, 'weight', torch.ones(2, 3)), "
    "lambda m: m.weight)",
    *(f"P.orthogonal(nn.Linear({shape}).double(), orthogonal_map={way!r}, use_trivialization={fixed}).weight"
      for way in ("matrix_exp", "cayley", "householder", None) for shape in ("3, 3", "3, 2",
      "2, 3") for fixed in (True, False)),
    "P.orthogonal(nn.Linear(3, 2, dtype=torch.complex64)).weight",
    "chain(P.orthogonal(nn.Linear(3, 2)), lambda m: at(m, 'weight', torch.eye(2, 3)), lambda m: m.weight)",
    "chain(P.orthogonal(nn.Linear(3, 3)), lambda m: at(m, 'weight', torch.eye(3).flip(0)), lambda m: m.weight)",
    "chain(P.orthogonal(nn.Linear(3, 2), use_trivialization=False), lambda m: at(m, 'weight', torch.eye(2, 3)), "
    "lambda m: m.weight)",
    *(f"chain(P.orthogonal(nn.Linear(3, 4), orthogonal_map={way!r}), lambda m: (m(t(5, 3)) ** 3).sum().backward(), "
      "lambda m: m.parametrizations.weight.original.grad)" for way in ("matrix_exp", "cayley", "householder")),
]
READY_FAIL = [
    *(f"P.{name}(nn.Linear(3, 2), 'foo')" for name in ("weight_norm", "spectral_norm", "orthogonal")),
    "P.spectral_norm(nn.Linear(3, 2), n_power_iterations=0)", "P.spectral_norm(nn.Linear(3, 2), dim=5)",
    "P.orthogonal(nn.Linear(3, 2), 'bias')", "P.orthogonal(nn.Linear(3, 2), orthogonal_map='foo')",
    "P.orthogonal(nn.Linear(3, 2, dtype=torch.complex64), orthogonal_map='householder')",
    "at(P.orthogonal(nn.Linear(3, 2)), 'weight', torch.ones(3, 3))",
    "at(P.orthogonal(nn.Linear(3, 2), orthogonal_map='cayley', use_trivialization=False), 'weight', torch.eye(2, 3))",
]

# ------------------------------------------------------------------ parametrize

PARAMETRIZE = [
    *(f"{kind}(parametrized({given}))" for given in ("Symmetric()", "Double(), Triple()", "Product()",
    "Product(), Double()",
                                                    "Triple(), Double()") for kind in ("repr", "names")),
    *(f"chain(parametrized({given}), lambda m: [m.weight, m.state_dict(), m(t(2, 3))])" for given in (
        "Symmetric()", "Double(), Triple()", "Product()", "Product(), Double()", "Triple(), Double()")),
    "parametrized(Gives(lambda x: x[:1]), unsafe=True).weight", "parametrized(Gives(lambda x: 3), unsafe=True).weight",
    "parametrized(Gives(lambda x: x.reshape(3, 3), lambda x: x.reshape(9))).state_dict()",
    "Z.register_parametrization(nn.Linear(2, 2), 'bias', Double()).bias",
    "names(Z.register_parametrization(nn.BatchNorm1d(3), 'running_mean', Double()))",
    "chain(parametrized(Symmetric()), lambda m: at(m, 'weight', torch.arange(9.0).reshape(3, 3)), lambda m: "
    "[m.weight, m.parametrizations.weight.original])",
    "chain(parametrized(Product()), lambda m: at(m, 'weight', -torch.ones(3, 3)), lambda m: m.state_dict())",
    "[Z.is_parametrized(m, *name) for m in (parametrized(Symmetric()), nn.Linear(2, 2)) for name in ((), ('weight',), "
    "('bias',))]",
    "[Z.type_before_parametrizations(m) is nn.Linear for m in (parametrized(Symmetric()), nn.Linear(2, 2))]",
    "isinstance(parametrized(Symmetric()), nn.Linear), type(parametrized(Symmetric())).__name__",
    "(lambda m: [copy.deepcopy(m), copy.deepcopy(m).weight])(parametrized(Symmetric()))",
    "[getattr(parametrized(Product()).parametrizations.weight, n) for n in ('is_tensor', 'ntensors', "
    "'unsafe', 'training')]",
    "[n for n, _ in parametrized(Symmetric()).named_modules()]",
    "parametrized(Symmetric()).eval().parametrizations.training",
    *(f"Z.remove_parametrizations(parametrized({given}), 'weight', {leave}).state_dict()" for given in (
        "Symmetric()", "Double(), Triple()") for leave in (True, False)),
    "Z.remove_parametrizations(parametrized(Product()), 'weight').weight",
    "Z.remove_parametrizations(Z.register_parametrization(parametrized(Symmetric()), 'bias', Double()), 'weight')",
    "type(Z.remove_parametrizations(parametrized(Symmetric()), 'weight')) is nn.Linear",
    "Z.transfer_parametrizations_and_params(parametrized(Symmetric()), nn.Linear(3, 3)).state_dict()",
    "Z.transfer_parametrizations_and_params(parametrized(Product()), nn.Linear(3, 3), 'weight').state_dict()",
    "Z.transfer_parametrizations_and_params(nn.Linear(3, 3), nn.Linear(3, 3))",
    "(lambda m: m.load_state_dict(m.state_dict()))(parametrized(Symmetric()))",
    "parametrized(Symmetric()).double().weight",
    "chain(parametrized(Double()), lambda m: m(t(2, 3)).sum().backward(), "
    "lambda m: m.parametrizations.weight.original.grad)",
]
BAD = {"shape": "lambda x: x[:1]", "dtype": "lambda x: x.double()", "kind": "lambda x: 3"}
PARAMETRIZE_FAIL = [
    *(f"parametrized({first}Gives({answer}))" for answer in BAD.values() for first in ("", "Double(), ")),
    *(f"parametrized({first}Gives(lambda x: x, {inverse}))" for first in ("", "Double(), ") for inverse in (
        "lambda x: 3", "lambda x: x.double()")),
    "parametrized(Double(), Gives(lambda x: x.reshape(3, 3), lambda x: x.reshape(9)))",
    "parametrized(Gives(lambda a, b: a, lambda x: (x, 3)))",
    "Z.register_parametrization(nn.Linear(2, 2), 'foo', Double())",
    "Z.register_parametrization(nn.ReLU(), 'w', Double())", "Z.register_parametrization(nn.Linear(2, 2), 'weight', 3)",
    "at(parametrized(Double()), 'weight', torch.ones(3, 3))", "Z.ParametrizationList([], torch.ones(2))",
    "at(parametrized(Product()), 'weight', torch.ones(3, 3).double())",
    "at(parametrized(Symmetric()), 'weight', torch.ones(3, 3).double())",
    *(f"at(parametrized(Gives({forward}, lambda x: {first} if x.requires_grad else {then})), 'weight', "
      "torch.ones(3, 3))"
      for forward, first, then in (("lambda x: x", "x", "3"), ("lambda a, b: a", "(x, x)", "3"),
                                   ("lambda a, b: a", "(x, x)", "(x,)"), ("lambda a, b: a", "(x, x)", "(x, 3)"))),
    "__import__('pickle').dumps(parametrized(Symmetric()))",
    "Z.remove_parametrizations(parametrized(Product()), 'weight', False)",
    "Z.remove_parametrizations(nn.Linear(2, 2), 'weight')",
    "Z.remove_parametrizations(parametrized(Symmetric()), 'bias')",
    "Z.transfer_parametrizations_and_params(parametrized(Symmetric()), nn.Linear(3, 3), 'bias')",
]

# ------------------------------------------------------------------ pruning

AMOUNTS = ("identity", ""), *(("random_unstructured", f"amount={a}") for a in ("0.3", "2", "0", "1.0", "0.0")), *(
    ("l1_unstructured", f"amount={a}") for a in (
        "0.3", "5", "0", "1.0", "2, importance_scores=torch.arange(12.0).reshape(3, 4)")), *(
    ("random_structured", f"amount={a}") for a in ("1, dim=0", "0.5, dim=1", "1, dim=-1", "0, dim=1")), *(
    ("ln_structured", f"amount={a}") for a in (
        "1, n=2, dim=0", "0.5, n=1, dim=1", "1, n=inf, dim=-1", "1, n='fro', dim=0", "4, n=2, dim=1",
        "1, n=-inf, dim=0",
        "1, n=2, dim=0, importance_scores=torch.arange(12.0).reshape(3, 4)")), *(
    ("custom_from_mask", f"mask={mask}") for mask in ("torch.tensor([[1, 0, 1, 0]] * 3)", "torch.zeros(3, 4).bool()"))
PRUNING = [f"Q.{name}(nn.Linear(4, 3), 'weight'{', ' * bool(options)}{options}).state_dict()"
           for name, options in AMOUNTS]
PRUNING += [f"pruned({steps}).state_dict()" for steps in (
    "('l1_unstructured', dict(amount=3)), ('l1_unstructured', dict(amount=2))",
    "('random_unstructured', dict(amount=.25)), ('ln_structured', dict(amount=1, n=2, dim=0))",
    "('ln_structured', dict(amount=1, n=2, dim=0)), ('ln_structured', dict(amount=1, n=2, dim=1))",
    "('ln_structured', dict(amount=1, n=2, dim=0)), ('l1_unstructured', dict(amount=.5))",
    "('identity', {}), ('random_structured', dict(amount=1, dim=1))",
    "('custom_from_mask', dict(mask=torch.eye(3, 4))), ('l1_unstructured', dict(amount=1))",
    "('l1_unstructured', dict(amount=1)), ('custom_from_mask', dict(mask=torch.eye(3, 4)))")]
PRUNING += [
    *(f"pruned_together(Q.{given})" for given in (
        "L1Unstructured, amount=5", "L1Unstructured, amount=0.5", "RandomUnstructured, amount=5", "Identity",
        "L1Unstructured, lambda a, b: {(a, 'weight'): torch.arange(12.0).reshape(3, 4)}, amount=4")),
    "Q.l1_unstructured(nn.Linear(4, 3), 'bias', 1).state_dict()",
    "names(Q.l1_unstructured(nn.Linear(4, 3), 'weight', 1))",
    "Q.l1_unstructured(nn.Linear(4, 3), 'weight', 1)", "Q.l1_unstructured(nn.Linear(4, 3), 'weight', 1).weight",
    "[Q.is_pruned(m) for m in (nn.Linear(2, 2), nn.Sequential(pruned(('identity', {}))))]",
    "Q.remove(pruned(('l1_unstructured', dict(amount=3))), 'weight').state_dict()",
    "names(Q.remove(pruned(('l1_unstructured', dict(amount=3))), 'weight'))",
    "chain(pruned(('l1_unstructured', dict(amount=3))), lambda m: m(t(2, 4)).sum().backward(), "
    "lambda m: m.weight_orig.grad)",
    "chain(pruned(('l1_unstructured', dict(amount=3))), lambda m: m.weight_orig.data.fill_(1), lambda m: m(t(2, 4)))",
    "chain(nn.Linear(4, 3), lambda m: Odd.apply(m, 'weight'), lambda m: m.weight_mask)",
    "Q.L1Unstructured(0.5).prune(torch.arange(4.0))",
    "Q.L1Unstructured(2).prune(torch.arange(4.0), torch.tensor([1, 1, 1, 0]))",
    "Q.L1Unstructured(2).prune(torch.arange(4.0), importance_scores=-torch.arange(4.0))",
    "Q.Identity().prune(torch.ones(2))",
    "Q.LnStructured(1, 2, 0).prune(torch.arange(6.0).reshape(3, 2))", "Q.LnStructured(1, 2).dim",
    "[getattr(Q, n).PRUNING_TYPE for n in ('L1Unstructured', 'LnStructured', 'CustomFromMask', 'Identity', "
    "'RandomStructured', 'RandomUnstructured')]", "Q.ln_structured(nn.Conv2d(2, 2, 2), 'weight', 1, 2, 1).weight_mask",
]
PRUNING_FAIL = [
    *(f"Q.random_unstructured(nn.Linear(4, 3), 'weight', amount={a})" for a in ("100", "-1", "1.5", "'a'")),
    "Q.l1_unstructured(nn.Linear(4, 3), 'weight', 2, importance_scores=torch.ones(3))",
    "Q.l1_unstructured(nn.Linear(4, 3), 'weight', 2, importance_scores=3)",
    "Q.l1_unstructured(nn.Linear(4, 3), 'foo', 1)",
    "Q.random_structured(nn.Linear(4, 3), 'weight', 4, 0)", "Q.random_structured(nn.Linear(4, 3), 'weight', 1, 2)",
    "Q.random_structured(nn.Linear(4, 3), 'bias', 1, 0)", "Q.ln_structured(nn.Linear(4, 3), 'weight', 5, 2, 1)",
    "Q.ln_structured(nn.Linear(4, 3), 'weight', 1, 2, 3)", "Q.ln_structured(nn.Linear(4, 3), 'bias', 1, 2, 0)",
    "Q.custom_from_mask(nn.Linear(4, 3), 'weight', torch.ones(2, 2))", "Q.remove(nn.Linear(4, 3), 'weight')",
    "Q.remove(pruned(('identity', {})), 'bias')", "Q.l1_unstructured(nn.Linear(4, 3, bias=False), 'bias', 1)",
    "pruned(('l1_unstructured', dict(amount=3)), ('l1_unstructured', dict(amount=10)))",
    "pruned_together(Q.LnStructured, amount=1, n=2)", "pruned_together(Q.L1Unstructured, lambda a, b: 3, amount=4)",
    "Q.global_unstructured(nn.Linear(2, 2), Q.L1Unstructured, amount=1)",
    "Q.global_unstructured([], Q.L1Unstructured, amount=1)",
    "Q.L1Unstructured(2).prune(torch.arange(4.0), importance_scores=torch.ones(3))", "Q.BasePruningMethod()",
    "Q.L1Unstructured(-3)",
    "chain(nn.Linear(4, 3), lambda m: Odd.apply(m, 'weight'), lambda m: Wrong.apply(m, 'weight'))",
    "Q.PruningContainer().add_pruning_method(3)", "Q.PruningContainer(Q.L1Unstructured(1))", "Q.is_pruned(3)",
    "Q._validate_pruning_amount(5, 3)",
]

# ------------------------------------------------------------------ fusion, stateless

FUSED = [
    *(f"(lambda c, b: [U.fuse_conv_bn_eval(c, b{more}).state_dict(), U.fuse_conv_bn_eval(c, b{more}).training])("
      f"nn.{layer}.eval(), normed({norm}))" for layer, norm, more in (
        ("Conv2d(2, 3, 3)", "3", ""), ("Conv2d(2, 3, 3, bias=False)", "3", ""), ("Conv1d(2, 3, 3)", "3, 1", ""),
        ("ConvTranspose2d(2, 3, 3)", "3", ", transpose=True"), ("Conv3d(2, 3, 3)", "3, 3", ""),
        ("Conv2d(2, 3, 3)", "3, affine=False", ""))),
    *(f"(lambda l, b: [U.fuse_linear_bn_eval(l, b).state_dict(), U.fuse_linear_bn_eval(l, b)(t(4, 4)) - "
      f"b(l(t(4, 4)))])(nn.{layer}.eval(), normed(3, 1))" for layer in ("Linear(4, 3)", "Linear(4, 3, bias=False)")),
    "U.fuse_conv_bn_weights(torch.ones(2, 1, 1), None, torch.ones(2), torch.ones(2), 1e-5, None, None)",
    "U.fuse_conv_bn_weights(x(2, 2, 1), x(2), torch.ones(2), torch.ones(2), 1e-5, t(2), None, True)",
    "U.fuse_linear_bn_weights(x(2, 2), None, torch.ones(2), torch.ones(2), 1e-5, t(2), t(2))",
]
FUSED_FAIL = [
    "U.fuse_conv_bn_eval(nn.Conv2d(2, 3, 3), normed(3))",
    "U.fuse_conv_bn_eval(nn.Conv2d(2, 3, 3).eval(), normed(3).train())",
    "U.fuse_conv_bn_eval(nn.Conv2d(2, 3, 3).eval(), nn.BatchNorm2d(3, track_running_stats=False).eval())",
    "U.fuse_linear_bn_eval(nn.Linear(4, 3), normed(3, 1))",
    "U.fuse_linear_bn_eval(nn.Linear(4, 3).eval(), normed(5, 1))",
]
NET, X = "nn.Sequential(nn.Linear(2, 2), nn.ReLU())", "torch.ones(1, 2)"
CALLS = [f"{{call}}({net}, {rest})" for net, rest in (
    (NET, f"{{'0.weight': torch.zeros(2, 2)}}, {X}"), (NET, f"{{'0.weight': t(2, 2), '0.bias': x(2)}}, ({X},)"),
    (NET, f"{{}}, {X}"), (NET, f"{{'foo': torch.zeros(2)}}, {X}"),
    (NET, f"{{'0.weight': t(2, 2), '0.bias': t(2)}}, {X}, strict=True"),
    ("Tied()", f"{{'l1.weight': t(2, 2)}}, {X}"), ("Tied()", f"{{'l1.weight': t(2, 2)}}, {X}, tie_weights=False"),
    ("Tied()", f"{{'tied': t(2, 2)}}, {X}"), ("Tied()", f"{{'b': torch.zeros(1)}}, {X}, {{'k': 0}}"),
    ("Tied()", f"{{'b': torch.zeros(1)}}, kwargs={{'x': {X}}}"),
    ("P.weight_norm(nn.Linear(2, 2))", f"{{'parametrizations.weight.original0': torch.ones(2, 1)}}, {X}"),
    ("P.weight_norm(nn.Linear(2, 2))", f"{{'bias': torch.ones(2)}}, {X}"),
    ("nn.GRU(2, 2)", "{'weight_hh_l0': torch.zeros(6, 2)}, (t(3, 1, 2),)"))]
CALLS_FAIL = [f"{{call}}({net}, {rest})" for net, rest in (
    (NET, f"{{'0.weight': t(2, 2)}}, {X}, strict=True"), (NET, f"{{'0.weight': 3}}, {X}"),
    (NET, f"{{'0.weight': t(2, 2), '0.bias': t(2), 'a': t(1)}}, {X}, strict=True"),
    (NET, f"{{'a': t(2)}}, {X}, strict=True"),
    ("Tied()", f"{{'tied': t(2, 2), 'l1.weight': t(2, 2)}}, {X}"), (NET, f"{{'0': t(1)}}, {X}"),
    (NET, f"{{'0.foo.bar': t(1)}}, {X}"), (NET, f"3, {X}"), ("3", f"{{}}, {X}"))]
CALLED = [call.replace("{call}", way) for way in (
    "func.functional_call", "stateless.functional_call") for call in CALLS]
CALLED += [
    f"func.functional_call({NET}, ({{'0.weight': t(2, 2)}}, {{'0.bias': t(2)}}), {X})",
    "(lambda b: [func.functional_call(Counter(), b, torch.zeros(1)), b])({'n': torch.ones(1)})",
    "(lambda m: [func.functional_call(m, {'n': torch.ones(1)}, torch.zeros(1)), m.n])(Counter())",
    "func.stack_module_state([nn.Linear(2, 3) for _ in range(3)])", "func.stack_module_state([nn.BatchNorm1d(2)] * 2)",
]
CALLED_FAIL = [call.replace("{call}", way) for way in ("func.functional_call", "stateless.functional_call")
               for call in CALLS_FAIL]
CALLED_FAIL += [
    f"func.functional_call({NET}, ({{'0.weight': t(2, 2)}}, {{'0.weight': t(2, 2)}}), {X})",
    "func.stack_module_state([])",
    "func.stack_module_state([nn.Linear(2, 2), nn.ReLU()])",
    "func.stack_module_state([nn.Linear(2, 2), nn.Linear(2, 2).eval()])",
]


@pytest.mark.parametrize("expression", [*CLIPPING, *HOOKS, *READY, *PARAMETRIZE, *PRUNING, *FUSED, *CALLED])
def test_same(expression):
    same(expression)


@pytest.mark.parametrize("expression", [*CLIPPING_FAILS, *HOOKS_FAIL, *READY_FAIL, *PARAMETRIZE_FAIL, *PRUNING_FAIL,
                                        *FUSED_FAIL, *CALLED_FAIL])
def test_same_error(expression):
    same_error(expression)


# ------------------------------------------------------------------ what has no counterpart in one expression

def test_cached_computes_once():
    for library in (torch, mytorch):
        calls = []

        class Count(library.nn.Module):
            def forward(self, x):
                calls.append(x)     # noqa: B023 - of this very turn
                return x * 1
        layer = library.nn.Linear(2, 2)
        library.nn.utils.parametrize.register_parametrization(layer, "weight", Count())
        del calls[:]
        with library.nn.utils.parametrize.cached():
            assert layer.weight is layer.weight
            with library.nn.utils.parametrize.cached():
                assert layer.weight is layer.weight
            assert layer.weight is layer.weight
        assert len(calls) == 1
        assert layer.weight is not layer.weight


def test_the_original_stays_the_same_object():
    for library in (torch, mytorch):
        layer = library.nn.Linear(2, 2)
        weight = layer.weight
        library.nn.utils.parametrizations.orthogonal(layer)
        assert layer.parametrizations.weight.original is weight
        library.nn.utils.parametrize.remove_parametrizations(layer, "weight")
        assert layer.weight is weight


def test_copies_of_parametrized_modules_go_their_own_ways():
    layer = mytorch.nn.utils.parametrizations.weight_norm(mytorch.nn.Linear(2, 2))
    twin = copy.deepcopy(layer)
    mytorch.nn.utils.parametrize.remove_parametrizations(twin, "weight")
    mytorch.nn.utils.parametrizations.weight_norm(twin, "bias")
    assert type(layer).__name__ == type(twin).__name__ == "ParametrizedLinear"
    assert [n for n, _ in layer.named_parameters()] == [
        "bias", "parametrizations.weight.original0", "parametrizations.weight.original1"]
    assert mytorch.nn.utils.parametrize.is_parametrized(layer, "weight")
    assert isinstance(layer.bias, mytorch.nn.Parameter)


def test_pruning_in_steps_is_one_hook():
    for library in (torch, mytorch):
        prune = library.nn.utils.prune
        layer = library.nn.Linear(4, 3)
        first = prune.L1Unstructured.apply(layer, "weight", 3)
        both = prune.L1Unstructured.apply(layer, "weight", 2)
        assert len(layer._forward_pre_hooks) == 1 and type(both).__name__ == "PruningContainer"
        assert len(both) == 2 and both[0] is first and list(both)[1].amount == 2
        twin = copy.deepcopy(library.nn.Linear(4, 3))
        prune.identity(twin, "weight")
        twin.weight = twin.weight.detach()
        assert copy.deepcopy(twin).weight_mask.equal(twin.weight_mask)


def test_skip_init_draws_nothing():
    state = mytorch.get_rng_state().tolist()
    layer = mytorch.nn.utils.skip_init(mytorch.nn.Linear, 30, 40)
    assert mytorch.get_rng_state().tolist() == state and layer.weight.shape == (40, 30)
    mytorch.nn.init.ones_(layer.weight)
    assert bool((layer.weight == 1).all())


def test_clipping_in_a_loop_of_training():
    """Two steps of SGD with clipped gradients, beside torch."""
    found = []
    for library in (torch, mytorch):
        library.manual_seed(0)
        net = library.nn.Sequential(library.nn.Linear(4, 8), library.nn.Tanh(), library.nn.Linear(8, 1))
        optimizer = library.optim.SGD(net.parameters(), lr=0.5)
        x, norms = library.randn(16, 4), []
        for _ in range(2):
            optimizer.zero_grad()
            (net(x) ** 2).sum().backward()
            norms.append(float(library.nn.utils.clip_grad_norm_(net.parameters(), 0.5)))
            optimizer.step()
        found.append(norms + [p.detach().numpy() for p in net.parameters()])
    for ours, theirs in zip(found[1], found[0]):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_fused_module_computes_the_same():
    mytorch.manual_seed(0)
    conv, norm = mytorch.nn.Conv2d(2, 3, 3).eval(), mytorch.nn.BatchNorm2d(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        norm(mytorch.randn(8, 3, 4, 4) * 2 + 1)
        norm.eval()
        x = mytorch.randn(2, 2, 5, 5)
        fused = mytorch.nn.utils.fuse_conv_bn_eval(conv, norm)
    assert mytorch.allclose(fused(x), norm(conv(x)), atol=1e-5)
