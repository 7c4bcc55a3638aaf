"""The closed loop on network C: the engine against baselines, seed by seed.

Parts: `year` (20 seeds of 52 weeks, the headline table), `networks` (20 drawn networks,
5 seeds of 13 weeks), `levers` (5 seeds of 52 weeks, each lever of the engine off), and,
only when asked for, `tune` (searches for parameters of the engine, on seeds from 10000
up, and of two baselines, on those that are reported). Frozen parameters are not the end
of such a search: `workloads.closing.frozen` says what was done for each. A figure is
checked if, in every episode behind it, total cost comes to what the loop booked.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.closing.baselines import Baseline, StaticLevels
from benchmarks.workloads.closing.comparison import (
    REFERENCES,
    Paired,
    Reference,
    paired,
)
from benchmarks.workloads.closing.drawn import N_NETWORKS
from benchmarks.workloads.closing.engine import LEVERS, engine_policy
from benchmarks.workloads.closing.episodes import Episode, Played, episode_of, play
from benchmarks.workloads.closing.frozen import BASELINES, ENGINE
from benchmarks.workloads.closing.network import frozen_network
from benchmarks.workloads.closing.seeds import (
    CLAIRVOYANT,
    OURS,
    Job,
    Outcome,
    outcomes,
)

N_SEEDS = 20
FEW_SEEDS = 5
QUICK_DAYS = 5
CYCLE_S = 0.5
"""Most that a decision may take in the mean, with all that the engine does for it."""

BOOKS_SHARE = 0.002
"""Of the value that is asked for, by which the books of the loop may differ, beside
what counting lateness at the ends of days makes."""

Kept = Played | Outcome

PARTS = ("year", "networks", "levers")


def run(options: RunOptions) -> Iterator[Result]:
    """Play the parts asked for."""
    if options.quick:
        yield from quick()
        return
    steps: dict[str, Callable[[], Iterable[Result]]] = {
        "year": year,
        "networks": networks,
        "levers": levers,
        "tune": tune,
    }
    for part in ("year",) if options.part is None else (options.part,):
        yield from steps[part]()


def year() -> Iterator[Result]:
    """Report the headline table."""
    policies = (OURS, *(one.name for one in BASELINES))
    found = list(
        outcomes(
            [
                Job(seed, (*policies, CLAIRVOYANT) if seed < FEW_SEEDS else policies)
                for seed in range(N_SEEDS)
            ]
        )
    )
    ours = [one[OURS] for one in found]
    yield from _cycles(ours, "year")
    for baseline in BASELINES:
        yield from table(ours, [one[baseline.name] for one in found], baseline.name)
    few = ours[:FEW_SEEDS]
    best = [one[CLAIRVOYANT] for one in found[:FEW_SEEDS]]
    costs = _paired(few, best, "total_cost")
    yield Result(
        name=f"total cost over that of one told plant and demand, {FEW_SEEDS} seeds",
        value=costs.ours / costs.theirs, unit="1", checked=is_accounted(few, best),
    )  # fmt: skip


def networks() -> Iterator[Result]:
    """Report total cost on drawn networks, and in how many the engine is better."""
    names = tuple(one.name for one in BASELINES)
    found = list(
        outcomes(
            [
                Job(seed, (OURS, *names), number=number)
                for number in range(N_NETWORKS)
                for seed in range(FEW_SEEDS)
            ]
        )
    )
    for name in names:
        costs, checked = [], True
        for number in range(N_NETWORKS):
            own = found[number * FEW_SEEDS : (number + 1) * FEW_SEEDS]
            ours, theirs = [one[OURS] for one in own], [one[name] for one in own]
            costs.append(_paired(ours, theirs, "total_cost"))
            checked &= is_accounted(ours, theirs)
        yield Result(
            name=f"{N_NETWORKS} networks: mean change of total cost over {name}",
            value=float(np.mean([one.change for one in costs])), unit="1", goal="< 0",
            checked=checked,
        )  # fmt: skip
        yield Result(
            name=f"{N_NETWORKS} networks: share in which it is less than of {name}",
            value=float(np.mean([one.difference < 0.0 for one in costs])), unit="1",
            checked=checked,
        )  # fmt: skip


def levers() -> Iterator[Result]:
    """Report what each lever of the engine brings: the change when it is off."""
    jobs = [Job(seed, (OURS, *LEVERS)) for seed in range(FEW_SEEDS)]
    found = list(outcomes(jobs))
    ours = [one[OURS] for one in found]
    for lever in LEVERS:
        off = [one[lever] for one in found]
        checked = is_accounted(ours, off)
        for row in REFERENCES:
            change = _paired(off, ours, row.measure)
            yield Result(
                name=f"without {lever}: change of {row.label}",
                value=change.change, unit="1", checked=checked,
            )  # fmt: skip
            yield Result(
                name=f"without {lever}: half width of the 95 % interval, {row.label}",
                value=_half_width(change), unit="1", checked=checked,
            )  # fmt: skip


def tune() -> Iterator[Result]:
    """Search for the frozen parameters again."""
    from benchmarks.workloads.closing.search import searches  # noqa: PLC0415 - long

    for name, values, cost, n_years in searches(frozen_network(), ENGINE):
        texts = ", ".join(f"{value:.3g}" for value in values)
        yield Result(
            name=f"{name}: cost at ({texts}), {n_years} simulated years",
            value=cost, unit="EUR", checked=True,
        )  # fmt: skip


def quick() -> Iterator[Result]:
    """Play some days of one seed: that all of it runs, and repeats to the bit."""
    known = frozen_network()
    episode = episode_of(known, 0, n_days=QUICK_DAYS)
    first, again = (_baseline(episode, BASELINES[0]) for _ in range(2))
    same = first.result.state_hash == again.result.state_hash
    yield Result(
        name=f"events of {QUICK_DAYS} days, {BASELINES[0].name}",
        value=first.result.n_events, unit="1", checked=same, exact=True,
    )  # fmt: skip
    engine = replace(ENGINE, candidates=ENGINE.candidates[:1], safety=())
    mine = play(episode, engine_policy(episode, engine, believed=known), engine.shop)
    costs = [one.measures["total_cost"] for one in (first, mine)]
    yield Result(
        name=f"total cost of {QUICK_DAYS} days, {BASELINES[0].name} over engine",
        value=costs[0] / costs[1], unit="1", ratio=costs[0] / costs[1],
        checked=is_accounted([first], [mine]),
    )  # fmt: skip


def is_accounted(ours: Sequence[Kept], theirs: Sequence[Kept] = ()) -> bool:
    """Tell whether total cost comes to what the loop booked, in every episode."""
    return all(one.off_books <= BOOKS_SHARE for one in chain(ours, theirs))


def _baseline(episode: Episode, baseline: Baseline) -> Played:
    policy = StaticLevels(episode.known).policy(baseline.levels)
    return play(episode, policy, baseline.shop)


def _cycles(played: Sequence[Kept], part: str) -> Iterator[Result]:
    seconds = list(chain.from_iterable(one.cycle_s for one in played))
    is_judged = len(ENGINE.judging.candidates) > 1
    what = "judging included" if is_judged else "one candidate, none judged"
    checked = is_accounted(played)
    yield Result(
        name=f"{part}: mean of {len(seconds)} decisions, {what}",
        value=float(np.mean(seconds)), unit="s", goal=f"<= {CYCLE_S}", checked=checked,
    )  # fmt: skip
    yield Result(
        name=f"{part}: 99 % of decisions within", unit="s",
        value=float(np.quantile(seconds, 0.99)), checked=checked,
    )  # fmt: skip


def table(ours: Sequence[Kept], theirs: Sequence[Kept], name: str) -> Iterator[Result]:
    """Report all measures of the engine beside those of a baseline."""
    checked = is_accounted(ours, theirs)
    for row in REFERENCES:
        found = _paired(ours, theirs, row.measure)
        yield from _row(row, found, name, checked=checked)


def _paired(ours: Sequence[Kept], theirs: Sequence[Kept], measure: str) -> Paired:
    mine = [one.measures for one in ours]
    return paired(mine, [one.measures for one in theirs], measure)


def _half_width(found: Paired) -> float:
    return (found.high - found.low) / 2.0 / abs(found.theirs)


def _row(
    row: Reference, found: Paired, name: str, *, checked: bool
) -> Iterator[Result]:
    half = _half_width(found)
    yield Result(
        name=f"{row.label}, engine beside {name}", value=found.ours, unit=row.unit,
        peer=name, peer_value=found.theirs, checked=checked,
    )  # fmt: skip
    yield Result(
        name=f"{row.label}, change over {name}", value=found.change, unit="1",
        stretch=_stretch(row), checked=checked,
    )  # fmt: skip
    yield Result(
        name=f"{row.label}, half width of the 95 % interval over {name}",
        value=half, unit="1", checked=checked,
    )  # fmt: skip
    if row.measure == "total_cost":
        yield Result(
            name=f"total cost, upper end of the interval of change over {name}",
            value=found.change + half, unit="1", goal="< 0", checked=checked,
        )  # fmt: skip


def _stretch(row: Reference) -> str | None:
    if row.change is None:
        return None
    return f"{'<=' if row.change < 0 else '>='} {row.change:.3f}"


BENCHMARK = Benchmark(
    name="loop",
    description="The closed loop on network C against fixed levels, paired seeds.",
    run=run,
    parts=(*PARTS, "tune"),
)
