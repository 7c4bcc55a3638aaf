import pytest

from streams.codec import encode
from streams.deadletters import DeadLetterLog
from streams.events import OrderCancelled, StockCounted
from streams.log import LogWriter
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


def test_mended_letter_is_fed_in_and_accounted_for(
    command, letters, small_network, capfdbinary
):
    assert run(["deadletters", "show", str(letters), "0", "--raw"]) == 0
    assert capfdbinary.readouterr().out == b"{"
    mended, log = letters.parent / "mended.json", letters.parent / "mended"
    retry = ["deadletters", "retry", letters, "0", "--from", mended, "--log", log]
    mended.write_bytes(b"{\n")
    assert run([*map(str, retry)]) == 2
    assert (
        "has the bytes that could not be used" in capfdbinary.readouterr().err.decode()
    )
    mended.write_bytes(b"[]\n")
    assert command(*retry)["appended"] == 0
    mended.write_bytes(GOOD + b"\n")
    assert command(*retry) == {"appended": 1, "records": 1, "rows": 0}
    told = command("deadletters", "list", letters)
    assert [one["retried"] is not None for one in told["letters"]] == [
        True,
        False,
        False,
    ]
    assert command("replay", log, "--network", small_network)["counts"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--from", "x.json"], "name it: retry LOG NUMBER"),
        ([], "say where to append: --log LOG"),
        (["9", "--log", "out"], "there are 3"),
        (["0", "--from", "no.json"], "--from no.json: No such file"),
    ],
)
def test_retry_says_what_is_missing(letters, words, reason, capsys):
    if "--from" in words:
        words = [*words, "--log", "out"]
    assert run(["deadletters", "retry", str(letters), *words]) == 2
    assert reason in capsys.readouterr().err


def test_event_of_a_record_of_several_is_retried_alone(
    command, tmp_path, small_network
):
    batch = b"[" + GOOD + b", " + GOOD.replace(b'"O1"', b"17").replace(b'"7"', b'"8"')
    lines, letters = tmp_path / "several.ndjson", tmp_path / "letters"
    lines.write_bytes(batch + b"]\n")
    words = ["replay", lines, "--network", small_network, "--deadletters", letters]
    assert command(*words)["counts"] == {"OrderCancelled": 1}
    (letter,) = command("deadletters", "list", letters)["letters"]
    assert (letter["offset"], letter["row"]) == (0, 1)
    assert letter["raw"].encode() in batch
    mended, log = tmp_path / "mended.json", tmp_path / "log"
    mended.write_text(letter["raw"].replace(":17", ':"O2"'))
    retry = ["deadletters", "retry", letters, "0", "--from", mended, "--log", log]
    assert command(*retry)["appended"] == 1
    told = command("replay", log, "--network", small_network)
    assert told["counts"] == {"OrderCancelled": 1}
    assert command("deadletters", "list", letters)["retried"] == 1


MAP = """
[[topic]]
format = "json"

[[topic.event]]
type = "StockCounted"
time = "at"
fields = { item = "sku", site = { constant = "dc" }, quantity = "n" }
"""


def test_letters_of_a_map_are_retried_by_the_map(command, tmp_path, small_network):
    lines, mapping, letters = (tmp_path / n for n in ("s.ndjson", "m.toml", "letters"))
    lines.write_text('{"sku": "pump", "n": 1, "on": "2024-05-01T06:00:00Z"}\n')
    mapping.write_text(MAP)
    words = ["replay", lines, "--network", small_network, "--map", mapping]
    assert command(*words, "--deadletters", letters)["records"]["dead_letters"] == 1
    log = tmp_path / "log"
    retry = ["deadletters", "retry", letters, "--log", log]
    assert command(*retry)["appended"] == 0
    assert command(*retry, "--map", mapping)["appended"] == 0
    mapping.write_text(MAP.replace('"at"', '"on"'))
    assert command(*retry, "--map", mapping)["appended"] == 1
    told = command("replay", log, "--network", small_network)
    assert told["counts"] == {"StockCounted": 1}


DAY_US = 86_400_000_000


def counted(event_id, day, quantity):
    event = StockCounted(item="pump", site="dc", quantity=quantity)
    time_us = 20_000 * DAY_US + day * DAY_US
    return encode(event, event_id=event_id, source="wms", time_us=time_us)


@pytest.fixture
def late(command, tmp_path, small_network):
    """A count in time, one that came late, alone or beside another; its letters."""

    def make(*, in_list=False):
        log = tmp_path / "log"
        came = counted("late", 0, 2)
        if in_list:
            came = b"[" + counted("other", 5, 1) + b"," + came + b"]"
        with LogWriter(log) as writer:
            writer.append([counted("now", 5, 1), came], timestamps_us=30_000 * DAY_US)
        letters = tmp_path / "letters"
        told = command(
            "replay", log, "--network", small_network, "--deadletters", letters
        )
        assert told["records"]["reasons"] == {"late": 1}
        return log, letters, small_network

    return make


@pytest.mark.parametrize("in_list", [False, True])
def test_mended_late_event_is_lost_under_no_id(command, late, in_list, capfd):
    log, letters, network = late(in_list=in_list)
    mended = log.parent / "mended.json"
    known = command("replay", log, "--network", network)["counts"]
    retry = ["deadletters", "retry", letters, "0", "--from", mended, "--log", log]
    assert command(*retry[:4], "--log", log)["appended"] == 0
    mended.write_bytes(counted("late", 5, 7))
    assert run([*map(str, retry)]) == 2
    said = " ".join(capfd.readouterr().err.split())
    assert "give it another id" in said
    assert "the letter stays open" in said
    assert command("deadletters", "list", letters)["retried"] == 0
    assert command("replay", log, "--network", network)["counts"] == known
    mended.write_bytes(counted("mended", 5, 7))
    assert command(*retry)["appended"] == 1
    assert command("deadletters", "list", letters)["retried"] == 1
    told = command("replay", log, "--network", network)
    assert told["counts"] == {"StockCounted": known["StockCounted"] + 1}
    assert told["records"]["duplicates"] == 0


def test_late_letter_is_told_how_to_mend_it(late, capsys):
    log, letters, _ = late()
    assert run(["deadletters", "retry", str(letters), "--log", str(log)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "1 came late or from the future: mend the time" in said
    assert "the id: its own is taken" in said


def test_letter_from_the_future_keeps_its_id(command, tmp_path, small_network):
    log, letters, mended = (tmp_path / name for name in ("log", "letters", "mended"))
    with LogWriter(log) as writer:
        writer.append([counted("early", 9, 2)], timestamps_us=20_000 * DAY_US)
    words = ["replay", log, "--network", small_network, "--deadletters", letters]
    assert command(*words)["records"]["dead_letters"] == 1
    mended.write_bytes(counted("early", 0, 2))
    retry = ["deadletters", "retry", letters, "0", "--from", mended, "--log", log]
    assert command(*retry)["appended"] == 1
    told = command("replay", log, "--network", small_network)
    assert told["counts"] == {"StockCounted": 1}
