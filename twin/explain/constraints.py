"""What may hold an order of a customer back in a plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import polars as pl

from twin.diff.customers import Asked
from twin.explain.played import Played
from twin.explain.script import Step
from twin.masterplan import Source, sources
from twin.model.columns import ANY
from twin.model.network import Network

Kind = Literal["release", "lane", "capacity", "machines", "before", "stock", "queue"]
FLOW: tuple[Kind, ...] = ("release", "lane", "capacity", "machines", "before")
"""Kinds that make goods come late. Stock and queue are not among them: goods that are
there already, or that nobody else wants, always help, and say nothing of what binds."""

Point = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Constraint:
    """Something that may hold an order back.

    Attributes
    ----------
    kind : str
        ``release`` (an order could be released earlier), ``lane`` (its lead time and
        capacity), ``capacity`` (what a place can dispatch), ``machines`` (of a group at
        a site), ``before`` (a production order that is ahead on machines), ``stock``
        (units of an item at a site), ``queue`` (orders of customers that are ahead).
    name : str
        In words.
    order : str
        Of ``release`` and ``before``: the order.
    item, place : str
        The item or group of machines, and where.
    lane : str
        Of ``lane``: its id.
    """

    kind: Kind
    name: str
    order: str = ""
    item: str = ""
    place: str = ""
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """What an order of a customer is made of, back to purchases.

    Attributes
    ----------
    asked : Asked
        The order.
    sources : tuple of Source
        Its pegs, depth first.
    rows : tuple of int
        Rows of its orders in the script, the nearest to the customer first.
    points : tuple of (str, str)
        Items and places that it passes, its own first.
    """

    asked: Asked
    sources: tuple[Source, ...]
    rows: tuple[int, ...]
    points: tuple[Point, ...]


def tree_of(played: Played, asked: Asked) -> Tree:
    """Follow the pegs of an order back.

    Parameters
    ----------
    played : Played
        The plan.
    asked : Asked
        An order of a customer; of one that is never served, the next goods of its item
        are followed.
    """
    pegs = played.outcome.pegs
    order = played.outcome.served[asked].order
    found = sources(pegs, order)
    row_of = {step.order: step.row for step in played.script.steps if step.order}
    if not found:
        found = _next(played, pegs, asked)
    rows = dict.fromkeys(row_of[one.order] for one in found if one.order in row_of)
    _, item, site, *_ = asked
    points = dict.fromkeys([(item, site), *((one.item, one.place) for one in found)])
    return Tree(asked, tuple(found), tuple(rows), tuple(points))


def _next(played: Played, pegs: pl.DataFrame, asked: Asked) -> list[Source]:
    """Return the goods that come next to the point of an order that gets none."""
    _, item, site, asked_us, _ = asked
    came = played.outcome.moves.filter(
        (pl.col("item") == item) & (pl.col("place") == site)
        & (pl.col("quantity") > 0.0) & (pl.col("time_us") > asked_us)
    )  # fmt: skip
    if came.is_empty():
        return []
    row = came.row(0, named=True)
    first = Source(
        0, row["kind"], row["order"], item, site, row["quantity"], row["time_us"]
    )
    return [first, *sources(pegs, row["order"])]


def constraints_of(played: Played, tree: Tree) -> tuple[Constraint, ...]:
    """List what may hold an order back, the nearest to the customer first.

    Parameters
    ----------
    played : Played
        The plan.
    tree : Tree
        Of the order.

    Returns
    -------
    tuple of Constraint
        Each once: the releases, lanes, places and machines of the orders it is made of,
        what is ahead of them on machines, other orders that bring the same goods, and
        stock at each point.
    """
    found: dict[Constraint, None] = {}
    for row in tree.rows:
        for one in _of_step(played, played.script.steps[row]):
            found.setdefault(one)
    for step in _alike(played, tree):
        found.setdefault(release_of(played, step))
    _, item, site, *_ = tree.asked
    found.setdefault(
        Constraint("queue", f"orders for {item} at {site} that came before",
                   item=item, place=site)
    )  # fmt: skip
    for item, place in tree.points:
        name = f"stock of {item} at {place}"
        found.setdefault(Constraint("stock", name, item=item, place=place))
    return tuple(found)


def _of_step(played: Played, step: Step) -> Iterator[Constraint]:
    network = played.grounds.network
    order = played.script.orders.row(step.row, named=True)
    if step.held:
        yield release_of(played, step)
    if order["kind"] == "production":
        for group in groups_of(network, order["item"], order["to_place"]):
            yield machines_of(group, order["to_place"])
        yield from _ahead(played, step)
        return
    yield lane_of(order["lane"], order["from_place"], order["to_place"])
    if has_capacity(network, order["from_place"]):
        yield capacity_of(order["from_place"])


def release_of(played: Played, step: Step) -> Constraint:
    """Return the release of an order of a script as a constraint."""
    row = played.script.orders.row(step.row, named=True)
    what = f"{row['kind']} order {step.order} of {row['item']}"
    return Constraint(
        "release", f"the release of {what}", order=step.order, item=row["item"],
        place=row["to_place"],
    )  # fmt: skip


def lane_of(lane: str, origin: str, target: str) -> Constraint:
    """Return a lane as a constraint; places are for its name."""
    name = f"lane {lane} from {origin} to {target}"
    return Constraint("lane", name, place=target, lane=lane)


def capacity_of(place: str) -> Constraint:
    """Return what a place can dispatch as a constraint."""
    return Constraint("capacity", f"what {place} can dispatch", place=place)


def machines_of(group: str, site: str) -> Constraint:
    """Return a group of machines at a site as a constraint."""
    return Constraint("machines", f"machines of {group} at {site}", item=group,
                      place=site)  # fmt: skip


def has_capacity(network: Network, place: str) -> bool:
    """Tell whether a site or supplier can dispatch so much in a period only."""
    column = "dispatch_capacity_per_period"
    for table, key in (("suppliers", "supplier"), ("sites", "site")):
        rows = network.tables[table].filter(pl.col(key) == place)
        if rows.height and rows[column].null_count() < rows.height:
            return True
    return False


def groups_of(network: Network, item: str, site: str) -> list[str]:
    """Return the groups of machines that make an item at a site, by step."""
    here = pl.col("site").fill_null(ANY).is_in([ANY, site])
    rows = network.tables["routings"].filter((pl.col("item") == item) & here)
    groups: list[str] = rows["machine_group"].unique(maintain_order=True).to_list()
    return groups


def _ahead(played: Played, step: Step) -> Iterator[Constraint]:
    """Yield production orders on the machines of an order while it waited for them."""
    runs = played.outcome.tables.begun
    own = runs.filter(pl.col("order") == step.order)
    released_us = played.start_us + step.ready * played.review_us
    known = {one.order: one.row for one in played.script.steps if one.order}
    for machine, start_us in own.select("machine", "start_us").iter_rows():
        before = runs.filter(
            (pl.col("machine") == machine)
            & (pl.col("start_us") < start_us)
            & (pl.col("order") != step.order)
        )
        done = played.outcome.tables.operations.filter(
            (pl.col("machine") == machine) & (pl.col("end_us") > released_us)
        )
        for order in before.filter(pl.col("order").is_in(done["order"].to_list()))[
            "order"
        ].unique(maintain_order=True):
            if order in known:
                yield before_of(played, known[order])


def before_of(played: Played, row: int) -> Constraint:
    """Return a production order that is ahead of others as a constraint."""
    order = played.script.orders.row(row, named=True)
    name = f"production order {order['order']} of {order['item']} before it"
    return Constraint("before", name, order=order["order"], item=order["item"],
                      place=order["to_place"])  # fmt: skip


def _alike(played: Played, tree: Tree) -> list[Step]:
    """Return other orders that were held back and bring goods to points of a tree."""
    points = set(tree.points)
    ends = played.script.orders.select("item", "to_place").rows()
    return [
        step
        for step, point in zip(played.script.steps, ends, strict=True)
        if step.held and step.order and point in points and step.row not in tree.rows
    ]
