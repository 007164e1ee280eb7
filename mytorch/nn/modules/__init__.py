"""The layers of torch.nn."""
from . import activation, adaptive, attention, batchnorm, channelshuffle, container, conv, distance, dropout, flatten  # noqa: F401
from . import fold, instancenorm, lazy, linear, linear_cross_entropy_options, loss, module, normalization  # noqa: F401
from . import padding, pixelshuffle, pooling, rnn, sparse, transformer, upsampling, utils  # noqa: F401
from .activation import *  # noqa: F403
from .adaptive import *  # noqa: F403
from .attention import *  # noqa: F403
from .batchnorm import *  # noqa: F403
from .channelshuffle import *  # noqa: F403
from .container import *  # noqa: F403
from .conv import *  # noqa: F403
from .distance import *  # noqa: F403
from .dropout import *  # noqa: F403
from .flatten import *  # noqa: F403
from .fold import *  # noqa: F403
from .instancenorm import *  # noqa: F403
from .linear import *  # noqa: F403
from .linear_cross_entropy_options import *  # noqa: F403
from .loss import *  # noqa: F403
from .module import *  # noqa: F403
from .normalization import *  # noqa: F403
from .padding import *  # noqa: F403
from .pixelshuffle import *  # noqa: F403
from .pooling import *  # noqa: F403
from .rnn import *  # noqa: F403
from .sparse import *  # noqa: F403
from .transformer import *  # noqa: F403
from .upsampling import *  # noqa: F403

__all__ = [name for part in (activation, adaptive, attention, batchnorm, channelshuffle, container, conv, distance,
                             dropout, flatten, fold, instancenorm, linear, linear_cross_entropy_options, loss, module,
                             normalization, padding, pixelshuffle, pooling, rnn, sparse, transformer, upsampling)
           for name in part.__all__]
