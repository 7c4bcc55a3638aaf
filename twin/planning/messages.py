"""Decisions as messages: one purchase, production or transport order each.

The id of an order is made of what it is an answer to, and of what is asked for where.
So whoever decides a second time on the same occasion, after a crash for example, gives
the same order the same id, and who executes orders takes each once.
"""

import hashlib
from collections import Counter

import msgspec
import numpy as np

from streams.events import OrderDispatched
from twin.planning.release import due_after_us, order_kind, source_of
from twin.planning.structure import PlanningStructure
from twin.simulate.decisions import Decisions

_LETTERS = {"purchase": "PO", "production": "MO", "transport": "TO"}
_ID_BYTES = 8
"""Of the hash in an id: among a million orders two collide with a chance of 3e-8."""


def order_id(occasion: str, order: OrderDispatched, rank: int = 0) -> str:
    """Derive the id of an order.

    Parameters
    ----------
    occasion : str
        What is decided on: the run and the review, or the position of a log.
    order : OrderDispatched
        Kind, item, site and source count. The quantity does not: decided anew on the
        same occasion it is the same order.
    rank : int
        Running number among orders of one occasion that are alike, >= 0.

    Returns
    -------
    str
        ``PO-``, ``MO-`` or ``TO-`` (purchase, production, transport) and 16 digits.

    Examples
    --------
    >>> wanted = OrderDispatched(
    ...     order="?", kind="purchase", item="tea", site="hub", source="V", quantity=5.0
    ... )
    >>> order_id("run/0", wanted)
    'PO-ffd2b874c29301c3'
    >>> order_id("run/1", wanted) == order_id("run/0", wanted)
    False
    """
    parts = (occasion, order.kind, order.item, order.site, order.source, str(rank))
    # A length before each part: no two lists of parts are one text.
    text = "".join(f"{len(part or '')}:{part or ''};" for part in parts)
    digest = hashlib.blake2b(text.encode(), digest_size=_ID_BYTES).hexdigest()
    return f"{_LETTERS[order.kind]}-{digest}"


def orders_of(
    structure: PlanningStructure,
    decisions: Decisions,
    *,
    occasion: str,
    plan: str | None,
    now_us: int,
) -> tuple[OrderDispatched, ...]:
    """Write decisions as orders, in the order in which they are executed.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network decided for.
    decisions : Decisions
        What to order and make now; quantities of zero are left out.
    occasion : str
        See `order_id`.
    plan : str or None
        Id of the plan they are of.
    now_us : int
        Time of the review, microseconds UTC.

    Returns
    -------
    tuple of OrderDispatched
        Due when the plan counts on them; of what is made, `quantity` is what is started
        and `expected` what comes out with the yield of the network.

    Raises
    ------
    KeyError
        If a decision is of no activity of the structure.
    """
    network = structure.network
    columns = (
        structure.activity_lane, structure.activity_item, structure.activity_site
    )  # fmt: skip
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    by_lane = {(lane, item): k for k, (lane, item, _) in enumerate(rows) if lane >= 0}
    by_site = {(item, site): k for k, (lane, item, site) in enumerate(rows) if lane < 0}
    lanes = zip(decisions.lane.tolist(), decisions.item.tolist(), strict=True)
    makes = zip(decisions.make_item.tolist(), decisions.make_site.tolist(), strict=True)
    activities = [by_lane[one] for one in lanes] + [by_site[one] for one in makes]
    quantities = np.concatenate([decisions.quantity, decisions.make_quantity])
    wait_us = due_after_us(structure)
    ranks: Counter[str] = Counter()
    found = []
    for activity, quantity in zip(activities, quantities.tolist(), strict=True):
        if not quantity > 0.0:
            continue
        order = OrderDispatched(
            order="?",
            kind=order_kind(structure, activity),
            plan=plan,
            item=network.items.ids[int(structure.activity_item[activity])],
            site=network.places.ids[int(structure.activity_site[activity])],
            source=source_of(structure, activity),
            quantity=quantity,
            expected=quantity * float(structure.yield_rate[activity]),
            due_us=now_us + int(wait_us[activity]),
        )
        first = order_id(occasion, order)
        name = order_id(occasion, order, ranks[first])
        ranks[first] += 1
        found.append(msgspec.structs.replace(order, order=name))
    return tuple(found)
