"""What a report shows beside the measures, taken from reviews."""

import numpy as np
import pytest

from streams.events import MachineStateChanged, OperationCompleted
from twin.cli.gathering import (
    EXECUTED_DAYS,
    FAN_LEVELS,
    FAN_PERIODS,
    FANS,
    Gatherer,
)
from twin.cycle import PlanPolicy
from twin.demand import MeanForecaster, law_means
from twin.kpi import PeriodMeasures
from twin.loop import Review

DAY_US = 86_400_000_000


@pytest.fixture
def planning(planner_of):
    def make(network):
        return PlanPolicy(
            planner_of(network),
            MeanForecaster(law_means(network)),
            quantile=0.6,
            horizon=lambda: 5,
        )

    return make


@pytest.fixture
def gather(run_loop):
    """Run a policy and look at each of its reviews."""

    def run(network, policy, n_periods):
        gatherer = Gatherer(n_periods, network.demands.mean_per_day)
        result = run_loop(network, policy, n_periods)
        for review in result.reviews:
            gatherer.look(review, policy)
        return gatherer.finished(result.reviews[-1].measures.time_us), result

    return run


@pytest.mark.parametrize("n_periods", [3, EXECUTED_DAYS + 3])
def test_bars_lie_in_the_last_days(works, planning, gather, n_periods):
    network = works()
    gathered, run = gather(network, planning(network), n_periods)
    end_us = run.reviews[-1].measures.time_us
    first_us = max(network.settings.as_of_us, end_us - EXECUTED_DAYS * DAY_US)
    assert gathered.bars
    assert {bar.resource for bar in gathered.bars} == {"F1", "K1"}
    for bar in gathered.bars:
        assert first_us <= bar.start_us <= bar.end_us <= end_us


def test_last_plan_is_kept(works, planning, gather):
    network = works()
    gathered, run = gather(network, planning(network), 3)
    assert gathered.planned is run.reviews[-1].decided.planned
    assert gathered.planned_us == run.reviews[-1].now_us


def test_policy_without_plans_leaves_none(two_echelon, scripted, gather):
    gathered, _ = gather(two_echelon(), scripted(), 3)
    assert gathered.planned is None
    assert gathered.fan_index == -1


@pytest.mark.parametrize("n_periods", [1, 5, FAN_PERIODS + 3])
def test_fans_are_of_the_last_forecast_that_can_be_judged(
    works, planning, gather, n_periods
):
    gathered, _ = gather(works(), planning(works()), n_periods)
    assert gathered.fan_index == max(1, n_periods - FAN_PERIODS)
    assert gathered.fan_quantiles.shape == (1, len(FAN_LEVELS), FAN_PERIODS)


def test_fans_are_of_the_largest_demands():
    gatherer = Gatherer(1, np.arange(20.0) % 10)
    assert gatherer.gathered.fan_rows.tolist() == [9, 19, 8, 18, 7, 17]
    assert len(gatherer.gathered.fan_rows) == FANS


@pytest.fixture
def reviewed(works, folding, scripted):
    """Bars of (day, event) pairs in reviews of a day, by resource and kind."""

    def look(n_days, *timed):
        folder = folding(works())
        gatherer = Gatherer(n_days, folder.network.demands.mean_per_day)
        for day in range(n_days):
            events = folder.batch(
                *((round(at * DAY_US), e) for at, e in timed if day < at <= day + 1)
            )
            now_us = folder.as_of_us + day * DAY_US
            measures = PeriodMeasures(time_us=now_us + DAY_US)
            gatherer.look(
                Review(day, now_us, scripted().decide(None, 0), events, None, measures),
                scripted(),
            )
        gathered = gatherer.finished(folder.as_of_us + n_days * DAY_US)
        return [
            (bar.resource, bar.kind, (bar.start_us - folder.as_of_us) / DAY_US,
             (bar.end_us - folder.as_of_us) / DAY_US)
            for bar in gathered.bars
        ]  # fmt: skip

    return look


def state(machine, word):
    return MachineStateChanged(machine=machine, state=word)


def test_failure_is_a_bar_until_the_machine_runs(reviewed):
    bars = reviewed(
        3, (0.5, state("F1", "down")), (1.25, state("F1", "down")),
        (1.5, state("F1", "idle")), (1.75, state("K1", "busy")),
    )  # fmt: skip
    assert bars == [("F1", "down", 0.5, 1.5)]


def test_failure_that_lasts_ends_with_the_run(reviewed):
    assert reviewed(3, (0.5, state("F1", "down"))) == [("F1", "down", 0.5, 3.0)]


def test_bar_begins_where_the_days_shown_begin(reviewed):
    last = EXECUTED_DAYS + 2
    bars = reviewed(
        last, (0.5, state("F1", "down")), (4.5, state("F1", "idle")),
        (0.25, state("K1", "down")), (0.75, state("K1", "idle")),
    )  # fmt: skip
    assert bars == [("F1", "down", 2.0, 4.5)]


def test_work_is_a_bar_if_its_start_is_known(reviewed):
    def done(**more):
        return OperationCompleted(
            production_order="M1", operation="fill", machine="F1", good=3.0, **more
        )

    start_us = 1_704_067_200_000_000 + DAY_US // 4
    bars = reviewed(1, (0.5, done(started_us=start_us)), (0.75, done()))
    assert bars == [("F1", "production", 0.25, 0.5)]
