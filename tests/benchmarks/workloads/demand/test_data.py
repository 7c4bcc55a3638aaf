import numpy as np

from benchmarks.workloads.demand.data import Split
from forecasting import Panel


def test_every_kth_series_keeps_its_test():
    train = Panel.from_arrays({f"S{i}": [float(i)] * (i + 1) for i in range(7)})
    split = Split(train, np.arange(14.0).reshape(7, 2), 12).every(3)
    assert split.train.ids == ("S0", "S3", "S6")
    assert split.train.lengths.tolist() == [1, 4, 7]
    assert split.test[:, 0].tolist() == [0.0, 6.0, 12.0]
