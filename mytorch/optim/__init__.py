"""Optimizers: how parameters change by their gradients.  As torch.optim.

There is a file for each method (begin with sgd): its formula is its `rule`.  What they rely on:

    optimizer     groups of parameters, state, saving         _options      options, and how they are checked
    _rules        how a rule is run over the parameters       _work         what a rule works on
    _together     small parameters as one line                _functional   a rule whose memory is the caller's
    _swap         other parameters for a while                swa_utils     averages of weights

    lr_scheduler  schedules of the learning rate; _scheduler: what they share; _cyclic, _plateau, _composed: the longer
"""
from . import lr_scheduler, swa_utils
from ._swap import swap_in_optimizer_params_and_state
from .adadelta import Adadelta
from .adafactor import Adafactor
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .adamax import Adamax
from .asgd import ASGD
from .lbfgs import LBFGS
from .mini_bgd import Mini_BGD
from .muon import Muon
from .nadam import NAdam
from .optimizer import Optimizer
from .radam import RAdam
from .rmsprop import RMSprop
from .rprop import Rprop
from .sgd import SGD
from .sparse_adam import SparseAdam

__all__ = ["ASGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "LBFGS", "Mini_BGD", "Muon", "NAdam",
           "Optimizer", "RAdam", "RMSprop", "Rprop", "SGD", "SparseAdam", "lr_scheduler", "swa_utils",
           "swap_in_optimizer_params_and_state"]
