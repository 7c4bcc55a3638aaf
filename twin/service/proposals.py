"""Changes of open orders that are proposed, and then approved or rejected.

What was proposed and decided stands in the audit, see `twin.service.ledger`: a record
there is safe and cannot be changed, and no second place could say otherwise.
"""

import hashlib
from http import HTTPStatus
from typing import Any, Literal

import msgspec
import polars as pl

from streams.events import Event, OrderCancelled, OrderChanged
from twin.said import Said
from twin.service.problems import ProblemError

Kind = Literal["expedite", "defer", "cancel", "increase", "decrease"]
Standing = Literal["proposed", "approved", "rejected"]

_DIGEST_BYTES = 6


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A change of an open order of goods.

    Attributes
    ----------
    id : str
        Derives from who proposed it when, and of which order.
    kind : str
        ``expedite`` and ``defer`` change when it is due, ``increase`` and ``decrease``
        how much it is, ``cancel`` ends it.
    order, item, place, party : str
        The order, what it brings where, and from whom.
    quantity, due_us : float, int or None
        As it is: units, and microseconds UTC.
    new_quantity, new_due_us : float or None, int or None
        As it is to be; None: as it is.
    why : str or None
        In words.
    who, time_us : str, int
        Who proposed it, and when.
    status : str
        Proposed, approved or rejected.
    decided_by, decided_us, reason : str or None, int or None, str or None
        Who decided, when, and why.
    """

    id: str
    kind: Kind
    order: str
    item: str
    place: str
    party: str | None = None
    quantity: float
    due_us: int | None = None
    new_quantity: float | None = None
    new_due_us: int | None = None
    why: str | None = None
    who: str
    time_us: int
    status: Standing = "proposed"
    decided_by: str | None = None
    decided_us: int | None = None
    reason: str | None = None

    def event(self) -> Event:
        """Return what happens when it is approved."""
        if self.kind == "cancel":
            return OrderCancelled(order=self.order, reason=self.why)
        return OrderChanged(
            order=self.order, quantity=self.new_quantity, due_us=self.new_due_us
        )


def action_id(*parts: str) -> str:
    """Name an action by what it is.

    Examples
    --------
    >>> action_id("anna", "7", "P1") == action_id("anna", "7", "P1")
    True
    """
    blake = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        blake.update(f"{len(part)}:{part}".encode())
    return f"action-{blake.hexdigest()}"


def open_line(orders: pl.DataFrame, name: str) -> dict[str, Any]:
    """Return the line of an open order of goods.

    Parameters
    ----------
    orders : polars.DataFrame
        As `twin.state.views.orders`.
    name : str
        Of a purchase or a transport.

    Raises
    ------
    ProblemError
        404 if none of that name is open, 409 if it has several lines: an event is of
        all of them.
    """
    lines = orders.filter((pl.col("order") == name) & (pl.col("kind") != "customer"))
    if lines.is_empty():
        msg = f"order {name!r}; allowed: a purchase or transport that is open"
        said = Said(msg, "no_order", {"name": name})
        raise ProblemError(HTTPStatus.NOT_FOUND, "not-found", said)
    if lines.height > 1:
        msg = f"order {name!r}: {lines.height} lines are open; allowed: one"
        said = Said(msg, "several_lines", {"order": name, "count": lines.height})
        raise ProblemError(HTTPStatus.CONFLICT, "several-lines", said)
    return lines.to_dicts()[0]


def check_change(
    kind: Kind, line: dict[str, Any], *, quantity: float | None, due_us: int | None
) -> None:
    """Refuse a change that is not what it is called, or comes after all was sent.

    Parameters
    ----------
    kind : str
        What it is called.
    line : dict
        As `open_line`.
    quantity, due_us : float or None, int or None
        As it is to be: units, microseconds UTC.

    Raises
    ------
    ProblemError
        422.
    """
    dated, sized = kind in {"expedite", "defer"}, kind in {"increase", "decrease"}
    if (due_us is not None) != dated or (quantity is not None) != sized:
        wanted = "day" if dated else "quantity" if sized else "neither"
        allowed = {"day": "due_us alone", "quantity": "quantity alone"}
        msg = f"{kind}: {_given(quantity, due_us)} given; allowed: "
        msg += allowed.get(wanted, wanted)
        _refuse(msg, f"needs_{wanted}", action_kind=kind)
    if not sized and _sent(line) >= line["quantity"]:
        msg = f"{kind}: all {line['quantity']} of order {line['order']!r} are sent; "
        msg += "allowed: an order of which some is still to be sent"
        _refuse(msg, "all_sent", order=line["order"], quantity=line["quantity"])
    if dated and line["due_us"] is not None:
        assert due_us is not None  # checked above
        if (due_us < line["due_us"]) != (kind == "expedite"):
            side = "before" if kind == "expedite" else "after"
            msg = f"{kind}: due_us {due_us}; allowed: {side} {line['due_us']}"
            why = "not_sooner" if kind == "expedite" else "not_later"
            _refuse(msg, why, old_time_us=line["due_us"])
    if sized:
        assert quantity is not None  # checked above
        sent = _sent(line)
        if kind == "increase" and quantity <= line["quantity"]:
            msg = f"quantity {quantity}; allowed: above {line['quantity']}"
            _refuse(msg, "not_more", quantity=quantity, old=line["quantity"])
        if kind == "decrease" and not sent <= quantity < line["quantity"]:
            rest = f"from {sent}, sent already, to below {line['quantity']}"
            msg, old = f"quantity {quantity}; allowed: {rest}", line["quantity"]
            _refuse(msg, "not_less", quantity=quantity, sent=sent, old=old)


def _sent(line: dict[str, Any]) -> float:
    """Return how much of a line is on its way or there, units."""
    return max(line["shipped"] or 0.0, line["delivered"] or 0.0)


def _given(quantity: float | None, due_us: int | None) -> str:
    named = {"quantity": quantity, "due_us": due_us}
    return " and ".join(k for k, v in named.items() if v is not None) or "neither"


def _refuse(msg: str, why: str, **parts: str | float) -> None:
    said = Said(msg, why, parts)
    raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "not-valid", said)
