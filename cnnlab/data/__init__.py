"""The images of the course: Shapes-10, CIFAR-10 or a folder, and batches of them.

Images stay one uint8 tensor on the training device; a batch becomes float32 in [0, 1] when it is
asked for. There are no worker processes to wait for.
"""

from cnnlab.data.augmentation import Augment, Augmentation
from cnnlab.data.batching import batches, to_float
from cnnlab.data.bundled import photographs
from cnnlab.data.emojis import Emoji, emoji
from cnnlab.data.hooks import hooks
from cnnlab.data.images import ImageData
from cnnlab.data.pending import load_in_background
from cnnlab.data.shapes import shapes10
from cnnlab.data.sources import load

__all__ = [
    "Augment",
    "Augmentation",
    "Emoji",
    "ImageData",
    "batches",
    "emoji",
    "hooks",
    "load",
    "load_in_background",
    "photographs",
    "shapes10",
    "to_float",
]
