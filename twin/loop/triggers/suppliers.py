"""Goods that come late: what a supplier says, and what is overdue."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME, EventBatch
from streams.events import TYPE_CODES
from twin.errors import OptionError
from twin.loop.occasions import Occasion, Situation
from twin.model.changes.words import duration
from twin.model.network import Network
from twin.state import tables as t
from twin.state.points import NetworkView
from twin.state.state import State

LATE_SUPPLIER = "late_supplier"

_DELAYED = TYPE_CODES["PurchaseOrderDelayed"]
_PULSE = tuple(
    TYPE_CODES[name] for name in ("ShipmentReceived", "ShipmentDispatched")
)  # fmt: skip


class LateSupplier:
    """Fires when an order of goods is delayed, or overdue.

    Delayed is what its supplier says will come later than its lane usually takes, by
    more than a review. Overdue is what nobody said anything of, once hardly an order of
    its lane takes as long; it is looked for whenever goods are sent or received.

    Parameters
    ----------
    late_share : float
        Share of orders that come at most so late, whatever the law of the lane, in
        (0, 1): overdue after ``mean + sd * sqrt((1 - share) / share)``.
    late_s : float or None
        Delay that is not worth a decision, seconds >= 0; None: one review.

    Raises
    ------
    OptionError
        If an option is outside what is allowed.

    References
    ----------
    Cantelli (1928), "Sui confini della probabilita", one-sided inequality:
    P(X - m >= k s) <= 1 / (1 + k^2) for every law of mean m and standard deviation s.
    """

    name = LATE_SUPPLIER

    def __init__(
        self, *, late_share: float = 0.05, late_s: float | None = None
    ) -> None:
        if not 0.0 < late_share < 1.0:
            msg = f"late_supplier: late_share must be in (0, 1), was {late_share}"
            raise OptionError(msg)
        if late_s is not None and not late_s >= 0.0:
            msg = f"late_supplier: late_s must be >= 0, was {late_s}"
            raise OptionError(msg)
        self._spread = math.sqrt((1.0 - late_share) / late_share)
        self._late_s = late_s
        self._view: NetworkView | None = None

    def looks(self, events: EventBatch) -> NDArray[np.bool_]:
        """Look at delays that are told, and whenever goods move."""
        wanted: NDArray[np.bool_] = np.isin(events.type_code, (_DELAYED, *_PULSE))
        return wanted

    def fired(self, situation: Situation) -> Sequence[Occasion]:
        """Name the orders that are late now and were not named as late as that."""
        view = self._view_of(situation.network)
        rows = _waited_for(situation.state)
        if not len(rows):
            return ()
        lane = view.lanes(rows["party"], rows["place"], rows["item"])
        rows, lane = rows[lane >= 0], lane[lane >= 0]
        found: dict[str, Occasion] = {}
        for occasion in (
            *self._delayed(situation, rows, lane),
            *self._overdue(situation, rows, lane),
        ):
            found.setdefault(occasion.subject, occasion)
        return tuple(found.values())

    def _view_of(self, network: Network) -> NetworkView:
        if self._view is None or self._view.network is not network:
            self._view = NetworkView(network)
        return self._view

    def _delayed(
        self, situation: Situation, rows: NDArray[np.void], lane: NDArray[np.int32]
    ) -> Iterator[Occasion]:
        events, state, network = situation.events, situation.state, situation.network
        told = events.subject[events.type_code == _DELAYED]
        if not len(told):
            return
        of_event = np.isin(rows["hash"], state.names.hashes[told])
        usual_us = rows["ordered_us"] + np.round(
            network.lanes.lead_time_s[lane] * 1e6
        ).astype(np.int64)
        known = (rows["due_us"] != NO_TIME) & (rows["ordered_us"] != NO_TIME)
        late_us = np.where(known, rows["due_us"] - usual_us, 0)
        worth_us = network.settings.review_us
        if self._late_s is not None:
            worth_us = round(self._late_s * 1e6)
        for k in np.flatnonzero(of_event & (late_us > worth_us)).tolist():
            yield self._occasion(
                situation, rows[k],
                f"comes {duration(round(late_us[k] / 1e6))} later than usual",
            )  # fmt: skip

    def _overdue(
        self, situation: Situation, rows: NDArray[np.void], lane: NDArray[np.int32]
    ) -> Iterator[Occasion]:
        lanes, now_us = situation.network.lanes, situation.now_us
        longest = 1.0 + self._spread * lanes.lead_time_cv[lane]
        limit_us = np.round(lanes.lead_time_s[lane] * longest * 1e6).astype(np.int64)
        since_us = rows["ordered_us"]
        # What was said to come later is waited for until then.
        limit_us = np.maximum(since_us + limit_us, rows["due_us"])
        for k in np.flatnonzero((since_us != NO_TIME) & (now_us > limit_us)).tolist():
            order = situation.state.names[int(rows["name"][k])]
            told_us = situation.fired_us.get(f"{self.name}/{order}")
            if told_us is None or told_us <= int(limit_us[k]):
                waited = duration(round((now_us - int(since_us[k])) / 1e6))
                yield self._occasion(
                    situation, rows[k],
                    f"is overdue: it was ordered {waited} ago",
                )  # fmt: skip

    def _occasion(self, situation: Situation, row: np.void, what: str) -> Occasion:
        network, order = situation.network, situation.state.names[int(row["name"])]
        left = f"{row['quantity'] - row['delivered']:g}"
        item = network.items.ids[int(row["item"])]
        place = network.places.ids[int(row["place"])]
        party = network.places.ids[int(row["party"])]
        detail = f"order {order} of {left} {item} from {party} to {place} {what}"
        return Occasion(situation.now_us, self.name, order, detail)


def _waited_for(state: State) -> NDArray[np.void]:
    """Return lines of purchases and transfers of which something is to come."""
    used: NDArray[np.void] = state.used()["orders"]
    supply = np.isin(used["kind"], (t.ORDER_PURCHASE, t.ORDER_TRANSFER))
    left = used["quantity"] - used["delivered"] > 0.0
    waited: NDArray[np.void] = used[supply & left & (used["status"] == t.OPEN)]
    return waited
