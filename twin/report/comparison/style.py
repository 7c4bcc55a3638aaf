"""How branches and verdicts look: one colour a branch, one word a verdict."""

from __future__ import annotations

from twin.report.formatting import MINUS, number, percent, quantity
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
    r"""Write a number with its interval.

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
    >>> spread(7.5, 2.25, "EUR", signed=True)
    '+7.5 ± 2.25\xa0EUR'
    """
    plus = "+" if signed and value > 0.0 else ""
    if half_width != half_width:  # noqa: PLR0124  # NaN is not itself
        return plus + quantity(value, unit)
    first = percent(value) if unit == "%" else number(value)
    bare = first.replace("\N{NARROW NO-BREAK SPACE}%", "")
    return f"{plus}{bare} {PLUS_MINUS} {quantity(half_width, unit)}".replace("-", MINUS)
