"""Take vehicles off lanes: what they carried goes where vehicles have room."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.logistics.transshipment._kernels.compiling import kernel, part

__all__ = ["Paths", "Shipping", "carry", "shave", "shave_all"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

TINY = 1e-9

CROWDED = 0.01
"""Share of a vehicle: less room is not worth a path."""

GREED, CHEAP = 2.0, 0.1
"""Shares of what may be spent a volume: more is no path, less is taken at once."""

ROUNDS = 40
"""Paths that one vehicle is emptied by at most."""

NOBODY = -1


class Shipping(NamedTuple):
    """All items on one network of sites and periods, and the vehicles on its lanes."""

    tail: IntArray
    head: IntArray
    out_start: IntArray
    out_arc: IntArray
    in_start: IntArray
    in_arc: IntArray
    first_lane: int
    """Arcs from here on are lanes in a period."""
    volume: FloatArray
    """Of a unit of each item."""
    cost: FloatArray
    """Money a unit, ndarray of shape (n_items, n_arcs), without vehicles."""
    capacity: FloatArray
    """Units, ndarray of shape (n_items, n_arcs)."""
    potential: FloatArray
    """Prices of the relaxation, ndarray of shape (n_items, n_nodes)."""
    price: FloatArray
    """Money a volume on each lane arc in the relaxation."""
    room: FloatArray
    """Volume of a vehicle on each lane arc."""
    vehicle_cost: FloatArray
    fixed_cost: FloatArray
    flow: FloatArray
    """Units, ndarray of shape (n_items, n_arcs)."""
    loaded: FloatArray
    """Volume on each lane arc."""
    vehicles: IntArray
    """On each lane arc."""


class Paths(NamedTuple):
    """Room for shortest paths and for undoing."""

    distance: FloatArray
    via: IntArray
    """Arc by which a node is reached: forward 2 a, backward 2 a + 1."""
    done: IntArray
    heap_node: IntArray
    heap_key: FloatArray
    changed_item: IntArray
    changed_arc: IntArray
    changed_by: FloatArray


@part
def spare(s: Shipping, arc: int) -> float:
    """Return the volume that still fits on a lane arc."""
    lane = arc - s.first_lane
    return s.vehicles[lane] * s.room[lane] - s.loaded[lane]


@part
def push(p: Paths, size: int, node: int, key: float) -> int:
    """Put a node on the heap; return its size."""
    at = size
    while at > 0:
        above = (at - 1) // 2
        if p.heap_key[above] <= key:
            break
        p.heap_key[at] = p.heap_key[above]
        p.heap_node[at] = p.heap_node[above]
        at = above
    p.heap_key[at] = key
    p.heap_node[at] = node
    return size + 1


@part
def pop(p: Paths, size: int) -> int:
    """Take the first node off the heap; return its size."""
    size -= 1
    key, node = p.heap_key[size], p.heap_node[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and p.heap_key[below + 1] < p.heap_key[below]:
            below += 1
        if p.heap_key[below] >= key:
            break
        p.heap_key[at] = p.heap_key[below]
        p.heap_node[at] = p.heap_node[below]
        at = below
    p.heap_key[at] = key
    p.heap_node[at] = node
    return size


@kernel
def shortest(
    s: Shipping, p: Paths, item: int, avoided: int, most: float
) -> tuple[float, float]:
    """Find where else an item can go between the ends of an arc.

    Reduced costs of the relaxation, cut at zero, guide the search; a path that adds
    more than `most` a unit is not looked for. Returns the units that fit, 0 if there
    is no path, and the money a unit that the path costs more than the arc.
    """
    for node in range(p.distance.size):
        p.distance[node] = np.inf
        p.done[node] = 0
    source, target = s.tail[avoided], s.head[avoided]
    p.distance[source] = 0.0
    size = push(p, 0, source, 0.0)
    volume = s.volume[item]
    while size > 0:
        node = p.heap_node[0]
        size = pop(p, size)
        if p.done[node]:
            continue
        p.done[node] = 1
        if node == target or p.distance[node] > most:
            break
        own = p.distance[node] + s.potential[item, node]
        for at in range(s.out_start[node], s.out_start[node + 1]):
            arc = s.out_arc[at]
            other = s.head[arc]
            if arc == avoided or p.done[other]:
                continue
            cost = s.cost[item, arc]
            if arc >= s.first_lane:
                if spare(s, arc) <= CROWDED * s.room[arc - s.first_lane]:
                    continue
                cost += s.price[arc - s.first_lane] * volume
            elif s.capacity[item, arc] - s.flow[item, arc] <= TINY:
                continue
            key = max(own + cost - s.potential[item, other], p.distance[node])
            if key < p.distance[other]:
                p.distance[other] = key
                p.via[other] = 2 * arc
                size = push(p, size, other, key)
        for at in range(s.in_start[node], s.in_start[node + 1]):
            arc = s.in_arc[at]
            other = s.tail[arc]
            if arc == avoided or p.done[other] or s.flow[item, arc] <= TINY:
                continue
            cost = s.cost[item, arc]
            if arc >= s.first_lane:
                cost += s.price[arc - s.first_lane] * volume
            key = max(own - cost - s.potential[item, other], p.distance[node])
            if key < p.distance[other]:
                p.distance[other] = key
                p.via[other] = 2 * arc + 1
                size = push(p, size, other, key)
    if not p.done[target] or p.distance[target] > most:
        return 0.0, np.inf
    units, added, node = s.flow[item, avoided], -s.cost[item, avoided], target
    while node != source:
        arc = p.via[node] // 2
        if p.via[node] % 2:
            units = min(units, s.flow[item, arc])
            added -= s.cost[item, arc]
            node = s.head[arc]
        else:
            left = s.capacity[item, arc] - s.flow[item, arc]
            if arc >= s.first_lane:
                left = spare(s, arc) / volume
            units = min(units, left)
            added += s.cost[item, arc]
            node = s.tail[arc]
    return units, added


@part
def change(s: Shipping, item: int, arc: int, by: float) -> None:
    """Change a flow and what is loaded."""
    s.flow[item, arc] += by
    if abs(s.flow[item, arc]) < TINY:
        s.flow[item, arc] = 0.0
    if arc >= s.first_lane:
        s.loaded[arc - s.first_lane] += by * s.volume[item]


@kernel
def take_path(
    s: Shipping, p: Paths, item: int, avoided: int, units: float, n_changed: int
) -> int:
    """Send units along the path found; return the number of changes kept."""
    node, source = s.head[avoided], s.tail[avoided]
    change(s, item, avoided, -units)
    p.changed_item[n_changed] = item
    p.changed_arc[n_changed] = avoided
    p.changed_by[n_changed] = -units
    n_changed += 1
    while node != source:
        arc, by = p.via[node] // 2, units
        if p.via[node] % 2:
            by = -units
            node = s.head[arc]
        else:
            node = s.tail[arc]
        change(s, item, arc, by)
        p.changed_item[n_changed] = item
        p.changed_arc[n_changed] = arc
        p.changed_by[n_changed] = by
        n_changed += 1
    return n_changed


@kernel
def shave(
    s: Shipping, p: Paths, lane: int, order: IntArray, offset: int, tries: int,
    share: float,
) -> float:  # fmt: skip
    """Take one vehicle off a lane arc if that saves money; return the money saved.

    At most `share` of what the vehicle costs may be spent on ways around it.
    """
    arc = lane + s.first_lane
    if s.vehicles[lane] == 0:
        return 0.0
    worth = s.vehicle_cost[lane]
    if s.vehicles[lane] == 1:
        worth += s.fixed_cost[lane]
    budget = share * worth
    limit = (s.vehicles[lane] - 1) * s.room[lane]
    spent, n_changed, n_items = 0.0, 0, s.volume.size
    at = offset
    most_changes = p.changed_arc.size - p.distance.size - 2
    for _ in range(ROUNDS):
        if s.loaded[lane] <= limit + TINY * s.room[lane]:
            break
        best, chosen, looked, seen = np.inf, NOBODY, 0, 0
        over = s.loaded[lane] - limit
        fair, last = (budget - spent) / over, NOBODY
        while looked < tries and seen < n_items:
            item = order[at]
            at = at + 1 if at + 1 < n_items else 0
            seen += 1
            if s.flow[item, arc] <= TINY:
                continue
            looked += 1
            volume = s.volume[item]
            # What is left to spend is for the whole rest, unless this item is the rest.
            most = min(fair * over / (s.flow[item, arc] * volume), GREED * fair)
            most = (min(most, best) + s.price[lane]) * volume
            units, added = shortest(s, p, item, arc, most)
            if units > TINY and added < best * volume:
                best, chosen, last = added / volume, item, item
                if best <= CHEAP * fair:
                    break
            else:
                last = NOBODY
        if chosen == NOBODY or n_changed > most_changes:
            break
        if last != chosen:
            units, added = shortest(s, p, chosen, arc, np.inf)
        units = min(units, over / s.volume[chosen])
        if spent + units * added >= budget:
            break
        spent += units * added
        n_changed = take_path(s, p, chosen, arc, units, n_changed)
    if s.loaded[lane] > limit + TINY * s.room[lane] or spent >= budget:
        for back in range(n_changed - 1, -1, -1):
            change(s, p.changed_item[back], p.changed_arc[back], -p.changed_by[back])
        return 0.0
    return worth - spent + carry(s, p, n_changed)


@kernel
def carry(s: Shipping, p: Paths, n_changed: int) -> float:
    """Count vehicles again on the lane arcs that changed; return the money saved."""
    saved = 0.0
    for at in range(n_changed):
        lane = p.changed_arc[at] - s.first_lane
        if lane < 0:
            continue
        needed = int(np.ceil(s.loaded[lane] / s.room[lane] - 1e-7))
        if needed < s.vehicles[lane]:
            if at > 0:
                saved += (s.vehicles[lane] - needed) * s.vehicle_cost[lane]
                if needed == 0:
                    saved += s.fixed_cost[lane]
            s.vehicles[lane] = needed
    return saved


@kernel
def shave_all(
    s: Shipping, p: Paths, lanes: IntArray, order: IntArray, offsets: IntArray,
    tries: int, share: float,
) -> float:  # fmt: skip
    """Try to take a vehicle off each of some lane arcs; return the money saved."""
    saved = 0.0
    for at in range(lanes.size):
        saved += shave(s, p, lanes[at], order, offsets[at], tries, share)
    return saved
