"""What a simulated run must not lose: pieces, goods, orders over time, and money.

Everything is counted once more from the events, in plain Python, row by row.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np

from benchmarks.workloads.engine_parity import Played, rows
from streams.events import MoveReason
from twin.kpi import RunMeasures
from twin.model.network import Network

TOLERANCE = 1e-6
RECEIPT = get_args(MoveReason).index("receipt")
Event = dict[str, Any]


@dataclass(slots=True)
class Job:
    """A production order as its events tell it; `pieces` are good so far."""

    item: str
    site: str
    pieces: float
    released_us: int
    first: float
    closed_us: int | None = None
    running: float | None = None
    scrap: float = 0.0
    out: dict[str, float] = field(default_factory=dict)


def broken(played: Played) -> Sequence[str]:
    """Tell which laws of conservation a run breaks.

    Parameters
    ----------
    played : Played
        A run of a case.

    Returns
    -------
    sequence of str
        In words; empty if all hold.
    """
    # As they were told: within an instant, batches are in the order of their types.
    events = sorted(rows(played.events), key=lambda event: event["sequence"])
    jobs, faults = follow_jobs(events)
    return [
        *faults,
        *part_faults(played.case.network, jobs),
        *ledger_faults(played, events),
        *measure_faults(played, events, jobs),
    ]


def follow_jobs(events: Sequence[Event]) -> tuple[dict[str, Job], list[str]]:
    """Follow all production orders; tell where pieces appear or vanish on the way."""
    jobs: dict[str, Job] = {}
    faults = []
    for event in events:
        kind, name = event["type"], event["subject"]
        if kind == "ProductionOrderReleased":
            pieces = event["value0"]
            jobs[name] = Job(
                event["item"], event["place"], pieces, event["time_us"], pieces
            )
        elif kind == "ProductionOrderClosed":
            jobs[name].closed_us = event["time_us"]
        elif kind == "OperationStarted":
            faults += _start(jobs[name], event)
        elif kind == "OperationCompleted":
            faults += _complete(jobs[name], event)
        elif kind == "StockMoved" and event["code"] == RECEIPT and event["parent"]:
            out = jobs[event["parent"]].out
            out[event["item"]] = out.get(event["item"], 0.0) + event["value0"]
    return jobs, faults


def _start(job: Job, event: Event) -> Iterator[str]:
    if job.running is not None or event["value0"] != job.pieces:
        yield f"{event['subject']} starts {event['value0']} of {job}"
    job.running = event["value0"]


def _complete(job: Job, event: Event) -> Iterator[str]:
    good, scrap, rework = (
        0.0 if np.isnan(event[f"value{k}"]) else event[f"value{k}"] for k in range(3)
    )
    if job.running is None or abs(good + scrap + rework - job.running) > TOLERANCE:
        yield f"{event['subject']} ends with {good} + {scrap} + {rework} of {job}"
    job.pieces = good + rework
    job.scrap += scrap
    job.running = None


def part_faults(network: Network, jobs: dict[str, Job]) -> Iterator[str]:
    """Tell where released is not done + scrap + in work, and wrong outputs."""
    released = sum(job.first for job in jobs.values())
    scrap = sum(job.scrap for job in jobs.values())
    here = [job for job in jobs.values() if job.closed_us is None]
    done = [job for job in jobs.values() if job.closed_us is not None]
    found = scrap + sum(job.pieces for job in (*here, *done))
    if abs(released - found) > TOLERANCE:
        yield f"released {released}, but done, scrap and in work are {found}"
    for name, job in jobs.items():
        if job.closed_us is None and job.out:
            yield f"{name} gives {job.out} and is open"
        if job.closed_us is not None:
            yield from _output_faults(network, name, job)


def _output_faults(network: Network, name: str, job: Job) -> Iterator[str]:
    per_unit = {job.item: 1.0}
    outputs = network.outputs
    for k in np.flatnonzero(outputs.item_index == network.item_index[job.item]):
        product = network.items.ids[outputs.product_index[k]]
        per_unit[product] = float(outputs.quantity[k])
    opened = network.open_orders.ids
    if name in opened and network.open_orders.step[opened.index(name)] < 0:
        per_unit = {job.item: 1.0}  # what went into it is not known, nor what comes out
    # A site has its losses at the end also where no operation tells of them.
    site_yield = float(network.places.yield_rate[network.place_index[job.site]])
    for pieces in (job.pieces, job.pieces * site_yield):
        wanted = {one: pieces * rate for one, rate in per_unit.items()}
        got = [job.out.get(one, 0.0) for one in wanted]
        if set(job.out) <= set(wanted) and np.allclose(got, [*wanted.values()]):
            return
    yield f"{name} gives {job.out} of {job}"


def ledger_faults(played: Played, events: Sequence[Event]) -> Iterator[str]:
    """Tell where opening + receipts - issues is not what is on hand."""
    network = played.case.network
    levels = played.reference.stock
    points = [
        (network.items.ids[item], network.places.ids[site])
        for item, site in zip(levels.item.tolist(), levels.site.tolist(), strict=True)
    ]
    ledger = defaultdict(
        float, zip(points, network.stock.on_hand.tolist(), strict=True)
    )
    for event in events:
        kind, quantity = event["type"], event["value0"]
        if kind == "StockMoved":
            ledger[event["item"], event["place"]] -= quantity
            ledger[event["item"], event["party"]] += quantity
        elif kind == "ShipmentDispatched":
            ledger[event["item"], event["place"]] -= quantity
        elif kind == "ShipmentReceived":
            ledger[event["item"], event["place"]] += quantity
    for point, on_hand in zip(points, levels.on_hand.tolist(), strict=True):
        if abs(ledger[point] - on_hand) > TOLERANCE:
            yield f"stock of {point}: ledger {ledger[point]}, on hand {on_hand}"
        if on_hand < 0.0:
            yield f"stock of {point}: {on_hand} on hand"


def measure_faults(
    played: Played, events: Sequence[Event], jobs: dict[str, Job]
) -> Iterator[str]:
    """Tell where measures are not what the events count: Little's law and money."""
    start_us = played.case.network.settings.as_of_us
    end_us = played.case.pauses[-1][0]
    run = RunMeasures(played.case.network, played.events.names, (start_us, end_us))
    run.book(played.events)
    measures = run.measures()
    span_us = end_us - start_us
    # Over a closed window L = lambda W: what is in work at its end is cut off there.
    wip = sum((job.closed_us or end_us) - job.released_us for job in jobs.values())
    open_us = sum(
        end_us - job.released_us for job in jobs.values() if job.closed_us is None
    )
    wanted = {
        "wip_mean_orders": wip / span_us,
        "little_gap_orders": open_us / span_us,
        **_money(played.case.network, events),
    }
    for name, value in wanted.items():
        if not np.isclose(measures[name], value, rtol=1e-9, atol=TOLERANCE):
            yield f"{name}: measured {measures[name]}, counted {value}"
    serving = ("transport", "handling", "holding", "shortage", "production", "energy")
    profit = measures["sales"] - measures["purchase_cost"]
    profit -= sum(measures[f"{part}_cost"] for part in serving)
    if not np.isclose(measures["profit"], profit, rtol=1e-9, atol=TOLERANCE):
        yield f"profit: measured {measures['profit']}, counted {profit}"


def _money(network: Network, events: Sequence[Event]) -> dict[str, float]:
    price = {e["subject"]: e["value1"] for e in events if e["type"] == "OrderReceived"}
    paid = {
        e["subject"]: e["value1"] for e in events if e["type"] == "PurchaseOrderPlaced"
    }
    sent = [event for event in events if event["type"] == "ShipmentDispatched"]
    rate = dict(
        zip(network.places.ids, network.places.handling_cost.tolist(), strict=True)
    )
    made = [
        event for event in events
        if event["type"] == "StockMoved" and event["parent"]
        and event["code"] == RECEIPT
    ]  # fmt: skip
    sites = network.places.ids[: network.n_sites]
    handled = [(e["party"], e["value0"]) for e in made]
    handled += [(e["place"], e["value0"]) for e in sent if e["place"] in sites]
    return {
        "sales": sum(
            e["value0"] * price[e["parent"]] for e in sent if e["parent"] in price
        ),
        "purchase_cost": sum(
            e["value0"] * paid[e["parent"]] for e in sent if e["parent"] in paid
        ),
        "transport_cost": sum(e["value1"] for e in sent if not np.isnan(e["value1"])),
        "handling_cost": sum(rate[site] * quantity for site, quantity in handled),
    }
