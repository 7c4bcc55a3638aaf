import pytest

from twin.service.access.pace import KNOWN_MAX, Pace
from twin.service.problems import ProblemError


def test_burst_goes_through_and_then_the_rate():
    pace = Pace(per_s=2.0, burst=3)
    for _ in range(3):
        pace.take("anna", now_s=10.0)
    with pytest.raises(ProblemError) as caught:
        pace.take("anna", now_s=10.0)
    assert (caught.value.status, caught.value.retry_after_s) == (429, 1)
    assert pace.wait_s("anna", now_s=10.25) == pytest.approx(0.25)
    pace.take("anna", now_s=10.5)
    pace.take("bert", now_s=10.5)
    assert pace.wait_s("anna", now_s=10.5) == pytest.approx(0.5)


def test_rest_fills_a_bucket_and_no_more():
    pace = Pace(per_s=1.0, burst=2)
    pace.take("anna", now_s=0.0)
    for _ in range(2):
        pace.take("anna", now_s=1e6)
    assert pace.wait_s("anna", now_s=1e6) == 1.0


def test_failures_alone_may_be_counted():
    pace = Pace(per_s=0.1, burst=1)
    pace.check("10.0.0.1", now_s=0.0)
    pace.spend("10.0.0.1", now_s=0.0)
    with pytest.raises(ProblemError, match=r"0\.1 a second"):
        pace.check("10.0.0.1", now_s=1.0)
    pace.check("10.0.0.1", now_s=10.0)


def test_askers_that_are_remembered_are_bounded():
    pace = Pace(per_s=1.0, burst=1)
    for number in range(KNOWN_MAX + 1):
        pace.take(str(number), now_s=0.0)
    assert pace.wait_s("0", now_s=0.0) == 0.0
    assert pace.wait_s("1", now_s=0.0) == 1.0
