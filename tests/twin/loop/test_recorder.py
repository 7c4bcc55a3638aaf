"""What a loop decided, in its log."""

import json
from dataclasses import replace

import numpy as np
import pytest

from streams.codec import decode
from streams.events import TYPE_CODES
from streams.log import LogReader, LogWriter
from streams.names import Names
from twin.cycle import PlanPolicy
from twin.demand import MeanForecaster, law_means
from twin.loop import Loop
from twin.loop.recorder import FORECAST_PERIODS, LogRecorder
from twin.planning import planning_structure
from twin.simulate.reference.plant import Plant

DAY_US = 86_400_000_000


@pytest.fixture
def recorded(tmp_path):
    """Run a policy for three days; returns the decoded log."""

    def run(network, policy):
        names = Names()
        plant = Plant(network, names, seed=2)
        structure = planning_structure(network)
        with LogWriter(tmp_path, fsync="close") as log:
            recorder = LogRecorder(
                log, network, policy, structure=structure, names=names
            )
            loop = Loop(network, plant, policy, names=names, recorder=recorder)
            result = loop.run(3)
        batches = []
        with LogReader(tmp_path) as reader:
            while (batch := reader.poll(0, 100)) is not None:
                batches.append(decode(batch, names).events)
        return result, batches

    return run


def times(batches, name):
    code = TYPE_CODES[name]
    return np.concatenate(
        [batch.time_us[batch.type_code == code] for batch in batches]
    ).tolist()


def test_forecasts_and_plans_are_written_at_every_review(
    two_echelon, recorded, planner_of
):
    network = two_echelon()
    policy = PlanPolicy(
        planner_of(network), MeanForecaster(law_means(network)), quantile=0.9,
        horizon=lambda: FORECAST_PERIODS,
    )  # fmt: skip
    result, batches = recorded(network, policy)
    reviews = [network.settings.as_of_us + k * DAY_US for k in range(3)]
    assert times(batches, "ForecastIssued") == reviews
    assert times(batches, "PlanReleased") == reviews
    assert sum(map(len, batches)) == result.n_events


def test_plan_is_written_with_the_reason_for_it(two_echelon, recorded, planner_of):
    class Reasoned(PlanPolicy):
        def decide(self, state, now_us):
            return replace(super().decide(state, now_us), reason="it is cheapest")

    network = two_echelon()
    policy = Reasoned(
        planner_of(network), MeanForecaster(law_means(network)), quantile=0.9,
        horizon=lambda: FORECAST_PERIODS,
    )  # fmt: skip
    _, batches = recorded(network, policy)
    code = TYPE_CODES["PlanReleased"]
    details = [
        json.loads(batch.detail_of(row))
        for batch in batches
        for row in np.flatnonzero(batch.type_code == code)
    ]
    assert [one["reason"] for one in details] == ["it is cheapest"] * 3


def test_policy_without_plan_writes_no_decisions(two_echelon, recorded, scripted):
    _, batches = recorded(two_echelon(), scripted())
    assert times(batches, "ForecastIssued") == []
    assert times(batches, "PlanReleased") == []
    assert len(times(batches, "OrderReceived")) == 3
