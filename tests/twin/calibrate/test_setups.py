import pytest


def test_setups_go_to_the_most_specific_row_net_of_stops(log):
    log.setup(0, 50, "F1", "green")  # nothing set up before: the row of any
    log.setup(100, 110, "F1", "black")
    log.state(125, "F1", "down")
    log.state(135, "F1", "idle")
    log.setup(120, 145, "F1", "green")  # from black
    found, _ = log.read()
    fresh = found["setups filling * green setup_s"]
    changed = found["setups filling black green setup_s"]
    assert fresh.lifetimes.duration.tolist() == [50.0]
    assert changed.lifetimes.duration.tolist() == [15.0]


def test_setup_within_an_operation_is_taken_off_its_time(log):
    log.released(0, "o1")
    log.setup(10, 30, "F1", "green")
    log.work("o1", "fill", "F1", 10, 90)
    found, _ = log.read()
    sample = found["routings tea * 1 duration_s"]
    # 60 s for 4 pieces at speed 2; the set-up of the routing was not there, too.
    assert sample.lifetimes.duration.tolist() == pytest.approx([30.0])
    assert sample.fixed_s != sample.fixed_s


def test_setup_of_a_group_without_rows_is_left(log):
    log.setup(0, 50, "K1", "green")
    found, _ = log.read()
    assert not [name for name in found if name.startswith("setups")]
