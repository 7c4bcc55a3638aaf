"""Tables of why forecasts are what they are."""

import pytest

from twin.report.reasons import (
    ROWS_MAX,
    Change,
    Reason,
    change_table,
    driver_table,
    method_table,
    reason_table,
)


def change(**more):
    given = {
        "series": "tea <1>", "kind": "shift", "when_us": 86_400_000_000, "step": 31,
        "size": -4.0, "level": 20.0, "statistic": -6.25, "probability": 0.0005,
    } | more  # fmt: skip
    return Change(**given)


def test_change_tells_since_when_how_much_and_how_sure():
    table = change_table([change()], n_series=40)
    for said in (
        "1 of 40 series", "tea &lt;1&gt;", "shift down", "1970-01-02", "6.2",
        "1 in 2,000",
    ):  # fmt: skip
        assert said in table
    steps = change_table([change(when_us=None, size=3.0, probability=1e-9)], n_series=1)
    assert "value 31" in steps
    assert "shift up" in steps
    assert "+3" in steps
    assert "almost never" in steps


def test_changes_that_are_left_out_are_counted():
    table = change_table([change()] * (ROWS_MAX + 3), n_series=900)
    assert table.count("shift down") == ROWS_MAX
    assert "23 of 900 series" in table
    assert "3 less sure ones are in the JSON" in table


@pytest.mark.parametrize(
    ("skill", "shown"),
    [(0.234, 'gain better">+23 %'), (-0.1, 'gain worse">-10 %'), (0.0, 'gain same">')],
)
def test_reason_tells_what_was_saved(skill, shown):
    table = reason_table([
        Reason(series="A", method="ets", why="x & y", level=50.0, trend=1.5, swing=8.0,
               models={"AAN": 0.7, "ANN": 0.3}, skill=skill, n_cutoffs=1, n_errors=1200)
    ])  # fmt: skip
    for said in (
        shown, "x &amp; y; models by weight: AAN\u00a070\u00a0%, ANN\u00a030\u00a0%",
        ">50<", "+1.5",
        ">8<", "calibrated", "1,200 errors", "1 cutoff<",
    ):  # fmt: skip
        assert said in table


def test_reason_leaves_out_what_is_not_known_or_nothing():
    table = reason_table([Reason(series="A", method="booster", why="asked for")])
    assert table.count("\N{EN DASH}") == 4
    assert "as modelled" in table
    flat = Reason(series="A", method="ets", why="", level=1e3, trend=0.1, swing=1e-9)
    assert "0.1" not in reason_table([flat])


def test_methods_and_drivers_are_told_most_first():
    table = method_table({"ses": 2, "ets_theta": 5, "other": 1})
    assert table.index("ets_theta") < table.index("simple exponential smoothing")
    assert ">other<" in table
    drivers = driver_table({f"lag_{k}": 0.5 / k for k in range(1, 20)})
    assert "50.0 %" in drivers
    assert "lag_12" in drivers
    assert "lag_13" not in drivers
