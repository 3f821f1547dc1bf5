"""Wrong answers of lessons 09 to 11 and the homework, written later, as students write them."""

import statistics

import torch
from torch import nn
from torch.nn import functional as F


def macs_per_byte__bytes_per_mac(macs, weights, inputs, outputs, batch):
    return 4 * (weights + batch * (inputs + outputs)) / (batch * macs)


def macs_per_byte__everything_times_batch(macs, weights, inputs, outputs, batch):
    return batch * macs / (4 * batch * (weights + inputs + outputs))


def macs_per_byte__outputs_not_written(macs, weights, inputs, outputs, batch):
    return batch * macs / (4 * (weights + batch * inputs))


def macs_per_byte__whole(macs, weights, inputs, outputs, batch):
    return batch * macs // (4 * (weights + batch * (inputs + outputs)))


def macs_per_byte__two_operations(macs, weights, inputs, outputs, batch):
    return 2 * batch * macs / (4 * (weights + batch * (inputs + outputs)))


def _causal(signal, kernel, dilation=1):
    padded = F.pad(signal[None, None], ((len(kernel) - 1) * dilation, 0))
    return F.conv1d(padded, kernel[None, None], dilation=dilation)[0, 0]


def causal_conv1d__reads_the_future(signal, kernel, dilation=1):
    return _causal(signal.flip(0), kernel, dilation).flip(0)


def causal_conv1d__padded_at_the_end(signal, kernel, dilation=1):
    padded = F.pad(signal[None, None], (0, (len(kernel) - 1) * dilation))
    return F.conv1d(padded, kernel[None, None], dilation=dilation)[0, 0]


def causal_conv1d__one_late(signal, kernel, dilation=1):
    return F.pad(_causal(signal, kernel, dilation), (1, -1))


def causal_conv1d__first_value_repeated(signal, kernel, dilation=1):
    start = signal[:1].expand((len(kernel) - 1) * dilation)
    joined = torch.cat([start, signal])[None, None]
    return F.conv1d(joined, kernel[None, None], dilation=dilation)[0, 0]


def causal_conv1d__valid_part(signal, kernel, dilation=1):
    return _causal(signal, kernel, dilation)[(len(kernel) - 1) * dilation :]


def causal_conv1d__dilation_of_signal(signal, kernel, dilation=1):
    return _causal(signal[::dilation], kernel)


def dilated_field__last_dilation(kernel_size, dilations):
    return 1 + (kernel_size - 1) * dilations[-1]


def dilated_field__both_sides(kernel_size, dilations):
    return 1 + 2 * (kernel_size - 1) * sum(dilations)


def dilated_field__kernel_whole(kernel_size, dilations):
    return 1 + kernel_size * sum(dilations)


def dilated_field__powers_of_two(kernel_size, dilations):
    return (kernel_size - 1) * (2 ** len(dilations) - 1) + 1


def _frames(signal, window_size, hop, window=None):
    window = torch.hann_window(window_size) if window is None else window
    return torch.fft.rfft(signal.unfold(0, window_size, hop) * window).abs().T


def spectrogram__log10(signal, window_size, hop):
    return (1 + _frames(signal, window_size, hop)).log10()


def spectrogram__symmetric_window(signal, window_size, hop):
    window = torch.hann_window(window_size, periodic=False)
    return _frames(signal, window_size, hop, window).log1p()


def spectrogram__upside_down(signal, window_size, hop):
    return _frames(signal, window_size, hop).log1p().flip(0)


def spectrogram__divided_by_window(signal, window_size, hop):
    return (_frames(signal, window_size, hop) / window_size).log1p()


def spectrogram__no_zero_frequency(signal, window_size, hop):
    return _frames(signal, window_size, hop).log1p()[1:]


def throughput__seconds_per_picture(step, wait, clock, batch_size, steps):
    step(), wait()
    start = clock()
    for _ in range(steps):
        step()
    wait()
    return (clock() - start) / (batch_size * steps)


def throughput__batches_per_second(step, wait, clock, batch_size, steps):
    step(), wait()
    start = clock()
    for _ in range(steps):
        step()
    wait()
    return steps / (clock() - start)


def throughput__one_step_less(step, wait, clock, batch_size, steps):
    step(), wait()
    start = clock()
    for _ in range(steps - 1):
        step()
    wait()
    return batch_size * steps / (clock() - start)


def throughput__three_warm_ups_timed(step, wait, clock, batch_size, steps):
    start = clock()
    for _ in range(steps + 3):
        step()
    wait()
    return batch_size * steps / (clock() - start)


def whitening_kernels__no_bias(patches, epsilon):
    v, d = torch.linalg.eigh(torch.cov(patches.T))
    return (d / (v + epsilon).sqrt()).T, torch.zeros(len(v), dtype=patches.dtype)


def whitening_kernels__variance_not_rooted(patches, epsilon):
    v, d = torch.linalg.eigh(torch.cov(patches.T))
    kernels = (d / (v + epsilon)).T
    return kernels, -kernels @ patches.mean(0)


def whitening_kernels__columns(patches, epsilon):
    v, d = torch.linalg.eigh(torch.cov(patches.T))
    kernels = d / (v + epsilon).sqrt()
    return kernels, -kernels @ patches.mean(0)


def whitening_kernels__each_number_alone(patches, epsilon):
    kernels = torch.diag(1 / (patches.var(0) + epsilon).sqrt())
    return kernels, -kernels @ patches.mean(0)


def _flat(model, images, labels):
    found = torch.autograd.grad(F.cross_entropy(model(images), labels), list(model.parameters()))
    return torch.cat([g.flatten() for g in found])


def shared_gradient__sum(model, parts):
    return sum(_flat(model, *part) for part in parts)


def shared_gradient__plain_mean(model, parts):
    return sum(_flat(model, *part) for part in parts) / len(parts)


def shared_gradient__first_part(model, parts):
    return _flat(model, *parts[0])


def shared_gradient__largest_weight(model, parts):
    largest = max(len(labels) for _, labels in parts)
    return sum(len(part[1]) / largest * _flat(model, *part) for part in parts) / len(parts)


def dot_kernel__mean():
    return torch.full((3, 3), 1 / 9)


def dot_kernel__not_balanced():
    return torch.tensor([[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]])


def dot_kernel__negative():
    return torch.tensor([[1.0, 1.0, 1.0], [1.0, -8.0, 1.0], [1.0, 1.0, 1.0]])


def diagonal_kernel__other():
    return 3 * torch.eye(3).flip(0) - 1


def diagonal_kernel__identity():
    return torch.eye(3)


def diagonal_kernel__edge():
    return torch.tensor([[0.0, 1.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, -1.0, 0.0]])


def build_network__softmax():
    return nn.Sequential(nn.Flatten(), nn.Linear(3072, 10), nn.Softmax(1))


def compare__before_minus_after(before, after):
    s = statistics.variance(before) / len(before) + statistics.variance(after) / len(after)
    return statistics.mean(before) - statistics.mean(after), s**0.5


def compare__deviation(before, after):
    s = statistics.variance(before) + statistics.variance(after)
    return statistics.mean(after) - statistics.mean(before), s**0.5


def compare__errors_added(before, after):
    a = statistics.stdev(before) / len(before) ** 0.5
    b = statistics.stdev(after) / len(after) ** 0.5
    return statistics.mean(after) - statistics.mean(before), a + b
