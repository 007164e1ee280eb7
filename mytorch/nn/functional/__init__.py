"""Functions of neural networks, with torch's names and signatures: torch.nn.functional."""
from ...ops.convolution import (conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d)
from .activation import *
from .distance import *
from .dropout import *
from .loss import *
from .margins import *
from .padding import *
from .table import *
