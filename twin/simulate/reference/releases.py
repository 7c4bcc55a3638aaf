"""Production orders that come by themselves: streams of releases."""

from itertools import count

import numpy as np

from twin.simulate.random import ARRIVAL, MIX, SECOND_US, DurationLaw
from twin.simulate.reference.emission import NEVER
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.factory import Arrival, Factory
from twin.simulate.reference.failures import Pauses
from twin.simulate.reference.schedule import RELEASE, tie_key


def start_releases(engine: Engine, factory: Factory) -> None:
    """Start all streams of releases of a network.

    Parameters
    ----------
    engine : Engine
        At the `as_of` of its network.
    factory : Factory
        Makes what is released.
    """
    for stream in range(len(engine.network.releases.ids)):
        engine.schedule.env.process(_stream(engine, factory, stream))


def _stream(engine: Engine, factory: Factory, stream: int) -> Pauses:
    releases, sampler = engine.network.releases, engine.sampler
    rows = np.flatnonzero(releases.release_index == stream)
    first = rows[0]
    interval = DurationLaw(
        int(releases.interval_law[first]),
        float(releases.interval_s[first]),
        float(releases.interval_cv[first]),
    )
    reached = np.cumsum(releases.share[rows]) / releases.share[rows].sum()
    now_us = engine.network.settings.as_of_us
    for n in count():
        if n == 0 and not np.isnan(releases.first_s[first]):
            now_us += round(float(releases.first_s[first]) * SECOND_US)
        else:
            now_us += sampler.duration_us(interval, ARRIVAL, stream, n)
        yield engine.schedule.wait(now_us, tie_key(RELEASE, stream, n))
        # The item is drawn by share; what rounding leaves over is the last one's.
        k = 0
        if len(rows) > 1:
            u = sampler.uniform(MIX, stream, n)
            k = min(int(np.searchsorted(reached, u)), len(rows) - 1)
        factory.arrive(_order(engine, int(rows[k]), now_us), now_us)


def _order(engine: Engine, row: int, now_us: int) -> Arrival:
    releases, due_s = engine.network.releases, engine.network.releases.due_s[row]
    return Arrival(
        item=int(releases.item_index[row]),
        site=int(releases.site_index[row]),
        quantity=float(releases.quantity[row]),
        priority=float(releases.priority[row]),
        due_us=NEVER if np.isinf(due_s) else now_us + round(float(due_s) * SECOND_US),
    )
