import numpy as np
import pytest

from streams.batch import concatenate
from streams.codec import Rejected, decode, encode
from streams.events import OrderReceived
from streams.memory import MemoryLog, MemorySink, MemorySource
from streams.names import Names
from streams.records import RecordBatch
from twin.cli.targets import EventTap, Into, TopicTarget, check_target, open_topic
from twin.errors import OptionError


def orders(names, *numbers):
    values = [
        encode(
            OrderReceived(
                order=f"O{n}", customer="c", item="pump", site="dc", quantity=1
            ),
            event_id=str(n),
            source="erp",
            time_us=n,
        )
        for n in numbers
    ]
    return decode(RecordBatch.of("log/0", values), names).events


def test_tap_keeps_what_it_is_shown_until_it_is_taken():
    names = Names()
    first, second = orders(names, 1, 2), orders(names, 3)
    tap = EventTap(names, lambda: None)
    tap.apply(first)
    tap.apply(second)
    assert tap.n_kept == 3
    taken = tap.take()
    both = concatenate([first, second], names)
    assert taken.id_hash.tolist() == both.id_hash.tolist()
    assert (tap.n_kept, len(tap.take())) == (0, 0)


def test_fork_of_a_tap_keeps_for_itself():
    names = Names()
    tap = EventTap(names, lambda: None)
    tap.fork().apply(orders(names, 1))
    assert tap.n_kept == 0


def test_tap_follows_names_that_were_renumbered():
    names, told = Names(), []
    names.indices(["nobody uses this"])
    tap = EventTap(names, lambda: told.append("renamed"))
    tap.apply(orders(names, 1, 2))
    mapping = names.keep(tap.used_names())
    assert mapping[0] == -1
    tap.rename(mapping)
    taken = tap.take()
    found = {names[number] for number in np.unique(taken.source)}
    assert found == {"erp"}
    assert told == ["renamed"]


def test_topic_gets_usable_records_as_they_came():
    log = MemoryLog(["t-0"])
    target = TopicTarget(MemorySink(log))
    records = RecordBatch.of(
        "log/0",
        [b"a", b"b", b"c", b""],
        first_offset=5,
        timestamps_us=[1000, 2000, 3000, 4000],
        keys=[b"k", None, b"l", None],
        headers=[{"h": b"1"}, {}, {}, {}],
    )
    rejected = (
        Rejected(6, "not JSON", "", b"b"),
        Rejected(7, "bad data", "one event of several", b"", row=1),
    )
    target.append(records, rejected)
    target.flush()
    got = MemorySource(log).poll(0, 10)
    assert list(got.values()) == [b"a", b"c"]
    assert list(got.keys) == [b"k", b"l"]
    assert got.timestamps_us.tolist() == [1000, 3000]
    assert dict(got.headers[0]) == {"h": b"1"}
    assert (target.n_records, target.n_left_out) == (2, 2)


def test_what_was_written_is_told():
    log = Into("out", events=10, records=3, duplicates=2, left_out=None)
    assert str(log) == "10 events written to out in 3 records, 2 left out as known"
    topic = Into("kafka://h:1/t", None, records=9, duplicates=None, left_out=1)
    assert str(topic) == "9 records sent to kafka://h:1/t, 1 left out as of no use"


def test_source_is_no_target(tmp_path):
    with pytest.raises(OptionError, match="is the source itself"):
        check_target(f"{tmp_path}/", str(tmp_path))
    with pytest.raises(OptionError, match="is the source itself"):
        check_target("kafka://h:1/t", "kafka://h:1/t")
    check_target("kafka://h:1/t", "kafka://h:1/s")


def test_target_is_one_topic():
    with pytest.raises(OptionError, match="must name one topic, names 2"):
        open_topic("kafka://h:1/t,u", None)
