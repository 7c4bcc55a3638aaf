"""Kernels compiled at the start: on a fresh machine that takes minutes.

Whoever asks first would wait for it, and while a kernel is compiled nobody else is
answered for a second or so, or compiles another. So small work of every kind is done
once at the start. What it needs and is not in the cache of kernels is compiled by a
process of its own, which fills the cache; this one finds it there. The twins begin to
follow once what folds events is there; events are taken all the while.
"""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from typing import Literal, Self

import polars as pl

from streams.codec import encode
from streams.events import OrderReceived
from streams.records import RecordBatch
from twin.clock import Clock
from twin.demand import HistoryForecaster, calendar_factors
from twin.masterplan import PlanTerms, expected_demand, make_plan
from twin.model.changes.apply import rebuilt
from twin.model.network import Network
from twin.planning.scheduling import schedule_production
from twin.planning.searching import search_options
from twin.planning.shop_schedule import shop_problem
from twin.replay import ReplayOptions, Twin
from twin.service._kernels import NotCachedError, cached_only
from twin.service.tenant import Tenant
from twin.simulate.replicate import ReplicateOptions
from twin.whatif import ENGINES, FutureOptions, base_branch, compare
from twin.whatif.future import DAY_S

_LOG = logging.getLogger(__name__)

Stage = Literal["waiting", "compiling", "compiled", "failed"]

_SEARCH_S = 0.05
_N_ORDERS = 5
_LOOK_S = 0.1  # how soon it is seen that a process ended, or is to be
_PARTITION = "warming/0"
_N_EVENTS, _N_TIMES = 50, 7  # out of order, several at an instant
_MUCH_US = 400 * 86_400_000_000  # more than events may be late


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What small work is done with.

    Attributes
    ----------
    network : Network
        Of a tenant.
    clock : Clock
        Paces what has a time limit.
    """

    network: Network
    clock: Clock

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        """Take what is needed of a tenant."""
        return cls(network=tenant.network, clock=tenant.clock)


Work = Callable[[Given], object]


def fold_little(given: Given) -> None:
    """Fold events in and out of order, and look at what came of it."""
    twin = Twin(given.network, (_PARTITION,), ReplayOptions())
    items, places = given.network.items.ids, given.network.places.ids
    event = OrderReceived(  # it is judged when its instant closes
        order="warming", item=items[0], quantity=1, site=places[0], customer=places[-1]
    )
    as_of_us = given.network.settings.as_of_us
    n_pushed = 0
    for first_us in (as_of_us, as_of_us + _MUCH_US, as_of_us + 2 * _MUCH_US):
        times_us = [first_us + n % _N_TIMES for n in range(_N_EVENTS)]
        values = [
            encode(event, event_id=f"{time_us}-{n}", source=_PARTITION, time_us=time_us)
            for n, time_us in enumerate(times_us)
        ]
        records = RecordBatch.of(_PARTITION, values, first_offset=n_pushed)
        twin.push(records, now_s=given.clock.monotonic_s())
        n_pushed += len(values)
        twin.provisional_model()


def schedule_little(given: Given) -> None:
    """Schedule a few orders of what is made first in the network."""
    network = given.network
    routings = network.tables["routings"]
    made = routings.filter(pl.col("item").ne("*") & pl.col("site").ne("*"))
    first = made.group_by("item", "site", maintain_order=True).agg(pl.col("step").min())
    rows = first.head(_N_ORDERS)
    orders = rows.select(
        order=pl.format("warming-{}", pl.int_range(pl.len())),
        kind=pl.lit("production"),
        item="item",
        to_place="site",
        quantity=pl.lit(1.0),
        step="step",
        due=pl.lit(network.settings.as_of_us + network.settings.review_us),
    )
    known = network.tables["open_orders"]
    opened = pl.concat([known, orders], how="diagonal").select(known.columns)
    problem = shop_problem(rebuilt(network, {"open_orders": opened})).problem
    options = search_options(given.clock.monotonic_s, _SEARCH_S, seed=0)
    schedule_production(problem, options)


def plan_little(given: Given) -> None:
    """Plan two reviews of the network as it was given."""
    network = given.network
    review_days = network.settings.review_us / 86_400e6
    forecaster = HistoryForecaster(
        network.demands.mean_per_day * review_days, profile=calendar_factors(network)
    )
    demand = expected_demand(
        forecaster, n_periods=2, horizon=network.settings.horizon_periods, quantile=0.6
    )
    make_plan(
        network,
        demand,
        n_periods=2,
        monotonic_s=given.clock.monotonic_s,
        terms=PlanTerms(sequenced=1),
    )


def play_little(given: Given) -> None:
    """Play two futures of a day of the network as it was given."""
    base = base_branch(given.network)
    compare(
        [base],
        FutureOptions(horizon_s=DAY_S, policy="table"),
        ReplicateOptions(n_max=2, seed=0),
        monotonic_s=given.clock.monotonic_s,
        engine=ENGINES["compiled"],
    ).cells()


WORKS: tuple[Work, ...] = (fold_little, schedule_little, plan_little, play_little)
"""Small work of every kind: what the twins need first, then the most asked for."""


class Warming:
    """Does small work of every kind once, in a thread of its own.

    Parameters
    ----------
    tenants : sequence of Tenant
        The networks of all are worked on: what is compiled depends on what they have.
    works : sequence of callable
        What is done with each, functions of a module; twins wait for the first.

    Attributes
    ----------
    stage : str
        How far it is.
    can_fold : threading.Event
        Set once the first work is done, or failed.
    """

    def __init__(
        self, tenants: Sequence[Tenant], works: Sequence[Work] = WORKS
    ) -> None:
        self._given = [Given.of(one) for one in tenants]
        self._works = works
        self._closed = threading.Event()
        self._is_cold = False
        self.stage: Stage = "waiting"
        self.can_fold = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warming", daemon=True)

    def start(self) -> None:
        """Begin."""
        self.stage = "compiling"
        self._thread.start()

    def _run(self) -> None:
        n_done = 0
        for work in self._works:
            for given in self._given:
                if self._closed.is_set():
                    return
                n_done += self._is_done(work, given)
            if not self._closed.is_set():
                self.can_fold.set()
        self.stage = "compiled" if n_done else "failed"

    def _is_done(self, work: Work, given: Given) -> bool:
        try:
            try:
                with cached_only():
                    work(given)
            except NotCachedError as missing:
                _LOG.info("not compiled yet: %s", missing)
                self._is_cold = True
                self._compile_apart(work, given)
                if self._closed.is_set():
                    return False
                work(given)
        except Exception as error:
            # A network without machines has nothing to schedule, and so on.
            _LOG.info("%s: %s", getattr(work, "__name__", "work"), error)
            return False
        return True

    def _compile_apart(self, work: Work, given: Given) -> None:
        # The process must not end by the Ctrl-C that is meant for the service. What
        # tracks resources would let it through again, where it is begun after that.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=_do_apart, args=(work, given), daemon=True)
        process.start()
        while process.is_alive() and not self._closed.is_set():
            process.join(_LOOK_S)
        process.kill()
        process.join()
        process.close()

    def wait(self, timeout_s: float) -> bool:
        """Wait until all is compiled; return whether it is."""
        self._thread.join(timeout_s)
        return self.stage == "compiled"

    def wait_if_cold(self, is_stopped: Callable[[], bool]) -> None:
        """Wait until all is compiled, if something was not: it would be done twice.

        Parameters
        ----------
        is_stopped : callable
            Whether to wait no more.
        """
        while self._is_cold and self._thread.is_alive() and not is_stopped():
            if self._closed.wait(_LOOK_S):
                return

    def close(self) -> None:
        """Begin no more work; what is under way here ends with the process."""
        self._closed.set()


def _do_apart(work: Work, given: Given) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(Exception):  # the service meets it again, and says it
        work(given)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
