import numpy as np
import pytest

from twin.simulate import layout as laid
from twin.simulate import tables as t
from twin.simulate.disruptions import Disruption
from twin.simulate.laying.whole import capacity_of, lay_out


def laid_out(network, disruptions=(), **options):
    return lay_out(network, disruptions, until_us=network.settings.as_of_us, **options)


def test_names_are_numbered_by_kind(busy):
    network = busy()
    first = laid_out(network).settings[laid.FIRST_NAME :]
    kinds = (
        network.items.ids, network.places.ids, network.machines.ids,
        network.operations, network.families, network.open_orders.ids,
    )  # fmt: skip
    assert first[t.ITEM] == 0
    for kind, ids in enumerate(kinds):
        assert first[kind + 1] - first[kind] == len(ids)
    assert first[t.NUMBERED] >= sum(map(len, kinds))


def test_capacities_are_for_the_time_until_the_next_review(chain):
    def limit(tables):
        tables["lanes"][0]["capacity_per_period"] = 10

    network = chain(limit)
    periods = network.settings.review_us / network.settings.period_us
    lane = network.lanes.ids.index("a")
    plain, own = laid_out(network), laid_out(network, policies=True)
    assert plain.lanes["room"][lane] == 10 * periods
    assert own.lanes["room"][lane] == 10
    assert np.isinf(own.lanes["room"][network.lanes.ids.index("b")])
    limits = [one.settings[laid.HAS_LIMITS] for one in (plain, own)]
    assert limits == [0, 1]
    assert laid_out(chain(), policies=True).settings[laid.HAS_LIMITS] == 0


@pytest.mark.parametrize(
    ("kind", "outage"), [("place", 1), ("lane", 1), ("demand", 0), ("machine", 0)]
)
def test_outages_are_those_of_places_and_lanes(busy, kind, outage):
    network = busy()
    start_us = network.settings.as_of_us
    one = Disruption(kind=kind, start_us=start_us, end_us=start_us + 1, targets=(0,))
    assert laid_out(network, [one]).settings[laid.HAS_OUTAGES] == outage


def test_numbers_that_ids_hold_are_taken(chain):
    ids = ("M3", "M12", "S7", "Mx", "M03", "P1", "C2", "X9", "m4")
    orders = [
        {"order": name, "kind": "purchase", "item": "tea", "from_place": "V",
         "to_place": "hub", "quantity": 1, "due": "2024-01-05T00:00:00Z"}
        for name in ids
    ]  # fmt: skip
    taken = laid_out(chain(open_orders=orders)).taken
    held = {
        letter: row[row != laid.NEVER_US].tolist()
        for letter, row in zip(t.LETTERS, taken, strict=True)
    }
    assert held == {"M": [3, 12], "P": [1], "S": [7], "C": [2]}


def test_simulation_begins_with_room_for_what_is_always_there(busy):
    network = busy()
    layout = laid_out(network)
    capacity = capacity_of(layout)
    assert capacity.points == len(network.stock.item_index)
    assert capacity.places == len(network.places.ids)
    assert capacity.calendar > 2 * len(network.machines.ids) + len(layout.releases)
    assert capacity.micro & (capacity.micro - 1) == 0
    assert capacity.micro >= 2 * len(network.machines.ids)
