"""The engine on network C: what it learns from the past, and how it decides."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.workloads.closing.baselines import Levels, StaticLevels, classes_of
from benchmarks.workloads.closing.episodes import Episode, Shop
from benchmarks.workloads.closing.shipping import (
    MEAN_REVIEWS,
    BoughtByLevel,
    Slack,
)
from streams.batch import EventBatch
from streams.names import Names
from twin.calibrate import Settings, apply_overlay, calibrate, overlay_of
from twin.cycle import Policy
from twin.judging import (
    Candidate,
    JudgedPolicy,
    JudgeOptions,
    JudgingOptions,
    LevelCandidate,
    PlanCandidate,
)
from twin.loop import Loop
from twin.loop.play import TERMINAL_SHARE, PlayOptions, demand_to_come, make_policy
from twin.model.changes.apply import rebuilt
from twin.model.network import Network
from twin.planning import Planner, PlanningStructure, base_stock_levels
from twin.simulate.compiled.dated import DatedPlant

Array = NDArray[np.float64]

PAST_DAYS = 91
NEVER_AGAIN = 1_000_000  # reviews: longer than any episode
PAST_SEED = 20_000
"""Added to the seed of an episode: its past is of the same plant and of other luck."""

PAST_LEVELS = Levels.of([0.5] * 4 + [0.3] * 4)
"""How the plant was run in the past: by levels that nobody tuned."""


@dataclass(frozen=True, slots=True)
class Engine:
    """How the engine decides.

    Attributes
    ----------
    candidates : tuple of tuple of float
        Plans that are judged against each other: the quantile of demand they cover, in
        (0, 1), and the mean demand of how many reviews they keep beyond it, >= 0. The
        first alone is followed where nothing is judged.
    safety : tuple of float
        Of base-stock levels that are a candidate, too, by class, see `levels_of`; empty
        for none.
    horizon : int
        Reviews that a plan reaches, >= 1.
    far, near : float
        Of what is bought, see `BoughtByLevel`.
    slack : Slack
        By how much plans are early.
    pace : float
        Speed of machines that plans count on, as a share of that in the tables, > 0. Of
        a plan that asks for a little more than can be made, the shop makes what is due
        first; one that asks for less leaves machines idle.
    overdue : float
        See `Planner`.
    every : int
        Reviews from one judgement to the next, >= 1.
    n_futures, future_reviews : int
        Futures of a candidate at most, >= 2, and how long they are, >= 1.
    forecasts : str
        See `twin.loop.FORECASTS`.
    calibrated : bool
        Whether plans and futures are of the network as its past log says.
    rule : str
        Of dispatch.
    maintenance_h : mapping of str to float
        Busy hours between maintenances, by group; empty is run to failure.
    """

    candidates: tuple[tuple[float, float], ...] = ((0.9, 3.0),)
    safety: tuple[float, ...] = ()
    horizon: int = 18
    far: float = 10.0
    near: float = 3.0
    slack: Slack = field(default_factory=Slack)
    pace: float = 1.0
    overdue: float = 1.0
    every: int = 15
    n_futures: int = 6
    future_reviews: int = 28
    forecasts: str = "fixed"
    calibrated: bool = True
    rule: str = "fifo"
    maintenance_h: Mapping[str, float] = field(default_factory=dict)

    @property
    def shop(self) -> Shop:
        """How it runs the plant beside its orders."""
        return Shop(self.rule, self.maintenance_h)

    @property
    def judging(self) -> JudgingOptions:
        """How its candidates are judged; one alone is followed from the start."""
        found: list[Candidate] = [
            BoughtByLevel(
                PlanCandidate(quantile=quantile, safety_reviews=safety),
                self.far,
                self.near,
            )
            for quantile, safety in self.candidates
        ]
        if self.safety:
            found.append(LevelCandidate(levels=partial(levels_of, safety=self.safety)))
        if len(found) == 1:
            short = JudgeOptions(n_futures=2, horizon=1)
            return JudgingOptions(candidates=found, every=NEVER_AGAIN, judge=short)
        judge = JudgeOptions(n_futures=self.n_futures, horizon=self.future_reviews)
        return JudgingOptions(candidates=found, every=self.every, judge=judge)


def levels_of(structure: PlanningStructure, *, safety: tuple[float, ...]) -> Array:
    """Return base-stock levels by class of stock point.

    Parameters
    ----------
    structure : PlanningStructure
        Of the network as it is believed to be.
    safety : tuple of float
        What a level covers beyond mean demand over review and lead time, as a share of
        that, one for each of `CLASSES`.

    Returns
    -------
    ndarray of shape (n_points,), float64
    """
    cover = base_stock_levels(structure, service=0.5)
    beyond: Array = cover * (1.0 + np.array(safety)[classes_of(structure)])
    return beyond


def past_log(episode: Episode) -> tuple[Names, list[EventBatch]]:
    """Return the events of the 13 weeks before an episode.

    Parameters
    ----------
    episode : Episode
        Its plant made them, run by levels that nobody tuned and to failure; nothing of
        the episode itself is in them.

    Returns
    -------
    tuple
        Their names, and a batch a day.
    """
    names = Names()
    plant = DatedPlant(episode.plant, names, seed=PAST_SEED + episode.seed)
    policy = StaticLevels(episode.known).policy(PAST_LEVELS, dated=False)
    loop = Loop(episode.known, plant, policy, names=names)
    batches: list[EventBatch] = []
    loop.run(PAST_DAYS, on_review=lambda review: batches.append(review.events))
    return names, batches


KNOWN_BY_LOG = (("lanes", "lead_time_s"), ("machines", "mttr_s"))
"""What is taken from the past log. Times to failure, durations and yields are not: what
is seen of them has wear in it, and would count twice where machines wear again."""


def calibrated_network(episode: Episode) -> Network:
    """Return the network as the past log of an episode says it is."""
    _, batches = past_log(episode)
    found = calibrate(
        episode.known,
        batches,
        np.random.default_rng(episode.seed),
        Settings(n_replicates=0),
    )
    kept = tuple(
        one for one in found.estimates if (one.table, one.column) in KNOWN_BY_LOG
    )
    return apply_overlay(overlay_of(replace(found, estimates=kept)), episode.known)


def engine_policy(
    episode: Episode, engine: Engine, *, believed: Network | None = None
) -> Policy:
    """Return the engine's policy for an episode, before its first review.

    Parameters
    ----------
    episode : Episode
        What it knows of it is `episode.known` and the past log.
    engine : Engine
        Its parameters.
    believed : Network or None
        The calibrated network, if it is made already.

    Returns
    -------
    Policy
    """
    network = episode.known
    if engine.calibrated:
        network = calibrated_network(episode) if believed is None else believed
    short = _planned_by(network, engine)
    options = PlayOptions(
        policy="judged",
        n_periods=episode.n_days,
        seed=episode.seed,
        judging=engine.judging,
        forecasts=engine.forecasts,
    )
    return make_policy(short, options, _planner(short, engine))


def _planned_by(network: Network, engine: Engine) -> Network:
    """Return a network whose plans reach as far and load as much as the engine's."""
    settings = network.tables["network"].with_columns(
        pl.lit(engine.horizon, pl.Int64).alias("horizon_periods")
    )
    machines = network.tables["machines"].with_columns(pl.col("speed") * engine.pace)
    return rebuilt(network, {"network": settings, "machines": machines})


def _planner(network: Network, engine: Engine) -> Planner:
    planner = Planner(
        network, monotonic_s=time.monotonic, terminal_share=TERMINAL_SHARE, check=False,
        overdue=engine.overdue,
    )  # fmt: skip
    planner.structure = engine.slack.given(planner.structure)
    return planner


class KnownDemand:
    """A forecaster that is told what will be asked for.

    Parameters
    ----------
    demand : ndarray of shape (n_demands, n_periods), float64
        From the first review on; after its end there is none.
    """

    information = "knows all demand"

    def __init__(self, demand: Array) -> None:
        self._demand = demand
        self._period = 0

    def observe(self, asked: Array) -> None:
        """Move on to the next period."""
        del asked
        self._period += 1

    def means(self, horizon: int) -> Array:
        """Return what will be asked for."""
        coming = self._demand[:, self._period : self._period + horizon]
        return np.pad(coming, ((0, 0), (0, horizon - coming.shape[1])))

    def paths(self, horizon: int, quantile: float) -> Array:
        """Return the same, whatever the quantile."""
        del quantile
        return self.means(horizon)

    def quantiles(self, horizon: int, levels: Sequence[float]) -> Array:
        """Return the same for every level."""
        means = self.means(horizon)
        return np.repeat(means[:, None, :], len(levels), axis=1)


def clairvoyant(episode: Episode, engine: Engine) -> Policy:
    """Return the engine, told the parameters of the plant and all demand to come.

    Lead times, failures and yields it is not told, and it decides as the engine does:
    so it bounds what better forecasts and calibration can bring to the engine, not what
    any policy can do.

    Parameters
    ----------
    episode : Episode
        What it is told of.
    engine : Engine
        How it decides.
    """
    network = _planned_by(episode.plant, engine)
    options = PlayOptions(
        policy="clairvoyant", n_periods=episode.n_days, seed=episode.seed,
        disruptions=episode.disruptions,
    )  # fmt: skip
    ahead = max(engine.horizon, MEAN_REVIEWS)
    demand = demand_to_come(episode.plant, options, n_periods=episode.n_days + ahead)
    return JudgedPolicy(
        _planner(network, engine), KnownDemand(demand), options=engine.judging,
        horizon=lambda: engine.horizon,
    )  # fmt: skip


LEVERS: Mapping[str, Callable[[Engine], Engine]] = {
    "quantile and safety": lambda engine: replace(
        engine, candidates=((0.5, 0.0),), safety=()
    ),
    "safety of purchases": lambda engine: replace(engine, far=0.0, near=0.0),
    "slack": lambda engine: replace(engine, slack=Slack()),
    "pace": lambda engine: replace(engine, pace=1.0),
    "due dates": lambda engine: replace(engine, rule="fifo"),
    "doubt of what is overdue": lambda engine: replace(engine, overdue=0.0),
    "maintenance timing": lambda engine: replace(engine, maintenance_h={}),
    "calibration": lambda engine: replace(engine, calibrated=False),
}
"""The engine without a lever: plans for the median with no safety; purchases up to what
is used until they come; plans that are late as soon as anything waits; plans that count
on machines as in the tables; first come first served; what is overdue is expected the
next day; run to failure; the tables as they are given. Judging is none: what is frozen
has one candidate."""
