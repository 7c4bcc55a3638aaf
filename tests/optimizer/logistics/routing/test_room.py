from dataclasses import replace
from itertools import product
from math import ceil, inf

import numpy as np
import pytest

from optimizer.logistics.routing import RepairPrices, Shipments
from optimizer.logistics.routing.changes import resolved
from optimizer.logistics.routing.room import least_room
from optimizer.logistics.routing.search.necessary import conflicts_of

PRICES = RepairPrices()


@pytest.fixture
def nine_loads(town, changed):
    """Return nine loads of ten and one vehicle for three of them."""
    problem = changed(town(9), "clients", delivery=[[10]] * 9, close=[900] * 9)
    return changed(
        problem,
        "vehicles",
        available=[1],
        capacity=[[10]],
        reload=[[True]],
        max_reloads=[2],
    )


def test_a_vehicle_that_reloads_carries_a_load_a_trip(nine_loads):
    (conflict,) = conflicts_of(nine_loads)
    assert (conflict.missing, len(conflict.group)) == (60, 9)
    room = least_room(nine_loads, conflict, PRICES)
    assert (room.more, room.cut, room.out, room.price) == (2, 0, (), 40_000)


def test_routes_are_priced_by_all_that_are_missing(town, changed):
    same = {"open": [200] * 8, "close": [200] * 8}
    problem = changed(town(8, available=1, capacity=99), "clients", **same)
    (conflict,) = conflicts_of(problem)
    assert (conflict.kind, conflict.missing, len(conflict.clients)) == ("routes", 7, 2)
    mended, changes = resolved(problem, conflict, PRICES)
    assert [(one.kind, one.amount) for one in changes] == [("vehicle", 7)]
    assert sum(change.price for change in changes) == 140_000
    assert conflicts_of(mended) == ()
    mended, changes = resolved(problem, conflict, RepairPrices(left_out=19_999))
    assert [one.kind for one in changes] == ["left_out"] * 7
    assert conflicts_of(mended) == ()


@pytest.mark.parametrize("seed", range(30))
def test_no_mix_of_one_type_is_cheaper(town, changed, seed):
    rng = np.random.Generator(np.random.Philox(seed))
    loads = rng.integers(1, 30, 6)
    capacity = int(rng.integers(30, 40))
    problem = changed(town(6), "clients", delivery=loads[:, None])
    problem = changed(problem, "vehicles", available=[1], capacity=[[capacity]])
    prices = RepairPrices(
        cut=int(rng.integers(1, 1_000)),
        vehicle=int(rng.integers(1, 20_000)),
        left_out=int(rng.integers(1, 20_000)),
    )
    missing = int(loads.sum()) - capacity
    if missing <= 0:
        return
    (conflict,) = conflicts_of(problem, most=1)
    largest = np.sort(loads)[::-1]
    for may_cut in (True, False):
        least = inf
        for gone, more in product(range(7), range(ceil(missing / capacity) + 1)):
            cut = max(missing - int(largest[:gone].sum()) - more * capacity, 0)
            if may_cut or not cut:
                price = gone * prices.left_out + more * prices.vehicle
                least = min(least, price + cut * prices.cut)
        room = least_room(problem, conflict, prices, may_cut=may_cut)
        assert room.price == least
        mended, changes = resolved(problem, conflict, prices, may_cut=may_cut)
        assert sum(change.price for change in changes) == least
        assert not any(one.kind == "fleet" for one in conflicts_of(mended))


def test_both_ends_of_a_shipment_go_for_one_price(line, changed):
    empty = changed(line, "clients", delivery=[[0]] * 3, open=[50] * 3, close=[50] * 3)
    problem = changed(empty, "vehicles", available=[1])
    (conflict,) = conflicts_of(problem)
    prices = RepairPrices(left_out=2_500)
    assert least_room(problem, conflict, prices).price == 5_000
    pair = replace(problem, shipments=Shipments(pickup=[0], delivery=[1], amount=[[1]]))
    room = least_room(pair, conflict, prices)
    assert (room.out, room.price) == ((0,), 2_500)


def test_of_equal_prices_fixed_costs_decide(nine_loads):
    one = nine_loads.vehicles
    twice = {name: np.concatenate([getattr(one, name)] * 2) for name in one.__slots__}
    both = replace(nine_loads, vehicles=replace(one, **twice))
    both = replace(
        both, vehicles=replace(both.vehicles, fixed_cost=[30, 20], available=[1, 0])
    )
    (conflict,) = conflicts_of(both)
    conflict = replace(conflict, vehicles=(0, 1))
    assert least_room(both, conflict, PRICES).kind == 1
    full = replace(conflict, dimension=0, missing=5)
    none = replace(both, vehicles=replace(both.vehicles, capacity=[[0], [0]]))
    assert least_room(none, full, PRICES).cut == 5
