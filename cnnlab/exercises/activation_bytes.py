"""activation_bytes: the memory of a layer's output."""

import torch

from cnnlab.exercises.kit import Exercise, misconceptions_from
from cnnlab.exercises.kit.drawing import shapes

ASKED = {"activation_bytes": ("Lesson 03.3", "03 memory-intro")}

CHANNELS, FACTORS, SIZES = (1, 2, 3, 5, 8, 64), (1, 1, 16), (1, 2, 3, 4, 8)  # up to megabytes
ACTIVATION_BYTES = Exercise(
    name="activation_bytes",
    task="Return the bytes of a layer's output; shape is (channels, height, width).",
    returns="one whole number",
    oracle=lambda shape, bytes_per_number=4: (
        torch.empty(shape, dtype=torch.uint8).numel() * bytes_per_number
    ),
    inputs=lambda generator: (
        [((3, 4, 5),), ((32, 32, 32), 2)]
        + [
            ((channels, factor * height, factor * width), size)
            for (height, width), channels, factor, size in shapes(
                generator, 40, CHANNELS, FACTORS, SIZES
            )
        ]
    ),
    facts={
        "the map is square": lambda shape, **_: shape[1] == shape[2],
        "there is one channel": lambda shape, **_: shape[0] == 1,
    },
    misconceptions=misconceptions_from("""
    numbers for bytes
        the numbers are counted, not their bytes
        How many bytes does one float32 take?
        edit: * width * bytes_per_number -> * width
    always float32
        bytes_per_number is not used
        How many bytes does one bfloat16 take?
        edit: * bytes_per_number -> * 4
    bits for bytes
        bits are counted
        How many bits are in a byte?
        edit: return channels -> return 8 * channels
    kilobytes
        the answer is in kilobytes
        Which unit does the exercise ask for?
        edit: * bytes_per_number -> * bytes_per_number / 1024
    megabytes
        the answer is in megabytes
        Which unit does the exercise ask for?
        edit: * bytes_per_number -> * bytes_per_number / 1024**2
    channels forgotten
        one map is counted, whatever the number of channels
        How many maps does a layer with 32 channels return?
        edit: channels * height -> height
    sizes added
        the sizes are added, not multiplied
        How many pixels have 4 rows of 5?
        edit: channels * height * width -> (channels + height + width)
    square image
        the width is taken to be the height
        How many pixels have 4 rows of 5?
        edit: height * width -> height * height
    """),
    hints=(
        "How many numbers does the layer return for one image?",
        "channels times height times width, and each of them takes bytes_per_number.",
        "math.prod(shape) multiplies all numbers of a shape.",
    ),
    solution="""\
def activation_bytes(shape, bytes_per_number=4):
    channels, height, width = shape
    return channels * height * width * bytes_per_number
""",
)
