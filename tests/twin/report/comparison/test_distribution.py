import numpy as np

from twin.report.comparison import distribution
from twin.report.comparison.style import branch_colour


def test_each_branch_has_a_box_with_its_replications(data):
    figure = distribution.figure(data)
    # OEE has no number in any replication, and its panel none in a box.
    boxes = [box for box in figure.data if len(box.x)]
    assert len(boxes) == 4 * len(data.branches)
    np.testing.assert_array_equal(boxes[1].x, data.measures[0].values[1])
    assert boxes[1].line.color == branch_colour(1)
    assert boxes[1].boxpoints == "all"


def test_very_many_replications_are_a_box_alone(data, changed):
    values = (np.arange(1000.0),) * 6
    measure = type(data.measures[0])("x", data.measures[0].estimates, values)
    figure = distribution.figure(changed(measures=(measure,)))
    assert figure.data[0].boxpoints == "outliers"


def test_nothing_replicated_is_no_chart(alone):
    assert distribution.figure(alone) is None
