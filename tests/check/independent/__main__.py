"""Print what becomes of every independent wrong answer, and whether the reason it gets is true."""

import sys
import time
from collections import Counter, defaultdict
from statistics import median, quantiles

from cnnlab import check
from cnnlab.check.behavior import evidence
from cnnlab.check.verdict import Verdict
from tests.check.independent import CAUSES, LABELS, WRITTEN_LATER, WRONG, label

OUTCOMES = ("accepted", "named by list", "named by behavior", "unnamed")


def outcome(verdict: Verdict) -> str:
    """Return what became of a wrong answer."""
    if verdict.passed:
        return "accepted"
    if verdict.misconception:
        return "named by list"
    return "named by behavior" if verdict.diagnosis else "unnamed"


def _table(counts: dict[str, Counter], title: str, columns: tuple[str, ...]) -> None:
    print(f"{title:22}", *(f"{kind:>18}" for kind in columns))
    for name, found in counts.items():
        print(f"{name:22}", *(f"{found[kind]:18}" for kind in columns))


def main() -> None:
    if "--patient" in sys.argv:  # what a machine finds that has time
        evidence.SECONDS = 6.0
    sets, exercises, seconds = defaultdict(Counter), defaultdict(Counter), []
    for exercise, what, function in WRONG:
        start = time.perf_counter()
        verdict = getattr(check, exercise)(function)
        seconds.append(time.perf_counter() - start)
        result, worth = outcome(verdict), label(exercise, what, function, verdict)
        exercises[exercise][result] += 1
        which = "published" if function in CAUSES else "written first"
        which = "written later" if function in WRITTEN_LATER else which
        sets[which].update((result, worth))
        if worth != "true" or "--all" in sys.argv:
            print(f"{worth:12} {exercise}: {what}  [{1000 * seconds[-1]:.0f} ms]")
            print(f"    {verdict.diagnosis or verdict.headline}")
    _table(exercises, "exercise", OUTCOMES)
    everything = {**sets, "all": sum(sets.values(), Counter())}
    _table(everything, f"{len(WRONG)} wrong answers", OUTCOMES)
    _table(everything, "their reasons", LABELS)
    most = quantiles(seconds, n=20)[-1]
    print(f"{1000 * median(seconds):.0f} ms a verdict (median), 95 % below {1000 * most:.0f}")


if __name__ == "__main__":
    main()
