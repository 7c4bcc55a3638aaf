import numpy as np
import polars as pl
import pytest
from scipy.optimize import nnls

from forecasting.reconcile import (
    Hierarchy,
    error_covariance,
    non_negative,
    reconcile,
    reconcile_non_negative,
)


def best_leaves(covariance, summing, base):
    """The same problem as dense least squares, by Lawson and Hanson's method."""
    weights = covariance.inverse()(np.eye(len(summing)))
    root = np.linalg.cholesky(weights).T
    return np.stack(
        [nnls(root @ summing, root @ column)[0] for column in base.T], axis=1
    )


@pytest.mark.parametrize("method", ["ols", "wls_struct", "wls_var", "mint_shrink"])
def test_reconcile_non_negative_equals_dense_least_squares(
    shops, base, residuals, method
):
    summing = shops.aggregate(np.eye(shops.n_leaves))
    found = reconcile_non_negative(shops, base, method=method, residuals=residuals)
    covariance = error_covariance(shops, method, residuals)
    leaves = best_leaves(covariance, summing, base)
    assert found.values == pytest.approx(summing @ leaves, abs=1e-6)
    assert found.is_optimal
    assert (found.values >= 0.0).all()
    assert (reconcile(shops, base, method=method, residuals=residuals) < 0.0).any()
    rest = base - summing @ leaves
    objective = 0.5 * (rest * covariance.inverse()(rest)).sum(axis=0)
    assert found.objective == pytest.approx(objective)


@pytest.mark.parametrize("patience", [0, 3])
def test_pivoting_ends_on_random_hierarchies(monkeypatch, patience):
    """Also if leaves are swapped one at a time from the first round on."""
    monkeypatch.setattr(non_negative, "PATIENCE", patience)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(2, 40))
        labels = pl.DataFrame(
            {
                "id": [str(i) for i in range(n)],
                "a": rng.integers(0, 4, n),
                "b": rng.integers(0, 9, n),
            }
        )
        tree = Hierarchy.of(labels, [[], ["a"], ["b"]])
        base = rng.normal(0.0, 10.0 ** rng.integers(-3, 4), (tree.n_nodes, 4))
        errors = rng.normal(size=(tree.n_nodes, 6)) * 10.0 ** rng.uniform(
            -2, 2, (tree.n_nodes, 1)
        )
        for method in ("ols", "wls_var"):
            found = reconcile_non_negative(tree, base, method=method, residuals=errors)
            assert found.is_optimal, (seed, method, found.kkt_residual)


def test_bound_of_rounds_gives_an_answer_that_tells_its_residual(shops, base):
    found = reconcile_non_negative(shops, base, rounds_max=1)
    assert found.n_rounds == 1
    assert not found.is_optimal
    assert (found.values >= 0.0).all()
    best = reconcile_non_negative(shops, base)
    assert (best.objective <= found.objective + 1e-12).all()


def test_coherent_forecasts_above_zero_stay(shops):
    coherent = shops.aggregate(np.arange(1.0, 13.0))
    found = reconcile_non_negative(shops, coherent)
    assert found.values == pytest.approx(coherent)
    assert found.objective == pytest.approx([0.0], abs=1e-15)


@pytest.mark.parametrize("value", [0.0, -5.0])
def test_forecasts_of_nothing_are_nothing(shops, value):
    found = reconcile_non_negative(shops, np.full(shops.n_nodes, value))
    assert not found.values.any()
    assert found.is_optimal


def test_samples_without_negatives_have_no_lower_total(shops):
    rng = np.random.default_rng(6)
    samples = shops.aggregate(rng.poisson(0.3, (shops.n_leaves, 200)).astype(float))
    noisy = np.maximum(samples + rng.normal(0.0, 0.6, samples.shape), 0.0)
    total = reconcile_non_negative(shops, noisy).values[0]
    free = reconcile(shops, noisy)[0]
    assert (total >= free - 1e-9).all()
    assert total.mean() > 1.01 * free.mean()
