import numpy as np
import pytest

from streams.codec import encode
from streams.events import MachineStateChanged, PurchaseOrderPlaced, ShipmentReceived
from streams.log import LogWriter
from twin.calibrate import load_overlay
from twin.cli.app import run
from twin.model import build, load
from twin.model.write import write

START_US = 1_704_067_200_000_000


@pytest.fixture
def network(tmp_path):
    tables = {
        "sites": [{"site": "P", "kind": "plant"}],
        "items": [{"item": "leaf"}],
        "suppliers": [{"supplier": "V"}],
        "machines": [{"machine": "F1", "site": "P", "group": "f", "mttf_s": 10.0}],
        "lanes": [
            {"lane": "buy", "from_place": "V", "to_place": "P", "item": "leaf",
             "lead_time_s": 60},
        ],
        "stock": [{"item": "leaf", "site": "P"}],
    }  # fmt: skip
    settings = {"name": "n", "as_of": "2024-01-01T00:00:00Z"}
    write(build(tables, settings), tmp_path / "network")
    return tmp_path / "network"


@pytest.fixture
def log(tmp_path):
    """Thirty orders of about 100 s, and a line that is no event."""
    rng = np.random.default_rng(1)
    timed = [(0, MachineStateChanged(machine="F1", state="idle"))]
    for k in range(30):
        named = {"item": "leaf", "site": "P", "quantity": 1.0, "order": f"O{k}"}
        timed.append((1000 * k, PurchaseOrderPlaced(**named, supplier="V")))
        lead = rng.gamma(25.0, 4.0)
        timed.append((1000 * k + lead, ShipmentReceived(**named, shipment=f"S{k}")))
    values = [
        encode(event, event_id=str(n), source="t", time_us=START_US + round(t * 1e6))
        for n, (t, event) in enumerate(timed)
    ]
    with LogWriter(tmp_path / "log", fsync="close") as writer:
        writer.append([*values, b"rubbish"])
    return tmp_path / "log"


def test_calibrate_tells_parameters_and_writes_overlay_and_network(
    network, log, tmp_path, command
):
    overlay, written = tmp_path / "out" / "o.toml", tmp_path / "calibrated"
    answer = command(
        "calibrate", network, "--log", log, "--out", overlay, "--write", written
    )
    (one,) = answer["estimates"]
    assert (one["table"], one["key"], one["n"]) == ("lanes", {"lane": "buy"}, 30)
    assert one["low"] < 100.0 < one["high"]
    assert answer["rejected_records"] == 1
    assert answer["too_few"][0] == "machines F1 mttf_s"
    assert load_overlay(overlay).edits[0].values["lead_time_s"] == one["value"]
    assert load(written).lanes.lead_time_s[0] == one["value"]


def test_table_shows_what_differs(network, log, capsys):
    assert run(["calibrate", str(network), "--log", str(log), "--draws", "19"]) == 0
    shown = capsys.readouterr().out
    assert "buy lead_time_s" in shown
    assert "60 constant" in shown
    assert "yes" in shown
    assert "seen too seldom to estimate: machines F1 mttf_s" in shown


def test_window_ends_the_log(network, log, command):
    end = "2024-01-01T04:00:00Z"
    answer = command("calibrate", network, "--log", log, "--to", end)
    assert answer["estimates"][0]["n"] == 15
    later = command(
        "calibrate", network, "--log", log, "--from", "2024-01-01T04:00:00Z"
    )
    assert later["estimates"][0]["n"] == 15


@pytest.mark.parametrize(
    "words",
    [
        ["--out", "o.yaml"],
        ["--from", "yesterday"],
        ["--from", "2024-01-02T00:00:00Z", "--to", "2024-01-01T00:00:00Z"],
    ],
)
def test_mistakes_end_with_2(network, log, words, capsys):
    assert run(["calibrate", str(network), "--log", str(log), *words]) == 2
    assert "error:" in capsys.readouterr().err
