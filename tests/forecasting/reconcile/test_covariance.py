import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.reconcile.covariance import error_covariance


def written_out(covariance):
    whole = np.diag(covariance.variance)
    if covariance.factors is not None:
        whole = whole + covariance.factors @ covariance.factors.T
    return whole


def test_mint_shrink_equals_the_published_estimator(shops, residuals):
    """Schaefer and Strimmer's target D, with every pair written out."""
    n = residuals.shape[1]
    raw = residuals @ residuals.T / n
    scores = residuals / np.sqrt(np.diag(raw))[:, None]
    correlations = scores @ scores.T / n
    variances = (scores**2 @ (scores**2).T - (scores @ scores.T) ** 2 / n) / (
        n * (n - 1)
    )
    apart = ~np.eye(len(raw), dtype=bool)
    share = variances[apart].sum() / (correlations[apart] ** 2).sum()
    found = error_covariance(shops, "mint_shrink", residuals)
    assert found.shrinkage == pytest.approx(share)
    assert 0.05 < share < 0.95
    expected = share * np.diag(np.diag(raw)) + (1 - share) * raw
    assert written_out(found) == pytest.approx(expected)


@pytest.mark.parametrize("method", ["ols", "wls_struct", "wls_var", "mint_shrink"])
def test_inverse_is_the_inverse(shops, residuals, method):
    covariance = error_covariance(shops, method, residuals)
    columns = np.random.default_rng(1).normal(size=(shops.n_nodes, 2))
    expected = np.linalg.solve(written_out(covariance), columns)
    assert covariance.inverse()(columns) == pytest.approx(expected)


def test_series_without_errors_keep_a_small_variance(shops):
    residuals = np.zeros((shops.n_nodes, 5))
    assert (error_covariance(shops, "wls_var", residuals).variance == 1e-6).all()
    assert error_covariance(shops, "mint_shrink", residuals).shrinkage == 1.0
    residuals[0] = 2.0
    found = error_covariance(shops, "wls_var", residuals).variance
    assert found.tolist() == [4.0] + [4e-6] * (shops.n_nodes - 1)


@pytest.mark.parametrize(
    ("method", "columns", "words"),
    [
        ("mint_cov", 5, "method must be one of ols, wls_struct, wls_var, mint_shrink"),
        ("wls_var", None, "residuals must be given"),
        ("wls_var", 1, "2 columns or more"),
    ],
)
def test_error_covariance_refuses_what_it_cannot_use(shops, method, columns, words):
    residuals = None if columns is None else np.ones((shops.n_nodes, columns))
    with pytest.raises(OptionError, match=words):
        error_covariance(shops, method, residuals)
