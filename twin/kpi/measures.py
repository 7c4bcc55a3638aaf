"""The measures of a run, or of any stretch of a log, folded from its events."""

import numpy as np
import polars as pl

from streams.batch import NO_TIME, EventBatch
from streams.events import TYPE_CODES
from streams.names import Names
from twin.errors import OptionError
from twin.kpi import tables as k
from twin.kpi._kernels.fold import fold_rows, settle
from twin.kpi._kernels.levels import Rows, Terms
from twin.kpi.bullwhip import bullwhip, echelon_table
from twin.kpi.cost import costs
from twin.kpi.folded import SECOND_US, Folded
from twin.kpi.goods import goods, lane_table
from twin.kpi.machines import machine_measures, machine_table
from twin.kpi.opening import open_from, stand_at_start
from twin.kpi.places import item_table, site_table
from twin.kpi.production import production
from twin.kpi.service import service
from twin.kpi.terms import (
    Columns,
    NameNumbers,
    Translator,
    Window,
    shape_of,
    terms_of,
)
from twin.model.network import Network
from twin.state.state import State
from twin.state.tables import LAST_US

CHUNK = 65_536
"""Events per call of the compiled fold: bounds how far tables grow ahead of use."""

_MAKES = {
    "lines": ("OrderReceived", "PurchaseOrderPlaced", "ShipmentDispatched",
              "ShipmentReceived"),
    "shipments": ("ShipmentDispatched", "ShipmentReceived"),
    "production": ("ProductionOrderReleased", "ProductionOrderClosed",
                   "OperationStarted", "OperationCompleted"),
    "operations": ("OperationStarted",),
    "arrivals": ("ShipmentReceived", "StockMoved"),
}  # fmt: skip
"""Event types that may add a row to a growing table, each one at most."""


class RunMeasures:
    """Folds events and says how well it went; one and the same for any source.

    Events come from a log, from live workers or from a simulation; what is known of
    them comes from the events and from the tables of the network alone.

    Parameters
    ----------
    network : Network
        What is measured, with its prices, routings and tariffs.
    names : Names
        Table of names of the events.
    window : tuple of int
        Start and end of what is measured, microseconds UTC, the end not with it. Events
        before the start are folded for what they leave behind: feed them, so that
        stock, open orders and the work of machines are right at the start.
    state : State or None
        Settled state from which the events go on, and whose names are `names`; None
        is the network's initial stock at its `as_of`.
    at_once_s : float
        A dispatch within this time of its order counts as from stock at once, >= 0.
        Simulated goods leave in the instant of the order; people take a day.
    bucket_s : float or None
        Length of the buckets that orders are compared with demand by, > 0; None is the
        network's time from one plan to the next.

    Raises
    ------
    OptionError
        If the window is empty or begins before the state, or an option is out of range.

    Examples
    --------
    >>> from twin.model.network import build
    >>> from streams.batch import empty_batch
    >>> network = build(
    ...     {
    ...         "sites": [{"site": "S", "kind": "store"}],
    ...         "items": [{"item": "soap", "unit_cost": 2.0}],
    ...         "suppliers": [{"supplier": "V"}],
    ...         "lanes": [{"lane": "VS", "from_place": "V", "to_place": "S",
    ...                    "lead_time_s": 86400}],
    ...         "stock": [{"item": "soap", "site": "S", "on_hand": 10,
    ...                    "holding_cost_per_day": 0.25}],
    ...     },
    ...     {"name": "shop", "as_of": "1970-01-01T00:00:00Z"},
    ... )
    >>> names = Names()
    >>> run = RunMeasures(network, names, (0, 4 * 86_400_000_000))
    >>> run.book(empty_batch(names))
    >>> measures = run.measures()
    >>> measures["stock_mean_value"], measures["holding_cost"]
    (20.0, 10.0)
    """

    def __init__(
        self,
        network: Network,
        names: Names,
        window: tuple[int, int],
        *,
        state: State | None = None,
        at_once_s: float = 0.0,
        bucket_s: float | None = None,
    ) -> None:
        self._network = network
        self._names = names
        self._window = Window(*window)
        bucket_us = _bucket_us(network, bucket_s)
        if not at_once_s >= 0.0:
            msg = f"at_once_s must be >= 0, was {at_once_s}"
            raise OptionError(msg)
        shape = shape_of(network, self._window, bucket_us)
        self._translator = Translator(network, NameNumbers.of(network, names))
        as_of_us = network.settings.as_of_us
        opened_us = as_of_us if state is None else _after(state, self._window, as_of_us)
        self._terms = terms_of(
            network,
            self._window,
            opened_us=opened_us,
            at_once_us=round(at_once_s * SECOND_US),
            bucket_us=bucket_us,
        )
        self._fold = k.empty_fold(shape, opened_us)
        if state is None:
            stand_at_start(self._fold, network)
        else:
            self._fold = open_from(self._fold, network, state, opened_us)

    @property
    def n_events(self) -> int:
        """Events folded so far."""
        return int(self._fold.counts[k.EVENTS])

    @property
    def n_outside(self) -> int:
        """Events left out because they were before the opening or after the window."""
        return int(self._fold.counts[k.BEFORE] + self._fold.counts[k.AFTER])

    @property
    def n_unknown(self) -> int:
        """Events about a machine, or about stock, that the network does not have."""
        return self._translator.n_unknown

    def book(self, batch: EventBatch) -> None:
        """Fold events that are in canonical order and follow all folded before.

        How events are split into batches changes nothing, to the last bit.

        Parameters
        ----------
        batch : EventBatch
            Its `names` must be those of these measures.
        """
        assert batch.names is self._names, "batch and measures share one table of names"
        for start in range(0, len(batch), CHUNK):
            part = batch.take(slice(start, min(start + CHUNK, len(batch))))
            rows = self._translator.rows(Columns.of(part), len(self._names))
            self._fold = folded_with(self._fold, rows, self._terms, len(self._names))

    def folded(self) -> Folded:
        """Return a copy of the fold, carried on to the end of the window.

        Returns
        -------
        Folded
            What `measures` and the tables are made of; booking may go on.
        """
        tables = k.copied(self._fold)
        settle(tables, self._terms, self._window.end_us)
        return Folded(self._network, self._window, tables)

    def measures(self) -> dict[str, float]:
        """Return all measures by name.

        Returns
        -------
        dict of str to float
            In the order of `twin.kpi.KPI_DEFINITIONS`, which says what each is; NaN
            where there is nothing to measure. Names stay, and new ones may come.
        """
        return measures_of(self.folded())

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the measures in more detail.

        Returns
        -------
        dict of str to DataFrame
            ``machines``, ``groups``, ``plants`` (machines by site), ``sites``,
            ``items``, ``lanes`` and ``echelons``; rows in the order of the network,
            null where there is nothing to measure.
        """
        folded = self.folded()
        return {
            "machines": machine_table(folded, "machine"),
            "groups": machine_table(folded, "group"),
            "plants": machine_table(folded, "site"),
            "sites": site_table(folded),
            "items": item_table(folded),
            "lanes": lane_table(folded),
            "echelons": echelon_table(folded),
        }


def folded_with(
    fold: k.FoldTables, rows: Rows, terms: Terms, n_names: int
) -> k.FoldTables:
    """Fold rows that are in canonical order and follow all folded before.

    Parameters
    ----------
    fold : FoldTables
        Changed, as far as it need not grow.
    rows : Rows
        Columns of the events.
    terms : Terms
        Of network and window.
    n_names : int
        Names there are: the numbers of those in `rows` are below.

    Returns
    -------
    FoldTables
        With room for what came.
    """
    n_of = np.bincount(rows.type_code, minlength=len(TYPE_CODES))
    more = {
        table: sum(int(n_of[TYPE_CODES[name]]) for name in types)
        for table, types in _MAKES.items()
    }
    fold = k.with_room(fold, more, n_names)
    fold_rows(fold, rows, terms)
    return fold


def measures_of(folded: Folded) -> dict[str, float]:
    """Return all measures of a finished fold, see `RunMeasures.measures`.

    Parameters
    ----------
    folded : Folded
        Carried on to the end of its window.

    Returns
    -------
    dict of str to float
    """
    return {
        **service(folded),
        **production(folded),
        **machine_measures(folded),
        **goods(folded),
        **bullwhip(folded),
        **costs(folded),
    }


def _bucket_us(network: Network, bucket_s: float | None) -> int:
    if bucket_s is None:
        return network.settings.review_us
    if not bucket_s > 0.0:
        msg = f"bucket_s must be > 0, was {bucket_s}"
        raise OptionError(msg)
    return max(1, round(bucket_s * SECOND_US))


def _after(state: State, window: Window, as_of_us: int) -> int:
    last_us = int(state.tables.clock[LAST_US])
    opened_us = as_of_us if last_us == NO_TIME else last_us + 1
    if window.start_us < opened_us:
        msg = (
            f"window: must not begin before its state, at {opened_us} us, begins at "
            f"{window.start_us}"
        )
        raise OptionError(msg)
    return opened_us
