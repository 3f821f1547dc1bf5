"""Exercise of lesson 09: how much work a layer does for each byte it moves."""

from torch import Generator

from cnnlab.exercises.kit.exercise import (
    Arguments,
    Exercise,
    Switches,
    integer,
    misconceptions_from,
)

ASKED = {"macs_per_byte": ("Lesson 09.3", "09 roofline-intro")}


def _macs_per_byte(
    switches: Switches, macs: int, weights: int, inputs: int, outputs: int, batch: int
) -> float:
    pictures = 1 if "activations of one image" in switches else batch
    read = 0 if "inputs forgotten" in switches else inputs
    written = 0 if "outputs forgotten" in switches else outputs
    learned = 0 if "weights forgotten" in switches else weights
    if "weights for every image" in switches:
        learned = learned * batch
    numbers = learned + pictures * (read + written)
    moved = numbers * (1 if "numbers for bytes" in switches else 4)
    work = macs * (1 if "macs of one image" in switches else batch)
    work = 2 * work if "two operations" in switches else work
    return moved / work if "upside down" in switches else work / moved


def _inputs(generator: Generator) -> list[Arguments]:
    cases = [(1_000, 100, 50, 20, 10), (41_000, 40_960, 4_096, 10, 1)]
    for batch in (3, 64):
        sizes = (integer(generator, 2, 9) * 10**power for power in (6, 3, 4, 3))
        cases.append((*sizes, batch))
    return cases


MACS_PER_BYTE = Exercise(
    name="macs_per_byte",
    task="Return the MACs that a layer does on a batch for each byte it reads or writes.",
    returns="one number, MACs per byte",
    model=_macs_per_byte,
    inputs=_inputs,
    facts={"batch is 1": lambda macs, weights, inputs, outputs, batch: batch == 1},
    misconceptions=misconceptions_from("""
    numbers for bytes
        numbers are counted, not bytes
        How many bytes does one float32 number take?
    weights for every image
        the weights are read anew for every image, so that the batch makes no difference
        The weights are the same for the whole batch. How often must they be read?
    macs of one image
        the MACs are those of one image, the bytes those of the batch
        If the batch is twice as large, how much more work is there?
    activations of one image
        the inputs and outputs are those of one image, the MACs those of the batch
        If the batch is twice as large, how many inputs are read?
    weights forgotten
        the weights move no bytes
        Where are the weights before the layer begins?
    inputs forgotten
        the inputs move no bytes
        Where are the inputs before the layer begins?
    outputs forgotten
        the outputs move no bytes
        Where do the outputs go when the layer is done?
    two operations
        a MAC is counted as two operations
        Is the answer asked for in MACs, or in multiplications and additions?
    upside down
        the bytes are divided by the MACs
        Which of the two does "MACs per byte" divide by?
    """),
    hints=(
        "Work over traffic: the MACs of the whole batch, divided by the bytes of the whole batch.",
        "Inputs and outputs come once per image, the weights once per batch; 4 bytes a number.",
        "batch * macs / (4 * (weights + batch * (inputs + outputs))).",
    ),
    solution="""\
def macs_per_byte(macs, weights, inputs, outputs, batch):
    numbers = weights + batch * (inputs + outputs)
    return batch * macs / (4 * numbers)
""",
)

EXERCISES = (MACS_PER_BYTE,)
