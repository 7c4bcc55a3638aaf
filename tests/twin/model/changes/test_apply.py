import pytest

from twin.errors import ChangeError
from twin.model import example_folder, example_scenario, load
from twin.model.changes import apply_changes, load_changes
from twin.model.changes.apply import rebuilt
from twin.model.changes.file import changes_of

DAY_US = 86_400_000_000


def changed(network, **content):
    return apply_changes(changes_of(content, file="f.toml"), network)


@pytest.fixture(scope="module")
def example():
    return load(example_folder())


def test_network_built_anew_is_the_same(example, works):
    for network in (example, works()):
        assert rebuilt(network, {}).hash == network.hash


def test_factor_of_one_changes_nothing(works):
    network = works()
    assert changed(network, machine_speed=[{"factor": 1}]).network.hash == network.hash


def test_machines_and_operations_change(works):
    found = changed(
        works(),
        machine_speed=[{"group": "packing", "factor": 1.5}],
        machine_slots=[{"machine": "F1", "value": 3}],
        machine_law=[{"site": "P", "mttf_s": 3600, "mttr_s": 60}],
        processing_time=[{"operation": "fill", "factor": 0.5, "setup_s": 30}],
    )
    machines, routings = found.network.machines, found.network.routings
    assert machines.speed.tolist() == [1.0, 3.0]
    assert machines.slots.tolist() == [3, 1]
    assert machines.mttf_s.tolist() == [3600.0, 3600.0]
    assert routings.duration_s.tolist() == [300.0, 900.0]
    assert routings.setup_s.tolist() == [30.0, 1800.0]
    assert len(found.lines) == 6


def test_laws_and_rules_change(works):
    found = changed(
        works(),
        add_row=[{"table": "groups", "row": {"group": "packing"}}],
        machine_law=[{"machine": "F1", "mttf_s": 3600, "mttr_s": 60,
                      "failure_law": "weibull", "failure_cv": 0.5}],
        dispatch_rule=[{"group": "packing", "rule": "spt"}],
        supplier_law=[{"mttf_s": 864_000, "mttr_s": 86_400}],
    ).network.tables  # fmt: skip
    row = found["machines"].row(0, named=True)
    assert (row["failure_law"], row["failure_cv"]) == ("weibull", 0.5)
    assert found["groups"]["rule"].to_list() == ["spt"]
    assert found["suppliers"]["mttf_s"].to_list() == [864_000.0]


def test_supply_demand_and_stock_change(two_echelon):
    found = changed(
        two_echelon(),
        lane_capacity=[{"lane": "buy", "value": 7}],
        site_capacity=[{"value": 9}],
        supplier_capacity=[{"supplier": "V", "value": 8}],
        lead_time=[{"to_place": "shop", "factor": 2, "law": "gamma", "cv": 0.5}],
        demand=[{"customer": "M", "factor": 1.5}],
        stock_policy=[
            {"site": "hub", "policy": "s_S", "reorder_point": 5, "order_up_to": 20}
        ],
    ).network
    assert found.lanes.capacity_per_period.tolist()[0] == 7.0
    assert found.places.dispatch_capacity_per_period[:3].tolist() == [9.0, 9.0, 8.0]
    assert found.lanes.lead_time_s.tolist() == [86_400.0, 4 * 86_400.0]
    assert found.lanes.lead_time_cv.tolist() == [0.0, 0.5]
    assert found.demands.mean_per_day.tolist() == [6.0]
    assert found.stock.order_up_to[0] == 20.0


def test_entries_of_a_kind_build_on_each_other(works):
    entries = [{"factor": 2}, {"machine": "F1", "factor": 3}]
    found = changed(works(), machine_speed=entries).network
    assert found.machines.speed.tolist() == [6.0, 4.0]


def test_any_cell_and_any_row(works):
    network = works()
    row = {"machine": "F2", "site": "P", "group": "filling"}
    found = changed(
        network,
        add_row=[{"table": "machines", "row": row}],
        remove_row=[{"table": "stock", "key": {"item": "tea", "site": "P"}}],
        set=[
            {"table": "machines", "key": {"machine": "F2"}, "column": "speed",
             "value": 4},
            {"table": "network", "key": {}, "column": "review_s", "factor": 2},
            {"table": "items", "key": {"item": "*"},
             "column": "unit_cost", "factor": 0.5},
        ],
    )  # fmt: skip
    assert found.network.machines.ids == ("F1", "F2", "K1")
    assert found.network.machines.speed.tolist() == [1.0, 4.0, 2.0]
    assert found.network.settings.review_us == 2 * DAY_US
    assert found.network.items.unit_cost.tolist() == [0.5, 1.0, 4.0]
    assert found.network.tables["stock"]["item"].to_list() == ["box", "leaf"]
    assert network.machines.ids == ("F1", "K1")


def test_orders_are_added(works):
    network = works()
    found = changed(
        network,
        customer_order=[{"order": "big", "customer": "M", "item": "tea", "site": "P",
                         "quantity": 5, "due_s": 86_400}],
        production_order=[{"item": "tea", "site": "P", "quantity": 3,
                           "release_s": 172_800}],
    )  # fmt: skip
    orders, as_of_us = found.network.open_orders, network.settings.as_of_us
    assert (orders.ids, orders.quantity.tolist()) == (("big",), [5.0])
    assert orders.due_us.tolist() == [as_of_us + DAY_US]
    (release,) = found.releases
    assert (release.quantity, release.time_us) == (3.0, as_of_us + 2 * DAY_US)
    assert release.item_index == network.item_index["tea"]


def test_scenario_is_a_change_file(example):
    found = apply_changes(load_changes(example_scenario()), example)
    assert found.network is example
    assert len(found.scenario.demand_shocks.first) == 3
    assert len(found.lines) == 6


def test_disruption_may_strike_what_is_added(works):
    row = {"machine": "F2", "site": "P", "group": "filling"}
    down = {"machine": "F2", "start_s": 0, "duration_s": 60}
    found = changed(
        works(),
        add_row=[{"table": "machines", "row": row}],
        machine_failures=[down],
    )
    assert found.scenario.machine_failures.first.tolist() == [1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"machine_speed": [{"machin": "F1", "factor": 1}]},
         "machin: 'F1'; allowed: machine, group, site, factor, value; did you mean"),
        ({"machine_speed": [{"machine": "F1"}]},
         "missing; allowed: one of factor, value"),
        ({"machine_speed": [{"factor": 1}, {"machine": "F9", "factor": 1}]},
         "[[machine_speed]]:2: machine: 'F9'"),
        ({"machine_speed": [{"factor": -1}]},
         "factor: '-1'; allowed: a number from 0 to 1000"),
        ({"machine_speed": [{"factor": 0}]},
         "speed: '0'; allowed: a number > 0, or empty"),
        ({"machine_slots": [{"factor": 1.5}]}, "slots: '1.5'; allowed: a whole number"),
        ({"set": [{"table": "lane", "key": {}}]}, "did you mean 'lanes'?"),
        ({"set": [{"table": "lanes", "key": {"item": "*"}}]},
         "allowed: { lane = ... }, each a value or"),
        ({"set": [{"table": "lanes", "key": {"lane": "*"}, "column": "lane",
                   "value": "x"}]}, "column: 'lane'; allowed: from_place"),
        ({"set": [{"table": "lanes", "key": {"lane": "*"}, "column": "price"}]},
         "a value or a factor, one of them"),
        ({"add_row": [{"table": "network", "row": {"name": "x"}}]},
         "of network"),
        ({"add_row": [{"table": "machines", "row": {"machine": "F2"}}]},
         "site: missing; allowed: a column 'site'"),
        ({"customer_order": [{"order": "o"}]}, "customer: missing"),
        ({"production_order": [{"item": "box", "site": "P", "quantity": 1}]},
         "'box at P'; allowed: an item and a site that makes it"),
        ({"supplier_failures": [{"supplier": "W", "start_s": 0, "duration_s": 1}]},
         "supplier: 'W'"),
    ],
)  # fmt: skip
def test_mistake_is_named_with_entry_value_and_what_is_allowed(works, content, reason):
    with pytest.raises(ChangeError) as caught:
        changed(works(), **content)
    assert reason in str(caught.value)
    assert str(caught.value).startswith("f.toml: ")


def test_all_mistakes_of_a_file_come_at_once(works):
    with pytest.raises(ChangeError, match=r"f\.toml: 3 problems"):
        changed(
            works(),
            machine_speed=[{"factor": -1}, {"machine": "F9", "factor": 1}],
            demand=[{}],
        )


def test_rule_of_the_network_that_is_broken_is_named_by_key(works):
    row = {"machine": "F1", "site": "P", "group": "filling"}
    with pytest.raises(ChangeError, match=r"f\.toml, then machines: machine of F1"):
        changed(works(), add_row=[{"table": "machines", "row": row}])
    with pytest.raises(
        ChangeError, match=r"f\.toml, then stock: order_up_to of box at"
    ):
        changed(works(), stock_policy=[{"item": "box", "policy": "base_stock"}])
