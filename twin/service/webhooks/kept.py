"""Webhooks and their deliveries, as they are kept."""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

Kind = Literal[
    "plan.released", "plan.approved", "plan.rejected", "job.ended",
    "exception.raised", "records.refused", "ping",
]  # fmt: skip
KINDS: dict[Kind, str] = {
    "plan.released": "a plan is in force, or waits for approval",
    "plan.approved": "a planner approved a plan",
    "plan.rejected": "a planner rejected a plan",
    "job.ended": "a plan, schedule, comparison or date that was asked for is there",
    "exception.raised": "an order is late, stock is short, or a machine stands",
    "records.refused": "records came that cannot be used: dead letters",
    "ping": "somebody tries the webhook",
}
"""What a webhook may be told of."""

DeliveryStatus = Literal["waiting", "delivered", "given_up", "dropped"]


class Delivery(msgspec.Struct, kw_only=True):
    """A message for one webhook.

    Attributes
    ----------
    id : str
        The same for the same happening: who gets one twice can tell.
    kind : str
        Of `KINDS`.
    about : str
        Id of what it is about.
    made_us, last_us : int, int or None
        When it was made, and when it was tried last; microseconds UTC.
    body : str
        JSON that is sent; empty when it is over.
    status : str
        Waiting, delivered, given up after as many tries as may be, or dropped as too
        many waited.
    tries : int
        So far.
    said : str or None
        What went wrong last.
    """

    id: str
    kind: Kind
    about: str
    made_us: int
    body: str
    status: DeliveryStatus = "waiting"
    tries: int = 0
    last_us: int | None = None
    said: str | None = None


class Webhook(msgspec.Struct, kw_only=True):
    """Somebody who is told.

    Attributes
    ----------
    id, number : str, int
        Its id, and a count of the tenant.
    url : str
        Where to.
    kinds : tuple of str
        What of; never empty.
    who : str
        Name of the key that made it.
    secret : str
        What messages are signed with: it must be kept as it is.
    created_us : int
        Microseconds UTC.
    enabled : bool
        False: so many deliveries were given up that no more are tried.
    n_given_up : int
        Deliveries given up since the last that arrived.
    deliveries : list of Delivery
        Those that wait, and the last that are over; the oldest first.
    """

    id: str
    number: int
    url: str
    kinds: tuple[Kind, ...]
    who: str
    secret: str
    created_us: int
    enabled: bool = True
    n_given_up: int = 0
    deliveries: list[Delivery] = []

    def next(self) -> Delivery | None:
        """Return the oldest delivery that waits."""
        if not self.enabled:
            return None
        waiting = (one for one in self.deliveries if one.status == "waiting")
        return next(waiting, None)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something to tell of.

    Attributes
    ----------
    kind : str
        Of `KINDS`.
    id : str
        Names what happened: of the same name one is told once, as far as messages are
        kept.
    about : str
        Id of what it is about.
    data : Any
        What else there is to tell, as JSON can hold it.
    """

    kind: Kind
    id: str
    about: str
    data: Any = None

    def message(self, *, tenant: str, now_us: int) -> Delivery:
        """Return what a webhook gets.

        Parameters
        ----------
        tenant : str
            Whose.
        now_us : int
            Time of day, microseconds UTC.
        """
        body = {
            "id": self.id, "kind": self.kind, "tenant": tenant, "about": self.about,
            "time_us": now_us, "data": self.data,
        }  # fmt: skip
        text = msgspec.json.encode(body).decode()
        return Delivery(
            id=self.id, kind=self.kind, about=self.about, made_us=now_us, body=text
        )
