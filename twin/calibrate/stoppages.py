"""When machines stood still, and how much of a span of time they did not."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twin.calibrate.samples import Times, Window
from twin.model.draft.collect import TIME, Seen

STOPPED = ("off", "down", "maintenance")
"""States in which no work goes on."""


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Spans of time that do not overlap, ascending; microseconds UTC.

    Attributes
    ----------
    start_us, end_us : ndarray of shape (n,), int64
        A span that was not over has the end of the window.
    is_over : ndarray of shape (n,), bool
        Whether its end was seen.
    """

    start_us: Times
    end_us: Times
    is_over: NDArray[np.bool_]

    def covered_us(self, until_us: Times) -> Times:
        """Return how much of the time before each moment the spans cover."""
        lengths = np.append(0, np.cumsum(self.end_us - self.start_us))
        k = np.searchsorted(self.start_us, until_us, side="right")
        partly = np.zeros(len(until_us), np.int64)
        some = k > 0
        last = k[some] - 1
        partly[some] = np.maximum(self.end_us[last] - until_us[some], 0)
        return np.asarray(lengths[k] - partly)

    def between_us(self, start_us: Times, end_us: Times) -> Times:
        """Return how much of each span of time the spans cover."""
        return self.covered_us(end_us) - self.covered_us(start_us)


NOTHING = Spans(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_))


@dataclass(frozen=True, slots=True, eq=False)
class Stoppages:
    """When each machine stood still, was down and was maintained; by id."""

    stopped: Mapping[str, Spans]
    down: Mapping[str, Spans]
    maintained: Mapping[str, Spans]
    first_seen_us: Mapping[str, int]


def stoppages_of(seen: Seen, window: Window) -> Stoppages:
    """Read from the states of machines when they stood still.

    Parameters
    ----------
    seen : dict of str to DataFrame
        Events by type, up to the end of the window.
    window : Window
        Its end ends what was not over.

    Returns
    -------
    Stoppages
        Machines that told no state are not in it.
    """
    changes = seen["MachineStateChanged"].drop_nulls(["machine", "state"])
    parts = changes.partition_by("machine", as_dict=True, maintain_order=True)
    found: dict[str, dict[str, Spans]] = {"stopped": {}, "down": {}, "maintained": {}}
    first: dict[str, int] = {}
    for (machine,), frame in parts.items():
        ordered = frame.sort(TIME, maintain_order=True)
        times = ordered[TIME].to_numpy()
        state = ordered["state"]
        first[str(machine)] = int(times[0])
        end_us = window.end_us
        for name, states in (
            ("stopped", STOPPED), ("down", ("down",)), ("maintained", ("maintenance",)),
        ):  # fmt: skip
            within = state.is_in(states).to_numpy()
            found[name][str(machine)] = spans_of(times, within, end_us)
    return Stoppages(**found, first_seen_us=first)


def spans_of(times: Times, within: NDArray[np.bool_], end_us: int) -> Spans:
    """Put together the spans in which a flag held.

    Parameters
    ----------
    times : ndarray of shape (n,), int64
        When the flag was told, ascending.
    within : ndarray of shape (n,), bool
        The flag from then on.
    end_us : int
        What still holds at the last time, held until then.

    Returns
    -------
    Spans

    Examples
    --------
    >>> spans = spans_of(np.array([0, 5, 9]), np.array([False, True, False]), 20)
    >>> spans.between_us(np.array([0, 6]), np.array([20, 7])).tolist()
    [4, 1]
    """
    edges = np.diff(within.astype(np.int8), prepend=0)
    starts, ends = times[edges == 1], times[edges == -1]
    is_over = np.ones(len(starts), np.bool_)
    if len(ends) < len(starts):
        is_over[-1] = False
        ends = np.append(ends, max(end_us, int(starts[-1])))
    return Spans(starts.astype(np.int64), ends.astype(np.int64), is_over)


def union_of(start_us: Times, end_us: Times) -> Spans:
    """Join spans that may overlap.

    Parameters
    ----------
    start_us, end_us : ndarray of shape (n,), int64
        In any order.

    Returns
    -------
    Spans
        That cover the same time.

    Examples
    --------
    >>> joined = union_of(np.array([4, 0, 1]), np.array([6, 2, 3]))
    >>> joined.start_us.tolist(), joined.end_us.tolist()
    ([0, 4], [3, 6])
    """
    if not len(start_us):
        return NOTHING
    order = np.argsort(start_us, kind="stable")
    starts, ends = start_us[order], end_us[order]
    reach = np.maximum.accumulate(ends)
    is_new = np.append(True, starts[1:] > reach[:-1])
    last = np.append(np.flatnonzero(is_new)[1:] - 1, len(starts) - 1)
    return Spans(starts[is_new], reach[last], np.ones(int(is_new.sum()), np.bool_))


def machine_rows(frame: pl.DataFrame) -> dict[str, NDArray[np.intp]]:
    """Return the row numbers of each machine of a frame."""
    machines = frame["machine"].to_list()
    rows: dict[str, list[int]] = {}
    for row, machine in enumerate(machines):
        rows.setdefault(machine, []).append(row)
    return {machine: np.array(own, np.intp) for machine, own in rows.items()}
