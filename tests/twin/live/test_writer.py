import threading

import pytest

from streams.errors import DeliveryError
from streams.memory import MemoryLog, MemorySink
from streams.records import Position
from twin.live.writer import OutputWriter


class Sink:
    def __init__(self):
        self.log = MemoryLog(["out-0", "out-1"])
        self.gate, self.failing = threading.Event(), False
        self.gate.set()

    def append(self, values, *, keys=None, partition=None):
        assert self.gate.wait(60)
        if self.failing:
            raise DeliveryError("no broker")
        return MemorySink(self.log, f"out-{partition}").append(values, keys=keys)

    def flush(self):
        return Position({"out-0": len(self.log.records("out-0"))})

    def close(self):
        self.closed = True


def test_outputs_keep_their_order_and_are_known_when_safe():
    sink = Sink()
    with OutputWriter(sink) as writer:
        for number in range(50):
            writer.offer([b"%d" % number], partition=number % 2)
        assert writer.wait(60)
        assert writer.end_offset("out-0") == 25
        assert writer.waiting == 0
    values = [value for value, *_ in sink.log.records("out-1")]
    assert values == [b"%d" % number for number in range(1, 50, 2)]
    assert sink.closed


def test_slow_sink_fills_the_writer_and_stops_nobody():
    sink = Sink()
    sink.gate.clear()
    with OutputWriter(sink, waiting_max=10) as writer:
        writer.offer([b"x"] * 9, partition=0)
        assert not writer.full
        writer.offer([b"x"], partition=0)
        assert writer.full
        assert not writer.wait(0.01)
        sink.gate.set()
        assert writer.wait(60)
        assert not writer.full


def test_failed_delivery_is_raised_where_outputs_are_offered():
    sink = Sink()
    sink.failing = True
    writer = OutputWriter(sink)
    writer.offer([b"x"], partition=0)
    with pytest.raises(DeliveryError):
        writer.wait(60)
    with pytest.raises(DeliveryError):
        writer.offer([b"y"], partition=0)
    writer.close()
