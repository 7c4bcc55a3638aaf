"""MinT: the coherent forecasts nearest to base forecasts, weighed by their errors."""

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse.linalg import splu

from forecasting.reconcile.covariance import ErrorCovariance, Method, error_covariance
from forecasting.reconcile.equations import NormalEquations
from forecasting.reconcile.hierarchy import Hierarchy, node_values
from forecasting.series import FloatArray

# A factorisation costs as much as some hundred steps on one column.
STEPS_MAX = 100


def reconcile(
    hierarchy: Hierarchy,
    base: ArrayLike,
    *,
    method: Method = "wls_struct",
    residuals: ArrayLike | None = None,
) -> FloatArray:
    """Return coherent forecasts by trace minimisation.

    Parameters
    ----------
    hierarchy : Hierarchy
        Of n nodes.
    base : array-like of shape (n_nodes, ...)
        Forecasts made of each node by itself; further axes may be steps and samples.
        Samples that are projected one by one are a coherent sample.
    method : {"ols", "wls_struct", "wls_var", "mint_shrink"}
        See `error_covariance`.
    residuals : array-like of shape (n_nodes, n_observations), optional
        For "wls_var" and "mint_shrink".

    Returns
    -------
    ndarray of the shape of `base`, float64
        Aggregates are the sums of their leaves. A leaf may be below 0: see
        `reconcile_non_negative`.

    Raises
    ------
    OptionError
        If shapes do not fit, a value is not finite, or see `error_covariance`.

    Notes
    -----
    A diagonal covariance W takes some ten steps of conjugate gradients on the normal
    equations. Else, or where weights differ so much that these do not come to an end,
    there is one sparse factorisation of the size of the aggregates: with aggregates a,
    leaves b, U' = [I, -C] and u = a - C b, which the base forecasts y lack in
    coherence, the answer is y - W U (U' W U)^-1 u.

    References
    ----------
    Wickramasuriya, Athanasopoulos, Hyndman (2019), JASA 114(526), theorem 1 and eq. 12.
    Panagiotelis, Gamakumara, Athanasopoulos, Hyndman (2023), European Journal of
    Operational Research 306(2), theorem 3.1 (samples).

    Examples
    --------
    The total is 3 more than its parts, and is worth half of a leaf:

    >>> import polars as pl
    >>> pair = Hierarchy.of(pl.DataFrame({"id": ["a", "b"]}))
    >>> reconcile(pair, [7.0, 1.0, 3.0]).tolist()
    [5.5, 1.75, 3.75]
    """
    flat = node_values(hierarchy, base, "base")
    covariance = error_covariance(hierarchy, method, residuals)
    leaves = projected_leaves(hierarchy, flat, covariance)
    return hierarchy.aggregate(leaves).reshape(np.shape(base))


def projected_leaves(
    hierarchy: Hierarchy, base: FloatArray, covariance: ErrorCovariance
) -> FloatArray:
    """Return the leaves of the coherent forecasts nearest to `base`.

    Parameters
    ----------
    hierarchy : Hierarchy
        Of n nodes.
    base : ndarray of shape (n_nodes, n_columns), float64
        Base forecasts.
    covariance : ErrorCovariance
        Of their errors.

    Returns
    -------
    ndarray of shape (n_leaves, n_columns), float64
    """
    leaves = base[hierarchy.n_aggregates :]
    if covariance.factors is None:
        equations = NormalEquations(hierarchy, base, covariance)
        nearest, is_exact = equations.solved(leaves, steps_max=STEPS_MAX)
        if is_exact:
            return nearest
    return factorised_leaves(hierarchy, base, covariance)


def factorised_leaves(
    hierarchy: Hierarchy, base: FloatArray, covariance: ErrorCovariance
) -> FloatArray:
    """Return what `projected_leaves` does, always by the factorisation.

    Parameters
    ----------
    hierarchy : Hierarchy
        Of n nodes.
    base : ndarray of shape (n_nodes, n_columns), float64
        Base forecasts.
    covariance : ErrorCovariance
        Of their errors.

    Returns
    -------
    ndarray of shape (n_leaves, n_columns), float64
    """
    n = hierarchy.n_aggregates
    leaves = base[n:]
    if n == 0:
        return leaves.copy()
    lacking = base[:n] - hierarchy.sums @ leaves
    diagonal = sp.diags(covariance.variance[n:])
    within = sp.diags(covariance.variance[:n])
    within = (within + hierarchy.sums @ diagonal @ hierarchy.sums.T).tocsc()
    # Symmetric and positive definite: no pivoting, and a third of the fill.
    factor = splu(
        within,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    solved = factor.solve(lacking)
    common = covariance.factors
    if common is not None:
        across = common[:n] - hierarchy.sums @ common[n:]
        beside = factor.solve(across)
        inner = np.eye(common.shape[1]) + across.T @ beside
        shares = cho_solve(cho_factor(inner), across.T @ solved)
        solved = solved - beside @ shares
        leaves = leaves - common[n:] @ (across.T @ solved)
    nearest: FloatArray = leaves + covariance.variance[n:, None] * (
        hierarchy.sums.T @ solved
    )
    return nearest
