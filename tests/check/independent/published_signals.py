"""Mistakes of published solutions: signals, whitening, and gradients by differences or in parts."""

import itertools

import torch
from torch.nn import functional as F


def causal_conv1d__cut_by_minus_padding(signal, kernel, dilation=1):
    """Both ends are padded and the end is cut by [:-padding], which is empty where padding is 0.
    Named by: empty | :-0 | -padding
    | ^(?!.*kernel itself).*(kernel.shape.0.|len[(]kernel[)]) is (above )?1 | one weight
    """
    padding = (len(kernel) - 1) * dilation
    x = signal[None, None]
    out = F.conv1d(x, kernel[None, None], padding=padding, dilation=dilation)
    return out[0, 0, :-padding]


def causal_conv1d__centered(signal, kernel, dilation=1):
    """The padding is split between both ends, so half of the weights see the future.
    Named by: future | both (ends|sides) | cent(er|re) | half | same padding | ahead
    """
    reach = (len(kernel) - 1) * dilation
    padded = F.pad(signal[None, None], (reach // 2, reach - reach // 2))
    return F.conv1d(padded, kernel[None, None], dilation=dilation)[0, 0]


def causal_conv1d__first_weight_on_the_present(signal, kernel, dilation=1):
    """The first weight lies on the present, as in a convolution in the strict sense.
    Named by: flip | turned | revers | first weight | backwards | order of the (weights|kernel)
    | 180 | mirror
    """
    out = torch.zeros_like(signal)
    for t in range(len(signal)):
        for i in range(len(kernel)):
            if t - i * dilation >= 0:
                out[t] += kernel[i] * signal[t - i * dilation]
    return out


def causal_conv1d__starts_when_full(signal, kernel, dilation=1):
    """The first samples, whose window reaches before the signal, are left at 0.
    Named by: first (samples?|values?|numbers?|index|indices|answers?) | start | beginning
    | before the signal
    """
    reach = (len(kernel) - 1) * dilation
    out = torch.zeros_like(signal)
    for t in range(reach, len(signal)):
        for i in range(len(kernel)):
            out[t] += kernel[i] * signal[t - reach + i * dilation]
    return out


def causal_conv1d__written_into_the_signal(signal, kernel, dilation=1):
    """The answers are written into the signal while it is still read.
    Named by: in place | in-place | changes? its (own )?(input|argument) | overwr | recurs
    | earlier answers | (kernel.shape.0.|len[(]kernel[)]) is (above )?1 | beyond the first index
    """
    reach = (len(kernel) - 1) * dilation
    for t in range(len(signal)):
        total = 0.0
        for i in range(len(kernel)):
            past = t - reach + i * dilation
            if past >= 0:
                total += kernel[i] * signal[past]
        signal[t] = total
    return signal


def causal_conv1d__squeezed(signal, kernel, dilation=1):
    """The answer is squeezed, which loses the only axis of a signal of one sample.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped) | len[(]signal[)] is 1
    """
    padded = F.pad(signal[None, None], ((len(kernel) - 1) * dilation, 0))
    return F.conv1d(padded, kernel[None, None], dilation=dilation).squeeze()


def causal_conv1d__undilated_and_turned(signal, kernel, dilation=1):
    """Two slips: the dilation is never used, and the first weight lies on the present.
    Named by: dilation is not used | never changes with dilation | dilation is (above|not) 1
    | dilation=1 | flip | turned | revers | first weight
    """
    padded = F.pad(signal[None, None], (len(kernel) - 1, 0))
    return F.conv1d(padded, kernel.flip(0)[None, None])[0, 0]


def spectrogram__hop_is_the_overlap(signal, window_size, hop):
    """The hop is taken for the overlap, so the windows start window_size - hop apart.
    Named by: overlap | window_size - hop | in place of hop
    """
    frames = signal.unfold(0, window_size, max(1, window_size - hop))
    return torch.fft.rfft(frames * torch.hann_window(window_size)).abs().log1p().T


def spectrogram__last_frame_lost(signal, window_size, hop):
    """The range ends one too early, so the last frame is lost where the windows just fit.
    Named by: ^(?!.*filled).*last (frame|window) | too (early|soon) | just fit | [+] 1
    """
    window = torch.hann_window(window_size)
    columns = [
        torch.fft.rfft(signal[start : start + window_size] * window).abs().log1p()
        for start in range(0, len(signal) - window_size, hop)
    ]
    return torch.stack(columns, dim=1)


def spectrogram__no_window(signal, window_size, hop):
    """The frames are not multiplied by a window.
    Named by: not multiplied by (a|the) window | (no|without( the| a)?) window | Hann | rectang
    | window is (missing|not used)
    """
    return torch.fft.rfft(signal.unfold(0, window_size, hop)).abs().log1p().T


def spectrogram__all_frequencies(signal, window_size, hop):
    """The full spectrum is returned, with its mirrored upper half.
    Named by: mirror | (upper|second|other) half | full spectrum | rfft | negative freq
    | both halves
    """
    frames = signal.unfold(0, window_size, hop) * torch.hann_window(window_size)
    return torch.fft.fft(frames).abs().log1p().T


def spectrogram__frames_down(signal, window_size, hop):
    """The frames run down and the frequencies across: the transpose is missing.
    Named by: transpos | exchang | swap | order of the axes | rows and columns
    | [(]frames, frequencies[)]
    """
    frames = signal.unfold(0, window_size, hop) * torch.hann_window(window_size)
    return torch.fft.rfft(frames).abs().log1p()


def spectrogram__end_padded(signal, window_size, hop):
    """The end is filled with zeros, so there is one more frame where windows do not just fit.
    Named by: filled | padd | incomplete | one more frame | last frame
    """
    rest = -(len(signal) - window_size) % hop
    frames = F.pad(signal, (0, rest)).unfold(0, window_size, hop)
    return torch.fft.rfft(frames * torch.hann_window(window_size)).abs().log1p().T


def spectrogram__log_of_zero(signal, window_size, hop):
    """The plain logarithm is taken, without the 1, which is minus infinity for 0.
    Named by: log | 1 [+] | [+] 1 | infinit | same order
    """
    frames = signal.unfold(0, window_size, hop) * torch.hann_window(window_size)
    return torch.fft.rfft(frames).abs().clamp(min=1e-12).log().T


def spectrogram__window_kept_between_calls(
    signal,
    window_size,
    hop,
    kept={},  # noqa: B006
):
    """The window is kept from the first call, so that the next call with another size fails.
    Named by: kept | (second|another|next|first|earlier) (time|call) | between calls | remember
    | window_size changes | number by number
    """
    window = kept.setdefault("window", torch.hann_window(window_size))
    return torch.fft.rfft(signal.unfold(0, window_size, hop) * window).abs().log1p().T


def spectrogram__stored_as_integers(signal, window_size, hop):
    """The frames are stored in a tensor of integers, which cuts off what follows the point.
    Named by: whole numbers | integers? | cut | truncat | int64 | long
    """
    frames = signal.unfold(0, window_size, hop) * torch.hann_window(window_size)
    out = torch.zeros(window_size // 2 + 1, len(frames), dtype=torch.long)
    for t, frame in enumerate(frames):
        out[:, t] = torch.fft.rfft(frame).abs().log1p()
    return out


def spectrogram__in_half_precision(signal, window_size, hop):
    """The answer is stored in half precision, which keeps three digits.
    Named by: half precision | float16 | precision | rounded | digits
    """
    frames = signal.unfold(0, window_size, hop) * torch.hann_window(window_size)
    return torch.fft.rfft(frames).abs().log1p().T.half()


def spectrogram__squeezed(signal, window_size, hop):
    """The answer is squeezed, which loses the axis of a single frame.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped) | one frame
    """
    frames = signal.unfold(0, window_size, hop) * torch.hann_window(window_size)
    return torch.fft.rfft(frames).abs().log1p().T.squeeze()


def spectrogram__squares_and_no_window(signal, window_size, hop):
    """Two slips: the magnitudes are squared, and there is no window.
    Named by: squar | power | by (a|the) window | (no|without( the| a)?) window | Hann | [*][*] 2
    """
    return torch.fft.rfft(signal.unfold(0, window_size, hop)).abs().square().log1p().T


def whitening_kernels__covariance_of_images(patches, epsilon):
    """The mean is not taken off before the products are averaged, so it is no covariance.
    Named by: mean | covariance | cent(er|re) | offset
    """
    variances, directions = torch.linalg.eigh(patches.T @ patches / (len(patches) - 1))
    kernels = (directions / (variances + epsilon).sqrt()).T
    return kernels, -kernels @ patches.mean(0)


def whitening_kernels__epsilon_after_the_root(patches, epsilon):
    """Epsilon is added to the deviations, after the root.
    Named by: epsilon | after the root | outside the root
    """
    variances, directions = torch.linalg.eigh(torch.cov(patches.T))
    kernels = (directions / (variances.clamp(min=0).sqrt() + epsilon)).T
    return kernels, -kernels @ patches.mean(0)


def whitening_kernels__bias_is_the_mean(patches, epsilon):
    """The bias is the negative mean itself, not what the kernels answer to it.
    Named by: bias is the (negative )?mean | mean .*(itself|not put|sign) | kernels .*mean
    """
    variances, directions = torch.linalg.eigh(torch.cov(patches.T))
    kernels = (directions / (variances + epsilon).sqrt()).T
    return kernels, -patches.mean(0)


def numerical_gradient__one_sided_over_two(function, point, step=1e-6):
    """The difference is taken on one side only, but still divided by two steps.
    Named by: one side | forward | divided by 2 | half | 2 times
    """
    gradient = torch.zeros_like(point)
    start = function(point)
    for cell in itertools.product(*map(range, point.shape)):
        above = point.clone()
        above[cell] += step
        gradient[cell] = (function(above) - start) / (2 * step)
    return gradient


def numerical_gradient__precedence(function, point, step=1e-6):
    """Brackets are missing: / 2 * step divides by 2 and multiplies with the step.
    Named by: step [*][*] 2 | step [*] step | step squared | bracket | parenthes | times .*step
    | square of step | multiplied
    """
    gradient = torch.zeros_like(point)
    for cell in itertools.product(*map(range, point.shape)):
        above, below = point.clone(), point.clone()
        above[cell] += step
        below[cell] -= step
        gradient[cell] = (function(above) - function(below)) / 2 * step
    return gradient


def numerical_gradient__in_float32(function, point, step=1e-6):
    """The point is turned into float32, where a step of one millionth drowns in rounding.
    Named by: float32 | precision | round | small step | step is (below|small|1e-06|at most) | float
    | single
    """
    return_type, point = point.dtype, point.float()
    gradient = torch.zeros_like(point)
    for cell in itertools.product(*map(range, point.shape)):
        above, below = point.clone(), point.clone()
        above[cell] += step
        below[cell] -= step
        gradient[cell] = (function(above) - function(below)) / (2 * step)
    return gradient.to(return_type)


def numerical_gradient__no_copies(function, point, step=1e-6):
    """above and below are the point itself under two more names, so nothing is left between them.
    Named by: same tensor | clone | cop(y|ies) | in place | changes? its (own )?(input|argument)
    | all 0 | zeros
    """
    gradient = torch.zeros_like(point)
    for cell in itertools.product(*map(range, point.shape)):
        above, below = point, point
        above[cell] += step
        below[cell] -= step
        gradient[cell] = (function(above) - function(below)) / (2 * step)
    return gradient


def numerical_gradient__two_axes_only(function, point, step=1e-6):
    """The loops know points of two axes only; a vector has no second axis.
    Named by: one axis | 1 axis | vector | second axis | two axes | 1-D | point.shape.1.
    """
    gradient = torch.zeros_like(point)
    for i in range(point.shape[0]):
        for j in range(point.shape[1]):
            above, below = point.clone(), point.clone()
            above[i, j] += step
            below[i, j] -= step
            gradient[i, j] = (function(above) - function(below)) / (2 * step)
    return gradient


def numerical_gradient__flat(function, point, step=1e-6):
    """The gradient is returned as one long row, not in the point's shape.
    Named by: flat | one (long )?row | reshap | of 1 ax[ie]s
    """
    gradient = []
    for index in range(point.numel()):
        unit = torch.zeros_like(point).flatten()
        unit[index] = step
        unit = unit.reshape(point.shape)
        gradient.append((function(point + unit) - function(point - unit)) / (2 * step))
    return torch.stack(gradient)


def numerical_gradient__squeezed(function, point, step=1e-6):
    """The answer is squeezed, which loses an axis of length 1 of the point.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped)
    """
    return numerical_gradient__flat(function, point, step).reshape(point.shape).squeeze()


def shared_gradient__weight_by_parts(model, parts):
    """Each part counts for one share in the number of parts, times its own size.
    Named by: len[(]labels | number of (images|labels|parts)
    | (times|divided by) .*(parts|images|count) | share | size of (the|each) part | too large by
    """
    weights = list(model.parameters())
    total = 0
    for images, labels in parts:
        loss = F.cross_entropy(model(images), labels) * len(labels) / len(parts)
        total = total + torch.cat([g.flatten() for g in torch.autograd.grad(loss, weights)])
    return total


def shared_gradient__first_weight_only(model, parts):
    """Only the gradient of the first weight tensor is returned.
    Named by: first (weight|tensor|parameter|layer) | (other|later) (weights|parameters|layers)
    | only the first
    """
    weights = list(model.parameters())
    count = sum(len(labels) for _, labels in parts)
    total = 0
    for images, labels in parts:
        loss = F.cross_entropy(model(images), labels, reduction="sum") / count
        total = total + torch.autograd.grad(loss, weights)[0].flatten()
    return total


def shared_gradient__summed_losses(model, parts):
    """The losses are summed over the images and never divided by their number.
    Named by: number of (all )?(the )?(images|labels) | not (of )?(their|the) mean | losses. sum
    | summed | not averaged
    """
    weights = list(model.parameters())
    total = 0
    for images, labels in parts:
        loss = F.cross_entropy(model(images), labels, reduction="sum")
        total = total + torch.cat([g.flatten() for g in torch.autograd.grad(loss, weights)])
    return total
