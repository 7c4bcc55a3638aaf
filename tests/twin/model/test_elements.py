"""What the tables of elements become in a network, and what they leave alone."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from twin.model import build
from twin.model.elements import (
    ALLOCATIONS,
    CLOCKS,
    DISPATCH_RULES,
    ELEMENT_TABLES,
    NO_LIMIT,
    NO_STEP,
    ON_FAILURE,
    POOL_KINDS,
)
from twin.model.laws import EXPONENTIAL, GAMMA, LOGNORMAL, WEIBULL
from twin.model.network import content_hash, is_unused
from twin.model.records import ANY_FAMILY
from twin.model.tables import TABLES

ROOT = Path(__file__).parents[3]
EXTENDED = [
    (table.name, column)
    for table in TABLES
    for column in table.columns
    if column.extension
]


def test_routings_without_elements_are_plain(tables, settings):
    routings = build(tables, settings).routings
    assert routings.setup_family_index.tolist() == [-1, -1]
    assert routings.operator_pool_index.tolist() == [-1, -1]
    assert routings.tool_pool_index.tolist() == [-1, -1]
    assert routings.batch_min.tolist() == routings.batch_max.tolist() == [1, 1]
    assert routings.batch_timeout_s.tolist() == [np.inf, np.inf]
    assert routings.rework_rate.tolist() == [0.0, 0.0]
    assert routings.rework_step.tolist() == [NO_STEP, NO_STEP]
    assert routings.sampling_rate.tolist() == [1.0, 1.0]


def test_machines_and_suppliers_without_elements_are_plain(tables, settings):
    network = build(tables, settings)
    machines, places = network.machines, network.places
    for record in (machines, places):
        assert (record.failure_law == EXPONENTIAL).all()
        assert (record.repair_law == EXPONENTIAL).all()
    assert (places.mttf_s == np.inf).all()
    assert (places.tariff_index == -1).all()
    assert (machines.maintenance_every_s == np.inf).all()
    assert (machines.reading_every_s == np.inf).all()
    for name in ("failure_clock", "on_failure", "power_busy_kw", "wear_per_h"):
        assert not getattr(machines, name).any()


def test_stock_without_elements_is_reviewed_as_the_network(tables, settings):
    stock = build(tables, settings | {"review_s": 7200}).stock
    assert (stock.review_s == 7200.0).all()
    assert not stock.allocation.any()


def test_routings_hold_batches_pools_and_rework(full_tables, settings):
    network = build(full_tables, settings)
    routings = network.routings
    family = network.family_index["green"]
    assert network.families == ("black", "green")
    assert routings.setup_family_index.tolist() == [family, -1]
    assert routings.batch_min.tolist() == [2, 1]
    assert routings.batch_timeout_s.tolist() == [60.0, np.inf]
    assert routings.operator_pool_index[0] == network.pool_index["crew"]
    assert routings.tool_pool_index[0] == network.pool_index["nozzle"]
    assert routings.operators.tolist() == [2, 1]
    assert routings.rework_step.tolist() == [NO_STEP, 10]


def test_machines_hold_failures_wear_and_power(full_tables, settings):
    machines = build(full_tables, settings).machines
    assert machines.failure_law.tolist() == [WEIBULL, EXPONENTIAL]
    assert machines.repair_law.tolist() == [LOGNORMAL, EXPONENTIAL]
    assert CLOCKS[machines.failure_clock[0]] == "busy"
    assert ON_FAILURE[machines.on_failure[0]] == "scrap"
    assert machines.maintenance_every_s.tolist() == [6e5, np.inf]
    assert machines.power_busy_kw.tolist() == [5.0, 0.0]
    assert machines.wear_speed.tolist() == [0.2, 0.0]


def test_places_hold_outages_of_suppliers_and_tariffs_of_sites(full_tables, settings):
    network = build(full_tables, settings)
    places, supplier = network.places, network.place_index["V"]
    assert places.failure_law[supplier] == WEIBULL
    assert places.repair_law[supplier] == GAMMA
    assert places.mttf_s[supplier] == 1e7
    assert np.isinf(np.delete(places.mttf_s, supplier)).all()
    assert places.tariff_index.tolist() == [-1, 0, -1, -1]
    assert network.tariffs.ids == ("night",)
    assert network.tariffs.start_s.tolist() == [6 * 3600, 22 * 3600]
    assert network.tariffs.price_per_kwh.tolist() == [0.3, 0.1]


def test_groups_and_setups_point_to_groups_and_families(full_tables, settings):
    network = build(full_tables, settings)
    rules, setups = network.group_rules, network.setups
    assert [network.groups[k] for k in rules.group_index] == ["filling", "packing"]
    assert [DISPATCH_RULES[k] for k in rules.rule] == ["atc", "edd"]
    assert rules.site_index.tolist() == [-1, network.place_index["P"]]
    assert rules.capacity.tolist() == [NO_LIMIT, 4]
    black, green = (network.family_index[name] for name in ("black", "green"))
    pairs = zip(setups.from_family_index, setups.to_family_index, strict=True)
    found = dict(zip(pairs, setups.setup_s.tolist(), strict=True))
    assert found == {
        (-1, green): 90.0,
        (ANY_FAMILY, ANY_FAMILY): 30.0,
        (black, green): 600.0,
    }


def test_pools_releases_and_outputs_hold_their_rows(full_tables, settings):
    full_tables["releases"].append(
        {"release": "extra", "item": "tea", "site": "P", "interval_s": 10}
    )
    network = build(full_tables, settings)
    pools, releases = network.pools, network.releases
    assert pools.ids == ("crew", "nozzle")
    assert [POOL_KINDS[k] for k in pools.kind] == ["operator", "tool"]
    assert pools.calendar_index.tolist() == [0, -1]
    assert releases.ids == ("extra", "rate")
    assert releases.release_index.tolist() == [0, 1]
    assert releases.interval_law.tolist() == [0, EXPONENTIAL]
    assert releases.due_s.tolist() == [np.inf, 86_400.0]
    assert releases.first_s.tolist() == pytest.approx([np.nan, 60.0], nan_ok=True)
    assert network.outputs.product_index.tolist() == [network.item_index["dust"]]


def test_demand_and_stock_hold_splitting_and_allocation(full_tables, settings):
    network = build(full_tables, settings)
    stock = network.stock
    assert network.demands.split.tolist() == [False]
    (given,) = np.flatnonzero(stock.allocation)
    assert ALLOCATIONS[stock.allocation[given]] == "proportional"
    assert stock.review_s[given] == 3600.0
    assert (np.delete(stock.review_s, given) == 86_400.0).all()


def test_hash_counts_every_extension_that_is_used(full_tables, settings):
    network = build(full_tables, settings)
    for table, column in EXTENDED:
        frame = network.tables[table]
        assert not is_unused(column, frame[column.name]), (table, column.name)
        plain = pl.lit(column.default, dtype=frame[column.name].dtype)
        without = {table: frame.with_columns(plain.alias(column.name))}
        assert content_hash({**network.tables, **without}) != network.hash
    for element in ELEMENT_TABLES:
        frame = network.tables[element.name]
        assert frame.height > 0
        without = {element.name: frame.clear()}
        assert content_hash({**network.tables, **without}) != network.hash


def test_every_extension_may_be_left_out():
    """Networks from before it have no such column, and no such table."""
    assert len(EXTENDED) == 43
    for _, column in EXTENDED:
        assert not column.required
        assert not column.key
    assert not any(table.required for table in ELEMENT_TABLES)


def test_every_extension_is_explained_in_the_documents():
    text = (ROOT / "docs" / "network.md").read_text()
    for name in [column.name for _, column in EXTENDED]:
        assert f"`{name}`" in text, name
    for table in TABLES:
        assert f"`{table.name}`" in text, table.name
