import pytest

from streams.codec import encode
from streams.events import MachineReading, OrderCancelled, OrderReceived, StockCounted
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.records import Position, RecordBatch
from twin.live.origins import Origins
from twin.live.rekey import Rekeyer

EVENTS = (
    StockCounted(item="tea", site="P", quantity=4),
    MachineReading(machine="F1", sensor="heat", value=3.0),
    OrderReceived(order="O1", customer="M", item="tea", site="Q", quantity=1),
    OrderCancelled(order="O1"),
    OrderCancelled(order="O9"),
)


class Reader:
    """A topic whose records come again after a crash."""

    def __init__(self, values):
        self.batch = RecordBatch.of(
            "orders-0", values, keys=[b"k"] * len(values), first_offset=3
        )
        self.position = Position({"orders-0": 3})
        self.new, self.closed = [0], False

    def assigned(self):
        return tuple(self.new)

    def committed(self, number):
        return self.position

    def begin(self, number, position):
        self.new.clear()
        self.next = position.of("orders-0")

    def poll(self, timeout_s, max_records):
        if self.new or self.next == self.batch.next_offset:
            return None
        part = self.batch.slice(self.next - 3, len(self.batch))
        self.next = self.batch.next_offset
        return part

    def commit(self, position):
        self.position = position
        return True

    def close(self):
        self.closed = True


@pytest.fixture
def values():
    return [
        encode(event, event_id=str(n), source="t", time_us=n)
        for n, event in enumerate(EVENTS)
    ] + [b"{"]


def test_records_get_their_site_as_key_and_their_origin_as_headers(works, values):
    log, reader = MemoryLog(["r-0"]), Reader(values)
    with Rekeyer(works(), [reader], MemorySink(log)) as rekeyer:
        assert rekeyer.step() == 0, "the partition begins"
        assert rekeyer.step() == 6
        assert rekeyer.step() == 0
        assert rekeyer.n_unplaced == 1
    found = log.records("r-0")
    assert [value for value, *_ in found] == values
    assert [key for _, _, key, _ in found] == [b"P", b"P", b"Q", b"Q", b"k", b"k"]
    assert found[1][3] == {"origin-partition": b"orders-0", "origin-offset": b"4"}
    assert reader.position.of("orders-0") == 9
    assert reader.closed


def test_what_is_written_twice_is_folded_once(works, values):
    log = MemoryLog(["r-0"])
    for _ in range(2):  # the first crashed before it could commit
        rekeyer = Rekeyer(works(), [Reader(values)], MemorySink(log))
        rekeyer.step()
        rekeyer.step()
    found = log.records("r-0")
    assert len(found) == 2 * len(values)
    batch = RecordBatch.of(
        "r-0", [one[0] for one in found], headers=[one[3] for one in found]
    )
    assert list(Origins().unseen(batch).values()) == values


def restarted(works, log, *, looked_back_max=1000):
    """Cancel an order whose site only a rekeyer before knew; return what it moved."""
    cancelled = encode(OrderCancelled(order="O1"), event_id="9", source="t", time_us=9)
    with Rekeyer(
        works(),
        [Reader([cancelled])],
        MemorySink(log),
        written=MemorySource(log),
        looked_back_max=looked_back_max,
    ) as rekeyer:
        rekeyer.step()
        assert rekeyer.step() == 1
        return log.records("r-0")[-1][2], rekeyer.n_unplaced


def test_where_orders_went_is_known_after_a_restart(works, values):
    log = MemoryLog(["r-0"])
    with Rekeyer(works(), [Reader(values)], MemorySink(log)) as rekeyer:
        rekeyer.step()
        rekeyer.step()
    assert restarted(works, log) == (b"Q", 0)


def test_what_went_longer_ago_than_is_read_again_is_unplaced(works):
    order = OrderReceived(order="O1", customer="M", item="tea", site="P", quantity=1)
    values = [
        encode(event, event_id=str(n), source="t", time_us=n)
        for n, event in enumerate((order, OrderCancelled(order="O1"), EVENTS[-1]))
    ]
    log = MemoryLog(["r-0"])
    with Rekeyer(works(), [Reader(values)], MemorySink(log)) as rekeyer:
        rekeyer.step()
        rekeyer.step()
    # The last is of an order that nobody placed; its own key is no site.
    assert restarted(works, log, looked_back_max=1) == (b"k", 1)
    # Of the order only a change is in reach: its key tells.
    assert restarted(works, log, looked_back_max=3) == (b"P", 0)
