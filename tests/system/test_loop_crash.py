"""A live loop that is killed goes on as if it never was, and decides nothing twice."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "n_kills"), [("work", 3), ("clock", 2)])
def test_killed_loop_loses_and_doubles_nothing(tmp_path, kind, n_kills):
    program = [sys.executable, "-m", "benchmarks.workloads.loop_killing"]
    ended = subprocess.run(
        [*program, str(tmp_path), kind, "10000", str(n_kills)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = json.loads(ended.stdout)
    assert found["differences"] == []
    assert ended.returncode == 0
    # A life may reach its end before the point that was drawn for it.
    assert 1 <= found["kills"] <= n_kills
    assert found["decisions"] > 100
