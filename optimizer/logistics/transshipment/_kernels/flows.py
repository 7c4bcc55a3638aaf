"""The cheapest flow of one item over sites and periods: a network simplex.

Node 0 is the root, where what is asked for and cannot be had comes from, and where what
is left at the end goes; node ``1 + site * n_periods + period`` is a site in a period.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer._kernels.compiling import kernel, part

__all__ = ["Graph", "Tree", "cheaper_flow", "cheapest_flow", "tree_of"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NOBODY = -1

BLOCK = 128
"""Arcs looked at before the best of them enters: half as many makes more pivots, twice
as many makes each dearer."""


class Graph(NamedTuple):
    """Arcs, the last of them one between the root and each other node."""

    n_nodes: int
    tail: IntArray
    head: IntArray
    dearest: float
    """Money a unit on the arcs to and from the root that only start the method."""
    tolerance: float
    """Money a unit below which a change is none."""


class Tree(NamedTuple):
    """A spanning tree and the flow on its arcs."""

    parent: IntArray
    arc: IntArray
    flow: FloatArray
    depth: IntArray
    child: IntArray
    following: IntArray
    preceding: IntArray
    potential: FloatArray
    downward: IntArray
    """Whether the arc of a node comes from its parent: 1 or 0."""
    full: IntArray
    """Of each arc: 1 if it is at capacity and not in the tree."""


def tree_of(graph: Graph) -> Tree:
    """Allocate a tree; `cheapest_flow` fills it."""
    n = graph.n_nodes

    def integers() -> IntArray:
        return np.zeros(n, dtype=np.int64)

    return Tree(
        integers(), integers(), np.zeros(n), integers(), integers(), integers(),
        integers(), np.zeros(n), integers(),
        np.zeros(graph.tail.size + n - 1, dtype=np.int64),
    )  # fmt: skip


@part
def detach(tree: Tree, node: int) -> None:
    """Take a node from its parent's children."""
    before, after = tree.preceding[node], tree.following[node]
    if before == NOBODY:
        tree.child[tree.parent[node]] = after
    else:
        tree.following[before] = after
    if after != NOBODY:
        tree.preceding[after] = before


@part
def attach(
    tree: Tree, node: int, parent: int, arc: int, flow: float, downward: int
) -> None:
    """Make a node the first child of a parent."""
    first = tree.child[parent]
    tree.parent[node] = parent
    tree.arc[node] = arc
    tree.flow[node] = flow
    tree.downward[node] = downward
    tree.preceding[node] = NOBODY
    tree.following[node] = first
    if first != NOBODY:
        tree.preceding[first] = node
    tree.child[parent] = node


@kernel
def begin(graph: Graph, tree: Tree, balance: FloatArray) -> None:
    """Let the root serve all who lack and take from all who have."""
    tree.child[0] = NOBODY
    tree.parent[0] = NOBODY
    tree.depth[0] = 0
    tree.potential[0] = 0.0
    n_arcs = graph.tail.size
    for node in range(1, graph.n_nodes):
        tree.child[node] = NOBODY
        has = balance[node] > 0.0
        attach(tree, node, 0, n_arcs + node - 1, abs(balance[node]), 0 if has else 1)
        tree.depth[node] = 1
        tree.potential[node] = -graph.dearest if has else graph.dearest
    for arc in range(tree.full.size):
        tree.full[arc] = 0


@kernel
def renew(graph: Graph, tree: Tree, cost: FloatArray, top: int) -> None:
    """Count depth and potential of a node and all below it again."""
    n_arcs = graph.tail.size
    node = top
    while True:
        arc, parent = tree.arc[node], tree.parent[node]
        price = cost[arc] if arc < n_arcs else graph.dearest
        if tree.downward[node]:
            tree.potential[node] = tree.potential[parent] + price
        else:
            tree.potential[node] = tree.potential[parent] - price
        tree.depth[node] = tree.depth[parent] + 1
        if tree.child[node] != NOBODY:
            node = tree.child[node]
            continue
        while node != top and tree.following[node] == NOBODY:
            node = tree.parent[node]
        if node == top:
            return
        node = tree.following[node]


@part
def room(
    tree: Tree, capacity: FloatArray, n_arcs: int, node: int, pushed: int
) -> float:
    """Return what more can go between parent and node: 1 pushes down, 0 up."""
    if tree.downward[node] == pushed:
        arc = tree.arc[node]
        return capacity[arc] - tree.flow[node] if arc < n_arcs else np.inf
    return tree.flow[node]


@kernel
def pivot(
    graph: Graph, tree: Tree, cost: FloatArray, capacity: FloatArray, entering: int
) -> None:
    """Bring an arc into the tree; the first arc from the apex that blocks leaves.

    So the root can always send to every node and the simplex never cycles (Cunningham
    1976, "A network simplex method", Mathematical Programming 11, all arcs reversed).
    """
    n_arcs = graph.tail.size
    backwards = tree.full[entering] == 1
    tail = graph.head[entering] if backwards else graph.tail[entering]
    head = graph.tail[entering] if backwards else graph.head[entering]
    most, leaving, at_tail = capacity[entering], NOBODY, True
    up, down = tail, head
    best_tail, at_best_tail = np.inf, NOBODY
    best_head, at_best_head = np.inf, NOBODY
    while up != down:
        if tree.depth[up] >= tree.depth[down]:
            left = room(tree, capacity, n_arcs, up, 1)
            if left <= best_tail:
                best_tail, at_best_tail = left, up
            up = tree.parent[up]
        else:
            left = room(tree, capacity, n_arcs, down, 0)
            if left < best_head:
                best_head, at_best_head = left, down
            down = tree.parent[down]
    apex = up
    if at_best_tail != NOBODY and best_tail <= most:
        most, leaving = best_tail, at_best_tail
    if at_best_head != NOBODY and best_head < most:
        most, leaving, at_tail = best_head, at_best_head, False
    if most > 0.0:
        node = tail
        while node != apex:
            tree.flow[node] += most if tree.downward[node] else -most
            node = tree.parent[node]
        node = head
        while node != apex:
            tree.flow[node] += -most if tree.downward[node] else most
            node = tree.parent[node]
    if leaving == NOBODY:
        tree.full[entering] = 0 if backwards else 1
        return
    moved = capacity[entering] - most if backwards else most
    tree.full[entering] = 0
    tree.full[tree.arc[leaving]] = 1 if (tree.downward[leaving] == 1) == at_tail else 0
    top = tail if at_tail else head
    hang(graph, tree, top, head if at_tail else tail, leaving, entering, moved)
    renew(graph, tree, cost, top)


@part
def hang(
    graph: Graph,
    tree: Tree,
    node: int,
    parent: int,
    last: int,
    arc: int,
    flow: float,
) -> None:
    """Turn the path from a node to the last one over, and hang it on a new parent."""
    downward = 1 if graph.head[arc] == node else 0
    while True:
        old_parent, old_arc, old_flow = (
            tree.parent[node],
            tree.arc[node],
            tree.flow[node],
        )
        old_downward = tree.downward[node]
        detach(tree, node)
        attach(tree, node, parent, arc, flow, downward)
        if node == last:
            return
        node, parent, arc, flow = old_parent, node, old_arc, old_flow
        downward = 1 - old_downward


@kernel
def cheapest_flow(
    graph: Graph,
    tree: Tree,
    cost: FloatArray,
    capacity: FloatArray,
    balance: FloatArray,
    flow: FloatArray,
) -> float:
    """Find the cheapest flow, write it by arc, and return its cost.

    A flow on the arcs that only start the method, which means that no flow exists,
    costs their price.
    """
    begin(graph, tree, balance)
    return finish(graph, tree, cost, capacity, flow)


@kernel
def cheaper_flow(
    graph: Graph,
    tree: Tree,
    cost: FloatArray,
    capacity: FloatArray,
    flow: FloatArray,
) -> float:
    """Find the cheapest flow at other costs, from the tree of the last ones.

    Capacities and balances must be those of the tree.
    """
    node = tree.child[0]
    while node != NOBODY:
        renew(graph, tree, cost, node)
        node = tree.following[node]
    return finish(graph, tree, cost, capacity, flow)


@kernel
def finish(
    graph: Graph, tree: Tree, cost: FloatArray, capacity: FloatArray, flow: FloatArray
) -> float:
    """Pivot until nothing saves; write the flow by arc and return its cost."""
    n_arcs = graph.tail.size
    first, idle = 0, 0
    while idle < n_arcs:
        best, found = graph.tolerance, NOBODY
        last = min(first + BLOCK, n_arcs)
        for arc in range(first, last):
            saved = tree.potential[graph.head[arc]] - tree.potential[graph.tail[arc]]
            saved -= cost[arc]
            if tree.full[arc]:
                saved = -saved
            if saved > best and capacity[arc] > 0.0:
                best, found = saved, arc
        idle += last - first
        first = 0 if last == n_arcs else last
        if found != NOBODY:
            pivot(graph, tree, cost, capacity, found)
            idle = 0
    total = 0.0
    for arc in range(n_arcs):
        flow[arc] = capacity[arc] if tree.full[arc] else 0.0
        if tree.full[arc]:
            total += flow[arc] * cost[arc]
    for node in range(1, graph.n_nodes):
        arc = tree.arc[node]
        if arc < n_arcs:
            flow[arc] = max(tree.flow[node], 0.0)
            total += flow[arc] * cost[arc]
        else:
            total += tree.flow[node] * graph.dearest
    return total
