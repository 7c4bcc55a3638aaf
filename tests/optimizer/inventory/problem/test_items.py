import pytest

from optimizer.errors import ProblemError
from optimizer.inventory import InventoryProblem, ServiceTarget


def test_the_kind_follows_from_costs_and_review(make_item):
    cost = {"shortage_cost": 9.0}
    assert make_item(**cost).chosen == "base_stock"
    assert make_item(fixed_cost=5.0, **cost).chosen == "s_S"
    assert make_item(fixed_cost=5.0, review_periods=0, **cost).chosen == "r_Q"
    assert make_item(multiple=4.0, **cost).chosen == "r_Q"


def test_steps_divide_the_multiple(make_item):
    item = make_item("normal", shortage_cost=9.0, multiple=7.0)
    lots = item.multiple / item.step
    assert lots == pytest.approx(round(lots))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "shortage_cost, a service or a group"),
        ({"shortage_cost": 0.0}, "shortage_cost must be > 0"),
        ({"shortage_cost": 1.0, "holding_cost": 0.0}, "holding_cost must be > 0"),
        ({"shortage_cost": 1.0, "policy": "fifo"}, "policy must be one of"),
        (
            {"shortage_cost": 1.0, "policy": "s_S", "review_periods": 0},
            "needs review_periods",
        ),
    ],
)
def test_what_is_no_item_is_refused(make_item, given, said):
    with pytest.raises(ProblemError, match=said):
        make_item(**given)


def test_names_are_unique_and_services_are_shares(make_item):
    item = make_item(shortage_cost=1.0)
    with pytest.raises(ProblemError, match="comes twice"):
        InventoryProblem(items=(item, item))
    with pytest.raises(ProblemError, match="group 'A' must be one of none"):
        InventoryProblem(items=(make_item(group="A"),))
    with pytest.raises(ProblemError, match="above 0 and below 1"):
        ServiceTarget(kind="fill", level=1.0)
