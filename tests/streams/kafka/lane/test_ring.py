import threading

import numpy as np

from streams.buffers import SLACK_BYTES
from streams.kafka.lane.ring import BufferRing, fits


def test_buffers_go_round_and_nothing_new_is_made():
    ring = BufferRing(3, 100)
    seen = set()
    for _ in range(10):
        buffer = ring.take(100 - SLACK_BYTES)
        seen.add(id(buffer))
        assert len(buffer) == 100
        ring.give_back(buffer)
    assert len(seen) == 1  # one is enough, so one was made


def test_buffer_that_is_looked_into_waits_until_it_is_not():
    ring = BufferRing(3, 100)
    first = ring.take(10)
    first[:3] = b"abc"
    view = np.frombuffer(memoryview(first), np.uint8)
    ring.give_back(first)
    others = [ring.take(10) for _ in range(2)]
    assert all(other is not first for other in others)
    assert view[:3].tobytes() == b"abc"
    del view
    ring.give_back(others[0])  # and both are free now
    assert {id(ring.take(10)), id(ring.take(10))} == {id(first), id(others[0])}


def test_held_buffers_are_replaced_before_the_ring_runs_dry():
    ring = BufferRing(3, 100)
    views = []
    for number in range(20):
        buffer = ring.take(10)
        buffer[0] = number
        views.append(memoryview(buffer))
        ring.give_back(buffer)
    assert [view[0] for view in views] == list(range(20))


def test_long_answer_gets_a_buffer_of_its_own():
    ring = BufferRing(3, 100)
    for n_bytes in (100 - SLACK_BYTES, 101 - SLACK_BYTES, 5000):
        buffer = ring.take(n_bytes)
        assert fits(buffer, n_bytes)
        assert len(buffer) == max(100, n_bytes + SLACK_BYTES)
        ring.give_back(buffer)
    assert [len(ring.take(1)) for _ in range(3)] == [100] * 3


def test_closing_wakes_who_waits():
    ring = BufferRing(3, 100)
    for _ in range(3):
        ring.take(1)
    got = []
    waiting = threading.Thread(target=lambda: got.append(ring.take(1)))
    waiting.start()
    ring.close()
    waiting.join(60)
    assert got == [None]
