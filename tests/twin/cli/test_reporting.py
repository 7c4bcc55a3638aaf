"""Runs become report data whose parts fit each other."""

import numpy as np
import pytest

from twin.cli.gathering import FAN_PERIODS
from twin.cli.reporting import kpi_rows, report_data
from twin.planning import planning_structure
from twin.report import Marker, render
from twin.simulate.disruptions import Disruption

DAY_US = 86_400_000_000


@pytest.fixture
def data(played):
    """Report data of policies played on a network."""

    def make(network, *policies, n_periods=3, disruptions=()):
        run = played(network, *(policies or ("mpc",)), n_periods=n_periods)
        made = report_data(
            network,
            run.results,
            run.gathered,
            structure=planning_structure(network),
            seed=0,
            disruptions=disruptions,
        )
        return made, run

    return make


@pytest.mark.parametrize("n_periods", [1, 3])
@pytest.mark.parametrize("shape", ["two_echelon", "works"])
def test_every_part_is_there_and_can_be_drawn(request, data, shape, n_periods):
    network = request.getfixturevalue(shape)(settings={"horizon_periods": 6})
    made, _ = data(network, "mpc", "clairvoyant", n_periods=n_periods)
    assert made.n_periods == n_periods
    assert {series.name for series in made.stock} == set(
        network.places.ids[: network.n_sites]
    )
    assert len(made.forecasts) == 1
    assert made.gantt
    assert made.disruptions == ()
    assert [s.name for s in made.costs.cumulative_profit] == ["mpc", "clairvoyant"]
    assert "<title>" in render(made)


def test_numbers_of_the_report_are_those_of_the_run(two_echelon, data):
    made, run = data(two_echelon(), "mpc", n_periods=5)
    table = run.results[0].table
    costs = made.costs
    spent = (
        costs.purchase + costs.production + costs.transport + costs.holding
        + costs.shortage
    )  # fmt: skip
    assert costs.revenue - spent == pytest.approx(table.series("profit"))
    assert costs.cumulative_profit[0].values[-1] == pytest.approx(run.results[0].profit)
    values = np.sum([series.values for series in made.stock], axis=0)
    assert values == pytest.approx(table.series("stock_value"))
    rates = made.service.cumulative_fill_rate
    assert rates[-1] == pytest.approx(table.totals()["fill_rate"])


def test_fan_follows_the_history_it_was_made_from(two_echelon, data):
    network = two_echelon()
    made, run = data(network, n_periods=FAN_PERIODS + 4)
    (fan,) = made.forecasts
    demand = run.results[0].demand[0]
    assert fan.name == "tea for M"
    assert fan.history.tolist() == demand[:4].tolist()
    assert fan.actual.tolist() == demand[4:].tolist()
    assert fan.times_us[0] - fan.history_times_us[-1] == network.settings.review_us
    assert (np.diff(fan.quantiles, axis=0) >= 0).all()


def test_what_is_to_come_is_unknown_in_a_short_run(two_echelon, data):
    made, run = data(two_echelon(), n_periods=3)
    (fan,) = made.forecasts
    assert fan.actual[:2].tolist() == run.results[0].demand[0, 1:].tolist()
    assert np.isnan(fan.actual[2:]).all()


def test_policy_without_plans_has_neither_fans_nor_bars(two_echelon, data):
    made, _ = data(two_echelon(), "base-stock")
    assert made.forecasts == made.gantt == ()


def test_lost_sales_stand_among_the_exceptions(two_echelon, data):
    def bare(tables):
        tables["stock"][1]["on_hand"] = 0
        tables["demands"][0] |= {"backlogged": False, "law": "constant"}

    made, _ = data(two_echelon(bare), "base-stock", n_periods=2)
    (lost,) = made.exceptions
    assert lost.text.startswith("M went without 4 of tea that shop did not have")
    assert lost.money == 40.0


def test_disruptions_are_marked_with_whom_they_struck(works, data):
    start_us = works().settings.as_of_us
    window = {"start_us": start_us + DAY_US, "end_us": start_us + 2 * DAY_US}
    marked, _ = data(
        works(),
        disruptions=(
            Disruption(kind="demand", factor=1.5, items=(2,), **window),
            Disruption(kind="demand", factor=2.0, **window),
            Disruption(kind="machine", targets=(0,), **window),
            Disruption(kind="place", targets=(1,), **window | {"start_us": start_us}),
        ),
    )
    at_us = start_us + DAY_US
    # They are numbered in the order in which they strike.
    assert marked.disruptions == (
        Marker(start_us, "V down"),
        Marker(at_us, "demand x 1.5: tea"),
        Marker(at_us, "demand x 2: all"),
        Marker(at_us, "F1 down"),
    )


def test_kpis_are_compared_and_measured_against_the_clairvoyant(two_echelon, played):
    network = two_echelon(settings={"horizon_periods": 12})
    run = played(network, "mpc", "base-stock", "clairvoyant", n_periods=8)
    rows = {row.name: row for row in kpi_rows(network, run.results)}
    own, _, best = (result.table.totals() for result in run.results)
    assert rows["Result"].bound_percent == pytest.approx(
        100.0 * own["result"] / best["result"]
    )
    assert rows["Fill rate"].value == 100.0 * own["fill_rate"]
    assert rows["Fill rate"].unit == "%"
    assert set(rows["Sales"].comparisons) == {"base-stock", "clairvoyant"}
    assert rows["Sales"].bound_percent is None


def test_kpis_of_one_policy_have_no_bound(two_echelon, played):
    network = two_echelon()
    rows = kpi_rows(network, played(network, "mpc").results)
    assert all(row.bound_percent is None and not row.comparisons for row in rows)
