import time

import pytest

from streams.errors import (
    CoPartitionError,
    KafkaConfigurationError,
    PositionError,
    TopicNotFoundError,
)
from streams.kafka import KafkaConfiguration, KafkaSink
from streams.kafka.group import GroupOptions, GroupSource
from streams.records import Position

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

OPTIONS = GroupOptions(session_s=6, heartbeat_s=0.2)
N = 40  # records in each partition


@pytest.fixture(scope="module")
def configuration(kafka_broker):
    return KafkaConfiguration((kafka_broker.address,))


@pytest.fixture
def topics(configuration, kafka_topic):
    names = [
        kafka_topic("group-a", n_partitions=2),
        kafka_topic("group-b", n_partitions=2),
    ]
    for name in names:
        with KafkaSink(configuration, name) as sink:
            for number in range(2):
                values = [b"%d" % n for n in range(N)]
                sink.append(values, keys=[b"k"] * N, partition=number)
    return names


class Member:
    """A source that begins what it is given and notes what it hears."""

    def __init__(self, configuration, topics, **options):
        self.revoked, self.lost, self.read = [], [], {}
        self.source = GroupSource(
            configuration,
            topics,
            group=f"g-{topics[0]}",
            on_revoked=self.revoked.extend,
            on_lost=self.lost.extend,
            options=OPTIONS,
            **options,
        )
        self.owned = set()

    def step(self, begin=True):
        batch = self.source.poll(0.05, 7)
        for number in self.source.assigned() if begin else ():
            at = Position(dict.fromkeys(self.source.names(number), 10))
            assert self.source.commit(at)
            self.source.begin(number, at)
            self.owned.add(number)
        self.owned -= set(self.revoked) | set(self.lost)
        if batch is not None:
            rows = zip(batch.offsets.tolist(), batch.values(), strict=True)
            self.read.setdefault(batch.partition, []).extend(rows)
        return batch

    def until(self, condition, *others):
        end_s = time.monotonic() + 15
        while not condition():
            assert time.monotonic() < end_s, (self.owned, self.read.keys())
            for member in (self, *others):
                member.step()


def test_members_share_numbers_and_hand_them_over(configuration, topics):
    a = Member(configuration, topics)
    everything = {f"{topic}-{n}" for topic in topics for n in range(2)}
    a.until(lambda: all(len(a.read.get(name, ())) == N - 10 for name in everything))
    assert a.read[f"{topics[0]}-1"] == [(n, b"%d" % n) for n in range(10, N)]
    assert a.source.end_offsets() == dict.fromkeys(everything, N)
    first = a.source.generation
    b = Member(configuration, topics)
    a.until(lambda: len(b.owned) == 1, b)
    assert a.revoked == list(b.owned)
    assert a.source.generation == b.source.generation > first
    assert set(a.source.position()) == set(a.source.names(1 - a.revoked[0]))
    assert a.source.committed(a.revoked[0]).of(a.source.names(a.revoked[0])[0]) == 10
    b.source.close()
    assert b.revoked == a.revoked
    a.revoked.clear()
    a.until(lambda: len(a.owned) == 2)
    a.source.close()
    assert not a.lost


def test_paused_partitions_wait_and_membership_goes_on(configuration, topics):
    a = Member(configuration, topics)
    a.until(lambda: len(a.owned) == 2)
    names = list(a.source.position())
    a.source.pause(names)
    read = sum(map(len, a.read.values()))
    end_s = time.monotonic() + 7  # longer than the session
    while time.monotonic() < end_s:
        assert a.step() is None
    assert sum(map(len, a.read.values())) == read
    assert not a.revoked
    assert not a.lost
    a.source.resume(names)
    a.until(lambda: sum(map(len, a.read.values())) == 4 * (N - 10))
    a.source.seek_again(names[0])
    assert a.source.client_position(names[0]) == N
    a.source.close()
    a.source.close()


def test_offsets_that_are_not_there_are_named(configuration, topics):
    a = Member(configuration, topics)
    while not a.source.assigned():
        a.step(begin=False)
    name = f"{topics[0]}-0"
    with pytest.raises(PositionError, match=rf"'{name}': offset must be in 0\.\.40"):
        a.source.begin(0, Position({name: N + 1}))
    assert 0 in a.source.assigned()
    a.source.close()


def test_what_cannot_be_one_group_is_refused(configuration, topics, kafka_topic):
    wide = kafka_topic("group-wide", n_partitions=3)
    with pytest.raises(CoPartitionError, match=f"{wide} has 3") as raised:
        GroupSource(configuration, [topics[0], wide], group="g")
    assert raised.value.counts == {topics[0]: 2, wide: 3}
    with pytest.raises(TopicNotFoundError):
        GroupSource(configuration, ["group-nowhere"], group="g")
    with pytest.raises(KafkaConfigurationError):
        GroupSource(configuration, topics, group="")
