import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from twin.model import load
from twin.model.records import CUSTOMER, PLANT, SUPPLIER, WAREHOUSE
from twin.model.scenario import load_scenario
from twin.model.shipped import example_folder, example_scenario
from twin.model.write import readme

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("MILLSTREAM_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="module")
def network():
    return load(example_folder())


def test_example_has_the_tiers_it_promises(network):
    kinds = network.places.kind
    counts = [int((kinds == k).sum()) for k in (SUPPLIER, PLANT, WAREHOUSE, CUSTOMER)]
    assert counts == [6, 2, 3, 8]
    assert len(network.items.ids) == 30
    assert np.unique(network.demands.item_index).size == 18
    assert network.demands.mean_per_day.size == 18 * 8


def test_example_can_make_and_deliver_all_it_sells(network):
    made_at = dict.fromkeys(network.production.first.tolist(), 0)
    arrives = set(
        zip(
            network.lanes.to_place_index[network.lane_items.first],
            network.lane_items.second,
            strict=True,
        )
    )
    for item, site in zip(
        network.demands.item_index, network.demands.site_index, strict=True
    ):
        assert item in made_at
        assert (site, item) in arrives


def test_example_earns_money_on_every_item(network):
    cost = network.items.unit_cost[network.demands.item_index]
    assert np.all(network.demands.price > 1.2 * cost)
    assert np.all(network.items.unit_cost > 0)


def test_example_bills_cost_less_than_their_item(network):
    bills, cost = network.bills, network.items.unit_cost
    parts = bills.quantity / (1 - bills.scrap_rate) * cost[bills.component_index]
    total = np.bincount(bills.item_index, parts, minlength=len(cost))
    made = np.unique(bills.item_index)
    assert np.all(total[made] < cost[made])


@pytest.mark.parametrize("group", ["filling", "packing"])
def test_example_keeps_its_machines_busy(network, group):
    """Work at mean demand over open time, without setups; they add a few points."""
    routings, machines = network.routings, network.machines
    each = np.zeros(len(network.items.ids))
    code = network.group_index[group]
    rows = routings.machine_group_index == code
    each[routings.item_index[rows]] = routings.duration_s[rows]
    demands = network.demands
    work_s = 7 * (demands.mean_per_day * each[demands.item_index]).sum()
    calendar = network.calendars
    open_s = (calendar.end_s - calendar.start_s).sum()
    chosen = machines.group_index == code
    up = machines.mttf_s / (machines.mttf_s + machines.mttr_s)
    assert 0.70 < work_s / (open_s * up[chosen].sum()) < 0.82


def test_example_plants_can_send_a_fifth_more_than_is_asked(network):
    capacity = network.places.dispatch_capacity_per_period[network.places.kind == PLANT]
    asked = network.demands.mean_per_day.sum()
    assert 1.15 < capacity.sum() / asked < 1.3


def test_example_scenario_fits_its_network(network):
    scenario = load_scenario(example_scenario(), network)
    assert len(scenario.demand_shocks.factor) == 3
    assert len(scenario.supplier_failures.factor) == 1
    assert len(scenario.machine_failures.factor) == 2


@pytest.mark.slow
@pytest.mark.skipif(
    not DATA.exists() and os.environ.get("CI") != "true",
    reason="needs the public data; set MILLSTREAM_DATA",
)
def test_example_is_what_its_script_fits(network, tmp_path):
    subprocess.run(
        [sys.executable, "examples/fit_example.py", tmp_path],
        cwd=ROOT,
        env={**os.environ, "MILLSTREAM_DATA": str(DATA), "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert load(tmp_path).hash == network.hash


def test_example_explains_the_tables_as_they_are():
    assert (example_folder() / "README.md").read_text() == readme()
