import pytest

from optimizer.errors import ProblemError
from optimizer.inventory import ServiceStage, ServiceTree


def stage(name, *suppliers, **given):
    return ServiceStage(
        name=name, lead_time=1, suppliers=tuple((s, 1.0) for s in suppliers), **given
    )


def test_value_and_spread_add_up_along_arcs():
    asked = {"service_time_max": 0, "demand_sd": 3.0, "safety_factor": 2.0}
    tree = ServiceTree(
        stages=(
            ServiceStage(
                name="pump", lead_time=1, added_cost=5.0, suppliers=(("part", 2.0),),
                **asked,
            ),
            stage("part", added_cost=1.0),
            ServiceStage(
                name="fan", lead_time=1, added_cost=7.0, suppliers=(("part", 1.0),),
                **asked,
            ),
        ),
        holding_rate=0.2,
    )  # fmt: skip
    assert tree.unit_cost.tolist() == [7.0, 1.0, 8.0]
    assert tree.spread.tolist() == pytest.approx([6.0, (12.0**2 + 6.0**2) ** 0.5, 6.0])


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ((stage("a"), stage("b")), "one tree"),
        ((stage("a"), stage("b", "a"), stage("c", "a", "b")), "two ways"),
        ((stage("a", "x"),), "not there"),
        ((stage("a"), stage("a")), "differ"),
    ],
)
def test_what_is_no_tree_is_refused(stages, said):
    with pytest.raises(ProblemError, match=said):
        ServiceTree(stages=stages, holding_rate=1.0)


def test_customers_need_a_promise():
    with pytest.raises(ProblemError, match="service_time_max"):
        stage("a", demand_sd=1.0)
