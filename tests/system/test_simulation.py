"""The stream path in a world that a seed decides all of: nothing lost, nothing twice.

MILLSTREAM_SEEDS says how many seeds are run, each twice; `make soak` runs 2,000.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.workloads.simulation.broker import NO_EPOCH, SimulatedSource
from benchmarks.workloads.simulation.check import simulate
from benchmarks.workloads.simulation.run import FAULTS, WEIGHTS, Process
from streams.ingest import Ingest
from streams.ingest.recent import RecentKeys

ROOT = Path(__file__).parents[2]
N_SEEDS = int(os.environ.get("MILLSTREAM_SEEDS", "100"))
AGAIN = "python -m benchmarks.workloads.simulation"
HAPPENED = {
    *WEIGHTS,
    *FAULTS,
    "BrokerUnreachableError",
    "CheckpointFencedError",
    "CheckpointWriteError",
    "PositionError",
    "RecordsCorruptError",
    "a damaged one was passed over",
    "an older checkpoint was needed",
    "began at zero",
    "contradictions",
    "copies",
    "late",
    "letter: late",
    "letter: not JSON",
    "letter: too far in the future",
    "released early",
    "died inside a checkpoint",
}


@pytest.mark.slow
def test_every_seed_ends_with_each_event_applied_once():
    happened, n_reported = Counter(), 0
    for seed in range(N_SEEDS):
        outcome, again = simulate(seed), simulate(seed)
        told = f"seed {seed}; to see it: {AGAIN} {seed} {seed + 1}"
        assert not outcome.problems, f"{told}: {outcome.problems}"
        assert outcome.trace == again.trace, f"{told}: it took two ways"
        happened += outcome.happened
        n_reported += outcome.reported is not None
    assert not HAPPENED - set(happened), "what never happened was not tested"
    assert n_reported < N_SEEDS / 5, "most runs must come to their end"


@pytest.mark.slow
def test_a_seed_takes_the_same_steps_in_every_process():
    found = set()
    for hash_seed in ("1", "2"):
        told = subprocess.run(
            [sys.executable, *AGAIN.split()[1:], "0", "6"],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(told.stdout)
    (text,) = found
    assert text.count("\n") == 6


def forget_keys(self, arrays):
    self._newer, self._older = self._table(np.zeros(0, np.uint64)), self._older


def trust_every_offset(self, name, offset, epoch):
    self._next[name] = min(offset, self._logs[name].end)


def start_over(self, arrays):
    restore = type(self).restored
    restore(self, arrays)
    self._next_offsets = [0] * len(self._next_offsets)


def begin_without_epochs(self):
    """A log that was cut and has grown again is then taken for the same."""
    epochs = dict.fromkeys(self.source.epochs, NO_EPOCH)
    self.writer.begin(self.twin.sections(), {**self.twin.meta(), "epochs": epochs})


PLANTED = {
    "keys are forgotten": (RecentKeys, "restore", forget_keys),
    "cut logs go unnoticed": (SimulatedSource, "_check", trust_every_offset),
    "positions are forgotten": (Ingest, "restore", start_over),
    "leaders are forgotten": (Process, "begin", begin_without_epochs),
}


@pytest.mark.slow
@pytest.mark.parametrize("planted", PLANTED)
def test_planted_fault_is_found(planted, monkeypatch):
    owner, name, wrong = PLANTED[planted]
    monkeypatch.setattr(owner, "restored", getattr(owner, name), raising=False)
    monkeypatch.setattr(owner, name, wrong)
    assert any(simulate(seed).problems for seed in range(100))
