import numpy as np
import pytest

from twin.errors import OptionError
from twin.simulate._kernels.random import law_parameters
from twin.simulate.laying.rows import (
    check_point,
    laid_spans,
    law_columns,
    rows_of,
    stock_points,
)
from twin.simulate.laying.whole import lay_out
from twin.simulate.layout import MIX_ROW

DAY_US = 86_400_000_000


def test_rows_of_a_type_are_zero_where_nothing_is_given():
    rows = rows_of(MIX_ROW, 2, quantity=[2.0, 3.0], recipe=7)
    assert rows.dtype == MIX_ROW
    assert rows["quantity"].tolist() == [2.0, 3.0]
    assert rows["recipe"].tolist() == [7, 7]
    assert not rows["due_us"].any()
    with pytest.raises(ValueError, match="weight"):
        rows_of(MIX_ROW, 2, weight=1)


@pytest.mark.parametrize("rows", [None, np.array([2, 0])])
def test_laws_are_prepared_as_one_by_one(rows):
    law = np.array([2, 1, 2, 4], np.int32)
    mean, cv = np.array([5.0, 6.0, 7.0, 8.0]), np.array([0.5, 1.0, 0.5, 0.3])
    columns = law_columns(law, mean, cv, rows)
    wanted = np.arange(4) if rows is None else rows
    assert columns["law"].tolist() == law[wanted].tolist()
    assert columns["mean_s"].tolist() == mean[wanted].tolist()
    prepared = [law_parameters(int(law[k]), float(cv[k])) for k in wanted]
    found = zip(columns["p0"].tolist(), columns["p1"].tolist(), strict=True)
    assert list(found) == prepared


def test_stock_points_are_rows_of_the_stock_table(chain):
    network = chain()
    points, stock = stock_points(network), network.stock
    assert points.shape == (len(network.items.ids), len(network.places.ids))
    assert (points >= 0).sum() == len(stock.item_index) < points.size
    for row, pair in enumerate(zip(stock.item_index, stock.site_index, strict=True)):
        assert points[pair] == row


def test_spans_are_shared_and_reach_beyond_the_end(workshop):
    calendars = [
        {"calendar": name, "weekday": day, "start": start, "end": "16:00"}
        for name, start in (("early", "06:00"), ("late", "08:00"))
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
    ]
    network = workshop(calendars=calendars)
    start_us = network.settings.as_of_us
    used = np.array([1, -1, 0, 1], np.int32)
    first, last, spans = laid_spans(
        network, used, np.zeros(4, np.int32), start_us + 2 * DAY_US
    )
    assert (first[0], last[0]) == (first[3], last[3])
    assert first[1] == last[1]
    assert len(spans) == last.max() == (last - first)[[0, 2]].sum()
    for k, hour in ((0, 8), (2, 6)):
        own = spans[first[k] : last[k]] - start_us
        assert own[0].tolist() == [hour * DAY_US // 24, 16 * DAY_US // 24]
        assert own[-2, 0] <= 2 * DAY_US < own[-1, 0]


def test_item_that_is_not_kept_is_named(chain):
    network = chain()
    layout = lay_out(network, (), until_us=network.settings.as_of_us)
    item, places = network.item_index["tea"], network.place_index
    assert check_point(network, layout, item, places["hub"]) >= 0
    with pytest.raises(OptionError, match="item 'tea' is not kept at 'V': add it"):
        check_point(network, layout, item, places["V"])
    with pytest.raises(OptionError, match="item 99 is not kept at -1"):
        check_point(network, layout, 99, -1)
