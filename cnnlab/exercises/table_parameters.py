"""table_parameters: what a layer like C3 of LeNet-5 learns."""

from torch import Generator

from cnnlab.exercises.kit import Arguments, Exercise, crossed, integer, misconceptions_from
from cnnlab.models import C3_TABLE

ASKED = {"table_parameters": ("Lesson 03.5", "03 table-intro")}


def _table_parameters_inputs(generator: Generator) -> list[Arguments]:
    drawn = crossed(generator, 40, range(1, 9), (1, 2, 3, 4), range(4), range(1, 8))
    return [(((0,), (0, 1), (1, 2, 3)), 3), (((0, 1), (2,)), 2), (C3_TABLE, 5)] + [
        (tuple(_maps(generator, least, least + more) for _ in range(rows)), kernel_size)
        for rows, least, more, kernel_size in drawn
    ]


def _maps(generator: Generator, *ends: int) -> tuple[int, ...]:
    first = integer(generator, 0, 3)
    return tuple(range(first, first + integer(generator, *ends)))


TABLE_PARAMETERS = Exercise(
    name="table_parameters",
    task="Count what a layer like C3 learns; table[o] lists the input maps that output o reads.",
    returns="one whole number",
    inputs=_table_parameters_inputs,
    facts={
        "every output map reads as many maps": lambda table, **_: len(set(map(len, table))) == 1,
        "an output map reads one map only": lambda table, **_: min(map(len, table)) == 1,
    },
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
