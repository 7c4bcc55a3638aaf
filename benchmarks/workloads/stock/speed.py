"""Time of an answer beside stockpyl's, where both give the same."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.result import Result
from benchmarks.workloads.stock.peer import MISSING, STOCKPYL, Ask, beside, stockpyl
from benchmarks.workloads.stock.published import SERIAL, ZHENG_FEDERGRUEN
from optimizer.inventory import DemandLaw, SerialSystem, StockItem
from optimizer.inventory._kernels.panels import expected_level_batches
from optimizer.inventory._kernels.panels import poisson_batches as exact_batches
from optimizer.inventory.search.levels import METHODS
from optimizer.inventory.search.newsvendor import (
    newsvendors_normal,
    newsvendors_poisson,
)
from optimizer.inventory.search.order_quantity import order_quantities
from optimizer.inventory.search.serial import optimize_serial

__all__ = ["speed"]

ITEMS = 10_000
THEIRS, THEIRS_SLOW = 200, 4
GOAL = ">= 100"
HELD = "(s, S), item by item"


def speed(*, quick: bool) -> list[Result]:
    """Take each method in turns with stockpyl; seconds are of one item."""
    rows = []
    with stockpyl() as ask:
        if ask is None:
            print(MISSING)
            return []
        for name, make in PANELS.items():
            rows.append(_panel(ask, name, make))
        rows.append(_reorders(ask, 12 if quick else 4))
        if not quick:
            rows.append(_serial(ask))
    return [replace(row, goal=None) for row in rows] if quick else rows


def _panel(ask: Ask, name: str, make: Callable[..., Any]) -> Result:
    rng = np.random.default_rng(0)
    ours, calls, theirs_first = make(rng)
    found = beside(ask, name, calls, ours=ours, n_ours=ITEMS)
    theirs = np.array(found.their_answers)[:, :theirs_first]
    mine = np.stack([np.asarray(part)[: len(theirs)] for part in found.our_answer])
    mine = mine.T
    same = np.isclose(mine[:, :theirs_first], theirs, rtol=1e-6, atol=1e-6)
    return _row(LABELS[name], found.ratio, found, same=bool(same.all()))


def _costs(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    holding = rng.uniform(0.1, 2.0, ITEMS)
    return holding, holding * rng.uniform(4.0, 30.0, ITEMS), rng.uniform(5, 99, ITEMS)


def _calls(*columns: np.ndarray) -> list[list[float]]:
    rows = np.stack([column[:THEIRS] for column in columns], axis=1)
    found: list[list[float]] = rows.tolist()
    return found


def _eoq(rng: np.random.Generator) -> tuple[Callable[[], Any], Sequence[Any], int]:
    holding, _, fixed = _costs(rng)
    rate = rng.uniform(10.0, 2000.0, ITEMS)
    return (
        lambda: order_quantities(fixed, holding, rate),
        _calls(fixed, holding, rate),
        2,
    )


def _normal(rng: np.random.Generator) -> tuple[Callable[[], Any], Sequence[Any], int]:
    holding, shortage, _ = _costs(rng)
    mean = rng.uniform(50.0, 900.0, ITEMS)
    sd = mean * rng.uniform(0.05, 0.25, ITEMS)

    def ours() -> Any:
        return newsvendors_normal(
            mean, sd, holding_cost=holding, shortage_cost=shortage
        )

    return ours, _calls(holding, shortage, mean, sd), 2


def _poisson(rng: np.random.Generator) -> tuple[Callable[[], Any], Sequence[Any], int]:
    holding, shortage, _ = _costs(rng)
    mean = rng.uniform(0.5, 60.0, ITEMS)

    def ours() -> Any:
        return newsvendors_poisson(mean, holding_cost=holding, shortage_cost=shortage)

    return ours, _calls(holding, shortage, mean), 2


def _exact(rng: np.random.Generator) -> tuple[Callable[[], Any], Sequence[Any], int]:
    holding, shortage, fixed = _costs(rng)
    rate, lead = rng.uniform(1.0, 5.0, ITEMS), rng.uniform(0.5, 3.0, ITEMS)
    costs = np.stack([holding, shortage, fixed], axis=1)

    def ours() -> Any:
        r, q, cost = exact_batches(rate * lead, rate, costs)
        return r, q, cost

    # Theirs takes tens of milliseconds an item.
    return ours, _calls(holding, shortage, fixed, rate, lead)[:THEIRS_SLOW], 3


def _levels(rng: np.random.Generator) -> tuple[Callable[[], Any], Sequence[Any], int]:
    holding, _, fixed = _costs(rng)
    rate, lead = rng.uniform(400.0, 2000.0, ITEMS), rng.uniform(0.02, 0.1, ITEMS)
    sd = rate * rng.uniform(0.05, 0.2, ITEMS)
    shortage = np.full(ITEMS, 40.0)
    costs = np.stack([holding, shortage, fixed], axis=1)

    def ours() -> Any:
        return expected_level_batches(rate * lead, sd * np.sqrt(lead), rate, costs)

    # Theirs ends its iteration at 1e-6: the quantity agrees to that, the rest follows.
    return ours, _calls(holding, shortage, fixed, rate, sd, lead), 3


PANELS = {
    "eoq": _eoq,
    "newsvendor_normal": _normal,
    "newsvendor_poisson": _poisson,
    "r_Q": _exact,
    "expected_level": _levels,
}
LABELS = {
    "eoq": "EOQ, many items",
    "newsvendor_normal": "newsvendor normal, many items",
    "newsvendor_poisson": "newsvendor Poisson, many items",
    "r_Q": "(r, Q) exact Poisson, many items",
    "expected_level": "(r, Q) expected level, many items",
}


def _reorders(ask: Ask, every: int) -> Result:
    chosen = ZHENG_FEDERGRUEN[::every]
    items = [
        StockItem(
            name="example", demand=DemandLaw.poisson(float(row[0])), holding_cost=1.0,
            shortage_cost=9.0, fixed_cost=64.0,
        )
        for row in chosen
    ]  # fmt: skip

    def ours() -> list[tuple[float, float, float]]:
        found = [METHODS["s_S"](item) for item in items]
        return [(p.reorder_point, p.order_up_to, p.measures.cost) for p in found]

    calls = [(1.0, 9.0, 64.0, float(row[0])) for row in chosen]
    found = beside(ask, "s_S", calls, ours=ours, n_ours=len(items))
    same = np.allclose(found.our_answer, found.their_answers, rtol=1e-6)
    return _row("(s, S), item by item", found.ratio, found, same=bool(same))


def _serial(ask: Ask) -> Result:
    _, holding, leads, shortage, demand, *_ = SERIAL[0]
    system = SerialSystem(
        echelon_holding_cost=tuple(map(float, holding)),
        lead_periods=tuple(map(float, leads)),
        shortage_cost=shortage,
        demand=demand,
    )
    call = [list(holding), list(leads), shortage, [demand.mean, demand.sd]]
    found = beside(
        ask, "serial", [call], ours=lambda: optimize_serial(system), n_ours=1
    )
    # Theirs is on a grid of a thousand points: near, not equal.
    same = np.isclose(found.our_answer.cost, found.their_answers[0][-1], rtol=1e-3)
    return _row("serial 6.1", found.ratio, found, same=bool(same))


def _row(name: str, ratio: float, found: Any, *, same: bool) -> Result:
    print(
        f"{name}: ours {found.ours_s * 1e6:.4g} us, {STOCKPYL} "
        f"{found.theirs_s * 1e6:.4g} us an item; answers agree: {same}"
    )
    return Result(
        name=f"{name}, times stockpyl's speed",
        value=ratio,
        unit="x",
        goal=GOAL,
        peer=STOCKPYL,
        peer_value=1.0,
        # The others differ too much from run to run to be held.
        ratio=ratio if name == HELD else None,
        checked=same,
    )
