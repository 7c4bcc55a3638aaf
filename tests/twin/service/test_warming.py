import importlib
import subprocess
import sys
import threading
from multiprocessing import resource_tracker
from pathlib import Path

import pytest

from twin.service.warming import WORKS, Given, Warming

EXAMPLE = Path(__file__).parents[3] / "examples" / "network"

COMPILED = """
from numba import njit

@njit(cache=True)
def doubled(number):
    return 2 * number

def work(given):
    return doubled(given.network.settings.review_us)
"""

MASKED = """
import multiprocessing
import signal
from pathlib import Path

from twin.service._kernels import NotCachedError

def work(given):
    told = Path({!r})
    if multiprocessing.parent_process() is not None:
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        told.write_text(str(signal.SIGINT in blocked))
    elif not told.exists():
        raise NotCachedError("work")
"""


FOLDS = """
import sys
from pathlib import Path
from streams._kernels import order
from twin.clock import SystemClock
from twin.model import load
from twin.service.warming import Given, fold_little
from twin.state._kernels.transition import close_instant

fold_little(Given(network=load(Path(sys.argv[1])), clock=SystemClock()))
kernels = (close_instant, order.ranges, order.pack, order.unpack)
print(*(kernel.__name__ for kernel in kernels if not kernel.signatures))
"""


def test_every_work_is_done_for_every_tenant(make_tenant):
    tenants, done = [make_tenant("a"), make_tenant("b")], []

    def fails(given):
        done.append(("fails", given))
        raise ValueError("nothing to schedule")

    def works(given):
        done.append(("works", given))

    warming = Warming(tenants, (fails, works))
    assert warming.stage == "waiting"
    warming.start()
    assert warming.wait(60)
    both = [Given.of(one) for one in tenants]
    assert done == [(what, one) for what in ("fails", "works") for one in both]
    assert warming.stage == "compiled"


def test_twins_wait_for_the_first_work_alone(make_tenant):
    goes_on = threading.Event()
    tenant = make_tenant()
    warming = Warming([tenant], (lambda _: None, lambda _: goes_on.wait(60)))
    tenant.start(warming.can_fold)
    assert not tenant.follower.has_begun
    warming.start()
    assert warming.can_fold.wait(60)
    assert tenant.follower.view().position is not None
    assert warming.stage == "compiling"
    goes_on.set()
    assert warming.wait(60)


@pytest.mark.slow
def test_what_is_not_in_the_cache_is_compiled_by_another_process(
    make_tenant, tmp_path, monkeypatch
):
    (tmp_path / "compiled_apart.py").write_text(COMPILED)
    monkeypatch.syspath_prepend(tmp_path)
    compiled_apart = importlib.import_module("compiled_apart")
    goes_on = threading.Event()
    warming = Warming(
        [make_tenant()], (compiled_apart.work, lambda _: goes_on.wait(60))
    )
    warming.wait_if_cold(lambda: False)  # it does not wait before
    warming.start()
    assert warming.can_fold.wait(300)
    assert sum(compiled_apart.doubled.stats.cache_hits.values()) == 1
    asked = iter([False, True])
    warming.wait_if_cold(lambda: next(asked))
    assert warming.stage == "compiling"
    goes_on.set()
    warming.wait_if_cold(lambda: False)
    assert warming.wait(60)


@pytest.mark.slow
def test_process_that_compiles_does_not_end_by_an_interrupt(
    make_tenant, tmp_path, monkeypatch
):
    (tmp_path / "masked.py").write_text(MASKED.format(str(tmp_path / "mask")))
    monkeypatch.syspath_prepend(tmp_path)
    masked = importlib.import_module("masked")
    fresh = resource_tracker.ResourceTracker()
    for name in ("ensure_running", "getfd"):
        monkeypatch.setattr(resource_tracker, name, getattr(fresh, name))
    warming = Warming([make_tenant()], (masked.work,))
    warming.start()
    assert warming.wait(300)
    fresh._stop()
    assert (tmp_path / "mask").read_text() == "True"


def test_closed_warming_begins_no_more_work(make_tenant):
    begun, goes_on, done = threading.Event(), threading.Event(), []

    def first(_):
        begun.set()
        assert goes_on.wait(60)

    warming = Warming([make_tenant()], (first, done.append))
    warming.start()
    assert begun.wait(60)
    assert warming.stage == "compiling"
    warming.close()
    goes_on.set()
    assert not warming.wait(60)
    assert done == []


@pytest.mark.slow
@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.__name__)
def test_work_is_of_its_kind_and_leaves_nothing(make_tenant, work):
    tenant = make_tenant()
    before = sorted(tenant.store.rglob("*"))
    work(Given.of(tenant))
    assert sorted(tenant.store.rglob("*")) == before
    assert tenant.jobs.jobs() == []
    assert tenant.journal.n_records == 0


@pytest.mark.slow
def test_small_fold_runs_kernels_of_events_out_of_order():
    command = [sys.executable, "-c", FOLDS, EXAMPLE]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


def test_warming_of_which_nothing_worked_says_so(make_tenant):
    def fails(_):
        raise ValueError("no compiler")

    warming = Warming([make_tenant()], (fails, fails))
    warming.start()
    assert not warming.wait(60)
    assert warming.stage == "failed"
