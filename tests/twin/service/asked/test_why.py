import time

import pytest

from twin.service.asked.plan import PlanAsked, plan
from twin.service.asked.why import (
    DiffWithCauses,
    WhyOfPlan,
    difference,
    explained_difference,
    plan_folder,
    traced,
    why,
)
from twin.service.jobs import OVER
from twin.service.problems import ProblemError


def wait(job):
    while job.status not in OVER:
        time.sleep(0.01)
    return job.status


@pytest.fixture
def made(tenant):
    """Make plans as jobs; return their ids."""

    def make(**asked):
        job = tenant.jobs.submit(
            "plan", asked, lambda handle: plan(tenant, PlanAsked(**asked), handle),
            who="anna",
        )  # fmt: skip
        assert wait(job) == "done", job.error
        return job.id

    return make


@pytest.mark.parametrize("name", ["none", "..", "../keys.json", "plan-1/../plan-1"])
def test_what_is_no_job_is_no_plan(tenant, name):
    with pytest.raises(ProblemError) as caught:
        plan_folder(tenant, name)
    assert caught.value.status == 404


def test_job_of_another_kind_or_not_done_is_no_plan(tenant):
    def fails(handle):
        raise ValueError("no")

    tenant.jobs.submit("whatif", {}, lambda handle: {}, who="anna")
    failed = tenant.jobs.submit("plan", {}, fails, who="anna")
    assert wait(failed) == "failed"
    for name, status in (("whatif-1", 404), ("plan-2", 409)):
        with pytest.raises(ProblemError) as caught:
            plan_folder(tenant, name)
        assert caught.value.status == status


@pytest.mark.slow
def test_plans_differ_and_orders_are_traced(tenant, made, handle):
    before, after = (
        made(reviews=3, sequence=0),
        made(reviews=3, sequence=0, quantile=0.9),
    )
    same = difference(tenant, before, before)
    assert same["orders"] == same["customers"] == []
    found = difference(tenant, before, after)
    assert found["counts"]["orders"]["same"] < sum(found["counts"]["orders"].values())
    asked = DiffWithCauses(before=before, after=after, tries=2)
    causes = explained_difference(tenant, asked, handle)
    assert causes["counts"] == found["counts"]
    assert causes["why"]["tried"] <= 2
    assert len(causes["why"]["causes"]) <= len(found["customers"])
    order = (plan_folder(tenant, before) / "sales.csv").read_text().split("\n")
    column = order[0].split(",").index("order")
    name = order[1].split(",")[column]
    told = traced(tenant, before, name)
    assert told["order"] == name
    explained = why(tenant, WhyOfPlan(plan=before, order=name, tries=1), handle)
    assert explained["segments"] == told["segments"]
    assert len(explained["tried"]) <= 1
