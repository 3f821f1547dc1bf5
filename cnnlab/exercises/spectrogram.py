"""Exercise of lesson 10: the spectrogram."""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit.exercise import (
    Arguments,
    Exercise,
    Switches,
    misconceptions_from,
    whole_numbers,
)

ASKED = {"spectrogram": ("Lesson 10.3", "10 spectrogram-intro")}


def _spectrogram(switches: Switches, signal: Tensor, window_size: int, hop: int) -> Tensor:
    if "window and hop mixed up" in switches:
        window_size, hop = hop, window_size
    step = {"frames side by side": window_size, "hop ignored": 1}
    hop = next((value for name, value in step.items() if name in switches), hop)
    frames = _windowed(switches, _extended(switches, signal, window_size, hop), window_size, hop)
    if "transform over the frames" in switches:
        spectrum = torch.fft.fft(frames, dim=0).T[: window_size // 2 + 1]
    else:
        spectrum = torch.fft.fft(frames).T  # (window_size, frames)
    if "both halves kept" not in switches:
        spectrum = spectrum[: window_size // 2 + ("highest frequency missing" not in switches)]
    amount = _amount(switches, spectrum)
    return amount.T if "time and frequency swapped" in switches else amount


def _extended(switches: Switches, signal: Tensor, window_size: int, hop: int) -> Tensor:
    if "padded by half a window" in switches:
        return F.pad(signal[None], (window_size // 2,) * 2, mode="reflect")[0]
    if "padded with zeros by half a window" in switches:
        return F.pad(signal, (window_size // 2,) * 2)
    if "incomplete last frame kept" in switches:
        return F.pad(signal, (0, -(len(signal) - window_size) % hop))
    if "last frame missing" in switches:
        return signal[: len(signal) - hop]
    return signal


def _windowed(switches: Switches, signal: Tensor, window_size: int, hop: int) -> Tensor:
    frames = signal.unfold(0, window_size, hop)  # (frames, window_size)
    if "no window function" in switches:
        return frames
    settings = {"periodic": "symmetric window" not in switches, "device": "cpu"}
    make = torch.hamming_window if "Hamming window" in switches else torch.hann_window
    window = make(window_size, **settings, dtype=torch.float64)
    return frames * window.sqrt() if "root of the window" in switches else frames * window


def _amount(switches: Switches, spectrum: Tensor) -> Tensor:
    amount = spectrum.real.abs() if "real part only" in switches else spectrum.abs()
    amount = amount**2 if "power for magnitude" in switches else amount
    amount = amount / amount.max() if "scaled to the loudest" in switches else amount
    if "no logarithm" in switches:
        return amount
    if "log of zero" in switches:
        return amount.log()
    answer = amount.log1p()
    return answer / torch.log(torch.tensor(10.0)) if "logarithm to base 10" in switches else answer


def _torch_spectrogram(signal: Tensor, window_size: int, hop: int) -> Tensor:
    window = torch.hann_window(window_size, dtype=torch.float64, device="cpu")
    settings = {"window": window, "center": False, "return_complex": True}
    return torch.stft(signal, window_size, hop, **settings).abs().log1p()


def _inputs(generator: Generator) -> list[Arguments]:
    cases = []
    for length, window_size, hop in ((23, 8, 4), (30, 6, 4), (41, 16, 5), (27, 4, 2), (40, 12, 7)):
        signal = whole_numbers(generator, length) / 4
        cases.append((signal, window_size, hop))
    silence_first = torch.cat([torch.zeros(12, device="cpu").double(), cases[0][0]])
    every_second = whole_numbers(generator, 70)[::2] / 4  # not contiguous
    return [*cases, (silence_first, 8, 3), (every_second, 10, 3)]


SPECTROGRAM = Exercise(
    name="spectrogram",
    task="Return log(1 + magnitude) of every Hann-windowed frame's spectrum.",
    returns="a tensor (window_size // 2 + 1, frames)",
    model=_spectrogram,
    oracle=_torch_spectrogram,
    inputs=_inputs,
    axes={"": ("frequency", "frame")},
    facts={"the signal begins with silence": lambda signal, window_size, hop: signal[0] == 0},
    misconceptions=misconceptions_from("""
    window and hop mixed up
        window_size and hop have changed places
        Which of the two says how long a frame is, and which one where the next begins?
    frames side by side
        hop is not used: a frame begins where the one before it ends
        At which sample does frame 1 begin?
    hop ignored
        hop is not used: a frame begins at every sample
        At which sample does frame 1 begin?
    no window function
        the frames are not multiplied by the window
        What does a sudden start and end of a frame do to its spectrum?
    symmetric window
        the window falls to 0 at both ends: it is the symmetric Hann window
        torch.hann_window(4) is 0, 0.5, 1, 0.5. Where would its next value stand?
    Hamming window
        the window is Hamming's, not Hann's
        With which value does the Hann window begin?
    root of the window
        the frames are multiplied by the root of the Hann window
        What is the Hann window at a quarter of its length: 0.5 or 0.71?
    power for magnitude
        the squared magnitude is taken
        A tone twice as loud: twice the magnitude, or four times?
    real part only
        the imaginary part is lost
        A cosine and a sine of one pitch sound alike. Which part of the spectrum has the sine?
    scaled to the loudest
        the magnitudes are divided by the largest one
        What becomes of a quiet sound in your spectrogram, and of the same sound played loud?
    no logarithm
        the logarithm is missing
        What is log(1 + x) of the magnitude x?
    log of zero
        the logarithm is of the magnitude itself, without adding 1
        What is the logarithm of silence?
    logarithm to base 10
        the logarithm is to base 10
        What is torch.log(torch.tensor(10.0))?
    both halves kept
        the negative frequencies are kept as well
        How do the rows above window_size // 2 differ from those below, for a real signal?
    highest frequency missing
        the last row, half the sampling rate, is missing
        A frame of 4 samples: which frequencies are there from 0 to half the sampling rate?
    transform over the frames
        the Fourier transform runs from frame to frame, not within a frame
        Which axis of your frames is the time within one frame?
    time and frequency swapped
        the answer is (frames, frequencies)
        Which axis of an image runs down, and what should stand there?
    padded by half a window
        the signal is mirrored by half a window at both ends first
        Which default setting of torch.stft puts the middle of the first frame on sample 0?
    padded with zeros by half a window
        half a window of zeros is put at both ends first
        At which sample does frame 0 begin?
    incomplete last frame kept
        a last, incomplete frame is filled up with zeros
        Only frames that lie wholly within the signal count. How many are there?
    last frame missing
        the last frame is missing
        A signal of exactly one window: how many frames, and what does your range give?
    """),
    hints=(
        "First cut frames: frame i begins at sample i * hop. signal.unfold does it in one step.",
        "Multiply each frame by torch.hann_window(window_size), then torch.fft.rfft, then .abs().",
        "log1p of the magnitudes; rfft gives (frames, frequencies), so turn it at the end.",
    ),
    solution="""\
def spectrogram(signal, window_size, hop):
    frames = signal.unfold(0, window_size, hop)  # (frames, window_size)
    spectra = torch.fft.rfft(frames * torch.hann_window(window_size))
    return spectra.abs().log1p().T  # (frequencies, frames)
""",
)

EXERCISES = (SPECTROGRAM,)
