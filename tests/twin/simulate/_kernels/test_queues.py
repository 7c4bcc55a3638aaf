import numpy as np
import pytest

from streams.events import TYPE_CODES

BLOCKED = 4


@pytest.mark.parametrize("seed", range(6))
def test_batches_are_alike_in_both_engines(random_shop, engines_agree, seed):
    batches, _, plant = engines_agree(random_shop(seed, "batches"), seed=seed)
    together = 0
    for batch in batches:
        started = batch.type_code == TYPE_CODES["OperationStarted"]
        pairs = np.column_stack([batch.time_us[started], batch.place[started]])
        together += len(pairs) - len(np.unique(pairs, axis=0))
    assert (together > 0) == (plant._layout.steps["batch_max"] > 1).any()


@pytest.mark.parametrize("seed", range(6))
def test_limits_are_alike_in_both_engines(random_shop, engines_agree, seed):
    network = random_shop(seed, "limits", "dispatch")
    batches, _, plant = engines_agree(network, seed=seed)
    waiting = plant._sim.groups["waiting"]
    assert (waiting <= plant._layout.groups["capacity"]).all()
    assert sum(map(len, batches)) > 100


def test_random_shops_block_machines(random_shop, engines_agree):
    batches, _, _ = engines_agree(random_shop(0, "limits", "dispatch"), seed=0)
    changes = [
        batch.type_code == TYPE_CODES["MachineStateChanged"] for batch in batches
    ]
    told = [
        batch.code[changed] for batch, changed in zip(batches, changes, strict=True)
    ]
    assert (np.concatenate(told) == BLOCKED).any()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100))
def test_everything_is_alike_in_both_engines(random_shop, engines_agree, seed):
    elements = (
        "batches", "dispatch", "limits", "outputs", "pools", "rework", "sampling",
        "setups",
    )  # fmt: skip
    chosen = [one for k, one in enumerate(elements) if seed % 3 == 0 or seed >> k & 1]
    batches, _, _ = engines_agree(random_shop(seed, *chosen), seed=seed)
    assert sum(map(len, batches)) > 100
