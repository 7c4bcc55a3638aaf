"""Events of a factory, made by arrays: four plants, sixty machines, orders in and out.

The stream is made of *jobs*. Each is one customer's order for one item: received, made
on one machine that is read meanwhile, booked into stock, shipped and received. A job
has `EVENTS_PER_JOB` events, of which four in five are telemetry; job c and its ids
follow from c and the seed alone, so that any part of the stream can be made by itself.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams._kernels.hashing import xxh64_spans
from streams.batch import EventBatch, concatenate, empty_columns, in_canonical_order
from streams.codec import encode_batch
from streams.events import TYPE_CODES
from streams.layout import LAYOUTS, ranks
from streams.names import Names, address_of
from twin.model.network import Network, build

N_SITES, N_MACHINES, N_ITEMS, N_CUSTOMERS, N_OPERATORS = 4, 60, 400, 200, 30
SENSORS = ("temperature", "vibration", "power", "pressure")
N_READINGS = 40  # a job: four in five events are telemetry
START_US = 1_704_067_200_000_000  # 2024-01-01
JOB_US = 400_000  # a new job begins so often; 60 machines are busy for 24 s each
SECOND_US = 1_000_000
MACHINE_TYPES = [
    TYPE_CODES[name]
    for name in (
        "MachineReading", "MachineStateChanged", "OperationStarted",
        "OperationCompleted",
    )
]  # fmt: skip
ID, ID_DIGITS, JOB_DIGITS = "e-", 10, 8
RANKED_BY = ("type_code", "code", "time_us", "time0")

# Type, the machine's producer or that of orders, microseconds after the job's start.
_TELEMETRY = [
    ("MachineReading", "machines", 2 * SECOND_US + 400_000 * (reading + 1))
    for reading in range(N_READINGS)
]
_STEPS: tuple[tuple[str, str, int], ...] = (
    ("OrderReceived", "erp", 0),
    ("ProductionOrderReleased", "erp", SECOND_US),
    ("OperationStarted", "machines", 2 * SECOND_US),
    ("MachineStateChanged", "machines", 2 * SECOND_US + 1),
    *_TELEMETRY,
    ("OperationCompleted", "machines", 20 * SECOND_US),
    ("MachineStateChanged", "machines", 20 * SECOND_US + 1),
    ("StockMoved", "erp", 21 * SECOND_US),
    ("ProductionOrderClosed", "erp", 22 * SECOND_US),
    ("ShipmentDispatched", "erp", 40 * SECOND_US),
    ("ShipmentReceived", "erp", 400 * SECOND_US),
)
EVENTS_PER_JOB = len(_STEPS)
DISORDER_US = 300_000
"""An event arrives up to so much later than its time: about 40 places."""


@cache
def network() -> Network:
    """Build the network: sites, machines, items and customers by their ids."""
    sites = [f"site-{number}" for number in range(N_SITES)]
    return build(
        {
            "sites": [{"site": site, "kind": "plant"} for site in sites],
            "items": [
                {"item": f"item-{number:03d}", "unit_cost": 1.0}
                for number in range(N_ITEMS)
            ],
            "suppliers": [{"supplier": "supplier"}],
            "lanes": [
                {
                    "lane": "in",
                    "from_place": "supplier",
                    "to_place": "site-0",
                    "lead_time_s": 86_400,
                },
            ],
            "customers": [
                {"customer": f"customer-{number:03d}"} for number in range(N_CUSTOMERS)
            ],
            "machines": [
                {
                    "machine": f"machine-{number:02d}",
                    "site": sites[number % N_SITES],
                    "group": f"group-{number % N_SITES}",
                }
                for number in range(N_MACHINES)
            ],
        },
        {"name": "factory", "as_of": "2024-01-01T00:00:00Z"},
    )


@dataclass(frozen=True, slots=True)
class FactoryEvents:
    """Consecutive events of the stream in the order they arrive.

    Attributes
    ----------
    batch : EventBatch
        Columns; `sequence` counts the events of the stream.
    """

    batch: EventBatch

    def ids(self) -> list[str]:
        """Return the id of every event."""
        return [event_id(number) for number in self.batch.sequence.tolist()]

    def keys(self) -> list[bytes]:
        """Return the key of every event: its machine, or that it is about orders."""
        names = self.batch.names
        of_machine = np.isin(self.batch.type_code, MACHINE_TYPES)
        places = zip(self.batch.place.tolist(), of_machine.tolist(), strict=True)
        return [
            names[place].encode() if is_it else b"orders" for place, is_it in places
        ]

    def json(self) -> list[bytes]:
        """Return every event as structured CloudEvents JSON."""
        return encode_batch(self.batch, ids=self.ids())


def events(
    n_jobs: int,
    names: Names,
    *,
    first_job: int = 0,
    seed: int = 0,
    ordered: bool = False,
) -> FactoryEvents:
    """Make the events of some jobs.

    Parameters
    ----------
    n_jobs
        Number of jobs, >= 1; each has `EVENTS_PER_JOB` events.
    names
        Table of ids; it grows by three ids a job.
    first_job
        Number of the first job, >= 0.
    seed
        Of what is drawn: quantities, readings, prices, lateness.
    ordered
        In canonical order, and not as they arrive.
    """
    jobs = np.arange(first_job, first_job + n_jobs, dtype=np.int64)
    columns = _columns(jobs, names, seed)
    batch = EventBatch(names=names, detail=b"", **columns)
    if ordered:
        return FactoryEvents(in_canonical_order(batch))
    arrived_us = batch.time_us + _draw(seed, 6, batch.sequence, DISORDER_US)
    return FactoryEvents(batch.take(np.argsort(arrived_us, kind="stable")))


def parts(
    n_jobs: int, names: Names, *, jobs_at_once: int, seed: int = 0
) -> Iterator[EventBatch]:
    """Make the stream part by part, all of it in canonical order.

    Jobs overlap in time, so the end of each part waits for the beginning of the next.
    """
    waiting: EventBatch | None = None
    for first in range(0, n_jobs, jobs_at_once):
        n_now = min(jobs_at_once, n_jobs - first)
        made = events(n_now, names, first_job=first, seed=seed, ordered=True).batch
        joined = made if waiting is None else concatenate([waiting, made], names)
        joined = in_canonical_order(joined)
        # Nothing of a later part is before the start of its first job.
        complete_us = START_US + (first + n_now) * JOB_US
        n_complete = int(np.searchsorted(joined.time_us, complete_us, side="left"))
        yield joined.take(slice(0, n_complete))
        waiting = joined.take(slice(n_complete, None))
    if waiting is not None:
        yield waiting


Columns = dict[str, NDArray[Any]]
Spans = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]
Fields = dict[str, NDArray[Any]]


def _columns(jobs: NDArray[np.int64], names: Names, seed: int) -> Columns:
    columns: Columns = dict(empty_columns(len(jobs) * EVENTS_PER_JOB))
    shaped = {name: one.reshape(len(jobs), -1) for name, one in columns.items()}
    sequence = jobs[:, None] * EVENTS_PER_JOB + np.arange(EVENTS_PER_JOB)
    after_us = np.array([step[2] for step in _STEPS], np.int64)
    shaped["sequence"][:] = sequence
    shaped["offset"][:] = sequence
    shaped["time_us"][:] = START_US + jobs[:, None] * JOB_US + after_us
    shaped["type_code"][:] = [TYPE_CODES[step[0]] for step in _STEPS]
    shaped["source"][:] = names.indices(step[1] for step in _STEPS)
    shaped["id_hash"][:] = id_hashes(sequence)
    seen: Counter[str] = Counter()
    facts = _facts(jobs, names, seed)
    for number, (type_name, _, _) in enumerate(_STEPS):
        for field in LAYOUTS[TYPE_CODES[type_name]]:
            values = facts[type_name].get(field.name)
            if values is not None and field.column is not None:
                nth = values if values.ndim == 1 else values[:, seen[type_name]]
                shaped[field.column][:, number] = nth
        seen[type_name] += 1
    columns["rank"] = ranks(*(columns[name] for name in RANKED_BY))
    return columns


def _facts(jobs: NDArray[np.int64], names: Names, seed: int) -> dict[str, Fields]:
    """Fields of every type of event, one value a job, or one for each of its events."""
    n_jobs = len(jobs)
    orders, production, shipments = (
        names.intern_spans(*numbered(prefix, jobs, JOB_DIGITS))
        for prefix in ("order-", "work-", "shipment-")
    )
    items = _ids(names, "item-{:03d}", N_ITEMS)[_draw(seed, 0, jobs, N_ITEMS)]
    customers = _ids(names, "customer-{:03d}", N_CUSTOMERS)[
        _draw(seed, 1, jobs, N_CUSTOMERS)
    ]
    machines = _ids(names, "machine-{:02d}", N_MACHINES)[jobs % N_MACHINES]
    sites = _ids(names, "site-{}", N_SITES)[jobs % N_MACHINES % N_SITES]
    operators = _ids(names, "operator-{:02d}", N_OPERATORS)[jobs % N_OPERATORS]
    sensors = _ids(names, "{}", len(SENSORS), SENSORS)
    quantity = 1.0 + _draw(seed, 2, jobs, 99)
    scrap = (_draw(seed, 3, jobs, 30) == 0) * 1.0
    start_us = START_US + jobs * JOB_US
    readings = jobs[:, None] * N_READINGS + np.arange(N_READINGS)
    cutting = np.broadcast_to(names.indices(["cutting"]), n_jobs)
    states = [_state_code("busy"), _state_code("idle")]
    work = {
        "production_order": production, "operation": cutting, "machine": machines,
        "operator": operators,
    }  # fmt: skip
    goods = {"item": items, "quantity": quantity}
    way = {"shipment": shipments, "order": orders, **goods}
    return {
        "OrderReceived": {
            "order": orders, "customer": customers, "site": sites, **goods,
            "price": 1.0 + _draw(seed, 4, jobs, 50_000) / 100.0,
            "due_us": start_us + 86_400 * SECOND_US,
        },
        "ProductionOrderReleased": {
            "production_order": production, "site": sites, "order": orders, **goods,
        },
        "OperationStarted": work | goods,
        "MachineStateChanged": {
            "machine": machines, "state": np.broadcast_to(states, (n_jobs, 2)),
        },
        "MachineReading": {
            "machine": machines,
            "sensor": sensors[readings % len(SENSORS)],
            "value": 60.0 + _draw(seed, 5, readings, 200_000) / 10_000.0,
        },
        "OperationCompleted": {
            **work, "good": quantity - scrap, "scrap": scrap,
            "started_us": start_us + 2 * SECOND_US,
        },
        "StockMoved": {
            "to_site": sites, "production_order": production,
            "reason": np.full(n_jobs, _choice("StockMoved", "receipt")), **goods,
        },
        "ProductionOrderClosed": {"production_order": production},
        "ShipmentDispatched": {
            "from_site": sites, "to_site": customers, **way,
            "due_us": start_us + 3_600 * SECOND_US,
        },
        "ShipmentReceived": {"site": customers, **way},
    }  # fmt: skip


def _ids(
    names: Names, pattern: str, n_ids: int, given: Sequence[object] | None = None
) -> NDArray[np.int32]:
    return names.indices(pattern.format(one) for one in given or range(n_ids))


def _state_code(state: str) -> int:
    return _choice("MachineStateChanged", state)


def _choice(type_name: str, word: str) -> int:
    layout = LAYOUTS[TYPE_CODES[type_name]]
    return next(f.choices for f in layout if f.column == "code").index(word)


def _draw(
    seed: int, stream: int, counter: NDArray[np.int64], n_values: int
) -> NDArray[np.int64]:
    """Draw whole numbers in [0, n_values), one for each counter.

    References
    ----------
    Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators",
    figure 14: the mixing function of SplitMix64.
    """
    with np.errstate(over="ignore"):
        mixed = counter.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed += np.uint64(0x632BE59BD9B4E019) * np.uint64(seed * 64 + stream + 1)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return (mixed % np.uint64(n_values)).astype(np.int64)


def numbered(prefix: str, numbers: NDArray[np.int64], n_digits: int) -> Spans:
    """Write ids of the form prefix and number, all of one length.

    Returns
    -------
    tuple
        Their bytes one after the other, and where each starts and ends.
    """
    flat = numbers.ravel()
    text = np.empty((len(flat), len(prefix) + n_digits), np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode(), np.uint8)
    left = flat.copy()
    for column in range(text.shape[1] - 1, len(prefix) - 1, -1):
        left, digit = np.divmod(left, 10)
        text[:, column] = digit + ord("0")
    starts = np.arange(len(flat), dtype=np.int64) * text.shape[1]
    return text.ravel(), starts, starts + text.shape[1]


def id_hashes(sequence: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Hash the ids of events, given their numbers."""
    text, starts, ends = numbered(ID, sequence, ID_DIGITS)
    hashes: NDArray[np.uint64] = xxh64_spans(address_of(text), starts, ends)
    return hashes.reshape(sequence.shape)


def event_id(number: int) -> str:
    """Return the id of an event by its number in the stream."""
    return f"{ID}{number:0{ID_DIGITS}d}"
