"""Change events of Debezium: what happened to a row, before and after.

References
----------
Debezium documentation, "Change event values": op is c (created), u (updated), d
(deleted), r (read by a snapshot), t (table truncated) or m (a message).
"""

from dataclasses import dataclass
from typing import Any

from streams.errors import ForeignValueError

NOT_A_CHANGE = "not a change event"
OPERATIONS = ("c", "u", "d", "r", "t", "m")
TOMBSTONE = "tombstone"
VALUE = "value"
SHOWN_MAX = 80  # characters of a wrong value


@dataclass(frozen=True, slots=True)
class Change:
    """What a record says.

    Attributes
    ----------
    kind : str
        One of `OPERATIONS`; ``value`` for a record that is no change event;
        ``tombstone`` for one without a value.
    row : dict
        The row after the change; before it, where it was deleted.
    message : dict
        The whole change event: ``before``, ``after``, ``source``, ``ts_ms``.
    """

    kind: str
    row: dict[str, Any]
    message: dict[str, Any]


def change_of(message: dict[str, Any]) -> Change | None:
    """Read a change event.

    Parameters
    ----------
    message : dict
        The value of a record, without the wrapping of Kafka Connect.

    Returns
    -------
    Change or None
        None for a change of the schema: it has no row, and nothing follows from it.

    Raises
    ------
    ForeignValueError
        If it is none.

    Examples
    --------
    >>> change = change_of({"op": "d", "before": {"id": 7}, "after": None})
    >>> change.kind, change.row
    ('d', {'id': 7})
    """
    operation = message.get("op")
    if operation is None and "ddl" in message and "databaseName" in message:
        return None
    if operation not in OPERATIONS:
        msg = f"op = {operation!r}: must be one of {', '.join(OPERATIONS)}"
        raise ForeignValueError(NOT_A_CHANGE, msg)
    row: object = {}
    if operation not in {"t", "m"}:
        part = "before" if operation == "d" else "after"
        row = message.get(part)
        if not isinstance(row, dict):
            shown = repr(row)[:SHOWN_MAX]
            msg = f"{part} of op {operation!r}: must be a row, was {shown}"
            raise ForeignValueError(NOT_A_CHANGE, msg)
    assert isinstance(row, dict)
    return Change(operation, row, message)
