"""What the audit says of actions and plans, kept in memory and folded as it grows."""

import threading
from typing import Any

import msgspec

from twin.service.access.audit import Audit, AuditRow
from twin.service.proposals import Action

KEPT_MAX = 10_000
"""Actions, and plans, of a tenant that are known: about 10 MB. Beyond it the oldest
that was decided is forgotten here; the audit has it still."""


class Standings:
    """How actions and plans of a tenant stand.

    Attributes
    ----------
    deciding : threading.Lock
        Held by who proposes or decides, from reading how an action stands until what
        is said of it is recorded.
    """

    def __init__(self) -> None:
        self.deciding = threading.Lock()
        self._actions: dict[str, Action] = {}
        self._plans: dict[str, dict[str, Any]] = {}
        self._unsent: dict[str, None] = {}

    def fold(self, row: AuditRow) -> None:
        """Take a row of the audit; a second decision on an action changes nothing."""
        kind, _, word = row.what.partition(".")
        after = row.after or {}
        if row.what in {"plan.approved", "plan.rejected"}:
            self._plans[row.about] = {
                "plan": row.about, "status": word, "who": row.who,
                "time_us": row.time_us, "why": after.get("why"),
            }  # fmt: skip
            if len(self._plans) > KEPT_MAX:
                del self._plans[next(iter(self._plans))]
        elif row.what == "action.proposed":
            self._actions[row.about] = msgspec.convert(row.after, Action)
            self._forget()
        elif kind == "action" and row.about in self._actions:
            self._decide(row, word, after)

    def _decide(self, row: AuditRow, word: str, after: dict[str, Any]) -> None:
        action = self._actions[row.about]
        if word == "sent":
            self._unsent.pop(row.about, None)
        elif word in {"approved", "rejected"} and action.status == "proposed":
            # Approvals of builds that wrote the event first have none to be sent.
            if "event" in after:
                self._unsent[row.about] = None
            self._actions[row.about] = msgspec.structs.replace(
                action, status=word, decided_by=row.who, decided_us=row.time_us,
                reason=after.get("why"),
            )  # fmt: skip

    def _forget(self) -> None:
        if len(self._actions) > KEPT_MAX:
            over = (
                name
                for name, one in self._actions.items()
                if one.status != "proposed" and name not in self._unsent
            )
            self._actions.pop(next(over, ""), None)

    def action(self, name: str) -> Action | None:
        """Return an action by its id; None: there is none."""
        return self._actions.get(name)

    def actions(self) -> list[Action]:
        """Return the actions, in the order in which they were proposed."""
        return list(self._actions.values())

    def plans(self) -> list[dict[str, Any]]:
        """Return what was said last of each plan."""
        return list(self._plans.values())

    def unsent(self) -> list[Action]:
        """Return the actions that are approved, with an event not known to be kept."""
        return [self._actions[name] for name in list(self._unsent)]


class Ledger:
    """The standings of every tenant.

    Parameters
    ----------
    audit : Audit
        Read once, and followed from then on.

    Raises
    ------
    SnapshotCorruptError
        If its chain is broken.
    """

    def __init__(self, audit: Audit) -> None:
        self._lock = threading.Lock()
        self._tenants: dict[str, Standings] = {}
        audit.follow(self._fold)

    def of(self, tenant: str) -> Standings:
        """Return how things of a tenant stand."""
        with self._lock:
            return self._tenants.setdefault(tenant, Standings())

    def _fold(self, row: AuditRow) -> None:
        self.of(row.tenant).fold(row)
