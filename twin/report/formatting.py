"""Numbers and names as people read them."""

from __future__ import annotations

import html
import math
from datetime import UTC, datetime, timedelta

__all__ = ["label", "number", "percent", "quantity", "short", "time"]

# What stands for a number that is not known.
MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"
# From here on a tile would grow too wide for full digits.
MILLIONS_FROM = 1e7
# Longest name beside an axis, in characters: longer ones take the room of the chart.
NAME_LENGTH_MAX = 26


def number(value: float, *, digits: int = 3) -> str:
    r"""Write a number with thousands separators and sensible digits.

    Parameters
    ----------
    value
        Any number; NaN and infinities give a dash.
    digits
        Significant digits of a number that is no integer, >= 1; digits before the
        decimal point are never dropped, except for millions from 10 million on.

    Examples
    --------
    >>> number(1234567.8), number(0.031415), number(42.0)
    ('1,234,568', '0.0314', '42')
    >>> number(98_765_432.0)
    '98.8\u202fM'
    """
    if not math.isfinite(value):
        return MISSING
    size = abs(value)
    sign = MINUS if value < 0 else ""
    if size >= MILLIONS_FROM:
        return f"{sign}{size / 1e6:,.1f}{THIN}M"
    if size == int(size):
        return f"{sign}{size:,.0f}"
    # Rounding first, because 0.9999 has the decimals of 1.
    rounded = float(f"{size:.{digits}g}")
    decimals = max(0, digits - 1 - math.floor(math.log10(rounded)))
    return f"{sign}{size:,.{decimals}f}"


def percent(value: float) -> str:
    r"""Write a number of percent with one decimal.

    Parameters
    ----------
    value
        Percent: 97.25 is 97.2 %.

    Examples
    --------
    >>> percent(97.26)
    '97.3\u202f%'
    """
    if not math.isfinite(value):
        return MISSING
    rounded = round(value, 1) + 0.0  # no minus sign before a zero
    sign = MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):,.1f}{THIN}%"


def quantity(value: float, unit: str) -> str:
    r"""Write a number with its unit.

    Parameters
    ----------
    value
        The number, in `unit`.
    unit
        "%" or any other; "" leaves it out.

    Examples
    --------
    >>> quantity(1200.0, "pieces")
    '1,200\xa0pieces'
    """
    if unit == "%":
        return percent(value)
    text = number(value)
    return f"{text}\N{NO-BREAK SPACE}{unit}" if unit and text != MISSING else text


def short(name: str) -> str:
    """Cut a long name, so that it leaves room for the chart.

    Parameters
    ----------
    name
        Any text.

    Examples
    --------
    >>> short("A name that goes on and on and on")
    'A name that goes on and o…'
    """
    if len(name) <= NAME_LENGTH_MAX:
        return name
    return f"{name[: NAME_LENGTH_MAX - 1].rstrip()}…"


def label(name: str) -> str:
    """Escape a name for a chart, whose texts read a few tags.

    Parameters
    ----------
    name
        Any text.

    Examples
    --------
    >>> label("<b>pump</b>")
    '&lt;b&gt;pump&lt;/b&gt;'
    """
    return html.escape(name, quote=False)


def time(time_us: int) -> str:
    """Write a time to the minute, or as a date if it is midnight.

    Parameters
    ----------
    time_us
        Microseconds UTC.

    Examples
    --------
    >>> time(0), time(90_000_000)
    ('1970-01-01', '1970-01-01 00:01')
    """
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(time_us))
    midnight = moment.hour == 0 and moment.minute == 0
    return moment.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M")
