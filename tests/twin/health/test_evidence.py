"""Evidence beside a table of health."""

import numpy as np
import polars as pl
import pytest

from twin.health.evidence import calibration_of, drivers_of


def test_drivers_are_the_sensors_that_take_most_off():
    effects = pl.DataFrame(
        [
            ("a", "s1", 2.0), ("a", "s2", 9.04), ("a", "s3", -5.0), ("a", "s4", 3.0),
            ("a", "s5", 1.0), ("b", "s1", 0.2),
        ],
        schema=["unit", "sensor", "cycles"],
        orient="row",
    )  # fmt: skip
    told = drivers_of(effects, ("b", "a")).to_list()
    assert told == ["", "s2 -9.0, s4 -3.0, s1 -2.0"]


def test_calibrated_predictions_come_as_often_as_they_say():
    rng = np.random.default_rng(0)
    risk = rng.random(20_000)
    found = calibration_of(risk, rng.random(20_000) < risk)
    assert found["n"].sum() == 20_000
    assert found["predicted"].is_sorted()
    assert found["observed"].to_numpy() == pytest.approx(
        found["predicted"].to_numpy(), abs=0.05
    )
