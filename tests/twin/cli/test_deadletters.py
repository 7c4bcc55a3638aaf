import pytest

from streams.codec import encode
from streams.deadletters import DeadLetterLog
from streams.events import OrderCancelled
from twin.cli.app import run

GOOD = encode(OrderCancelled(order="O1"), event_id="7", source="erp", time_us=0)


@pytest.fixture
def letters(tmp_path):
    """Three dead letters: a record, a record that can be read by now, a row."""
    folder = tmp_path / "letters"
    with DeadLetterLog(folder) as log:
        log.add("log/0", 3, reason="not JSON", time_us=0, raw=b"{", detail="cut off")
        log.add("log/0", 4, reason="bad envelope", time_us=0, raw=GOOD)
        log.add("t", 2, reason="bad row", time_us=0, raw=b"{}", table="t.csv", row=2)
    return folder


def test_list_counts_by_reason(command, letters):
    told = command("deadletters", "list", letters)
    assert told["counts"] == {"not JSON": 1, "bad envelope": 1, "bad row": 1}
    assert [one["offset"] for one in told["letters"]] == [3, 4, 2]


def test_list_prints_places(letters, capsys):
    assert run(["deadletters", "list", str(letters), "--limit", "0"]) == 0
    said = capsys.readouterr().out
    for word in ("log/0 3", "t.csv row 2", "cut off", "1 not JSON"):
        assert word in said


def test_show_prints_one_whole(letters, capsys):
    assert run(["deadletters", "show", str(letters), "1"]) == 0
    assert GOOD.decode() in capsys.readouterr().out
    assert run(["deadletters", "show", str(letters), "3"]) == 2
    assert "there are 3" in capsys.readouterr().err


def test_retry_appends_what_can_be_read_now(command, letters, tmp_path, small_network):
    log = tmp_path / "mended"
    told = command("deadletters", "retry", letters, "--log", log)
    assert told == {"appended": 1, "records": 2, "rows": 1}
    assert command("deadletters", "list", letters)["retried"] == 1
    assert command("deadletters", "retry", letters, "--log", log)["appended"] == 0
    again = command("deadletters", "retry", letters, "--log", log, "--again")
    assert again["appended"] == 1
    result = command("replay", log, "--network", small_network)
    assert result["counts"] == {"OrderCancelled": 1}
    assert result["records"]["duplicates"] == 1


def test_retry_into_a_log_of_imports_is_an_import(
    command, letters, tmp_path, small_network
):
    (tmp_path / "t.csv").write_text("t,i,q\n2030-05-01,A,1\n")
    (tmp_path / "m.toml").write_text(
        '[[event]]\ntype = "StockCounted"\ntime = "t"\n'
        'fields = { item = "i", quantity = "q", site = { constant = "S" } }\n'
    )
    log = tmp_path / "log"
    table = ["import", tmp_path / "t.csv", "--map", tmp_path / "m.toml"]
    command(*table, "--log", log)
    for _ in range(2):
        command("deadletters", "retry", letters, "--log", log, "--again")
    result = command("replay", log, "--network", small_network)
    assert result["counts"] == {"OrderCancelled": 1, "StockCounted": 1}
    assert result["records"]["late"] == 0


def test_log_without_dead_letters_has_none(command, small_log, tmp_path, capsys):
    assert command("deadletters", "list", small_log)["letters"] == []
    assert run(["deadletters", "list", str(tmp_path / "nowhere")]) == 2
    assert "must be the folder of a log" in capsys.readouterr().err
