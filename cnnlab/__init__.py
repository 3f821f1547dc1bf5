"""cnnlab: a course on convolutional neural networks, and the package its notebooks import.

`from cnnlab import data, training` imports what it names and nothing else; importing `cnnlab`
itself does not import torch.
"""

__version__ = "0.1.0"
