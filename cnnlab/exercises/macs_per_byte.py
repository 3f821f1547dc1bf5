"""Exercise of lesson 09: how much work a layer does for each byte it moves."""

from torch import Generator

from cnnlab.exercises.kit import Arguments, Exercise, crossed, integer, misconceptions_from

ASKED = {"macs_per_byte": ("Lesson 09.3", "09 roofline-intro")}


def _inputs(generator: Generator) -> list[Arguments]:
    cases: list[Arguments] = [(1_000, 100, 50, 20, 10), (41_000, 40_960, 4_096, 10, 1)]
    batches = (1, 1, 2, 3, 4, 5, 8, 10, 64)
    # The sizes of a layer's numbers have no order: each is the largest somewhere.
    for *powers, batch in crossed(generator, 40, *[range(6)] * 4, batches):
        cases.append((*(integer(generator, 1, 9) * 10**power for power in powers), batch))
    return cases


MACS_PER_BYTE = Exercise(
    name="macs_per_byte",
    task="Return the MACs that a layer does on a batch for each byte it reads or writes.",
    returns="one number, MACs per byte",
    inputs=_inputs,
    facts={"batch is 1": lambda macs, weights, inputs, outputs, batch: batch == 1},
    misconceptions=misconceptions_from("""
    numbers for bytes
        numbers are counted, not bytes
        How many bytes does one float32 number take?
        edit: 4 * (weights -> (weights
    weights for every image
        the weights are read anew for every image, so that the batch makes no difference
        The weights are the same for the whole batch. How often must they be read?
        edit: (weights + -> (batch * weights +
    macs of one image
        the MACs are those of one image, the bytes those of the batch
        If the batch is twice as large, how much more work is there?
        edit: batch * macs -> macs
    activations of one image
        the inputs and outputs are those of one image, the MACs those of the batch
        If the batch is twice as large, how many inputs are read?
        edit: batch * (inputs -> (inputs
    weights forgotten
        the weights move no bytes
        Where are the weights before the layer begins?
        edit: (weights + batch -> (batch
    inputs forgotten
        the inputs move no bytes
        Where are the inputs before the layer begins?
        edit: (inputs + -> (0 +
    outputs forgotten
        the outputs move no bytes
        Where do the outputs go when the layer is done?
        edit: + outputs) -> + 0)
    two operations
        the answer is twice as large: a MAC counts as two operations, or a number as two bytes
        Are MACs asked for, or multiplications and additions? And how many bytes has a float32?
        edit: batch * macs -> batch * macs * 2
    upside down
        the bytes are divided by the MACs
        Which of the two does "MACs per byte" divide by?
        edit: return work / moved -> return moved / work
    """),
    hints=(
        "Work over traffic: the MACs of the whole batch, divided by the bytes of the whole batch.",
        "Inputs and outputs come once per image, the weights once per batch; 4 bytes a number.",
        "batch * macs / (4 * (weights + batch * (inputs + outputs))).",
    ),
    solution="""\
def macs_per_byte(macs, weights, inputs, outputs, batch):
    work = batch * macs
    moved = 4 * (weights + batch * (inputs + outputs))
    return work / moved
""",
)
