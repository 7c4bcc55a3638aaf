import json

import pytest

from streams.epcis import Recorded, recorded_of
from streams.errors import EnvelopeError
from streams.events import StockCounted

COUNTED = Recorded(
    event=StockCounted(item="A", site="S", quantity=3),
    event_id="7",
    source="wms",
    time_us=1_714_543_200_000_001,
    sequence=9,
)


def test_event_is_written_and_read_with_its_envelope():
    assert recorded_of(COUNTED.encode()) == COUNTED


def test_foreign_type_is_refused():
    envelope = json.loads(COUNTED.encode()) | {"type": "StockLost"}
    with pytest.raises(EnvelopeError, match="StockLost"):
        recorded_of(json.dumps(envelope).encode())
