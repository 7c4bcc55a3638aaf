"""Ray gives the numbers of a serial run, and says what it cannot do."""

import os
import subprocess
import sys

import pytest

from twin.errors import OptionError
from twin.simulate.replicate import ReplicateOptions, replicate

# Apart from this process: Ray changes signals, and leaves sockets to the collector.
SAME_NUMBERS = """
import math, os, threading
import ray
from streams.names import Names
from twin.model.network import build
from twin.simulate._kernels.random import u01
from twin.simulate.reference.plant import Plant
from twin.simulate.replicate import ReplicateOptions, ReplicationError, Target
from twin.simulate.replicate import replicate

def scenario(factor):
    def run(seed):
        draws = [-math.log(u01(seed, 0, 0, n)) * factor for n in range(50)]
        return {"sum": sum(draws), "most": max(draws), "process": float(os.getpid())}
    return run

def shop(mean_per_day):
    network = build(
        {
            "sites": [{"site": "shop", "kind": "store"}],
            "items": [{"item": "tea"}],
            "suppliers": [{"supplier": "V"}],
            "customers": [{"customer": "M"}],
            "lanes": [{"lane": "a", "from_place": "V", "to_place": "shop",
                       "item": "tea", "lead_time_s": 86_400}],
            "demands": [{"customer": "M", "item": "tea", "site": "shop",
                         "mean_per_day": mean_per_day, "law": "poisson"}],
            "stock": [{"item": "tea", "site": "shop", "on_hand": 40}],
        },
        {"name": "s", "as_of": "2024-01-01T00:00:00Z", "time_zone": "UTC"},
    )

    def run(seed):
        plant = Plant(network, Names(), seed=seed)
        batch = plant.advance(plant.now_us + 5 * 86_400_000_000)
        return {"sum": float(plant.stock.on_hand.sum()), "most": batch.value0.sum()}

    return run

def fragile(seed):
    raise LookupError("no such machine")

def played(backend, scenarios, **more):
    target = Target(measure="sum", relative=0.05)
    options = ReplicateOptions(n_max=200, targets=(target,), backend=backend, **more)
    return replicate(scenarios, options)

scenarios = {"slow": scenario(1.3), "fast": scenario(1.0), "quiet": shop(2)}
serial = played("serial", scenarios)
assert 10 < serial.n < 200, serial.n
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)  # one for all below
for n_per_task in (1, 7):
    found = played("ray", scenarios, n_workers=2, n_per_task=n_per_task)
    assert found.seeds == serial.seeds
    for name, measures in serial.values.items():
        for measure in ("sum", "most"):
            ours = found.values[name][measure].tobytes()
            assert ours == measures[measure].tobytes(), (name, measure)
    assert float(os.getpid()) not in found.values["fast"]["process"].tolist()
told = []
for backend in ("serial", "ray"):
    try:
        played(backend, {"fast": scenario(1.0), "broken": fragile})
    except ReplicationError as error:
        told.append((str(error), error.scenario, error.replication, error.seed))
        assert "in fragile" in error.__notes__[0]
assert len(told) == 2 and told[0] == told[1], told
lock = threading.Lock()
try:
    played("ray", {"locked": lambda seed: {"sum": lock.locked()}})
except ValueError as error:
    assert "scenario 'locked': its run cannot be sent to Ray" in str(error)
assert ray.is_initialized()  # it was not ours to leave
ray.shutdown()
own = played("ray", scenarios, n_workers=2)  # starts one of its own
assert own.values["slow"]["sum"].tobytes() == serial.values["slow"]["sum"].tobytes()
assert not ray.is_initialized()
print("same", serial.n)
"""


@pytest.mark.slow
def test_ray_gives_the_same_numbers_and_failures(ray_installed):
    done = subprocess.run(
        [sys.executable, "-c", SAME_NUMBERS],
        env=os.environ | {"RAY_USAGE_STATS_ENABLED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("same ")


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)  # as if it were not installed
    options = ReplicateOptions(n_max=2, backend="ray")
    with pytest.raises(OptionError, match=r"install millstream\[ray\], or take"):
        replicate({"now": lambda seed: {"cost": 1.0}}, options)


@pytest.mark.slow
def test_ray_is_imported_only_by_who_asks_for_it():
    program = (
        "import sys\n"
        "from twin.simulate.replicate import ReplicateOptions, replicate\n"
        "replicate({'now': lambda seed: {}}, ReplicateOptions(n_max=2))\n"
        "print('ray' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
