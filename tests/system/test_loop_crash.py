"""A live loop that is killed goes on as if it never was, and decides nothing twice."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "n_kills", "seed"), [("work", 3, "10001"), ("clock", 2, "10000")]
)
def test_killed_loop_loses_and_doubles_nothing(tmp_path, kind, n_kills, seed):
    """With an odd seed plans wait for approval; some records come late with any."""
    program = [sys.executable, "-m", "benchmarks.workloads.loop_killing"]
    ended = subprocess.run(
        [*program, str(tmp_path), kind, seed, str(n_kills)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = json.loads(ended.stdout)
    assert found["differences"] == []
    assert ended.returncode == 0
    assert found["kills"] == n_kills
    assert found["decisions"] > 100
