"""Every order of polling, folding, saving, dying and handing over, to a length of 7."""

import numpy as np
import pytest

from benchmarks.workloads.simulation.interleaving import (
    LENGTH,
    STEPS,
    Owner,
    expected,
    follow,
    rehearse,
)
from streams.checkpoint.files import Files
from streams.checkpoint.naming import Listing


@pytest.fixture(scope="module")
def digest():
    return expected()


@pytest.mark.slow
def test_all_sequences_end_with_each_event_applied_once(digest):
    """Every step from every situation is taken once, with the real pieces."""
    sequences, n_walked = follow()
    assert n_walked == len(STEPS) ** LENGTH == 279_936
    situations = set(sequences.values())
    assert len(situations) > 700
    assert sum(one.fences for one in situations) > 10
    wrong = {
        " ".join(steps): told
        for steps in sequences
        if (told := rehearse(steps, digest))
    }
    assert not wrong


@pytest.mark.slow
def test_sequences_taken_whole_end_no_other_way(digest):
    """That those of one situation are equal is not taken for granted."""
    random = np.random.default_rng(0)
    for drawn in random.integers(len(STEPS), size=(400, LENGTH)).tolist():
        steps = tuple(STEPS[number] for number in drawn)
        assert not rehearse(steps, digest), steps


def position_of_source(self):
    """Save how far was polled, not how far was folded."""
    meta = self.twin.meta() | {"position": self.position.to_json()}
    self.writer.begin(self.twin.sections(), meta)
    self.twin._ingest._next_offsets = list(self.position.to_json().values())
    self.has_copy = True


def see_everybody(self):
    return Listing.of(self._disk, self._folder)


PLANTED = {
    "saved as far as polled": (Owner, "snapshot", position_of_source),
    "nobody is fenced": (Files, "_listing", see_everybody),
}


@pytest.mark.slow
@pytest.mark.parametrize("planted", PLANTED)
def test_planted_fault_is_found(planted, digest, monkeypatch):
    monkeypatch.setattr(*PLANTED[planted])

    def fails(steps):
        try:
            return bool(rehearse(steps, digest))
        except AssertionError:
            return True

    assert any(fails(steps) for steps in follow()[0])
