"""Orders leave one a message, each once, whoever sends them again."""

import json

import polars as pl
import pytest

from streams.errors import DeliveryError
from streams.memory import MemoryLog, MemorySink, MemorySource
from twin.loop import Outbox
from twin.loop.outbox import orders_sent, write_csv


@pytest.fixture
def topic():
    return MemoryLog(["orders/0"])


def sent(topic):
    return [json.loads(record[0]) for record in topic.records("orders/0")]


def test_each_order_is_one_message_named_by_its_id(topic, order):
    outbox = Outbox(MemorySink(topic))
    assert outbox.send([order("A"), order("B", quantity=3.0)], now_us=7) == 2
    first, second = sent(topic)
    assert (first["id"], first["type"]) == ("A", "OrderDispatched")
    assert second["data"]["quantity"] == 3.0
    assert [record[2] for record in topic.records("orders/0")] == [b"hub", b"hub"]


def test_order_that_left_before_does_not_leave_again(topic, order):
    outbox = Outbox(MemorySink(topic))
    outbox.send([order("A"), order("A")], now_us=7)
    assert outbox.send([order("A")], now_us=8) == 0
    assert outbox.send([order("A"), order("B")], now_us=8) == 1
    assert outbox.n_sent == 2
    assert [one["id"] for one in sent(topic)] == ["A", "B"]


def test_outbox_that_goes_on_knows_what_left(topic, order):
    Outbox(MemorySink(topic)).send([order("A"), order("B")], now_us=7)
    MemorySink(topic).append([b"no event"])
    known = orders_sent(MemorySource(topic))
    assert known == {"A": 10.0, "B": 10.0}
    assert Outbox(MemorySink(topic), sent=known).send([order("B")], now_us=9) == 0


def test_order_that_left_with_another_quantity_is_named(topic, order):
    first = Outbox(MemorySink(topic))
    first.send([order("A"), order("B", quantity=3.0)], now_us=7)
    MemorySink(topic).append([topic.records("orders/0")[0][0]])
    outbox = Outbox(MemorySink(topic), sent=orders_sent(MemorySource(topic)))
    again = [order("A", quantity=12.5), order("B", quantity=3.0 + 1e-12), order("C")]
    assert outbox.send(again, now_us=7) == 1
    assert outbox.differing == {"A": (10.0, 12.5)}
    assert first.differing == {}
    assert outbox.send([order("C", quantity=1.0)], now_us=8) == 0
    assert outbox.differing["C"] == (10.0, 1.0)


def test_order_that_was_not_delivered_is_sent_again(topic, order):
    class Broken(MemorySink):
        is_broken = True

        def flush(self):
            if self.is_broken:
                msg = "broker is gone"
                raise DeliveryError(msg)
            return super().flush()

    sink = Broken(topic)
    outbox = Outbox(sink)
    with pytest.raises(DeliveryError):
        outbox.send([order("A")], now_us=7)
    sink.is_broken = False
    assert outbox.send([order("A")], now_us=7) == 1
    # Twice with one id: who executes it takes it once.
    assert [one["id"] for one in sent(topic)] == ["A", "A"]


def test_table_has_its_times_in_both_forms(tmp_path):
    write_csv(pl.DataFrame({"order": ["A"], "due_us": [1_500_000]}), tmp_path / "o.csv")
    lines = (tmp_path / "o.csv").read_text().splitlines()
    assert lines == ["order,due_us,due", "A,1500000,1970-01-01T00:00:01.500Z"]
    assert list(tmp_path.iterdir()) == [tmp_path / "o.csv"]
