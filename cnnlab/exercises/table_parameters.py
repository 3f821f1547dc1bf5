"""table_parameters: what a layer like C3 of LeNet-5 learns."""

from cnnlab.exercises.kit import Exercise, integer, misconceptions_from
from cnnlab.models import C3_TABLE

ASKED = {"table_parameters": ("Lesson 03.4", "03 table-intro")}

TABLE_PARAMETERS = Exercise(
    name="table_parameters",
    task="Count what a layer like C3 learns; table[o] lists the input maps that output o reads.",
    returns="one whole number",
    inputs=lambda generator: [
        (((0,), (0, 1), (1, 2, 3)), 3),
        (C3_TABLE, 5),
        (((0, 1), (2, 3), (0, 2, 4)), integer(generator, 2, 6)),
    ],
    misconceptions=misconceptions_from("""
    full table
        every output map is taken to read every input map
        How many kernels does an output map need that reads three maps?
        edit: len(maps) -> max(map(max, table)) + 1
    one kernel per output
        one kernel is counted for each output map
        Do two input maps share a kernel?
        edit: len(maps) -> 1
    kernel not squared
        a kernel is counted with one row
        How many numbers has a kernel of 5 x 5?
        edit: kernel_size**2 -> kernel_size
    bias forgotten
        the biases are not counted
        What else does each output map learn, beside its kernels?
        edit: kernel_size**2 + len(table) -> kernel_size**2
    bias per kernel
        one bias is counted for each kernel
        How many numbers are added to one output map?
        edit: + len(table) -> + kernels
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
