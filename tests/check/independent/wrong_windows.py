"""Wrong answers to the exercises that slide a window: each is code of its own."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def _slide(image: Tensor, kernel: Tensor, s: int = 1, d: int = 1) -> Tensor:
    return F.conv2d(image[None, None], kernel[None, None], stride=s, dilation=d)[0, 0]


def respond__square_loop(patch: Tensor, kernel: Tensor) -> Any:
    n = min(patch.shape)
    return sum(patch[i, j] * kernel[i, j] for i in range(n) for j in range(n))


def respond__norm(patch: Tensor, kernel: Tensor) -> Tensor:
    return (patch * kernel).sum() / kernel.norm()


def respond__center_only(patch: Tensor, kernel: Tensor) -> Tensor:
    return patch[patch.shape[0] // 2, patch.shape[1] // 2] * kernel.sum()


def respond__without_first_row(patch: Tensor, kernel: Tensor) -> Tensor:
    return (patch[1:] * kernel[1:]).sum()


def respond__squared(patch: Tensor, kernel: Tensor) -> Tensor:
    return ((patch * kernel) ** 2).sum()


def respond__mean_of_patch_off(patch: Tensor, kernel: Tensor) -> Tensor:
    return ((patch - patch.mean()) * kernel).sum()


def respond__half(patch: Tensor, kernel: Tensor) -> Tensor:
    return 0.5 * (patch * kernel).sum()


def edge_kernel__other_way() -> Tensor:
    return torch.tensor([[-1.0, 0, 1]] * 3)


def edge_kernel__horizontal() -> Tensor:
    return torch.tensor([[1.0, 1, 1], [0, 0, 0], [-1, -1, -1]])


def edge_kernel__not_zero_sum() -> Tensor:
    return torch.tensor([[2.0, 0, -1]] * 3)


def dot_kernel__blur() -> Tensor:
    return torch.full((3, 3), 1 / 9)


def dot_kernel__sum_not_zero() -> Tensor:
    kernel = torch.full((3, 3), -1.0)
    kernel[1, 1] = 9
    return kernel


def diagonal_kernel__other_diagonal() -> Tensor:
    return 3 * torch.eye(3).flip(0) - 1


def diagonal_kernel__not_balanced() -> Tensor:
    return torch.eye(3)


def correlate2d__longs(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    return _slide(F.pad(image, (padding,) * 4), kernel, stride).long()


def correlate2d__pads_with_ones(
    image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    return _slide(F.pad(image, (padding,) * 4, value=1.0), kernel, stride)


def correlate2d__always_half_kernel(
    image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    return _slide(F.pad(image, (kernel.shape[0] // 2,) * 4), kernel, stride)


def correlate2d__last_stop_left_out(
    image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    padded = F.pad(image, (padding,) * 4)
    kh, kw = kernel.shape
    rows = [
        [
            (padded[i : i + kh, j : j + kw] * kernel).sum()
            for j in range(0, padded.shape[1] - kw, stride)
        ]
        for i in range(0, padded.shape[0] - kh, stride)
    ]
    return torch.tensor(rows, dtype=image.dtype)


def correlate2d__relu(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    return F.relu(_slide(F.pad(image, (padding,) * 4), kernel, stride))


def correlate2d__stride_along_columns_fixed(
    image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    return _slide(F.pad(image, (padding,) * 4), kernel)[::stride, :: max(stride - 1, 1)]


def correlate2d__padding_of_rows_only(
    image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    return _slide(F.pad(image, (0, 0, padding, padding)), kernel, stride)


def correlate2d__largest_product(
    image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    padded = F.pad(image, (padding,) * 4)
    windows = padded.unfold(0, kernel.shape[0], stride).unfold(1, kernel.shape[1], stride)
    return (windows * kernel).amax((2, 3))


def correlate2d__halves(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    return _slide(F.pad(image, (padding,) * 4), kernel, stride).half().double()


def flip__diagonal(kernel: Tensor) -> Tensor:
    return kernel.T.flip(0, 1)


def flip__rolled(kernel: Tensor) -> Tensor:
    return kernel.flip(0, 1).roll(1, 1)


def flip__negative_too(kernel: Tensor) -> Tensor:
    return -kernel.flip((0, 1))


def flip__sorted(kernel: Tensor) -> Tensor:
    return kernel.flatten().sort(descending=True).values.reshape(kernel.shape)


def find_template__no_mean(image: Tensor, template: Tensor) -> tuple:
    answers = _slide(image, template)
    return divmod(int(answers.argmax()), answers.shape[1])


def find_template__center(image: Tensor, template: Tensor) -> tuple:
    answers = _slide(image, template - template.mean())
    row, column = divmod(int(answers.argmax()), answers.shape[1])
    return row + template.shape[0] // 2, column + template.shape[1] // 2


def find_template__from_one(image: Tensor, template: Tensor) -> tuple:
    answers = _slide(image, template - template.mean())
    row, column = divmod(int(answers.argmax()), answers.shape[1])
    return row + 1, column + 1


def find_template__smallest(image: Tensor, template: Tensor) -> tuple:
    answers = _slide(image, template - template.mean())
    return divmod(int(answers.argmin()), answers.shape[1])


def find_template__image_width(image: Tensor, template: Tensor) -> tuple:
    answers = _slide(image, template - template.mean())
    return divmod(int(answers.argmax()), image.shape[1])


def spectrogram__decibels(signal: Tensor, window_size: int, hop: int) -> Tensor:
    window = torch.hann_window(window_size, dtype=signal.dtype)
    spectra = torch.fft.rfft(signal.unfold(0, window_size, hop) * window)
    return 20 * torch.log10(spectra.abs().T + 1e-10)


def spectrogram__power(signal: Tensor, window_size: int, hop: int) -> Tensor:
    window = torch.hann_window(window_size, dtype=signal.dtype)
    spectra = torch.fft.rfft(signal.unfold(0, window_size, hop) * window)
    return spectra.abs().square().log1p().T


def spectrogram__hamming(signal: Tensor, window_size: int, hop: int) -> Tensor:
    window = torch.hamming_window(window_size, dtype=signal.dtype)
    return torch.fft.rfft(signal.unfold(0, window_size, hop) * window).abs().log1p().T


def spectrogram__real_part(signal: Tensor, window_size: int, hop: int) -> Tensor:
    window = torch.hann_window(window_size, dtype=signal.dtype)
    return torch.fft.rfft(signal.unfold(0, window_size, hop) * window).real.abs().log1p().T


def spectrogram__log_of_frequency_up(signal: Tensor, window_size: int, hop: int) -> Tensor:
    window = torch.hann_window(window_size, dtype=signal.dtype)
    return torch.fft.rfft(signal.unfold(0, window_size, hop) * window).abs().log1p().T.flip(0)


def correlate2d__mean_taken_off(
    image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    out = _slide(F.pad(image, (padding,) * 4), kernel, stride)
    return out - out.mean()
