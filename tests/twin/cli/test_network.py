import json
from types import SimpleNamespace

import pytest

from streams.codec import encode
from streams.events import OrderReceived, StockCounted
from streams.log import LogWriter
from twin.cli.app import run as run_millstream


@pytest.fixture
def run(capsys):
    def call(*words):
        status = run_millstream(["network", *(str(word) for word in words)])
        out, err = capsys.readouterr()
        return SimpleNamespace(exit_code=status, stdout=out, stderr=err)

    return call


def test_init_then_check_is_valid(run, tmp_path):
    assert run("init", tmp_path / "new").exit_code == 0
    result = run("check", tmp_path / "new", "--json", tmp_path / "r.json")
    assert result.exit_code == 0
    answer = json.loads((tmp_path / "r.json").read_text())
    assert answer["valid"]
    assert answer["hash"] in result.stdout


def test_init_twice_is_refused(run, tmp_path):
    run("init", tmp_path)
    result = run("init", tmp_path)
    assert result.exit_code == 2
    assert "already holds a network" in result.stderr


def test_check_lists_every_problem_with_status_2(run, tmp_path):
    run("init", tmp_path)
    (tmp_path / "items.csv").write_text("item,price\na,-1\nb,x\n")
    result = run("check", tmp_path, "--json", tmp_path / "r.json")
    assert result.exit_code == 2
    for line in ("items.csv:2: price", "items.csv:3: price", "items.csv:2: item"):
        assert line in result.stderr
    answer = json.loads((tmp_path / "r.json").read_text())
    assert not answer["valid"]
    assert len(answer["problems"]) == 4
    assert set(answer["problems"][0]) == {"file", "row", "column", "value", "allowed"}


def test_check_counts_and_judges_tables_of_elements(run, tmp_path):
    run("init", tmp_path)
    (tmp_path / "sites.csv").write_text("site,kind\nP,plant\n")
    (tmp_path / "pools.csv").write_text("pool,site,size\ncrew,P,2\n")
    (tmp_path / "tariffs.csv").write_text("tariff,start,price_per_kwh\nt,06:00,0.3\n")
    result = run("check", tmp_path)
    assert result.exit_code == 0
    assert "1 sites, 1 pools, 1 tariffs" in result.stdout
    (tmp_path / "pools.csv").write_text("pool,site,size,kind\ncrew,P,0,crew\n")
    result = run("check", tmp_path)
    assert result.exit_code == 2
    for line in ("pools.csv:2: size: '0'", "pools.csv:2: kind: 'crew'"):
        assert line in result.stderr


def test_quiet_prints_nothing(run, tmp_path):
    assert run("init", tmp_path, "--quiet").stdout == ""
    assert run("check", tmp_path, "--quiet", "--seed", 3).stdout == ""


def test_draft_of_a_log_checks(run, tmp_path):
    order = OrderReceived(order="o", customer="M", item="a", site="S", quantity=1)
    count = StockCounted(item="a", site="S", quantity=3)
    values = [
        encode(event, event_id=str(k), source="t", time_us=k)
        for k, event in enumerate([order, count])
    ]
    with LogWriter(tmp_path / "log") as log:
        log.append([*values, b"?"])
    result = run("draft", tmp_path / "log", "--out", tmp_path / "net")
    assert result.exit_code == 0
    assert "1 records of the log could not be read" in result.stderr
    assert run("check", tmp_path / "net").exit_code == 0


def test_draft_without_log_has_status_2(run, tmp_path):
    result = run("draft", tmp_path / "none", "--out", tmp_path / "net")
    assert result.exit_code == 2
    assert "none" in result.stderr
