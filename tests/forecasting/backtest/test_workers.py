import sys
import threading

import pytest

from forecasting.backtest.workers import Workers
from forecasting.errors import OptionError


def test_threads_keep_the_order_of_tasks():
    met = threading.Barrier(2, timeout=60)

    def work(task):
        met.wait()
        return task * 10

    assert Workers("threads", n_workers=2).map(work, [1, 2, 3, 4]) == [10, 20, 30, 40]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"backend": "cluster"}, "backend must be one of serial, threads, ray"),
        ({"n_workers": 0}, "n_workers must be a whole number >= 1"),
    ],
)
def test_workers_out_of_range_are_refused(given, words):
    with pytest.raises(OptionError, match=words):
        Workers(**given)


def test_a_missing_ray_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(OptionError, match="install millstream\\[ray\\]"):
        Workers("ray").map(abs, [1])
