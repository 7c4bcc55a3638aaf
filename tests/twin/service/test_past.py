import json

import pytest

from twin.errors import OptionError
from twin.service.past import find_state


@pytest.fixture
def tenant(make_tenant, order):
    tenant = make_tenant()
    tenant.start()
    events = [order(1), order(2, time="2026-01-06T08:00:00Z")]
    tenant.journal.submit([json.dumps(one).encode() for one in events]).result(10)
    assert tenant.follower.wait_for_records(2, timeout_s=10)
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


@pytest.mark.parametrize("at", ["3", "yesterday", "-1", "2026-13-01"])
def test_place_that_is_not_there_is_named(tenant, at):
    with pytest.raises(OptionError, match=f"at: .*{at}"):
        find_state(tenant, at)
