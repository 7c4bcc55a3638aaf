"""Firm orders and time fences."""

import time

import polars as pl
import pytest

from twin.errors import InputError, OptionError
from twin.masterplan import (
    PlanTerms,
    check_plan,
    execute,
    firm_orders,
    make_plan,
    read_firm,
    write_plan,
)
from twin.masterplan.firm import ahead_of
from twin.planning import planning_structure

N_PERIODS, FENCE = 8, 4
DAY_US = 86_400_000_000


@pytest.fixture(scope="module")
def former(plant, expected):
    return make_plan(
        plant, expected(20.0), n_periods=N_PERIODS, monotonic_s=time.monotonic,
        terms=PlanTerms(fence=FENCE),
    )  # fmt: skip


def lines(folder):
    return (folder / "orders.csv").read_bytes().splitlines()


def test_fence_makes_the_first_orders_firm(former):
    orders, fence_us = former.tables.orders, former.fence_us
    assert orders["firm"].n_unique() == 2
    assert fence_us == former.network.settings.as_of_us + FENCE * DAY_US
    assert (orders.filter(pl.col("firm") == "yes")["release_us"] < fence_us).all()
    assert (orders.filter(pl.col("firm") == "")["release_us"] >= fence_us).all()


def test_replan_keeps_firm_orders_to_the_byte(former, plant, expected, tmp_path):
    """More demand: all but what is firm changes, and a marked one stays too."""
    orders = former.tables.orders
    marked = orders.filter(pl.col("firm") == "")["order"][-1]
    write_plan(former, tmp_path / "first")
    path = tmp_path / "first/orders.csv"
    text = path.read_text().splitlines()
    firm_at = text[0].split(",").index("firm")
    for k, line in enumerate(text):
        cells = line.split(",")
        if marked in cells:
            cells[firm_at] = "yes"
            text[k] = ",".join(cells)
    path.write_text("\n".join(text) + "\n")
    kept = [
        line for line in lines(tmp_path / "first")[1:]
        if line.split(b",")[firm_at] == b"yes"
    ]  # fmt: skip
    firm = read_firm(tmp_path / "first", plant, n_periods=N_PERIODS)
    demand = expected(30.0)
    again = make_plan(
        plant, demand, n_periods=N_PERIODS, monotonic_s=time.monotonic,
        terms=PlanTerms(firm=firm),
    )  # fmt: skip
    assert check_plan(again) == ()
    write_plan(again, tmp_path / "second")
    found = lines(tmp_path / "second")[1:]
    assert [line for line in found if line.split(b",")[firm_at] == b"yes"] == kept
    before = again.tables.orders.filter(pl.col("release_us") < former.fence_us)
    assert (before["firm"] == "yes").all()
    assert not again.tables.orders.equals(orders)
    played = execute(plant, again.tables.orders, demand, n_periods=N_PERIODS)
    assert played.state_hash == again.result.state_hash


def test_what_was_released_before_the_plan_is_no_longer_firm(former, works):
    later = works(settings={"as_of": "2024-01-03T00:00:00Z"})
    kept = firm_orders(
        former.tables.orders, later, until_us=former.fence_us, n_periods=N_PERIODS
    )
    assert (kept.orders["release_us"] >= later.settings.as_of_us).all()
    assert kept.orders.height < former.tables.orders["firm"].eq("yes").sum()


def test_firm_order_between_reviews_is_refused(former, works):
    noon = works(settings={"as_of": "2024-01-01T12:00:00Z"})
    with pytest.raises(OptionError, match=r"firm .* is no review of this plan"):
        firm_orders(
            former.tables.orders, noon, until_us=former.fence_us, n_periods=N_PERIODS
        )


def test_folder_without_a_fence_is_named(plant, tmp_path):
    with pytest.raises(InputError, match=r"plan.json: not a plan with a time fence"):
        read_firm(tmp_path, plant, n_periods=3)


def test_firm_production_ahead_keeps_its_materials(former, plant):
    structure = planning_structure(plant)
    production = former.tables.orders.filter(pl.col("kind") == "production").tail(1)
    ahead = ahead_of(structure, production, plant.settings.as_of_us, 20)
    quantity = production["quantity"][0]
    tea, leaf = (plant.item_index[name] for name in ("tea", "leaf"))
    point = structure.view.point_of
    assert ahead.takes[point[leaf, 0]] == pytest.approx(quantity * 2 / 0.9)
    assert ahead.comes[:, point[tea, 0]].sum() == pytest.approx(quantity * 0.8)
    assert ahead_of(structure, production.clear(), 0, 20) is None


def test_terms_are_judged():
    with pytest.raises(OptionError, match="fence must be >= 0, was -1"):
        PlanTerms(fence=-1)
