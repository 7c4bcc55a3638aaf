"""A page of health with everything on it."""

import numpy as np
import pytest

from twin.report.health import Degradation, HeadTile, HealthData, MachineRow


def row(k):
    return MachineRow(
        name=f"press <{k}>",
        risk=0.9 - 0.08 * k,
        left=(10.0 + 5 * k, 4.0 + k, 30.25 + 9 * k),
        window=None if k == 10 else (8.0, 8.0 + k, 8.0 + 2 * k),
        alarm_since=40.0 if k < 2 else None,
        age=60.0,
        drivers="heat -9.0, noise -1.5",
    )


def curve(k):
    age = np.arange(1.0, 61.0)
    left = np.maximum(100.0 - age, 10.0 + k)
    return Degradation(
        row=row(k), age=age, mean=left, median=left, low=0.6 * left, high=1.4 * left
    )


@pytest.fixture(scope="session")
def health():
    rng = np.random.default_rng(0)
    rows = tuple(row(k) for k in range(11))
    share = np.linspace(0.05, 0.95, 10)
    return HealthData(
        title="Health of <machines>",
        subtitle="11 that run",
        cycle="1 h",
        horizon=30,
        share_percent=90.0,
        tiles=(HeadTile(name="Alarms", value="2", note="of 11"),),
        ranking=rows,
        curves=tuple(curve(k) for k in range(11)),
        machines=tuple(one.name for one in rows),
        sensors=("heat", "noise"),
        effects=rng.normal(5.0, 5.0, (11, 2)),
        predicted=share,
        observed=share**2,
        n_cases=np.full(10, 50.0),
        warnings=rng.uniform(5.0, 25.0, 40),
        alarm_text="Raised at 50 %.",
        created_from={"Machines": "out/log"},
    )
