"""What a network earns and how well it serves, from events and state.

A `Ledger` books the events of each period once and closes the period at its end: flows
come from events, stocks from state. Costs fall where the network's tables say, unless
an event says what was agreed or paid:

- sales: price of a demand, for each unit shipped to its customer;
- purchase: price of the order, else of its lane, for each unit sent;
- transport: cost of the dispatch, else unit and fixed cost of its lane;
- handling: of the site that makes or sends a unit; of machines, by the hour that they
  are busy or set up;
- holding: of each unit on hand, and of each unit on the way, at the end of a period;
- shortage: of each unit late at the end of a period, or of each unit lost.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from streams.batch import EventBatch
from streams.events import TYPE_CODES
from twin.model.network import Network
from twin.model.records import CUSTOMER
from twin.state import tables as t
from twin.state.points import NetworkView
from twin.state.state import State

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000

_DISPATCHED = TYPE_CODES["ShipmentDispatched"]
_RECEIVED = TYPE_CODES["OrderReceived"]
_CANCELLED = TYPE_CODES["OrderCancelled"]
_PLACED = TYPE_CODES["PurchaseOrderPlaced"]
_MOVED = TYPE_CODES["StockMoved"]
_RECEIPT = 2  # position in `streams.events.MoveReason`


@dataclass(slots=True)
class PeriodMeasures:
    """One period of a network: money in its currency, units in base units.

    Attributes
    ----------
    time_us : int
        End of the period.
    sales, purchase, transport, handling, holding, shortage : float
        Money of the period, see the module.
    demanded, served, lost : float
        Units asked for, shipped at once, and lost for good.
    backorder : float
        Units customers wait for at the end.
    stock_value, transit_value : float
        Value of what is on hand and on the way at the end, at unit cost; what is on the
        way to customers is sold, and not in it.
    cost_of_goods : float
        Unit cost of what was shipped to customers.
    """

    time_us: int = 0
    sales: float = 0.0
    purchase: float = 0.0
    transport: float = 0.0
    handling: float = 0.0
    holding: float = 0.0
    shortage: float = 0.0
    demanded: float = 0.0
    served: float = 0.0
    lost: float = 0.0
    backorder: float = 0.0
    stock_value: float = 0.0
    transit_value: float = 0.0
    cost_of_goods: float = 0.0

    @property
    def profit(self) -> float:
        """Sales less all costs of the period."""
        return self.sales - (
            self.purchase
            + self.transport
            + self.handling
            + self.holding
            + self.shortage
        )


@dataclass(frozen=True, slots=True)
class KpiTable:
    """Measures of a whole run.

    Attributes
    ----------
    periods : tuple of PeriodMeasures
        In order of time.
    ordered_by_place : ndarray of shape (n_periods, n_places), float64
        Units each site ordered in a period.
    demanded_by_site : ndarray of shape (n_periods, n_places), float64
        Units customers asked of each site in a period.
    stock_by_point : ndarray of shape (n_periods, n_points), float64
        Units on hand at the end of a period.
    first_stock_value : float
        Value of what was on hand before the first period, at unit cost.
    """

    periods: tuple[PeriodMeasures, ...]
    ordered_by_place: NDArray[np.float64]
    demanded_by_site: NDArray[np.float64]
    stock_by_point: NDArray[np.float64]
    first_stock_value: float = 0.0

    def series(self, name: str) -> NDArray[np.float64]:
        """Return a measure (or ``profit``) by period, shape (n_periods,)."""
        return np.array([getattr(period, name) for period in self.periods], np.float64)

    def totals(self) -> dict[str, float]:
        """Return the KPIs of the run by name.

        Returns
        -------
        dict of str to float
            result (profit plus what stock, with that on the way, gained in value; a
            plan that only sells its stock looks good without), profit, stock_change,
            the parts of profit, fill_rate (share served at once), lost_share,
            mean_stock_value, turns (a year's cost of goods over mean stock value) and
            variance_ratio (orders over demand, see `variance_ratios`).
        """
        names = [f.name for f in fields(PeriodMeasures) if f.name != "time_us"]
        sums = {name: float(self.series(name).sum()) for name in (*names, "profit")}
        # Without demand there is no share of it.
        demanded = sums["demanded"] or float("nan")
        mean_stock = float(self.series("stock_value").mean()) if self.periods else 0.0
        change = self._stock_change()
        return {
            "result": sums["profit"] + change,
            "profit": sums["profit"],
            "stock_change": change,
            **{
                name: sums[name]
                for name in ("sales", "purchase", "transport", "handling")
            },
            "holding": sums["holding"],
            "shortage": sums["shortage"],
            "fill_rate": sums["served"] / demanded,
            "lost_share": sums["lost"] / demanded,
            "mean_stock_value": mean_stock,
            "turns": self._years_of(sums["cost_of_goods"]) / max(mean_stock, 1e-12),
            "variance_ratio": self._variance_ratio(),
        }

    def _stock_change(self) -> float:
        if not self.periods:
            return 0.0
        last = self.periods[-1]
        return last.stock_value + last.transit_value - self.first_stock_value

    def _years_of(self, amount: float) -> float:
        times = [period.time_us for period in self.periods]
        if len(times) < 2:  # noqa: PLR2004
            return 0.0
        span_us = (times[-1] - times[0]) * len(times) / (len(times) - 1)
        return amount * 365.25 * DAY_US / span_us

    def variance_ratios(self) -> NDArray[np.float64]:
        """Return the bullwhip ratio of each place.

        Returns
        -------
        ndarray of shape (n_places,), float64
            Coefficient of variation of what a site orders over that of all customer
            demand, by review; NaN for places that order nothing. Without a unit, so
            that a site that orders grams compares with one that orders pallets.

        References
        ----------
        Fransoo, Wouters (2000), "Measuring the bullwhip effect in the supply chain",
        Supply Chain Management 5(2), section 2: omega = c_out / c_in.
        """
        if not self.periods:
            return np.full(self.ordered_by_place.shape[1], np.nan)
        demand = self.demanded_by_site.sum(axis=1)
        ordered = self.ordered_by_place
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = ordered.std(axis=0) / ordered.mean(axis=0)
            ratio: NDArray[np.float64] = relative / (demand.std() / demand.mean())
        return ratio

    def _variance_ratio(self) -> float:
        ratios = self.variance_ratios()
        known = ratios[np.isfinite(ratios)]
        return float(known.mean()) if len(known) else float("nan")


class Ledger:
    """Books periods of one network.

    Parameters
    ----------
    network : Network
        Whose prices and costs count.
    view : NetworkView
        Of that network.
    """

    def __init__(self, network: Network, view: NetworkView) -> None:
        self._network = network
        self._view = view
        self._begin()
        self._closed: list[PeriodMeasures] = []
        self._ordered: list[NDArray[np.float64]] = []
        self._demanded: list[NDArray[np.float64]] = []
        self._stock: list[NDArray[np.float64]] = []
        self._period_days = network.settings.review_us / DAY_US
        self._machine_us = np.zeros(len(network.machines.ids), np.int64)
        self._price = np.nan_to_num(network.demands.price)
        # The last one is for places the network does not know, and for none (-1).
        self._is_customer = np.append(network.places.kind == CUSTOMER, False)
        self._point_value = network.items.unit_cost[network.stock.item_index]

    def book(self, batch: EventBatch, state: State) -> None:
        """Book the flows of a batch that `state` has folded, before its period closes.

        Parameters
        ----------
        batch : EventBatch
            Events of the open period.
        state : State
            Its last instant is closed.
        """
        self._book_dispatches(batch, state)
        self._book_orders(batch, state)
        self._book_cancelled(batch, state)
        self._book_production(batch, state)

    def _rows(self, batch: EventBatch, code: int) -> NDArray[np.intp]:
        return np.flatnonzero(batch.type_code == code)

    def _book_dispatches(self, batch: EventBatch, state: State) -> None:
        rows = self._rows(batch, _DISPATCHED)
        if not len(rows):
            return
        network, quantity = self._network, batch.value0[rows]
        about = self._view.rows(batch, state)
        item, origin = about.item[rows], about.place[rows]
        known = (origin >= 0) & (origin < len(network.places.ids))
        handling = network.places.handling_cost[np.where(known, origin, 0)]
        self._open.handling += float(handling[known] @ quantity[known])
        demand = about.demand[rows]
        sold = demand >= 0
        price = self._price[demand[sold]]
        self._open.sales += float(price @ quantity[sold])
        unit_cost = network.items.unit_cost[item[sold]]
        self._open.cost_of_goods += float(unit_cost @ quantity[sold])
        self._book_served(batch, rows[sold])
        lane = about.lane[rows]
        self._book_transport(batch, rows[lane >= 0], lane[lane >= 0])

    def _book_transport(
        self, batch: EventBatch, rows: NDArray[np.intp], lane: NDArray[np.int32]
    ) -> None:
        lanes, quantity = self._network.lanes, batch.value0[rows]
        # Lanes between the same places differ in price; the order knows which it was.
        placed = _row_of(batch, _PLACED, batch.parent[rows])
        agreed = np.where(placed >= 0, batch.value1[placed], np.nan)
        price = np.where(np.isnan(agreed), lanes.price[lane], agreed)
        self._open.purchase += float(price @ quantity)
        paid = batch.value1[rows]
        listed = lanes.unit_cost[lane] * quantity + lanes.fixed_cost[lane]
        self._open.transport += float(np.where(np.isnan(paid), listed, paid).sum())

    def _book_served(self, batch: EventBatch, rows: NDArray[np.intp]) -> None:
        # An instant is never split between periods, so its orders are in the batch.
        ordered = _row_of(batch, _RECEIVED, batch.parent[rows])
        at_once = (ordered >= 0) & (batch.time_us[ordered] == batch.time_us[rows])
        self._open.served += float(batch.value0[rows[at_once]].sum())

    def _book_orders(self, batch: EventBatch, state: State) -> None:
        place = self._view.rows(batch, state).place
        for code, column in ((_RECEIVED, self._asked), (_PLACED, self._placed)):
            rows = self._rows(batch, code)
            places = place[rows]
            kept = (places >= 0) & (places < len(column))
            np.add.at(column, places[kept], batch.value0[rows[kept]])

    def _book_cancelled(self, batch: EventBatch, state: State) -> None:
        rows = self._rows(batch, _CANCELLED)
        if not len(rows):
            return
        names = np.unique(batch.subject[rows])
        slots = state.indices(t.ORDER, names)
        orders = _all_lines(state.tables.orders, slots[slots >= 0])
        orders = orders[
            (orders["kind"] == t.ORDER_CUSTOMER) & (orders["status"] == t.CANCELLED)
        ]
        self._book_lost(
            orders["quantity"] - orders["shipped"],
            self._view.demand_rows.find(
                orders["party"], orders["item"], orders["place"]
            ),
        )
        self._book_forgotten(batch, state, names[slots < 0])

    def _book_forgotten(
        self, batch: EventBatch, state: State, forgotten: NDArray[np.int32]
    ) -> None:
        # State forgets all but the last closed orders; a long period has more of them.
        ordered = _row_of(batch, _RECEIVED, forgotten)
        forgotten, ordered = forgotten[ordered >= 0], ordered[ordered >= 0]
        sent = self._rows(batch, _DISPATCHED)
        sent = sent[np.isin(batch.parent[sent], forgotten)]
        shipped = np.zeros(len(forgotten))
        np.add.at(
            shipped, np.searchsorted(forgotten, batch.parent[sent]), batch.value0[sent]
        )
        self._book_lost(
            batch.value0[ordered] - shipped,
            self._view.rows(batch, state).demand[ordered],
        )

    def _book_lost(
        self, quantity: NDArray[np.float64], demand: NDArray[np.integer]
    ) -> None:
        lost = np.maximum(quantity, 0.0)[demand >= 0]
        cost = self._network.demands.shortage_cost[demand[demand >= 0]]
        self._open.lost += float(lost.sum())
        self._open.shortage += float(cost @ lost)

    def _book_production(self, batch: EventBatch, state: State) -> None:
        rows = self._rows(batch, _MOVED)
        if not len(rows):
            return
        made = rows[(batch.parent[rows] >= 0) & (batch.code[rows] == _RECEIPT)]
        site = self._view.rows(batch, state).party[made]
        known = (site >= 0) & (site < len(self._network.places.ids))
        handling = self._network.places.handling_cost[site[known]]
        self._open.handling += float(handling @ batch.value0[made[known]])

    def close(self, state: State, now_us: int) -> PeriodMeasures:
        """Close the period: book what stands in stock, on the way and in backlog.

        Parameters
        ----------
        state : State
            Settled state at the end of the period.
        now_us : int
            That end.

        Returns
        -------
        PeriodMeasures
            The period just closed.
        """
        network, view, measures = self._network, self._view, self._open
        on_hand = view.stock_column(state, "on_hand")
        measures.time_us = now_us
        measures.holding += self._period_days * float(
            network.stock.holding_cost_per_day @ on_hand
        )
        measures.stock_value = float(self._point_value @ on_hand)
        self._close_pipeline(state)
        self._close_machines(state, now_us)
        backlog = np.where(network.demands.backlogged, view.backlog(state), 0.0)
        measures.backorder = float(backlog.sum())
        measures.shortage += self._period_days * float(
            network.demands.shortage_cost @ backlog
        )
        measures.demanded = float(self._asked.sum())
        self._stock.append(on_hand)
        self._demanded.append(self._asked)
        self._ordered.append(self._placed)
        self._closed.append(measures)
        self._begin()
        return measures

    def _begin(self) -> None:
        n_places = len(self._network.places.ids)
        self._open = PeriodMeasures()
        self._asked, self._placed = np.zeros(n_places), np.zeros(n_places)

    def _close_pipeline(self, state: State) -> None:
        network = self._network
        shipments, left = self._view.on_the_way(state)
        lane = self._view.lanes(
            shipments["origin"], shipments["destination"], shipments["item"]
        )
        kept = lane >= 0
        rate = network.lanes.pipeline_cost_per_day[lane[kept]]
        self._open.holding += self._period_days * float(rate @ left[kept])
        item, target = shipments["item"], shipments["destination"]
        n_places = len(network.places.ids)
        kept = (item >= 0) & (item < len(network.items.ids))
        kept &= ~self._is_customer[np.minimum(target, n_places)]
        self._open.transit_value = float(
            network.items.unit_cost[item[kept]] @ left[kept]
        )

    def _close_machines(self, state: State, now_us: int) -> None:
        # Time in state, not the span of operations: those wait out nights and failures.
        n_machines = len(self._machine_us)
        if not n_machines:
            return
        working = [t.MACHINE_STATES.index("setup"), t.STATE_BUSY]
        worked_us = state.tables.time_in_state_us[:n_machines, working].sum(axis=1)
        machines = state.tables.machines[:n_machines]
        now_working = np.isin(machines["state"], working)
        worked_us = worked_us + np.where(now_working, now_us - machines["since_us"], 0)
        hours = (worked_us - self._machine_us) / HOUR_US
        self._open.handling += float(self._network.machines.cost_per_h @ hours)
        self._machine_us = worked_us

    def table(self) -> KpiTable:
        """Return all closed periods."""
        n_periods = len(self._closed)
        n_places = len(self._network.places.ids)
        n_points = len(self._point_value)
        return KpiTable(
            periods=tuple(self._closed),
            ordered_by_place=np.reshape(self._ordered, (n_periods, n_places)),
            demanded_by_site=np.reshape(self._demanded, (n_periods, n_places)),
            stock_by_point=np.reshape(self._stock, (n_periods, n_points)),
            first_stock_value=float(self._point_value @ self._network.stock.on_hand),
        )


def _row_of(batch: EventBatch, code: int, names: NDArray[np.int32]) -> NDArray[np.intp]:
    """Row of the first event of a type about each name, -1 without one."""
    return first_rows(batch.subject, np.flatnonzero(batch.type_code == code), names)


def first_rows(
    subject: NDArray[np.int32], rows: NDArray[np.intp], names: NDArray[np.int32]
) -> NDArray[np.intp]:
    """Return the first of some rows that is about each name.

    Parameters
    ----------
    subject : ndarray of shape (n,), int32
        What each row is about.
    rows : ndarray of shape (n_rows,), intp
        Among which to look, ascending.
    names : ndarray of shape (n_names,), int32
        What is looked for.

    Returns
    -------
    ndarray of shape (n_names,), intp
        -1 where there is none.
    """
    if not len(rows):
        return np.full(len(names), -1, np.intp)
    order = np.argsort(subject[rows], kind="stable")
    rows = rows[order]
    subjects = subject[rows]
    found = np.minimum(np.searchsorted(subjects, names), len(rows) - 1)
    return np.where(subjects[found] == names, rows[found], np.intp(-1))


def _all_lines(orders: NDArray[np.void], slots: NDArray[np.int32]) -> NDArray[np.void]:
    """Return the lines of orders whose first lines are given."""
    found = []
    while len(slots):
        found.append(orders[slots])
        following = orders["next"][slots]
        slots = following[following >= 0]
    return np.concatenate(found) if found else orders[:0]
