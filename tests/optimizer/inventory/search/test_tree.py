import os
from pathlib import Path

import pytest

from optimizer.inventory import ServiceStage, ServiceTree, read_stages
from optimizer.inventory.search.tree import optimize_tree

DATA = Path(os.environ.get("MILLSTREAM_DATA", "")) / "gsm"


def test_stock_waits_where_it_is_cheap():
    """Long and cheap, then short and dear: promising nothing upstream costs more."""
    stages = (
        ServiceStage(name="raw", lead_time=9, added_cost=1.0),
        ServiceStage(
            name="end", lead_time=1, added_cost=99.0, suppliers=(("raw", 1.0),),
            service_time_max=0, demand_sd=1.0, safety_factor=1.0,
        ),
    )  # fmt: skip
    found = optimize_tree(ServiceTree(stages=stages, holding_rate=1.0))
    assert found.outbound == (0, 0)
    assert found.safety_stock == (3.0, 1.0)
    assert found.cost == 103.0


@pytest.mark.skipif(not DATA.is_dir(), reason="needs MILLSTREAM_DATA")
@pytest.mark.parametrize(
    ("name", "rate", "cost"),
    [("bulldozer", 0.30, 633_000.0), ("battery", 0.25, 853_000.0)],
)
def test_published_trees(name, rate, cost):
    tree = read_stages(DATA / f"{name}.txt", holding_rate=rate)
    assert optimize_tree(tree).cost == pytest.approx(cost, rel=1e-3)
