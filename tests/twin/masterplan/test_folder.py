"""Plan folders."""

import json

import polars as pl
import pytest

from twin.errors import InputError
from twin.masterplan import execute, read_orders, summary, write_plan
from twin.masterplan.to_order import MADE_TO_ORDER


def test_orders_of_a_folder_lead_to_the_planned_end(plan, tmp_path):
    files = write_plan(plan, tmp_path / "plan")
    assert all(path.exists() for path in files)
    orders = read_orders(tmp_path / "plan")
    assert orders.equals(plan.tables.orders)
    again = execute(plan.network, orders, plan.demand, n_periods=plan.n_periods)
    assert again.state_hash == plan.result.state_hash


def test_tables_have_times_for_people_and_programs(plan, tmp_path):
    write_plan(plan, tmp_path)
    orders = pl.read_csv(tmp_path / "orders.csv")
    assert set(orders["release"].str.slice(10)) == {"T00:00:00Z"}
    assert orders["release_us"][0] == plan.tables.orders["release_us"][0]
    stock = pl.read_csv(tmp_path / "stock.csv")
    assert stock.height == plan.n_periods * 3
    told = json.loads((tmp_path / "plan.json").read_text())
    assert told == json.loads(json.dumps(summary(plan)))
    assert told["kpis"]["profit"] == pytest.approx(plan.result.profit)


def test_a_second_plan_leaves_nothing_of_the_first(plan, tmp_path):
    for name in ("made_to_order", "trips", "stops"):
        (tmp_path / f"{name}.csv").write_text("customer_order\nC1\n")
    files = write_plan(plan, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in files}
    made = pl.read_csv(tmp_path / "made_to_order.csv")
    assert made.height == 0
    assert set(MADE_TO_ORDER) < set(made.columns)


def test_folder_without_orders_is_named(tmp_path):
    with pytest.raises(InputError, match=r"orders.csv: not the orders of a plan"):
        read_orders(tmp_path)
    (tmp_path / "orders.csv").write_text("lane,item\na,b\n")
    with pytest.raises(InputError, match=r"orders.csv"):
        read_orders(tmp_path)
