"""Futures of a simulated network: forked, played and paired by their seeds.

`python -m benchmarks simulate --part futures` says how many a second.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError
from twin.simulate._kernels.futures import play_futures
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.tables import FLOW, Trace, forget_ahead, lasting


class Futures(NamedTuple):
    """What futures came to; one row a seed.

    Attributes
    ----------
    flow : ndarray of shape (n_futures, len(FLOW)), float64
        Sums over the production orders closed since the fork, see
        `twin.simulate.tables.FLOW`.
    n_events : ndarray of shape (n_futures,), int64
        Appointments that happened.
    """

    flow: NDArray[np.float64]
    n_events: NDArray[np.int64]

    def mean_flow_s(self) -> NDArray[np.float64]:
        """Return the mean time from release to close, seconds; NaN where none closed.

        Returns
        -------
        ndarray of shape (n_futures,), float64
        """
        closed = self.flow[:, FLOW.index("closed")]
        total_s = self.flow[:, FLOW.index("flow_s")]
        mean_s = np.full(len(closed), np.nan)
        np.divide(total_s, closed, out=mean_s, where=closed > 0)
        return mean_s


def play(plant: CompiledPlant, seeds: NDArray[np.int64], *, until_us: int) -> Futures:
    """Play futures of a network from where its simulation is; it stays there.

    What is drawn from now on is drawn with the seed of the future; what stands in the
    calendar already was drawn before. The same seed gives the same noise to another
    plant that was forked and changed.

    Parameters
    ----------
    plant : CompiledPlant
        With demand by its laws.
    seeds : ndarray of shape (n_futures,), int64
        One a future.
    until_us : int
        Where futures end, microseconds UTC, not before now.

    Returns
    -------
    Futures

    Raises
    ------
    OptionError
        If `until_us` is in the past, or demand is handed in by a caller.
    """
    if until_us < plant.now_us:
        msg = f"until_us must be >= {plant.now_us} (now), was {until_us}"
        raise OptionError(msg)
    layout = plant.reach(until_us)
    flow = np.zeros((len(seeds), len(FLOW)))
    counts = np.zeros(len(seeds), np.int64)
    untold, done = Trace.of_rows(0), 0
    scratch = plant.fork()
    base = _base(plant)
    while done < len(seeds):
        words = scratch.tables.block.view(np.int64)
        done = play_futures(
            layout, base, words, scratch.tables, untold,
            seeds, until_us, done, flow, counts,
        )  # fmt: skip
        if done < len(seeds):
            # The one that lacked room tells which table is to grow.
            plant.make_room_for(scratch, int(seeds[done]), until_us)
            scratch, base = plant.fork(), _base(plant)
    return Futures(flow, counts)


def _base(plant: CompiledPlant) -> NDArray[np.int64]:
    """Return what each future begins with."""
    tables = plant.fork().tables
    forget_ahead(tables)
    return lasting(tables)
