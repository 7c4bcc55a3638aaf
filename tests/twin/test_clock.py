import pytest

from twin.clock import ManualClock, SystemClock


def test_manual_clock_moves_by_sleep_alone():
    clock = ManualClock(now_us=7)
    assert (clock.now_us(), clock.monotonic_s()) == (7, 0.0)
    clock.sleep(0.25)
    clock.sleep(1.0)
    assert (clock.now_us(), clock.monotonic_s()) == (1_250_007, 1.25)


def test_system_clock_goes_on():
    clock = SystemClock()
    before_us, before_s = clock.now_us(), clock.monotonic_s()
    clock.sleep(0.01)
    assert clock.monotonic_s() - before_s >= 0.01
    assert clock.now_us() - before_us == pytest.approx(10_000, abs=1e6)
