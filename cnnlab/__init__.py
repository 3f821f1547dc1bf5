"""cnnlab: a course on convolutional neural networks, and the package its notebooks import.

`from cnnlab import data, training` imports what it names and nothing else; importing `cnnlab`
itself does not import torch.
"""

import os
import sys
import warnings

__version__ = "1.0.0"

# GNU OpenMP reads this when torch is loaded: without it, torch's threads spin for each other and
# lose up to thirty times their speed beside any other busy process. Kernels and other processes
# that are started from here inherit it.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

# tqdm's thread only renews a bar that stands still, and in a browser there is no such thread.
warnings.filterwarnings("ignore", "tqdm:disabling monitor")

# `python -m cnnlab` looks into the folder where it is run before anywhere else, so that a learner's
# own random.py there would be read instead of Python's.
if sys.argv[:1] == ["-m"] and sys.path[0] == os.getcwd() != os.path.dirname(__path__[0]):
    sys.path.append(sys.path.pop(0))
