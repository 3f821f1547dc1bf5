"""compare and compare_pairs: did a change do anything, and how sure is that?"""

from statistics import mean

from torch import Generator

from cnnlab.exercises.kit import Arguments, Exercise, crossed, integer, misconceptions_from

ASKED = {
    "compare": ("Homework 5.3", "06 ladder-intro", 2),
    "compare_pairs": ("Homework 5.4", "06 ladder-intro", 2),
}

# A difference lies within so many standard errors in 95 % of experiments, by degrees of freedom:
# Student (1908), Biometrika 6, here to six digits.
T95 = {1: 12.7062, 2: 4.30265, 3: 3.18245, 4: 2.77645, 5: 2.57058}
T95 |= {6: 2.44691, 7: 2.36462, 8: 2.306, 9: 2.26216, 10: 2.22814}


def _inputs(generator: Generator) -> list[Arguments]:
    """Draw two sets of two to six accuracies; each run has its own share of luck, in both."""
    cases = []
    for count, _ in crossed(generator, 40, range(2, 7), range(4)):
        luck = [integer(generator, 800, 1600) for _ in range(count)]
        before, after = ([each + integer(generator, -300, 300) for each in luck] for _ in range(2))
        cases.append(tuple(tuple(run / 2000 for run in runs) for runs in (before, after)))
    return cases


REVERSED = """
    difference reversed
        the difference is before - after
        Which sign should an improvement have?
        edit: {reversed}
    divided by n
        the variance is divided by the number of runs, not by one less
        How much does one single run tell about the spread?
        edit: mean, variance -> mean, pvariance as variance
    standard error for the interval
        the standard error is returned, without t
        By how many of them does chance move a difference in one experiment of twenty?
        edit: {t} * ->
    two for t
        t is taken to be 2, however few runs there are
        What does the table say for so few degrees of freedom, and why is it more than 2?
        edit: {t} -> 2
    whole width
        the whole width of the interval is returned, not half of it
        From where to where does "difference plus or minus half-width" go?
        edit: {t} -> 2 * {t}
    runs counted for degrees of freedom
        the number of runs is taken for the degrees of freedom
        Each mean that a spread is measured from costs one. How many means are there?
        edit: {t} -> T95[{runs}]
"""
FACTS = {"the mean falls": lambda before, after: mean(before) > mean(after)}
TABLE = f"T95 = {T95}\n\n\n"

COMPARE = Exercise(
    name="compare",
    task="Return (after - before) of the mean accuracies of independent runs, and the half-width "
    "of its 95 % interval.",
    returns="a pair of numbers (difference, half-width)",
    inputs=_inputs,
    facts=FACTS,
    misconceptions=misconceptions_from(
        REVERSED.format(
            reversed="mean(after) - mean(before) -> mean(before) - mean(after)",
            t="T95[2 * n - 2]",
            runs="n",
        )
        + """
    divided by n for its root
        each standard deviation is divided by n, not by its root
        Four times as many runs: how much smaller does the error of their mean become?
        edit: squares = -> squares = 1 / n *
    spread of single runs
        the spread of single runs is taken, not that of their means
        Does the mean of 30 runs vary as much as that of 3?
        edit: squares = -> squares = n *
    variance for error
        the variance of the difference is taken, not its root
        In which unit is a variance of accuracies?
        edit: squares**0.5 -> squares
    errors added up
        the two errors are added up
        Two independent errors sometimes cancel. How do their squares combine?
        edit: squares**0.5 -> (variance(before) ** 0.5 + variance(after) ** 0.5) / n**0.5
    paired
        each run before is paired with one after, although they are independent
        Which run before belongs to the first run after, and what do they share?
        edit: T95[2 * n - 2] -> T95[n - 1]
        edit: (variance(before) + variance(after)) -> \
variance([b - a for a, b in zip(before, after)])
    """
    ),
    hints=(
        "The standard error of a mean of n runs is s / sqrt(n); s comes from statistics.stdev.",
        "Errors of independent means add up as squares: s1 * s1 / n + s2 * s2 / n, then the root.",
        "The half-width is T95[2 * n - 2] times that root.",
    ),
    solution=TABLE
    + """\
def compare(before, after):
    from statistics import mean, variance

    n = len(before)
    squares = (variance(before) + variance(after)) / n
    return mean(after) - mean(before), T95[2 * n - 2] * squares**0.5
""",
)

COMPARE_PAIRS = Exercise(
    name="compare_pairs",
    task="Return the mean change of the accuracy from each run to its partner, and the half-width "
    "of its 95 % interval.",
    returns="a pair of numbers (difference, half-width)",
    inputs=_inputs,
    facts=FACTS,
    misconceptions=misconceptions_from(
        REVERSED.format(reversed="b - a for -> a - b for", t="T95[n - 1]", runs="n")
        + """
    divided by n for its root
        the standard deviation is divided by n, not by its root
        Four times as many pairs: how much smaller does the error of their mean become?
        edit: / n**0.5 -> / n
    spread of single changes
        the spread of single changes is taken, not that of their mean
        Does the mean of 30 changes vary as much as that of 3?
        edit: / n**0.5 ->
    independent
        the pairs are torn apart: each set has a spread of its own
        What do two runs of one seed share, and is it left in their difference?
        edit: variance(changes) -> (variance(before) + variance(after))
        edit: T95[n - 1] -> T95[2 * n - 2]
    """
    ),
    hints=(
        "First the list of changes, after - before, one for each pair.",
        "Then it is one set of n numbers: their mean, and s / sqrt(n) of them.",
        "The half-width is T95[n - 1] times that standard error.",
    ),
    solution=TABLE
    + """\
def compare_pairs(before, after):
    from statistics import mean, variance

    n = len(before)
    changes = [b - a for a, b in zip(before, after, strict=True)]
    return mean(changes), T95[n - 1] * variance(changes) ** 0.5 / n**0.5
""",
)
