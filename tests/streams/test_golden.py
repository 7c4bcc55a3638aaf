"""Events of version 1, as they were written once, are read for ever as they were then.

The files are never changed: a new type appends its two samples (every field given, and
no more than required), a new version of a type has files of its own.
"""

import json
from pathlib import Path

import pytest

from streams.batch import (
    HAS_DETAIL,
    NO_TIME,
    REFERENCE_COLUMNS,
    TIME_COLUMNS,
    VALUE_COLUMNS,
)
from streams.codec import Decoder, decode, encode_batch
from streams.codec.exact import decode_rows
from streams.events import EVENT_TYPES
from streams.names import Names
from streams.records import RecordBatch

FOLDER = Path(__file__).parent / "golden"


def lines(name):
    return (FOLDER / name).read_bytes().splitlines()


STRUCTURED = lines("version1.ndjson")
EXPECTED = [json.loads(line) for line in lines("version1.columns.ndjson")]


def shown(events):
    """Rows as the golden files have them: names instead of numbers, nothing absent."""
    rows = []
    for row in range(len(events)):
        told = {"type": EVENT_TYPES[events.type_code[row]].__name__}
        for name in ("time_us", "sequence", "rank", "code", "id_hash"):
            told[name] = int(getattr(events, name)[row])
        for name in REFERENCE_COLUMNS:
            if (index := int(getattr(events, name)[row])) >= 0:
                told[name] = events.names[index]
        for name in VALUE_COLUMNS:
            if (value := float(getattr(events, name)[row])) == value:
                told[name] = value
        for name in TIME_COLUMNS:
            if (time := int(getattr(events, name)[row])) != NO_TIME:
                told[name] = time
        if events.flags[row] & HAS_DETAIL:
            told["detail"] = True
        rows.append(told)
    return rows


def binary_records():
    samples = [json.loads(line) for line in lines("version1.binary.ndjson")]
    return RecordBatch.of(
        "log/0",
        [sample["value"].encode() for sample in samples],
        headers=[
            {name: text.encode() for name, text in sample["headers"].items()}
            for sample in samples
        ],
    )


def test_every_type_has_its_samples():
    sampled = [row["type"] for row in EXPECTED]
    assert sampled == [t.__name__ for t in EVENT_TYPES for _ in range(2)]


@pytest.mark.parametrize("mode", ["structured", "binary", "fast", "batch"])
def test_version_1_is_read_as_it_was(mode):
    records = RecordBatch.of("log/0", STRUCTURED)
    if mode == "fast":
        decoder = Decoder(Names())
        decoder.decode(records)  # learns their layouts
        decoded = decoder.decode(records)
    elif mode == "batch":
        whole = b"[" + b",".join(STRUCTURED) + b"]"
        decoded = decode(RecordBatch.of("log/0", [whole]), Names())
    else:
        records = binary_records() if mode == "binary" else records
        decoded = decode_rows(records, range(len(records)), Names())
    assert not decoded.rejected
    assert shown(decoded.events) == EXPECTED


def test_details_of_version_1_are_kept_as_they_were_written():
    decoded = decode(RecordBatch.of("log/0", STRUCTURED), Names())
    n_details = 0
    for row, line in enumerate(STRUCTURED):
        if decoded.events.flags[row] & HAS_DETAIL:
            data = json.loads(line)["data"]
            assert json.loads(decoded.events.detail_of(row)) == data
            n_details += 1
    assert n_details > 15


def test_version_1_is_written_as_it_was():
    events = decode(RecordBatch.of("log/0", STRUCTURED), Names()).events
    ids = [json.loads(line)["id"] for line in STRUCTURED]
    written = [json.loads(value) for value in encode_batch(events, ids=ids)]
    assert [event["dataschema"].rpartition(":")[2] for event in written] == ["1"] * 64
    for event, line in zip(written, STRUCTURED, strict=True):
        golden = json.loads(line)
        # What is written may name a default that the sample left out, and no more.
        assert event["data"].items() >= golden["data"].items()
        del event["data"], golden["data"]
        assert event == golden
