"""Production orders that come by themselves: streams of releases."""

from bisect import bisect_left

import numpy as np

from twin.simulate.opening.residuals import Beginning
from twin.simulate.random import ARRIVAL, MIX, SECOND_US, DurationLaw
from twin.simulate.reference.emission import NEVER
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.factory import Asked, Factory
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
        _Stream(engine, factory, stream).start(first_us)


class _Stream:
    """A stream of releases, its orders one after another."""

    def __init__(self, engine: Engine, factory: Factory, stream: int) -> None:
        releases, sampler = engine.network.releases, engine.sampler
        rows = np.flatnonzero(releases.release_index == stream).tolist()
        self._first = first = rows[0]
        interval = DurationLaw(
            int(releases.interval_law[first]),
            float(releases.interval_s[first]),
            float(releases.interval_cv[first]),
        )
        share = releases.share[rows]
        self._engine, self._call, self._arrive = (
            engine, engine.schedule.call, factory.arrive
        )  # fmt: skip
        self._asked = [_asked(engine, row) for row in rows]
        self._reached = (np.cumsum(share) / share.sum()).tolist()
        self._uniforms = sampler.uniforms(MIX, stream)
        self._intervals_us = sampler.durations_us(interval, ARRIVAL, stream)
        self._key = tie_key(RELEASE, stream, 0)

    def start(self, first_us: int) -> None:
        """Say when the first order comes, in `first_us` if that is not below 0."""
        network, in_us = self._engine.network, next(self._intervals_us)
        first_s = network.releases.first_s[self._first]
        if first_us >= 0:
            in_us = first_us
        elif not np.isnan(first_s):
            in_us = round(float(first_s) * SECOND_US)
        self._call(network.settings.as_of_us + in_us, self._key, self._come, 0)

    def _come(self, n: int, now_us: int) -> None:
        k, n_items = 0, len(self._asked)
        if n_items > 1:
            # Drawn by share; what rounding leaves over is the last one's.
            k = min(bisect_left(self._reached, next(self._uniforms)), n_items - 1)
        self._arrive(self._asked[k], now_us)
        n += 1
        at_us = now_us + next(self._intervals_us)
        self._call(at_us, self._key + n, self._come, n)


def _asked(engine: Engine, row: int) -> Asked:
    releases, due_s = engine.network.releases, engine.network.releases.due_s[row]
    return Asked(
        item=int(releases.item_index[row]),
        site=int(releases.site_index[row]),
        quantity=float(releases.quantity[row]),
        priority=float(releases.priority[row]),
        due_us=NEVER if np.isinf(due_s) else round(float(due_s) * SECOND_US),
    )
