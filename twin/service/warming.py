"""Kernels compiled in the background: on a fresh machine that takes a minute or two.

Whoever asks for the first plan would wait for it. So small work of every kind is done
once at the start, in a thread of its own, while events are taken and state is shown.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Literal

import polars as pl

from twin.demand import HistoryForecaster, calendar_factors
from twin.masterplan import PlanTerms, expected_demand, make_plan
from twin.model.changes.apply import rebuilt
from twin.planning.scheduling import schedule_production
from twin.planning.searching import search_options
from twin.planning.shop_schedule import shop_problem
from twin.service.asked.futures import compared
from twin.service.asked.start import Start
from twin.service.jobs import Handle, Job
from twin.service.tenant import Tenant

_LOG = logging.getLogger(__name__)

Stage = Literal["waiting", "compiling", "compiled", "failed"]
Work = Callable[[Tenant], object]

_SEARCH_S = 0.05
_N_ORDERS = 5


def schedule_little(tenant: Tenant) -> None:
    """Schedule a few orders of what is made first in the network."""
    network = tenant.network
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
    options = search_options(tenant.clock.monotonic_s, _SEARCH_S, seed=0)
    schedule_production(problem, options)


def plan_little(tenant: Tenant) -> None:
    """Plan two reviews of the network as it was given."""
    network = tenant.network
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
        monotonic_s=tenant.clock.monotonic_s,
        terms=PlanTerms(sequenced=1),
    )


def play_little(tenant: Tenant) -> None:
    """Play two futures of a day of the network as it was given."""
    job = Job(id="", number=0, kind="", who="", asked={}, submitted_us=0)
    compared(
        tenant, Start(tenant.network, None), [], Handle(job, lambda _: None),
        days=1.0, policy="table", engine="compiled", replications=2, seed=0,
    )  # fmt: skip


WORKS: tuple[Work, ...] = (schedule_little, plan_little, play_little)
"""Small work of every kind, what is asked for most often first."""


class Warming:
    """Does small work of every kind once, in a thread of its own.

    Parameters
    ----------
    tenants : sequence of Tenant
        The networks of all are worked on: what is compiled depends on what they have.
    works : sequence of callable
        What is done with each.
    """

    def __init__(
        self, tenants: Sequence[Tenant], works: Sequence[Work] = WORKS
    ) -> None:
        self._tenants = tenants
        self._works = works
        self._closed = threading.Event()
        self.stage: Stage = "waiting"
        self._thread = threading.Thread(target=self._run, name="warming", daemon=True)

    def start(self) -> None:
        """Begin."""
        self.stage = "compiling"
        self._thread.start()

    def _run(self) -> None:
        n_done = 0
        for tenant in self._tenants:
            for work in self._works:
                if self._closed.is_set():
                    return
                try:
                    work(tenant)
                    n_done += 1
                except Exception as error:
                    # A network without machines has nothing to schedule, and so on.
                    _LOG.info("%s: %s", getattr(work, "__name__", "work"), error)
        self.stage = "compiled" if n_done else "failed"

    def wait(self, timeout_s: float) -> bool:
        """Wait until all is compiled; return whether it is."""
        self._thread.join(timeout_s)
        return self.stage == "compiled"

    def close(self) -> None:
        """Begin no more work; what is under way ends with the process."""
        self._closed.set()
