"""The layers of torch.nn."""
from . import activation, adaptive, attention, container, distance, dropout, flatten, linear
from . import linear_cross_entropy_options, loss, module, rnn, sparse, utils  # noqa: F401
from .activation import *  # noqa: F403
from .adaptive import *  # noqa: F403
from .attention import *  # noqa: F403
from .container import *  # noqa: F403
from .distance import *  # noqa: F403
from .dropout import *  # noqa: F403
from .flatten import *  # noqa: F403
from .linear import *  # noqa: F403
from .linear_cross_entropy_options import *  # noqa: F403
from .loss import *  # noqa: F403
from .module import *  # noqa: F403
from .rnn import *  # noqa: F403
from .sparse import *  # noqa: F403

__all__ = [name for part in (activation, adaptive, attention, container, distance, dropout, flatten, linear,
                                 linear_cross_entropy_options, loss, module,
                                  rnn, sparse)
           for name in part.__all__]
