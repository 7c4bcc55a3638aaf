"""A simulation that begins with live state goes on where the other was stopped.

Random networks are stopped at random times, and the state that their events fold to is
where both engines begin. Where all times are constant nothing else may happen than what
would have happened without the stop.
"""

import os
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.workloads.conservation import broken
from benchmarks.workloads.engine_parity import Played, first_difference
from benchmarks.workloads.random_networks import ELEMENTS, PERIOD_S, random_case
from streams.batch import concatenate
from streams.events import TYPE_CODES
from streams.names import Names
from twin.model.network import build
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.decisions import Decisions
from twin.simulate.opening.conditions import conditions_of
from twin.simulate.opening.floor import SETS_UP, WAITS, WORKS
from twin.simulate.reference.plant import Plant
from twin.state import views
from twin.state.known import known_entities
from twin.state.state import State
from twin.whatif import network_of_state

SECOND_US = 1_000_000
N_FAST, CHUNK = 12, 3
N_MODELS = int(os.environ.get("MILLSTREAM_PARITY_MODELS", "320"))
SHOP_EVENTS = (
    "OperationStarted", "OperationCompleted", "MachineStateChanged", "SetupCompleted",
    "MaintenanceDone", "StockMoved", "ShipmentReceived",
)  # fmt: skip


def stopped(network, at_us, *, seed, pauses=(), **options):
    """Run to a time; return the plant, and the network and conditions it left."""
    names = Names()
    plant = Plant(network, names, seed=seed, **options)
    state = State.of_model(known_entities(network), names)
    for until_us, decisions in pauses:
        if until_us >= at_us:
            break
        state.apply(plant.advance(until_us))
        plant.release(decisions)
    state.apply(plant.advance(at_us))
    state = state.settled()
    found = network_of_state(network, state, at_us=at_us).network
    return plant, found, conditions_of(state, found, at_us=at_us)


def both(case, network, begins, *, n_pauses=3):
    """Play both engines from where they begin; every event must be equal."""
    names, options = Names(), dict(case.options)
    plants = (
        Plant(network, names, seed=case.seed, begins=begins, **options),
        CompiledPlant(network, Names(), seed=case.seed, begins=begins, **options),
    )
    state, batches = State.of_model(known_entities(network), names), []
    # Not at the end of a period: what answers its reviews comes a microsecond later.
    start_us, pause_us = network.settings.as_of_us, 2 * PERIOD_S * SECOND_US + 777
    pauses = tuple((start_us + k * pause_us, None) for k in range(1, n_pauses + 1))
    for until_us, _ in pauses:
        one, other = (plant.advance(until_us) for plant in plants)
        assert first_difference(one, other) is None, (case.seed, case.elements)
        state.apply(one)
        batches.append(one)
    return Played(
        case=replace(case, network=network, pauses=pauses),
        events=concatenate(batches, names),
        reference=plants[0],
        compiled=plants[1],
        state=state.settled(),
        difference=None,
    )


def assert_goes_on(seed):
    case = random_case(seed, ELEMENTS)
    start_us, last_us = case.network.settings.as_of_us, case.pauses[-1][0]
    at_us = int(np.random.default_rng(seed).integers(start_us + 1, last_us))
    _, network, begins = stopped(
        case.network, at_us, seed=seed, pauses=case.pauses, **case.options
    )
    played = both(case, network, begins)
    assert views.contradictions(played.state).height == 0
    assert not broken(played), (seed, broken(played)[:3])
    told = played.state.used()["machines"]["state"] - 1
    assert told.tolist() == played.compiled.tables.machines["state"].tolist()
    phases = begins.work.phase
    return np.array([(phases == one).sum() for one in (WAITS, SETS_UP, WORKS)])


@pytest.mark.parametrize("first", range(0, N_FAST, CHUNK))
def test_random_models_go_on_the_same_in_both_engines(first):
    found = sum(assert_goes_on(seed) for seed in range(first, first + CHUNK))
    assert found.sum() > 0


@pytest.mark.slow
@pytest.mark.parametrize("first", range(N_FAST, N_MODELS, 37))
def test_many_random_models_go_on_the_same_in_both_engines(first):
    seeds = range(first, min(first + 37, N_MODELS))
    assert sum(assert_goes_on(seed) for seed in seeds).sum() > 0


def machine_of(rng, k, elements):
    """A machine of a shop."""
    row = {"site": "P", "machine": f"m{k}", "group": f"g{k % 3}"}
    if "failures" in elements:
        row |= {
            "mttf_s": number(rng, 30, 200), "mttr_s": number(rng, 5, 40),
            "failure_law": "constant", "repair_law": "constant",
            "failure_clock": ("clock", "busy")[k % 2],
            "on_failure": ("resume", "restart", "scrap")[k % 3],
        }  # fmt: skip
    if "maintenance" in elements:
        row |= {
            "maintenance_every_s": number(rng, 50, 200),
            "maintenance_s": number(rng, 5, 30),
            "maintenance_clock": ("busy", "clock")[k % 2],
        }
    if "slots" in elements:
        row["slots"] = int(rng.integers(1, 3))
    return row


def operation_of(rng, elements, item, step_and_group):
    """An operation of a shop."""
    step, group = step_and_group
    # Of machines with several slots none ends two at once: who is first is not known.
    odd = rng.integers(1000) / 1000 if "slots" in elements else 0.0
    row = {
        "site": "P", "item": f"i{item}", "step": 10 * step + 5,
        "operation": f"o{group}", "machine_group": f"g{group}",
        "duration_s": number(rng, 1, 30) + odd, "setup_s": (0.0, 2.0)[step % 2],
    }  # fmt: skip
    if "setups" in elements:
        row["setup_family"] = "abc"[rng.integers(3)]
    if "batches" in elements and step == 2:
        # In which order those of one batch move on is not known, so it is the last.
        timeout_s = number(rng, 20, 60)
        row |= {"batch_min": 2, "batch_max": 3, "batch_timeout_s": timeout_s}
    return row


def number(rng, least, most):
    return float(rng.integers(least, most))


def setups_of(rng):
    return [
        {"group": f"g{k}", "from_family": "*", "to_family": family,
         "setup_s": number(rng, 1, 12)}
        for k in range(3)
        for family in "abc"
    ]  # fmt: skip


def shop_of(seed, elements):
    """A shop in which all takes the time it takes, with elements by name."""
    rng, place = np.random.default_rng(seed), {"site": "P"}
    limit = "limits" in elements
    tables = {
        "sites": [place | {"kind": "plant"}],
        "suppliers": [{"supplier": "V"}],
        "items": [{"item": f"i{k}"} for k in range(4)],
        "lanes": [
            {"lane": "l", "from_place": "V", "to_place": "P", "item": "i3",
             "lead_time_s": 1000}
        ],
        "machines": [machine_of(rng, k, elements) for k in range(6)],
        "groups": [
            {"group": f"g{k}", "capacity": int(rng.integers(2, 5)) if limit else None}
            for k in range(3)
        ],
        "routings": [
            operation_of(rng, elements, item, step_and_group)
            for item in range(3)
            for step_and_group in enumerate([*rng.permutation(2), 2])
        ],
        "releases": [
            place | {"release": f"R{k}", "item": f"i{k}",
                     "interval_s": number(rng, 15, 40), "first_s": number(rng, 0, 20),
                     "quantity": number(rng, 1, 3)}
            for k in range(3)
        ],
        "setups": setups_of(rng) if "setups" in elements else [],
    }  # fmt: skip
    return build(tables, {"name": "shop", "as_of": "2024-01-02T00:00:00Z"})


def happens(batch, after_us):
    """Tell what happens to machines and stock, whatever orders are called."""
    names = batch.names
    wanted = np.isin(batch.type_code, [TYPE_CODES[name] for name in SHOP_EVENTS])
    columns = ("time_us", "type_code", "code", "value0", "value1", "time0")
    return sorted(
        (
            *(str(getattr(batch, column)[row]) for column in columns),
            *(names[k] if k >= 0 else "" for k in (batch.place[row], batch.party[row])),
        )
        for row in np.flatnonzero(wanted & (batch.time_us > after_us))
    )


@pytest.mark.parametrize(
    "elements",
    [(), ("failures",), ("maintenance",), ("setups",), ("limits",), ("batches",),
     ("slots",), ("failures", "maintenance", "setups"),
     ("failures", "limits", "batches")],
    ids="-".join,
)  # fmt: skip
def test_shop_of_constant_times_goes_on_as_if_never_stopped(elements):
    found = 0
    bought = Decisions(np.zeros(1, np.int32), np.array([3], np.int32), np.array([7.0]))
    for seed in range(2):
        network, rng = shop_of(seed, elements), np.random.default_rng(seed)
        start_us = network.settings.as_of_us
        at_us = start_us + int(rng.integers(200, 900) * SECOND_US)
        at_us += int(rng.integers(SECOND_US)) * (seed % 2)  # of some, on a tick
        plant, stopped_network, begins = stopped(
            network, at_us, seed=seed, pauses=[(start_us, bought)]
        )
        assert not begins.left_out
        until_us = at_us + 800 * SECOND_US
        wanted = happens(plant.advance(until_us), at_us)
        for engine in (Plant, CompiledPlant):
            other = engine(stopped_network, Names(), seed=seed, begins=begins)
            assert happens(other.advance(until_us), at_us) == wanted, seed
        found += len(wanted)
    assert found > 40
