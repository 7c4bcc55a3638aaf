"""From a proposal to the events that release it: plan, forecasts, orders.

Orders are made of the released plan and of nothing else. So who finds a plan in the log
of decisions, after a crash or when it is approved, makes the same orders of it.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from streams.codec import Envelope
from streams.events import OrderDispatched, PlanReleased
from twin.loop.following.decided import Record, record_of
from twin.loop.following.proposals import PART, leaves_at_once
from twin.loop.occasions import Occasion, Proposal
from twin.model.network import Network
from twin.planning import order_id, planning_structure


def plan_name(run: str, occasion: Occasion, *, is_whole: bool) -> str:
    """Name the plan of an occasion.

    Examples
    --------
    >>> plan_name("r1", Occasion(7, "review"), is_whole=True)
    'r1/review/7'
    """
    return f"{run}/{occasion.id}{'' if is_whole else PART}"


def plan_records(proposal: Proposal, name: str, now_us: int) -> tuple[Record, ...]:
    """Write a proposal: its forecasts, then the plan, which makes it hold.

    Parameters
    ----------
    proposal : Proposal
        What a responder wants.
    name : str
        Of the plan; ids derive from it.
    now_us : int
        Time of the occasion, microseconds UTC.
    """
    forecasts = [
        record_of(
            msgspec.structs.replace(one, forecast=f"{name}/forecast/{number}"),
            event_id=f"{name}/forecast/{number}",
            time_us=now_us,
            number=number,
        )
        for number, one in enumerate(proposal.forecasts)
    ]
    plan = PlanReleased(
        plan=name,
        start_us=now_us,
        end_us=proposal.end_us,
        cost=proposal.cost,
        policy=proposal.policy or None,
        reason=proposal.reason,
        lines=proposal.lines,
    )
    number = len(forecasts)
    return (*forecasts, record_of(plan, event_id=name, time_us=now_us, number=number))


def plan_in(records: Sequence[Record], name: str) -> PlanReleased | None:
    """Find a plan among records by its name."""
    found = next((one.value for one in records if one.id == name), None)
    if found is None:
        return None
    envelope = msgspec.json.decode(found, type=Envelope)
    return msgspec.json.decode(envelope.data, type=PlanReleased)


class OrderWriter:
    """Makes orders of plans.

    Parameters
    ----------
    network : Network
        Its yields say what comes out of what is made.
    """

    def __init__(self, network: Network) -> None:
        structure = planning_structure(network)
        split = structure.n_lane_activities
        items, sites = network.items.ids, network.places.ids
        self._yields = {
            (items[item], sites[site]): float(rate)
            for item, site, rate in zip(
                structure.activity_item[split:].tolist(),
                structure.activity_site[split:].tolist(),
                structure.yield_rate[split:].tolist(),
                strict=True,
            )
        }

    def orders(self, plan: PlanReleased, now_us: int) -> tuple[OrderDispatched, ...]:
        """Return the orders of a plan that leave at once.

        Parameters
        ----------
        plan : PlanReleased
            Its lines that are released when it starts, or before.
        now_us : int
            When they leave, microseconds UTC: later, if somebody had to approve.

        Returns
        -------
        tuple of OrderDispatched
            In the order of the lines; their ids derive from that of the plan.
        """
        ranks: Counter[str] = Counter()
        found = []
        for line in plan.lines:
            if not leaves_at_once(line, plan):
                continue
            good = self._yields.get((line.item, line.site), 1.0)
            order = OrderDispatched(
                order="?",
                kind=line.kind,
                plan=plan.plan,
                item=line.item,
                site=line.site,
                source=line.source,
                quantity=line.quantity,
                expected=line.quantity * (good if line.kind == "production" else 1.0),
                due_us=max(line.due_us, now_us),
            )
            first = order_id(plan.plan, order)
            name = order_id(plan.plan, order, ranks[first])
            ranks[first] += 1
            found.append(msgspec.structs.replace(order, order=name))
        return tuple(found)


def order_records(
    orders: Sequence[OrderDispatched], now_us: int, *, first: int
) -> tuple[Record, ...]:
    """Write orders; the id of each event is that of its order.

    Parameters
    ----------
    orders : sequence of OrderDispatched
        What leaves.
    now_us : int
        When, microseconds UTC.
    first : int
        Place of the first among the events of the occasion.
    """
    return tuple(
        record_of(one, event_id=one.order, time_us=now_us, number=first + number)
        for number, one in enumerate(orders)
    )


def orders_in(records: Sequence[Record]) -> tuple[tuple[int, OrderDispatched], ...]:
    """Return the orders among records, each with its time, microseconds UTC."""
    found = []
    for one in records:
        if one.type == OrderDispatched.__name__:
            envelope = msgspec.json.decode(one.value, type=Envelope)
            order = msgspec.json.decode(envelope.data, type=OrderDispatched)
            found.append((one.time_us, order))
    return tuple(found)
