"""Functions of neural networks, with torch's names and signatures: torch.nn.functional."""
from ...engine.tensor import Tensor  # (torch's page names it too)
from ...ops.convolution import (conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d)
from ...ops.norms import pdist
from .absent import *
from .activation import *
from .attention import *
from .bags import *
from .distance import *
from .dropout import *
from .loss import *
from .margins import *
from .normalization import *
from .padding import *
from .pooling import *
from .resampling import *
from .table import *
from .vision import *
