"""Every cell of a row is compared with what the exact decoder says."""

from dataclasses import replace

import numpy as np
import pytest

from streams.batch import DTYPES
from streams.codec.decoded import DecodedBatch
from streams.codec.decoding import decode
from streams.codec.encoding import encode
from streams.codec.rechecking import n_differing
from streams.events import OperationCompleted, OrderCancelled, StockMoved
from streams.names import Names
from streams.records import RecordBatch

EVENTS = (
    StockMoved(item="A", quantity=2.0, to_site="S", reason="scrap"),
    OrderCancelled(order="O", reason="late"),
    OperationCompleted(
        production_order="P", operation="cut", machine="M", good=1.0, started_us=2
    ),
)


def decoded(n_rows: int = 9) -> DecodedBatch:
    values = [
        encode(EVENTS[n % 3], event_id=f"{n}", source="s", time_us=n, sequence=n + 1)
        for n in range(n_rows)
    ]
    records = RecordBatch.of("log/0", values, first_offset=40)
    return decode(records, Names(), partition_index=2)


def test_rows_as_the_exact_decoder_reads_them_do_not_differ():
    batch = decoded()
    assert n_differing(batch, range(9)) == 0
    assert batch.events.rank[2] != batch.events.rank[5]
    assert {int(flag) for flag in batch.events.flags} == {0, 1}


@pytest.mark.parametrize("column", [c for c in DTYPES if not c.startswith("detail_")])
@pytest.mark.parametrize("row", range(3))
def test_one_bit_in_any_column_is_a_difference(column, row):
    batch = decoded()
    cells = np.array(getattr(batch.events, column))
    cells.view(f"u{cells.itemsize}")[row] ^= 1
    changed = replace(batch, events=replace(batch.events, **{column: cells}))
    assert n_differing(changed, range(row, 9, 3)) == 1
    assert n_differing(changed, range((row + 1) % 3 + 3, 9, 3)) == 0


def test_other_details_are_a_difference():
    batch = decoded()
    detail = bytes(batch.events.detail).replace(b"late", b"Late")
    assert len(detail) == len(batch.events.detail)
    changed = replace(batch, events=replace(batch.events, detail=detail))
    assert n_differing(changed, range(9)) == 3


def test_record_that_is_refused_or_holds_several_is_a_difference():
    batch = decoded(1)
    value = batch.records.value(0)
    for other in (b"?", b"[" + value + b"," + value + b"]"):
        records = RecordBatch.of("log/0", [other], first_offset=40)
        assert n_differing(replace(batch, records=records), range(1)) == 1
