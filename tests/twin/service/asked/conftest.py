import pytest

from twin.service.jobs import Handle, Job


@pytest.fixture
def handle():
    job = Job(id="job-1", number=1, kind="job", who="x", asked={}, submitted_us=0)
    return Handle(job, lambda job: None)


@pytest.fixture
def tenant(make_tenant):
    tenant = make_tenant()
    tenant.start()
    return tenant
