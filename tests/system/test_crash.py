"""A replay that is killed again and again ends as one that was left alone."""

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
N_KILLS = 20
EVERY = 150
WAIT_S_MAX = 60


def started(log, network, folder):
    command = [
        *(sys.executable, "-m", "twin", "replay", str(log), "--quiet"),
        *("--network", str(network), "--checkpoint", str(folder / "saved")),
        *("--every", str(EVERY), "--json", str(folder / "answer.json")),
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
    records = make_records(30_000, seed=2, disorder_us=43_200_000_000)
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
    assert json.loads((tmp_path / "answer.json").read_text()) == json.loads(
        whole.read_text()
    )
    assert listed(tmp_path / "saved" / "deadletters", tmp_path) == listed(
        letters, tmp_path
    )


def listed(letters, folder):
    """Dead letters without the time they were noted."""
    answer = folder / "letters.json"
    arguments = ["deadletters", "list", str(letters), "--json", str(answer), "--quiet"]
    assert run(arguments) == 0
    found = json.loads(answer.read_text())["letters"]
    return [{k: v for k, v in one.items() if k != "time"} for one in found]
