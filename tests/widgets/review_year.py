"""Simulated learners of the course, who review what they have learned, by the page's scheduler.

`python -m tests.widgets.review_year` prints the figures.
"""

import json
import random
import subprocess
from pathlib import Path
from statistics import mean, median, quantiles

from cnnlab.widgets import review_items

DRIVER = Path(__file__).with_name("review_year_cases.mjs")
CHOICE, TYPED = 15, 25  # seconds that a question takes
EVERY = 4  # days from one lesson to the next
FIRST = 0.8  # how likely a question is known when it is first asked, after its lesson
WEEKS = {"daily": [*range(7)], "twice a week": [0, 3]}
SHOWN = 1  # misconceptions that each exercise shows of a learner


def lessons(seed):
    """Return the items of each lesson that this learner gets, with the seconds of each.

    They answer all quizzes, make all predictions, pass all exercises, and have shown a
    misconception in each exercise that can ask about one.
    """
    beliefs, found = {}, {}
    for item in review_items.items():
        if "mixed_up" in item:
            beliefs.setdefault(item["enters"]["exercises"], []).append(item)
        else:
            found.setdefault(item["lesson"], []).append(item)
    draw = random.Random(seed)
    for of_exercise in beliefs.values():
        for item in draw.sample(of_exercise, SHOWN):
            found[item["lesson"]].append(item)
    return [
        [
            [item["id"], CHOICE if item["variants"][0]["kind"] == "choice" else TYPED]
            for item in each
        ]
        for _, each in sorted(found.items())
    ]


def simulate(seeds, *, days, week="daily", retention=None, first=FIRST):
    """Return what became of a learner for each seed, as review_year_cases.mjs says."""
    cases = [
        {
            "lessons": lessons(seed),
            "every": EVERY,
            "days": days,
            "weekdays": WEEKS[week],
            "first": first,
            "retention": retention,
            "seed": seed,
        }
        for seed in seeds
    ]
    done = subprocess.run(
        ["node", str(DRIVER)], input=json.dumps(cases), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def minutes(learner, first_day=0):
    """Return the minutes of each of a learner's sessions from a day on."""
    return [seconds / 60 for day, _, seconds in learner["sessions"] if day >= first_day]


def kilobytes(learner):
    """Return the size of a learner's cards as the progress file has them."""
    return len(json.dumps(learner["cards"], indent=1).encode()) / 1024


def figures(learners):
    """Return the figures of some learners in words."""
    each = [median(minutes(learner)) for learner in learners]
    nine = median(quantiles(minutes(learner), n=10)[-1] for learner in learners)
    asked = median(median(n for _, n, _ in learner["sessions"]) for learner in learners)
    known = mean(learner["later"] for learner in learners)
    return (
        f"median {median(each):.1f} min a session ({min(each):.1f} to {max(each):.1f}), "
        f"{asked:.0f} questions; 9 of 10 sessions up to {nine:.1f}, longest "
        f"{max(max(minutes(learner)) for learner in learners):.1f}; known when asked again "
        f"{known:.1%}; {max(map(kilobytes, learners)):.0f} KiB of cards"
    )


def main():
    """Print the figures of several seeds."""
    seeds = range(10)
    items = [sum(map(len, lessons(seed))) for seed in seeds]
    print(f"{mean(items):.0f} items, a lesson every {EVERY} days, {len(seeds)} seeds")
    for days in (56, 365):
        for week in WEEKS:
            for retention in (0.85, None):
                learners = simulate(seeds, days=days, week=week, retention=retention)
                print(f"{days} days, {week}, {retention or 0.9}: {figures(learners)}")


if __name__ == "__main__":
    main()
