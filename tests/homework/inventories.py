"""A generated class: the files of the inventory that learners hand in, and made-up items."""

import json
from pathlib import Path

import numpy as np

BELIEFS = ["right", "sign lost", "answers to brightness", "counted twice"]


def made_up_items() -> list[dict]:
    """Return 18 items as `inventory.json` has them."""
    texts = ["The right one.", "The first wrong one.", "The second.", "The third."]
    return [
        {
            "id": f"idea-{number}",
            "idea": f"Idea {number}",
            "lesson": f"{1 + number % 9:02}_lesson",
            "section": "A section" if number % 2 else "",
            "forms": {
                form: {"question": f"Question {form}{number} <b>?", "options": texts}
                for form in "AB"
            },
            "beliefs": [*BELIEFS[:3], f"belief {number}"],
            "reasons": texts,
        }
        for number in range(1, 19)
    ]


def taken(answers: list, form: str = "A") -> dict:
    return {"form": form, "answers": [*answers, *[0] * (18 - len(answers))]}


def record(learner: str, before: dict | None, after: dict | None) -> dict:
    times = {"before": before, "after": after}
    return {"cnnlab": "inventory", "version": 1, "learner": learner} | times


def write(folder: Path, learner: str, before: dict | None, after: dict | None) -> Path:
    """Write a file as the course does."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"cnnlab-inventory-{learner}.json"
    path.write_text(json.dumps(record(learner, before, after)), "utf-8")
    return path


def draw_scores(learners: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw which items each learner has right, before and after: (learners, 18) bools each.

    18 items, from 0.37 right to 0.57 right; what a learner can do before and after goes together.
    """
    first = random.normal(size=learners)
    second = 0.6 * first + 0.8 * random.normal(size=learners)
    harder = np.linspace(-1, 1, 18)
    right = []
    for ability, shift in ((first, -1.15), (second, 0.05)):
        reach = 0.9 * ability[:, None] + shift - harder
        chance = 0.12 + 0.88 / (1 + np.exp(-reach))
        right.append(random.random((learners, 18)) < chance)
    return right[0], right[1]


def write_class(root: Path, students: int, seed: int = 0) -> None:
    """Write a class's files into submitted/<student>/hw5/; one in ten answers only before."""
    random = np.random.default_rng(seed)
    rights = draw_scores(students, random)
    wrong = random.choice([1, 1, 1, 2, 2, 3], size=(students, 18))
    stay = random.random((students, 18)) < 0.6
    others = np.where(stay, wrong, random.choice([1, 2, 3], size=(students, 18)))
    answers = [
        np.where(right, 0, each) for right, each in zip(rights, (wrong, others), strict=True)
    ]
    for number in range(students):
        first, second = (each[number].tolist() for each in answers)
        if number % 7 == 3:
            first[5] = None
        forms = "AB" if number % 2 else "BA"
        after = taken(second, forms[1]) if number % 10 else None
        folder = root / "submitted" / f"student{number:03}" / "hw5"
        write(folder, f"{number + 1:016x}", taken(first, forms[0]), after)
