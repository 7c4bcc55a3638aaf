"""Operators and tools that machines share."""

from collections.abc import Callable, Generator, Iterator
from itertools import count
from zoneinfo import ZoneInfo

from twin.simulate.reference.engine import Engine
from twin.simulate.reference.orders import Step
from twin.simulate.reference.schedule import FAILURE, REPAIR, Pause, tie_key
from twin.simulate.reference.shifts import open_spans

_ENTITY = 1 << 27  # of pool 0, in keys; of ranks 1 and 2 nothing else has as much


class Pools:
    """How many of every pool are at work.

    An operation takes its operators and its tool when it, or the setup before it,
    begins, and keeps them until it ends, also while its machine stands. Outside the
    shifts of a pool no operation that needs it begins; those under way go on.

    Parameters
    ----------
    engine : Engine
        The simulation.
    when_free : callable
        Takes a pool and the time: there may be more of it than before.
    """

    def __init__(self, engine: Engine, when_free: Callable[[int, int], None]) -> None:
        self._engine = engine
        self._when_free = when_free
        pools = engine.network.pools
        self._used = [0] * len(pools.ids)
        self._is_open = [True] * len(pools.ids)
        for pool, calendar in enumerate(pools.calendar_index.tolist()):
            if calendar >= 0:
                zone = engine.network.places.time_zone[pools.site_index[pool]]
                start_us = engine.network.settings.as_of_us
                spans = open_spans(
                    engine.network.calendars, calendar, ZoneInfo(zone),
                    start_us=start_us,
                )  # fmt: skip
                first = next(spans)
                self._is_open[pool] = first[0] <= start_us
                engine.schedule.process(self._shifts(pool, first, spans))

    def suffice(self, step: Step) -> bool:
        """Whether there is what an operation needs."""
        sizes = self._engine.network.pools.size
        return all(
            self._is_open[pool] and self._used[pool] + n <= sizes[pool]
            for pool, n in step.needs
        )

    def take(self, step: Step) -> None:
        """Take what an operation needs."""
        for pool, n in step.needs:
            self._used[pool] += n

    def give_back(self, step: Step, now_us: int) -> None:
        """Give back what an operation needed; who waits for it is looked at later."""
        for pool, n in step.needs:
            self._used[pool] -= n
            self._engine.schedule.follow(self._when_free, pool, now_us)

    def _shifts(
        self, pool: int, first: tuple[int, int], spans: Iterator[tuple[int, int]]
    ) -> Generator[Pause, None, None]:
        schedule = self._engine.schedule
        open_us, close_us = first
        for n in count():
            if not self._is_open[pool]:
                yield schedule.wait(open_us, tie_key(REPAIR, _ENTITY + pool, n))
                self._is_open[pool] = True
                schedule.follow(self._when_free, pool, open_us)
            yield schedule.wait(close_us, tie_key(FAILURE, _ENTITY + pool, n))
            self._is_open[pool] = False
            open_us, close_us = next(spans)
