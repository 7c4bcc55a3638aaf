import numpy as np
import pytest

from streams.names import Names
from twin.model import build
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.reference.plant import Plant

COLUMNS = ("time_us", "type_code", "value0", "value1", "value2", "time0", "id_hash")
SECOND_US = 1_000_000


@pytest.fixture
def half_done():
    """A random shop with production under way, at steps that are known or not."""

    def network(seed):
        rng = np.random.default_rng(seed)
        law = ("constant", "exponential")[seed % 2]
        place = {"site": "P"}
        orders = [
            {"order": f"w{k:02}", "kind": "production", "item": f"i{k % 3}",
             "to_place": "P", "quantity": float(rng.integers(1, 4)),
             "due": f"2024-01-0{1 + k % 3}T00:00:{k:02}Z",
             "step": 10 * int(rng.integers(3)) + 5 if k % 4 else None}
            for k in range(12)
        ]  # fmt: skip
        return build(
            {
                "sites": [place | {"kind": "plant"}],
                "items": [{"item": f"i{k}"} for k in range(3)],
                "machines": [
                    place | {"machine": f"m{k}", "group": f"g{k % 3}",
                             "slots": 1 + seed % 2}
                    for k in range(6)
                ],
                "groups": [{"group": "g0", "rule": "edd"}],
                "routings": [
                    place | {"item": f"i{item}", "step": 10 * step + 5,
                             "operation": f"o{group}", "machine_group": f"g{group}",
                             "duration_s": float(rng.integers(1, 5)),
                             "duration_law": law, "yield_rate": (1.0, 0.9)[seed % 2]}
                    for item in range(3)
                    for step, group in enumerate(rng.permutation(3))
                ],
                "releases": [
                    place | {"release": "R", "item": "i0", "interval_s": 4,
                             "interval_law": law, "first_s": 0}
                ],
                "open_orders": orders,
            },
            {"name": "shop", "as_of": "2024-01-02T00:00:00Z"},
        )  # fmt: skip

    return network


@pytest.mark.parametrize("seed", range(4))
def test_both_engines_go_on_with_the_same_step(half_done, seed):
    network = half_done(seed)
    until_us = network.settings.as_of_us + 100 * SECOND_US
    ours = CompiledPlant(network, Names(), seed=seed).advance(until_us)
    theirs = Plant(network, Names(), seed=seed).advance(until_us)
    assert len(ours) > 100
    for column in COLUMNS:
        mine, other = getattr(ours, column), getattr(theirs, column)
        assert np.array_equal(mine, other, equal_nan=True), column
