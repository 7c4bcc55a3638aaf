"""Kernels never read outside the buffer: it ends at a page that must not be touched."""

import ctypes
import mmap

import numpy as np

from streams.codec.decoding import Decoder, decode
from streams.codec.encoding import encode
from streams.events import MachineReading, OrderCancelled, StockMoved
from streams.names import Names
from streams.records import RecordBatch

NO_ACCESS = 0
PAGE = mmap.PAGESIZE


def values() -> list[bytes]:
    events = [
        MachineReading(machine="M7", sensor="temp", value=-61.5e-3),
        StockMoved(item="A", quantity=1, to_site="Ö", reason="scrap"),
        OrderCancelled(order="O1", reason="late"),
    ]
    return [
        encode(event, event_id=f"{n}", source="mes", time_us=n, sequence=n)
        for n, event in enumerate(events)
    ]


def test_row_at_the_edge_of_forbidden_memory_is_read_and_no_more():
    decoder = Decoder(Names())
    rows = values()
    decoder.decode(RecordBatch.of("log/0", rows))
    libc = ctypes.CDLL(None, use_errno=True)
    mapped = mmap.mmap(-1, 2 * PAGE)
    guarded = np.frombuffer(mapped, np.uint8)
    edge = guarded.ctypes.data + PAGE
    protect = (ctypes.c_void_p(edge), ctypes.c_size_t(PAGE))
    for row in rows:
        for n_cut in range(len(row)):
            part = row[: len(row) - n_cut]
            guarded[PAGE - len(part) : PAGE] = np.frombuffer(part, np.uint8)
            assert libc.mprotect(*protect, NO_ACCESS) == 0
            spans = np.array([PAGE - len(part)]), np.array([PAGE])
            data = guarded[:PAGE]
            records = RecordBatch("log/0", np.arange(1), np.zeros(1, int), data, *spans)
            decoded = decoder.decode(records)
            assert libc.mprotect(*protect, mmap.PROT_READ | mmap.PROT_WRITE) == 0
            assert len(decoded.events) == (n_cut == 0)
    assert decoder.counters.by_layout == 2 * len(rows)  # learned from, and at the edge


def test_row_longer_than_the_scratch_is_read_exactly():
    long = values()[0].replace(b'"data"', b'"x":"' + b"y" * 70_000 + b'","data"')
    decoder = Decoder(Names())
    for _ in range(2):
        assert len(decoder.decode(RecordBatch.of("log/0", [long])).events) == 1
    assert decoder.counters.exactly == 2
    assert len(decode(RecordBatch.of("log/0", [long]), Names()).events) == 1
