"""Decisions about plans, found among the events of a batch."""

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

import msgspec
import numpy as np

from streams.batch import EventBatch
from streams.codec import DecodedBatch, Rejected, decode
from streams.events import TYPE_CODES
from streams.ingest.rejecting import row_in_record
from streams.names import Names
from streams.records import RecordBatch
from twin.said import Said
from twin.service.access import Caller
from twin.service.problems import ProblemError

What = Literal["plan.released", "plan.approved", "plan.rejected"]
_WHAT: dict[int, What] = {
    TYPE_CODES["PlanReleased"]: "plan.released",
    TYPE_CODES["PlanApproved"]: "plan.approved",
    TYPE_CODES["PlanRejected"]: "plan.rejected",
}
_CODES = list(_WHAT)
_WORDS = ("PlanApproved", "PlanRejected")
_WORD_CODES = [TYPE_CODES[name] for name in _WORDS]
_WORD_BYTES = tuple(name.encode() for name in _WORDS)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan that is released says of itself.

    Attributes
    ----------
    start_us, end_us : int
        What it covers, microseconds UTC.
    cost : float or None
        Currency; None: not told.
    policy, reason : str or None
        What decided it, and why then.
    orders : int
        Lines it has.
    """

    start_us: int
    end_us: int
    cost: float | None
    policy: str | None
    reason: str | None
    orders: int


class _Detail(msgspec.Struct):
    lines: tuple[msgspec.Raw, ...] = ()
    policy: str | None = None
    reason: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A word about a plan.

    Attributes
    ----------
    what, plan : str
        What was decided, of which plan.
    event : str
        Names its event: the same for one that comes twice.
    time_us : int
        Event time, microseconds UTC.
    offset : int
        In its partition.
    terms : Terms or None
        Of a plan that is released.
    who, why : str or None
        Whose word it is, and the reason of a rejection.
    """

    what: What
    plan: str
    event: str
    time_us: int
    offset: int
    terms: Terms | None = None
    who: str | None = None
    why: str | None = None


def decisions_of(
    decoded: DecodedBatch, rejected: Iterable[Rejected] = ()
) -> list[Decision]:
    """Find the decisions of a batch.

    Parameters
    ----------
    decoded : DecodedBatch
        Its names must not have been renumbered since.
    rejected : iterable of Rejected
        What was refused of it: nobody decided that.

    Returns
    -------
    list of Decision
        In the order of the batch.
    """
    events = decoded.events
    found = np.flatnonzero(np.isin(events.type_code, _CODES))
    if not len(found):
        return []
    refused = {(one.offset, one.row) for one in rejected}
    return [
        _decision(events, row)
        for row in found.tolist()
        if (int(events.offset[row]), row_in_record(decoded, row)) not in refused
    ]


def _decision(events: EventBatch, row: int) -> Decision:
    what = _WHAT[int(events.type_code[row])]
    told = _Detail()
    # What stands in it besides must not stop who follows the events.
    with suppress(msgspec.MsgspecError):
        told = msgspec.json.decode(events.detail_of(row) or b"{}", type=_Detail)
    terms, who = None, None
    if what == "plan.released":
        cost = float(events.value0[row])
        terms = Terms(
            start_us=int(events.time0[row]), end_us=int(events.time1[row]),
            cost=cost if math.isfinite(cost) else None, policy=told.policy,
            reason=told.reason, orders=len(told.lines),
        )  # fmt: skip
    elif events.party[row] >= 0:
        who = events.names[int(events.party[row])]
    return Decision(
        what,
        events.names[int(events.subject[row])],
        f"{int(events.id_hash[row]):016x}",
        int(events.time_us[row]),
        int(events.offset[row]),
        terms,
        who,
        told.why,
    )


def need_to_decide(caller: Caller, values: Sequence[bytes]) -> None:
    """Refuse records that approve or reject plans from who may not do so.

    Parameters
    ----------
    caller : Caller
        Who sends them.
    values : sequence of bytes
        Records, as they are sent.

    Raises
    ------
    ProblemError
        403, with the type and the scope that is missing.
    """
    if caller.may("approve"):
        return
    looked_at = [value for value in values if _may_decide(value)]
    if not looked_at:
        return
    codes = decode(RecordBatch.of("asked", looked_at), Names()).events.type_code
    found = codes[np.isin(codes, _WORD_CODES)]
    if len(found):
        name = _WORDS[_WORD_CODES.index(int(found[0]))]
        held = ", ".join(sorted(caller.scopes)) or "none"
        msg = (
            f"event {name!r}: key {caller.name!r} has scopes {held}; allowed: those "
            f"with 'approve'"
        )
        said = Said(msg, "scope_missing", {"scope": "approve"})
        raise ProblemError(HTTPStatus.FORBIDDEN, "scope-missing", said)


def _may_decide(value: bytes) -> bool:
    """Tell whether a record must be decoded to know that it decides nothing.

    JSON without an escape says its type letter by letter.
    """
    is_json = value.lstrip()[:1] in {b"{", b"["}
    return not is_json or b"\\" in value or any(one in value for one in _WORD_BYTES)
