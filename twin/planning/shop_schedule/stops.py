"""When machines are repaired or maintained, in ticks from a time on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.model.elements import CLOCKS
from twin.simulate.opening.machines import FAILED, MAINTAINED

if TYPE_CHECKING:
    from twin.model.network import Network
    from twin.simulate.opening.conditions import Conditions

__all__ = ["MAINTENANCE", "REPAIR", "Stop", "stops_of"]

MAINTENANCE, REPAIR = "maintenance", "repair"

_BUSY = CLOCKS.index("busy")


@dataclass(frozen=True, slots=True)
class Stop:
    """A time in which work is done on a machine and not by it.

    Attributes
    ----------
    cause : str
        `MAINTENANCE` or `REPAIR`.
    start, end : int
        In ticks, end > start >= 0.
    """

    cause: str
    start: int
    end: int


def stops_of(
    network: Network,
    machine: int,
    conditions: Conditions | None,
    *,
    ticks: int,
    tick_us: int,
    told: list[str],
) -> list[Stop]:
    """Return when a machine is repaired or maintained, whether it is on shift or not.

    Parameters
    ----------
    network : Network
        From whose `as_of` ticks count.
    machine : int
        Its row in `Network.machines`.
    conditions : Conditions or None
        Whether it is down or under maintenance, and since when; None: it is new.
    ticks : int
        How far to look.
    tick_us : int
        Microseconds of a tick.
    told : list of str
        Gets a sentence for what is assumed or not known.

    Returns
    -------
    list of Stop
        What goes on first, then maintenance by the clock in order of start; they may
        overlap.
    """
    machines = network.machines

    def in_ticks(seconds: float) -> int:
        return -(-round(seconds * 1e6) // tick_us)

    found: list[Stop] = []
    name, since_last_s = machines.ids[machine], 0.0
    length_s = float(machines.maintenance_s[machine])
    if conditions is not None:
        states = conditions.machines
        stood_s = (conditions.at_us - int(states.since_us[machine])) / 1e6
        since_last_s = int(states.unmaintained_us[machine]) / 1e6
        if states.cause[machine] == FAILED:
            mean_s = float(machines.mttr_s[machine])
            found.append(Stop(REPAIR, 0, in_ticks(mean_s)))
            told.append(
                f"{name} is down since {stood_s / 3600:.1f} h: taken to be back after "
                f"{mean_s / 3600:.1f} h, the mean of its repairs"
            )
        elif states.cause[machine] == MAINTAINED:
            left_s = max(length_s - stood_s, 0.0)
            found.append(Stop(MAINTENANCE, 0, in_ticks(left_s)))
    every_s = float(machines.maintenance_every_s[machine])
    if np.isfinite(every_s):
        if machines.maintenance_clock[machine] == _BUSY:
            told.append(f"maintenance of {name} comes by busy time: it is not planned")
        else:
            length = in_ticks(length_s)
            at_s = max(every_s - since_last_s, 0.0)
            while in_ticks(at_s) <= ticks:
                start = in_ticks(at_s)
                found.append(Stop(MAINTENANCE, start, start + length))
                at_s += every_s
    return [stop for stop in found if stop.start < stop.end]
