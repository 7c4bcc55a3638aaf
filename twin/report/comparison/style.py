"""How branches and verdicts look: one colour a branch, one word a verdict."""

from __future__ import annotations

import math

from twin.report.formatting import MILLIONS_FROM, MINUS, THIN, quantity
from twin.report.palette import LIGHT

__all__ = ["VERDICTS", "branch_colour", "branch_meaning", "spread", "verdict_colour"]

# Green and vermilion say better and worse, so no branch has them.
BRANCH_MEANINGS = ("forecast", "production", "stock", "purchase", "transport")
BASE_MEANING = "maintenance"
VERDICTS = {
    "better": "better",
    "worse": "worse",
    "changed": "changed",
    "same": "no difference",
    "unclear": "not told from chance",
    "": "",
}
"""What a verdict is called on the page."""

VERDICT_MEANINGS = {"better": "service", "worse": "shortage", "changed": "ink"}
DECIMALS_MAX = 6
PLUS_MINUS = "\N{PLUS-MINUS SIGN}"


def branch_meaning(position: int) -> str:
    """Return the colour of a branch as a key of the palette; 0 is the base.

    Examples
    --------
    >>> branch_meaning(0), branch_meaning(1), branch_meaning(6) == branch_meaning(1)
    ('maintenance', 'forecast', True)
    """
    if position == 0:
        return BASE_MEANING
    return BRANCH_MEANINGS[(position - 1) % len(BRANCH_MEANINGS)]


def branch_colour(position: int) -> str:
    """Return the colour of a branch on the light page."""
    return LIGHT[branch_meaning(position)]


def verdict_colour(verdict: str) -> str:
    """Return the colour of a verdict on the light page."""
    return LIGHT[VERDICT_MEANINGS.get(verdict, "muted")]


def spread(value: float, half_width: float, unit: str, *, signed: bool = False) -> str:
    r"""Write a number with half of its interval, to two digits of that.

    Parameters
    ----------
    value, half_width
        In `unit`; a half width that is not known is left out.
    unit
        "%" or any other.
    signed
        Whether a plus stands before what is above zero.

    Examples
    --------
    >>> spread(7512.4, 225.0, "EUR", signed=True), spread(0.31, 0.0471, "%")
    ('+7,512 ± 225\xa0EUR', '0.310 ± 0.047\u202f%')
    """
    plus = "+" if signed and value > 0.0 else ""
    # Far smaller than what is shown of it, or unknown: the number alone says it.
    told = math.isfinite(value) and math.isfinite(half_width) and half_width > 0.0
    if not told or abs(value) >= MILLIONS_FROM:
        return plus + quantity(value, unit)
    decimals = max(0, 1 - math.floor(math.log10(half_width)))
    if decimals > DECIMALS_MAX:
        return plus + quantity(value, unit)
    sign = MINUS if value < 0.0 else plus
    space = THIN if unit == "%" else "\N{NO-BREAK SPACE}"
    numbers = f"{abs(value):,.{decimals}f} {PLUS_MINUS} {half_width:,.{decimals}f}"
    return f"{sign}{numbers}{space}{unit}" if unit else f"{sign}{numbers}"
