"""What something reaches: upstream to purchases, downstream to what is sold."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.planning.structure import PlanningStructure

Float = NDArray[np.float64]
Flag = NDArray[np.bool_]


def affected_activities(structure: PlanningStructure, points: Sequence[int]) -> Flag:
    """Tell which activities bring goods to some points, or use what is there.

    Parameters
    ----------
    structure : PlanningStructure
        What is planned with.
    points : sequence of int
        Stock points where something happened.

    Returns
    -------
    ndarray of shape (n_activities,), bool
        Upstream through lanes and bills to purchases, downstream to what is sold.
    """
    problem = structure.problem
    start = np.zeros(problem.n_points, np.bool_)
    start[list(points)] = True
    up, down = start.copy(), start.copy()
    of_input, taken = problem.input_activity, problem.input_point
    supplies = uses = np.zeros(problem.n_activities, np.bool_)
    while True:
        supplies, n_before = up[problem.output_point], int(up.sum() + down.sum())
        up[taken[supplies[of_input]]] = True
        uses = np.zeros(problem.n_activities, np.bool_)
        uses[of_input[down[taken]]] = True
        down[problem.output_point[uses]] = True
        if int(up.sum() + down.sum()) == n_before:
            return np.asarray(supplies | uses)


def made_on(structure: PlanningStructure, machine: int) -> list[int]:
    """Return the points of what is made in the group of a machine.

    Parameters
    ----------
    structure : PlanningStructure
        What is planned with.
    machine : int
        Index of the network.
    """
    uses = structure.problem.capacity_index == _capacity_of(structure, machine)
    found: list[int] = np.unique(structure.problem.output_point[uses]).tolist()
    return found


def without_machine(
    structure: PlanningStructure, capacity: Float, machine: int, *, down_us: int
) -> Float:
    """Return capacities while a machine is down from the first period on.

    Parameters
    ----------
    structure : PlanningStructure
        What is planned with.
    capacity : ndarray of shape (n_capacities, n_periods), float64
        With the machine.
    machine : int
        Index of the network.
    down_us : int
        For how long, from the begin of the first period, microseconds >= 0.

    Returns
    -------
    ndarray of shape (n_capacities, n_periods), float64
        Its group has so much less as the machine is of it, by slots and speed.
    """
    machines, left = structure.network.machines, capacity.copy()
    group = (machines.group_index == machines.group_index[machine]) & (
        machines.site_index == machines.site_index[machine]
    )
    power = machines.slots * machines.speed
    share = float(power[machine] / power[group].sum())
    review_us = structure.network.settings.review_us
    begins = np.arange(capacity.shape[1]) * review_us
    is_down = np.clip((down_us - begins) / review_us, 0.0, 1.0)
    left[_capacity_of(structure, machine)] *= 1.0 - share * is_down
    return left


def _capacity_of(structure: PlanningStructure, machine: int) -> int:
    network = structure.network
    group, site = network.machines.group_index, network.machines.site_index
    first = len(network.places.ids)
    return first + int(group[machine]) * network.n_sites + int(site[machine])
