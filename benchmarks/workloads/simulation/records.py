"""Events of a small plant, with ties, copies, disorder and rubbish."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from streams.batch import EventBatch
from streams.codec import decode, encode
from streams.events import (
    Event,
    MachineStateChanged,
    OperationCompleted,
    OperationStarted,
    OrderReceived,
    ShipmentDispatched,
    ShipmentReceived,
    StockCounted,
    StockMoved,
)
from streams.ingest.recent import event_keys
from streams.names import Names
from streams.records import RecordBatch
from twin.model.network import Network, build

START_US = 1_704_067_200_000_000  # 2024-01-01
SECOND_US = 1_000_000
LATENESS_US = 600 * SECOND_US
RUBBISH = b'{"id": "?"'
FUTURE_US = 10 * 86_400 * SECOND_US  # ten times as far ahead as is allowed


@cache
def network() -> Network:
    """Build the network: it knows most of what the events tell of."""
    return build(
        {
            "sites": [
                {"site": "plant", "kind": "plant"},
                {"site": "dc", "kind": "warehouse"},
            ],
            "items": [{"item": "item0", "unit_cost": 1.0}],
            "suppliers": [{"supplier": "acme"}],
            "customers": [{"customer": "shop"}],
            "lanes": [
                {
                    "lane": "in",
                    "from_place": "acme",
                    "to_place": "plant",
                    "lead_time_s": 86_400,
                },
            ],
            "machines": [{"machine": "M0", "site": "plant", "group": "g"}],
        },
        {"name": "simulated", "as_of": "2024-01-01T00:00:00Z"},
    )


@dataclass(frozen=True, slots=True)
class Produced:
    """What producers send, by partition in the order they send it.

    Attributes
    ----------
    values
        The records; copies and rubbish among them.
    times_us
        When each is sent, microseconds UTC.
    """

    values: list[list[bytes]]
    times_us: list[list[int]]


def produce(
    random: np.random.Generator,
    *,
    n_events: int,
    n_partitions: int,
    disorder_us: int,
    futures: bool = False,
) -> Produced:
    """Make the records of a run.

    Parameters
    ----------
    random
        Decides all of it.
    n_events
        Different events.
    n_partitions
        Where each goes is drawn; a copy may go elsewhere than its original.
    disorder_us
        A record is sent up to so much later than its time.
    futures
        Let one event in twenty lie too far ahead.
    """
    steps_us = random.integers(0, 30, n_events) * (random.random(n_events) > 0.4)
    times_us = START_US + np.cumsum(steps_us) * SECOND_US
    sent: list[tuple[int, int, bytes]] = []
    for number, time_us in enumerate(times_us.tolist()):
        is_ahead = futures and random.random() < 0.05
        value = encode(
            _event(random, number),
            event_id=str(number),
            source=f"system{number % 3}",
            time_us=time_us + (FUTURE_US if is_ahead else 0),
            sequence=number,
        )
        for _ in range(2 if random.random() < 0.08 else 1):
            at_us = time_us + int(random.integers(disorder_us + 1))
            sent.append((at_us, int(random.integers(n_partitions)), value))
    rubbish_us = random.choice(times_us, 2).tolist()
    sent += [(t, int(random.integers(n_partitions)), RUBBISH) for t in rubbish_us]
    sent.sort()
    return Produced(
        [[v for _, p, v in sent if p == one] for one in range(n_partitions)],
        [[t for t, p, _ in sent if p == one] for one in range(n_partitions)],
    )


def _event(random: np.random.Generator, number: int) -> Event:
    recent = int(random.integers(max(0, number - 12), number + 1))
    site, other = ("plant", "dc") if random.random() < 0.5 else ("dc", "plant")
    item, amount = f"item{recent % 2}", float(random.integers(1, 20))
    goods = {"item": item, "quantity": amount}
    order, job, leg = f"O{recent // 3}", f"J{recent // 4}", f"H{recent // 3}"
    work = {"production_order": job, "operation": "turn", "machine": f"M{recent % 2}"}
    machine = work["machine"]
    choices = [
        lambda: OrderReceived(order=order, customer="shop", site=site, **goods),
        lambda: ShipmentDispatched(
            shipment=leg, from_site=site, to_site=other, **goods
        ),
        lambda: ShipmentReceived(shipment=leg, site=other, order=order, **goods),
        lambda: StockMoved(from_site=site, to_site=other, **goods),
        lambda: StockCounted(site=site, **goods),
        lambda: OperationStarted(**work),
        lambda: OperationCompleted(good=amount, **work),
        lambda: MachineStateChanged(machine=machine, state="down"),
    ]
    return choices[int(random.integers(len(choices)))]()


def decoded(values: list[bytes], names: Names) -> EventBatch:
    """Decode different records exactly, one by one; rubbish is left out."""
    return decode(RecordBatch.of("all/0", list(dict.fromkeys(values))), names).events


def keys_of(values: list[bytes]) -> set[int]:
    """Return what tells the events among records apart."""
    return set(event_keys(decoded(values, Names())).tolist())
