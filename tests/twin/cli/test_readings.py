import re
from urllib.request import urlopen

import pytest

from streams.codec import DecoderCounters
from twin.cli import replaying
from twin.cli.app import run
from twin.cli.readings import replay_readings, worker_readings
from twin.live.metrics import PartitionMetrics, ShardMetrics, WorkerMetrics
from twin.telemetry.metrics import METRICS, render


def values(readings):
    return {(one.name, *one.labels.values()): one.value for one in readings}


@pytest.fixture
def carried_out(monkeypatch, small_log, small_network, tmp_path):
    """Keep the run of a replay, with the readings of its end."""
    kept = []
    carry_out = replaying.carry_out

    def keep(run, console):
        carry_out(run, console)
        kept.extend([run, replay_readings(run)])

    monkeypatch.setattr(replaying, "carry_out", keep)
    from streams.log import LogWriter  # noqa: PLC0415

    with LogWriter(small_log) as writer:
        writer.append([b"rubbish"])
    words = ["replay", str(small_log), "--network", str(small_network), "--quiet"]
    assert run([*words, "--checkpoint", str(tmp_path / "saved")]) == 0
    return kept


def test_replay_is_read_as_it_counted(carried_out):
    _, readings = carried_out
    found = values(readings)
    assert found["millstream_records_read_total",] == 11
    assert found["millstream_dead_letters_total", "not JSON"] == 1
    assert found["millstream_lag_records", "log/0"] == 0
    assert found["millstream_offset", "log/0"] == 11
    assert found["millstream_checkpoints_total",] == 1
    assert found["millstream_checkpoint_age_seconds",] >= 0
    assert found["millstream_decoder_switched_off",] == 0
    assert found["millstream_watermark_delay_seconds",] >= 0
    applied = found["millstream_events_applied_total",]
    assert applied + found["millstream_events_waiting",] == 10
    assert found["millstream_decoded_total", "exact"] >= 1


def test_all_readings_are_of_listed_metrics(carried_out):
    _, readings = carried_out
    assert {one.name for one in readings} <= METRICS.keys()
    assert render(readings).startswith(b"# HELP millstream_")


def test_replay_is_scraped_while_it_runs(monkeypatch, small_log, small_network, capsys):
    scraped, addresses = [], []

    def sleep(_, seconds):
        addresses.extend(capsys.readouterr().err.split()[-1:])
        with urlopen(addresses[0]) as answer:
            scraped.append(answer.read().decode())

    monkeypatch.setattr("twin.clock.SystemClock.sleep", sleep)
    words = ["replay", str(small_log), "--network", str(small_network)]
    words += ["--speed", "60", "--batch", "9", "--metrics", "0"]
    assert run(words) == 0
    lags = [
        re.search(r'lag_records{partition="log/0"} (.+)', one)[1] for one in scraped
    ]
    assert [float(lag) for lag in lags] == list(range(9 - len(lags) + 1, 10))[::-1]
    assert len(lags) > 5


def test_worker_is_read_by_shard_and_partition():
    shard = ShardMetrics(
        number=2,
        epoch=1,
        read=10,
        applied=7,
        duplicates=1,
        late=0,
        dead_letters=2,
        forced=0,
        waiting=0,
        watermark_delay_s=3.5,
        checkpoint_age_s=0.5,
        observations=4,
        observations_skipped=0,
        names=12,
        reasons={"not JSON": 2},
        decoded=DecoderCounters(by_layout=6, exactly=4),
    )
    place = PartitionMetrics(
        name="a-2", offset=5, end_offset=9, paused=True, stalled_s=61.0
    )
    found = values(
        worker_readings(
            WorkerMetrics(
                generation=3,
                records=10,
                bytes_read=100,
                rate_per_s=50.0,
                rebalances=1,
                fenced=0,
                checkpoints=6,
                decisions=0,
                outputs_waiting=0,
                partitions=(place,),
                shards=(shard,),
                unplaced=8,
            )
        )
    )
    assert found["millstream_events_applied_total", "2"] == 7
    assert found["millstream_lag_records", "a-2"] == 4
    assert found["millstream_partition_stalled_seconds", "a-2"] == 61.0
    assert found["millstream_watermark_delay_seconds", "2"] == 3.5
    assert found["millstream_group_generation",] == 3
    assert found["millstream_dead_letters_total", "2", "not JSON"] == 2
    assert found["millstream_decoded_total", "2", "layout"] == 6
    assert found["millstream_decoder_differences_total", "2"] == 0
    assert found["millstream_names", "2"] == 12
    assert found["millstream_unplaced_total",] == 8
    assert {name for name, *_ in found} <= METRICS.keys()
