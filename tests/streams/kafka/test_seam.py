from contextlib import suppress

import pytest
from kafka.consumer.fetcher import Fetcher

from streams.errors import RecordsCorruptError
from streams.kafka import seam


@pytest.fixture
def fresh():
    """The self-test runs once a process; here it runs anew."""
    seam.problem.cache_clear()
    yield
    seam.problem.cache_clear()


def fetched(fetcher, subscriptions):
    """Read everything a fetcher has got, and where it then stands."""
    found = []
    while got := fetcher.fetched_records(1)[0].get(seam._PLACE):
        found += got
    return found, subscriptions.position(seam._PLACE).offset


def test_self_test_passes_with_the_installed_client(fresh):
    assert seam.problem() == ""


def test_client_of_another_version_is_refused(fresh, monkeypatch):
    monkeypatch.setattr("kafka.__version__", "9.9.9")
    assert seam.problem() == "kafka-python 9.9.9 is not one of those tested: 3.0.12"


def test_client_whose_insides_moved_is_refused(fresh, monkeypatch):
    monkeypatch.delattr(Fetcher, "fetched_records")
    assert "self-test failed: AttributeError" in seam.problem()


def test_client_that_asks_for_its_records_elsewhere_is_refused(fresh, monkeypatch):
    """Its own records come through then, which are not what is expected."""
    monkeypatch.setattr(seam, "insert", lambda consumer: seam.BatchSize())
    assert "self-test" in seam.problem()


def test_seam_that_reads_otherwise_is_refused(fresh, monkeypatch):
    """As if the client had changed what it leaves out."""
    monkeypatch.setattr(seam, "Aborted", lambda first, producer: (first, producer + 1))
    assert "self-test" in seam.problem()


def test_several_batches_come_as_one_and_the_place_is_behind_markers():
    fetcher, subscriptions = seam._fetcher()
    size = seam.insert(type("Consumer", (), {"_fetcher": fetcher}))
    size.max_records = 100
    found, place = fetched(fetcher, subscriptions)
    (one,) = found
    assert one.records.partition == "self-test-0"
    assert one.records.offsets.tolist() == [11, 12, 16, 17]
    assert (one.offset, place) == (17, 19)


def test_wrong_sum_is_told_again_and_again_and_nothing_passed(monkeypatch):
    response = bytearray(seam._response())
    response[-1] ^= 1
    monkeypatch.setattr(seam, "_response", lambda: bytes(response))
    fetcher, subscriptions = seam._fetcher()
    seam.insert(type("Consumer", (), {"_fetcher": fetcher})).max_records = 2
    found = []
    for _ in range(10):
        with suppress(RecordsCorruptError):
            found += fetcher.fetched_records(1)[0].get(seam._PLACE, [])
    assert [one.offset for one in found] == [12, 17]
    assert subscriptions.position(seam._PLACE).offset == 18
    with pytest.raises(RecordsCorruptError, match="CRC-32C"):
        fetcher.fetched_records(1)


def test_seek_elsewhere_drops_what_was_fetched():
    fetcher, subscriptions = seam._fetcher()
    seam.insert(type("Consumer", (), {"_fetcher": fetcher})).max_records = 1
    assert fetcher.fetched_records(1)[0]
    subscriptions.seek(seam._PLACE, 40)
    assert fetcher.fetched_records(1)[0] == {}
    assert subscriptions.position(seam._PLACE).offset == 40
