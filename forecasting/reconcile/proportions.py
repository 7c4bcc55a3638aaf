"""Coherent forecasts of one level alone: summed up, or shared out."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from forecasting.errors import OptionError
from forecasting.reconcile.hierarchy import Hierarchy, node_values
from forecasting.series import FloatArray, IndexArray

Shares = Literal["of_means", "mean_of_shares"]


def bottom_up(hierarchy: Hierarchy, base: ArrayLike) -> FloatArray:
    """Return the leaves as they are, and their sums.

    Parameters
    ----------
    hierarchy : Hierarchy
        Of n nodes.
    base : array-like of shape (n_nodes, ...)
        Forecasts of each node; those of aggregates are not looked at.

    Returns
    -------
    ndarray of the shape of `base`, float64

    Raises
    ------
    OptionError
        If shapes do not fit or a value is not finite.

    Examples
    --------
    >>> import polars as pl
    >>> pair = Hierarchy.of(pl.DataFrame({"id": ["a", "b"]}))
    >>> bottom_up(pair, [7.0, 1.0, 3.0]).tolist()
    [4.0, 1.0, 3.0]
    """
    flat = node_values(hierarchy, base, "base")
    summed = hierarchy.aggregate(flat[hierarchy.n_aggregates :])
    return summed.reshape(np.shape(base))


def top_down(
    hierarchy: Hierarchy,
    base: ArrayLike,
    history: ArrayLike,
    *,
    level: int = 0,
    shares: Shares = "of_means",
) -> FloatArray:
    """Return the forecasts of one level, shared out to leaves as in the past.

    Parameters
    ----------
    hierarchy : Hierarchy
        Of n nodes.
    base : array-like of shape (n_nodes, ...)
        Forecasts of each node; only those of the level are looked at.
    history : array-like of shape (n_leaves, n_observations)
        Past values of the leaves, >= 0.
    level : int, default 0
        Position of the level in `Hierarchy.level_names`; each leaf must be part of one
        of its nodes. 0 is the top; one further down is a middle-out.
    shares : {"of_means", "mean_of_shares"}
        Share of a leaf: its mean over that of its node, or the mean of its share of
        each step.

    Returns
    -------
    ndarray of the shape of `base`, float64
        The leaves of a node that was always 0 get equal shares.

    Raises
    ------
    OptionError
        If shapes do not fit, a value is out of range, or the level does not exist.

    References
    ----------
    Gross, Sohl (1990), Journal of Forecasting 9(3), methods F and A.

    Examples
    --------
    >>> import polars as pl
    >>> pair = Hierarchy.of(pl.DataFrame({"id": ["a", "b"]}))
    >>> top_down(pair, [8.0, 0.0, 0.0], [[1, 1], [2, 4]]).tolist()
    [8.0, 2.0, 6.0]
    """
    flat = node_values(hierarchy, base, "base")
    past = np.asarray(history, dtype=np.float64)
    if past.ndim != 2 or past.shape[0] != hierarchy.n_leaves or past.shape[1] < 1:  # noqa: PLR2004
        msg = f"history must have {hierarchy.n_leaves} rows, had the shape {past.shape}"
        raise OptionError(msg)
    if not bool(((past >= 0.0) & np.isfinite(past)).all()):
        raise OptionError("history must be finite and >= 0 everywhere")
    if not 0 <= level < len(hierarchy.level_names):
        last = len(hierarchy.level_names) - 1
        msg = f"level must be 0 to {last}, was {level}"
        raise OptionError(msg)
    rows = np.flatnonzero(hierarchy.level_index == level)
    node_of = rows[hierarchy.sums[rows].argmax(axis=0).A1]
    share = _shares(past, node_of, shares, n_nodes=hierarchy.n_aggregates)
    leaves = flat[node_of] * share[:, None]
    return hierarchy.aggregate(leaves).reshape(np.shape(base))


def _shares(
    past: FloatArray, node_of: IndexArray, shares: Shares, *, n_nodes: int
) -> FloatArray:
    if shares not in get_args(Shares):
        msg = f"shares must be one of {', '.join(get_args(Shares))}, was {shares!r}"
        raise OptionError(msg)
    if shares == "of_means":
        past = past.mean(axis=1, keepdims=True)
    whole = np.zeros((n_nodes, past.shape[1]))
    np.add.at(whole, node_of, past)
    n_leaves = np.bincount(node_of, minlength=n_nodes)
    equal = np.broadcast_to(1.0 / n_leaves[node_of][:, None], past.shape)
    seen = whole[node_of] > 0.0
    each = np.divide(past, whole[node_of], out=equal.copy(), where=seen)
    # Steps in which nothing came say nothing of shares, unless there are no others.
    weight = seen | ~seen.any(axis=1, keepdims=True)
    share: FloatArray = (each * weight).sum(axis=1) / weight.sum(axis=1)
    return share
