"""A search for the parameters of the baselines and the engine, by simulation.

Levels are searched in hindsight, on episodes that are reported; the engine on seeds
from 10000 up; each with the same options, so at most the same simulated years. Base
stock and critical ratio begin where (s, S) with due dates ended, as for what is frozen;
how far each went then says `frozen`.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads.closing.baselines import (
    CLASSES,
    CRITICAL_RATIO,
    EDD,
    Levels,
    StaticLevels,
)
from benchmarks.workloads.closing.engine import (
    Engine,
    calibrated_network,
    engine_policy,
)
from benchmarks.workloads.closing.episodes import Shop, episode_of, play
from benchmarks.workloads.closing.network import MACHINES
from twin.loop.tuning import Tuned, TuningOptions, tune
from twin.model.network import Network

Array = NDArray[np.float64]

HINDSIGHT_SEEDS = (0, 1, 2, 3)
TUNING_SEEDS = (10_000, 10_001, 10_002, 10_003)

# Safety, then lots, by class: bought far, bought near, parts made, goods sold.
START = np.array([0.6, 0.6, 0.5, 0.5, 0.1, 0.3, 0.05, 0.2])
SPREAD = np.array([0.3, 0.3, 0.3, 0.3, 0.2, 0.3, 0.15, 0.2])
LOW = np.array([-0.3] * len(CLASSES) + [0.0] * len(CLASSES))
HIGH = np.array([3.0] * len(CLASSES) + [2.0] * len(CLASSES))

# Quantile, safety in reviews, busy hours between maintenances as a share of those to
# wear out, then pace, and reviews of what comes from far away.
ENGINE_START = np.array([0.7, 2.0, 0.33, 1.05, 15.0])
ENGINE_SPREAD = np.array([0.1, 1.0, 0.1, 0.05, 5.0])
ENGINE_LOW = np.array([0.3, 0.0, 0.15, 0.6, 0.0])
ENGINE_HIGH = np.array([0.995, 30.0, 2.0, 1.6, 60.0])


def searches(
    known: Network, engine: Engine | None = None
) -> Iterator[tuple[str, Array, float, int]]:
    """Tune baselines and engine.

    Parameters
    ----------
    known : Network
        Network C.
    engine : Engine or None
        What is tuned, but for its candidates and maintenance; None is the default.

    Yields
    ------
    tuple
        Name, parameters, mean cost over the seeds, and simulated years.
    """
    first = tuned_levels(known, shop=EDD)
    yield "(s, S), due dates", first.values, first.cost, first.n_plays
    for name, shop, base_stock in (
        ("(s, S), critical ratio", CRITICAL_RATIO, False),
        ("base stock, due dates", EDD, True),
    ):
        found = tuned_levels(
            known, shop=shop, base_stock=base_stock, start=first.values
        )
        yield name, found.values, found.cost, found.n_plays
    best = tuned_engine(known, Engine() if engine is None else engine)
    yield "engine", best.values, best.cost, best.n_plays


def tuned_levels(
    known: Network,
    *,
    shop: Shop,
    base_stock: bool = False,
    start: Array = START,
    n_days: int = 364,
) -> Tuned:
    """Tune fixed levels in hindsight.

    Parameters
    ----------
    known : Network
        Network C.
    shop : Shop
        How machines choose and are maintained.
    base_stock : bool
        Whether lots are none.
    start : ndarray
        Where the search begins.
    n_days : int
        Length of an episode.

    Returns
    -------
    Tuned
        Of total cost.
    """
    static = StaticLevels(known)
    episodes = {
        seed: episode_of(known, seed, n_days=n_days) for seed in HINDSIGHT_SEEDS
    }

    def cost(values: Array, seed: int) -> float:
        policy = static.policy(Levels.of(values.tolist(), base_stock=base_stock))
        return play(episodes[seed], policy, shop).measures["total_cost"]

    return tune(
        cost, start, SPREAD, options=TuningOptions(HINDSIGHT_SEEDS),
        rng=np.random.default_rng(0), low=LOW, high=HIGH,
    )  # fmt: skip


def tuned_engine(known: Network, engine: Engine, *, n_days: int = 364) -> Tuned:
    """Tune one candidate and maintenance on seeds that are not reported.

    Parameters
    ----------
    known : Network
        Network C.
    engine : Engine
        The rest of its parameters.
    n_days : int
        Length of an episode.

    Returns
    -------
    Tuned
        Of total cost.
    """
    episodes = {seed: episode_of(known, seed, n_days=n_days) for seed in TUNING_SEEDS}
    believed = {
        seed: calibrated_network(one) if engine.calibrated else known
        for seed, one in episodes.items()
    }

    def cost(values: Array, seed: int) -> float:
        one = with_parameters(engine, values)
        policy = engine_policy(episodes[seed], one, believed=believed[seed])
        return play(episodes[seed], policy, one.shop).measures["total_cost"]

    return tune(
        cost, ENGINE_START, ENGINE_SPREAD, options=TuningOptions(TUNING_SEEDS),
        rng=np.random.default_rng(0), low=ENGINE_LOW, high=ENGINE_HIGH,
    )  # fmt: skip


def with_parameters(engine: Engine, values: Array) -> Engine:
    """Return the engine with one candidate and the parameters that are searched.

    Examples
    --------
    >>> found = with_parameters(Engine(), np.array([0.8, 3.0, 0.5, 1.1, 9.0]))
    >>> found.candidates, found.maintenance_h["filling"], found.pace, found.far
    (((0.8, 3.0),), 65.0, 1.1, 9.0)
    """
    quantile, safety, share, pace, far = values.tolist()
    hours = {group: share * row["worn_h"] for group, row in MACHINES.items()}
    return replace(
        engine,
        candidates=((quantile, safety),),
        maintenance_h=hours,
        pace=pace,
        far=far,
    )
