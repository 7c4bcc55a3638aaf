"""Stock points as items, and policies back in the stock table."""

import numpy as np
import pytest

from twin.errors import InputError
from twin.model import build, example_folder, load
from twin.model.tables import POLICIES
from twin.planning.inventory import (
    Simulated,
    plan_stock,
    stock_problem,
    with_policies,
)
from twin.planning.stock_files import policy_rows


@pytest.fixture(scope="module")
def example():
    return load(example_folder())


def _clock():
    return 0.0


def test_every_used_point_becomes_an_item(example):
    found = stock_problem(example, services={"": 0.95})
    names = {item.name: item for item in found.problem.items}
    assert len(names) + len(found.left_out) == len(example.stock.item_index)
    assert names["bottle_small@plant_north"].fixed_cost > 0.0
    made = names["cleaner_bath@plant_south"]
    assert made.review_periods == found.structure.campaign
    lead = names["bottle_large@plant_south"].lead
    assert len(lead.periods) > 1
    assert lead.mean > 20.0


def test_classes_split_value_and_give_their_service(example):
    services = {"A": 0.98, "B": 0.95, "C": 0.9}
    found = stock_problem(example, services=services)
    value = {"A": 0.0, "B": 0.0, "C": 0.0}
    for item in found.problem.items:
        value[item.group] += item.demand.mean * item.unit_cost
        assert item.service.level == services[item.group]
    assert value["A"] / sum(value.values()) == pytest.approx(0.8, abs=0.05)
    with pytest.raises(InputError, match="C has no service"):
        stock_problem(example, services={"A": 0.9, "B": 0.9})
    with pytest.raises(InputError, match="classes must be of"):
        stock_problem(example, services={"D": 0.9})


def test_history_counts_instead_of_laws(example):
    n = len(example.demands.item_index)
    history = np.random.default_rng(0).poisson(3.0, (n, 30)).astype(float)
    found = stock_problem(example, services={"": 0.95}, history=history)
    kinds = {item.demand.kind for item in found.problem.items}
    assert "empirical" in kinds
    short = stock_problem(example, services={"": 0.95}, history=history[:, :4])
    laws = stock_problem(example, services={"": 0.95})
    assert [i.demand.mean for i in short.problem.items] == [
        i.demand.mean for i in laws.problem.items
    ]


def test_policies_reach_their_service_and_land_in_the_table():
    network = build(
        {
            "sites": [{"site": "dc", "kind": "warehouse"}],
            "suppliers": [{"supplier": "S"}],
            "customers": [{"customer": "C"}],
            "items": [{"item": "pump", "unit_cost": 4.0}],
            "lanes": [
                {"lane": "in", "from_place": "S", "to_place": "dc", "item": "pump",
                 "lead_time_s": 2 * 86_400, "price": 3.0, "fixed_cost": 20.0},
                {"lane": "out", "from_place": "dc", "to_place": "C", "item": "pump",
                 "lead_time_s": 0},
            ],
            "demands": [{"customer": "C", "item": "pump", "site": "dc",
                         "mean_per_day": 6.0, "price": 9.0}],
        },
        {"name": "small", "as_of": "2024-01-01T00:00:00Z"},
    )  # fmt: skip
    found = stock_problem(network, services={"": 0.95})
    asked = []

    def simulate(policies):
        asked.append(policies)
        return {"pump@dc": Simulated(service=0.97, half_width=0.01)}

    plan = plan_stock(found, monotonic_s=_clock, simulate=simulate)
    (row,) = policy_rows(plan)
    assert len(asked) == 1
    assert row["policy"] == "s_S"
    assert row["fill_rate"] >= 0.95
    assert row["simulated_fill_rate"] == 0.97
    stock = with_policies(found, plan.policies).stock
    point = int(found.points[0])
    assert POLICIES[stock.policy[point]] == "s_S"
    assert stock.reorder_point[point] == row["reorder_point"]
    assert stock.order_up_to[point] == row["order_up_to"]


def test_forecasts_count_instead_of_history(example):
    """Demand has doubled: the forecast knows it, the mean of the past does not."""
    n = len(example.demands.item_index)
    history = np.random.default_rng(0).poisson(3.0, (n, 30)).astype(float)
    asked = []

    def forecast(known, lengths, levels):
        asked.append(lengths)
        sums = np.array(lengths)[:, None] * (6.0 + np.array(levels)) / 6.5
        mean = 2.0 * known.mean(axis=1)
        return mean[:, None, None] * sums

    services = {"": 0.95}
    past = stock_problem(example, services=services, history=history)
    coming = stock_problem(
        example, services=services, history=history, forecast=forecast
    )
    means = {item.name: item.demand.mean for item in past.problem.items}
    assert {item.demand.kind for item in coming.problem.items} >= {"forecast"}
    for item in coming.problem.items:
        assert item.demand.mean == pytest.approx(2.0 * means[item.name], rel=0.03)
    longest = max(item.lead.longest for item in coming.problem.items)
    assert asked[0][-1] >= longest + 1


def test_few_reviews_ask_for_no_forecast(example):
    history = np.ones((len(example.demands.item_index), 4))
    found = stock_problem(
        example, services={"": 0.95}, history=history, forecast=lambda *_: 1 / 0
    )
    assert "forecast" not in {item.demand.kind for item in found.problem.items}
