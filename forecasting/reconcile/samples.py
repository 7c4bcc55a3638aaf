"""Samples of leaves put into an order in which they may be summed."""

import numpy as np
from numpy.typing import ArrayLike

from forecasting.errors import OptionError
from forecasting.series import FloatArray


def ordered_samples(
    samples: ArrayLike, residuals: ArrayLike, rng: np.random.Generator
) -> FloatArray:
    """Reorder independent samples of leaves so that they vary together as errors did.

    Of each leaf and step the values stay, only their order changes. Sample k follows
    the errors of the same past steps in all leaves; the sums of leaves
    (`Hierarchy.aggregate`) are then coherent samples with the spread of the past.

    Parameters
    ----------
    samples : array-like of shape (n_leaves, horizon, n_samples)
        Samples of each leaf by itself.
    residuals : array-like of shape (n_leaves, n_observations)
        Past one-step errors of the leaves at the same times; at least `horizon`.
    rng : numpy.random.Generator
        Draws the past steps, and the order of equal errors.

    Returns
    -------
    ndarray of shape (n_leaves, horizon, n_samples), float64

    Raises
    ------
    OptionError
        If shapes do not fit or a value is not finite.

    References
    ----------
    Clark, Gangopadhyay, Hay, Rajagopalan, Wilby (2004), Journal of Hydrometeorology
    5(1), 243-262 (the Schaake shuffle).
    Ben Taieb, Taylor, Hyndman (2021), JASA 116(533), sect. 3.2 (sums of leaves under
    an empirical copula).

    Examples
    --------
    Both leaves erred the same way, so that large values meet large values:

    >>> errors = [[-1.0, 0.0, 2.0], [-3.0, 0.0, 5.0]]
    >>> both = ordered_samples(
    ...     [[[1, 2, 3]], [[30, 20, 10]]], errors, np.random.default_rng(0)
    ... )
    >>> sorted(both.sum(axis=0)[0].tolist())
    [11.0, 22.0, 33.0]
    """
    drawn = np.asarray(samples, dtype=np.float64)
    errors = np.asarray(residuals, dtype=np.float64)
    _check(drawn, errors)
    _, horizon, n_samples = drawn.shape
    n_starts = errors.shape[1] - horizon + 1
    starts = rng.choice(n_starts, n_samples, replace=n_samples > n_starts)
    ordered = np.empty_like(drawn)
    for step in range(horizon):
        past = errors[:, starts + step]
        order = np.lexsort((rng.random(past.shape), past), axis=-1)
        values = np.sort(drawn[:, step], axis=-1)
        np.put_along_axis(ordered[:, step], order, values, axis=-1)
    return ordered


def _check(samples: FloatArray, errors: FloatArray) -> None:
    if samples.ndim != 3 or samples.size == 0:  # noqa: PLR2004
        msg = (
            "samples must have the shape (n_leaves, horizon, n_samples), had "
            f"{samples.shape}"
        )
        raise OptionError(msg)
    n_leaves, horizon, _ = samples.shape
    if errors.ndim != 2 or errors.shape[0] != n_leaves or errors.shape[1] < horizon:  # noqa: PLR2004
        msg = (
            f"residuals must have {n_leaves} rows and {horizon} columns or more, had "
            f"the shape {errors.shape}"
        )
        raise OptionError(msg)
    for name, array in (("samples", samples), ("residuals", errors)):
        if not bool(np.isfinite(array).all()):
            msg = f"{name} must be finite everywhere"
            raise OptionError(msg)
