import numpy as np
import pytest

from forecasting.lifetimes import Lifetimes
from streams.events import ProductionOrderClosed
from twin.calibrate.flow import FlowTimes, flow_times, forecast_flow
from twin.errors import OptionError

START_US = 1_704_067_200_000_000


def test_flow_times_run_from_release_to_closing(log):
    for k, end in enumerate((50, 400, None)):
        log.released(10 * k, f"o{k}")
        if end is not None:
            log.add(end, ProductionOrderClosed(production_order=f"o{k}"))
    whole = flow_times([log.batch()])
    assert whole.lifetimes.duration.tolist() == [50.0, 390.0, 380.0]
    assert whole.lifetimes.is_observed.tolist() == [True, True, False]
    early = flow_times([log.batch()], until_us=START_US + 100_000_000)
    assert early.lifetimes.duration.tolist() == [50.0, 90.0, 80.0]
    assert early.lifetimes.is_observed.tolist() == [True, False, False]
    assert early.start_us == START_US


def simulated(rng, *, days, until):
    """Two orders a day, each of about 20 days; seen until a day."""
    begin = np.sort(rng.uniform(0.0, days, 2 * days))
    span = rng.gamma(4.0, 5.0, 2 * days)
    kept = begin < until
    begin, end = begin[kept], (begin + span)[kept]
    over = end <= until
    seen = np.where(over, end, until) - begin
    start_us = (begin * 86_400e6).astype(np.int64)
    flow = FlowTimes(
        Lifetimes.of(seen * 86_400, over), start_us, int(start_us[0]),
        round(until * 86_400e6),
    )  # fmt: skip
    return flow, begin, span[kept]


def test_forecast_beats_the_average_so_far_where_long_orders_are_still_open():
    rng = np.random.default_rng(7)
    errors = np.zeros((40, 2))
    for number in range(len(errors)):
        whole, begin, span = simulated(rng, days=60, until=60.0)
        cut = 30.0
        known = begin < cut
        over = known & (begin + span <= cut)
        seen = np.where(over, span, cut - begin)[known] * 86_400
        flow = FlowTimes(
            Lifetimes.of(seen, over[known]), whole.begin_us[known], whole.start_us,
            round(cut * 86_400e6),
        )  # fmt: skip
        came = span[(begin + span > cut) & (begin + span <= 60.0)]
        told = forecast_flow(flow, 30 * 86_400.0, rng).quantile(0.9) / 86_400
        expected = np.array([told, np.quantile(span[over], 0.9)])
        errors[number] = expected / np.quantile(came, 0.9)
    ours, naive = np.abs(errors - 1.0).mean(axis=0)
    assert ours < 0.7 * naive


def test_forecast_of_a_law_that_never_censors_is_the_law_itself():
    begin = np.arange(50) * 1_000_000
    lives = Lifetimes.of(np.tile([1.0, 3.0], 25))
    flow = FlowTimes(lives, begin, 0, 60_000_000)
    told = forecast_flow(flow, 1e9, np.random.default_rng(0))
    assert told.choice.law == "observed"
    assert (told.quantile(0.4), told.quantile(0.9)) == (1.0, 3.0)


def test_too_little_is_refused(log):
    with pytest.raises(OptionError, match="no production order"):
        flow_times([log.batch()])
    flow = FlowTimes(Lifetimes.of([1.0]), np.zeros(1, np.int64), 0, 9)
    with pytest.raises(OptionError, match="8 closed"):
        forecast_flow(flow, 5.0, np.random.default_rng(0))
