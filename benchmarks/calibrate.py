"""Calibration against truth: intervals on plants that are known, and a real log.

Parts: `coverage` (2,000 runs of a simulated plant), `levy` (flow times of the Levy log:
fitted on two thirds, the last third predicted), `speed` (one fit beside SciPy's).
"""

import math
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.timing import interleave
from benchmarks.workloads.calibration import (
    Truth,
    estimates,
    holds,
    samples,
    truths,
)
from forecasting.lifetimes import LAWS, Lifetimes, fit_law
from streams.batch import EventBatch
from streams.codec import decode
from streams.log import LogReader
from streams.names import Names
from twin.calibrate import Sample
from twin.calibrate.flow import FlowTimes, flow_times, forecast_flow
from twin.cli.app import run as millstream

PARTS = ("coverage", "levy", "speed")
RUNS, RUNS_QUICK = 2_000, 25
TESTED, TESTED_QUICK = 200, 2  # runs in which the test of the law is drawn, too
RANGE = (0.935, 0.965)
# Of all intervals together; a quick run has few, and its share swings by 1.1 points.
TOGETHER, TOGETHER_QUICK = ">= 0.945", ">= 0.91"
LEVELS = (0.5, 0.9)
CHUNK = 20  # runs a worker takes at once
FIRST_TUNING = 10_000


def run(options: RunOptions) -> Iterator[Result]:
    """Take the parts asked for."""
    for part in PARTS if options.part is None else (options.part,):
        if part == "coverage":
            yield from coverage(quick=options.quick)
        elif part == "levy":
            yield from levy()
        elif part == "tune":
            seeds = range(FIRST_TUNING, FIRST_TUNING + RUNS_QUICK * 10)
            yield from reported(counted(seeds, n_tested=0), goal=False)
        else:
            yield from speed()


def coverage(*, quick: bool) -> Iterator[Result]:
    """Count how often intervals hold the truth."""
    n_runs = RUNS_QUICK if quick else RUNS
    n_tested = TESTED_QUICK if quick else TESTED
    counts = counted(range(n_runs), n_tested=n_tested, alone=quick)
    yield from reported(counts, goal=not quick)


def counted(seeds: range, *, n_tested: int, alone: bool = False) -> Counter[str]:
    """Add up the counts of all seeds, in two processes unless alone."""
    chunks = [seeds[k : k + CHUNK] for k in range(0, len(seeds), CHUNK)]
    work = partial(counts_of, last_tested=seeds.start + n_tested)
    if alone:
        return sum(map(work, chunks), Counter())
    # Polars has threads, which a fork would leave hanging.
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        return sum(pool.map(work, chunks), Counter())


def counts_of(seeds: range, *, last_tested: int) -> Counter[str]:
    """Count for some seeds: what was held, by the law given and by the one chosen."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        found = samples(seed)
        counts["runs"] += 1
        rng = np.random.default_rng(seed)
        for truth in truths():
            column = "duration_s" if truth.column == "setup_s" else truth.column
            sample = found[truth.sample, column]
            given = (truth.law,) if truth.law in LAWS else LAWS
            _count(counts, truth, sample, given)
            if truth.law in LAWS:
                drawn = rng if seed < last_tested else None
                _count_chosen(counts, truth, sample, drawn)
    return counts


def _count(
    counts: Counter[str], truth: Truth, sample: Sample, laws: tuple[str, ...]
) -> None:
    one = estimates(sample, laws).get(truth.column)
    if one is None:
        counts[f"{truth.name}: none"] += 1
        return
    counts[f"{truth.name}: n"] += one.n
    counts[f"{truth.name}: censored"] += one.n_censored
    counts[f"{truth.name}: mean"] += holds(one.interval, truth.value)
    counts["drift"] += one.drift.is_flagged
    counts["drift tests"] += one.drift.p_value < 1.0
    if truth.cv is not None:
        counts[f"{truth.name}: cv"] += holds(one.cv_interval, truth.cv)


def _count_chosen(
    counts: Counter[str], truth: Truth, sample: Sample, rng: np.random.Generator | None
) -> None:
    one = estimates(sample, LAWS, rng)[truth.column]
    counts["chosen"] += 1
    counts["chosen right"] += one.law == truth.law
    counts["chosen holds"] += holds(one.interval, truth.value)
    if rng is not None:
        counts["tested"] += 1
        counts["refused"] += one.law == "observed"


def reported(counts: Counter[str], *, goal: bool) -> Iterator[Result]:
    """Turn counts into results; a share of too few runs has no goal."""
    n = counts["runs"]
    for truth in truths():
        for of in ("mean", "cv"):
            if of == "cv" and truth.cv is None:
                continue
            share = counts[f"{truth.name}: {of}"] / n
            what = f"cv of {truth.name}" if of == "cv" else truth.name
            # Two goals are one figure: its distance from the middle of the range.
            yield Result(
                name=f"{what}: in its 95 % interval", value=share, unit="1",
                goal=f">= {RANGE[0]}" if goal else None,
                stretch=f"<= {RANGE[1]}" if goal else None, checked=True,
            )  # fmt: skip
    shares = [
        counts[f"{t.name}: {of}"] / n
        for t in truths()
        for of in ("mean", "cv")
        if of == "mean" or t.cv is not None
    ]
    yield Result(
        name="largest share of all", value=max(shares), unit="1",
        goal=f"<= {RANGE[1]}" if goal else None, checked=True,
    )  # fmt: skip
    together = TOGETHER if goal else TOGETHER_QUICK
    yield Result(
        name="all intervals together", value=sum(shares) / len(shares), unit="1",
        goal=together, checked=True,
    )  # fmt: skip
    yield Result(name="runs", value=n, unit="1", checked=True)
    for truth in truths():
        mean_n = counts[f"{truth.name}: n"] / n
        yield Result(name=f"{truth.name}: seen a run", value=mean_n, unit="1")
        censored = counts[f"{truth.name}: censored"] / n
        if censored:
            yield Result(name=f"{truth.name}: not over", value=censored, unit="1")
    yield from _reported_choice(counts)


def _reported_choice(counts: Counter[str]) -> Iterator[Result]:
    chosen = counts["chosen"]
    for name, value, of in (
        ("true family has the least BIC", counts["chosen right"], chosen),
        ("mean in the interval of the family chosen", counts["chosen holds"], chosen),
        ("true laws refused by the test at 1 %", counts["refused"], counts["tested"]),
        ("steady parameters flagged at 1 %", counts["drift"], counts["drift tests"]),
    ):
        share = value / of if of else math.nan
        yield Result(name=name, value=share, unit="1", checked=True)


def levy() -> Iterator[Result]:
    """Predict the flow times of the last third of the Levy log."""
    table = public_table("production_levy_events.csv")
    if table is None:
        print("levy: no public data; MILLSTREAM_DATA names its folder")
        return
    batches = imported(table)
    whole = flow_times(batches)
    cut_us = whole.start_us + (whole.until_us - whole.start_us) * 2 // 3
    known = flow_times(batches, until_us=cut_us)
    horizon_s = (whole.until_us - cut_us) / 1e6
    told = forecast_flow(known, horizon_s, np.random.default_rng(0))
    before, after = closed_before_and_after(whole, cut_us)
    yield Result(name="orders closed before the cut", value=len(before), unit="1")
    yield Result(name="orders open at the cut", unit="1",
                 value=known.lifetimes.n_censored)  # fmt: skip
    yield Result(name="orders closed after the cut", value=len(after), unit="1")
    print(f"levy: law of flow times {told.choice.law}, p {told.choice.p_value:.3f}")
    for level in LEVELS:
        came = float(np.quantile(after, level))
        ours, naive = told.quantile(level), float(np.quantile(before, level))
        errors = [abs(value - came) / came for value in (ours, naive)]
        name = f"flow time of the last third, P{100 * level:.0f}"
        yield Result(name=f"{name}, that came", value=came / 86_400, unit="d",
                     checked=True)  # fmt: skip
        yield Result(
            name=f"{name}, error of the prediction", value=errors[0], unit="1",
            peer="quantile of the first two thirds", peer_value=errors[1], checked=True,
        )  # fmt: skip
        yield Result(name=f"{name}, predicted", value=ours / 86_400, unit="d",
                     peer="quantile of the first two thirds",
                     peer_value=naive / 86_400)  # fmt: skip


def closed_before_and_after(
    whole: FlowTimes, cut_us: int
) -> tuple[np.ndarray, np.ndarray]:
    """Flow times in seconds of orders closed until the cut, and after it."""
    lives = whole.lifetimes
    ends = whole.begin_us / 1e6 + lives.duration
    over = lives.is_observed
    early = ends <= cut_us / 1e6
    return lives.duration[over & early], lives.duration[over & ~early]


def public_table(name: str) -> Path | None:
    """Return a table of the public data, None where there is none."""
    named = os.environ.get("MILLSTREAM_DATA")
    root = Path(__file__).parents[1].parent / "shared" / "data"
    path = (Path(named) if named else root) / "real" / name
    return path if path.exists() else None


def imported(table: Path) -> list[EventBatch]:
    """Import the table by its shipped map, and read the log back."""
    with tempfile.TemporaryDirectory(prefix="levy-") as folder:
        log = Path(folder) / "log"
        asked = ["import", str(table), "--map", "levy", "--log", str(log), "--quiet"]
        assert millstream(asked) == 0
        names, batches = Names(), []
        with LogReader(log) as reader:
            while (records := reader.poll(0, 65_536)) is not None:
                batches.append(decode(records, names).events)
    return batches


def speed() -> Iterator[Result]:
    """Time the fit of all laws to a censored sample, beside SciPy's."""
    import scipy  # noqa: PLC0415  # the peer
    from scipy import stats  # noqa: PLC0415

    rng = np.random.default_rng(0)
    drawn, limit = rng.gamma(3.0, 2.0, 120), rng.exponential(30.0, 120)
    sample = Lifetimes.of(np.minimum(drawn, limit), drawn <= limit)
    data = stats.CensoredData.right_censored(sample.duration, ~sample.is_observed)
    theirs_by_law = {"exponential": stats.expon, "lognormal": stats.lognorm,
                     "gamma": stats.gamma, "weibull": stats.weibull_min}  # fmt: skip

    def ours() -> list[float]:
        return [fit_law(sample, law).mean for law in LAWS]

    def theirs() -> list[float]:
        return [law(*law.fit(data, floc=0)).mean() for law in theirs_by_law.values()]

    times = interleave({"ours": ours, "theirs": theirs}, repeats=5)
    mine, peer = times["ours"], times["theirs"]
    yield Result(
        name="four laws fitted to 120 durations, some censored", unit="us",
        value=mine.least_s * 1e6, peer=f"scipy {scipy.__version__}",
        peer_value=peer.least_s * 1e6, ratio=mine.ratio_over(peer), spread=mine.spread,
        checked=bool(np.allclose(mine.answer, peer.answer, rtol=1e-3)),
    )  # fmt: skip


BENCHMARK = Benchmark(
    name="calibrate",
    description="Laws estimated from events, against plants whose laws are known.",
    run=run,
    parts=(*PARTS, "tune"),
)
