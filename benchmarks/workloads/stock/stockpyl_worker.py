"""Runs in `.venv-stockpyl`: takes cases as lines of JSON, times itself, answers.

A line is `{"method": NAME, "calls": [[arguments], ...]}`; the answer is
`{"seconds": S, "answers": [...]}` for all calls together. It imports nothing of ours.
"""

import gc
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

from stockpyl import eoq, newsvendor, rq, ss, ssm_serial  # noqa: E402


def serial(holding, leads, shortage, law):
    """Optimise echelon levels as the package's own examples do; all by stage from 1."""
    n = len(leads)
    levels, cost = ssm_serial.optimize_base_stock_levels(
        num_nodes=n,
        node_order_in_system=list(range(n, 0, -1)),
        echelon_holding_cost=dict(enumerate(holding, 1)),
        lead_time=dict(enumerate(leads, 1)),
        stockout_cost=shortage,
        demand_mean=law[0],
        demand_standard_deviation=law[1],
        x_num=1000,
        d_num=100,
    )
    return [levels[i] for i in range(1, n + 1)] + [cost]


METHODS = {
    "eoq": eoq.economic_order_quantity,
    "backorders": eoq.economic_order_quantity_with_backorders,
    "all_units": eoq.economic_order_quantity_with_all_units_discounts,
    "incremental": eoq.economic_order_quantity_with_incremental_discounts,
    "newsvendor_normal": newsvendor.newsvendor_normal,
    "newsvendor_poisson": newsvendor.newsvendor_poisson,
    "s_S": lambda h, p, k, mean: ss.s_s_discrete_exact(
        h, p, k, use_poisson=True, demand_mean=mean
    ),
    "r_Q": rq.r_q_poisson_exact,
    "expected_level": rq.r_q_eil_approximation,
    "serial": serial,
}


def main():
    """Answer line by line until the input ends."""
    for line in sys.stdin:
        asked = json.loads(line)
        method, calls = METHODS[asked["method"]], asked["calls"]
        gc.collect()
        gc.disable()
        begun_s = time.perf_counter()
        answers = [method(*call) for call in calls]
        seconds = time.perf_counter() - begun_s
        gc.enable()
        found = [[float(x) for x in answer] for answer in answers]
        sys.stdout.write(json.dumps({"seconds": seconds, "answers": found}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
