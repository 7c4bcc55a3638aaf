from collections import Counter
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from streams.codec import decode, encode
from streams.names import Names
from streams.records import RecordBatch
from twin.calibrate import (
    Calibration,
    Window,
    apply_overlay,
    calibrated_events,
    estimate,
    load_overlay,
    overlay_of,
    write_overlay,
)
from twin.errors import InputError
from twin.model import load
from twin.model.laws import WEIBULL_CV
from twin.model.write import write


@pytest.fixture
def calibration(shop, durations):
    """Lead times with two humps, and times to failure of a machine."""
    rng = np.random.default_rng(1)
    humps = np.concatenate([rng.normal(500, 9, 60), rng.normal(2_000, 30, 60)])
    failures = durations(
        rng.weibull(3.0, 200) * 4_000.0, table="machines", key={"machine": "F1"}
    )
    found = [
        *estimate(durations(rng.permutation(humps)), rng),
        *estimate(failures, rng),
    ]
    return Calibration(shop, Window(5, 9), tuple(found), (), Counter())


@pytest.fixture
def overlay(calibration):
    return overlay_of(calibration)


def test_overlay_names_rows_values_and_evidence(overlay, shop):
    lane, machine = overlay.edits
    assert (lane.table, dict(lane.key)) == ("lanes", {"lane": "buy"})
    assert lane.values["lead_time_law"] == "calibrated_lanes_buy_lead_time"
    assert machine.values["failure_law"] == "weibull"
    assert machine.evidence[0]["n"] == 200
    assert machine.evidence[0]["low"] < machine.values["mttf_s"]
    assert (overlay.network_hash, overlay.end_us) == (shop.hash, 9)


def test_law_fitted_to_equal_times_is_as_steady_as_a_table_can_say(calibration, shop):
    lane, machine = calibration.estimates
    steady = replace(machine, law="weibull", cv=2e-4)
    overlay = overlay_of(replace(calibration, estimates=(lane, steady)))
    assert overlay.edits[1].values["failure_cv"] == pytest.approx(WEIBULL_CV[0])
    network = apply_overlay(overlay, shop)
    assert network.tables["machines"]["failure_law"].to_list().count("weibull") == 1


def test_applied_overlay_is_a_network_with_the_new_laws(overlay, shop):
    network = apply_overlay(overlay, shop)
    lane = network.lane_index["buy"]
    assert network.lanes.lead_time_s[lane] == pytest.approx(1_250, rel=0.05)
    assert network.laws.ids == ("calibrated_lanes_buy_lead_time",)
    assert network.laws.cv(0) == pytest.approx(0.6, abs=0.05)
    assert network.machines.mttf_s[0] == pytest.approx(3_570, rel=0.1)
    other = shop.lane_index["sell"]
    assert network.lanes.lead_time_s[other] == shop.lanes.lead_time_s[other]


def test_overlay_without_edits_changes_nothing(shop):
    nothing = overlay_of(Calibration(shop, Window(0, 1), (), (), Counter()))
    assert apply_overlay(nothing, shop).hash == shop.hash


@pytest.mark.parametrize("name", ["overlay.toml", "overlay.json"])
def test_written_overlay_reads_back_the_same(overlay, tmp_path, name):
    write_overlay(overlay, tmp_path / "new" / name)
    again = load_overlay(tmp_path / "new" / name)
    assert msgspec.to_builtins(again) == msgspec.to_builtins(overlay)


def test_calibrated_network_survives_its_folder(overlay, shop, tmp_path):
    network = apply_overlay(overlay, shop)
    write(network, tmp_path)
    assert load(tmp_path).hash == network.hash


def test_second_observed_law_gets_a_free_name(calibration, overlay, shop):
    once = apply_overlay(overlay, shop)
    again = Calibration(once, Window(5, 9), calibration.estimates, (), Counter())
    names = [law.law for law in overlay_of(again).laws]
    assert names == ["calibrated_lanes_buy_lead_time_2"]
    assert len(apply_overlay(overlay_of(again), once).laws.ids) == 2


def test_events_put_laws_before_rows_and_survive_the_wire(overlay):
    events = calibrated_events(overlay)
    tables = [event.table for event in events]
    assert tables == sorted(tables, key=lambda table: table != "laws")
    assert tables[-2:] == ["lanes", "machines"]
    assert events[-1].values["machine"] == "F1"
    assert events[-1].fitted_until_us == 9
    values = [
        encode(event, event_id=str(k), source="twin", time_us=9)
        for k, event in enumerate(events)
    ]
    decoded = decode(RecordBatch.of("log/0", values), Names())
    assert len(decoded.events) == len(events)
    assert not decoded.rejected


def test_share_without_a_column_is_left_out(calibration, shop):
    (lane, *_) = calibration.estimates
    other = type(lane)(
        **{name: getattr(lane, name) for name in lane.__slots__ if name != "column"},
        column="lead_time_s by weekday",
    )
    told = Calibration(shop, Window(0, 1), (other,), (), Counter())
    assert overlay_of(told).edits == ()


def test_row_that_is_not_there_is_refused(overlay, shop, durations):
    edit = type(overlay.edits[0])("lanes", {"lane": "none"}, {"lead_time_s": 1.0})
    strange = type(overlay)("", 0, 1, (edit,), ())
    with pytest.raises(InputError, match="lane 'none'"):
        apply_overlay(strange, shop)
    edit = type(edit)("lanes", {"lane": "buy"}, {"colour": "red"})
    with pytest.raises(InputError, match="colour"):
        apply_overlay(type(overlay)("", 0, 1, (edit,), ()), shop)


def test_files_that_are_none_are_refused(overlay, tmp_path):
    with pytest.raises(InputError, match=r"\.toml or \.json"):
        write_overlay(overlay, tmp_path / "overlay.yaml")
    broken = tmp_path / "overlay.toml"
    broken.write_text("network_hash = 1")
    with pytest.raises(InputError, match="not an overlay"):
        load_overlay(broken)
