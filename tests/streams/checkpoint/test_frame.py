import numpy as np
import pytest

from streams.checkpoint import frame
from streams.checkpoint.frame import (
    MAGIC_DELTA,
    MAGIC_WHOLE,
    PROBE,
    Origin,
    Piece,
    Table,
    encode,
    n_head_bytes,
    read_head,
    read_whole,
    typed,
)
from streams.errors import CheckpointCorruptError, CheckpointError

TABLE = Table({"n": 1}, ["s"], [Piece("s", "x", "<i8", (2,), 0, 16)])


def whole(body=b"x" * 64):
    head, _ = encode(MAGIC_WHOLE, TABLE, [body])
    return head + body


def test_frame_comes_back_with_its_body_at_a_cache_line():
    head, body = read_whole(memoryview(whole()))
    assert head.table == TABLE
    assert head.start % 64 == 0
    assert bytes(body) == b"x" * 64


def test_head_is_read_without_its_body():
    data = memoryview(whole())
    n_bytes = n_head_bytes(data[:PROBE])
    assert read_head(data[:n_bytes], MAGIC_WHOLE).table == TABLE
    assert n_head_bytes(data[: PROBE - 1]) == 0


def test_change_of_any_byte_is_seen():
    data = whole()
    for byte in range(len(data)):
        for bit in (0x01, 0x80):
            broken = bytearray(data)
            broken[byte] ^= bit
            with pytest.raises(CheckpointCorruptError):
                read_whole(memoryview(broken))


def test_cut_and_added_bytes_are_seen():
    data = whole()
    for length in range(len(data)):
        with pytest.raises(CheckpointCorruptError):
            read_whole(memoryview(data[:length]))
    with pytest.raises(CheckpointCorruptError, match="2 bytes behind its end"):
        read_whole(memoryview(data + b"??"))


def test_newer_version_is_told_from_damage(monkeypatch):
    monkeypatch.setattr(frame, "VERSION", 3)
    data = whole()
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="version must be <= 2, was 3") as error:
        read_whole(memoryview(data))
    assert not isinstance(error.value, CheckpointCorruptError)


def test_delta_says_what_it_changes():
    table = Table({}, [], [], Origin(3, 77, 1))
    head, checksum = encode(MAGIC_DELTA, table, [])
    found = read_head(memoryview(head), MAGIC_DELTA)
    assert found.table.origin == Origin(3, 77, 1)
    assert found.checksum == checksum
    with pytest.raises(CheckpointCorruptError, match="that are no checkpoint"):
        read_head(memoryview(head), MAGIC_WHOLE)


def test_body_that_is_cut_says_how_much_is_there():
    data = memoryview(whole())
    head = read_head(data, MAGIC_WHOLE)
    with pytest.raises(CheckpointCorruptError, match="cut: 63 of 64 bytes"):
        head.body(data[:-1])


def test_bytes_get_the_type_of_nested_records_back():
    kind = np.dtype([("at", [("x", "f8"), ("y", "f8")]), ("v", "f4", (2,))])
    table = np.zeros(3, kind)
    table["at"]["y"] = [1, 2, 3]
    # As it comes back from JSON, where there are no tuples.
    described = [["at", [["x", "<f8"], ["y", "<f8"]]], ["v", "<f4", [2]]]
    piece = Piece("s", "t", described, (3,), 0, table.nbytes)
    assert typed(piece, table.view(np.uint8)).tobytes() == table.tobytes()
    assert typed(piece, table.view(np.uint8)).dtype == kind
