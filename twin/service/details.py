"""Of what the detail of a dead letter is made: read from its words.

A letter is kept with its words alone, also those of before; so they are taken apart
when it is shown. Those that fit nothing here are told as they are.
"""

import ast
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from twin.said import Part, Said

__all__ = ["said_of_detail"]

_SHOWN = r"(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
_EVENT = rf"(?:(?P<event>\w+ {_SHOWN}): )?"
_FIELD = rf"(?P<field>[\w.\[\]]+) = (?P<value>{_SHOWN}): "
_TIME = r"\d{4}-\d\d-\d\dT[\d:.]+Z"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# The first that fits counts.
_FORMS = tuple(
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        (
            "letter_malformed",
            (
                rf"{_EVENT}must be JSON in UTF-8 \(.*\(byte (?P<byte>\d+)\)\), was "
                rf"(?P<value>{_SHOWN})"
            ),
        ),
        (
            "letter_not_json",
            rf"{_EVENT}must be JSON in UTF-8 \(.*\), was (?P<value>{_SHOWN})",
        ),
        (
            "letter_type",
            rf"{_EVENT}type = (?P<value>{_SHOWN}): must be one of [\w, ]+",
        ),
        ("letter_time", rf"{_EVENT}time = (?P<value>{_SHOWN}): must be RFC 3339 .*"),
        (
            "letter_number",
            rf"{_EVENT}{_FIELD}must be a whole number in 0\.\.(?P<most>\d+)",
        ),
        ("letter_must_be", rf"{_EVENT}{_FIELD}must be (?P<allowed>{_SHOWN})"),
        ("letter_absent", rf"{_EVENT}(?P<field>\w+): must be absent; .*"),
        ("letter_not_text", rf"header (?P<field>\S+) = b{_SHOWN}: must be UTF-8"),
        ("letter_not_text", r"(?P<field>row \d+): must be UTF-8 \(.*\)"),
        (
            "letter_missing",
            (
                rf"{_EVENT}(?:\w+ = {_SHOWN}: )?Object missing required field "
                r"`(?P<field>\w+)`"
            ),
        ),
        (
            "letter_wrong_type",
            rf"{_EVENT}{_FIELD}Expected `(?P<json_type>[\w |]+)`, got `\w+`",
        ),
        (
            "letter_length",
            rf"{_EVENT}{_FIELD}Expected `str` of length (?P<bound>[<>]= \d+)",
        ),
        (
            "letter_bound",
            rf"{_EVENT}{_FIELD}Expected `\w+` (?P<bound>[<>]=? [-+.\w]+)",
        ),
        ("letter_choice", rf"{_EVENT}{_FIELD}Invalid enum value .*"),
        ("letter_value", rf"{_EVENT}{_FIELD}.*"),
        (
            "letter_column_missing",
            r"column '(?P<field>\w+)'(?: or '\w+')?: must be there, is not",
        ),
        (
            "letter_column_null",
            r"column '(?P<field>\w+)': must have no null, has (?P<count>\d+)",
        ),
        (
            "letter_column_type",
            r"column '(?P<field>\w+)': must be of .*, was (?P<value>.+)",
        ),
        ("letter_not_arrow", r"must be an Arrow IPC stream \(.*\)"),
        (
            "letter_future",
            (
                rf"time (?P<event_time_us>{_TIME}): must be at most (?P<most_s>\S+) s "
                rf"after the record was appended, at (?P<appended_time_us>{_TIME})"
            ),
        ),
        (
            "letter_late",
            (
                rf"(?P<event_type>\w+) of (?P<event_time_us>{_TIME}): came after the "
                rf"watermark (?P<mark_time_us>{_TIME}), and is not applied late"
            ),
        ),
    )
)


def said_of_detail(detail: str) -> Said | None:
    """Take the detail of a dead letter apart.

    Parameters
    ----------
    detail : str
        As a decoder or the intake wrote it.

    Returns
    -------
    Said or None
        What it says by kind and parts; None: in words that are not known here.

    Examples
    --------
    >>> one = said_of_detail("Order 'a': type = 'Order': must be one of Move, Count")
    >>> one.kind, one.parts["event"], one.parts["value"]
    ('letter_type', "Order 'a'", 'Order')
    """
    for kind, form in _FORMS:
        found = form.fullmatch(detail)
        if found is None:
            continue
        given = found.groupdict().items()
        try:
            parts = {name: _part(name, value or "") for name, value in given}
        except (ValueError, SyntaxError):  # it only looks like one
            return None
        return Said(detail, kind, parts)
    return None


def _part(name: str, value: str) -> Part:
    read = _READ.get(name)
    if read is not None:
        return read(value)
    return _time_us(value) if name.endswith("_time_us") else value


def _shown(value: str) -> str:
    """Take the quotes off what was shown by `repr`."""
    return str(ast.literal_eval(value)) if value[:1] in {"'", '"'} else value


def _time_us(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)


_READ: dict[str, Callable[[str], Part]] = {
    "value": _shown, "allowed": _shown, "byte": int, "count": int, "most_s": float,
}  # fmt: skip
