"""Arguments of the wrong kind: what Mytorch says of them is what torch says, and so is when it says it."""
import inspect
import pickle
import warnings

import pytest
import torch
from both_sides import Side, same_error
from op_table import find
from side_by_side import lines

import mytorch
from mytorch.engine.arguments import explain
from mytorch.engine.signature import signatures_of, table

#: torch's own names of functions begin with this where they stand in a module.
MODULES = {"linalg_": "linalg", "fft_": "fft", "special_": "special"}
#: Where torch has a parser of its own, or changes what it was given before it looks.
OWN = set("""
    Tensor.nonzero Tensor.to Tensor.type as_tensor new_tensor tensor Tensor.new_tensor native_dropout
    sparse_coo_tensor to_dlpack""".split())


def found(library, name):
    """What is called: a function, or a method."""
    if name.startswith("Tensor."):
        return getattr(library.Tensor, name[7:], None)
    for start, module in MODULES.items():
        if name.startswith(start):
            return getattr(getattr(library, module), name.removeprefix(start), None)
    return getattr(library, name, None) or getattr(library.nn.functional, name, None)


def names():
    """Every function of the table, and the methods of the same name and in place."""
    for name in sorted(table()):
        bare = name.removeprefix("Tensor.")
        for way in dict.fromkeys((name, f"Tensor.{bare}", f"Tensor.{bare}_")):
            if (way == name or way not in table()) and way not in OWN and inspect.isroutine(found(torch, way)) and not (
                    inspect.isfunction(found(torch, way))) and found(mytorch, way) is not None:
                yield way


def fitting(kind, library):
    """A value of a kind."""
    x = library.ones(2, 2)
    return {"Tensor": x, "int": 1, "float": 0.5, "Number": 1, "bool": True, "ints": [1], "int(s)": [1],
            "Tensors": [x, x], "str": "sum", "dtype": library.float32, "floats": [1.5], "Numbers": [1.5]}.get(kind)


WRONG = ("a", 1.5, None, object, [1.5], True, 2)


def wrong_calls(signature):
    """(kinds or values in the order of the parameters, values by name) of calls that torch may refuse."""
    positional = [p for p in signature.parameters if not p.by_name]
    kinds = [("fits", p.kind) for p in positional]
    needed = kinds[:sum(p.default is None for p in positional)]
    for i in range(len(kinds)):
        yield from ((kinds[:i] + [("wrong", value)] + needed[i + 1:], {}) for value in WRONG)
    yield kinds + [("wrong", 1)] * 9, {}
    yield needed, {"foo": 1}
    yield needed[:-1], {}
    yield [], {}
    for p in signature.parameters[len(kinds):]:
        yield from ((needed, {p.name: value}) for value in WRONG)


def told(function, *args, **kwargs):
    """The text of the TypeError of a call; None without one."""
    try:
        function(*args, **kwargs)
    except TypeError as error:
        return str(error)
    except Exception:
        pass
    return None


@pytest.fixture
def warn_always():
    """What torch warns of once in a process is not used up here."""
    torch.set_warn_always(True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    torch.set_warn_always(False)


@pytest.mark.usefixtures("warn_always")
@pytest.mark.parametrize("name", list(names()))
def test_the_table_is_torchs(name):
    method, ours = name.startswith("Tensor."), name.removeprefix("Tensor.")
    tensor = [torch.ones(2, 2)] * method
    for signature in signatures_of(ours, method):
        for args, kwargs in [] if signature.hidden else wrong_calls(signature):
            theirs, mine = ([fitting(value, library) if how == "fits" else value for how, value in args]
                            for library in (torch, mytorch))
            expected = told(found(torch, name), *tensor, *theirs, **kwargs)
            assert told(explain, ours, tuple(mine), kwargs, method) == expected, f"{name} {mine} {kwargs}"


#: Calls that go wrong on their way; positions count without the tensor in methods, names are those that were called.
CALLS = lines("""
    torch.add(t(2), "x")
    t(2).add(None)
    t(2).add_("x")
    t(2).add(other=[1])
    torch.add(t(2))
    torch.mul("a", t(2))
    torch.absolute("a")
    t(2).absolute(1)
    t(2).abs(foo=1)
    t(2).multiply(None)
    torch.special.expit("a")
    torch.special.zeta("a", t(2))
    torch.linalg.det([[1.0]])
    torch.linalg.matmul(t(2, 2), 2)
    torch.linalg.vector_norm(t(2), "a")
    torch.linalg.norm(t(2), [1])
    torch.linalg.solve_triangular(t(2, 2), t(2, 2))
    torch.fft.fft("a")
    torch.fft.fft(t(4), 2.5)
    torch.fft.fftn(t(4), "a")
    t(2, 3).sum(object())
    torch.sum(t(2, 3), 1.5)
    torch.sum(t(2, 3), [0, 1.5])
    t(2, 3).sum("a", foo=1)
    t(2, 3).max("a")
    torch.max(t(2, 3), 1, 2, 3, 4)
    torch.var(t(2, 3), correction="a")
    torch.flip(t(2, 3), "x")
    t(2, 3).flip("x")
    t(2, 3).flip("x", 0)
    t(2, 3).flip(0, 1.5)
    t(2, 3).permute(None)
    torch.permute(t(2, 3), 1, 0)
    t(2, 3).view("a")
    t(2, 3).view(3, "a")
    t(2, 3).view(6, foo=1)
    t(2, 3).reshape("a")
    t(2, 3).expand("a")
    t(2, 3).repeat("a", 2)
    t(2, 3).transpose(0)
    t(2, 3).squeeze("a")
    t(2, 3).unsqueeze(None)
    t(2, 3).masked_fill(2, 3)
    t(2, 3).index_add(0, 1, 2)
    t(2, 3).clamp(1, 2, 3)
    torch.clamp(t(2), min=None, max="a")
    torch.where(t(2) > 0, "a", t(2))
    torch.cumsum(t(2), 1.5)
    torch.cumsum(t(2), t(2))
    torch.cumsum(t(2), 0, 2)
    torch.cumsum(t(2))
    torch.cumsum(t(2), 0, dim=0)
    torch.cumsum(t(2), axis="a")
    torch.cumsum(dim=0)
    torch.cat(t(2))
    torch.cat([t(2), 2])
    torch.cat([t(2)], "a")
    torch.stack((2, t(2)))
    torch.mm(t(2, 2), 2)
    torch.mm(t(2, 2), t(2, 2), foo=2)
    torch.lerp(t(2), t(2), "a")
    torch.narrow(t(2), 0, 1.5, 2)
    torch.gather(t(2), 0, [0])
    torch.index_put(t(2), [2], t(2))
    torch.scatter(t(2), 0, 1, t(2))
    torch.nn.functional.linear(t(2), 2)
    torch.nn.functional.avg_pool2d("a", 2)
    torch.nn.functional.avg_pool2d(t(1, 4, 4), (2, "a"))
    torch.conv2d(t(1, 1, 4, 4), 2)
    torch.zeros("a")
    torch.zeros(2, "a")
    torch.full(2, 1.5)
    torch.full((2,), None)
    torch.arange("a")
    torch.linspace(0, "a", 3)
    torch.eye("a")
    torch.rand("a")
    torch.randint(5, 2)
    torch.normal("a", t(2))
    t(2).normal_("a")
    t(2).uniform_(0, 1, 2)
    t(2).random_("a")
    t(2).fill_("a")
    torch.sort(t(2), out=t(2))
    torch.max(t(2), 0, out=2)
    torch.aminmax(t(2), out=t(2))
    torch.sqrt(t(2), out=[t(2)])
    torch.sqrt()
    torch.sqrt(t(2), t(2))
    torch.addcmul(t(2), 2, t(2))
    torch.addcdiv(t(2), t(2), t(2), value=None)
    torch.add(t(2), t(2), alpha=[1])
    torch.sum(t(2, 3), dim=0, keepdim=1)
    t(2, 3).amax(dim=0, keepdim="no")
    torch.std(t(2, 3), unbiased=1)
    torch.var(t(2, 3), 0, "yes")
    torch.chunk(t(4), True)
    torch.cat([t(2)], None)
    torch.narrow(t(4), False, 0, 2)
    torch.dropout(t(2), 0.5, 1)
    torch.zeros(2, requires_grad=1)
    torch.allclose(t(2), t(2), equal_nan=None)
    torch.where(t(2) > 0, None, 2)
    torch.positive(2)
    torch.movedim(t(2, 2), True, 1)
    torch.linalg.svd(t(2, 2), 1)
    torch.nn.functional.scaled_dot_product_attention(t(1, 2, 2), t(1, 2, 2), t(1, 2, 2), is_causal=1)
    t(2, 3).masked_fill(t(2, 3), None)
    t(2, 3).sum(0, 1)
    t(2, 3).sum((0,), 1)
    t(2, 3).sum(True)
    t(2, 3).any(None, 1)
    t(2, 3).argmax(False)
    t(2, 3).argmax(0, 1)
    t(2, 3).sort(True)
    t(2, 3).var(0, 2)
    t(2, 3).flatten(False)
    t(2, 3).cumsum(True)
    t(2, 3).cumsum_(True)
    torch.cumsum(t(2), True)
    torch.topk(t(4), True)
    t(4).topk(2, 0, 1)
    t(2).nan_to_num("a")
    t(2).nan_to_num([1.5])
    torch.lerp(t(2), True, t(2))
    t(2).lerp_(True, t(2))
    torch.clamp(t(2), True, t(2))
    torch.pow(None, t(2))
    torch.dist(True, t(2))
    torch.sum(t(2), t(1))
    torch.flip(t(2, 3), [0]), torch.flip(t(2, 3), [True])
    torch.conv1d(t(1, 1, 4), t(1, 1, 2), None, [1]), torch.conv1d(t(1, 1, 4), t(1, 1, 2), None, [True])
    torch.renorm(t(2, 3), torch.tensor(2.0), 0, 1), torch.renorm(t(2, 3), t(), 0, 1)
""")


#: What torch has in Python says what that says to which it hands its tensors on.
HANDED_ON = lines("""
    F.cross_entropy(2, t(3))
    F.cross_entropy(t(3), "a")
    F.cross_entropy(t(3, 3), t(3, 3), weight=[1.0])
    F.nll_loss(t(3, 3), None)
    F.kl_div(t(3), [1.0])
    F.multi_margin_loss("a", t(3))
    F.triplet_margin_loss(t(3), t(3), 1.5)
    F.cosine_embedding_loss(t(3), input2=2, target=t(3))
    F.embedding(t(3), "a")
    F.max_pool2d("a", 2)
    F.unfold(2, 2)
    F.grid_sample(t(1, 1, 2, 2), "a", align_corners=False)
    F.batch_norm(t(2, 3), "a", t(3))
    F.layer_norm(t(3), (3,), "a")
    F.rms_norm("a", (3,))
    F.pad("a", (1, 1))
""")


#: What torch has no kernel for.
WITHOUT_KERNEL = lines("""
    torch.mm(b(2, 2), b(2, 2))
    torch.bmm(b(1, 2, 2), b(1, 2, 2))
    torch.mv(b(2, 2), b(2))
    torch.matmul(b(1, 2, 2), b(2))
    torch.addmm(b(2, 2), b(2, 2), b(2, 2))
    torch.addmv(b(2), b(2, 2), b(2))
    torch.addbmm(b(2, 2), b(1, 2, 2), b(1, 2, 2))
    torch.baddbmm(b(1, 2, 2), b(1, 2, 2), b(1, 2, 2))
    torch.einsum("ij,jk", b(2, 2), b(2, 2))
    torch.tensordot(b(2, 2), b(2, 2), 1)
    torch.tensordot(b(2, 2), b(2, 2), 2)
    torch.matrix_power(b(2, 2), 2)
    torch.linalg.vecdot(b(2), b(2))
    torch.linalg.cross(b(3), b(3))
    torch.dist(b(2), b(2))
    F.linear(b(2, 2), b(2, 2))
    F.linear(b(1, 2, 2), b(2, 2), b(2))
    F.linear(b(2), b(2))
    F.bilinear(b(2, 2), b(2, 2), b(1, 2, 2))
    F.l1_loss(b(2), b(2))
    torch.cdist(t(2, 2).half(), t(2, 2).half())
    torch.pdist(t(2, 2).half())
""")


@pytest.mark.parametrize("call", CALLS + HANDED_ON + WITHOUT_KERNEL)
def test_a_wrong_call(call):
    same_error(call)


@pytest.mark.parametrize("call", lines("""
    torch.flip(t(2), (5,))
    torch.mm(t(2, 3), t(2, 3))
    torch.add(t(2), 2, t(3))
    torch.conv2d(t(1, 1, 4, 4), t(1, 2, 3, 3), None, 1)
    t(2).add(t(3))
    t(2).to("a")
    """))
def test_what_is_wrong_otherwise_keeps_its_error(call):
    theirs, ours = Side(torch).error(call), Side(mytorch).error(call)
    assert ours[0] == theirs[0] != "TypeError"


@pytest.mark.parametrize("name", ["cat", "absolute", "Tensor.view", "linalg.inv", "fft.fft"])
def test_a_function_that_speaks_for_itself_keeps_what_is_read_of_it(name):
    fn = find(mytorch, name)
    assert fn.__doc__ and fn.__wrapped__.__doc__ == fn.__doc__
    assert inspect.signature(fn) == inspect.signature(fn.__wrapped__)
    assert isinstance(fn(*[mytorch.eye(2)] * (name != "cat"), *[[mytorch.eye(2)]] * (name == "cat"),
                         *[4] * (name == "Tensor.view")), mytorch.Tensor)


@pytest.mark.parametrize("call", lines("""
    torch.meshgrid(torch.ones(2), torch.ones(2))
    torch.cov(torch.ones(1))
    torch.range(0, 1)
    torch.ones(3, 2, 2).T
    torch.tensor(torch.ones(2))
    torch.ones(2).index_reduce(0, torch.tensor([0]), torch.ones(1), "mean")
    torch.sqrt(torch.ones(2), out=torch.ones(3))
    torch.ones(2).var()
    torch.std(torch.ones(1))
    torch.nn.functional.softmax(torch.ones(2))
    torch.nn.functional.mse_loss(torch.ones(2), torch.ones(2, 2))
    torch.linalg.cross(torch.ones(3), torch.ones(3)), torch.cross(torch.ones(3, 3), torch.ones(3, 3))
    """))
def test_a_warning_names_the_line_of_the_caller(call):
    for library in (torch, mytorch):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            eval(compile(call, "here", "eval"), {"torch": library})
        assert library is torch or all(warning.filename == "here" for warning in caught)


def test_functions_can_be_pickled():
    for name in ("cat", "add", "absolute", "linalg.inv", "fft.fft", "special.expit", "nn.functional.avg_pool2d"):
        fn = find(mytorch, name)
        assert pickle.loads(pickle.dumps(fn)) is fn
