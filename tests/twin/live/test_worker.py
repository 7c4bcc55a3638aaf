import threading

import msgspec
import pytest

from twin.errors import OptionError, StalledError
from twin.live import WorkerOptions, merged_state
from twin.live.worker import ahead


def ids(plant, number):
    return [msgspec.json.decode(value)["id"] for value in plant.told(number)]


def go(worker, plant, n_steps=4):
    for _ in range(n_steps):
        worker.step()
        plant.clock.sleep(2.0)


def test_shard_that_moves_goes_on_where_it_was_saved(plant, moves):
    plant.append("stock-0", moves(30))
    with plant.worker() as first:
        plant.group.give(0)
        go(first, plant)
        plant.append("stock-0", moves(5, first=30))
        go(first, plant, 1)
        plant.group.revoke(0)
        assert not first.shards
    with plant.worker() as second:
        plant.append("stock-0", moves(10, first=35))
        plant.group.give(0)
        go(second, plant)
        metrics = second.metrics()
        assert (metrics.records, metrics.lag) == (10, 0)
        assert metrics.shards[0].read == 45
    assert merged_state(plant.store).position.of("stock-0") == 45
    assert len(set(ids(plant, 0))) == len(ids(plant, 0))
    assert len(ids(plant, 0)) > 20


def test_outputs_written_before_a_crash_are_not_written_again(plant, moves):
    plant.append("stock-0", moves(40))
    dead = plant.worker(checkpoint_s=1e9)
    plant.group.give(0)
    go(dead, plant)
    assert dead._outputs.writer.wait(60)
    told = ids(plant, 0)
    assert told
    assert plant.store.shard(0).load() is None
    # It was killed here; the next one folds everything again.
    with plant.worker() as heir:
        plant.group.give(0)
        go(heir, plant)
        assert heir.metrics().shards[0].observations_skipped == len(told)
    assert ids(plant, 0)[: len(told)] == told
    assert len(set(ids(plant, 0))) == len(ids(plant, 0))


def test_zombie_writes_nothing_after_its_successor_began(plant, moves):
    plant.append("stock-0", moves(30))
    zombie = plant.worker()
    plant.group.give(0)
    go(zombie, plant)
    asleep = plant.group
    with plant.worker() as heir:
        plant.group.generation = asleep.generation + 1
        plant.group.give(0)
        go(heir, plant)
        saved = plant.store.shard(0).load().path
        plant.append("stock-0", moves(5, first=30))
        go(zombie, plant)
        assert zombie.metrics().fenced == 1
        assert not zombie.shards
        assert plant.store.shard(0).load().path == saved
        go(heir, plant)
        assert heir.metrics().shards[0].read == 35


def test_lost_shard_is_dropped_without_a_checkpoint(plant, moves):
    plant.append("stock-0", moves(30))
    worker = plant.worker(checkpoint_s=1e9)
    plant.group.give(0)
    worker.step()
    plant.group.lose(0)
    assert not worker.shards
    assert plant.store.shard(0).load() is None
    worker.close()
    assert plant.store.shard(0).load() is None


def test_who_is_no_member_claims_nothing(plant):
    with plant.worker() as worker:
        plant.group.is_member = False
        plant.group.give(0)
        worker.step()
        assert not worker.shards
        assert not plant.store.shard(0).epochs()
        plant.group.is_member = True
        worker.step()
        assert list(worker.shards) == [0]


def test_slow_outputs_pause_everything_and_polling_goes_on(plant, moves):
    gate = threading.Event()
    plant.append("stock-0", moves(400))
    with plant.worker(gate=gate, waiting_max=50, batch_records=100) as worker:
        plant.group.give(0)
        try:
            go(worker, plant, 8)
            assert plant.group.paused == {"orders-0", "stock-0"}
            held = worker.metrics().outputs_waiting
            assert 50 <= held <= 200
            assert worker.metrics().records < 400
            assert plant.store.shard(0).load() is None, "outputs are not safe yet"
        finally:
            gate.set()
        for _ in range(40):
            go(worker, plant, 1)
        assert worker.metrics().records == 400
        assert not plant.group.paused


def test_partition_that_stands_still_is_fetched_anew_and_then_fails(plant, moves):
    with plant.worker(stall_s=10, outputs=False) as worker:
        plant.group.give(0)
        worker.step()
        plant.group.hidden.add("stock-0")
        plant.append("stock-0", moves(3))
        go(worker, plant, 12)
        assert plant.group.sought == ["stock-0"]
        with pytest.raises(StalledError, match="'stock-0': stands at offset 0 for"):
            go(worker, plant, 10)


def test_store_of_other_partitions_is_refused(plant, moves):
    plant.append("stock-0", moves(3))
    with plant.worker() as worker:
        plant.group.give(0)
        go(worker, plant)
    layout = msgspec.structs.replace(plant.store.layout(), n_partitions=4)
    plant.store._layout_file.write_bytes(msgspec.json.encode(layout))
    with pytest.raises(OptionError, match=r"is of 4 partitions, .* have 2 now"):
        plant.worker(outputs=False)
    assert plant.group.closed


def test_options_below_their_least_are_refused():
    with pytest.raises(OptionError, match="batch_records must be >= 1, was 0"):
        WorkerOptions(batch_records=0)
    with pytest.raises(OptionError, match="checkpoint_s must be > 0, was 0"):
        WorkerOptions(checkpoint_s=0)


def test_partitions_ahead_wait_for_one_that_can_catch_up():
    assert ahead(["a-0", "b-0"], {"a-0": 5}, {"b-0"}) == {"a-0"}
    assert ahead(["a-0", "b-0"], {"a-0": 5}, set()) == set()
