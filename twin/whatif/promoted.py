"""What a branch that is promoted writes: orders of its own, and all as records."""

from collections.abc import Sequence

import numpy as np

from streams.codec import decode, encode
from streams.events import TYPE_CODES, Event, OrderDispatched, OrderReceived
from streams.names import Names
from streams.records import Source
from twin.planning import orders_of, planning_structure
from twin.replay import read
from twin.simulate.decisions import Decisions
from twin.whatif.branches import Branch

SOURCE = "millstream"
_ORDERS = [TYPE_CODES["OrderReceived"], TYPE_CODES["OrderDispatched"]]


def orders_of_branch(
    base: Branch, branch: Branch, *, name: str, digest: str, now_us: int
) -> tuple[OrderReceived | OrderDispatched, ...]:
    """Return the orders that a branch has and its base has not.

    Parameters
    ----------
    base, branch : Branch
        As they begin.
    name, digest : str
        Of the branch as it is kept: ids of production orders are made of them.
    now_us : int
        Time of the last event, microseconds UTC: nothing is dispatched before.

    Returns
    -------
    tuple of OrderReceived or OrderDispatched
        Customers' orders, then production orders, due when the network has made them.
    """
    return (
        *_customer_orders(base, branch),
        *_production_orders(branch, name=name, digest=digest, now_us=now_us),
    )


def _customer_orders(base: Branch, branch: Branch) -> list[OrderReceived]:
    known = set(base.network.tables["open_orders"]["order"])
    rows = branch.network.tables["open_orders"].iter_rows(named=True)
    return [
        OrderReceived(
            order=row["order"], customer=row["to_place"], item=row["item"],
            site=row["from_place"], quantity=row["quantity"], due_us=row["due"],
        )
        for row in rows
        if row["order"] not in known and row["kind"] == "customer"
    ]  # fmt: skip


def _production_orders(
    branch: Branch, *, name: str, digest: str, now_us: int
) -> list[OrderDispatched]:
    structure = planning_structure(branch.network)
    found: list[OrderDispatched] = []
    for number, release in enumerate(branch.releases):
        decided = Decisions(
            make_item=np.array([release.item_index], np.int32),
            make_site=np.array([release.site_index], np.int32),
            make_quantity=np.array([release.quantity]),
        )
        found += orders_of(
            structure,
            decided,
            occasion=f"branch/{name}/{digest}/{number}",
            plan=f"branch/{name}",
            now_us=max(release.time_us, now_us),
        )
    return found


def orders_told(source: Source) -> set[str]:
    """Return the ids of the orders that a source tells of already.

    Parameters
    ----------
    source : Source
        Read from where it stands to its end.

    Returns
    -------
    set of str
        Of customers' orders, and of orders that were released.
    """
    names = Names()
    found: set[str] = set()
    for batch in read(source, source.end_position()):
        events = decode(batch, names).events
        rows = np.isin(events.type_code, _ORDERS)
        found.update(names[one] for one in events.subject[rows].tolist())
    return found


def records_of_branch(
    events: Sequence[Event], *, name: str, digest: str, now_us: int
) -> list[bytes]:
    """Encode what a branch writes; ids are made of the branch.

    Parameters
    ----------
    events : sequence of Event
        In the order they are written.
    name, digest : str
        Of the branch as it is kept: promoted twice, it counts once.
    now_us : int
        Their time, microseconds UTC.
    """
    return [
        encode(
            event,
            event_id=f"branch/{name}/{digest}/{_key(event)}",
            source=SOURCE,
            time_us=now_us,
            sequence=number,
        )
        for number, event in enumerate(events)
    ]


def _key(event: Event) -> str:
    """Return what an event is of, the same whenever the branch is promoted."""
    return str(getattr(event, "order", None) or getattr(event, "record", ""))
