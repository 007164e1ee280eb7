"""Types, copies, writes and memory: every row does in Mytorch what it does in torch."""
import warnings

import numpy as np
import pytest
import torch
from side_by_side import lines, same

import mytorch
from mytorch._warnings import once

ROWS = lines(r"""
torch.detach(torch.ones(2,requires_grad=True))
torch.detach_(torch.ones(2,requires_grad=True)*2)
torch.ones(2).as_subclass(torch.nn.Parameter)
(torch.ones(2,requires_grad=True)*2).as_subclass(torch.Tensor)
torch.ones(2).is_distributed()
torch.typename(torch.ones(2))
torch.typename([])
torch.ones(2).module_load(torch.ones(2))
torch.FloatTensor(torch.ones(2, requires_grad=True))
(torch.ones(2,requires_grad=True)*2).clone()
(torch.ones(2,requires_grad=True)*2).double()
(torch.ones(2,requires_grad=True)).to(torch.float32, copy=True)
(torch.ones(2,requires_grad=True)).to(torch.float32)
(torch.ones(2,3,requires_grad=True)).t().contiguous()
(torch.ones(2,requires_grad=True)*2).fill_(3)
(torch.ones(2,requires_grad=True)*2).fill_(torch.tensor(3.,requires_grad=True))
(torch.ones(2,requires_grad=True)*2).zero_()
torch.fill(torch.ones(2,requires_grad=True), 3)
torch.fill(torch.ones(2,requires_grad=True), torch.tensor(3.,requires_grad=True))
torch.fill(torch.ones(2,requires_grad=True), torch.ones(2))
torch.fill_(torch.ones(2), 3)
torch.zero_(torch.ones(2))
torch.ones(2).fill_(1j)
torch.ones(2,dtype=torch.int64).fill_(1.7)
torch.ones(2,dtype=torch.uint8).fill_(300)
torch.ones(2,dtype=torch.uint8).fill_(-3)
torch.ones(2,dtype=torch.bool).fill_(7)
torch.ones(2).fill_(1e40)
torch.ones(2,dtype=torch.int64).fill_(torch.tensor(1.7))
torch.ones(2,requires_grad=True).fill_(2)
torch.ones(2,requires_grad=True).zero_()
torch.ones(2,requires_grad=True)[:1].zero_()
(torch.ones(2,requires_grad=True)*2).copy_(torch.ones(2,requires_grad=True))
torch.ones(2).copy_(torch.ones(2,requires_grad=True))
torch.ones(2).copy_(torch.ones(2,dtype=torch.float64,requires_grad=True))
(torch.ones(2,requires_grad=True)*2).copy_(torch.ones(2))
torch.ones(2,requires_grad=True).copy_(torch.ones(2))
torch.ones(2,dtype=torch.int64).copy_(torch.tensor([1.7,-1.7]))
torch.ones(2,3).copy_(torch.arange(3))
torch.ones(3).copy_(torch.ones(2,3))
torch.ones(3).copy_(torch.ones(2))
torch.ones(3).copy_(3)
torch.ones(3).copy_([1,2,3])
torch.ones(2,dtype=torch.float32).copy_(torch.tensor([1j,2]))
torch.ones(2).apply_(lambda v: v+1)
torch.ones(2,requires_grad=True).apply_(lambda v: v+1)
torch.ones(2).map_(torch.arange(2.), lambda a,b: a+b)
torch.ones(2).map_(torch.arange(2), lambda a,b: a+b)
torch.ones(2).map_(torch.ones(1), lambda a,b: a+b)
torch.ones(2).map2_(torch.ones(2), torch.ones(2), lambda a,b,c: a+b+c)
torch.ones(2,dtype=torch.int64).apply_(lambda v: v+1.5)
torch.ones(2,3).t().apply_(lambda v: v+1.5)
torch.ones(2).pin_memory()
torch.ones(2).is_pinned()
torch.ones(2).get_device()
torch.get_device(torch.ones(2))
torch.ones(2,3).dense_dim()
torch.ones(2,3).sparse_dim()
torch.ones(2).is_shared()
torch.ones(2).is_same_size(torch.ones(2))
torch.is_same_size(torch.ones(2),torch.ones(3))
torch.ones(2,0).stride()
torch.ones(0).data_ptr()
torch.ones(3)[:,None].stride()
torch.ones(3)[None].stride()
torch.ones(3,4).T[:,None].stride()
torch.ones(3,4).T[...,None].stride()
torch.ones(3,4).T[None].stride()
torch.ones(3,1,4).stride()
torch.ones(3,4)[:,1:2].stride()
torch.ones(3,4).stride(-1)
torch.ones(3,4).stride(2)
torch.ones(3,4).stride(dim=0)
torch.ones(3,4)[1:,2:].storage_offset()
torch.ones(3,4)[2].storage_offset()
torch.is_tensor(np.ones(1))
torch.is_tensor(torch.ones(1))
torch.numel(torch.ones(2,3))
torch.numel([1])
torch.is_floating_point(torch.ones(1))
torch.is_floating_point(3.)
torch.is_complex(torch.ones(1))
torch.ones(1).is_complex()
torch.is_signed(torch.ones(1))
torch.ones(1,dtype=torch.uint8).is_signed()
torch.is_nonzero(torch.ones(1))
torch.is_nonzero(torch.ones(2))
torch.is_nonzero(torch.ones(0))
torch.result_type(torch.ones(1), 1j)
torch.result_type(1, 2.)
torch.result_type(torch.ones(1,dtype=torch.int8), torch.tensor(3))
torch.result_type(torch.ones(1,dtype=torch.int8), torch.tensor(3.))
torch.result_type(True, 2)
torch.can_cast(torch.float32, torch.int32)
torch.can_cast(torch.int32, torch.float16)
torch.can_cast(torch.bool, torch.uint8)
torch.can_cast(torch.int8, torch.uint8)
torch.can_cast(torch.complex64, torch.float64)
torch.can_cast(torch.float64, torch.float16)
torch.can_cast(torch.int32, torch.bool)
torch.can_cast(from_=torch.int32, to=torch.bool)
torch.ones(2,requires_grad=True).__dlpack__()
torch.from_dlpack(np.arange(3))
torch.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(torch.arange(3)))
torch.from_dlpack([1])
torch.from_dlpack(torch.ones(2).__dlpack__())
torch.from_dlpack(torch.ones(2))
torch.from_dlpack(np.arange(3), copy=True)
torch.from_dlpack(np.arange(3), device='cpu', copy=False)
torch.ones(2,3).is_contiguous()
torch.ones(2,3).T.is_contiguous()
torch.ones(2,3).is_contiguous(memory_format=torch.channels_last)
torch.ones(2,3).is_contiguous(memory_format=torch.preserve_format)
torch.ones(2,3,1,1).is_contiguous(memory_format=torch.channels_last)
torch.ones(2,3,4,4).to(memory_format=torch.channels_last).is_contiguous(memory_format=torch.channels_last)
torch.ones(2,3,4,4).to(memory_format=torch.channels_last).is_contiguous()
torch.ones(2).itemsize
torch.ones(2).nbytes
torch.ones(2).nelement()
torch.ones(2).numel()
torch.ones(2).dim()
torch.ones(2).ndimension()
torch.ones(2).element_size()
torch.clone(torch.ones(2), memory_format=torch.preserve_format)
torch.ones(2).clone(memory_format=torch.channels_last)
torch.ones(2,requires_grad=True).type_as(torch.ones(1,dtype=torch.float64))
torch.ones(2,requires_grad=True).type(torch.float64)
torch.ones(2,requires_grad=True).cfloat()
torch.ones(2,requires_grad=True).int()
torch.ones(2).bool(memory_format=torch.preserve_format)
torch.ones(2).to_dense()
torch.ones(2).is_set_to(torch.ones(2))
torch.ones(2).dim_order()
torch.ones(2,3,4,5).to(memory_format=torch.channels_last).dim_order()
torch.ones(2,3).T.dim_order()
torch.ones(2).is_inference()
torch.is_inference(torch.ones(2))
torch.is_storage(3)
torch.ones(2).device
torch.ones(2).cuda()
torch.ones(2).cuda(0)
torch.ones(2).cpu()
torch.ones(2).xpu()
torch.ones(1).type()
torch.ones(1,dtype=torch.complex64).type()
torch.ones(1).type(torch.DoubleTensor)
torch.ones(1).type('torch.DoubleTensor')
torch.ones(1).type('torch.Double')
torch.ones(1).type('foo')
torch.ones(1).type(torch.float64)
torch.ones(1).type(float)
torch.ones(1,dtype=torch.uint16).type()
torch.ones(1).type(dtype=torch.float64, non_blocking=True)
torch.ones(2).to(torch.float64, copy=True)
torch.ones(2).to('cpu', torch.float64)
torch.ones(2).to('cuda')
torch.ones(2).to(torch.ones(1,dtype=torch.int8))
torch.ones(2).to()
torch.ones(2).to(3)
torch.ones(2).to(float)
torch.ones(2).to(None)
torch.ones(2).to(dtype=None)
torch.ones(2).to(device='cpu', dtype=torch.int8, non_blocking=True, copy=True, memory_format=torch.preserve_format)
torch.ones(2).to(torch.float64, False, True)
torch.ones(2).to('cpu', torch.float64, False, True)
torch.ones(2,3,4,5).to(memory_format=torch.channels_last).stride()
torch.ones(2,3).to(memory_format=torch.channels_last).stride()
torch.ones(2,3,4,5).contiguous(memory_format=torch.channels_last).stride()
torch.ones(2,3,4,5).contiguous(memory_format=torch.preserve_format).stride()
torch.ones(2,3).T.contiguous(memory_format=torch.preserve_format).stride()
torch.ones(2,3).T.clone().stride()
torch.ones(2,3).T.clone(memory_format=torch.contiguous_format).stride()
torch.ones(2,3).T.to(torch.float64).stride()
torch.ones(2,3)[:, ::2].clone().stride()
torch.ones(1,3).expand(2,3).clone().stride()
torch.ones(3,1).expand(3,2).clone().stride()
torch.ones(2).half()
torch.tensor([1.5,float('nan')]).int()
torch.tensor([1e10]).int()
torch.tensor([1e10]).short()
torch.tensor([1e30,-1e30,float('inf')]).long()
torch.tensor([-1.]).byte()
torch.tensor([-1.7,300.,-200.]).byte()
torch.tensor([-1.7,300.,-200.]).char()
torch.tensor([-1.7,70000.,-200.]).short()
torch.tensor([1j]).float()
torch.tensor([1j,0]).bool()
torch.tensor([1j+1]).int()
torch.tensor([300]).byte()
torch.tensor([1e6]).half()
torch.tensor([0.1]).bfloat16()
torch.tensor([0.1]).bfloat16().float()
torch.tensor([0.1]).double()
torch.tensor([True]).long()
torch.tensor([float('nan'),0.,-0.]).bool()
torch.ones(2).untyped_storage().nbytes()
torch.get_default_dtype()
torch.ones(2,3).new_tensor([1,2])
torch.ones(2).resize_as_(torch.ones(3)).shape
reversed(torch.arange(3))
""")


@pytest.mark.parametrize("expression", ROWS)
def test_as_torch(expression):
    same(expression)


FLOATS = ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"]


@pytest.mark.filterwarnings("ignore:Casting complex:UserWarning")
@pytest.mark.parametrize("source", FLOATS)
@pytest.mark.parametrize("target", FLOATS)
@pytest.mark.parametrize("how", ["to", "copy_", "type", "type_as"])
def test_gradient_of_a_cast_is_cast_back(source, target, how):
    def run(library):
        x = library.tensor([1.0, -2.0], dtype=getattr(library, source), requires_grad=True)
        kind = getattr(library, target)
        other = library.zeros(2, dtype=kind)
        y = {"to": lambda: x.to(kind), "copy_": lambda: other.copy_(x), "type": lambda: x.type(kind),
             "type_as": lambda: x.type_as(other)}[how]()
        y.backward(library.tensor([3.0, 4.0], dtype=kind))
        return x.grad.tolist(), str(x.grad.dtype).removeprefix("torch.")
    assert run(mytorch) == run(torch)


def both(run):
    """The same steps with either library."""
    got, expected = run(mytorch), run(torch)
    assert got == expected


def test_writes_into_part_of_a_tensor_that_has_a_history():
    def run(library):
        x, s = library.ones(2, 3, requires_grad=True), library.tensor(2.0, requires_grad=True)
        y = x * 3
        y[0].fill_(s)
        y[1, :2].copy_(s * 4)
        y[:, 2:].zero_()
        (y * y).sum().backward()
        return y.tolist(), x.grad.tolist(), s.grad.tolist()
    both(run)


def test_writes_are_noticed_by_what_was_saved():
    for write in (lambda y: y.fill_(1), lambda y: y.zero_(), lambda y: y.copy_(mytorch.ones(3)),
                  lambda y: y.detach().zero_(), lambda y: y.detach().apply_(abs)):
        x = mytorch.ones(3, requires_grad=True)
        y = x * 2
        z = y * y
        write(y)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            z.sum().backward()


def test_copy_reads_a_tensor_that_lives_on():
    def run(library):
        x = library.ones(3, requires_grad=True)
        y = x * 2
        z = library.zeros(3).copy_(y)
        (y + z * z).sum().backward()
        return x.grad.tolist()
    both(run)


def test_numpys_spellings_record():
    x = mytorch.tensor([[1.0, 2.0]], requires_grad=True)
    for y in (x.astype(np.float64), x.copy(), np.copy(x), x.astype("f4", order="C")):
        x.grad = None
        y.sum().backward()
        assert x.grad.tolist() == [[1, 1]]
    assert x.astype(np.float32, copy=False) is x
    with pytest.raises(TypeError, match="according to the rule 'safe'"):
        x.astype(np.int32, casting="safe")
    x = mytorch.ones(2, 3, requires_grad=True)
    y = x.copy(order="F")
    assert y.flags.f_contiguous and not y.flags.c_contiguous and y.requires_grad and y.tolist() == x.tolist()


def test_dlpack_shares_memory_both_ways():
    x = mytorch.arange(6.0)
    theirs, numpys = torch.from_dlpack(x), np.from_dlpack(x)
    x[0] = 9
    assert theirs[0] == 9 and numpys[0] == 9
    back = mytorch.from_dlpack(theirs)
    theirs[1] = 7
    assert back[1] == 7 and x[1] == 7
    assert mytorch.from_dlpack(mytorch.to_dlpack(x)).tolist() == x.tolist()


def test_data_pointers_and_storages():
    x = mytorch.arange(12.0).reshape(3, 4)
    assert x[1:].data_ptr() == x.data_ptr() + 4 * x.element_size()
    assert x[1:].untyped_storage() == x.untyped_storage() != mytorch.arange(2).untyped_storage()
    assert x.untyped_storage().nbytes() == 48
    assert x[1:].is_set_to(x[1:]) and not x[1:].is_set_to(x[:2])


def test_what_cannot_be_is_said():
    x = mytorch.ones(2)
    for refused in (lambda: x.set_(x), lambda: x.share_memory_(), lambda: x.chalf()):
        with pytest.raises(NotImplementedError):
            refused()
    with pytest.raises(AssertionError, match="not compiled with CUDA"):
        x.cuda()


@pytest.mark.parametrize("name", ["coalesce", "is_coalesced", "indices", "values", "crow_indices", "col_indices",
                                  "ccol_indices", "row_indices", "q_scale", "int_repr", "qscheme"])
def test_a_dense_tensor_answers_as_torchs(name):
    errors = []
    for library in (mytorch, torch):
        with pytest.raises(RuntimeError) as caught:
            getattr(library.ones(2), name)()
        errors.append((caught.type, str(caught.value).split(":")[0][:60]))
    assert errors[0] == errors[1]


@pytest.mark.filterwarnings("ignore:torch.set_default_tensor_type")
def test_set_default_tensor_type():
    try:
        mytorch.set_default_tensor_type(mytorch.DoubleTensor)
        assert mytorch.zeros(1).dtype == np.float64
    finally:
        mytorch.set_default_tensor_type("torch.FloatTensor")
    with pytest.raises(TypeError, match="only floating-point types are supported"):
        mytorch.set_default_tensor_type(mytorch.LongTensor)


def test_twice_differentiable():
    x = mytorch.tensor([2.0, 3.0], requires_grad=True)
    y = (x.double().clone() ** 3).sum()
    g, = mytorch.autograd.grad(y, x, create_graph=True)
    second, = mytorch.autograd.grad(g.sum(), x)
    assert second.tolist() == [12, 18]


@pytest.mark.parametrize("convert", [
    "float(x)", "int(x)", "complex(x)", "f'{x:.2f}'", "'%f' % x", "bool(x)", "x.item()", "float(x.detach())",
    "torch.no_grad()(float)(x)", "torch.tensor([np.ones(2), np.ones(2)])", "torch.tensor([[np.ones(2)]])",
    "torch.tensor([np.float32(1)])", "torch.FloatTensor((np.ones(2, np.float32), [1, 2]))",
    "torch.lu(torch.eye(2))", "torch.eye(2).lu()", "torch.frobenius_norm(torch.eye(2), 1)",
    "torch.nuclear_norm(torch.eye(2))", "torch.tensor(1.).adjoint()"])
def test_what_is_warned_of_once(monkeypatch, convert):
    told = []
    for library in (mytorch, torch):
        x = library.ones((), requires_grad=True) * 2
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            monkeypatch.setattr(once, "said", set())
            library.set_warn_always(library is torch)  # torch may have said it before
            eval(convert, {"x": x, "torch": library, "np": np})
        told.append({str(w.message).split(" (Triggered")[0] for w in caught})
        torch.set_warn_always(False)
        assert library is torch or {w.filename for w in caught} <= {"<string>"}
    assert told[0] == told[1]
