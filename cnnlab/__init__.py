"""cnnlab: a course on convolutional neural networks, and the package its notebooks import.

`from cnnlab import data, training` imports what it names and nothing else; importing `cnnlab`
itself does not import torch.
"""

import os
import warnings

__version__ = "1.0.0"

# GNU OpenMP reads this when torch is loaded: without it, torch's threads spin for each other and
# lose up to thirty times their speed beside any other busy process. Kernels and other processes
# that are started from here inherit it.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

# tqdm's thread only renews a bar that stands still, and in a browser there is no such thread.
warnings.filterwarnings("ignore", "tqdm:disabling monitor")
