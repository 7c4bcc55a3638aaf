"""A machine that is down, at once or once it has been down for long."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.events import TYPE_CODES
from twin.errors import OptionError
from twin.loop.occasions import Occasion, Situation
from twin.model.changes.words import duration
from twin.state import tables as t

MACHINE_DOWN = "machine_down"

_CHANGED = TYPE_CODES["MachineStateChanged"]
_PULSE = tuple(TYPE_CODES[name] for name in ("OperationStarted", "OperationCompleted"))


class MachineDown:
    """Fires when a machine has been down for some time, once for each breakdown.

    Parameters
    ----------
    after_s : float
        How long it must have been down, seconds >= 0. With 0 it fires at the event that
        says so; else at the first event of the shop floor after that time.

    Raises
    ------
    OptionError
        If `after_s` is below 0.
    """

    name = MACHINE_DOWN

    def __init__(self, after_s: float = 0.0) -> None:
        if not after_s >= 0.0:
            msg = f"machine_down: after_s must be >= 0, was {after_s}"
            raise OptionError(msg)
        self._after_us = round(after_s * 1e6)

    def looks(self, events: EventBatch) -> NDArray[np.bool_]:
        """Look at changes of machines, and at the shop floor if it has to wait."""
        wanted: NDArray[np.bool_] = events.type_code == _CHANGED
        if self._after_us:
            wanted |= np.isin(events.type_code, _PULSE)
        return wanted

    def fired(self, situation: Situation) -> Sequence[Occasion]:
        """Name the machines that are down for long and were not named since then."""
        used = situation.state.used()
        machines, ids = used["machines"], used["machine_ids"]
        down_us = situation.now_us - machines["since_us"]
        is_down = (machines["state"] == t.STATE_DOWN) & (down_us >= self._after_us)
        names = situation.state.names
        found = []
        for row in np.flatnonzero(is_down).tolist():
            machine = names[int(ids["name"][row])]
            told_us = situation.fired_us.get(f"{self.name}/{machine}")
            if told_us is None or told_us < int(machines["since_us"][row]):
                detail = f"machine {machine} is down"
                if down_us[row]:
                    detail += f" for {duration(round(down_us[row] / 1e6))}"
                found.append(Occasion(situation.now_us, self.name, machine, detail))
        return found
