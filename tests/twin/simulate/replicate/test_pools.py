import threading
import time

import pytest

from twin.simulate.replicate import ReplicateOptions
from twin.simulate.replicate.pools import SerialPool, ThreadPool, open_pool
from twin.simulate.replicate.tasks import Task


def task(scenario, *seeds):
    return Task(0, scenario, 0, seeds)


def test_serial_pool_runs_when_asked():
    seen = []
    pool = SerialPool([lambda seed: seen.append(seed) or {"seed": seed}])
    pool.submit(task(0, 5, 6))
    assert not seen
    assert pool.finished() == [(task(0, 5, 6), [{"seed": 5.0}, {"seed": 6.0}])]


def test_thread_pool_runs_at_the_same_time():
    both = threading.Barrier(2, timeout=60)

    def run(seed):
        both.wait()  # passes only if two runs are under way at once
        return {"seed": seed}

    pool = ThreadPool([run], 2)
    pool.submit(task(0, 1))
    pool.submit(task(0, 2))
    found = []
    while len(found) < 2:
        found += pool.finished()
    pool.close()
    assert sorted(done.seeds for done, _ in found) == [(1,), (2,)]
    assert all(outcomes == [{"seed": done.seeds[0]}] for done, outcomes in found)


def test_close_drops_what_has_not_begun():
    seen = []

    def run(seed):
        seen.append(seed)
        time.sleep(0.05)
        return {}

    pool = ThreadPool([run], 1)
    for seed in range(50):
        pool.submit(task(0, seed))
    pool.finished()
    pool.close()
    assert len(seen) < 50
    assert not [t for t in threading.enumerate() if t.name.startswith("replication")]


@pytest.mark.parametrize(
    ("backend", "kind"), [("serial", SerialPool), ("threads", ThreadPool)]
)
def test_pool_is_the_one_that_options_name(backend, kind):
    options = ReplicateOptions(n_max=2, backend=backend, n_workers=3)
    with open_pool(options, ("a",), [lambda seed: {}]) as pool:
        assert isinstance(pool, kind)
        assert pool.n_workers == (1 if backend == "serial" else 3)
