"""The long runs of the stream path: simulated worlds, and workers killed by seed.

Parts: `simulation` (2,000 seeds, each twice), `log` and `kafka` (200 seeds of SIGKILL
each). Nothing is timed: what counts is that every seed ends as it must. A seed that
does not is named, with how to take it again.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.broker import apache_kafka
from benchmarks.workloads.simulation.check import simulate

PARTS = ("simulation", "log", "kafka")
SEEDS, SEEDS_QUICK = 2_000, 20
KILLS, KILLS_QUICK = 200, 3
SIMULATION = "python -m benchmarks.workloads.simulation"
KILLING = "python -m benchmarks.workloads.killing"


def run(options: RunOptions) -> Iterator[Result]:
    """Take all seeds of the parts asked for."""
    n_kills = KILLS_QUICK if options.quick else KILLS
    for part in PARTS if options.part is None else (options.part,):
        if part == "simulation":
            yield from simulated(SEEDS_QUICK if options.quick else SEEDS)
        elif part == "log":
            yield from killed(n_kills, "a log", None)
        else:
            with apache_kafka() as address:
                yield from killed(n_kills, "Kafka", address)


def simulated(n_seeds: int) -> Iterator[Result]:
    """Run simulated worlds, each twice."""
    happened: Counter[str] = Counter()
    n_right = n_same = n_reported = 0
    for seed in range(n_seeds):
        outcome, again = simulate(seed), simulate(seed)
        happened += outcome.happened
        n_right += not outcome.problems
        n_same += outcome.trace == again.trace
        n_reported += outcome.reported is not None
        if outcome.problems or outcome.trace != again.trace:
            told = "; ".join(outcome.problems) or "it took two ways"
            print(f"seed {seed}: {told}; {SIMULATION} {seed} {seed + 1}", flush=True)
    for name, value in (
        ("simulated seeds without a fault", n_right),
        ("simulated seeds that ran the same way twice", n_same),
    ):
        yield Result(
            name=name, value=value, unit="1", goal=f">= {n_seeds}", checked=True
        )
    yield Result(
        name="simulated seeds that reported a loss", value=n_reported, unit="1"
    )
    for name in sorted(happened):
        yield Result(name=f"simulated: {name}", value=happened[name], unit="1")


def killed(n_seeds: int, where: str, address: str | None) -> Iterator[Result]:
    """Kill workers."""
    with tempfile.TemporaryDirectory(prefix="killed-") as folder:
        command = [sys.executable, *KILLING.split()[1:], f"{folder}/runs", "0"]
        done = subprocess.run(
            [*command, str(n_seeds), *([] if address is None else [address])],
            cwd=Path(__file__).parents[1],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    for one in runs:
        if one["differences"]:
            print(f"seed {one['seed']}: {'; '.join(one['differences'])}", flush=True)
    n_right = sum(not one["differences"] for one in runs)
    yield Result(
        name=f"seeds of SIGKILL with {where} that ended as one left alone",
        value=n_right, unit="1", goal=f">= {n_seeds}", checked=done.returncode == 0,
    )  # fmt: skip
    for name, title in (
        ("killed_inside", "killed inside a call to the disk"),
        ("in_checkpoint", "of these inside a checkpoint"),
        ("killed_outside", "killed at a moment in time"),
        ("skipped", "outputs that were there already and were not told again"),
        ("told_twice", "outputs that stand there twice under one id"),
    ):
        value = sum(one[name] for one in runs)
        yield Result(name=f"with {where}: {title}", value=value, unit="1")


BENCHMARK = Benchmark(
    name="soak",
    description="Simulated worlds and killed workers, by the thousand.",
    run=run,
    parts=PARTS,
    soak=True,
)
