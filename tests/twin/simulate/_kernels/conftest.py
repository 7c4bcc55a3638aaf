"""Small random shops with chosen elements, run in both engines and compared."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from streams.names import Names
from twin.model.network import build
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant
from twin.state import views
from twin.state.known import known_entities
from twin.state.state import State

RULES = ("fifo", "edd", "spt", "slack", "atc", "plan", "critical_ratio")
LAWS = ("constant", "constant", "exponential", "uniform")
FAMILIES = ("red", "blue", "green")
COLUMNS = (
    "time_us", "type_code", "code", "value0", "value1", "value2", "value3", "time0",
    "time1", "id_hash", "sequence", "rank", "flags",
)  # fmt: skip
NAMED = ("subject", "item", "place", "party", "parent", "source")
SECOND_US = 1_000_000
N_ITEMS, N_GROUPS = 3, 3
SHOP_ELEMENTS = ("dispatch", "limits", "setups", "outputs", "pools")
MACHINE_ELEMENTS = ("failures", "maintenance", "wear", "shifts")


class Shop:
    """A random shop: whole seconds, so that much happens at once."""

    def __init__(self, seed, elements):
        self.rng = np.random.default_rng(seed)
        self.elements = elements
        self.tables = {
            "sites": [
                {"site": "P", "kind": "plant", "yield_rate": self.pick(1.0, 0.9)}
            ],
            "items": [{"item": f"i{k}"} for k in range(N_ITEMS)],
            "machines": [
                {"machine": f"m{k}", "site": "P", "group": f"g{-k % N_GROUPS}",
                 "slots": self.pick(1, 1, 2), "speed": self.pick(1.0, 1.0, 2.0)}
                for k in range(N_GROUPS + 2)
            ],
        }  # fmt: skip
        for machine in self.tables["machines"]:
            if self.rng.random() < 0.4:
                machine |= {"mttf_s": 200.0, "mttr_s": 30.0}
        self.tables["routings"] = [
            self.routing(item, step)
            for item in range(N_ITEMS)
            for step in range(int(self.rng.integers(1, 5)))
        ]
        self.tables["releases"] = [self.release(item) for item in range(N_ITEMS)]
        for element in (*SHOP_ELEMENTS, *MACHINE_ELEMENTS):
            if element in elements:
                getattr(self, element)()

    def pick(self, *choices):
        return choices[int(self.rng.integers(len(choices)))]

    def routing(self, item, step):
        row = {
            "item": f"i{item}", "site": "P", "step": step,
            "operation": f"o{self.rng.integers(4)}",
            "machine_group": f"g{self.rng.integers(N_GROUPS)}",
            "duration_s": float(self.rng.integers(0, 9)),
            "duration_law": self.pick(*LAWS),
            "setup_s": self.pick(0.0, 0.0, 2.0), "yield_rate": self.pick(1.0, 1.0, 0.8),
        }  # fmt: skip
        if row["duration_law"] == "uniform":
            row["duration_cv"] = 0.3
        if "rework" in self.elements and self.rng.random() < 0.4:
            row |= {"rework_rate": 0.3, "rework_step": int(self.rng.integers(step + 1))}
        if "sampling" in self.elements and self.rng.random() < 0.4:
            row["sampling_rate"] = 0.5
        if "setups" in self.elements:
            row["setup_family"] = self.pick("", *FAMILIES)
        if "batches" in self.elements and self.rng.random() < 0.6:
            row["batch_min"] = int(self.rng.integers(1, 4))
            row["batch_max"] = row["batch_min"] + int(self.rng.integers(3))
            row["batch_timeout_s"] = self.pick(0.0, 7.0, 20.0, None)
        if "pools" in self.elements:
            if self.rng.random() < 0.5:
                row |= {"operator_pool": "crew", "operators": self.pick(1, 1, 2)}
            if self.rng.random() < 0.4:
                row["tool_pool"] = "jig"
        return row

    def release(self, item):
        row = {
            "release": f"r{item}", "item": f"i{item}", "site": "P",
            "quantity": self.pick(1.0, 2.0, 1.5),
            "interval_s": float(self.rng.integers(8, 20)),
            "interval_law": self.pick("constant", "exponential"),
        }  # fmt: skip
        if "dispatch" in self.elements:
            row["priority"] = float(self.rng.integers(0, 4))
            if self.rng.random() < 0.8:
                row["due_s"] = float(self.rng.integers(20, 90))
        return row

    def dispatch(self):
        self.tables["groups"] = [
            {"group": f"g{k}", "site": self.pick("P", "*"), "rule": self.pick(*RULES)}
            for k in range(N_GROUPS)
        ]

    def limits(self):
        rows = self.tables.setdefault("groups", [])
        for k in range(N_GROUPS):
            if k >= len(rows):
                rows.append({"group": f"g{k}", "site": "*"})
            if self.rng.random() < 0.7:
                rows[k]["capacity"] = int(self.rng.integers(1, 4))

    def pools(self):
        self.tables["pools"] = [
            {"pool": "crew", "site": "P", "kind": "operator",
             "size": int(self.rng.integers(2, 5))},
            {"pool": "jig", "site": "P", "kind": "tool", "size": self.pick(1, 2)},
        ]  # fmt: skip
        if self.rng.random() < 0.5:
            self.tables["calendars"] = [
                {"calendar": "early", "weekday": "monday", "start": start, "end": end}
                for start, end in self.pick(
                    (("00:00", "00:03"), ("00:05", "00:20")), (("00:01", "00:08"),)
                )
            ]
            self.tables["pools"][0]["calendar"] = "early"

    def setups(self):
        rows = {}
        for _ in range(8):
            key = (f"g{self.rng.integers(N_GROUPS)}", self.pick("", "*", *FAMILIES),
                   self.pick("*", *FAMILIES))  # fmt: skip
            rows[key] = float(self.rng.integers(0, 6))
        self.tables["setups"] = [
            {"group": group, "from_family": before, "to_family": after, "setup_s": time}
            for (group, before, after), time in rows.items()
        ]

    def outputs(self):
        self.tables["outputs"] = [
            {"item": "i0", "product": "i1", "quantity": 0.5},
            {"item": "i2", "product": "i0", "quantity": 2.0},
            {"item": "i2", "product": "i2", "quantity": self.pick(0.0, 3.0)},
        ]

    def failures(self):
        for machine in self.tables["machines"]:
            if self.rng.random() < 0.8:
                machine |= {
                    "mttf_s": float(self.rng.integers(20, 90)),
                    "mttr_s": float(self.rng.integers(1, 30)),
                    "failure_law": self.pick("constant", "exponential", "weibull"),
                    "repair_law": self.pick("constant", "exponential", "gamma"),
                    "failure_clock": self.pick("clock", "busy"),
                    "on_failure": self.pick("resume", "restart", "scrap"),
                }
                for name in ("failure", "repair"):
                    if machine[f"{name}_law"] in {"weibull", "gamma"}:
                        machine[f"{name}_cv"] = 0.5

    def maintenance(self):
        for machine in self.tables["machines"]:
            if self.rng.random() < 0.8:
                machine |= {
                    "maintenance_every_s": float(self.rng.integers(10, 60)),
                    "maintenance_clock": self.pick("clock", "busy"),
                    "maintenance_s": float(self.rng.integers(0, 20)),
                }

    def wear(self):
        for machine in self.tables["machines"]:
            if self.rng.random() < 0.8:
                machine |= {
                    "wear_per_h": self.pick(5.0, 60.0),
                    "wear_hazard": self.pick(0.0, 1.0, 3.0),
                    "wear_speed": self.pick(0.0, 0.4),
                    "wear_yield": self.pick(0.0, 0.3),
                    "reading_every_s": float(self.rng.integers(5, 60)),
                }

    def shifts(self):
        self.tables.setdefault("calendars", []).extend(
            {"calendar": "short", "weekday": "monday",
             "start": f"00:0{minute}", "end": f"00:0{minute + 1}"}
            for minute in (0, 2, 3, 6)
        )  # fmt: skip
        for machine in self.tables["machines"]:
            machine["calendar"] = self.pick("", "short")

    def network(self):
        settings = {
            "name": "shop", "as_of": "2024-01-01T00:00:00Z", "time_zone": "UTC",
            "period_s": 1e6, "review_s": 1e6, "horizon_periods": 1,
        }  # fmt: skip
        return build(self.tables, settings)


def told(batch):
    """Columns of a batch, numbers of names as names."""
    columns = {name: getattr(batch, name) for name in COLUMNS}
    for name in NAMED:
        ids = [batch.names[k] if k >= 0 else "" for k in getattr(batch, name).tolist()]
        columns[name] = np.array(ids)
    return columns


def orders(network, rng):
    """Decide to make a few of everything."""
    n = len(network.items.ids)
    return Decisions(
        make_item=np.arange(n, dtype=np.int32),
        make_site=np.zeros(n, np.int32),
        make_quantity=rng.integers(0, 4, n).astype(float),
    )


def assert_engines_agree(network, *, seed, horizon_s=600, parts=3, **options):
    """Run both engines in parts, compare all columns; return the folded state.

    Returns
    -------
    tuple of EventBatch list, State and CompiledPlant
    """
    names = Names()
    state = State.of_model(known_entities(network), names)
    reference = Plant(network, names, seed=seed, **options)
    compiled = CompiledPlant(network, Names(), seed=seed, **options)
    rngs = [np.random.default_rng(seed) for _ in range(2)]
    batches = []
    for part in range(parts):
        until_us = reference.now_us + horizon_s * SECOND_US // parts
        one, other = reference.advance(until_us), compiled.advance(until_us)
        wanted, found = told(one), told(other)
        for name, column in wanted.items():
            np.testing.assert_array_equal(found[name], column, f"{part}: {name}")
        for plant, rng in ((reference, rngs[0]), (compiled, rngs[1])):
            plant.release(orders(network, rng))
        state.apply(one)
        batches.append(one)
    np.testing.assert_array_equal(compiled.stock, reference.stock)
    settled = state.settled()
    assert views.contradictions(settled).height == 0
    states = [machine.state + 1 for machine in reference._factory._park._machines]
    assert settled.used()["machines"]["state"].tolist() == states
    assert (compiled._sim.machines["state"] + 1).tolist() == states
    return batches, settled, compiled


@pytest.fixture(scope="session")
def random_shop():
    """Build the network of a random shop with some elements."""
    return lambda seed, *elements: Shop(seed, elements).network()


@pytest.fixture(scope="session")
def engines_agree():
    return assert_engines_agree


@pytest.fixture
def digest_elsewhere(tmp_path):
    """Digest of a million results of a test module, compiled for another processor.

    The module's `digest_of_a_million` is called in a process of its own.
    """

    def digest(module):
        code = (
            "import importlib.util as u\n"
            f"spec = u.spec_from_file_location('t', {module!r})\n"
            "module = u.module_from_spec(spec)\n"
            "spec.loader.exec_module(module)\n"
            "print(module.digest_of_a_million())\n"
        )
        found = subprocess.run(
            [sys.executable, "-c", code],
            env={
                **os.environ,
                "NUMBA_CPU_NAME": "generic",
                "NUMBA_CPU_FEATURES": "",
                "NUMBA_CACHE_DIR": str(tmp_path),
                "PYTHONPATH": str(Path(__file__).parents[4]),
            },
            check=True,
            capture_output=True,
            text=True,
        )
        return found.stdout.strip()

    return digest
