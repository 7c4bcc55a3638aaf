from decimal import Decimal

import msgspec
import numpy as np

from streams.batch import empty_columns
from streams.codec.arrow_rows import event_json, put_rows, read_rows
from streams.names import Names


def counted(row, quantity=1):
    head = {"id": str(row), "source": "wms", "type": "StockCounted", "time": row}
    return event_json(head, {"item": "A", "site": "S", "quantity": quantity})


def test_row_is_written_with_what_it_has():
    head = {"id": "1", "source": None, "type": "Any", "time": 0}
    data = {"a": float("inf"), "b": None, "c": Decimal("1.5"), "d": [{"e": b"x"}]}
    written = msgspec.json.decode(event_json(head, data))
    assert written == {
        "specversion": "1.0",
        "id": "1",
        "type": "Any",
        "time": "1970-01-01T00:00:00.000000Z",
        "data": {"a": "inf", "c": 1.5, "d": [{"e": "b'x'"}]},
    }
    assert msgspec.json.decode(event_json({"time": 2**62}, {}))["time"] == str(2**62)


def test_rows_are_read_and_put_in_their_places():
    def text_of(row):
        if row == 8:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
        return counted(row, quantity=row if row < 7 else -1)

    decoded = read_rows(np.array([2, 5, 7, 8]), text_of, Names())
    assert decoded.rows.tolist() == [2, 5]
    assert [one.offset for one in decoded.rejected] == [7, 8]
    assert "must be UTF-8" in decoded.rejected[1].detail
    columns = empty_columns(9)
    changed = put_rows(columns, decoded)
    assert changed["value0"][[2, 5]].tolist() == [2, 5]
    assert np.isnan(changed["value0"][3])
    assert np.isnan(columns["value0"]).all()
