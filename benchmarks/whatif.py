"""What if: forks and futures of the live state of the example network.

Parts: `fork` (a live state copied), `futures` (four weeks under the policy `table`, all
KPIs; the engines beside each other), `branches` (a branch and its base compared).
"""

import math
import time
from collections.abc import Iterator

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.timing import interleave
from streams.names import Names
from twin.cycle import BaseStockPolicy
from twin.loop.closed_loop import Loop
from twin.model.changes.file import changes_of
from twin.model.network import load
from twin.model.shipped import example_folder
from twin.planning import base_stock_levels, planning_structure
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.replicate import ReplicateOptions
from twin.state.state import State
from twin.whatif import (
    ENGINES,
    Branch,
    FutureOptions,
    Futures,
    as_it_is,
    base_branch,
    branch_of,
    compare,
    network_of_state,
)
from twin.whatif.future import futures_of

PARTS = ("fork", "futures", "branches")
SEED = 3
REVIEWS = 30
"""Days that the network runs before: stock has turned, goods are on all ways."""

WEEKS = FutureOptions()  # four weeks under `table`
N_FUTURES, N_FUTURES_QUICK = 200, 10
N_FORKS = 200
N_CHECKED, N_CHECKED_QUICK = 3, 1
FASTER = {"name": "faster", "machine_speed": [{"group": "filling", "factor": 1.2}]}


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for."""
    live = live_state()
    for part in PARTS if options.part is None else (options.part,):
        if part == "fork":
            yield fork(live)
        elif part == "futures":
            yield from futures(live, quick=options.quick)
        else:
            yield branches(live, quick=options.quick)


def live_state() -> State:
    """Return the state of the example network after some weeks of operation."""
    network, names = load(example_folder()), Names()
    structure = planning_structure(network)
    levels = base_stock_levels(structure, service=0.9)
    plant = CompiledPlant(network, names, seed=SEED)
    loop = Loop(network, plant, BaseStockPolicy(structure, levels), names=names)
    loop.run(REVIEWS)
    return loop.state.settled()


def base_of(live: State) -> Branch:
    """Return the base of a what-if that begins with a live state."""
    carried = network_of_state(load(example_folder()), live)
    return as_it_is(base_branch(carried.network), carried)


def fork(live: State) -> Result:
    """Time a fork of the live state."""
    hash_before = live.digest()
    taken_ms = []
    for _ in range(N_FORKS):
        begun_s = time.perf_counter()
        forked = live.fork()
        taken_ms.append((time.perf_counter() - begun_s) * 1e3)
    same = forked.digest() == hash_before
    # What is done to a fork is not seen by what it was forked from.
    forked.tables.stock["on_hand"] += 1.0
    apart = forked.digest() != hash_before == live.digest()
    taken_ms.sort()
    middle = taken_ms[N_FORKS // 2]
    return Result(
        name="fork of a live state", value=middle, unit="ms", goal="<= 1",
        spread=middle / taken_ms[0] - 1.0, checked=same and apart,
    )  # fmt: skip


def futures(live: State, *, quick: bool) -> Iterator[Result]:
    """Time futures of four weeks, with all KPIs, from the live state."""
    base = base_of(live)
    fast = futures_of(
        base, WEEKS, monotonic_s=time.monotonic, engine=ENGINES["compiled"]
    )
    # As any policy is played: an event batch a review, folded by name.
    plain = Futures(base, WEEKS, monotonic_s=time.monotonic, engine=ENGINES["compiled"])
    times = interleave({"columns": lambda: fast(SEED), "events": lambda: plain(SEED)})
    same = equal(times["columns"].answer, times["events"].answer)
    reference = Futures(base, WEEKS, monotonic_s=time.monotonic)
    for seed in range(N_CHECKED_QUICK if quick else N_CHECKED):
        same &= equal(fast(seed), reference(seed))
    ratio = times["columns"].ratio_over(times["events"])
    yield Result(
        name="a future: columns over event batches", value=ratio, unit="x",
        peer="the same engine, an event batch a review", peer_value=1.0, ratio=ratio,
        spread=max(one.spread for one in times.values()), checked=same,
    )  # fmt: skip
    n_futures = N_FUTURES_QUICK if quick else N_FUTURES
    begun_s = time.perf_counter()
    found = compare(
        [base], WEEKS, ReplicateOptions(n_max=n_futures, seed=SEED),
        monotonic_s=time.monotonic, engine=ENGINES["compiled"],
    )  # fmt: skip
    taken_s = time.perf_counter() - begun_s
    yield Result(
        name=f"{n_futures} futures of 4 weeks, all KPIs", value=taken_s, unit="s",
        goal=None if quick else "<= 10",
        checked=same and found.replications.n == n_futures,
    )  # fmt: skip


def branches(live: State, *, quick: bool) -> Result:
    """Time a branch beside its base, as `millstream whatif` plays them."""
    carried = network_of_state(load(example_folder()), live)
    base = base_branch(carried.network)
    pair = [base, branch_of(changes_of(FASTER), base)]
    n_futures = N_FUTURES_QUICK if quick else N_FUTURES
    begun_s = time.perf_counter()
    found = compare(
        [as_it_is(one, carried) for one in pair], WEEKS,
        ReplicateOptions(n_max=n_futures, seed=SEED),
        monotonic_s=time.monotonic, engine=ENGINES["compiled"],
    )  # fmt: skip
    taken_s = time.perf_counter() - begun_s
    told = {(cell.measure.key, cell.branch): cell for cell in found.cells()}
    return Result(
        name=f"a branch and its base, {n_futures} futures of 4 weeks each",
        value=taken_s, unit="s", checked=told["utilisation", "faster"].difference < 0.0,
    )  # fmt: skip


def equal(first: dict[str, float], second: dict[str, float]) -> bool:
    """Whether two futures measured the same, to the last bit."""
    return first.keys() == second.keys() and all(
        value == second[key] or (math.isnan(value) and math.isnan(second[key]))
        for key, value in first.items()
    )


BENCHMARK = Benchmark(
    name="whatif",
    description="forks and futures of a live state",
    run=run,
    parts=PARTS,
)
