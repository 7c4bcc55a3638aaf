import random
import struct

import crc32c
import numpy as np
import pytest
from kafka import codec as kafka_codec
from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder
from kafka.record.util import encode_varint

from streams.buffers import SLACK_BYTES
from streams.errors import RecordsCorruptError
from streams.kafka.batches import Aborted, BatchReader

CONTROL, TRANSACTIONAL, LOG_APPEND = 0x20, 0x10, 0x08
ABORT, COMMIT = b"\0\0\0\0", b"\0\0\0\1"
ENCODE = {
    0: bytes,
    1: kafka_codec.gzip_encode,
    2: kafka_codec.snappy_encode,
    3: kafka_codec.lz4_encode,
    4: kafka_codec.zstd_encode,
}


def varint(value):
    out = bytearray()
    encode_varint(value, out.append)
    return bytes(out)


def record(delta, value, key=b"k"):
    body = b"\0" + varint(delta) + varint(delta) + varint(len(key)) + key
    body += varint(len(value)) + value + b"\0"
    return varint(len(body)) + body


def batch(offset, values, **options):
    """Write a batch whose records have the deltas 0, 1 .. or those given."""
    deltas = options.get("deltas", range(len(values)))
    attributes = options.get("attributes", 0)
    key = options.get("key", b"k")
    body = b"".join(
        record(delta, value, key) for delta, value in zip(deltas, values, strict=True)
    )
    body = ENCODE[attributes & 7](body)
    last = options.get("last", max(deltas, default=0))
    producer = options.get("producer", -1)
    checked = struct.pack(
        ">hiqqqhii", attributes, last, 1000, 7777, producer, 0, 0, len(values)
    )
    checked += body
    crc = options.get("crc", crc32c.crc32c(checked))
    return struct.pack(">qiibI", offset, len(checked) + 9, 5, 2, crc) + checked


def marker(offset, kind, producer):
    options = {"attributes": CONTROL | TRANSACTIONAL, "producer": producer}
    return batch(offset, [b"\0" * 6], key=kind, **options)


def read(data, *, fetch_offset=0, max_records=1 << 30, **options):
    """Return offsets and values, and where to go on."""
    reader = BatchReader("t-0", data, fetch_offset=fetch_offset, **options)
    found = []
    while (records := reader.read(max_records)) is not None:
        found += zip(records.offsets.tolist(), records.values(), strict=True)
    return found, reader.next_offset


def test_batches_are_joined_up_to_the_number_of_records_wanted():
    data = b"".join(batch(10 * n, [b"%d" % n] * 4) for n in range(5))
    reader = BatchReader("t-0", data, fetch_offset=0)
    sizes, places = [], []
    while (records := reader.read(9)) is not None:
        sizes.append(len(records))
        places.append(reader.next_offset)
        assert len(records.data) - records.ends.max() >= SLACK_BYTES
        assert records.keys == (b"k",) * len(records)
        assert records.headers is None
        assert records.partition == "t-0"
    assert (sizes, places) == ([8, 8, 4], [14, 34, 44])
    assert (reader.leader_epoch, reader.n_records) == (5, 20)


def test_batch_larger_than_wanted_is_not_torn():
    reader = BatchReader("t-0", batch(0, [b"v"] * 50), fetch_offset=0)
    assert len(reader.read(7)) == 50


@pytest.mark.parametrize("codec", ENCODE)
def test_all_codecs_are_read_and_the_rest_of_a_cut_batch_left(codec):
    values = [b"value %d" % n for n in range(100)]
    one = batch(5, values, attributes=codec)
    two = batch(105, [b"cut"], attributes=codec)
    expected = list(zip(range(5, 105), values, strict=True))
    assert read(one + two[:-1], fetch_offset=5) == (expected, 105)


def test_seek_into_a_batch_begins_there_and_gaps_are_kept():
    data = batch(0, [b"a", b"b", b"c"], deltas=[0, 4, 9], last=12) + batch(20, [b"d"])
    assert read(data, fetch_offset=4)[0] == [(4, b"b"), (9, b"c"), (20, b"d")]
    assert read(data, fetch_offset=5)[0] == [(9, b"c"), (20, b"d")]
    # Compaction has removed everything from there to the end of the batch.
    assert read(data, fetch_offset=10) == ([(20, b"d")], 21)


def test_batch_that_compaction_has_emptied_moves_the_place_to_go_on():
    assert read(batch(3, [], last=6)) == ([], 10)
    empty = bytearray(batch(3, [], last=6))
    struct.pack_into(">h", empty, 21, 4)  # says zstd, though nothing is there
    struct.pack_into(">I", empty, 17, crc32c.crc32c(empty[21:]))
    assert read(bytes(empty)) == ([], 10)


def test_time_of_appending_goes_before_the_times_of_the_records():
    reader = BatchReader(
        "t-0",
        batch(0, [b"a", b"b"]) + batch(2, [b"c"], attributes=LOG_APPEND),
        fetch_offset=0,
    )
    assert reader.read(9).timestamps_us.tolist() == [1_000_000, 1_001_000, 7_777_000]


def transactions():
    """Two producers, interleaved: 7 aborts, then commits; 8 commits."""
    inside = {"attributes": TRANSACTIONAL}
    return b"".join(
        [
            batch(0, [b"plain"]),
            batch(1, [b"aborted"], producer=7, **inside),
            batch(2, [b"kept of 8"], producer=8, **inside),
            batch(3, [b"idempotent"], producer=7),
            batch(4, [b"aborted too"], producer=7, **inside),
            marker(5, ABORT, 7),
            batch(6, [b"kept of 7"], producer=7, **inside),
            marker(7, COMMIT, 8),
            marker(8, COMMIT, 7),
        ]
    )


def test_aborted_transactions_and_markers_are_left_out():
    found, place = read(transactions(), aborted=[Aborted(1, 7)])
    assert [offset for offset, _ in found] == [0, 2, 3, 6]
    assert place == 9


def test_reading_uncommitted_leaves_out_markers_alone():
    found, place = read(transactions(), aborted=[Aborted(1, 7)], read_committed=False)
    assert [offset for offset, _ in found] == [0, 1, 2, 3, 4, 6]
    assert place == 9


def test_what_follows_is_left_out_only_after_it_was_read():
    reader = BatchReader("t-0", transactions(), fetch_offset=0, aborted=[Aborted(1, 7)])
    assert len(reader.read(1)) == 1
    assert reader.next_offset == 2  # the aborted batch after it was passed with it
    assert len(reader.read(3)) == 3
    assert reader.next_offset == 9


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (batch(4, [b"x"], crc=1), r"offsets 4 to 4 is not what was .*sum \(CRC-32C\)"),
        (batch(2, [b"x"]), "it follows offset 3"),
        (batch(4, [b"x"], attributes=1 | CONTROL, producer=3), "varint|record"),
        (batch(4, [b"x"], deltas=[3], last=2), "offset of a record does not rise"),
        (b"\0" * 16 + b"\x09" + b"\0" * 60, "after offset 3 .*length of a batch"),
    ],
    # Not the bytes: those of gzip hold the second they were made in.
    ids=["sum", "offset", "control", "deltas", "length"],
)
def test_wrong_batch_is_told_after_those_before_it(wrong, message):
    data = batch(0, [b"a"] * 4) + wrong + batch(9, [b"z"])
    reader = BatchReader("t-0", data, fetch_offset=0)
    assert len(reader.read(100)) == 4
    for _ in range(2):
        with pytest.raises(RecordsCorruptError, match=message):
            reader.read(100)
    assert reader.next_offset == 4


def test_compressed_bytes_that_are_none_and_counts_that_lie_are_told():
    plain = bytearray(batch(0, [b"x" * 50]))
    struct.pack_into(">h", plain, 21, 3)
    struct.pack_into(">I", plain, 17, crc32c.crc32c(plain[21:]))
    with pytest.raises(RecordsCorruptError, match="are not lz4"):
        read(bytes(plain))
    struct.pack_into(">hi", plain, 21, 0, 1 << 30)
    struct.pack_into(">i", plain, 57, 1 << 30)  # room for it would be 64 GiB
    struct.pack_into(">I", plain, 17, crc32c.crc32c(plain[21:]))
    with pytest.raises(RecordsCorruptError, match="fewer bytes than its number"):
        read(bytes(plain))


@pytest.mark.parametrize("magic", [0, 1])
@pytest.mark.parametrize("codec", [0, 1])
def test_formats_before_transactions_are_read(magic, codec):
    builder = MemoryRecordsBuilder(magic, codec, 1 << 16, 30)
    for number in range(3):
        builder.append(timestamp=5000, key=None, value=b"%d" % number)
    builder.close()
    old = bytes(builder.buffer())
    found, place = read(old + batch(33, [b"new"]), fetch_offset=31)
    assert found == [(31, b"1"), (32, b"2"), (33, b"new")]
    assert place == 34
    broken = bytearray(old)
    broken[-1] ^= 1
    with pytest.raises(RecordsCorruptError):
        read(bytes(broken))


def of_client(data):
    """What kafka-python reads of a response; None if it refuses a part of it."""
    found = []
    try:
        for one in MemoryRecords(data):
            if not one.validate_crc():
                return None
            if not one.is_control_batch:
                found += [(each.offset, each.value or b"") for each in one]
    except Exception:  # it lets out many kinds
        return None
    return found


@pytest.mark.slow
def test_changed_responses_are_read_as_by_the_client_or_refused():
    rng = random.Random(8)
    agreed = 0
    for number in range(3000):
        sources = [
            batch(
                100 * n,
                [rng.randbytes(rng.randrange(40)) for _ in range(3)],
                attributes=rng.randrange(5),
            )
            for n in range(rng.choice((1, 2)))
        ]
        changed = bytearray(rng.choice(sources))
        for _ in range(rng.randrange(3)):
            changed[rng.randrange(17, len(changed))] ^= 1 << rng.randrange(8)
        if rng.random() < 0.9:
            struct.pack_into(">I", changed, 17, crc32c.crc32c(changed[21:]))
        data = b"".join(sources[:-1]) + bytes(changed)
        try:
            ours, _ = read(data, read_committed=False)
        except RecordsCorruptError:
            continue
        theirs = of_client(data)
        assert ours == theirs, (number, data.hex())
        agreed += 1
    assert agreed > 1000


def test_values_of_a_batch_can_be_read_eight_bytes_at_a_time():
    reader = BatchReader("t-0", batch(0, [b"a", b"bc"]), fetch_offset=0)
    records = reader.read(5)
    data = np.frombuffer(records.data, np.uint8)
    assert not data[records.ends[-1] + 1 :].any()
    assert not data.flags.writeable
