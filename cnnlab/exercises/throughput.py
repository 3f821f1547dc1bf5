"""Exercise of lesson 11: images per second of a device that works asynchronously."""

from dataclasses import dataclass
from typing import Any

from torch import Generator

from cnnlab.exercises.kit import Arguments, Exercise, crossed, integer, misconceptions_from, plain

ASKED = {"throughput": ("Lesson 11.1", "11 clock-intro")}

COMPILED, FIRST = 40, 5  # how many steps' time the first call takes, on the host and on the device
BATCHES = (1, 2, 3, 5, 7, 8, 32, 50, 64, 125)
UNTIMED = "a number without a look at the clock"


@dataclass(frozen=True)
class StepSpec:
    """How long a step takes, in milliseconds: to queue it, and on the device."""

    queued: float
    done: float

    def __str__(self) -> str:
        return f"a step of {self.done:g} ms that is queued in {self.queued:g} ms"


class Device:
    """A device that works later than it is called. Nothing sleeps: only the work moves the clock.

    Attributes:
        now: what the clock says, in seconds.
        free: when the device will be done with all that is queued.
        steps: how many were queued.
        looks: how often the clock was read.
    """

    def __init__(self, spec: StepSpec) -> None:
        self.queued, self.done = spec.queued / 1000, spec.done / 1000
        self.now = self.free = 5000.0
        self.steps = self.looks = 0

    def step(self) -> None:
        first = self.steps == 0
        self.now += COMPILED * self.done if first else self.queued
        self.free = max(self.now, self.free) + self.done * (FIRST if first else 1)
        self.steps += 1

    def wait(self) -> None:
        self.now = max(self.now, self.free)

    def clock(self) -> float:
        self.looks += 1
        return self.now


def _prepare(arguments: Arguments) -> Arguments:
    spec, _, _, batch_size, steps = arguments
    device = Device(spec)
    return device.step, device.wait, device.clock, batch_size, steps


def _extract(returned: Any, prepared: Arguments) -> Any:
    answer = plain(returned)
    if not isinstance(answer, int | float):
        return answer
    device: Device = prepared[2].__self__
    return float(answer) if device.looks else UNTIMED  # the true time would be another every time


def _inputs(generator: Generator) -> list[Arguments]:
    cases = []
    for batch_size, steps, queued in crossed(generator, 36, BATCHES, range(1, 13), range(2, 10)):
        done = integer(generator, 10, 30)
        cases.append((StepSpec(done * queued / 100, done), "wait", "clock", batch_size, steps))
    return cases


THROUGHPUT = Exercise(
    name="throughput",
    task="Return the images per second over a number of steps, the first call not counted.",
    returns="one number, images per second",
    inputs=_inputs,
    prepare_arguments=_prepare,
    extract_answer=_extract,
    misconceptions=misconceptions_from("""
    clock started before the warm-up
        the clock is read before the first call, so that the warm-up is timed as well
        Which call should lie outside the two looks at the clock?
        edit: step()  # -> start = clock()\\n    step()  #
        edit: start = clock()\\n    for -> for
    no wait at the end
        the clock is read while the device is still at work: only the queueing is timed
        What has been done when step() returns, and what has only been queued?
        edit: wait()\\n    seconds -> seconds
    no wait after the warm-up
        the device is still at work on the first call when the timing starts
        Is the device idle when you read the clock for the first time?
        edit: wait()\\n    start -> start
    wait after every step
        no step is queued while the device works on the one before it
        What could the processor do while the device works on the step before?
        edit: range(steps):\\n        step() -> range(steps):\\n        step()\\n        wait()
    first call timed
        the first call is one of the steps timed
        What does the first call do that no later one does?
        edit: step()  # the warm-up\\n    wait()\\n    start -> start
    batch size forgotten
        steps per second are returned, not images
        How many images does one step go through?
        edit: = batch_size * -> = 1 *
    steps forgotten
        the images of one step are divided by the time of all steps
        How many images went through between the two looks at the clock?
        edit: * steps -> * 1
    upside down
        the seconds are divided by the images
        Which of the two does "images per second" divide by?
        edit: images / seconds -> seconds / images
    milliseconds
        the result is in images per millisecond
        In which unit does the clock count?
        edit: images = -> seconds = 1000 * seconds\\n    images =
    warm-up counted as well
        the images of one step more are counted than were timed
        Were the images of the first call processed while you timed?
        edit: * steps -> * (steps + 1)
    one step too few counted
        the images of one step fewer are counted than were timed
        The first call comes on top of the steps. How many steps did you time?
        edit: * steps -> * (steps - 1)
    one step too few timed
        one step fewer is timed than counted
        The first call comes on top of the steps. How often does the timed loop run?
        edit: range(steps) -> range(steps - 1)
    one step too many timed
        one step more is timed than counted
        How often does the timed loop run?
        edit: range(steps) -> range(steps + 1)
    another clock
        the clock that was given is never read
        Which of the arguments tells the time?
        edit: , steps): -> , steps):\\n    from time import perf_counter as clock
    """),
    hints=(
        "Two looks at the clock, with the steps between them. The first call comes before both.",
        "At each look the device should have nothing left to do.",
        "step(), wait(), look; the steps, one wait(), look. Then batch_size * steps / seconds.",
    ),
    solution="""\
def throughput(step, wait, clock, batch_size, steps):
    step()  # the warm-up
    wait()
    start = clock()
    for _ in range(steps):
        step()
    wait()
    seconds = clock() - start
    images = batch_size * steps
    return images / seconds
""",
)
