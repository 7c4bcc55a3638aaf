"""The metrics by name, and how readings of them are written down."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
)
from prometheus_client.core import (
    Metric as Family,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

Kind = Literal["counter", "gauge"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes
    ----------
    name : str
        As Prometheus sees it; counters end with ``_total``.
    kind : {"counter", "gauge"}
        A counter only grows, until the process ends.
    help : str
        What it counts, with its unit.
    labels : tuple of str
        What its readings are told apart by; `shard` is empty in a replay.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


_ALL = (
    Metric("millstream_records_read_total", "counter", "Records read.", ("shard",)),
    Metric("millstream_events_applied_total", "counter", "Events folded.", ("shard",)),
    Metric(
        "millstream_duplicates_total",
        "counter",
        "Copies left out, of an offset or of a source and id.",
        ("shard",),
    ),
    Metric(
        "millstream_late_total",
        "counter",
        "Events behind the watermark: corrections and dead letters.",
        ("shard",),
    ),
    Metric(
        "millstream_dead_letters_total",
        "counter",
        "Records that could not be used.",
        ("shard", "reason"),
    ),
    Metric(
        "millstream_events_forced_total",
        "counter",
        "Events folded early because the buffer was full.",
        ("shard",),
    ),
    Metric(
        "millstream_events_waiting",
        "gauge",
        "Events read that the watermark has not passed.",
        ("shard",),
    ),
    Metric(
        "millstream_watermark_delay_seconds",
        "gauge",
        "Time of the latest event less the watermark.",
        ("shard",),
    ),
    Metric(
        "millstream_rate_per_second",
        "gauge",
        "Records a second: of a replay on average, of a worker lately.",
    ),
    Metric("millstream_offset", "gauge", "Next offset of a partition.", ("partition",)),
    Metric(
        "millstream_lag_records",
        "gauge",
        "Offsets between what was read and the end.",
        ("partition",),
    ),
    Metric(
        "millstream_partition_stalled_seconds",
        "gauge",
        "Since when a partition is behind its end and does not move; 0: it moves.",
        ("partition",),
    ),
    Metric(
        "millstream_partition_paused",
        "gauge",
        "1 if a partition waits for others, or for outputs.",
        ("partition",),
    ),
    Metric(
        "millstream_checkpoint_age_seconds",
        "gauge",
        "Since the last checkpoint.",
        ("shard",),
    ),
    Metric(
        "millstream_checkpoint_duration_seconds",
        "gauge",
        "How long the last checkpoint held up reading.",
    ),
    Metric("millstream_checkpoints_total", "counter", "Checkpoints begun."),
    Metric(
        "millstream_decoded_total",
        "counter",
        "Rows decoded: how = layout, or exact.",
        ("shard", "how"),
    ),
    Metric(
        "millstream_decoder_rechecked_total",
        "counter",
        "Rows by layout that were read exactly, too.",
        ("shard",),
    ),
    Metric(
        "millstream_decoder_differences_total",
        "counter",
        "How many of those came out otherwise. More than 0 is a defect: tell us.",
        ("shard",),
    ),
    Metric("millstream_decoder_layouts", "gauge", "Layouts of JSON known.", ("shard",)),
    Metric(
        "millstream_decoder_switched_off",
        "gauge",
        "1 if a difference has ended the use of layouts.",
        ("shard",),
    ),
    Metric("millstream_names", "gauge", "Names of ids held.", ("shard",)),
    Metric(
        "millstream_transport_info",
        "gauge",
        "1, with how Kafka's records are read, and why so.",
        ("transport", "reason"),
    ),
    Metric("millstream_group_generation", "gauge", "Of the group; -1: no member."),
    Metric("millstream_rebalances_total", "counter", "Rebalances of the group."),
    Metric("millstream_fenced_total", "counter", "Saves refused because another owns."),
    Metric("millstream_decisions_total", "counter", "Decisions written."),
    Metric("millstream_outputs_waiting", "gauge", "Outputs not yet acknowledged."),
    Metric(
        "millstream_unplaced_total",
        "counter",
        "Records re-keyed whose site was not known.",
    ),
    Metric("millstream_observations_total", "counter", "Outputs written.", ("shard",)),
    Metric("millstream_listeners", "gauge", "Who listens to changes.", ("shard",)),
    Metric(
        "millstream_records_behind",
        "gauge",
        "Records that a service took and has not folded.",
        ("shard",),
    ),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
"""Every metric by its name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of a metric now.

    Attributes
    ----------
    name : str
        One of `METRICS`.
    value : float
        In the unit of the metric.
    labels : dict of str to str
        Labels of the metric; those left out are empty.
    """

    name: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)


class _Collected(Collector):
    """Hands readings to the writer of the format."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._readings = list(readings)

    def collect(self) -> Iterator[Family]:
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for reading in self._readings:
            metric = METRICS[reading.name]
            if metric.name not in families:
                make = (
                    CounterMetricFamily
                    if metric.kind == "counter"
                    else GaugeMetricFamily
                )
                families[metric.name] = make(
                    metric.name, metric.help, labels=metric.labels
                )
            labels = [reading.labels.get(name, "") for name in metric.labels]
            families[metric.name].add_metric(labels, reading.value)
        yield from families.values()


def render(readings: Iterable[Reading]) -> bytes:
    """Write readings in the text format of Prometheus.

    Parameters
    ----------
    readings : iterable of Reading
        Those of one metric with different labels.

    Returns
    -------
    bytes

    Raises
    ------
    KeyError
        If a metric is none of `METRICS`.

    Examples
    --------
    >>> reading = Reading("millstream_rate_per_second", 3)
    >>> print(render([reading]).decode().splitlines()[-1])
    millstream_rate_per_second 3.0
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(readings))
    return generate_latest(registry)
