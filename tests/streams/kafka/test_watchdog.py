from streams.kafka.watchdog import Watchdog


def test_partition_that_stands_still_behind_its_end_is_told_and_others_not():
    watchdog = Watchdog(stall_s=10.0)
    ends = {"a-0": 9, "b-0": 9, "c-0": 9}
    for waited_s, b in [(0.0, 1), (5.0, 2), (9.9, 3)]:
        positions = {"a-0": 5, "b-0": b, "c-0": 9}
        assert watchdog.check(positions, ends, waited_s=waited_s) == ()
    found = watchdog.check({"a-0": 5, "b-0": 3, "c-0": 9}, ends, waited_s=10.0)
    assert found == ("a-0",)


def test_time_before_new_records_came_does_not_count():
    watchdog = Watchdog(stall_s=10.0)
    assert watchdog.check({"a-0": 5}, {"a-0": 5}, waited_s=0.0) == ()
    assert watchdog.check({"a-0": 5}, {"a-0": 5}, waited_s=100.0) == ()
    assert watchdog.check({"a-0": 5}, {"a-0": 6}, waited_s=109.0) == ()
    assert watchdog.check({"a-0": 5}, {"a-0": 6}, waited_s=110.0) == ("a-0",)


def test_forgiven_partition_has_its_time_again():
    watchdog = Watchdog(stall_s=1.0)
    watchdog.check({"a-0": 0}, {"a-0": 9}, waited_s=0.0)
    assert watchdog.check({"a-0": 0}, {"a-0": 9}, waited_s=5.0) == ("a-0",)
    watchdog.forgive("a-0")
    assert watchdog.check({"a-0": 0}, {"a-0": 9}, waited_s=5.0) == ()
    assert watchdog.check({"a-0": 0}, {"a-0": 9}, waited_s=6.0) == ("a-0",)
