"""What the time between an order and its delivery went into, read from a plan.

Pegs say which goods served an order, and when they came where. Of the goods that came
last to each step the way is followed back until they were there before the order was
asked for: that chain, and nothing else, decided when the order was served. Its segments
cover the time without a gap. Of an order that is never served, what the plan says falls
short tells why.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import polars as pl

from twin.errors import InputError
from twin.masterplan import Shortage
from twin.masterplan import read_tables as read_plan_tables
from twin.masterplan.folder import PLAN_FILE
from twin.said import Said

TABLES = ("pegs", "orders", "sales", "shipments", "operations")
_STEPS_MAX = 100


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the time of an order.

    Attributes
    ----------
    reason : str
        ``lead time``, ``transport``, ``operation``, ``queue``, ``release`` (nobody had
        ordered it yet), ``stock`` (there, and not given out) or ``unknown`` (the plan
        does not say).
    said : Said
        In words.
    order : str
        The purchase, transport or production order.
    start_us, end_us : int
        From when to when, microseconds UTC.
    """

    reason: str
    said: Said
    order: str
    start_us: int
    end_us: int

    @property
    def text(self) -> str:
        """In English."""
        return self.said.text

    @property
    def days(self) -> float:
        """How long it took."""
        return (self.end_us - self.start_us) / 86_400e6


@dataclass(frozen=True, slots=True)
class Trace:
    """Why an order was delivered when it was.

    Attributes
    ----------
    order, item, site, customer : str
        The order of the customer.
    asked_us, due_us, delivered_us : int or None
        Asked for, due at the customer, and last shipped, microseconds UTC; shipped is
        None if it never is.
    quantity, shipped : float
        Units asked for, and shipped within the plan.
    segments : tuple of Segment
        From asked to shipped, in order of time; empty if it was served at once, or
        never.
    """

    order: str
    item: str
    site: str
    customer: str
    asked_us: int
    due_us: int
    delivered_us: int | None
    quantity: float
    shipped: float
    segments: tuple[Segment, ...]

    @property
    def binds(self) -> Segment | None:
        """The longest part, None if there is none."""
        return max(self.segments, key=lambda one: one.days, default=None)


def read_tables(folder: Path) -> dict[str, pl.DataFrame]:
    """Read what `millstream plan` left in a folder.

    Raises
    ------
    InputError
        If it is no plan folder.
    """
    return read_plan_tables(folder, TABLES)


def read_shortage(folder: Path, found: Trace) -> tuple[Shortage | None, str]:
    """Read what a plan folder says of an item that falls short.

    Parameters
    ----------
    folder : Path
        As `millstream plan` wrote it.
    found : Trace
        Of an order for the item.

    Returns
    -------
    tuple of Shortage or None and str
        None if the plan says of none; and the unit of its money.

    Raises
    ------
    InputError
        If there is no such plan.
    """
    path = folder / PLAN_FILE
    try:
        told = msgspec.json.decode(path.read_bytes())
        short = msgspec.convert(told["shortages"], list[Shortage])
        currency = str(told["currency"])
    except (OSError, msgspec.MsgspecError, KeyError, TypeError) as error:
        msg = f"{path}: not a plan that says what falls short: {error!r}"
        raise InputError(msg) from error
    point = found.item, found.site
    own = (one for one in short if (one.item, one.site) == point)
    return next(own, None), currency


def trace(tables: dict[str, pl.DataFrame], order: str) -> Trace:
    """Follow an order back to what decided when it was served.

    Parameters
    ----------
    tables : dict of str to polars.DataFrame
        Those of a plan folder, see `TABLES`.
    order : str
        Id of a customer's order.

    Returns
    -------
    Trace

    Raises
    ------
    InputError
        If the plan has no such order.
    """
    sales = tables["sales"].filter(pl.col("order") == order)
    if not sales.height:
        known = ", ".join(tables["sales"]["order"].head(3))
        msg = f"order {order!r}: the plan has none of this id; it has {known} ..."
        raise InputError(Said(msg, "no_order_in_plan", {"name": order}))
    sale = sales.row(0, named=True)
    asked_us = int(sale["asked_us"])
    served = _takes(tables["pegs"], order).filter(pl.col("to_kind") == "delivered")
    delivered_us, segments = None, []
    if served.height:
        delivered_us = int(served["until_us"].max())  # type: ignore[arg-type]
        segments = _segments(tables, order, asked_us, delivered_us)
    return Trace(
        order, sale["item"], sale["site"], sale["customer"], asked_us,
        int(sale["due_us"]), delivered_us, float(sale["quantity"]),
        float(sale["shipped"]), tuple(segments),
    )  # fmt: skip


def _segments(
    tables: dict[str, pl.DataFrame], order: str, asked_us: int, delivered_us: int
) -> list[Segment]:
    """Return what covers the time from asked to shipped, in order of time."""
    found = list(_back(tables, order, asked_us, delivered_us))
    if found and found[-1].start_us > asked_us:
        found += _before(tables, found[-1], asked_us)
    return [
        replace(one, start_us=max(one.start_us, asked_us))
        for one in found[::-1]
        if one.end_us > max(one.start_us, asked_us)
    ]


def _before(
    tables: dict[str, pl.DataFrame], first: Segment, asked_us: int
) -> Iterator[Segment]:
    """Yield what was before the first thing the chain leads to, the last first."""
    begun_us, order = first.start_us, first.order
    released = tables["orders"].filter(pl.col("order") == order)["release_us"]
    # Goods that lay belong to who took them: of what brought them nothing is known.
    if first.reason == "stock" or not len(released):
        said = Said("the plan does not say what was before", "not_told")
        yield Segment("unknown", said, "", asked_us, begun_us)
        return
    released_us = min(int(released[0]), begun_us)
    said = Said(f"{order} waits to be sent", "not_sent", {"order": order})
    yield Segment("queue", said, order, released_us, begun_us)
    said = Said("nobody had ordered more of it yet", "not_ordered")
    yield Segment("release", said, "", asked_us, released_us)


def _takes(pegs: pl.DataFrame, order: str) -> pl.DataFrame:
    return pegs.filter(pl.col("to_order") == order).sort("since_us", descending=True)


def _back(
    tables: dict[str, pl.DataFrame], order: str, asked_us: int, until_us: int
) -> Iterator[Segment]:
    """Yield what happened from the delivery back, each ending where the next begins."""
    for _ in range(_STEPS_MAX):
        takes = _takes(tables["pegs"], order)
        if not takes.height or until_us <= asked_us:
            return
        peg = takes.row(0, named=True)
        item, place, came_us = peg["item"], peg["place"], int(peg["since_us"])
        said = Said(f"{item} lies at {place}", "lies", {"item": item, "place": place})
        yield Segment("stock", said, order, came_us, until_us)
        kind, source = peg["from_kind"], peg["from_order"]
        if kind == "opening":
            return
        begun_us = came_us
        for segment in _step(tables, kind, source, came_us=came_us):
            yield segment
            begun_us = segment.start_us
        if kind not in ("transfer_in", "made") or begun_us == came_us:
            return
        order, until_us = source, begun_us


def _step(
    tables: dict[str, pl.DataFrame], kind: str, order: str, *, came_us: int
) -> Iterator[Segment]:
    """Yield what an order took, the last first."""
    if kind == "made":
        yield from _making(tables, order, came_us)
        return
    sent = tables["shipments"].filter(
        # Goods whose order is not known go by the id of their shipment.
        ((pl.col("order") == order) | (pl.col("shipment") == order))
        & (pl.col("sent_us") <= came_us)
    )
    if not sent.height:
        return
    leg = sent.sort("arrives_us").row(-1, named=True)
    reason = "lead time" if kind == "purchase" else "transport"
    text = f"{leg['item']} comes from {leg['from_place']} to {leg['to_place']}"
    parts = {name: leg[name] for name in ("item", "from_place", "to_place")}
    yield Segment(
        reason, Said(text, "comes", parts), order, int(leg["sent_us"]), came_us
    )


def _making(
    tables: dict[str, pl.DataFrame], order: str, came_us: int
) -> Iterator[Segment]:
    runs = tables["operations"].filter(pl.col("order") == order)
    released = tables["orders"].filter(pl.col("order") == order)["release_us"]
    end_us, item, machine = came_us, order, ""
    for run in runs.sort("end_us", descending=True).iter_rows(named=True):
        start_us, stop_us = int(run["start_us"]), min(int(run["end_us"]), end_us)
        item, machine = run["item"], run["machine"]
        told = {"item": item, "machine": machine}
        said = Said(f"{item} waits after {machine}", "waits_after", told)
        yield Segment("queue", said, order, stop_us, end_us)
        told = {**told, "operation": run["operation"]}
        said = Said(f"{item}: {run['operation']} on {machine}", "worked", told)
        yield Segment("operation", said, order, min(start_us, stop_us), stop_us)
        end_us = min(start_us, stop_us)
    if len(released) and int(released[0]) < end_us:
        told = {"item": item, "machine": machine}
        said = Said(f"{item} waits for {machine}", "waits_for", told)
        yield Segment("queue", said, order, int(released[0]), end_us)
