import pytest

from twin.cli.pace import Pace
from twin.clock import ManualClock
from twin.errors import OptionError

SECOND_US = 1_000_000


def test_events_wait_for_their_time():
    clock = ManualClock()
    pace = Pace(clock, factor=10)
    for time_us, elapsed_s in [(50, 0), (50 + 20 * SECOND_US, 2), (60, 2)]:
        pace.wait_for(time_us)
        assert clock.monotonic_s() == pytest.approx(elapsed_s)


def test_time_spent_elsewhere_is_not_waited_for_again():
    clock = ManualClock()
    pace = Pace(clock, factor=1)
    pace.wait_for(0)
    clock.sleep(5)
    pace.wait_for(3 * SECOND_US)
    assert clock.monotonic_s() == 5


def test_full_speed_never_waits():
    clock = ManualClock()
    pace = Pace(clock, factor=0)
    pace.wait_for(0)
    pace.wait_for(10**15)
    assert clock.monotonic_s() == 0


@pytest.mark.parametrize("factor", [-1, float("inf"), float("nan")])
def test_factor_must_be_a_speed(factor):
    with pytest.raises(OptionError, match="speed must be >= 0"):
        Pace(ManualClock(), factor=factor)
