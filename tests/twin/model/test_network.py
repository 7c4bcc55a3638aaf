import dataclasses

import numpy as np
import polars as pl
import pytest

from twin.errors import NetworkError
from twin.model import build, example_folder, load
from twin.model.laws import LAW_NAMES
from twin.model.network import content_hash
from twin.model.records import CUSTOMER, PLANT, SUPPLIER, WAREHOUSE


def test_build_places_are_sites_then_suppliers_then_customers(tables, settings):
    network = build(tables, settings)
    assert network.places.ids == ("D", "P", "V", "M")
    assert network.places.kind.tolist() == [WAREHOUSE, PLANT, SUPPLIER, CUSTOMER]
    assert (network.n_sites, network.n_suppliers, network.n_customers) == (2, 1, 1)
    capacity = network.places.dispatch_capacity_per_period
    assert capacity.tolist() == [90.0, np.inf, np.inf, np.inf]


def test_build_arrays_hold_the_values_of_the_rows(tables, settings):
    network = build(tables, settings)
    lane = network.lane_index["VP"]
    assert network.places.ids[network.lanes.from_place_index[lane]] == "V"
    assert network.lanes.lead_time_law[lane] == len(LAW_NAMES)  # the first observed law
    assert network.lanes.item_index.tolist() == [-1, -1]
    assert network.open_orders.due_us[0] == 1_704_409_200_000_000
    assert network.demands.price.tolist() == [9.0]
    assert not network.demands.backlogged[0]
    assert network.groups == ("filling", "packing")
    assert [network.operations[k] for k in network.routings.operation_index] == [
        "fill",
        "pack",
    ]
    assert network.machines.mttf_s.tolist() == [8e5, np.inf]
    assert network.profiles.factor.mean() == pytest.approx(1.0)
    assert network.laws.factor @ network.laws.weight == pytest.approx(1.0)


def test_load_csv_equals_build(tables, settings, write_csv, tmp_path):
    built = build(tables, settings)
    loaded = load(write_csv(tmp_path, tables, settings))
    assert loaded.hash == built.hash
    assert len(built.hash) == 32


@pytest.mark.parametrize(
    ("which", "golden"),
    [
        ("small", "ea720931a61b5423c70b55dede21fa42"),
        ("example", "228f4c381abc0e8d6271f2409ab05aa4"),
    ],
)
def test_hash_of_a_network_without_elements_is_as_before_them(
    tables, settings, which, golden
):
    """Hashes stand in logs and checkpoints: a new column must not change them."""
    network = build(tables, settings) if which == "small" else load(example_folder())
    assert network.hash == golden


def test_hash_ignores_row_order_and_file_format(tables, settings, write_csv, tmp_path):
    first = load(write_csv(tmp_path / "a", tables, settings))
    turned = {name: rows[::-1] for name, rows in tables.items()}
    folder = write_csv(tmp_path / "b", turned, settings)
    for name in ("lanes", "calendars", "items"):
        rows = pl.DataFrame(turned[name], infer_schema_length=None)
        rows.write_parquet(folder / f"{name}.parquet")
        (folder / f"{name}.csv").unlink()
    second = load(folder)
    assert second.hash == first.hash
    assert second.places.ids == first.places.ids
    assert second.bills.component_index.tolist() == first.bills.component_index.tolist()


def test_hash_ignores_comments_and_written_out_defaults(tables, settings):
    first = build(tables, settings)
    tables["items"][1]["unit"] = "piece"
    assert build(tables, settings).hash == first.hash


@pytest.mark.parametrize(
    "change", [("items", "unit_cost", 4.5), ("lanes", "minimum", 1)]
)
def test_hash_changes_with_content(tables, settings, change):
    first = build(tables, settings)
    table, column, value = change
    tables[table][0][column] = value
    assert build(tables, settings).hash != first.hash


def test_hash_changes_when_a_null_moves(tables, settings):
    network = build(tables, settings)
    frames = dict(network.tables)
    frames["items"] = frames["items"].with_columns(price=pl.col("price").reverse())
    assert content_hash(frames) != network.hash


def test_stock_has_every_point_that_is_needed(tables, settings):
    network = build(tables, settings)
    points = {
        (network.items.ids[item], network.places.ids[site])
        for item, site in zip(
            network.stock.item_index, network.stock.site_index, strict=True
        )
    }
    assert points == {("tea", "P"), ("tea", "D"), ("leaf", "P"), ("bag", "P")}
    assert network.stock.on_hand.sum() == 600.0


def test_holding_cost_empty_is_the_rate_of_the_network(tables, settings):
    network = build(tables, settings | {"holding_rate_per_year": 0.365})
    leaf = network.item_index["leaf"]
    cost = network.stock.holding_cost_per_day[network.stock.item_index == leaf]
    assert cost == pytest.approx([0.001])


def test_lane_for_everything_carries_what_is_kept_at_its_end(tables, settings):
    network = build(tables, settings)
    carried = {
        (network.lanes.ids[lane], network.items.ids[item])
        for lane, item in zip(
            network.lane_items.first, network.lane_items.second, strict=True
        )
    }
    assert carried == {("VP", "leaf"), ("VP", "bag"), ("PD", "tea")}


def test_settings_are_in_microseconds(tables, settings):
    network = build(tables, settings | {"period_s": 3600, "review_s": 7200.5})
    assert network.settings.as_of_us == 1_704_067_200_000_000
    assert network.settings.period_us == 3_600_000_000
    assert network.settings.review_us == 7_200_500_000


def test_load_without_folder_names_it(tmp_path):
    with pytest.raises(NetworkError, match="the folder does not exist") as caught:
        load(tmp_path / "none")
    assert len(caught.value.problems) == 1


def test_settings_problem_names_its_line(tables, settings, write_csv, tmp_path):
    settings |= {"review_s": -1, "currncy": "EUR"}
    with pytest.raises(NetworkError) as caught:
        load(write_csv(tmp_path, tables, settings))
    found = {p.column: p for p in caught.value.problems}
    assert found["review_s"].row == 4
    assert found["currncy"].row == 5
    assert "did you mean 'currency'" in found["currncy"].allowed


def test_network_is_frozen(tables, settings):
    network = build(tables, settings)
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.hash = ""
