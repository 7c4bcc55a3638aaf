"""The business rules of a problem, one by one, and what it costs to relax each.

What nature asks for is no rule: durations, machines that can do an operation, and that
an operation follows another. Every other row of the tables is one, in numbered order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem import NONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from optimizer.production.scheduling.problem import IntArray, SchedulingProblem

    BoolArray = npt.NDArray[np.bool_]

__all__ = ["Kind", "Prices", "Relief", "Rule", "RuleBook", "Setting"]

Kind = Literal[
    "deadline",
    "release",
    "material",
    "closed",
    "lock",
    "lag",
    "absence",
    "batch",
    "machine",
    "pool",
]
"""Deadline or release of a job, material of an operation, closed window, lock, least
lag of an arc, absence from a pool, size of batches, one at a time, units of a pool."""

KINDS: tuple[Kind, ...] = get_args(Kind)

SHARED = frozenset({"machine", "pool", "batch"})
"""Kinds that many conflicts may have in common: a machine is there for all."""

DEFAULT_PRICES: dict[Kind, int] = {
    "deadline": 10,
    "release": 20,
    "material": 15,
    "closed": 5,
    "lag": 50,
    "lock": 2_000,
    "absence": 10,
    "batch": 5_000,
    "machine": 50_000,
    "pool": 20_000,
}


class Rule(NamedTuple):
    """One business rule.

    Parameters
    ----------
    kind
        What it says.
    row
        Row of the job, operation, window, lock, arc, absence, machine or pool.
    """

    kind: Kind
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What it costs to relax a rule.

    Parameters
    ----------
    by_kind
        Price of a tick, >= 1: a deadline missed (times the weight of the job), a
        release or material date moved earlier, closed time opened, a lag cut short, a
        unit of a pool there after all. Price of each lock lifted, machine added, unit
        of a pool added, and unit of size that a batch takes more. Kinds left out keep
        their default.
    by_name
        Prices of single rules, by kind and name of job, operation, machine or pool.

    Raises
    ------
    ProblemError
        If a kind is not known or a price is below 1.

    Examples
    --------
    >>> Prices(by_kind={"closed": 3}).of("closed", "press")
    3
    """

    by_kind: Mapping[str, int] = field(default_factory=dict)
    by_name: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = [*self.by_kind.items()]
        given += [(kind, price) for (kind, _), price in self.by_name.items()]
        for kind, price in given:
            if kind not in KINDS:
                message = f"there is no price of {kind!r}; known are {', '.join(KINDS)}"
                raise ProblemError(message)
            if price < 1:
                message = f"the price of {kind!r} must be >= 1, was {price}"
                raise ProblemError(message)

    def of(self, kind: Kind, name: str) -> int:
        """Return the price of a rule.

        Parameters
        ----------
        kind, name
            What it says, of whom.
        """
        default = self.by_kind.get(kind, DEFAULT_PRICES[kind])
        return self.by_name.get((kind, name), default)


class Relief(NamedTuple):
    """How far one rule is relaxed.

    Parameters
    ----------
    rule
        The rule.
    amount
        Ticks, or units, > 0; of a closed window those opened at its start.
    amount_at_end
        Of a closed window the ticks opened at its end, else 0.
    price
        What it costs.
    """

    rule: Rule
    amount: int
    amount_at_end: int
    price: int


class Setting(NamedTuple):
    """Which rules hold, and how far each is relaxed.

    Parameters
    ----------
    active
        ndarray of shape (n_rules,), bool: those not lifted altogether.
    amount
        ndarray of shape (n_rules, 2), int64: ticks or units of relief; of a closed
        window those at its start and those at its end.
    """

    active: BoolArray
    amount: IntArray


class RuleBook:
    """The rules of a problem, numbered.

    Parameters
    ----------
    problem
        Any.
    """

    def __init__(self, problem: SchedulingProblem) -> None:
        self.problem = problem
        rows = _rows_by_kind(problem)
        self.rules = tuple(
            Rule(kind, int(row)) for kind in KINDS for row in rows[kind].tolist()
        )
        self.number = {rule: at for at, rule in enumerate(self.rules)}
        self.rows = rows
        bounds = np.cumsum([0] + [rows[kind].size for kind in KINDS])
        self.span = {
            kind: slice(int(bounds[at]), int(bounds[at + 1]))
            for at, kind in enumerate(KINDS)
        }

    def __len__(self) -> int:
        """Return the number of rules."""
        return len(self.rules)

    def all_kept(self) -> Setting:
        """Return the setting in which every rule holds as it is given."""
        n = len(self.rules)
        return Setting(np.ones(n, dtype=bool), np.zeros((n, 2), dtype=np.int64))

    def name(self, rule: Rule) -> str:
        """Return the name of whom a rule is about, as prices look it up.

        Parameters
        ----------
        rule
            One of the problem.
        """
        problem, names = self.problem, self.problem.names
        owners: dict[Kind, IntArray] = {
            "closed": problem.machines.closed_machine,
            "absence": problem.pools.away_pool,
            "lock": problem.locks.operation,
            "lag": problem.arcs.after,
        }
        row = int(owners[rule.kind][rule.row]) if rule.kind in owners else rule.row
        if rule.kind in {"deadline", "release"}:
            return names.job(row)
        if rule.kind in {"machine", "batch", "closed"}:
            return names.machine(row)
        if rule.kind in {"pool", "absence"}:
            return names.pool(row)
        return names.operation(row)

    def prices(self, prices: Prices) -> IntArray:
        """Return the price of a tick or a unit of relief of each rule.

        Parameters
        ----------
        prices
            Where it is looked up. That of an absence is for all of it.
        """
        found = [prices.of(rule.kind, self.name(rule)) for rule in self.rules]
        table = np.array(found, dtype=np.int64)
        late = self.span["deadline"]
        weight = self.problem.jobs.weight[self.rows["deadline"]]
        named = [
            ("deadline", self.name(rule)) in prices.by_name for rule in self.rules[late]
        ]
        table[late] *= np.where(named, 1, np.maximum(weight, 1))
        pools = self.problem.pools
        length = pools.away_end - pools.away_start
        table[self.span["absence"]] *= length * pools.away_amount
        return table

    @property
    def horizon(self) -> int:
        """A time by which all can be done, whatever the dates and windows, in ticks."""
        return 2 * self.problem.horizon + 1

    def most_relief(self, rule: Rule) -> int:
        """Return the most that a rule can be relaxed by, in ticks or units.

        Parameters
        ----------
        rule
            One of the problem. Of a machine there may be one more.
        """
        problem, row = self.problem, rule.row
        machines, modes = problem.machines, problem.modes
        most: dict[str, tuple[IntArray, int]] = {
            "closed": (machines.closed_end - machines.closed_start, row),
            "release": (problem.jobs.release, row),
            "material": (problem.operations.release, row),
            "lag": (problem.arcs.lag, row),
        }
        if rule.kind in most:
            column, at = most[rule.kind]
            return int(column[at])
        if rule.kind == "batch":
            return int(problem.operations.size.sum())
        if rule.kind == "pool":
            return int(modes.use_amount[modes.use_pool == row].sum())
        return self.horizon if rule.kind == "deadline" else 1


def _rows_by_kind(problem: SchedulingProblem) -> dict[Kind, IntArray]:
    """Return the rows of each kind that say something."""
    jobs, modes, machines = problem.jobs, problem.modes, problem.machines
    asked = np.zeros(len(jobs), dtype=bool)
    asked[problem.operations.job] = True
    busy = np.unique(modes.machine[modes.machine != NONE])
    rows = {
        "deadline": np.flatnonzero((jobs.deadline != NONE) & asked),
        "release": np.flatnonzero((jobs.release > 0) & asked),
        "material": np.flatnonzero(problem.operations.release > 0),
        "closed": np.flatnonzero(np.isin(machines.closed_machine, busy)),
        "lock": np.arange(len(problem.locks)),
        "lag": np.flatnonzero(problem.arcs.lag > 0),
        "absence": np.arange(problem.pools.away_pool.size),
        "batch": busy[machines.batch[busy] > 0],
        "machine": busy,
        "pool": np.unique(modes.use_pool),
    }
    return {kind: rows[kind].astype(np.int64) for kind in KINDS}
