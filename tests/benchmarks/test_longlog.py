from types import SimpleNamespace

import pytest

from benchmarks import longlog
from benchmarks.longlog import FULL, QUICK, check_room, is_right


def test_full_run_is_of_a_hundred_million_events():
    assert FULL.n_events == 10**8
    assert FULL.flat == "<= 1.05"


def test_too_little_room_is_refused_with_what_to_do(tmp_path, monkeypatch):
    usage = SimpleNamespace(free=QUICK.n_bytes + longlog.SPARE_BYTES)
    monkeypatch.setattr(longlog.shutil, "disk_usage", lambda _: usage)
    check_room(tmp_path, QUICK)
    with pytest.raises(OSError, match=r"must have 18\.5 GB free.*set TMPDIR"):
        check_room(tmp_path, FULL)


@pytest.mark.parametrize(
    ("differences", "lost", "right"),
    [([], 0, True), (["stock"], 0, False), ([], 1, False)],
)
def test_replay_is_right_if_nothing_differs_or_is_lost(differences, lost, right):
    told = {"differences": differences, "applied": QUICK.n_events - lost}
    assert is_right(told, QUICK) is right
