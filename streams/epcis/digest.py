"""Ids that are derived from content: of events without one, and of what is too long."""

import hashlib
from typing import Any

import msgspec

from streams.epcis.identifiers import OWN
from streams.events import ID_LENGTH_MAX

DIGEST_BYTES = 20  # a collision among 10**12 events has a chance below 10**-24
# What says nothing of what happened: when it was taken down, what was found out later.
LEFT_OUT = frozenset({"@context", "eventID", "recordTime", "errorDeclaration"})
ROOM = 32  # of an id, for what is put behind it

_SORTED = msgspec.json.Encoder(order="sorted")


def content_id(content: dict[str, Any]) -> str:
    """Derive the id of an event that has none from what it says.

    It is a digest of ours and not the canonical hash of the vocabulary (CBV 2.0,
    section 8.9.2), which needs the event as JSON-LD expands it. Order of fields,
    context, record time and error declaration do not count, so that an event has the
    same id wherever it is read again, and when it is declared erroneous.

    Parameters
    ----------
    content : dict
        The event as it was decoded from JSON.

    Returns
    -------
    str
        ``urn:millstream:epcis:`` and 40 hexadecimal digits.

    Examples
    --------
    >>> content_id({"a": 1, "b": 2}) == content_id({"b": 2, "a": 1, "recordTime": "x"})
    True
    """
    said = {name: value for name, value in content.items() if name not in LEFT_OUT}
    digest = hashlib.blake2b(_SORTED.encode(said), digest_size=DIGEST_BYTES)
    return f"{OWN}epcis:{digest.hexdigest()}"


def short(text: str) -> str:
    """Return an id, or what stands for one that is too long to be one.

    Examples
    --------
    >>> short("PO1"), len(short("x" * 1000))
    ('PO1', 61)
    """
    if 1 <= len(text) <= ID_LENGTH_MAX - ROOM:
        return text
    digest = hashlib.blake2b(text.encode(), digest_size=DIGEST_BYTES)
    return f"{OWN}epcis:{digest.hexdigest()}"
