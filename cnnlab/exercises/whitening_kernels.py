"""Exercise of lesson 11: the kernels of a first layer that whitens patches."""

from typing import Any

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import (
    Arguments,
    Exercise,
    crossed,
    misconceptions_from,
    plain,
    turned,
    whole_numbers,
)

ASKED = {"whitening_kernels": ("Lesson 11.2", "11 whitening-intro")}

PARTS = ("kernels sorted by length", "bias in the same order")


def _extract(returned: Any, _: Arguments) -> Any:
    """Put the kernels in one order, and turn each so that its largest number is positive."""
    answer = plain(returned)
    if not (isinstance(answer, tuple) and len(answer) == 2 and all(map(torch.is_tensor, answer))):
        return answer
    kernels, bias = answer
    if kernels.dim() == 2 and kernels.shape[:1] == bias.shape:
        largest = kernels.abs().argmax(dim=1, keepdim=True)
        sign = kernels.gather(1, largest).sign()[:, 0]
        order = kernels.norm(dim=1).argsort()
        kernels, bias = (sign[:, None] * kernels)[order], (sign * bias)[order] + 0.0  # no -0
    return dict(zip(PARTS, (kernels, bias), strict=True))


def _inputs(generator: Generator) -> list[Arguments]:
    cases = []
    choices = (range(2, 7), range(1, 25), (0.1, 0.5, 1.0, 2.0), (True, False))
    for width, more, epsilon, in_order in crossed(generator, 36, *choices):
        patches = _patches(generator, width + more, width)
        cases.append((patches if in_order else turned(patches), epsilon))
    return cases


def _patches(generator: Generator, count: int, width: int) -> Tensor:
    """Return patches with eigenvalues 4, 8, 12, ...: far enough apart for float32 to tell."""
    columns = torch.randn(count, width, generator=generator, dtype=torch.float64, device="cpu")
    columns = torch.cat([torch.ones_like(columns[:, :1]), columns], dim=1)
    centered = torch.linalg.qr(columns).Q[:, 1:] * (count - 1) ** 0.5  # each of variance 1
    square = torch.randn(width, width, generator=generator, dtype=torch.float64, device="cpu")
    directions = torch.linalg.qr(square).Q
    deviations = 2 * torch.arange(1, width + 1, device="cpu").sqrt()
    return centered * deviations @ directions.T + whole_numbers(generator, width)


WHITENING_KERNELS = Exercise(
    name="whitening_kernels",
    task="Return kernels and bias that make the numbers of a patch uncorrelated and alike in size.",
    returns="a pair of tensors, kernels (d, d) and bias (d,)",
    inputs=_inputs,
    extract_answer=_extract,
    axes={PARTS[0]: ("kernel", "number"), PARTS[1]: ("kernel",)},
    misconceptions=misconceptions_from("""
    not transposed
        the scaled eigenvectors are left in the columns, where the kernels should be rows
        Which numbers does kernels @ patch multiply with a patch: those of a row or of a column?
        edit: deviations).T -> deviations)
    rows taken for eigenvectors
        the rows of eigh's matrix are taken for the eigenvectors
        Where does torch.linalg.eigh put an eigenvector: in a row or in a column?
        edit: (directions / -> (directions.T /
    numbers scaled, not kernels
        the j-th number of each kernel is divided by the j-th root, not the j-th kernel
        Along which axis does a division by a vector of d numbers go?
        edit: (directions / -> (directions.T /
        edit: deviations).T -> deviations)
    multiplied by the root
        the eigenvectors are multiplied by the roots, not divided
        Which direction of the patches should be made smaller?
        edit: directions / deviations -> directions * deviations
    divided by the variance
        the eigenvectors are divided by the eigenvalue itself, not by its root
        If all numbers are multiplied by 10, by how much does a variance grow?
        edit: torch.sqrt(variances -> (variances
    not scaled
        the eigenvectors keep their length 1
        How much do the outputs vary then, compared with each other?
        edit: = (directions / deviations) -> = directions
    epsilon forgotten
        epsilon is not used
        What becomes of a direction that does not vary at all?
        edit: variances + epsilon -> variances
    epsilon outside the root
        epsilon is added to the root, not to the eigenvalue
        What is under the root in the lesson's formula?
        edit: variances + epsilon -> variances) + (epsilon
    epsilon times the mean variance
        epsilon is multiplied by the mean of the eigenvalues
        The lesson's floor was such a product. What is handed over here?
        edit: + epsilon -> + variances.mean() * epsilon
    eigenvalues in another order
        the eigenvalues are in the opposite order of the eigenvectors
        Which eigenvalue does torch.linalg.eigh put first, and which eigenvector?
        edit: / deviations -> / deviations.flip(0)
    no bias
        the bias is zero
        What is the mean of an output, if the mean of the patches is not 0?
        edit: -kernels @ patches.mean(dim=0) -> torch.zeros(len(kernels))
    sign of the bias
        the bias has the opposite sign
        What is the output for the mean patch, and what should it be?
        edit: -kernels -> kernels
    mean not put through the kernels
        the bias is the mean of the patches with its sign turned
        The bias is added after the kernels. What have they made of the mean by then?
        edit: -kernels @ patches -> -patches
    second moment
        the mean is not subtracted before the products of the covariance are taken
        Does a covariance change if 100 is added to every number?
        edit: torch.cov(patches.T) -> patches.T @ patches / (len(patches) - 1)
    correlation
        the correlation takes the place of the covariance
        Does a correlation know how much the numbers vary?
        edit: torch.cov -> torch.corrcoef
    divided by N
        the covariance is divided by N, not by N - 1
        What does torch.cov divide by, unless it is told otherwise?
        edit: torch.cov(patches.T) -> torch.cov(patches.T) * (len(patches) - 1) / len(patches)
    not rotated
        each number is divided by its own standard deviation, without the eigenvectors
        Are two neighboring numbers uncorrelated after that?
        edit: torch.linalg.eigh(covariance) -> covariance.diag(), torch.eye(len(patches.T)).double()
    rotated back
        the whitened patches are turned back to the axes of the pixels (this is called ZCA)
        What should row i of the kernels be, but for its length?
        edit: deviations).T -> deviations).T\\n    kernels = directions @ kernels
    """),
    hints=(
        "The covariance of the d numbers: torch.cov wants one number of the patch in each row.",
        "torch.linalg.eigh gives the eigenvalues, and the eigenvectors as columns.",
        "Each eigenvector over the root of (eigenvalue + epsilon), as a row; bias -kernels @ mean.",
    ),
    solution="""\
def whitening_kernels(patches, epsilon):
    covariance = torch.cov(patches.T)
    variances, directions = torch.linalg.eigh(covariance)
    deviations = torch.sqrt(variances + epsilon)
    kernels = (directions / deviations).T
    return kernels, -kernels @ patches.mean(dim=0)
""",
)
