"""Writing to parts, in place, through views: values, gradients and errors are torch's, statement by statement."""
import warnings

import numpy as np
import pytest
import torch
from form_rows import table
from index_fuzz import agree

import mytorch

# y is 2 * x, (3, 4); z is (4,); w is (3, 4); x, z and w want gradients; q is a tensor without history
ROWS = table(r"""
y[0] = 5
y[:,1] += z[:3]
y[0] = z
y[0] = 5; y[:,1] += z[:3]; v = y[1]; v.mul_(3)
v = y[1]; y.mul_(2)
v = y[1]; v.mul_(z)
v = y[1]; u = v[2:]; u.mul_(z[:2]); y = y*y
v = y.view(12); v[3:7] = z
v = y.t(); v[1] = z[:3]
v = y.reshape(4,3); v.mul_(3)
v = y.expand(3,4)[0]; v.mul_(3)
v = y.expand(2,3,4)[0]; v.mul_(3)
v = y.expand(2,3,4); v.mul_(3)
v = y.permute(1,0).unsqueeze(0)[0,2]; v.mul_(z[:3])
v = y.diagonal(); v.mul_(z[:3])
v = y.unbind()[0]; v.mul_(2)
v = y.split(2)[0]; v.mul_(2)
v = y.chunk(2)[0]; v += 1
v = y.tensor_split(3)[0]; v += z
v = y.unsafe_split(2)[0]; v += z
v = y.narrow(0,1,1); v += z
v = y.select(1,1); v *= z[:3]
v = y.squeeze(); v *= z
v = y[None]; v *= z
v = y.flatten(); v[::2] = 0
v = y.unfold(1,2,2); v[0] = 0
v = y.as_strided((2,2),(1,2)); v.mul_(2)
v = y.detach(); v[0] = 5
v = y.data; v.mul_(2)
a = y*y; y[0] = 5; y = a
y[T([0,2])] = z
y[T([0,0]),T([1,2])] += z[:2]
y[y>5] = 0
y[y>5] *= 2
y[0,T([1,2])] = z[:2]
y[T([True,False,True])] = z
y[y>19] = T([[1.,2]])
y[y>19] = T([1.,2,3])
y[True] = 3
y[False] = 3
y[T(1)] = 3
y[...] = z[1]
y[()] = 3
y[None] = 3
y[[0,2]] = 3
y[[0,1],[1,2]] = 3
y[1:] = y[:-1].clone()
y[0] = y[1]
y[0] **= 2
y[0][1] = 3
y[0][1] += z[1]
y[0][T([0])] = z[0]
y[0] = T([[[1.,2,3,4]]])
y[0] = T([1.,2])
y[0,0] = T([1.,2])
y[T([0,1])] = T([1.,2])
y[T([0,1])] = T([[1,2,3,4]])
y[5] = 1
y[0,0,0] = 1
y[::-1] = 1
y[T([5])] = 1
y[0] = None
y[0] = 1j
y.masked_fill_(y>5,z[0])
y.masked_fill_(y>5,3)
y.index_add_(0,T([0,2]),w[:2])
y.index_add_(0,T([0,2]),w[:2],alpha=2)
y.index_fill_(0,T([0,2]),7)
y.index_fill_(0,T([0,2]),z[1])
y.index_copy_(0,T([0,2]),w[:2])
y.scatter_(1,T([[0,1],[1,2],[0,1]]),w[:,:2])
y.scatter_(1,T([[0,1],[1,2],[0,0]]),2.)
y.scatter_add_(1,T([[0,1,1,1],[1,2,0,0],[0,0,3,3]]),w)
y.scatter_reduce_(1,T([[0,1],[1,2],[0,3]]),w[:,:2],'prod')
y.scatter_reduce_(1,T([[0,1],[1,2],[0,3]]),w[:,:2],'amax',include_self=False)
y.index_put_((T([0,2]),),z)
y.index_put_((T([0,0]),),z,accumulate=True)
y.index_put_((y>5,),z[0])
y.put_(T([0,5]),z[:2])
y.put_(T([0,0]),z[:2],accumulate=True)
y.masked_scatter_(y>5,w)
y.tril_()
y.triu_(1)
y.fill_diagonal_(7)
v = y[0]; v.index_add_(0,T([0,2]),z[:2])
v = y[:,1]; v.masked_fill_(v>3,z[0])
v = y.t(); v.scatter_(0,T([[0,1,2]]),1.)
v = y.t(); v.index_add_(0,T([0,2]),w[:2,:3])
y.t_()
y = y.t_()*w.t()
y.transpose_(0,1)
y.swapaxes_(0,1)
y.swapdims_(1,0)
y.unsqueeze_(0)
y.unsqueeze_(-1).squeeze_(-1)
y.squeeze_()
v = y[1]; y.t_(); y = y*2
y.resize_(2,6)
x[0] = 1
x[0].mul_(2)
x.view(12).mul_(2)
x.t_()
x.masked_fill_(x>3,0)
x.index_add_(0,T([0]),w[:1])
x.scatter_(1,T([[0]]),1.)
y = q.clone(); y[0] = z
y = q.clone(); v = y[0]; v.copy_(z)
y = q.clone(); v = y[0]; u = v[:2]; u.copy_(z[:2]); y = y*w
y = T([0.,0.]); y[0] = z[1]; y[1] = y[0]*2
y = torch.zeros(3); y[0] = z[0]; y[1] = y[0]+z[1]; y[2] = y[1]*y[0]
y = q.clone(); y.index_put_((T([0]),),z)
y = q.clone(); y.scatter_add_(1,T([[0,0]]),w[:1,:2])
y = q.clone(); y.resize_(2,6)
y = q.clone(); y.resize_(2,2)
y = q.clone(); y.resize_as_(torch.zeros(6,2))
y = q.clone(); y.as_strided_((2,3),(1,2))
a = y[0]; y[1] = a; a = y[0]*3; y[2] = a
a = y[0]; y[1] = a*a
u = z*2; r = u*3; y[0] = u; y = torch.cat([y.flatten(), r])
v = y[0]; u = v*v; y[1] = v; y = y+u
with torch.no_grad(): y[0] = 5
""")


def history(library, statements):
    """What the statements leave in y, and in the gradients of x, z and w; or the error."""
    x = library.arange(12.).reshape(3, 4).requires_grad_()
    z = library.tensor([1., 2., 3., 4.]).requires_grad_()
    w = library.tensor([[1., 2., 3., 4.]] * 3).requires_grad_()
    scope = {"torch": library, "T": library.tensor, "x": x, "z": z, "w": w, "y": x * 2, "q": library.ones(3, 4)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(statements, scope)
            y = scope["y"]
            if y.requires_grad:
                y.backward(library.arange(float(y.numel())).reshape(tuple(y.shape)) + 1)
        except (SyntaxError, NameError):  # a slip in the row, not an answer of the library
            raise
        except Exception as error:
            return type(error).__name__, str(error).splitlines()[0].partition(" [torch.FloatTensor")[0]
    left = [y.detach(), x.grad, z.grad, w.grad]
    if "v" in scope and scope["v"].shape:
        left.append(scope["v"].detach())
    return [None if t is None else (tuple(t.shape), t.flatten().tolist()) for t in left]


@pytest.mark.parametrize("row", ROWS)
def test_write(row):
    assert history(mytorch, row) == history(torch, row)


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_random_indices(start):
    for seed in range(start, start + 50):
        agree(seed)


def test_lists_and_arrays_can_be_assigned():
    """What torch refuses and NumPy's users expect."""
    y = mytorch.zeros(2, 3)
    y[0] = [1, 2, 3]
    y[1] = np.array([4., 5., 6.])
    assert y.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_an_index_array_may_change_after_it_was_used():
    x = mytorch.tensor([1., 2., 3.]).requires_grad_()
    index = np.array([0, 1])
    y = x[index]
    index[:] = 2
    y.sum().backward()
    assert x.grad.tolist() == [1, 1, 0]


def test_an_index_tensor_that_changes_is_noticed():
    x = mytorch.tensor([1., 2., 3.]).requires_grad_()
    index = mytorch.tensor([0, 1])
    y = x[index]
    index[0] = 2
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
