"""One of each widget, for the tests of all widgets, in Python and in a browser."""

import torch

from cnnlab import data, models, widgets

QUESTIONS = [
    {
        "question": "`padding=1` and a 3x3 kernel: what happens to the width?",
        "options": {"It shrinks": "That is without padding.", "It stays": "As many as it takes."},
        "answer": "It stays",
    },
    {
        "question": "Who learns more numbers?",
        "options": {"A dense layer": "By far.", "A convolution": "It shares its </script> kernel."},
        "answer": "A dense layer",
    },
]


def network():
    torch.manual_seed(0)
    return models.SmallCNN(3, widths=(4, 20, 4, 4))


def picture():
    return torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0))


def explorer():
    pictures = torch.stack([picture(), 1 - picture()])
    classes = ["cat", "dog", "frog"]
    return widgets.NetworkExplorer(network(), pictures, classes=classes, labels=[2, 0])


def frames():
    pictures = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    bars = torch.eye(4)[:, :3] * 0.8
    captions = [*(f"Noise number {number}." for number in range(3)), "The last </script>."]
    return widgets.Frames(pictures, captions, bars=bars, classes=["cat", "dog", "frog"])


def learning(**options):
    return widgets.Learning(data.shapes10(300, 60), **options)


def prediction():
    common = {1024: "That is sharing alone.", 110: "That is locality alone."}
    return widgets.Prediction("ratio", "How many times fewer?", unit="times", common=common)


def choice():
    question = "Is stride 3 the same as every third of `stride=1`?"
    common = {"No": "Both stop at the same places."}
    return widgets.Prediction("stride", question, choices=["Yes", "No"], common=common)


class Brightness(torch.nn.Module):
    """Tells dark from bright."""

    classes = ("dark", "bright")

    def forward(self, images):
        mean = images.mean(dim=(1, 2, 3))
        return 10 * torch.stack([0.5 - mean, mean - 0.5], dim=1)


def photograph():
    return widgets.Photograph(Brightness(), picture())


EVERY = {  # by the name of its class, and after a comma in what state
    "ConvolutionStepper": lambda: widgets.ConvolutionStepper(padding=1),
    "CostTable": lambda: widgets.CostTable(),
    "Frames": lambda: frames(),
    "GradientStamps": lambda: widgets.GradientStamps(),
    "KernelPainter": lambda: widgets.KernelPainter(),
    "Learning": lambda: learning(),
    "NetworkExplorer": lambda: explorer(),
    "OutputSizeRuler": lambda: widgets.OutputSizeRuler(32, 3, dilation=2),
    "Photograph": lambda: photograph(),
    "Prediction": lambda: prediction(),
    "Prediction, a choice": lambda: choice(),
    "Prediction, compared": lambda: prediction().compare(112_384),
    "PredictionSummary": lambda: widgets.PredictionSummary(prediction(), choice()),
    "Quiz": lambda: widgets.Quiz(QUESTIONS),
    "ReceptiveField": lambda: widgets.ReceptiveField(network(), picture()),
}
