"""SMT2020, a semiconductor fab: 60 days of 1,443 tools, beside a published simulator.

The peer is the simulator of PySCFabSim at commit 77103ed, whose figures of one run with
seed 0 are quoted (some 100 s of CPU); what is modelled otherwise here stands in
`benchmarks/workloads/smt2020.py`.

Parts: `fifo` and `critical_ratio` beside the published figures; `tardiness`, due dates
of operations against the critical ratio; `tune`, how their flow factor was chosen (only
when asked for).
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads import smt2020
from benchmarks.workloads.lots import Lots, finished_lots
from twin.model.network import Network
from twin.simulate.replicate.intervals import mean_interval

PEER = "PySCFabSim 77103ed, seed 0"
PEER_CPU_S = 100.0
DAYS = 60
N_RUNS = 8  # seeds 0 to 7
LOTS_WITHIN = 0.02  # of those published: one run, and the mean of several
DAY_S = 86_400.0
# Rule, lots out, mean cycle times of products 3 and 4 in days, and shares on time.
PUBLISHED = {
    "fifo": (3_532, (49.0, 27.6), (0.96, 0.97)),
    "critical_ratio": (3_380, (53.0, 29.4), (0.99, 1.00)),
}
PARTS = ("fifo", "critical_ratio")
FLOW_FACTOR = 1.6
"""Of the rule `slack`, chosen by the part `tune`."""
FACTORS = (1.0, 1.2, 1.4, 1.5, 1.6, 1.7, 1.8, 2.0)
SEEDS = tuple(range(5))
TUNING_SEEDS = tuple(range(10_000, 10_008))
LONG_DAYS = 180  # by then it shows what a rule left behind in the fab
LATE_SHARE = 0.8  # of the tardiness under the critical ratio, at most
# What the files hold, counted by hand.
COUNTS = {"families": 106, "tools": 1_443, "lots under way": 2_255, "maintenances": 292,
          "steps of product 3": 583, "steps of product 4": 343}  # fmt: skip


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for."""
    fab = smt2020.read_fab(Path(os.environ.get("MILLSTREAM_DATA", "../shared/data")))
    found = counts(fab)
    yield Result(
        name="rows of the files that are there", unit="1", exact=True,
        value=sum(found.values()), checked=found == COUNTS,
    )  # fmt: skip
    # Kernels are compiled before the time is taken.
    finished_lots(smt2020.network(fab, rule=PARTS[0]), seed=0, length_s=DAY_S)
    if options.part in (None, *PARTS):
        yield from published(fab, options)
    if options.part in (None, "tardiness"):
        yield from tardiness(fab, SEEDS[:1] if options.quick else SEEDS)
    if options.part == "tune":
        yield from tune(fab)


def published(fab: smt2020.Fab, options: RunOptions) -> Iterator[Result]:
    """Put both rules beside the published runs."""
    for rule in PARTS if options.part is None else (options.part,):
        start_s = time.process_time()
        network = smt2020.network(fab, rule=rule)
        lots = finished_lots(network, seed=0, length_s=DAYS * DAY_S)
        cpu_s = time.process_time() - start_s
        yield from compared(fab, network, lots, rule=rule)
        if not options.quick:
            yield mean_of_runs(network, len(lots.item), rule=rule)
        yield Result(
            name=f"{rule}, CPU of {DAYS} days, building included",
            value=cpu_s, unit="s", peer=PEER, peer_value=PEER_CPU_S,
            goal="<= 10", checked=True,
        )  # fmt: skip


def counts(fab: smt2020.Fab) -> dict[str, int]:
    """Count rows of the files."""
    return {
        "families": len(fab.tools),
        "tools": sum(int(float(tool["STNQTY"])) for tool in fab.tools),
        "lots under way": len(fab.lots),
        "maintenances": len(fab.maintenances),
        "steps of product 3": len(fab.routes["part_3"]),
        "steps of product 4": len(fab.routes["part_4"]),
    }


def compared(
    fab: smt2020.Fab, network: Network, lots: Lots, *, rule: str
) -> Iterator[Result]:
    """Put lots out, cycle times and shares on time beside the published ones."""
    n_out, cycles_d, on_time = PUBLISHED[rule]
    yield Result(
        name=f"{rule}, lots out in {DAYS} days", value=len(lots.item), unit="1",
        peer=PEER, peer_value=n_out, exact=True,
        checked=abs(len(lots.item) / n_out - 1) <= LOTS_WITHIN,
    )  # fmt: skip
    allowance_s = {row["LOT"]: smt2020.allowance_s(row) for row in fab.orders}
    for part, cycle_d, share in zip(("3", "4"), cycles_d, on_time, strict=True):
        item = network.item_index[f"part_{part}"]
        # Hot lots have their own statistics there.
        of = (lots.item == item) & (lots.allowance_s == allowance_s[f"Lot_{part}"])
        days = (lots.closed_s[of] - lots.due_s[of] + lots.allowance_s[of]) / DAY_S
        yield Result(
            name=f"{rule}, mean cycle time of product {part}", unit="d",
            value=float(days.mean()), peer=PEER, peer_value=cycle_d,
            checked=abs(days.mean() / cycle_d - 1) <= 0.05,
        )  # fmt: skip
        yield Result(
            name=f"{rule}, share of product {part} on time", unit="1",
            value=float((lots.closed_s[of] <= lots.due_s[of]).mean()), peer=PEER,
            peer_value=share, checked=True,
        )  # fmt: skip


def mean_of_runs(network: Network, n_first: int, *, rule: str) -> Result:
    """Put the mean of lots out over several seeds beside the published run.

    That of seed 0, `n_first`, is known.
    """
    n_out = PUBLISHED[rule][0]
    found = [n_first]
    found += [
        len(finished_lots(network, seed=seed, length_s=DAYS * DAY_S).item)
        for seed in range(1, N_RUNS)
    ]
    mean = float(np.mean(found))
    return Result(
        name=f"{rule}, mean lots out of {N_RUNS} runs", value=mean, unit="1",
        peer=f"{PEER}; standard deviation of ours {np.std(found, ddof=1):.0f}",
        peer_value=n_out, checked=abs(mean / n_out - 1) <= LOTS_WITHIN,
    )  # fmt: skip


def tardiness(fab: smt2020.Fab, seeds: tuple[int, ...]) -> Iterator[Result]:
    """Compare due dates of operations with the critical ratio, seed by seed."""
    networks = [
        smt2020.network(fab, rule="slack", flow_factor=FLOW_FACTOR),
        smt2020.network(fab, rule="critical_ratio"),
    ]
    ours, theirs = ([played(one, seed) for seed in seeds] for one in networks)
    for seed, mine, peer in zip(seeds, ours, theirs, strict=True):
        yield Result(
            name=f"slack, tardiness of lots out, seed {seed}", unit="s",
            value=mine.tardiness_s(), peer="critical_ratio, same seed",
            peer_value=peer.tardiness_s(), checked=True,
        )  # fmt: skip
        yield Result(
            name=f"slack, lots out, seed {seed}", value=len(mine.item), unit="1",
            peer="critical_ratio, same seed", peer_value=len(peer.item), exact=True,
            checked=True,
        )  # fmt: skip
    yield from shares(f"{DAYS} days", ours, theirs, decides=True)
    for part in fab.routes:
        item = networks[0].item_index[part]
        late_s = [sum(one.tardiness_s(item) for one in runs) for runs in (ours, theirs)]
        yield Result(
            name=f"slack, {DAYS} days, tardiness of {part} over that under critical "
            "ratio", value=late_s[0] / late_s[1], unit="1", checked=True,
        )  # fmt: skip
    if len(seeds) == 1:
        return
    excess = mean_interval(
        [
            mine.tardiness_s() + mine.overdue_s
            - LATE_SHARE * (peer.tardiness_s() + peer.overdue_s)
            for mine, peer in zip(ours, theirs, strict=True)
        ]
    )  # fmt: skip
    yield Result(
        name=f"slack, tardiness less {LATE_SHARE} of that under critical ratio, upper "
        "end of the paired 95 % interval", value=excess.mean + excess.half_width,
        unit="s", goal="< 0", checked=True,
    )  # fmt: skip
    long = ([played(one, seeds[0], days=LONG_DAYS)] for one in networks)
    yield from shares(f"{LONG_DAYS} days", *long, decides=False)


def played(network: Network, seed: int, *, days: int = DAYS) -> Lots:
    """Simulate the fab for some days."""
    return finished_lots(network, seed=seed, length_s=days * DAY_S)


def shares(
    what: str, ours: list[Lots], theirs: list[Lots], *, decides: bool
) -> Iterator[Result]:
    """Relate tardiness and lots out of all runs to those under the critical ratio."""
    late_s = [sum(one.tardiness_s() for one in runs) for runs in (ours, theirs)]
    overdue_s = [sum(one.overdue_s for one in runs) for runs in (ours, theirs)]
    n_out = [sum(len(one.item) for one in runs) for runs in (ours, theirs)]
    yield Result(
        name=f"slack, {what}, tardiness over that under critical ratio", unit="1",
        value=late_s[0] / late_s[1], goal=f"<= {LATE_SHARE}" if decides else None,
        ratio=late_s[1] / late_s[0] if decides else None, checked=True,
    )  # fmt: skip
    yield Result(
        name=f"slack, {what}, tardiness over that under critical ratio, with lots that "
        "are overdue at the end", unit="1", checked=True,
        value=(late_s[0] + overdue_s[0]) / (late_s[1] + overdue_s[1]),
        goal=f"<= {LATE_SHARE}" if decides else None,
    )  # fmt: skip
    yield Result(
        name=f"slack, {what}, lots out over those under critical ratio", unit="1",
        value=n_out[0] / n_out[1], goal=">= 1" if decides else None, checked=True,
    )  # fmt: skip


def tune(fab: smt2020.Fab) -> Iterator[Result]:
    """Show tardiness and lots out by flow factor on the tuning seeds."""
    for factor in FACTORS:
        network = smt2020.network(fab, rule="slack", flow_factor=factor)
        runs = [played(network, seed) for seed in TUNING_SEEDS]
        late_s = [one.tardiness_s() + one.overdue_s for one in runs]
        yield Result(
            name=f"tuning, slack, flow factor {factor}, mean tardiness", unit="s",
            value=float(np.mean(late_s)), checked=True,
        )  # fmt: skip
        yield Result(
            name=f"tuning, slack, flow factor {factor}, mean lots out", unit="1",
            value=float(np.mean([len(one.item) for one in runs])), checked=True,
        )  # fmt: skip


BENCHMARK = Benchmark(
    name="fab",
    description="60 days of the SMT2020 fab beside PySCFabSim",
    run=run,
    parts=(*PARTS, "tardiness", "tune"),
)
