"""Service times on a tree: the dynamic program of Graves and Willems."""

import numpy as np
from numba import njit

__all__ = ["service_times"]

BIG = 1e300


@njit(cache=True, nogil=True)
def service_times(
    stages: np.ndarray,
    rate: np.ndarray,
    order: np.ndarray,
    parent: np.ndarray,
    adjacent: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return outbound and inbound service times of least cost.

    Parameters
    ----------
    stages : ndarray of shape (n, 3), int64
        Lead time, longest outbound time, longest replenishment time (`M` of the
        source), whole periods.
    rate : ndarray of shape (n,), float64
        Money of one period exposed; exposure counts by its square root.
    order : ndarray of shape (n,), int64
        Stages, each but the last before exactly one neighbour.
    parent : ndarray of shape (n,), int64
        That neighbour, -1 for the last stage.
    adjacent : ndarray of shape (n - 1, 2), int64
        Arcs: supplier, supplied.

    Returns
    -------
    tuple of ndarray of shape (n,), int64
        Outbound and inbound times by stage.

    References
    ----------
    Graves and Willems (2000), "Optimizing strategic safety stock placement in supply
    chains", Manufacturing and Service Operations Management 2(1), section 4: `f` by
    outbound time where the neighbour to come is supplied, `g` by inbound time where it
    supplies.
    """
    n = len(order)
    width = 1
    for k in range(n):
        width = max(width, stages[k, 2] + 1, stages[k, 1] + 1)
    # Best cost of the part of the tree behind a stage, by the time towards its parent.
    value = np.full((n, width), BIG)
    chosen = np.full((n, width), -1, np.int64)
    supplies = np.zeros(n, np.bool_)
    for a in range(len(adjacent)):
        if parent[adjacent[a, 0]] == adjacent[a, 1]:
            supplies[adjacent[a, 0]] = True
    for place in range(n):
        k = order[place]
        lead, most_out, most = stages[k, 0], stages[k, 1], stages[k, 2]
        by_in = np.zeros(width)
        by_out = np.zeros(width)
        for a in range(len(adjacent)):
            up, down = adjacent[a, 0], adjacent[a, 1]
            if down == k and parent[up] == k:
                best = BIG
                for time in range(width):
                    best = min(best, value[up, time])
                    by_in[time] += best
            if up == k and parent[down] == k:
                best = BIG
                for time in range(width - 1, -1, -1):
                    best = min(best, value[down, time])
                    by_out[time] += best
        for inbound in range(most - lead + 1):
            for outbound in range(min(most_out, inbound + lead) + 1):
                cost = rate[k] * np.sqrt(float(inbound + lead - outbound))
                cost += by_in[inbound] + by_out[outbound]
                if supplies[k] or parent[k] < 0:
                    if cost < value[k, outbound]:
                        value[k, outbound], chosen[k, outbound] = cost, inbound
                elif cost < value[k, inbound]:
                    value[k, inbound], chosen[k, inbound] = cost, outbound
    return _traced(value, chosen, order, parent, supplies)


@njit(cache=True, nogil=True)
def _traced(
    value: np.ndarray,
    chosen: np.ndarray,
    order: np.ndarray,
    parent: np.ndarray,
    supplies: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    n, width = value.shape
    outbound, inbound = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for place in range(n - 1, -1, -1):
        k = order[place]
        low, high = 0, width - 1
        if parent[k] >= 0 and supplies[k]:
            high = inbound[parent[k]]
        elif parent[k] >= 0:
            low = outbound[parent[k]]
        best = low
        for time in range(low, high + 1):
            if value[k, time] < value[k, best]:
                best = time
        if supplies[k] or parent[k] < 0:
            outbound[k], inbound[k] = best, chosen[k, best]
        else:
            inbound[k], outbound[k] = best, chosen[k, best]
    return outbound, inbound
