import json

import pytest

from twin.service.asked.start import counted, start_of
from twin.service.jobs import Stopped
from twin.whatif import base_branch


def test_network_stands_as_given_before_the_first_event(tenant):
    start = start_of(tenant, None)
    assert start.network is tenant.network
    branch = base_branch(start.network)
    assert start.begins(branch) is branch


def test_start_has_the_orders_of_the_events(tenant, order):
    tenant.journal.submit([json.dumps(order(1)).encode()]).result(60)
    assert tenant.follower.wait_for_records(1, timeout_s=60)
    start = start_of(tenant, None)
    assert start.network.settings.as_of_us == 1_767_600_000_000_000
    assert start.carried.counts["customer"] == 1
    assert start.begins(base_branch(start.network)).begins is not None
    assert start_of(tenant, "0").carried is None


def test_replications_stop_when_told_to(handle):
    class Progress:
        n_done, n_expected = 3, 9

    step = counted(handle)
    step(Progress)
    assert handle.history == [{"done": 3, "expected": 9}]
    handle.stop()
    with pytest.raises(Stopped):
        step(Progress)
