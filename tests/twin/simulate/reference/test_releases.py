import numpy as np
import pytest

from streams.batch import NO_TIME
from streams.events import EVENT_TYPES
from streams.names import Names
from twin.simulate.random import ARRIVAL, MIX, DurationLaw, Sampler
from twin.simulate.reference.plant import Plant

SECOND_US = 1_000_000
FIRST_RELEASE_US = 150 * SECOND_US


def released(network, *, hours=3, seed=1):
    """Orders released so far: time, item, pieces and due date."""
    names, until_us = Names(), network.settings.as_of_us + hours * 3600 * SECOND_US
    batch = Plant(network, names, seed=seed).advance(until_us)
    rows = [event == "ProductionOrderReleased" for event in types(batch)]
    times = batch.time_us[rows] - network.settings.as_of_us
    items = [names[k] for k in batch.item[rows].tolist()]
    return times, items, batch.value0[rows], batch.time0[rows]


def types(batch):
    return [EVENT_TYPES[code].__name__ for code in batch.type_code.tolist()]


def release(**more):
    """Every 100 s by a constant law, first after 100 s."""
    always = {"release": "R", "item": "tea", "site": "P", "interval_s": 100}
    return [always | {"interval_law": "constant"} | more]


def test_orders_come_at_their_intervals(busy):
    times, items, pieces, _ = released(busy(releases=release(quantity=2)))
    assert times.tolist() == [100 * SECOND_US * n for n in range(1, 109)]
    assert set(items) == {"tea"}
    assert (pieces == 2.0).all()


@pytest.mark.parametrize("first_s", [0, 150])
def test_first_order_may_have_a_time_of_its_own(busy, first_s):
    times, *_ = released(busy(releases=release(first_s=first_s)), hours=1)
    assert times[:2].tolist() == [first_s * SECOND_US, (first_s + 100) * SECOND_US]


def test_due_date_is_counted_from_the_release(busy):
    times, _, _, due = released(busy(releases=release(due_s=300)), hours=1)
    start_us = busy().settings.as_of_us
    assert (due - start_us - times == 300 * SECOND_US).all()
    *_, due = released(busy(releases=release()), hours=1)
    assert (due == NO_TIME).all()


def test_interval_is_drawn_by_the_number_of_the_order(busy):
    network = busy(releases=release(interval_law="exponential"))
    times, *_ = released(network, seed=4)
    sampler = Sampler(4, network.laws)
    law = DurationLaw(int(network.releases.interval_law[0]), 100.0, 0.0)
    intervals = [sampler.duration_us(law, ARRIVAL, 0, n) for n in range(len(times))]
    assert times.tolist() == np.cumsum(intervals).tolist()
    assert len(times) > 60


def test_item_is_drawn_by_its_share(busy):
    routings = [
        {"item": item, "step": 1, "operation": "fill", "machine_group": "filling",
         "duration_s": 1}
        for item in ("tea", "leaf")
    ]  # fmt: skip
    mix = release(share=3) + release(item="leaf", share=1)
    network = busy(releases=mix, routings=routings)
    _, items, *_ = released(network, hours=30)
    rows, sampler = network.releases, Sampler(1, network.laws)
    (first, second), reached = rows.item_index.tolist(), rows.share[0] / 4.0
    wanted = [
        network.items.ids[first if sampler.uniform(MIX, 0, n) <= reached else second]
        for n in range(len(items))
    ]
    assert items == wanted
    assert 0.7 < items.count("tea") / len(items) < 0.8
