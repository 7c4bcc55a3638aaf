"""What is killed again and again ends as one that was left alone.

MILLSTREAM_KILLS says how many seeds are taken from a log, and how many from Kafka;
`make soak` takes 200 each.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from twin.cli.app import run

ROOT = Path(__file__).parents[2]
N_SEEDS = int(os.environ.get("MILLSTREAM_KILLS", "0"))
N_KILLS = 5
EVERY = 150
WAIT_S_MAX = 60
ABOUT_THE_RUN = {"reading", "decoded", "checkpoints", "names"}


def started(log, network, folder):
    command = [
        *(sys.executable, "-m", "twin", "replay", str(log), "--quiet"),
        *("--network", str(network), "--checkpoint", str(folder / "saved")),
        *("--every", str(EVERY), "--json", str(folder / "answer.json")),
        *("--batch", "10"),  # in one piece it would be over before it is killed
    ]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)


def latest(folder):
    """Number of the newest checkpoint, 0 without."""
    paths = (folder / "saved").glob("checkpoint-*.ckpt")
    return max(
        (int(path.stem.removeprefix("checkpoint-")) for path in paths), default=0
    )


def killed_after(process, folder, n_checkpoints, delay_s):
    """Kill a replay some checkpoints further on; False if it ended before."""
    goal, since = latest(folder) + n_checkpoints, time.monotonic()
    while latest(folder) < goal and process.poll() is None:
        assert time.monotonic() - since < WAIT_S_MAX
        time.sleep(0.001)
    time.sleep(delay_s)
    if process.poll() is not None:
        return False
    os.kill(process.pid, signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@pytest.mark.slow
def test_killed_at_random_points_the_replay_ends_in_the_same_state(
    make_records, network, tmp_path
):
    records = make_records(90_000, seed=2, disorder_us=43_200_000_000)
    log = records.write(tmp_path / "log")
    whole = tmp_path / "whole.json"
    options = ["--network", str(network), "--quiet"]
    letters = tmp_path / "letters"
    extra = ["--json", str(whole), "--deadletters", str(letters)]
    assert run(["replay", str(log), *options, *extra]) == 0
    rng = np.random.default_rng(4)
    n_kills = 0
    for _ in range(N_KILLS):
        process = started(log, network, tmp_path)
        steps, delay_s = int(rng.integers(1, 6)), float(rng.uniform(0, 0.03))
        n_kills += killed_after(process, tmp_path, steps, delay_s)
        process.stderr.close()
    assert n_kills == N_KILLS, "the log is too short to be interrupted so often"
    last = started(log, network, tmp_path)
    _, errors = last.communicate(timeout=WAIT_S_MAX)
    assert last.returncode == 0, errors
    assert said(tmp_path / "answer.json") == said(whole)
    assert listed(tmp_path / "saved" / "deadletters", tmp_path) == listed(
        letters, tmp_path
    )


def said(path):
    """What a replay says, without how it came there."""
    answer = json.loads(path.read_text())
    answer = {k: v for k, v in answer.items() if k not in ABOUT_THE_RUN}
    assert answer["state_hash"]
    assert answer["position"]
    return answer


def listed(letters, folder):
    """Dead letters without the time they were noted."""
    answer = folder / "letters.json"
    arguments = ["deadletters", "list", str(letters), "--json", str(answer), "--quiet"]
    assert run(arguments) == 0
    found = json.loads(answer.read_text())["letters"]
    return [{k: v for k, v in one.items() if k != "time"} for one in found]


def killed(folder, n_seeds, *address, planted=""):
    """Take seeds in a process of its own, which forks; return what it tells of them."""
    program = f"""
import sys
from benchmarks.workloads.killing.__main__ import main
from twin.live import Worker
{planted}
sys.exit(main(*sys.argv[1:]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), "0", str(n_seeds), *address],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(runs) == n_seeds, done.stderr
    return runs


def all_well(runs):
    return not {one["seed"]: one["differences"] for one in runs if one["differences"]}


def in_all(runs, name):
    return sum(one[name] for one in runs)


@pytest.mark.slow
def test_worker_killed_by_seed_ends_as_one_left_alone(tmp_path):
    """Also inside a checkpoint, with half of its bytes written."""
    runs = killed(tmp_path / "runs", N_SEEDS or 10)
    assert all_well(runs)
    assert in_all(runs, "killed_inside") + in_all(runs, "killed_outside") > 10
    assert in_all(runs, "in_checkpoint") > 0
    assert min(one["outputs"] for one in runs) > 1000
    # What the one before had told and not saved was there, and not told again.
    assert in_all(runs, "skipped") > 0
    assert in_all(runs, "told_twice") == 0


@pytest.mark.slow
def test_worker_that_saves_before_its_outputs_is_found(tmp_path):
    planted = """
import time
from twin.live.writer import OutputWriter
write = OutputWriter._write
OutputWriter._write = lambda *told: time.sleep(0.05) or write(*told)
OutputWriter.wait = lambda writer, timeout_s: True
"""
    assert not all_well(killed(tmp_path / "runs", 4, planted=planted))


@pytest.mark.slow
def test_worker_that_does_not_look_at_its_outputs_is_found(tmp_path):
    planted = "Worker._look_at_outputs = lambda worker, shard: None"
    assert in_all(killed(tmp_path / "runs", 6, planted=planted), "told_twice") > 0


@pytest.mark.kafka
@pytest.mark.slow
def test_worker_on_kafka_killed_by_seed_ends_as_one_left_alone(tmp_path, kafka_broker):
    runs = killed(tmp_path / "runs", N_SEEDS or 3, kafka_broker.address)
    assert all_well(runs)
    assert in_all(runs, "killed_inside") + in_all(runs, "killed_outside") > 2
    # What a killed producer had under way may come after the look at the end: once
    # more, under its id.
    assert in_all(runs, "told_twice") <= in_all(runs, "outputs") / 10
