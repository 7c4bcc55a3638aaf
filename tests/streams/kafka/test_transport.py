import logging
from types import SimpleNamespace

import pytest

from streams.errors import KafkaConfigurationError, RecordsCorruptError
from streams.kafka import seam
from streams.kafka.transport import BatchPoller, RecordPoller, make_poller


class Consumer:
    """Hands out what one response held, through a fetcher of the client."""

    def __init__(self):
        self._fetcher, self.positions = seam._fetcher()

    def poll(self, timeout_ms, max_records):
        return self._fetcher.fetched_records(max_records)[0]

    def position(self, place, timeout_ms):
        return self.positions.position(place).offset


def everything(poller):
    found = []
    for _ in range(9):
        for batch in poller.poll(0.0, 2):
            assert batch.partition == "self-test-0"
            found += zip(
                batch.offsets.tolist(),
                batch.timestamps_us.tolist(),
                batch.values(),
                batch.keys or [None] * len(batch),
                batch.headers or [{}] * len(batch),
                strict=True,
            )
    return found, poller.positions(["self-test-0"])


def test_both_ways_give_the_same_records_and_places():
    one_by_one = everything(make_poller(Consumer(), "poll"))
    assert everything(make_poller(Consumer(), "batch")) == one_by_one
    assert [row[0] for row in one_by_one[0]] == [11, 12, 16, 17]
    assert one_by_one[1] == {"self-test-0": 19}


@pytest.mark.parametrize(
    ("wanted", "kind", "reason"),
    [
        ("poll", RecordPoller, "asked for"),
        ("batch", BatchPoller, "asked for"),
        ("auto", BatchPoller, "self-test passed"),
    ],
)
def test_transport_is_what_was_asked_for(wanted, kind, reason):
    poller = make_poller(Consumer(), wanted)
    assert isinstance(poller, kind)
    assert poller.reason == reason


@pytest.mark.parametrize("wanted", ["auto", "batch"])
def test_unknown_client_is_polled_and_the_reason_logged(wanted, monkeypatch, caplog):
    monkeypatch.setattr(seam, "problem", lambda: "kafka-python 4 is not one of those")
    with caplog.at_level(logging.WARNING):
        poller = make_poller(Consumer(), wanted)
    assert poller.name == "poll"
    assert poller.reason == "kafka-python 4 is not one of those"
    assert "one by one, which is slow: kafka-python 4" in caplog.text
    assert everything(poller)[1] == {"self-test-0": 19}


def test_client_without_the_seam_is_polled(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "streams.kafka.seam", None)
    monkeypatch.delattr("streams.kafka.seam")
    poller = make_poller(SimpleNamespace(), "auto")
    assert poller.name == "poll"
    assert poller.reason.startswith("the client's insides moved: ")


@pytest.mark.parametrize("wanted", ["lane", "fast"])
def test_transport_that_is_none_of_a_consumer_is_refused(wanted):
    with pytest.raises(KafkaConfigurationError, match=f"was '{wanted}'"):
        make_poller(Consumer(), wanted)


@pytest.mark.parametrize("wanted", ["poll", "batch"])
def test_wrong_sum_is_told_alike(wanted, monkeypatch):
    response = bytearray(seam._response())
    response[-1] ^= 1
    monkeypatch.setattr(seam, "_response", lambda: bytes(response))
    monkeypatch.setattr(seam, "problem", lambda: "")
    poller = make_poller(Consumer(), wanted)
    found = [poller.poll(0.0, 2)[0].offsets.tolist() for _ in range(2)]
    assert found == [[11, 12], [16, 17]]
    with pytest.raises(RecordsCorruptError):
        poller.poll(0.0, 2)
