"""A buffer may be filled again only when nobody looks into it."""

from dataclasses import replace

import numpy as np
import pytest

from streams.buffers import SLACK_BYTES, is_viewed
from streams.codec.decoding import Decoder
from streams.codec.encoding import encode
from streams.events import StockCounted
from streams.names import Names
from streams.records import RecordBatch


@pytest.mark.parametrize(
    "look",
    [memoryview, lambda buffer: memoryview(buffer)[2:3], np.frombuffer],
)
def test_buffer_is_viewed_until_the_last_view_is_gone(look):
    buffer = bytearray(b"12345678")
    assert not is_viewed(buffer)
    view = look(buffer, np.uint8) if look is np.frombuffer else look(buffer)
    assert is_viewed(buffer)
    del view
    assert not is_viewed(buffer)
    assert buffer == b"12345678"


@pytest.mark.parametrize("n_bytes", [0, 1, 16, SLACK_BYTES - 1, SLACK_BYTES, 999])
def test_rows_are_read_the_same_with_any_room_behind_them(n_bytes):
    event = StockCounted(item="A", site="S", quantity=1.5)
    rows = [encode(event, event_id=f"{n}", source="s", time_us=n) for n in range(40)]
    records = RecordBatch.of("log/0", rows)
    data = bytes(records.data) + b"9" * n_bytes
    decoder = Decoder(Names(), recheck_every=1)
    for _ in range(2):
        decoded = decoder.decode(replace(records, data=data))
        assert decoded.rejected == ()
        assert decoded.events.value0.tolist() == [1.5] * 40
        assert decoded.events.time_us.tolist() == list(range(40))
    # All but the sample were read by layout, and none otherwise than it should be.
    assert decoder.counters.by_layout > 40
    assert decoder.counters.differences == 0
