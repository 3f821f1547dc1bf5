"""Print how many of the independent wrong answers are accepted, named, or only shown a case."""

import sys
import time
from collections import Counter
from statistics import median

from cnnlab import check
from cnnlab.check.verdict import Verdict
from tests.check.independent import WRONG


def outcome(verdict: Verdict) -> str:
    """Return what became of a wrong answer."""
    if verdict.passed:
        return "accepted"
    if verdict.misconception:
        return "named by list"
    return "named by behaviour" if verdict.diagnosis else "unnamed"


def main() -> None:
    counts, seconds = Counter(), []
    for exercise, what, function in WRONG:
        start = time.perf_counter()
        verdict = getattr(check, exercise)(function)
        seconds.append(time.perf_counter() - start)
        result = outcome(verdict)
        counts[result] += 1
        if result in ("accepted", "unnamed") or "--all" in sys.argv or seconds[-1] > 1:
            print(f"{result:18} {exercise}: {what}  [{1000 * seconds[-1]:.0f} ms]")
            print(f"    {verdict.diagnosis or verdict.headline}")
    print(f"{len(WRONG)} wrong answers:", ", ".join(f"{n} {w}" for w, n in counts.most_common()))
    print(f"{1000 * median(seconds):.0f} ms a verdict (median), {1000 * max(seconds):.0f} at most")


if __name__ == "__main__":
    main()
