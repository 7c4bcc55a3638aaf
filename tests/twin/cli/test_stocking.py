"""Stock policies, played in futures."""

from twin.cli.stocking import PlayedStock, StockSpec
from twin.model import example_folder, load
from twin.planning.inventory import plan_stock, stock_problem
from twin.whatif.future import ENGINES


def test_more_stock_serves_more(monkeypatch):
    found = stock_problem(load(example_folder()), services={"": 0.6})
    spec = StockSpec(
        network=example_folder(), services={"": 0.6}, n_futures=2, horizon_days=4.0,
        rounds=1, seed=3, engine=ENGINES["reference"],
    )  # fmt: skip
    play = PlayedStock(found, spec)
    plan = plan_stock(found, monotonic_s=lambda: 0.0)
    measured = play(plan.policies)
    again = play(plan.policies)
    assert measured == again
    assert play.n_futures == 4
    assert all("@dc" in name or "@" in name for name in measured)
    assert all(0.0 <= one.service <= 1.0 for one in measured.values())
