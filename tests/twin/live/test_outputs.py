import msgspec
import pytest

from streams.codec import decode
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.names import Names
from streams.records import RecordBatch
from twin.live.outputs import n_contradictions, next_number, observations
from twin.replay import Twin
from twin.state import tables as t


@pytest.fixture
def state(works, moves):
    twin = Twin(works(), ["stock-0"])
    twin.push(RecordBatch.of("stock-0", moves(1200)))
    return twin.finish()


def test_every_contradiction_is_an_event_with_an_id_of_its_own(state):
    total = n_contradictions(state)
    first = total - 3
    found = observations(state, shard=2, source="twin", first=first)
    decoded = decode(RecordBatch.of("o-2", [one.value for one in found]), Names())
    assert not decoded.rejected
    event = msgspec.json.decode(found[0].value)
    assert event["id"] == f"shard-2/contradiction/{first}"
    assert event["data"]["contradiction"] == "negative_stock"
    assert event["data"]["detail"] == "items: tea"
    assert [one.number for one in found] == list(range(first, total))
    assert found == observations(state, shard=2, source="twin", first=first)


def test_those_no_more_remembered_are_told_in_one(state):
    total = n_contradictions(state)
    assert total > t.RECORDED
    found = observations(state, shard=0, source="twin", first=0)
    assert len(found) == t.RECORDED + 1
    untold = msgspec.json.decode(found[0].value)["data"]
    assert untold["contradiction"] == "untold"
    n_untold = total - t.RECORDED
    assert untold["detail"].startswith(
        f"{n_untold} contradictions, 0 to {n_untold - 1}"
    )


def test_end_of_the_topic_says_what_was_told(state):
    log = MemoryLog(["o-0", "o-1"])
    told = observations(
        state, shard=1, source="twin", first=n_contradictions(state) - 9
    )
    MemorySink(log, "o-1").append([b"rubbish", *(one.value for one in told)])
    source = MemorySource(log)
    end = told[-1].number + 1
    assert next_number(source, "o-1", first_offset=0) == (end, 10)
    assert next_number(source, "o-1", first_offset=9) == (end, 10)
    assert next_number(source, "o-1", first_offset=10) == (0, 10)
    assert next_number(source, "o-0", first_offset=0) == (0, 0)
