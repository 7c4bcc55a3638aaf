"""The simulation engines: events a second beside SimPy, futures, paired noise.

Parts: `queue` (M/M/1), `shop` (ten machines with breakdowns), `peers` (the queue in Ciw
and cimba; not in `--quick`), `futures` (fork, run, read), `pairs` (variance of a
difference), `network` (the example), `cold` (nothing compiled yet; not in `--quick`).
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

import numpy as np

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.timing import REPEATS, Timing, interleave
from benchmarks.workloads.queue_peers import (
    MEAN_QUEUE,
    cimba_mean_queue,
    ciw_mean_queue,
)
from benchmarks.workloads.shops import (
    INTERVAL_S,
    QUEUE_INTERVAL_S,
    SECOND_US,
    job_shop,
    queue,
    simpy_queue,
    simpy_shop,
)
from streams.events import TYPE_CODES
from streams.names import Names
from twin.model.network import Network, load
from twin.model.shipped import example_folder
from twin.simulate import tables as t
from twin.simulate.compiled.folding import FoldedState, advance_folding
from twin.simulate.compiled.futures import play
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.reference.plant import Plant
from twin.simulate.tables import Trace

# The compiler of cimba fails after ours has run in the same process: it goes first.
PARTS = ("peers", "queue", "shop", "futures", "pairs", "network", "cold")
SEED = 3
CLOSINGS = ("ProductionOrderClosed",)
CLOSED = TYPE_CODES[CLOSINGS[0]]
PEER = "simpy, its resources, a process an order"
ORDERS, ORDERS_QUICK = 20_000, 2_000  # of the SimPy models
LONGER = 40  # ours simulate so much longer: the set-up, a few ms, is to be small
# Mean queues of Ciw's 20,000 orders and of cimba's 800,000, relative to theory.
MEAN_QUEUE_WITHIN = {"ciw": 0.25, "cimba": 0.05}
N_FUTURES, N_FUTURES_QUICK = 4_000, 400
N_PAIRS = 200
WARM_ORDERS = 2_000
EVENTS_OF_FUTURE = 500


@dataclass(frozen=True, slots=True)
class Subject:
    """A model in the model format and as SimPy users write it; `interval_s` apart."""

    name: str
    network: Network
    interval_s: float
    simpy: Callable[[int, int], list[int]]


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for."""
    for part in PARTS if options.part is None else (options.part,):
        if part == "queue":
            subject = Subject("M/M/1", queue(), QUEUE_INTERVAL_S, simpy_queue)
            yield from beside_simpy(subject, quick=options.quick)
        elif part == "shop":
            network = job_shop()
            peer = partial(simpy_shop, network)
            subject = Subject("job shop", network, INTERVAL_S, peer)
            yield from beside_simpy(subject, quick=options.quick)
        elif part == "peers":
            if not options.quick:
                yield from beside_peers()
        elif part == "futures":
            yield from futures(quick=options.quick)
        elif part == "pairs":
            yield pairs()
        elif part == "network":
            yield example(quick=options.quick)
        elif not options.quick:
            yield cold_start()


def plant_of(network: Network, *, until_us: int, told: bool = True) -> CompiledPlant:
    """Return a plant at its start, laid out up to `until_us`."""
    plant = CompiledPlant(network, Names(), seed=SEED)
    plant.reach(until_us)
    if not told:
        plant.give_trace(Trace.of_rows(0), 0)
    return plant


def beside_simpy(subject: Subject, *, quick: bool) -> Iterator[Result]:
    """Time the engines beside SimPy, a microsecond of the model each the same."""
    n_orders = ORDERS_QUICK if quick else ORDERS
    span_us = round(n_orders * subject.interval_s * SECOND_US)
    start_us = subject.network.settings.as_of_us
    far_us = start_us + LONGER * span_us
    times = interleave(
        {
            "simpy": lambda: subject.simpy(SEED, span_us),
            "reference": lambda: closings(
                Plant(subject.network, Names(), seed=SEED), start_us + span_us
            ),
            "closings": lambda: closings(
                Plant(subject.network, Names(), seed=SEED, told=CLOSINGS),
                start_us + span_us,
            ),
            "events": lambda: simulated(plant_of(subject.network, until_us=far_us),
                                        far_us),
            "folded": lambda: folded(subject.network, far_us),
            "sums": lambda: simulated(
                plant_of(subject.network, until_us=far_us, told=False), far_us
            ),
        }
    )  # fmt: skip
    found = closings(CompiledPlant(subject.network, Names(), seed=SEED),
                     start_us + span_us)  # fmt: skip
    same = np.array_equal(np.array(times["simpy"].answer), found)
    for name in ("reference", "closings"):
        same &= np.array_equal(times[name].answer, found)
    same &= len({times[k].answer for k in ("events", "folded", "sums")}) == 1
    yield ratio(subject, "with events and live state", times["folded"],
                times, n=LONGER, goal=None if quick else ">= 60",
                stretch=None if quick else ">= 120", checked=same)  # fmt: skip
    yield ratio(subject, "with events", times["events"], times, n=LONGER, checked=same)
    yield ratio(subject, "with sums alone", times["sums"], times, n=LONGER,
                checked=same)  # fmt: skip
    yield ratio(subject, "reference engine", times["reference"], times, n=1,
                goal=None if quick else ">= 1", checked=same)  # fmt: skip
    # What the SimPy models tell, too.
    yield ratio(subject, "reference engine, closings alone", times["closings"], times,
                n=1, goal=None if quick else ">= 1", checked=same)  # fmt: skip


def beside_peers() -> Iterator[Result]:
    """Time the queue beside Ciw and cimba, an order each the same."""
    network = queue()
    span_us = round(LONGER * ORDERS * QUEUE_INTERVAL_S * SECOND_US)
    far_us = network.settings.as_of_us + span_us
    times = interleave(
        {
            "ciw": lambda: ciw_mean_queue(ORDERS, SEED),
            "cimba": lambda: cimba_mean_queue(LONGER * ORDERS, SEED),
            "events": lambda: simulated(plant_of(network, until_us=far_us), far_us),
            "sums": lambda: simulated(
                plant_of(network, until_us=far_us, told=False), far_us
            ),
        }
    )
    right = {
        peer: bool(abs(times[peer].answer / MEAN_QUEUE - 1.0) < tolerance)
        for peer, tolerance in MEAN_QUEUE_WITHIN.items()
    }
    for peer, n in (("ciw", LONGER), ("cimba", 1)):
        for what, of in (("events", "with events"), ("sums", "with sums alone")):
            found = times[what].ratio_over(times[peer]) * n
            yield Result(
                name=f"M/M/1: {of}, over {peer}", value=found, unit="x",
                peer=f"{peer} {version(peer)}", peer_value=1.0, ratio=found,
                spread=max(times[what].spread, times[peer].spread),
                checked=right[peer],
            )  # fmt: skip


def ratio(
    subject: Subject,
    what: str,
    ours: Timing,
    times: dict[str, Timing],
    *,
    n: int,
    checked: bool,
    goal: str | None = None,
    stretch: str | None = None,
) -> Result:
    """Return how much faster an engine is than SimPy for the same time simulated."""
    found = ours.ratio_over(times["simpy"]) * n
    return Result(
        name=f"{subject.name}: {what}, over SimPy",
        value=found, unit="x", goal=goal, stretch=stretch,
        peer=PEER, peer_value=1.0, ratio=found,
        spread=max(ours.spread, times["simpy"].spread), checked=checked,
    )  # fmt: skip


def closings(plant: Plant | CompiledPlant, until_us: int) -> np.ndarray:
    """Return when orders are closed, microseconds from the start."""
    start_us = plant.now_us
    batch = plant.advance(until_us)
    found: np.ndarray = batch.time_us[batch.type_code == CLOSED] - start_us
    return found


def simulated(plant: CompiledPlant, until_us: int) -> int:
    """Let a plant run; what it tells is written and not kept. Return what happened."""
    while not plant.run_until_full(until_us):
        plant.give_trace(plant.trace, 0)
    return int(plant.tables.clock[t.N_EVENTS])


def folded(network: Network, until_us: int) -> int:
    """Let a plant run, and live state follow. Return what happened."""
    plant = plant_of(network, until_us=until_us)
    advance_folding(plant, FoldedState(network, plant.reach(until_us)), until_us)
    return int(plant.tables.clock[t.N_EVENTS])


def warm_shop(network: Network) -> CompiledPlant:
    """Return a job shop in the middle of its work."""
    plant = CompiledPlant(network, Names(), seed=SEED)
    plant.advance(plant.now_us + round(WARM_ORDERS * INTERVAL_S * SECOND_US))
    return plant


def futures(*, quick: bool) -> Iterator[Result]:
    """Time forks that run for some 500 events, on one core."""
    n_futures = N_FUTURES_QUICK if quick else N_FUTURES
    plant = warm_shop(job_shop())
    # A job brings ten operations, an arrival and its share of failures and repairs.
    span_us = round(EVENTS_OF_FUTURE / 11.5 * INTERVAL_S * SECOND_US)
    yield from played("job shop", plant, span_us, n_futures, goals=not quick)
    chain = example_plant()
    chain.advance(chain.now_us + 30 * chain_period_us(chain))
    yield from played(
        "example network", chain, 2 * chain_period_us(chain), n_futures, goals=False
    )


def played(
    name: str, plant: CompiledPlant, span_us: int, n_futures: int, *, goals: bool
) -> Iterator[Result]:
    """Play futures and tell what one takes."""
    until_us = plant.now_us + span_us
    seeds = np.arange(n_futures)
    play(plant, seeds[:10], until_us=until_us)
    each_us, done = [], None
    for _ in range(REPEATS):
        begun_s = time.perf_counter()
        done = play(plant, seeds, until_us=until_us)
        each_us.append((time.perf_counter() - begun_s) / n_futures * 1e6)
    assert done is not None, "some were played"
    least, middle = min(each_us), float(np.median(each_us))
    by_hand = plant.fork(seed=int(seeds[1]))
    before = by_hand.tables.clock[t.N_EVENTS]
    by_hand.advance(until_us)
    same = int(by_hand.tables.clock[t.N_EVENTS] - before) == int(done.n_events[1])
    yield Result(
        name=f"{name}: fork and {done.n_events.mean():.0f} events", value=middle,
        unit="us", goal="<= 60" if goals else None, spread=middle / least - 1.0,
        checked=same,
    )  # fmt: skip
    yield Result(
        name=f"{name}: futures a second on one core", value=1e6 / middle, unit="1/s",
        goal=">= 10000" if goals else None, spread=middle / least - 1.0, checked=same,
    )  # fmt: skip


def pairs() -> Result:
    """Compare the variance of a paired difference with that of independent runs."""
    plant = warm_shop(job_shop())
    other = plant.under(job_shop(faster=1.1))
    until_us = plant.now_us + 5_000 * SECOND_US
    seeds = np.arange(N_PAIRS)
    as_is = play(plant, seeds, until_us=until_us).mean_flow_s()
    faster = play(other, seeds, until_us=until_us).mean_flow_s()
    independent = as_is.var(ddof=1) + faster.var(ddof=1)
    found = float(independent / (faster - as_is).var(ddof=1))
    again = play(other, seeds[:5], until_us=until_us).mean_flow_s()
    return Result(
        name="variance of a difference, independent over paired", value=found,
        unit="x", goal=">= 50", checked=bool((again == faster[:5]).all()),
    )  # fmt: skip


def example_plant() -> CompiledPlant:
    """Return the example network, replenished by its own policies."""
    return CompiledPlant(load(example_folder()), Names(), seed=SEED, policies=True)


def chain_period_us(plant: CompiledPlant) -> int:
    """Return the length of a period of the network of a plant."""
    return plant.network.settings.period_us


def example(*, quick: bool) -> Result:
    """Time the example network: factory and chain in one calendar."""
    periods = 100 if quick else 400

    found = set()

    def once() -> float:
        plant = example_plant()
        until_us = plant.now_us + periods * chain_period_us(plant)
        plant.reach(until_us)
        begun_s = time.perf_counter()
        n_events = simulated(plant, until_us)
        taken_s = time.perf_counter() - begun_s
        found.add(plant.tables.block.tobytes())
        return n_events / taken_s

    once()
    rates = [once() for _ in range(REPEATS)]
    return Result(
        name="example network: events a second", value=max(rates), unit="1/s",
        spread=max(rates) / float(np.median(rates)) - 1.0, checked=len(found) == 1,
    )  # fmt: skip


def cold_start() -> Result:
    """Time a process from its start to the first simulated day, nothing compiled."""
    script = (
        "from benchmarks.simulate import example_plant, chain_period_us as p\n"
        "plant = example_plant()\n"
        "print(len(plant.advance(plant.now_us + p(plant))))\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        begun_s = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True,
            env=os.environ | {"NUMBA_CACHE_DIR": folder},
        )  # fmt: skip
        taken_s = time.perf_counter() - begun_s
    return Result(
        name="cold start to the first day, nothing compiled", value=taken_s, unit="s",
        checked=int(done.stdout) > 0,
    )  # fmt: skip


BENCHMARK = Benchmark(
    name="simulate",
    description="simulation engines beside SimPy, futures, paired noise",
    run=run,
    parts=PARTS,
)
