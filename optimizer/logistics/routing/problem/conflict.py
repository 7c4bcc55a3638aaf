"""What a conflict is: rules of a planner that cannot hold together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["RULES", "Conflict", "Rule"]

Rule = Literal["skill", "capacity", "window", "shift", "distance", "duration", "break"]

RULES: tuple[Rule, ...] = (
    "skill",
    "capacity",
    "window",
    "shift",
    "distance",
    "duration",
    "break",
)
"""Rules that a client, or a shipment, and a type of vehicle may break between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Rules that cannot hold together.

    Parameters
    ----------
    kind
        `client`: no vehicle can serve one client. `shipment`: none can take goods from
        one client to the other. `fleet`: loads of some clients are more than all
        vehicles carry that may serve them. `routes`: no two of some clients fit into
        one route, and they are more than the vehicles that may serve them. `lock`:
        locked visits break another rule.
    rules
        Of `RULES`, for a client or a shipment.
    clients
        Whom it is about.
    vehicles
        Types of vehicles that may serve the clients of a `fleet` or of `routes`.
    group
        All clients among whom `missing` is counted, of a load the largest first.
    missing
        Units of load, or vehicles, that are missing at least.
    dimension
        Of the load, -1 for none.
    way
        `delivery` or `pickup` of a load.
    lock
        Which lock, -1 for none.
    text
        The same in a sentence.
    """

    kind: Literal["client", "shipment", "fleet", "routes", "lock"]
    rules: tuple[Rule, ...] = ()
    clients: tuple[int, ...] = ()
    vehicles: tuple[int, ...] = ()
    group: tuple[int, ...] = ()
    missing: int = 0
    dimension: int = -1
    way: Literal["delivery", "pickup", ""] = ""
    lock: int = -1
    text: str = ""
