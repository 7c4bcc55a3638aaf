"""The loop on the 22 chain scenarios of gym-invmgmt, against bounds nobody here set.

Parts: `bound` (all demand known), `parity` (profits against the published environment),
`mean`, `family` and `history` (re-planning each period, by what is known of demand),
`service` (fill rate and bullwhip of the plans of `mean`), `static` (the best fixed
base-stock levels that hindsight finds), `tune` (how the frozen quantiles were chosen;
only when asked for).
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import fmean, median

import numpy as np

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.timing import interleave
from benchmarks.workloads.chain import (
    N_PERIODS,
    Scenario,
    certain_demand,
    load_scenarios,
)
from benchmarks.workloads.parity import (
    PEER,
    largest_difference,
    published_environment,
    their_profit,
    their_service,
)
from benchmarks.workloads.play import Player
from benchmarks.workloads.static_levels import best_levels, played
from twin.loop import LoopResult

PARTS = ("bound", "parity", "mean", "family", "history", "service", "static", "speed")
FRESH_SEEDS = tuple(range(10))
TUNING_SEEDS = tuple(range(10_000, 10_012))
Play = Callable[[Scenario, int], LoopResult]

LABELS = {
    "mean": "mean known",
    "family": "family known",
    "history": "history and first level known",
}
"""What a policy knows of demand; published blind agents know the first level, too."""

BEST_PUBLISHED = {
    "mean": "MSSP-I 0.949",
    "family": "blind MSSP 0.657",
    "history": "blind MSSP 0.657",
}
"""Mean share of Oracle of the best published agent (computed from their table)."""


def data_folder() -> Path:
    """Return the folder of public data."""
    return Path(os.environ.get("MILLSTREAM_DATA", "../shared/data"))


def run(options: RunOptions) -> Iterator[Result]:
    """Play the parts asked for."""
    scenarios, seeds = load_scenarios(data_folder())
    if options.quick:
        seeds = seeds[:1]
    player = Player()
    # The first episode of each topology compiles kernels and builds models.
    for scenario in scenarios[:1] + scenarios[8:9]:
        player.mean(scenario, 99_999)
    steps: dict[str, Callable[[], Iterable[Result]]] = {
        "bound": lambda: bound(player, scenarios, seeds, quick=options.quick),
        "parity": lambda: parity(scenarios, quick=options.quick),
        "mean": lambda: known_mean(player, scenarios, seeds, quick=options.quick),
        "family": lambda: graded("family", player, scenarios, seeds),
        "history": lambda: graded("history", player, scenarios, seeds),
        "service": lambda: service(player, scenarios, seeds),
        "static": lambda: static(player, scenarios, seeds, quick=options.quick),
        "speed": lambda: speed(player, scenarios[0]),
        "tune": lambda: tune(player, scenarios),
    }
    for part in PARTS if options.part is None else (options.part,):
        yield from steps[part]()


def bound(
    player: Player,
    scenarios: tuple[Scenario, ...],
    seeds: tuple[int, ...],
    *,
    quick: bool,
) -> Iterator[Result]:
    """Compare profits with all demand known to the published ones."""
    worst = 0.0
    for scenario in scenarios:
        if scenario.goodwill:
            continue
        profits, kept = [], []
        for seed in seeds:
            result = player.clairvoyant(scenario, seed)
            profits.append(result.profit)
            # Who knows everything gets what the first plan promised, to the cent.
            kept.append(abs(result.profit - player.promised) <= 1e-6)
            kept.append(np.array_equal(result.demand, certain_demand(scenario, seed)))
        checked = all(kept)
        value = fmean(profits)
        # One seed alone, as in a quick run, has no published value.
        error = 0.0 if quick else abs(value / scenario.oracle - 1.0)
        worst = max(worst, error)
        yield Result(
            name=f"clairvoyant profit, {scenario.id}", value=value, unit="money",
            checked=checked and error <= 1e-5,
        )  # fmt: skip
    if not quick:
        yield Result(
            name="clairvoyant profit, largest relative error of 14", value=worst,
            unit="1", goal="<= 1e-5", checked=True,
        )  # fmt: skip


def parity(scenarios: tuple[Scenario, ...], *, quick: bool) -> Iterator[Result]:
    """Play the same random actions here and in the published environment."""
    n_episodes = len(scenarios) if quick else 500
    difference = largest_difference(scenarios, n_episodes)
    yield Result(
        name=f"profit, largest difference over {n_episodes} random episodes",
        value=difference, unit="money", goal="<= 1e-9", peer=PEER, checked=True,
    )  # fmt: skip


def known_mean(
    player: Player,
    scenarios: tuple[Scenario, ...],
    seeds: tuple[int, ...],
    *,
    quick: bool,
) -> Iterator[Result]:
    """Re-plan each period knowing the mean of demand; time the whole grid."""
    affinity = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(affinity)})
    try:
        start = time.perf_counter()
        yield from graded("mean", player, scenarios, seeds)
        seconds = time.perf_counter() - start
    finally:
        os.sched_setaffinity(0, affinity)
    n_cycles = len(scenarios) * len(seeds) * N_PERIODS
    yield Result(
        name=f"mean known, {n_cycles} cycles on one core", value=seconds, unit="s",
        goal=None if quick else "<= 17", stretch=None if quick else "<= 8",
        checked=True,
    )  # fmt: skip
    if quick:
        return
    shares = []
    for scenario in scenarios:
        if not scenario.goodwill:
            ours = fmean(player.mean(scenario, s).profit for s in FRESH_SEEDS)
            best = fmean(player.clairvoyant(scenario, s).profit for s in FRESH_SEEDS)
            shares.append(ours / best)
    yield Result(
        name="mean known, seeds 0..9, mean share of the bound over 14 scenarios",
        value=fmean(shares), unit="1", goal=">= 0.97", checked=True,
    )  # fmt: skip


GOALS: dict[str, tuple[str | None, str | None]] = {
    "mean": (">= 0.975", ">= 0.94"),
    "family": (">= 0.90", None),
    "history": (">= 0.68", ">= 0.30"),
}
"""Of the mean over scenarios, and of the worst."""
QUICK_GOALS = {"mean": ">= 0.95", "family": ">= 0.85", "history": ">= 0.70"}
STRETCHES = {"mean": None, "family": ">= 0.92", "history": ">= 0.72"}


def graded(
    known: str,
    player: Player,
    scenarios: tuple[Scenario, ...],
    seeds: tuple[int, ...],
) -> Iterator[Result]:
    """Profit of each scenario as a share of the published Oracle, then mean and worst.

    The goals are for the ten canonical seeds; a quick run of one seed, which has no
    published value of its own, only has to come near.
    """
    whole = len(seeds) > 1
    play: Play = getattr(player, known)
    environments = {s.id: published_environment(s) for s in scenarios}
    shares = []
    for scenario in scenarios:
        profits = [play(scenario, seed).profit for seed in seeds]
        share = fmean(profits) / scenario.oracle
        shares.append(share)
        # The orders of the last episode earn the same in the published environment.
        theirs = their_profit(environments[scenario.id], player.actions, seeds[-1])
        yield Result(
            name=f"{LABELS[known]}, {scenario.id}", value=share, unit="1",
            checked=abs(profits[-1] - theirs) <= 1e-6,
        )  # fmt: skip
    mean_goal, worst_goal = GOALS[known]
    yield Result(
        name=f"{LABELS[known]}, mean share of Oracle over {len(scenarios)} scenarios "
        f"(best published: {BEST_PUBLISHED[known]})",
        value=fmean(shares), unit="1",
        goal=mean_goal if whole else QUICK_GOALS[known],
        stretch=STRETCHES[known] if whole else None, checked=True,
    )  # fmt: skip
    yield Result(
        name=f"{LABELS[known]}, worst scenario", value=min(shares), unit="1",
        goal=worst_goal if whole else None, checked=True,
    )  # fmt: skip


def service(
    player: Player, scenarios: tuple[Scenario, ...], seeds: tuple[int, ...]
) -> Iterator[Result]:
    """Measure fill rate and bullwhip of the plans as the published table does."""
    fills, ratios = [], []
    for scenario in scenarios:
        environment = published_environment(scenario)
        measured = []
        for seed in seeds:
            profit = player.mean(scenario, seed).profit
            told = their_service(environment, player.actions, seed)
            assert abs(told.profit - profit) <= 1e-6, f"{scenario.id}, seed {seed}"
            measured.append(told)
        fills.append(fmean(one.fill_rate for one in measured))
        ratios.append(fmean(one.bullwhip for one in measured))
    oracle = {
        name: [scenario.published[f"oracle_{name}"] for scenario in scenarios]
        for name in ("fill", "bullwhip")
    }
    whole = len(seeds) > 1
    yield Result(
        name=f"mean known, fill rate, mean of {len(scenarios)} scenarios", unit="1",
        value=fmean(fills), goal=">= 0.94" if whole else None, checked=True,
        peer="published Oracle", peer_value=fmean(oracle["fill"]),
    )  # fmt: skip
    yield Result(
        name="mean known, variance of orders over that of demand, median of "
        f"{len(scenarios)} scenarios", unit="1", value=median(ratios), checked=True,
        goal="<= 26" if whole else None,
        peer="published Oracle", peer_value=median(oracle["bullwhip"]),
    )  # fmt: skip


def static(
    player: Player,
    scenarios: tuple[Scenario, ...],
    seeds: tuple[int, ...],
    *,
    quick: bool,
) -> Iterator[Result]:
    """Compare with the best fixed levels that hindsight finds, on the serial chain.

    The same of the clairvoyant stands beside it: no policy can have more.
    """
    rows = [
        one for one in scenarios
        if one.topology == "serial" and not one.goodwill and one.series is None
    ]  # fmt: skip
    for scenario in rows[:1] if quick else rows:
        levels, profit = best_levels(scenario, seeds)
        demand = np.concatenate([certain_demand(scenario, seed) for seed in seeds])
        orders = played(scenario, levels, demand).orders[0]
        environment = published_environment(scenario)
        theirs = fmean(
            their_profit(environment, actions, seed)
            for actions, seed in zip(orders, seeds, strict=True)
        )
        ours = fmean(player.mean(scenario, seed).profit for seed in seeds)
        best = fmean(player.clairvoyant(scenario, seed).profit for seed in seeds)
        kind = "echelons" if levels.echelon else "stages"
        shown = " ".join(f"{level:g}" for level in levels.level[0])
        yield Result(
            name=f"mean known, profit over that of best fixed levels, {scenario.id}",
            value=ours / profit, unit="1", goal=None if quick else ">= 1.20",
            peer=f"clairvoyant over the same levels, of {kind}: {shown}",
            peer_value=best / profit, checked=abs(theirs - profit) <= 1e-6,
        )  # fmt: skip


def speed(player: Player, scenario: Scenario) -> Iterator[Result]:
    """Time one whole cycle of ours against one step of the published environment.

    A cycle is forecast, plan, release, simulate, fold and measure; a step is theirs of
    the same period, without any planning, so the ratio is below 1.
    """
    environment = published_environment(scenario)

    def ours() -> float:
        return player.mean(scenario, 0).profit

    def theirs() -> float:
        environment.reset(seed=0)
        nothing = np.zeros(environment.action_space.shape)
        return float(sum(environment.step(nothing)[1] for _ in range(N_PERIODS)))

    timings = interleave({"ours": ours, "theirs": theirs}, repeats=7)
    mine, peer = timings["ours"], timings["theirs"]
    yield Result(
        name="one cycle of the loop, mean known", unit="us",
        value=mine.least_s / N_PERIODS * 1e6, peer=PEER + ", one step without planning",
        peer_value=peer.least_s / N_PERIODS * 1e6, ratio=mine.ratio_over(peer),
        spread=mine.spread,
        checked=abs(mine.answer - their_profit(environment, player.actions, 0)) <= 1e-6,
    )  # fmt: skip


def tune(player: Player, scenarios: tuple[Scenario, ...]) -> Iterator[Result]:
    """Show the mean share by quantile on the tuning seeds; the best were frozen."""
    candidates = (0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.97, 0.985, 0.995)
    for known in ("mean", "family", "history"):
        for suffix in ("", "_goodwill"):
            chosen = [s for s in scenarios if s.goodwill == bool(suffix)]
            for quantile in candidates:
                tuned = player.tuned(**{known + suffix: quantile})
                play: Play = getattr(tuned, known)
                share = fmean(
                    fmean(play(s, seed).profit for seed in TUNING_SEEDS) / s.oracle
                    for s in chosen
                )
                yield Result(
                    name=f"tuning, {known}{suffix}, quantile {quantile}",
                    value=share, unit="1",
                )  # fmt: skip


BENCHMARK = Benchmark(
    name="chain",
    description="The loop on 22 published chain scenarios, against their clairvoyant.",
    run=run,
    parts=(*PARTS, "tune"),
)
