"""Which section of which lesson treats an exercise, and the misconceptions about it."""

from functools import cache
from pathlib import Path

import nbformat

from cnnlab import lab
from cnnlab.site.lessons import sections

# The place of each exercise: the lesson's number and the cell that begins the section.
SECTIONS = {
    "respond": "01 row-intro",
    "edge_kernel": "01 edge-intro",
    "output_size": "02 stops-intro",
    "output_shape": "02 stops-intro",
    "correlate2d": "02 loops-intro",
    "flip": "02 flip-intro",
    "conv_parameters": "03 three-layers",
    "layer_macs": "03 work-intro",
    "activation_bytes": "03 memory-intro",
    "table_parameters": "03 table-intro",
    "conv2d_multichannel": "02 channels-intro",
    "im2col": "04 im2col-intro",
    "conv_backward": "04 image-predict",
    "numerical_gradient": "04 differences-intro",
    "accuracy": "05 confusions-intro",
    "evaluate": "05 loop-intro",
    "train_one_epoch": "05 loop-intro",
    "residual_block": "06 residual-intro",
    "batch_norm": "06 batch-norm-intro",
    "random_shift": "06 augment-intro",
    "receptive_field": "07 field-intro",
    "grad_cam": "07 cam-intro",
    "permute_pixels": "08 locality",
    "equivariance_error": "08 equivariance",
    "shift_consistency": "08 invariance",
    "fgsm": "09 fgsm-intro",
    "pgd_step": "09 pgd-intro",
    "macs_per_byte": "09 roofline-intro",
    "causal_conv1d": "10 causal-intro",
    "dilated_field": "10 dilated-intro",
    "spectrogram": "10 spectrogram-intro",
    "throughput": "11 clock-intro",
    "whitening_kernels": "11 whitening-intro",
    "shared_gradient": "11 several-intro",
    "dot_kernel": "01 edge-intro",
    "diagonal_kernel": "01 edge-intro",
    "find_template": "01 bright-intro",
    "correlate2d_dilated": "02 loops-intro",
    "count_lenet5": "03 lenet-intro",
    "count_plain": "03 cost-table-intro",
    "count_modern": "03 cost-table-intro",
    "budget_network": "03 cost-table-intro",
    "conv_forward": "02 channels-intro",
    "bias_gradient": "04 bias-predict",
    "weight_gradient": "04 weight-predict",
    "image_gradient": "04 image-predict",
    "fixed_1": "05 bug-zero-grad",
    "fixed_2": "05 loop-intro",
    "fixed_3": "05 bug-softmax",
    "fixed_4": "05 bug-eval",
    "fixed_5": "05 bug-eval",
    "fixed_6": "05 bug-zero-grad",
    "fixed_7": "05 loop-intro",
    "fixed_8": "05 pictures-intro",
    "diagnoses": "05 bugs-intro",
    "build_network": "05 network-intro",
    "trained_network": "05 packaged",
    "compare": "06 ladder-intro",
}

SLIDING = {
    "padding": "02 padding-intro",
    "zeros": "02 padding-intro",
    "dilation": "02 dilation-intro",
    "stride": "02 stride-intro",
    "flipped": "02 flip-intro",
    "rounded": "02 unread-intro",
    "ceil": "02 unread-intro",
    "bias": "02 channels-intro",
}
BACKWARD = {
    "stride": "04 stride-predict",
    "weight gradient": "04 weight-predict",
    "bias gradient": "04 bias-predict",
}
LOOP = {
    "softmax": "05 bug-softmax",
    "cleared": "05 bug-zero-grad",
    "mode": "05 bug-eval",
}
COUNTING = {
    "field": "07 field-intro",
    "table": "03 table-intro",
    "groups": "03 groups-intro",
    "MACs": "03 work-intro",
    "softmax": "05 loss-intro",
}
# Words in a misconception's name that lead to another section than the exercise's own.
WORDS = (
    dict.fromkeys(("output_size", "output_shape", "correlate2d", "correlate2d_dilated"), SLIDING)
    | dict.fromkeys(("conv_forward", "find_template", "conv2d_multichannel"), SLIDING)
    | dict.fromkeys(("conv_backward", "weight_gradient", "image_gradient"), BACKWARD)
    | dict.fromkeys(("evaluate", "train_one_epoch", "fgsm"), LOOP)
    | dict.fromkeys(("count_lenet5", "count_plain", "count_modern"), COUNTING)
    | dict.fromkeys(("budget_network", "build_network", "conv_parameters"), COUNTING)
)


def section(exercise: str, misconception: str = "") -> str:
    """Return where a lesson treats this, such as "Lesson 02, Padding"; "" if nowhere.

    The headings are read from the notebooks beside the package; without them, the lesson is named.

    Example:
        >>> section("output_size", "padding once")
        'Lesson 02, Padding'
    """
    words = WORDS.get(exercise, {})
    place = next((words[word] for word in words if word in misconception), SECTIONS.get(exercise))
    if place is None:
        return ""
    number, cell = place.split()
    heading = headings(number).get(cell)
    return f"Lesson {number}, {heading}" if heading else f"Lesson {number}"


@cache
def headings(number: str, course: Path = lab.COURSE) -> dict[str, str]:
    """Return the heading of each cell of a lesson that begins with one, by the cell's id."""
    found: dict[str, str] = {}
    for path in course.glob(f"{number}_*.ipynb"):
        found |= {each.cell: each.title for each in sections(nbformat.read(path, 4))}
    return found
