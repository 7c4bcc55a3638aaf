import pytest

from twin.live.metrics import PartitionMetrics, Tally


def test_lag_is_never_negative():
    numbers = {"name": "a-0", "paused": False, "stalled_s": 0.0}
    assert PartitionMetrics(offset=3, end_offset=10, **numbers).lag == 7
    assert PartitionMetrics(offset=12, end_offset=10, **numbers).lag == 0


def test_rate_is_that_of_the_last_seconds():
    tally = Tally()
    for second in range(20):
        tally.mark(float(second))
        tally.records += 100 if second < 10 else 7
    assert tally.rate_per_s == pytest.approx(7)
