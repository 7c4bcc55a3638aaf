"""Two engines, one trajectory: random networks with every element, every event equal.

The same runs show that nothing is lost: pieces, goods, orders over time, money.
`MILLSTREAM_PARITY_MODELS` says how many models (320 if it does not).
"""

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.workloads.conservation import broken
from benchmarks.workloads.engine_parity import (
    compiled_plant,
    digest,
    first_difference,
    fold_faults,
    play_both,
)
from benchmarks.workloads.random_networks import ELEMENTS, play, random_case
from benchmarks.workloads.random_without import SEEN_IN_EVENTS, without
from streams.batch import concatenate
from twin.model.network import build
from twin.simulate.compiled import plant as plant_module

ROOT = Path(__file__).parents[2]
N_FAST, CHUNK = 24, 4
N_MODELS = int(os.environ.get("MILLSTREAM_PARITY_MODELS", "320"))
N_DIGESTS = 12
N_PAUSES = 50


def assert_whole(played):
    assert played.difference is None, played.difference
    faults = [*fold_faults(played), *broken(played)]
    assert not faults, (played.case.seed, sorted(played.case.elements), faults[:5])
    return len(played.events)


def assert_all_whole(seeds):
    return sum(assert_whole(play_both(random_case(seed, ELEMENTS))) for seed in seeds)


@pytest.mark.parametrize("first", range(0, N_FAST, CHUNK))
def test_random_models_run_the_same_in_both_engines(first):
    assert assert_all_whole(range(first, first + CHUNK)) > 100


@pytest.mark.slow
@pytest.mark.parametrize("first", range(N_FAST, N_MODELS, 37))
def test_many_random_models_run_the_same_in_both_engines(first):
    assert assert_all_whole(range(first, min(first + 37, N_MODELS))) > 100


@pytest.mark.parametrize("element", ELEMENTS)
def test_each_element_runs_the_same_in_both_engines(element):
    for seed in (0, 1):
        case = random_case(seed, (), certain=("releases", "decisions", element))
        assert element in case.elements
        assert_whole(play_both(case))


@pytest.mark.parametrize("element", SEEN_IN_EVENTS)
def test_each_element_changes_what_happens(element):
    """Else two engines that know nothing of it would run the same, too."""

    def told(case):
        batches = list(play(compiled_plant(case), case))
        names = ("time_us", "type_code", "value0")
        return [getattr(batch, name).tobytes() for batch in batches for name in names]

    for seed in range(20):
        case = random_case(seed, (), certain=("releases", "decisions", element))
        if told(case) != told(without(case, element)):
            return
    pytest.fail(f"{element} changes nothing in 20 cases")


def test_order_of_rows_changes_nothing():
    for seed in (3, 7):
        case = random_case(seed, ELEMENTS)
        rng = np.random.default_rng(seed)
        shuffled = {
            name: [rows[k] for k in rng.permutation(len(rows))]
            for name, rows in case.tables.items()
        }
        network = build(shuffled, case.settings)
        assert network.hash == case.network.hash
        for name in ("items", "places", "machines", "lanes"):
            assert getattr(network, name).ids == getattr(case.network, name).ids
        assert digest(replace(case, network=network)) == digest(case)


def test_two_threads_run_as_one_does():
    cases = [random_case(seed, ELEMENTS) for seed in range(4)]
    alone = [digest(case) for case in cases]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(digest, cases)) == alone


@pytest.mark.parametrize("seed", [3, 7, 11])
@pytest.mark.parametrize("by_bytes", [False, True])
def test_pauses_copies_and_saves_change_no_bit(seed, by_bytes):
    case = random_case(seed, ELEMENTS)
    uninterrupted, plant = compiled_plant(case), compiled_plant(case)
    wanted = list(play(uninterrupted, case))
    stops = moments(case, wanted)
    for batch, (until_us, decisions) in zip(wanted, case.pauses, strict=True):
        parts = []
        for at_us in stops[(stops > plant.now_us) & (stops < until_us)].tolist():
            parts.append(plant.advance(at_us))
            plant = resumed(case, plant) if by_bytes else copied(plant)
        parts.append(plant.advance(until_us))
        assert sum(map(len, parts)) == len(batch)
        if not by_bytes:  # bytes know nothing of how events are numbered
            whole = concatenate(parts, parts[0].names)
            assert first_difference(whole, batch) is None
        plant.release(decisions)
        plant = plant if by_bytes else copied(plant)
    assert plant.tables.block.tobytes() == uninterrupted.tables.block.tobytes()


@pytest.mark.parametrize("seed", [3, 7, 11])
def test_tables_that_are_full_at_first_change_nothing(seed, monkeypatch):
    case = random_case(seed, ELEMENTS)
    wanted = list(play(compiled_plant(case), case))
    roomy = plant_module.capacity_of

    def cramped(layout):
        growing = ("calendar", "orders", "customers", "goods", "pending")
        return roomy(layout)._replace(**dict.fromkeys(growing, 1))

    monkeypatch.setattr(plant_module, "capacity_of", cramped)
    monkeypatch.setattr(plant_module, "TRACE_ROWS", 1)
    for one, other in zip(wanted, play(compiled_plant(case), case), strict=True):
        assert first_difference(one, other) is None


def moments(case, batches):
    """Some between what happens, some at instants in which much does."""
    rng = np.random.default_rng(case.seed)
    times = np.unique(np.concatenate([batch.time_us for batch in batches]))
    between = rng.integers(times[0], times[-1], N_PAUSES // 2)
    at = rng.choice(times[1:-1], N_PAUSES - len(between), replace=False)
    return np.unique([between, at])


def copied(plant):
    """Go on in a copy; what the original does is not seen."""
    copy = plant.fork()
    plant.advance(plant.now_us + 10**9)
    return copy


def resumed(case, plant):
    """Go on in a new plant that was handed the bytes."""
    other = compiled_plant(case)
    other.reach(plant.now_us)
    other.restore(plant.save())
    return other


DIGESTS = """
import hashlib, sys
from benchmarks.workloads.engine_parity import digest
from benchmarks.workloads.random_networks import random_case
for seed in range(int(sys.argv[1])):
    digested = digest(random_case(seed, sys.argv[2].split(",")))
    print(hashlib.blake2b(digested).hexdigest())
"""


@pytest.mark.slow
def test_plain_processor_runs_the_same():
    """Compiled for no processor in particular: no fused or wide operations."""

    def digests(**more):
        found = subprocess.run(
            [sys.executable, "-c", DIGESTS, str(N_DIGESTS), ",".join(ELEMENTS)],
            env=os.environ | more,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return found.stdout.split()

    own = digests()
    assert len(set(own)) == N_DIGESTS
    cache = generic_cache()
    assert digests(NUMBA_CPU_NAME="generic", NUMBA_CACHE_DIR=str(cache)) == own
    assert any(cache.rglob("*.nbc"))


def generic_cache():
    """One for each version of what is compiled: that takes minutes."""
    digested = hashlib.blake2b(digest_size=8)
    for package in ("streams", "twin"):
        for path in sorted((ROOT / package).rglob("*.py")):
            digested.update(path.read_bytes())
    caches = ROOT / ".cache" / "generic"
    cache = caches / digested.hexdigest()
    for old in caches.glob("*"):
        if old != cache:
            shutil.rmtree(old, ignore_errors=True)
    cache.mkdir(parents=True, exist_ok=True)
    return cache


ON_RAY = """
import sys
from dataclasses import replace
from benchmarks.workloads.engine_parity import compiled_plant
from benchmarks.workloads.random_networks import play, random_case
from twin.simulate.replicate import ReplicateOptions, replicate

def scenario(number, elements):
    def run(seed):
        case = replace(random_case(number, elements), seed=seed)
        plant = compiled_plant(case)
        for _ in play(plant, case):
            pass
        block = plant.tables.block
        return {"bits": float(int(block.astype("u8").cumsum().sum()) % 2**52)}
    return run

runs = {str(k): scenario(k, sys.argv[1].split(",")) for k in range(3)}
found = [
    replicate(runs, ReplicateOptions(n_max=10, backend=backend, n_workers=2))
    for backend in ("serial", "ray")
]
for name, measures in found[0].values.items():
    for measure, values in measures.items():
        assert values.tobytes() == found[1].values[name][measure].tobytes(), name
        assert len(set(values.tolist())) > 1, name
print("same", found[0].n)
"""


@pytest.mark.slow
def test_ray_runs_the_same():
    pytest.importorskip("ray")
    found = subprocess.run(
        [sys.executable, "-c", ON_RAY, ",".join(ELEMENTS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.startswith("same"), found.stderr
