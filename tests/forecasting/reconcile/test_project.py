import numpy as np
import polars as pl
import pytest

from forecasting.errors import OptionError
from forecasting.reconcile import (
    ErrorCovariance,
    Hierarchy,
    error_covariance,
    project,
    reconcile,
)


@pytest.mark.parametrize("method", ["ols", "wls_struct", "wls_var", "mint_shrink"])
def test_reconcile_equals_the_textbook_formula(shops, base, residuals, method):
    """S (S' W^-1 S)^-1 S' W^-1 y, with every matrix written out."""
    summing = shops.aggregate(np.eye(shops.n_leaves))
    covariance = error_covariance(shops, method, residuals)
    weights = covariance.inverse()(np.eye(shops.n_nodes))
    leaves = np.linalg.solve(summing.T @ weights @ summing, summing.T @ weights @ base)
    found = reconcile(shops, base, method=method, residuals=residuals)
    assert found == pytest.approx(summing @ leaves)


def test_reconcile_keeps_what_is_coherent(shops):
    coherent = shops.aggregate(np.arange(12.0))
    assert reconcile(shops, coherent) == pytest.approx(coherent)


def test_reconcile_projects_samples_one_by_one(shops, base):
    samples = np.stack([base, 2.0 * base], axis=-1)
    found = reconcile(shops, samples)
    assert found.shape == samples.shape
    assert found[..., 1] == pytest.approx(reconcile(shops, 2.0 * base))


def test_reconcile_without_aggregates_changes_nothing():
    lonely = Hierarchy.of(pl.DataFrame({"id": ["a", "b"]}), [])
    assert reconcile(lonely, [1.0, -2.0]).tolist() == [1.0, -2.0]


def test_reconcile_of_zeros_is_zero(shops):
    assert not reconcile(shops, np.zeros((shops.n_nodes, 2))).any()


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_reconcile_refuses_what_is_not_finite(shops, base, wrong):
    base[3, 1] = wrong
    with pytest.raises(OptionError, match="base of node 'store=W'"):
        reconcile(shops, base)


@pytest.mark.parametrize("steps_max", [0, 100])
def test_both_ways_to_project_equal_least_squares(monkeypatch, shops, base, steps_max):
    """Variances over six powers of ten, written out as the regression that it is."""
    monkeypatch.setattr(project, "STEPS_MAX", steps_max)
    variance = 10.0 ** np.linspace(-3.0, 3.0, shops.n_nodes)
    root = 1.0 / np.sqrt(variance)[:, None]
    summing = shops.aggregate(np.eye(shops.n_leaves))
    expected = np.linalg.lstsq(root * summing, root * base)[0]
    found = project.projected_leaves(shops, base, ErrorCovariance(variance))
    assert found == pytest.approx(expected, rel=1e-6)
