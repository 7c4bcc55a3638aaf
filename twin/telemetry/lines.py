"""Log lines on the error stream: text for people, one JSON object a line for programs.

Libraries speak up from warnings on, whatever level is asked for; what may be a secret
is hidden in whatever is written.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TextIO

from twin.errors import OptionError

FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")
OURS = ("millstream", "twin", "streams", "forecasting", "optimizer")
LIBRARIES = ("kafka", "urllib3", "asyncio", "numba")

HIDDEN = "***"
# A key that names a secret, a sign, and its value: quoted, or up to a space, comma or
# bracket. Passwords in addresses stand between a colon and an at sign.
_KEYED = re.compile(
    r"""(?ix)
    ([\w.-]*(?:password|passwd|secret|token|user[._]info|api[._-]?key)[\w.-]*['"]?\s*[=:]\s*)
    ("[^"]*" | '[^']*' | [^\s,;)}\]]+)
    """
)
_IN_ADDRESS = re.compile(r"(://[^/\s:@]*:)[^/\s@]+(@)")
_LOGGER = logging.getLogger("millstream.replay")


def log_event(event: str, **fields: object) -> None:
    """Write that something happened in a replay.

    Parameters
    ----------
    event : str
        What, in the same few words each time.
    **fields : object
        What else is known of it.
    """
    told = " ".join(f"{name}={value}" for name, value in fields.items())
    _LOGGER.info("%s %s", event, told, extra={"event": event, "fields": fields})


def hidden(text: str) -> str:
    """Hide what may be a secret.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The same, with values of passwords, tokens and the like starred out.

    Examples
    --------
    >>> hidden("sasl_plain_password=hunter2, user=me")
    'sasl_plain_password=***, user=me'
    >>> hidden("http://me:hunter2@registry:8081/")
    'http://me:***@registry:8081/'
    """
    text = _IN_ADDRESS.sub(rf"\1{HIDDEN}\2", text)
    return _KEYED.sub(rf"\1{HIDDEN}", text)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, event, and the fields given."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        time = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": hidden(getattr(record, "event", None) or record.getMessage()),
        }
        fields: dict[str, object] = getattr(record, "fields", {})
        line |= {name: _shown(name, value) for name, value in fields.items()}
        if record.exc_info:
            line["error"] = hidden(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _shown(name: str, value: object) -> object:
    """Return a field as JSON has it, unless its name says that it is a secret."""
    # The name takes part: a password alone looks like any word.
    if hidden(f"{name}=x") != f"{name}=x":
        return HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    return hidden(str(value))


class TextLines(logging.Formatter):
    """Level, logger and what happened."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        level = record.levelname.lower()
        text = f"{level}: {record.name}: {record.getMessage()}"
        if record.exc_info:
            text += f"\n{self.formatException(record.exc_info)}"
        return hidden(text)


def start_logging(style: str, level: str, stream: TextIO | None = None) -> None:
    """Send log lines to the error stream.

    Parameters
    ----------
    style : str
        One of `FORMATS`.
    level : str
        One of `LEVELS`: the least that is written of what is ours. Libraries are heard
        from warnings on.
    stream : TextIO or None
        Where to; None: the error stream.

    Raises
    ------
    OptionError
        If it is another format or level.
    """
    _one_of("--log-format", style, FORMATS)
    _one_of("--log-level", level, LEVELS)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if style == "json" else TextLines())
    root = logging.getLogger()
    for before in [one for one in root.handlers if hasattr(one, "is_of_millstream")]:
        root.removeHandler(before)
    handler.is_of_millstream = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    threshold = getattr(logging, level.upper())
    for name in OURS:
        logging.getLogger(name).setLevel(threshold)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, threshold))


def _one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        msg = f"{option} {value!r}: must be one of {', '.join(allowed)}"
        raise OptionError(msg)
