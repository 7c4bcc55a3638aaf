"""History of network C, and what happens after it: late goods, demand, breakdowns."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np

from streams.codec import decode, encode
from streams.events import (
    TYPE_CODES,
    Event,
    MachineStateChanged,
    OrderReceived,
    PurchaseOrderDelayed,
)
from streams.log import LogReader, LogWriter
from streams.names import Names
from twin.loop import PlayOptions, play
from twin.model import Network, example_folder, load
from twin.state import tables as t
from twin.state.known import known_entities
from twin.state.state import State

DAY_US = 86_400_000_000
STEP_US = 60_000_000
"""Between two events."""

DECISIONS = ("ForecastIssued", "PlanReleased", "OrderDispatched", "OrderAcknowledged")
LATE, DEMAND, DOWN = "late supplier", "demand jump", "machine down"
KINDS = (LATE, DEMAND, DOWN)
ERP, SHOP = "erp", "shop"


@dataclass(frozen=True, slots=True)
class Episode:
    """What happened before, without what was decided, and where it led.

    Attributes
    ----------
    network : Network
        That of the demo.
    values : tuple of bytes
        Events in order of time.
    end_us : int
        The review after the last of them, microseconds UTC.
    orders : tuple of (str, int)
        Orders of goods that are still to come, and when they are due.
    """

    network: Network
    values: tuple[bytes, ...]
    end_us: int
    orders: tuple[tuple[str, int], ...]


def demo(horizon: int | None = None) -> Network:
    """Load network C; with another horizon than its own for a quick run."""
    network = load(example_folder())
    if horizon is None:
        return network
    settings = replace(network.settings, horizon_periods=horizon)
    return replace(network, settings=settings)


def played(network: Network, folder: Path, *, n_periods: int) -> Episode:
    """Play base stock on the network and keep what happened."""
    with LogWriter(folder) as log:
        play(
            network,
            PlayOptions(policy="base-stock", n_periods=n_periods),
            monotonic_s=lambda: 0.0,
            log=log,
        )
    names, facts = Names(), []
    state = State.of_model(known_entities(network), names)
    codes = [TYPE_CODES[name] for name in DECISIONS]
    with LogReader(folder) as reader:
        while (batch := reader.poll(0, 1 << 20)) is not None:
            events = decode(batch, names).events
            values, first = list(batch.values()), int(batch.offsets[0])
            events = events.take(~np.isin(events.type_code, codes))
            facts += [
                (int(time_us), values[int(offset) - first])
                for time_us, offset in zip(events.time_us, events.offset, strict=True)
            ]
            state.apply(events)
    settled = state.settled()
    rows = settled.used()["orders"]
    supply = np.isin(rows["kind"], (t.ORDER_PURCHASE, t.ORDER_TRANSFER))
    rows = rows[supply & (rows["status"] == t.OPEN)]
    settings = network.settings
    return Episode(
        network=network,
        values=tuple(value for _, value in sorted(facts, key=lambda one: one[0])),
        end_us=settings.as_of_us + n_periods * settings.review_us,
        orders=tuple((names[int(row["name"])], int(row["due_us"])) for row in rows),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One event, and what kind of trouble it is; "" if it is none.

    Attributes
    ----------
    kind : str
        One of `KINDS`, or empty.
    time_us : int
        Event time, microseconds UTC.
    value : bytes
        The event.
    """

    kind: str
    time_us: int
    value: bytes


class Troubles:
    """Late goods, jumps of demand and breakdowns in turn, from the end of an episode.

    Parameters
    ----------
    episode : Episode
        What went before.
    """

    def __init__(self, episode: Episode) -> None:
        self._episode = episode
        self._now_us = episode.end_us
        self._n = 0

    def steps(self) -> Iterator[Step]:
        """Yield events without end; a machine is repaired before the next fails."""
        network, rng = self._episode.network, np.random.default_rng(0)
        machines, demands = network.machines.ids, network.demands
        turn = rng.permutation(len(demands.item_index))
        for which in count():
            name, due_us = self._episode.orders[which % len(self._episode.orders)]
            later_us = (3 + which % 7) * DAY_US
            yield self._step(
                LATE, ERP, PurchaseOrderDelayed(order=name, due_us=due_us + later_us)
            )
            row = int(turn[which % len(turn)])
            wanted = OrderReceived(
                order=f"jump-{which}",
                customer=network.places.ids[int(demands.customer_index[row])],
                item=network.items.ids[int(demands.item_index[row])],
                site=network.places.ids[int(demands.site_index[row])],
                quantity=float(np.ceil(15.0 * demands.mean_per_day[row])),
            )
            yield self._step(DEMAND, ERP, wanted)
            machine = machines[which % len(machines)]
            yield self._step(
                DOWN, SHOP, MachineStateChanged(machine=machine, state="down")
            )
            yield self._step(
                "", SHOP, MachineStateChanged(machine=machine, state="idle")
            )

    def at_review(self, index: int) -> Step:
        """Return an event at the review so many reviews after the episode, from 1."""
        review_us = self._episode.network.settings.review_us
        self._now_us = self._episode.end_us + index * review_us - STEP_US
        machine = self._episode.network.machines.ids[0]
        return self._step("", SHOP, MachineStateChanged(machine=machine, state="idle"))

    def _step(self, kind: str, source: str, event: Event) -> Step:
        self._now_us += STEP_US
        self._n += 1
        value = encode(
            event,
            event_id=f"{source}/{self._n}",
            source=source,
            time_us=self._now_us,
            sequence=self._n,
        )
        return Step(kind, self._now_us, value)
