"""Means by review, from laws by day."""

import pytest

from twin.demand.laws import calendar_factors, law_means

WEEK = (2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0)  # 2024-01-01 is a monday


def weekly(tables):
    tables["profiles"] = [
        {"profile": "week", "step": step, "factor": factor}
        for step, factor in enumerate(WEEK, start=1)
    ]
    tables["demands"][0]["weekly_profile"] = "week"


def growing(tables):
    weekly(tables)
    tables["demands"][0]["trend_per_day"] = 0.1


def test_means_follow_the_weekday(two_echelon):
    means = law_means(two_echelon(weekly))
    assert means(0, 8)[0] == pytest.approx([8, 4, 4, 4, 4, 4, 0, 8])
    assert means(5, 2)[0] == pytest.approx([4, 0])


def test_means_of_weekly_reviews_sum_their_days(two_echelon):
    means = law_means(two_echelon(weekly, settings={"review_s": 7 * 86_400}))
    assert means(0, 2).tolist() == [[28.0, 28.0]]


def test_demand_falls_in_the_review_that_ends_its_period(two_echelon):
    # Reviews end at hours 36, 72, 108, 144; days at 24, 48, 72, 96, 120, 144.
    means = law_means(two_echelon(settings={"review_s": 36 * 3600}))
    assert means(0, 4).tolist() == [[4.0, 8.0, 4.0, 8.0]]
    twice_a_day = law_means(two_echelon(settings={"review_s": 43_200}))
    assert twice_a_day(0, 4).tolist() == [[0.0, 4.0, 0.0, 4.0]]


def test_trend_grows_from_the_middle_of_the_first_day(two_echelon):
    assert law_means(two_echelon(growing))(1, 1)[0] == pytest.approx([4 * 1.15])


def test_means_equal_what_the_plant_asks_for(two_echelon, run_loop, scripted):
    def constant(tables):
        growing(tables)
        tables["demands"][0]["law"] = "constant"

    network = two_echelon(constant, settings={"review_s": 2 * 86_400})
    asked = run_loop(network, scripted(), 4).result.demand
    assert law_means(network)(0, 4) == pytest.approx(asked)


def test_factors_leave_trend_and_level_out(two_echelon):
    factors = calendar_factors(two_echelon(growing))
    assert factors(0, 7)[0] == pytest.approx(WEEK)
    whole_weeks = calendar_factors(two_echelon(growing, settings={"review_s": 604_800}))
    assert whole_weeks(0, 2)[0] == pytest.approx([1.0, 1.0])


def test_factors_of_no_demand_are_one(two_echelon):
    def nothing(tables):
        weekly(tables)
        tables["demands"][0]["mean_per_day"] = 0.0

    assert calendar_factors(two_echelon(nothing))(0, 3).tolist() == [[1.0, 1.0, 1.0]]
