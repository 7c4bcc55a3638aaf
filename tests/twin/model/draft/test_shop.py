import pytest

from streams.events import OperationCompleted, OperationStarted
from twin.model.draft.collect import collect
from twin.model.draft.places import find_places
from twin.model.draft.shop import machines, routings


@pytest.fixture
def seen(batch_of, timed_events):
    return collect([batch_of(timed_events)])


def test_machines_stand_where_their_orders_are_made(seen):
    found = machines(seen, find_places(seen)).rows()
    assert found == [("F1", "P", "fill"), ("K1", "P", "pack"), ("X9", "P", "X9")]


def test_routing_is_the_most_frequent_way_with_its_laws(seen):
    found = routings(seen).rows(named=True)
    assert [(row["item"], row["step"], row["operation"]) for row in found] == [
        ("tea", 10, "fill"),
        ("tea", 20, "pack"),
    ]
    for row in found:
        assert row["duration_s"] == pytest.approx(10.0)
        assert row["duration_cv"] == pytest.approx(0.0, abs=1e-12)
        assert row["yield_rate"] == pytest.approx(0.75)
        assert (row["n_observed"], row["n_orders"]) == (3, 2)
        assert row["machine_group"] == row["operation"]


def test_operation_off_every_route_is_kept_under_any_item(batch_of):
    events = []
    for k, way in enumerate([("cut",), ("cut",), ("cut", "paint")]):
        for step, operation in enumerate(way):
            work = {"production_order": f"w{k}", "operation": operation, "machine": "M"}
            item = {"item": "box"}
            events.append((100 * k + step, OperationStarted(**work, **item)))
            events.append((100 * k + step + 1, OperationCompleted(**work, good=1)))
    found = routings(collect([batch_of(events)])).rows(named=True)
    assert [(row["item"], row["operation"]) for row in found] == [
        ("*", "paint"),
        ("box", "cut"),
    ]
    # One machine does both: they are one group, named after the more frequent.
    assert {row["machine_group"] for row in found} == {"cut"}


def test_completion_that_names_its_start_needs_no_start_event(batch_of):
    events = [
        (60 * (k + 1), OperationCompleted(
            production_order=f"w{k}", operation="cut", machine="M",
            started_us=round(1e6 * 60 * k) if k else 0, good=2 + k,
        ))
        for k in range(2)
    ]  # fmt: skip
    (row,) = routings(collect([batch_of(events)])).rows(named=True)
    assert row["item"] == "*"
    assert row["duration_s"] == pytest.approx(120 / 5)
    assert row["n_observed"] == 2


def test_operation_still_running_has_no_duration(batch_of):
    event = OperationStarted(production_order="w", operation="cut", machine="M")
    (row,) = routings(collect([batch_of([(0, event)])])).rows(named=True)
    assert (row["n_observed"], row["duration_s"]) == (0, 0.0)
