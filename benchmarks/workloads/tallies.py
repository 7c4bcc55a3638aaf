"""Counts and sums of times of what a compiled simulation tells, without its events.

The mean number of orders in a queue is the time between who came and who left it,
summed and divided by the length of the window: no order has to be followed.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from streams.events import TYPE_CODES
from streams.names import Names
from twin.model.network import Network
from twin.simulate import tables as t
from twin.simulate.compiled.plant import CompiledPlant

N_TYPES = max(TYPE_CODES.values()) + 1
SECOND_US = 1_000_000
RELEASED = TYPE_CODES["ProductionOrderReleased"]
CLOSED = TYPE_CODES["ProductionOrderClosed"]
STARTED = TYPE_CODES["OperationStarted"]
COMPLETED = TYPE_CODES["OperationCompleted"]


class Tally(NamedTuple):
    """What was told from the begin of a simulation on.

    Attributes
    ----------
    now_s : float
        Time since the begin.
    counts : ndarray of shape (N_TYPES,), int64
        Events by type.
    until_s : ndarray of shape (N_TYPES,), float64
        Sum over the events of each type of the time from them until now.
    """

    now_s: float
    counts: NDArray[np.int64]
    until_s: NDArray[np.float64]

    def between(self, entry: int, departure: int, since: Self) -> float:
        """Mean number of orders between two types of events, from an earlier tally."""
        inside = (
            (self.until_s[entry] - self.until_s[departure])
            - (since.until_s[entry] - since.until_s[departure])
        )  # fmt: skip
        return float(inside / (self.now_s - since.now_s))

    def rate(self, kind: int, since: Self) -> float:
        """Events of a type in a second, from an earlier tally."""
        n = self.counts[kind] - since.counts[kind]
        return float(n / (self.now_s - since.now_s))


class TalliedPlant(CompiledPlant):
    """A compiled simulation that counts what it tells, and forgets it.

    Parameters
    ----------
    network : Network
        What is simulated.
    seed : int
        Of all random numbers.
    """

    def __init__(self, network: Network, seed: int) -> None:
        self._counts = np.zeros(N_TYPES, np.int64)
        self._times_us = np.zeros(N_TYPES)
        self._begin_us = network.settings.as_of_us
        super().__init__(network, Names(), seed=seed)

    def _take_trace(self) -> None:
        n = int(self._sim.clock[t.N_TRACED])
        kinds = self._trace.type_code[:n]
        times = self._trace.time_us[:n] - self._begin_us
        self._counts += np.bincount(kinds, minlength=N_TYPES)
        self._times_us += np.bincount(kinds, weights=times, minlength=N_TYPES)
        self._sim.clock[t.N_TRACED] = 0

    def tally(self, until_s: float) -> Tally:
        """Let time go on until so long after the begin, and count."""
        now_us = round(until_s * SECOND_US)
        self._run(self._begin_us + now_us)
        self._take_trace()
        until_us = self._counts * float(now_us) - self._times_us
        return Tally(until_s, self._counts.copy(), until_us / SECOND_US)
