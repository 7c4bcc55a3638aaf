"""Looks at a tenant now and then, and tells its webhooks what is newly wrong."""

import asyncio
import logging
from typing import Any, TypeAlias

from twin.service.access import Caller
from twin.service.overview import overview
from twin.service.past import find_state
from twin.service.problems import ProblemError
from twin.service.tenant import Tenant
from twin.service.webhooks import Happening

_LOG = logging.getLogger(__name__)
_ITSELF = "millstream"
_Wrong: TypeAlias = tuple[str, str, str | None, str | None]


class Watch:
    """What was wrong when it was looked last; what is new since is told.

    The first look tells nothing: what is wrong then is seen on the page.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    """

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._known: set[_Wrong] | None = None
        self._letters = dict(tenant.follower.progress().dead_letters)

    def look(self) -> None:
        """Look once."""
        webhooks = self._tenant.webhooks
        if webhooks.wanted("exception.raised"):
            webhooks.tell(self._exceptions())
        else:
            self._known = None
        webhooks.tell(self._refused())

    def _exceptions(self) -> list[Happening]:
        tenant = self._tenant
        caller = Caller(_ITSELF, tenant.name, frozenset({"read"}))
        state = find_state(tenant, None)
        found = overview(tenant.network, state, caller).exceptions
        now = {_wrong(one): one for one in found}
        known = set(now) if self._known is None else self._known
        self._known = set(now)
        seen_us = state.latest_us or 0
        return [
            Happening("exception.raised", _name(wrong, seen_us), str(one["about"]), one)
            for wrong, one in now.items()
            if wrong not in known
        ]

    def _refused(self) -> list[Happening]:
        letters = self._tenant.follower.progress().dead_letters
        new = {
            reason: n - self._letters.get(reason, 0)
            for reason, n in letters.items()
            if n > self._letters.get(reason, 0)
        }
        self._letters = dict(letters)
        if not new:
            return []
        n_letters = sum(letters.values())
        data = {"new": new, "total": n_letters}
        # Several looks between the same two letters are one happening.
        name = f"records.refused-{self._tenant.clock.now_us()}-{n_letters}"
        return [Happening("records.refused", name, "deadletters", data)]


def _wrong(one: dict[str, Any]) -> _Wrong:
    """Tell what is wrong, and not since when: a shortage moves with its stock."""
    return one["kind"], one["about"], one["item"], one["place"]


def _name(wrong: _Wrong, seen_us: int) -> str:
    return "exception-" + "/".join(map(str, (*wrong, seen_us)))


async def watch(tenants: list[Tenant], *, look_s: float) -> None:
    """Look at tenants for as long as it is not cancelled.

    Parameters
    ----------
    tenants : list of Tenant
        Whose.
    look_s : float
        Seconds between two looks, > 0.
    """
    watches = [Watch(one) for one in tenants]
    while True:
        await asyncio.sleep(look_s)
        for one in watches:
            try:
                await asyncio.to_thread(one.look)
            except ProblemError:
                pass  # the twin has ended; readyz says so
            except Exception:
                _LOG.exception("a look at what is wrong failed")
