"""Measures of a run: split, cut, and beside the books of the loop."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.errors import OptionError
from twin.kpi import KPI_DEFINITIONS, RunMeasures
from twin.simulate.decisions import Decisions

DAY_US = 86_400_000_000
N_DAYS = 10


def busy_days(network):
    """Two machines that fail and tea that is short."""

    def make(quantity):
        return Decisions(
            make_item=np.array([network.item_index["tea"]], np.int32),
            make_site=np.array([network.place_index["P"]], np.int32),
            make_quantity=np.array([quantity]),
            lane=np.arange(2, dtype=np.int32),
            item=network.lanes.item_index[:2],
            quantity=np.array([30.0, 50.0]),
        )

    return [make(12.0 + day % 3) for day in range(N_DAYS)]


def failing(tables):
    for machine in tables["machines"]:
        machine.update(mttf_s=40_000, mttr_s=9_000, power_busy_kw=3.0)
    tables["demands"][0].update(backlogged=False, law="poisson")


@pytest.fixture(scope="module")
def played(works, run_loop, scripted):
    network = works(failing)
    return run_loop(network, scripted(*busy_days(network)), N_DAYS, seed=2)


def window_of(run, first=0, last=N_DAYS):
    as_of_us = run.loop.network.settings.as_of_us
    return as_of_us + first * DAY_US, as_of_us + last * DAY_US + 1


def measured(run, batches, **options):
    measures = RunMeasures(run.loop.network, run.names, window_of(run), **options)
    for batch in batches:
        measures.book(batch)
    return measures


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cuts=st.lists(st.integers(0, 2000), max_size=12))
def test_batches_change_nothing_to_the_last_bit(played, cuts):
    events = played.events
    places = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    parts = [events.take(slice(first, last)) for first, last in pairwise(places)]
    whole, split = measured(played, [events]), measured(played, parts)
    np.testing.assert_equal(split.measures(), whole.measures())
    tables = split.tables()
    for name, table in whole.tables().items():
        assert tables[name].equals(table), name


def test_books_of_the_loop_agree(played):
    measures = measured(played, [played.events]).measures()
    totals = played.result.table.totals()
    same = {
        "sales": "sales", "purchase_cost": "purchase", "transport_cost": "transport",
        "fill_rate": "fill_rate", "lost_share": "lost_share",
    }  # fmt: skip
    for name, booked in same.items():
        assert measures[name] == pytest.approx(totals[booked]), name
    # The loop counts the work of machines as handling.
    work = measures["handling_cost"] + measures["production_cost"]
    assert work == pytest.approx(totals["handling"])
    assert measures["lost_units"] > 0
    assert measures["down_share"] > 0
    assert measures["energy_kwh"] > 0


def test_windows_side_by_side_add_up(played):
    def sums(first, last, *names):
        start, end = window_of(played, first, last)
        run = RunMeasures(played.loop.network, played.names, (start, end - 1))
        run.book(played.events)
        measures = run.measures()
        return np.array([measures[name] for name in names])

    flows = (
        "sales", "lost_units", "lines_due", "transport_cost", "holding_cost",
        "shortage_cost", "production_cost", "energy_kwh", "demanded_units",
    )  # fmt: skip
    parts = sums(0, 4, *flows) + sums(4, 9, *flows)
    np.testing.assert_allclose(parts, sums(0, 9, *flows), rtol=1e-12)


def test_booking_may_go_on_after_measuring(played):
    events = played.events
    run = measured(played, [events.take(slice(0, 100))])
    early = run.measures()
    run.book(events.take(slice(100, len(events))))
    late = measured(played, [events]).measures()
    assert early != late
    np.testing.assert_equal(run.measures(), late)


def test_counts_of_events_add_up(played):
    run = measured(played, [played.events])
    assert run.n_events + run.n_outside == len(played.events)
    assert run.n_unknown == 0


def test_tables_are_named_and_numbers(played):
    run = measured(played, [played.events])
    assert list(run.measures()) == list(KPI_DEFINITIONS)
    tables = run.tables()
    assert list(tables) == [
        "machines", "groups", "plants", "sites", "items", "lanes", "echelons",
    ]  # fmt: skip
    for table in tables.values():
        assert table.height > 0
        floats = table.select(pl.selectors.float())
        assert not floats.select(pl.all().is_nan().any()).row(0).count(True)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"at_once_s": -1.0}, "at_once_s must be >= 0"),
     ({"at_once_s": float("nan")}, "at_once_s must be >= 0"),
     ({"bucket_s": 0.0}, "bucket_s must be > 0, was 0.0")],
)  # fmt: skip
def test_option_out_of_range_is_refused(played, options, said):
    with pytest.raises(OptionError, match=said):
        measured(played, [], **options)
