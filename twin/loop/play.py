"""Plays a policy by name on a network: what `millstream loop` and `demo` do."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field

import numpy as np
from numpy.typing import NDArray

from streams.log import LogWriter
from streams.names import Names
from twin.cycle import (
    BaseStockPolicy,
    ClairvoyantPolicy,
    Decided,
    PlanPolicy,
    Policy,
)
from twin.demand import (
    DemandForecaster,
    HistoryForecaster,
    RefittedForecaster,
    calendar_factors,
)
from twin.errors import OptionError
from twin.judging import JudgedPolicy, JudgingOptions
from twin.loop.adherence import AdherenceOptions
from twin.loop.closed_loop import Loop, LoopResult, Review
from twin.loop.desk import OrderDesk
from twin.loop.outbox import Outbox
from twin.loop.recorder import LogRecorder
from twin.loop.wording import worded
from twin.model.network import Network
from twin.planning import Planner, base_stock_levels
from twin.simulate.decisions import Decisions
from twin.simulate.demand import GivenDemand
from twin.simulate.disruptions import Disruption
from twin.simulate.reference.plant import Plant
from twin.state.state import State

POLICIES = {
    "mpc": "plans every review against a quantile of forecast demand",
    "judged": "plans by what does best when candidates are played on futures",
    "base-stock": "orders every stock point up to a fixed level",
    "clairvoyant": "plans every review knowing all demand to come",
}
"""The policies that can be played, and what each does."""

FORECASTS = {
    "fixed": "filters whose gains stay as they are",
    "refitted": "filters fitted anew where demand drifts, or every 28 reviews",
}
"""How mpc and judged may forecast, and what each does."""

DAY_US = 86_400_000_000
_NAME_BYTES = 8
"""Of the hash in the name of a run: among a million two collide with 3e-8."""

MASTER_DATA = "history, first level and calendar"
"""What forecasts of mpc know: what was asked for, and the planner's master data (mean
demand at `as_of` and the profiles of the calendar)."""

TERMINAL_SHARE = 0.9
"""Value of stock at the end of a rolling horizon as a share of its cost. At 1 a plan
hoards for after the horizon; at half of it the last periods are starved."""


@dataclass(frozen=True, slots=True)
class PlayOptions:
    """What is played.

    Attributes
    ----------
    policy : str
        One of `POLICIES`.
    n_periods : int
        Reviews, >= 1.
    seed : int
        Of demand, lead times and failures, >= 0; the same for every policy.
    quantile : float
        Of running demand that plans cover (mpc), in (0, 1). High where capacity and
        stock are cheap; where all rows of demand share tight machines, a plan that
        covers a high quantile of each asks for more than can be made, and starves some.
    service : float
        Probability that base-stock levels cover demand (base-stock), in (0, 1).
    disruptions : sequence of Disruption
        What goes wrong.
    forecasts : str
        One of `FORECASTS` (mpc, judged).
    judging : JudgingOptions
        What is played against what, how often and how (judged).
    adherence : AdherenceOptions
        How strictly released orders are judged.
    demand : ndarray of shape (n_demands, n_periods), float64, or None
        What customers ask for by period of the network, such as what a log tells, see
        `twin.loop.backtest`; None draws it by the laws of the network.

    Raises
    ------
    OptionError
        If an option is outside what is allowed.
    """

    policy: str = "mpc"
    n_periods: int = 60
    seed: int = 0
    quantile: float = 0.6
    service: float = 0.9
    disruptions: Sequence[Disruption] = ()
    forecasts: str = "fixed"
    judging: JudgingOptions = field(default_factory=JudgingOptions)
    adherence: AdherenceOptions = field(default_factory=AdherenceOptions)
    demand: NDArray[np.float64] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            msg = f"policy must be one of {', '.join(POLICIES)}, was {self.policy!r}"
            raise OptionError(msg)
        if self.forecasts not in FORECASTS:
            known = ", ".join(FORECASTS)
            msg = f"forecasts must be one of {known}, was {self.forecasts!r}"
            raise OptionError(msg)
        if self.n_periods < 1:
            msg = f"n_periods must be >= 1, was {self.n_periods}"
            raise OptionError(msg)
        for name in ("quantile", "service"):
            value = getattr(self, name)
            if not 0.0 < value < 1.0:
                msg = f"{name} must be above 0 and below 1, was {value}"
                raise OptionError(msg)


def play(
    network: Network,
    options: PlayOptions,
    *,
    monotonic_s: Callable[[], float],
    log: LogWriter | None = None,
    outbox: Outbox | None = None,
    on_review: Callable[[Review, Policy], None] | None = None,
) -> LoopResult:
    """Play a policy on a simulated network.

    Parameters
    ----------
    network : Network
        What is simulated and planned.
    options : PlayOptions
        Policy, length, seed and so on.
    monotonic_s : callable
        Clock that bounds each solve; it never changes a plan that ends in time.
    log : LogWriter or None
        Where all events are kept.
    outbox : Outbox or None
        Where released orders leave, one a message.
    on_review : callable, optional
        Called after each period.

    Returns
    -------
    LoopResult
        The same for the same options, with what came of every order.

    Raises
    ------
    OptionError
        If the network has no demand or no stock points, or rewards endless ordering, or
        the run cannot be named, see `run_name`.
    """
    _refuse_empty(network)
    names = Names()
    planner = Planner(
        network, monotonic_s=monotonic_s, terminal_share=TERMINAL_SHARE, check=True
    )
    policy = make_policy(network, options, planner)
    plant = _plant(network, options, names)
    recorder = None
    if log is not None:
        recorder = LogRecorder(
            log, network, policy, structure=planner.structure, names=names
        )
    desk = OrderDesk(
        planner.structure,
        run=run_name(network, options),
        outbox=outbox,
        options=options.adherence,
    )
    loop = Loop(network, plant, policy, names=names, recorder=recorder, desk=desk)

    def review(turn: Review) -> None:
        if on_review is not None:
            on_review(turn, policy)

    return loop.run(options.n_periods, on_review=review)


def _plant(network: Network, options: PlayOptions, names: Names) -> Plant:
    given = options.demand
    return Plant(
        network,
        names,
        seed=options.seed,
        demand=None if given is None else GivenDemand(given),
        disruptions=tuple(options.disruptions),
    )


def run_name(network: Network, options: PlayOptions) -> str:
    """Name a run: what the ids of its orders derive from.

    Parameters
    ----------
    network : Network
        By its hash.
    options : PlayOptions
        All that decisions depend on counts: policy, seed, quantile, service, forecasts,
        what is judged, disruptions and given demand. How long it is played and how
        strictly orders are judged do not: a run that is played on gives its first
        orders the same ids.

    Returns
    -------
    str
        The hash of the network, policy, seed, and 16 digits for the rest; the same in
        every process.

    Raises
    ------
    OptionError
        If a candidate to be judged has a setting that has no name of its own, such as
        a lambda, see `twin.loop.wording`.

    References
    ----------
    Aumasson, Neves, Wilcox-O'Hearn, Winnerlein (2013), BLAKE2.
    """
    rest = (
        options.quantile, options.service, options.forecasts,
        tuple(astuple(one) for one in options.disruptions),
    )  # fmt: skip
    told = repr(rest).encode()
    if options.policy == JudgedPolicy.name:
        told += worded(options.judging, "judging").encode()
    if options.demand is not None:
        told += options.demand.tobytes()
    digest = hashlib.blake2b(told, digest_size=_NAME_BYTES).hexdigest()
    return f"{network.hash}/{options.policy}/{options.seed}/{digest}"


def make_policy(network: Network, options: PlayOptions, planner: Planner) -> Policy:
    """Return the policy of the options.

    Parameters
    ----------
    network : Network
        What it decides for.
    options : PlayOptions
        Which, and its parameters.
    planner : Planner
        Of that network; not used by base-stock but for where goods come from.

    Returns
    -------
    Policy
        Fresh, before its first review.

    Raises
    ------
    OptionError
        If the network has no demand or no stock points.
    """
    _refuse_empty(network)
    horizon = network.settings.horizon_periods
    if options.policy == "base-stock":
        levels = base_stock_levels(planner.structure, service=options.service)
        return BaseStockPolicy(planner.structure, levels)
    if options.policy == "clairvoyant":
        demand = demand_to_come(network, options, n_periods=options.n_periods + horizon)
        return ClairvoyantPolicy(planner, demand, horizon=lambda: horizon)
    review_days = network.settings.review_us / DAY_US
    first_level = network.demands.mean_per_day * review_days
    profile = calendar_factors(network)
    forecaster: DemandForecaster = (
        RefittedForecaster(first_level, profile=profile)
        if options.forecasts == "refitted"
        else HistoryForecaster(first_level, profile=profile)
    )
    forecaster.information = MASTER_DATA
    if options.policy == JudgedPolicy.name:
        return JudgedPolicy(
            planner, forecaster, options=options.judging, horizon=lambda: horizon
        )
    return PlanPolicy(
        planner, forecaster, quantile=options.quantile, horizon=lambda: horizon
    )


def _refuse_empty(network: Network) -> None:
    rows = {"demands": network.demands.item_index, "stock": network.stock.item_index}
    for table, column in rows.items():
        if not len(column):
            name = network.settings.name
            msg = f"network {name!r}: nothing to plan: {table} has no rows"
            raise OptionError(msg)


def demand_to_come(
    network: Network, options: PlayOptions, *, n_periods: int
) -> NDArray[np.float64]:
    """Return the demand that the plant of these options will show.

    Parameters
    ----------
    network : Network
        Its laws draw demand from the seed, whatever is decided.
    options : PlayOptions
        Seed and disruptions count.
    n_periods : int
        Reviews, >= 1.

    Returns
    -------
    ndarray of shape (n_demands, n_periods), float64
        Found by watching a plant that nobody steers.
    """
    names = Names()
    plant = _plant(network, options, names)
    idle = Loop(network, plant, _Idle(), names=names)
    return idle.run(n_periods).demand


class _Idle:
    name = "idle"
    information = "none"

    def observe(self, asked: NDArray[np.float64]) -> None:
        """Learn nothing."""

    def decide(self, state: State, now_us: int) -> Decided:  # noqa: ARG002
        """Order nothing."""
        return Decided(Decisions())
