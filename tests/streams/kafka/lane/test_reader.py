import time
from queue import SimpleQueue

import pytest

from streams._kernels.records import BASE_OFFSET
from streams.errors import KafkaError, LaneUnavailableError, RecordsCorruptError
from streams.kafka.lane.connection import Connection
from streams.kafka.lane.reader import Answer, LeaderReader, Limits, OutOfRange
from streams.kafka.lane.requests import Wanted

LIMITS = Limits(max_bytes=10_000, partition_bytes=5000, committed=True)


@pytest.fixture
def start():
    """Read from a scripted broker; returns the queue that gets what it says."""
    readers = []

    def make(broker, *wanted):
        ready = SimpleQueue()
        connection = Connection("127.0.0.1", broker.port, 5.0)
        reader = LeaderReader(connection, wanted, limits=LIMITS, ready=ready)
        readers.append(reader)
        return ready

    yield make
    for reader in readers:
        reader.close()


def test_next_answer_is_asked_for_before_this_one_is_taken(scripted, start, batch_of):
    broker = scripted()
    broker.script = [
        lambda _: {("t", 0): {"records": batch_of(0, [b"a"]) + batch_of(1, [b"b"])}},
        lambda _: {("t", 0): {"records": batch_of(2, [b"c"])}},
        lambda _: {("t", 0): {"records": batch_of(3, [b"d"])}},
    ]
    ready = start(broker, Wanted("t", 0, 0, 5, -1))
    answers = [ready.get(timeout=60) for _ in range(3)]  # none given back
    bases = [answer.pieces[0].table[:, BASE_OFFSET].tolist() for answer in answers]
    assert bases == [[0, 1], [2], [3]]
    assert [asked["t", 0].fetch_offset for asked in broker.asked[:3]] == [0, 2, 3]


def test_who_does_not_take_is_not_filled_up(scripted, start, batch_of):
    broker = scripted()

    def answer(wanted):
        return {("t", 0): {"records": batch_of(wanted["t", 0].fetch_offset, [b"a"])}}

    broker.script = [answer] * 1000
    ready = start(broker, Wanted("t", 0, 0, 5, -1))
    first = ready.get(timeout=60)
    time.sleep(0.2)
    assert len(broker.asked) <= 8  # seven buffers are full, one answer is on its way
    first.ring.give_back(first.data)
    while len(broker.asked) < 9:
        time.sleep(0.001)


def test_who_got_something_goes_behind_the_others(scripted, start, batch_of):
    broker = scripted()
    broker.script = [lambda _: {("t", 0): {"records": batch_of(0, [b"a"])}}]
    wanted = [Wanted("t", number, 0, 5, -1) for number in range(3)]
    start(broker, *wanted).get(timeout=60)
    while len(broker.asked) < 2:
        time.sleep(0.001)
    assert [list(asked) for asked in broker.asked[:2]] == [
        [("t", 0), ("t", 1), ("t", 2)],
        [("t", 1), ("t", 2), ("t", 0)],
    ]


def test_what_came_before_a_fault_is_handed_over_first(scripted, start, batch_of):
    broker = scripted()
    no_length = batch_of(1, [b"b"])[:8] + b"\0\0\0\1" + bytes(60)
    broker.script = [
        lambda _: {("t", 0): {"records": batch_of(0, [b"a"]) + no_length}},
    ]
    ready = start(broker, Wanted("t", 0, 0, 5, -1))
    assert isinstance(ready.get(timeout=60), Answer)
    fault = ready.get(timeout=60)
    assert isinstance(fault, RecordsCorruptError)
    assert "'t-0'" in str(fault)


def test_older_formats_are_left_to_other_transports(scripted, start, batch_of):
    broker = scripted()
    old = bytearray(batch_of(0, [b"a"]))
    old[16] = 1
    broker.script = [lambda _: {("t", 0): {"records": bytes(old)}}]
    fault = start(broker, Wanted("t", 0, 0, 5, -1)).get(timeout=60)
    assert isinstance(fault, LaneUnavailableError)


def test_partition_that_was_not_asked_for_is_refused(scripted, start, batch_of):
    broker = scripted()
    broker.script = [lambda _: {("u", 7): {"records": batch_of(0, [b"a"])}}]
    fault = start(broker, Wanted("t", 0, 0, 5, -1)).get(timeout=60)
    assert isinstance(fault, KafkaError)
    assert "sent 'u-7' unasked" in str(fault)


def test_offset_that_is_not_there_is_handed_over(scripted, start):
    broker = scripted()
    broker.script = [lambda _: {("t", 0): {"error_code": 1}}]
    wanted = Wanted("t", 0, 9, 5, -1)
    fault = start(broker, wanted).get(timeout=60)
    assert isinstance(fault, OutOfRange)
    assert fault.wanted == wanted
