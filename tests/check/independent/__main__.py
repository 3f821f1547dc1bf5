"""Print what becomes of every independent wrong answer, and whether the reason it gets is true."""

import sys
import time
from collections import Counter, defaultdict
from statistics import median, quantiles

from cnnlab import check
from cnnlab.check.behavior import evidence
from cnnlab.check.verdict import Verdict
from tests.check.independent import CAUSES, WRITTEN_LATER, WRONG

OUTCOMES = ("accepted", "named by list", "named by behavior", "unnamed")


def outcome(verdict: Verdict) -> str:
    """Return what became of a wrong answer."""
    if verdict.passed:
        return "accepted"
    if verdict.misconception:
        return "named by list"
    return "named by behavior" if verdict.diagnosis else "unnamed"


def _table(counts: dict[str, Counter], title: str) -> None:
    print(f"{title:22}", *(f"{kind:>18}" for kind in OUTCOMES))
    for name, found in counts.items():
        print(f"{name:22}", *(f"{found[kind]:18}" for kind in OUTCOMES))


def main() -> None:
    if "--patient" in sys.argv:  # what a machine finds that has time
        evidence.SECONDS = 6.0
    sets, exercises, seconds = defaultdict(Counter), defaultdict(Counter), []
    for exercise, what, function in WRONG:
        start = time.perf_counter()
        verdict = getattr(check, exercise)(function)
        seconds.append(time.perf_counter() - start)
        result = outcome(verdict)
        exercises[exercise][result] += 1
        which = "published" if function in CAUSES else "written first"
        sets["written later" if function in WRITTEN_LATER else which][result] += 1
        if result in ("accepted", "unnamed") or "--all" in sys.argv or seconds[-1] > 1:
            print(f"{result:18} {exercise}: {what}  [{1000 * seconds[-1]:.0f} ms]")
            print(f"    {verdict.diagnosis or verdict.headline}")
    _table(exercises, "exercise")
    _table({**sets, "all": sum(sets.values(), Counter())}, f"{len(WRONG)} wrong answers")
    most = quantiles(seconds, n=20)[-1]
    print(f"{1000 * median(seconds):.0f} ms a verdict (median), 95 % below {1000 * most:.0f}")


if __name__ == "__main__":
    main()
