"""Columns of layouts about how machines fail, wear and are maintained."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.model.elements import CLOCKS
from twin.model.records import Machines
from twin.simulate.laying.rows import law_columns
from twin.simulate.layout import NEVER_US
from twin.simulate.random import SECOND_US
from twin.simulate.tables import F8, I8

_BUSY = CLOCKS.index("busy")


def ageing_columns(machines: Machines) -> dict[str, NDArray[Any]]:
    """Return the columns of `MACHINE_ROW` about ageing.

    Parameters
    ----------
    machines : Machines
        Of the network.

    Returns
    -------
    dict of str to ndarray of shape (n_machines,)
        Columns by name; times are microseconds, the greatest number is never.
    """
    failure = law_columns(machines.failure_law, machines.mttf_s, machines.failure_cv)
    repair = law_columns(machines.repair_law, machines.mttr_s, machines.repair_cv)
    has_failures = machines.mttf_s < np.inf
    by_clock = machines.failure_clock != _BUSY
    due_by_busy = (machines.maintenance_clock == _BUSY) & (
        machines.maintenance_every_s < np.inf
    )
    ages = (has_failures & ~by_clock) | due_by_busy | (machines.wear_per_h > 0.0)
    return {
        "mttf_s": machines.mttf_s,
        "mttr_s": machines.mttr_s,
        "has_failures": has_failures,
        "failure_law": failure["law"],
        "failure_p0": failure["p0"],
        "failure_p1": failure["p1"],
        "repair_law": repair["law"],
        "repair_p0": repair["p0"],
        "repair_p1": repair["p1"],
        "wear_per_h": machines.wear_per_h,
        "wear_hazard": machines.wear_hazard,
        "wear_speed": machines.wear_speed,
        "wear_yield": machines.wear_yield,
        "maintenance_every_us": _microseconds(machines.maintenance_every_s),
        "maintenance_us": _microseconds(machines.maintenance_s),
        "reading_every_us": _microseconds(machines.reading_every_s),
        "on_failure": machines.on_failure,
        "by_clock": by_clock,
        "due_by_busy": due_by_busy,
        "ages": ages,
    }


def _microseconds(seconds: F8) -> I8:
    times = [
        round(one * SECOND_US) if np.isfinite(one) else int(NEVER_US)
        for one in seconds.tolist()
    ]
    return np.array(times, np.int64)
