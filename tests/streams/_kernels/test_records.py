"""The parser of record batches against kafka-python's, before a page nobody may read.

MILLSTREAM_FUZZ_INPUTS says how many mutated batches are tried; `make soak` tries 10^6.
"""

import ctypes
import mmap
import os
import random
import re
import struct
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from kafka.record.util import encode_varint

from streams._kernels import records as kernel
from streams.spans import header_spans, key_spans

N_INPUTS = int(os.environ.get("MILLSTREAM_FUZZ_INPUTS", "20000"))
REGION = 1 << 18
HEADER = struct.Struct(">qiibIhiqqqhii")
LOG_APPEND, CONTROL = 0x08, 0x20
# A tenth byte of a varint that says more than 64 bits hold.
TOO_WIDE = re.compile(rb"[\x80-\xff]{9}[\x02-\x7f]")


@pytest.fixture(scope="module")
def guarded():
    """An array whose end is the end of what may be read: a byte further is a crash."""
    region = mmap.mmap(-1, REGION + mmap.PAGESIZE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(region))
    libc = ctypes.CDLL(None, use_errno=True)
    guard = ctypes.c_void_p(address + REGION)
    assert libc.mprotect(guard, ctypes.c_size_t(mmap.PAGESIZE), 0) == 0
    yield np.frombuffer(region, np.uint8, REGION)
    libc.mprotect(guard, ctypes.c_size_t(mmap.PAGESIZE), 3)


def varint(value):
    out = bytearray()
    encode_varint(value, out.append)
    return bytes(out)


def record(delta, *, key=b"k", value=b"v", delta_ms=0, headers=(), attributes=b"\0"):
    """Write one record by hand, with any delta."""
    body = bytearray(attributes + varint(delta_ms) + varint(delta))
    for part in (key, value):
        body += varint(-1 if part is None else len(part)) + (part or b"")
    body += varint(len(headers))
    for name, content in headers:
        body += varint(len(name)) + name
        body += varint(-1 if content is None else len(content)) + (content or b"")
    return varint(len(body)) + bytes(body)


def batch_of(records, *, last=None, offset=100, attributes=0, first_ms=5000, n=None):
    """Write a batch by hand; its sum is not looked at here."""
    body = b"".join(records)
    n = len(records) if n is None else n
    last = max(n - 1, 0) if last is None else last
    length = HEADER.size - 12 + len(body)
    fields = (offset, length, 3, 2, 0, attributes, last, first_ms, 9999, 7, 1, 2, n)
    return HEADER.pack(*fields) + body


def built(rng, n_records):
    """Let kafka-python write a batch."""
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 1 << 20)
    for offset in range(n_records):
        headers = [
            (
                rng.choice(["", "ce_id", "é", "long" * 20]),
                rng.choice([None, b"", b"abc"]),
            )
            for _ in range(rng.choice([0, 0, 1, 3]))
        ]
        key = rng.choice([None, b"", b"key", rng.randbytes(70)])
        value = rng.choice([None, b"", b"value", rng.randbytes(rng.randrange(300))])
        builder.append(offset, rng.randrange(1 << 42), key, value, headers)
    return bytes(builder.build())


def originals(rng):
    """Batches that are right, of every form."""
    found = [built(rng, n) for n in (0, 1, 1, 2, 3, 5, 8) for _ in range(5)]
    gaps = [record(delta, delta_ms=-delta) for delta in (3, 4, 90, 7000)]
    headers = [(b"n", None), ("ü".encode(), b"x" * 130)]
    found += [
        batch_of(gaps, last=9000),
        batch_of(gaps, last=7000, attributes=LOG_APPEND),
        batch_of([], last=5),
        batch_of([record(0, headers=headers), record(1, key=None, value=None)]),
        batch_of([record(0, key=b"\0\0\0\1", value=b"")], attributes=CONTROL),
        batch_of([record(0)], offset=(1 << 62), first_ms=-(1 << 62)),
        batch_of([record(0, delta_ms=(1 << 63) - 1)], first_ms=0),
        batch_of([b"\x90\x80\x00" + record(0)[1:]]),  # a length longer than needed
    ]
    return found


def wild_number(rng):
    edges = (0, 1, 2, 6, 7, 63, 64, 127, 1 << 13, 1 << 31, 1 << 34, (1 << 63) - 1)
    return rng.choice(edges) * rng.choice((1, -1)) - rng.choice((0, 0, 1))


def wild_varint(rng):
    if rng.random() < 0.2:
        n_more = rng.choice((1, 4, 8, 9, 10))
        return bytes([0x80 | rng.randrange(128)] * n_more) + bytes([rng.randrange(128)])
    return varint(max(-(1 << 63), min(wild_number(rng), (1 << 63) - 1)))


def flip(rng, batch):
    first = rng.choice((0, HEADER.size)) if len(batch) > HEADER.size else 0
    for _ in range(rng.choice((1, 1, 2, 4))):
        batch[rng.randrange(first, len(batch))] ^= 1 << rng.randrange(8)


def cut(rng, batch):
    del batch[rng.randrange(len(batch)) :]


def splice(rng, batch):
    place = rng.randrange(min(HEADER.size, len(batch)), len(batch) + 1)
    batch[place : place + rng.choice((0, 1, 1, 2))] = wild_varint(rng)


def repeat(rng, batch):
    place = rng.randrange(len(batch))
    batch[place:place] = batch[place : place + rng.randrange(20)]


def set_count(rng, batch):
    if len(batch) >= HEADER.size:
        struct.pack_into(">i", batch, 57, rng.choice((-1, 0, 1, 2, 9, 1 << 20)))


def set_last(rng, batch):
    if len(batch) >= HEADER.size:
        struct.pack_into(">i", batch, 23, rng.choice((-1, 0, 1, 1 << 30)))


def mutated(rng, batch):
    batch = bytearray(batch)
    if rng.random() < 0.05:
        return bytes(batch)
    for _ in range(rng.choice((1, 1, 2))):
        change = rng.choice(
            (flip, flip, splice, splice, cut, repeat, set_count, set_last)
        )
        if batch:
            change(rng, batch)
    if len(batch) >= 12 and rng.random() < 0.9:  # else it ends where it does not say so
        struct.pack_into(">i", batch, 8, len(batch) - 12)
    return bytes(batch)


def of_client(raw):
    """What kafka-python reads, or None if it refuses."""
    try:
        return [
            (
                one.offset,
                one.timestamp,
                one.key,
                one.value or b"",
                {name: value or b"" for name, value in one.headers},
            )
            for one in DefaultRecordBatch(raw)
        ]
    except Exception:  # it lets out many kinds
        return None


def of_kernel(guarded, raw):
    """What we read: status, header of the batch and records."""
    start = REGION - len(raw)
    guarded[start:] = np.frombuffer(raw, np.uint8)
    table = np.empty((2, kernel.N_COLUMNS), np.int64)
    status, n_batches, place = kernel.walk_batches(guarded, start, REGION, table)
    if status != kernel.OK or not n_batches:
        return status, None, []
    header = table[0]
    if header[kernel.MAGIC] != 2:
        return kernel.BAD_MAGIC, None, []
    end, n_records = header[kernel.END], header[kernel.N_RECORDS]
    columns = kernel.record_columns(int(min(n_records, (end - header[kernel.BODY]))))
    status, place = kernel.parse_records(
        guarded, header[kernel.BODY], end, header, columns, 0
    )
    assert header[kernel.BODY] <= place <= end or status != kernel.OK
    if status != kernel.OK:
        return status, header, []
    headers = header_spans(guarded, columns.header_starts, columns.header_counts)
    keys = key_spans(guarded, columns.key_starts, columns.key_ends)
    spans = zip(columns.value_starts, columns.value_ends, strict=True)
    values = [guarded[first:last].tobytes() for first, last in spans]
    numbers = columns.offsets.tolist(), columns.timestamps_ms.tolist()
    return status, header, list(zip(*numbers, keys, values, headers, strict=True))


def is_laxer(status, raw, theirs):
    """Tell whether kafka-python takes what the format does not allow.

    It takes numbers wider than 64 bits, attributes of more than a byte, offsets that
    fall or leave the batch, and a negative number of records; we refuse those.
    """
    base, *_, last, _, _, _, _, _, count = HEADER.unpack_from(raw)
    offsets = [one[0] for one in theirs]
    rising = all(a < b for a, b in pairwise(offsets))
    inside = base >= 0 and all(base <= offset <= base + last for offset in offsets)
    wide = any(abs(one[0]) >> 63 or abs(one[1]) >> 63 for one in theirs)
    return {
        kernel.BAD_VARINT: bool(TOO_WIDE.search(raw)),
        kernel.BAD_ATTRIBUTES: any(byte >= 0x80 for byte in raw[HEADER.size :]),
        kernel.BAD_OFFSET: not rising or not inside or last < 0 or base + last >> 63,
        kernel.BAD_TIMESTAMP: wide,
        kernel.BAD_COUNT: count < 0,
        kernel.BAD_MAGIC: raw[16] != 2,
    }.get(status, False)


@pytest.mark.slow
def test_no_mutated_batch_is_read_otherwise_than_the_client_does(guarded):
    rng = random.Random(4)
    sources = originals(rng)
    outcomes = Counter()
    for number in range(N_INPUTS):
        raw = mutated(rng, rng.choice(sources))
        status, _, ours = of_kernel(guarded, raw)
        if len(raw) < HEADER.size or HEADER.unpack_from(raw)[1] != len(raw) - 12:
            outcomes["not whole"] += 1  # the reader of whole batches is another test
            continue
        attributes = HEADER.unpack_from(raw)[5]
        if attributes & kernel.CODEC_MASK:
            outcomes["compressed"] += 1  # only that nothing outside is read
            continue
        theirs = of_client(raw)
        if status == kernel.OK and theirs is None:
            assert attributes & CONTROL, (number, raw.hex())  # its key is no marker's
        elif status == kernel.OK:
            assert ours == theirs, (number, raw.hex())
        elif theirs is not None:
            text = kernel.STATUS_TEXTS[status]
            assert is_laxer(status, raw, theirs), (number, text, raw.hex())
        outcomes[status if theirs is None else f"client took {status}"] += 1
    assert outcomes["client took 0"] > N_INPUTS / 20
    assert {3, 4, 5, 7, 9, 10, 11, 12} <= outcomes.keys()


def test_right_batches_are_read_as_the_client_reads_them(guarded):
    for raw in originals(random.Random(5)):
        status, _, ours = of_kernel(guarded, raw)
        assert (status, ours) == (kernel.OK, of_client(raw))


def walked(guarded, data, n_rows=9):
    start = REGION - len(data)
    guarded[start:] = np.frombuffer(data, np.uint8)
    table = np.empty((n_rows, kernel.N_COLUMNS), np.int64)
    status, n_batches, place = kernel.walk_batches(guarded, start, REGION, table)
    return status, table[:n_batches], place - start


def test_batch_that_is_cut_at_the_end_of_a_response_is_left_for_the_next(guarded):
    one, two = batch_of([record(0)]), batch_of([record(0), record(1)], offset=101)
    for n_left in range(len(two)):
        status, table, place = walked(guarded, one + two[:n_left])
        assert (status, len(table), place) == (kernel.OK, 1, len(one))
    status, table, place = walked(guarded, one + two)
    assert (status, place) == (kernel.OK, len(one + two))
    assert table[:, kernel.BASE_OFFSET].tolist() == [100, 101]
    assert table[1, kernel.N_RECORDS] == 2
    assert table[1, kernel.LEADER_EPOCH] == 3
    assert table[1, kernel.PRODUCER_ID] == 7
    assert walked(guarded, one + two, n_rows=1)[2] == len(one)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ((">i", 8, 13), kernel.BAD_LENGTH),
        ((">i", 8, -1), kernel.BAD_LENGTH),
        ((">i", 8, 48), kernel.BAD_LENGTH),
        ((">b", 16, 3), kernel.BAD_MAGIC),
        ((">b", 16, -1), kernel.BAD_MAGIC),
        ((">i", 57, -1), kernel.BAD_COUNT),
        ((">i", 23, -1), kernel.BAD_OFFSET),
        ((">q", 0, -1), kernel.BAD_OFFSET),
        ((">q", 0, (1 << 63) - 1), kernel.BAD_OFFSET),
    ],
)
def test_header_that_cannot_be_is_told(guarded, change, status):
    wrong = bytearray(batch_of([record(0), record(1)]))
    struct.pack_into(change[0], wrong, *change[1:])
    good = batch_of([record(0)])
    found, table, place = walked(guarded, good + bytes(wrong))
    assert (found, len(table), place) == (status, 1, len(good))


@pytest.mark.parametrize(
    ("body", "n", "status"),
    [
        (record(0) + record(1), 1, kernel.TRAILING_BYTES),
        (record(0), 2, kernel.BAD_COUNT),
        (record(1) + record(1), 2, kernel.BAD_OFFSET),
        (record(2), 1, kernel.BAD_OFFSET),
        (record(0, attributes=b"\x80"), 1, kernel.BAD_ATTRIBUTES),
        (record(0, delta_ms=(1 << 63) - 1), 1, kernel.BAD_TIMESTAMP),
        (b"\xff" * 10 + b"\0" * 9, 1, kernel.BAD_VARINT),
        (record(0, headers=[(b"\xff", b"")]), 1, kernel.BAD_HEADER_NAME),
        (b"\x0c\0\0\0\x01\x01\x01", 1, kernel.BAD_HEADERS),
        (b"\x0c\0\0\0\x7e\x01\x00", 1, kernel.BAD_SPAN),
        (b"\x0e\0\0\0\x01\x01\x00\x00", 1, kernel.BAD_RECORD_LENGTH),
        (b"\x10\0\0\0\x01\x01\x00", 1, kernel.BAD_RECORD_LENGTH),
    ],
)
def test_records_that_cannot_be_are_told(guarded, body, n, status):
    raw = batch_of([body], n=n, last=1, first_ms=1)
    assert of_kernel(guarded, raw)[0] == status


def test_columns_that_are_too_short_are_not_written(guarded):
    raw = batch_of([record(0), record(1)])
    _, table, _ = walked(guarded, raw)
    columns = kernel.record_columns(3)
    columns.offsets[:] = -7
    for at in (-1, 2, 3):
        status, _ = kernel.parse_records(
            guarded, REGION - len(raw) + HEADER.size, REGION, table[0], columns, at
        )
        assert status == kernel.NO_ROOM
    assert columns.offsets.tolist() == [-7] * 3


@pytest.mark.parametrize(
    ("key", "found"),
    [
        (b"\0\0\0\0", (kernel.OK, kernel.MARKER_ABORT)),
        (b"\0\1\0\1", (kernel.OK, kernel.MARKER_COMMIT)),
        (b"\0\0\0\2", (kernel.OK, kernel.MARKER_OTHER)),
        (b"\0\0\0", (kernel.BAD_SPAN, kernel.MARKER_OTHER)),
        (None, (kernel.BAD_SPAN, kernel.MARKER_OTHER)),
    ],
)
def test_marker_of_a_control_batch_is_read(guarded, key, found):
    raw = batch_of([record(0, key=key)], attributes=CONTROL)
    _, table, _ = walked(guarded, raw)
    columns = kernel.record_columns(1)
    start = REGION - len(raw) + HEADER.size
    assert kernel.marker_type(guarded, start, REGION, table[0], columns) == found


def test_utf8_is_judged_as_python_does(guarded):
    rng = random.Random(6)
    edges = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xDF, 0xE0]
    edges += [0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF]
    for _ in range(5000):
        text = bytes(rng.choices(edges, k=rng.randrange(7)))
        try:
            text.decode()
        except UnicodeDecodeError:
            right = False
        else:
            right = True
        guarded[REGION - len(text) :] = np.frombuffer(text, np.uint8)
        address = guarded.ctypes.data
        assert kernel.is_utf8(address, REGION - len(text), REGION) == right
