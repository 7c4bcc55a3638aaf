"""How the errors of the nodes' forecasts are taken to vary together.

The covariance is a diagonal and, for "mint_shrink", a product of few columns: it is
never written out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cholesky, solve_triangular

from forecasting.errors import OptionError
from forecasting.reconcile.hierarchy import Hierarchy, node_values
from forecasting.series import FloatArray

Method = Literal["ols", "wls_struct", "wls_var", "mint_shrink"]
# Least variance, as a share of the mean variance of its kind: a series that was always
# forecast without an error may still have one. Smaller, and such a node binds all.
VARIANCE_SHARE_MIN = 1e-6
RESIDUALS_MIN = 2
# The covariance is to stay positive definite, also if errors repeat each other.
SHRINKAGE_MIN = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class ErrorCovariance:
    """A covariance of errors, ``diag(variance) + factors @ factors.T``.

    Parameters
    ----------
    variance : ndarray of shape (n_nodes,), float64
        Above 0.
    factors : ndarray of shape (n_nodes, n_factors), float64, or None
        What errors have in common.
    shrinkage : float, default 1
        Weight of the diagonal in a shrunk covariance; 1 where there are no factors.
    """

    variance: FloatArray
    factors: FloatArray | None = None
    shrinkage: float = 1.0

    def inverse(self) -> Callable[[FloatArray], FloatArray]:
        """Return what multiplies columns by the inverse of the covariance.

        Returns
        -------
        callable
            From and to arrays of shape (n_nodes, n_columns), float64.

        References
        ----------
        Woodbury (1950), Inverting modified matrices, eq. 3.
        """
        weight = 1.0 / self.variance[:, None]
        if self.factors is None:
            return lambda columns: columns * weight
        across = self.factors * weight
        inner = np.eye(self.factors.shape[1]) + self.factors.T @ across
        # The inverse of the inner matrix is split between both sides.
        lower = cholesky(inner, lower=True)
        half = solve_triangular(lower, across.T, lower=True)

        def solve(columns: FloatArray) -> FloatArray:
            solved: FloatArray = columns * weight - half.T @ (half @ columns)
            return solved

        return solve


def error_covariance(
    hierarchy: Hierarchy, method: Method, residuals: ArrayLike | None = None
) -> ErrorCovariance:
    """Return the covariance of errors that a variant of MinT assumes.

    Parameters
    ----------
    hierarchy : Hierarchy
        Of n nodes.
    method : {"ols", "wls_struct", "wls_var", "mint_shrink"}
        One variance for all; as many as a node has leaves; the mean square of its
        residuals; or all their products, shrunk towards the diagonal.
    residuals : array-like of shape (n_nodes, n_observations), optional
        Errors of one-step forecasts within the history; for the last two.

    Returns
    -------
    ErrorCovariance

    Raises
    ------
    OptionError
        If the method is unknown, or residuals are missing, too few or not finite.

    References
    ----------
    Wickramasuriya, Athanasopoulos, Hyndman (2019), JASA 114(526), sect. 2.4.
    Schaefer, Strimmer (2005), Statistical Applications in Genetics and Molecular
    Biology 4(1), sect. 2.4 and table 2, target D: the shrinkage of correlations is the
    sum of their variances over the sum of their squares.

    Examples
    --------
    >>> import polars as pl
    >>> pair = Hierarchy.of(pl.DataFrame({"id": ["a", "b"]}))
    >>> error_covariance(pair, "wls_struct").variance.tolist()
    [2.0, 1.0, 1.0]
    """
    if method == "ols":
        return ErrorCovariance(np.ones(hierarchy.n_nodes))
    if method == "wls_struct":
        return ErrorCovariance(hierarchy.n_leaves_of)
    if method not in {"wls_var", "mint_shrink"}:
        msg = f"method must be one of {', '.join(get_args(Method))}, was {method!r}"
        raise OptionError(msg)
    if residuals is None:
        msg = f"residuals must be given for the method {method!r}"
        raise OptionError(msg)
    errors = node_values(hierarchy, residuals, "residuals")
    if errors.shape[1] < RESIDUALS_MIN:
        msg = f"residuals must have 2 columns or more, had {errors.shape[1]}"
        raise OptionError(msg)
    variance = _floored((errors**2).mean(axis=1))
    if method == "wls_var":
        return ErrorCovariance(variance)
    share = _shrinkage(errors / np.sqrt(variance)[:, None])
    common = np.sqrt((1.0 - share) / errors.shape[1]) * errors
    return ErrorCovariance(share * variance, common, share)


def _floored(variance: FloatArray) -> FloatArray:
    seen = variance[variance > 0.0]
    least = VARIANCE_SHARE_MIN * (float(seen.mean()) if seen.size else 1.0)
    return np.maximum(variance, least)


def _shrinkage(scores: FloatArray) -> float:
    """Return the weight of the diagonal, without writing out a correlation.

    With x the errors over their deviations and r_ij the mean of x_i x_j over T times,
    sums over all pairs are sums over pairs of times: that of (T r_ij)^2 is the squared
    norm of x'x, that of the sum of x_i^2 x_j^2 the sum of squared row sums of x^2.
    """
    n_times = scores.shape[1]
    squares = scores**2
    own_products = squares.sum(axis=1)
    products = (np.square(scores.T @ scores)).sum() - (own_products**2).sum()
    fourths = (squares.sum(axis=0) ** 2).sum() - (squares**2).sum()
    variances = (fourths - products / n_times) / (n_times * (n_times - 1.0))
    correlations = products / n_times**2
    # No product of errors left to shrink: the diagonal says it all.
    if correlations <= 0.0:
        return 1.0
    return float(np.clip(variances / correlations, SHRINKAGE_MIN, 1.0))
