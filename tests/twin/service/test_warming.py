import threading

import pytest

from twin.service.warming import WORKS, Warming


def test_every_work_is_done_for_every_tenant(make_tenant):
    done = []

    def fails(tenant):
        done.append(("fails", tenant.name))
        raise ValueError("nothing to schedule")

    def works(tenant):
        done.append(("works", tenant.name))

    warming = Warming([make_tenant("a"), make_tenant("b")], (fails, works))
    assert warming.stage == "waiting"
    warming.start()
    assert warming.wait(60)
    assert done == [(what, who) for who in "ab" for what in ("fails", "works")]
    assert warming.stage == "compiled"


def test_closed_warming_begins_no_more_work(make_tenant):
    begun, goes_on, done = threading.Event(), threading.Event(), []

    def first(_):
        begun.set()
        assert goes_on.wait(60)

    warming = Warming([make_tenant()], (first, done.append))
    warming.start()
    assert begun.wait(60)
    assert warming.stage == "compiling"
    warming.close()
    goes_on.set()
    assert not warming.wait(60)
    assert done == []


@pytest.mark.slow
@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.__name__)
def test_work_is_of_its_kind_and_leaves_nothing(make_tenant, work):
    tenant = make_tenant()
    before = sorted(tenant.store.rglob("*"))
    work(tenant)
    assert sorted(tenant.store.rglob("*")) == before
    assert tenant.jobs.jobs() == []
    assert tenant.journal.n_records == 0


def test_warming_of_which_nothing_worked_says_so(make_tenant):
    def fails(_):
        raise ValueError("no compiler")

    warming = Warming([make_tenant()], (fails, fails))
    warming.start()
    assert not warming.wait(60)
    assert warming.stage == "failed"
