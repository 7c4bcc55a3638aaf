"""Stock policies for the command line: planned, judged in simulated futures."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from streams.names import Names
from twin.cli.console import Console
from twin.cli.playing import doubts
from twin.cli.sources import SourceSpec, batches_of
from twin.clock import SystemClock
from twin.demand import demand_by_review, summed_quantiles
from twin.errors import OptionError, TwinError
from twin.kpi import RunMeasures
from twin.kpi.service import customer_lines, line_sums
from twin.loop.closed_loop import Loop
from twin.model import load
from twin.planning.inventory import (
    ItemPolicy,
    Simulated,
    StockProblem,
    plan_stock,
    stock_problem,
    with_policies,
)
from twin.planning.stock_demand import HISTORY_MIN, SumForecast
from twin.planning.stock_files import policy_rows
from twin.planning.structure import planning_structure
from twin.simulate.replicate import mean_interval, replication_seed
from twin.whatif.future import Engine
from twin.whatif.stock_policy import StockTablePolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.model.network import Network

DAY_US, DAYS_A_WEEK = 86_400_000_000, 7
DEMANDS = ("forecast", "history")
"""What `--demand` takes."""

FUTURES_MIN = 2
"""Of one future there is no interval."""

WARM_UP_SHARE = 3
"""The first third of a future is left out: it shows the stock of the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockSpec:
    """What is planned: see the options of `millstream inventory`."""

    network: Path
    services: dict[str, float]
    n_futures: int
    horizon_days: float
    rounds: int
    seed: int
    engine: Engine
    source: SourceSpec | None = None
    demand: str = "forecast"


class PlayedStock:
    """Plays policies in futures and measures the fill rate of each stock point.

    Parameters
    ----------
    found : StockProblem
        The points.
    spec : StockSpec
        How many futures, and how long.
    """

    def __init__(self, found: StockProblem, spec: StockSpec) -> None:
        self._found, self._spec = found, spec
        self.n_futures = 0

    def __call__(self, policies: "Sequence[ItemPolicy]") -> dict[str, Simulated]:
        """Return the measured fill rate of the points that customers buy at.

        Parameters
        ----------
        policies : sequence of ItemPolicy
            In the order of the items.
        """
        network = with_policies(self._found, policies)
        spec = self._spec
        filled = np.stack(
            [
                self._future(network, replication_seed(spec.seed, index))
                for index in range(spec.n_futures)
            ]
        )
        measured = {}
        for item, point in zip(
            self._found.problem.items, self._found.points.tolist(), strict=True
        ):
            values = filled[:, point]
            values = values[np.isfinite(values)]
            if len(values) > 1:
                known = mean_interval(values)
                measured[item.name] = Simulated(
                    service=float(known.mean), half_width=float(known.half_width)
                )
        return measured

    def _future(self, network: "Network", seed: int) -> "np.ndarray[Any, Any]":
        names, settings = Names(), network.settings
        self.n_futures += 1
        plant = self._spec.engine(network, names, seed, (), begins=None)
        policy = StockTablePolicy(planning_structure(network), service=0.95)
        loop = Loop(network, plant, policy, names=names)
        n = round(self._spec.horizon_days * DAY_US / settings.review_us)
        start_us = settings.as_of_us
        warm_us = start_us + n // WARM_UP_SHARE * settings.review_us
        window = (warm_us, start_us + n * settings.review_us + 1)
        measures = RunMeasures(network, names, window)
        loop.run(n, on_review=lambda review: measures.book(review.events))
        folded = measures.folded()
        lines = customer_lines(folded)
        n_points = len(network.stock.item_index)
        sums = line_sums(folded, lines, lines["point"], n_points)
        with np.errstate(invalid="ignore", divide="ignore"):
            share: np.ndarray[Any, Any] = np.where(
                sums.demanded > 0.0, sums.at_once / sums.demanded, np.nan
            )
        return share


def plan_network_stock(spec: StockSpec, console: Console) -> dict[str, Any]:
    """Plan the stock of a network, check it and judge it in futures.

    Parameters
    ----------
    spec : StockSpec
        What to plan.
    console : Console
        Shows progress.

    Returns
    -------
    dict
        The document of plan.json.

    Raises
    ------
    TwinError
        If a file or an option cannot be used.
    """
    network = load(spec.network)
    for doubt in doubts(network):
        console.warn(doubt)
    _judge(spec, network)
    if not len(network.demands.item_index) or not len(network.stock.item_index):
        msg = f"network {spec.network}: needs demands and stock to plan stock for"
        raise OptionError(msg)
    history = None if spec.source is None else history_of(network, spec.source, console)
    found = stock_problem(
        network,
        services=spec.services,
        history=history,
        forecast=_forecast(network) if spec.demand == "forecast" else None,
    )
    n_seen = 0 if history is None else int(history.shape[1])
    how = _known_by(n_seen, spec.demand)
    if spec.source is not None:
        console.note(f"{n_seen} reviews of demand seen; planned for {how}")
    clock = SystemClock()
    play = PlayedStock(found, spec) if spec.n_futures else None
    n_items = len(found.problem.items)
    with console.progress() as progress:
        task = progress.add_task("items", total=n_items)
        plan = plan_stock(
            found,
            monotonic_s=clock.monotonic_s,
            simulate=play,
            rounds=spec.rounds,
            on_progress=lambda _: progress.advance(task),
        )
    return {
        "network": network.settings.name,
        "currency": network.settings.currency,
        "status": plan.status,
        "objective": plan.objective,
        "unit": f"{network.settings.currency} a review",
        "seconds": round(plan.seconds, 3),
        "rounds": plan.rounds,
        "futures": play.n_futures if play else 0,
        "reviews_seen": n_seen,
        "demand": how,
        "policies": policy_rows(plan),
        "left_out": list(found.left_out),
    }


def _judge(spec: StockSpec, network: "Network") -> None:
    """Refuse options that leave nothing to measure."""
    if 0 < spec.n_futures < FUTURES_MIN:
        msg = (
            f"--futures must be 0, for none, or >= {FUTURES_MIN}: of one future nobody "
            f"knows how far it is off; was {spec.n_futures}"
        )
        raise OptionError(msg)
    review_days = network.settings.review_us / DAY_US
    if spec.horizon_days < WARM_UP_SHARE * review_days:
        msg = (
            f"--horizon must be >= {WARM_UP_SHARE * review_days:g} days, which are "
            f"{WARM_UP_SHARE} reviews of this network; was {spec.horizon_days:g}"
        )
        raise OptionError(msg)
    if spec.demand not in DEMANDS:
        msg = f"--demand must be one of {', '.join(DEMANDS)}, was {spec.demand!r}"
        raise OptionError(msg)


def _forecast(network: "Network") -> SumForecast:
    """Return what forecasts sums of reviews, with the season of a week where it is one.

    Parameters
    ----------
    network : Network
        Its reviews are the steps.
    """
    week_us, review_us = DAYS_A_WEEK * DAY_US, network.settings.review_us
    season = week_us // review_us if week_us % review_us == 0 else 1

    def made(
        asked: "np.ndarray[Any, Any]",
        lengths: tuple[int, ...],
        levels: tuple[float, ...],
    ) -> "np.ndarray[Any, Any]":
        return summed_quantiles(asked, lengths, levels, season_length=season)

    return made


def _known_by(n_seen: int, demand: str) -> str:
    """Say what demand was planned for."""
    if n_seen < HISTORY_MIN:
        return "the laws of the network"
    return "quantiles of its forecast" if demand == "forecast" else "its history"


def history_of(
    network: "Network", source: SourceSpec, console: Console
) -> "np.ndarray[Any, Any] | None":
    """Return what customers asked for by demand row and review; None if unknown.

    Parameters
    ----------
    network : Network
        Its demands are the rows.
    source : SourceSpec
        A log; it is read twice.
    console : Console
        Told if it cannot be read.
    """
    rejected: list[int] = []
    try:
        # Twice: how long it is decides how many reviews there are.
        end_us = max(
            (
                int(batch.time_us.max())
                for batch in batches_of(source.name, source.kafka_config, rejected)
                if len(batch)
            ),
            default=network.settings.as_of_us,
        )
        batches = batches_of(source.name, source.kafka_config, rejected)
        return demand_by_review(network, batches, until_us=end_us)
    except (TwinError, ValueError) as error:
        console.warn(f"demand is taken from the network's laws alone: {error}")
        return None
