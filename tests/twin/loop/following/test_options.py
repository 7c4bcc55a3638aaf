"""Options that cannot be are refused; what was decided is counted."""

import pytest

from twin.errors import OptionError
from twin.loop.following.decided import Record
from twin.loop.following.options import LiveOptions, LiveProgress, Release


@pytest.mark.parametrize(
    "wrong", [{"run": ""}, {"answered_within_s": 0.0}, {"basis": "guessed"}]
)
def test_wrong_options_are_refused(wrong):
    with pytest.raises(OptionError):
        LiveOptions(**{"run": "r", **wrong})


def test_progress_counts_releases():
    progress = LiveProgress()
    record = Record("PO-1/unanswered", 1, "ContradictionObserved", b"")
    progress.add(Release(1, (), None, (), (record,)))
    assert (progress.n_plans, progress.n_exceptions) == (0, 1)
