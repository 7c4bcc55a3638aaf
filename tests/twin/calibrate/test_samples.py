import numpy as np

from twin.calibrate import Sample


def test_name_tells_table_row_and_column(durations):
    assert durations([1.0]).name == "lanes buy lead_time_s"


def test_number_observed_counts_ends_of_durations_and_orders_of_shares(durations):
    assert durations([1.0, 2.0, 3.0], [True, False, True]).n_observed == 2
    share = Sample(
        "routings", {"item": "tea"}, "yield_rate", np.zeros(2, np.int64),
        good=np.ones(2), total=np.ones(2),
    )  # fmt: skip
    assert share.n_observed == 2
