"""Every public name of torch: here, raising with its reason, or out of scope; and the table that says so."""
import importlib
import operator
import pickle
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest
import side_by_side
import torch
from both_sides import same, same_error

import mytorch
from mytorch import absent_names
from mytorch.absent_names import NotHere, missing

ROOT = Path(__file__).parents[1]
OWNERS = [(mytorch, absent_names.REASONS), (mytorch.Tensor, absent_names.TENSOR),
          (mytorch.nn.functional, absent_names.FUNCTIONAL)]


def _fresh_table():
    """In a process of its own: other tests import more of torch, which adds names to it."""
    code = "import sys; sys.path.insert(0, 'scripts'); import names_table; print(names_table.table(), end='')"
    return subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True,
                          check=True).stdout


def test_the_table_is_up_to_date():
    assert (ROOT / "data" / "names.md").read_text(encoding="utf-8") == _fresh_table(), "run scripts/names_table.py"


@pytest.mark.parametrize("owner, reasons", OWNERS, ids=["torch", "Tensor", "functional"])
def test_absent_names_say_why(owner, reasons):
    for why, names in reasons.items():
        for name in names.split():
            found = getattr(owner, name)
            assert found.absent is True, f"{name} is there, and in the table of what is not"
            with pytest.raises(NotImplementedError, match=f"{name}: ") as caught:
                found()
            assert str(caught.value).endswith(why) and "\n" not in str(caught.value)


def test_no_name_is_said_twice():
    for _, reasons in OWNERS:
        names = [name for text in reasons.values() for name in text.split()]
        assert len(names) == len(set(names))


#: Ways in which programs reach into torch.nn and torch.optim.
IMPORTS = """
    from torch.nn.modules.utils import _ntuple, _pair, _quadruple, _single, _triple
    from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd, _pair
    from torch.nn.modules.batchnorm import _BatchNorm, _NormBase
    from torch.nn.modules.instancenorm import _InstanceNorm
    from torch.nn.modules.activation import MultiheadAttention
    from torch.nn.modules.linear import Linear, NonDynamicallyQuantizableLinear
    from torch.nn.modules.loss import _Loss, _WeightedLoss
    from torch.nn.modules.module import Module, _addindent, _IncompatibleKeys
    from torch.nn.modules.transformer import TransformerEncoderLayer, _get_activation_fn, _get_clones
    from torch.nn.modules.rnn import LSTM, RNNCellBase
    from torch.nn.modules.dropout import _DropoutNd
    from torch.nn.modules.pooling import _MaxPoolNd, _AvgPoolNd
    from torch.nn.modules.padding import ConstantPad2d
    from torch.nn.modules.lazy import LazyModuleMixin
    from torch.nn.common_types import _size_1_t, _size_2_t, _size_any_t
    from torch.nn.parameter import Parameter, UninitializedParameter, is_lazy
    from torch.nn.parallel import DataParallel, DistributedDataParallel
    from torch.nn.init import _calculate_correct_fan, _calculate_fan_in_and_fan_out, trunc_normal_
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.nn.attention.bias import causal_lower_right, causal_upper_left
    from torch.nn.utils import clip_grad_norm_, parameters_to_vector, skip_init
    from torch.nn.utils.clip_grad import clip_grad_norm_, clip_grad_value_
    from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence, pad_sequence
    from torch.nn.utils.parametrizations import orthogonal, spectral_norm, weight_norm
    from torch.nn.utils.parametrize import cached, is_parametrized, register_parametrization
    from torch.nn.utils.prune import BasePruningMethod, global_unstructured
    from torch.nn.utils.stateless import functional_call
    from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_conv_bn_weights
    from torch.nn.utils.weight_norm import WeightNorm, remove_weight_norm
    from torch.nn.utils.spectral_norm import SpectralNorm
    from torch.optim.optimizer import Optimizer, required
    from torch.optim.adam import Adam
    from torch.optim.adamw import AdamW
    from torch.optim.lr_scheduler import LRScheduler, OneCycleLR, _LRScheduler
    from torch.optim.swa_utils import SWALR, AveragedModel, update_bn
"""


@pytest.mark.parametrize("statement", [line.strip() for line in IMPORTS.strip().splitlines()])
def test_imports_of_programs(statement):
    for library in ("torch", "mytorch"):
        exec(statement.replace("torch", library, 1), {})


def test_a_choice_of_attention_kernel_is_checked_and_changes_nothing():
    same("torch.nn.attention.SDPBackend.MATH.name, int(torch.nn.attention.SDPBackend.EFFICIENT_ATTENTION)")
    same("torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)(F.scaled_dot_product_attention)"
         "(x(2, 3, 4), x(2, 5, 4), x(2, 5, 4), torch.nn.attention.bias.causal_lower_right(3, 5))")
    same("F.scaled_dot_product_attention(x(2, 3, 4), x(2, 5, 4), x(2, 5, 4), "
         "torch.nn.attention.bias.causal_upper_left(3, 5))", describe=False)
    same_error("torch.nn.attention.sdpa_kernel(3).__enter__()")
    same_error("torch.nn.attention.bias.causal_upper_left(3)")


def test_a_distributed_wrapper_can_be_asked_for():
    assert not isinstance(mytorch.nn.Linear(2, 2), mytorch.nn.parallel.DistributedDataParallel)
    with pytest.raises(NotImplementedError, match="DistributedDataParallel: Mytorch trains in one process"):
        mytorch.nn.parallel.DistributedDataParallel(mytorch.nn.Linear(2, 2))


def test_keywords_for_factories():
    same("nn.factory_kwargs({'device': 'cpu', 'factory_kwargs': {'dtype': 1}}) | nn.factory_kwargs(None)")
    same_error("nn.factory_kwargs({'device': 'cpu', 'factory_kwargs': {'device': 1}})")
    same_error("nn.factory_kwargs({'foo': 1})")


@pytest.mark.parametrize("name, why", [("jit", "no compiler"), ("xpu", "one CPU"), ("quantization", "no quantized"),
                                       ("distributions", "not here yet")])
def test_a_submodule_that_is_not_here_says_why(name, why):
    assert not hasattr(mytorch, name)
    with pytest.raises(NotImplementedError, match=f"torch.{name}: .*{why}"):
        getattr(mytorch, name)


def test_pages_about_other_devices_are_here_when_asked_for():
    code = ("import sys, mytorch, mytorch.backends.cudnn as cudnn; from mytorch.cuda.amp import autocast; "
            "cudnn.deterministic = True; assert mytorch.backends.cudnn is cudnn")
    subprocess.run([sys.executable, "-c", code], check=True)
    for ask in (lambda: mytorch.cuda.Stream, lambda: mytorch.accelerator.Graph, lambda: mytorch.backends.mkl):
        with pytest.raises(NotImplementedError, match="Mytorch computes"):
            ask()


def test_every_submodule_of_torch_is_here_or_says_why():
    silent = [name for name, value in vars(torch).items() if isinstance(value, types.ModuleType)
              and value.__name__ == f"torch.{name}" and not name.startswith("_") and not hasattr(mytorch, name)
              and not isinstance(missing(name), NotHere)]
    assert not silent


#: What there is little of here, answered as torch answers it.
ROWS = side_by_side.lines("""
torch.sym_max(1,2.)
torch.sym_min(3,True)
torch.sym_max('a',1)
torch.sym_int(-2.7),torch.sym_float('3'),torch.sym_not(0),torch.sym_sqrt(4),torch.sym_sum([1,2.5]),torch.sym_sum(1,2)
torch.sym_ite(True,1,2),torch.sym_ite(False,1,2)
torch.sym_ite(1,1,2)
torch.sym_ite(True,1,2.)
torch.sym_constrain_range(3,min=1,max=2)
torch.sym_constrain_range_for_size(30,min=1,max=9)
torch.is_autocast_enabled(),torch.is_autocast_enabled('cpu'),torch.is_autocast_cache_enabled()
torch.is_autocast_enabled('foo')
torch.is_autocast_cpu_enabled()
torch.get_autocast_dtype('cpu')
torch.get_autocast_dtype('cuda')
torch.get_autocast_gpu_dtype()
torch.autocast_increment_nesting(),torch.autocast_decrement_nesting()
torch.set_autocast_enabled('cpu',False)
torch.autocast('cpu',enabled=False)(lambda x:x+1)(3)
torch.autocast('cuda').__enter__() is None
torch.autocast('cpu',torch.float32) is None
torch.autocast(3)
torch.amp.GradScaler() is None
torch.amp.GradScaler(enabled=False).scale(torch.ones(2))
torch.is_distributed(torch.ones(2))
torch.qscheme()
torch.device('cuda' if torch.cuda.is_available() else 'cpu')
torch.cuda.device_count(),torch.cuda.is_initialized(),torch.cuda.is_bf16_supported(),torch.cuda.get_arch_list()
torch.cuda.manual_seed(1),torch.cuda.manual_seed_all(1),torch.cuda.seed(),torch.cuda.seed_all()
torch.cuda.memory_allocated(),torch.cuda.max_memory_allocated(0),torch.cuda.memory_reserved(),torch.cuda.empty_cache()
torch.cuda.get_rng_state_all(),torch.cuda.set_rng_state_all([]),dict(torch.cuda.memory_stats())
torch.cuda.current_device()
torch.cuda.get_device_name(0)
torch.cuda.synchronize()
torch.cuda.get_device_properties(0)
torch.cuda.amp.autocast(enabled=False)(lambda x:x+1)(3)
torch.cuda.amp.GradScaler(enabled=False).scale(torch.ones(2))
torch.cuda.amp.autocast().__enter__() is None
torch.accelerator.is_available(),torch.accelerator.device_count(),torch.accelerator.current_accelerator()
torch.accelerator.synchronize()
torch.accelerator.current_device_index()
torch.backends.cudnn.is_available(),torch.backends.cudnn.version(),torch.backends.cudnn.enabled
torch.backends.cudnn.benchmark,torch.backends.cudnn.deterministic,torch.backends.cudnn.allow_tf32
run(setattr(torch.backends.cudnn,'benchmark',True),torch.backends.cudnn.benchmark,setattr(torch.backends.cudnn,'benchmark',False))
torch.backends.mps.is_available(),torch.backends.mps.is_built(),torch.backends.cuda.is_built()
torch.backends.cuda.matmul.allow_tf32,torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction
torch.backends.cuda.matmul.foo
torch.ones(2).volatile
run(a:=torch.ones(2),setattr(a,'volatile',True))
run(w:=torch.ones(2).requires_grad_(),setattr(w,'grad_dtype',torch.float64),w.sum().backward(),w.sum().backward(),w.grad)
run(w:=torch.ones(2).requires_grad_(),setattr(w,'grad_dtype',torch.float64),setattr(w,'grad',torch.ones(2)))
run(w:=torch.ones(2).requires_grad_(),w.sum().backward(),setattr(w,'grad_dtype',torch.float64))
(torch.ones(2).requires_grad_()*2).grad_dtype
torch.embedding_renorm_(torch.arange(12.).reshape(4,3),torch.tensor([0,1,2,1]),1.,2.)
torch.embedding_renorm_(torch.arange(12.).reshape(4,3),torch.tensor([.5]),1.,1.)
torch.embedding_renorm_(torch.arange(3.),torch.tensor([0]),1.,2.)
torch.embedding_renorm_(torch.ones(4,3).requires_grad_(),torch.tensor([0]),1.,2.)
torch.from_file('/no/such',size=3)
torch.nn.Sequential(torch.nn.Linear(2,3),len)
torch.nn.Sequential(torch.nn.Linear(2,3),int)
torch.nn.Module().register_buffer('a',int)
torch.typename(len),torch.typename(3),torch.typename(torch.ones(2,dtype=torch.int32))
torch.set_default_tensor_type('torch.FooTensor')
torch.set_default_tensor_type('torch.IntTensor')
torch.set_default_tensor_type(torch.float64)
torch.set_default_dtype(torch.int32)
""")
_BAGS = "torch.embedding_bag(torch.arange(12.).reshape(4,3){},torch.tensor([3,0,1,2]),torch.tensor([0,2,4]),False,{})"
ROWS += [_BAGS.format(*each) for each in (
    ("", "0"), ("", "1"), ("", "2"), (".double()", "0"), (".half()", "0"), (".requires_grad_()", "2"),
    ("", "0,False,torch.ones(4)"), ("", "0,False,None,True"), ("", "1,False,None,True,3"),
    ("", "2,False,None,False,-1"),
    ("", "0,False,None,False,9"))]


@pytest.mark.parametrize("row", ROWS)
def test_what_there_is_little_of(row):
    side_by_side.same(row)


def test_a_tensor_over_a_file(tmp_path):
    files = {library: str(tmp_path / library.__name__) for library in (torch, mytorch)}
    for library, name in files.items():
        library.from_file(name, True, 5).add_(1)                  # made, and written to
        library.from_file(name, False, 5).add_(1)                 # stays in memory
        library.from_file(name, True, 7, dtype=library.int32)     # made longer
    assert Path(files[torch]).read_bytes() == Path(files[mytorch]).read_bytes()
    found = [(library.from_file(name, size=5) * 2).tolist() for library, name in files.items()]
    assert found[0] == found[1] == [2.] * 5
    with pytest.raises(RuntimeError, match="size <28> is smaller than the required mapping size <32>"):
        mytorch.from_file(files[mytorch], size=8)


def test_what_autocasting_would_do_is_refused():
    for start in (lambda: mytorch.autocast("cpu"), lambda: mytorch.set_autocast_enabled("cpu", True),
                  lambda: mytorch.amp.GradScaler("cpu")):
        with pytest.raises(NotImplementedError, match="there is no autocasting"):
            start()


def test_a_layer_whose_parentheses_were_forgotten():
    with pytest.raises(TypeError, match=r"^mytorch\.nn\.modules\.activation\.ReLU is not a Module subclass$"):
        mytorch.nn.Sequential(mytorch.nn.Linear(2, 3), mytorch.nn.ReLU)


def test_no_page_covers_a_name_of_another():
    page = (ROOT / "mytorch" / "__init__.py").read_text(encoding="utf-8")
    homes = re.findall(r"^from \.([\w.]+) import \*", page, re.MULTILINE)
    assert len(homes) > 50
    said = {}
    for home in map(importlib.import_module, (f"mytorch.{home}" for home in homes)):
        for name in getattr(home, "__all__", ()):
            assert said.setdefault(name, getattr(home, name)) is getattr(home, name), f"{name} of {home.__name__}"


def test_the_version_is_said_once():
    assert f'__version__ = "{mytorch.__version__}"' in (ROOT / "mytorch" / "__init__.py").read_text(encoding="utf-8")
    assert "version = attr: mytorch.__version__" in (ROOT / "setup.cfg").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [
    "Tensor", "Size", "dtype", "device", "finfo", "iinfo", "layout", "memory_format", "FloatTensor", "nn.Parameter",
    "nn.Linear", "nn.Sequential", "nn.LSTM", "nn.CrossEntropyLoss", "nn.TransformerEncoderLayer", "optim.Adam",
    "optim.lr_scheduler.StepLR", "utils.data.DataLoader", "utils.data.TensorDataset", "utils.data.RandomSampler",
    "nn.utils.rnn.PackedSequence", "autograd.Function", "no_grad", "return_types.max", "nn.ModuleDict"])
def test_a_class_has_torchs_name(name):
    ours, theirs = operator.attrgetter(name)(mytorch), operator.attrgetter(name)(torch)
    assert repr(ours).replace("mytorch", "torch") == repr(theirs)
    assert name == "FloatTensor" or pickle.loads(pickle.dumps(ours)) is ours
