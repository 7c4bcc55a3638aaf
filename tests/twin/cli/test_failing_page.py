"""From what is told of health to what its page shows."""

import numpy as np
import pytest

from twin.cli.failing import HealthSpec, ranked, tell
from twin.cli.failing_page import page_data, write_page
from twin.health import Costs, WarningOptions

SPEC = HealthSpec(
    costs=Costs(planned=1.0, failure=10.0, lead=4.0),
    levels=(0.1, 0.5, 0.9),
    horizon=20,
    warning=WarningOptions(),
    cap=None,
    cycle_us=3_600_000_000,
    seed=0,
)


@pytest.fixture(scope="module")
def told(wearing_log):
    return tell(None, str(wearing_log), SPEC)


def test_the_page_has_the_machines_in_the_order_of_their_risk(told):
    data = page_data(told, SPEC)
    urgent = ranked(told.table)
    names = tuple(urgent["unit"].to_list())
    assert tuple(row.name for row in data.ranking) == data.machines == names
    first, curve = data.ranking[0], data.curves[0]
    assert first.risk == urgent["p_fail_20"][0]
    assert first.left == tuple(urgent.select("rul_mean", "rul_q0.1", "rul_q0.9").row(0))
    assert (curve.mean[-1], curve.age[-1]) == (first.left[0], first.age)
    assert (curve.low <= curve.median).all()
    assert (curve.median <= curve.high).all()
    effects = told.table.effects.filter(unit=names[0], sensor="wear")["cycles"]
    assert data.effects[0, data.sensors.index("wear")] == effects[0]


def test_the_page_tells_what_alarms_are_worth(told, tmp_path):
    data = page_data(told, SPEC)
    assert data.cycle == "1 h"
    assert f"for {told.table.warning.record.n_units} failures" in data.alarm_text
    assert {tile.name for tile in data.tiles} >= {"Alarms standing", "Told in time"}
    assert np.isfinite(data.observed).all()
    write_page(told, SPEC, tmp_path / "new" / "page.html")
    assert (tmp_path / "new" / "page.html").stat().st_size > 1_000_000
