"""NumPy's functions of form and index on Tensors: its values, types and errors; gradients by finite differences."""
import warnings

import numpy as np
import pytest
from form_rows import table

import mytorch

# floats: x (2, 3, 4), m n (3, 4), v w (4,), s (), k (4, 4), z with zeros at the ends, f of type float32;
# indices i (2, 4), j (3,), ii (2, 3); a mask (3, 4)
ROWS = table(r"""
np.reshape(x,(4,6))
np.reshape(x,-1)
np.reshape(x,(4,6),order='F')
np.reshape(x,(4,-1),'A')
np.reshape(m.T,(6,2))
np.reshape(m,(5,5))
np.reshape(m,(-1,5))
np.ravel(x)
np.ravel(m,'F')
np.ravel(m.T,'K')
np.transpose(x)
np.transpose(x,(1,0,2))
np.transpose(x,(1,0))
np.transpose(x,(1,1,2))
np.swapaxes(x,0,-1)
np.swapaxes(x,0,5)
np.moveaxis(x,0,-1)
np.moveaxis(x,(0,1),(-1,0))
np.rollaxis(x,2)
np.rollaxis(x,0,3)
np.rollaxis(x,1,0)
np.squeeze(m[None])
np.squeeze(m[None],0)
np.squeeze(m,0)
np.expand_dims(m,0)
np.expand_dims(m,(0,-1))
np.expand_dims(m,5)
np.broadcast_to(v,(3,4))
np.broadcast_to(v,(3,5))
np.broadcast_arrays(m,v,s)
np.atleast_1d(s)
np.atleast_2d(v,s)
np.atleast_3d(m)
np.matrix_transpose(x)
np.concatenate([m,n])
np.concatenate([m,n],axis=1)
np.concatenate([m,v],axis=None)
np.concatenate([m,f])
np.concatenate([m,v])
np.concatenate([m,n],dtype='f4')
np.concatenate([m,ii[:,:2]])
np.stack([m,n])
np.stack([m,n],axis=-1)
np.stack([m,v])
np.hstack([m,n])
np.hstack([v,w,s])
np.vstack([v,m])
np.dstack([m,n])
np.column_stack([v,k])
np.block([[m,n],[n,m]])
np.block([m,n])
np.block([[m,np.ones((3,1))],[v,0]])
np.append(m,n)
np.append(m,n,axis=1)
np.append(m,5.)
np.split(x,2)
np.split(m,[1,2],1)
np.split(m,2)
np.array_split(m,2)
np.array_split(m,3,axis=1)
np.hsplit(m,2)
np.vsplit(m,3)
np.dsplit(x,2)
np.dsplit(m,2)
np.unstack(m)
np.unstack(m,axis=1)
np.tile(m,2)
np.tile(m,(2,1,3))
np.repeat(m,2)
np.repeat(m,3,axis=0)
np.repeat(m,[1,0,2],axis=0)
np.repeat(m,[1,2],axis=0)
np.roll(m,1)
np.roll(m,1,axis=1)
np.roll(m,(1,2),axis=(0,1))
np.roll(m,2,axis=(0,1))
np.roll(m,(1,1),axis=0)
np.flip(m)
np.flip(x,(0,2))
np.fliplr(m)
np.flipud(v)
np.rot90(m)
np.rot90(x,3,(0,2))
np.resize(m,(5,5))
np.tril(m)
np.triu(x,1)
np.tril(v)
np.diag(v)
np.diag(m,1)
np.diag(v,-2)
np.diagflat(m)
np.diagonal(m)
np.diagonal(x,1,0,2)
np.linalg.diagonal(x)
np.meshgrid(v,w)
np.meshgrid(v,w[:2],indexing='ij')
np.meshgrid(v,w[:2],sparse=True)
np.meshgrid(v,w[:2],w[:3])
np.take(m,[1,5])
np.take(m,i,axis=0)
np.take(x,[0,-1],axis=2)
np.take(m,7,mode='wrap',axis=1)
np.take(m,[9],mode='clip')
np.take(m,[19])
np.take(m,[1.])
np.take_along_axis(m,i[:,:],axis=0)
np.take_along_axis(m,np.argsort(np.asarray(m),1),axis=1)
np.take_along_axis(m,j,axis=None)
np.compress([1,0,1],m,axis=0)
np.compress([1,0,1],m)
np.extract(mask,m)
np.choose([0,1,0,1],[v,w])
np.delete(m,1,axis=0)
np.delete(m,[0,2])
np.delete(m,slice(0,2),1)
np.insert(m,1,v,axis=0)
np.insert(m,[0,2],5.)
np.insert(v,[1,3],w[:2])
np.insert(f,0,1.5,axis=1)
np.trim_zeros(z)
np.trim_zeros(z,'f')
np.pad(m,1)
np.pad(m,((1,2),(0,1)))
np.pad(m,1,constant_values=3.)
np.pad(m,((1,2),(0,1)),constant_values=((1,2),(3,4)))
np.pad(m,2,mode='edge')
np.pad(m,2,mode='reflect')
np.pad(m,2,mode='symmetric')
np.pad(m,5,mode='wrap')
np.select([mask,~mask],[m,n])
np.select([mask,np.asarray(m)>0],[m,n],9.)
np.lib.stride_tricks.sliding_window_view(m,2,axis=1)
np.lib.stride_tricks.sliding_window_view(m,(2,2))
np.apply_along_axis(lambda r: r*2,0,m)
np.apply_along_axis(lambda r: r.max(),1,m)
np.apply_along_axis(lambda r: r[:2],1,x)
np.apply_over_axes(np.max,x,[0,2])
np.nonzero(m)
np.argwhere(m)
np.flatnonzero(m)
np.shape(m)
np.ndim(m)
np.size(m)
np.size(m,1)
np.unravel_index(ii,(4,5))
np.ix_(j,j)
np.tril_indices_from(m)
np.append(v,[[1,2]])
np.copy(m)
""")
WRITES = table(r"""
np.put(m,[0,5],[9.,8.])
np.put(m,[0,5,7],w[:2])
np.put(m,[50],1.,mode='clip')
np.place(m,mask,[1.,2.])
np.place(m,mask,w)
np.putmask(m,mask,w)
np.putmask(m,mask,n)
np.put_along_axis(m,i,9.,axis=0)
np.put_along_axis(m,i[:1].T[:3],9.,axis=1)
np.fill_diagonal(m,7.)
np.fill_diagonal(m,w)
np.fill_diagonal(k,w)
np.copyto(m,n)
np.copyto(m,n,where=mask)
np.put_along_axis(m,i[:,:1],w[:2,None],axis=1)
""")

_random = np.random.default_rng(0)
FLOATS = {name: _random.standard_normal(shape) for name, shape in {
    "x": (2, 3, 4), "m": (3, 4), "n": (3, 4), "v": 4, "w": 4, "s": (), "k": (4, 4)}.items()}
FLOATS.update(z=np.array([0, 0, 1., 2, 0, 3, 0]), f=_random.standard_normal((3, 4)).astype("f"))
OTHERS = {"i": np.array([[0, 1, 0, 2], [1, 1, 2, 0]]), "j": np.array([0, 1, 1]), "mask": _random.random((3, 4)) > .5,
          "ii": np.arange(6).reshape(2, 3), "np": np}


def outcome(row, scope):
    """The results as a list, what kind of collection they came in; or the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if row in WRITES:
                exec(row, scope)
                found = scope["k" if "(k" in row else "m"]
            else:
                found = eval(row, scope)
        except Exception as error:
            return error, None
    several = isinstance(found, (tuple, list))
    return list(found) if several else [found], type(found) if several else None


def numbers(value):
    return np.asarray(value.detach() if isinstance(value, mytorch.Tensor) else value)


def energy(parts):
    """A scalar that treats every element differently."""
    return sum((p * p * np.cos(np.arange(float(np.size(p))).reshape(np.shape(p)) + 1)).sum() for p in parts)


@pytest.mark.parametrize("row", ROWS + WRITES)
def test_numpy_face(row):
    leaves = {name: mytorch.tensor(array).requires_grad_() for name, array in FLOATS.items()}
    tensors = {name: leaf * 1 for name, leaf in leaves.items()}
    tensors.update({name: array if name == "np" else mytorch.tensor(array) for name, array in OTHERS.items()})
    expected, kind = outcome(row, {name: np.copy(a) if name != "np" else a for name, a in {**FLOATS, **OTHERS}.items()})
    got, our_kind = outcome(row, tensors)
    if isinstance(expected, Exception):
        assert type(got) is type(expected)
        return
    assert not isinstance(got, Exception), got
    assert kind is our_kind and len(expected) == len(got)
    for theirs, ours in zip(expected, map(numbers, got)):
        assert np.shape(theirs) == ours.shape and np.asarray(theirs).dtype == ours.dtype
        np.testing.assert_array_equal(ours, theirs)
    assert_gradient(row, leaves, got)


def assert_gradient(row, leaves, got):
    """The gradient along a random direction is the slope of the energy along it."""
    at = [i for i, part in enumerate(got) if isinstance(part, mytorch.Tensor) and part.requires_grad]
    moving = [part for part in got if isinstance(part, mytorch.Tensor) and part.dtype.kind == "f" and part.size]
    assert len(at) == len(moving)
    if not at or any(part.dtype == np.float32 for part in moving):
        return
    found = mytorch.autograd.grad(energy([got[i] for i in at]), list(leaves.values()), allow_unused=True)
    directions = {name: np.random.default_rng(2).standard_normal(a.shape) * (a != 0) for name, a in FLOATS.items()}

    def moved(t):
        scope = {name: a + t * directions[name] for name, a in FLOATS.items()}
        parts, _ = outcome(row, {**scope, **OTHERS})
        return energy([parts[i] for i in at])
    slope = (moved(1e-6) - moved(-1e-6)) / 2e-6
    ours = sum((np.asarray(g) * directions[name]).sum() for g, name in zip(found, FLOATS) if g is not None)
    assert ours == pytest.approx(slope, rel=1e-6, abs=1e-7)


def test_what_has_no_rule_is_refused():
    x = mytorch.ones(3).requires_grad_()
    with pytest.raises(NotImplementedError, match=r"np.pad\(mode='mean'\) has no gradient rule"):
        np.pad(x, 1, mode="mean")
    np.testing.assert_array_equal(np.pad(x.detach(), 1, mode="mean"), np.ones(5))


def test_writing_to_a_plain_array_would_lose_a_gradient():
    x = mytorch.ones(3).requires_grad_()
    with pytest.raises(NotImplementedError, match="np.put"):
        np.put(np.zeros(3), [0], x)
