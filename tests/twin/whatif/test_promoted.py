import json

from streams.events import MasterDataChanged, OrderReceived
from streams.memory import MemoryLog, MemorySink, MemorySource
from twin.whatif.promoted import orders_told, records_of_branch

ORDER = OrderReceived(
    order="RUSH", customer="cologne", item="soap", site="dc", quantity=1.0
)
CELL = MasterDataChanged(record="branch/b/items/soap", table="items", values={"x": 1})


def records(digest="d1"):
    return records_of_branch([CELL, ORDER], name="b", digest=digest, now_us=5)


def test_ids_are_made_of_the_branch():
    ids = [json.loads(value)["id"] for value in records()]
    assert ids == ["branch/b/d1/branch/b/items/soap", "branch/b/d1/RUSH"]
    assert records() == records()
    assert records("d2") != records()


def test_orders_that_a_source_tells_of_are_known():
    log = MemoryLog()
    MemorySink(log).append(records())
    assert orders_told(MemorySource(log)) == {"RUSH"}
    assert orders_told(MemorySource(MemoryLog())) == set()
