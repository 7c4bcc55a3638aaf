"""What is wrong is said in one line, with the right status, and the log stays whole."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from streams.log import verify
from twin.cli.app import run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(capsys):
    """Run a command; returns its status and what it said on the error stream."""

    def run_it(*arguments):
        status = run([*map(str, arguments)])
        return status, capsys.readouterr().err

    return run_it


@pytest.fixture
def log(make_records, tmp_path):
    return make_records(400, seed=6, rubbish=False).write(tmp_path / "log", frame=50)


@pytest.fixture
def replayed(log, network):
    return "replay", log, "--network", network


def last_segment(log):
    return max(log.glob("*.seg"))


def test_missing_source_is_the_users_error(call, network, tmp_path):
    status, said = call("replay", tmp_path / "nothing", "--network", network)
    assert status == 2
    assert "nothing" in said
    assert "there is no such file or folder" in said
    assert "Traceback" not in said


def test_missing_network_is_the_users_error(call, log, tmp_path):
    status, said = call("replay", log, "--network", tmp_path / "nowhere")
    assert status == 2
    assert "nowhere" in said


def test_broken_network_lists_every_problem(call, log, tmp_path):
    call("network", "init", tmp_path / "n")
    (tmp_path / "n" / "items.csv").write_text("item,unit_cost\na,-1\nb,x\n")
    status, said = call("replay", log, "--network", tmp_path / "n")
    assert status == 2
    assert "items.csv:2: unit_cost" in said
    assert "items.csv:3: unit_cost" in said


def test_folder_that_is_no_log_is_the_users_error(call, network):
    status, said = call("replay", network, "--network", network)
    assert status == 2
    assert "must be the folder of a log" in said


def test_map_that_is_no_map_leaves_no_log(call, tmp_path):
    table, garbage = tmp_path / "t.csv", tmp_path / "m.toml"
    table.write_text("a,b\n1,2\n")
    garbage.write_text("}{")
    status, said = call("import", table, "--map", garbage, "--log", tmp_path / "log")
    assert status == 2
    assert "m.toml" in said
    assert not (tmp_path / "log").exists()


def test_malformed_events_are_dead_letters(call, network, tmp_path):
    lines = tmp_path / "events.ndjson"
    lines.write_bytes(b'{"id": 1}\nrubbish\n\xff\xfe\n{"specversion":"1.0"}\n')
    letters = tmp_path / "letters"
    options = ["--network", network, "--deadletters", letters]
    assert call("replay", lines, *options) == (0, "")
    status, _ = call("deadletters", "list", letters)
    assert status == 0
    answer = tmp_path / "l.json"
    call("deadletters", "list", letters, "--json", answer, "--quiet")
    assert answer.read_text().count('"offset"') == 4


def test_log_cut_in_the_middle_of_an_append_is_read_up_to_there(call, log, network):
    segment = last_segment(log)
    os.truncate(segment, segment.stat().st_size - 7)
    assert call("log", "verify", log)[0] == 1
    size = segment.stat().st_size
    answer = log.parent / "answer.json"
    options = ["--network", network, "--quiet", "--json", answer]
    status, said = call("replay", log, *options)
    assert status == 0
    torn = json.loads(answer.read_text())["torn_tail"]
    assert (torn["offset"], torn["segment"]) == (350, segment.name)
    assert 0 < torn["n_bytes"] < size
    assert f"warning: {log}: {torn['n_bytes']} bytes" in said
    assert "from offset 350 on" in said
    assert call("log", "repair", log, "--quiet") == (0, "")
    assert call("log", "verify", log, "--quiet") == (0, "")
    assert verify(log).n_records == 350
    assert call("replay", log, *options) == (0, "")
    assert json.loads(answer.read_text())["torn_tail"] is None


def test_changed_bytes_inside_a_log_fail_and_are_named(call, log, network):
    segment = last_segment(log)
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)
    status, said = call("replay", log, "--network", network)
    assert status == 1
    assert segment.name in said
    assert "Traceback" not in said


def test_checkpoint_of_another_network_is_refused(call, log, network, tmp_path):
    call("network", "init", tmp_path / "other", "--quiet")
    saved = tmp_path / "saved"
    assert call("replay", log, "--network", network, "--checkpoint", saved)[0] == 0
    before = sorted(saved.iterdir())
    options = ["--network", tmp_path / "other", "--checkpoint", saved]
    status, said = call("replay", log, *options)
    assert status == 2
    assert said.count("network_hash") == 1
    assert sorted(saved.iterdir()) == before


def test_checkpoint_of_another_log_is_refused(call, make_records, network, tmp_path):
    log = make_records(400, seed=6).write(tmp_path / "log", frame=50)
    other = make_records(400, seed=7).write(tmp_path / "other", frame=50)
    options = ["--network", network, "--checkpoint", tmp_path / "saved"]
    assert call("replay", log, *options)[0] == 0
    moved = log.rename(tmp_path / "moved")
    assert call("replay", moved, *options)[0] == 0
    status, said = call("replay", other, *options)
    assert status == 2
    assert said.count("a log that begins with") == 2
    assert "each needs a folder of its own" in " ".join(said.split())


def test_checkpoint_of_another_file_is_refused(call, network, tmp_path):
    first, other = tmp_path / "a.ndjson", tmp_path / "b.ndjson"
    first.write_text("{}\n")
    other.write_text("{}\n")
    options = ["--network", network, "--checkpoint", tmp_path / "saved"]
    assert call("replay", first, *options)[0] == 0
    first.write_text("{}\nmore\n")
    assert call("replay", first, *options)[0] == 0
    status, said = call("replay", other, *options)
    assert status == 2
    assert "file a.ndjson" in said
    assert "file b.ndjson" in said


def test_import_into_what_is_no_log_is_refused(call, tmp_path):
    table, mapping = tmp_path / "t.csv", tmp_path / "m.toml"
    table.write_text("t,i,q\n2024-05-01,A,1\n")
    mapping.write_text(
        '[[event]]\ntype = "StockCounted"\ntime = "t"\n'
        'fields = { item = "i", quantity = "q", site = { constant = "S" } }\n'
    )
    status, said = call("import", table, "--map", mapping, "--log", tmp_path)
    assert status == 2
    assert "has no segment of a log" in said
    assert sorted(tmp_path.iterdir()) == [mapping, table]
    status, said = call("import", table, "--map", mapping, "--log", table)
    assert status == 2
    assert "is a file; a log is a folder" in said
    status, said = call("log", "stat", table)
    assert "is a file; a log is a folder" in said
    none = tmp_path / "nope.csv"
    status, said = call("import", none, "--map", mapping, "--log", tmp_path / "log")
    assert status == 2
    assert "nope.csv: no such file" in said


def test_tables_are_not_imported_beside_other_records(call, log, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("Date,A\n2024/05/01,1\n")
    status, said = call("import", table, "--map", "retail58", "--log", log)
    assert status == 2
    assert "imported" in said
    assert verify(log).n_records == 400


def test_state_beyond_the_end_names_the_end(call, log, network):
    status, said = call("state", log, "--network", network, "--at", "99999")
    assert status == 2
    assert "the source ends at offset 400" in said


def test_map_is_an_option_that_help_shows(capsys):
    assert run(["replay", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "--map" in said
    assert "Read foreign records as events, by this mapping file" in said


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--map", "scms", "--format", "epcis"], "give one of the two"),
        (["--registry", "http://localhost:1"], "it needs --map"),
        (["--schemas", "."], "it needs --map"),
    ],
)
def test_what_goes_with_a_map_is_taught(call, replayed, options, reason):
    status, said = call(*replayed, *options)
    assert status == 2
    assert reason in " ".join(said.split())


def test_snapshot_of_another_network_is_refused(call, log, network, tmp_path):
    call("network", "init", tmp_path / "other", "--quiet")
    kept = tmp_path / "kept"
    assert call("replay", log, "--network", network, "--snapshot", kept)[0] == 0
    status, said = call("state", kept, "--network", tmp_path / "other")
    assert status == 2
    assert "network_hash" in said


def test_no_whole_checkpoint_fails(call, log, network, tmp_path):
    saved = tmp_path / "saved"
    options = ["--network", network, "--checkpoint", saved]
    assert call("replay", log, *options)[0] == 0
    for path in saved.glob("*.ckpt"):
        path.write_bytes(b"rubbish")
    status, said = call("replay", log, *options)
    assert status == 1
    assert "none is whole" in said


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--to", "99999"], "the source ends at offset 400"),
        (["--from", "yesterday"], "no place in a source"),
        (["--from", "a=1"], "PARTITION=OFFSET"),
        (["--types", "OrderRecieved"], "OrderRecieved"),
        (["--speed", "-1"], "must be max, or seconds of event time a second"),
        (["--map", "m.toml"], "must be a readable file or one of levy,"),
        (["--batch", "x"], "--batch"),
        (["--every", "0"], "--every"),
    ],
)
def test_option_outside_what_is_allowed(call, replayed, options, reason):
    status, said = call(*replayed, *options)
    assert status == 2
    assert reason in said


def test_log_of_events_takes_no_recording(call, log, tmp_path):
    lines = tmp_path / "events.ndjson"
    lines.write_text("{}\n")
    status, said = call("record", lines, log)
    assert status == 2
    assert "was not recorded" in said
    assert verify(log).n_records == 400


@pytest.mark.slow
def test_full_disk_fails_and_leaves_the_checkpoint_before(
    make_records, network, tmp_path
):
    log = make_records(400, seed=6, rubbish=False).write(tmp_path / "log", frame=50)
    saved = tmp_path / "saved"
    options = ["--network", str(network), "--checkpoint", str(saved), "--quiet"]
    assert run(["replay", str(log), *options, "--to", "200"]) == 0
    before = {path: path.read_bytes() for path in saved.glob("*.ckpt")}

    def no_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = subprocess.run(
        [sys.executable, "-m", "twin", "replay", str(log), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=no_room,
    )
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in saved.glob("*.ckpt")} == before
    assert run(["replay", str(log), *options]) == 0
