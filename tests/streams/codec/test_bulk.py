"""Decoding by layout gives what the exact decoder gives, row for row, to the bit."""

import random
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from streams.batch import DTYPES, REFERENCE_COLUMNS, EventBatch
from streams.codec.decoded import DecodedBatch
from streams.codec.decoding import Decoder, decode
from streams.codec.encoding import encode
from streams.codec.envelope import schema_of
from streams.events import EVENT_TYPES, MachineReading
from streams.names import Names
from streams.records import RecordBatch

IDS = ("M7", "S", "Größe-ß", "物料/1", "😀", "x" * 256, "é" * 256, "a b", "\x7f")
ODD_IDS = ("", "x" * 257, 'q"', "tab\t", "\\", "ü" * 257, "\ud7ff\u2028")
TIMES = (
    "2024-05-01T06:00:00Z",
    "2024-02-29T23:59:59.999999Z",
    "1969-12-31T23:59:59.9999999z",
    "2024-05-01t08:00:00.25+02:00",
    "0001-01-01 00:00:00.1-00:01",
    "9999-12-31T23:59:59.123456Z",
)
ODD_TIMES = ("2023-02-29T00:00:00Z", "2024-05-01T24:00:00Z", "2024-05-01T06:00:00", "")
NUMBERS = ("0", "1", "-0.0", "1e3", "12.50", "5e-324", "1.7976931348623157e308", "-2")
ODD_NUMBERS = ("01", "1.", "1e999", '"3"', "true", "-0", ".5", "9" * 25)


class Writer:
    """Writes random events as JSON in 80 shapes: fields given, order, spacing, form."""

    def __init__(self, seed: int, odd: float = 0.0) -> None:
        self.random = random.Random(seed)
        self.odd = odd
        self.shape = random.Random()

    def _one(self, usual: tuple[str, ...], odd: tuple[str, ...]) -> str:
        return self.random.choice(odd if self.random.random() < self.odd else usual)

    def text(self) -> str:
        value = self._one(IDS, ODD_IDS)
        if self.random.random() < 0.5:
            value = f"n{self.random.randrange(30)}"
        plain = msgspec.json.encode(value).decode()
        return ascii(value) if self.random.random() < self.odd / 4 else plain

    def number(self) -> str:
        if self.random.random() < 0.6:
            return repr(
                abs(self.random.gauss(0, 10.0 ** self.random.randrange(-5, 20)))
            )
        return self._one(NUMBERS, ODD_NUMBERS)

    def value(self, kind) -> str:  # noqa: PLR0911
        inspect = msgspec.inspect
        if isinstance(kind, inspect.Metadata):
            return self.value(kind.type)
        if isinstance(kind, inspect.UnionType):
            return self.value(self.shape.choice(kind.types))
        if isinstance(kind, inspect.LiteralType):
            return f'"{self._one(kind.values, ("on", "", "busyy"))}"'
        if isinstance(kind, inspect.FloatType):
            return self.number()
        if isinstance(kind, inspect.IntType):
            odd = ("1.0", "1e3", str(10**18), "-0", "-62135596800000001")
            return self._one((str(self.random.randrange(-(10**15), 10**15)), "0"), odd)
        if isinstance(kind, inspect.StrType):
            return self.text()
        if isinstance(kind, inspect.NoneType):
            return "null"
        if isinstance(kind, inspect.StructType):
            return self.object(self.fields(kind.cls))
        return "[]" if isinstance(kind, inspect.VarTupleType) else '{"a":1}'

    def fields(self, cls) -> list[tuple[str, str]]:
        given = [
            (field.name, self.value(field.type))
            for field in msgspec.inspect.type_info(cls).fields
            if field.required or self.shape.random() < 0.5
        ]
        if self.shape.random() < 0.1:
            given.append(("colour", self.shape.choice(['"red"', "3", "true", "null"])))
        return given

    def object(self, members: list[tuple[str, str]]) -> str:
        if self.shape.random() < 0.1:
            self.shape.shuffle(members)
        if self.random.random() < self.odd / 8:
            members = members[:-1]
        space = " " if self.shape.random() < 0.05 else ""
        inside = f",{space}".join(f'"{key}":{space}{value}' for key, value in members)
        return "{" + inside + space + "}"

    def event(self) -> bytes:
        self.shape.seed(self.random.randrange(80))
        cls = self.shape.choice(EVENT_TYPES)
        sequence = str(self.random.randrange(10 ** self.random.randrange(1, 18)))
        members = [
            ("specversion", '"1.0"'),
            ("id", self.text()),
            ("source", self.text()),
            ("type", f'"{cls.__name__}"'),
            ("time", f'"{self._one(TIMES, ODD_TIMES)}"'),
            ("dataschema", f'"{schema_of(cls.__name__)}"'),
            ("sequence", self.shape.choice([sequence, f'"{sequence}"', '"0042"'])),
            ("data", self.object(self.fields(cls))),
        ]
        if self.shape.random() < 0.1:
            members.append(("subject", self.shape.choice([self.text(), "null"])))
        value = self.object(members).encode("utf-8", "surrogatepass")
        return self.damaged(value) if self.random.random() < self.odd / 2 else value

    def damaged(self, value: bytes) -> bytes:
        place = self.random.randrange(len(value))
        if self.random.random() < 0.3:
            return value[:place]
        byte = self.random.choice([value[place] ^ 1 << self.random.randrange(8), 0x22])
        return value[:place] + bytes([byte]) + value[place + 1 :]


def plain(events: EventBatch) -> dict[str, list]:
    """Columns to lists, references to their names, details to bytes, floats to bits."""
    named = ("source", *REFERENCE_COLUMNS)
    columns = {}
    for name in DTYPES:
        column = getattr(events, name)
        if name in named:
            columns[name] = [events.names[n] if n >= 0 else None for n in column]
        elif not name.startswith("detail_"):
            columns[name] = column.view(f"u{column.dtype.itemsize}").tolist()
        assert column.dtype == DTYPES[name]
    columns["detail"] = [events.detail_of(row) for row in range(len(events))]
    return columns


def assert_same(decoded: DecodedBatch, expected: DecodedBatch) -> None:
    assert decoded.rows.tolist() == expected.rows.tolist()
    assert decoded.rejected == expected.rejected
    one, other = plain(decoded.events), plain(expected.events)
    for name, column in other.items():
        assert one[name] == column, name


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("odd", [0.0, 0.3])
def test_layouts_give_what_the_exact_decoder_gives(seed, odd):
    writer = Writer(seed, odd)
    decoder = Decoder(Names(), recheck_every=50)
    for size in (1, 7, 300, 900):
        values = [writer.event() for _ in range(size)]
        records = RecordBatch.of("log/0", values, first_offset=size)
        decoded = decoder.decode(records, partition_index=3)
        assert_same(decoded, decode(records, Names(), partition_index=3))
    assert decoder.counters.by_layout > (400 if odd == 0 else 50)
    assert decoder.counters.differences == 0


def test_every_truncation_and_flip_of_a_known_row_is_judged_exactly():
    writer = Writer(7)
    values = [writer.event() for _ in range(40)]
    decoder = Decoder(Names())
    decoder.decode(RecordBatch.of("log/0", values * 3))
    flips = random.Random(8)
    for value in values[:8]:
        cut = [value[:place] for place in range(len(value))]
        flipped = [
            value[:at] + bytes([value[at] ^ 1 << flips.randrange(8)]) + value[at + 1 :]
            for at in range(len(value))
        ]
        records = RecordBatch.of("log/0", cut + flipped)
        assert_same(decoder.decode(records), decode(records, Names()))


def test_spans_with_gaps_in_any_order_of_the_buffer_are_read():
    writer = Writer(9)
    values = [writer.event() for _ in range(60)] * 2
    data = bytearray(b"]]".join(values))
    ends = np.cumsum([len(value) + 2 for value in values]) - 2
    starts = ends - [len(value) for value in values]
    order = np.random.default_rng(9).permutation(len(values))
    records = RecordBatch(
        "log/0",
        np.arange(len(values)),
        np.zeros(len(values), np.int64),
        memoryview(data),
        starts[order],
        ends[order],
    )
    decoder = Decoder(Names())
    assert_same(decoder.decode(records), decode(records, Names()))
    assert_same(decoder.decode(records), decode(records, Names()))
    assert decoder.counters.by_layout > 60


def test_rows_are_read_whole_wherever_the_buffer_ends():
    event = MachineReading(machine="M7", sensor="temp", value=61.5)
    value = encode(event, event_id="1", source="mes", time_us=7)
    decoder = Decoder(Names())
    decoder.decode(RecordBatch.of("log/0", [value]))
    for n_spare in range(20):
        padded = value + b"9" * n_spare
        spans = (np.zeros(1, np.int64), np.array([len(value)]))
        records = RecordBatch("log/0", np.arange(1), spans[0], padded, *spans)
        assert_same(decoder.decode(records), decode(records, Names()))
    assert decoder.counters.by_layout == 21


def test_names_grow_while_a_batch_is_read():
    values = []
    for number in range(5000):
        names = (f"{number}-{place}-" + "x" * 100 for place in range(3))
        data = dict(zip(("machine", "sensor"), names, strict=False)) | {"value": 1}
        head = {"specversion": "1.0", "id": f"{number}", "source": "s"}
        head |= {"type": "MachineReading", "time": TIMES[0], "data": data}
        values.append(msgspec.json.encode(head))
    decoder = Decoder(Names())
    records = RecordBatch.of("log/0", values)
    assert_same(decoder.decode(records), decode(records, Names()))
    assert len(decoder.names) == 10_001
    bounds = pairwise([0, 4000, 5000])
    assert sum(len(decoder.decode(records.slice(*b)).events) for b in bounds) == 5000
    assert len(decoder.names) == 10_001


def test_optional_time_that_is_null_is_no_time():
    """The key is that of a time, so that a layout with one is tried first."""
    head = b'{"specversion":"1.0","id":"1","source":"s","type":"OrderReceived",'
    head += b'"time":"2024-05-01T06:00:00Z","data":{"order":"O","customer":"C",'
    head += b'"item":"A","site":"S","quantity":1,"due_us":'
    given, null = head + b"7}}", head + b"null}}"
    decoder = Decoder(Names(), recheck_every=10**9)
    decoder.decode(RecordBatch.of("log/0", [given]))
    for _ in range(2):
        records = RecordBatch.of("log/0", [given, null] * 3)
        assert_same(decoder.decode(records), decode(records, Names()))
    assert decoder.counters.layouts == 2
    assert decoder.counters.by_layout > 6


def test_names_are_found_again_after_others_are_forgotten():
    writer = Writer(11)
    values = [writer.event() for _ in range(300)]
    decoder = Decoder(Names())
    records = RecordBatch.of("log/0", values)
    for step in (2, 3):
        assert_same(decoder.decode(records), decode(records, Names()))
        decoder.names.keep(np.arange(0, len(decoder.names), step))
    assert_same(decoder.decode(records), decode(records, Names()))
    assert decoder.counters.by_layout > 500


@pytest.mark.parametrize("n_rows", [255, 256, 257, 511, 1025])
def test_rows_around_the_number_filled_at_once_are_read(n_rows):
    writer = Writer(12, odd=0.2)
    values = [writer.event() for _ in range(n_rows)]
    decoder = Decoder(Names())
    decoder.decode(RecordBatch.of("log/0", values))
    records = RecordBatch.of("log/0", values)
    assert_same(decoder.decode(records), decode(records, Names()))
