"""Lives of machines from their events."""

import polars as pl
import pytest

from twin.errors import InputError
from twin.health.folded import HealthFeatures
from twin.health.lives import lives_of, shared_sensors

HOUR_US = 3_600_000_000


@pytest.fixture
def lives(make_log):
    log = make_log()
    for hour in range(6):
        log.read(hour * HOUR_US, "press", "heat", 10.0 + hour)
        if hour > 1:
            log.read(hour * HOUR_US + 1, "press", "unit", 100.0 + hour)
        log.read(hour * HOUR_US + 2, "saw", "heat", 20.0)
    log.enter(6 * HOUR_US, "press", "down")
    log.enter(8 * HOUR_US, "press", "idle")
    log.enter(8 * HOUR_US, "saw", "maintenance")
    log.read(9 * HOUR_US, "press", "heat", 1.0)
    log.enter(11 * HOUR_US, "lathe", "idle")
    folded = HealthFeatures(log.names, journal=True)
    folded.apply(log.batch)
    return lives_of(folded)


def test_lives_are_told_by_what_ended_them(lives):
    assert lives.ends.sort("machine").rows() == [
        ("press", 0, 7, True),
        ("saw", 0, 6, False),
    ]
    assert (lives.n_failed, lives.n_renewed) == (1, 1)
    assert (lives.running, lives.resting) == (("press",), ("saw",))


def test_failed_lives_are_units_up_to_their_failure(lives):
    failed = lives.failed_units()
    assert failed["unit"].unique().to_list() == ["press #1"]
    assert failed["cycle"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    assert failed["heat"].to_list() == [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 15.0]


def test_a_sensor_that_came_later_showed_its_first_before(lives):
    failed = lives.failed_units()
    assert failed["unit (sensor)"].to_list() == [
        102.0, 102.0, 102.0, 103.0, 104.0, 105.0, 105.0,
    ]  # fmt: skip


def test_running_lives_are_named_as_their_machines(lives):
    running = lives.running_units()
    assert running.columns == ["unit", "cycle", "busy_h", "operations", "heat",
                               "unit (sensor)"]  # fmt: skip
    assert running.select("unit", "cycle", "heat").rows() == [("press", 2, 1.0)]


def test_sensors_that_some_lack_are_not_shared(lives):
    whole = lives.frame.rename({"machine": "unit"})
    running = lives.running_units()
    assert shared_sensors(whole, running) == ["busy_h", "operations", "heat"]
    with pytest.raises(InputError, match=r"those that run busy_h, operations;"):
        shared_sensors(whole, running.drop("heat", "unit (sensor)"))


def test_a_log_without_readings_has_no_life(make_log):
    log = make_log()
    log.enter(0, "press", "idle")
    folded = HealthFeatures(log.names, journal=True)
    folded.apply(log.batch)
    lives = lives_of(folded)
    assert lives.running == ()
    assert lives.running_units().height == lives.failed_units().height == 0
    assert isinstance(lives.frame, pl.DataFrame)


def test_machines_of_one_kind_have_the_sensors_of_these(lives):
    presses = lives.of_machines(["pre*"])
    assert presses.frame["machine"].unique().to_list() == ["press"]
    assert (presses.n_failed, presses.n_renewed, presses.resting) == (1, 0, ())
    assert lives.of_machines(["saw"]).sensors == ["busy_h", "operations", "heat"]
    with pytest.raises(InputError, match="no machine has such a name; has press"):
        lives.of_machines(["drill"])
    with pytest.raises(InputError, match=r"machines pmp-\*, drill: no machine has"):
        lives.of_machines(["pre*", "pmp-*", "drill"])
