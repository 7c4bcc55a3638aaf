import json

from twin.service.metrics import readings_of
from twin.telemetry.metrics import render


def test_numbers_are_those_of_each_tenant(places, order):
    tenant = places.tenants["other"]
    tenant.start()
    tenant.journal.submit([json.dumps(order(1)).encode(), b"x"]).result(60)
    assert tenant.follower.wait_for_records(2, timeout_s=60)
    text = render(readings_of(places)).decode()
    assert 'millstream_records_read_total{shard="other"} 2.0' in text
    assert 'millstream_records_read_total{shard="default"} 0.0' in text
    assert 'millstream_dead_letters_total{reason="not JSON",shard="other"} 1.0' in text
    assert 'millstream_events_waiting{shard="other"} 1.0' in text
