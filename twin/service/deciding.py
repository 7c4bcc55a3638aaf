"""Actions approved and rejected, one at a time, and carried out once.

An approval is recorded before its event is written, and that it was written is recorded
after. Whatever ends the service in between, the event is written again later; it has
the id of the action, and counts once.
"""

import asyncio
import logging
from http import HTTPStatus

from streams.codec import encode
from twin.said import Said
from twin.service.places import Asked, Places
from twin.service.problems import ProblemError
from twin.service.proposals import Action, Standing, check_change, open_line
from twin.service.tenant import Tenant
from twin.state.views import orders

_LOG = logging.getLogger(__name__)
SOURCE = "millstream.service"
FINISH_S = 1.0
"""Seconds between looks for approvals that were not carried out."""

_FOLD_S = 5.0  # how long who approves waits for what was written before
_AGAIN_S = 5


def approve(asked: Asked, name: str) -> Action:
    """Approve an action: its order is changed by an event, which is safe then.

    Parameters
    ----------
    asked : Asked
        Who approves.
    name : str
        Id of an action that waits. One that was approved, with an event that could not
        be written, is carried out.

    Returns
    -------
    Action
        As it stands then.

    Raises
    ------
    ProblemError
        403 if he must not approve what he proposed, see `ServiceOptions.four_eyes`; 404
        if there is none, 409 if it was decided or its order is not any more what it
        was proposed for, 429 or 503 if the event cannot be written yet.
    """
    standings = asked.standings
    with standings.deciding:
        found = _seen(asked, name)
        if found not in standings.unsent():
            _check_waits(found)
            _check_eyes(asked, found)
            _check_fits(asked, found)
            _decide(asked, found, "approved", {"why": None, "event": found.id})
        _send(asked.places, asked.tenant, found, who=asked.caller.name)
        return standings.action(name) or found


def reject(asked: Asked, name: str, why: str) -> Action:
    """Reject an action.

    Parameters
    ----------
    asked : Asked
        Who rejects.
    name : str
        Id of an action that waits.
    why : str
        In words.

    Returns
    -------
    Action
        As it stands then.

    Raises
    ------
    ProblemError
        404 if there is none, 409 if it was decided.
    """
    standings = asked.standings
    with standings.deciding:
        found = _seen(asked, name)
        _check_waits(found)
        _decide(asked, found, "rejected", {"why": why})
        return standings.action(name) or found


def finish(places: Places, tenant: Tenant) -> None:
    """Carry out what was approved before the service ended or the log refused.

    Parameters
    ----------
    places : Places
        The service.
    tenant : Tenant
        Whose actions; nothing is done while its twin is behind, as the time of an event
        derives from the last one known.
    """
    standings = places.ledger.of(tenant.name)
    if not standings.unsent() or tenant.follower.progress().behind:
        return
    with standings.deciding:
        for one in standings.unsent():
            _send(places, tenant, one, who=one.decided_by or one.who)


async def keep_finishing(places: Places) -> None:
    """Finish approvals of all tenants for as long as it is not cancelled.

    Parameters
    ----------
    places : Places
        The service.
    """
    while True:
        for tenant in places.tenants.values():
            try:
                await asyncio.to_thread(finish, places, tenant)
            except ProblemError:
                pass  # the log takes nothing now
            except Exception:
                _LOG.exception("an approved action could not be carried out")
        await asyncio.sleep(FINISH_S)


def _seen(asked: Asked, name: str) -> Action:
    found, sites = asked.standings.action(name), asked.caller.sites
    if found is None or (sites and found.place not in sites):
        msg = f"action {name!r}; allowed: one that was proposed"
        said = Said(msg, "no_action", {"name": name})
        raise ProblemError(HTTPStatus.NOT_FOUND, "not-found", said)
    return found


def _check_waits(action: Action) -> None:
    if action.status != "proposed":
        msg = f"action {action.id!r}: {action.status}; allowed: one that waits"
        said = Said(msg, "decided", {"decision": action.status})
        raise ProblemError(HTTPStatus.CONFLICT, "decided", said)


def _check_eyes(asked: Asked, action: Action) -> None:
    if asked.places.options.four_eyes and asked.caller.name == action.who:
        msg = f"action {action.id!r}: proposed by {action.who!r}; allowed: another key"
        said = Said(msg, "four_eyes", {"name": action.who})
        raise ProblemError(HTTPStatus.FORBIDDEN, "four-eyes", said)


def _check_fits(asked: Asked, action: Action) -> None:
    """Refuse a change of an order that is another by now."""
    tenant = asked.tenant
    tenant.follower.check()
    if not tenant.follower.wait_until_read(timeout_s=_FOLD_S):
        tenant.follower.check()
        msg = f"action {action.id!r}: events wait to be folded; allowed: once they are"
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE, "behind", Said(msg, "not_folded"),
            retry_after_s=_AGAIN_S,
        )  # fmt: skip
    view = tenant.follower.view(fresh=True)
    try:
        line = open_line(orders(view.state), action.order)
        check_change(
            action.kind, line, quantity=action.new_quantity, due_us=action.new_due_us
        )
    except ProblemError as error:
        raise _fits_no_more(action, error.detail) from error
    if (line["item"], line["place"]) != (action.item, action.place):
        raise _fits_no_more(action, f"of {line['item']} at {line['place']} now")


def _fits_no_more(action: Action, why: str) -> ProblemError:
    msg = f"action {action.id!r}: does not fit order {action.order!r} any more: {why}"
    said = Said(msg, "fits_no_more", {"order": action.order})
    return ProblemError(HTTPStatus.CONFLICT, "fits-no-more", said)


def _decide(
    asked: Asked, action: Action, status: Standing, after: dict[str, str | None]
) -> None:
    what = f"action.{status}"
    asked.record(what, about=action.id, after=after)
    asked.tenant.hub.tell("plan", {"plan": action.id, "what": what})


def _send(places: Places, tenant: Tenant, action: Action, *, who: str) -> None:
    # Within an instant changes come before orders: it is one after what is known.
    latest_us = tenant.follower.progress().latest_us
    time_us = latest_us + 1 if latest_us else places.clock.now_us()
    event = encode(action.event(), event_id=action.id, source=SOURCE, time_us=time_us)
    tenant.journal.submit([event]).result()
    places.audit.record(who, "action.sent", tenant=tenant.name, about=action.id)
