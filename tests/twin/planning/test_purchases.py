"""Purchases planned and told."""

from dataclasses import replace

import numpy as np
import pytest

from twin.model import example_folder, load
from twin.planning.procurement import purchasing_problem
from twin.planning.purchases import (
    Futures,
    buy,
    document_of,
    problem_of_file,
    repair_lines,
    repaired,
)


@pytest.fixture(scope="module")
def example():
    network = load(example_folder())
    return purchasing_problem(network, n_periods=40, safety_reviews=2.0).problem


def test_a_plan_is_a_document(example):
    few = replace(
        example,
        items=example.items[:2],
        offers=tuple(
            o for o in example.offers if o.item in {i.name for i in example.items[:2]}
        ),
        open_orders=(),
    )
    plan, risk = buy(few, monotonic_s=lambda: 0.0, seconds=5.0)
    document = document_of(few, plan, risk)
    assert document["status"] == "optimal"
    assert document["risk"] == {}
    needed = sum(sum(item.needs) for item in few.items)
    assert sum(peg["quantity"] for peg in document["pegs"]) == pytest.approx(needed)
    futures = Futures(np.random.default_rng(0), 50)
    _, risk = buy(few, monotonic_s=lambda: 0.0, seconds=5.0, lateness=futures)
    assert risk["expected_cost"] <= risk["expected_cost_trusting"]


def test_a_file_is_read(tmp_path):
    path = tmp_path / "buy.json"
    path.write_text(
        '{"items": [{"name": "a", "needs": [1]}], "suppliers": [{"name": "s"}], '
        '"offers": [{"item": "a", "supplier": "s", "price": 2}]}'
    )
    assert problem_of_file(path).offers[0].prices[0].price == 2.0


def test_what_cannot_be_bought_is_told_with_its_price(tmp_path):
    path = tmp_path / "buy.json"
    path.write_text(
        '{"items": [{"name": "a", "needs": [3]}], "suppliers": [{"name": "s"}], '
        '"offers": [{"item": "a", "supplier": "s", "price": 2, "capacity": [1]}]}'
    )
    problem = problem_of_file(path)
    options = {"monotonic_s": lambda: 0.0, "seconds": 10.0}
    plan, risk = buy(problem, lateness=Futures(np.random.default_rng(0), 9), **options)
    assert (plan.status, risk) == ("infeasible", {})
    repair = repaired(problem, **options)
    assert repair_lines(repair) == [
        "cannot hold together: nothing of a may be missing; capacity of s for a",
        "the cheapest repair costs 6.00:",
        "  capacity for 2 units more of a from s in period 0: 6.00",
        "with it a plan costs 6.00",
    ]
    document = document_of(problem, plan, risk, repair=repair)
    assert document["conflicts"][0]["verified"] is True
    assert document["repair"]["orders"][0]["quantity"] == 3.0
