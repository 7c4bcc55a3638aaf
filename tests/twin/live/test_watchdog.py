import pytest

from twin.errors import OptionError
from twin.live.watchdog import Watchdog


def test_what_moves_or_waits_or_is_at_its_end_is_no_alarm():
    watchdog = Watchdog(stall_s=10)
    for second in range(0, 100, 5):
        offsets = {"moves": second, "waits": 1, "ended": 9}
        ends = {"moves": 1000, "waits": 50, "ended": 9}
        assert not watchdog.look(second, offsets, ends, waiting={"waits"})
    assert watchdog.stalled_s("moves", 100) == 0.0


def test_alarm_ends_when_the_partition_moves():
    watchdog = Watchdog(stall_s=10)
    watchdog.look(0, {"a": 1}, {"a": 5})
    assert watchdog.look(12, {"a": 1}, {"a": 5}) == {"a": "warn"}
    assert watchdog.stalled_s("a", 12) == 12
    assert watchdog.look(13, {"a": 2}, {"a": 5}) == {}
    assert watchdog.stalled_s("a", 13) == 0.0
    assert watchdog.look(22, {"a": 2}, {"a": 5}) == {}
    assert watchdog.look(23, {"a": 2}, {"a": 5}) == {"a": "warn"}


def test_watchdog_without_patience_is_refused():
    with pytest.raises(OptionError, match="stall_s must be > 0"):
        Watchdog(stall_s=0)
