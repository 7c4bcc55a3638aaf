"""Measures of many runs of one network, each handed in whole.

What depends on the network and the window alone is found once; each run is then one
pass of the fold that `RunMeasures` makes batch by batch, with the same result to the
last bit.
"""

from twin.kpi import tables as k
from twin.kpi._kernels.fold import settle
from twin.kpi._kernels.levels import Rows
from twin.kpi.folded import Folded
from twin.kpi.measures import folded_with, measures_of
from twin.kpi.opening import stand_at_start
from twin.kpi.terms import (
    Columns,
    NameNumbers,
    Translator,
    Window,
    shape_of,
    terms_of,
)
from twin.model.network import Network


class WholeRuns:
    """Measures runs that begin with the stock of the network, at its `as_of`.

    Parameters
    ----------
    network : Network
        What is measured.
    window : tuple of int
        Start and end of what is measured, microseconds UTC, the end not with it.
    numbers : NameNumbers
        Numbers of the names in the events of all runs.

    Raises
    ------
    OptionError
        If the window is empty.
    """

    def __init__(
        self, network: Network, window: tuple[int, int], numbers: NameNumbers
    ) -> None:
        self._network = network
        self._window = Window(*window)
        review_us = network.settings.review_us
        self._shape = shape_of(network, self._window, review_us)
        self._terms = terms_of(
            network,
            self._window,
            opened_us=network.settings.as_of_us,
            at_once_us=0,
            bucket_us=review_us,
        )
        self._translator = Translator(network, numbers)

    def rows(self, columns: Columns, n_names: int) -> Rows:
        """Return what the fold reads of a run.

        Parameters
        ----------
        columns : Columns
            All of its events in canonical order, period by period as they were told.
        n_names : int
            Names there are: the numbers of those in `columns` are below.

        Returns
        -------
        Rows
        """
        return self._translator.rows(columns, n_names)

    def measures(self, rows: Rows, n_names: int) -> dict[str, float]:
        """Return the measures of a run by name, as `RunMeasures.measures` does.

        Parameters
        ----------
        rows : Rows
            Of the run.
        n_names : int
            As for `rows`.

        Returns
        -------
        dict of str to float
        """
        fold = k.empty_fold(self._shape, self._network.settings.as_of_us)
        stand_at_start(fold, self._network)
        fold = folded_with(fold, rows, self._terms, n_names)
        settle(fold, self._terms, self._window.end_us)
        return measures_of(Folded(self._network, self._window, fold))
