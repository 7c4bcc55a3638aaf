import time
from queue import SimpleQueue

import pytest

from streams.errors import BrokerUnreachableError, TopicNotFoundError
from streams.kafka.lane.cluster import Cluster
from streams.kafka.lane.reader import LeaderMoved
from streams.kafka.lane.requests import Wanted

WANTED = Wanted("t", 0, 7, -1, -1)


def read(cluster, *wanted):
    return cluster.read(wanted, max_bytes=1000, committed=True, ready=SimpleQueue())


def test_each_leader_gets_a_reader(scripted):
    one, other = scripted(), scripted()
    one.leaders |= {("t", 1): (other, 6), ("t", 2): (one, 4)}
    cluster = Cluster([one.address], 5.0)
    readers = read(
        cluster, WANTED, Wanted("t", 1, 8, -1, -1), Wanted("t", 2, 9, -1, -1)
    )
    try:
        while not (one.asked and other.asked):
            time.sleep(0.001)
    finally:
        for reader in readers:
            reader.close()
    told = {
        key: (asked.fetch_offset, asked.current_leader_epoch)
        for broker in (one, other)
        for key, asked in broker.asked[0].items()
    }
    assert told == {("t", 0): (7, 5), ("t", 1): (8, 6), ("t", 2): (9, 4)}
    assert len(other.asked[0]) == 1


def test_brokers_are_asked_until_one_answers(scripted):
    gone, alive = scripted(), scripted()
    gone.close()
    for reader in read(Cluster([gone.address, alive.address], 5.0), WANTED):
        reader.close()
    assert alive.n_metadata == 1
    with pytest.raises(BrokerUnreachableError, match=f"{gone.port}: .*refused"):
        read(Cluster([gone.address], 5.0), WANTED)


def test_partition_without_leader_may_get_one_but_no_topic_is_final(scripted):
    broker = scripted()
    with pytest.raises(LeaderMoved, match="'u-0': UnknownTopic") as moved:
        read(Cluster([broker.address], 5.0), Wanted("u", 0, 0, -1, -1))
    assert isinstance(moved.value.final, TopicNotFoundError)


def test_range_is_told(scripted):
    broker = scripted()
    broker.offsets = (20, 30)
    cluster = Cluster([broker.address], 5.0)
    error = cluster.out_of_range(WANTED, committed=True)
    assert str(error) == (
        "partition 't-0': wanted offset 7, which the broker has not: it has 20..30"
    )
    broker.close()
    error = cluster.out_of_range(WANTED, committed=True)
    assert "does not say which it has" in str(error)
