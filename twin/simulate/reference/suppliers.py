"""Suppliers that are down by themselves for a while."""

from itertools import count

import numpy as np

from twin.simulate.random import SUPPLIER_FAILURE, SUPPLIER_REPAIR, DurationLaw
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.failures import Pauses
from twin.simulate.reference.schedule import FAILURE, REPAIR, RESPONSE_US, tie_key

FIRST_ENTITY = 1 << 27
"""Entity of the first place, in keys; no lane, machine or group comes so far."""


class SupplierOutages:
    """Outages of suppliers with an `mttf_s`: when a supplier is down, nothing leaves.

    When an outage ends is known as soon as it begins. It lasts a microsecond or longer.

    Parameters
    ----------
    engine : Engine
        At the `as_of` of its network; outages are put into its calendar.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._until_us: dict[int, int] = {}
        places = engine.network.places
        for place in np.flatnonzero(np.isfinite(places.mttf_s)).tolist():
            self._until_us[place] = engine.network.settings.as_of_us
            engine.schedule.process(self._outages(place))

    def __bool__(self) -> bool:
        return bool(self._until_us)

    def until_us(self, place: int) -> int:
        """Return when the last outage of a place ended or ends, microseconds UTC.

        Parameters
        ----------
        place : int
            Index of the network.

        Returns
        -------
        int
            Not in the future if the place is up.
        """
        return self._until_us.get(place, 0)

    def _outages(self, place: int) -> Pauses:
        places, schedule = self._engine.network.places, self._engine.schedule
        duration_us = self._engine.sampler.duration_us
        to_outage, to_repair = (
            DurationLaw(int(law[place]), float(mean_s[place]), float(cv[place]))
            for law, mean_s, cv in (
                (places.failure_law, places.mttf_s, places.failure_cv),
                (places.repair_law, places.mttr_s, places.repair_cv),
            )
        )
        now_us, entity = self._engine.network.settings.as_of_us, FIRST_ENTITY + place
        for n in count():
            now_us += duration_us(to_outage, SUPPLIER_FAILURE, place, n)
            yield schedule.wait(now_us, tie_key(FAILURE, entity, n))
            # A repair of this instant would rank before the failure.
            down_us = duration_us(to_repair, SUPPLIER_REPAIR, place, n)
            now_us += max(down_us, RESPONSE_US)
            self._until_us[place] = now_us
            yield schedule.wait(now_us, tie_key(REPAIR, entity, n))
