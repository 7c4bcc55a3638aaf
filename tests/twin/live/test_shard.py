import json

import pytest

from streams.codec.envelope import parse_time
from streams.deadletters import DeadLetterLog
from streams.errors import CheckpointMismatchError
from streams.ingest import IngestOptions
from streams.records import RecordBatch
from twin.live import LiveStore, Shard
from twin.live.origins import origin_headers
from twin.replay import ReplayOptions


@pytest.fixture
def open_shard(works, tmp_path):
    def make(epoch, *, n_partitions=2):
        store = LiveStore(tmp_path).shard(1)
        store.claim(epoch)
        return Shard.of(
            1,
            network=works(),
            names=["stock-1"],
            n_partitions=n_partitions,
            store=store,
            epoch=epoch,
            options=ReplayOptions(ingest=IngestOptions(lateness_us=0)),
        )

    return make


def push(shard, values, first=0, headers=None):
    batch = RecordBatch.of("stock-1", values, first_offset=first, headers=headers)
    shard.push(batch, now_s=0.0, now_us=5)


def test_next_owner_has_state_outputs_and_origins_of_the_last(open_shard, moves):
    one = open_shard(1)
    assert one.is_new
    push(one, moves(30), headers=[origin_headers("a-0", n) for n in range(30)])
    told = one.new_outputs("twin")
    one.save(now_s=1.0, output_offset=17)
    assert not one.is_changed
    two = open_shard(2)
    assert not two.is_new
    assert two.output_offset == 17
    assert two.origins.to_json() == {"a-0": 30}
    assert two.twin.state.digest() == one.twin.state.digest()
    assert two.new_outputs("twin") == []
    push(two, moves(5, first=30), first=30)
    fresh = two.new_outputs("twin")
    assert fresh
    assert not {one.id for one in fresh} & {one.id for one in told}


def test_outputs_that_are_there_already_are_skipped(open_shard, moves):
    push(one := open_shard(1), moves(30))
    all_of_it = one.new_outputs("twin")
    push(shard := open_shard(2), moves(30))
    # Not the first: another owner may have come upon them in another order.
    there = {output.id: 0 for output in all_of_it[5:10]}
    shard.there_already(there, 99)
    told = shard.new_outputs("twin")
    assert told == all_of_it[:5] + all_of_it[10:]
    metrics = shard.metrics(3.0)
    assert (metrics.observations, metrics.observations_skipped) == (len(told), 5)
    assert metrics.watermark_delay_s == 0.0
    shard.save(now_s=1.0, output_offset=None)
    assert shard.output_offset == 99


def test_outputs_not_come_to_yet_are_looked_at_by_the_next_owner_too(open_shard, moves):
    push(dead := open_shard(1), moves(30))
    there = {one.id: json.loads(one.value)["time"] for one in dead.new_outputs("twin")}
    times_us = {name: parse_time(time) for name, time in there.items()}
    push(heir := open_shard(2), moves(20))
    heir.there_already(times_us, 99)
    assert heir.new_outputs("twin") == []
    heir.save(now_s=1.0, output_offset=None)
    assert heir.output_offset == 0
    push(heir, moves(15, first=20), first=20)
    heir.new_outputs("twin")
    heir.save(now_s=2.0, output_offset=102)
    assert heir.output_offset == 102


def test_dead_letters_are_safe_before_the_checkpoint(open_shard, moves):
    shard = open_shard(1)
    batch = RecordBatch.of(
        "stock-1",
        [*moves(1), b"{"],
        keys=[None, b"P"],
        headers=[{}, {"trace": b"1"}],
        timestamps_us=[1_704_067_200_000_003, 1_704_067_200_000_004],
    )
    shard.push(batch, now_s=0.0, now_us=5)
    shard.save(now_s=1.0, output_offset=None)
    (letter,) = DeadLetterLog(shard.store.place(1) / "deadletters")
    assert (letter.partition, letter.offset, letter.time_us) == ("stock-1", 1, 5)
    assert (letter.raw, letter.key, letter.record_us) == (
        b"{",
        b"P",
        1_704_067_200_000_004,
    )
    assert letter.headers == {"trace": b"1"}


def test_checkpoint_of_another_number_of_partitions_is_refused(open_shard, moves):
    shard = open_shard(1)
    push(shard, moves(3))
    shard.save(now_s=1.0, output_offset=None)
    with pytest.raises(CheckpointMismatchError, match="shard 1 of 2"):
        open_shard(2, n_partitions=3)
