"""The state hash of the same records, however they are read."""

import json

import numpy as np
import pytest

from streams.codec import decode
from streams.kafka import KafkaConfiguration, KafkaSink
from streams.names import Names
from streams.records import Position
from twin.cli.app import run
from twin.model import load
from twin.replay import Twin, open_source, read, state_at

DAY_US = 86_400_000_000


@pytest.fixture(scope="module")
def known(network):
    return load(network)


def twin_of(log, known, *, batch_records, n_records=None):
    """Replay the first records of a log, in batches of one size."""
    with open_source(str(log)) as source:
        end = source.end_position()
        if n_records is not None:
            end = Position({"log/0": n_records})
        twin = Twin(known, source.partitions())
        for batch in read(source, end, batch_records=batch_records):
            twin.push(batch)
    return twin


@pytest.mark.parametrize("batch_records", [1, 7, 1000])
def test_hash_does_not_depend_on_the_size_of_batches(plant_log, known, batch_records):
    whole = twin_of(plant_log, known, batch_records=10**9)
    twin = twin_of(plant_log, known, batch_records=batch_records)
    assert twin.counters == whole.counters
    assert twin.counters.duplicates > 0
    assert twin.counters.rejected == 5
    assert twin.state.digest() == whole.state.digest()
    expected = whole.provisional_state().digest()
    assert twin.provisional_state().digest() == expected
    assert twin.finish().digest() == expected


def test_hash_does_not_depend_on_arrival_within_the_lateness(
    make_records, known, tmp_path
):
    hashes = set()
    for disorder_us in (0, 3_600_000_000, DAY_US):
        records = make_records(2000, seed=3, disorder_us=disorder_us)
        log = records.write(tmp_path / str(disorder_us))
        twin = twin_of(log, known, batch_records=100)
        assert twin.counters.late == 0
        hashes.add(twin.finish().digest())
    assert len(hashes) == 1


def test_late_corrections_do_not_depend_on_batches(make_records, known, tmp_path):
    records = make_records(1500, seed=5, disorder_us=3 * DAY_US)
    log = records.write(tmp_path / "log")
    twins = [twin_of(log, known, batch_records=n) for n in (1, 7, 10**9)]
    assert twins[0].counters.late > 0
    assert len({twin.finish().digest() for twin in twins}) == 1


def test_other_records_give_another_hash(plant_log, known):
    n_records = 1000
    first = twin_of(plant_log, known, batch_records=500, n_records=n_records)
    more = twin_of(plant_log, known, batch_records=500, n_records=n_records + 200)
    assert first.finish().digest() != more.finish().digest()


def test_provisional_state_equals_a_replay_from_scratch(plant_log, known):
    rng = np.random.default_rng(11)
    stops = sorted(rng.choice(1500, 20, replace=False).tolist())
    with open_source(str(plant_log)) as source:
        live = Twin(known, source.partitions())
        for stop in stops:
            for batch in read(source, Position({"log/0": stop}), batch_records=7):
                live.push(batch)
            with open_source(str(plant_log)) as other:
                scratch = state_at(other, known, position=Position({"log/0": stop}))
            assert live.provisional_state().digest() == scratch.digest()


def test_state_at_a_time_leaves_later_events_out(plant_log, known):
    names, times = Names(), {}
    with open_source(str(plant_log)) as source:
        for records in read(source, source.end_position()):
            events = decode(records, names).events
            ids = events.id_hash.tolist()
            times |= dict(zip(ids, events.time_us.tolist(), strict=True))
    ordered = sorted(times.values())
    time_us = ordered[len(ordered) // 2]
    with open_source(str(plant_log)) as source:
        state = state_at(source, known, time_us=time_us)
    assert state.tables.type_counts.sum() == sum(t <= time_us for t in ordered)
    assert state.tables.clock[0] == time_us


def test_restored_twin_goes_on_as_if_nothing_had_happened(plant_log, known, tmp_path):
    expected = twin_of(plant_log, known, batch_records=10**9).finish().digest()
    with open_source(str(plant_log)) as source:
        twin = Twin(known, source.partitions())
        for batch in read(source, source.end_position(), batch_records=250):
            twin.push(batch)
            twin.checkpoint(tmp_path)
            twin = Twin(known, source.partitions())
            assert twin.restore(tmp_path)
    assert twin.finish().digest() == expected


def result_of(arguments, folder):
    answer = folder / "answer.json"
    assert run([*map(str, arguments), "--quiet", "--json", str(answer)]) == 0
    return json.loads(answer.read_text())


def test_snapshot_shows_the_tables_of_the_log(plant_log, network, tmp_path):
    at_log = [plant_log, "--network", network]
    told = result_of(["replay", *at_log, "--snapshot", tmp_path / "s"], tmp_path)
    kept = result_of(["state", tmp_path / "s"], tmp_path)
    fresh = result_of(["state", *at_log], tmp_path)
    assert kept["state_hash"] == fresh["state_hash"] == told["state_hash"]
    assert kept["tables"] == fresh["tables"]
    assert kept["tables"]["stock"]


@pytest.fixture
def produce(kafka_broker, kafka_topic):
    """Send records to a new topic; returns where to read them."""

    def send(records, n_partitions):
        topic = kafka_topic(f"replay-{n_partitions}", n_partitions=n_partitions)
        with KafkaSink(KafkaConfiguration((kafka_broker.address,)), topic) as sink:
            sink.append(records.values, keys=records.keys)
        return f"kafka://{kafka_broker.address}/{topic}"

    return send


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.parametrize("n_partitions", [1, 3])
def test_hash_from_kafka_is_that_of_the_log(produce, n_partitions, log_result):
    records, told, network, folder = log_result
    place = produce(records, n_partitions)
    for batch in (1, 7, 1000, 0):
        options = ["--network", network, "--batch", batch]
        heard = result_of(["replay", place, *options], folder)
        assert heard["state_hash"] == told["state_hash"]
        assert heard["counts"] == told["counts"]
    for _ in range(2):  # the second time there is nothing new
        assert run(["record", place, str(folder / "kept"), "--quiet"]) == 0
    kept = result_of(["replay", folder / "kept", "--network", network], folder)
    assert kept["state_hash"] == told["state_hash"]
    assert sum(kept["position"].values()) == len(records.values)


@pytest.fixture
def log_result(make_records, network, tmp_path):
    """Records, and what a replay of them from a log says."""
    records = make_records(2000, seed=1, disorder_us=DAY_US // 2)
    log = records.write(tmp_path / "log")
    told = result_of(["replay", log, "--network", network], tmp_path)
    return records, told, network, tmp_path
