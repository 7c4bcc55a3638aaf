import struct
import threading
import time

import pytest

from benchmarks.workloads.canned import CannedBroker, record_batches
from streams.errors import (
    BrokerUnreachableError,
    KafkaError,
    LaneUnavailableError,
    PositionError,
    RecordsCorruptError,
    StreamError,
    TopicNotFoundError,
)
from streams.kafka import KafkaConfiguration
from streams.kafka.lane import FetchLane
from streams.records import Position

N = 1000
SILENT_S_MAX = 60.0
VALUES = [b"value %d %s" % (index, b"." * (index % 90)) for index in range(N)]


@pytest.fixture
def open_lane():
    """Open lanes; close them in the end, and see that no thread is left."""
    opened = []

    def make(address, offsets, **options):
        lane = FetchLane(KafkaConfiguration((address,)), offsets, **options)
        opened.append(lane)
        return lane

    yield make
    for lane in opened:
        lane.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("lane ")]


def drain(lane, ends, max_records=10_000, timeout_s=5.0):
    """Read up to `ends`; return rows of offset and value by partition."""
    found, silent_s = {name: [] for name in ends}, 0.0
    while not lane.position().reaches(Position(ends)):
        batch = lane.poll(timeout_s, max_records)
        if batch is None:
            silent_s += timeout_s
            assert silent_s < SILENT_S_MAX, f"silent at {lane.position()}"
            continue
        assert 0 < len(batch) <= max_records
        rows = zip(batch.offsets.tolist(), batch.values(), strict=True)
        found[batch.partition] += rows
    return found


def expected(first, end):
    return [(offset, VALUES[offset % N]) for offset in range(first, end)]


def next_batch(lane, max_records=10_000):
    for _ in range(100):
        batch = lane.poll(0.1, max_records)
        if batch is not None:
            return batch
    pytest.fail("no batch within 10 s")


@pytest.fixture(scope="module", params=["none", "gzip", "snappy", "lz4", "zstd"])
def canned(request):
    batches = record_batches(VALUES, batch_bytes=4000, codec=request.param)
    options = {"repeat": 3, "n_partitions": 2, "partial": True}
    with CannedBroker({"t": batches}, **options) as broker:
        yield broker


@pytest.mark.parametrize("max_bytes", [1, 5000, 1 << 20])
@pytest.mark.parametrize("max_records", [1, 7, 10_000])
def test_everything_comes_back_in_any_portions(
    canned, open_lane, max_bytes, max_records
):
    lane = open_lane(canned.address, {"t-0": 0, "t-1": 2990}, max_bytes=max_bytes)
    ends = {"t-0": 500 if max_records == 1 else 3 * N, "t-1": 3 * N}
    found = drain(lane, ends, max_records)
    assert found["t-0"] == expected(0, lane.position().of("t-0"))
    assert found["t-1"] == expected(2990, 3 * N)


def test_seek_into_a_batch_goes_on_at_that_record(canned, open_lane):
    lane = open_lane(canned.address, {"t-0": 0, "t-1": 0})
    assert len(next_batch(lane, 3)) == 3
    before = lane.position()
    for offset in (1, 999, 1000, 2999):
        lane.seek({"t-0": offset})
        other = before.of("t-1")
        assert lane.position() == Position({"t-0": offset, "t-1": other})
        found = drain(lane, {"t-0": offset + 1, "t-1": other}, 1)
        assert found["t-0"] == expected(offset, offset + 1)
        before = lane.position()
    with pytest.raises(PositionError, match="'x-0': must be one of t-0, t-1"):
        lane.seek({"x-0": 0})


def test_batches_stay_valid_as_long_as_they_are_held(open_lane):
    batches = record_batches(VALUES, batch_bytes=4000)
    with CannedBroker({"t": batches}, repeat=20) as broker:
        lane = open_lane(broker.address, {"t-0": 0}, max_bytes=20_000)
        held = []
        while lane.position().of("t-0") < 20 * N:
            held.append(next_batch(lane, 100))
        rows = [
            row
            for batch in held
            for row in zip(batch.offsets.tolist(), batch.values(), strict=True)
        ]
    assert rows == expected(0, 20 * N)
    assert all(len(batch.data) - batch.ends[-1] >= 16 for batch in held)


def test_keys_and_times_come_back_and_offsets_that_are_not_there_are_named(open_lane):
    keys = [b"k%d" % index if index % 2 else None for index in range(N)]
    times_ms = range(5000, 5000 + N)
    batches = record_batches(VALUES, keys=keys, timestamps_ms=times_ms)
    with CannedBroker({"t": batches}) as broker:
        lane = open_lane(broker.address, {"t-0": 10})
        batch = next_batch(lane, 4)
        assert batch.keys == (None, b"k11", None, b"k13")
        assert batch.headers is None
        assert batch.timestamps_us.tolist() == [5010000, 5011000, 5012000, 5013000]
        lane.seek({"t-0": N})
        assert lane.poll(0, 10) is None
        lane.seek({"t-0": N + 1})
        with pytest.raises(
            PositionError, match=rf"'t-0': wanted offset {N + 1}.*0\.\."
        ):
            next_batch(lane)


@pytest.mark.parametrize("codec", ["none", "lz4"])
def test_flipped_byte_is_found_after_everything_before_it(open_lane, codec):
    batches = record_batches(VALUES, batch_bytes=4000, codec=codec)
    (first,) = struct.unpack_from(">q", batches[3])
    damaged = bytearray(batches[3])
    damaged[-5] ^= 1
    with CannedBroker({"t": [*batches[:3], bytes(damaged), *batches[4:]]}) as broker:
        lane = open_lane(broker.address, {"t-0": 0})
        assert drain(lane, {"t-0": first})["t-0"] == expected(0, first)
        for _ in range(2):
            with pytest.raises(
                RecordsCorruptError, match=rf"'t-0'.*offsets {first} to"
            ):
                next_batch(lane)
        assert lane.position() == Position({"t-0": first})


def test_broker_that_is_gone_is_waited_for_and_then_given_up(open_lane):
    batches = record_batches(VALUES, batch_bytes=4000)
    with CannedBroker({"t": batches}) as broker:
        lane = open_lane(broker.address, {"t-0": 0}, patience_s=0.4)
        next_batch(lane, 5)
    begun_s = time.monotonic()
    with pytest.raises(BrokerUnreachableError, match=r"after 0\.4 s: Kafka at 127"):
        drain(lane, {"t-0": N + 1}, timeout_s=0.05)
    assert time.monotonic() - begun_s < 5


def test_broker_without_the_version_is_left_to_other_transports(open_lane):
    batches = record_batches(VALUES[:3])
    with (
        CannedBroker({"t": batches}, fetch_versions=(4, 11)) as broker,
        pytest.raises(LaneUnavailableError, match=r"Fetch of version 12, .* 4 to 11"),
    ):
        open_lane(broker.address, {"t-0": 0})


def test_security_is_left_to_other_transports():
    secure = KafkaConfiguration(("h:1",), {"security_protocol": "SASL_SSL"})
    with pytest.raises(LaneUnavailableError, match="PLAINTEXT, was SASL_SSL"):
        FetchLane(secure, {"t-0": 0})


def test_listener_that_wants_tls_is_left_to_other_transports(scripted, open_lane):
    broker = scripted()
    broker.hello = b"\x15\x03\x03\x00\x02\x02\x16"  # an alert
    with pytest.raises(LaneUnavailableError, match=r"speaks no plaintext .*15030300"):
        open_lane(broker.address, {"t-0": 0})


def test_names_and_offsets_that_make_no_sense_are_refused(scripted, open_lane):
    broker = scripted()
    with pytest.raises(PositionError, match="'t': must be <topic>-<number>"):
        open_lane(broker.address, {"t": 0})
    with pytest.raises(PositionError, match="was -1"):
        open_lane(broker.address, {"t-0": -1})
    with pytest.raises(TopicNotFoundError, match="'u-0'"):
        open_lane(broker.address, {"u-0": 0}, timeout_s=0.2)
    lane = open_lane(broker.address, {"t-0": 0})
    lane.close()
    with pytest.raises(StreamError, match="closed"):
        lane.poll(0, 1)


def test_log_cut_off_behind_the_reader_is_told(scripted, open_lane, batch_of):
    broker = scripted()
    records = batch_of(10, [b"a", b"b"], epoch=4)
    broker.script = [
        lambda _: {("t", 0): {"records": records}},
        lambda _: {("t", 0): {"diverging_epoch": epoch_end(4, 11)}},
    ]
    lane = open_lane(broker.address, {"t-0": 10})
    assert list(next_batch(lane).values()) == [b"a", b"b"]
    with pytest.raises(
        PositionError, match=r"'t-0': wanted offset 12 .* epoch 4.* up to offset 11"
    ):
        next_batch(lane)
    sent = [
        (one.fetch_offset, one.current_leader_epoch, one.last_fetched_epoch)
        for asked in broker.asked
        for one in asked.values()
    ]
    assert sent[:2] == [(10, 5, -1), (12, 5, 4)]


def epoch_end(epoch, end):
    from kafka.protocol.consumer import FetchResponse  # noqa: PLC0415

    data = FetchResponse.FetchableTopicResponse.PartitionData
    return data.EpochEndOffset(epoch=epoch, end_offset=end)


@pytest.mark.parametrize("error", [6, 74, 75])  # not the leader, epoch behind, ahead
def test_change_of_leader_is_followed(scripted, open_lane, batch_of, error):
    old, new = scripted(), scripted()

    def move(_):
        old.leaders["t", 0] = (new, 6)
        return {("t", 0): {"error_code": error}}

    old.script = [lambda _: {("t", 0): {"records": batch_of(0, [b"a"], epoch=5)}}, move]
    new.script = [lambda _: {("t", 0): {"records": batch_of(1, [b"b"], epoch=6)}}]
    lane = open_lane(old.address, {"t-0": 0})
    assert next_batch(lane).value(0) == b"a"
    assert next_batch(lane).value(0) == b"b"
    asked = new.asked[0]["t", 0]
    assert (asked.current_leader_epoch, asked.last_fetched_epoch) == (6, 5)
    assert old.n_metadata == 2


def test_connection_that_breaks_is_made_again(scripted, open_lane, batch_of):
    broker = scripted()
    broker.script = [
        lambda _: {("t", 0): {"records": batch_of(0, [b"a", b"b"])}},
        lambda _: None,
        lambda _: None,
        lambda _: {("t", 0): {"records": batch_of(2, [b"c"])}},
    ]
    lane = open_lane(broker.address, {"t-0": 0})
    read = [next_batch(lane, 1).value(0) for _ in range(3)]
    assert read == [b"a", b"b", b"c"]
    offsets = [asked["t", 0].fetch_offset for asked in broker.asked]
    assert offsets[:4] == [0, 2, 2, 2]


def test_answer_of_what_was_not_asked_for_is_refused(scripted, open_lane, batch_of):
    broker = scripted()
    broker.script = [lambda _: {("t", 0): {"records": batch_of(0, [b"a", b"b"])}}]
    lane = open_lane(broker.address, {"t-0": 2})
    with pytest.raises(RecordsCorruptError, match=r"from offset 2 on .* do not rise"):
        next_batch(lane)


def test_refusal_is_told(scripted, open_lane):
    broker = scripted()
    broker.script = [lambda _: {("t", 0): {"error_code": 29}}]
    lane = open_lane(broker.address, {"t-0": 0})
    with pytest.raises(KafkaError, match="'t-0' refused: TopicAuthorizationFailed"):
        next_batch(lane)


def test_aborted_transactions_and_markers_are_left_out(
    scripted, open_lane, batch_of, marker_of
):
    from kafka.protocol.consumer import FetchResponse  # noqa: PLC0415

    data = FetchResponse.FetchableTopicResponse.PartitionData
    written = [
        batch_of(0, [b"kept"], producer=7, transactional=True),
        batch_of(1, [b"lost"], producer=8, transactional=True),
        marker_of(2, 7, abort=False),
        marker_of(3, 8, abort=True),
        batch_of(4, [b"again"], producer=8, transactional=True),
        marker_of(5, 8, abort=False),
    ]
    answer = {
        "records": b"".join(written),
        "aborted_transactions": [
            data.AbortedTransaction(producer_id=8, first_offset=1)
        ],
    }
    broker = scripted()
    broker.script = [lambda _: {("t", 0): answer}]
    lane = open_lane(broker.address, {"t-0": 0})
    assert drain(lane, {"t-0": 6})["t-0"] == [(0, b"kept"), (4, b"again")]
