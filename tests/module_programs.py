"""Small programs about modules, containers and their hooks: on Mytorch and on torch they must print the same.

`tried(f, *args)` prints what a call raised, or that it went well.
"""

PROGRAMS = {
    "assigning what is no parameter, module or buffer": """
n = nn.Linear(2, 2)
n.register_buffer('b', torch.ones(1))
n.l = nn.ReLU()
for name, value in [('weight', torch.ones(2, 2)), ('weight', 3), ('weight', nn.ReLU()), ('l', 3), ('l', torch.ones(1)),
                    ('b', 3), ('weight', n.bias * 2), ('weight', None), ('weight', 3), ('l', None), ('b', None)]:
    tried(setattr, n, name, value)
print(n, list(n.state_dict()), list(n._parameters), list(n._modules))
""",
    "assigning what changes the kind": """
n = nn.BatchNorm1d(1)
n.running_mean = nn.Parameter(torch.ones(1))
n.running_var = nn.ReLU()
n.bias = None
n.bias = nn.Parameter(torch.zeros(1))
print(n, [k for k, _ in n.named_buffers()], [k for k, _ in n.named_parameters()])
n = nn.Module()
n.a = nn.Buffer(torch.ones(1))
n.a = torch.zeros(2)
n.f = 3
n.f = torch.ones(1)
n.f = nn.ReLU()
n.f = nn.Parameter(torch.ones(1))
print(n, list(n.state_dict()))
""",
    "names that cannot be registered": """
n = nn.Module()
for name in (1, 'a.b', '', 'training', 'forward'):
    tried(n.register_buffer, name, None)
    tried(n.register_parameter, name, None)
    tried(n.add_module, name, None)
""",
    "a place without a module": """
n = nn.Sequential(nn.ReLU(), nn.Tanh())
del n[0]
n.add_module('x', None)
print(n, len(n), nn.ModuleList([nn.ReLU(), None, nn.Tanh()]), [m for m in nn.ModuleList([None, nn.Tanh()])])
""",
    "arguments of Module": """
tried(nn.Module, 3)
tried(lambda: nn.Module(a=3))
print(nn.Module.call_super_init, nn.Module.dump_patches)
tried(lambda: nn.Linear(1, 1).to(foo=1), first='to() received an invalid combination of arguments - got (foo=int, )')
""",
    "dir leaves out numbers": """
n = nn.ModuleDict({'a': nn.ReLU(), '1': nn.ReLU()})
print('a' in dir(n), '1' in dir(n), [k for k in dir(nn.ParameterList([torch.ones(1)])) if k.isdigit()])
""",
    "types there and back": """
n = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
n(torch.ones(2, 2)).sum().backward()
for name in ('double', 'float', 'half', 'float', 'double', 'bfloat16', 'float'):
    getattr(n, name)()
    print([p.dtype == p.grad.dtype == n[0].weight.dtype for p in n.parameters()], n[1].num_batches_tracked.dtype)
print(n.to(torch.float64).to('cpu', torch.float32)(torch.ones(2, 2)).dtype, n[0].weight.requires_grad)
tied = nn.Sequential(n[0], n[0])
print(tied.double().float().double()[0].weight is tied[1].weight)
""",
    "zero_grad keeps the gradient's memory": """
n = nn.Linear(1, 1)
n(torch.ones(1, 1)).sum().backward()
g = n.weight.grad
n.zero_grad(set_to_none=False)
print(g, n.weight.grad is g)
""",
    "a copied net has no gradients": """
n = nn.Linear(1, 1)
n(torch.ones(1, 1)).sum().backward()
print(copy.deepcopy(n).weight.grad, copy.deepcopy(n.weight).grad, n.weight.grad)
""",
    "hooks of state": """
n = nn.Linear(1, 1)
n._register_state_dict_hook(lambda m, state, prefix, meta: {'a': 1})
print(n.state_dict(), n.state_dict({}, '', False))
n.register_state_dict_post_hook(lambda *args: 3)
tried(n.state_dict)
n.register_load_state_dict_post_hook(lambda *args: 3)
tried(n.load_state_dict, nn.Linear(1, 1).state_dict())
""",
    "forward raises": """
class Bad(nn.Module):
    def forward(self, x):
        raise ValueError('boo')
def silenced(*args):
    raise RuntimeError('hook')
n = Bad()
n.register_forward_hook(lambda m, args, out: print('always', out), always_call=True)
n.register_forward_hook(silenced, always_call=True)
n.register_forward_hook(lambda *args: print('never'))
tried(n, torch.ones(1))
module = import_module(torch.__name__ + '.nn.modules.module')
handle = module.register_module_forward_hook(lambda *args: print('everywhere'), always_call=True)
tried(n, torch.ones(1))
handle.remove()
""",
    "hooks where they wait": """
layer = nn.Linear(2, 2)
kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks", "_state_dict_hooks",
         "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks", "_state_dict_pre_hooks")
print([(type(getattr(layer, kind)).__name__, len(getattr(layer, kind))) for kind in kinds])
tell = lambda *given: print("told", len(given))
handles = [layer.register_forward_hook(tell), layer.register_forward_hook(tell, with_kwargs=True),
           layer.register_forward_pre_hook(tell, with_kwargs=True), layer.register_full_backward_hook(tell),
           layer.register_load_state_dict_pre_hook(tell), layer.register_load_state_dict_post_hook(
           lambda module, keys: print(keys))]
print([[hook is tell for hook in getattr(layer, kind).values()] for kind in kinds[:3]])
print(list(layer._forward_hooks) == [handles[0].id, handles[1].id], len(layer._forward_hooks_with_kwargs))
layer._forward_hooks[-1] = lambda *given: print("added", len(given))
twin = copy.deepcopy(layer)
layer(torch.ones(1, 2)).sum().backward()
handles[1].remove()
print(len(layer._forward_hooks), len(layer._forward_hooks_with_kwargs), len(twin._forward_hooks))
layer._forward_hooks.clear()
layer._forward_pre_hooks = type(layer._forward_pre_hooks)()
layer(torch.ones(1, 2))
twin.load_state_dict(layer.state_dict())
twin(torch.ones(1, 2))
""",
    "backward hooks: numbers of gradients": """
x = torch.ones(3, 2, requires_grad=True)
for register in ('register_full_backward_hook', 'register_full_backward_pre_hook'):
    n = nn.Linear(2, 1)
    getattr(n, register)(lambda m, g, *rest: (g[0], g[0]))
    tried(n(x).sum().backward)
n = nn.ReLU()
n.register_full_backward_hook(lambda m, gi, go: gi[0])
tried(n(x).sum().backward)
n = nn.Linear(2, 1)
n.register_full_backward_hook(lambda m, gi, go: (gi[0],))
n.register_full_backward_hook(lambda m, gi, go: print(gi, go))
n(torch.ones(3, 2)).sum().backward()
n.register_full_backward_hook(lambda m, gi, go: go)
tried(n(torch.ones(3, 2)).sum().backward)
""",
    "backward hooks: what they are shown": """
class Several(nn.Module):
    def forward(self, x, k, y, i):
        return x * k, (x * 3).detach(), i, 'text'
n, x, y = Several(), torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
n.register_full_backward_hook(lambda m, gi, go: print(gi, go))
n.register_full_backward_pre_hook(lambda m, go: print(go))
out = n(x, 3, y, torch.tensor([1]))
print(out[0].grad_fn.name())
out[0].sum().backward()
print(x.grad, y.grad)
class Named(nn.Module):
    def forward(self, x):
        return {'a': x * 2}
n = Named()
n.register_full_backward_hook(lambda m, gi, go: print('never'))
n(x)['a'].sum().backward()
class ByName(nn.Module):
    def forward(self, x=None):
        return x * 2
n = ByName()
n.register_full_backward_hook(lambda m, gi, go: print(gi, go))
n(x=x).sum().backward()
""",
    "backward hooks: a gradient of the gradient": """
n, x = nn.Tanh(), torch.ones(2, requires_grad=True)
n.register_full_backward_hook(lambda m, gi, go: print(gi[0].requires_grad))
n.register_full_backward_pre_hook(lambda m, go: (go[0] * 2,))
g, = torch.autograd.grad(n(x).sum(), x, create_graph=True)
print(torch.autograd.grad(g.sum(), x))
""",
    "backward hooks: writing to what they watch": """
n, x = nn.Linear(2, 1), torch.ones(3, 2, requires_grad=True)
n.register_full_backward_hook(lambda *args: None)
out = n(x)
tried(out.add_, 1)
n = nn.ReLU(inplace=True)
n.register_full_backward_hook(lambda *args: None)
tried(n, x * 2)
""",
    "ModuleList": """
s = nn.ModuleList([nn.ReLU(), nn.Tanh()])
for call in (lambda: s['a'], lambda: s.insert(0, nn.ELU()), lambda: s.extend(3), lambda: s.__delitem__(9),
             lambda: s + 3, lambda: s.pop(-1)):
    tried(call)
print(s)
""",
    "Sequential": """
s = nn.Sequential(nn.ReLU(), nn.Tanh())
for call in (lambda: s['0'], lambda: s[1.0], lambda: s.extend(3), lambda: s.insert(5, nn.ReLU()),
             lambda: s.insert(0, 3)):
    tried(call)
print(s.insert(-1, nn.ELU()))
""",
    "ModuleDict": """
s = nn.ModuleDict({'a': nn.ReLU()})
for call in (lambda: s.update([3]), lambda: s.update([('d',)]), lambda: s['z'], lambda: s.pop('z')):
    tried(call)
""",
    "ParameterDict": """
s = nn.ParameterDict({'z': torch.ones(1), 'a': torch.ones(2)})      # a plain dict is sorted
s.update({'y': torch.ones(1), 'b': torch.ones(1)})
s.update([('x', torch.ones(1)), ('c', torch.ones(1))])
print(s, list(s.copy()), list(s | nn.ParameterDict({'q': torch.ones(1)})), list(s.fromkeys(['m', 'h'])))
for call in (lambda: s['nothing'], lambda: s.pop('nothing'), lambda: nn.ParameterDict().popitem(),
             lambda: nn.ParameterDict({'keys': torch.ones(1)}), lambda: nn.ParameterDict({1: 1})):
    tried(call)
tried(lambda: nn.ParameterList([1])['a'])
tried(nn.Parameter, torch.tensor([1]))
""",
    "members written to in their dicts": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self._modules['first'] = nn.Linear(2, 2)
        self._parameters['weight'] = nn.Parameter(torch.ones(2))
        self._buffers['count'] = torch.zeros(1)
        self._parameters['absent'] = None
    def forward(self, x):
        return self.first(x) * self.weight + self.count
n = Net()
print(n, n(torch.ones(1, 2)).shape, list(n.state_dict()), n.absent, list(n._parameters))
for name, module in n._modules.items():
    n._modules[name] = nn.Sequential(module, nn.Tanh())
raw = n.first[0]._parameters.pop('weight')
n.first[0].register_parameter('raw', raw)
n.first[0].weight = raw * 2
print(n, list(n.state_dict()), n(torch.ones(1, 2)).requires_grad)
n._buffers['count'] = torch.ones(1)
n._modules.update({'a': nn.ReLU(), 'b': None})
del n._parameters['weight']
print(n, n.count, hasattr(n, 'weight'), n._modules.setdefault('a', 3), list(n._modules), n.b)
n._modules.clear()
print(n, type(n._modules.popitem() if n._modules else None), n.children() is None, list(n.children()))
copied = copy.deepcopy(n._buffers)
copied['count'] = None
print(n.count, copied)
tried(lambda: n._modules.pop('nothing'))
""",
}
