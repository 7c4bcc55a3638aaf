"""Records to columns, in bulk; a bad record never stops its batch."""

from streams.codec.decoded import DecodedBatch
from streams.codec.exact import decode_rows
from streams.names import Names
from streams.records import RecordBatch


def decode(
    records: RecordBatch, names: Names, *, partition_index: int = 0
) -> DecodedBatch:
    """Decode records to columns, one by one.

    Structured JSON, the JSON batch format and Kafka's binary mode are read.

    Parameters
    ----------
    records : RecordBatch
        Raw records of one partition.
    names : Names
        Table that the references of the result point into; it grows.
    partition_index : int
        Position of the partition in the source's list, >= 0.

    Returns
    -------
    DecodedBatch
        A bad record is among the rejected, its reason one of `REASONS`.

    Examples
    --------
    >>> from streams.events import StockCounted
    >>> from streams.codec.encoding import encode
    >>> event = StockCounted(item="A", site="S", quantity=3)
    >>> value = encode(event, event_id="1", source="wms", time_us=0)
    >>> decoded = decode(RecordBatch.of("log/0", [value, b"?"]), Names())
    >>> decoded.events.value0.tolist(), [r.offset for r in decoded.rejected]
    ([3.0], [1])
    """
    indices = range(len(records))
    return decode_rows(records, indices, names, partition_index=partition_index)
