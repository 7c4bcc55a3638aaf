"""Which series are sums of which: a sparse matrix made of columns of labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
import scipy.sparse as sp
from numpy.typing import ArrayLike

from forecasting.errors import OptionError, PanelError
from forecasting.series import FloatArray, IndexArray

TOTAL = "total"


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """Leaves, and the sums of leaves that are forecast beside them.

    Nodes are the aggregates, level by level, and after them the leaves.

    Parameters
    ----------
    leaf_ids : tuple of str
        One name a leaf, none twice.
    aggregate_ids : tuple of str
        One name an aggregate.
    level_names : tuple of str
        Of the levels of aggregates, from the top.
    level_index : ndarray of shape (n_aggregates,), int64
        Level of each aggregate.
    sums : scipy.sparse.csr_matrix of shape (n_aggregates, n_leaves)
        1 where a leaf is part of an aggregate.

    Examples
    --------
    >>> labels = pl.DataFrame({"id": ["a", "b", "c"], "store": ["N", "N", "S"]})
    >>> shops = Hierarchy.of(labels)
    >>> shops.ids
    ('total', 'store=N', 'store=S', 'a', 'b', 'c')
    >>> shops.aggregate([1.0, 2.0, 4.0]).tolist()
    [7.0, 3.0, 4.0, 1.0, 2.0, 4.0]
    """

    leaf_ids: tuple[str, ...]
    aggregate_ids: tuple[str, ...]
    level_names: tuple[str, ...]
    level_index: IndexArray
    sums: Any

    @classmethod
    def of(
        cls,
        labels: pl.DataFrame,
        levels: Sequence[Sequence[str]] | None = None,
        *,
        leaf: str = "id",
    ) -> Self:
        """Make a hierarchy of columns of labels.

        Parameters
        ----------
        labels : polars.DataFrame
            One row a leaf: its name, and what it belongs to in other columns.
        levels : sequence of sequences of str, optional
            The columns of each level, from the top; no column is the total. Levels may
            cross, such as ``[[], ["store"], ["item"]]``. By default the total, then
            the first column, the first two, and so on, `leaf` left out.
        leaf : str, default "id"
            Column with the names of the leaves.

        Returns
        -------
        Hierarchy
            A node of the level (store, category) is named "store=N/category=A".

        Raises
        ------
        PanelError
            If a column or a label is missing, there is no leaf, or a name comes twice.
        """
        others = [name for name in labels.columns if name != leaf]
        if levels is None:
            levels = [others[:depth] for depth in range(len(others) + 1)]
        wanted = [leaf, *(name for level in levels for name in level)]
        _check_labels(labels, wanted)
        names: list[str] = []
        blocks, counts = [], []
        for level in levels:
            codes, found = _codes(labels, level)
            names += found
            counts.append(len(found))
            ones = (np.ones(codes.size), (codes, np.arange(codes.size)))
            blocks.append(sp.csr_matrix(ones, shape=(len(found), codes.size)))
        leaf_ids = tuple(labels[leaf].cast(pl.String).to_list())
        empty = sp.csr_matrix((0, len(leaf_ids)))
        made = cls(
            leaf_ids=leaf_ids,
            aggregate_ids=tuple(names),
            level_names=tuple("/".join(level) or TOTAL for level in levels),
            level_index=np.repeat(np.arange(len(counts)), counts).astype(np.int64),
            sums=sp.vstack([empty, *blocks], format="csr"),
        )
        if len(set(made.ids)) < made.n_nodes:
            twice = next(name for name in made.ids if made.ids.count(name) > 1)
            msg = f"node {twice!r}: a name must come once, came twice or more"
            raise PanelError(msg)
        return made

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of all nodes: aggregates, then leaves."""
        return self.aggregate_ids + self.leaf_ids

    @property
    def n_leaves(self) -> int:
        """Number of leaves."""
        return len(self.leaf_ids)

    @property
    def n_aggregates(self) -> int:
        """Number of aggregates."""
        return len(self.aggregate_ids)

    @property
    def n_nodes(self) -> int:
        """Number of aggregates and leaves."""
        return self.n_aggregates + self.n_leaves

    @property
    def n_leaves_of(self) -> FloatArray:
        """Number of leaves below each node: ndarray of shape (n_nodes,), float64."""
        below: FloatArray = np.asarray(self.sums.sum(axis=1), np.float64).reshape(-1)
        return np.concatenate([below, np.ones(self.n_leaves)])

    def aggregate(self, leaves: ArrayLike) -> FloatArray:
        """Return the values of all nodes, given those of the leaves.

        Parameters
        ----------
        leaves : array-like of shape (n_leaves, ...)
            Values of the leaves.

        Returns
        -------
        ndarray of shape (n_nodes, ...), float64

        Raises
        ------
        OptionError
            If there is not one row a leaf.
        """
        values = np.asarray(leaves, dtype=np.float64)
        if values.ndim < 1 or values.shape[0] != self.n_leaves:
            msg = f"leaves must have {self.n_leaves} rows, had the shape {values.shape}"
            raise OptionError(msg)
        flat = values.reshape(self.n_leaves, -1)
        both: FloatArray = np.concatenate([self.sums @ flat, flat])
        return both.reshape(self.n_nodes, *values.shape[1:])


def node_values(hierarchy: Hierarchy, values: ArrayLike, name: str) -> FloatArray:
    """Return values of all nodes as an array of two dimensions.

    Parameters
    ----------
    hierarchy : Hierarchy
        Whose nodes they are.
    values : array-like of shape (n_nodes, ...)
        Finite.
    name : str
        What a message calls them.

    Returns
    -------
    ndarray of shape (n_nodes, n_columns), float64

    Raises
    ------
    OptionError
        If there is not one row a node, or a value is not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim < 1 or array.shape[0] != hierarchy.n_nodes or array.size == 0:
        msg = (
            f"{name} must have {hierarchy.n_nodes} rows (aggregates, then leaves) and "
            f"a value each, had the shape {array.shape}"
        )
        raise OptionError(msg)
    flat = array.reshape(hierarchy.n_nodes, -1)
    wrong = np.flatnonzero(~np.isfinite(flat).all(axis=1))
    if wrong.size:
        node = hierarchy.ids[wrong[0]]
        msg = f"{name} of node {node!r}: must be finite, was {flat[wrong[0]]}"
        raise OptionError(msg)
    return flat


def _codes(labels: pl.DataFrame, level: Sequence[str]) -> tuple[IndexArray, list[str]]:
    """Return a code a row, and the names of the groups by their first rows."""
    if not level:
        return np.zeros(labels.height, dtype=np.int64), [TOTAL]
    texts = [
        pl.concat_str([pl.lit(f"{name}="), pl.col(name).cast(pl.String)])
        for name in level
    ]
    keys = labels.select(pl.concat_str(texts, separator="/").alias("key"))["key"]
    groups = keys.unique(maintain_order=True).to_list()
    place = {group: code for code, group in enumerate(groups)}
    codes = np.array([place[key] for key in keys.to_list()], dtype=np.int64)
    return codes, groups


def _check_labels(labels: pl.DataFrame, wanted: Sequence[str]) -> None:
    for name in wanted:
        if name not in labels.columns:
            msg = f"column {name!r}: missing, had {', '.join(labels.columns)}"
            raise PanelError(msg)
        if labels[name].null_count():
            row = int(labels[name].is_null().arg_max() or 0)
            msg = f"column {name!r}, row {row}: a label is missing"
            raise PanelError(msg)
    if labels.height == 0:
        raise PanelError("labels: must have at least 1 row, had 0")
