"""A small shop with a lane, events in seconds after its `as_of`, and what they tell."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest

from forecasting.lifetimes import Lifetimes
from streams.codec import decode, encode
from streams.events import (
    MachineStateChanged,
    OperationCompleted,
    OperationStarted,
    ProductionOrderReleased,
    SetupCompleted,
)
from streams.names import Names
from streams.records import RecordBatch
from twin.calibrate import Sample, samples_of
from twin.model import build

START_US = 1_704_067_200_000_000  # 2024-01-01
SETTINGS = {"name": "shop", "as_of": "2024-01-01T00:00:00Z"}
TABLES = {
    "sites": [{"site": "P", "kind": "plant", "yield_rate": 0.9}],
    "items": [{"item": "tea"}, {"item": "leaf"}],
    "suppliers": [{"supplier": "V"}],
    "customers": [{"customer": "C"}],
    "routings": [
        {"item": "tea", "step": 1, "operation": "fill", "machine_group": "filling",
         "duration_s": 60, "setup_s": 100},
        {"item": "tea", "step": 2, "operation": "pack", "machine_group": "packing",
         "duration_s": 30, "duration_law": "gamma", "duration_cv": 0.3},
        {"item": "tea", "step": 3, "operation": "fill", "machine_group": "filling",
         "duration_s": 10},
    ],
    "machines": [
        {"machine": "F1", "site": "P", "group": "filling", "speed": 2,
         "mttf_s": 5000, "mttr_s": 300},
        {"machine": "F2", "site": "P", "group": "filling"},
        {"machine": "K1", "site": "P", "group": "packing", "failure_clock": "busy"},
    ],
    "setups": [
        {"group": "filling", "from_family": "*", "to_family": "green", "setup_s": 40},
        {"group": "filling", "from_family": "black", "to_family": "green",
         "setup_s": 20},
    ],
    "lanes": [
        {"lane": "buy", "from_place": "V", "to_place": "P", "item": "leaf",
         "lead_time_s": 1000},
        {"lane": "sell", "from_place": "P", "to_place": "C", "item": "tea",
         "lead_time_s": 500},
    ],
    "stock": [{"item": "leaf", "site": "P"}, {"item": "tea", "site": "P"}],
}  # fmt: skip


@pytest.fixture(scope="session")
def shop():
    return build(TABLES, SETTINGS)


@dataclass
class Log:
    """Events by second; `read` turns them into samples of the shop."""

    network: object
    timed: list = field(default_factory=list)

    def add(self, second, event):
        self.timed.append((second, event))

    def work(self, order, *where_and_when, **pieces):
        """Operation, machine, begin and end in seconds; without an end it goes on."""
        operation, machine, begin, *end = where_and_when
        named = {"production_order": order, "operation": operation, "machine": machine}
        self.add(begin, OperationStarted(**named, item="tea", quantity=4.0))
        if end:
            self.add(end[0], OperationCompleted(**named, item="tea", **pieces))

    def state(self, second, machine, state):
        self.add(second, MachineStateChanged(machine=machine, state=state))

    def setup(self, begin, end, machine, family):
        started_us = START_US + round(begin * 1e6)
        event = SetupCompleted(machine=machine, family=family, started_us=started_us)
        self.add(end, event)

    def released(self, second, order):
        event = ProductionOrderReleased(
            production_order=order, item="tea", site="P", quantity=4.0
        )
        self.add(second, event)

    def batch(self, names=None):
        values = [
            encode(
                event, event_id=str(k), source="test",
                time_us=START_US + round(second * 1e6),
            )
            for k, (second, event) in enumerate(self.timed)
        ]  # fmt: skip
        decoded = decode(RecordBatch.of("log/0", values), names or Names())
        assert not decoded.rejected
        return decoded.events

    def read(self, *, start=None, end=None):
        """Samples by row and column, and what was left out."""
        found, _, left_out = samples_of(
            self.network,
            [self.batch()],
            start_us=None if start is None else START_US + start * 1_000_000,
            end_us=None if end is None else START_US + end * 1_000_000,
        )
        by_name = {one.name: one for one in found}
        assert len(by_name) == len(found)
        return by_name, Counter(left_out)


@pytest.fixture
def log(shop):
    return Log(shop)


@pytest.fixture
def durations():
    """Make a sample of durations of a row, a day apart."""

    def make(values, is_observed=None, *, table="lanes", key=None, **more):
        values = np.asarray(values, float)
        column = {"lanes": "lead_time_s", "routings": "duration_s"}.get(table, "mttf_s")
        return Sample(
            table=table,
            key=key or {"lane": "buy"},
            column=column,
            began_us=START_US + np.arange(len(values)) * 86_400_000_000,
            lifetimes=Lifetimes.of(values, is_observed),
            **more,
        )

    return make
