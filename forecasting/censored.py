"""Sales that stock-outs cut off, and the demand that was behind them."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from forecasting._kernels.censored import restore_panel
from forecasting.errors import PanelError
from forecasting.series import Panel, check_horizon


def unconstrained(
    panel: Panel, stocked_out: ArrayLike, *, season_length: int = 1
) -> Panel:
    """Replace sales of periods that ran out of stock by the demand to be expected.

    A period without stock tells that demand was at least what was sold. Taken as
    demand, it teaches every method to order less, and so to run out again. Here its
    value becomes the mean of demand given that it was no less: of a normal law about a
    mean that follows the series from both sides, times its season, with the deviation
    of the series; mean, deviation and values are found in turns.

    Parameters
    ----------
    panel : Panel
        Sales.
    stocked_out : array-like of shape (n_values,), bool
        True for each value of the panel that was cut off.
    season_length : int, default 1
        Steps in a season, >= 1; seasonal ratios are those of periods with stock.

    Returns
    -------
    Panel
        The same with restored values, none of them less than what was sold. A series
        without any stock-out, or of stock-outs alone, stays as it is: nothing tells
        what else it might have been.

    Raises
    ------
    PanelError
        If there is not a mark for each value.
    OptionError
        If the season is no whole number >= 1.

    References
    ----------
    Dempster, Laird, Rubin (1977), JRSS B 39, 1-38: expectation and maximisation.
    Weatherford, Poelt (2002), J. Revenue and Pricing Management 1, 234-254: the same
    for demand that booking limits cut off ("unconstraining").
    Barr, Sherrill (1999), The American Statistician 53, 357-361: mean and variance of a
    truncated normal law.

    Examples
    --------
    >>> panel = Panel.from_arrays({"A": [8, 12, 10, 6, 11, 9]})
    >>> full = unconstrained(panel, [False, False, False, True, False, False])
    >>> full.values.round(1).tolist()
    [8.0, 12.0, 10.0, 10.1, 11.0, 9.0]
    """
    cut = np.asarray(stocked_out, dtype=np.bool_)
    if cut.shape != panel.values.shape:
        msg = (
            f"panel of {panel.values.size} values: stocked_out must have one mark for "
            f"each, had shape {cut.shape}"
        )
        raise PanelError(msg)
    season = check_horizon(season_length, "season_length")
    return replace(
        panel, values=restore_panel(panel.values, cut, panel.offsets, season)
    )
