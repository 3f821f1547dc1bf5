"""Draw Shapes-10: ten shapes of any color, place, size and rotation, made from a seed.

Each shape is a signed distance: negative inside, zero on the outline, positive outside.
A seed gives the same bytes on every machine: all random numbers come from one CPU generator,
distances are float64, and colors are whole numbers mixed with weights that are multiples of
1/64 and 1/256, which float32 adds and multiplies without rounding.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnlab.data.images import ImageData

CLASSES = (
    "disc",
    "square",
    "triangle",
    "star",
    "cross",
    "ring",
    "crescent",
    "hexagon",
    "frame",
    "wave",
)
POSITIONS = ("anywhere", "left", "right", "center")
CUES = ("shape", "color")
SIZE = 32  # pixels along each side; coordinates run from -1 to 1
RADII = (0.38, 0.60)  # smallest and largest shape, of half the image's width
SMALL = (0.36, 0.43)  # of those that stand in one half of the image
REACH = 1.15  # how far they may reach, in radii
CONTRAST = 60  # by which the shape is lighter than its background, of 255
TEXTURE = 25  # largest change by the soft background blotches, of 255
NOISE = 15  # largest change of one pixel by noise, of 255
CHUNK = 1000  # images drawn at once: small enough for the processor's cache


def shapes10(
    train_size: int = 10_000,
    test_size: int = 2_000,
    *,
    seed: int = 0,
    position: str = "anywhere",
    test_position: str | None = None,
    cue: str = "shape",
) -> ImageData:
    """Draw Shapes-10: 32x32 images of ten shapes; every class equally often.

    Args:
        seed: decides everything about the images.
        position: where shapes stand: "anywhere", "left", "right" or "center"; see `draw`.
        test_position: the same for the test images, where it differs.
        cue: "shape" (colors are random) or "color" (shapes are random, and the shape's
            color tells the class).
    """
    generator = torch.Generator().manual_seed(seed)
    train_labels = _balanced_labels(train_size, generator)
    train_images = draw(train_labels, generator, position=position, cue=cue)
    test_labels = _balanced_labels(test_size, generator)
    test_images = draw(test_labels, generator, position=test_position or position, cue=cue)
    return ImageData(
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        classes=CLASSES,
        name="shapes10",
        source="Shapes-10",
    )


def _balanced_labels(count: int, generator: torch.Generator) -> Tensor:
    labels = torch.arange(count) % len(CLASSES)
    return labels[torch.randperm(count, generator=generator)]


def draw(
    labels: Tensor,
    generator: torch.Generator,
    *,
    position: str = "anywhere",
    cue: str = "shape",
) -> Tensor:
    """Draw one image per label.

    Args:
        labels: the class of each image, 0 to 9.
        generator: a CPU generator; it alone decides every place, size, rotation and color.
        position: where the shape stands: "anywhere" in the image, its middle in the "center", or
            wholly in the "left" or the "right" half. There it is smaller, and from one half to the
            other the same generator moves the shape by 16 pixels and changes nothing else.
        cue: what gives the class away. "shape": colors are random. "color": the shape is
            random, and each class has a hue of its own.

    Shape:
        labels (N,) integer -> images (N, 3, 32, 32) uint8.
    """
    _require("position", position, POSITIONS)
    _require("cue", cue, CUES)
    images = torch.empty(len(labels), 3, SIZE, SIZE, dtype=torch.uint8)
    for drawn, chunk in zip(images.split(CHUNK), labels.split(CHUNK), strict=True):
        drawn.copy_(_draw_chunk(chunk, generator, position, cue))
    return images


def _draw_chunk(labels: Tensor, generator: torch.Generator, position: str, cue: str) -> Tensor:
    """Return float images (N, 3, 32, 32) from 0 to 255."""
    outlines = labels if cue == "shape" else _integers(0, len(CLASSES) - 1, labels.shape, generator)
    inside = _coverage(outlines, generator, position)[:, None]  # (N, 1, 32, 32)
    front, back = _two_colors(len(labels), generator)
    if cue == "color":
        front = _hues(labels)
    images = back[..., None, None] + _texture(len(labels), generator)
    images += inside * (front[..., None, None] - images)
    images += _integers(-NOISE, NOISE, images.shape, generator)
    return images.round_().clamp_(0, 255)


def _require(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name}={value!r} is not one of {', '.join(allowed)}.")


def _integers(low: int, high: int, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Return whole numbers from low to high, both included."""
    return torch.randint(low, high + 1, shape, generator=generator, dtype=torch.int16)


def _two_colors(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return the shape's color and a clearly darker one for the background, (N, 3) each."""
    one = _integers(0, 255, (count, 3), generator).float()
    other = _integers(0, 255, (count, 3), generator).float()
    one_is_lighter = one.sum(dim=1, keepdim=True) > other.sum(dim=1, keepdim=True)
    front, back = torch.where(one_is_lighter, one, other), torch.where(one_is_lighter, other, one)
    lack = (CONTRAST - (front - back).mean(dim=1, keepdim=True)).clamp(min=0).round()
    return (front + lack).clamp(max=255), (back - lack).clamp(min=0)


def _hues(labels: Tensor) -> Tensor:
    """Return one color per class, around the color circle: (N, 3)."""
    hue = labels[:, None] / len(CLASSES)
    offsets = torch.tensor([0, 1 / 3, 2 / 3])
    distance = ((hue + offsets) % 1 - 0.5).abs()  # from the hue where this channel peaks
    return ((2 - 6 * distance).clamp(0, 1) * 255).round()


def _texture(count: int, generator: torch.Generator) -> Tensor:
    """Return soft blotches of brightness and color (N, 3, 32, 32)."""
    coarse = _integers(-TEXTURE, TEXTURE, (count, 3, 4, 4), generator).float()
    return F.interpolate(coarse, scale_factor=8, mode="bilinear", align_corners=False)


def _coverage(labels: Tensor, generator: torch.Generator, position: str) -> Tensor:
    """Return how much of each pixel the shape covers, 0 to 1 in steps of 1/64: (N, 32, 32)."""
    draws = torch.rand(len(labels), 4, generator=generator, dtype=torch.float64)
    smallest, largest = SMALL if position in ("left", "right") else RADII
    radius = smallest + (largest - smallest) * draws[:, 0]
    angle = 2 * math.pi * draws[:, 1]
    room = 1 - radius  # the whole shape stays in the image
    across, down = (2 * draws[:, 2] - 1) * room, (2 * draws[:, 3] - 1) * room
    if position == "center":
        across, down = torch.zeros_like(across), torch.zeros_like(down)
    elif position in ("left", "right"):
        across = (2 * draws[:, 2] - 1) * (0.5 - REACH * radius) - 0.5
    covered = torch.empty(len(labels), SIZE, SIZE)
    middles = (2 * torch.arange(SIZE, dtype=torch.float64) + 1) / SIZE - 1  # of the pixels
    for label, distance in enumerate(_DISTANCES):
        chosen = (labels == label).nonzero()[:, 0]
        x = middles[None, None, :] - across[chosen, None, None]  # (n, 1, 32)
        y = middles[None, :, None] - down[chosen, None, None]  # (n, 32, 1)
        cos, sin = angle[chosen].cos()[:, None, None], angle[chosen].sin()[:, None, None]
        scale = radius[chosen, None, None]
        pixels = distance((cos * x + sin * y) / scale, (cos * y - sin * x) / scale) * scale
        covered[chosen] = ((0.5 - pixels * SIZE / 2).clamp(0, 1) * 64).round().float() / 64
    return covered.roll(SIZE // 2, 2) if position == "right" else covered


# Signed distances of shapes with radius 1. They may be bounds rather than exact distances
# away from the outline: only the sign and the last pixel matter.


def _disc(x: Tensor, y: Tensor) -> Tensor:
    return (x * x + y * y).sqrt() - 1


def _square(x: Tensor, y: Tensor) -> Tensor:
    return torch.maximum(x.abs(), y.abs()) - 0.75


def _polygon(x: Tensor, y: Tensor, sides: int, apothem: float) -> Tensor:
    turns = [2 * math.pi * side / sides for side in range(sides)]
    edges = [math.cos(turn) * x + math.sin(turn) * y for turn in turns]
    return torch.stack(edges).amax(dim=0) - apothem


def _triangle(x: Tensor, y: Tensor) -> Tensor:
    return _polygon(x, y, sides=3, apothem=0.5)


def _star(x: Tensor, y: Tensor) -> Tensor:
    """Five points: within one tenth of a turn, the outline is a straight line."""
    turn = torch.atan2(y, x)
    tenth = math.pi / 5
    folded = (torch.remainder(turn + tenth, 2 * tenth) - tenth).abs()
    radius = (x * x + y * y).sqrt()
    inner = 0.42
    edge_x, edge_y = inner * math.cos(tenth) - 1, inner * math.sin(tenth)
    length = math.hypot(edge_x, edge_y)
    along_x, along_y = radius * folded.cos() - 1, radius * folded.sin()
    return (along_y * -edge_x + along_x * edge_y) / length


def _cross(x: Tensor, y: Tensor) -> Tensor:
    arm, width = 0.95, 0.3
    upright = torch.maximum(x.abs() - width, y.abs() - arm)
    return torch.minimum(upright, torch.maximum(x.abs() - arm, y.abs() - width))


def _ring(x: Tensor, y: Tensor) -> Tensor:
    return ((x * x + y * y).sqrt() - 0.78).abs() - 0.22


def _crescent(x: Tensor, y: Tensor) -> Tensor:
    bite = 0.8 - ((x - 0.5) ** 2 + y * y).sqrt()
    return torch.maximum(_disc(x, y), bite)


def _hexagon(x: Tensor, y: Tensor) -> Tensor:
    return _polygon(x, y, sides=6, apothem=0.85)


def _frame(x: Tensor, y: Tensor) -> Tensor:
    return (torch.maximum(x.abs(), y.abs()) - 0.58).abs() - 0.18


def _wave(x: Tensor, y: Tensor) -> Tensor:
    band = (y - 0.42 * (4 * x).sin()).abs() * 0.6 - 0.15
    return torch.maximum(band, x.abs() - 0.95)


_DISTANCES = (
    _disc,
    _square,
    _triangle,
    _star,
    _cross,
    _ring,
    _crescent,
    _hexagon,
    _frame,
    _wave,
)
