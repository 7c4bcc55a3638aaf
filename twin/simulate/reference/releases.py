"""Production orders that come by themselves: streams of releases."""

from bisect import bisect_left

import numpy as np

from twin.simulate.opening.residuals import Beginning
from twin.simulate.random import ARRIVAL, MIX, SECOND_US, DurationLaw
from twin.simulate.reference.emission import NEVER
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.factory import Asked, Factory
from twin.simulate.reference.failures import Pauses
from twin.simulate.reference.schedule import RELEASE, tie_key


def start_releases(
    engine: Engine, factory: Factory, beginning: Beginning | None = None
) -> None:
    """Start all streams of releases of a network.

    Parameters
    ----------
    engine : Engine
        At the `as_of` of its network.
    factory : Factory
        Makes what is released.
    beginning : Beginning or None
        Says when the first orders come, where that is known.
    """
    for stream in range(len(engine.network.releases.ids)):
        first_us = -1 if beginning is None else beginning.first_us[stream]
        engine.schedule.env.process(_stream(engine, factory, stream, first_us))


def _stream(engine: Engine, factory: Factory, stream: int, first_us: int) -> Pauses:
    releases, schedule = engine.network.releases, engine.schedule
    rows = np.flatnonzero(releases.release_index == stream).tolist()
    first = rows[0]
    interval = DurationLaw(
        int(releases.interval_law[first]),
        float(releases.interval_s[first]),
        float(releases.interval_cv[first]),
    )
    asked = [_asked(engine, row) for row in rows]
    reached = (np.cumsum(releases.share[rows]) / releases.share[rows].sum()).tolist()
    uniforms = engine.sampler.uniforms(MIX, stream)
    now_us, key = engine.network.settings.as_of_us, tie_key(RELEASE, stream, 0)
    intervals_us = engine.sampler.durations_us(interval, ARRIVAL, stream)
    for n, drawn_us in enumerate(intervals_us):
        if n == 0 and first_us >= 0:
            now_us += first_us
        elif n == 0 and not np.isnan(releases.first_s[first]):
            now_us += round(float(releases.first_s[first]) * SECOND_US)
        else:
            now_us += drawn_us
        yield schedule.wait(now_us, key + n)
        # The item is drawn by share; what rounding leaves over is the last one's.
        k = 0
        if len(rows) > 1:
            k = min(bisect_left(reached, next(uniforms)), len(rows) - 1)
        factory.arrive(asked[k], now_us)


def _asked(engine: Engine, row: int) -> Asked:
    releases, due_s = engine.network.releases, engine.network.releases.due_s[row]
    return Asked(
        item=int(releases.item_index[row]),
        site=int(releases.site_index[row]),
        quantity=float(releases.quantity[row]),
        priority=float(releases.priority[row]),
        due_us=NEVER if np.isinf(due_s) else round(float(due_s) * SECOND_US),
    )
