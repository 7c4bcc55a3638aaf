"""Futures on columns beside those on event batches: the same, to the last bit."""

import math

import numpy as np
import pytest

from twin.kpi._kernels.levels import Rows
from twin.simulate.compiled.layouts import Layouts
from twin.simulate.tables import Trace
from twin.whatif import ENGINES, FutureOptions, Futures, base_branch
from twin.whatif.future import futures_of
from twin.whatif.stock_futures import StockFutures, flows, joined, trace_numbers

DAY_S = 86_400


@pytest.fixture
def both():
    """Play a seed of a branch on columns, and on event batches."""

    def make(branch, seed=4, days=9, **options):
        chosen = FutureOptions(horizon_s=days * DAY_S, **options)
        engine = ENGINES["compiled"]
        fast = futures_of(branch, chosen, monotonic_s=lambda: 0.0, engine=engine)
        plain = Futures(branch, chosen, monotonic_s=lambda: 0.0, engine=engine)
        assert isinstance(fast, StockFutures)
        return fast(seed), plain(seed)

    return make


@pytest.mark.parametrize("seed", [0, 4])
def test_measures_are_those_of_event_batches(works, both, seed):
    fast, plain = both(base_branch(works()), seed)
    assert fast == pytest.approx(plain, rel=0, abs=0, nan_ok=True)
    assert fast["sales"] > 0
    assert fast["stock_value@0"] > 0


def test_branch_with_orders_and_disruptions_is_the_same(two_echelon, branch, both):
    base = base_branch(two_echelon())
    supplier = base.network.places.ids[base.network.n_sites]
    changed = branch(
        base,
        demand=[{"factor": 1.7}],
        supplier_failures=[
            {"supplier": supplier, "start_s": DAY_S, "duration_s": 3 * DAY_S}
        ],
    )
    fast, plain = both(changed)
    assert fast == pytest.approx(plain, rel=0, abs=0, nan_ok=True)


def test_released_production_order_is_the_same(works, branch, both):
    order = {"item": "tea", "site": "P", "quantity": 7, "release_s": DAY_S}
    base = base_branch(works())
    fast, plain = both(branch(base, production_order=[order]))
    assert fast == pytest.approx(plain, rel=0, abs=0, nan_ok=True)
    without, _ = both(base)
    assert fast["throughput_units_per_day"] != without["throughput_units_per_day"]


def test_other_policies_are_played_on_batches(base):
    options = FutureOptions(policy="base-stock")
    found = futures_of(
        base, options, monotonic_s=lambda: 0.0, engine=ENGINES["compiled"]
    )
    assert isinstance(found, Futures)
    assert isinstance(
        futures_of(base, FutureOptions(), monotonic_s=lambda: 0.0), Futures
    )


def test_numbers_of_a_trace_are_by_kind(works):
    network = works()
    layout = Layouts(network).reaching(network.settings.as_of_us)
    numbers = trace_numbers(network, layout)
    lengths = [len(one) for one in numbers]
    assert lengths == [len(network.items.ids), len(network.places.ids),
                       len(network.machines.ids), len(network.operations)]  # fmt: skip
    together = np.concatenate(numbers)
    assert len(set(together.tolist())) == sum(lengths)


def test_traces_are_joined_in_their_order():
    first, second = Trace.of_rows(2), Trace.of_rows(1)
    first.time_us[:], second.time_us[:] = [1, 2], 3
    assert joined(first, second).time_us.tolist() == [1, 2, 3]


def test_order_of_another_period_is_not_served_at_once(works):
    network = works()
    asked, sent = 0, 8  # codes of an order and a dispatch
    n = 4
    blank = {name: np.zeros(n, np.int64) for name in Rows._fields}
    rows = Rows(**blank)._replace(
        type_code=np.array([asked, sent, asked, sent], np.int16),
        value0=np.array([5.0, 3.0, 2.0, 1.0]),
        subject=np.array([7, 1, 8, 2], np.int32),
        parent=np.array([-1, 7, -1, 7], np.int32),
        time_us=np.array([1, 1, 2, 1]),
        site=np.zeros(n, np.int32),
        demand=np.zeros(n, np.int32),
    )
    demanded, served = flows(rows, [2, 4], network)
    assert demanded.tolist() == [5.0, 2.0]
    assert served.tolist() == [3.0, 0.0]
    assert math.isclose(demanded.sum(), 7.0)
