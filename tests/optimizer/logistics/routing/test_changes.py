from dataclasses import replace

import pytest

from optimizer.logistics.routing import RepairPrices, Shipments
from optimizer.logistics.routing.changes import added, left_out, resolved
from optimizer.logistics.routing.search.necessary import conflicts_of

PRICES = RepairPrices()


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("clients", {"delivery": [[2], [3], [10]]}),
        ("clients", {"close": [99, 99, 29]}),
        ("vehicles", {"close": [60]}),
        ("vehicles", {"max_distance": [59]}),
        ("vehicles", {"max_duration": [60]}),
        ("clients", {"skills": [[0], [0], [1]]}),
        ("vehicles", {"available": [1], "capacity": [[6]]}),
        ("clients", {"delivery": [[5], [5], [5]]}),
    ],
)
def test_a_change_resolves_its_conflict(line, changed, table, columns):
    problem = changed(line, table, **columns)
    (conflict,) = conflicts_of(problem)
    for may_cut in (True, False):
        mended, changes = resolved(problem, conflict, PRICES, may_cut=may_cut)
        assert conflicts_of(mended) == ()
        assert changes
        for change in changes:
            assert change.price == change.amount * getattr(PRICES, change.kind) > 0


def test_a_shipment_is_left_out_as_one(line, changed):
    empty = changed(line, "clients", delivery=[[0]] * 3, prize=[7, 0, 0])
    pair = Shipments(pickup=[0], delivery=[2], amount=[[1]])
    mended, (change,) = left_out(replace(empty, shipments=pair), 2, PRICES)
    assert change.text == "leave the shipment from 0 to 2 out"
    assert mended.clients.required.tolist() == [False, True, False]
    assert mended.clients.prize.tolist() == [0, 0, 0]


def test_vehicles_are_added(line):
    mended, (change,) = added(line, 0, 2, PRICES)
    assert mended.vehicles.available.tolist() == [4]
    assert (change.amount, change.price) == (2, 40_000)
