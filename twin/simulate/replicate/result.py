"""Replications that were played, and the tables made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from twin.errors import OptionError
from twin.simulate.replicate import tables
from twin.simulate.replicate.options import ReplicateOptions
from twin.simulate.replicate.ranking import Contender, rank


@dataclass(frozen=True, slots=True, eq=False)
class Replications:
    """What scenarios measured, replication by replication.

    Attributes
    ----------
    options : ReplicateOptions
        What was asked for.
    seeds : tuple of int
        One a replication, the same for all scenarios.
    values : mapping of str to mapping of str to ndarray of shape (n,), float64
        By scenario, then by measure; NaN where a measure is not defined.

    Examples
    --------
    >>> found = Replications.of(
    ...     ReplicateOptions(n_max=3),
    ...     [7, 8, 9],
    ...     {"now": {"cost": [1, 2, 3]}, "new": {"cost": [2, 3, 5]}},
    ... )
    >>> found.table()["mean"].round(2).to_list()
    [2.0, 3.33]
    """

    options: ReplicateOptions
    seeds: tuple[int, ...]
    values: Mapping[str, Mapping[str, NDArray[np.float64]]]

    @classmethod
    def of(
        cls,
        options: ReplicateOptions,
        seeds: Sequence[int],
        values: Mapping[str, Mapping[str, ArrayLike]],
    ) -> "Replications":
        """Make it of columns.

        Parameters
        ----------
        options : ReplicateOptions
            Confidence and targets.
        seeds : sequence of int
            One a replication.
        values : mapping of str to mapping of str to array_like of shape (n,), float64
            By scenario, then by measure.
        """
        columns = {
            scenario: {name: np.array(v, np.float64) for name, v in measures.items()}
            for scenario, measures in values.items()
        }
        return cls(options, tuple(seeds), columns)

    @property
    def n(self) -> int:
        """Replications that every scenario has."""
        return len(self.seeds)

    @property
    def is_precise(self) -> bool:
        """Whether every target was met; True without targets."""
        return bool(self.precision()["met"].all())

    def table(
        self, measures: Sequence[str] | None = None, *, simultaneous: bool = False
    ) -> pl.DataFrame:
        """Return means with intervals.

        Parameters
        ----------
        measures : sequence of str or None
            None: all.
        simultaneous : bool
            Whether all intervals of the table hold at once with the confidence of the
            options (Bonferroni), rather than each by itself.

        Returns
        -------
        polars.DataFrame
            `scenario, measure, mean, half_width, std, min, max, n, n_missing`, by
            scenario and measure; null where there are too few values.
        """
        chosen = self._chosen(measures)
        return tables.means(chosen, self.options.confidence, simultaneous=simultaneous)

    def differences(
        self,
        baseline: str,
        measures: Sequence[str] | None = None,
        *,
        simultaneous: bool = False,
    ) -> pl.DataFrame:
        """Return paired differences to a scenario: the other one less the baseline.

        Parameters
        ----------
        baseline : str
            A scenario.
        measures : sequence of str or None
            None: all that a scenario shares with the baseline.
        simultaneous : bool
            As for `table`.

        Returns
        -------
        polars.DataFrame
            `scenario, measure, difference, half_width, median, median_low,
            median_high, correlation, variance_ratio, n, n_missing`. A replication in
            which either is NaN is missing. The interval of the median assumes nothing
            of the law. `variance_ratio` is what independent runs would have as
            variance of the difference over what the paired ones have: so many times
            the replications they would take; null where the difference never varies.

        Raises
        ------
        OptionError
            If there is no such scenario.
        """
        self._known(baseline)
        chosen = self._chosen(measures)
        confidence = self.options.confidence
        return tables.differences(
            chosen, baseline, confidence=confidence, simultaneous=simultaneous
        )

    def quantiles(
        self, probabilities: Sequence[float], measures: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Return quantiles over replications with intervals by order statistics.

        Parameters
        ----------
        probabilities : sequence of float
            Each in (0, 1).
        measures : sequence of str or None
            None: all.

        Returns
        -------
        polars.DataFrame
            `scenario, measure, probability, quantile, low, high, coverage, n,
            n_missing`; `low` and `high` are null where there are too few replications
            for that side.
        """
        chosen = self._chosen(measures)
        return tables.quantiles(chosen, probabilities, self.options.confidence)

    def precision(self) -> pl.DataFrame:
        """Return what became of the targets.

        Returns
        -------
        polars.DataFrame
            `measure, scenario, baseline, mean, half_width, allowed, n, met`; half
            widths are those that hold for all targets at once.
        """
        return tables.precision(self.values, self.options)

    def best(self, measure: str, *, largest: bool = False) -> list[Contender]:
        """Rank the scenarios by the mean of a measure.

        Parameters
        ----------
        measure : str
            One that every scenario has.
        largest : bool
            Whether more is better.

        Returns
        -------
        list of Contender
            Best first; see `rank`.

        Raises
        ------
        OptionError
            If a scenario lacks the measure, or there is but one.
        """
        for scenario, measures in self.values.items():
            if measure not in measures:
                msg = f"scenario {scenario!r} has no measure {measure!r}"
                raise OptionError(msg)
        values = {name: measures[measure] for name, measures in self.values.items()}
        return rank(values, largest=largest, confidence=self.options.confidence)

    def as_dict(self, *, baseline: str | None = None) -> dict[str, Any]:
        """Return numbers and tables in a form for JSON; NaN becomes None.

        Parameters
        ----------
        baseline : str or None
            With one, differences to it are included.

        Returns
        -------
        dict
            `n, seed, confidence, is_precise, seeds, table, precision, values`, with a
            baseline `differences`; tables are lists of rows.
        """
        found: dict[str, Any] = {
            "n": self.n,
            "seed": self.options.seed,
            "confidence": self.options.confidence,
            "is_precise": self.is_precise,
            "seeds": list(self.seeds),
            "table": self.table().to_dicts(),
            "precision": self.precision().to_dicts(),
            "values": {
                scenario: {
                    name: pl.Series(column, nan_to_null=True).to_list()
                    for name, column in measures.items()
                }
                for scenario, measures in self.values.items()
            },
        }
        if baseline is not None:
            found["differences"] = self.differences(baseline).to_dicts()
        return found

    def _chosen(self, measures: Sequence[str] | None) -> tables.Values:
        if measures is None:
            return self.values
        known = {name for columns in self.values.values() for name in columns}
        unknown = sorted(set(measures) - known)
        if unknown:
            msg = f"measures {unknown}; allowed: {', '.join(sorted(known))}"
            raise OptionError(msg)
        return {
            scenario: {name: columns[name] for name in measures if name in columns}
            for scenario, columns in self.values.items()
        }

    def _known(self, scenario: str) -> None:
        if scenario not in self.values:
            msg = f"scenario {scenario!r}; allowed: {', '.join(self.values)}"
            raise OptionError(msg)
