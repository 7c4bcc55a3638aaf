"""Numbers depend on seeds alone: not on backend, workers, or who is ready first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.names import Names
from twin.errors import OptionError
from twin.simulate.reference.plant import Plant
from twin.simulate.replicate import (
    ReplicateOptions,
    ReplicationError,
    Target,
    replicate,
    replication_seed,
)
from twin.simulate.replicate.sweep import drive
from twin.simulate.replicate.tasks import perform

N_EXPERIMENTS = 1000
PRECISE = Target(measure="cost", half_width=0.4)


class ShuffledPool:
    """Executes tasks in an order that the test draws."""

    def __init__(self, runs, choose, n_waiting_max):
        self.runs, self.choose, self.n_waiting_max = runs, choose, n_waiting_max
        self.n_workers, self.tasks, self.n_waiting = n_waiting_max, [], 0

    def submit(self, task):
        self.tasks.append(task)
        self.n_waiting = max(self.n_waiting, len(self.tasks))

    def finished(self):
        n = self.choose(len(self.tasks)) + 1
        picked = [self.tasks.pop(self.choose(len(self.tasks))) for _ in range(n)]
        return [(t, perform(self.runs[t.scenario], t.seeds)) for t in picked]


def values_of(found):
    return {
        (scenario, measure): column.tobytes()
        for scenario, measures in found.values.items()
        for measure, column in measures.items()
    }


def test_every_scenario_meets_the_same_seeds(noisy):
    scenarios = {"now": noisy(5.0), "new": noisy(4.0)}
    found = replicate(scenarios, ReplicateOptions(n_max=4, seed=9))
    expected = [replication_seed(9, r) for r in range(4)]
    assert list(found.seeds) == expected
    for name, run in scenarios.items():
        assert found.values[name]["cost"].tolist() == [run(s)["cost"] for s in expected]


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    sizes=st.tuples(st.integers(1, 12), st.integers(1, 5), st.integers(1, 5)),
)
def test_order_of_completion_does_not_matter(noisy, data, sizes):
    n_waiting_max, n_per_task, n_scenarios = sizes
    scenarios = {f"s{k}": noisy(k, own=0.5, entity=k + 1) for k in range(n_scenarios)}
    names, runs = tuple(scenarios), tuple(scenarios.values())
    serial = replicate(scenarios, ReplicateOptions(n_max=60, targets=(PRECISE,)))
    pool = ShuffledPool(runs, lambda n: data.draw(st.integers(0, n - 1)), n_waiting_max)
    options = ReplicateOptions(n_max=60, targets=(PRECISE,), n_per_task=n_per_task)
    told = []
    found = drive(pool, names, options, on_progress=lambda p: told.append(p.n_done))
    assert values_of(found) == values_of(serial)
    assert found.seeds == serial.seeds
    assert told == list(range(1, serial.n + 1))
    assert pool.n_waiting <= n_waiting_max


@settings(max_examples=60, deadline=None)
@given(data=st.data(), n_per_task=st.integers(1, 5))
def test_the_first_failure_by_replication_counts(noisy, data, n_per_task):
    failing = {replication_seed(0, 7): "late", replication_seed(0, 4): "early"}

    def fragile(seed):
        if seed in failing:
            raise LookupError(failing[seed])
        return {"cost": 1.0}

    def choose(n):
        return data.draw(st.integers(0, n - 1))

    pool = ShuffledPool((noisy(1.0), fragile), choose, 8)
    options = ReplicateOptions(n_max=20, n_per_task=n_per_task)
    with pytest.raises(ReplicationError, match=r"replication 4 .*: LookupError: early"):
        drive(pool, ("sound", "fragile"), options)


def test_failure_beyond_the_stop_never_was(noisy):
    after = replication_seed(0, 10)

    def fragile(seed):
        if seed == after:
            raise LookupError
        return {"cost": 1.0}

    target = Target(measure="cost", half_width=1.0)
    options = ReplicateOptions(n_max=50, targets=(target,), n_per_task=25)
    assert replicate({"fragile": fragile}, options).n == 10


def test_error_runs_again_by_its_seed():
    def fragile(seed):
        if seed % 3 == 0:
            msg = f"bad luck {seed}"
            raise RuntimeError(msg)
        return {"cost": 1.0}

    with pytest.raises(ReplicationError, match="bad luck") as caught:
        replicate({"fragile": fragile}, ReplicateOptions(n_max=100))
    error = caught.value
    assert error.seed == replication_seed(0, error.replication)
    assert "in fragile" in error.__notes__[0]
    with pytest.raises(RuntimeError, match=f"bad luck {error.seed}"):
        fragile(error.seed)


def test_measures_must_stay_the_same():
    def run(seed):
        return {"a": 1.0} if seed == replication_seed(0, 0) else {"b": 1.0}

    words = r"replication 1 .* it lacks a and has besides b; .* is NaN"
    with pytest.raises(ReplicationError, match=words):
        replicate({"odd": run}, ReplicateOptions(n_max=3))


def test_replications_end_when_targets_are_met(noisy):
    options = ReplicateOptions(n_max=500, targets=(PRECISE,))
    found = replicate({"now": noisy(5.0)}, options)
    widths = [
        replicate({"now": noisy(5.0)}, ReplicateOptions(n_max=n)).table(["cost"])
        for n in range(10, found.n + 1)
    ]
    narrow = [table["half_width"][0] <= 0.4 for table in widths]
    assert narrow == [False] * (found.n - 10) + [True]
    assert found.is_precise


def test_targets_that_are_not_met_end_at_n_max(noisy):
    options = ReplicateOptions(n_max=12, targets=(PRECISE,))
    found = replicate({"now": noisy(5.0)}, options)
    assert found.n == 12
    assert not found.is_precise


def test_paired_target_needs_far_fewer_than_means(noisy):
    scenarios = {"now": noisy(5.0), "new": noisy(4.0, own=0.1)}
    paired = Target(measure="cost", half_width=0.1, baseline="now")
    found = replicate(scenarios, ReplicateOptions(n_max=2000, targets=(paired,)))
    alone = Target(measure="cost", half_width=0.1)
    means = replicate(scenarios, ReplicateOptions(n_max=2000, targets=(alone,)))
    assert found.n < means.n / 10


def test_stopped_intervals_cover_a_little_less_than_they_say(noisy):
    """Known of sequential procedures; the loss must stay small."""
    target = Target(measure="cost", half_width=0.5)
    covered = []
    for seed in range(N_EXPERIMENTS):
        options = ReplicateOptions(n_max=200, seed=seed, targets=(target,))
        found = replicate({"now": noisy(5.0)}, options)
        covered.append(abs(found.values["now"]["cost"].mean() - 5.0) <= 0.5)
    assert 0.90 <= np.mean(covered) <= 0.965


def test_progress_keeps_what_is_done_when_stopped(noisy):
    last = []

    def watch(progress):
        last[:] = [progress]
        if progress.n_done == 3:
            raise KeyboardInterrupt

    options = ReplicateOptions(n_max=50, backend="threads", n_workers=2)
    with pytest.raises(KeyboardInterrupt):
        replicate({"now": noisy(5.0)}, options, on_progress=watch)
    kept = last[0].so_far()
    whole = replicate({"now": noisy(5.0)}, ReplicateOptions(n_max=3))
    assert values_of(kept) == values_of(whole)
    assert last[0].n_expected == 50


def test_nothing_to_play_is_refused():
    with pytest.raises(OptionError, match="scenarios must hold at least one"):
        replicate({}, ReplicateOptions(n_max=2))


@pytest.mark.parametrize("n_workers", [1, 2, 5])
def test_threads_give_the_numbers_of_a_serial_run_of_the_engine(chain, n_workers):
    def scenario(mean_per_day):
        network = chain(lambda tables: tables["demands"][0].update(
            mean_per_day=mean_per_day, law="poisson"))  # fmt: skip

        def run(seed):
            plant = Plant(network, Names(), seed=seed)
            plant.advance(plant.now_us + 5 * 86_400_000_000)
            return {
                "on_hand": float(plant.stock.on_hand.sum()),
                "backorder": float(plant.stock.backorder.sum()),
            }

        return run

    scenarios = {"usual": scenario(5), "busy": scenario(7)}
    serial = replicate(scenarios, ReplicateOptions(n_max=12))
    options = ReplicateOptions(
        n_max=12, backend="threads", n_workers=n_workers, n_per_task=2
    )
    assert values_of(replicate(scenarios, options)) == values_of(serial)
    assert len(set(serial.values["busy"]["backorder"].tolist())) > 3
