import numpy as np
import polars as pl
import pytest

from streams.codec import encode
from streams.events import OrderReceived
from streams.log import LogWriter
from twin.cli.app import run


@pytest.fixture
def of_log(small_log, small_network):
    return ["state", str(small_log), "--network", str(small_network)]


def test_state_at_an_offset_or_a_time(command, of_log):
    at_offset = command(*of_log, "--at", "5")
    assert at_offset["position"] == {"log/0": 5}
    assert len(at_offset["tables"]["orders"]) == 2
    (point,) = at_offset["tables"]["stock"]
    assert (point["on_hand"], point["backorder"]) == (2, 4)
    at_time = command(*of_log, "--at", "1970-01-01T00:00:04Z")
    assert at_time["state_hash"] == at_offset["state_hash"]
    assert len(command(*of_log)["tables"]["orders"]) == 5


def test_one_table_as_csv(command, of_log, tmp_path):
    out = tmp_path / "csv"
    result = command(*of_log, "--out", out, "--table", "orders")
    assert list(result["tables"]) == ["orders"]
    assert [path.name for path in out.iterdir()] == ["orders.csv"]
    assert pl.read_csv(out / "orders.csv").height == 5


def test_checkpoint_can_be_looked_at(command, small_log, small_network, tmp_path):
    saved = tmp_path / "saved"
    command("replay", small_log, "--network", small_network, "--checkpoint", saved)
    assert command("state", saved)["position"] == {"log/0": 10}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--at", "11"], "the source ends at"),
        (["--table", "stocks"], "must be one of stock, orders"),
    ],
)
def test_wrong_option_is_told(of_log, options, reason, capsys):
    assert run([*of_log, *options]) == 2
    assert reason in capsys.readouterr().err


def test_log_without_a_network_is_read_with_a_drafted_one(command, small_log, of_log):
    told, known = (
        command("state", small_log, "--at", "6"),
        command(*of_log, "--at", "6"),
    )
    assert told["network_hash"] != known["network_hash"]
    assert told["tables"]["orders"] == known["tables"]["orders"]
    assert told["tables"]["stock"] == known["tables"]["stock"]


def test_limit_cuts_what_is_printed(of_log, capsys):
    assert run([*of_log, "--table", "orders", "--limit", "2"]) == 0
    said = capsys.readouterr().out
    assert "orders: 5" in said
    assert "... and 3 more rows" in said


@pytest.fixture
def long_log(tmp_path):
    """Two hundred orders, a second apart, some of them up to three places late."""
    numbers = np.random.default_rng(7).permuted(np.arange(200).reshape(-1, 4), axis=1)
    with LogWriter(tmp_path / "long") as writer:
        for n in numbers.ravel().tolist():
            event = OrderReceived(
                order=f"O{n}", customer="shop", item="pump", site="dc", quantity=n + 1
            )
            value = encode(event, event_id=str(n), source="erp", time_us=n * 1_000_000)
            writer.append([value], timestamps_us=n * 1_000_000)
    return tmp_path / "long"


@pytest.mark.slow
def test_state_from_a_checkpoint_is_that_from_zero(
    command, long_log, small_network, tmp_path
):
    saved = tmp_path / "saved"
    network = ["--network", small_network]
    words = ["replay", long_log, *network, "--checkpoint", saved, "--keep", "9"]
    for end in (30, 60, 90, 120, 150, 200):
        command(*words, "--to", end, "--every", "10")
    rng = np.random.default_rng(3)
    places = [str(n) for n in rng.integers(1, 200, 10).tolist()]
    places += [
        f"1970-01-01T00:0{n // 60}:{n % 60:02d}Z" for n in rng.integers(0, 200, 10)
    ]
    used = set()
    for place in places:
        words = ["state", long_log, *network, "--at", place, "--table", "orders"]
        near = command(*words, "--checkpoint", saved)
        zero = command(*words)
        assert near["state_hash"] == zero["state_hash"], place
        assert near["tables"] == zero["tables"]
        assert zero["checkpoint"] is None
        used.add(near["checkpoint"])
    assert len(used) > 3


def test_checkpoint_needs_a_log_and_a_network(of_log, tmp_path, capsys, command):
    saved = str(tmp_path / "saved")
    assert run([*of_log[:2], "--checkpoint", saved]) == 2
    assert "name it: --network" in capsys.readouterr().err
    command("replay", *of_log[1:], "--checkpoint", saved)
    assert run(["state", saved, "--checkpoint", saved]) == 2
    assert "holds a state already" in capsys.readouterr().err


def test_checkpoints_lie_in_a_folder(small_log, small_network, tmp_path, capsys):
    words = ["state", str(small_log), "--network", str(small_network)]
    assert run([*words, "--checkpoint", str(tmp_path / "no")]) == 2
    said = capsys.readouterr().err
    assert f"--checkpoint {tmp_path / 'no'}: must be a folder" in said
