import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.online.arrays import FilterArrays, columns_of, season_of


def test_columns_of_repeats_numbers_for_all_series():
    found = columns_of(
        FilterArrays(level=[1.0, 2.0], variance=3.0, alpha=0.5), n_series=None
    )
    assert found["level"].tolist() == [1.0, 2.0]
    assert found["variance"].tolist() == [3.0, 3.0]
    assert found["count"].tolist() == [64.0, 64.0]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("alpha", 1.5, "series 0: alpha must be between 0 and 1, was 1.5"),
        ("variance", [1.0, -1.0], "series 1: variance must be between 0"),
        ("level", [np.nan, 1.0], "series 0: level must be"),
        ("trend", [1.0, 2.0, 3.0], "must be 1 or 3 numbers"),
        ("count", -1, "count must be"),
    ],
)
def test_columns_of_refuses_what_is_out_of_range(field, value, words):
    given = {"level": [1.0, 2.0], "variance": 1.0, "alpha": 0.5, field: value}
    with pytest.raises(OptionError, match=words):
        columns_of(FilterArrays(**given), n_series=None)


@pytest.mark.parametrize("season", [[1.0, 2.0], [[np.inf, 0.0]], np.empty((1, 0))])
def test_season_of_refuses_other_shapes_and_values(season):
    with pytest.raises(OptionError, match="season"):
        season_of(FilterArrays(level=0.0, variance=0.0, alpha=0.1, season=season))
