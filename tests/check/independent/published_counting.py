"""Mistakes of published solutions: sizes, parameters, MACs, fields and the time they take."""

import math
import statistics


def output_size__dilation_of_the_last_row_too(i, k, stride=1, padding=0, dilation=1):
    """The dilated kernel is taken to span dilation * kernel_size.
    Named by: dilation [*] kernel_size | span | kernel_size [*] dilation
    | dilation is (above |not )?1
    """
    return (i + 2 * padding - dilation * k) // stride + 1


def output_size__rounded_to_nearest(i, k, stride=1, padding=0, dilation=1):
    """The quotient is rounded to the nearest number, half up, instead of down.
    Named by: round | nearest | half up | remainder | 0[.]5 | 1 more than the right one
    """
    return math.floor((i + 2 * padding - dilation * (k - 1) - 1) / stride + 0.5) + 1


def output_size__padding_cut_at_the_kernel(i, k, stride=1, padding=0, dilation=1):
    """More padding than the kernel's size less one is not counted.
    Named by: kernel_size.{0,30}padding | padding.{0,40}kernel_size | limited
    """
    return (i + 2 * min(padding, k - 1) - dilation * (k - 1) - 1) // stride + 1


def output_size__no_room_for_a_long_step(i, k, stride=1, padding=0, dilation=1):
    """With a stride above the kernel, the last window has to fill a whole step.
    Named by: stride.{0,30}(kernel|span) | (kernel|span)[a-z_]*.{0,25}stride | whole step
    | 1 less than the right one
    """
    span = max(dilation * (k - 1) + 1, stride)
    return (i + 2 * padding - span) // stride + 1


def output_size__no_floor_and_half_padding(i, k, stride=1, padding=0, dilation=1):
    """Two slips: the quotient is rounded up, and the padding is counted once.
    Named by: round(s|ed|ing)? up | ceil | one side | once | half (of )?the padding | 2 [*] padding
    | remainder
    """
    return math.ceil((i + padding - dilation * (k - 1) - 1) / stride) + 1


def output_shape__height_twice_in_the_kernel(i, k, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    """The kernel's height is used on both axes.
    Named by: kernel_size.0. | first number of kernel_size | kernel_size.*(both|square)
    | square kernel | kernel.s height
    """
    return tuple(
        (i[a] + 2 * padding[a] - dilation[a] * (k[0] - 1) - 1) // stride[a] + 1 for a in (0, 1)
    )


def output_shape__padding_of_the_other_axis(i, k, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    """Each axis is padded by the other axis's padding.
    Named by: padding.*(swap|exchang|other|turned|revers|order) | (swap|exchang).*padding
    | padding.(0|1).
    """
    return tuple(
        (i[a] + 2 * padding[1 - a] - dilation[a] * (k[a] - 1) - 1) // stride[a] + 1 for a in (0, 1)
    )


def output_shape__off_by_one_in_width(i, k, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    """The + 1 is forgotten in the width only.
    Named by: second number.*(1 less|less 1|first position|last position|[+] 1|- 1)
    | width.*(1 less|less 1|position|[+] 1|- 1)
    """
    height = (i[0] + 2 * padding[0] - dilation[0] * (k[0] - 1) - 1) // stride[0] + 1
    width = (i[1] + 2 * padding[1] - dilation[1] * (k[1] - 1) - 1) // stride[1]
    return height, width


def output_shape__returns_in_the_loop(i, k, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    """The return stands inside the loop over the axes, so only the height comes back.
    Named by: inside the loop | returns? too (early|soon) | one (number|element|value|axis)
    | only (the )?(height|first) | width .*missing
    """
    sizes = []
    for a in (0, 1):
        sizes.append((i[a] + 2 * padding[a] - dilation[a] * (k[a] - 1) - 1) // stride[a] + 1)
        return tuple(sizes)


def output_shape__width_first_and_ceil(i, k, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    """Two slips: the quotients are rounded up, and the width comes first.
    Named by: round(s|ed|ing)? up | ceil | swap | exchang | order | width .*first | revers
    | remainder
    """
    height, width = (
        math.ceil((i[a] + 2 * padding[a] - dilation[a] * (k[a] - 1) - 1) / stride[a]) + 1
        for a in (0, 1)
    )
    return width, height


def conv_parameters__one_bias(i, o, kernel_size, groups=1, bias=True):
    """One bias is counted for the whole layer.
    Named by: one bias | counted once | 1 bias | single bias | out_channels - 1 | 1 - out_channels
    | whole layer
    """
    return o * (i // groups) * math.prod(kernel_size) + int(bias)


def conv_parameters__bias_per_group(i, o, kernel_size, groups=1, bias=True):
    """One bias is counted for each group.
    Named by: groups - out_channels | out_channels - groups | bias.*for each group
    | one bias (for|per) | groups in place of out_channels
    """
    return o * (i // groups) * math.prod(kernel_size) + (groups if bias else 0)


def conv_parameters__bias_multiplied(i, o, kernel_size, groups=1, bias=True):
    """The bias adds an input channel with a kernel of its own.
    Named by: whenever bias is True | bias (adds|multipl|times) | in_channels [+] 1
    | kernel .*for .*bias | bias .*(kernel|product)
    """
    return o * (i // groups + int(bias)) * math.prod(kernel_size)


def conv_parameters__depthwise_only(i, o, kernel_size, groups=1, bias=True):
    """Any groups above 1 are taken for one group per channel, so each kernel has one slice.
    Named by: groups is (above |not )?1 | groups > 1 | depthwise | one slice
    | in_channels in place of groups
    """
    slices = 1 if groups > 1 else i
    return o * slices * math.prod(kernel_size) + (o if bias else 0)


def conv_parameters__square_and_no_groups(i, o, kernel_size, groups=1, bias=True):
    """Two slips: the groups are not used, and the kernel's height counts twice.
    Named by: groups (is|are) not used | never changes with groups | groups=1 | square
    | groups is (above |not )?1 | as wide as | kernel_size.(0|1).
    """
    return o * i * kernel_size[0] ** 2 + (o if bias else 0)


def layer_macs__bias_counted(images_shape, weight_shape, stride=1, padding=0):
    """The addition of the bias is counted as one more MAC for each output.
    Named by: bias | [+] 1 | one more MAC
    """
    rows, columns = (
        (n + 2 * padding - k) // stride + 1
        for n, k in zip(images_shape[2:], weight_shape[2:], strict=True)
    )
    return weight_shape[0] * (math.prod(weight_shape[1:]) + 1) * rows * columns


def layer_macs__square_output(images_shape, weight_shape, stride=1, padding=0):
    """The height and width of the images are taken in the wrong order, against the kernel's.
    Named by: height and width | swap | exchang | square | images_shape.*(order|turned)
    """
    width, height = images_shape[2:]
    rows = (height + 2 * padding - weight_shape[2]) // stride + 1
    columns = (width + 2 * padding - weight_shape[3]) // stride + 1
    return math.prod(weight_shape) * rows * columns


def layer_macs__padding_squared(images_shape, weight_shape, stride=1, padding=0):
    """The padding is squared where it should be doubled.
    Named by: padding [*] padding | padding squared | padding [*][*] 2 | padding²
    | square of padding
    """
    rows, columns = (
        (n + padding**2 - k) // stride + 1
        for n, k in zip(images_shape[2:], weight_shape[2:], strict=True)
    )
    return math.prod(weight_shape) * rows * columns


def layer_macs__stride_once(images_shape, weight_shape, stride=1, padding=0):
    """The positions with stride 1 are divided by the stride, and once instead of on each axis.
    Named by: stride.*(once|one axis) | divided by stride | stride squared | times .*stride
    | rows only
    """
    rows, columns = (
        n + 2 * padding - k + 1 for n, k in zip(images_shape[2:], weight_shape[2:], strict=True)
    )
    return math.prod(weight_shape) * rows * columns // stride


def layer_macs__flops_of_the_batch(images_shape, weight_shape, stride=1, padding=0):
    """Two slips: multiplication and addition count apart, and the whole batch is counted.
    Named by: batch | images_shape.0. | as two | factor (of )?2 | 2 times | times 2 | doubl
    | number of images | 2 [*]
    """
    rows, columns = (
        (n + 2 * padding - k) // stride + 1
        for n, k in zip(images_shape[2:], weight_shape[2:], strict=True)
    )
    return 2 * images_shape[0] * math.prod(weight_shape) * rows * columns


def activation_bytes__bytes_added(shape, bytes_per_number=4):
    """The bytes per number are added instead of multiplied.
    Named by: added | plus | [+] bytes_per_number
    """
    return math.prod(shape) + bytes_per_number


def activation_bytes__megabytes_cut(shape, bytes_per_number=4):
    """The bytes are turned into mebibytes with a division that cuts off what is left.
    Named by: MiB | mebi | mega | 1,?048,?576 | 2[*][*]20 | 1024 | the same: 0 | always 0
    """
    return math.prod(shape) * bytes_per_number // 2**20


def table_parameters__bias_per_input_map(table, kernel_size):
    """One bias is counted for each input map instead of each output.
    Named by: bias.*(input|map) | input maps? | len[(]table
    """
    maps = {m for row in table for m in row}
    return sum(len(row) for row in table) * kernel_size**2 + len(maps)


def table_parameters__last_row_twice(table, kernel_size):
    """The row's length is read after the loop, so the last row's counts for all.
    Named by: last row | last of table | after the loop | table.-1. | never changes with .*table
    """
    for row in table:
        width = len(row)
    return len(table) * (width * kernel_size**2 + 1)


def receptive_field__product_of_kernels(layers):
    """The kernel sizes are multiplied instead of chained.
    Named by: product of | multiplied | strides? (is|are) not used
    """
    return math.prod(kernel_size for kernel_size, _, _ in layers)


def receptive_field__stride_of_this_layer_only(layers):
    """Each layer's reach is multiplied by the stride just before it, not by all strides before it.
    Named by: only the stride | stride (of the layer )?just before | product of .*strides
    | all strides
    """
    size, last = 1, 1
    for kernel_size, stride, dilation in layers:
        size += dilation * (kernel_size - 1) * last
        last = stride
    return size


def receptive_field__dilation_times_kernel(layers):
    """The dilated kernel is taken to span dilation * kernel_size.
    Named by: dilation [*] kernel | span | kernel_size [*] dilation | dilation is (above |not )?1
    | dilation above 1
    """
    size, step = 1, 1
    for kernel_size, stride, dilation in layers:
        size += (dilation * kernel_size - 1) * step
        step *= stride
    return size


def receptive_field__returns_after_one_layer(layers):
    """The return stands inside the loop, so only the first layer counts.
    Named by: first (layer|of layers) | inside the loop | returns? too (early|soon)
    | (other|later|further) layers | last of layers | layers .*(after|but) the first
    """
    size, step = 1, 1
    for kernel_size, stride, dilation in layers:
        size += dilation * (kernel_size - 1) * step
        step *= stride
        return size


def receptive_field__backwards_without_its_minus(layers):
    """From the last layer back, stride * size + kernel is used where (size - 1) * stride belongs.
    Named by: [(]size - 1[)] | stride - 1 | one stride | sum of .*stride
    | whenever (a|any) layer has a stride above 1 | whenever (a|any) stride is above 1
    """
    size = 1
    for kernel_size, stride, dilation in reversed(layers):
        size = size * stride + dilation * (kernel_size - 1)
    return size


def receptive_field__kernel_one_skipped_and_no_dilation(layers):
    """Two slips: layers with kernels of 1 are skipped with their stride, and dilation is not used.
    Named by: dilations? (is|are) not used | never changes with .*dilation | dilations?( is|=).*1
    | kernel_size( is|=|s of) ?1 | 1x1 | skip | kernels? of (size )?1
    """
    size, step = 1, 1
    for kernel_size, stride, _ in layers:
        if kernel_size == 1:
            continue
        size += (kernel_size - 1) * step
        step *= stride
    return size


def dilated_field__kernel_not_less_one(kernel_size, dilations):
    """Each layer is taken to add kernel_size * dilation - 1 samples.
    Named by: sum[(]dilations[)] - len | dilation [*] kernel | kernel_size [*] dilation | span
    | dilation - 1
    """
    size = 1
    for dilation in dilations:
        size += kernel_size * dilation - 1
    return size


def dilated_field__starts_at_zero(kernel_size, dilations):
    """The present sample itself is not counted.
    Named by: less 1 | minus 1 | 1 less | plus 1 | [+] 1 | present
    """
    return (kernel_size - 1) * sum(dilations)


def macs_per_byte__weights_per_image(macs, weights, inputs, outputs, batch):
    """The work of one image is divided by the traffic of the whole batch.
    Named by: batch is not used | divided by batch | never changes with batch | one image
    | 1 / batch | macs in place of
    """
    return macs / (4 * (weights + batch * (inputs + outputs)))


def macs_per_byte__bracket_closed_early(macs, weights, inputs, outputs, batch):
    """A bracket is closed early, so only the weights are counted in bytes.
    Named by: bracket | parenthes | weights .*(bytes|4) | (inputs|outputs) .*(4|byte)
    """
    return batch * macs / (4 * weights + batch * (inputs + outputs))


def throughput__warm_up_timed(step, wait, clock, batch_size, steps):
    """The clock starts before the first call, so the warm-up is in the time.
    Named by: first (call|step) | warm
    """
    start = clock()
    step()
    wait()
    for _ in range(steps):
        step()
    wait()
    return batch_size * steps / (clock() - start)


def throughput__no_wait_before_the_clock(step, wait, clock, batch_size, steps):
    """The clock starts while the warm-up is still running on the device.
    Named by: first call | wait .*before | warm.*still | still at work | still running | queue
    """
    step()
    start = clock()
    for _ in range(steps):
        step()
    wait()
    return batch_size * steps / (clock() - start)


def throughput__steps_not_counted(step, wait, clock, batch_size, steps):
    """The images of one batch are divided by the time of all steps.
    Named by: divided by steps | one batch | one step | steps is not used | batch_size / | 1 / steps
    """
    step()
    wait()
    start = clock()
    for _ in range(steps):
        step()
    wait()
    return batch_size / (clock() - start)


def compare__standard_deviation_of_all(before, after):
    """All runs are thrown together, and the deviation of the lot is taken as the error.
    Named by: together | pool | all runs | joint | both groups | concat
    """
    runs = [*before, *after]
    error = statistics.stdev(runs) / len(runs) ** 0.5
    return statistics.mean(after) - statistics.mean(before), error


def compare__variance_not_rooted(before, after):
    """The squared standard error is returned, without its root.
    Named by: root | squared | [*][*] 2 | variance
    """
    error = statistics.variance(before) / len(before) + statistics.variance(after) / len(after)
    return statistics.mean(after) - statistics.mean(before), error
