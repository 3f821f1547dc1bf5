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


def feedback():
    made = widgets.Feedback("03_counting")
    made.repository = ""  # as long as the course has no address
    return made


def learning(**options):
    return widgets.Learning(data.shapes10(300, 60), **options)


def prediction():
    common = {1024: "That is sharing alone.", 110: "That is locality alone."}
    return widgets.Prediction("ratio", "How many times fewer?", unit="times", common=common)


def choice():
    question = "Is stride 3 the same as every third of `stride=1`?"
    common = {"No": "Both stop at the same places."}
    return widgets.Prediction("stride", question, choices=["Yes", "No"], common=common)


def _item(name, lesson, **variant):
    enters = {"quizzes": "q"}
    return {
        "id": f"quiz/{name}",
        "lesson": lesson,
        "section": "What is shared",
        "enters": enters,
        "variants": [variant],
    }


ITEMS = [  # of a review, one of each kind
    _item(
        "width",
        "02_sliding_window",
        kind="choice",
        question=QUESTIONS[0]["question"],
        options=[
            ["It shrinks", "That is without padding."],
            ["It stays", "Yes. As many as it takes."],
        ],
        answer=1,
    ),
    _item(
        "ratio",
        "03_counting",
        kind="number",
        question="A 3x3 `Conv2d` from 3 to 8 channels: how many weights?",
        answer=216,
        unit="weights",
        within=0,
        common=[[72, "That forgets the input channels."]],
        reason="3 x 8 x 9.",
    ),
    _item(
        "shape",
        "03_counting",
        kind="shape",
        question="Which shape has its weight?",
        answer=[8, 3, 3, 3],
        unit="",
        within=0,
        common=[],
    ),
    _item(
        "word",
        "07_inside_the_network",
        kind="word",
        question="What does the first layer look for, in a word?",
        answer="edges",
        unit="",
        within=0,
        common=[],
    ),
]


def review(**state):
    """A review as an exported page shows it: of the lessons that its learner has done."""
    return widgets.Review(**{"items": ITEMS, "keeps": "file", **state})


class Brightness(torch.nn.Module):
    """Tells dark from bright."""

    classes = ("dark", "bright")

    def forward(self, images):
        mean = images.mean(dim=(1, 2, 3))
        return 10 * torch.stack([0.5 - mean, mean - 0.5], dim=1)


def photograph():
    return widgets.Photograph(Brightness(), picture())


ROUND = {"form": "A", "answers": [0, 1, 2, 3, None, 0] * 3}


def inventory(when="before", **rounds):
    asked = widgets.Inventory(when)
    asked.record = {"learner": {"id": "0123456789abcdef"}, **rounds}
    return asked


EVERY = {  # by the name of its class, and after a comma in what state
    "ConvolutionStepper": lambda: widgets.ConvolutionStepper(padding=1),
    "CostTable": lambda: widgets.CostTable(),
    "Feedback": lambda: feedback(),
    "Frames": lambda: frames(),
    "GradientStamps": lambda: widgets.GradientStamps(),
    "Inventory": lambda: widgets.Inventory("before"),
    "Inventory, begun": lambda: inventory(begun={"before": {**ROUND, "at": 3}}),
    "Inventory, after": lambda: inventory("after", before=ROUND, after={**ROUND, "form": "B"}),
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
    "Review": lambda: review(),
    "Review, offered": lambda: review(folded=True),
}


LONG_QUESTIONS = [  # as long as the longest of the lessons
    {
        "question": "11x11 pixels, a 3x3 kernel, `padding=1, stride=2`: how large is the output?",
        "options": {
            "6x6": "The floor of 10 / 2, and 1: the last window ends on the last padded column.",
            "5x5": "That forgets the first place, which no stride has to be taken for.",
            "11x11": "That is with `stride=1`, where padding makes up for what the kernel takes.",
        },
        "answer": "6x6",
    }
] * 4


def pretrained():
    """The explorer of lesson 07: the network that comes with the package."""
    network = models.pretrained()
    images = data.shapes10(4, 4).test_images[:4]
    explorer = widgets.NetworkExplorer(network, images, classes=network.classes, until="group2.3")
    explorer.step = [step["name"] for step in explorer.steps].index("group2.0")
    explorer.cell = [7, 7]
    return explorer


def two_channels(**options):
    red = [[1, 2, 0, 1], [0, 3, 1, 1], [2, 1, 0, 2], [1, 0, 1, 3]]
    green = [[0, 1, 1, 0], [2, 0, 1, 2], [1, 1, 3, 0], [0, 2, 1, 1]]
    kernels = [[[1, 0], [0, 1]], [[0, -1], [2, 0]]]
    return widgets.ConvolutionStepper([red, green], kernels, bias=0.5, **options)


NUMBERS = [[-12, 0.33, 1024, -0.125], [0.33, -0.125, -12, 1024]] * 2

ON_SLIDES = {  # as lessons show them, too; the inventory is for each alone, and on no slide
    **{name: make for name, make in EVERY.items() if not name.startswith("Inventory")},
    "ConvolutionStepper, two channels": lambda: two_channels(controls=False),
    "ConvolutionStepper, predicted": lambda: widgets.ConvolutionStepper(predict=True),
    "ConvolutionStepper, long numbers": lambda: widgets.ConvolutionStepper(NUMBERS),
    "Learning, shapes": lambda: widgets.Learning(),
    "NetworkExplorer, pretrained": lambda: pretrained(),
    "Photograph, ten classes": lambda: widgets.Photograph(
        models.pretrained(), data.photographs(224)["cat"]
    ),
    "Quiz, four questions": lambda: widgets.Quiz(LONG_QUESTIONS),
}
