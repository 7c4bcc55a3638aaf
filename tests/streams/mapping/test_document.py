"""The parts of a mapping file refuse keys nobody knows."""

import msgspec
import pytest

from streams.mapping.document import (
    Condition,
    EventBlock,
    TableOptions,
    TimeOptions,
    Unpivot,
    Value,
)


@pytest.mark.parametrize(
    "part", [Condition, EventBlock, TableOptions, TimeOptions, Unpivot, Value]
)
def test_unknown_key_is_a_mistake(part):
    with pytest.raises(msgspec.ValidationError, match="unknown field `colunm`"):
        msgspec.convert({"colunm": "x", **REQUIRED.get(part, {})}, part)


REQUIRED = {
    Condition: {"column": "a", "op": "not_null"},
    EventBlock: {"type": "StockCounted", "name": "n", "time": {}, "fields": {}},
    Unpivot: {"index": []},
}
