import pytest

from twin.service.asked.plan import PLANS, PlanAsked, plan
from twin.service.jobs import Stopped


@pytest.mark.slow
def test_plan_is_checked_and_its_folder_kept(tenant, handle):
    found = plan(tenant, PlanAsked(reviews=2, sequence=0), handle)
    assert found["n_periods"] == 2
    assert [step["done"] for step in handle.history] == [1, 2]
    folder = tenant.store / PLANS / found["folder"]
    assert (folder / "plan.json").exists()
    assert (folder / "orders.csv").exists()


@pytest.mark.slow
def test_plan_stops_between_reviews(tenant, handle):
    handle.stop()
    with pytest.raises(Stopped):
        plan(tenant, PlanAsked(reviews=5, sequence=0), handle)
    assert len(handle.history) == 1
