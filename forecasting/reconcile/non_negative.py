"""MinT with leaves that are not below 0: block pivoting on the free leaves.

With leaves b >= 0, the objective is (y - S b)' W^-1 (y - S b) / 2 and its gradient
g = A b - S' W^-1 y with A = S' W^-1 S. At the optimum b >= 0, g >= 0 and one of each
pair is 0. Block pivoting guesses which leaves are free, solves for them by conjugate
gradients (A is never formed), and swaps every leaf that is below 0 or whose gradient
is. All columns (steps, samples) go on together, each with its own free leaves.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting.reconcile.covariance import ErrorCovariance, Method, error_covariance
from forecasting.reconcile.hierarchy import Hierarchy, node_values
from forecasting.reconcile.project import projected_leaves
from forecasting.series import FloatArray

# Rounds without fewer wrong leaves, after which they are swapped one at a time: that
# ends for certain, though slowly. Kim and Park use 3.
PATIENCE = 3
ROUNDS_MAX = 500
# Steps of conjugate gradients a round; some ten are usual, and in exact arithmetic
# there are no more than levels of different weights.
STEPS_MAX = 2_000
# Accuracy of a solution within a round, as a share of the right hand side.
TOLERANCE = 1e-11
# A leaf is wrong if it or its gradient is below 0 by this share of the largest.
WRONG_SHARE = 1e-9
# What counts as optimal in the end.
RESIDUAL_MAX = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class NonNegative:
    """Coherent forecasts that are not below 0, and how near they are to the best.

    Parameters
    ----------
    values : ndarray of the shape of the base forecasts, float64
        Of all nodes, >= 0; aggregates are the sums of their leaves.
    objective : ndarray of shape (n_columns,), float64
        Half of the squared distance to the base forecasts, weighed by their errors;
        a column a step (or step and sample).
    kkt_residual : ndarray of shape (n_columns,), float64
        Largest violation of the conditions of optimality: of a leaf above 0 the size
        of its gradient, of a leaf at 0 that of a gradient below 0; as a share of the
        largest gradient at 0.
    n_rounds : int
        Rounds of block pivoting.
    """

    values: FloatArray
    objective: FloatArray
    kkt_residual: FloatArray
    n_rounds: int

    @property
    def is_optimal(self) -> bool:
        """Whether every column satisfies the conditions of optimality to 1e-7."""
        return bool((self.kkt_residual <= RESIDUAL_MAX).all())


def reconcile_non_negative(
    hierarchy: Hierarchy,
    base: ArrayLike,
    *,
    method: Method = "wls_struct",
    residuals: ArrayLike | None = None,
    rounds_max: int = ROUNDS_MAX,
) -> NonNegative:
    """Return the coherent forecasts nearest to `base` whose leaves are not below 0.

    Parameters
    ----------
    hierarchy : Hierarchy
        Of n nodes.
    base : array-like of shape (n_nodes, ...)
        Forecasts made of each node by itself.
    method : {"ols", "wls_struct", "wls_var", "mint_shrink"}
        See `error_covariance`.
    residuals : array-like of shape (n_nodes, n_observations), optional
        For "wls_var" and "mint_shrink".
    rounds_max : int, default 500
        Rounds of pivoting. Some five are usual; at the bound the best answer so far
        is given, with the residual that it has.

    Returns
    -------
    NonNegative

    Raises
    ------
    OptionError
        If shapes do not fit, a value is not finite, or see `error_covariance`.

    References
    ----------
    Wickramasuriya, Turlach, Hyndman (2020), Statistics and Computing 30, eq. 4 (the
    problem) and sect. 3.1 (block pivoting).
    Kim, Park (2011), SIAM Journal on Scientific Computing 33(6), algorithm 2 (the
    exchange rule, which ends after finitely many rounds).
    Hestenes, Stiefel (1952), Journal of Research of the NBS 49(6) (conjugate
    gradients).

    Examples
    --------
    >>> import polars as pl
    >>> pair = Hierarchy.of(pl.DataFrame({"id": ["a", "b"]}))
    >>> found = reconcile_non_negative(pair, [2.0, 8.0, 0.0])
    >>> found.values.round(9).tolist(), found.is_optimal
    ([6.0, 6.0, 0.0], True)
    """
    flat = node_values(hierarchy, base, "base")
    covariance = error_covariance(hierarchy, method, residuals)
    problem = _Problem(hierarchy, flat, covariance)
    leaves, n_rounds = _pivoted(problem, rounds_max)
    leaves = np.maximum(leaves, 0.0)
    rest = flat - hierarchy.aggregate(leaves)
    return NonNegative(
        values=hierarchy.aggregate(leaves).reshape(np.shape(base)),
        objective=0.5 * (rest * problem.solve(rest)).sum(axis=0),
        kkt_residual=problem.violation(leaves),
        n_rounds=n_rounds,
    )


class _Problem:
    """The normal equations of one hierarchy, as products; columns are independent."""

    def __init__(
        self, hierarchy: Hierarchy, base: FloatArray, covariance: ErrorCovariance
    ) -> None:
        self.hierarchy = hierarchy
        self.solve = covariance.inverse()
        self.start = projected_leaves(hierarchy, base, covariance)
        # Scaled to 1 a column, so that tolerances are shares.
        right = self._transposed(self.solve(base))
        self.scale = np.abs(right).max(axis=0)
        self.scale[self.scale == 0.0] = 1.0
        self.right = right / self.scale
        self.size = np.abs(base).max(axis=0) + 1e-300
        weight = 1.0 / covariance.variance
        n = hierarchy.n_aggregates
        # Of the sparse part of A: its diagonal, which evens out the weights.
        self.diagonal = (hierarchy.sums.T @ weight[:n] + weight[n:])[:, None]

    def gradient(self, leaves: FloatArray) -> FloatArray:
        """Return A b - S' W^-1 y, over the largest entry of the latter."""
        slope: FloatArray = self.times(leaves) / self.scale - self.right
        return slope

    def times(self, leaves: FloatArray) -> FloatArray:
        """Return A times columns of leaves."""
        return self._transposed(self.solve(self.hierarchy.aggregate(leaves)))

    def violation(self, leaves: FloatArray) -> FloatArray:
        """Return the largest violation of optimality of each column."""
        gradient = self.gradient(leaves)
        wrong = np.where(leaves > 0.0, np.abs(gradient), np.maximum(-gradient, 0.0))
        worst: FloatArray = wrong.max(axis=0)
        return worst

    def _transposed(self, nodes: FloatArray) -> FloatArray:
        n = self.hierarchy.n_aggregates
        product: FloatArray = self.hierarchy.sums.T @ nodes[:n] + nodes[n:]
        return product


def _pivoted(problem: _Problem, rounds_max: int) -> tuple[FloatArray, int]:
    """Return leaves after block pivoting, and the number of rounds."""
    leaves = problem.start
    free = leaves > 0.0
    n_columns = leaves.shape[1]
    fewest = np.full(n_columns, leaves.shape[0] + 1)
    patience = np.full(n_columns, PATIENCE)
    for n_rounds in range(1, rounds_max + 1):
        leaves = _solved(problem, leaves, free)
        gradient = problem.gradient(leaves)
        wrong = np.where(
            free, leaves < -WRONG_SHARE * problem.size, gradient < -WRONG_SHARE
        )
        n_wrong = wrong.sum(axis=0)
        if not n_wrong.any():
            return leaves, n_rounds
        better = n_wrong < fewest
        patience = np.where(better, PATIENCE, patience - 1)
        fewest = np.minimum(fewest, n_wrong)
        stuck = np.flatnonzero((patience < 0) & (n_wrong > 0))
        wrong[:, stuck] = _last_only(wrong[:, stuck])
        free ^= wrong
    return leaves, rounds_max


def _last_only(wrong: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep the last wrong leaf of each column, as Murty's rule does."""
    last = wrong.shape[0] - 1 - wrong[::-1].argmax(axis=0)
    kept = np.zeros_like(wrong)
    kept[last, np.arange(wrong.shape[1])] = True
    return kept


def _solved(
    problem: _Problem, leaves: FloatArray, free: NDArray[np.bool_]
) -> FloatArray:
    """Solve for the free leaves, the others 0, by conjugate gradients."""

    def product(columns: FloatArray) -> FloatArray:
        return np.where(free, problem.times(columns), 0.0)

    start = np.where(free, leaves, 0.0)
    right = np.where(free, problem.right * problem.scale, 0.0)
    return _conjugate_gradients(product, right, start, problem.diagonal)


def _conjugate_gradients(
    product: Callable[[FloatArray], FloatArray],
    right: FloatArray,
    start: FloatArray,
    diagonal: FloatArray,
) -> FloatArray:
    """Solve many systems of one matrix at once, scaled by its diagonal."""
    x = start.copy()
    rest = right - product(x)
    scaled = rest / diagonal
    square = (rest * scaled).sum(axis=0)
    enough = TOLERANCE**2 * (right * right / diagonal).sum(axis=0)
    direction = scaled.copy()
    for _ in range(STEPS_MAX):
        going = square > enough
        if not going.any():
            break
        turned = product(direction)
        slope = (direction * turned).sum(axis=0)
        length = np.divide(square, slope, out=np.zeros_like(slope), where=going)
        x += length * direction
        rest -= length * turned
        scaled = rest / diagonal
        new = (rest * scaled).sum(axis=0)
        turn = np.divide(new, square, out=np.zeros_like(new), where=going)
        square = np.where(going, new, 0.0)
        direction = scaled + turn * direction
    return x
