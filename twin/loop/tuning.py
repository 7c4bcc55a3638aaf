"""Simulation optimisation: parameters of a policy, chosen by what it costs when played.

Candidates are drawn about the best so far and played on the same seeds, so that luck is
the same for all; the few best of a round are played on more seeds and say where the
next round looks. What is tuned must be judged on other seeds, or on a later stretch.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError

Array = NDArray[np.float64]
Evaluate = Callable[[Array, int], float]


@dataclass(frozen=True, slots=True)
class TuningOptions:
    """How hard is searched.

    Attributes
    ----------
    seeds : tuple of int
        What the best of a round are played on, at least one.
    n_first : int
        Of these, the seeds that every candidate is played on, >= 1.
    n_rounds : int
        Rounds, >= 1.
    n_candidates : int
        Candidates of a round, >= 2.
    n_elite : int
        The best of a round, in 1..n_candidates. Few are greedy, many learn little.
    keep : float
        Share of the spread of a round that the next one keeps at least, in [0, 1): a
        search that narrows too soon stays where it is.

    Raises
    ------
    OptionError
        If an option is outside what is allowed.
    """

    seeds: tuple[int, ...]
    n_first: int = 1
    n_rounds: int = 4
    n_candidates: int = 12
    n_elite: int = 4
    keep: float = 0.5

    def __post_init__(self) -> None:
        if not self.seeds:
            msg = f"seeds must be one at least, were {self.seeds}"
            raise OptionError(msg)
        limits = {
            "n_first": (1, len(self.seeds)),
            "n_rounds": (1, None),
            "n_candidates": (2, None),
            "n_elite": (1, self.n_candidates),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value < low or (high is not None and value > high):
                allowed = f">= {low}" if high is None else f"in {low}..{high}"
                msg = f"{name} must be {allowed}, was {value}"
                raise OptionError(msg)
        if not 0.0 <= self.keep < 1.0:
            msg = f"keep must be in [0, 1), was {self.keep}"
            raise OptionError(msg)

    @property
    def n_plays(self) -> int:
        """Plays of a search at most: first seeds of all, the others of the best.

        The start is played on all seeds; the best so far costs no round anything.
        """
        n_more = len(self.seeds) - self.n_first
        a_round = (self.n_candidates - 1) * self.n_first + self.n_elite * n_more
        return len(self.seeds) + self.n_rounds * a_round


@dataclass(frozen=True, slots=True)
class Tuned:
    """The best parameters found.

    Attributes
    ----------
    values : ndarray of shape (n,), float64
        The parameters.
    cost : float
        Their mean cost over all seeds.
    n_plays : int
        How often a policy was played.
    rounds : tuple of float
        The best mean cost after each round.
    """

    values: Array
    cost: float
    n_plays: int
    rounds: tuple[float, ...]


def tune(
    evaluate: Evaluate,
    start: Array,
    spread: Array,
    *,
    options: TuningOptions,
    rng: np.random.Generator,
    low: float | Array = -np.inf,
    high: float | Array = np.inf,
) -> Tuned:
    """Search for the parameters of least mean cost.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(values, seed)`` plays a policy and returns its cost.
    start : ndarray of shape (n,), float64
        Where the search begins. Brought within the bounds, it is played itself, on all
        seeds.
    spread : ndarray of shape (n,), float64
        Standard deviations of the first round, > 0.
    options : TuningOptions
        How hard.
    rng : Generator
        Draws candidates.
    low, high : float or ndarray of shape (n,)
        Bounds of the parameters.

    Returns
    -------
    Tuned
        Never dearer on the seeds than `start` brought within the bounds.

    References
    ----------
    Rubinstein, Kroese (2004), The Cross-Entropy Method, algorithm 4.2.1 with normal
    laws; common random numbers as in Law (2015), Simulation Modeling and Analysis,
    5th edition, section 11.2.

    Examples
    --------
    >>> options = TuningOptions(seeds=(1, 2), n_rounds=12, n_candidates=20)
    >>> found = tune(
    ...     lambda values, seed: float((values[0] - 3.0) ** 2) + seed,
    ...     np.array([0.0]), np.array([2.0]), options=options,
    ...     rng=np.random.default_rng(0),
    ... )
    >>> round(float(found.values[0]), 1)
    3.0
    """
    search = _Search(evaluate, options)
    middle = np.clip(np.array(start, np.float64), low, high)
    width = np.array(spread, np.float64)
    best, least, rounds = middle, search.cost(middle), []
    for number in range(options.n_rounds):
        drawn = rng.normal(middle, width, (options.n_candidates, len(middle)))
        # The best so far is played along, so that luck of few seeds is no winner.
        drawn[0] = best
        elite = search.best_of(np.clip(drawn, low, high))
        costs = [search.cost(values) for values in elite]
        if min(costs) < least:
            least, best = min(costs), elite[int(np.argmin(costs))]
        rounds.append(least)
        middle = elite.mean(axis=0)
        width = np.maximum(elite.std(axis=0), options.keep ** (number + 1) * spread)
    return Tuned(best, least, search.n_plays, tuple(rounds))


class _Search:
    """Plays each candidate once a seed."""

    def __init__(self, evaluate: Evaluate, options: TuningOptions) -> None:
        self.n_plays = 0
        self._evaluate = evaluate
        self._options = options
        self._known: dict[tuple[bytes, int], float] = {}

    def best_of(self, candidates: Array) -> Array:
        """Return the best few by the first seeds, the best first."""
        seeds = self._options.seeds[: self._options.n_first]
        costs = [self._mean(values, seeds) for values in candidates]
        order = np.argsort(costs, kind="stable")[: self._options.n_elite]
        return candidates[order]

    def cost(self, values: Array) -> float:
        """Return the mean cost over all seeds."""
        return self._mean(values, self._options.seeds)

    def _mean(self, values: Array, seeds: tuple[int, ...]) -> float:
        return float(np.mean([self._cost_of(values, seed) for seed in seeds]))

    def _cost_of(self, values: Array, seed: int) -> float:
        key = values.tobytes(), seed
        if key not in self._known:
            self._known[key] = self._evaluate(values, seed)
            self.n_plays += 1
        return self._known[key]
