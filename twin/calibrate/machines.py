"""Machines: times to failure, by the clock and by busy time, and repairs."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from forecasting.lifetimes import Lifetimes
from twin.calibrate.operations import Work
from twin.calibrate.samples import SECOND_US, Sample, Times, Window
from twin.calibrate.stoppages import NOTHING, Spans, Stoppages, union_of
from twin.model.network import Network

N_OWN_MIN = 8
"""Failures, or receipts, that a machine or lane needs of its own; below, its whole
group is taken. Half would leave intervals wider than a factor of four."""

BUSY = "mttf_s by busy time"
"""Column of what is told beside the clock that the network's machine ages by."""


def machine_samples(
    network: Network, stops: Stoppages, *, work: Work, window: Window
) -> list[Sample]:
    """Gather times to failure and repairs by machine.

    A machine is new after a repair and after maintenance. Its first stretch counts
    only if the log reaches back to the network's `as_of`, when machines are new.

    Parameters
    ----------
    network : Network
        Its machines.
    stops : Stoppages
        When they were down.
    work : Work
        When they were busy.
    window : Window
        Stretches that began in it count.

    Returns
    -------
    list of Sample
        ``mttf_s`` by the clock the machine ages by, then by the other, and ``mttr_s``.
    """
    machines = network.tables["machines"]
    clocks: list[str] = ["clock"] * machines.height
    if "failure_clock" in machines.columns:
        clocks = machines["failure_clock"].to_list()
    busy = _busy(work, stops)
    found: list[Sample] = []
    columns = ("machine", "site", "group")
    places: dict[str, str] = {}
    for (machine, site, group), clock in zip(
        machines.select(columns).iter_rows(), clocks, strict=True
    ):
        if machine not in stops.down:
            continue
        places[machine] = f"group {group} at {site}"
        stretches = _stretches(network, stops, machine, window=window)
        by_clock = _failures(machine, stretches, lambda start, end: end - start)
        spans = busy.get(machine, NOTHING)
        by_busy = _failures(machine, stretches, spans.between_us)
        own, other = (by_busy, by_clock) if clock == "busy" else (by_clock, by_busy)
        name = BUSY if clock == "clock" else "mttf_s by the clock"
        found += [own, replace(other, column=name), _repairs(machine, stops, window)]
    return _pooled(found, places)


Stretches = tuple[Times, Times, np.ndarray]


def _stretches(
    network: Network, stops: Stoppages, machine: str, *, window: Window
) -> Stretches:
    # From a repair or maintenance to the next failure (seen) or maintenance (not).
    down, kept = stops.down[machine], stops.maintained.get(machine, NOTHING)
    ends = np.concatenate([down.start_us, kept.start_us, [window.end_us]])
    is_failure = np.concatenate(
        [np.ones(len(down.start_us)), np.zeros(len(kept.start_us) + 1)]
    ).astype(np.bool_)
    first = stops.first_seen_us[machine]
    begins = [*down.end_us[down.is_over], *kept.end_us[kept.is_over]]
    if first <= network.settings.as_of_us:
        begins.append(first)
    start = np.unique(np.array(begins, np.int64))
    start = start[(start >= window.start_us) & (start < window.end_us)]
    order = np.lexsort((~is_failure, ends))
    ends, is_failure = ends[order], is_failure[order]
    next_end = np.searchsorted(ends, start, side="left")
    return start, ends[next_end], is_failure[next_end]


def _failures(
    machine: str, stretches: Stretches, age: Callable[[Times, Times], Times]
) -> Sample:
    start, end, is_failure = stretches
    seconds = age(start, end) / SECOND_US
    kept = is_failure | (seconds > 0.0)
    return Sample(
        table="machines",
        key={"machine": machine},
        column="mttf_s",
        began_us=start[kept],
        lifetimes=Lifetimes.of(seconds[kept], is_failure[kept]),
    )


def _repairs(machine: str, stops: Stoppages, window: Window) -> Sample:
    down = stops.down[machine]
    kept = down.start_us >= window.start_us
    seconds = (down.end_us - down.start_us)[kept] / SECOND_US
    return Sample(
        table="machines",
        key={"machine": machine},
        column="mttr_s",
        began_us=down.start_us[kept],
        lifetimes=Lifetimes.of(seconds, down.is_over[kept]),
    )


def _busy(work: Work, stops: Stoppages) -> dict[str, Spans]:
    rows: dict[str, list[int]] = {}
    for k, machine in enumerate(work.machine):
        rows.setdefault(machine, []).append(k)
    found = {}
    for machine, own in rows.items():
        joined = union_of(work.begin_us[own], work.end_us[own])
        found[machine] = _without(joined, stops.stopped.get(machine, NOTHING))
    return found


def _without(spans: Spans, gaps: Spans) -> Spans:
    # Spans less gaps: between all edges, what lies in a span and in no gap.
    edges = np.unique(
        np.concatenate([spans.start_us, spans.end_us, gaps.start_us, gaps.end_us])
    )
    if len(edges) < 2:  # noqa: PLR2004  # an edge alone bounds nothing
        return NOTHING
    start, end = edges[:-1], edges[1:]
    kept = (spans.between_us(start, end) > 0) & (gaps.between_us(start, end) == 0)
    return Spans(start[kept], end[kept], np.ones(int(kept.sum()), np.bool_))


def _pooled(samples: list[Sample], places: Mapping[str, str]) -> list[Sample]:
    groups: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        place = places[str(sample.key["machine"])]
        groups.setdefault((place, sample.column), []).append(sample)
    found = []
    for sample in samples:
        place = places[str(sample.key["machine"])]
        mates = groups[place, sample.column]
        if sample.n_observed >= N_OWN_MIN or len(mates) == 1:
            found.append(sample)
        else:
            found.append(pooled(sample, mates, place))
    return found


def pooled(sample: Sample, mates: list[Sample], over: str) -> Sample:
    """Put the durations of several samples together under the key of one.

    Parameters
    ----------
    sample : Sample
        Whose key it gets.
    mates : list of Sample
        With durations; `sample` among them.
    over : str
        What they have in common.

    Returns
    -------
    Sample
        In order of time.
    """
    lives = [mate.lifetimes for mate in mates if mate.lifetimes is not None]
    began = np.concatenate([mate.began_us for mate in mates])
    order = np.argsort(began, kind="stable")
    together = Lifetimes.of(
        np.concatenate([one.duration for one in lives])[order],
        np.concatenate([one.is_observed for one in lives])[order],
        np.concatenate([one.entry for one in lives])[order],
    )
    return replace(sample, began_us=began[order], lifetimes=together, pooled_over=over)
