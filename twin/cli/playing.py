"""Plays policies on one seed, for the commands `demo` and `loop`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.log import LogWriter
from twin.cli.console import Console
from twin.cli.following import watched
from twin.cli.gathering import Gathered, Gatherer
from twin.cli.loop_board import LoopBoard
from twin.cli.loop_orders import open_outbox, tell_sent
from twin.clock import SystemClock
from twin.cycle import Policy
from twin.errors import OptionError
from twin.judging import JudgeOptions, JudgingOptions
from twin.loop import (
    LoopResult,
    Outbox,
    PlayOptions,
    Review,
    play,
)
from twin.model import load_scenario
from twin.model.network import Network
from twin.simulate.disruptions import Disruption, of_scenario

SEEDS_MAX = 1000
"""Of one command: at some seconds a seed, ten times as many would take a day."""

TAIL_LEVEL = 0.9
"""Share of futures that are cheaper than those that ``cvar`` is the mean of."""


@dataclass(frozen=True, slots=True)
class PlaySpec:
    """What a command plays; see `twin.loop.PlayOptions`."""

    policies: tuple[str, ...]
    n_periods: int
    seed: int = 0
    quantile: float = 0.6
    service: float = 0.9
    scenario: Path | None = None
    out: Path | None = None
    forecasts: str = "fixed"
    orders: str | None = None
    kafka_config: Path | None = None
    follow: bool = False
    demand: NDArray[np.float64] | None = None
    judging: JudgingOptions = field(default_factory=JudgingOptions)

    def of_seed(self, seed: int, out: Path | None, *, is_first: bool) -> "PlaySpec":
        """Return the same for another seed; only the first leaves files and orders."""
        kept = out if is_first else None
        orders = self.orders if is_first else None
        return replace(self, seed=seed, out=kept, orders=orders)

    def options(self, policy: str, disruptions: Sequence[Disruption]) -> PlayOptions:
        """Return the options of one policy."""
        return PlayOptions(
            policy=policy,
            n_periods=self.n_periods,
            seed=self.seed,
            quantile=self.quantile,
            service=self.service,
            disruptions=disruptions,
            forecasts=self.forecasts,
            judging=self.judging,
            demand=self.demand,
        )


@dataclass(frozen=True, slots=True)
class Played:
    """The runs of one seed: the policy asked for first, then the others."""

    spec: PlaySpec
    results: tuple[LoopResult, ...]
    gathered: Gathered
    disruptions: tuple[Disruption, ...]


def seed_range(text: str) -> range:
    """Read ``A..B`` (both played) or one seed.

    Raises
    ------
    OptionError
        If it is neither, or has more than `SEEDS_MAX` seeds.

    Examples
    --------
    >>> list(seed_range("3..5")), list(seed_range("7"))
    ([3, 4, 5], [7])
    """
    first, dots, last = text.partition("..")
    try:
        found = range(int(first), int(last if dots else first) + 1)
    except ValueError:
        found = range(0)
    if not 1 <= len(found) <= SEEDS_MAX or found[0] < 0:
        msg = (
            f"seeds must be a seed >= 0 or A..B with at most {SEEDS_MAX} seeds, "
            f"was {text!r}"
        )
        raise OptionError(msg)
    return found


def judging_of(n_futures: int, every: int, criterion: str) -> JudgingOptions:
    """Return how ``judged`` judges; the tail of ``cvar`` is the dearest tenth.

    Raises
    ------
    OptionError
        If one is outside what is allowed.
    """
    level = TAIL_LEVEL if criterion == "cvar" else None
    judge = JudgeOptions(n_futures=n_futures, criterion=criterion, cvar_level=level)
    return JudgingOptions(every=every, judge=judge)


def policy_names(text: str) -> tuple[str, ...]:
    """Read policies by commas.

    Raises
    ------
    OptionError
        If one comes twice. Whether there is such a policy is for `PlayOptions` to say.

    Examples
    --------
    >>> policy_names("mpc, base-stock")
    ('mpc', 'base-stock')
    """
    names = tuple(name.strip() for name in text.split(","))
    if len(set(names)) < len(names):
        msg = f"policy must name each policy once, was {text!r}"
        raise OptionError(msg)
    return names


def doubts(network: Network) -> list[str]:
    """List what makes the plans for a network worth little, such as missing prices.

    Parameters
    ----------
    network : Network
        Often a draft, which knows no money.

    Returns
    -------
    list of str
        One sentence each; empty if nothing is doubtful.
    """
    demands, items = network.demands, network.items
    worthless = ~(np.nan_to_num(demands.price) + demands.shortage_cost > 0.0)
    free = ~(items.unit_cost > 0.0)
    found = []
    if worthless.any():
        found.append(
            f"demands: {worthless.sum()} of {len(worthless)} rows have neither price "
            "nor shortage_cost: a plan sees no reason to serve them"
        )
    if free.any():
        found.append(
            f"items: unit_cost is 0 for {free.sum()} of {len(free)}: their stock costs "
            "nothing to keep and is worth nothing"
        )
    return found


def play_policies(network: Network, spec: PlaySpec, console: Console) -> Played:
    """Play every policy of a spec on one seed.

    Parameters
    ----------
    network : Network
        What is played.
    spec : PlaySpec
        With a folder, the events of the first policy go to its ``log``; its orders
        leave to `orders`.
    console : Console
        Shows progress.

    Returns
    -------
    Played
        All policies met the same demand, lead times and failures.
    """
    for doubt in doubts(network):
        console.warn(doubt)
    disruptions: tuple[Disruption, ...] = ()
    if spec.scenario is not None:
        disruptions = of_scenario(load_scenario(spec.scenario, network))
    options = [spec.options(policy, disruptions) for policy in spec.policies]
    log = None if spec.out is None else _fresh_log(spec.out)
    gatherer = Gatherer(spec.n_periods, network.demands.mean_per_day)
    try:
        with open_outbox(spec.orders, spec.kafka_config) as outbox:
            first = _play(
                network, options[0], console, follow=spec.follow, log=log,
                looker=gatherer, outbox=outbox,
            )  # fmt: skip
            if outbox is not None:
                tell_sent(outbox, str(spec.orders), console)
        others = options[1:]
        results = [
            first,
            *(_play(network, one, console, follow=spec.follow) for one in others),
        ]
    finally:
        if log is not None:
            log.close()
    gathered = gatherer.finished(results[0].table.periods[-1].time_us)
    return Played(spec, tuple(results), gathered, disruptions)


def _fresh_log(out: Path) -> LogWriter:
    folder = out / "log"
    if folder.exists() and any(folder.iterdir()):
        msg = (
            f"{folder}: holds a log already, and a run is not added to another; "
            "choose another folder or remove it"
        )
        raise OptionError(msg)
    out.mkdir(parents=True, exist_ok=True)
    return LogWriter(folder, fsync="close")


def _play(
    network: Network,
    options: PlayOptions,
    console: Console,
    *,
    follow: bool,
    log: LogWriter | None = None,
    looker: Gatherer | None = None,
    outbox: Outbox | None = None,
) -> LoopResult:
    clock = SystemClock()
    begun_s = clock.monotonic_s()
    running = _Running(options)
    board = None
    if follow:
        board = LoopBoard(
            running.name,
            n_reviews=options.n_periods,
            currency=network.settings.currency,
            quiet=console.is_quiet,
        )
    with (
        watched(network, board, clock.monotonic_s) as look,
        _bar(running, options.n_periods, console, shown=board is None) as advance,
    ):

        def on_review(review: Review, policy: Policy) -> None:
            running.add(review)
            advance()
            look(review)
            if looker is not None:
                looker.look(review, policy)

        result = play(
            network,
            options,
            monotonic_s=clock.monotonic_s,
            log=log,
            outbox=outbox,
            on_review=on_review,
        )
    console.note(f"{running.text()}, {clock.monotonic_s() - begun_s:.0f} s")
    return result


@contextmanager
def _bar(
    running: "_Running", n_reviews: int, console: Console, *, shown: bool
) -> Iterator[Callable[[], None]]:
    """Show how far a run is, unless something else does."""
    if not shown:
        yield lambda: None
        return
    with console.progress() as progress:
        if progress.disable:
            console.note(f"{running.name}: {n_reviews} reviews ...")
        task = progress.add_task(running.name, total=n_reviews)
        yield lambda: progress.update(task, advance=1, description=running.text())


class _Running:
    """KPIs so far, for the progress of a run."""

    def __init__(self, options: PlayOptions) -> None:
        self.name = f"{options.policy}, seed {options.seed}"
        self._served = self._demanded = self._profit = 0.0

    def add(self, review: Review) -> None:
        self._served += review.measures.served
        self._demanded += review.measures.demanded
        self._profit += review.measures.profit

    def text(self) -> str:
        fill = 100.0 * self._served / self._demanded if self._demanded else 100.0
        return f"{self.name}: profit {self._profit:,.0f}, fill {fill:.1f} %"
