import numpy as np
import pytest

from forecasting.reconcile import error_covariance
from forecasting.reconcile.equations import NormalEquations, conjugate_gradients


@pytest.fixture
def equations(shops, base, residuals):
    return NormalEquations(
        shops, base, error_covariance(shops, "mint_shrink", residuals)
    )


@pytest.fixture
def matrix(shops, equations):
    """S' W^-1 S, written out."""
    summing = shops.aggregate(np.eye(shops.n_leaves))
    return summing.T @ equations.weigh(summing)


def test_times_multiplies_by_the_matrix(equations, matrix):
    leaves = np.random.default_rng(0).normal(size=(12, 3))
    assert equations.times(leaves) == pytest.approx(matrix @ leaves)
    expected = (matrix @ leaves - equations.right) / np.abs(equations.right).max(axis=0)
    assert equations.gradient(leaves) == pytest.approx(expected)


def test_solved_keeps_leaves_that_are_not_free_at_zero(equations, matrix):
    free = np.random.default_rng(1).random((12, 3)) < 0.6
    found, is_exact = equations.solved(np.ones((12, 3)), free)
    assert is_exact
    for column in range(3):
        rows = free[:, column]
        expected = np.linalg.solve(
            matrix[np.ix_(rows, rows)], equations.right[rows, column]
        )
        assert found[rows, column] == pytest.approx(expected)
        assert not found[~rows, column].any()


def test_conjugate_gradients_tell_if_steps_do_not_suffice():
    rng = np.random.default_rng(2)
    root = rng.normal(size=(30, 30))
    matrix, right = root @ root.T + np.eye(30), rng.normal(size=(30, 2))
    diagonal = np.diag(matrix)[:, None]

    def product(columns):
        return matrix @ columns

    start = np.zeros((30, 2))
    few = conjugate_gradients(product, right, start, diagonal=diagonal, steps_max=3)
    all_steps = conjugate_gradients(product, right, start, diagonal=diagonal)
    assert not few[1]
    assert all_steps[1]
    assert all_steps[0] == pytest.approx(np.linalg.solve(matrix, right))


def test_conjugate_gradients_of_zeros_need_no_step():
    found, is_exact = conjugate_gradients(
        lambda columns: columns, np.zeros((4, 2)), np.zeros((4, 2)),
        diagonal=np.ones((4, 1)),
    )  # fmt: skip
    assert is_exact
    assert not found.any()
