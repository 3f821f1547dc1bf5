"""The review takes a few minutes a day, and its cards a few kilobytes a year: simulated."""

from statistics import median

import pytest

from cnnlab.widgets import review_items
from tests.widgets import review_year
from tests.widgets.helpers import needs_node

pytestmark = needs_node
SEEDS = range(3)


@pytest.fixture(scope="module")
def year():
    return review_year.simulate(SEEDS, days=365)


@pytest.mark.parametrize("first", [0.5, review_year.FIRST])
def test_a_day_of_the_course_takes_at_most_five_minutes(first):
    for learner in review_year.simulate(SEEDS, days=56, first=first):
        assert len(learner["sessions"]) == 56
        assert 1 < median(review_year.minutes(learner)) <= 5


def test_who_comes_twice_a_week_spends_no_more_in_all():
    daily = review_year.simulate(SEEDS, days=56)
    for learner, other in zip(
        daily, review_year.simulate(SEEDS, days=56, week="twice a week"), strict=True
    ):
        assert len(other["sessions"]) == 16
        assert sum(review_year.minutes(other)) < 1.2 * sum(review_year.minutes(learner))
        assert max(review_year.minutes(other)) < 30


def test_the_page_asks_as_if_nine_of_ten_were_to_be_known(year):
    (stated,) = review_year.simulate([0], days=365, retention=0.9)
    assert stated == year[0]


def test_nine_of_ten_are_known_when_they_are_asked_again(year):
    assert all(0.88 < learner["later"] < 0.94 for learner in year)


def test_every_question_is_asked_and_after_the_course_there_is_little_left(year):
    for seed, learner in zip(SEEDS, year, strict=True):
        wanted = {identity for each in review_year.lessons(seed) for identity, _ in each}
        assert set(learner["cards"]) == wanted
        assert median(review_year.minutes(learner, 80)) < 1.5


def test_the_cards_of_a_year_are_small(year):
    largest = max(review_year.kilobytes(learner) / len(learner["cards"]) for learner in year)
    assert all(review_year.kilobytes(learner) < 100 for learner in year)
    assert largest * len(review_items.items()) < 1024 / 2  # whoever showed all misconceptions
