"""table_parameters: what a layer like C3 of LeNet-5 learns."""

from cnnlab.exercises.kit.exercise import Exercise, Switches, integer, misconceptions_from
from cnnlab.models import C3_TABLE

ASKED = {"table_parameters": ("Lesson 03.4", "03 table-intro")}


def _table_parameters(switches: Switches, table: tuple, kernel_size: int) -> int:
    maps = len({i for seen in table for i in seen})
    counts = [maps if "full table" in switches else len(seen) for seen in table]
    if "one kernel per output" in switches:
        counts = [1 for _ in table]
    numbers = kernel_size if "kernel not squared" in switches else kernel_size**2
    weights = sum(counts) * numbers
    biases = sum(counts) if "bias per kernel" in switches else len(table)
    return weights if "bias forgotten" in switches else weights + biases


TABLE_PARAMETERS = Exercise(
    name="table_parameters",
    task="Count what a layer like C3 learns; table[o] lists the input maps that output o reads.",
    returns="one whole number",
    model=_table_parameters,
    inputs=lambda generator: [
        (((0,), (0, 1), (1, 2, 3)), 3),
        (C3_TABLE, 5),
        (((0, 1), (2, 3), (0, 2, 4)), integer(generator, 2, 6)),
    ],
    misconceptions=misconceptions_from("""
    full table
        every output map is taken to read every input map
        How many kernels does an output map need that reads three maps?
    one kernel per output
        one kernel is counted for each output map
        Do two input maps share a kernel?
    kernel not squared
        a kernel is counted with one row
        How many numbers has a kernel of 5 x 5?
    bias forgotten
        the biases are not counted
        What else does each output map learn, beside its kernels?
    bias per kernel
        one bias is counted for each kernel
        How many numbers are added to one output map?
    """),
    hints=(
        "Each entry of the table is a connection between two maps. What does a connection learn?",
        "Add up the lengths of the rows: so many kernels are learned.",
        "Kernels times kernel_size squared, and one bias for each row.",
    ),
    solution="""\
def table_parameters(table, kernel_size):
    kernels = sum(len(maps) for maps in table)
    return kernels * kernel_size**2 + len(table)
""",
)


EXERCISES = (TABLE_PARAMETERS,)
