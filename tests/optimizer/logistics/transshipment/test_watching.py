import threading

import pytest

from optimizer.logistics.transshipment import watching
from optimizer.logistics.transshipment.watching import watched


def test_answer_and_error_of_the_other_thread_come_back():
    asked = threading.get_ident()
    assert watched(threading.get_ident, cancelled=lambda: False) != asked
    with pytest.raises(ZeroDivisionError):
        watched(lambda: 1 / 0, cancelled=lambda: False)


def test_who_asks_no_more_does_not_wait(monkeypatch):
    ends, begun = threading.Event(), threading.Event()
    waits = []
    monkeypatch.setattr(watching.atexit, "register", lambda *call: waits.append(call))

    def solve():
        begun.set()
        return ends.wait(20.0)

    assert watched(solve, cancelled=begun.is_set) is None
    # At exit, it is waited for.
    ((join, limit_s),) = waits
    ends.set()
    join(limit_s)
    assert watched(ends.is_set, cancelled=lambda: True) is None
