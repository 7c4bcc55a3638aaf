"""Take vehicles off lanes: what they carried goes where vehicles have room."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer._kernels.compiling import kernel, part

__all__ = ["Paths", "Shipping", "carry", "fill", "shave", "shave_all", "swap"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

TINY = 1e-9

CROWDED = 0.01
"""Share of a vehicle: less room is not worth a path."""

GREED, CHEAP = 2.0, 0.1
"""Shares of what may be spent a volume: more is no path, less is taken at once."""

WORTH = 0.5
"""Share of a vehicle's price for its room that is saved by who goes first."""

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
def reach(
    s: Shipping, p: Paths, item: int, source: int, target: int, avoided: int,
    most: float,
) -> bool:  # fmt: skip
    """Find the shortest path of an item that avoids an arc; say whether there is one.

    Reduced costs of the relaxation, cut at zero, guide the search; a path that adds
    more than `most` a unit is not looked for.
    """
    for node in range(p.distance.size):
        p.distance[node] = np.inf
        p.done[node] = 0
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
    return p.done[target] == 1 and p.distance[target] <= most


@kernel
def measure(
    s: Shipping, p: Paths, item: int, source: int, target: int, units: float
) -> tuple[float, float]:
    """Return how many units fit on the path found, and what it costs a unit."""
    added, node, volume = 0.0, target, s.volume[item]
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


@kernel
def shortest(
    s: Shipping, p: Paths, item: int, avoided: int, most: float
) -> tuple[float, float]:
    """Find where else an item can go between the ends of an arc.

    Returns the units that fit, 0 if there is no path, and the money a unit that the
    path costs more than the arc.
    """
    source, target = s.tail[avoided], s.head[avoided]
    if not reach(s, p, item, source, target, avoided, most):
        return 0.0, np.inf
    units, added = measure(s, p, item, source, target, s.flow[item, avoided])
    return units, added - s.cost[item, avoided]


@part
def change(s: Shipping, item: int, arc: int, by: float) -> None:
    """Change a flow and what is loaded."""
    s.flow[item, arc] += by
    if abs(s.flow[item, arc]) < TINY:
        s.flow[item, arc] = 0.0
    if arc >= s.first_lane:
        s.loaded[arc - s.first_lane] += by * s.volume[item]


@part
def note(s: Shipping, p: Paths, at: int, item: int, arc: int, by: float) -> int:
    """Change a flow and keep in mind how; return the number of changes kept."""
    change(s, item, arc, by)
    p.changed_item[at] = item
    p.changed_arc[at] = arc
    p.changed_by[at] = by
    return at + 1


@kernel
def take_path(
    s: Shipping, p: Paths, item: int, source: int, target: int, units: float,
    n_changed: int,
) -> int:  # fmt: skip
    """Send units along the path found; return the number of changes kept."""
    node = target
    while node != source:
        arc, by = p.via[node] // 2, units
        if p.via[node] % 2:
            by = -units
            node = s.head[arc]
        else:
            node = s.tail[arc]
        n_changed = note(s, p, n_changed, item, arc, by)
    return n_changed


@kernel
def undo(s: Shipping, p: Paths, begun: int, n_changed: int) -> None:
    """Take changes back, the last first."""
    for back in range(n_changed - 1, begun - 1, -1):
        change(s, p.changed_item[back], p.changed_arc[back], -p.changed_by[back])


@kernel
def shave(
    s: Shipping, p: Paths, lane: int, order: IntArray, offset: int, tries: int,
    share: float, begun: int,
) -> tuple[float, int]:  # fmt: skip
    """Take one vehicle off a lane arc if that saves money.

    At most `share` of what the vehicle costs may be spent on ways around it. Changes
    are kept from `begun` on. Returns the money saved and the number of changes kept.
    """
    arc = lane + s.first_lane
    if s.vehicles[lane] == 0:
        return 0.0, begun
    worth = s.vehicle_cost[lane]
    if s.vehicles[lane] == 1:
        worth += s.fixed_cost[lane]
    budget = share * worth
    limit = (s.vehicles[lane] - 1) * s.room[lane]
    spent, n_changed, n_items = 0.0, begun, s.volume.size
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
        n_changed = note(s, p, n_changed, chosen, arc, -units)
        n_changed = take_path(s, p, chosen, s.tail[arc], s.head[arc], units, n_changed)
    if s.loaded[lane] > limit + TINY * s.room[lane] or spent >= budget:
        undo(s, p, begun, n_changed)
        return 0.0, begun
    # That vehicle is counted here already.
    s.vehicles[lane] -= 1
    return worth - spent + carry(s, p, begun, n_changed), n_changed


@kernel
def carry(s: Shipping, p: Paths, begun: int, n_changed: int) -> float:
    """Count vehicles again on the lane arcs that changed; return the money saved."""
    saved = 0.0
    for at in range(begun, n_changed):
        lane = p.changed_arc[at] - s.first_lane
        if lane < 0:
            continue
        needed = int(np.ceil(s.loaded[lane] / s.room[lane] - 1e-7))
        if needed < s.vehicles[lane]:
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
        saved += shave(s, p, lanes[at], order, offsets[at], tries, share, 0)[0]
    return saved


@kernel
def fill(
    s: Shipping, p: Paths, lane: int, order: IntArray, offset: int
) -> tuple[float, int]:
    """Send on a lane arc what is cheaper there than where it is.

    The dearest room goes first to who saves most by it. Returns the money saved and the
    number of changes kept.
    """
    arc, n_items = lane + s.first_lane, s.volume.size
    source, target = s.head[arc], s.tail[arc]
    saved, n_changed, price = 0.0, 0, s.price[lane]
    most_changes = p.changed_arc.size - p.distance.size - 2
    for worth in (WORTH * price, 0.0):
        at = offset
        for _ in range(n_items):
            item = order[at]
            at = at + 1 if at + 1 < n_items else 0
            left = spare(s, arc)
            if left <= CROWDED * s.room[lane] or n_changed > most_changes:
                return saved, n_changed
            volume = s.volume[item]
            if not reach(s, p, item, source, target, arc, price * volume):
                continue
            units, added = measure(s, p, item, source, target, left / volume)
            added += s.cost[item, arc]
            if units <= TINY or added >= -max(worth * volume, TINY):
                continue
            saved -= units * added
            n_changed = note(s, p, n_changed, item, arc, units)
            n_changed = take_path(s, p, item, source, target, units, n_changed)
    return saved, n_changed


@kernel
def swap(
    s: Shipping, p: Paths, lane: int, others: IntArray, kept: IntArray,
    order: IntArray, offset: int, tries: int,
) -> float:  # fmt: skip
    """Put a vehicle on a lane arc and take some off others, if all that saves money.

    `kept` is room for the vehicles there were. Returns the money saved.
    """
    for at in range(kept.size):
        kept[at] = s.vehicles[at]
    saved = -s.vehicle_cost[lane]
    if s.vehicles[lane] == 0:
        saved -= s.fixed_cost[lane]
    s.vehicles[lane] += 1
    gained, n_changed = fill(s, p, lane, order, offset)
    saved += gained
    for at in range(others.size):
        if n_changed > p.changed_arc.size // 2:
            break
        got, n_changed = shave(s, p, others[at], order, offset, tries, 1.0, n_changed)
        saved += got
    saved += carry(s, p, 0, n_changed)
    if saved <= TINY * s.vehicle_cost[lane] + TINY:
        undo(s, p, 0, n_changed)
        for at in range(kept.size):
            s.vehicles[at] = kept[at]
        return 0.0
    return saved
