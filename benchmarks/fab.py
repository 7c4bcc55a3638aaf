"""SMT2020, a semiconductor fab: 60 days of 1,443 tools, beside a published simulator.

The peer is the simulator of PySCFabSim at commit 77103ed, whose figures of one run with
seed 0 are quoted (some 100 s of CPU); what is modelled otherwise here stands in
`benchmarks/workloads/smt2020.py`.
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


BENCHMARK = Benchmark(
    name="fab",
    description="60 days of the SMT2020 fab beside PySCFabSim",
    run=run,
    parts=PARTS,
)
