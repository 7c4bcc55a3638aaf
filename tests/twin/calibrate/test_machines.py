import pytest

from twin.calibrate.machines import BUSY


def fail(log, machine, *spells):
    """Down from second to second, again and again."""
    log.state(0, machine, "idle")
    for begin, end in spells:
        log.state(begin, machine, "down")
        if end is not None:
            log.state(end, machine, "idle")


def test_times_to_failure_run_from_repair_to_failure(log):
    fail(log, "F1", (100, 130), (400, 420))
    found, _ = log.read(end=1000)
    up = found["machines F1 mttf_s"].lifetimes
    down = found["machines F1 mttr_s"].lifetimes
    assert up.duration.tolist() == [100.0, 270.0, 580.0]
    assert up.is_observed.tolist() == [True, True, False]
    assert down.duration.tolist() == [30.0, 20.0]


def test_repair_that_goes_on_is_censored(log):
    fail(log, "F1", (100, 130), (400, None))
    found, _ = log.read(end=450)
    assert found["machines F1 mttf_s"].lifetimes.n_censored == 0
    down = found["machines F1 mttr_s"].lifetimes
    assert down.duration.tolist() == [30.0, 50.0]
    assert down.is_observed.tolist() == [True, False]


def test_busy_time_counts_work_that_is_not_stopped(log):
    fail(log, "K1", (100, 130), (200, 210))
    log.work("o1", "pack", "K1", 20, 60)
    log.work("o2", "pack", "K1", 40, 80)  # with the first: counted once
    log.work("o3", "pack", "K1", 90, 180)
    found, _ = log.read(end=300)
    # K1 ages by busy time: that is its mttf_s.
    up = found["machines K1 mttf_s"].lifetimes
    assert up.duration.tolist() == [70.0, 50.0]
    by_clock = found["machines K1 mttf_s by the clock"].lifetimes
    assert by_clock.duration.tolist() == [100.0, 70.0, 90.0]


def test_maintenance_makes_new_and_ends_a_stretch_unseen(log):
    log.state(0, "F1", "idle")
    log.state(50, "F1", "maintenance")
    log.state(60, "F1", "idle")
    log.state(100, "F1", "down")
    log.state(110, "F1", "idle")
    up = log.read(end=200)[0]["machines F1 mttf_s"].lifetimes
    assert up.duration.tolist() == [50.0, 40.0, 90.0]
    assert up.is_observed.tolist() == [False, True, False]


def test_first_stretch_of_unknown_age_is_left_out(log):
    log.state(50, "F1", "idle")
    log.state(100, "F1", "down")
    log.state(130, "F1", "idle")
    up = log.read(end=200)[0]["machines F1 mttf_s"].lifetimes
    assert up.duration.tolist() == [70.0]


def test_window_takes_stretches_that_began_in_it(log):
    fail(log, "F1", (100, 130), (400, 420))
    up = log.read(start=120, end=1000)[0]["machines F1 mttf_s"].lifetimes
    assert up.duration.tolist() == [270.0, 580.0]


def test_machines_with_few_failures_take_those_of_their_group(log):
    fail(log, "F1", *((100 * k, 100 * k + 10) for k in range(1, 10)))
    fail(log, "F2", (250, 260))
    found, _ = log.read(end=1000)
    own, few = found["machines F1 mttf_s"], found["machines F2 mttf_s"]
    assert own.pooled_over == ""
    assert few.pooled_over == "group filling at P"
    assert few.lifetimes.n_observed == own.lifetimes.n_observed + 1
    assert (few.began_us[1:] >= few.began_us[:-1]).all()


def test_machine_that_told_no_state_has_no_sample(log):
    fail(log, "F1", (100, 130))
    found, _ = log.read(end=200)
    names = {"machines F1 mttf_s", f"machines F1 {BUSY}", "machines F1 mttr_s"}
    assert {name for name in found if name.startswith("machines")} == names


@pytest.mark.parametrize("state", ["off", "setup", "blocked"])
def test_other_states_are_no_failure(log, state):
    log.state(0, "F1", "idle")
    log.state(10, "F1", state)
    log.state(20, "F1", "idle")
    up = log.read(end=100)[0]["machines F1 mttf_s"].lifetimes
    assert (up.duration.tolist(), up.n_observed) == ([100.0], 0)
