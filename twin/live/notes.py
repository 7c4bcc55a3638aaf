"""Structured log lines: an event, and fields that a collector can read."""

import logging

_LOGGER = logging.getLogger("millstream.live")


def note(event: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log what happened.

    Parameters
    ----------
    event : str
        In the same few words each time, for example "shard taken over".
    level : int
        Of `logging`.
    **fields : object
        What it happened to; on the record as `fields`, a dict, and in the text.

    Examples
    --------
    >>> note("shard released", shard=3)
    """
    told = " ".join(f"{name}={value}" for name, value in fields.items())
    _LOGGER.log(level, "%s %s", event, told, extra={"event": event, "fields": fields})
