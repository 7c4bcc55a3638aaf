import math
import threading

import pytest

from optimizer import watching
from optimizer.watching import LATEST_S, LINGER_S, let_end, watched


@pytest.fixture
def waits(monkeypatch):
    """What is called at the interpreter's end."""
    calls = []
    monkeypatch.setattr(watching.atexit, "register", lambda *call: calls.append(call))
    return calls


def test_answer_and_error_of_the_other_thread_come_back():
    asked = threading.get_ident()
    assert watched(threading.get_ident, cancelled=lambda: False) != asked
    with pytest.raises(ZeroDivisionError):
        watched(lambda: 1 / 0, cancelled=lambda: False)


def test_who_asks_no_more_does_not_wait(waits):
    ends, begun = threading.Event(), threading.Event()

    def solve():
        begun.set()
        return ends.wait(20.0)

    assert watched(solve, cancelled=begun.is_set) is None
    # At exit, it is waited for.
    ((join, limit_s),) = waits
    ends.set()
    join(limit_s)
    assert watched(ends.is_set, cancelled=lambda: True) is None


def test_solver_far_from_its_limit_is_not_waited_for(waits):
    ends, begun = threading.Event(), threading.Event()

    def solve():
        begun.set()
        return ends.wait(20.0)

    assert watched(solve, cancelled=begun.is_set, left_s=lambda: math.inf) is None
    ends.set()
    assert waits == []


@pytest.mark.parametrize(
    ("left_s", "waited_s"),
    [(None, [LINGER_S]), (-1.0, [LATEST_S]), (LINGER_S - 0.1, [LATEST_S]), (9.0, [])],
)
def test_solver_is_waited_for_by_how_much_it_has_left(waits, left_s, waited_s):
    let_end(threading.Thread(), left_s)
    assert [limit_s for _, limit_s in waits] == waited_s
