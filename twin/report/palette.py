"""Colours by meaning, for a light and a dark page.

One colour has one meaning in every chart: what holding costs is blue because stock is
blue, and whatever is short or late is vermilion.

References
----------
Okabe, M. and Ito, K. (2008). Color Universal Design: how to make figures and
presentations that are friendly to colorblind people. The hues are theirs; those for the
dark page are lighter.
"""

from __future__ import annotations

__all__ = ["DARK", "LIGHT", "pairs", "tint"]

LIGHT = {
    "ink": "#1f2733",  # what was observed
    "muted": "#5d6879",  # axes, notes, other policies
    "grid": "#e3e7ee",
    "surface": "#ffffff",
    "stock": "#0072b2",  # stock, and what holding it costs
    "service": "#00936b",  # served, earned
    "shortage": "#d55e00",  # backorders, lateness, and what they cost
    "production": "#e69f00",
    "transport": "#56b4e9",
    "purchase": "#b8649a",  # orders placed
    "forecast": "#5b57c8",
    "maintenance": "#8c97a8",
    "down": "#46505f",
}
DARK = {
    "ink": "#edf0f5",
    "muted": "#9daabd",
    "grid": "#2d3644",
    "surface": "#1a212b",
    "stock": "#3390d8",
    "service": "#2fc299",
    "shortage": "#ff8440",
    "production": "#f2b632",
    "transport": "#8fd0f7",
    "purchase": "#dd8fc1",
    "forecast": "#9a97f5",
    "maintenance": "#7d899b",
    "down": "#c3ccd9",
}


def tint(meaning: str, opacity: float) -> str:
    """Return a colour of the light page that lets the page shine through.

    Parameters
    ----------
    meaning
        A key of `LIGHT`.
    opacity
        Within [0, 1].

    Examples
    --------
    >>> tint("stock", 0.2)
    'rgba(0, 114, 178, 0.2)'
    """
    return f"{_channels(LIGHT[meaning])}, {opacity:g})"


def pairs() -> dict[str, str]:
    """Return what the page replaces in a chart when it is dark.

    Colours are written as `LIGHT` has them and as `tint` begins them.

    Examples
    --------
    >>> pairs()["#0072b2"], pairs()["rgba(0, 114, 178"]
    ('#3390d8', 'rgba(51, 144, 216')
    """
    whole = {LIGHT[meaning]: DARK[meaning] for meaning in LIGHT}
    tints = {_channels(light): _channels(dark) for light, dark in whole.items()}
    return whole | tints


def _channels(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}"
