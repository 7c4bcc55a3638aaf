"""Production orders by id."""

import numpy as np
import pytest

from twin.simulate.decisions import Decisions


@pytest.fixture(scope="session")
def make():
    """Decide to make quantities of an item at site 0."""

    def decide(network, *quantities, item="tea"):
        n = len(quantities)
        return Decisions(
            make_item=np.full(n, network.item_index[item], np.int32),
            make_site=np.zeros(n, np.int32),
            make_quantity=np.array(quantities, np.float64),
        )

    return decide
