"""Readings of a replay and of a worker, for whoever looks from outside."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from twin.telemetry.metrics import Reading

if TYPE_CHECKING:
    from streams.codec import DecoderCounters
    from twin.cli.replaying import Run
    from twin.live import WorkerMetrics
    from twin.live.metrics import PartitionMetrics, ShardMetrics

MICROSECONDS = 1e6  # in a second


def replay_readings(run: "Run") -> list[Reading]:
    """Read what a replay counts.

    It is asked from another thread while the replay goes on, so that figures may be a
    batch apart from each other.

    Parameters
    ----------
    run : Run
        A replay under way.

    Returns
    -------
    list of Reading
    """
    return [
        *_counted(run),
        *_placed(run),
        *_decoded(run.twin.decoded),
        *_saved(run),
        Reading("millstream_names", len(run.twin.names)),
        Reading("millstream_rate_per_second", run.rate_per_s()),
        *_transport(run.opened.transport, run.opened.transport_reason),
    ]


def _counted(run: "Run") -> Iterator[Reading]:
    counters = run.twin.counters
    yield Reading("millstream_records_read_total", counters.read)
    yield Reading("millstream_events_applied_total", counters.applied)
    yield Reading("millstream_duplicates_total", counters.duplicates)
    yield Reading("millstream_late_total", counters.late)
    yield Reading("millstream_events_forced_total", counters.forced)
    yield Reading("millstream_events_waiting", run.twin.waiting)
    # Copied at once: another thread adds to them.
    reasons = dict(counters.reasons)
    for reason, count in dict(run.refused).items():
        reasons[reason] = reasons.get(reason, 0) + count
    for reason, count in reasons.items():
        yield Reading("millstream_dead_letters_total", count, {"reason": reason})


def _placed(run: "Run") -> Iterator[Reading]:
    position = run.twin.position
    for name, lag in run.lag().items():
        place = {"partition": name}
        yield Reading("millstream_offset", position.of(name), place)
        yield Reading("millstream_lag_records", lag, place)
    latest_us, watermark_us = run.twin.latest_us, run.watermark_us
    if latest_us is not None and watermark_us is not None:
        delay_us = max(0, latest_us - watermark_us)
        yield Reading("millstream_watermark_delay_seconds", delay_us / MICROSECONDS)


def _decoded(
    counters: "DecoderCounters", shard: dict[str, str] | None = None
) -> Iterator[Reading]:
    place = shard or {}
    for how, count in (("layout", counters.by_layout), ("exact", counters.exactly)):
        yield Reading("millstream_decoded_total", count, {**place, "how": how})
    counts = {
        "millstream_decoder_rechecked_total": counters.rechecked,
        "millstream_decoder_differences_total": counters.differences,
        "millstream_decoder_layouts": counters.layouts,
        "millstream_decoder_switched_off": counters.switched_off,
    }
    for name, value in counts.items():
        yield Reading(name, value, place)


def _saved(run: "Run") -> Iterator[Reading]:
    saver = run.saver
    if saver is None:
        return
    yield Reading("millstream_checkpoints_total", saver.n_saved)
    if saver.saved_s is not None:
        age_s = run.clock.monotonic_s() - saver.saved_s
        yield Reading("millstream_checkpoint_age_seconds", age_s)
        yield Reading("millstream_checkpoint_duration_seconds", saver.duration_s)


def _transport(transport: str | None, reason: str | None) -> Iterator[Reading]:
    if transport is not None:
        labels = {"transport": transport, "reason": reason or ""}
        yield Reading("millstream_transport_info", 1, labels)


def worker_readings(metrics: "WorkerMetrics") -> list[Reading]:
    """Read what a live worker tells.

    Parameters
    ----------
    metrics : WorkerMetrics
        What it told last.

    Returns
    -------
    list of Reading
    """
    return [
        Reading("millstream_rate_per_second", metrics.rate_per_s),
        Reading("millstream_group_generation", metrics.generation),
        Reading("millstream_rebalances_total", metrics.rebalances),
        Reading("millstream_fenced_total", metrics.fenced),
        Reading("millstream_checkpoints_total", metrics.checkpoints),
        Reading("millstream_decisions_total", metrics.decisions),
        Reading("millstream_outputs_waiting", metrics.outputs_waiting),
        Reading("millstream_unplaced_total", metrics.unplaced),
        *_of_partitions(metrics.partitions),
        *(reading for shard in metrics.shards for reading in _of_shard(shard)),
    ]


def _of_partitions(partitions: "Iterable[PartitionMetrics]") -> Iterator[Reading]:
    for one in partitions:
        place = {"partition": one.name}
        yield Reading("millstream_offset", one.offset, place)
        yield Reading("millstream_lag_records", one.lag, place)
        yield Reading("millstream_partition_paused", one.paused, place)
        yield Reading("millstream_partition_stalled_seconds", one.stalled_s, place)


def _of_shard(shard: "ShardMetrics") -> Iterator[Reading]:
    labels = {"shard": str(shard.number)}
    counts = {
        "millstream_records_read_total": shard.read,
        "millstream_events_applied_total": shard.applied,
        "millstream_duplicates_total": shard.duplicates,
        "millstream_late_total": shard.late,
        "millstream_events_forced_total": shard.forced,
        "millstream_events_waiting": shard.waiting,
        "millstream_checkpoint_age_seconds": shard.checkpoint_age_s,
        "millstream_observations_total": shard.observations,
        "millstream_names": shard.names,
    }
    for name, value in counts.items():
        yield Reading(name, value, labels)
    for reason, count in shard.reasons.items():
        yield Reading(
            "millstream_dead_letters_total", count, {**labels, "reason": reason}
        )
    yield from _decoded(shard.decoded, labels)
    if shard.watermark_delay_s is not None:
        delay_s = shard.watermark_delay_s
        yield Reading("millstream_watermark_delay_seconds", delay_s, labels)
