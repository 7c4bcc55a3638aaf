import msgspec
import pytest

from streams.codec import decode
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.names import Names
from streams.records import RecordBatch
from twin.live.outputs import Ledger, n_contradictions, told_already
from twin.replay import Twin
from twin.state import tables as t


@pytest.fixture
def state(works, moves):
    twin = Twin(works(), ["stock-0"])
    twin.push(RecordBatch.of("stock-0", moves(1200)))
    return twin.finish()


@pytest.fixture
def ledger(state):
    """Return one to which a number of contradictions are still new."""

    def make(shard, n_new):
        found = Ledger(shard)
        found._next = n_contradictions(state) - n_new
        return found

    return make


def test_every_contradiction_is_an_event_with_an_id_of_its_own(state, ledger):
    found = ledger(2, 3).observations(state, source="twin")
    decoded = decode(RecordBatch.of("o-2", [one.value for one in found]), Names())
    assert not decoded.rejected
    event = msgspec.json.decode(found[0].value)
    assert event["id"] == found[0].id
    assert event["id"].startswith("shard-2/contradiction/negative_stock/items-")
    assert event["data"]["contradiction"] == "negative_stock"
    assert event["data"]["detail"] == "items: tea"
    assert len({one.id for one in found}) == 3
    assert found == ledger(2, 3).observations(state, source="twin")


def test_ids_do_not_depend_on_what_else_the_shard_came_upon(works, moves):
    """An idle partition that the clock released comes late: all numbers shift."""

    def told(*batches):
        twin = Twin(works(), ["stock-0", "stock-1"])
        for name, values in batches:
            twin.push(RecordBatch.of(name, values))
        found = Ledger(0).observations(twin.finish(), source="twin")
        return {one.id: one.value for one in found}

    one, other = moves(40, first=30), moves(30)
    both = told(("stock-0", one), ("stock-1", other))
    assert both == told(("stock-1", other), ("stock-0", one))
    alone = told(("stock-0", one))
    assert len(alone) > 20
    assert alone.items() < both.items()


def test_equal_contradictions_are_numbered_on_from_a_saved_state(works, moves):
    def pushed(n_equal):
        twin = Twin(works(), ["stock-0"])
        value = msgspec.json.decode(moves(1)[0])
        at_once = [
            msgspec.json.encode({**value, "id": str(n), "sequence": n})
            for n in range(n_equal)
        ]
        twin.push(RecordBatch.of("stock-0", at_once))
        return twin.finish()

    few, all_of_them = pushed(6), pushed(9)
    ledger = Ledger(0)
    before = ledger.observations(few, source="twin")
    after = Ledger(0, few).observations(all_of_them, source="twin")
    assert after == ledger.observations(all_of_them, source="twin")
    found = Ledger(0).observations(all_of_them, source="twin")
    assert found == before + after
    assert len({one.id for one in found}) == len(found)


def test_those_no_more_remembered_are_told_in_one(state):
    n_untold = n_contradictions(state) - t.RECORDED
    assert n_untold > 0
    found = Ledger(0).observations(state, source="twin")
    assert len(found) == t.RECORDED + 1
    untold = msgspec.json.decode(found[0].value)["data"]
    assert untold["contradiction"] == "untold"
    assert untold["detail"].startswith(f"{n_untold} contradictions")


def test_end_of_the_topic_says_what_was_told(state, ledger):
    log = MemoryLog(["o-0", "o-1"])
    told = ledger(1, 9).observations(state, source="twin")
    MemorySink(log, "o-1").append([b"rubbish", *(one.value for one in told)])
    source = MemorySource(log)
    found, end = told_already(source, "o-1", first_offset=0)
    assert (list(found), end) == ([one.id for one in told], 10)
    rows = state.tables.contradictions["time_us"].tolist()
    assert set(found.values()) <= set(rows)
    last, _ = told_already(source, "o-1", first_offset=9)
    assert list(last) == [told[-1].id]
    assert told_already(source, "o-1", first_offset=10) == ({}, 10)
    assert told_already(source, "o-0", first_offset=0) == ({}, 0)
