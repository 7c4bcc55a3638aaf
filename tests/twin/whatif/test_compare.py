import math

import numpy as np
import pytest

from twin.errors import OptionError
from twin.simulate.replicate import replication_seed
from twin.whatif.compare import Cell, judged
from twin.whatif.measures import MEASURES
from twin.whatif.series import series_key


def cell_of(comparison, key, branch) -> Cell:
    cells = comparison.cells()
    return next(c for c in cells if c.measure.key == key and c.branch == branch)


def test_base_comes_first_and_every_kpi_of_every_branch_is_there(
    base, branch, compared
):
    found = compared(base, branch(base, demand=[{"factor": 2}]), n=2, days=3)
    cells = list(found.cells())
    assert [(c.measure.key, c.branch) for c in cells] == [
        (measure.key, name) for measure in MEASURES for name in ("base", "other")
    ]
    assert all(c.verdict == "" and math.isnan(c.difference) for c in cells[::2])


def test_numbers_are_means_and_paired_differences(base, branch, compared):
    found = compared(base, branch(base, demand=[{"factor": 2}]), n=4)
    sales = next(m for m in MEASURES if m.key == "sales")
    own, other = (found.values(sales, name) for name in ("base", "other"))
    cell = cell_of(found, "sales", "other")
    assert cell.mean == pytest.approx(other.mean())
    assert cell.difference == pytest.approx((other - own).mean())
    reach = 3.182446 * (other - own).std(ddof=1) / 2  # Student's t, 3 degrees
    assert cell.difference_half_width == pytest.approx(reach, rel=1e-6)
    assert (cell.verdict, cell.n) == ("better", 4)


def test_percent_is_shown_as_percent(base, compared):
    found = compared(base, n=2, days=2)
    rate = next(m for m in MEASURES if m.key == "fill_rate")
    raw = found.replications.values["base"]["fill_rate"]
    assert found.values(rate, "base").tolist() == (100.0 * raw).tolist()


def test_change_without_effect_is_the_same(base, branch, compared):
    other = branch(base, lane_capacity=[{"lane": "buy", "value": 1e6}])
    found = compared(base, other, n=3)
    # A chain has no machines, and nothing is known of KPIs of machines.
    verdicts = {c.verdict for c in found.cells() if c.branch == "other" and c.n}
    assert verdicts == {"same"}


def test_branches_meet_the_same_luck(base, branch, compared):
    dear = branch(base, set=[{"table": "lanes", "key": {"lane": "*"},
                              "column": "price", "factor": 2}])  # fmt: skip
    found = compared(base, dear, n=3)
    served = [found.replications.values[b.name]["sales"] for b in found.branches]
    assert served[0].tolist() == served[1].tolist()
    assert found.replications.seeds == tuple(replication_seed(0, r) for r in range(3))


def test_threads_give_the_same_numbers(base, branch, compared):
    branches = base, branch(base, demand=[{"factor": 2}])
    serial = compared(*branches)
    threads = compared(*branches, backend="threads", n_workers=2)
    for name, columns in serial.replications.values.items():
        for key, values in columns.items():
            other = threads.replications.values[name][key]
            np.testing.assert_array_equal(values, other)


def test_series_are_by_replication_and_period(base, branch, compared):
    column = {"table": "network", "key": {}, "column": "review_s", "factor": 2}
    other = branch(base, set=[column])
    found = compared(base, other, n=3, days=4)
    values = found.series("stock_value", base)
    assert values.shape == (3, 4)
    last = found.replications.values["base"][series_key("stock_value", 3)]
    assert values[:, 3].tolist() == last.tolist()
    assert found.series("stock_value", other).shape == (3, 2)
    days = (found.times_us(other) - base.network.settings.as_of_us) / 86.4e9
    assert days.tolist() == [2.0, 4.0]


def test_branches_of_one_name_are_refused(base, branch, compared):
    change = {"demand": [{"factor": 2}]}
    twins = [branch(base, **change), branch(base, **change)]
    with pytest.raises(OptionError, match="'other' comes twice"):
        compared(base, *twins)


def test_one_replication_is_refused(base, compared):
    with pytest.raises(OptionError, match="replications must be >= 2, was 1"):
        compared(base, n=1)


@pytest.mark.parametrize(
    ("difference", "half_width", "verdict"),
    [
        (1.0, 0.5, "better"), (-1.0, 0.5, "worse"), (1.0, 1.0, "unclear"),
        (0.0, 0.0, "same"), (1e-8, 0.0, "same"), (1.0, 0.0, "better"),
        (math.nan, math.nan, "unclear"), (1.0, math.nan, "unclear"),
    ],
)  # fmt: skip
def test_verdict_follows_from_the_interval(difference, half_width, verdict):
    assert judged(difference, half_width, "high", scale=100.0) == verdict
