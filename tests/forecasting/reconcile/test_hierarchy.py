import numpy as np
import polars as pl
import pytest

from forecasting.errors import OptionError, PanelError
from forecasting.reconcile.hierarchy import Hierarchy, node_values


def test_of_makes_crossing_levels(shops):
    assert shops.n_aggregates == 1 + 3 + 2 + 6
    assert shops.level_names == ("total", "store", "category", "store/category")
    assert shops.ids[:3] == ("total", "store=N", "store=S")
    assert shops.ids[6] == "store=N/category=A"
    assert shops.ids[-1] == "leaf11"
    assert np.bincount(shops.level_index).tolist() == [1, 3, 2, 6]


def test_aggregate_sums_each_group(shops):
    values = np.arange(24.0).reshape(12, 2)
    sums = dict(zip(shops.ids, shops.aggregate(values).tolist(), strict=True))
    assert sums["total"] == values.sum(axis=0).tolist()
    assert sums["store=S"] == values[4:8].sum(axis=0).tolist()
    assert sums["category=B"] == values[1::2].sum(axis=0).tolist()
    assert sums["store=W/category=A"] == values[[8, 10]].sum(axis=0).tolist()
    assert sums["leaf3"] == values[3].tolist()
    assert shops.n_leaves_of[:4].tolist() == [12.0, 4.0, 4.0, 4.0]


def test_of_nests_all_columns_by_default():
    labels = pl.DataFrame({"id": ["a", "b"], "region": ["x", "x"], "store": [1, 2]})
    assert Hierarchy.of(labels).aggregate_ids == (
        "total", "region=x", "region=x/store=1", "region=x/store=2",
    )  # fmt: skip


def test_of_no_level_has_leaves_alone():
    lonely = Hierarchy.of(pl.DataFrame({"id": ["a", "b"]}), [])
    assert lonely.n_aggregates == 0
    assert lonely.aggregate([1.0, 2.0]).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("labels", "levels", "words"),
    [
        ({"id": ["a", "a"]}, [[]], "node 'a': a name must come once"),
        ({"id": ["a", None]}, [[]], "column 'id', row 1: a label is missing"),
        ({"id": ["a"]}, [["shop"]], "column 'shop': missing, had id"),
        ({"name": ["a"]}, [[]], "column 'id': missing, had name"),
        ({"id": []}, [[]], "at least 1 row"),
        ({"id": ["a"], "s": ["x"]}, [["s"], ["s"]], "node 's=x': a name"),
    ],
)
def test_of_refuses_labels_that_make_no_hierarchy(labels, levels, words):
    with pytest.raises(PanelError, match=words):
        Hierarchy.of(pl.DataFrame(labels), levels)


def test_node_values_names_the_node_that_is_not_finite(shops):
    values = np.ones(shops.n_nodes)
    values[1] = np.nan
    with pytest.raises(OptionError, match="base of node 'store=N': must be finite"):
        node_values(shops, values, "base")
    with pytest.raises(OptionError, match="must have 24 rows"):
        node_values(shops, values[:5], "base")
    with pytest.raises(OptionError, match="must have 12 rows"):
        shops.aggregate(values)
