"""Exercise of lesson 10: the spectrogram."""

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import Arguments, Exercise, crossed, misconceptions_from, whole_numbers

ASKED = {"spectrogram": ("Lesson 10.3", "10 spectrogram-intro")}


def _torch_spectrogram(signal: Tensor, window_size: int, hop: int) -> Tensor:
    window = torch.hann_window(window_size, dtype=torch.float64, device="cpu")
    spectrum = torch.stft(
        signal, window_size, hop, window=window, center=False, return_complex=True
    )
    return spectrum.abs().log1p()


def _inputs(generator: Generator) -> list[Arguments]:
    cases = []
    # A window of one sample is left out: torch's is 1, the formula's 0.
    for frames, size, hop, unused, silent in crossed(
        generator, 36, range(1, 6), range(2, 10), range(1, 7), range(6), (True, False, False)
    ):
        length = (frames - 1) * hop + size + unused % hop
        signal = whole_numbers(generator, length) / 4
        if silent:
            signal[: length // 2] = 0
        cases.append((signal, size, hop))
    return cases


SPECTROGRAM = Exercise(
    name="spectrogram",
    task="Return log(1 + magnitude) of every Hann-windowed frame's spectrum.",
    returns="a tensor (window_size // 2 + 1, frames)",
    oracle=_torch_spectrogram,
    inputs=_inputs,
    axes={"": ("frequency", "frame")},
    facts={"the signal begins with silence": lambda signal, window_size, hop: signal[0] == 0},
    misconceptions=misconceptions_from("""
    window and hop mixed up
        window_size and hop have changed places
        Which of the two says how long a frame is, and which one where the next begins?
        edit: window_size, hop): -> hop, window_size):
    frames side by side
        hop is not used: a frame begins where the one before it ends
        At which sample does frame 1 begin?
        edit: hop): -> hop):\\n    hop = window_size
    hop ignored
        hop is not used: a frame begins at every sample
        At which sample does frame 1 begin?
        edit: hop): -> hop):\\n    hop = 1
    no window function
        the frames are not multiplied by the window
        What does a sudden start and end of a frame do to its spectrum?
        edit: frames * window -> frames
    symmetric window
        the window falls to 0 at both ends: it is the symmetric Hann window
        torch.hann_window(4) is 0, 0.5, 1, 0.5. Where would its next value stand?
        edit: hann_window(window_size) -> hann_window(window_size, periodic=False)
    Hamming window
        the window is Hamming's, not Hann's
        With which value does the Hann window begin?
        edit: hann_window -> hamming_window
    root of the window
        the frames are multiplied by the root of the Hann window
        What is the Hann window at a quarter of its length: 0.5 or 0.71?
        edit: hann_window(window_size) -> hann_window(window_size).sqrt()
    power for magnitude
        the squared magnitude is taken
        A tone twice as loud: twice the magnitude, or four times?
        edit: .abs() -> .abs() ** 2
    real part only
        the imaginary part is lost
        A cosine and a sine of one pitch sound alike. Which part of the spectrum has the sine?
        edit: .abs() -> .real.abs()
    scaled to the loudest
        the magnitudes are divided by the largest one
        What becomes of a quiet sound in your spectrogram, and of the same sound played loud?
        edit: magnitudes.log1p() -> (magnitudes / magnitudes.max()).log1p()
    no logarithm
        the logarithm is missing
        What is log(1 + x) of the magnitude x?
        edit: .log1p() ->
    log of zero
        the logarithm is of the magnitude itself, without adding 1
        What is the logarithm of silence?
        edit: .log1p() -> .log()
    logarithm to base 10
        the logarithm is to base 10
        What is torch.log(torch.tensor(10.0))?
        edit: log1p().T -> log1p().T / torch.tensor(10.0).log()
    both halves kept
        the negative frequencies are kept as well
        How do the rows above window_size // 2 differ from those below, for a real signal?
        edit: rfft -> fft
    highest frequency missing
        the last row, half the sampling rate, is missing
        A frame of 4 samples: which frequencies are there from 0 to half the sampling rate?
        edit: window).abs -> window)[:, :-1].abs
    transform over the frames
        the Fourier transform runs from frame to frame, not within a frame
        Which axis of your frames is the time within one frame?
        edit: rfft -> fft
        edit: * window) -> * window, dim=0)[:, : window_size // 2 + 1]
    time and frequency swapped
        the answer is (frames, frequencies)
        Which axis of an image runs down, and what should stand there?
        edit: .T ->
    padded by half a window
        the signal is mirrored by half a window at both ends first
        Which default setting of torch.stft puts the middle of the first frame on sample 0?
        edit: = signal. -> = F.pad(signal[None], [window_size // 2] * 2, mode="reflect")[0].
    padded with zeros by half a window
        half a window of zeros is put at both ends first
        At which sample does frame 0 begin?
        edit: = signal. -> = F.pad(signal, [window_size // 2] * 2).
    incomplete last frame kept
        a last, incomplete frame is filled up with zeros
        Only frames that lie wholly within the signal count. How many are there?
        edit: = signal. -> = F.pad(signal, (0, -(len(signal) - window_size) % hop)).
    last frame missing
        the last frame is missing
        A signal of exactly one window: how many frames, and what does your range give?
        edit: unfold(0, window_size, hop) -> unfold(0, window_size, hop)[:-1]
    """),
    hints=(
        "First cut frames: frame i begins at sample i * hop. signal.unfold does it in one step.",
        "Multiply each frame by torch.hann_window(window_size), then torch.fft.rfft, then .abs().",
        "log1p of the magnitudes; rfft gives (frames, frequencies), so turn it at the end.",
    ),
    solution="""\
def spectrogram(signal, window_size, hop):
    frames = signal.unfold(0, window_size, hop)  # (frames, window_size)
    window = torch.hann_window(window_size)
    magnitudes = torch.fft.rfft(frames * window).abs()  # (frames, frequencies)
    return magnitudes.log1p().T
""",
)
