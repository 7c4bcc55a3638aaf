"""The health projection: the same bits live, replayed, split, saved and renumbered."""

import numpy as np
import polars as pl
import pytest

from forecasting._kernels.rolling import N_FEATURES, panel_features
from forecasting.failure.features import SENSOR_FEATURES
from streams.names import Names
from streams.picked import Picked
from twin.errors import OptionError, SnapshotCorruptError, SnapshotMismatchError
from twin.health import rows
from twin.health.folded import HealthFeatures

CYCLE_US = 10 * 60_000_000
HOUR_US = 3_600_000_000


@pytest.fixture(scope="module")
def whole(busy_log):
    folded = HealthFeatures(busy_log.names, CYCLE_US)
    folded.apply(busy_log.batch)
    return folded


def test_any_split_gives_the_same_bits(busy_log, whole):
    batch, rng = busy_log.batch, np.random.default_rng(0)
    for most in (1, 7, 900):
        folded, at = HealthFeatures(busy_log.names, CYCLE_US), 0
        while at < len(batch):
            end = at + int(rng.integers(1, most + 1))
            folded.apply(batch.take(slice(at, end)))
            at = end
        assert folded.digest() == whole.digest()
        assert folded.frame().equals(whole.frame())
    assert whole.machines["n_failures"].min() > 5


def test_rows_picked_are_folded_in_their_order(busy_log, whole):
    batch = busy_log.batch
    shuffled = np.random.default_rng(1).permutation(len(batch))
    order = np.argsort(shuffled)  # puts the shuffled rows back
    folded = HealthFeatures(busy_log.names, CYCLE_US)
    folded.apply(Picked.of(batch.take(shuffled), order.astype(np.int64)))
    assert folded.digest() == whole.digest()


@pytest.mark.parametrize("at", [0, 1, 700, 2500, 4000])
def test_a_snapshot_goes_on_in_another_process(busy_log, whole, at):
    batch = busy_log.batch
    before = HealthFeatures(busy_log.names, CYCLE_US)
    before.apply(batch.take(slice(0, at)))
    names = Names()
    names.indices(["others", "came", "first"])
    after = HealthFeatures(names, CYCLE_US)
    after.restore(before.snapshot())
    assert after.digest() == before.digest()
    numbers = names.indices([busy_log.names[k] for k in range(len(busy_log.names))])
    columns = {f: getattr(batch, f) for f in batch.__dataclass_fields__}
    columns |= {f: numbers[columns[f]] for f in ("place", "party")}
    columns["party"] = np.where(batch.party < 0, -1, columns["party"]).astype(np.int32)
    columns["names"] = names
    after.apply(type(batch)(**columns).take(slice(at, len(batch))))
    assert after.digest() == whole.digest()
    assert after.frame().equals(whole.frame())


def test_a_fork_is_independent_and_goes_on_alike(busy_log, whole):
    batch, folded = busy_log.batch, HealthFeatures(busy_log.names, CYCLE_US)
    folded.apply(batch.take(slice(0, 2000)))
    fork, digest = folded.fork(), folded.digest()
    fork.apply(batch.take(slice(2000, 4000)))
    assert (folded.digest(), fork.digest()) == (digest, whole.digest())


def test_renumbered_names_change_nothing(busy_log, whole):
    names, batch = Names(), busy_log.batch
    unused = names.indices([f"unused-{k}" for k in range(9)])
    numbers = names.indices([busy_log.names[k] for k in range(len(busy_log.names))])
    fields = {f: getattr(batch, f) for f in batch.__dataclass_fields__}
    fields |= {
        f: np.where(fields[f] < 0, -1, numbers[fields[f]]).astype(np.int32)
        for f in ("place", "party")
    }
    moved = type(batch)(**{**fields, "names": names})
    folded = HealthFeatures(names, CYCLE_US)
    folded.apply(moved.take(slice(0, 2000)))
    used = folded.used_names()
    assert not np.isin(unused, used).any()
    mapping = names.keep(np.union1d(used, numbers).astype(np.int32))
    folded.rename(mapping)
    fields |= {
        f: np.where(fields[f] < 0, -1, mapping[fields[f]]).astype(np.int32)
        for f in ("place", "party")
    }
    folded.apply(type(batch)(**{**fields, "names": names}).take(slice(2000, 4000)))
    assert folded.digest() == whole.digest()


def test_features_are_those_that_a_model_is_fitted_to(make_log):
    """Sensors that all speak in each cycle: rows of the panel, bit by bit."""
    rng, log = np.random.default_rng(3), make_log()
    values = rng.normal(20.0, 3.0, (90, 2))
    for cycle, (heat, noise) in enumerate(values):
        log.read(cycle * HOUR_US + 5, "m", "heat", heat)
        log.read(cycle * HOUR_US + 9, "m", "noise", noise)
    folded = HealthFeatures(log.names)
    folded.apply(log.batch)
    folded.close_open()
    panel = panel_features(values, np.array([0, 90]))[-1].reshape(2, N_FEATURES)
    found = folded.frame().filter(pl.col("sensor").is_in(["heat", "noise"]))
    assert (found.select(SENSOR_FEATURES).to_numpy() == panel).all()
    assert found["n_cycles"].to_list() == [90, 90]


def test_silent_sensors_show_their_last_and_readings_of_a_cycle_their_mean(make_log):
    log = make_log()
    for time_us, sensor, value in (
        (0, "a", 1.0), (1, "a", 3.0), (2, "b", 10.0), (HOUR_US, "a", 5.0),
        (2 * HOUR_US, "b", 20.0), (7 * HOUR_US, "a", 0.0),
    ):  # fmt: skip
        log.read(time_us, "m", sensor, value)
    folded = HealthFeatures(log.names, journal=True)
    folded.apply(log.batch)
    told = folded.take_journal()
    names = np.array(folded.sensor_names())
    told = told.with_columns(sensor=pl.Series(names[told["slot"].to_numpy()]))
    shown = {
        name: told.filter(pl.col("sensor") == name).select("cycle", "value").rows()
        for name in ("a", "b")
    }
    # The last cycle is still open; from the fourth to the seventh nobody spoke.
    assert shown["a"] == [(1, 2.0), (2, 5.0), (3, 5.0)]
    assert shown["b"] == [(1, 10.0), (2, 10.0), (3, 20.0)]
    folded.close_open()
    assert folded.take_journal()["cycle"].unique().to_list() == [8]


def test_a_failure_ends_a_life_and_the_repair_begins_the_next(make_log):
    log = make_log()
    for hour in range(4):
        log.read(hour * HOUR_US, "m", "a", float(hour))
    log.enter(6 * HOUR_US, "m", "down")
    log.read(7 * HOUR_US, "m", "a", 99.0)
    log.enter(8 * HOUR_US, "m", "idle")
    log.read(9 * HOUR_US, "m", "a", 7.0)
    log.enter(10 * HOUR_US, "m", "maintenance")
    log.maintained(11 * HOUR_US, "m", since_us=10 * HOUR_US)
    log.enter(11 * HOUR_US, "m", "idle")
    log.read(12 * HOUR_US, "m", "a", 1.0)
    folded = HealthFeatures(log.names, journal=True)
    folded.apply(log.batch)
    folded.close_open()
    told, slot = folded.take_journal(), folded.sensor_names().index("a")
    a = told.filter(pl.col("slot") == slot).select("life", "cycle", "value").rows()
    assert a == [
        (0, 1, 0.0), (0, 2, 1.0), (0, 3, 2.0), (0, 4, 3.0), (0, 7, 3.0),
        (1, 2, 7.0), (2, 2, 1.0),
    ]  # fmt: skip
    ends = told.filter(pl.col("slot") == rows.END).select("life", "cycle", "value")
    assert ends.rows() == [(0, 7, rows.FAILED), (1, 2, rows.RENEWED)]
    assert folded.counts["at_rest"] == 1
    assert folded.machines["n_failures"].tolist() == [1]


def test_corrective_maintenance_tells_of_a_failure_without_any_state(make_log):
    log = make_log()
    log.read(0, "m", "a", 1.0)
    log.maintained(5 * HOUR_US, "m", corrective=True, since_us=4 * HOUR_US)
    log.read(6 * HOUR_US, "m", "a", 1.0)
    log.maintained(9 * HOUR_US, "m")
    folded = HealthFeatures(log.names, journal=True)
    folded.apply(log.batch)
    ends = folded.take_journal().filter(pl.col("slot") == rows.END)
    assert ends["value"].to_list() == [rows.FAILED, rows.RENEWED]
    assert folded.machines["n_failures"].tolist() == [1]


def test_operation_that_a_failure_cut_short_does_not_run_in_the_next_life(make_log):
    log = make_log()
    log.tell("OperationStarted", 0, "m", party="cut")
    log.enter(HOUR_US, "m", "down")
    log.enter(2 * HOUR_US, "m", "idle")
    log.tell("OperationStarted", 3 * HOUR_US, "m", party="cut")
    log.tell("OperationCompleted", 4 * HOUR_US, "m", party="cut")
    log.read(6 * HOUR_US, "m", "a", 0.0)
    log.read(7 * HOUR_US, "m", "a", 0.0)
    folded = HealthFeatures(log.names, journal=True)
    folded.apply(log.batch)
    told = folded.take_journal()
    assert folded.machines["running"].tolist() == [0]
    assert told.filter(pl.col("slot") == 0)["value"].to_list() == [1.0]


def test_usage_counts_busy_hours_and_operations_of_a_life(make_log):
    log = make_log()
    log.enter(0, "m", "busy")
    log.read(1, "m", "a", 0.0)
    log.tell("OperationCompleted", HOUR_US // 2, "m", party="cut")
    log.enter(HOUR_US // 2, "m", "busy")
    log.read(HOUR_US, "m", "a", 0.0)
    log.enter(2 * HOUR_US - HOUR_US // 4, "m", "idle")
    log.read(2 * HOUR_US, "m", "a", 0.0)
    folded = HealthFeatures(log.names, journal=True)
    folded.apply(log.batch)
    told = folded.take_journal()
    by_slot = [told.filter(pl.col("slot") == k)["value"].to_list() for k in (0, 1)]
    assert folded.sensor_names()[:2] == list(rows.USAGE)
    assert by_slot == [[1.0, 1.75], [1.0, 1.0]]


def test_late_and_unusable_readings_are_kept_or_counted(make_log):
    log = make_log()
    log.read(5 * HOUR_US, "m", "a", 1.0)
    log.read(6 * HOUR_US, "m", "a", 3.0)
    log.read(5 * HOUR_US, "m", "a", 5.0)  # late: belongs to what is open
    log.read(6 * HOUR_US, "m", "a", float("nan"))
    folded = HealthFeatures(log.names, journal=True)
    folded.apply(log.batch)
    folded.close_open()
    told = folded.take_journal().filter(pl.col("slot") == 2)
    assert told.select("cycle", "value").rows() == [(1, 1.0), (2, 4.0)]
    assert folded.counts["unusable"] == 1


def test_sensors_beyond_the_bound_are_counted(make_log):
    log = make_log()
    for k in range(rows.MACHINE_SENSORS_MAX + 40):
        log.read(k, "m", f"s{k}", 1.0)
    folded = HealthFeatures(log.names)
    folded.apply(log.batch)
    assert len(folded.sensors) == rows.MACHINE_SENSORS_MAX
    assert folded.counts["left_out"] == 40 + len(rows.USAGE)
    assert folded.counts["readings"] == rows.MACHINE_SENSORS_MAX + 40


def test_a_full_journal_is_emptied_on_the_way(busy_log, monkeypatch):
    told = []
    for n_rows in (600, 100_000):
        monkeypatch.setattr("twin.health.folded._JOURNAL_ROWS", n_rows)
        folded = HealthFeatures(busy_log.names, CYCLE_US, journal=True)
        folded.apply(busy_log.batch)
        folded.close_open()
        told.append(folded.take_journal())
    assert told[0].equals(told[1])
    assert told[0].height > 4000


def test_snapshots_of_others_are_refused(whole):
    arrays = whole.snapshot()
    with pytest.raises(SnapshotMismatchError, match="cycles of 600000000 us"):
        HealthFeatures(Names()).restore(arrays)
    wrong = {**arrays, "machines": arrays["machines"].copy()}
    wrong["machines"]["hash"][0] += 1
    with pytest.raises(SnapshotCorruptError, match="do not fit their hashes"):
        HealthFeatures(Names(), CYCLE_US).restore(wrong)
    del wrong["sensors"]
    with pytest.raises(SnapshotCorruptError, match="'sensors' of health is missing"):
        HealthFeatures(Names(), CYCLE_US).restore(wrong)
    with pytest.raises(OptionError, match="cycle_us must be >= 1, was 0"):
        HealthFeatures(Names(), 0)
