import os

from twin.cli.app import run


def test_stat_counts_and_shows_the_span(command, small_log):
    told = command("log", "stat", small_log)
    assert (told["n_records"], told["n_frames"], told["n_segments"]) == (10, 10, 1)
    assert told["time_max"] == "1970-01-01T00:00:09Z"
    assert told["problems"] == []


def test_verify_finds_a_torn_tail_and_repair_cuts_it(command, small_log, capsys):
    segment = next(small_log.glob("*.seg"))
    os.truncate(segment, segment.stat().st_size - 1)
    assert run(["log", "verify", str(small_log), "--quiet"]) == 1
    assert f"{segment.name}: byte" in capsys.readouterr().err
    told = command("log", "repair", small_log)
    assert told["bytes_cut"] > 0
    assert told["end_offset"] == 9
    assert command("log", "verify", small_log)["n_records"] == 9


def test_folder_without_segments_is_no_log(tmp_path, capsys):
    for name in ("stat", "verify", "repair"):
        assert run(["log", name, str(tmp_path)]) == 2
    assert "has no segment in it" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_log_of_columns_is_counted_by_type(command, small_log, small_network, tmp_path):
    out = tmp_path / "columns"
    words = ["replay", small_log, "--network", small_network, "--into", out]
    command(*words)
    told = command("log", "stat", out)
    assert told["types"] == {"OrderReceived": 5, "StockCounted": 5}
    assert told["is_columns"]
    assert (told["time_min"], told["time_max"]) == (
        "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:09Z",
    )
    segment = next(out.glob("*.seg"))
    os.truncate(segment, segment.stat().st_size - 1)
    assert run(["log", "verify", str(out), "--quiet"]) == 1
    assert command("log", "repair", out)["end_offset"] == 0
    assert command(*words)["into"]["events"] == 10
    assert command("log", "verify", out)["problems"] == []


def test_log_of_other_records_has_no_types(command, small_log):
    told = command("log", "stat", small_log)
    assert (told["is_columns"], told["types"]) == (False, None)
