"""Levels and sources by hand."""

from statistics import NormalDist

import pytest

from twin.errors import OptionError
from twin.planning.base_stock import base_stock_levels, cheapest_sources
from twin.planning.structure import planning_structure

Z95 = NormalDist().inv_cdf(0.95)


def test_levels_cover_review_and_lead_time(two_echelon):
    levels = base_stock_levels(planning_structure(two_echelon()), service=0.95)
    # Poisson 4 a day; the hub waits a day and the shop two, beside the review.
    assert levels == pytest.approx([8 + Z95 * 8**0.5, 12 + Z95 * 12**0.5])


def test_half_service_is_the_mean(two_echelon):
    levels = base_stock_levels(planning_structure(two_echelon()), service=0.5)
    assert levels == pytest.approx([8.0, 12.0])


@pytest.mark.parametrize(
    ("law", "dispersion", "variance"),
    [
        ("constant", 0.0, 0.0),
        ("poisson", 0.5, 4.0),
        ("negative_binomial", 0.5, 12.0),
        ("normal", 0.5, 8.0),
    ],
)
def test_variance_is_that_of_the_demand_law(two_echelon, law, dispersion, variance):
    def lawful(tables):
        tables["demands"][0].update(law=law, dispersion=dispersion)

    levels = base_stock_levels(planning_structure(two_echelon(lawful)), service=0.95)
    assert levels[1] == pytest.approx(12 + Z95 * (3 * variance) ** 0.5)


def test_weekly_review_sums_the_variance_of_its_days(two_echelon):
    def clustered(tables):
        tables["demands"][0].update(law="negative_binomial", dispersion=0.5)

    network = two_echelon(clustered, settings={"review_s": 7 * 86_400})
    levels = base_stock_levels(planning_structure(network), service=0.95)
    # Both lanes take less than a week: two weeks of 28, each day of variance 12.
    assert levels == pytest.approx([56 + Z95 * (14 * 12) ** 0.5] * 2)


def test_components_are_exploded_over_the_bill(works):
    levels = base_stock_levels(planning_structure(works()), service=0.5)
    assert levels == pytest.approx([2 * 25.0, 2 * 50 / 0.9, 2 * 20.0])


def test_what_is_made_in_campaigns_covers_one(works):
    def slow_setups(tables):
        tables["machines"][1]["speed"] = 1
        tables["routings"][1].update(duration_s=3600, setup_s=14_400)

    structure = planning_structure(works(slow_setups))
    levels = base_stock_levels(structure, service=0.5)
    lead = int(structure.problem.lead_periods[2])
    # A lot of 60 teas flows for 2 x (60 x 4350 + 14 400) s, 6.4 days.
    assert (structure.campaign, lead) == (3, 6)
    assert levels[2] == pytest.approx((2 + lead + 2) * 20.0)
    # Components cover two reviews, and what a lot takes more than one.
    assert levels[:2] == pytest.approx([4 * 25.0, 4 * 50 / 0.9])


def test_level_is_never_below_nothing(two_echelon):
    def rare(tables):
        tables["demands"][0].update(
            law="negative_binomial", dispersion=50.0, mean_per_day=0.1
        )

    levels = base_stock_levels(planning_structure(two_echelon(rare)), service=0.01)
    assert levels.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("service", [0.0, 1.0, 1.5, float("nan")])
def test_service_out_of_range_is_refused(two_echelon, service):
    with pytest.raises(OptionError, match="service must be above 0 and below 1"):
        base_stock_levels(planning_structure(two_echelon()), service=service)


def test_source_counts_the_value_of_what_goes_in(works):
    def bought(tables):
        tables["lanes"].append(
            {"lane": "tea", "from_place": "V", "to_place": "P", "item": "tea",
             "lead_time_s": 86_400, "price": 20.0}
        )  # fmt: skip

    structure = planning_structure(works(bought))
    source = cheapest_sources(structure)
    # Making costs 16.8, and leaves and box of 6.8 go into it.
    assert structure.activity_lane[source[2]] == 2
    dearer = planning_structure(
        works(lambda tables: (bought(tables), tables["lanes"][2].update(price=24.0)))
    )
    assert dearer.activity_lane[cheapest_sources(dearer)[2]] == -1


def test_cheaper_of_two_lanes_is_the_source(two_echelon):
    def by_air(tables):
        tables["lanes"].append(dict(tables["lanes"][0], lane="air", price=7.0))

    network = two_echelon(by_air)
    structure = planning_structure(network)
    source = cheapest_sources(structure)
    lanes = structure.activity_lane[source]
    assert [network.lanes.ids[lane] for lane in lanes] == ["buy", "ship"]
