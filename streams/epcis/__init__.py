"""GS1 EPCIS 2.0 in JSON-LD to events, and events to EPCIS."""

from streams.epcis.document import split_document
from streams.epcis.options import EpcisOptions
from streams.epcis.reading import EpcisReading, events_of, read_epcis
from streams.epcis.recorded import Recorded, RefusedEvent, recorded_of
from streams.epcis.source import EpcisCounters, EpcisSource, open_epcis
from streams.epcis.writing import EpcisWriting, write_epcis

__all__ = [
    "EpcisCounters",
    "EpcisOptions",
    "EpcisReading",
    "EpcisSource",
    "EpcisWriting",
    "Recorded",
    "RefusedEvent",
    "events_of",
    "open_epcis",
    "read_epcis",
    "recorded_of",
    "split_document",
    "write_epcis",
]
