import json

import numpy as np
import pytest

from twin.errors import InputError
from twin.service.asked.risk import HealthAsked, health

START_S = 1_767_225_600


def event(number, hour, kind, machine, **data):
    moment = np.datetime64(START_S + round(hour * 3600), "s")
    return {
        "specversion": "1.0", "id": f"{machine}-{number}", "source": machine,
        "type": kind, "time": f"{moment}Z", "data": {"machine": machine, **data},
    }  # fmt: skip


def worn(machine, rng, *, n_lives, last_h):
    """Wear grows by one an hour, and a machine fails at about fifty."""
    hour, number, found = 0, 0, []

    def tell(kind, **data):
        nonlocal number
        number += 1
        found.append(event(number, hour, kind, machine, **data))

    for life in range(n_lives + 1):
        tell("MachineStateChanged", state="busy")
        end_h = last_h if life == n_lives else 40 + int(rng.integers(20))
        for wear in range(end_h):
            hour += 1
            tell("MachineReading", sensor="wear", value=wear + float(rng.normal()))
        if life < n_lives:
            hour += 1
            tell("MachineStateChanged", state="down")
            hour += 2
    return found


@pytest.fixture
def fold(tenant):
    def send(events):
        events = sorted(events, key=lambda one: one["time"])
        tenant.journal.submit([json.dumps(one).encode() for one in events]).result(60)
        return tenant

    return send


@pytest.mark.slow
def test_machines_are_ranked_by_their_risk(fold, handle):
    rng = np.random.default_rng(3)
    last_h = {"press-1": 5, "press-2": 45, "press-3": 20, "press-4": 10}
    events = [
        one
        for machine, hours in last_h.items()
        for one in worn(machine, rng, n_lives=5, last_h=hours)
    ]
    tenant = fold(events)
    found = health(tenant, HealthAsked(machines=["press-*"], horizon=15), handle)
    assert found["machines"][0]["machine"] == "press-2"
    risks = [one["p_fail"] for one in found["machines"]]
    assert risks == sorted(risks, reverse=True)
    assert risks[0] > 0.5 > risks[-1]
    assert found["failures"] == 20
    assert "wear" in found["sensors_read"]
    assert handle.history[-1]["stage"] == "learn"
    json.dumps(found, allow_nan=False)


def test_too_few_failures_teach_nothing(fold, handle):
    tenant = fold(worn("press-1", np.random.default_rng(1), n_lives=1, last_h=5))
    with pytest.raises(InputError, match="1 lives with readings ended in a failure"):
        health(tenant, HealthAsked(), handle)
    with pytest.raises(InputError, match="lathe"):
        health(tenant, HealthAsked(machines=["lathe-*"]), handle)
