"""activation_bytes: the memory of a layer's output."""

import torch

from cnnlab.exercises.kit import Exercise, integer, misconceptions_from

ASKED = {"activation_bytes": ("Lesson 03.3", "03 memory-intro")}

ACTIVATION_BYTES = Exercise(
    name="activation_bytes",
    task="Return the bytes of a layer's output; shape is (channels, height, width).",
    returns="one whole number",
    oracle=lambda shape, bytes_per_number=4: (
        torch.empty(shape, dtype=torch.uint8).numel() * bytes_per_number
    ),
    inputs=lambda generator: (
        [((3, 4, 5),), ((32, 32, 32), 2), ((16, 8, 12), 1)]
        + [(tuple(integer(generator, 2, 9) for _ in range(3)), 8) for _ in range(6)]
        + [((2, 5, 7), 4), ((5, 3, 4), 2)]
    ),
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
