"""Which rows of a table a caller may see."""

import polars as pl

from twin.service.access import Caller

PLACE_COLUMNS = ("place", "site", "from", "to")
"""Columns by which a row belongs to a site."""


def visible(frame: pl.DataFrame, caller: Caller) -> pl.DataFrame:
    """Return the rows of a table that a caller may see.

    Parameters
    ----------
    frame : polars.DataFrame
        Rows belong to the sites in `PLACE_COLUMNS`.
    caller : Caller
        Who is for all sites sees all.

    Returns
    -------
    polars.DataFrame

    Raises
    ------
    ProblemError
        403 if he is for some sites, and the rows are of none.
    """
    if not caller.sites:
        return frame
    columns = [name for name in PLACE_COLUMNS if name in frame.columns]
    if not columns:
        caller.need_site(None)
    sites = sorted(caller.sites)
    return frame.filter(pl.any_horizontal(pl.col(columns).is_in(sites)))


def about(frame: pl.DataFrame, *, item: str | None, place: str | None) -> pl.DataFrame:
    """Return the rows of a table about an item or a place.

    Parameters
    ----------
    frame : polars.DataFrame
        A table without such columns has no such rows.
    item : str or None
        Only rows of it; None: of all.
    place : str or None
        Only rows with it in one of `PLACE_COLUMNS`; None: of all.

    Returns
    -------
    polars.DataFrame
    """
    for value, names in ((item, ("item",)), (place, PLACE_COLUMNS)):
        if value is not None:
            columns = [name for name in names if name in frame.columns]
            is_it = (pl.col(name) == value for name in columns)
            frame = frame.filter(pl.any_horizontal(*is_it) if columns else False)
    return frame
