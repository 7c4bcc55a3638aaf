"""Events of a factory, made by arrays: four plants, sixty machines, orders in and out.

The stream is made of *jobs*. Each is one customer's order for one item: received, made
on one machine that is read meanwhile, booked into stock, shipped and received. A job
has `EVENTS_PER_JOB` events, of which four in five are telemetry; job c and its ids
follow from c and the seed alone, so that any part of the stream can be made by itself.

A job is like the one before, one *beat* later. So every beat holds one event of each
step, of the job that has come so far, and all beats have the same order: the stream is
written in canonical order at once, and nothing is sorted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads.ids import JOB_DIGITS, event_id, id_hashes, numbered
from benchmarks.workloads.jobs import (
    DELAY,
    JOB_US,
    N_CUSTOMERS,
    N_ITEMS,
    N_MACHINES,
    N_OPERATORS,
    N_SITES,
    READING,
    SECOND_US,
    START_US,
    Jobs,
    draw,
)
from streams.batch import EventBatch, empty_columns
from streams.codec import encode_batch
from streams.events import TYPE_CODES
from streams.layout import LAYOUTS, ranks
from streams.names import Names, hash64
from twin.model.network import Network, build

SENSORS = ("temperature", "vibration", "power", "pressure")
N_READINGS = 40  # a job: four in five events are telemetry; a multiple of the sensors
MACHINE_TYPES = [
    TYPE_CODES[name]
    for name in (
        "MachineReading", "MachineStateChanged", "OperationStarted",
        "OperationCompleted",
    )
]  # fmt: skip
RANKED_BY = ("type_code", "code", "time_us", "time0")

# Type, the machine's producer or that of orders, microseconds after the job's start.
READINGS = [
    ("MachineReading", "machines", 2 * SECOND_US + 400_000 * (reading + 1))
    for reading in range(N_READINGS)
]
STEPS: tuple[tuple[str, str, int], ...] = (
    ("OrderReceived", "erp", 0),
    ("ProductionOrderReleased", "erp", SECOND_US),
    ("OperationStarted", "machines", 2 * SECOND_US),
    ("MachineStateChanged", "machines", 2 * SECOND_US + 1),
    *READINGS,
    ("OperationCompleted", "machines", 20 * SECOND_US),
    ("MachineStateChanged", "machines", 20 * SECOND_US + 1),
    ("StockMoved", "erp", 21 * SECOND_US),
    ("ProductionOrderClosed", "erp", 22 * SECOND_US),
    ("ShipmentDispatched", "erp", 40 * SECOND_US),
    ("ShipmentReceived", "erp", 400 * SECOND_US),
)
EVENTS_PER_JOB = len(STEPS)
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
    wanted = range(first_job, first_job + n_jobs)
    beats = range(first_job, first_job + n_jobs + BEATS_MAX)
    batch = _beats(beats, wanted, names, seed)
    if ordered:
        return FactoryEvents(batch)
    arrived_us = batch.time_us + draw(seed, DELAY, batch.sequence, DISORDER_US)
    return FactoryEvents(batch.take(np.argsort(arrived_us, kind="stable")))


def parts(n_jobs: int, *, beats_at_once: int, seed: int = 0) -> Iterator[EventBatch]:
    """Make the stream part by part, all of it in canonical order.

    Every part has a table of names of its own, as a table of all would outgrow the
    memory.

    Parameters
    ----------
    n_jobs
        Number of jobs, >= 1.
    beats_at_once
        Events of a part over `EVENTS_PER_JOB`, nearly: >= 1.
    seed
        Of what is drawn.
    """
    n_beats = n_jobs + BEATS_MAX
    for first in range(0, n_beats, beats_at_once):
        beats = range(first, min(first + beats_at_once, n_beats))
        batch = _beats(beats, range(n_jobs), Names(), seed)
        if len(batch):
            yield batch


Row = NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Order:
    """The steps in the order they have in every beat; one entry a step.

    Attributes
    ----------
    step : ndarray of int64
        Position in `STEPS`.
    lag : ndarray of int64
        How many beats after the start of its job it comes.
    after_us : ndarray of int64
        Time after the start of its job.
    columns : dict
        What is the same in all beats, by column; sources and sensors by position.
    """

    step: NDArray[np.int64]
    lag: NDArray[np.int64]
    after_us: NDArray[np.int64]
    columns: dict[str, Row]


@cache
def _order() -> _Order:
    after_us = np.array([step[2] for step in STEPS], np.int64)
    columns: dict[str, Row] = dict(empty_columns(EVENTS_PER_JOB))
    columns["type_code"][:] = [TYPE_CODES[step[0]] for step in STEPS]
    columns["code"][:] = _codes()
    columns["time_us"][:] = after_us
    # What a completion says of its start decides on its rank.
    columns["time0"][columns["type_code"] == TYPE_CODES["OperationCompleted"]] = 0
    columns["rank"] = ranks(*(columns[name] for name in RANKED_BY))
    lag, phase_us = np.divmod(after_us, JOB_US)
    source = np.array([hash64(step[1]) for step in STEPS], np.uint64)
    # Of two events at once, of one rank and source, that of the older job comes first.
    order = np.lexsort((np.arange(len(lag)), -lag, source, columns["rank"], phase_us))
    rows = {name: column[order] for name, column in columns.items()}
    return _Order(order, lag[order], after_us[order], rows)


def _codes() -> list[int]:
    """Return the code of every step: of a machine's states, the reason of a receipt."""
    states = iter(("busy", "idle"))
    codes: list[int] = []
    for name, _, _ in STEPS:
        if name == "MachineStateChanged":
            codes.append(_choice(name, next(states)))
        else:
            codes.append(_choice(name, "receipt") if name == "StockMoved" else -1)
    return codes


BEATS_MAX = max(step[2] for step in STEPS) // JOB_US + 1
"""A job is over after so many beats."""


def _beats(beats: range, wanted: range, names: Names, seed: int) -> EventBatch:
    """Make the events of some beats, but of jobs that are wanted only."""
    order, n_beats = _order(), len(beats)
    shape = (n_beats, EVENTS_PER_JOB)
    job = np.arange(beats.start, beats.stop)[:, None] - order.lag
    columns: dict[str, Row] = {}
    for name, row in order.columns.items():
        columns[name] = np.empty(shape, row.dtype)
        columns[name][:] = row
    sequence = job * EVENTS_PER_JOB + order.step
    columns["sequence"] = columns["offset"] = sequence
    columns["time_us"] = job * JOB_US + (START_US + order.after_us)
    columns["id_hash"] = id_hashes(np.maximum(sequence, 0))
    columns["source"][:] = names.indices(STEPS[step][1] for step in order.step)
    first = max(wanted.start, beats.start - BEATS_MAX)
    end = min(wanted.stop, beats.stop)
    _fill(columns, beats, Jobs.of(first, end, seed=seed), names)
    _fill_readings(columns, names, seed)
    flat = {name: column.reshape(-1) for name, column in columns.items()}
    batch = EventBatch(names=names, detail=b"", **flat)
    if beats.start - BEATS_MAX >= wanted.start and beats.stop <= wanted.stop:
        return batch
    return batch.take(((job >= wanted.start) & (job < wanted.stop)).reshape(-1))


def _fill(columns: dict[str, Row], beats: range, jobs: Jobs, names: Names) -> None:
    """Write the fields of every step into its columns, where there is its job."""
    order, facts = _order(), _facts(jobs, names)
    first, end = int(jobs.number[0]), int(jobs.number[-1]) + 1
    for column, (step, lag) in enumerate(zip(order.step, order.lag, strict=True)):
        type_name = STEPS[step][0]
        fields = {f.name: str(f.column) for f in LAYOUTS[TYPE_CODES[type_name]]}
        since = max(first, beats.start - lag)
        until = max(since, min(end, beats.stop - lag))
        rows = slice(since + lag - beats.start, until + lag - beats.start)
        for name, values in facts[type_name].items():
            columns[fields[name]][rows, column] = values[since - first : until - first]


def _fill_readings(columns: dict[str, Row], names: Names, seed: int) -> None:
    is_reading = _order().columns["type_code"] == TYPE_CODES["MachineReading"]
    places = np.flatnonzero(is_reading)
    which = slice(places[0], places[-1] + 1)
    assert is_reading[which].all(), "they are at one time and of one rank"
    job, step = np.divmod(columns["sequence"][:, which], EVENTS_PER_JOB)
    number = job * N_READINGS + (step - STEPS.index(READINGS[0]))
    columns["value0"][:, which] = 60.0 + draw(seed, READING, number, 200_000) / 10_000.0
    sensors = _ids(names, "{}", len(SENSORS), SENSORS)
    columns["party"][:, which] = sensors[number[0] % len(SENSORS)]


def _facts(jobs: Jobs, names: Names) -> dict[str, dict[str, Row]]:
    """Return the fields of every type of event, one value a job; readings have more."""
    orders, production, shipments = (
        names.intern_spans(*numbered(prefix, jobs.number, JOB_DIGITS))
        for prefix in ("order-", "work-", "shipment-")
    )
    items = _ids(names, "item-{:03d}", N_ITEMS)[jobs.item]
    customers = _ids(names, "customer-{:03d}", N_CUSTOMERS)[jobs.customer]
    machines = _ids(names, "machine-{:02d}", N_MACHINES)[jobs.machine]
    sites = _ids(names, "site-{}", N_SITES)[jobs.site]
    operators = _ids(names, "operator-{:02d}", N_OPERATORS)[jobs.operator]
    work: dict[str, Row] = {
        "production_order": production, "machine": machines, "operator": operators,
        "operation": np.broadcast_to(names.indices(["cutting"]), len(jobs.number)),
    }  # fmt: skip
    goods: dict[str, Row] = {"item": items, "quantity": jobs.quantity}
    way: dict[str, Row] = {"shipment": shipments, "order": orders, **goods}
    return {
        "OrderReceived": {
            "order": orders, "customer": customers, "site": sites, **goods,
            "price": jobs.price, "due_us": jobs.start_us + 86_400 * SECOND_US,
        },
        "ProductionOrderReleased": {
            "production_order": production, "site": sites, "order": orders, **goods,
        },
        "OperationStarted": work | goods,
        "MachineStateChanged": {"machine": machines},
        "MachineReading": {"machine": machines},
        "OperationCompleted": {
            **work, "good": jobs.quantity - jobs.scrap, "scrap": jobs.scrap,
            "started_us": jobs.start_us + 2 * SECOND_US,
        },
        "StockMoved": {"to_site": sites, "production_order": production, **goods},
        "ProductionOrderClosed": {"production_order": production},
        "ShipmentDispatched": {
            "from_site": sites, "to_site": customers, **way,
            "due_us": jobs.start_us + 3_600 * SECOND_US,
        },
        "ShipmentReceived": {"site": customers, **way},
    }  # fmt: skip


def _ids(
    names: Names, pattern: str, n_ids: int, given: Sequence[object] | None = None
) -> NDArray[np.int32]:
    return names.indices(pattern.format(one) for one in given or range(n_ids))


def _choice(type_name: str, word: str) -> int:
    layout = LAYOUTS[TYPE_CODES[type_name]]
    return next(f.choices for f in layout if f.column == "code").index(word)
