import json

import numpy as np
import pytest

from streams.codec import Decoder
from streams.epcis import EpcisOptions, events_of, read_epcis
from streams.errors import EpcisError
from streams.names import Names
from streams.records import RecordBatch

FIVE = (
    "ObjectEvent",
    "AggregationEvent",
    "TransactionEvent",
    "TransformationEvent",
    "AssociationEvent",
)


def count_events(content):
    """Count events without the product: every object with a type of the five."""
    if isinstance(content, dict):
        own = int(content.get("type") in FIVE)
        return own + sum(map(count_events, content.values()))
    if isinstance(content, list):
        return sum(map(count_events, content))
    return 0


def test_every_event_of_every_example_is_mapped(epcis_examples):
    assert len(epcis_examples) == 47
    n_events = 0
    for name, content in epcis_examples.items():
        reading = read_epcis(content)
        assert not reading.refused, name
        expected = count_events(json.loads(content))
        assert reading.n_mapped == expected > 0, name
        assert len(reading.events) >= expected
        n_events += expected
    assert n_events == 56


def test_events_of_all_examples_are_decoded(epcis_examples):
    values = [one for content in epcis_examples.values() for one in events_of(content)]
    decoded = Decoder(Names()).decode(RecordBatch.of("epcis-0", values))
    assert not decoded.rejected
    assert len(decoded.events) == len(values) > 150


def test_ids_are_unique_and_the_same_when_read_again(epcis_examples):
    for content in epcis_examples.values():
        first = [one.event_id for one in read_epcis(content).events]
        assert len(set(first)) == len(first)
        assert [one.event_id for one in read_epcis(content).events] == first


def test_sequence_runs_on_from_the_first(epcis_examples):
    content = epcis_examples["Example_9.6.4-TransformationEvent.jsonld"]
    events = read_epcis(content, first_sequence=100).events
    assert [one.sequence for one in events] == list(range(100, 106))


@pytest.mark.parametrize(
    "time", ["2024-05-01T08:00:00+02:00", "2024-05-01T08:00:00", "2024-05-01T06:00:00Z"]
)
def test_time_is_an_instant_however_its_zone_is_given(epcis_bytes, time):
    event = epcis_bytes(eventTime=time, eventTimeZoneOffset="+02:00")
    assert read_epcis(event).events[0].time_us == 1_714_543_200_000_000


def test_extensions_are_counted_not_lost_silently(epcis_examples):
    reading = read_epcis(epcis_examples["Example_9.6.1-ObjectEvent.jsonld"])
    assert reading.unread == {"example:myField": 1}
    assert reading.units == {"10614141073464": {"C62"}}


def test_class_without_quantity_is_recorded_as_it_is(epcis_bytes):
    event = epcis_bytes(
        bizStep="receiving",
        epcList=None,
        quantityList=[{"epcClass": "https://id.gs1.org/01/04012345222227"}],
    )
    (one,) = read_epcis(event).events
    assert one.event.what == "epcis:observed"


def test_source_and_names_are_those_of_the_options(epcis_bytes):
    options = EpcisOptions(
        source="plant-1", aliases={"04012345111224": "CAKE", "4012345000016": "BAKERY"}
    )
    (one,) = read_epcis(epcis_bytes(bizStep="commissioning"), options).events
    assert (one.source, one.event.item, one.event.to_site) == (
        "plant-1",
        "CAKE",
        "BAKERY",
    )


def test_events_of_a_refused_document_are_an_error():
    with pytest.raises(EpcisError, match="no event"):
        events_of(b"[]")


WRONG = [
    *(None, True, -1, 1e308, "", "x" * 5000, [], {}, ["a"], [None], {"id": None}),
    *("urn:epc:id:sgtin:..", "9999-12-31T23:59:59-14:00", "https://x/01/\u0663/21/1"),
]


def places_in(content):
    """Every value of a document, as its holder and the key in it."""
    if isinstance(content, dict | list):
        pairs = content.items() if isinstance(content, dict) else enumerate(content)
        for key, value in list(pairs):
            yield content, key
            yield from places_in(value)


def test_damaged_document_is_refused_or_read_and_never_more(epcis_examples):
    random = np.random.default_rng(7)
    contents = list(epcis_examples.values())
    n_refused = 0
    for _ in range(400):
        document = json.loads(contents[random.integers(len(contents))])
        places = list(places_in(document))
        holder, key = places[random.integers(len(places))]
        holder[key] = WRONG[random.integers(len(WRONG))]
        reading = read_epcis(json.dumps(document).encode())
        assert all(one.encode() for one in reading.events)
        assert all(one.reason and one.detail for one in reading.refused)
        n_refused += len(reading.refused)
    assert n_refused > 100
