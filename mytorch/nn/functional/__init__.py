"""Functions of neural networks, with torch's names and signatures: torch.nn.functional."""
from ...engine.tensor import Tensor  # (torch's page names it too)
from ...ops.norms import pdist
from .activation import *
from .attention import *
from .bags import *
from .convolution import *
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
