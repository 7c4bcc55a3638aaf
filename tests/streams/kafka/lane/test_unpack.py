import numpy as np
import pytest

from streams._kernels.records import N_COLUMNS, walk_batches
from streams.errors import RecordsCorruptError
from streams.kafka.batches import Aborted, BatchReader
from streams.kafka.lane.reader import Piece
from streams.kafka.lane.unpack import Unpacker


def unpacker(records, *, offset=0, aborted=()):
    data = memoryview(bytes(records) + bytes(16))
    table = np.empty((64, N_COLUMNS), np.int64)
    status, n_batches, _ = walk_batches(
        np.frombuffer(data, np.uint8), 0, len(records), table
    )
    assert status == 0
    piece = Piece("t-0", table[:n_batches], tuple(aborted))
    return Unpacker(piece, data, offset)


def rows(reader, max_records):
    found = []
    while (batch := reader.take(max_records)) is not None:
        found += zip(batch.offsets.tolist(), batch.values(), strict=True)
    return found


@pytest.mark.parametrize("max_records", [1, 4, 100])
@pytest.mark.parametrize("offset", [0, 3, 11, 29, 30])
def test_result_is_that_of_the_other_transport(
    batch_of, marker_of, max_records, offset
):
    records = b"".join(
        [
            batch_of(0, [b"a", b"b"], codec=3),
            batch_of(
                2, [b"%d" % i * 30 for i in range(5)], producer=5, transactional=True
            ),
            batch_of(10, [b"gap", b"c"], producer=6, transactional=True, epoch=2),
            marker_of(20, 5, abort=True),
            batch_of(21, [b"x" * 99, b"y"], codec=1, producer=5, transactional=True),
            marker_of(23, 5, abort=False),
            marker_of(24, 6, abort=True),
            batch_of(25, [b"end"] * 5, codec=4),
        ]
    )
    aborted = [Aborted(2, 5), Aborted(10, 6)]
    ours = unpacker(records, offset=offset, aborted=aborted)
    theirs = BatchReader("t-0", records, fetch_offset=offset, aborted=aborted)
    expected = []
    while (batch := theirs.read(max_records)) is not None:
        expected += zip(batch.offsets.tolist(), batch.values(), strict=True)
    assert rows(ours, max_records) == expected
    assert ours.next_offset == 30
    assert ours.leader_epoch == 0
    assert all(value != b"gap" for _, value in expected)


def test_only_what_is_compressed_is_copied(batch_of):
    plain = unpacker(batch_of(0, [b"plain"]))
    data = plain._data
    assert plain.take(10).data is data
    packed = unpacker(batch_of(0, [b"a" * 100], codec=3))
    batch = packed.take(10)
    assert batch.value(0) == b"a" * 100
    assert len(batch.data) - batch.ends[-1] >= 16


@pytest.mark.parametrize("flip", [23, 57, 60, 70])  # attributes to records
@pytest.mark.parametrize("codec", [0, 3])
def test_bad_batch_is_found_after_the_good_ones(batch_of, flip, codec):
    bad = bytearray(batch_of(1, [b"b" * 50, b"c"], codec=codec))
    bad[flip] ^= 0x40
    reader = unpacker(batch_of(0, [b"a"], codec=codec) + bad + batch_of(3, [b"d"]))
    assert list(reader.take(100).values()) == [b"a"]
    for _ in range(2):
        with pytest.raises(RecordsCorruptError, match="CRC-32C"):
            reader.take(100)
    assert reader.next_offset == 1


def test_data_that_pose_as_a_marker_are_found(batch_of):
    bad = bytearray(batch_of(0, [b"lost"]))
    bad[22] |= 0x20
    with pytest.raises(RecordsCorruptError, match="CRC-32C"):
        unpacker(bad).take(100)


def test_records_that_lie_under_a_right_sum_are_found(batch_of):
    import crc32c  # noqa: PLC0415

    bad = bytearray(batch_of(1, [b"b", b"c"]))
    bad[57:61] = (3).to_bytes(4, "big")  # one more than there are
    bad[17:21] = crc32c.crc32c(memoryview(bad)[21:]).to_bytes(4, "big")
    reader = unpacker(batch_of(0, [b"a"]) + bad)
    assert list(reader.take(100).values()) == [b"a"]
    with pytest.raises(RecordsCorruptError, match="offsets 1 to 2"):
        reader.take(100)
