"""When enough is known: half widths of targets, kept up replication by replication."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from twin.errors import OptionError
from twin.simulate.replicate.intervals import N_VALUES_MIN, student_point
from twin.simulate.replicate.options import ReplicateOptions, Target

Measures = Mapping[str, Mapping[str, float]]
"""Measures of one replication by scenario."""


@dataclass(slots=True)
class Statement:
    """What a target says of one scenario.

    Attributes
    ----------
    target : Target
        What is wanted.
    scenario : str
        Whose mean, or whose difference to the baseline of the target.
    n, mean : int, float
        Replications in which the measure is defined, and its mean there.

    References
    ----------
    Welford (1962), Note on a method for calculating corrected sums of squares and
    products, Technometrics 4(3).
    """

    target: Target
    scenario: str
    n: int = 0
    mean: float = 0.0
    _squares: float = field(default=0.0, repr=False)

    def add(self, replication: Measures) -> None:
        """Take a replication; one where the measure is NaN is left out."""
        value = self._value(replication)
        if math.isnan(value):
            return
        self.n += 1
        step = value - self.mean
        self.mean += step / self.n
        self._squares += step * (value - self.mean)

    def half_width(self, confidence: float, n_statements: int) -> float:
        """Return the half width of the interval; inf below two values."""
        if self.n < N_VALUES_MIN:
            return math.inf
        point = student_point(confidence, self.n, n_statements=n_statements)
        return point * math.sqrt(self._squares / (self.n - 1) / self.n)

    def allowed(self) -> float:
        """Return the half width that is small enough."""
        return self.target.allowed(self.mean)

    def _value(self, replication: Measures) -> float:
        value = _named(replication[self.scenario], self.target, self.scenario)
        baseline = self.target.baseline
        if baseline is None:
            return value
        return value - _named(replication[baseline], self.target, baseline)


def _named(measures: Mapping[str, float], target: Target, scenario: str) -> float:
    if target.measure not in measures:
        msg = (
            f"target of {target.measure!r}: scenario {scenario!r} has no such measure; "
            f"it has {', '.join(map(repr, measures))}"
        )
        raise OptionError(msg)
    return measures[target.measure]


class Stopping:
    """Says when all targets are met at once.

    Looking after every replication and stopping at the first narrow interval makes the
    intervals cover a little less often than they say, since a spread that is small by
    chance stops early; the loss goes to zero as targets get tighter (Chow, Robbins
    1965), and `n_min` bounds it.

    Parameters
    ----------
    options : ReplicateOptions
        Targets, confidence and n_min.
    scenarios : sequence of str
        All of them.

    Attributes
    ----------
    statements : tuple of Statement
        One for each target and scenario that it is about.

    References
    ----------
    Law (2015), Simulation Modeling and Analysis, 5th edition, section 9.4.1.
    """

    def __init__(self, options: ReplicateOptions, scenarios: Sequence[str]) -> None:
        self._options = options
        self.statements = tuple(
            Statement(target, scenario)
            for target in options.targets
            for scenario in scenarios
            if scenario != target.baseline
        )

    def add(self, replication: Measures) -> None:
        """Take the next replication of all scenarios."""
        for statement in self.statements:
            statement.add(replication)

    def is_met(self) -> bool:
        """Whether every target is met; False without targets."""
        return bool(self.statements) and all(map(self.holds, self.statements))

    def n_expected(self, n: int) -> int:
        """Estimate the replications that will do, from the spread after `n` of them."""
        if not self.statements or n < self._options.n_min:
            return self._options.n_max
        needed = max(self._needed(statement, n) for statement in self.statements)
        return math.ceil(min(max(needed, n), self._options.n_max))

    def holds(self, statement: Statement) -> bool:
        """Whether a statement is as narrow as wanted, with `n_min` values or more."""
        if statement.n < self._options.n_min:
            return False
        return self.half_width(statement) <= statement.allowed()

    def half_width(self, statement: Statement) -> float:
        """Return the half width at which all statements hold at once; inf: unknown."""
        confidence = self._options.confidence
        return statement.half_width(confidence, len(self.statements))

    def _needed(self, statement: Statement, n: int) -> float:
        half_width, allowed = self.half_width(statement), statement.allowed()
        if half_width <= allowed:
            return n
        return n * (half_width / allowed) ** 2 if allowed > 0.0 else math.inf
