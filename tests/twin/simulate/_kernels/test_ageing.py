import numpy as np
import pytest

from streams.events import TYPE_CODES
from twin.simulate import tables as t


@pytest.mark.parametrize("seed", range(6))
def test_wear_is_alike_in_both_engines(random_shop, engines_agree, seed):
    network = random_shop(seed, "wear", "failures")
    batches, settled, plant = engines_agree(network, seed=seed)
    rows = [batch.type_code == TYPE_CODES["MachineReading"] for batch in batches]
    values = np.concatenate([b.value0[r] for b, r in zip(batches, rows, strict=True)])
    assert values.max() > 0.0
    assert values.min() == 0.0
    assert settled.used()["machines"]["n_readings"].sum() == len(values)
    every_s = network.machines.reading_every_s
    most = (600 // every_s[np.isfinite(every_s)]).sum()
    assert len(values) == most == plant._sim.machines["n_readings"].sum()


@pytest.mark.parametrize("seed", range(3))
def test_appointments_that_are_void_do_not_pile_up(random_shop, engines_agree, seed):
    network = random_shop(seed, "failures", "maintenance", "wear")
    _, _, plant = engines_agree(network, seed=seed)
    n_calendar = int(plant._sim.clock[t.N_CALENDAR])
    assert n_calendar < 8 * len(network.machines.ids) + 40
