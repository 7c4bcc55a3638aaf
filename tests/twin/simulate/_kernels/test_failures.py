import numpy as np
import pytest

from streams.events import TYPE_CODES
from twin.simulate.disruptions import Disruption

AS_OF_US = 1_704_067_200_000_000
DOWN, MAINTENANCE = 5, 6
ELEMENTS = ("failures", "maintenance", "wear", "shifts")


def told(batches, type_name, column):
    return np.concatenate(
        [
            getattr(batch, column)[batch.type_code == TYPE_CODES[type_name]]
            for batch in batches
        ]
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("elements", [("failures",), ("maintenance",), ELEMENTS])
def test_machines_that_stand_are_alike_in_both_engines(
    random_shop, engines_agree, seed, elements
):
    batches, _, _ = engines_agree(random_shop(seed, *elements), seed=seed)
    states = told(batches, "MachineStateChanged", "code")
    assert ("failures" in elements) <= (states == DOWN).any()
    assert ("maintenance" in elements) == (states == MAINTENANCE).any()
    done = told(batches, "MaintenanceDone", "time_us")
    # All but those that are under way at the end.
    assert (states == MAINTENANCE).sum() - len(done) >= 0
    assert (done > told(batches, "MaintenanceDone", "time0")).all()


def test_lost_work_is_told_as_scrap(random_shop, engines_agree):
    lost = 0
    for seed in range(8):
        network = random_shop(seed, "failures", "rework")
        batches, _, _ = engines_agree(network, seed=seed)
        good, scrap, began_us, ended_us = (
            told(batches, "OperationCompleted", name)
            for name in ("value0", "value1", "time0", "time_us")
        )
        downs = told(batches, "MachineStateChanged", "time_us")
        lost += (
            (good == 0.0) & (scrap > 0.0) & np.isin(ended_us, downs)
            & (ended_us > began_us)
        ).sum()  # fmt: skip
    assert lost > 5


def test_disruptions_and_failures_are_alike_in_both_engines(random_shop, engines_agree):
    windows = [
        Disruption("machine", AS_OF_US + start * 1_000_000,
                   AS_OF_US + (start + 40) * 1_000_000, targets=(0, 1, 2))
        for start in (50, 70, 200)
    ]  # fmt: skip
    network = random_shop(3, *ELEMENTS)
    batches, _, _ = engines_agree(network, seed=3, disruptions=windows)
    assert (told(batches, "MachineStateChanged", "code") == DOWN).any()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200, 300))
def test_all_elements_together_are_alike_in_both_engines(
    random_shop, engines_agree, seed
):
    shop = ("dispatch", "limits", "setups", "rework", "sampling", "outputs", "pools",
            "batches")  # fmt: skip
    batches, _, _ = engines_agree(random_shop(seed, *shop, *ELEMENTS), seed=seed)
    assert sum(map(len, batches)) > 100
