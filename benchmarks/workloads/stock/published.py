"""Our answers to examples whose values are published or exact."""

import math
import os
from pathlib import Path

import numpy as np

from benchmarks.result import Result
from optimizer.inventory import (
    DemandLaw,
    LeadTime,
    SerialSystem,
    StockItem,
    check_policy,
    echelon_cost,
    read_stages,
)
from optimizer.inventory._kernels.panels import expected_level_batches
from optimizer.inventory.search.levels import METHODS
from optimizer.inventory.search.newsvendor import newsvendor, newsvendors_normal
from optimizer.inventory.search.order_quantity import order_quantity
from optimizer.inventory.search.serial import optimize_serial, shang_song
from optimizer.inventory.solve import plan_serial, plan_tree

__all__ = ["SERIAL", "ZHENG_FEDERGRUEN", "serial", "single", "trees"]

# Zheng and Federgruen (1991): mean, s, S, cost; holding 1, shortage 9, order 64.
ZHENG_FEDERGRUEN = (
    (10, 6, 40, 35.022), (15, 10, 49, 42.698), (20, 14, 62, 49.173),
    (25, 19, 56, 54.262), (30, 23, 66, 57.819), (35, 28, 77, 61.215),
    (40, 33, 87, 64.512), (45, 37, 97, 67.776), (50, 42, 108, 70.975),
    (55, 47, 118, 74.149), (60, 52, 129, 77.306), (65, 56, 75, 78.518),
    (70, 62, 81, 79.037), (75, 67, 86, 79.554), (21, 15, 65, 50.406),
    (22, 16, 68, 51.632), (23, 17, 52, 52.757), (24, 18, 54, 53.518),
    (51, 43, 110, 71.611), (52, 44, 112, 72.246), (59, 51, 126, 76.679),
    (61, 52, 131, 77.929), (63, 54, 73, 78.287), (64, 55, 74, 78.402),
)  # fmt: skip

NORMAL, POISSON = DemandLaw.normal, DemandLaw.poisson
SERIAL = (
    ("Clark-Scarf 6.1", (3, 2, 2), (1, 1, 2), 37.12, NORMAL(5, 1), 47.6601, 0.03),
    ("Clark-Scarf 6.2a", (2, 2, 1, 1, 1), (0.5,) * 5, 24, NORMAL(64, 8), 451.609, 0.5),
    ("Clark-Scarf 6.prob1", (1, 1), (1, 1), 15, NORMAL(100, 15), 166.2506, 0.15),
    ("Clark-Scarf 6.16", (5, 2), (8, 3), 24, NORMAL(20, 4), 438.1845, 0.5),
    ("Shang-Song p 9", (0.25,) * 4, (0.25,) * 4, 9, POISSON(16), 12.688, 0.1),
    ("Shang-Song p 99", (0.25,) * 4, (0.25,) * 4, 99, POISSON(16), 16.206, 0.1),
    ("Shang-Song kinked p 9", (0.25, 2.5, 2.5, 0.25), (0.25,) * 4, 9,
     POISSON(16), 53.008, 0.1),
    ("Shang-Song kinked p 99", (0.25, 2.5, 2.5, 0.25), (0.25,) * 4, 99,
     POISSON(16), 74.564, 0.1),
)  # fmt: skip
GOALS = {"EOQ": "<= 1e-6", "newsvendor": "<= 1e-6", "(r, Q)": "<= 1e-4"}
TREES = (("bulldozer", 0.30, 633_000.0), ("battery", 0.25, 853_000.0))


def single(*, quick: bool) -> list[Result]:
    """Single-stage examples: the largest relative error of each kind."""
    del quick
    off = {
        "EOQ": _off(_lots()),
        "newsvendor": _off(_newsvendors()),
        "(r, Q)": _off(_batches()),
    }
    rows = [
        _row(
            f"{name} off published", error, "<= 1e-6" if name != "(r, Q)" else "<= 1e-4"
        )
        for name, error in off.items()
    ]
    matched, wrong, worst = _reorders()
    return [
        *rows,
        Result(
            name="(s, S) of Zheng-Federgruen matched",
            value=matched,
            unit="of 24",
            goal="== 24",
            checked=not wrong,
        ),
        _row("(s, S) cost off published", worst, "<= 2e-5", checked=not wrong),
    ]


def _lots() -> list[tuple[float, float]]:
    plain = order_quantity(fixed_cost=8.0, holding_cost=0.225, demand_rate=1300.0)
    waits = order_quantity(
        fixed_cost=8.0, holding_cost=0.225, demand_rate=1300.0, shortage_cost=5.0
    )
    return [
        (plain.quantity, 304.0467800264), (plain.cost, 68.4105255059),
        (waits.quantity, 310.8125551590), (waits.cost, 66.9213635510),
        (waits.backorder_share, 0.0430622010),
    ]  # fmt: skip


def _newsvendors() -> list[tuple[float, float]]:
    one = newsvendors_normal([50.0], [8.0], holding_cost=0.18, shortage_cost=0.7)
    five = newsvendors_normal(
        [250.0], [8.0 * math.sqrt(5.0)], holding_cost=0.18, shortage_cost=0.7
    )
    counts = newsvendor(POISSON(6.0).over(1.0), holding_cost=1.0, shortage_cost=4.0)
    return [
        (float(one.level[0]), 56.6039559274), (float(one.cost[0]), 1.9976051932),
        (float(five.level[0]), 264.7668943742), (float(five.cost[0]), 4.4667810041),
        (counts[0], 8.0), (counts[1], 3.5701069457),
    ]  # fmt: skip


def _batches() -> list[tuple[float, float]]:
    sd = 150.0 / math.sqrt(12.0)
    r, q, cost = expected_level_batches(
        np.array([1300.0 / 12.0]), np.array([sd]), np.array([1300.0]),
        np.array([[0.225, 7.5, 8.0]]),
    )  # fmt: skip
    exact = StockItem(
        name="example", demand=POISSON(1.5), lead=LeadTime(periods=(2.0,)),
        review_periods=0, holding_cost=20.0, shortage_cost=150.0, fixed_cost=100.0,
    )  # fmt: skip
    policy = METHODS["r_Q"](exact)
    return [
        (float(r[0]), 213.970442), (float(q[0]), 318.590181),
        (float(cost[0]), 95.45114),
        (policy.reorder_point, 3.0), (policy.order_quantity, 5.0),
        (policy.measures.cost, 107.9235806331),
    ]  # fmt: skip


def _reorders() -> tuple[int, bool, float]:
    matched, wrong, worst = 0, False, 0.0
    small = (
        ((6.0, 1.0, 4.0, 5.0), (4, 10, 8.034112)),
        ((4.0, 40.0, 125.0, 150.0), (2, 7, 223.574830)),
    )
    table = [
        ((float(m), 1.0, 9.0, 64.0), (s, top, g)) for m, s, top, g in ZHENG_FEDERGRUEN
    ]
    for given, (s, top, cost) in (*table, *small):
        mean, holding, shortage, fixed = given
        item = StockItem(
            name="example", demand=POISSON(mean), holding_cost=holding,
            shortage_cost=shortage, fixed_cost=fixed,
        )  # fmt: skip
        policy = METHODS["s_S"](item)
        same = (policy.reorder_point, policy.order_up_to) == (s, top)
        matched += same and fixed == 64.0
        wrong |= not same or bool(check_policy(item, policy))
        worst = max(worst, abs(policy.measures.cost / cost - 1.0))
    return matched, wrong, worst


def serial(*, quick: bool) -> list[Result]:
    """Take serial systems: cost beside the exact value, the heuristic's extra cost."""
    del quick
    rows, extra = [], 0.0
    for name, holding, leads, shortage, demand, exact, tolerance in SERIAL:
        system = SerialSystem(
            echelon_holding_cost=tuple(map(float, holding)),
            lead_periods=tuple(map(float, leads)),
            shortage_cost=shortage,
            demand=demand,
        )
        policy = plan_serial(system)
        again = echelon_cost(system, policy.echelon_levels)
        rows.append(
            _row(
                f"{name}: cost {policy.cost:.4f}, off {exact}",
                abs(policy.cost - exact),
                f"<= {tolerance}",
                unit="money",
                checked=abs(again - exact) <= tolerance,
            )
        )
        extra = max(extra, shang_song(system).cost / optimize_serial(system).cost - 1.0)
    heuristic = Result(
        name="Shang-Song heuristic over the optimum, most", value=extra, unit="1"
    )
    return [*rows, heuristic]


def trees(*, quick: bool) -> list[Result]:
    """Guaranteed service: cost beside the published one; without data nothing."""
    del quick
    folder = Path(os.environ.get("MILLSTREAM_DATA", "")) / "gsm"
    rows = []
    for name, rate, cost in TREES:
        path = folder / f"{name}.txt"
        if not path.is_file():
            print(f"{name} is left out: MILLSTREAM_DATA has no gsm/{name}.txt")
            continue
        found = plan_tree(read_stages(path, holding_rate=rate)).cost
        rows.append(
            _row(f"{name}: cost {found:.0f}, off {cost:.0f}", abs(found / cost - 1.0),
                 "<= 1e-3", checked=True)
        )  # fmt: skip
    return rows


def _off(pairs: list[tuple[float, float]]) -> float:
    return max(abs(found / wanted - 1.0) for found, wanted in pairs)


def _row(
    name: str, value: float, goal: str, *, unit: str = "1", checked: bool = True
) -> Result:
    return Result(name=name, value=value, unit=unit, goal=goal, checked=checked)
