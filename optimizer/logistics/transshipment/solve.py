"""Plan shipments: relax the room in vehicles, share lanes, round up, save vehicles.

With seconds to spend, both cores relax half of the items each, then save vehicles from
seeds of their own, and the cheaper plan counts. With a budget of work, one of them does
it in a fixed order and the answer is the same byte for byte.
"""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

import numpy as np

from optimizer.errors import CheckError
from optimizer.logistics.transshipment.check import check_shipments, shipment_cost
from optimizer.logistics.transshipment.problem import (
    Lanes,
    ShipmentPlan,
    TransshipmentProblem,
)
from optimizer.logistics.transshipment.program import unbalanced
from optimizer.logistics.transshipment.search.shipping import (
    Relaxation,
    ShippingSearch,
    relaxed,
)
from optimizer.logistics.transshipment.search.sloping import Slopes
from optimizer.logistics.transshipment.service import service_of
from optimizer.options import SolveOptions
from optimizer.result import Progress, relative_gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.logistics.transshipment.problem import FloatArray
    from optimizer.result import SolveStatus

__all__ = ["plan_shipments", "warm_up"]

TRIES = (2, 4)
"""Items looked at for each part of a vehicle's load, by core: fewer are faster, more
find cheaper ways."""

SLICE_S = 0.05
"""Seconds of a slice of search: what a deadline may be missed by."""

RESERVE_S, RESERVE_SHARE = 0.1, 1e-6
"""Seconds kept for the plan and the checker: a part, and for each flow."""

RELAX_SHARE = 0.6
"""Share of the time after which items that are not relaxed yet ship nothing."""

TOLD_S = 0.5
"""Seconds between two lines of progress at least."""

SERVED_S = 3600.0
"""Seconds for the program of full service where a budget of work has no end in time."""

MISSED = 1e-7
"""Share of an item's largest quantity that flows may miss: they are exact to less."""

PROVEN = 1e-9
"""Share of the cost by which plan and bound may differ and be the same."""


def plan_shipments(
    problem: TransshipmentProblem,
    options: SolveOptions,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ShipmentPlan:
    """Return what to ship on which lane in which period, at low cost.

    Parameters
    ----------
    problem
        Sites, items, lanes, periods.
    options
        Clock, time limit or budget of work (vehicles tried), seed, and whether the
        checker judges the plan.
    on_progress
        Called with objective and bound as they get better, twice a second.
    cancelled
        Asked some twenty times a second; once true, the solve ends with what it has.

    Returns
    -------
    ShipmentPlan
        `optimal` if the bound is reached, else `feasible`. Where full service is asked
        for, `infeasible` if there is no plan, and `unknown` if none was found.

    Raises
    ------
    CheckError
        If the checker refused the plan.

    References
    ----------
    Kim, Pardalos (1999), "A solution approach to the fixed charge network flow problem
    using a dynamic slope scaling procedure", Operations Research Letters 24: prices of
    flow that pay for what is opened. Ahuja, Magnanti, Orlin (1993), "Network flows",
    chapter 9: reduced costs that keep shortest paths simple.

    Examples
    --------
    >>> import numpy as np
    >>> from optimizer import SolveOptions
    >>> from optimizer.logistics.transshipment import Lanes, TransshipmentProblem
    >>> lanes = Lanes(
    ...     from_site=np.array([0]), to_site=np.array([1]),
    ...     lead_periods=np.array([0]), room=np.array([10.0]),
    ...     vehicle_cost=np.array([7.0]),
    ... )
    >>> problem = TransshipmentProblem(
    ...     lanes=lanes, volume=np.ones(1), stock=np.array([[12.0], [0.0]]),
    ...     supply=np.zeros((2, 1, 2)), demand=np.array([[[0, 0]], [[6.0, 4.0]]]),
    ...     holding_cost=np.full((2, 1), 0.1), shortage_cost=np.full((2, 1), 9.0),
    ... )
    >>> options = SolveOptions(monotonic_s=lambda: 0.0, work_limit=10)
    >>> plan = plan_shipments(problem, options)
    >>> plan.vehicles.tolist(), round(plan.objective, 6)
    ([[1, 0]], 7.8)
    """
    return _Solve(problem, options, on_progress, cancelled).run()


def warm_up() -> None:
    """Compile or load what a solve needs, so that its time is its own."""
    lanes = Lanes(
        from_site=np.array([0, 0]),
        to_site=np.array([1, 1]),
        lead_periods=np.array([0, 1]),
        room=np.full(2, 10.0),
        vehicle_cost=np.full(2, 7.0),
    )
    tiny = TransshipmentProblem(
        lanes=lanes,
        volume=np.ones(2),
        stock=np.array([[12.0, 5.0], [0.0, 0.0]]),
        supply=np.zeros((2, 2, 3)),
        demand=np.array([np.zeros((2, 3)), np.full((2, 3), 2.0)]),
        holding_cost=np.full((2, 2), 0.1),
        shortage_cost=np.full((2, 2), 9.0),
    )
    plan_shipments(tiny, SolveOptions(monotonic_s=lambda: 0.0, work_limit=10))


class _Solve:
    """One solve: who searches, when it ends, and what comes out."""

    def __init__(
        self,
        problem: TransshipmentProblem,
        options: SolveOptions,
        on_progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool],
    ) -> None:
        self.problem, self.options, self.cancelled = problem, options, cancelled
        self._on_progress = on_progress
        self._begun_s = options.monotonic_s()
        flows = problem.n_items * len(problem.lanes) * problem.n_periods
        self._reserve_s = RESERVE_S + RESERVE_SHARE * flows
        self._told_s = -math.inf
        self._lock = threading.Lock()
        self._best = math.inf
        self._bound = 0.0
        self._failures: list[BaseException] = []
        self.history: list[Progress] = []
        self.work = 0

    def run(self) -> ShipmentPlan:
        """Relax, round, save vehicles."""
        timed = self.options.work_limit is None
        relaxation = relaxed(
            self.problem, self._late_to_relax, n_threads=2 if timed else 1
        )
        whole = bool(relaxation.done.all())
        if self.problem.full_service:
            if not whole:
                return self._nothing("unknown")
            if _misses(relaxation, relaxation.flow):
                return self._nothing("infeasible")
        self._bound = relaxation.bound if whole else 0.0
        seed = 2 * self.options.seed
        cores = range(2 if timed else 1)
        starts = self._starts(relaxation, seed, n_threads=len(cores))
        if self.problem.full_service and any(_misses(relaxation, x) for x in starts):
            served = self._served()
            if isinstance(served, str):
                return self._nothing(served)
            starts = [served for _ in starts]
        searches = [
            ShippingSearch(
                relaxation, seed=seed + core, tries=TRIES[core], flow=starts[core]
            )
            for core in cores
        ]
        for search in searches:
            search.force(self._late_to_relax)
        self._tell(searches[0].cost)
        if timed:
            self._against_time(searches)
        else:
            self._in_order(searches[0])
        best = min(searches, key=lambda search: search.cost)
        return self._plan(relaxation, best)

    def _starts(
        self, relaxation: Relaxation, seed: int, *, n_threads: int
    ) -> list[FloatArray]:
        """Return flows to begin with, one for each core."""
        slopes = Slopes(relaxation)
        slopes.scale(self._late_to_relax, n_threads=n_threads)
        with ThreadPoolExecutor(n_threads) as pool:
            return list(
                pool.map(
                    lambda core: slopes.fitted(
                        np.random.Generator(np.random.Philox(seed + core)),
                        self._late_to_relax,
                    ),
                    range(n_threads),
                )
            )

    def _served(self) -> FloatArray | Literal["infeasible", "unknown"]:
        """Return flows that serve all in the vehicles there may be."""
        left_s = self._left_s() if self.options.work_limit is None else SERVED_S
        if left_s <= 0.0:
            return "unknown"
        found = service_of(
            self.problem,
            elastic=False,
            time_limit_s=left_s,
            cancelled=self.cancelled,
        )
        if found is None:
            return "unknown"
        return found if isinstance(found, str) else found.flow

    def _nothing(self, status: SolveStatus) -> ShipmentPlan:
        """Return that there is no plan."""
        problem = self.problem
        lanes, periods = len(problem.lanes), problem.n_periods
        return ShipmentPlan(
            status=status, objective=math.inf,
            bound=math.inf if status == "infeasible" else 0.0, gap=math.inf,
            shipments=np.zeros((problem.n_items, lanes, periods)),
            vehicles=np.zeros((lanes, periods), dtype=np.int64),
            stock=np.zeros(problem.demand.shape), short=np.zeros(problem.demand.shape),
            seconds=self._seconds(),
        )  # fmt: skip

    def _against_time(self, searches: list[ShippingSearch]) -> None:
        threads = [
            threading.Thread(target=self._search, args=(search,))
            for search in searches[1:]
        ]
        for thread in threads:
            thread.start()
        self._search(searches[0])
        for thread in threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    def _search(self, search: ShippingSearch) -> None:
        try:
            self._save_vehicles(search)
        except BaseException as error:
            self._failures.append(error)

    def _save_vehicles(self, search: ShippingSearch) -> None:
        monotonic_s, work = self.options.monotonic_s, 1
        item = 0
        while not self._ended(search):
            if search.calm:
                self.work += search.renew(lambda: self._ended(search))
                self._tell(search.cost)
                continue
            now_s = monotonic_s()
            tried = search.improve(work)
            self.work += tried
            took_s = max(monotonic_s() - now_s, 1e-6)
            work = max(int(work * min(SLICE_S / took_s, 2.0)), 1)
            # For each round of vehicles, each item is settled about once.
            if search.fresh:
                for _ in range(self.problem.n_items):
                    if self._ended(search):
                        return
                    search.settle(item)
                    item = (item + 1) % self.problem.n_items
            self._tell(search.cost)

    def _in_order(self, search: ShippingSearch) -> None:
        assert self.options.work_limit is not None, "asked by the caller"
        while self.work < self.options.work_limit and not self._ended(search):
            if search.calm:
                self.work += search.renew(lambda: self._ended(search))
            else:
                self.work += search.improve(self.options.work_limit - self.work)
            if search.fresh and not search.calm:
                for item in range(self.problem.n_items):
                    search.settle(item)
            self._tell(search.cost)

    def _plan(self, relaxation: Relaxation, best: ShippingSearch) -> ShipmentPlan:
        problem, layout = self.problem, relaxation.layout
        sites, items, periods = problem.demand.shape
        shipments = np.zeros((items, len(problem.lanes), periods))
        vehicles = np.zeros((len(problem.lanes), periods), dtype=np.int64)
        first = layout.first_lane
        shipments[:, layout.lane, layout.period] = best.flow[:, first:]
        vehicles[layout.lane, layout.period] = best.vehicles
        stock = np.zeros((items, sites, periods))
        held = best.flow[:, : layout.n_held].reshape(items, sites, periods - 1)
        stock[:, :, :-1] = held
        stock[:, :, -1] = best.flow[:, layout.n_held : layout.n_held + layout.n_left]
        short = best.flow[:, first - 2 * layout.n_short : first]
        short = short.reshape(items, 2, sites, periods).sum(axis=1)
        draft = ShipmentPlan(
            status="feasible", objective=0.0, bound=0.0, gap=0.0, shipments=shipments,
            vehicles=vehicles, stock=stock.transpose(1, 0, 2),
            short=short.transpose(1, 0, 2),
        )  # fmt: skip
        cost = shipment_cost(problem, draft)
        bound = min(self._bound, cost)
        proven = cost - bound <= PROVEN * max(1.0, cost)
        plan = ShipmentPlan(
            status="optimal" if proven else "feasible",
            objective=cost, bound=bound, gap=relative_gap(cost, bound),
            shipments=draft.shipments, vehicles=draft.vehicles, stock=draft.stock,
            short=draft.short, seconds=self._seconds(), work=self.work,
            history=tuple(self.history),
        )  # fmt: skip
        if self.options.check:
            wrong = check_shipments(problem, plan)
            if wrong:
                message = f"the plan was refused: {'; '.join(wrong)}"
                raise CheckError(message)
        return plan

    def _tell(self, cost: float) -> None:
        with self._lock:
            seconds = self._seconds()
            better = cost < self._best
            self._best = min(self._best, cost)
            if not better or (
                self.options.work_limit is None and seconds - self._told_s < TOLD_S
            ):
                return
            self._told_s = seconds
            bound = min(self._bound, cost)
            line = Progress(seconds=seconds, objective=cost, bound=bound)
            self.history.append(line)
            if self._on_progress is not None:
                self._on_progress(line)

    def _seconds(self) -> float:
        return self.options.monotonic_s() - self._begun_s

    def _left_s(self) -> float:
        return self.options.time_limit_s - self._reserve_s - self._seconds()

    def _late_to_relax(self) -> bool:
        late = self._seconds() > RELAX_SHARE * self.options.time_limit_s
        return late or self.cancelled()

    def _ended(self, search: ShippingSearch) -> bool:
        proven = search.cost - self._bound <= PROVEN * max(1.0, search.cost)
        if self._failures or search.stuck or proven or self.cancelled():
            return True
        return self.options.work_limit is None and self._left_s() <= 0.0


def _misses(relaxation: Relaxation, flow: FloatArray) -> bool:
    """Say whether flows leave any demand open that must be served."""
    off = unbalanced(relaxation.layout, flow, relaxation.balance)
    return bool((off > MISSED).any())
