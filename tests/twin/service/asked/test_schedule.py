import pytest
from pydantic import ValidationError

from streams.codec import encode
from streams.events import ProductionOrderReleased
from twin.errors import InputError
from twin.service.asked.schedule import CheckAsked, ScheduleAsked, check, schedule


@pytest.fixture
def busy(tenant):
    """A tenant with three production orders."""
    values = [
        encode(
            ProductionOrderReleased(
                production_order=f"P{n}",
                item="shampoo_mild",
                site="plant_north",
                quantity=100,
            ),
            event_id=str(n),
            source="test",
            time_us=tenant.network.settings.as_of_us + n,
        )
        for n in range(3)
    ]
    tenant.journal.submit(values).result(60)
    assert tenant.follower.wait_for_records(3, timeout_s=60)
    return tenant


@pytest.mark.slow
def test_schedule_has_the_open_orders_and_tells_better_ones(busy, handle):
    found = schedule(busy, ScheduleAsked(seconds=2.0), handle)
    assert found["status"] in {"feasible", "optimal"}
    assert {row["job"] for row in found["operations"]} == {"P0", "P1", "P2"}
    assert found["at"].startswith("2026-01-05T00:00:00")
    assert handle.history
    last = handle.history[-1]
    assert last["bound"] <= last["objective"] == pytest.approx(found["objective"])


def test_objective_that_is_none_is_told(busy, handle):
    with pytest.raises(InputError, match="beauty"):
        schedule(busy, ScheduleAsked(seconds=1, objective="beauty"), handle)


def test_shop_without_work_is_told(tenant, handle):
    with pytest.raises(InputError, match="no open production orders"):
        schedule(tenant, ScheduleAsked(seconds=1), handle)


@pytest.mark.parametrize("seconds", [0, -1, 601, float("nan")])
def test_time_has_limits(seconds):
    with pytest.raises(ValidationError):
        ScheduleAsked(seconds=seconds)


@pytest.mark.slow
def test_a_schedule_is_checked_and_made_around_what_is_kept(busy, handle):
    found = schedule(busy, ScheduleAsked(seconds=1.0), handle)
    columns = ("job", "operation", "machine", "start")
    rows = [{name: row[name] for name in columns} for row in found["operations"]]
    asked = {"at": found["state"], "from_us": found["at_us"], "operations": rows}
    judged = check(busy, CheckAsked.model_validate(asked))
    assert judged["feasible"]
    assert judged["objective"] == found["objective"]
    late = {**rows[-1], "start": rows[-1]["start"] + 600}
    kept = {"from_us": found["at_us"], "locks": [late], "operations": rows, "freeze": 1}
    again = schedule(
        busy, ScheduleAsked.model_validate({"seconds": 1.0, "kept": kept}), handle
    )
    there = {(row["job"], row["operation"]): row for row in again["operations"]}
    for row in (late, *(row for row in rows if row["start"] < 1)):
        assert there[row["job"], row["operation"]]["start"] == row["start"]
    assert not any(row["begun"] for row in again["rules"]["operations"])
