"""Cheapest flow from open plants through open depots to clients.

A network simplex that starts from the tree it ended with: opening or closing a
facility changes one cost, not the flow, so the tree stays feasible and only a few
pivots are needed. Closed facilities cost a penalty a unit; a client that nobody can
serve is served by the root at a higher one.

Nodes: the root 0, then plants, depot entries, depot exits, clients. Arcs: root to
plant and entry to exit (facility arcs, with capacity), plant to entry, exit to client,
root to client.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer._kernels.compiling import kernel, part

__all__ = ["Flows", "Network", "copy_flows", "flow_cost", "flows_of", "refit", "reset"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NOBODY = -1


class Network(NamedTuple):
    """What can flow where, at what cost."""

    n_plants: int
    n_depots: int
    n_clients: int
    capacity: FloatArray
    """Of each facility: plants, then depots."""
    fixed: FloatArray
    """Money for opening each facility."""
    demand: FloatArray
    """Units of each client."""
    cost: FloatArray
    """Money a unit on each arc; facility arcs 0."""
    tail: IntArray
    head: IntArray
    """Nodes of each arc."""
    penalty: float
    """Money a unit through a closed facility; twice that for a client unserved."""
    tolerance: float
    """Money a unit below which a change is none."""


class Flows(NamedTuple):
    """A tree with its flows: what a search changes, and saves before it tries."""

    parent: IntArray
    arc: IntArray
    """From or to the parent."""
    flow: FloatArray
    """On that arc."""
    depth: IntArray
    child: IntArray
    """First child of each node."""
    following: IntArray
    preceding: IntArray
    """Siblings."""
    potential: FloatArray
    """Money a unit that it costs to bring one more to a node."""
    open: IntArray
    """Of each facility: 1 or 0."""
    full: IntArray
    """Of each facility: 1 if its arc is at capacity and not in the tree."""


def flows_of(network: Network) -> Flows:
    """Allocate flows; `reset` fills them."""
    n = 1 + network.n_plants + 2 * network.n_depots + network.n_clients
    facilities = network.n_plants + network.n_depots

    def integers() -> IntArray:
        return np.zeros(n, dtype=np.int64)

    return Flows(
        integers(), integers(), np.zeros(n), integers(), integers(), integers(),
        integers(), np.zeros(n), np.ones(facilities, dtype=np.int64),
        np.zeros(facilities, dtype=np.int64),
    )  # fmt: skip


@kernel
def copy_flows(one: Flows, other: Flows) -> None:
    """Write one tree over another."""
    for node in range(one.parent.size):
        other.parent[node] = one.parent[node]
        other.arc[node] = one.arc[node]
        other.flow[node] = one.flow[node]
        other.depth[node] = one.depth[node]
        other.child[node] = one.child[node]
        other.following[node] = one.following[node]
        other.preceding[node] = one.preceding[node]
        other.potential[node] = one.potential[node]
    for facility in range(one.open.size):
        other.open[facility] = one.open[facility]
        other.full[facility] = one.full[facility]


@part
def arc_cost(net: Network, flows: Flows, arc: int) -> float:
    """Return money a unit on an arc, as facilities are open now."""
    if arc < net.n_plants + net.n_depots:
        return 0.0 if flows.open[arc] else net.penalty
    return net.cost[arc]


@part
def detach(flows: Flows, node: int) -> None:
    """Take a node from its parent's children."""
    before, after = flows.preceding[node], flows.following[node]
    if before == NOBODY:
        flows.child[flows.parent[node]] = after
    else:
        flows.following[before] = after
    if after != NOBODY:
        flows.preceding[after] = before


@part
def attach(flows: Flows, node: int, parent: int, arc: int, flow: float) -> None:
    """Make a node the first child of a parent."""
    first = flows.child[parent]
    flows.parent[node] = parent
    flows.arc[node] = arc
    flows.flow[node] = flow
    flows.preceding[node] = NOBODY
    flows.following[node] = first
    if first != NOBODY:
        flows.preceding[first] = node
    flows.child[parent] = node


@kernel
def reset(net: Network, flows: Flows) -> None:
    """Begin with the root serving every client."""
    n_plants, n_depots = net.n_plants, net.n_depots
    facilities = n_plants + n_depots
    for node in range(flows.parent.size):
        flows.child[node] = NOBODY
        flows.parent[node] = NOBODY
        flows.following[node] = NOBODY
        flows.preceding[node] = NOBODY
    flows.depth[0] = 0
    flows.potential[0] = 0.0
    for plant in range(n_plants):
        attach(flows, 1 + plant, 0, plant, 0.0)
    for depot in range(n_depots):
        entry = 1 + n_plants + depot
        attach(flows, entry, 1, facilities + depot, 0.0)
        attach(flows, entry + n_depots, entry, n_plants + depot, 0.0)
    first = facilities + n_plants * n_depots + n_depots * net.n_clients
    for client in range(net.n_clients):
        node = 1 + n_plants + 2 * n_depots + client
        attach(flows, node, 0, first + client, net.demand[client])
    for facility in range(facilities):
        flows.full[facility] = 0
    renew(net, flows, 0)


@kernel
def renew(net: Network, flows: Flows, top: int) -> None:
    """Count depth and potential below a node again."""
    node = flows.child[top]
    if node == NOBODY:
        return
    while True:
        arc, parent = flows.arc[node], flows.parent[node]
        cost = arc_cost(net, flows, arc)
        if net.head[arc] == node:
            flows.potential[node] = flows.potential[parent] + cost
        else:
            flows.potential[node] = flows.potential[parent] - cost
        flows.depth[node] = flows.depth[parent] + 1
        if flows.child[node] != NOBODY:
            node = flows.child[node]
            continue
        while node != top and flows.following[node] == NOBODY:
            node = flows.parent[node]
        if node == top:
            return
        node = flows.following[node]


@part
def room(net: Network, flows: Flows, node: int, pushed_down: bool) -> float:
    """Return what more can go between a node and its parent, in a direction."""
    arc = flows.arc[node]
    if (net.head[arc] == node) == pushed_down:
        if arc < net.n_plants + net.n_depots:
            return net.capacity[arc] - flows.flow[node]
        return np.inf
    return flows.flow[node]


@kernel
def pivot(net: Network, flows: Flows, entering: int) -> None:
    """Bring an arc into the tree; it pays to change its flow.

    Of the arcs that block, the first one from the apex leaves, so that the root can
    always send to every node and the simplex never cycles (Cunningham 1976, "A network
    simplex method", Mathematical Programming 11, with all arcs reversed).
    """
    facilities = net.n_plants + net.n_depots
    limited = entering < facilities
    backwards = limited and flows.full[entering] == 1
    tail = net.head[entering] if backwards else net.tail[entering]
    head = net.tail[entering] if backwards else net.head[entering]
    most, leaving, at_tail = np.inf, NOBODY, True
    if limited:
        most = net.capacity[entering]
    up, down = tail, head
    best_tail, at_best_tail = np.inf, NOBODY
    best_head, at_best_head = np.inf, NOBODY
    while up != down:
        if flows.depth[up] >= flows.depth[down]:
            left = room(net, flows, up, True)
            if left <= best_tail:
                best_tail, at_best_tail = left, up
            up = flows.parent[up]
        else:
            left = room(net, flows, down, False)
            if left < best_head:
                best_head, at_best_head = left, down
            down = flows.parent[down]
    apex = up
    if at_best_tail != NOBODY and best_tail <= most:
        most, leaving = best_tail, at_best_tail
    if at_best_head != NOBODY and best_head < most:
        most, leaving, at_tail = best_head, at_best_head, False
    if most > 0.0:
        node = tail
        while node != apex:
            gains = net.head[flows.arc[node]] == node
            flows.flow[node] += most if gains else -most
            node = flows.parent[node]
        node = head
        while node != apex:
            gains = net.head[flows.arc[node]] != node
            flows.flow[node] += most if gains else -most
            node = flows.parent[node]
    if leaving == NOBODY:
        flows.full[entering] = 0 if backwards else 1
        return
    moved = most
    if limited:
        moved = net.capacity[entering] - most if backwards else most
        flows.full[entering] = 0
    gone = flows.arc[leaving]
    if gone < facilities:
        rises = (net.head[gone] == leaving) == at_tail
        flows.full[gone] = 1 if rises else 0
    hang(
        flows,
        tail if at_tail else head,
        head if at_tail else tail,
        leaving,
        entering,
        moved,
    )
    top = tail if at_tail else head
    parent = flows.parent[top]
    cost = arc_cost(net, flows, entering)
    sign = 1.0 if net.head[entering] == top else -1.0
    flows.potential[top] = flows.potential[parent] + sign * cost
    flows.depth[top] = flows.depth[parent] + 1
    renew(net, flows, top)


@part
def hang(
    flows: Flows, node: int, parent: int, last: int, arc: int, flow: float
) -> None:
    """Turn the path from a node to the last one over, and hang it on a new parent."""
    while True:
        old_parent, old_arc, old_flow = (
            flows.parent[node],
            flows.arc[node],
            flows.flow[node],
        )
        detach(flows, node)
        attach(flows, node, parent, arc, flow)
        if node == last:
            return
        node, parent, arc, flow = old_parent, node, old_arc, old_flow


@kernel
def facility_arc(net: Network, flows: Flows) -> int:
    """Return the facility arc that pays most, or -1."""
    best, found = -net.tolerance, NOBODY
    for arc in range(net.n_plants + net.n_depots):
        saved = (
            arc_cost(net, flows, arc)
            + flows.potential[net.tail[arc]]
            - flows.potential[net.head[arc]]
        )
        if flows.full[arc]:
            saved = -saved
        if saved < best:
            best, found = saved, arc
    return found


@kernel
def cheapest_arc(net: Network, flows: Flows, block: int) -> int:
    """Return the arc of a block that pays most, or -1; a block is a facility's."""
    n_plants, n_depots, n_clients = net.n_plants, net.n_depots, net.n_clients
    facilities = n_plants + n_depots
    best, found = -net.tolerance, NOBODY
    if block < n_plants:
        first, own = facilities + block * n_depots, flows.potential[1 + block]
        for depot in range(n_depots):
            if flows.open[n_plants + depot]:
                saved = net.cost[first + depot] + own
                saved -= flows.potential[1 + n_plants + depot]
                if saved < best:
                    best, found = saved, first + depot
        return found
    depot = block - n_plants
    first = facilities + n_plants * n_depots + depot * n_clients
    own = flows.potential[1 + n_plants + n_depots + depot]
    clients = 1 + n_plants + 2 * n_depots
    for client in range(n_clients):
        saved = net.cost[first + client] + own - flows.potential[clients + client]
        if saved < best:
            best, found = saved, first + client
    return found


@kernel
def refit(net: Network, flows: Flows) -> int:
    """Pivot until no arc of an open facility pays; return the number of pivots."""
    renew(net, flows, 0)
    n_blocks = net.n_plants + net.n_depots
    pivots, idle, block = 0, 0, 0
    while idle <= n_blocks:
        found = NOBODY
        if block == n_blocks:
            found = facility_arc(net, flows)
        elif flows.open[block]:
            found = cheapest_arc(net, flows, block)
        if found == NOBODY:
            idle += 1
            block = 0 if block == n_blocks else block + 1
            continue
        pivot(net, flows, found)
        pivots += 1
        idle = 0
        # A block that paid is left after one pivot: its best arc is often far from the
        # best of all.
        block = 0 if block == n_blocks else block + 1
    return pivots


@kernel
def flow_cost(net: Network, flows: Flows) -> float:
    """Return money for opening and for flow; infinite where a penalty is paid."""
    facilities = net.n_plants + net.n_depots
    artificial = net.tail.size - net.n_clients
    total = 0.0
    for facility in range(facilities):
        if flows.open[facility]:
            total += net.fixed[facility]
        elif flows.full[facility] and net.capacity[facility] > 0.0:
            return np.inf
    for node in range(1, flows.parent.size):
        flow, arc = flows.flow[node], flows.arc[node]
        if flow > 1e-9:
            if arc >= artificial or (arc < facilities and not flows.open[arc]):
                return np.inf
            total += flow * net.cost[arc]
    return total
