"""The inventory report: its figures against other computations, what it says, whom it names."""

import csv
import re
import time
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy import stats

from cnnlab import __main__ as command_line
from cnnlab.errors import DataError
from cnnlab.homework.classroom import gains, inventory_figures, inventory_report, inventory_results

from . import inventories
from .inventories import made_up_items, taken, write, write_class

IDS = [f"{number:07x}a" for number in range(1, 9)]


def report_on(folder, *, names=False):
    """Return the study of a folder and its page, without the style sheet."""
    study = inventory_report.Study(inventory_results.read(folder), made_up_items())
    page, _ = inventory_report.write_report(study, folder / "page.html", names=names)
    return study, page.read_text("utf-8").split("</style>")[1]


def words(page):
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


# The figures.


def test_a_class_worked_by_hand():
    """Before 4 6 8 6, mean 6, variance 8/3; after 9 9 12 10, mean 10, variance 2.

    Differences 5 3 4 4: mean 4, variance 2/3, standard error sqrt(1/6) = 0.4082; t of three
    degrees of freedom is 3.1824, so 4 ± 1.2992. Gain 4/12. Pooled SD sqrt((8/3 + 2)/2) = 1.5275.
    """
    found = gains.gains([4, 6, 8, 6], [9, 9, 12, 10], items=18)
    assert (found.before.mean, found.after.mean, found.difference.mean) == (6, 10, 4)
    assert found.before.sd == pytest.approx((8 / 3) ** 0.5)
    assert found.difference.interval == pytest.approx((4 - 1.2992, 4 + 1.2992), abs=1e-4)
    assert found.gain == pytest.approx(1 / 3)
    assert found.effect_size == pytest.approx(4 / 1.5275, abs=1e-4)
    assert found.gain_interval is None  # of four learners


def test_the_gain_is_that_of_the_means_and_not_the_mean_of_gains():
    before, after = [2, 16], [10, 18]
    found = gains.gains(before, after, items=18)
    assert found.gain == pytest.approx((14 - 9) / (18 - 9))
    single = np.mean([(10 - 2) / 16, (18 - 16) / 2])
    assert found.gain != pytest.approx(single)


@pytest.mark.parametrize("freedom", [1, 2, 3, 9, 19, 199, 5000])
def test_the_quantile_of_t_is_scipys(freedom):
    assert gains.t_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-6)


def drawn_scores(learners, seed):
    rights = inventories.draw_scores(learners, np.random.default_rng(seed))
    return [right.sum(axis=1).tolist() for right in rights]


def test_intervals_are_those_of_other_computations():
    before, after = drawn_scores(40, seed=3)
    found = gains.gains(before, after, items=18)
    t = stats.ttest_rel(after, before).confidence_interval()
    assert found.difference.interval == pytest.approx((t.low, t.high))

    def gain(first, second, axis):
        return (second.mean(axis) - first.mean(axis)) / (18 - first.mean(axis))

    other = stats.bootstrap((before, after), gain, paired=True, rng=5).confidence_interval
    assert found.gain_interval == pytest.approx((other.low, other.high), abs=0.012)
    assert gains.gains(before, after, items=18) == found  # the seed is fixed


def test_the_intervals_hold_what_they_should_in_19_of_20_classes():
    first, second = (np.mean(each) for each in drawn_scores(200_000, seed=0))
    truth = (second - first) / (18 - first)
    held, differences, halves = [], [], []
    for seed in range(300):
        before, after = drawn_scores(20, seed=seed + 1)
        low, high = gains.gain_interval(before, after, 18, resamples=1000)
        held.append(low <= truth <= high)
        halves.append((high - low) / 2)
        low, high = gains.gains(before, after, 18).difference.interval
        differences.append(low <= second - first <= high)
    assert 0.91 < np.mean(held) < 0.985  # 0.95 is within three standard errors of 300 classes
    assert 0.91 < np.mean(differences) < 0.985
    assert 0.11 < np.median(halves) < 0.16  # the "± 0.14" of a class of 20


def test_the_gain_of_two_hundred_is_known_three_times_as_well():
    small, large = (gains.gains(*drawn_scores(n, 1), items=18).gain_interval for n in (20, 200))
    assert large.half < 0.05
    assert small.half / large.half == pytest.approx(10**0.5, rel=0.3)


@pytest.mark.parametrize(("lost", "won"), [(0, 0), (1, 1), (2, 9), (9, 2), (30, 61), (400, 520)])
def test_mcnemar_is_the_exact_binomial_test(lost, won):
    table = np.zeros((5, 5), dtype=int)
    table[0, 0], table[2, 2], table[0, 1], table[3, 0] = 7, 5, lost, won
    expected = stats.binomtest(won, lost + won).pvalue if lost + won else 1
    assert gains.mcnemar(table) == pytest.approx(expected)


def test_holm_by_hand():
    """0.001, 0.02, 0.02, 0.6 times 4, 3, 2, 1, and none below one before it."""
    assert gains.holm([0.02, 0.6, 0.001, 0.02]) == pytest.approx([0.06, 0.6, 0.004, 0.06])
    assert gains.holm([0.9, 0.9]) == [1, 1]


def test_discrimination_is_the_correlation_with_the_other_items():
    right = inventories.draw_scores(150, np.random.default_rng(2))[1]
    right[:, 4] = True
    found = gains.discrimination(right)
    assert found[4] is None
    for item in (0, 11, 17):
        rest = np.delete(right, item, axis=1).sum(axis=1)
        assert found[item] == pytest.approx(stats.pointbiserialr(right[:, item], rest).statistic)


def test_a_table_says_which_belief_left_and_where_it_went(tmp_path):
    ways = [(1, 0), (1, 0), (1, 1), (1, 2), (0, 0), (0, 3), (None, 2), (2, None)]
    for learner, (first, second) in zip(IDS, ways, strict=True):
        write(tmp_path, learner, taken([first]), taken([second], "B"))
    study, page = report_on(tmp_path)
    result = study.answers[0]
    assert result.table == (
        (1, 0, 0, 1, 0),
        (2, 1, 1, 0, 0),
        (0, 0, 0, 0, 1),
        (0, 0, 0, 0, 0),
        (0, 0, 1, 0, 0),
    )
    assert (result.before, result.after) == ([2, 4, 1, 0, 1], [3, 1, 2, 1, 1])
    assert result.p is None
    said = inventory_report.story(result)
    assert said == (
        "Right: 2 of 8, then 3. Most often chosen before: a, 4. Of these 4, 2 then "
        "chose the right answer, 1 the same again and 1 something else. Most often chosen after: "
        "b, 2; 2 of them did not choose the same before."
    )
    assert said in words(page)
    right_again = "Right: 8 of 8, then 8."
    assert inventory_report.story(study.answers[1]) == right_again
    assert "After the course 2 of 8 chose “The second.” (answers to brightness)" in words(page)


# Small, strange and large classes.


def make(folder, ways, form=("A", "B")):
    for learner, (first, second) in zip(IDS, ways, strict=False):
        times = [
            None if right is None else taken([1] * (18 - right), letter)
            for right, letter in zip((first, second), form, strict=True)
        ]
        write(folder, learner, *times)


@pytest.mark.parametrize(
    ("ways", "said"),
    {
        "one": ([(4, 9)], "1 of them answered both times"),
        "two": ([(4, 9), (6, 8)], "there are fewer than 10 learners"),
        "all the same": ([(4, 9)] * 8, "Mean after 9.0 none 0.0"),
        "all right before": ([(18, 18)] * 3, "There is no gain: everything was right before"),
        "worse": ([(9, 4), (8, 4)], "Normalized gain of the class means -0.47"),
        "only afters": ([(None, 9)] * 3, "Nobody answered both times"),
        "only befores": (
            [(3, None), (6, None)],
            "2 learners answered only before, with a mean of 4.5",
        ),
        "who left": ([(9, 12), (3, None)], "those who answered again had 9.0 then"),
    }.values(),
)
def test_a_small_class_has_its_report(tmp_path, ways, said):
    make(tmp_path, ways)
    study, page = report_on(tmp_path)
    assert said in words(page)
    assert "nan" not in page
    assert list(inventory_report.summary(study))


def test_nobody_at_all_is_said(tmp_path):
    with pytest.raises(DataError, match="holds no file cnnlab-inventory-ID"):
        inventory_results.read(tmp_path)
    (tmp_path / "cnnlab-inventory-1.json").write_text("{")
    study, page = report_on(tmp_path)
    assert "0 learners handed in answers" in words(page)
    assert list(inventory_report.summary(study)) == [
        "0 learners: 0 answered both times.",
        "1 not read",
    ]


def test_not_to_know_is_an_answer_and_not_a_right_one(tmp_path):
    write(tmp_path, IDS[0], taken([None, 1]), taken([0, 0]))
    write(tmp_path, IDS[1], taken([None] * 18), taken([1]))
    write(tmp_path, IDS[2], None, None)
    study, page = report_on(tmp_path)
    assert study.scores == ([16, 0], [18, 17])
    assert study.answers[0].table[gains.UNKNOWN] == (1, 1, 0, 0, 0)
    assert "?: I do not know 1 1 0 0 0 2" in words(page)
    assert study.results.empty == ("cnnlab-inventory-0000003a.json",)
    assert "Files in which neither time was answered, not counted: 1" in words(page)


def test_no_interval_where_a_drawn_class_may_have_no_gain():
    assert gains.gain_interval([18] * 19 + [9], [18] * 20, 18) is None
    assert gains.gain_interval([9] * 20, [12] * 20, 18) is None


def test_a_small_class_gets_counts_and_a_large_one_rates_and_tests(tmp_path):
    write_class(tmp_path / "small", 22)
    write_class(tmp_path / "large", 130)
    small, page = report_on(tmp_path / "small")
    items = words(page).partition("All items")[2]
    assert len(small.both) == 19
    assert "%" not in items
    assert "discrimination" not in items
    known = f"known to ±{small.changed.gain_interval.half:.2f}"
    assert known in words(page)
    assert "±22 points" in words(page)
    assert "from -0.18 to 0.66: no item can be judged by it" in words(page)
    large, page = report_on(tmp_path / "large")
    assert len(large.both) == 117 >= gains.MANY
    assert all(each.p is not None and each.discrimination for each in large.answers)
    items = words(page).partition("All items")[2]
    assert "Discrimination" in items
    right = large.answers[0].before[0]
    assert f"{100 * right / 117:.0f}%" in items
    assert "corrected for 18 tests" in items


def test_no_gain_is_called_the_courses_effect(tmp_path):
    write_class(tmp_path, 22)
    study, page = report_on(tmp_path)
    assert inventory_report.NOT_AN_EFFECT in inventory_report.summary(study)
    text = words(page)
    assert "No gain here is the course's effect" in text
    assert "Nobody here went without the course" in text
    assert [each.start() for each in re.finditer(r"effect(?! size)", text, re.I)] == [
        text.index("effect", text.index("No gain"))
    ]


def test_a_class_of_two_hundred_is_reported_in_time(tmp_path):
    write_class(tmp_path, 200)
    started = time.monotonic()
    study, _ = report_on(tmp_path)
    assert len(study.results.learners) == 200
    assert time.monotonic() - started < 30  # 0.4 s on a core of a server


# The page and the table.


def test_items_are_text_and_the_page_loads_nothing(tmp_path):
    write_class(tmp_path, 12)
    page = report_on(tmp_path)[1]
    assert "Question A1 &lt;b&gt;?" in page
    assert "<b>" not in page
    assert not re.search(r"<script|<img|https?:", page)
    assert "Treated in: Lesson 02, A section." in page
    assert "Treated in: Lesson 03." in page


def test_every_picture_is_drawn_to_scale(tmp_path):
    write_class(tmp_path, 40)
    study, page = report_on(tmp_path)
    pictures = re.findall(r"<svg.*?</svg>", page, re.S)
    assert len(pictures) == 1 + 18 + 18
    for picture in pictures:
        ElementTree.fromstring(picture)
    result = study.answers[5]
    drawn = ElementTree.fromstring(inventory_figures.flows(result, 'a "b"'))
    assert drawn.get("aria-label") == 'a "b"'
    bands = [each for each in drawn if each.tag == "path"]
    assert len(bands) == sum(count > 0 for row in result.table for count in row)
    heights = {"before": 0.0, "after": 0.0}
    for bar in drawn.iter("rect"):
        heights["before" if float(bar.get("x")) < 100 else "after"] += float(bar.get("height"))
    assert list(heights.values()) == pytest.approx([inventory_figures.FLOWS] * 2, abs=0.4)


def test_the_table_has_a_row_for_each_learner_and_no_name(tmp_path):
    write(tmp_path / "ada" / "hw5", "1e100000", taken([None, 3]), None)
    write(tmp_path / "bo" / "hw5", IDS[1], taken([1]), taken([], "B"))
    report_on(tmp_path)
    with (tmp_path / "page.csv").open() as file:
        last, first = csv.DictReader(file)  # by id
    assert first["learner"] == "id 1e100000"  # a bare one would be a number to a spreadsheet
    assert (first["form before"], first["score before"]) == ("A", "16")
    assert (first["score after"], first["idea-2 after"]) == ("", "")
    assert (first["idea-1 before"], first["idea-2 before"]) == ("", "3")
    assert (last["form after"], last["score before"], last["score after"]) == ("B", "17", "18")
    assert "file" not in first
    report_on(tmp_path, names=True)
    with (tmp_path / "page.csv").open() as file:
        assert [row["file"].split("/")[0] for row in csv.DictReader(file)] == ["bo", "ada"]


# The command.


@pytest.fixture
def own_items(monkeypatch):
    from cnnlab.widgets import inventory_items

    monkeypatch.setattr(inventory_items, "items", made_up_items)


def test_no_learner_is_named_unless_asked(tmp_path, capsys, own_items):
    write_class(tmp_path, 12)
    damaged = tmp_path / "submitted" / "zoe" / "hw5"
    damaged.mkdir(parents=True)
    (damaged / "cnnlab-inventory.json").write_text("{")
    write(tmp_path / "again" / "yan", f"{1:016x}", taken([]), None)
    command = ["homework", "report", "--inventory", str(tmp_path), "--out"]
    command.append(str(tmp_path / "page.html"))
    assert command_line.main(command) == 0
    said = capsys.readouterr().out
    texts = [said, *((tmp_path / name).read_text() for name in ("page.html", "page.csv"))]
    for name in ("student0", "zoe", "yan", "hw5"):
        assert all(name not in text.split("</style>")[-1] for text in texts)
    assert "12 learners: 10 answered both times, 2 only before" in said
    assert "1 left out: another file of the same learner is counted\n1 not read" in said
    assert command_line.main([*command, "--names"]) == 0
    said = capsys.readouterr().out
    assert "1 not read: submitted/zoe/hw5/cnnlab-inventory.json (not JSON" in said
    page = (tmp_path / "page.html").read_text()
    assert "again/yan/cnnlab-inventory" in page
    assert "keep it to yourself" in page


def test_one_kind_of_report_at_a_time(tmp_path, capsys):
    words = ["homework", "report", "hw1", "--inventory", str(tmp_path)]
    assert command_line.main(words) == 1
    assert "or --inventory FOLDER" in capsys.readouterr().err
    assert command_line.main([*words[:2], *words[3:]]) == 1
    assert "holds no file cnnlab-inventory-ID.json" in capsys.readouterr().err
