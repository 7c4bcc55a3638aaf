from itertools import product

import numpy as np
import pytest

from optimizer.inventory import ServiceStage, ServiceTree
from optimizer.inventory.search.tree import optimize_tree, times_of


def _random_tree(rng, n):
    suppliers = [[] for _ in range(n)]
    for at in range(1, n):
        other = int(rng.integers(at))
        up, down = (at, other) if rng.random() < 0.5 else (other, at)
        suppliers[down].append((str(up), 1.0))
    supplying = {int(name) for rows in suppliers for name, _ in rows}
    stages = []
    for at in range(n):
        asked = at not in supplying
        stages.append(
            ServiceStage(
                name=str(at), lead_time=int(rng.integers(0, 3)),
                added_cost=float(rng.integers(1, 9)), suppliers=tuple(suppliers[at]),
                service_time_max=int(rng.integers(0, 2)) if asked else None,
                demand_sd=float(rng.integers(1, 5)) if asked else 0.0,
                safety_factor=1.6,
            )
        )  # fmt: skip
    return ServiceTree(stages=tuple(stages), holding_rate=0.3)


@pytest.mark.parametrize("seed", range(6))
def test_times_are_as_cheap_as_the_best_of_all(seed):
    tree = _random_tree(np.random.default_rng(seed), 4)
    lead = [stage.lead_time for stage in tree.stages]
    best = np.inf
    for outbound in product(range(9), repeat=4):
        inbound = [0] * 4
        for up, down in zip(tree.up, tree.down, strict=True):
            inbound[down] = max(inbound[down], outbound[up])
        limits = [stage.service_time_max for stage in tree.stages]
        fits = all(
            out <= into + time and (limit is None or out <= limit)
            for out, into, time, limit in zip(
                outbound, inbound, lead, limits, strict=True
            )
        )
        if fits:
            best = min(best, times_of(tree, outbound, tuple(inbound)).cost)
    assert optimize_tree(tree).cost == pytest.approx(best)
