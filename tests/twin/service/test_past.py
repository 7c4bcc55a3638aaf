import json

import pytest

from streams.memory import MemoryLog, MemorySink, MemorySource
from twin.clock import SystemClock
from twin.errors import OptionError
from twin.service.past import find_state
from twin.service.tenant import Stream, Tenant
from twin.state.views import orders as orders_of


@pytest.fixture
def tenant(make_tenant, order):
    tenant = make_tenant()
    tenant.start()
    events = [order(1), order(2, time="2026-01-06T08:00:00Z")]
    tenant.journal.submit([json.dumps(one).encode() for one in events]).result(60)
    assert tenant.follower.wait_for_records(2, timeout_s=60)
    return tenant


@pytest.mark.parametrize(
    ("at", "n_orders"),
    [
        (None, 2),
        ("0", 0),
        ("1", 1),
        ("2", 2),
        ("2026-01-05T12:00:00Z", 1),
        ("2026-01-05T12:00:00+09:00", 0),
        ("2026-01-07", 2),
    ],
)
def test_state_has_the_orders_there_were(tenant, at, n_orders):
    found = find_state(tenant, at)
    assert len(found.state.used()["orders"]) == n_orders
    assert (found.latest_us is None) == (n_orders == 0)


@pytest.fixture
def split(tmp_path, demo_network, service_options, order):
    """A tenant whose events are in two partitions, the later ones in the first."""
    log = MemoryLog(["orders-0", "orders-1"])
    days = {"orders-0": (9, 7), "orders-1": (5, 6, 8)}
    for name, at in days.items():
        told = [order(day, time=f"2026-01-{day:02}T08:00:00Z") for day in sorted(at)]
        MemorySink(log, name).append([json.dumps(one).encode() for one in told])
    stream = Stream(sink=lambda: MemorySink(log), source=lambda: MemorySource(log))
    tenant = Tenant(
        "split", demo_network, stream, store=tmp_path / "split", clock=SystemClock(),
        options=service_options,
    )  # fmt: skip
    tenant.start()
    assert tenant.follower.wait_for_records(5, timeout_s=60)
    yield tenant
    tenant.close()


@pytest.mark.parametrize(
    ("at", "orders"),
    [
        ("2026-01-04T08:00:00Z", []),
        ("2026-01-06T08:00:00Z", ["C5", "C6"]),
        ("2026-01-08T07:59:59Z", ["C5", "C6", "C7"]),
        ("2026-01-08T08:00:00Z", ["C5", "C6", "C7", "C8"]),
        ("2026-01-10", ["C5", "C6", "C7", "C8", "C9"]),
    ],
)
def test_state_of_several_partitions_is_that_of_the_time(split, at, orders):
    found = find_state(split, at)
    assert sorted(orders_of(found.state)["order"]) == orders
    again = find_state(split, at)  # from a checkpoint, if one was kept
    assert again.state.digest() == found.state.digest()


def test_offset_says_nothing_where_partitions_are_several(split):
    with pytest.raises(OptionError, match="allowed: a time"):
        find_state(split, "3")


@pytest.mark.parametrize("at", ["3", "yesterday", "-1", "2026-13-01"])
def test_place_that_is_not_there_is_named(tenant, at):
    with pytest.raises(OptionError, match=f"at: .*{at}"):
        find_state(tenant, at)
