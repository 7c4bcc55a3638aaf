"""A works and a shop small enough to measure by hand, and runs of it."""

import copy

import pytest

from streams.batch import in_canonical_order
from streams.codec import decode, encode
from streams.names import Names
from streams.records import RecordBatch
from twin.kpi import RunMeasures
from twin.model.network import build

HOUR_US = 3_600_000_000
DAY_S = 86_400
SETTINGS = {"name": "small", "as_of": "2024-01-01T00:00:00Z", "time_zone": "UTC"}

# V -> works -> shop -> M; the works fills and packs tea, F1 pays a tariff for energy.
SMALL = {
    "sites": [
        {"site": "works", "kind": "plant", "handling_cost": 0.5, "tariff": "day"},
        {"site": "shop", "kind": "store", "handling_cost": 0.25},
    ],
    "items": [
        {"item": "leaf", "unit_cost": 2.0},
        {"item": "tea", "unit_cost": 8.0, "price": 20.0},
    ],
    "bills": [{"item": "tea", "component": "leaf", "quantity": 1}],
    "routings": [
        {"item": "tea", "step": 1, "operation": "fill", "machine_group": "filling",
         "duration_s": 600},
        {"item": "tea", "step": 2, "operation": "pack", "machine_group": "packing",
         "duration_s": 600},
    ],
    "machines": [
        {"machine": "F1", "site": "works", "group": "filling", "cost_per_h": 36.0,
         "power_off_kw": 1.0, "power_idle_kw": 2.0, "power_setup_kw": 3.0,
         "power_busy_kw": 10.0},
        {"machine": "K1", "site": "works", "group": "packing", "speed": 2},
    ],
    "tariffs": [
        {"tariff": "day", "start": "06:00", "price_per_kwh": 0.3},
        {"tariff": "day", "start": "22:00", "price_per_kwh": 0.1},
    ],
    "suppliers": [{"supplier": "V"}],
    "customers": [{"customer": "M"}],
    "lanes": [
        {"lane": "buy", "from_place": "V", "to_place": "works", "item": "leaf",
         "lead_time_s": DAY_S, "price": 3.0, "unit_cost": 0.1, "fixed_cost": 5.0,
         "pipeline_cost_per_day": 0.02},
        {"lane": "ship", "from_place": "works", "to_place": "shop", "item": "tea",
         "lead_time_s": DAY_S, "unit_cost": 0.5},
        {"lane": "sell", "from_place": "shop", "to_place": "M", "item": "tea",
         "lead_time_s": DAY_S, "unit_cost": 0.2},
    ],
    "demands": [
        {"customer": "M", "item": "tea", "site": "shop", "mean_per_day": 4,
         "shortage_cost": 1.0},
    ],
    "stock": [
        {"item": "leaf", "site": "works", "on_hand": 100, "holding_cost_per_day": 0.1},
        {"item": "tea", "site": "works", "on_hand": 0, "holding_cost_per_day": 0.2},
        {"item": "tea", "site": "shop", "on_hand": 10, "holding_cost_per_day": 0.4},
    ],
}  # fmt: skip


@pytest.fixture(scope="session")
def small():
    """Build the network; `change` edits its tables."""

    def make(change=None):
        tables = copy.deepcopy(SMALL)
        if change:
            change(tables)
        return build(tables, SETTINGS)

    return make


class Telling:
    """Turns events told by hand into batches of one table of names."""

    def __init__(self, network):
        self.network = network
        self.names = Names()
        self._n_events = 0

    def at_us(self, hours):
        return self.network.settings.as_of_us + round(hours * HOUR_US)

    def batch(self, *timed):
        """Events as (hours after `as_of`, event), in canonical order."""
        first, self._n_events = self._n_events, self._n_events + len(timed)
        values = [
            encode(
                event,
                event_id=str(n),
                source="t",
                time_us=self.at_us(hours),
                sequence=n,
            )
            for n, (hours, event) in enumerate(timed, start=first)
        ]
        decoded = decode(RecordBatch.of("log/0", values), self.names)
        assert not decoded.rejected, decoded.rejected
        return in_canonical_order(decoded.events)

    def run(self, window, **options):
        """Measures of a window in hours, with nothing booked."""
        start, end = (self.at_us(hours) for hours in window)
        return RunMeasures(self.network, self.names, (start, end), **options)


@pytest.fixture(scope="session")
def telling():
    return Telling


@pytest.fixture(scope="session")
def measure(small):
    """Book events told in hours; returns the run."""

    def book(*timed, window=(0, 24), change=None, **options):
        told = Telling(small(change))
        run = told.run(window, **options)
        run.book(told.batch(*timed))
        return run

    return book
