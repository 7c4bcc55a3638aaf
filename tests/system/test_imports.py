"""Several imports into one log: the same state in whatever order they come."""

import json
from itertools import permutations

import numpy as np
import pytest

from streams.records import Position
from twin.cli.app import run
from twin.model import load
from twin.replay import open_source, state_at

MAPS = {
    "orders": """
[[event]]
type = "OrderReceived"
time = "t"
fields = { order = "o", item = "i", quantity = "q", site = { constant = "dc" }, \
customer = { constant = "shop" } }
""",
    "shipments": """
[[event]]
type = "ShipmentReceived"
time = "t"
fields = { shipment = "o", item = "i", quantity = "q", site = { constant = "dc" } }
""",
    "purchases": """
[[event]]
type = "PurchaseOrderPlaced"
time = "t"
fields = { order = "o", item = "i", quantity = "q", site = { constant = "dc" }, \
supplier = { constant = "acme" } }
[[event]]
type = "StockCounted"
time = "t"
where = [{ column = "q", op = ">", value = 7 }]
fields = { item = "i", quantity = "q", site = { constant = "dc" } }
""",
}
N_ROWS = 60


def answer_of(folder, *words):
    path = folder / "answer.json"
    assert run([*map(str, words), "--quiet", "--json", str(path)]) == 0
    return json.loads(path.read_text())


def result_of(folder, log, network):
    """What a replay ends with, without what differs between two runs of it."""
    told = answer_of(folder, "replay", log, "--network", network)
    for name in ("seconds", "rate_per_s"):
        assert told["reading"].pop(name) > 0
    return told


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Three tables over overlapping months, each with a map."""
    folder, rng = tmp_path_factory.mktemp("tables"), np.random.default_rng(3)
    for number, (name, text) in enumerate(MAPS.items()):
        (folder / f"{name}.toml").write_text(text)
        days = number * 20 + rng.integers(0, 90, N_ROWS)
        rows = [
            f"{np.datetime64('2024-01-01') + day},{name}{k},i{k % 3},{1 + k % 9}"
            for k, day in enumerate(days.tolist())
        ]
        (folder / f"{name}.csv").write_text("\n".join(["t,o,i,q", *rows]))
    return folder


def imported(tables, log, names):
    for name in names:
        words = ["import", tables / f"{name}.csv", "--map", tables / f"{name}.toml"]
        answer_of(log.parent, *words, "--log", log)
    return log


@pytest.mark.slow
def test_every_order_of_imports_gives_the_same_state(tables, network, tmp_path):
    told = []
    for number, names in enumerate(permutations(MAPS)):
        log = imported(tables, tmp_path / str(number), names)
        told.append(answer_of(tmp_path, "replay", log, "--network", network))
    assert told[0]["records"]["late"] == told[0]["records"]["dead_letters"] == 0
    assert told[0]["records"]["read"] > 3 * N_ROWS
    for other in told[1:]:
        assert other["state_hash"] == told[0]["state_hash"]
        assert other["position"] == told[0]["position"]


@pytest.mark.slow
def test_imports_apart_or_as_one_log_hold_the_same_at_any_time(
    tables, network, tmp_path
):
    one = imported(tables, tmp_path / "one", ["orders", "purchases"])
    other = imported(tables, tmp_path / "other", ["purchases", "orders"])
    for time in ("2024-01-10T00:00:00Z", "2024-02-20T00:00:00Z"):
        told = [
            answer_of(tmp_path, *words)["state_hash"]
            for log in (one, other)
            for words in (
                ("state", log, "--network", network, "--at", time),
                ("replay", log, "--network", network, "--to", time),
            )
        ]
        assert len(set(told)) == 1
        begun = [
            answer_of(tmp_path, "replay", log, "--network", network, "--from", time)
            for log in (one, other)
        ]
        assert begun[0]["state_hash"] == begun[1]["state_hash"]
        assert begun[0]["records"]["read"] == begun[1]["records"]["read"] > 0


def test_state_at_an_offset_of_one_import_folds_the_records_before(
    tables, network, tmp_path
):
    log, known = imported(tables, tmp_path / "log", ["orders"]), load(network)
    for offset in (0, 1, 31, N_ROWS):
        told = answer_of(tmp_path, "state", log, "--network", network, "--at", offset)
        with open_source(str(log)) as source:
            (partition,) = source.partitions()
            first = state_at(source, known, position=Position({partition: offset}))
        assert told["state_hash"] == first.digest()
        assert first.tables.type_counts.sum() == offset


def test_the_same_import_again_appends_nothing(tables, network, tmp_path):
    log = imported(tables, tmp_path / "log", ["orders", "purchases"])
    before = result_of(tmp_path, log, network)
    imported(tables, log, ["orders"])
    assert result_of(tmp_path, log, network) == before
    words = ["import", tables / "orders.csv", "--map", tables / "orders.toml"]
    told = answer_of(tmp_path, *words, "--log", log)
    assert (told["appended"], told["events"]) == (0, {"OrderReceived": N_ROWS})


def test_import_that_was_cut_off_goes_on(tables, network, tmp_path):
    log = imported(tables, tmp_path / "log", ["orders", "purchases"])
    whole = result_of(tmp_path, log, network)
    segment = max(log.glob("*.seg"))
    segment.write_bytes(segment.read_bytes()[:-7])
    torn = answer_of(tmp_path, "replay", log, "--network", network)
    assert torn["torn_tail"]["offset"] == N_ROWS
    imported(tables, log, ["purchases"])
    assert result_of(tmp_path, log, network) == whole


def test_later_export_of_a_table_adds_its_new_rows_alone(tables, network, tmp_path):
    log = imported(tables, tmp_path / "log", ["orders"])
    header, *rows = (tables / "orders.csv").read_text().splitlines()
    longer = tmp_path / "orders.csv"
    longer.write_text("\n".join([header, "2024-01-05,new,i1,2", *rows]))
    words = ["import", longer, "--map", tables / "orders.toml", "--log", log]
    assert answer_of(tmp_path, *words)["appended"] == N_ROWS + 1
    told = answer_of(tmp_path, "replay", log, "--network", network)
    assert told["records"]["duplicates"] == N_ROWS
    assert told["counts"] == {"OrderReceived": N_ROWS + 1}


def test_checkpoint_goes_on_over_several_imports(tables, network, tmp_path):
    log = imported(tables, tmp_path / "log", MAPS)
    whole = answer_of(tmp_path, "replay", log, "--network", network)
    with open_source(str(log)) as source:
        end = source.end_position().to_json()
    half = ",".join(f"{name}={offset // 2}" for name, offset in end.items())
    words = ["replay", log, "--network", network, "--checkpoint", tmp_path / "saved"]
    answer_of(tmp_path, *words, "--to", half)
    rest = answer_of(tmp_path, *words, "--every", 7)
    assert rest["state_hash"] == whole["state_hash"]
    assert rest["counts"] == whole["counts"]
    # What goes on later still waits for every partition; the state is no other.
    assert rest["records"].pop("waiting") > whole["records"].pop("waiting")
    assert rest["records"] == whole["records"]


@pytest.mark.slow
def test_retail_demand_and_prices_in_either_order(public_data, tmp_path):
    imports = [
        ("retail58_daily_demand.csv", "retail58"),
        ("retail58_info.csv", "retail58_prices"),
    ]
    told = []
    for number, order in enumerate((imports, imports[::-1])):
        log = tmp_path / str(number)
        for table, mapping in order:
            path = public_data / "real" / table
            answer_of(tmp_path, "import", path, "--map", mapping, "--log", log)
        answer_of(tmp_path, "state", log)
        drafted = ["network", "draft", log, "--out", tmp_path / f"network{number}"]
        assert run([*map(str, drafted), "--quiet"]) == 0
        told.append(
            answer_of(tmp_path, "replay", log, "--network", tmp_path / "network0")
        )
    assert told[0]["records"]["late"] == told[0]["records"]["dead_letters"] == 0
    assert told[0]["state_hash"] == told[1]["state_hash"]
