"""Exercise of lesson 06: the learning rate of each step, up and then down again."""

from torch import Generator

from cnnlab.exercises.kit import Arguments, Exercise, crossed, integer, misconceptions_from

ASKED = {"one_cycle": ("Lesson 06.2", "06 training-changes")}


def _inputs(generator: Generator) -> list[Arguments]:
    cases: list[Arguments] = [(0, 9), (8, 9), (4, 9)]
    for steps, early, where in crossed(generator, 44, range(1, 45), range(6), range(4)):
        last = steps - 1
        places = min(early, last), last, integer(generator, 0, last), integer(generator, 0, last)
        cases.append((places[where], steps))
    return cases


ONE_CYCLE = Exercise(
    name="one_cycle",
    task="Return a step's share of the highest rate: up in a fifth of the steps, then down.",
    returns="one number, above 0 and at most 1",
    inputs=_inputs,
    facts={
        "step is the last": lambda step, steps: step == steps - 1,
        "step is in the first fifth": lambda step, steps: 5 * (step + 1) <= steps + 1,
    },
    misconceptions=misconceptions_from("""
    first step does nothing
        done counts from 0, so that the first step has rate 0
        What does the first step do to the weights if its rate is 0?
        edit: (step + 1) / (steps + 1) -> step / steps
    last step does nothing
        done reaches 1 at the last step, whose rate is then 0
        What does the last step do to the weights if its rate is 0?
        edit: (steps + 1) -> steps
    neither end does anything
        done goes from 0 to 1, so that both the first and the last step have rate 0
        What do two of the steps do to the weights if their rates are 0?
        edit: (step + 1) / (steps + 1) -> step / (steps - 1)
    counted from 0
        done counts the steps before this one, so that the first has rate 0
        How many of the steps + 1 parts are done when step number 0 is taken?
        edit: (step + 1) -> step
    never falls
        the rate rises in the first fifth and then stays
        How long are the last strides of someone who looks for the lowest point of a valley?
        edit: , falling) -> , 1.0)
    only falls
        the rate falls from the first step on
        Which weights does a network have when the first step is taken, and how far would it go?
        edit: min(rising, falling) -> 1 - done
    only rises
        the rate rises to the end
        How long are the last strides of someone who looks for the lowest point of a valley?
        edit: min(rising, falling) -> done
    top in the middle
        the rate rises in the first half and falls in the second
        After which share of the steps should the rate be highest?
        edit: 0.2 -> 0.5
        edit: 0.8 -> 0.5
    fifth at the end
        the rate rises in the first four fifths and falls in the last
        Which of the two takes longer, the way up or the way down?
        edit: 0.2 -> 0.8
        edit: 0.8 -> 0.2
    larger for smaller
        the larger of the two lines is taken
        Draw both lines. Which one lies lower at the first step, and which one at the last?
        edit: min( -> max(
    product for smaller
        the two lines are multiplied
        What is the highest rate of the product, and where?
        edit: min(rising, falling) -> rising * falling
    falls from the beginning
        the second line begins to fall at the first step, not at the top
        What does the second line say where the first one reaches 1?
        edit: (1 - done) / 0.8 -> 1 - done
    cosine for a line
        the rate falls as half a cosine, not as a line
        By how much does the rate change from step to step, in the middle and at the end?
        edit: return -> falling = torch.tensor(torch.pi / 2 * falling).sin().item()**2\\n    return
    five steps for a fifth
        the rate rises over five steps, not over a fifth of all
        In which unit does done count?
        edit: done / 0.2 -> (step + 1) / 5
    percentage
        the share is a percentage
        What is the largest share possible, as a fraction?
        edit: min(rising, falling) -> 100 * min(rising, falling)
    """),
    hints=(
        "How much is done after this step, as a share? No step should have 0 or all of it.",
        "Two lines, both 1 at a fifth: one is 0 where nothing is done, the other where all is.",
        "done = (step + 1) / (steps + 1); at every step the lower of the two lines counts.",
    ),
    solution="""\
def one_cycle(step, steps):
    done = (step + 1) / (steps + 1)
    rising, falling = done / 0.2, (1 - done) / 0.8
    return min(rising, falling)
""",
)
