"""Risk from tables with any columns."""

import numpy as np
import polars as pl
import pytest

from forecasting import OptionError, PanelError
from forecasting.failure.risk import RESTATES, fit_risk, predict_risk

N = 600


def cases(seed, *, n=N):
    rng = np.random.default_rng(seed)
    heat, kind = rng.normal(size=n), rng.choice(["old", "new"], n)
    odds = -2.5 + 1.5 * heat + 1.5 * (kind == "old")
    failed = rng.random(n) < 1.0 / (1.0 + np.exp(-odds))
    return pl.DataFrame(
        {
            "machine": rng.integers(0, 60, n), "heat": heat, "kind": kind,
            "name": [f"case {k}" for k in range(n)], "noise": rng.normal(size=n),
            "mode_a": failed & (rng.random(n) < 0.5), "constant": 1,
            "days_left": np.where(failed, rng.uniform(0, 7, n), rng.uniform(8, 30, n)),
            "seen": pl.Series([None if not f else 1.0 for f in failed]),
            "failed": failed.astype(int),
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return fit_risk(cases(0), "failed")


def test_columns_that_restate_the_label_are_left_out_and_named(model):
    assert model.columns == ("machine", "heat", "kind", "noise")
    why = {name: model.left_out[name] for name in ("mode_a", "days_left", "seen")}
    assert set(why.values()) == {"restates the label"}
    assert model.left_out["name"] == f"{N} different texts"
    assert model.left_out["constant"] == "the same in every row"


def test_probability_ranks_and_is_met(model):
    others = cases(1, n=4000)
    found, failed = predict_risk(model, others), others["failed"].to_numpy()
    assert found.mean() == pytest.approx(failed.mean(), abs=0.05)
    assert found[failed == 1].mean() > found[failed == 0].mean() + 0.2
    likely = found > 0.5
    assert failed[likely].mean() == pytest.approx(found[likely].mean(), abs=0.08)
    assert model.held_out.mean() == pytest.approx(cases(0)["failed"].mean(), abs=0.01)


def test_label_of_the_rows_asked_about_is_not_read(model):
    others = cases(2)
    bare = others.drop("failed", "days_left", "mode_a", "seen")
    assert (predict_risk(model, bare) == predict_risk(model, others)).all()


def test_groups_are_not_split_and_excluded_columns_not_read():
    made = fit_risk(cases(0), "failed", group="machine", exclude=["noise"])
    assert made.columns == ("heat", "kind")
    assert made.left_out["machine"] == "the group"
    assert made.left_out["noise"] == "excluded by the caller"


def test_unknown_texts_and_empty_cells_are_taken_as_unknown(model):
    others = cases(3, n=2).with_columns(
        kind=pl.Series(["never seen", None]), heat=pl.Series([None, 1.0])
    )
    found = predict_risk(model, others)
    assert ((found > 0.0) & (found < 1.0)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"failed": 1}, "a label must be 0 and 1, .* was Int32 with 1"),
        ({"failed": pl.lit("yes")}, "a label must be 0 and 1"),
    ],
)
def test_labels_that_are_none_are_refused(change, message):
    with pytest.raises(PanelError, match=message):
        fit_risk(cases(0).with_columns(**change), "failed")


def test_missing_columns_and_too_few_cases_are_refused(model):
    with pytest.raises(PanelError, match="column 'gone' is missing"):
        fit_risk(cases(0), "failed", exclude=["gone"])
    with pytest.raises(PanelError, match="column 'heat' is missing"):
        predict_risk(model, cases(0).drop("heat"))
    with pytest.raises(PanelError, match="column 'heat': must be as it was learned"):
        predict_risk(model, cases(0).with_columns(heat=pl.lit("hot")))
    table = cases(0)
    few = pl.concat(
        [table.filter(pl.col("failed") == 0), table.filter(pl.col("failed") == 1)[:3]]
    )
    with pytest.raises(OptionError, match="true came 3 times"):
        fit_risk(few, "failed")
    with pytest.raises(OptionError, match="must come in 5 groups at least, came in"):
        fit_risk(few, "failed", group="machine")
    with pytest.raises(OptionError, match="a column must be left to learn from"):
        fit_risk(table.select("constant", "failed"), "failed")


def leaks(kind, failed):
    """Columns that were made from the label."""
    rng = np.random.default_rng(4)
    modes = rng.choice(["heat", "power"], len(failed))
    return {
        "text": pl.Series(np.where(failed, modes, "none")),
        "code": pl.Series(np.where(failed, rng.choice([1, 3], len(failed)), 2)),
        "nan": pl.Series(np.where(failed, rng.random(len(failed)), np.nan)),
    }[kind]  # fmt: skip


@pytest.mark.parametrize("kind", ["text", "code", "nan"])
def test_every_kind_of_leak_is_found_and_kept_only_if_asked(kind):
    table = cases(0).select("heat", "failed")
    table = table.with_columns(leak=leaks(kind, table["failed"].to_numpy() == 1))
    assert fit_risk(table, "failed").left_out["leak"] == "restates the label"
    assert "leak" in fit_risk(table, "failed", keep=["leak"]).columns


@pytest.mark.slow
def test_leaks_of_drives_are_left_out_and_the_future_is_not_read(public_data):
    drives = pl.read_parquet(
        public_data / "fc" / "backblaze_smart_extract_half0.parquet"
    )
    known = drives.filter(pl.col("date").dt.day() <= 20)
    made = fit_risk(known, "failure_next_7d", group="serial_number")
    for name in ("days_to_failure", "within_failure_horizon"):
        assert made.left_out[name] == "restates the label"
    assert "failure_date" in made.left_out
    today = drives.filter(pl.col("date").dt.day() == 21)
    later = drives.filter(pl.col("date").dt.day() > 21)
    shuffled = later.sample(fraction=1.0, shuffle=True, seed=0)
    both = [
        predict_risk(made, pl.concat([today, rest]))[: today.height]
        for rest in (later, shuffled)
    ]
    assert (both[0] == both[1]).all()


@pytest.mark.slow
def test_failure_modes_of_machines_are_left_out(public_data):
    machines = pl.read_parquet(public_data / "fc" / "ai4i2020_first6000.parquet")
    made = fit_risk(machines, "MachineFailure")
    modes = {"TWF", "HDF", "PWF", "OSF"}
    assert {n for n, why in made.left_out.items() if why == RESTATES} == modes
