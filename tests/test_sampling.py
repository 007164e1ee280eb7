"""Random tensors: every row draws in Mytorch what it draws in torch after the same seed, to the last bit."""
import numpy as np
import pytest
import torch
from side_by_side import lines, outcome, same

import mytorch

NEW = lines(r"""
torch.rand(3, generator=torch.Generator().manual_seed(1))
torch.rand(2,2,dtype=torch.int64)
torch.rand(size=(2,))
torch.rand((2,),requires_grad=True)
torch.rand(2,out=torch.zeros(3))
torch.rand(2,3,out=torch.zeros(3,2).T)
torch.randn(20,out=torch.zeros(40)[::2])
torch.rand(2,dtype=torch.complex64)
torch.rand(2,dtype=torch.float64)
torch.rand(2,dtype=torch.float16)
torch.rand(20,dtype=torch.bfloat16)
torch.randn(2,dtype=torch.int32)
torch.randn(20)
torch.randn(3,7)
torch.randn(())
torch.randn(2,dtype=torch.float64)
torch.randn(40,dtype=torch.float64)
torch.randn(40,dtype=torch.float16)
torch.randn(5,dtype=torch.complex64)
torch.randint(10,(2,))
torch.randint(3,10,(2,))
torch.randint(high=10,size=(2,))
torch.randint(3,high=10,size=(2,))
torch.randint(3,10,size=(2,))
torch.randint(10,size=(2,))
torch.randint(low=3,high=10,size=(2,),dtype=torch.float32)
torch.randint(10,(2,),requires_grad=True)
torch.randint(5,5,(2,))
torch.randint(0,300,(2,),dtype=torch.uint8)
torch.randint(0,torch.tensor(5),(2,))
torch.randint(10,[2,2])
torch.randint(10,(2,),out=torch.zeros(2))
torch.randint(0,2,(5,),dtype=torch.bool)
torch.randperm(5,dtype=torch.float32)
torch.randperm(-1)
torch.randperm(5,out=torch.zeros(5))
torch.randperm(5,out=torch.zeros(5,dtype=torch.int64))
torch.randperm(5,requires_grad=True)
torch.randperm(5,generator=torch.Generator().manual_seed(2))
torch.rand_like(torch.ones(2,2),dtype=torch.float64,requires_grad=True)
torch.rand_like(torch.ones(2,dtype=torch.int64))
torch.rand_like(torch.ones(3,2).T)
torch.randn_like(torch.ones(3,2).T)
torch.randn_like(torch.ones(5,8).T)
torch.randn_like(torch.ones(5,8).T, memory_format=torch.contiguous_format)
torch.randint_like(torch.ones(3),10)
torch.randint_like(torch.ones(3),3,10)
torch.randint_like(torch.ones(3),low=3,high=10,dtype=torch.int64)
torch.randint_like(torch.ones(3),high=10)
torch.randint_like(torch.ones(3),torch.tensor(10))
torch.rand_like(torch.ones(2),generator=torch.Generator())
torch.rand_like([1.])
torch.normal(torch.zeros(3),1.)
torch.normal(torch.zeros(30),2.)
torch.normal(torch.arange(3.),2.)
torch.normal(0.,torch.ones(3))
torch.normal(torch.zeros(3,1),torch.ones(3))
torch.normal(torch.arange(3.),torch.arange(3.))
torch.normal(0.,1.,(3,))
torch.normal(1.,2.,(30,))
torch.normal(0.,1.,size=(3,),dtype=torch.float64)
torch.normal(0,1,(3,),requires_grad=True)
torch.normal(torch.zeros(3),-1.)
torch.normal(torch.zeros(3),torch.tensor([1.,-1.,1.]))
torch.normal(torch.zeros(3,requires_grad=True),1.)
torch.normal(1.,torch.ones(3,requires_grad=True))
torch.normal(torch.zeros(3,requires_grad=True),torch.ones(3,requires_grad=True))
torch.normal(torch.zeros(3,dtype=torch.int64),1.)
torch.normal(torch.zeros(3))
torch.normal(mean=torch.zeros(2),std=torch.ones(2),out=torch.zeros(2))
torch.normal(torch.zeros(3,dtype=torch.complex64),1.)
torch.normal(torch.zeros(3,dtype=torch.float64),torch.ones(3))
torch.normal(torch.zeros(3,dtype=torch.float16),torch.ones(3))
torch.normal(torch.zeros(2,3),torch.ones(4))
torch.normal(2.,torch.ones(3,dtype=torch.float64))
torch.bernoulli(torch.full((3,),0.5))
torch.bernoulli(torch.full((3,),0.5),0.3)
torch.bernoulli(torch.full((3,),0.5,requires_grad=True))
torch.bernoulli(torch.full((3,),0.5,requires_grad=True),0.2)
torch.bernoulli(torch.full((3,),0.5,requires_grad=True),0.2).sum().backward()
torch.bernoulli(torch.full((3,),1.5))
torch.bernoulli(torch.ones(3,dtype=torch.int64))
torch.full((3,),0.5).bernoulli(0.2)
torch.full((3,),0.5).bernoulli(p=0.2)
torch.full((3,),0.5).bernoulli()
torch.multinomial(torch.tensor([1.,2.,3.]),2)
torch.multinomial(torch.tensor([1.,2.,3.]),2,replacement=True)
torch.multinomial(torch.tensor([1.,2.,3.]),2,True)
torch.multinomial(torch.tensor([[1.,2.,3.]]),1)
torch.multinomial(torch.tensor([1.,2.,3.],requires_grad=True),2)
torch.multinomial(torch.tensor([1.,2.,3.]),num_samples=2,generator=None,out=torch.zeros(2,dtype=torch.int64))
torch.multinomial(torch.tensor([1.,2.,3.]),num_samples=2,generator=None,out=torch.zeros(2))
torch.multinomial(torch.tensor([1.,2.,3.]),5)
torch.poisson(torch.tensor([1.,2.,3.],requires_grad=True))
torch.poisson(torch.tensor([1.,-2.,3.]))
torch.poisson(torch.tensor([1,2,3]))
torch.binomial(torch.tensor([10.,5.]),torch.tensor([0.5,0.2]))
torch.binomial(torch.tensor([10.,5.],requires_grad=True),torch.tensor([0.5,0.2]))
torch.binomial(torch.tensor([10.,5.],requires_grad=True),torch.tensor([0.5,0.2])).sum().backward()
torch.binomial(torch.tensor([10.,5.]),torch.tensor([0.5]))
torch.binomial(torch.tensor([10,5]),torch.tensor([0.5]))
torch.get_rng_state()
torch.Generator().get_state().shape
torch.Generator().get_state()
torch.manual_seed('a')
torch.initial_seed()
torch.Generator().initial_seed()
torch.ones(3).multinomial(2)
""")

IN_PLACE = lines(r"""
(torch.full((3,),0.5,requires_grad=True)*1).bernoulli_(0.2)
(torch.full((3,),0.5,requires_grad=True)*1).bernoulli_(torch.tensor(0.2))
(torch.full((3,),0.5,requires_grad=True)*1).uniform_()
(torch.full((3,),0.5,requires_grad=True)*1).normal_()
(torch.full((3,),0.5,requires_grad=True)*1).random_(5)
(torch.full((3,),0.5,requires_grad=True)*1).random_()
(torch.full((3,),0.5,requires_grad=True)*1).random_(1,5)
(torch.full((3,),0.5,requires_grad=True)*1).exponential_()
(torch.full((3,),0.5,requires_grad=True)*1).cauchy_()
(torch.full((3,),0.5,requires_grad=True)*1).geometric_(0.5)
(torch.full((3,),0.5,requires_grad=True)*1).log_normal_()
torch.full((3,),0.5,requires_grad=True).log_normal_()
torch.ones(3).uniform_(0,1,generator=torch.Generator())
torch.ones(3).uniform_(1,0)
torch.ones(3).uniform_(from_=0)
torch.ones(3).uniform_(**{'from':0,'to':2})
torch.ones(3).uniform_(to=2)
torch.ones(3).normal_(mean=1,std=0)
torch.ones(3).random_(**{'from':0,'to':2})
torch.ones(3).random_(to=2)
torch.ones(3).random_(2,None)
torch.ones(3).exponential_(lambd=2)
torch.ones(3).geometric_(p=0.5)
torch.ones(3).cauchy_(median=0,sigma=2)
torch.ones(3).log_normal_(mean=0,std=2)
torch.ones(3).bernoulli_(p=0.5)
torch.ones(3).bernoulli_(torch.tensor([0.5,0.2,0.1]))
torch.ones(1,3).expand(2,3).uniform_()
torch.ones(3)[:2].uniform_()
torch.ones(5,8).T.normal_()
torch.tensor(3.).uniform_()
""")

DROPOUT = lines(r"""
F.dropout(torch.ones(3,requires_grad=True))
torch.dropout(torch.ones(3,requires_grad=True),0.5,True)
F.dropout(torch.ones(3,requires_grad=True),p=1.)
F.dropout(torch.ones(3,requires_grad=True),p=0.)
F.dropout(torch.ones(3,requires_grad=True),training=False)
F.dropout(torch.ones(3,requires_grad=True)*1,inplace=True)
F.dropout(torch.ones(3,requires_grad=True)*1,inplace=True,p=1.)
F.dropout(torch.ones(3),p=1.5)
F.dropout(torch.ones(3,dtype=torch.int64))
F.dropout(torch.ones(3,dtype=torch.float16))
F.dropout(torch.ones(3,dtype=torch.complex64))
F.dropout([1.])
F.dropout(torch.ones(3,2).T)
F.dropout1d(torch.ones(2,3,4))
F.dropout1d(torch.ones(3,4))
F.dropout1d(torch.ones(3))
F.dropout2d(torch.ones(3))
F.dropout2d(torch.ones(2,3,4))
F.dropout2d(torch.ones(2,3,2,2))
F.dropout3d(torch.ones(2,3,2,2,1))
F.dropout3d(torch.ones(2,3,2,2))
F.dropout3d(torch.ones(2,3,2))
F.dropout2d(torch.ones(2,3,2,2),p=2.)
F.dropout1d(torch.ones(2,3,4),p=-1.)
F.alpha_dropout(torch.ones(4,requires_grad=True),training=True)
F.alpha_dropout(torch.ones(4))
F.alpha_dropout(torch.linspace(-1,1,7),p=0.3,training=True)
F.alpha_dropout(torch.linspace(-1,1,7).half(),p=0.3,training=True)
F.alpha_dropout(torch.linspace(-1,1,7).bfloat16(),p=0.3,training=True)
F.alpha_dropout(torch.linspace(-1,1,7).double(),p=0.3,training=True)
F.alpha_dropout(torch.ones(4),p=1.,training=True)
F.alpha_dropout(torch.ones(4),p=3.,training=True)
F.alpha_dropout(torch.ones(4),training=True,inplace=True)
F.feature_alpha_dropout(torch.ones(2,3,2),training=True)
F.feature_alpha_dropout(torch.ones(2),training=True)
torch.alpha_dropout(torch.ones(4),0.5,True)
torch.alpha_dropout_(torch.ones(4),0.5,True)
torch.dropout_(torch.ones(4),0.5,True)
torch.feature_dropout(torch.ones(4,2),0.5,True)
torch.feature_dropout(torch.ones(4),0.5,True)
torch.feature_dropout_(torch.ones(4,2),0.5,True)
torch.feature_alpha_dropout_(torch.ones(4,2),0.5,True)
torch.native_dropout(torch.ones(4),0.5,True)
torch.native_dropout(torch.ones(4,requires_grad=True),0.5,True)
torch.native_dropout(torch.ones(4),0.5,False)
torch.native_dropout(torch.ones(4),0.5,None)
F.rrelu(-torch.ones(4,requires_grad=True),training=True)
F.rrelu(torch.linspace(-1,1,4).bfloat16(),training=True)
F.rrelu(-torch.ones(4,requires_grad=True))
F.rrelu(-torch.ones(4,requires_grad=True)*1,training=True,inplace=True)
F.rrelu(-torch.ones(4),lower=0.5,upper=0.1,training=True)
torch.rrelu(-torch.ones(4))
torch.rrelu_(-torch.ones(4))
torch.rrelu(-torch.ones(4,dtype=torch.int64))
F.dropout(torch.ones(0))
F.dropout2d(torch.ones(0,3,2,2))
F.dropout(torch.ones(3).requires_grad_(), inplace=True)
torch.dropout(torch.ones(3),p=1.5,train=True)
torch.dropout(torch.ones(3),p=1.5,train=False)
F.dropout(torch.tensor([float('inf'),1.]),1.0)
""")

#: Many numbers, so that blocks, tails and caches all occur.
MANY = lines("""
torch.rand(1000)
torch.randn(1000)
torch.randn(37, dtype=torch.float64)
torch.randint(-5, 2**40, (300,))
torch.randperm(500)
torch.normal(torch.arange(300.), torch.arange(300.))
torch.bernoulli(torch.linspace(0, 1, 300))
torch.multinomial(torch.arange(1., 50.), 200, True)
torch.poisson(torch.linspace(0, 30, 200))
torch.binomial(torch.arange(200.), torch.linspace(0, 1, 200))
torch.ones(300).exponential_(2.)
torch.ones(20, 30).T.log_normal_()
F.dropout(torch.ones(30, 40), 0.2)
F.alpha_dropout(torch.linspace(-3, 3, 200), 0.2, True)
F.feature_alpha_dropout(torch.ones(10, 20, 3), 0.2, True)
F.dropout2d(torch.ones(10, 20, 3, 2), 0.2)
F.rrelu(torch.linspace(-3, 3, 200), training=True)
""")


@pytest.mark.parametrize("expression", NEW + IN_PLACE + DROPOUT + MANY)
def test_as_torch(expression):
    same(expression)


@pytest.mark.parametrize("expression", [row for row in NEW + IN_PLACE + DROPOUT + MANY
                                        if not isinstance(outcome(row, torch)[0], str)])
def test_the_generator_ends_where_torchs_does(expression):
    outcome(expression, torch), outcome(expression, mytorch)
    assert mytorch.get_rng_state().tolist() == torch.get_rng_state().tolist()


def test_states_travel():
    torch.manual_seed(5)
    torch.randn(3)
    mytorch.set_rng_state(mytorch.from_numpy(torch.get_rng_state().numpy()))
    assert mytorch.randn(5).tolist() == torch.randn(5).tolist()
    assert isinstance(mytorch.get_rng_state(), mytorch.Tensor)


def test_fork_rng_puts_the_state_back():
    mytorch.manual_seed(1)
    before = mytorch.get_rng_state()
    with mytorch.fork_rng():
        mytorch.rand(3)
    assert mytorch.equal(before, mytorch.get_rng_state())


def test_the_tutorials_constructor_draws_standard_normals():
    torch.manual_seed(3), mytorch.manual_seed(3)
    assert mytorch.Tensor((3, 7)).tolist() == torch.randn(3, 7).tolist()


def gradients(library, function, *shapes, **options):
    """Gradients of sum(function * cos) after the same seed, at the same points."""
    inputs = [library.tensor(np.linspace(-1, 1, int(np.prod(s)), dtype=np.float32).reshape(s), requires_grad=True)
              for s in shapes]
    library.manual_seed(7)
    y = function(library, *inputs, **options)
    y = y[0] if isinstance(y, tuple) else y
    weights = library.tensor(np.cos(np.arange(y.numel(), dtype=np.float32)).reshape(tuple(y.shape)))
    (y * weights).sum().backward()
    return [x.grad.tolist() for x in inputs]


@pytest.mark.parametrize("function", [
    lambda t, x: t.nn.functional.dropout(x, 0.3), lambda t, x: t.nn.functional.dropout(x * 1, 0.3, inplace=True),
    lambda t, x: t.nn.functional.dropout(x, 1.0), lambda t, x: t.nn.functional.dropout1d(x, 0.3),
    lambda t, x: t.nn.functional.alpha_dropout(x, 0.3, True), lambda t, x: t.native_dropout(x, 0.3, True),
    lambda t, x: t.nn.functional.alpha_dropout(x * 1, 0.3, True, inplace=True),
    lambda t, x: t.nn.functional.feature_alpha_dropout(x, 0.3, True),
    lambda t, x: t.nn.functional.rrelu(x, training=True), lambda t, x: t.nn.functional.rrelu(x),
    lambda t, x: t.nn.functional.rrelu(x * 1, training=True, inplace=True), lambda t, x: t.bernoulli((x + 1) / 2),
    lambda t, x: t.normal(x, 2.0), lambda t, x: t.normal(x, x.abs()), lambda t, x: t.normal(0.0, x.abs()),
    lambda t, x: t.poisson(x.abs()), lambda t, x: (x * 2).uniform_() + x, lambda t, x: (x * 2).bernoulli_(0.3) + x])
def test_gradients(function):
    assert gradients(mytorch, function, (3, 5)) == gradients(torch, function, (3, 5))


def test_in_place_draw_on_a_view_reaches_the_base():
    def run(library):
        x = library.ones(4, requires_grad=True)
        y = x * 2
        library.manual_seed(2)
        y[1:3].uniform_()
        y.sum().backward()
        return y.tolist(), x.grad.tolist()
    assert run(mytorch) == run(torch)


@pytest.mark.parametrize("draw", [lambda y: y.normal_(), lambda y: y.detach().normal_(),
                                  lambda y: mytorch.rand(3, out=y.detach()), lambda y: y.detach().bernoulli_(0.5)])
def test_a_draw_is_noticed_by_what_was_saved(draw):
    x = mytorch.ones(3, requires_grad=True)
    y = x * 2
    z = y * y
    draw(y)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_dropout_twice_differentiable(rate):
    x = mytorch.linspace(-1, 1, 6, requires_grad=True)
    mytorch.manual_seed(0)
    y = (mytorch.dropout(x, rate, True) ** 3).sum()
    g, = mytorch.autograd.grad(y, x, create_graph=True)
    second, = mytorch.autograd.grad(g.sum(), x)
    scale = 1 / (1 - rate) if rate < 1 else 0.0
    kept = g.detach() != 0
    assert second.tolist() == pytest.approx((6 * x.detach() * scale ** 3 * kept).tolist(), rel=1e-5, abs=1e-6)
