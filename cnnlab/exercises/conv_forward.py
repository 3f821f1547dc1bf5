"""conv_forward: a convolution of a batch, in plain tensors."""

from torch.nn import functional as F

from cnnlab.exercises.conv_backward import conv_cases
from cnnlab.exercises.kit import CONVOLUTION, Exercise, misconceptions_from, whole_numbers

ASKED = {"conv_forward": ("Homework 3.1", "02 channels-intro", 4, "sliding")}


CONV_FORWARD = Exercise(
    name="conv_forward",
    task="Return the convolution of a batch of images, with stride and zero padding.",
    returns="a tensor (batch, out_channels, height, width)",
    oracle=lambda images, weight, bias, stride=1, padding=0: F.conv2d(
        images, weight, bias, stride=stride, padding=padding
    ),
    inputs=lambda generator: [
        (images, weight, whole_numbers(generator, len(weight)), *settings)
        for images, weight, _, *settings in conv_cases(generator, range(5))
    ],
    without=(CONVOLUTION,),
    misconceptions=misconceptions_from("""
    kernel flipped
        the kernel is rotated by 180 degrees
        Which pixel of the window does weight[o, c, 0, 0] meet?
        edit: window, weight) -> window, weight.flip(2, 3))
    stride ignored
        stride is not used
        With stride 2, where does the window of out[..., 0, 1] start?
        edit: height) // stride -> height)
        edit: width) // stride -> width)
        edit: i * stride, j * stride -> i, j
    stride ignored in indexing
        the answer has the size for its stride, but the window still moves by one pixel
        At which column does the window of out[..., 0, 1] start when stride is 2?
        edit: i * stride, j * stride -> i, j
    stride over the answer
        only every stride-th row and column of the answer is filled
        Do your loops count pixels of the images, or cells of the answer?
        edit: range(rows) -> range(0, rows, stride)
        edit: range(columns) -> range(0, columns, stride)
    bias along the width
        the bias is laid along the width, not along the output channels
        Which axis of the answer has as many entries as bias, whatever the image?
        edit: weight) + bias -> weight)
        edit: return out -> return out + bias
    channels not summed
        every input channel keeps an answer of its own
        How many maps does one filter return?
        edit: len(weight), rows -> *weight.shape[:2], rows
        edit: out[:, :, i, j] -> out[..., i, j]
        edit: ochw->no -> ochw->noc
        edit: weight) + bias -> weight)
    first image only
        only the first image of the batch is convolved
        Which axis of images counts the images?
        edit: new_zeros(len(images) -> new_zeros(1
        edit: padded[:, :, top -> padded[:1, :, top
    bias forgotten
        the bias is not added
        What is the output for a black image?
        edit: weight) + bias -> weight)
    bias once per channel
        the bias is added once for every input channel
        What is the output for a black image?
        edit: + bias -> + images.shape[1] * bias
    padding ignored
        padding is not used
        How large was the image that the window slid over, with padding=1 around it?
        edit: F.pad(images, (padding, padding, padding, padding)) -> images
    """),
    hints=(
        "Pad first; then it is a sum over windows as in lessons 02 and 03, for a whole batch.",
        "Loop over the output positions; each takes one window of all images and all channels.",
        'torch.einsum("nchw,ochw->no", window, weight) + bias fills out[:, :, i, j].',
    ),
    solution="""\
def conv_forward(images, weight, bias, stride=1, padding=0):
    padded = F.pad(images, (padding, padding, padding, padding))
    height, width = weight.shape[2:]
    rows = (padded.shape[2] - height) // stride + 1
    columns = (padded.shape[3] - width) // stride + 1
    out = images.new_zeros(len(images), len(weight), rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + height, left : left + width]
            out[:, :, i, j] = torch.einsum("nchw,ochw->no", window, weight) + bias
    return out
""",
)
