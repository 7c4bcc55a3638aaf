"""The normal equations of a hierarchy, never formed, and their iterative solution."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from forecasting.reconcile.covariance import ErrorCovariance
from forecasting.reconcile.hierarchy import Hierarchy
from forecasting.series import FloatArray

# Steps of conjugate gradients. Some ten are usual, and in exact arithmetic there are no
# more than different eigenvalues; weights of very different sizes take hundreds.
STEPS_MAX = 2_000
# Accuracy, as a share of the right hand side in the norm of the scaled equations.
TOLERANCE = 1e-11


class NormalEquations:
    """A b = S' W^-1 y with A = S' W^-1 S, for base forecasts y and leaves b.

    Columns are independent of each other.

    Parameters
    ----------
    hierarchy : Hierarchy
        Gives the summing matrix S.
    base : ndarray of shape (n_nodes, n_columns), float64
        Base forecasts y.
    covariance : ErrorCovariance
        W.
    """

    def __init__(
        self, hierarchy: Hierarchy, base: FloatArray, covariance: ErrorCovariance
    ) -> None:
        self.hierarchy = hierarchy
        self.weigh = covariance.inverse()
        self._upwards = hierarchy.sums.T.tocsr()
        self.right = self._transposed(self.weigh(base))
        scale = np.abs(self.right).max(axis=0)
        self.scale = np.where(scale > 0.0, scale, 1.0)
        # The diagonal of the sparse part of A evens out the weights.
        weight = 1.0 / covariance.variance
        n = hierarchy.n_aggregates
        self.diagonal = (self._upwards @ weight[:n] + weight[n:])[:, None]

    def times(self, leaves: FloatArray) -> FloatArray:
        """Return A times columns of leaves.

        Parameters
        ----------
        leaves : ndarray of shape (n_leaves, n_columns), float64

        Returns
        -------
        ndarray of the same shape, float64
        """
        return self._transposed(self.weigh(self.hierarchy.aggregate(leaves)))

    def gradient(self, leaves: FloatArray) -> FloatArray:
        """Return A b - S' W^-1 y as a share of the largest entry of the latter.

        Parameters
        ----------
        leaves : ndarray of shape (n_leaves, n_columns), float64

        Returns
        -------
        ndarray of the same shape, float64
        """
        slope: FloatArray = (self.times(leaves) - self.right) / self.scale
        return slope

    def solved(
        self,
        leaves: FloatArray,
        free: NDArray[np.bool_] | None = None,
        *,
        steps_max: int = STEPS_MAX,
    ) -> tuple[FloatArray, bool]:
        """Solve for the free leaves; the others are 0.

        Parameters
        ----------
        leaves : ndarray of shape (n_leaves, n_columns), float64
            Where to begin.
        free : ndarray of the same shape, bool, optional
            By default all are.
        steps_max : int
            Steps of conjugate gradients, at most.

        Returns
        -------
        leaves : ndarray of the same shape, float64
        is_exact : bool
            Whether the accuracy of 1e-11 was reached.
        """
        mask = np.ones((1, 1)) if free is None else free.astype(np.float64)

        def product(columns: FloatArray) -> FloatArray:
            masked: FloatArray = self.times(columns) * mask
            return masked

        right, start = self.right * mask, leaves * mask
        return conjugate_gradients(
            product, right, start, diagonal=self.diagonal, steps_max=steps_max
        )

    def _transposed(self, nodes: FloatArray) -> FloatArray:
        n = self.hierarchy.n_aggregates
        product: FloatArray = self._upwards @ nodes[:n]
        product += nodes[n:]
        return product


def conjugate_gradients(
    product: Callable[[FloatArray], FloatArray],
    right: FloatArray,
    start: FloatArray,
    *,
    diagonal: FloatArray,
    steps_max: int = STEPS_MAX,
) -> tuple[FloatArray, bool]:
    """Solve systems of one symmetric positive definite matrix, all columns at once.

    Parameters
    ----------
    product : callable
        The matrix times columns.
    right : ndarray of shape (n, n_columns), float64
        Right hand sides.
    start : ndarray of shape (n, n_columns), float64
        Where to begin.
    diagonal : ndarray of shape (n, 1), float64
        What the residuals are divided by, above 0.
    steps_max : int
        Steps, at most.

    Returns
    -------
    solution : ndarray of shape (n, n_columns), float64
    is_exact : bool
        Whether each column has its residual below 1e-11 of its right hand side.

    References
    ----------
    Hestenes, Stiefel (1952), Journal of Research of the NBS 49(6), eq. 3:1, with the
    preconditioner of Jacobi.

    Examples
    --------
    >>> matrix = np.array([[2.0, 1.0], [1.0, 3.0]])
    >>> x, is_exact = conjugate_gradients(
    ...     lambda v: matrix @ v, np.array([[3.0], [4.0]]), np.zeros((2, 1)),
    ...     diagonal=np.array([[2.0], [3.0]]),
    ... )
    >>> x.round(9).tolist(), is_exact
    ([[1.0], [1.0]], True)
    """
    x = start.copy()
    rest = right - product(x)
    scaled = rest / diagonal
    square = _dots(rest, scaled)
    enough = TOLERANCE**2 * _dots(right, right / diagonal)
    direction = scaled
    for _ in range(steps_max):
        going = square > enough
        if not going.any():
            return x, True
        turned = product(direction)
        slope = _dots(direction, turned)
        length = np.divide(square, slope, out=np.zeros_like(slope), where=going)
        x += length * direction
        rest -= length * turned
        scaled = rest / diagonal
        new = _dots(rest, scaled)
        turn = np.divide(new, square, out=np.zeros_like(new), where=going)
        square = np.where(going, new, 0.0)
        direction = scaled + turn * direction
    return x, not bool((square > enough).any())


def _dots(first: FloatArray, second: FloatArray) -> FloatArray:
    dots: FloatArray = np.einsum("ij,ij->j", first, second)
    return dots
