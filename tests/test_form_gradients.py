"""Gradients and second gradients of what moves, picks and places elements, and of writing in place: torch's."""
import warnings

import numpy as np
import pytest
import torch
from form_rows import table

import mytorch

# leaves: x (2, 3, 4), m n (3, 4), v w (4,), s (), k (4, 4), z (3, 4) with equal elements, c complex, b5 (5, 6, 7);
# in a row they are products with one, so that they can be written to.  i j l one i3 are indices, mask mk are masks.
ROWS = table(r"""
x.reshape(6,4)
x.view(4,6)
x.transpose(0,1).reshape(4,6)
x.permute(2,0,1)
x.permute(-1,0,1)
x.movedim(0,-1)
x.movedim((0,1),(2,0))
x.flatten(1)
x.flatten()
x.unflatten(2,(2,2))
m.t()
m.T
x.mT
x.transpose(0,2).squeeze()
x.unsqueeze(1).squeeze(1)
x[:1].squeeze(0)
x[:1].squeeze((0,1))
m.expand(2,3,4)
m.unsqueeze(1).expand(-1,5,-1)
m.expand_as(x)
torch.broadcast_to(v,(3,4))
torch.broadcast_tensors(m,v)
m.repeat(2,3)
m.repeat(2,2,1)
v.tile(2)
torch.tile(m,(2,1,2))
m.repeat_interleave(2)
m.repeat_interleave(3,dim=1)
m.repeat_interleave(j,dim=0)
torch.repeat_interleave(m,2,0)
torch.cat([m,n])
torch.cat([m,n],1)
torch.cat([m,n,m],-1)
torch.cat((m,v[None]))
torch.stack([m,n],1)
torch.stack([m,n],-1)
torch.stack([s,s,v[0]])
torch.hstack([m,n])
torch.vstack([m,v])
torch.dstack([m,n])
torch.column_stack([v,k])
torch.split(m,2)
m.split(2,1)
m.split([1,2])
m.split(5)
m.split([1,3],dim=1)
m.chunk(2,1)
m.chunk(3)[1]
m.tensor_split(2,1)
m.tensor_split([1],0)
m.unbind()
m.unbind(1)[2]
m[0]
m[-1]
m[:,1]
m[1:,::2]
x[0,:,1]
x[...,0]
x[None,0]
x[1,2,3]
x[j]
x[j,:,j]
x[:,l]
x[0,:,l]
x[j,j]
x[:,i]
x[mk]
x[:,mask]
m[mask]
m[mask,None]
m[j]
m[[0,0,1]]
m[j,j]
m[j[:,None],l]
x[...,j]
m[tensor(True)]
m[False]
m[tensor([True,False,True])]
m[tensor([True,False,True]),1:]
m[tensor([True,False,True]),l]
m.select(0,1)
m.select(1,-1)
m.narrow(1,1,2)
m.gather(1,i)
m.gather(0,i)
m.gather(-1,i)
m.gather(1,one[None])
m.index_select(0,j)
m.index_select(-1,j)
s.index_select(0,one*0)
m.take(i)
m.take_along_dim(i3[0],0)
m.take_along_dim(one[None],0)
m.take_along_dim(one)
m.masked_select(mask)
m.masked_select(mk)
v.masked_select(mask)
m.masked_fill(mask,3.)
m.masked_fill(mask,s)
v.masked_fill(mask,s)
m.masked_fill(mk,s)
m.masked_scatter(mask,n)
m.masked_scatter(mask,x)
v.masked_scatter(mask,n)
m.scatter(1,i,2.5)
m.scatter_reduce(1,i3[0],n,'sum')
m.scatter_reduce(1,i3[0],n,'mean')
m.scatter_reduce(1,i3[0],n,'prod')
m.scatter_reduce(1,i3[0],n,'amax')
m.scatter_reduce(1,i3[0],n,'amin')
m.scatter_reduce(1,i3[0],n,'sum',include_self=False)
m.scatter_reduce(1,i3[0],n,'mean',include_self=False)
m.scatter_reduce(1,i3[0],n,'prod',include_self=False)
m.scatter_reduce(1,i3[0],n,'amax',include_self=False)
m.scatter_reduce(0,i3[0],n,'amin',include_self=False)
z.scatter_reduce(1,i3[0],z,'amax')
z.scatter_reduce(0,i3[0],z,'amin')
z.scatter_reduce(0,i3[0],z,'prod',include_self=False)
m.index_add(0,j,n)
m.index_add(1,j,n[:,:3],alpha=2)
m.index_copy(0,tensor([2,0]),n[:2])
m.index_fill(0,l,3.)
m.index_fill(0,l,s)
m.index_put((j,j),v[:3])
m.index_put((j,),v)
m.index_put((j,),s)
m.index_put((j,j),v[:3],accumulate=True)
m.index_put((j,),n[:1],accumulate=True)
m.index_put((mask,),s)
m.index_put((mask,),s,accumulate=True)
m.index_reduce(0,j,n,'prod')
m.index_reduce(0,j,n,'mean')
m.index_reduce(0,j,n,'amax')
m.index_reduce(0,j,n,'amin')
m.index_reduce(1,j,n[:,:3],'amin',include_self=False)
m.index_reduce(1,j,n[:,:3],'prod',include_self=False)
m.put(one,v[:1])
m.put(tensor([-1,3]),v[:2])
m.put(tensor([3,3]),v[:2],accumulate=True)
c.t()
c[0]
c[j]
c.gather(1,i)
c.H
c.mH
torch.cat([c,m])
c.masked_fill(mask,2.)
m[:2,:2]
m.flip(0)
x.flip(0,2)
torch.fliplr(m)
torch.flipud(v)
m.roll(1)
m.roll(1,0)
m.roll((1,-2),(0,1))
m.rot90()
m.rot90(2)
x.rot90(-1,(1,2))
m.tril()
x.triu(1)
torch.diag(v)
torch.diag(v,-1)
torch.diag(m)
torch.diag(m,1)
m.diagonal()
m.diagonal(-1)
x.diagonal(0,1,2)
x.diagonal(1,0,2)
torch.diag_embed(v)
torch.diag_embed(m,1,0,2)
torch.diagflat(m)
torch.diagonal_scatter(m,v[:3])
torch.diagonal_scatter(x,m[:2,:3],0,1,2)
torch.select_scatter(m,v,0,1)
torch.slice_scatter(m,n[:2]*2,0,1)
torch.slice_scatter(m,n[:,:2],1,0,4,2)
torch.as_strided_scatter(m,v[:2],(2,),(2,),1)
m.as_strided((2,2),(1,2))
m.as_strided((2,2),(1,2),1)
m.as_strided((3,3),(1,1))
m.as_strided((2,2),(0,1))
m.t().as_strided((2,2),(1,2))
m[1:].as_strided((2,2),(1,1))
m[1:,::2].as_strided((2,2),(1,1),3)
v.expand(3,4).as_strided((2,2),(1,1))
m.unfold(1,2,1)
m.unfold(0,2,1)
x.unfold(-1,2,2)
x.unfold(1,3,1)
b5.unfold(2,3,2).unfold(1,2,2)
s.unfold(0,1,1)
torch.block_diag(m,v)
torch.block_diag(m,s,n)
torch.cartesian_prod(v,w)
torch.cartesian_prod(v,w,v)
torch.combinations(v)
torch.combinations(v,3)
torch.combinations(v,2,True)
torch.meshgrid(v,w[:2],indexing='ij')
torch.meshgrid(v,w[:2],indexing='xy')
torch.meshgrid(v,s,w,indexing='xy')
torch.view_as_real(c)
torch.view_as_complex(m.reshape(3,2,2))
torch.view_as_real(c.t())
torch.narrow_copy(m,0,0,1)
torch.select_copy(m,0,1)
torch.slice_copy(m,0,1,2)
torch.slice_copy(m)
torch.t_copy(m)
torch.transpose_copy(m,0,1)
torch.permute_copy(m,(1,0))
torch.expand_copy(v,(2,4))
torch.view_copy(m,(4,3))
torch.squeeze_copy(m[:1])
torch.unsqueeze_copy(m,0)
torch.unbind_copy(m)
torch.split_copy(m,1)
torch.split_with_sizes_copy(m,[1,2])
torch.diagonal_copy(m)
torch.as_strided_copy(m,(2,),(1,))
torch.unfold_copy(m,1,2,1)
torch.alias_copy(m)
m.adjoint()
c.adjoint()
m.sum_to_size(1,4)
m.sum_to_size(4)
x.sum_to_size(3,1)
torch.atleast_3d(m)
torch.atleast_2d(v,s)
m.unsafe_split(2)
m.unsafe_chunk(2,1)
m.unsafe_split_with_sizes([1,2])
m.t_()
m.t_(); m*n.t()
m.transpose_(0,1)
x.transpose_(0,2); x.unsqueeze_(1)
m.unsqueeze_(0).squeeze_(0)
y=m[1:]; y.t_(); y.mul_(2); m
m.tril_()
m.triu_(1)
m.as_strided_((3,4),(4,1))
y=m.diagonal(); y.mul_(v[:3]); m
y=m.unfold(1,2,2); y[0]=0; m
y=m.as_strided((2,2),(1,2)); y.mul_(2); m
y=torch.view_as_real(c); y.mul_(2); c
y=torch.view_as_complex(m.view(3,2,2)); y.mul_(2); m
m[l,l]=v[:2]; m
m[l]=n[:2]; m
m[l]+=n[:2]; m
m[mask]=0.; m
m[mask]=s; m
m[mask]*=2; m
m[0,j]=v[:3]; m
m[...,1:3][l]=v[:2]; m
m.masked_fill_(mask,s)
m.index_add_(0,l,n[:2])
m.index_add_(0,l,n[:2],alpha=3)
m.index_fill_(0,l,s)
m.index_copy_(0,l,n[:2])
m.scatter_(1,i3[0],n)
m.scatter_(1,i,2.)
m.scatter_add_(1,i3[0],n)
m.scatter_reduce_(1,i3[0],n,'prod')
m.scatter_reduce_(1,i3[0],n,'amax')
m.index_reduce_(0,j,n,'mean')
m.index_put_((l,),v)
m.index_put_((j,),v,accumulate=True)
m.put_(one,v[:1])
m.masked_scatter_(mask,n)
y=m[0]; y.index_add_(0,l,v[:2]); m
y=m[:,1]; y.masked_fill_(y>0,s); m
y=m.t(); y.scatter_(1,i[:,:3],1.); m
y=m.t(); y.index_add_(0,l,n[:2,:3]); m
y=m.view(-1); y[3:7]=v; m
y=m.t()[1]; y.put_(one,v[:1]); m
torch.pixel_shuffle(k.reshape(4,2,2),2)
torch.pixel_unshuffle(k.reshape(1,4,4),2)
torch.channel_shuffle(x.reshape(1,6,2,2),3)
x.unfold(1,2,1).unfold(2,2,2)
""")
ONCE = table(r"""
z.scatter_reduce(1,i3[0],z,'prod')
torch.segment_reduce(m,'sum',lengths=tensor([1,2]))
torch.segment_reduce(m,'mean',lengths=tensor([1,2]))
torch.segment_reduce(m,'max',lengths=tensor([1,2]))
torch.segment_reduce(m,'min',lengths=tensor([1,2]))
torch.segment_reduce(m,'prod',lengths=tensor([1,2]))
torch.segment_reduce(m,'prod',lengths=tensor([1,2]),initial=2.)
torch.segment_reduce(m,'mean',lengths=tensor([1,2]),initial=2.)
torch.segment_reduce(m,'sum',lengths=tensor([[1,3],[2,2],[0,4]]),axis=1)
torch.segment_reduce(x,'max',offsets=tensor([[0,1,3],[0,2,3]]),axis=1)
""")  # torch has no second derivative of these (of products that meet in two zeros)

_random = np.random.default_rng(1)
LEAVES = {name: _random.standard_normal(shape) for name, shape in {
    "x": (2, 3, 4), "m": (3, 4), "n": (3, 4), "v": 4, "w": 4, "s": (), "k": (4, 4), "b5": (5, 6, 7)}.items()}
LEAVES["z"] = np.round(_random.standard_normal((3, 4)) * 2)
LEAVES["c"] = _random.standard_normal((3, 4)) + 1j * _random.standard_normal((3, 4))
CONSTANTS = {
    "i": np.array([[0, 1, 0, 2], [1, 1, 2, 0]]), "j": np.array([0, 1, 1]), "l": np.array([2, 0]), "one": np.array([1]),
    "i3": _random.integers(0, 3, (2, 3, 4)), "mask": _random.random((3, 4)) > .5, "mk": _random.random((2, 3, 4)) > .5}


def numbers(tensor):
    return None if tensor is None else np.asarray(tensor.detach().resolve_conj())


def energy(library, out):
    """A scalar that treats every element differently."""
    weight = library.cos(library.arange(out.numel(), dtype=library.float64).reshape(tuple(out.shape)) + 1)
    return ((out * out.conj()).real * weight if out.is_complex() else out * out * weight).sum()


def gradients(library, row, twice=True):
    """The values, the gradients of all leaves, and those of the sum of the gradients' cubes."""
    leaves = {name: library.tensor(array).requires_grad_() for name, array in LEAVES.items()}
    scope = {name: leaf * 1 for name, leaf in leaves.items()}
    scope.update({name: library.tensor(array) for name, array in CONSTANTS.items()})
    scope.update(torch=library, tensor=library.tensor, np=np)
    *steps, last = row.split(";")
    for step in steps:
        exec(step.strip(), scope)
    out = eval(last.strip(), scope)
    outs = out if isinstance(out, (tuple, list)) else [out]
    values = [numbers(o) for o in outs]
    wanted = list(leaves.values())
    first = library.autograd.grad(sum(energy(library, o) for o in outs), wanted, create_graph=twice, allow_unused=True)
    again = [g for g in first if g is not None and g.requires_grad and not g.is_complex()]
    second = library.autograd.grad(sum((g * g * g).sum() for g in again), wanted, allow_unused=True) if again else ()
    return values, [numbers(g) for g in first], [numbers(g) for g in second]


@pytest.mark.parametrize("row", ROWS + ONCE)
def test_gradients(row):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, got = (gradients(library, row, row in ROWS) for library in (torch, mytorch))
    for what, theirs, ours in zip(("value", "gradient", "second gradient"), expected, got):
        assert len(theirs) == len(ours), what
        for a, b in zip(theirs, ours):
            if a is None or b is None:  # a gradient of zeros may be None
                assert (a is None or not a.any()) and (b is None or not b.any()), what
                continue
            assert a.shape == b.shape and a.dtype == b.dtype, what
            np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-9, err_msg=what)


def test_second_gradient_where_two_zeros_meet_is_refused():
    src = mytorch.tensor([[0., 0., 3.]]).requires_grad_()
    y = mytorch.ones(1, 3).scatter_reduce(1, mytorch.tensor([[1, 1, 2]]), src, "prod")
    first, = mytorch.autograd.grad(y.sum(), src, create_graph=True)
    with pytest.raises(RuntimeError, match="Double backward is unsupported for src when >1 zeros"):
        first.sum().backward()
