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
