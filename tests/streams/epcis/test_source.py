import json

import pytest

from streams.codec import Decoder
from streams.epcis import EpcisOptions, EpcisSource, open_epcis, read_epcis
from streams.errors import SourceFileError
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.names import Names
from streams.records import Position


def drain(source):
    batches = []
    while (batch := source.poll(0, 10)) is not None:
        batches.append((batch, source.rejected_of(batch)))
    return batches


def ids_of(batches):
    decoder = Decoder(Names())
    decoded = [decoder.decode(batch) for batch, _ in batches]
    assert not any(one.rejected for one in decoded)
    return [hashed for one in decoded for hashed in one.events.id_hash.tolist()]


def test_file_of_one_document_has_a_record_for_each_event(tmp_path, epcis_examples):
    content = epcis_examples["Example_9.6.1-ObjectEvent.jsonld"]
    path = tmp_path / "shipments.jsonld"
    path.write_bytes(content)
    with open_epcis(path) as source:
        assert source.partitions() == ("shipments.jsonld",)
        assert source.end_position() == Position({"shipments.jsonld": 2})
        batches = drain(source)
        assert source.counters.events == len(ids_of(batches)) == 2
        assert source.unseen() == ("example:myField",)
        source.seek(Position({"shipments.jsonld": 1}))
        assert ids_of(drain(source)) == ids_of(batches)[1:]


def test_lines_are_documents_and_bad_ones_are_refused(tmp_path, epcis_examples):
    lines = [
        json.dumps(json.loads(content)).encode() for content in epcis_examples.values()
    ]
    lines[3:3] = [b"{}", b"no"]
    path = tmp_path / "feed.ndjson"
    path.write_bytes(b"\n".join(lines))
    with open_epcis(path) as source:
        batches = drain(source)
        assert source.counters.records == 49
        assert source.counters.mapped == 56
        assert source.counters.rejected == 2
    refused = [one for _, some in batches for one in some]
    assert [(one.offset, one.reason, one.value) for one in refused] == [
        (3, "no event", b"{}"),
        (4, "not JSON", b"no"),
    ]
    assert len(ids_of(batches)) == sum(len(read_epcis(line).events) for line in lines)


def test_one_bad_event_of_a_record_has_its_place(epcis_event):
    log = MemoryLog(["epcis-0"])
    events = [epcis_event(), epcis_event(eventTime=None), epcis_event()]
    MemorySink(log).append([json.dumps(events).encode()])
    with EpcisSource(MemorySource(log)) as source:
        ((batch, (refused,)),) = drain(source)
    assert (refused.offset, refused.row) == (0, 1)
    assert len(json.loads(batch.value(0))) == 2


def test_identity_is_that_of_the_options():
    def identity(**options):
        return EpcisSource(MemorySource(MemoryLog()), EpcisOptions(**options)).identity

    assert identity() == identity(aliases={})
    assert len({identity(), identity(lots=True), identity(source="x")}) == 3


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(SourceFileError, match=r"none\.jsonld"):
        open_epcis(tmp_path / "none.jsonld")
