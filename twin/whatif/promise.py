"""Capable to promise: when an order could be with the customer, and what holds it.

The order is put behind all others of a live state, and futures are played in which it
is served like any other: by the same policy, engine, lead times and failures. The dates
of the promise are quantiles of when it was there in full. What holds it back is found
by brute force: with one thing freed at a time, on the same futures.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.codec import format_times
from streams.events import TYPE_CODES
from streams.names import Names
from twin.errors import OptionError
from twin.loop.closed_loop import Loop
from twin.model.changes.apply import rebuilt
from twin.model.network import Network
from twin.simulate.replicate import ReplicateOptions, mean_interval, replicate
from twin.simulate.replicate.options import Backend
from twin.simulate.replicate.sweep import OnProgress
from twin.whatif.branches import Branch
from twin.whatif.future import Engine, FutureOptions, Futures, reference_engine
from twin.whatif.levers import Lever, levers_of, without
from twin.whatif.places import check_way

Array = NDArray[np.float64]
DAY_S = 86_400.0
IN_FULL_S = "in_full_s"
_SENT, _RECEIVED = TYPE_CODES["ShipmentDispatched"], TYPE_CODES["ShipmentReceived"]
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a promise is asked for.

    Attributes
    ----------
    item, site, customer : str
        What, where it is shipped from, and to whom.
    quantity : float
        Units, > 0.

    Raises
    ------
    OptionError
        If the quantity is none.
    """

    item: str
    quantity: float
    site: str
    customer: str

    def __post_init__(self) -> None:
        if not 0.0 < self.quantity < math.inf:
            msg = f"quantity must be > 0 and finite, was {self.quantity}"
            raise OptionError(msg)


@dataclass(frozen=True, slots=True)
class Held:
    """How much sooner an order would be there without something.

    Attributes
    ----------
    lever : Lever
        What is freed.
    gain_s, half_width_s : float
        Mean over paired futures, and half of its interval, seconds: all that were tried
        hold at once with 95 %. What is not there by the end of a future counts as there
        at its end.
    in_full_s : ndarray of shape (n,), float64
        Seconds until it is there, NaN: not by the end.
    """

    lever: Lever
    gain_s: float
    half_width_s: float
    in_full_s: Array

    @property
    def counts(self) -> bool:
        """Whether the gain is more than chance."""
        return self.gain_s > self.half_width_s and self.gain_s > 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Promise:
    """When an order could be there.

    Attributes
    ----------
    wanted : Wanted
        What was asked for.
    start_us : int
        Now, microseconds UTC.
    horizon_s : float
        Length of the futures, seconds.
    in_full_s : ndarray of shape (n,), float64
        Seconds until it is there in full, future by future; NaN: not by the end.
    held : tuple of Held
        What was tried to free, by what it gains, the most first.
    """

    wanted: Wanted
    start_us: int
    horizon_s: float
    in_full_s: Array
    held: tuple[Held, ...] = ()

    def quantile_us(self, level: float) -> int | None:
        """Return by when it is there with a probability.

        Parameters
        ----------
        level : float
            In (0, 1).

        Returns
        -------
        int or None
            Microseconds UTC: the smallest time by which that share of futures has it;
            None if it is after the end of the futures.
        """
        after_s = quantile_s(self.in_full_s, level)
        return None if math.isnan(after_s) else self.start_us + round(after_s * 1e6)

    def probability(self, by_us: int) -> float:
        """Return the share of futures in which it is there by a time, us UTC.

        Raises
        ------
        OptionError
            If the time is after the end of the futures.
        """
        check_by(by_us, start_us=self.start_us, horizon_s=self.horizon_s)
        done_us = self.start_us + self.in_full_s * 1e6
        return float(np.mean(np.nan_to_num(done_us, nan=np.inf) <= by_us))

    @property
    def binds(self) -> tuple[Held, ...]:
        """What holds the order back, beyond chance; the first one the most."""
        return tuple(one for one in self.held if one.counts)


def check_by(by_us: int, *, start_us: int, horizon_s: float) -> None:
    """Check that futures tell what is there by a time.

    Parameters
    ----------
    by_us, start_us : int
        The time, and where futures begin, microseconds UTC.
    horizon_s : float
        Their length, seconds.

    Raises
    ------
    OptionError
        If it is after their end: what is not there then may be there by the time.
    """
    end_us = start_us + round(horizon_s * 1e6)
    if by_us > end_us:
        by, start, end = format_times(np.array([by_us, start_us, end_us], np.int64))
        msg = (
            f"by {by}: must not be after the end of the futures, {end}, which is "
            f"{horizon_s / DAY_S:g} days (horizon) after their start, {start}"
        )
        raise OptionError(msg)


def quantile_s(in_full_s: Array, level: float) -> float:
    """Return the smallest value that a share of values does not exceed.

    Parameters
    ----------
    in_full_s : ndarray of shape (n,), float64
        Seconds; NaN is later than all.
    level : float
        In (0, 1).

    Returns
    -------
    float
        NaN if it is one of those that are NaN.

    Examples
    --------
    >>> times = np.array([3.0, 1.0, np.nan, 2.0])
    >>> quantile_s(times, 0.5), quantile_s(times, 0.75), quantile_s(times, 0.9)
    (2.0, 3.0, nan)
    """
    ranked = np.sort(in_full_s)  # NaN comes last
    # A hair above a whole number is rounding of the level.
    place = math.ceil(level * len(ranked) - _ROUNDING) - 1
    return float(ranked[max(place, 0)])


def with_order(network: Network, wanted: Wanted) -> tuple[Network, str]:
    """Put an order behind all others of a network.

    Parameters
    ----------
    network : Network
        As of now.
    wanted : Wanted
        The order.

    Returns
    -------
    tuple of Network and str
        With the order, and its id.

    Raises
    ------
    OptionError
        If the site does not keep the item, or nothing takes it to the customer.
    """
    check_way(network, wanted.item, site=wanted.site, customer=wanted.customer)
    table = network.tables["open_orders"]
    taken, name = set(table["order"]), "promise"
    while name in taken:
        name += "#"
    row = {
        "order": name,
        "kind": "customer",
        "item": wanted.item,
        "from_place": wanted.site,
        "to_place": wanted.customer,
        "quantity": wanted.quantity,
        "due": network.settings.as_of_us,
    }
    added = pl.DataFrame([row], schema_overrides={"due": table.schema["due"]})
    orders = pl.concat([table, added], how="diagonal")
    stock = network.tables["stock"]
    here = (pl.col("item") == wanted.item) & (pl.col("site") == wanted.site)
    if stock.filter(here).height == 0:
        msg = f"item {wanted.item!r} is not kept at site {wanted.site!r}"
        raise OptionError(msg)
    return rebuilt(network, {"open_orders": orders}), name


class OrderFutures:
    """Futures in which one order is watched until it is there: call it with a seed.

    Parameters
    ----------
    branch : Branch
        With the order among the open orders of its network.
    order : str
        Its id.
    quantity : float
        Units.
    options : FutureOptions
        How futures are played.
    monotonic_s : callable
        Clock that bounds solves of policies that plan.
    engine : callable
        Makes the simulated network.
    """

    def __init__(
        self,
        branch: Branch,
        order: str,
        *,
        quantity: float,
        options: FutureOptions,
        monotonic_s: Callable[[], float],
        engine: Engine = reference_engine,
    ) -> None:
        self._branch, self._order, self._quantity = branch, order, quantity
        self._options, self._engine = options, engine
        self._futures = Futures(branch, options, monotonic_s=monotonic_s, engine=engine)

    def __call__(self, seed: int) -> dict[str, float]:
        """Play one future until the order is there, or it ends."""
        branch, names = self._branch, Names()
        network = branch.network
        plant = self._engine(
            network, names, seed, branch.disruptions, begins=branch.begins
        )
        loop = Loop(network, plant, self._futures.policy_of(seed), names=names)
        watch = _Watch(self._order, self._quantity)
        for review in loop.turns(self._options.n_periods(network)):
            watch.look(review.events)
            if watch.in_full_us is not None:
                after_us = watch.in_full_us - network.settings.as_of_us
                return {IN_FULL_S: after_us / 1e6}
        return {IN_FULL_S: math.nan}


class _Watch:
    """Sums up what came of an order."""

    def __init__(self, order: str, quantity: float) -> None:
        self._order, self._left = order, quantity * (1.0 - _ROUNDING)
        self._shipments: set[int] = set()
        self.in_full_us: int | None = None

    def look(self, events: EventBatch) -> None:
        names = events.names
        codes = events.type_code
        for row in np.flatnonzero(codes == _SENT).tolist():
            parent = int(events.parent[row])
            if parent >= 0 and names[parent] == self._order:
                self._shipments.add(int(events.subject[row]))
        if not self._shipments:
            return
        for row in np.flatnonzero(codes == _RECEIVED).tolist():
            if int(events.subject[row]) in self._shipments:
                self._left -= float(events.value0[row])
                if self._left <= 0.0 and self.in_full_us is None:
                    self.in_full_us = int(events.time_us[row])


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseOptions:
    """How a promise is found.

    Attributes
    ----------
    futures : FutureOptions
        How long futures are at most, and who decides in them.
    n_replications : int
        Futures, >= 2.
    seed : int
        Of all futures.
    backend : str
        Where they are played, see `twin.simulate.replicate`.
    explains : bool
        Whether it is found what holds the order back.

    Raises
    ------
    OptionError
        If there are too few futures.
    """

    futures: FutureOptions = field(
        default_factory=lambda: FutureOptions(horizon_s=56 * DAY_S)
    )
    n_replications: int = 20
    seed: int = 0
    backend: Backend = "serial"
    explains: bool = True

    def __post_init__(self) -> None:
        if self.n_replications < 2:  # noqa: PLR2004
            msg = f"replications must be >= 2, was {self.n_replications}"
            raise OptionError(msg)


def promise(
    base: Branch,
    choices: Sequence[Wanted],
    options: PromiseOptions,
    *,
    monotonic_s: Callable[[], float],
    begins: Callable[[Branch], Branch] = lambda branch: branch,
    engine: Engine = reference_engine,
    on_progress: OnProgress | None = None,
) -> tuple[Promise, ...]:
    """Find when an order could be there, from each of several sites.

    Parameters
    ----------
    base : Branch
        The network as it is now.
    choices : sequence of Wanted
        The same order from different sites, at least one.
    options : PromiseOptions
        How.
    monotonic_s : callable
        Clock that bounds solves of policies that plan.
    begins : callable
        Lets a branch begin with what is under way, see `twin.whatif.as_it_is`.
    engine : callable
        Makes the simulated network of a future.
    on_progress : callable, optional
        Called after each future of all that are played side by side.

    Returns
    -------
    tuple of Promise
        The soonest in nine of ten futures first; that one says what holds it.

    Raises
    ------
    OptionError
        If an order cannot be taken.
    ReplicationError
        If a future fails.
    """
    replications = ReplicateOptions(
        n_max=options.n_replications, seed=options.seed, backend=options.backend
    )

    def played(runs: dict[str, tuple[Network, str, float]]) -> dict[str, Array]:
        scenarios = {
            name: OrderFutures(
                begins(replace(base, network=network)),
                order,
                quantity=quantity,
                options=options.futures,
                monotonic_s=monotonic_s,
                engine=engine,
            )
            for name, (network, order, quantity) in runs.items()
        }
        found = replicate(scenarios, replications, on_progress=on_progress)
        return {name: found.values[name][IN_FULL_S] for name in runs}

    orders = {
        one.site: (*with_order(base.network, one), one.quantity) for one in choices
    }
    times = played(orders)
    start_us, horizon_s = base.network.settings.as_of_us, options.futures.horizon_s
    promises = [Promise(one, start_us, horizon_s, times[one.site]) for one in choices]
    promises.sort(key=_soonest)
    best = promises[0]
    if options.explains:
        network, order, quantity = orders[best.wanted.site]
        levers = levers_of(
            base.network, item=best.wanted.item, site=best.wanted.site,
            customer=best.wanted.customer,
        )  # fmt: skip
        freed = {
            lever.name: (
                without(network, lever, quantity=quantity, order=order), order, quantity
            )
            for lever in levers
        }  # fmt: skip
        promises[0] = replace(best, held=held_by(best, levers, played(freed)))
    return tuple(promises)


def _soonest(one: Promise) -> tuple[float, float, float]:
    ends_s = np.nan_to_num(one.in_full_s, nan=np.inf)
    levels = (quantile_s(ends_s, 0.9), quantile_s(ends_s, 0.5))
    return (*levels, float(np.minimum(ends_s, one.horizon_s).mean()))


def held_by(
    found: Promise, levers: Sequence[Lever], freed: dict[str, Array]
) -> tuple[Held, ...]:
    """Compare futures with and without each lever.

    Parameters
    ----------
    found : Promise
        With nothing freed.
    levers : sequence of Lever
        What was freed.
    freed : dict of str to ndarray of shape (n,)
        Seconds until the order is there, by name of lever; same futures.

    Returns
    -------
    tuple of Held
        The most gain first; the intervals of all hold at once (Student, Bonferroni).
    """
    own = np.nan_to_num(found.in_full_s, nan=found.horizon_s)
    held = []
    for lever in levers:
        times = freed[lever.name]
        gains = own - np.nan_to_num(times, nan=found.horizon_s)
        gain = mean_interval(gains, n_statements=len(levers))
        held.append(Held(lever, gain.mean, gain.half_width, times))
    return tuple(sorted(held, key=lambda one: -one.gain_s))
